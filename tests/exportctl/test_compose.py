"""The containers: what docker-compose.yml, Dockerfile and Makefile promise is there."""

import importlib.util
import re
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

from exportctl.local import programs

CHECKOUT = Path(__file__).resolve().parents[2]
DOCKERFILE = (CHECKOUT / "Dockerfile").read_text()


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())


def image_command():
    return yaml.safe_load(re.search(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE)[1])


def test_services_are_the_parts_of_the_product(compose):
    assert set(compose["services"]) == {"web", "worker", "beat", "db", "redis", "setup"}
    assert compose["services"]["db"]["image"] == "postgres:17"
    assert compose["services"]["redis"]["image"] == "redis:7"


def test_every_lasting_service_has_a_health_check(compose):
    lasting = {name: service for name, service in compose["services"].items() if name != "setup"}
    assert {name for name, service in lasting.items() if service["healthcheck"]["test"][0] == "CMD"} == set(
        lasting
    )


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_programs_wait_for_set_up_database_and_queue(compose, name):
    waits = {each: how["condition"] for each, how in compose["services"][name]["depends_on"].items()}
    assert waits == {
        "setup": "service_completed_successfully",
        "db": "service_healthy",
        "redis": "service_healthy",
    }


def test_set_up_runs_once_as_owner_and_the_programs_never_do(compose):
    setup = compose["services"]["setup"]
    assert setup["command"] == ["python", *programs.PREPARE]
    assert setup["environment"]["EXPORTCTL_AS_OWNER"] == "1"
    assert "//exportctl:" in setup["environment"]["MIGRATION_DATABASE_URL"]
    for name in ("web", "worker", "beat"):
        values = compose["services"][name]["environment"]
        assert "//exportctl_app:" in values["DATABASE_URL"]
        assert not {"MIGRATION_DATABASE_URL", "EXPORTCTL_AS_OWNER"} & set(values)


def test_commands_are_those_of_local_mode(compose):
    assert tuple(image_command()[1:6]) == programs.WEB[:5] and "--threads" in image_command()
    assert tuple(compose["services"]["worker"]["command"][1:]) == programs.worker()
    assert tuple(compose["services"]["beat"]["command"][1:]) == programs.beat("/tmp/beat-schedule")


def test_commands_name_things_that_exist(compose):
    assert {"prepare", "migrate", "grants", "seed", "demo"} <= set(get_commands())
    modules = {image_command()[2]} | {compose["services"][name]["command"][2] for name in ("worker", "beat")}
    checks = {compose["services"][name]["healthcheck"]["test"][3] for name in ("worker", "beat")}
    assert modules | checks == {"gunicorn", "celery", "exportctl.heartbeat"}
    for name in modules | checks:
        assert importlib.util.find_spec(name), name
    for path in re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.MULTILINE):
        assert (CHECKOUT / path).exists(), path


def test_no_secret_has_a_default(compose):
    text = (CHECKOUT / "docker-compose.yml").read_text()
    for name in ("EXPORTCTL_SECRET_KEY", "EXPORTCTL_OWNER_PASSWORD", "EXPORTCTL_APP_PASSWORD"):
        assert f"${{{name}:?" in text
        assert f"${{{name}:-" not in text


def test_image_is_locked_and_runs_as_a_plain_user():
    assert "--require-hashes --only-binary :all: -r /requirements.lock" in DOCKERFILE
    assert re.search(r"^USER exportctl$", DOCKERFILE, re.MULTILINE)
    assert DOCKERFILE.index("USER exportctl") < DOCKERFILE.index("CMD [")


def test_image_is_given_every_file_it_copies():
    given = [
        line[1:] for line in (CHECKOUT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    ]
    assert set(re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.MULTILINE)) == set(given)


def test_every_make_target_is_explained():
    makefile = (CHECKOUT / "Makefile").read_text()
    phony = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())
    assert set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE)) == phony

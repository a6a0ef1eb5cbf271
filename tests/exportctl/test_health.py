"""`/health/` and the heartbeats it reads, on the real database and Redis."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import uuid
from datetime import timedelta

import pytest
from celery import signals
from django.conf import settings
from django.db import connection
from django.utils import timezone

from exportctl import health, heartbeat, outbox
from exportctl.models import Event

ALL_UP = {"database": "up", "redis": "up", "worker": "up", "beat": "up", "outbox": "up"}


@pytest.fixture
def beats(monkeypatch):
    """Keys of this test's own: nobody lives yet."""
    monkeypatch.setenv("REDIS_URL", settings.REDIS_URL)
    monkeypatch.setenv("EXPORTCTL_PREFIX", f"{os.environ['EXPORTCTL_PREFIX']}-{uuid.uuid4().hex[:8]}")
    heartbeat._written.clear()
    yield
    heartbeat.forget(*heartbeat.PARTS)


@pytest.fixture
def no_redis(monkeypatch, tmp_path):
    """A Redis that is not there."""
    monkeypatch.setenv("REDIS_URL", f"unix://{tmp_path}/none.sock?db=0")


def parts(answer):
    """The status of an answer and its parts, without the facts of the apps."""
    told = answer.json()
    told.pop("lists")
    return answer.status_code, told


@contextlib.contextmanager
def database_away():
    """The database does not answer for a while."""
    connection.close()
    host, connection.settings_dict["HOST"] = connection.settings_dict["HOST"], "/nowhere"
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["HOST"] = host


def test_health_is_200_when_all_is_up(db, client, beats):
    heartbeat.write("worker")
    heartbeat.write("beat")
    answer = client.get("/health/")
    assert parts(answer) == (200, {"status": "up", **ALL_UP})
    assert "no-store" in answer.headers["Cache-Control"]


def test_health_is_503_and_names_a_silent_worker(db, client, beats):
    heartbeat.write("beat")
    answer = client.get("/health/")
    assert parts(answer) == (503, {"status": "down", **ALL_UP, "worker": "down"})


def test_health_without_redis_says_what_cannot_be_known(db, client, no_redis):
    answer = client.get("/health/")
    expected = {"status": "down", **ALL_UP, "redis": "down", "worker": "unknown", "beat": "unknown"}
    assert parts(answer) == (503, expected)


@pytest.mark.django_db(transaction=True)
def test_health_without_database_says_what_cannot_be_known(client, beats):
    heartbeat.write("worker")
    heartbeat.write("beat")
    with database_away():
        answer = client.get("/health/")
    expected = {"status": "down", **ALL_UP, "database": "down", "outbox": "unknown", "lists": "unknown"}
    assert (answer.status_code, answer.json()) == (503, expected)


def test_health_of_some_parts_asks_for_these_alone(db, client, beats):
    answer = client.get("/health/?of=database,redis")
    assert (answer.status_code, answer.json()) == (200, {"status": "up", "database": "up", "redis": "up"})


def test_health_of_an_unknown_part_is_refused(db, client):
    answer = client.get("/health/?of=database,coffee")
    assert answer.status_code == 400
    assert (
        answer.json()["detail"] == "unknown: coffee. Parts are database, redis, worker, beat, outbox, lists."
    )


def test_health_takes_no_post(db, client):
    assert client.post("/health/").status_code == 405


def test_health_needs_six_queries_at_most(db, client, beats, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        client.get("/health/")


def test_outbox_is_behind_when_nothing_pumps_for_a_minute(administrator):
    recorded = Event.objects.latest("seq").recorded_at
    assert health.behind(at=recorded + timedelta(seconds=59)) is False
    assert health.behind(at=recorded + timedelta(seconds=61)) is True
    outbox.pump(now=timezone.now())
    assert health.behind(at=recorded + timedelta(seconds=61)) is False


def test_heartbeat_dies_with_its_time(beats):
    heartbeat.write("worker")
    assert heartbeat.alive("worker") is True
    assert 0 < heartbeat.client().ttl(heartbeat.key("worker")) <= heartbeat.PARTS["worker"]
    assert heartbeat.alive("worker", "another-host") is False
    assert heartbeat.alive("beat") is False


def test_heartbeat_without_redis_disturbs_nobody(no_redis, caplog):
    heartbeat._written.clear()
    heartbeat.write("worker")
    assert "heartbeat of worker not written" in caplog.text


def test_worker_signals_write_and_drop_the_key(beats):
    signals.heartbeat_sent.send(sender=None)
    assert heartbeat.alive("worker") is True
    signals.worker_shutdown.send(sender=None)
    assert heartbeat.alive("worker") is False


def test_a_real_worker_and_beat_are_seen_and_missed(beats, tmp_path):
    celery = [sys.executable, "-m", "celery", "-A", "exportctl.celery"]
    worker = [*celery, "worker", "-c", "1", "--without-gossip", "--without-mingle", "-n", uuid.uuid4().hex]
    beat = [*celery, "beat", "--pidfile=", "-s", str(tmp_path / "schedule")]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    programs = [subprocess.Popen(command, start_new_session=True, **quiet) for command in (worker, beat)]
    try:
        wait_until(lambda: heartbeat.alive("worker") and heartbeat.alive("beat"))
        assert heartbeat.main(["worker"]) == heartbeat.main(["beat"]) == 0
        programs[0].terminate()
        programs[0].wait(20)
        assert heartbeat.alive("worker") is False
        assert heartbeat.main(["worker"]) == 1
    finally:
        for program in programs:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)
            program.wait()


def wait_until(condition, seconds=120):
    deadline = timezone.now() + timedelta(seconds=seconds)
    while not condition():
        assert timezone.now() < deadline, "waited in vain"
        time.sleep(0.1)


def test_heartbeat_command_refuses_an_unknown_part(capsys):
    assert heartbeat.main(["coffee"]) == 2
    assert "usage" in capsys.readouterr().err

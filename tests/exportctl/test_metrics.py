"""`GET /metrics/`: the parts of the product and the freshness of lists, as Prometheus reads them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine

from entities import house, seed
from exportctl import metrics, people

from .test_health import beats, database_away  # noqa: F401 (a fixture)

LINE = re.compile(r'^[a-z_]+(\{[a-z]+="[^"\\]*"(,[a-z]+="[^"\\]*")*\})? -?[0-9.e+]+$')


def read(client):
    """The samples of an answer: {line up to the value: value}; every line must be of the format."""
    answer = client.get("/metrics/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    lines = answer.content.decode().splitlines()
    samples = [line for line in lines if not line.startswith("# ")]
    assert [line for line in samples if not LINE.match(line)] == []
    named = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert {re.split(r"[{ ]", line)[0] for line in samples} <= named
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in samples}


def test_metrics_tell_age_rows_and_last_verdict_of_every_list(seeded, client, beats, now):  # noqa: F811
    version = seed.load(by=people.job_user("setup"), at=now)
    with time_machine.travel(now + timedelta(days=3), tick=False):
        told = read(client)
    assert told['exportctl_list_age_days{source="seed"}'] == 3
    assert told['exportctl_list_max_age_days{source="seed"}'] == 400
    assert told['exportctl_list_rows{source="seed"}'] == version.rows
    assert told['exportctl_list_stale{source="seed"}'] == 0
    assert told['exportctl_list_last_verdict{source="seed",verdict="published"}'] == 1
    assert told['exportctl_list_last_verdict{source="seed",verdict="held"}'] == 0
    assert 'exportctl_list_age_days{source="csl"}' not in told
    assert told['exportctl_up{part="database"}'] == 1
    assert told['exportctl_up{part="worker"}'] == 0
    with time_machine.travel(now + timedelta(days=401), tick=False):
        assert read(client)['exportctl_list_stale{source="seed"}'] == 1


def test_metrics_and_health_tell_anybody_only_the_age_of_the_house_list(seeded, client, officer, now, beats):  # noqa: F811
    house.add(
        name="Zorvan", effect="RED_FLAG", effective_on=now.date(), confidential=True, by=officer, at=now
    )
    with time_machine.travel(now, tick=False):
        told = {line for line in read(client) if "house" in line}
        health = client.get("/health/?of=lists").json()["lists"]
    assert told == {
        'exportctl_list_age_days{source="house"}',
        'exportctl_list_max_age_days{source="house"}',
        'exportctl_list_stale{source="house"}',
    }
    [known] = [one for one in health if one["source"] == "house"]
    assert known == {
        "source": "house", "age_days": 0, "max_age_days": 90, "stale": False, "when_stale": "warn", "rows": None,
        "last_verdict": None,
    }  # fmt: skip


def test_health_tells_the_lists_and_a_stale_one_is_no_reason_to_be_down(published_list, client, now):
    with time_machine.travel(now + timedelta(days=500), tick=False):
        answer = client.get("/health/?of=database,lists")
    told = {one["source"]: one for one in answer.json()["lists"]}
    assert (answer.status_code, answer.json()["status"], told["seed"]["stale"]) == (200, "up", True)
    assert (told["seed"]["rows"], told["seed"]["last_verdict"]) == (published_list.rows, "published")
    assert (told["csl"]["age_days"], told["csl"]["rows"], told["csl"]["last_verdict"]) == (None, None, None)
    assert set(client.get("/health/?of=database").json()) == {"status", "database"}


@pytest.mark.django_db(transaction=True)
def test_metrics_without_a_database_tell_what_is_down(client, beats):  # noqa: F811
    with database_away():
        told = read(client)
    assert told['exportctl_up{part="database"}'] == 0
    assert {line.partition("{")[0] for line in told} == {"exportctl_up"}


def test_metrics_need_seven_queries_at_most(seeded, client, beats, django_assert_max_num_queries):  # noqa: F811
    with django_assert_max_num_queries(7):
        client.get("/metrics/")


def test_metrics_take_no_post(db, client):
    assert client.post("/metrics/").status_code == 405


def test_label_values_are_escaped():
    gauge = metrics.Gauge("a_b", "Some words.", (({"x": 'say "no"\\\n'}, 1.5), ({}, 2)))
    assert list(metrics.lines(gauge)) == [
        "# HELP a_b Some words.", "# TYPE a_b gauge", 'a_b{x="say \\"no\\"\\\\\\n"} 1.5', "a_b 2",
    ]  # fmt: skip

"""Who works a case over the API: the act, the fields, the filters, for every role."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction

from exportctl.models import Event, User
from licenses import applications, assignments, review
from licenses.models import Application

from .test_applications import blockers

pytestmark = pytest.mark.django_db
URL = "/api/v1/applications/"
# who may put whom: role -> status for the case (to: officer), for the lane of Defense (to: defense); without a
# name they see the case and may not: 403
CASE = {"officer": 200, "filer": 409, "defense": 403, "state": 403}
LANE = {"officer": 403, "filer": 409, "defense": 200, "state": 403}
OUTSIDE = {"stranger": 404, "lists": 403, "administrator": 403, "reviewer": 404}
ROLES = ("filer", "stranger", "officer", "approver", "auditor", "integration", "defense", "state", "reviewer",
         "lists", "administrator")  # fmt: skip


@pytest.fixture(autouse=True)
def clock(now: datetime) -> Any:
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        yield


@pytest.mark.parametrize("body", ["", "defense"])
def test_each_role_assigns_what_is_its_own(
    body: str, referred: Application, api: Any, request: Any, defense: User, state: User
) -> None:
    told, wanted = {}, {"to": "defense" if body else "officer", "body": body}
    for role in ROLES:
        client, head = api(request.getfixturevalue(role)), Event.objects.count()
        sid = transaction.savepoint()
        told[role] = client.post(f"{URL}{referred.number}/assign/", wanted, format="json").status_code
        assert (Event.objects.count() > head) == (told[role] == 200)
        transaction.savepoint_rollback(sid)
    assert told == dict.fromkeys(ROLES, 403) | OUTSIDE | (LANE if body else CASE)
    assert api().post(f"{URL}{referred.number}/assign/", wanted, format="json").status_code == 401


def test_a_case_is_taken_given_on_and_back(
    referred: Application, api: Any, officer: User, officer2: User, defense: User, filer: User
) -> None:
    client, address = api(officer), f"{URL}{referred.number}/"
    seen = client.post(f"{address}assign/", {"to": "officer"}, format="json").json()
    assert seen["assigned_to"] == {"username": "officer", "name": "Olive Officer"}
    assert seen["assigned_at"].startswith("2026-08-06T15:00")
    no = client.post(f"{address}assign/", {"to": "officer2"}, format="json")
    assert blockers(no, 400) == {("invalid", "reason")}
    seen = client.post(f"{address}assign/", {"to": "officer2", "reason": "Holidays."}, format="json").json()
    assert seen["assigned_to"]["username"] == "officer2"
    mine = api(defense)
    seen = mine.post(f"{address}assign/", {"to": "defense", "body": "defense"}, format="json").json()
    lanes = {lane["body"]: lane["assigned_to"] for lane in seen["lanes"]}
    assert lanes == {"defense": {"username": "defense", "name": "Dora Defense"}, "state": None}
    assert api(filer).get(address).json()["assigned_to"] is None
    assert [row["assigned_to"] for row in api(filer).get(URL).json()["results"]] == [None]
    seen = client.post(f"{address}assign/", {"to": None, "reason": "Free."}, format="json").json()
    assert (seen["assigned_to"], seen["assigned_at"]) == (None, None)


def test_wrong_input_is_named(referred: Application, api: Any, officer: User) -> None:
    def wrong(body: dict[str, Any]) -> set[str]:
        no = api(officer).post(f"{URL}{referred.number}/assign/", body, format="json")
        return {field for _, field in blockers(no, 400)}

    assert wrong({}) == {"to"}
    assert wrong({"to": "nobody-such"}) == {"to"}
    assert wrong({"to": "officer", "body": "navy"}) == {"body"}


def test_the_queue_is_asked_for_by_person_and_body(
    more_cases: Any, api: Any, officer: User, officer2: User, defense: User, now: datetime
) -> None:
    closed, free, held = more_cases(), more_cases(), more_cases()
    applications.withdraw(application=closed, by=officer, at=now)
    lane = review.refer(application=more_cases(), bodies=["defense"], by=officer, at=now)
    assignments.assign(application=held, to=officer, by=officer, at=now)
    assignments.assign(application=lane, to=officer2, by=officer, at=now)

    def found(user: User, **query: str) -> list[str]:
        return sorted(row["number"] for row in api(user).get(URL, query).json()["results"])

    def numbers(*cases: Application) -> list[str]:
        return sorted(case.number for case in cases)

    assert found(officer, assigned_to="me") == numbers(held)
    assert found(officer, assigned_to="officer2") == numbers(lane)
    assert found(officer, assigned_to="none", under_way="true") == numbers(free)
    assert found(officer, under_way="false") == numbers(closed)
    assert found(officer, body="defense") == found(defense, body="defense") == numbers(lane)
    assert found(defense, body="defense", assigned_to="none") == numbers(lane)
    assert found(officer, body="state") == found(officer, assigned_to="nobody-such") == []
    assignments.assign(application=lane, to=defense, body="defense", by=defense, at=now)
    assert found(defense, body="defense", assigned_to="none") == []
    assert (
        found(defense, body="defense", assigned_to="me") == found(defense, assigned_to="me") == numbers(lane)
    )
    assert found(officer, body="defense", assigned_to="defense") == numbers(lane)
    review.recommend(application=lane, body="defense", position="approve", reason="x", by=defense, at=now)
    assert found(defense, body="defense") == found(defense, assigned_to="me") == []
    assert api(officer).get(URL, {"body": "navy"}).status_code == 400


def test_a_row_says_why_it_waits(
    referred: Application, api: Any, officer: User, defense: User, filer: User, now: datetime
) -> None:
    def why(user: User) -> str:
        return str(api(user).get(URL).json()["results"][0]["why"])

    assert why(officer) == (
        "Referred to Defense and State 3 days ago, positions due Sep 2 (day 30); nobody has taken them"
    )
    assert why(defense) == "Referred to Defense 3 days ago, position due Sep 2 (day 30); nobody has taken it"
    assert why(filer) == "With the agencies, day 90 on Oct 31"
    assignments.assign(application=referred, to=defense, body="defense", by=defense, at=now)
    assert why(defense).endswith("; held by Dora Defense")
    assert why(officer).endswith("; Defense: Dora Defense, State: nobody")

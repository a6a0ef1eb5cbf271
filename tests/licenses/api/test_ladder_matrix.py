"""Who reaches what of a dispute, a denial and an unregistered return over REST: every role, each action, whose case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction

from exportctl.models import Event, User
from licenses import appeals, decisions, ladder, review
from licenses.models import Application

pytestmark = pytest.mark.django_db
ROLES = (
    "filer",
    "stranger",
    "officer",
    "approver",
    "auditor",
    "integration",
    "defense",
    "state",
    "lists",
    "administrator",
)
SIGNED = {
    "body": "defense", "signatory": "Jane Roe", "office": "head", "statute": "50 U.S.C. 4813",
    "regulation": "15 CFR 744.21", "reason": "Military.",
}  # fmt: skip
BODIES: dict[str, dict[str, Any]] = {
    "return_unregistered": {"defects": ["Block 18"], "contact": "Called."},
    "convene": {},
    "rule": {"outcome": "approve", "reason": "Civil."},
    "escalate": SIGNED,
    "respond": {"text": "Civil."},
    "appeal": {"statement": "Civil."},
    "add_appeal_paper": {"title": "Visit", "text": "Seen."},
    "withdraw_appeal": {"reason": "We file anew."},
}
# what each role is answered; a role that is not named sees the case and may not: 403
ANSWERS: dict[str, dict[str, int]] = {
    "return_unregistered": {"officer": 200, "defense": 404, "state": 404},
    "convene": {"officer": 200},
    "rule": {"officer": 200},
    "escalate": {"defense": 200, "state": 409, "officer": 409},
    "respond": {"filer": 200, "officer": 200, "defense": 404, "state": 404},
    "appeal": {"filer": 200, "officer": 200, "defense": 404, "state": 404},
    "add_appeal_paper": {"filer": 200, "officer": 200, "defense": 404, "state": 404},
    "withdraw_appeal": {"filer": 200, "officer": 200, "defense": 404, "state": 404},
}
OUTSIDE = {"stranger": 404, "lists": 403, "administrator": 403}


@pytest.fixture
def split(referred: Application, defense: User, state: User, now: datetime) -> Application:
    for body, by, position in (("defense", defense, "deny"), ("state", state, "approve")):
        review.recommend(
            application=referred,
            body=body,
            position=position,
            reason="x",
            legal_basis="744.21",
            by=by,
            at=now,
        )
    return referred


@pytest.fixture
def case_for(
    request: pytest.FixtureRequest, officer: User, approver: User, filer: User, now: datetime
) -> Callable[[str], Application]:
    """`case_for(action)`: a case in the state from which the action leads on."""

    def make(action: str) -> Application:
        if action == "return_unregistered":
            return request.getfixturevalue("submitted")
        if action in ("convene", "rule", "escalate"):
            case = request.getfixturevalue("split")
            if action != "convene":
                ladder.convene(application=case, by=officer, at=now)
            if action == "escalate":
                ladder.rule(application=case, outcome="approve", reason="Civil.", by=officer, at=now)
            return case
        case = request.getfixturevalue("registered")
        decisions.propose(
            application=case, outcome="intend_to_deny", justification="x", legal_basis="744.21",
            considerations="withheld", modifications="none", denial_reasons=["END_USE"], by=officer, at=now,
        )  # fmt: skip
        decisions.countersign(application=case, by=approver, at=now)
        if action in ("add_appeal_paper", "withdraw_appeal"):
            appeals.appeal(application=case, statement="x", by=filer, at=now + timedelta(days=46))
        return case

    return make


@pytest.mark.parametrize("action", BODIES)
def test_each_role_is_answered_as_its_roles_say(
    action: str,
    case_for: Any,
    api: Any,
    request: pytest.FixtureRequest,
    defense: User,
    state: User,
    now: datetime,
) -> None:
    case = case_for(action)
    late = action in ("appeal", "add_appeal_paper", "withdraw_appeal")
    told: dict[str, int] = {}
    with time_machine.travel(now + timedelta(days=47 if late else 0, hours=1), tick=False):
        for role in ROLES:
            client, head = api(request.getfixturevalue(role)), Event.objects.count()
            sid = transaction.savepoint()
            answer = client.post(
                f"/api/v1/applications/{case.number}/{action}/", BODIES[action], format="json"
            )
            told[role] = answer.status_code
            assert (Event.objects.count() > head) == (answer.status_code == 200), (role, answer.json())
            transaction.savepoint_rollback(sid)
    assert told == dict.fromkeys(ROLES, 403) | OUTSIDE | ANSWERS[action]


@pytest.mark.parametrize("role", ["filer", "stranger", "defense", "officer", "auditor"])
def test_who_reads_rulings_and_the_clock(
    role: str, case_for: Any, api: Any, request: pytest.FixtureRequest, now: datetime
) -> None:
    case = case_for("escalate")
    client = api(request.getfixturevalue(role))
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        seen = client.get(f"/api/v1/applications/{case.number}/")
        clock = client.get(f"/api/v1/applications/{case.number}/clock/")
    assert seen.status_code == clock.status_code == (404 if role == "stranger" else 200)
    if role == "stranger":
        return
    reviews = role != "filer"
    assert (
        bool(seen.json()["rulings"]) == bool(seen.json()["ladder"]) == bool(clock.json()["ladder"]) == reviews
    )
    assert clock.json()["clock"]["gross"] == 4
    wrong = client.get(f"/api/v1/applications/{case.number}/clock/", {"on": "soon"})
    assert wrong.status_code == 400 and wrong.json()["blockers"][0]["field"] == "on"

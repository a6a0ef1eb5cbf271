"""Random walks through the verbs: whatever people try, the status only takes legal pairs of the table."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exportctl.errors import Refused
from exportctl.models import User
from licenses import (
    appeals,
    applications,
    assignments,
    conditions,
    corrections,
    decisions,
    ladder,
    questions,
    review,
    workflow,
)
from licenses.models import Application, Condition, Decision, License, Question
from licenses.workflow import CLOSED, Status
from tests import factories

pytestmark = pytest.mark.django_db

WHO = ("filer", "officer", "approver", "defense", "counsel", "both", "auditor")
BODIES = ("defense", "state")


def attempts(case: Application, pick: int, at: datetime) -> dict[str, Callable[[User], Any]]:
    """Each action of the table as a call, its details chosen by `pick`."""
    outcome = ("approve", "approve_conditions", "intend_to_deny", "return", "approve_part", "no_license_required",
               "deny")[pick % 7]  # fmt: skip
    denial = outcome in ("deny", "intend_to_deny")
    line = {"number": 1, "quantity": 1, "reason": "The rest is not granted."}
    decision = {
        "outcome": outcome, "justification": "x", "legal_basis": "15 CFR 744.11",
        "reason_code": "DEFICIENT" if outcome == "return" else "", "denial_reasons": ["END_USE"] if denial else [],
        "lines": [line] if outcome == "approve_part" else [],
    }  # fmt: skip
    told = factories.PARTICULARS if outcome == "intend_to_deny" else {}
    condition = Condition.objects.filter(application=case).order_by("-number").first()
    it: dict[str, Any] = {"application": case, "at": at}
    calls: dict[str, Callable[[User], Any]] = {
        "edit": lambda by: applications.save_draft(version=case.version, by=by, **it),
        "submit": lambda by: applications.submit(by=by, **it),
        "withdraw": lambda by: applications.withdraw(by=by, **it) if pick == 7 else None,
        "register": lambda by: applications.register(by=by, **it),
        "begin_review": lambda by: applications.begin_review(by=by, **it),
        "mark_filed": lambda by: applications.mark_filed(external_number="Z1", by=by, **it),
        "refer": lambda by: review.refer(bodies=[BODIES[pick % 2], "legal"][: 1 + pick % 2], by=by, **it),
        "consult": lambda by: review.consult(bodies=["legal"], by=by, **it),
        "advise": lambda by: review.advise(
            body="legal", stance=("agree", "object")[pick % 2], reason="x", by=by, **it
        ),
        "close_lane": lambda by: review.close_lane(body="legal", reason="x", by=by, **it),
        "recommend": lambda by: review.recommend(
            body="defense",
            position=("approve", "deny")[pick % 2],
            reason="x",
            legal_basis="744.21",
            by=by,
            **it,
        ),
        "propose_condition": lambda by: conditions.propose(
            code="OTHER", text="x", origin="defense", by=by, **it
        ),
        "ask_question": lambda by: questions.ask(
            to="filer", text="x", due_on=at.date(), stop=bool(pick % 2), by=by, **it
        ),
        "record_question": lambda by: questions.record(text="x", due_on=at.date(), by=by, **it),
        "assign": lambda by: assignments.assign(
            to=None if pick == 7 else by, body=("", "defense")[pick % 2], reason="x", by=by, **it
        ),
        "stop_clock": lambda by: review.stop_clock(reason="PLC", by=by, **it),
        "complete_check": lambda by: review.complete_check(by=by, **it),
        "resume_clock": lambda by: review.resume_clock(by=by, **it),
        "propose_decision": lambda by: decisions.propose(by=by, **(decision | told), **it),
        "countersign": lambda by: decisions.countersign(by=by, **it),
        "correct": lambda by: corrections.propose(
            by=by, **(decision | told | {"justification": "Better words.", "lines": []}), **it
        ),
        "countersign_correction": lambda by: corrections.countersign(by=by, **it),
        "send_back": lambda by: decisions.send_back(reason="x", by=by, **it),
        "record_decision": lambda by: decisions.record(
            by=by, authority="BIS", decided_on=at.date(), no_document="x", **decision, **it
        ),
        "lapse": lambda by: decisions.lapse(at=at),
        "return_unregistered": lambda by: applications.return_unregistered(
            defects=["x"], contact="x", by=by, **it
        ),
        "convene": lambda by: ladder.convene(by=by, **it),
        "rule": lambda by: ladder.rule(
            outcome=("approve", "deny")[pick % 2],
            reason="x",
            votes={"state": ("approve", "deny")[pick % 2]},
            by=by,
            **it,
        ),
        "escalate": lambda by: ladder.escalate(
            body="defense", signatory="x", office="head", statute="x", regulation="x", reason="x", by=by, **it
        ),
        "respond": lambda by: appeals.respond(text="x", by=by, **it),
        "appeal": lambda by: appeals.appeal(statement="x", by=by, **it),
        "withdraw_appeal": lambda by: appeals.withdraw(by=by, **it),
        "add_appeal_paper": lambda by: appeals.add_appeal_paper(title="x", text="x", by=by, **it),
    }
    question = Question.objects.filter(application=case).order_by("-number").first()
    if question is not None:
        asked: dict[str, Any] = {"question": question, "at": at}
        calls |= {
            "answer_question": lambda by: questions.answer(text="x", by=by, **asked),
            "withdraw_question": lambda by: questions.withdraw(reason="x", by=by, **asked),
            "remind_question": lambda by: questions.remind(by=by, **asked),
        }
    if condition is not None:
        its: dict[str, Any] = {"condition": condition, "at": at}
        calls |= {
            "change_condition": lambda by: conditions.change(text=f"x{pick}", reason="y", by=by, **its),
            "agree_condition": lambda by: conditions.agree(by=by, **its),
            "accept_condition": lambda by: conditions.accept(by=by, **its),
            "decline_condition": lambda by: conditions.decline(reason="x", by=by, **its),
            "remove_condition": lambda by: conditions.remove(reason="x", by=by, **its),
            "meet_condition": lambda by: conditions.meet(by=by, **its),
            "waive_condition": lambda by: conditions.waive(reason="x", by=by, **its),
        }
    return calls


ACTIONS = sorted(row.action for row in workflow.TRANSITIONS)
steps = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.sampled_from(WHO), st.integers(0, 7), st.integers(0, 20)),
    min_size=8,
    max_size=24,
)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(start=st.sampled_from(["draft", "registered", "filed", "reviewed_inside"]), walk=steps)
def test_no_walk_leaves_the_table(
    draft, registered, filed, reviewed_inside, filer, officer, approver, defense, counsel, auditor, both, now, start,
    walk,
) -> None:  # fmt: skip
    people = {
        "filer": filer, "officer": officer, "approver": approver, "defense": defense, "auditor": auditor, "both": both,
        "counsel": counsel,
    }  # fmt: skip
    starts = {"draft": draft, "registered": registered, "filed": filed, "reviewed_inside": reviewed_inside}
    case = starts[start]
    sid = transaction.savepoint()
    at = now
    for action, who, pick, days in walk:
        at += timedelta(days=days)
        before = Application.objects.get(pk=case.pk)
        call = attempts(before, pick, at).get(action)
        if call is None:
            continue
        try:
            call(people[who])
        except Refused as refused:
            assert refused.blockers
            assert Application.objects.values().get(pk=case.pk) == {
                each.attname: getattr(before, each.attname) for each in Application._meta.concrete_fields
            }
        after = Application.objects.get(pk=case.pk)
        if after.status != before.status:
            own = review.own_lanes(Application.objects.with_dossier().get(pk=case.pk))
            if action == "mark_filed" or action == "countersign" and after.status in workflow.LICENSED:
                assert not [lane for lane in own if lane.state == "waiting" or lane.position == "object"]
            assert after.status in workflow.targets(action, before.status)
            assert after.version == before.version + 1
            assert before.status not in CLOSED or (before.status, action) == (Status.DENIED, "appeal")
        assert (after.closed_at is not None) == (after.status in CLOSED)
    for decision in Decision.objects.made().filter(recorded=False):
        assert decision.proposed_by_id != decision.countersigned_by_id
    granted = Application.objects.get(pk=case.pk).status in workflow.LICENSED
    assert License.objects.filter(application=case).exists() == granted
    transaction.savepoint_rollback(sid)


@pytest.fixture
def both(person) -> User:
    """Someone with two roles: the four eyes must hold all the same."""
    return person("both", "officer", "approver")


def test_an_approval_walk_reaches_its_license(registered, officer, approver, now, today) -> None:
    """The walk above is not empty: this one passes through it."""
    for action, by, pick in (("propose_decision", officer, 0), ("countersign", approver, 0)):
        attempts(Application.objects.get(pk=registered.pk), pick, now)[action](by)
    assert License.objects.get().issued_on == today == date(2026, 8, 6)

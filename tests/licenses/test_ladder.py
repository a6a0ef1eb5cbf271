"""The ladder by its verbs: rulings, escalations, the five days in which a ruling can be taken further (750.4(f))."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError

from exportctl.errors import NotAllowed, Refused
from exportctl.models import Event, User
from licenses import applications, cases, decisions, ladder, review, rungs
from licenses.models import Application, Decision, Escalation, License, Ruling
from tests import factories

from .conftest import codes, fields

pytestmark = pytest.mark.django_db
SIGNED = {
    "signatory": "Jane Roe", "office": "head", "statute": "50 U.S.C. 4820", "regulation": "15 CFR 742.4",
    "reason": "The end use is not civil.",
}  # fmt: skip


@pytest.fixture
def split(referred: Application, defense: User, state: User, now: datetime) -> Application:
    """Defense objects, State approves."""
    review.recommend(
        application=referred, body="defense", position="deny", reason="Military end use.", legal_basis="744.21",
        by=defense, at=now,
    )  # fmt: skip
    review.recommend(
        application=referred, body="state", position="approve", reason="Civil.", by=state, at=now
    )
    return Application.objects.get(pk=referred.pk)


@pytest.fixture
def committee(split: Application, officer: User, now: datetime) -> Application:
    return ladder.convene(application=split, by=officer, at=now)


def ruled(case: Application, outcome: str, *, by: User, at: datetime, **votes: str) -> Ruling:
    return ladder.rule(
        application=case, outcome=outcome, reason="As the chair sees it.", votes=votes, by=by, at=at
    )


def proposed(case: Application, outcome: str, *, by: User, at: datetime) -> Decision:
    return decisions.propose(
        application=case, outcome=outcome, justification="As ruled.", by=by, at=at,
        legal_basis="744.21" if "deny" in outcome else "", reason_code="DEFICIENT" if outcome == "return" else "",
        **(factories.PARTICULARS if outcome == "intend_to_deny" else {}),
    )  # fmt: skip


def test_convene_brings_a_split_case_before_the_committee(committee, now) -> None:
    assert committee.status == "committee"
    event = Event.objects.get(verb="application.convened")
    assert event.data["data"]["positions"] == {"defense": "deny", "state": "approve"}


def test_convene_refuses_agencies_that_agree_and_a_reviewer(referred, officer, defense, state, now) -> None:
    for body, by in (("defense", defense), ("state", state)):
        review.recommend(application=referred, body=body, position="approve", reason="x", by=by, at=now)
    with pytest.raises(Refused) as refused:
        ladder.convene(application=referred, by=officer, at=now)
    assert codes(refused) == {"no_dispute"}
    with pytest.raises(NotAllowed):
        ladder.convene(application=referred, by=defense, at=now)


def test_convene_waits_for_a_position_and_then_takes_silence_for_no_objection(
    referred, officer, defense, now
) -> None:
    review.recommend(
        application=referred,
        body="defense",
        position="deny",
        reason="x",
        legal_basis="744.21",
        by=defense,
        at=now,
    )
    with pytest.raises(Refused) as refused:
        ladder.convene(application=referred, by=officer, at=now)
    assert codes(refused) == {"position_missing", "no_dispute"}
    silent = now + timedelta(days=28)  # referred three days before `now`: day 31
    assert ladder.convene(application=referred, by=officer, at=silent).status == "committee"


def test_a_case_on_which_agencies_differ_is_not_decided_past_the_committee(
    split, officer, approver, now
) -> None:
    for outcome in ("approve", "intend_to_deny"):
        proposed(split, outcome, by=officer, at=now)
        with pytest.raises(Refused) as refused:
            decisions.countersign(application=split, by=approver, at=now)
        assert codes(refused) == {"agencies_differ"}
        decisions.send_back(application=split, reason="x", by=approver, at=now)


def test_rule_takes_the_positions_for_votes_and_binds_after_five_days(
    committee, officer, approver, now, today
) -> None:
    given = ruled(committee, "approve", by=officer, at=now)
    assert (given.forum, given.votes, given.dissenting) == (
        "committee", {"defense": "deny", "state": "approve"}, {"defense"},
    )  # fmt: skip
    for days in (0, 5):
        with pytest.raises(Refused) as refused:
            proposed(committee, "approve", by=officer, at=now + timedelta(days=days))
        assert codes(refused) == {"ruling_open"}
        assert str(today + timedelta(days=5)) in refused.value.blockers[0].message
    at = now + timedelta(days=6)
    with pytest.raises(Refused) as refused:
        proposed(committee, "intend_to_deny", by=officer, at=at)
    assert codes(refused) == {"ruling_contradicted"}
    assert proposed(committee, "approve", by=officer, at=at).authority == "Operating Committee"
    made = decisions.countersign(application=committee, by=approver, at=at)
    assert made.authority == "Operating Committee"
    assert License.objects.get().application == made.application


def test_a_return_needs_no_ruling(committee, officer, approver, now) -> None:
    proposed(committee, "return", by=officer, at=now)
    assert decisions.countersign(application=committee, by=approver, at=now).application.status == "returned"


def test_a_ruling_is_corrected_until_it_binds(committee, officer, now, today) -> None:
    ruled(committee, "deny", by=officer, at=now)
    ruled(committee, "approve", by=officer, at=now + timedelta(days=2))
    case = Application.objects.get(pk=committee.pk)
    assert (rungs.ruling(case).outcome, Ruling.objects.count()) == ("approve", 2)
    assert rungs.ruled(case, today).until == today + timedelta(days=7)
    with pytest.raises(Refused) as refused:
        ruled(committee, "deny", by=officer, at=now + timedelta(days=8))
    assert codes(refused) == {"ruling_binds"}


def test_rule_names_every_wrong_field(committee, officer, now) -> None:
    with pytest.raises(Refused) as refused:
        ladder.rule(
            application=committee, outcome="maybe", reason=" ", votes={"mars": "approve", "state": "perhaps"},
            by=officer, at=now,
        )  # fmt: skip
    assert fields(refused) == {"outcome", "reason", "votes"}
    assert len(refused.value.blockers) == 4
    assert not Ruling.objects.exists()


def test_escalate_from_the_committee_to_the_president(
    committee, officer, approver, defense, state, now, today
) -> None:
    ruled(committee, "approve", by=officer, at=now)
    first = ladder.escalate(
        application=committee, body="defense", by=defense, at=now, **SIGNED | {"office": "appointee"}
    )
    assert (first.target, first.application.status) == ("acep", "acep")
    day = now + timedelta(days=3)
    with pytest.raises(Refused) as refused:
        ruled(committee, "deny", by=officer, at=day, defense="deny", state="approve")
    assert codes(refused) == {"no_majority"}
    ruled(committee, "deny", by=officer, at=day, defense="deny", energy="deny", state="approve")
    with pytest.raises(Refused) as refused:
        ladder.escalate(
            application=committee, body="state", by=state, at=day, **SIGNED | {"office": "appointee"}
        )
    assert fields(refused) == {"office"}
    ladder.escalate(application=committee, body="state", by=state, at=day, **SIGNED)
    ruled(committee, "deny", by=officer, at=day, defense="deny", energy="deny", state="approve")
    ladder.escalate(application=committee, body="state", by=state, at=day, **SIGNED)
    case = Application.objects.get(pk=committee.pk)
    assert case.status == "president"
    assert [each.target for each in Escalation.objects.order_by("pk")] == ["acep", "earb", "president"]
    reading = cases.reading(case, today + timedelta(days=60))
    assert (
        reading.gross == 4 + 3
    )  # registered four days before `now`; the duty is met when the President has it
    late = now + timedelta(days=60)
    assert proposed(case, "approve", by=officer, at=late).authority == "President"
    decisions.countersign(application=case, by=approver, at=late)
    assert License.objects.exists()


def test_the_secretary_calls_the_review_board_alone(committee, officer, defense, now) -> None:
    ruled(committee, "approve", by=officer, at=now)
    call: dict[str, Any] = {"application": committee, "body": "secretary", "at": now, **SIGNED}
    with pytest.raises(Refused) as refused:
        ladder.escalate(by=officer, **call)
    assert codes(refused) == {"no_dissent"}
    with pytest.raises(Refused) as refused:
        ladder.escalate(by=defense, **call)
    assert fields(refused) == {"body"}
    ladder.escalate(by=defense, **call | {"body": "defense"})
    ruled(committee, "approve", by=officer, at=now, defense="deny", energy="approve", state="approve")
    assert ladder.escalate(by=officer, **call).target == "earb"


def test_escalate_is_for_the_body_that_dissented_and_in_time(committee, officer, defense, state, now) -> None:
    ruled(committee, "approve", by=officer, at=now)
    call: dict[str, Any] = {"application": committee, "at": now, **SIGNED}
    with pytest.raises(Refused) as refused:
        ladder.escalate(body="state", by=state, **call)
    assert codes(refused) == {"no_dissent"}
    with pytest.raises(Refused) as refused:
        ladder.escalate(body="state", by=defense, **call)
    assert fields(refused) == {"body"}
    with pytest.raises(Refused) as refused:
        ladder.escalate(body="defense", by=defense, **call | {"at": now + timedelta(days=6)})
    assert codes(refused) == {"too_late"}
    with pytest.raises(Refused) as refused:
        ladder.escalate(
            application=committee, body="x", signatory="", office="y", statute="", regulation="", reason="",
            by=defense, at=now,
        )  # fmt: skip
    assert fields(refused) == {"body", "signatory", "office", "statute", "regulation", "reason"}
    assert not Escalation.objects.exists()
    assert (
        ladder.escalate(body="defense", by=defense, **call | {"at": now + timedelta(days=5)}).target == "acep"
    )


def test_a_stop_moves_the_last_day_to_escalate(committee, officer, defense, now) -> None:
    ruled(committee, "approve", by=officer, at=now)
    review.stop_clock(application=committee, reason="TTCP", by=officer, at=now + timedelta(days=1))
    review.resume_clock(application=committee, by=officer, at=now + timedelta(days=11))
    ladder.escalate(application=committee, body="defense", by=defense, at=now + timedelta(days=15), **SIGNED)


def test_escalate_sends_an_open_proposal_back(committee, officer, defense, now) -> None:
    ruled(committee, "approve", by=officer, at=now)
    proposed(committee, "return", by=officer, at=now)
    ladder.escalate(application=committee, body="defense", by=defense, at=now, **SIGNED)
    proposal = Decision.objects.get()
    assert (proposal.state, proposal.sent_back_reason) == (
        "sent_back", "The ruling was escalated: with the advisory committee.",
    )  # fmt: skip


def test_every_due_day_of_the_ladder_by_what_was_done(committee, officer, defense, now, today) -> None:
    """Registered four days ago, referred three days ago: day 1, so everything is due eight days early."""
    assert [row.day for row in rungs.ladder(committee, today)] == [9, 31, 45, 50, 61, 66, 77, 82]
    ruled(committee, "approve", by=officer, at=now)
    ladder.escalate(application=committee, body="defense", by=defense, at=now + timedelta(days=2), **SIGNED)
    case = Application.objects.with_dossier().get(pk=committee.pk)
    rows = {row.step.code: row for row in rungs.ladder(case, today + timedelta(days=2))}
    assert (rows["committee"].done_on, rows["to_acep"].done_on) == (today, today + timedelta(days=2))
    assert (rows["to_acep"].due_on, rows["acep"].due_on) == (
        today + timedelta(days=5),
        today + timedelta(days=13),
    )
    then = {row.step.code: row for row in rungs.ladder(case, today + timedelta(days=1))}
    assert then["to_acep"].done_on is None  # as of the day before the escalation


def test_rulings_and_escalations_cannot_be_rewritten(committee, officer, defense, now) -> None:
    given = ruled(committee, "approve", by=officer, at=now)
    ladder.escalate(application=committee, body="defense", by=defense, at=now, **SIGNED)
    for row in (given, Escalation.objects.get()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(reason="other")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            type(row).objects.filter(pk=row.pk)._raw_delete("default")


def test_the_database_refuses_an_escalation_with_the_wrong_signature(
    committee, officer, defense, now
) -> None:
    given = ruled(committee, "approve", by=officer, at=now)
    base: dict[str, Any] = {
        "application": committee,
        "ruling": given,
        "body": "defense",
        "by": defense,
        "at": now,
    }
    for wrong in ({"target": "earb", "office": "appointee"}, {"target": "acep", "body": "secretary"},
                  {"target": "acep", "statute": ""}):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Escalation.objects.create(**base | SIGNED | wrong)


def test_nobody_withdraws_into_a_closed_ladder_and_a_withdrawal_ends_it(committee, filer, now) -> None:
    case = applications.withdraw(application=committee, by=filer, at=now)
    assert (case.status, case.closed_at) == ("withdrawn", now)

"""Answers to a denial: the response, the appeal and its papers; and the return of what cannot be registered."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import transaction
from django.db.utils import DatabaseError
from django.urls import reverse

from exportctl.errors import NotAllowed, Refused
from exportctl.models import Event, Notice, User
from licenses import amendments, appeals, applications, cases, decisions, notices, review, rungs
from licenses.models import (
    Appeal,
    AppealPaper,
    AppealWithdrawal,
    Application,
    Decision,
    DenialResponse,
    License,
    UnregisteredReturn,
)

from .conftest import codes, fields

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter(registered: Application, officer: User, approver: User, now: datetime) -> Application:
    """An intent-to-deny letter of today."""
    decisions.propose(
        application=registered,
        outcome="intend_to_deny",
        justification="x",
        legal_basis="744.21",
        considerations="withheld",
        modifications="none",
        denial_reasons=["END_USE"],
        by=officer,
        at=now,
    )
    return decisions.countersign(application=registered, by=approver, at=now).application


@pytest.fixture
def denied(letter: Application, now: datetime) -> Application:
    """Final after 45 days."""
    decisions.lapse(at=now + timedelta(days=45))
    return Application.objects.get(pk=letter.pk)


def appealed(case: Application, by: User, at: datetime, **more: object) -> Appeal:
    return appeals.appeal(
        application=case, statement="The end use is civil; see the facts.", by=by, at=at, **more
    )


# The answer to the letter


def test_respond_is_kept_and_late_after_day_20(letter, filer, now, today) -> None:
    on_time = appeals.respond(
        application=letter, text="We changed the consignee.", by=filer, at=now + timedelta(days=20)
    )
    late = appeals.respond(application=letter, text="And the site.", by=filer, at=now + timedelta(days=21))
    assert (on_time.late, late.late, late.due_on) == (False, True, today + timedelta(days=20))
    told = [
        event.data["data"]["late"] for event in Event.objects.filter(verb="denial.answered").order_by("seq")
    ]
    assert told == [False, True]


def test_respond_refuses_an_empty_answer_a_final_denial_and_a_case_without_letter(
    letter, denied, filer, auditor, now
) -> None:
    with pytest.raises(Refused) as refused:
        appeals.respond(application=letter, text=" ", by=filer, at=now)
    assert fields(refused) == {"text"}
    with pytest.raises(NotAllowed):
        appeals.respond(application=letter, text="x", by=auditor, at=now)
    with pytest.raises(Refused) as refused:
        appeals.respond(application=denied, text="x", by=filer, at=now + timedelta(days=46))
    assert codes(refused) == {"wrong_status"}
    assert not DenialResponse.objects.exists()


def test_respond_is_too_late_on_the_day_the_denial_is_final_whether_noted_or_not(letter, filer, now) -> None:
    with pytest.raises(Refused) as refused:
        appeals.respond(application=letter, text="x", by=filer, at=now + timedelta(days=45))
    assert codes(refused) == {"denial_final"}


# The appeal


def test_appeal_opens_the_denial_again_and_leaves_it_in_force(denied, filer, now, today) -> None:
    made = appealed(denied, filer, now + timedelta(days=50), hearing=True)
    case = Application.objects.get(pk=denied.pk)
    assert (case.status, case.closed_at, case.status_words) == ("appeal", None, "Denied, appeal pending")
    assert (made.notice_on, made.final_on, made.last_day) == (
        today, today + timedelta(days=45), today + timedelta(days=90),
    )  # fmt: skip
    assert (made.hearing, made.papers_until) == (True, today + timedelta(days=80))
    assert not License.objects.exists()
    assert cases.reading(case, today + timedelta(days=60)).gross == 4  # the 90 days ended with the letter


@pytest.mark.parametrize(
    ("days", "code"), [(44, "not_denied_yet"), (45, None), (90, None), (91, "appeal_late")]
)
def test_appeal_is_received_from_day_45_to_day_90(letter, filer, now, days: int, code: str | None) -> None:
    """Nothing waits for the job that notes the final denial: the appeal notes it first, at its own day."""
    at = now + timedelta(days=days)
    if code:
        with pytest.raises(Refused) as refused:
            appealed(letter, filer, at)
        assert codes(refused) == {code}
        assert Application.objects.get(pk=letter.pk).status == "intent_to_deny"
        return
    appealed(letter, filer, at)
    verbs = list(Event.objects.filter(verb__in=["decision.final", "application.appealed"]).order_by("seq"))
    assert [each.verb for each in verbs] == ["decision.final", "application.appealed"]
    assert verbs[0].at.date() == (now + timedelta(days=45)).date()


def test_appeal_refuses_an_empty_statement_a_stranger_and_a_second_one(
    denied, filer, auditor, officer, approver, now
) -> None:
    at = now + timedelta(days=50)
    with pytest.raises(Refused) as refused:
        appeals.appeal(application=denied, statement="", by=filer, at=at)
    assert fields(refused) == {"statement"}
    with pytest.raises(NotAllowed):
        appealed(denied, auditor, at)
    appealed(denied, filer, at)
    decisions.propose(
        application=denied,
        outcome="deny",
        justification="Upheld.",
        legal_basis="744.21",
        denial_reasons=["END_USE"],
        by=officer,
        at=at,
    )
    decisions.countersign(application=denied, by=approver, at=at)
    case = Application.objects.get(pk=denied.pk)
    assert (case.status, case.closed_at) == ("denied", at)
    with pytest.raises(Refused) as refused:
        appealed(case, filer, at)
    assert codes(refused) == {"appealed"}
    assert Decision.objects.get(outcome="deny").authority == "Under Secretary"


def test_an_appeal_that_is_granted_gives_the_license(denied, filer, officer, approver, now) -> None:
    at = now + timedelta(days=50)
    appealed(denied, filer, at)
    with pytest.raises(Refused) as refused:
        decisions.propose(
            application=denied,
            outcome="return",
            justification="x",
            reason_code="DEFICIENT",
            by=officer,
            at=at,
        )
    assert fields(refused) == {"outcome"}
    decisions.propose(application=denied, outcome="approve", justification="Granted.", by=officer, at=at)
    made = decisions.countersign(application=denied, by=approver, at=at)
    assert (made.authority, made.application.status) == ("Under Secretary", "approved")
    assert License.objects.get().decision == made


def test_papers_are_accepted_to_day_30_after_the_appeal(denied, filer, now) -> None:
    at = now + timedelta(days=50)
    appealed(denied, filer, at)
    appeals.add_appeal_paper(
        application=denied, title="Site visit", text="The report.", by=filer, at=at + timedelta(days=30)
    )
    with pytest.raises(Refused) as refused:
        appeals.add_appeal_paper(
            application=denied, title="More", text="x", by=filer, at=at + timedelta(days=31)
        )
    assert codes(refused) == {"papers_late"}
    with pytest.raises(Refused) as refused:
        appeals.add_appeal_paper(application=denied, title="", text="x", by=filer, at=at)
    assert fields(refused) == {"title"}
    assert [each.title for each in AppealPaper.objects.all()] == ["Site visit"]


def test_a_case_under_appeal_is_not_filed_again_nor_withdrawn_nor_stopped(
    denied, filer, officer, now
) -> None:
    at = now + timedelta(days=50)
    appealed(denied, filer, at)
    case = Application.objects.get(pk=denied.pk)
    with pytest.raises(Refused):
        amendments.resubmit(application=case, by=filer, at=at)
    for call in (
        lambda: applications.withdraw(application=case, by=filer, at=at),
        lambda: review.stop_clock(application=case, reason="PLC", by=officer, at=at),
    ):
        with pytest.raises(Refused) as refused:
            call()
        assert codes(refused) == {"wrong_status"}


# The appeal taken back


def test_a_withdrawn_appeal_leaves_the_denial_as_it_was(denied, filer, officer, now) -> None:
    at, later = now + timedelta(days=50), now + timedelta(days=55)
    before = Decision.objects.get()
    appealed(denied, filer, at)
    decisions.propose(application=denied, outcome="approve", justification="Granted.", by=officer, at=at)
    made = appeals.withdraw(application=denied, reason=" We file anew. ", by=filer, at=later)
    assert (made.reason, made.by, made.at) == ("We file anew.", filer, later)
    case = Application.objects.get(pk=denied.pk)
    assert (case.status, case.closed_at) == ("denied", later)
    assert Decision.objects.get(pk=before.pk).final_at == before.final_at
    assert Decision.objects.latest("pk").sent_back_reason == "The appeal was withdrawn."
    event = Event.objects.latest("seq")
    assert (event.verb, event.data["data"]["reason"]) == ("appeal.withdrawn", "We file anew.")
    assert not License.objects.exists()
    known = rungs.denied(case, cases.intent(case), later.date())
    assert known is not None and (known.withdrawn_on, known.papers_until) == (later.date(), None)


def test_a_withdrawn_appeal_is_over(denied, filer, officer, now) -> None:
    at = now + timedelta(days=50)
    for by in (filer, officer):
        with pytest.raises(Refused) as refused:
            appeals.withdraw(application=denied, by=by, at=at)
        assert codes(refused) == {"wrong_status"}
    appealed(denied, filer, at)
    appeals.withdraw(application=denied, by=filer, at=at)
    case = Application.objects.get(pk=denied.pk)
    for call in (
        lambda: appeals.withdraw(application=case, by=filer, at=at),
        lambda: appeals.add_appeal_paper(application=case, title="x", text="x", by=filer, at=at),
    ):
        with pytest.raises(Refused) as over:
            call()
        assert codes(over) == {"wrong_status"}
    with pytest.raises(Refused) as again:
        appealed(case, filer, at)
    assert codes(again) == {"appeal_withdrawn"}
    assert amendments.resubmit(application=case, by=filer, at=at).resubmission_acn == case.number


def test_withdraw_is_the_appellants_and_whole_or_not_at_all(
    denied, filer, auditor, approver, now, broken_log
) -> None:
    at = now + timedelta(days=50)
    appealed(denied, filer, at)
    for by in (auditor, approver):
        with pytest.raises(NotAllowed):
            appeals.withdraw(application=denied, by=by, at=at)
    with pytest.raises(Refused) as refused:
        appeals.withdraw(application=denied, reason="x" * 50_001, by=filer, at=at)
    assert fields(refused) == {"reason"}
    with broken_log(), pytest.raises(DatabaseError):
        appeals.withdraw(application=denied, by=filer, at=at)
    assert (Application.objects.get(pk=denied.pk).status, AppealWithdrawal.objects.count()) == ("appeal", 0)


def test_officers_are_told_and_everybody_reads_it(denied, filer, officer, signed, api, now) -> None:
    at = now + timedelta(days=50)
    appealed(denied, filer, at)
    with time_machine.travel(at + timedelta(days=1), tick=False):
        url = reverse("licenses:application-act", args=[denied.number, "withdraw_appeal"])
        assert signed(filer).post(url, {"reason": "We file anew."}).status_code == 302
        notices.on_event(Event.objects.latest("seq"), now=at)
        told = Notice.objects.get(user=officer, title__contains="withdrawn")
        assert (told.title, told.text) == (
            f"{denied.number}: the appeal was withdrawn, the denial stands", "We file anew.",
        )  # fmt: skip
        page = signed(officer).get(reverse("licenses:application", args=[denied.number])).content.decode()
        assert "Appeal withdrawn" in page and "the denial stands" in page and "We file anew." in page
        seen = api(filer).get(f"/api/v1/applications/{denied.number}/").json()
    assert (seen["status"], seen["appeal"]["withdrawal"]["reason"]) == ("denied", "We file anew.")


# Return without registration


def test_return_unregistered_lists_the_defects(submitted, officer, filer, now) -> None:
    applications.return_unregistered(
        application=submitted, defects=["Block 18 names a freight forwarder.", " "],
        contact="Called twice, no answer.", by=officer, at=now,
    )  # fmt: skip
    case = Application.objects.get(pk=submitted.pk)
    assert (case.status, case.closed_at, case.registered_at) == ("returned_unregistered", now, None)
    assert UnregisteredReturn.objects.get().defects == ["Block 18 names a freight forwarder."]
    event = Event.objects.get(verb="application.returned_unregistered")
    assert event.data["data"]["defects"] == ["Block 18 names a freight forwarder."]
    again = amendments.resubmit(application=case, by=filer, at=now)
    assert (again.status, again.resubmission_acn) == ("draft", case.number)


def test_return_unregistered_refuses_no_defect_and_no_contact_and_a_registered_case(
    registered, officer, now
) -> None:
    with pytest.raises(Refused) as refused:
        applications.return_unregistered(application=registered, defects=[""], contact="", by=officer, at=now)
    assert fields(refused) == {"defects", "contact"}
    with pytest.raises(Refused) as refused:
        applications.return_unregistered(
            application=registered, defects=["x"], contact="x", by=officer, at=now
        )
    assert codes(refused) == {"wrong_status"}


def test_what_was_told_and_answered_cannot_be_rewritten(letter, filer, now) -> None:
    appeals.respond(application=letter, text="First.", by=filer, at=now)
    appealed(letter, filer, now + timedelta(days=45))
    appeals.add_appeal_paper(application=letter, title="x", text="x", by=filer, at=now + timedelta(days=46))
    appeals.withdraw(application=letter, by=filer, at=now + timedelta(days=47))
    for model, change in (
        (DenialResponse, {"text": "y"}),
        (Appeal, {"statement": "y"}),
        (AppealPaper, {"text": "y"}),
        (AppealWithdrawal, {"reason": "y"}),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            model.objects.update(**change)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            model.objects.all()._raw_delete("default")

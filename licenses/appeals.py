"""What an applicant answers to a denial: a response to the letter, an appeal and its papers (750.6, 756.2)."""

from __future__ import annotations

from datetime import datetime

from exportctl import audit
from exportctl.errors import Invalid, invalid
from exportctl.models import User
from exportctl.transitions import Blocker

from . import applications, cases, clocks, decisions, rungs
from .models import Appeal, AppealPaper, AppealWithdrawal, Application, DenialResponse
from .workflow import Status

MOST = 50_000  # characters of a statement


def respond(*, application: Application, text: str, by: User, at: datetime) -> DenialResponse:
    """Answer an intent-to-deny letter. Its 20 days pass without closing it: a later answer is kept, marked late.

    Refuses a case without a letter, one whose denial is final, and an empty answer (750.6(a)). Event
    denial.answered.
    """
    words = _said("text", text, "The answer")
    with audit.action(by=by, at=at) as log:
        case = applications.move(application, "respond", by, at)
        notice = cases.intent(case)
        assert notice is not None and notice.made_at is not None  # a letter is what brought the case here
        due_on = clocks.response_due(cases.day(notice.made_at))
        made = DenialResponse.objects.create(
            application=case,
            notice=notice,
            text=words,
            due_on=due_on,
            late=cases.day(at) > due_on,
            by=by,
            at=at,
        )
        log("denial.answered", case, application=case.number, decision=notice.pk, due_on=due_on, late=made.late,
            text=words[:300])  # fmt: skip
    return made


def appeal(
    *, application: Application, statement: str, hearing: bool = False, by: User, at: datetime
) -> Appeal:
    """Appeal a final denial to the Under Secretary, with a full written statement (756.2(c)).

    Received until the later of 45 days after the notice (756.2(c)(1)) and 45 after the denial became final
    (750.6(b)). `hearing` asks for an informal hearing, which is discretionary. The denial stays in force. Refuses
    a second appeal. Event application.appealed.
    """
    words = _said("statement", statement, "The statement")
    with audit.action(by=by, at=at) as log:
        case = applications.locked(application)
        if case.status == Status.INTENT_TO_DENY:
            applications.demand(case, "appeal", by, at)
            decisions.lapse_one(case, on=cases.day(at))
        case = applications.move(application, "appeal", by, at)
        notice = cases.intent(case)
        days = rungs.denied(case, notice, cases.day(at))
        assert notice is not None and days is not None  # the table refuses without a denial
        made = Appeal.objects.create(
            application=case, notice=notice, statement=words, hearing=hearing, notice_on=days.notice_on,
            final_on=days.final_on, last_day=days.appeal_until, papers_until=clocks.papers_until(cases.day(at)),
            by=by, at=at,
        )  # fmt: skip
        log("application.appealed", case, application=case.number, decision=notice.pk, hearing=hearing,
            last_day=days.appeal_until, text=words[:300])  # fmt: skip
    return made


def add_appeal_paper(
    *, application: Application, title: str, text: str, by: User, at: datetime
) -> AppealPaper:
    """Add a paper to a pending appeal, until day 30 after it was filed (756.2(c)). Event appeal.paper_added."""
    name, words = title.strip(), _said("text", text, "The text")
    if not name or len(name) > 120 or "\x00" in name:
        raise invalid("title", "The title is missing or longer than 120 characters.", "Name the paper.")
    with audit.action(by=by, at=at) as log:
        case = applications.move(application, "add_appeal_paper", by, at)
        pending = rungs.appeal_of(case)
        assert pending is not None  # an appeal is what brought the case here
        made = AppealPaper.objects.create(appeal=pending, title=name, text=words, by=by, at=at)
        log("appeal.paper_added", case, application=case.number, name=name)
    return made


def withdraw(*, application: Application, reason: str = "", by: User, at: datetime) -> AppealWithdrawal:
    """Withdraw a pending appeal; the denial stands and is not appealed again, an open proposal is sent back (756.2).

    Event appeal.withdrawn.
    """
    words = reason.strip()
    if len(words) > MOST or "\x00" in words:
        raise invalid("reason", f"Longer than {MOST} characters or no text.", "Shorten it.")
    with audit.action(by=by, at=at) as log:
        case = applications.move(application, "withdraw_appeal", by, at)
        pending = rungs.appeal_of(case)
        assert pending is not None  # an appeal is what brought the case here
        applications.drop_proposal(case, "The appeal was withdrawn.", by=by, at=at, log=log)
        made = AppealWithdrawal.objects.create(appeal=pending, reason=words, by=by, at=at)
        log("appeal.withdrawn", case, application=case.number, decision=pending.notice_id, reason=words[:300])
    return made


def _said(field: str, value: str, what: str) -> str:
    words = value.strip()
    if not words or len(words) > MOST or "\x00" in words:
        raise Invalid(
            Blocker("invalid", f"{what} is missing, or longer than {MOST} characters.", field=field,
                    remedy="Write it in full; what is said here is part of the record.")
        )  # fmt: skip
    return words

"""Questions to the filer and from an agency: asked, answered, withdrawn, reminded of; what they do to the clock.

A question may stop the legal clock (15 CFR 750.4(b)(1) for the applicant, (d)(1) for an agency); the stop opens
with the question and ends with the last open answer that it waits for. On the company route the agency asks and is
answered outside: both are recorded here with their days, and the agency's clock is its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import IO, Any

from exportctl import audit, people, roles
from exportctl.errors import Invalid, NotAllowed, invalid, refuse
from exportctl.models import User
from exportctl.transitions import Blocker, wrong

from . import applications, attachments, cases, clocks, seats
from .models import (
    Application,
    Asked,
    Attachment,
    Body,
    ClockStop,
    DocumentKind,
    Question,
    QuestionDocument,
    Route,
    StopReason,
)
from .workflow import CLOCKED

AGENCY_DAYS = 10  # of receiving the referral, 750.4(d)(1)
LONGEST = 4000
STOPS = {Asked.FILER: StopReason.APPLICANT_INFO, Asked.COMMERCE: StopReason.AGENCY_INFO}


def ask(
    *,
    application: Application,
    to: str,
    text: str,
    due_on: date,
    body: str = "",
    stop: bool = False,
    asked_on: date | None = None,
    by: User,
    at: datetime,
) -> Question:
    """Ask the filer, or as an agency ask Commerce, by a day; with `stop` the clock stands until it is answered.

    A reviewer asks for a body they sit for and the case was referred to; an officer for Commerce. An agency's
    stop is for missing referral data and only within 10 days of its referral (750.4(d)(1)). On the company
    route it is the house's own question; the agency's is `record`. Refuses, all at once, empty or overlong
    words, an unknown addressee, days in the wrong order. Event question.asked, or inquiry.asked where it is not
    the filer's to see.
    """
    today = cases.day(at)
    asked_on = asked_on or today
    found = [*_words("text", text), *_days(asked_on, due_on, today)]
    if to not in Asked.values:
        found.append(
            wrong("to", f"'{to[:40]}' is nobody who answers.", f"One of: {', '.join(Asked.values)}.")
        )
    if found:
        raise Invalid(found)
    with audit.action(by=by, at=at) as log:
        case = applications.move(application, "ask_question", by, at)
        asker = _asker(case, to, body, by, today)
        held = _stopped(case, to, asker, by, at, log) if stop else None
        question = Question.objects.create(
            application=case, number=_next(case), body=asker, to=to, text=text.strip(), asked_on=asked_on, asked_by=by,
            asked_at=at, due_on=due_on, stop=held,
        )  # fmt: skip
        log(_verb(question, "asked"), case, **_told(question), body=asker, text=question.text[:300], due_on=due_on,
            to=str(to))  # fmt: skip
    return question


def record(
    *,
    application: Application,
    text: str,
    due_on: date,
    asked_on: date | None = None,
    read_on: date | None = None,
    by: User,
    at: datetime,
) -> Question:
    """Record a question of the agency on the company route: the day it asked, the day it was read (both today
    where not given), the day it wants the answer.

    No clock of ours stands for it. Refuses, all at once, empty or overlong words and days in the wrong order.
    Event question.asked.
    """
    today = cases.day(at)
    read_on = read_on or today
    asked_on = asked_on or read_on
    found = [*_words("text", text), *_days(asked_on, due_on, today)]
    if not asked_on <= read_on <= today:
        found.append(wrong("read_on", "It is read between the day it was asked and today.",
                           "Give the day you read it."))  # fmt: skip
    if found:
        raise Invalid(found)
    with audit.action(by=by, at=at) as log:
        case = applications.move(application, "record_question", by, at)
        question = Question.objects.create(
            application=case, number=_next(case), body=Body.COMMERCE, to=Asked.FILER, text=text.strip(),
            asked_on=asked_on, read_on=read_on, asked_by=by, asked_at=at, due_on=due_on,
        )  # fmt: skip
        log("question.asked", case, **_told(question), body="agency", text=question.text[:300], due_on=due_on,
            to=question.to, asked_on=asked_on, read_on=read_on)  # fmt: skip
    return question


def answer(
    *,
    question: Question,
    text: str,
    given_on: date | None = None,
    documents: Iterable[Attachment] = (),
    file: IO[bytes] | None = None,
    name: str = "",
    by: User,
    at: datetime,
) -> Question:
    """Answer a question, with documents of the case's file or a new one; the clock runs again with the last answer.

    The filer answers what the filer was asked (what the agency of the company route asks an officer, too), an
    officer what an agency asks Commerce. `given_on` is the day that agency got the answer, today where not
    given; another question has none. Refuses one answered or withdrawn, empty words, a day before the question
    or still to come, documents of another case. Event question.answered or inquiry.answered.
    """
    if found := [*_words("text", text), *_given(question, given_on, cases.day(at))]:
        raise Invalid(found)
    with audit.action(by=by, at=at) as log:
        case = applications.move(question.application, "answer_question", by, at)
        fresh = _open(question, case, at)
        own = roles.sees(by) == "own"
        if (fresh.to == Asked.FILER) != own and not fresh.outside:
            who = Asked(fresh.to).label
            raise NotAllowed(Blocker("not_asked", f"Question {fresh.number} is for {who} to answer.", field="question",
                                     remedy=f"Ask {who}."))  # fmt: skip
        kept = list(documents)
        if any(each.application_id != case.pk or each.taken_off_at is not None for each in kept):
            raise invalid(
                "documents", "A document is not in the file of this case.", "Choose those that are."
            )
        if file is not None:
            kept.append(attachments.attach(file=file, name=name, kind=DocumentKind.CORRESPONDENCE, application=case,
                                           note=f"Question {fresh.number}", by=by, at=at))  # fmt: skip
        fresh.answer, fresh.answered_by, fresh.answered_at = text.strip(), by, at
        fresh.given_on = (given_on or cases.day(at)) if fresh.outside else None
        fresh.save(update_fields=["answer", "answered_by", "answered_at", "given_on"])
        for each in kept:
            QuestionDocument.objects.get_or_create(question=fresh, attachment=each)
        given = {"given_on": fresh.given_on} if fresh.outside else {}
        log(_verb(fresh, "answered"), case, **_told(fresh), text=fresh.answer[:300],
            documents=[each.document_id for each in kept], **given)  # fmt: skip
        _resume(fresh, case, by, at, log)
    return fresh


def withdraw(*, question: Question, reason: str, by: User, at: datetime) -> Question:
    """Withdraw an open question, with the reason; its clock stop ends where nothing else holds it.

    Refuses a reviewer of another body. Event question.withdrawn or inquiry.withdrawn.
    """
    if found := _words("reason", reason):
        raise Invalid(found)
    with audit.action(by=by, at=at) as log:
        case = applications.move(question.application, "withdraw_question", by, at)
        fresh = _open(question, case, at)
        if roles.sees(by) == "body":
            seats.demand(by, fresh.body, cases.day(at))
        fresh.withdrawn_by, fresh.withdrawn_at, fresh.withdrawn_reason = by, at, reason.strip()
        fresh.save(update_fields=["withdrawn_by", "withdrawn_at", "withdrawn_reason"])
        log(_verb(fresh, "withdrawn"), case, **_told(fresh), reason=fresh.withdrawn_reason)
        _resume(fresh, case, by, at, log)
    return fresh


def remind(*, question: Question, by: User, at: datetime) -> Question:
    """Remind who was asked; once a day. Event question.reminded or inquiry.reminded."""
    with audit.action(by=by, at=at) as log:
        case = applications.move(question.application, "remind_question", by, at)
        _remind(_open(question, case, at), case, at, log)
    return question


def chase(*, at: datetime) -> int:
    """Remind of each open question on its due day and on each day after; safe twice. Returns how many."""
    on, clock, count = cases.day(at), people.job_user("clock"), 0
    due = Question.objects.open().filter(due_on__lte=on).exclude(reminded_on__gte=on)
    for question in due.select_related("application").order_by("pk"):
        with audit.action(by=clock, at=at) as log:
            case = applications.locked(question.application)
            fresh = Question.objects.open().filter(pk=question.pk).exclude(reminded_on__gte=on).first()
            if fresh is not None:
                _remind(fresh, case, at, log)
                count += 1
    return count


def waited(found: Iterable[Question], on: date) -> int | None:
    """Calendar days until a day on which the agency of the company route waited for an answer of ours; days of
    several questions count once. None where it asked nothing."""
    asked = [each for each in found if each.outside]
    if not asked:
        return None
    spans = [
        clocks.Stop(each.asked_on, each.given_on or (each.withdrawn_at and cases.day(each.withdrawn_at)))
        for each in asked
    ]
    return clocks.stopped_days(spans, start=min(each.asked_on for each in asked), on=on)


# Inside the verbs


def _next(case: Application) -> int:
    return max((each.number for each in case.questions.all()), default=0) + 1


def _days(asked_on: date, due_on: date, today: date) -> Iterable[Blocker]:
    if asked_on > today:
        yield wrong("asked_on", "That day is still to come.", "Give the day it was asked.")
    if due_on < asked_on:
        yield wrong("due_on", "The answer is due before the question.", "Choose a later day.")


def _given(question: Question, given_on: date | None, today: date) -> Iterable[Blocker]:
    if given_on is None:
        return
    if not question.outside:
        yield wrong(
            "given_on", "Only an answer to the agency of the company route has this day.", "Leave it out."
        )
    elif not question.asked_on <= given_on <= today:
        yield wrong(
            "given_on", "The agency got it between its question and today.", "Give the day it got it."
        )


def _remind(question: Question, case: Application, at: datetime, log: audit.Log) -> None:
    on = cases.day(at)
    if question.reminded_on is not None and question.reminded_on >= on:
        raise refuse("reminded", f"Question {question.number} was reminded of on {question.reminded_on}.",
                     remedy="Once a day is enough.")  # fmt: skip
    question.reminded_on = on
    question.save(update_fields=["reminded_on"])
    log(_verb(question, "reminded"), case, **_told(question), due_on=question.due_on, to=question.to)


def _asker(case: Application, to: str, body: str, by: User, on: date) -> str:
    """The body a question is asked for: a reviewer's own, Commerce for an officer."""
    referred = {each.body: cases.day(each.referred_at) for each in case.referrals.all() if not each.own}
    if roles.sees(by) == "body":
        mine = sorted(cases.seats(by, on) & set(referred))
        body = body or (mine[0] if len(mine) == 1 else "")
        if not body:
            raise invalid("body", "Say for which body you ask.", f"One of: {', '.join(mine) or 'none'}.")
        seats.demand(by, body, on)
        if body not in referred:
            raise refuse("no_lane", "The case is not referred to that body.", field="body")
        return body
    if to == Asked.COMMERCE:
        raise invalid(
            "to", "Commerce does not ask itself.", "Ask the filer; an agency's reviewer asks Commerce."
        )
    return Body.COMMERCE


def _stopped(case: Application, to: str, body: str, by: User, at: datetime, log: audit.Log) -> ClockStop:
    """The stop a question holds open: a new one, or the one that is open for the same reason."""
    if case.route != Route.OFFICE or case.status not in CLOCKED:
        raise refuse("no_clock", "No legal clock runs here.", field="stop", remedy="Ask without stopping it.")
    if to == Asked.COMMERCE:
        referred = next(cases.day(each.referred_at) for each in case.referrals.all() if each.body == body)
        last = referred + timedelta(days=AGENCY_DAYS)
        if cases.day(at) > last:
            raise refuse("too_late", f"An agency asks for missing referral data until {last}.", field="stop",
                         remedy="Ask without stopping the clock.", citation="15 CFR 750.4(d)(1)")  # fmt: skip
    reason = STOPS[Asked(to)]
    for each in case.stops.all():
        if each.reason == reason and each.ended_at is None:
            return each
    stop = ClockStop.objects.create(application=case, reason=reason, started_at=at, started_by=by)
    log("clock.stopped", case, application=case.number, reason=str(reason), note="With a question.")
    return stop


def _resume(question: Question, case: Application, by: User, at: datetime, log: audit.Log) -> None:
    """End the stop of a question once no other open question holds it."""
    stop = question.stop
    if (
        stop is None
        or stop.ended_at is not None
        or stop.questions.filter(answered_at=None, withdrawn_at=None).exists()
    ):
        return
    stop.ended_at, stop.ended_by = at, by
    stop.save(update_fields=["ended_at", "ended_by"])
    log("clock.resumed", case, application=case.number, reason=stop.reason)


def _open(question: Question, case: Application, at: datetime) -> Question:
    fresh = Question.objects.select_related("stop").get(pk=question.pk)
    fresh.application = case
    if not fresh.open:
        how = "answered" if fresh.answered_at else "withdrawn"
        raise refuse(how, f"Question {fresh.number} is {how}.", remedy="Reload the page.")
    if at < fresh.asked_at:
        raise refuse(
            "too_early", f"It was asked on {fresh.asked_at:%Y-%m-%d %H:%M} UTC.", remedy="Give a later time."
        )
    return fresh


def _verb(question: Question, what: str) -> str:
    """Events of questions between the bodies carry another name: an applicant does not read them."""
    return f"{'question' if question.to == Asked.FILER else 'inquiry'}.{what}"


def _told(question: Question) -> dict[str, Any]:
    return {"application": question.application.number, "question": question.number}


def _words(field: str, text: str) -> list[Blocker]:
    if text.strip() and len(text) <= LONGEST and "\x00" not in text:
        return []
    return [
        wrong(field, f"This is missing, or longer than {LONGEST} characters.", "Write what the other needs.")
    ]

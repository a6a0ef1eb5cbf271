"""The ladder and a denial, as the dossier tells them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from .. import cases, clocks, rungs
from ..days import day
from ..forms.ladder import ClockOnForm
from ..models import Application, Body, Ruling, RulingOutcome
from ..workflow import ESCALATES, FORUMS, LADDER, RUNNING, Status
from . import clock

STEPS = {Status.REGISTERED: "first_action", Status.REFERRED: "recommendation"}  # what runs in a state

RULED = {"committee": "committee ruled", "acep": "ACEP voted", "earb": "EARB voted"}  # on the clock


def said(on: date) -> str:
    return f"{on:%b} {on.day}, {on.year}"


def steps(application: Application, lanes: Sequence[cases.Lane], today: date) -> dict[str, Any] | None:
    """Every step with its due day, what was ruled there and who took it further. None off the office route."""
    if application.route != "office" or application.registered_at is None:
        return None
    over = application.closed_at is not None or application.status in (Status.INTENT_TO_DENY, Status.APPEAL)
    now = "" if over else current(application)
    answered = [day(lane.at) for lane in lanes if lane.at]
    rows = []
    for due in rungs.ladder(application, today):
        code, done = due.step.code, due.done_on
        if code == "recommendation" and answered and len(answered) == len(lanes):
            done = max(answered)
        rows.append(
            {
                "due": due,
                "done": done,
                "now": code == now,
                "skipped": over and done is None,
                "ruling": ruling_row(rungs.ruling(application, code)) if code in FORUMS else None,
                "escalation": next(
                    (e for e in application.escalations.all() if f"to_{e.target}" == code), None
                ),
            }
        )
    contested = application.status in LADDER or bool(application.rulings.all())
    return {"rows": rows, "contested": contested, "now": next((row for row in rows if row["now"]), None)}


def current(application: Application) -> str:
    """The step that runs now: a forum's own until it ruled, then the days in which it can be escalated."""
    status = Status(application.status)
    if status not in FORUMS:
        return STEPS.get(status, "")
    return f"to_{ESCALATES[status]}" if rungs.ruling(application) else str(status)


def ruling_row(given: Ruling | None) -> dict[str, Any] | None:
    """A ruling in words, with each body's vote."""
    if given is None:
        return None
    words, names = dict(RulingOutcome.choices), dict(Body.choices)
    votes = [(names[body], words[vote], body in given.dissenting) for body, vote in given.votes.items()]
    return {
        "ruling": given,
        "words": given.get_outcome_display(),
        "tone": "late" if given.outcome == RulingOutcome.DENY else "good",
        "votes": sorted(votes),
    }


def sentence(application: Application, today: date, *, review: bool) -> str:
    """What a contested, denied or appealed case waits for; "" for the others."""
    status = Status(application.status)
    ruled = rungs.ruled(application, today)
    if ruled is not None and review:
        if not ruled.outcome:
            due = next(row.due_on for row in rungs.ladder(application, today) if row.step.code == status)
            return f"The {ruled.forum} rules by {said(due)}."
        assert ruled.until is not None and ruled.on is not None
        if ruled.open:
            return f"Ruled {said(ruled.on)}; binds after {said(ruled.until)} unless it is escalated."
        return f"Ruled {said(ruled.on)}, and that binds: the decision follows it."
    if status == Status.PRESIDENT and (since := rungs.with_the_president(application)):
        return f"With the President since {said(since)}: the 90-day duty is met (750.4(a)(1))."
    denied = rungs.denied(application, cases.intent(application), today)
    if status == Status.APPEAL and denied is not None and denied.papers_until is not None:
        return f"The denial stays in force. Papers are accepted until {said(denied.papers_until)} (756.2(c))."
    if status == Status.DENIED and denied is not None and denied.withdrawn_on is not None:
        return f"The appeal was withdrawn on {said(denied.withdrawn_on)}; the denial stands."
    if status == Status.DENIED and denied is not None and not denied.appealed and not denied.late:
        return f"It can be appealed until {said(denied.appeal_until)} (750.6(b), 756.2(c)(1))."
    return ""


def clock_of(
    application: Application, asked: Mapping[str, str], today: date, *, review: bool
) -> dict[str, Any] | None:
    """The 90-day clock of today, or as it stood on the day asked for as `clock_on`; a closed case is read on the day
    it closed. None before registration. Without `review` no day tells what a forum ruled."""
    if application.registered_at is None:
        return None
    start = day(application.registered_at)
    form = ClockOnForm(asked if "clock_on" in asked else None, first=start, last=today, auto_id="id_%s")
    seen = (form.is_bound and form.is_valid() and form.cleaned_data["clock_on"]) or today
    reading = cases.reading(application, seen)
    assert reading is not None  # it is registered
    on = start + timedelta(days=reading.gross)
    rows = sorted(
        (row for row in application.stops.all() if day(row.started_at) <= on), key=lambda row: row.pk
    )
    held = [
        clocks.Stop(
            day(row.started_at),
            day(row.ended_at) if row.ended_at and day(row.ended_at) <= on else None,
            row.reason,
        )
        for row in rows
    ]
    lanes = [lane for lane in cases.lanes(application, seen) if day(lane.referred_at) <= seen]
    named = [
        *((day(lane.referred_at), "referred") for lane in lanes),
        *((lane.due_on, "positions due") for lane in lanes),
    ]
    named += ticks(application, seen) if review and seen == today else []
    return {
        "reading": reading,
        "start": start,
        "on": on,
        "ended": on if on < seen or (seen == today and application.status not in RUNNING) else None,
        "drawing": clock.draw(
            start=start, due_on=reading.due_on, on=on, stops=held, named=sorted(set(named))
        ),
        "stops": [
            (row, stop.end, ((stop.end or on) - stop.start).days)
            for row, stop in zip(rows, held, strict=True)
        ],
        "own": rungs.own_deadlines(application, seen),
        "form": form,
        "past": seen if seen != today else None,
    }


def ticks(application: Application, today: date) -> list[tuple[date, str]]:
    """The days of the ladder that the clock's picture names."""
    if application.status not in FORUMS:
        return []
    now = current(application)
    words = {
        "committee": "committee rules", "acep": "ACEP votes", "earb": "EARB votes",
        "to_acep": "last day to escalate", "to_earb": "last day to escalate", "to_president": "last day to escalate",
    }  # fmt: skip
    found = rungs.ladder(application, today)
    return [
        *((row.done_on, RULED[row.step.code])
          for row in found if row.step.code in FORUMS and row.done_on),
        *((row.due_on, words[row.step.code]) for row in found if row.step.code == now),
    ]  # fmt: skip


def denial(application: Application, today: date) -> dict[str, Any] | None:
    """The letter's days, what the applicant answered, and the appeal; None without a letter."""
    notice = cases.intent(application)
    known = rungs.denied(application, notice, today)
    if known is None:
        return None
    by_notice, by_final = clocks.appeal_days(known.notice_on, known.final_on)
    return {
        "known": known,
        "respond_by": clocks.response_due(known.notice_on),
        "by_notice": by_notice,
        "by_final": by_final,
        "responses": list(application.responses.all()),
        "appeal": rungs.appeal_of(application),
    }


def escalators(application: Application, seats: Iterable[str]) -> set[str]:
    """In whose name a person can escalate: a body that dissented, or the Secretary to the Review Board."""
    given = rungs.ruling(application)
    mine = set(seats) & (given.dissenting if given else frozenset())
    return mine or ({"secretary"} if application.status == Status.ACEP else set())

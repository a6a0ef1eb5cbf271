"""The review's verbs: referrals, positions, clock stops (15 CFR 750.3, 750.4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from exportctl import audit
from exportctl.errors import Invalid, invalid, refuse
from exportctl.models import User
from exportctl.transitions import Blocker, wrong

from . import applications, cases, conditions, seats
from .cases import Lane, lanes, reading
from .models import (
    Application,
    Body,
    ClockStop,
    ConditionCode,
    Position,
    Recommendation,
    Referral,
    StopReason,
)
from .seats import give as seat

__all__ = [
    "Lane", "lanes", "reading", "recommend", "refer", "resume_clock", "seat", "stop_clock",
]  # fmt: skip


def refer(*, application: Application, bodies: Iterable[str], by: User, at: datetime) -> Application:
    """Refer a case to review bodies, at once or more of them later; each has 30 days (750.4(c)(5), (d)(2)).

    Refuses no body, an unknown one and one that has the case already. Events application.referred and
    a referral.opened each.
    """
    wanted = list(dict.fromkeys(str(body) for body in bodies))
    if not wanted:
        raise invalid("bodies", "No body is chosen.", "Choose at least one.")
    for body in wanted:
        _known("bodies", body, Body.values)
    with audit.action(by=by, at=at) as log:
        case = applications.move(application, "refer", by, at, bodies=wanted)
        held = {referral.body for referral in case.referrals.all()}
        if again := [Body(body).label for body in wanted if body in held]:
            raise invalid("bodies", f"Already referred to {', '.join(again)}.", "Leave it out.")
        for body in wanted:
            Referral.objects.create(application=case, body=body, referred_at=at, referred_by=by)
            log("referral.opened", case, application=case.number, body=body)
    return case


def recommend(
    *,
    application: Application,
    body: str,
    position: str,
    reason: str = "",
    legal_basis: str = "",
    condition_code: str = "",
    condition_text: str = "",
    by: User,
    at: datetime,
) -> Recommendation:
    """Give a body's position; a later one supersedes, the earlier stays (750.4(d)(2)).

    With `condition_code` or `condition_text` a condition is proposed in the body's name in the same action; only an
    approval with conditions carries one, and it refuses as `conditions.propose` does. Refuses who does not sit for
    the body, a body without a referral, an objection without statutory or regulatory basis (750.4(e): it would count
    as none), and a missing reason (but for no objection). Event recommendation.made.
    """
    found = []
    if position not in Position.values:
        found.append(
            wrong("position", f"'{position}' is no position.", f"One of: {', '.join(Position.values)}.")
        )
    if not reason.strip() and position != Position.NO_OBJECTION:
        found.append(wrong("reason", "A reason is missing.", "Say why."))
    if position == Position.DENY and not legal_basis.strip():
        found.append(
            Blocker("invalid", "An objection names its statutory and regulatory basis.", field="legal_basis",
                    remedy="Cite the section, for example 15 CFR 744.11.", citation="15 CFR 750.4(e)")
        )  # fmt: skip
    found += _too_long("legal_basis", legal_basis, 200)
    if (condition_code or condition_text.strip()) and position != Position.APPROVE_CONDITIONS:
        found.append(
            wrong("condition_text", "Only an approval with conditions carries one.", "Leave it empty.")
        )
    if found:
        raise Invalid(found)
    with audit.action(by=by, at=at) as log:
        case = applications.move(application, "recommend", by, at)
        seats.demand(by, body, cases.day(at))
        referral = next((each for each in case.referrals.all() if each.body == body), None)
        if referral is None:
            raise refuse("no_lane", f"The case is not referred to {Body(body).label}.", field="body")
        given = Recommendation.objects.create(
            referral=referral,
            position=position,
            reason=reason.strip(),
            legal_basis=legal_basis.strip(),
            by=by,
            at=at,
        )
        log("recommendation.made", case, application=case.number, body=body, position=str(position),
            reason=given.reason, legal_basis=given.legal_basis)  # fmt: skip
        if condition_code or condition_text.strip():
            conditions.propose(application=case, code=condition_code or ConditionCode.OTHER, text=condition_text,
                               origin=body, by=by, at=at)  # fmt: skip
    return given


def stop_clock(*, application: Application, reason: str, note: str = "", by: User, at: datetime) -> ClockStop:
    """Stop the legal clock for a reason of 750.4(b) or (d)(1); several may overlap, each reason once.

    Event clock.stopped.
    """
    _known("reason", reason, StopReason.values)
    with audit.action(by=by, at=at) as log:
        case = applications.move(application, "stop_clock", by, at)
        if any(stop.reason == reason and stop.ended_at is None for stop in case.stops.all()):
            raise refuse("stopped", f"The clock is already stopped: {StopReason(reason).label}.", field="reason",
                         remedy="End that stop, or choose another reason.")  # fmt: skip
        stop = ClockStop.objects.create(
            application=case, reason=reason, note=note.strip(), started_at=at, started_by=by
        )
        log("clock.stopped", case, application=case.number, reason=str(reason), note=stop.note)
    return stop


def resume_clock(*, application: Application, by: User, at: datetime, reason: str = "") -> list[ClockStop]:
    """End the open clock stops, or the one of `reason`. Event clock.resumed each.

    Refuses when none is open and a time before the stop began.
    """
    with audit.action(by=by, at=at) as log:
        case = applications.move(application, "resume_clock", by, at)
        open_stops = [
            stop for stop in case.stops.all() if stop.ended_at is None and reason in ("", stop.reason)
        ]
        if not open_stops:
            raise refuse("no_stop", "No clock stop with this reason is open.", field="reason")
        if late := next((stop for stop in open_stops if stop.started_at > at), None):
            raise invalid("at", f"The stop began on {late.started_at:%Y-%m-%d %H:%M}.", "Give a later time.")
        for stop in open_stops:
            stop.ended_at, stop.ended_by = at, by
            stop.save(update_fields=["ended_at", "ended_by"])
            log("clock.resumed", case, application=case.number, reason=stop.reason)
    return open_stops


def complete_check(
    *, application: Application, completed_on: date | None = None, by: User, at: datetime
) -> ClockStop:
    """Record the day a pre-license check was completed (today where not given); its analysis is due 5 days later.

    The stop lasts until it is ended. Refuses a case without such a check, a completion recorded already, a day
    before the stop or still to come (750.4(b)). Event clock.check_completed.
    """
    with audit.action(by=by, at=at) as log:
        case = applications.move(application, "complete_check", by, at)
        stop = case.stops.get(reason=StopReason.PLC, ended_at=None)
        on, today, began = completed_on or cases.day(at), cases.day(at), cases.day(stop.started_at)
        if not began <= on <= today:
            raise invalid("completed_on", f"It lies between {began}, when the stop began, and today.",
                          "Give the day of the check.", "15 CFR 750.4(b)")  # fmt: skip
        stop.completed_on = on
        stop.save(update_fields=["completed_on"])
        log("clock.check_completed", case, application=case.number, reason=stop.reason, completed_on=on)
    return stop


def _known(field: str, value: str, known: Iterable[str]) -> None:
    if value not in known:
        raise invalid(field, f"'{value}' is not known.", f"One of: {', '.join(known)}.")


def _too_long(field: str, value: str, most: int) -> list[Blocker]:
    return [wrong(field, f"Longer than {most} characters.", "Shorten it.")] if len(value) > most else []

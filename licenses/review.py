"""The review's verbs: referrals, positions, clock stops (15 CFR 750.3, 750.4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from exportctl import audit
from exportctl.errors import Invalid, invalid, refuse
from exportctl.models import User
from exportctl.transitions import Blocker, wrong

from . import applications, cases, conditions, delegations, seats
from .cases import Lane, lanes, own_lanes, reading
from .lanes import bodies_of
from .models import (
    Application,
    Body,
    ClockStop,
    ConditionCode,
    Position,
    Recommendation,
    Referral,
    ReviewBody,
    Stance,
    StopReason,
)
from .seats import give as seat

__all__ = [
    "Lane", "advise", "close_lane", "consult", "lanes", "own_lanes", "reading", "recommend", "refer", "resume_clock",
    "seat", "stop_clock",
]  # fmt: skip


def refer(*, application: Application, bodies: Iterable[str], by: User, at: datetime) -> Application:
    """Refer a case to review bodies, at once or more of them later; an agency has 30 days (750.4(c)(5), (d)(2)), a
    body of one's own the days of its target. An agency that is left out under a delegation of authority covering every
    line is kept with the case (`delegations.waive`); it may be referred to all the same.

    Refuses no body, an unknown or ended one, one that has the case already, and a referral without an agency.
    Events application.referred (agencies), application.consulted (one's own), a referral.opened each, and
    referral.waived.
    """
    wanted = list(dict.fromkeys(str(body) for body in bodies))
    if not wanted:
        raise invalid("bodies", "No body is chosen.", "Choose at least one.")
    agencies = [body for body in wanted if body in Body.values]
    if not agencies and ReviewBody.objects.own().filter(code__in=wanted).count() == len(wanted):
        raise invalid("bodies", "A referral names an agency.",
                      "Choose one, or ask a body of your own without referring the case.",
                      "15 CFR 750.4(c)(5)")  # fmt: skip
    with audit.action(by=by, at=at) as log:
        case = applications.move(application, "refer", by, at, bodies=agencies)
        _open(case, wanted, by=by, at=at, log=log)
        delegations.waive(case, chosen=agencies, by=by, at=at, log=log)
    return case


def consult(*, application: Application, bodies: Iterable[str], by: User, at: datetime) -> Application:
    """Ask bodies of one's own, such as legal, on either route; the case stays where it is.

    Refuses no body, an agency, an unknown or ended body, and one that was asked already. Events
    application.consulted and a referral.opened each.
    """
    wanted = list(dict.fromkeys(str(body) for body in bodies))
    if not wanted:
        raise invalid("bodies", "No body is chosen.", "Choose at least one.")
    if agencies := [Body(body).label for body in wanted if body in Body.values]:
        raise invalid("bodies", f"{', '.join(agencies)}: an agency is no body of one's own.",
                      "Refer the case to it, on the office route.", "15 CFR 750.4(c)(5)")  # fmt: skip
    with audit.action(by=by, at=at) as log:
        case = applications.move(application, "consult", by, at)
        _open(case, wanted, by=by, at=at, log=log)
    return case


def _open(case: Application, wanted: list[str], *, by: User, at: datetime, log: audit.Log) -> None:
    """Open the lanes of bodies that stand on the day. The case's row must be locked."""
    on, known = cases.day(at), bodies_of(case)
    held = {referral.body for referral in case.referrals.all()}
    standing = [code for code, body in known.items() if body.stands(on)]
    found = []
    if unknown := [code[:20] for code in wanted if code not in standing]:
        found.append(wrong("bodies", f"No review body of that day: {', '.join(unknown)}.",
                           f"One of: {', '.join(standing)}."))  # fmt: skip
    if again := [known[code].name for code in wanted if code in held]:
        found.append(wrong("bodies", f"Already referred to {', '.join(again)}.", "Leave it out."))
    if found:
        raise Invalid(found)
    if own := [code for code in wanted if known[code].own]:
        log("application.consulted", case, application=case.number, bodies=own)
    for code in wanted:
        Referral.objects.create(
            application=case, body=code, days=known[code].days, referred_at=at, referred_by=by
        )
        log("referral.opened", case, application=case.number, body=code, days=known[code].days)


def advise(
    *, application: Application, body: str, stance: str, reason: str = "", by: User, at: datetime
) -> Recommendation:
    """Give the view of a body of one's own; a later one supersedes, the earlier stays.

    Refuses who does not sit for the body, a body that was not asked or whose lane is closed, and a missing reason
    (but for no view). Event advice.given.
    """
    found = []
    if stance not in Stance.values:
        found.append(wrong("stance", f"'{stance}' is no view.", f"One of: {', '.join(Stance.values)}."))
    if not reason.strip() and stance != Stance.NO_VIEW:
        found.append(wrong("reason", "A reason is missing.", "Say why."))
    found += _too_long("reason", reason, 10_000)
    if found:
        raise Invalid(found)
    with audit.action(by=by, at=at) as log:
        case = applications.move(application, "advise", by, at)
        seats.demand(by, body, cases.day(at))
        referral = _own_lane(case, body, at)
        given = Recommendation.objects.create(
            referral=referral, position=stance, reason=reason.strip(), by=by, at=at
        )
        log("advice.given", case, application=case.number, body=body, stance=str(stance), reason=given.reason)
    return given


def close_lane(*, application: Application, body: str, reason: str, by: User, at: datetime) -> Referral:
    """Close the lane of a body of one's own that has not answered, with the reason: the case waits for it no more.

    Refuses an agency (its silence has its own rule, 750.4(e)), a body that was not asked or has answered, and a
    missing reason. Event referral.closed.
    """
    found = _too_long("reason", reason, 2000)
    if not reason.strip():
        found.append(wrong("reason", "A reason is missing.", "Say why the case need not wait for it."))
    if body in Body.values:
        found.append(
            wrong("body", f"{Body(body).label} is an agency: its lane is not closed.",
                  "30 days of silence count as no objection.", "15 CFR 750.4(e)")
        )  # fmt: skip
    if found:
        raise Invalid(found)
    with audit.action(by=by, at=at) as log:
        case = applications.move(application, "close_lane", by, at)
        referral = _own_lane(case, body, at)
        if referral.recommendations.all():
            raise refuse("answered", f"{bodies_of(case)[body].name} has answered; its lane is not closed.",
                         field="body", remedy="Settle an objection with it; a later view replaces it.")  # fmt: skip
        referral.closed_at, referral.closed_by, referral.closed_reason = at, by, reason.strip()
        referral.save(update_fields=["closed_at", "closed_by", "closed_reason"])
        log("referral.closed", case, application=case.number, body=body, reason=referral.closed_reason)
    return referral


def _own_lane(case: Application, body: str, at: datetime) -> Referral:
    """The lane of a body of one's own that is not closed. The case's row must be locked."""
    found = next((each for each in case.referrals.all() if each.own and each.body == body), None)
    if found is None:
        raise refuse("no_lane", "That body of one's own was not asked.", field="body", remedy="Ask it first.")
    if found.closed_at is not None:
        raise refuse("closed", f"Its lane was closed on {cases.day(found.closed_at)}.", field="body",
                     remedy="Nothing is to be done.")  # fmt: skip
    if at < found.referred_at:
        raise refuse("too_early", f"It was asked on {found.referred_at:%Y-%m-%d %H:%M} UTC.", field="at",
                     remedy="Give a later time.")  # fmt: skip
    return found


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
    if body not in Body.values:
        found.append(
            wrong("body", f"'{body[:20]}' is no agency.", f"One of: {', '.join(Body.values)}; a body of one's own "
                  "gives its view.")
        )  # fmt: skip
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

"""Where a contested case stands: the ladder of 750.4(f) with its days, and the days of an appeal. Reads only."""

from __future__ import annotations

from datetime import date

from . import clocks, workflow
from .days import day, stops
from .guards import Denied, Ruled
from .models import Appeal, Application, Decision, Ruling
from .workflow import Status


def ruling(application: Application, forum: str = "") -> Ruling | None:
    """The ruling of a forum that stands, the latest; without `forum` of the one that has the case."""
    wanted = forum or application.status
    found = (each for each in application.rulings.all() if each.forum == wanted)
    return max(found, key=lambda each: each.pk, default=None)


def ruled(application: Application, on: date) -> Ruled | None:
    """What the guards ask of the forum that has the case; None off the ladder and with the President."""
    if application.status not in workflow.FORUMS:
        return None
    forum = Status(application.status)
    given = ruling(application)
    if given is None:
        return Ruled(workflow.FORUMS[forum])
    until = clocks.escalation_until(day(given.at), stops=stops(application), on=on)
    return Ruled(
        forum=workflow.FORUMS[forum],
        outcome=given.outcome,
        on=day(given.at),
        until=until,
        open=on <= until,
        dissenting=given.dissenting,
        secretary=forum == Status.ACEP,
    )


def denied(application: Application, notice: Decision | None, on: date) -> Denied | None:
    """The denial of this office's letter with the days of its appeal; None without a letter that stands."""
    known = (Status.INTENT_TO_DENY, Status.DENIED, Status.APPEAL)
    if application.status not in known or notice is None or notice.made_at is None:
        return None
    notice_on = day(notice.made_at)
    final_on = day(notice.final_at) if notice.final_at else clocks.final_on(notice_on)
    until = clocks.appeal_until(notice_on, final_on)
    appeal = appeal_of(application)
    taken_back = next(iter(appeal.withdrawals.all()), None) if appeal else None
    return Denied(
        notice_on=notice_on,
        final_on=final_on,
        final=on >= final_on,
        appeal_until=until,
        late=on > until,
        appealed=appeal is not None,
        papers_until=appeal.papers_until if appeal and not taken_back else None,
        papers_late=appeal is not None and on > appeal.papers_until,
        withdrawn_on=day(taken_back.at) if taken_back else None,
    )


def appeal_of(application: Application) -> Appeal | None:
    """The appeal of the case, if one was filed."""
    return next(iter(application.appeals.all()), None)


def with_the_president(application: Application) -> date | None:
    """The day on which the case went to the President: the 90-day duty is met then (750.4(a)(1))."""
    found = (each for each in application.escalations.all() if each.target == Status.PRESIDENT)
    return next((day(each.at) for each in found), None)


def ladder(application: Application, on: date) -> tuple[clocks.Due, ...]:
    """Every step of the process with its due day on a day; empty before registration."""
    if application.registered_at is None:
        return ()
    moments = [("first_action", each.referred_at) for each in application.referrals.all() if not each.own]
    moments += [(each.forum, each.at) for each in application.rulings.all()]
    moments += [(f"to_{each.target}", each.at) for each in application.escalations.all()]
    done = {code: day(at) for code, at in sorted(moments, key=lambda pair: pair[1]) if day(at) <= on}
    held = clocks.as_of(stops(application), on)
    return clocks.ladder(registered_on=day(application.registered_at), done=done, stops=held, on=on)


def own_deadlines(application: Application, on: date) -> list[dict[str, date | str | None]]:
    """What the clock stops open on a day have to keep of their own (750.4(b), (d)(1)); a note has no day."""
    referred = min(
        (day(each.referred_at) for each in application.referrals.all() if not each.own), default=None
    )
    found: list[dict[str, date | str | None]] = []
    for stop in clocks.as_of(stops(application), on):
        known = clocks.EXCLUSIONS.get(stop.reason)
        if stop.end is None and known is not None:
            days = clocks.own_deadlines(stop, referred_on=referred)
            found += [{"words": words, "on": due} for words, due in days]
            told = known.after_completion is not None and stop.completed is not None
            found += [{"words": known.note, "on": None}] if known.note and not told else []
    return found

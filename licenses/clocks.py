"""Legal clocks in calendar days (750.4(a)(1)), computed from dated intervals. Pure.

A stop is half-open, [start, end). A day counts when no stop covers it; overlapping stops count once.
The net day number on a day d is the count of days in [start, d) that no stop covers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

TOTAL = 90  # days from registration, 750.4(a)(1)
FIRST_ACTION = 9  # 750.4(c)
RECOMMENDATION = 30  # 750.4(d)(2)
COMMITTEE = 14  # the Operating Committee's chair decides, 750.4(f)(1)(i)
ESCALATION = 5  # to the next body, 750.4(f)
VOTE = 11  # of the Advisory Committee and of the Review Board, 750.4(f)(2), (3)
FINAL_DENIAL = 45  # 750.6(b)
RESPONSE = 20  # 750.6(a), days to answer an intent-to-deny letter


@dataclass(frozen=True, slots=True)
class Stop:
    """A clock stop: half-open [start, end); end None while it lasts."""

    start: date
    end: date | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The legal clock on a day: gross and stopped days since registration, and the day it runs out.

    While a stop is open `due_on` is the earliest day possible: it moves with every day of the stop.
    """

    gross: int
    stopped: int
    due_on: date
    running: bool

    @property
    def net(self) -> int:
        return self.gross - self.stopped

    @property
    def left(self) -> int:
        """Days of the 90 that are left; negative when overdue."""
        return TOTAL - self.net


def stopped_days(stops: Iterable[Stop], *, start: date, on: date) -> int:
    """Days in [start, on) on which at least one stop was open; overlaps count once."""
    days = 0
    reached = start
    for stop in sorted(stops, key=lambda each: each.start):
        begin = max(stop.start, reached)
        end = min(stop.end or on, on)
        if end > begin:
            days += (end - begin).days
            reached = end
    return days


def day_of(days: int, *, start: date, stops: Iterable[Stop] = (), on: date) -> date:
    """The first day whose net day number is `days`, as it stands on the day `on`.

    A stop that is open on `on` is read as if it ended there, so the answer is the earliest possible.
    """
    day = start
    left = days
    for stop in sorted(stops, key=lambda each: each.start):
        end = stop.end or max(on, stop.start)
        if end <= day:
            continue
        run = (stop.start - day).days
        if run >= left:
            break
        left -= max(run, 0)
        day = end
    return day + timedelta(days=left)


def read(*, registered_on: date, stops: Iterable[Stop] = (), on: date) -> Reading:
    """Read the 90-day clock on a day; `on` before registration reads as zero days."""
    stops = tuple(stops)
    on = max(on, registered_on)
    return Reading(
        gross=(on - registered_on).days,
        stopped=stopped_days(stops, start=registered_on, on=on),
        due_on=day_of(TOTAL, start=registered_on, stops=stops, on=on),
        running=not any(stop.start <= on and (stop.end is None or stop.end > on) for stop in stops),
    )


def recommendation_due(referred_on: date, *, stops: Iterable[Stop] = (), on: date) -> date:
    """Day 30 after the referral, the last one for a body's position (750.4(d)(2))."""
    return day_of(RECOMMENDATION, start=referred_on, stops=stops, on=on)


def silent_on(referred_on: date, *, stops: Iterable[Stop] = (), on: date) -> date:
    """The first day on which a body's silence counts as no objection: the one after day 30 (750.4(e))."""
    return day_of(RECOMMENDATION + 1, start=referred_on, stops=stops, on=on)


def is_silent(referred_on: date, *, stops: Iterable[Stop] = (), on: date) -> bool:
    """Whether a body that gave no position has let its 30 days pass on the day `on` (750.4(e))."""
    return on >= silent_on(referred_on, stops=tuple(stops), on=on)


def final_on(notice_on: date) -> date:
    """The day a denial becomes final without further notice: day 45 after the notice (750.6(b))."""
    return notice_on + timedelta(days=FINAL_DENIAL)

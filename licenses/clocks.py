"""Legal clocks in calendar days (750.4(a)(1)), computed from dated intervals. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

TOTAL = 90  # days from registration, 750.4(a)(1)
FIRST_ACTION = 9  # 750.4(c)
RECOMMENDATION = 30  # 750.4(d)(2)
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
    """The legal clock on a day: gross and net days since registration, and the day it runs out."""

    gross: int
    stopped: int
    due_on: date
    running: bool

    @property
    def net(self) -> int:
        return self.gross - self.stopped

    @property
    def left(self) -> int:
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


def read(*, registered_on: date, stops: Iterable[Stop] = (), on: date) -> Reading:
    """Read the 90-day clock on a day; `on` before registration reads as zero days."""
    stops = tuple(stops)
    on = max(on, registered_on)
    stopped = stopped_days(stops, start=registered_on, on=on)
    running = not any(stop.start <= on and (stop.end is None or stop.end > on) for stop in stops)
    return Reading(
        gross=(on - registered_on).days,
        stopped=stopped,
        due_on=registered_on + timedelta(days=TOTAL + stopped),
        running=running,
    )


def silent_on(referred_on: date, *, stops: Iterable[Stop] = ()) -> date:
    """The first day on which a body's silence counts as no objection (750.4(e))."""
    due = referred_on + timedelta(days=RECOMMENDATION)
    while True:
        moved = referred_on + timedelta(
            days=RECOMMENDATION + stopped_days(stops, start=referred_on, on=due)
        )
        if moved == due:
            return due + timedelta(days=1)
        due = moved


def final_on(notice_on: date) -> date:
    """The day a denial becomes final without further notice: day 45 after the notice (750.6(b))."""
    return notice_on + timedelta(days=FINAL_DENIAL)

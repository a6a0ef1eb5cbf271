"""PURE: where the marks of the legal clock stand, in the units of its SVG view box."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ..clocks import Stop

WIDTH, ROOM = 1000, 110  # units of the view box; the least distance between two labels


@dataclass(frozen=True, slots=True)
class Tick:
    """A day with a name under the bar."""

    x: int
    anchor: str
    on: date
    words: str
    labeled: bool


@dataclass(frozen=True, slots=True)
class Pause:
    """A clock stop on the bar."""

    x: int
    width: int
    middle: int
    days: int
    labeled: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything `_clock.html` draws."""

    reached: int
    pauses: tuple[Pause, ...]
    ticks: tuple[Tick, ...]
    anchor: str


def draw(
    *, start: date, due_on: date, on: date, stops: Iterable[Stop] = (), named: Sequence[tuple[date, str]] = ()
) -> Drawing:
    """The bar from registration to day 90 with its stops, the day reached and the named days.

    Days outside the bar are put at its nearer end; a label that would run into its neighbor is left
    out of the picture (the text beside it holds every day).
    """
    span = max((due_on - start).days, 1)

    def at(day: date) -> int:
        return round(min(max((day - start).days, 0), span) * WIDTH / span)

    pauses: list[Pause] = []
    for stop in sorted(stops, key=lambda each: each.start):
        begin, end = at(stop.start), at(min(stop.end or on, on))
        lasted = ((stop.end or on) - stop.start).days
        room = not pauses or begin - pauses[-1].x >= 70
        pauses.append(Pause(begin, max(end - begin, 2), (begin + end) // 2, lasted, room and lasted > 0))
    days = [
        (start, "registered"),
        *sorted(pair for pair in named if start < pair[0] < due_on),
        (due_on, "day 90"),
    ]
    ticks: list[Tick] = []
    last = -ROOM
    for place, (day, words) in enumerate(days):
        x, ends = at(day), place in (0, len(days) - 1)
        fits = ends or (x - last >= ROOM and WIDTH - x >= ROOM)
        anchor = "start" if place == 0 else "end" if place == len(days) - 1 else "middle"
        ticks.append(Tick(x, anchor, day, words, fits))
        last = x if fits else last
    reached = at(on)
    return Drawing(
        reached,
        tuple(pauses),
        tuple(ticks),
        "start" if reached < 60 else "end" if reached > 940 else "middle",
    )

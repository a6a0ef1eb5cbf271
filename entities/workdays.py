"""Business days of the federal government: Monday to Friday without the holidays of 5 U.S.C. 6103. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

JUNETEENTH_SINCE = 2021


def add(start: date, days: int) -> date:
    """The business day that lies `days` business days after `start`, which itself is not counted."""
    on = start
    while days:
        on += timedelta(days=1)
        days -= is_business_day(on)
    return on


def is_business_day(on: date) -> bool:
    """Whether federal offices are open on a day."""
    return on.weekday() < 5 and on not in holidays(on.year) and on not in holidays(on.year + 1)


@lru_cache(maxsize=64)
def holidays(year: int) -> frozenset[date]:
    """The days on which the holidays of a year are kept: Saturday's on Friday, Sunday's on Monday."""
    fixed = [date(year, 1, 1), date(year, 7, 4), date(year, 11, 11), date(year, 12, 25)]
    if year >= JUNETEENTH_SINCE:
        fixed.append(date(year, 6, 19))
    last_of_may = date(year, 5, 31)
    moved = [
        _nth(year, 1, 0, 3), _nth(year, 2, 0, 3), last_of_may - timedelta(days=last_of_may.weekday()),
        _nth(year, 9, 0, 1), _nth(year, 10, 0, 2), _nth(year, 11, 3, 4),
    ]  # fmt: skip
    return frozenset([*(_kept(one) for one in fixed), *moved])


def _nth(year: int, month: int, weekday: int, number: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number - 1))


def _kept(on: date) -> date:
    return on + timedelta(days={5: -1, 6: 1}.get(on.weekday(), 0))

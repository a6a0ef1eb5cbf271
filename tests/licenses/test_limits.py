"""Conditions the ledger counts, by themselves: which days they bind, which lines, which window."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from licenses import limits

CAP = {"quantity": "6", "unit": "each"}
DAYS = st.dates(date(2026, 1, 1), date(2031, 12, 31))


def cap(**params: str) -> limits.Limit:
    found = limits.read(4, limits.CAP, CAP | params)
    assert found is not None
    return found


def test_only_what_counts_and_carries_its_figure_is_read() -> None:
    assert limits.read(1, "NO_REEXPORT", {}) is None
    assert limits.read(1, limits.CAP, {}) is None
    assert limits.read(1, limits.PERCENT, {"percent": "much"}) is None
    assert limits.read(2, limits.PERCENT, {"percent": "2.5"}) == limits.Limit(
        2, limits.PERCENT, Decimal("2.5")
    )


def test_it_binds_from_its_day_to_the_day_before_its_waiver() -> None:
    since, waived = date(2026, 3, 1), date(2026, 5, 1)
    found = limits.read(4, limits.CAP, CAP | {"starts_on": "2026-03-01"}, waived_on=waived)
    assert found is not None
    days = (date(2026, 2, 28), since, date(2026, 4, 30), waived)
    assert [found.binds(day) for day in days] == [False, True, True, False]
    assert found.window(since) == (since, date(2026, 4, 30))


@pytest.mark.parametrize(
    ("period", "on", "first", "last"),
    [
        ("month", date(2028, 2, 29), date(2028, 2, 1), date(2028, 2, 29)),
        ("quarter", date(2026, 12, 31), date(2026, 10, 1), date(2026, 12, 31)),
        ("year", date(2026, 1, 1), date(2026, 1, 1), date(2026, 12, 31)),
        ("", date(2026, 1, 1), None, None),
    ],
)
def test_windows_are_calendar_periods(period: str, on: date, first: date, last: date) -> None:
    assert cap(period=period).window(on) == (first, last)


def test_a_period_is_cut_where_the_condition_begins() -> None:
    assert cap(period="month", starts_on="2026-03-10").window(date(2026, 3, 31)) == (
        date(2026, 3, 10), date(2026, 3, 31),
    )  # fmt: skip


def test_a_cap_covers_its_line_or_all_of_its_unit() -> None:
    assert [cap().covers(*line) for line in ((1, "each"), (2, "Each "), (3, "kg"))] == [True, True, False]
    assert [cap(line="2").covers(*line) for line in ((1, "each"), (2, "each"))] == [False, True]


def test_the_narrowest_tolerance_is_the_one() -> None:
    found = [limits.Limit(number, limits.PERCENT, Decimal(most)) for number, most in ((3, 5), (2, 1), (1, 1))]
    on = date(2026, 8, 6)
    assert limits.tolerance(found, on) == (Decimal(1), found[2])
    assert limits.tolerance([], on) == (Decimal(10), None)


@pytest.mark.parametrize(
    ("params", "field"),
    [
        (CAP, None),
        (CAP | {"line": "1"}, None),
        (CAP | {"line": "3"}, "line"),
        (CAP | {"line": "2"}, "unit"),
        (CAP | {"unit": "barrels"}, "unit"),
    ],
)
def test_a_cap_that_meets_no_line_is_told(params: dict[str, str], field: str | None) -> None:
    missed = limits.placed(params, [(1, "each"), (2, "kg")])
    assert (missed and missed[0]) == field


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(DAYS, DAYS, st.sampled_from(["", "month", "quarter", "year"]), st.none() | DAYS)
def test_days_of_one_window_have_the_same_window(
    one: date, other: date, period: str, since: date | None
) -> None:
    """Windows part the days a cap binds: so sums over them can be kept below it."""
    found = cap(period=period, starts_on=since.isoformat() if since else "")
    if not (found.binds(one) and found.binds(other)):
        return
    first, last = found.window(one)
    inside = (first is None or first <= other) and (last is None or other <= last)
    assert (found.window(other) == (first, last)) == inside


@given(st.decimals(0, 10**9, places=2), st.decimals(0, 10, places=3))
def test_what_a_line_bears_never_passes_its_percentage(value: Decimal, percent: Decimal) -> None:
    most = limits.bearable(value, percent)
    assert value <= most or percent == 0 and most == value
    assert most <= value * (1 + percent / 100) < most + limits.CENT

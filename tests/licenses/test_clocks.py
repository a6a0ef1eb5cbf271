"""The legal clocks: 15 CFR 750.4, 750.6."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licenses import clocks
from licenses.clocks import Stop

DAY0 = date(2022, 12, 7)


def on(days: int) -> date:
    return DAY0 + timedelta(days=days)


def naive_net(stops: list[Stop], until: date) -> int:
    """Day by day: how many days in [DAY0, until) no stop covers."""
    days = (DAY0 + timedelta(days=each) for each in range((until - DAY0).days))
    return sum(
        not any(stop.start <= day and (stop.end is None or day < stop.end) for stop in stops) for day in days
    )


@st.composite
def some_stops(draw: st.DrawFn, *, open_ended: bool = False) -> list[Stop]:
    pairs = draw(st.lists(st.tuples(st.integers(-5, 150), st.integers(0, 40)), max_size=6))
    stops = [Stop(on(start), on(start + length)) for start, length in pairs]
    if open_ended and draw(st.booleans()):
        stops.append(Stop(on(draw(st.integers(0, 100))), None))
    return draw(st.permutations(stops))


def test_steps_of_the_interagency_process_add_up_to_90() -> None:
    steps = (
        clocks.FIRST_ACTION
        + clocks.RECOMMENDATION
        + clocks.COMMITTEE
        + 3 * clocks.ESCALATION
        + 2 * clocks.VOTE
    )
    assert steps == clocks.TOTAL == 90


def test_read_without_stops() -> None:
    reading = clocks.read(registered_on=DAY0, on=on(41))
    assert (reading.gross, reading.stopped, reading.net, reading.left) == (41, 0, 41, 49)
    assert (reading.due_on, reading.running) == (on(90), True)


def test_read_before_registration_is_zero() -> None:
    assert clocks.read(registered_on=DAY0, on=on(-3)).gross == 0


def test_read_with_overlapping_stops_counts_each_day_once() -> None:
    stops = [Stop(on(10), on(20)), Stop(on(15), on(18)), Stop(on(18), on(25))]
    reading = clocks.read(registered_on=DAY0, stops=stops, on=on(40))
    assert (reading.gross, reading.stopped, reading.net, reading.due_on) == (40, 15, 25, on(105))


def test_read_while_stopped_moves_with_every_day() -> None:
    stops = [Stop(on(10), None)]
    first = clocks.read(registered_on=DAY0, stops=stops, on=on(12))
    second = clocks.read(registered_on=DAY0, stops=stops, on=on(30))
    assert (first.running, first.net, first.due_on) == (False, 10, on(92))
    assert (second.running, second.net, second.due_on) == (False, 10, on(110))


def test_stop_after_day_90_does_not_move_it() -> None:
    assert clocks.read(registered_on=DAY0, stops=[Stop(on(100), on(110))], on=on(120)).due_on == on(90)


def test_silence_counts_from_the_day_after_day_30() -> None:
    assert clocks.recommendation_due(DAY0, on=on(31)) == on(30)
    assert not clocks.is_silent(DAY0, on=on(30))
    assert clocks.is_silent(DAY0, on=on(31))


def test_silence_does_not_count_while_the_clock_stands() -> None:
    stops = [Stop(on(30), on(35))]
    assert clocks.silent_on(DAY0, stops=stops, on=on(40)) == on(36)
    assert not clocks.is_silent(DAY0, stops=stops, on=on(35))
    assert not clocks.is_silent(DAY0, stops=[Stop(on(20), None)], on=on(400))


def test_final_denial_is_day_45() -> None:
    assert clocks.final_on(date(2020, 11, 20)) == date(2021, 1, 4)


@given(some_stops(open_ended=True), st.integers(0, 220))
def test_read_agrees_with_counting_day_by_day(stops: list[Stop], days: int) -> None:
    reading = clocks.read(registered_on=DAY0, stops=stops, on=on(days))
    assert reading.net == naive_net(stops, on(days))
    assert reading.gross == reading.net + reading.stopped
    assert reading.net + reading.left == 90


@given(some_stops(), st.integers(1, 120))
def test_day_of_is_the_first_day_with_that_net_number(stops: list[Stop], days: int) -> None:
    found = clocks.day_of(days, start=DAY0, stops=stops, on=on(300))
    assert naive_net(stops, found) == days
    assert naive_net(stops, found - timedelta(days=1)) == days - 1


@given(some_stops(open_ended=True), st.integers(0, 220))
def test_due_day_and_reading_tell_the_same_story(stops: list[Stop], days: int) -> None:
    reading = clocks.read(registered_on=DAY0, stops=stops, on=on(days))
    assert (reading.net >= 90) == (on(days) >= reading.due_on)
    assert clocks.is_silent(DAY0, stops=stops, on=on(days)) == (reading.net > 30)


@given(some_stops())
def test_order_of_stops_does_not_matter(stops: list[Stop]) -> None:
    readings = {clocks.read(registered_on=DAY0, stops=each, on=on(130)) for each in (stops, stops[::-1])}
    assert len(readings) == 1


@pytest.mark.parametrize("days", [0, 1, 89, 90, 91])
def test_left_is_negative_when_overdue(days: int) -> None:
    assert clocks.read(registered_on=DAY0, on=on(days)).left == 90 - days

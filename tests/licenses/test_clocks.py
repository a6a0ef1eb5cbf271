"""The legal clocks: 15 CFR 750.4, 750.6."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from licenses import cases, clocks
from licenses.clocks import Stop
from licenses.models import StopReason

ZONES = (
    "UTC", "America/New_York", "America/St_Johns", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Africa/Casablanca", "Europe/Berlin", "Asia/Pyongyang", "America/Sao_Paulo",
)  # fmt: skip
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


# The ladder (table 1)


def test_every_step_used_to_its_last_day_ends_on_day_90() -> None:
    rows = clocks.ladder(registered_on=DAY0, on=DAY0)
    assert [row.step.code for row in rows] == [
        "first_action", "recommendation", "committee", "to_acep", "acep", "to_earb", "earb", "to_president",
    ]  # fmt: skip
    assert [row.day for row in rows] == [9, 39, 53, 58, 69, 74, 85, 90]
    assert [row.due_on for row in rows] == [on(each) for each in (9, 39, 53, 58, 69, 74, 85, 90)]


@given(some_stops(open_ended=True), st.integers(0, 220))
def test_the_chain_is_day_90_under_any_stops(stops: list[Stop], days: int) -> None:
    rows = clocks.ladder(registered_on=DAY0, stops=stops, on=on(days))
    assert rows[-1].due_on == clocks.read(registered_on=DAY0, stops=stops, on=on(days)).due_on
    sums = (9, 39, 53, 58, 69, 74, 85, 90)
    assert [row.due_on for row in rows] == [
        clocks.day_of(each, start=DAY0, stops=stops, on=on(days)) for each in sums
    ]


@given(some_stops(), st.lists(st.integers(0, 40), min_size=8, max_size=8))
def test_steps_done_in_time_keep_the_whole_within_day_90(stops: list[Stop], early: list[int]) -> None:
    """However many days before its last one each step is done, none is due after day 90 and none before its start."""
    done: dict[str, date] = {}
    for place, step in enumerate(clocks.STEPS):
        row = clocks.ladder(registered_on=DAY0, done=done, stops=stops, on=on(300))[place]
        done[step.code] = max(row.start, row.due_on - timedelta(days=early[place]))
    rows = clocks.ladder(registered_on=DAY0, done=done, stops=stops, on=on(300))
    assert not any(row.late for row in rows)
    assert all(row.start <= row.due_on for row in rows)
    assert rows[-1].due_on <= clocks.read(registered_on=DAY0, stops=stops, on=on(300)).due_on


def test_the_committee_counts_from_the_deadline_not_from_the_last_position() -> None:
    done = {"first_action": on(2), "recommendation": on(10)}
    rows = {row.step.code: row for row in clocks.ladder(registered_on=DAY0, done=done, on=on(10))}
    assert (rows["recommendation"].due_on, rows["committee"].due_on) == (on(32), on(46))


def test_a_step_done_after_its_day_is_late_and_moves_what_follows() -> None:
    done = {"first_action": on(9), "committee": on(60)}
    rows = {row.step.code: row for row in clocks.ladder(registered_on=DAY0, done=done, on=on(60))}
    assert rows["committee"].late and not rows["first_action"].late
    assert (rows["to_acep"].due_on, rows["to_president"].due_on) == (on(65), on(97))


def test_an_internal_target_counts_business_days_and_never_exceeds_the_legal_day() -> None:
    """Registered on a Wednesday: four business days are Tuesday, over the weekend; a federal holiday moves it on."""
    rows = clocks.ladder(registered_on=date(2022, 12, 7), on=DAY0)
    assert rows[0].target_on == date(2022, 12, 13)
    assert clocks.ladder(registered_on=date(2022, 12, 21), on=DAY0)[0].target_on == date(2022, 12, 28)
    stop = [Stop(date(2022, 12, 8), date(2022, 12, 9))]
    assert clocks.ladder(registered_on=date(2022, 12, 7), stops=stop, on=on(30))[0].target_on == date(
        2022, 12, 14
    )
    assert [row.step.code for row in rows if row.target_on is None] == ["to_acep", "to_earb", "to_president"]


@given(some_stops(open_ended=True), st.integers(0, 220))
def test_no_internal_target_lies_after_its_legal_day(stops: list[Stop], days: int) -> None:
    for row in clocks.ladder(registered_on=DAY0, stops=stops, on=on(days)):
        assert row.target_on is None or row.start <= row.target_on <= row.due_on


@given(some_stops(open_ended=True), st.integers(0, 120))
def test_as_of_a_day_knows_nothing_that_came_later(stops: list[Stop], days: int) -> None:
    known = clocks.as_of(stops, on(days))
    assert all(stop.start <= on(days) and (stop.end is None or stop.end <= on(days)) for stop in known)
    then = clocks.read(registered_on=DAY0, stops=known, on=on(days))
    assert then.net == clocks.read(registered_on=DAY0, stops=stops, on=on(days)).net


# Own deadlines of the exclusions (table 5), denial and appeal (table 7)


def test_every_exclusion_is_there_and_has_its_own_days() -> None:
    assert set(clocks.EXCLUSIONS) == set(StopReason.values)
    assert len(clocks.EXCLUSIONS) == 10
    told = {
        code: [
            (day - DAY0).days for _, day in clocks.own_deadlines(Stop(DAY0, None, code), referred_on=on(-3))
        ]
        for code in clocks.EXCLUSIONS
    }
    assert {code: days for code, days in told.items() if days} == {
        "PLC": [5], "GOV_ASSURANCE": [5, 15], "CONGRESS_6J": [30], "AGENCY_INFO": [7],
    }  # fmt: skip
    assert clocks.own_deadlines(Stop(DAY0, None, "")) == ()


def test_the_analysis_is_due_five_days_after_the_completed_check() -> None:
    check = Stop(DAY0, None, "PLC", on(20))
    assert [(day - DAY0).days for _, day in clocks.own_deadlines(check)] == [5, 25]
    before, then = clocks.as_of([check], on(19)), clocks.as_of([check], on(20))
    assert (before[0].completed, then[0].completed) == (None, on(20))


def test_days_of_a_denial() -> None:
    assert clocks.response_due(DAY0) == on(20)
    assert clocks.appeal_until(DAY0, clocks.final_on(DAY0)) == on(90)
    assert clocks.appeal_until(on(10), DAY0) == on(55)  # the later of both
    assert clocks.papers_until(DAY0) == on(30)


@settings(max_examples=10_000, deadline=None)
@given(
    st.datetimes(datetime(2019, 1, 1), datetime(2036, 12, 31)),
    st.sampled_from([ZoneInfo(name) for name in ZONES]),
    st.sampled_from([9, 20, 30, 45, 90]),
)
def test_t32_a_day_is_the_utc_day_of_any_zone(moment: datetime, zone: ZoneInfo, days: int) -> None:
    """T32: over DST, leap days, the turn of a year and zones a due day is never off by one."""
    local = moment.replace(tzinfo=UTC).astimezone(zone)
    start = cases.day(local)
    assert start == moment.date()
    due = clocks.day_of(days, start=start, on=start)
    assert due.toordinal() - start.toordinal() == days
    assert clocks.read(registered_on=start, on=due).gross == days

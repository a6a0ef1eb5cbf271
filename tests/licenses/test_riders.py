"""The table of conditions by itself: wordings, figures, and what is due on which day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licenses import riders
from licenses.models import ConditionCode, PartyRole
from licenses.riders import Due, State

ISSUED = date(2026, 1, 31)
FIGURES = {
    "days": "30", "months": "3", "quantity": "12.5", "unit": "pieces", "percent": "5", "site": "Plant 2, Rostock",
    "countries": "DE, FR", "detail": "License D1234567", "ends_on": "2027-06-30",
    "line": "2", "period": "month", "starts_on": "2026-03-01",
}  # fmt: skip


def of(code: str, on: date, **more: Any) -> riders.Standing:
    rider = riders.RIDERS[code]
    facts: dict[str, Any] = {"issued_on": ISSUED, "ended_on": date(2030, 1, 31)} | more
    return riders.standing(code, {name: FIGURES[name] for name in rider.takes}, on=on, **facts)


def test_codes_of_the_database_are_those_of_the_table() -> None:
    assert ConditionCode.choices == [(code, rider.label) for code, rider in riders.RIDERS.items()]
    assert {rider.addressee for rider in riders.RIDERS.values()} <= set(PartyRole.values)
    assert {each for rider in riders.RIDERS.values() for each in rider.takes} == set(riders.PARAMS)


@pytest.mark.parametrize("code", list(riders.RIDERS))
def test_standard_wording_carries_every_figure(code: str) -> None:
    rider = riders.RIDERS[code]
    kept, found = riders.checked(
        code, "" if rider.wording else "Words.", {n: FIGURES[n] for n in rider.takes}, None
    )
    assert (set(kept), found) == (set(rider.takes), [])
    said = riders.wording(code, kept)
    assert "[" not in said and "{" not in said
    if code == "QUANTITY_CAP":
        assert said == (
            "No more than 12.5 pieces of line 2 are shipped under this license in any calendar month"
            " from March 1, 2026 on."
        )
    if code == "EXPIRY_OVERRIDE":
        assert said == "This license ends on June 30, 2027."


@pytest.mark.parametrize(
    ("code", "params", "fields"),
    [
        ("SHIP_REPORT", {}, {"days"}),
        ("SHIP_REPORT", {"days": "0"}, {"days"}),
        ("SHIP_REPORT", {"days": "1.5"}, {"days"}),
        ("SHIP_REPORT", {"days": "366"}, {"days"}),
        ("SHIP_REPORT", {"days": "30", "site": "x"}, {"site"}),
        ("QUANTITY_CAP", {}, {"quantity", "unit"}),
        ("QUANTITY_CAP", {"quantity": "NaN", "unit": "x" * 21}, {"quantity", "unit"}),
        (
            "QUANTITY_CAP",
            {"quantity": "5", "unit": "each", "line": "0", "period": "week"},
            {"line", "period"},
        ),
        ("VALUE_TOLERANCE", {"percent": "10.5"}, {"percent"}),
        ("EXPIRY_OVERRIDE", {"ends_on": "soon"}, {"ends_on"}),
        ("NAMED_SITE", {"site": "a\x00b"}, {"site"}),
        ("OTHER", {}, {"text"}),
        ("NONE_SUCH", {}, {"code"}),
    ],
)
def test_every_wrong_figure_is_named(code: str, params: dict[str, str], fields: set[str]) -> None:
    _, found = riders.checked(code, "", params, None)
    assert {each.field for each in found} == fields
    assert all(each.remedy for each in found)


def test_a_due_day_only_where_one_is_asked_for() -> None:
    assert [each.field for each in riders.checked("NO_REEXPORT", "", {}, ISSUED)[1]] == ["due_on"]
    assert riders.checked("PERIODIC_REPORT", "x", {}, ISSUED)[1] == []
    assert [each.field for each in riders.checked("PERIODIC_REPORT", "", {}, ISSUED)[1]] == ["text"]


def test_what_binds_without_a_date_is_in_force() -> None:
    standing = of("NO_REEXPORT", ISSUED)
    assert (standing.state, standing.words, standing.demands) == (State.OPEN, "In force", ())
    assert of("NO_REEXPORT", ISSUED, waived_on=ISSUED).state == State.WAIVED
    assert of("NO_REEXPORT", ISSUED, waived_on=ISSUED + timedelta(days=1)).state == State.OPEN


def test_each_shipment_is_reported_by_its_day() -> None:
    shipped = [date(2026, 3, 1), date(2026, 3, 1), date(2026, 4, 1)]
    first, second = date(2026, 3, 31), date(2026, 5, 1)
    assert of("SHIP_REPORT", date(2026, 2, 28), shipped=shipped).demands == ()
    before = of("SHIP_REPORT", first, shipped=shipped)
    assert (before.state, before.next and before.next.on) == (State.OPEN, first)
    assert of("SHIP_REPORT", first, shipped=shipped[:2]).demands[0].why == "shipment of Mar 1, 2026"
    late = of("SHIP_REPORT", date(2026, 4, 1), shipped=shipped)
    assert (late.state, [each.on for each in late.open]) == (State.LATE, [first, second])
    met = of("SHIP_REPORT", date(2026, 4, 2), shipped=shipped, met={first: date(2026, 4, 2)})
    assert (met.state, met.next and met.next.on) == (State.OPEN, second)
    done = {first: date(2026, 4, 2), second: date(2026, 4, 3)}
    assert of("SHIP_REPORT", date(2026, 4, 3), shipped=shipped, met=done).state == State.MET
    assert (
        of("SHIP_REPORT", date(2026, 4, 2), shipped=shipped, met=done).state == State.OPEN
    )  # as of that day


def test_periods_run_from_the_issue_to_the_end() -> None:
    standing = of("PERIODIC_REPORT", ISSUED)
    assert [each.on for each in standing.demands] == [date(2026, 4, 30)]
    late = of("PERIODIC_REPORT", date(2026, 8, 1))
    assert (late.state, [each.on for each in late.open]) == (
        State.LATE, [date(2026, 4, 30), date(2026, 7, 30), date(2026, 10, 30)],
    )  # fmt: skip
    ended = of("PERIODIC_REPORT", date(2026, 8, 1), ended_on=date(2026, 7, 29))
    assert [each.on for each in ended.demands] == [date(2026, 4, 30)]
    first = of("PERIODIC_REPORT", date(2026, 3, 1), first_due=date(2026, 2, 15))
    assert [each.on for each in first.demands] == [date(2026, 2, 15), date(2026, 5, 15)]


def test_once_is_once() -> None:
    due = ISSUED + timedelta(days=30)
    assert of("ACKNOWLEDGEMENT", due).state == State.OPEN
    assert of("ACKNOWLEDGEMENT", due + timedelta(days=1)).state == State.LATE
    assert (
        of("ACKNOWLEDGEMENT", due + timedelta(days=9), met={due: due + timedelta(days=2)}).state == State.MET
    )
    named = riders.standing("OTHER", {}, on=due, first_due=due)
    assert (named.state, named.next and named.next.on) == (State.OPEN, due)
    assert riders.standing("OTHER", {}, on=due).words == "In force"
    assert riders.standing("OTHER", {}, on=due, met={None: due}).state == State.MET


@given(
    st.sampled_from([code for code, rider in riders.RIDERS.items() if rider.due != Due.NONE]),
    st.dates(date(2026, 1, 1), date(2031, 1, 1)),
    st.lists(st.dates(date(2026, 1, 31), date(2030, 1, 31)), max_size=5),
    st.sets(st.integers(0, 20)),
)
def test_a_day_reads_the_same_whatever_comes_after_it(
    code: str, on: date, shipped: list[date], done: set[int]
) -> None:
    """As of any day: later shipments and later proofs change nothing; late is exactly an open demand past its day."""
    known = of(code, date(2031, 1, 1), shipped=shipped).demands
    met = {each.on: each.on for place, each in enumerate(known) if place in done and each.on}
    whole = of(code, on, shipped=shipped, met=met)
    before = of(
        code, on, shipped=[day for day in shipped if day <= on], met={k: v for k, v in met.items() if v <= on}
    )
    assert whole == before
    overdue = [each for each in whole.open if each.on and each.on < on]
    assert (whole.state == State.LATE) == bool(overdue)
    if whole.state == State.MET:
        assert whole.demands and not whole.open

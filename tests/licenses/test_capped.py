"""The ledger under conditions: a cap on the quantity, a narrower tolerance; what they refuse and give back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exportctl.errors import Invalid, Refused
from licenses import conditions, decisions, usage
from licenses.models import Condition, License, LicenseLine, Movement
from tests import factories
from tests.threads import at_once

from .conftest import codes, fields

pytestmark = pytest.mark.django_db


@pytest.fixture
def capped(registered, officer, filer, approver, now) -> Callable[..., License]:
    """`capped(("QUANTITY_CAP", {...}), ...)`: a license of yesterday, 10 each for USD 215, under these conditions."""

    def make(*found: tuple[str, dict[str, str]]) -> License:
        at = now - timedelta(days=1)
        for code, params in found:
            condition = conditions.propose(
                application=registered, code=code, params=params, origin="commerce", by=officer, at=at
            )
            conditions.accept(condition=condition, by=filer, at=at)
        decisions.propose(
            application=registered,
            outcome="approve_conditions",
            justification="Civil use.",
            by=officer,
            at=at,
        )
        return decisions.countersign(application=registered, by=approver, at=at).license

    return make


def ship(license: License, by: Any, at: Any, quantity: Any, key: str = "k", **more: Any) -> Movement:
    given = {"shipped_on": at.date()} | more
    line = license.lines.get()
    return usage.record(line=line, quantity=Decimal(quantity), idempotency_key=key, by=by, at=at, **given)


CAP = ("QUANTITY_CAP", {"quantity": "6", "unit": "each"})
MONTHLY = ("QUANTITY_CAP", {"quantity": "6", "unit": "each", "line": "1", "period": "month"})
NARROW = ("VALUE_TOLERANCE", {"percent": "2"})


def test_a_cap_names_its_condition_what_is_left_and_the_remedy(capped, filer, officer, now) -> None:
    license = capped(("NO_REEXPORT", {}), CAP)
    entry = ship(license, filer, now, 4)
    with pytest.raises(Refused) as refused:
        ship(license, filer, now, 3, key="k2")
    assert [each.as_dict() for each in refused.value.blockers] == [
        {
            "code": "over_cap", "field": "quantity", "citation": "15 CFR 750.7(a), (d)",
            "message": "Condition 2 allows no more than 6 each; 2 each are left.",
            "remedy": "Ship what is left; more needs condition 2 waived.",
        }
    ]  # fmt: skip
    ship(license, filer, now, 2, key="k3")
    usage.reverse(movement=entry, reason="Came back.", idempotency_key="r", by=officer, at=now)
    ship(license, filer, now, 4, key="k4")  # what was reversed is given back
    with pytest.raises(Refused) as refused:
        ship(license, filer, now, "0.001", key="k5")
    assert "nothing is left" in str(refused.value)


def test_a_cap_of_a_period_is_free_again_in_the_next(capped, filer, now) -> None:
    license = capped(MONTHLY)
    ship(license, filer, now, 6)
    with pytest.raises(Refused) as refused:
        ship(license, filer, now, 1, key="k2")
    (blocker,) = refused.value.blockers
    assert blocker.message == (
        "Condition 1 allows no more than 6 each of line 1 in any calendar month; nothing is left until 2026-08-31."
    )
    assert "from 2026-09-01 on" in blocker.remedy
    september = now + timedelta(days=26)
    ship(license, filer, september, 4, key="k3")


def test_a_narrower_tolerance_takes_the_place_of_ten_percent(capped, filer, now) -> None:
    license = capped(NARROW, ("VALUE_TOLERANCE", {"percent": "5"}))
    with pytest.raises(Refused) as refused:
        ship(license, filer, now, 1, value=Decimal("219.31"))
    (blocker,) = refused.value.blockers
    assert (blocker.code, blocker.citation) == ("over_value", "15 CFR 750.11")
    assert blocker.message == (
        "The total would be USD 219.31; condition 1 allows 2 %: the line bears USD 219.30; USD 219.30 are left."
    )
    assert "condition 1 waived" in blocker.remedy
    ship(license, filer, now, 1, value=Decimal("219.30"))


def test_no_tolerance_at_all_still_lets_everything_ship_as_licensed(capped, filer, now) -> None:
    license = capped(("VALUE_TOLERANCE", {"percent": "0"}))
    LicenseLine.objects.update(value=Decimal("200.00"), quantity=3)  # a third is no whole cent
    for key in "abc":
        ship(license, filer, now, 1, key=key)
    with pytest.raises(Refused) as refused:
        ship(license, filer, now, 1, key="d", value=Decimal(3))
    assert codes(refused) == {"over_quantity", "over_value"}


def test_everything_that_stands_against_it_is_named_at_once(capped, filer, now) -> None:
    with pytest.raises(Refused) as refused:
        ship(capped(CAP, MONTHLY, NARROW), filer, now, 11, value=Decimal(1000))
    assert [each.code for each in refused.value.blockers] == [
        "over_quantity", "over_value", "over_cap", "over_cap",
    ]  # fmt: skip


def test_what_is_waived_or_not_yet_in_force_does_not_bind(capped, filer, approver, now) -> None:
    later = (now + timedelta(days=10)).date().isoformat()
    license = capped(
        CAP, ("QUANTITY_CAP", CAP[1] | {"starts_on": later, "quantity": "1"}),
        ("VALUE_TOLERANCE", {"percent": "0", "starts_on": later}),
    )  # fmt: skip
    with pytest.raises(Refused):
        ship(license, filer, now, 7)
    conditions.waive(condition=Condition.objects.get(number=1), reason="Relaxed.", by=approver, at=now)
    ship(license, filer, now, 7, value=Decimal("220"))
    with pytest.raises(Refused) as refused:
        ship(license, filer, now + timedelta(days=10), 2, key="k2")
    assert codes(refused) == {"over_cap", "over_value"}


def test_a_waiver_frees_what_leaves_from_its_day_on(capped, filer, approver, now) -> None:
    """What left before is bound still, however late it is recorded."""
    license = capped(CAP)
    tomorrow = now + timedelta(days=1)
    conditions.waive(condition=Condition.objects.get(), reason="Relaxed.", by=approver, at=tomorrow)
    with pytest.raises(Refused) as refused:
        ship(license, filer, tomorrow, 7, shipped_on=now.date())
    assert codes(refused) == {"over_cap"}
    ship(license, filer, tomorrow, 7)


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"quantity": "6", "unit": "barrels"}, "unit"),
        ({"quantity": "6", "unit": "each", "line": "2"}, "line"),
    ],
)
def test_a_cap_that_could_not_be_counted_is_refused(registered, officer, now, params, field) -> None:
    with pytest.raises(Invalid) as refused:
        conditions.propose(application=registered, code="QUANTITY_CAP", params=params, origin="commerce",
                           by=officer, at=now)  # fmt: skip
    assert fields(refused) == {field}
    condition = conditions.propose(application=registered, code=CAP[0], params=CAP[1], origin="commerce",
                                   by=officer, at=now)  # fmt: skip
    with pytest.raises(Invalid):
        conditions.change(condition=condition, params=params, by=officer, at=now)
    assert Condition.objects.get().params == CAP[1]


def test_a_cap_of_a_unit_counts_its_lines_together(customer, filer, officer, approver, now) -> None:
    from licenses import applications

    case = factories.make_draft(by=filer, customer=customer, at=now)
    items = [
        factories.make_item(by=filer),
        factories.make_item(by=filer),
        factories.make_item(by=filer, unit="kg"),
    ]
    case = applications.save_draft(
        application=case, version=case.version, by=filer, at=now,
        lines=[{"item": item, "quantity": Decimal(10), "unit_price": Decimal(2)} for item in items],
    )  # fmt: skip
    applications.submit(application=case, by=filer, at=now)
    applications.register(application=case, by=officer, at=now)
    condition = conditions.propose(application=case, code=CAP[0], params=CAP[1], origin="commerce", by=officer,
                                   at=now)  # fmt: skip
    conditions.accept(condition=condition, by=filer, at=now)
    decisions.propose(application=case, outcome="approve_conditions", justification="x", by=officer, at=now)
    license = decisions.countersign(application=case, by=approver, at=now).license
    first, second, third = license.lines.order_by("number")

    def record(line: LicenseLine, quantity: int, key: str) -> Movement:
        return usage.record(line=line, quantity=Decimal(quantity), shipped_on=now.date(), idempotency_key=key,
                            by=filer, at=now)  # fmt: skip

    record(first, 4, "a")
    record(third, 10, "b")
    with pytest.raises(Refused) as refused:
        record(second, 3, "c")
    assert "2 each are left" in str(refused.value)
    record(second, 2, "d")


def test_page_and_api_show_what_conditions_allow(capped, api, signed, filer, now) -> None:
    license = capped(("QUANTITY_CAP", CAP[1] | {"line": "1"}), NARROW)
    ship(license, filer, now, 4)
    page = signed(filer).get(reverse("licenses:license", args=[license.number])).content.decode()
    assert "no more than 6 each of line 1; 2 left" in page
    assert "value may pass the license by up to 2 %" in page
    assert "at most $219.30" in page
    shown = api(filer).get(f"/api/v1/licenses/{license.number}/").json()
    assert shown["tolerance"] == {"percent": "2.000", "condition": 2}
    assert shown["caps"] == [
        {
            "condition": 1, "line": 1, "quantity": "6.000", "unit": "each", "period": "",
            "since": None, "until": None, "shipped": "4.000", "left": "2.000",
        }
    ]  # fmt: skip


@pytest.mark.parametrize("count", [1, 3])
def test_caps_take_two_queries_however_many(capped, count, now, django_assert_num_queries) -> None:
    license = License.objects.get(pk=capped(*[CAP] * count).pk)
    lines = list(license.lines.all())
    with django_assert_num_queries(3):  # the case, its conditions, the movements
        assert (
            len(
                usage.caps(lines, usage.limits_of(license.application.conditions.all()), now.date())[
                    lines[0].pk
                ]
            )
            == count
        )


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("ship"), st.decimals("0.5", 5, places=1), st.integers(0, 70),
            st.none() | st.decimals(0, 120, places=2),
        ),
        st.tuples(st.just("reverse"), st.integers(0, 9), st.just(0), st.none()),
    ),
    max_size=14,
)  # fmt: skip


@pytest.fixture
def bound(capped, now) -> License:
    """Three a month, two in all from day 20 on, 2.5 % above the value."""
    begins = (now + timedelta(days=20)).date()
    late = {"quantity": "2", "unit": "each", "starts_on": begins.isoformat()}
    return capped(
        ("QUANTITY_CAP", MONTHLY[1] | {"quantity": "3"}), ("QUANTITY_CAP", late),
        ("VALUE_TOLERANCE", {"percent": "2.5"}),
    )  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=steps)
def test_no_sequence_passes_a_cap_or_the_tolerance(bound, officer, now, steps) -> None:
    """Records and reversals in any order, on days of three months, with and without a value of their own."""
    sid = transaction.savepoint()
    begins, at, shipped = (now + timedelta(days=20)).date(), now + timedelta(days=70), []
    for place, (kind, first, day, price) in enumerate(steps):
        try:
            if kind == "ship":
                on = now.date() + timedelta(days=int(day))
                shipped.append(ship(bound, officer, at, first, key=str(place), shipped_on=on, value=price))
            elif shipped:
                usage.reverse(movement=shipped[int(first) % len(shipped)], reason="x", idempotency_key=str(place),
                              by=officer, at=at)  # fmt: skip
        except Refused:
            continue
        months: dict[Any, Decimal] = defaultdict(Decimal)
        after = value = Decimal(0)
        for entry in Movement.objects.all():
            months[entry.shipped_on.replace(day=1)] += entry.quantity
            after += entry.quantity if entry.shipped_on >= begins else 0
            value += entry.value
        assert all(0 <= each <= 3 for each in months.values())
        assert 0 <= after <= 2
        assert value <= Decimal("220.37")
    transaction.savepoint_rollback(sid)


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_stay_below_the_cap(capped, filer, now) -> None:
    license = capped(CAP)

    def one(place: int) -> bool:
        try:
            ship(license, filer, now, 1, key=str(place))
        except Refused:
            return False
        return True

    assert sum(at_once(lambda place=place: one(place) for place in range(10))) == 6
    assert (
        usage.caps(license.lines.all(), usage.limits_of(license.application.conditions.all()), now.date())[
            license.lines.get().pk
        ][0].left
        == 0
    )

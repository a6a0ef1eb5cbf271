"""The ledger: drawdown, reversal, replay, and what stands against a shipment."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exportctl.errors import Conflict, Invalid, NotAllowed, Refused
from exportctl.models import Event
from licenses import issued, usage
from licenses.models import License, LicenseLine, Movement

from .conftest import codes, fields

pytestmark = pytest.mark.django_db


@pytest.fixture
def line(license) -> LicenseLine:
    return license.lines.get()


def ship(line, by, at, quantity, key="k", **more):
    given = {"shipped_on": at.date()} | more
    return usage.record(line=line, quantity=Decimal(quantity), idempotency_key=key, by=by, at=at, **given)


def left(line) -> Decimal:
    return LicenseLine.objects.get(pk=line.pk).left


def test_record_draws_down_and_prices_as_licensed(line, filer, now) -> None:
    entry = ship(line, filer, now, "2.5", itn="X20260806123456", reference="INV-7")
    assert (entry.kind, entry.quantity, entry.value) == ("shipment", Decimal("2.5"), Decimal("53.75"))
    assert left(line) == Decimal("7.5")
    event = Event.objects.latest("seq")
    assert (event.verb, event.data["data"]["movement"], event.data["data"]["itn"]) == (
        "usage.recorded", entry.pk, "X20260806123456",
    )  # fmt: skip


def test_record_by_a_machine(line, integration, now) -> None:
    assert ship(line, integration, now, 1).by == integration


def test_record_is_not_for_auditors_and_approvers(line, auditor, approver, now) -> None:
    for by in (auditor, approver):
        with pytest.raises(NotAllowed):
            ship(line, by, now, 1)


def test_record_replays_the_same_and_refuses_another_body(line, filer, now) -> None:
    first = ship(line, filer, now, 4)
    assert ship(line, filer, now + timedelta(minutes=5), 4) == first
    assert (Movement.objects.count(), Event.objects.filter(verb="usage.recorded").count()) == (1, 1)
    with pytest.raises(Conflict) as refused:
        ship(line, filer, now, 5, reference="other")
    assert codes(refused) == {"key_reused"}
    assert "quantity, value, reference" in str(refused.value)


def test_record_replays_even_when_nothing_is_left(line, filer, now) -> None:
    first = ship(line, filer, now, 10)
    assert ship(line, filer, now, 10) == first


def test_record_refuses_more_than_is_left(line, filer, now) -> None:
    ship(line, filer, now, 6)
    with pytest.raises(Refused) as refused:
        ship(line, filer, now, "4.001", key="k2", value=Decimal(0))
    assert codes(refused) == {"over_quantity"}
    assert "4 each are left" in str(refused.value)
    ship(line, filer, now, 4, key="k3")
    assert str(License.objects.with_ledger().get().state(now.date())) == "exhausted"


def test_record_bears_ten_percent_of_value_and_no_cent_more(line, filer, now) -> None:
    with pytest.raises(Refused) as refused:
        ship(line, filer, now, 1, value=Decimal("236.51"))
    assert codes(refused) == {"over_value"}
    assert refused.value.blockers[0].citation == "15 CFR 750.11"
    assert ship(line, filer, now, 1, value=Decimal("236.50")).value == Decimal("236.50")


def test_record_names_all_that_stands_against_it(line, license, officer, approver, filer, now, today) -> None:
    issued.revoke(license=license, reason="x", proposed_by=officer, by=approver, at=now, on=today)
    late = now.replace(year=2031)
    with pytest.raises(Refused) as refused:
        ship(line, filer, late, 11, value=Decimal(1000))
    assert codes(refused) == {"expired", "revoked", "over_quantity", "over_value"}


def test_record_refuses_a_suspended_license_and_a_day_before_its_issue(
    line, license, officer, filer, now, today
) -> None:
    issued.suspend(license=license, reason="x", by=officer, at=now, on=today)
    with pytest.raises(Refused) as refused:
        ship(line, filer, now, 1)
    assert codes(refused) == {"suspended"}
    yesterday = today - timedelta(days=1)
    assert (
        ship(line, filer, now, 1, key="before the suspension", shipped_on=yesterday).shipped_on == yesterday
    )
    with pytest.raises(Refused) as refused:
        ship(line, filer, now, 1, key="k2", shipped_on=license.issued_on - timedelta(days=1))
    assert codes(refused) == {"not_yet"}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "-1"}, "quantity"),
        ({"quantity": "NaN"}, "quantity"),
        ({"quantity": "0.0001"}, "quantity"),
        ({"quantity": "1", "value": Decimal("-1")}, "value"),
        ({"quantity": "1", "value": Decimal("0.001")}, "value"),
        ({"quantity": "1", "shipped_on": date(2026, 8, 7)}, "shipped_on"),
        ({"quantity": "1", "itn": "X" * 21}, "itn"),
        ({"quantity": "1", "key": ""}, "idempotency_key"),
    ],
)  # fmt: skip
def test_record_refuses_wrong_input(line, filer, now, given, field) -> None:
    with pytest.raises(Invalid) as refused:
        ship(line, filer, now, **given)
    assert fields(refused) == {field}
    assert not Movement.objects.exists()


def test_reverse_once_by_a_negative_entry(line, filer, officer, now) -> None:
    entry = ship(line, filer, now, 6)
    given = {"movement": entry, "reason": "Wrong license.", "by": officer, "at": now}
    reversal = usage.reverse(idempotency_key="r", **given)
    assert (reversal.quantity, reversal.value, reversal.reverses) == (Decimal(-6), Decimal("-129.00"), entry)
    assert left(line) == Decimal(10)
    assert usage.reverse(idempotency_key="r", **given) == reversal
    with pytest.raises(Refused) as refused:
        usage.reverse(idempotency_key="r2", **given)
    assert codes(refused) == {"reversed"}
    with pytest.raises(Refused) as refused:
        usage.reverse(idempotency_key="r3", **given | {"movement": reversal})
    assert codes(refused) == {"not_a_shipment"}
    assert Event.objects.filter(verb="usage.reversed").count() == 1


def test_reverse_refuses_no_reason_and_who_may_not(line, filer, officer, now) -> None:
    entry = ship(line, filer, now, 6)
    with pytest.raises(Invalid) as refused:
        usage.reverse(movement=entry, reason=" ", idempotency_key="", by=officer, at=now)
    assert fields(refused) == {"reason", "idempotency_key"}
    with pytest.raises(NotAllowed):
        usage.reverse(movement=entry, reason="x", idempotency_key="r", by=filer, at=now)


@pytest.mark.parametrize(
    "change", ["UPDATE licenses_movement SET quantity = 1", "DELETE FROM licenses_movement"]
)
def test_ledger_refuses_changes_in_the_database(line, filer, now, change) -> None:
    from django.db import connection

    ship(line, filer, now, 6)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)
    assert left(line) == Decimal(4)


amounts = st.decimals(min_value="0.001", max_value=12, places=3)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("ship"), amounts, st.integers(0, 5)),
        st.tuples(st.just("reverse"), st.integers(0, 5), st.integers(0, 5)),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_whatever_is_done_the_ledger_adds_up(line, officer, now, steps) -> None:
    sid = transaction.savepoint()
    shipped: list[Movement] = []
    model: dict[int, Decimal] = {}
    for kind, first, key in steps:
        try:
            if kind == "ship":
                entry = ship(line, officer, now, first, key=f"s{key}", value=Decimal(0))
            elif shipped:
                chosen = shipped[first % len(shipped)]
                entry = usage.reverse(
                    movement=chosen, reason="x", idempotency_key=f"r{key}", by=officer, at=now
                )
            else:
                continue
        except Refused:
            continue
        model[entry.pk] = entry.quantity
        if entry.kind == "shipment" and entry not in shipped:
            shipped.append(entry)
        assert 0 <= left(line) <= line.quantity
    assert left(line) == line.quantity - sum(model.values())
    assert set(Movement.objects.values_list("pk", flat=True)) == set(model)
    assert Event.objects.filter(verb__startswith="usage.").count() == len(model)
    transaction.savepoint_rollback(sid)

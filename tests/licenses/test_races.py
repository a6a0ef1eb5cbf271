"""People at once: one decision, one drawdown of what is left, one movement a key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from exportctl.errors import Conflict, Refused
from exportctl.models import Event
from licenses import decisions, usage
from licenses.models import Application, Decision, License, LicenseLine, Movement
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(calls: list[Callable[[], Any]], threads: int) -> list[Any]:
    """Run the calls in threads that start together; what a call raises is its result."""
    barrier = Barrier(min(threads, len(calls)), timeout=120)
    begun: list[int] = []

    def run(call: Callable[[], Any]) -> Any:
        try:
            if len(begun) < barrier.parties:
                begun.append(1)
                barrier.wait()
            return call()
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, calls))


def test_two_approvers_at_once_make_one_decision(officer, person, more_cases, now) -> None:
    """T11, quick: 20 rounds, 4 approvers each."""
    approvers = [person(f"approver{each}", "approver") for each in range(4)]
    for _ in range(20):
        case = more_cases()
        decisions.propose(application=case, outcome="approve", justification="x", by=officer, at=now)
        results = at_once(
            [lambda by=by: decisions.countersign(application=case, by=by, at=now) for by in approvers],
            threads=4,
        )
        assert Counter(type(each) for each in results) == {Decision: 1, Refused: 3}
        assert {each.status_code for each in results if isinstance(each, Refused)} == {409}
        assert Application.objects.get(pk=case.pk).status == "approved"
    assert Decision.objects.made().count() == License.objects.count() == 20
    assert Event.objects.filter(verb="decision.made").count() == 20
    assert Event.objects.filter(verb="license.issued").count() == 20


def test_withdraw_and_countersign_at_once_end_one_way(filer, officer, approver, more_cases, now) -> None:
    from licenses import applications

    for _ in range(8):
        case = more_cases()
        decisions.propose(application=case, outcome="approve", justification="x", by=officer, at=now)
        results = at_once(
            [
                lambda: decisions.countersign(application=case, by=approver, at=now),
                lambda: applications.withdraw(application=case, by=filer, at=now),
            ],
            threads=2,
        )
        assert sum(isinstance(each, Refused) for each in results) == 1
        status = Application.objects.get(pk=case.pk).status
        assert License.objects.filter(application=case).exists() == (status == "approved")
        assert Decision.objects.get(application=case).state == (
            "made" if status == "approved" else "sent_back"
        )


def test_writers_at_once_draw_down_what_is_left_and_no_more(filer, officer, approver, customer, now) -> None:
    """T13, quick: 2 rounds of 60 writers for 37 pieces."""
    for _ in range(2):
        license = factories.make_license(
            by=filer,
            officer=officer,
            approver=approver,
            customer=customer,
            at=now - timedelta(days=1),
            quantity=Decimal(37),
        )
        line = license.lines.get()
        calls = [
            lambda key=f"{license.number}-{each}": usage.record(
                line=line, quantity=Decimal(1), shipped_on=now.date(), idempotency_key=key, by=filer, at=now
            )
            for each in range(60)
        ]
        results = at_once(calls, threads=8)
        assert Counter(type(each) for each in results) == {Movement: 37, Refused: 23}
        fresh = LicenseLine.objects.get(pk=line.pk)
        assert (fresh.left, fresh.shipped) == (0, Decimal(37))
        entries = Movement.objects.filter(line=line)
        assert sum(each.quantity for each in entries) == fresh.quantity - fresh.left
    assert Event.objects.filter(verb="usage.recorded").count() == 74


def test_one_key_at_once_is_one_movement(filer, officer, approver, customer, now) -> None:
    given = {
        "by": filer,
        "officer": officer,
        "approver": approver,
        "customer": customer,
        "at": now - timedelta(days=1),
    }
    first, second = (factories.make_license(**given).lines.get() for _ in range(2))
    ship = {"quantity": Decimal(1), "shipped_on": now.date(), "by": filer, "at": now}
    results = at_once([lambda: usage.record(line=first, idempotency_key="same", **ship)] * 8, threads=8)
    assert {each.pk for each in results} == {Movement.objects.get().pk}
    results = at_once(
        [
            lambda: usage.record(line=first, idempotency_key="other", **ship),
            lambda: usage.record(line=second, idempotency_key="other", **ship),
        ],
        threads=2,
    )
    assert {type(each) for each in results} == {Movement, Conflict}
    assert Movement.objects.count() == 2


def test_numbers_are_never_given_twice(filer, company, now) -> None:
    from licenses import applications

    results = at_once([lambda: applications.start(applicant=company, by=filer, at=now)] * 16, threads=8)
    assert len({each.number for each in results}) == 16

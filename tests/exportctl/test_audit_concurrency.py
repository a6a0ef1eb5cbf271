"""The event log beside many writers: no event missed, none out of order, no deadlock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from entities import parties
from entities.models import Party
from exportctl import audit
from exportctl.errors import Conflict
from exportctl.models import Event
from tests import factories
from tests.threads import at_once, raised

from .log import AT, actor

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 8


def write(count: int, size: int = 1) -> Callable[[], None]:
    """A writer: `count` actions of `size` events."""
    by = actor()

    def go():
        for number in range(count):
            with audit.action(by=by, at=AT) as log:
                for _ in range(size):
                    log("test.done", by, number=number)

    return go


def test_cursor_reader_beside_eight_writers_misses_no_event():
    each, seen, stop = 60, [], threading.Event()

    def follow():
        cursor = 0
        while True:
            ending = stop.is_set()
            page = list(
                Event.objects.filter(seq__gt=cursor).order_by("seq").values_list("seq", flat=True)[:7]
            )
            seen.extend(page)
            cursor = page[-1] if page else cursor
            if ending and not page:
                return
            time.sleep(0.001)

    def stopping(calls):
        errors.extend(raised(at_once(calls)))
        stop.set()

    errors: list[Exception] = []
    writers = [write(each, size=1 + number % 3) for number in range(WRITERS)]
    lead = threading.Thread(target=stopping, args=(writers,))
    lead.start()
    errors += raised(at_once([follow]))
    lead.join()
    assert errors == []
    total = sum(each * (1 + number % 3) for number in range(WRITERS))
    assert seen == list(range(1, total + 1))
    assert audit.verify().count == total
    assert audit.verify().ok


def test_plain_sequence_would_let_the_reader_miss_rows():
    """The check above can fail: ids drawn before the commit become visible out of order."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE plain_log (seq bigserial PRIMARY KEY)")
    early, late = threading.Event(), threading.Event()

    def slow():
        with connection.cursor() as cursor:
            cursor.execute("BEGIN; INSERT INTO plain_log DEFAULT VALUES")
            early.set()
            late.wait(10)
            cursor.execute("COMMIT")

    def fast():
        early.wait(10)
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO plain_log DEFAULT VALUES")
            cursor.execute("SELECT max(seq) FROM plain_log")
            seen.append(cursor.fetchone()[0])
        late.set()

    seen: list[int] = []
    try:
        assert raised(at_once([slow, fast])) == []
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM plain_log WHERE seq <= %s", [seen[0]])
            assert cursor.fetchone()[0] == 2  # the reader stood at 2 and has read one row only
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE plain_log")


def test_nested_actions_of_eight_writers_never_deadlock():
    by = actor()
    rows = [
        Party.objects.create(name=f"P{number}", country="DE", created_by=by, created_at=AT, changed_at=AT)
        for number in range(4)
    ]

    def nest():
        for number in range(15):
            with audit.action(by=by, at=AT) as log:
                for row in rows:  # ascending key: the order of locks of the whole product
                    with audit.action(by=by, at=AT) as within:
                        Party.objects.select_for_update(no_key=True).get(pk=row.pk)
                        within("test.within", row, number=number)
                log("test.after", rows[0])

    assert raised(at_once([nest] * WRITERS)) == []
    assert Event.objects.count() == WRITERS * 15 * 5
    assert audit.verify().ok


def deadlock_trial(*, transactions: int, by, filer_by, **lock: bool) -> tuple[int, int]:
    """Two filers that point at a party beside two writers that lock it; (deadlocks, events)."""
    customer = factories.make_party(by=by, at=AT)
    deadlocks: list[OperationalError] = []
    each = transactions // 4

    def file():
        for _ in range(each):
            guarded(file_once)

    def file_once():
        with audit.action(by=filer_by, at=AT) as log:
            name = customer.names.create(text=f"alias {time.monotonic_ns()}-{threading.get_ident()}")
            log("party.name_added", customer, name=name.text)

    def change():
        for _ in range(each):
            guarded(change_once)

    def change_once():
        with audit.action(by=by, at=AT) as log:
            row = Party.objects.select_for_update(**lock).get(pk=customer.pk)
            row.changed_at = row.changed_at + timedelta(seconds=1)
            row.save(update_fields=["changed_at"])
            log("party.changed", row)

    def guarded(once):
        try:
            once()
        except OperationalError as error:
            if "deadlock" not in str(error):
                raise
            deadlocks.append(error)

    assert raised(at_once([file, file, change, change])) == []
    return len(deadlocks), Event.objects.filter(object_id=customer.pk, object_type="entities.party").count()


def test_deadlock_trial_of_160_transactions_has_none(officer):
    deadlocks, events = deadlock_trial(transactions=160, by=officer, filer_by=officer, no_key=True)
    assert deadlocks == 0
    assert events == 160 + 1


def test_two_editors_of_one_party_end_with_one_change_and_one_conflict(officer, officer2):
    party = factories.make_party(by=officer, at=AT, name="Before GmbH")
    calls = [
        lambda by=by: parties.change(party=party, by=by, at=AT, version=1, name=f"After {by.username}")
        for by in (officer, officer2)
    ]
    assert [type(error) for error in raised(at_once(calls))] == [Conflict]
    assert Event.objects.filter(verb="party.changed").count() == 1

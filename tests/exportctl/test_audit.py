"""The event log: sealed in a chain, append-only, all or nothing."""

from __future__ import annotations

import hashlib
import random
import re
from datetime import datetime
from io import StringIO

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.utils import InternalError, ProgrammingError

from entities.models import Party
from exportctl import audit
from exportctl.models import Event, User

from .log import AT, actor, edit, fill, is_superuser, past_the_triggers


def register(by, *, name="Acme", **more):
    """A row and its event, as a verb writes them."""
    with audit.action(by=by, at=AT) as log:
        party = Party.objects.create(name=name, country="DE", created_by=by, created_at=AT, changed_at=AT)
        log("party.registered", party, name=name, **more)
    return party


# The chain


@pytest.mark.django_db
def test_append_numbers_from_one_and_links_each_line():
    fill(3)
    events = list(Event.objects.order_by("seq"))
    assert [event.seq for event in events] == [1, 2, 3]
    assert bytes(events[0].previous) == b""
    assert [bytes(event.previous) for event in events[1:]] == [bytes(event.hash) for event in events[:2]]


@pytest.mark.django_db
def test_hash_is_sha256_of_previous_and_line_as_documented():
    fill(2)
    second = Event.objects.get(seq=2)
    moment = second.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    line = f"2|{moment}|{second.body}".encode()
    assert bytes(second.hash) == hashlib.sha256(bytes(second.previous) + line).digest()


@pytest.mark.django_db
def test_event_keeps_actor_object_times_and_data():
    by = actor()
    party = register(by, name="Zürich AG", words="cut\x00off", list=["a", "b"])
    event = Event.objects.get()
    assert (event.verb, event.object_type, event.object_id) == (
        "party.registered",
        "entities.party",
        str(party.pk),
    )
    assert (event.actor_id, event.at) == (by.pk, AT)
    assert event.data["by"] == {"id": by.pk, "name": "job:test", "kind": "job"}
    assert event.data["data"] == {"name": "Zürich AG", "words": "cut\ufffdoff", "list": ["a", "b"]}
    assert audit.verify().ok


@pytest.mark.django_db
def test_events_of_one_action_stand_together_in_their_order():
    by = actor()
    with audit.action(by=by, at=AT) as log:
        for number in range(5):
            log("test.done", by, number=number)
    assert list(Event.objects.order_by("seq").values_list("data__data__number", flat=True)) == [0, 1, 2, 3, 4]


@pytest.mark.django_db
def test_action_without_event_appends_nothing():
    with audit.action(by=actor(), at=AT):
        pass
    assert Event.objects.count() == 0


@pytest.mark.django_db
def test_action_refuses_naive_time_and_unsaved_actor_and_unsaved_object():
    by = actor()
    with pytest.raises(ValueError, match="time zone"), audit.action(by=by, at=datetime(2026, 8, 6)):
        pass
    with pytest.raises(ValueError, match="saved user"), audit.action(by=User(username="x"), at=AT):
        pass
    with pytest.raises(ValueError, match="must be saved"), audit.action(by=by, at=AT) as log:
        log("party.registered", Party(name="x"))
    assert Event.objects.count() == 0


# All or nothing


@pytest.mark.django_db(transaction=True)
def test_verb_rolls_back_when_the_append_fails():
    by = actor()
    with connection.cursor() as cursor:
        cursor.execute("ALTER FUNCTION exportctl_append(text[]) RENAME TO exportctl_append_away")
    try:
        with pytest.raises(ProgrammingError, match="exportctl_append"):
            register(by)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER FUNCTION exportctl_append_away(text[]) RENAME TO exportctl_append")
    assert (Party.objects.count(), Event.objects.count()) == (0, 0)
    register(by)
    assert (Party.objects.count(), Event.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_failing_action_writes_neither_rows_nor_events():
    by = actor()
    with pytest.raises(RuntimeError), audit.action(by=by, at=AT) as log:
        register(by)
        log("test.done", by)
        raise RuntimeError
    assert (Party.objects.count(), Event.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_deferred_constraint_fails_before_the_append():
    by = actor()
    with pytest.raises(IntegrityError), audit.action(by=by, at=AT) as log:
        party = Party.objects.create(
            name="x", country="DE", created_by_id=10**9, created_at=AT, changed_at=AT
        )
        log("party.registered", party)
    assert Event.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_action_refuses_to_run_inside_a_transaction_that_is_none():
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic(), audit.action(by=actor(), at=AT):
        pass


# Nesting


@pytest.mark.django_db(transaction=True)
def test_nested_action_joins_the_outer_one_with_its_own_actor():
    outer, inner = actor(), User.objects.create(username="inner")
    with audit.action(by=outer, at=AT) as log:
        log("test.before", outer)
        with audit.action(by=inner, at=AT) as within:
            within("test.within", inner)
        assert Event.objects.count() == 0
        log("test.after", outer)
    assert list(Event.objects.order_by("seq").values_list("verb", "actor_id")) == [
        ("test.before", outer.pk), ("test.within", inner.pk), ("test.after", outer.pk),
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_nested_action_that_raises_takes_rows_and_events_back():
    by = actor()
    with audit.action(by=by, at=AT) as log:
        log("test.before", by)
        try:
            with audit.action(by=by, at=AT) as within:
                register(by, name="gone")
                within("test.within", by)
                raise RuntimeError
        except RuntimeError:
            log("test.caught", by)
    assert list(Event.objects.order_by("seq").values_list("verb", flat=True)) == [
        "test.before",
        "test.caught",
    ]
    assert Party.objects.count() == 0


# Append-only


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE exportctl_event SET verb = 'x' WHERE seq = 1",
        "UPDATE exportctl_event SET body = body",
        "DELETE FROM exportctl_event WHERE seq = 2",
        "TRUNCATE exportctl_event CASCADE",
    ],
)
def test_triggers_refuse_every_change(statement):
    fill(2)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE exportctl_event ENABLE TRIGGER exportctl_event_no_truncate")
    before = audit.verify().head
    with (
        pytest.raises((IntegrityError, InternalError, DatabaseError), match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert audit.verify().head == before


@pytest.mark.django_db
def test_orm_cannot_update_or_delete_an_event():
    fill(2)
    for change in (lambda: Event.objects.update(verb="x"), lambda: Event.objects.filter(seq=1).delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert audit.verify().ok


@pytest.fixture
def application_role(db):
    """Act as the application's own database role, made here where the cluster has none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'exportctl_app'")
        if cursor.fetchone() is None:
            cursor.execute("CREATE ROLE exportctl_app")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    call_command("grants", stdout=StringIO())
    fill(2)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE exportctl_app")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


def test_application_role_reads_and_appends(application_role):
    fill(1)
    assert audit.verify().count == 3
    assert audit.verify().ok


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE exportctl_event SET verb = 'x'",
        "DELETE FROM exportctl_event",
        "TRUNCATE exportctl_event CASCADE",
        "ALTER TABLE exportctl_event DISABLE TRIGGER exportctl_event_no_change",
        "DROP TRIGGER exportctl_event_no_change ON exportctl_event",
        "CREATE OR REPLACE FUNCTION exportctl_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN END$$",
        "DELETE FROM django_migrations",
    ],
)
def test_application_role_has_no_right_to_change_the_log(application_role, statement):
    refused = "permission denied|must be owner|must be able to"
    with (
        pytest.raises(ProgrammingError, match=refused),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


# Verify


@pytest.mark.django_db
def test_verify_of_an_empty_log_is_whole():
    assert audit.verify() == audit.Verification(0, 0, "")


@pytest.mark.django_db
def test_verify_counts_and_gives_the_head():
    fill(3)
    found = audit.verify()
    assert (found.ok, found.count, found.head_seq) == (True, 3, 3)
    assert found.head == f"3:{bytes(Event.objects.get(seq=3).hash).hex()}"
    fill(2)
    assert audit.verify(head=found.head).ok


@pytest.mark.django_db
@pytest.mark.parametrize("head", ["x", "3", "3:", "-1:00", "3:xyz", "3 " + "0" * 64])
def test_verify_refuses_a_head_that_is_none(head):
    with pytest.raises(ValueError, match="SEQ:HASH"):
        audit.verify(head=head)


@pytest.mark.django_db
def test_verify_finds_200_random_edits_against_the_head():
    fill(12)
    head, dice = audit.verify().head, random.Random(23)
    missed, kinds = [], set()
    for _ in range(200):
        with past_the_triggers() as cursor:
            done = edit(cursor, dice, 12)
            kinds.add(re.sub(r"\d+", "n", done))
            if audit.verify(head=head).ok:
                missed.append(done)
    assert missed == []
    assert len(kinds) >= 14
    assert audit.verify(head=head).ok


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "body = replace(body, '2026-08-06', '2026-18-06')",
        """body = replace(body, '"at":"2026-08-06T14:00:00Z"', '"at":null')""",
        """body = replace(body, '"by":{', '"by":{"id":"x","was":{') || '}'""",
        "body = '[]'",
        "body = '{}'",
        "at = 'infinity'",
        "at = at + interval '1 microsecond'",
        "recorded_at = '-infinity'",
        "recorded_at = '20000-01-01'",
        "hash = ''",
        "verb = ''",
    ],
)
def test_verify_tells_of_values_that_cannot_be_read(change):
    fill(3)
    with past_the_triggers() as cursor:
        cursor.execute("ALTER TABLE exportctl_event ALTER verb DROP NOT NULL")
        cursor.execute(f"UPDATE exportctl_event SET {change} WHERE seq = 2")
        assert audit.verify().broken_at == 2


@pytest.mark.django_db
def test_verify_without_head_cannot_see_a_cut_tail_and_with_it_does():
    fill(5)
    head = audit.verify().head
    with past_the_triggers() as cursor:
        cursor.execute("DELETE FROM exportctl_event WHERE seq > 3")
        assert audit.verify().ok
        assert audit.verify(head=head).reason == "the tail was cut off"


@pytest.mark.django_db(transaction=True)
def test_edit_of_a_superuser_is_found():
    """A superuser walks past every trigger; the chain still tells."""
    fill(4)
    settings = connection.get_connection_params()
    user = settings["user"] if is_superuser() else "postgres"
    keys = {name: value for name, value in settings.items() if name in ("dbname", "host", "port", "password")}
    with psycopg2.connect(**keys, user=user) as wire, wire.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE exportctl_event SET body = replace(body, 'test.done', 'test.doze') WHERE seq = 2"
        )
        assert cursor.rowcount == 1
    wire.close()
    found = audit.verify()
    assert (found.ok, found.broken_at, found.count) == (False, 2, 1)
    with pytest.raises(SystemExit) as end:
        call_command("verify_audit", stderr=(told := StringIO()))
    assert end.value.code == 1
    assert "BROKEN at event 2" in told.getvalue()


@pytest.mark.django_db
def test_verify_audit_prints_the_head_and_refuses_a_wrong_one():
    fill(2)
    call_command("verify_audit", stdout=(told := StringIO()))
    assert told.getvalue().strip().endswith(audit.verify().head)
    with pytest.raises(CommandError, match="SEQ:HASH"):
        call_command("verify_audit", head="nonsense")

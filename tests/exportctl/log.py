"""What the tests of the event log share: a filled log, and ways past its triggers."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from exportctl import audit, people
from exportctl.models import User

AT = datetime(2026, 8, 6, 14, tzinfo=UTC)


def actor() -> User:
    """An actor whose making leaves no event."""
    return people.job_user("test")


def fill(count: int, *, by: User | None = None) -> User:
    """Write `count` events, one an action."""
    by = by or actor()
    for number in range(count):
        with audit.action(by=by, at=AT) as log:
            log("test.done", by, number=number, words="Zürich, 深圳")
    return by


def is_superuser() -> bool:
    """Whether the tests' database role is one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


@contextmanager
def past_the_triggers() -> Iterator[Any]:
    """A cursor that no trigger stops, and whose work is undone at the end."""
    with transaction.atomic(), connection.cursor() as cursor:
        if is_superuser():
            cursor.execute("SET LOCAL session_replication_role = replica")
        else:
            cursor.execute("ALTER TABLE exportctl_event DISABLE TRIGGER USER")
        yield cursor
        transaction.set_rollback(True)


def edit(cursor: Any, dice: random.Random, last: int) -> str:
    """Change the log in one random way; returns what was done. `last` is the number of events."""
    seq = dice.randint(1, last)
    other = dice.choice([number for number in range(1, last + 1) if number != seq])
    kind = dice.choice(
        ["body", "byte", "column", "moment", "hash", "delete", "swap", "insert", "cut", "reseal"]
    )
    return {
        "body": _body, "byte": _byte, "column": _column, "moment": _moment, "hash": _hash, "delete": _delete,
        "swap": _swap, "insert": _insert, "cut": _cut, "reseal": _reseal,
    }[kind](cursor, dice, seq, other)  # fmt: skip


def _body(cursor: Any, dice: random.Random, seq: int, other: int) -> str:
    cursor.execute(
        "UPDATE exportctl_event SET body = replace(body, 'test.done', 'test.doze') WHERE seq = %s", [seq]
    )
    return f"verb in the text of {seq}"


def _byte(cursor: Any, dice: random.Random, seq: int, other: int) -> str:
    cursor.execute("SELECT body FROM exportctl_event WHERE seq = %s", [seq])
    body = cursor.fetchone()[0]
    digits = [place for place, letter in enumerate(body) if letter.isdigit()]
    place = dice.choice(digits)
    changed = body[:place] + str((int(body[place]) + 1) % 10 or 1) + body[place + 1 :]
    if changed == body:
        changed = body + " "
    cursor.execute("UPDATE exportctl_event SET body = %s WHERE seq = %s", [changed, seq])
    return f"one character of {seq}"


def _column(cursor: Any, dice: random.Random, seq: int, other: int) -> str:
    column, value = dice.choice(
        [
            ("verb", "test.undone"),
            ("object_id", "0"),
            ("object_type", "x.y"),
            ("actor_id", 0),
            ("at", AT.replace(day=7)),
        ]
    )
    cursor.execute(f"UPDATE exportctl_event SET {column} = %s WHERE seq = %s", [value, seq])
    return f"column {column} of {seq}"


def _moment(cursor: Any, dice: random.Random, seq: int, other: int) -> str:
    cursor.execute(
        "UPDATE exportctl_event SET recorded_at = recorded_at - interval '1 microsecond' WHERE seq = %s",
        [seq],
    )
    return f"recorded_at of {seq}"


def _hash(cursor: Any, dice: random.Random, seq: int, other: int) -> str:
    column = dice.choice(["hash", "previous"])
    cursor.execute(f"UPDATE exportctl_event SET {column} = sha256('x') WHERE seq = %s", [seq])
    return f"{column} of {seq}"


def _delete(cursor: Any, dice: random.Random, seq: int, other: int) -> str:
    cursor.execute("DELETE FROM exportctl_event WHERE seq = %s", [seq])
    return f"{seq} deleted"


def _swap(cursor: Any, dice: random.Random, seq: int, other: int) -> str:
    cursor.execute(
        "UPDATE exportctl_event a SET body = b.body FROM exportctl_event b "
        "WHERE (a.seq, b.seq) IN ((%s, %s), (%s, %s))", [seq, other, other, seq],
    )  # fmt: skip
    return f"texts of {seq} and {other} swapped"


def _insert(cursor: Any, dice: random.Random, seq: int, other: int) -> str:
    """A line put in between, all later ones renumbered."""
    cursor.execute("UPDATE exportctl_event SET seq = -(seq + 1) WHERE seq >= %s", [seq])
    cursor.execute("UPDATE exportctl_event SET seq = -seq WHERE seq < 0")
    cursor.execute(
        "INSERT INTO exportctl_event (seq, recorded_at, at, verb, object_type, object_id, actor_id, "
        "body, previous, hash) "
        "SELECT %s, recorded_at, at, verb, object_type, object_id, actor_id, body, previous, hash "
        "FROM exportctl_event WHERE seq <> %s LIMIT 1", [seq, seq],
    )  # fmt: skip
    return f"a line inserted at {seq}"


def _cut(cursor: Any, dice: random.Random, seq: int, other: int) -> str:
    cursor.execute("DELETE FROM exportctl_event WHERE seq >= %s", [seq])
    return f"the tail from {seq} on cut off"


def _reseal(cursor: Any, dice: random.Random, seq: int, other: int) -> str:
    """The tail is cut and written anew with right hashes: only the head kept elsewhere tells."""
    cursor.execute("SELECT body FROM exportctl_event WHERE seq >= %s ORDER BY seq", [seq])
    bodies = [body.replace("test.done", "test.gone") for (body,) in cursor.fetchall()]
    cursor.execute("DELETE FROM exportctl_event WHERE seq >= %s", [seq])
    cursor.execute("SELECT exportctl_append(%s::text[])", [bodies])
    return f"the tail from {seq} on rewritten and sealed"

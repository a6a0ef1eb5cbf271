"""The event log's only writer: an action is a transaction, an actor, a time and its events.

    with audit.action(by=user, at=now) as log:
        ...
        log("license.suspended", license, reason="...")

Row locks come first, then the deferred constraints, the chain lock last, so that writers never wait
for each other in a circle. Nested actions join the outer one.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, models, transaction

from .models import User

_open_log: ContextVar[Log | None] = ContextVar("exportctl_audit_log", default=None)
_pokes: list[Callable[[], None]] = []


class Log:
    """Collects the events of one action; sealed in one SQL call when the outermost action ends."""

    def __init__(self, *, by: User, at: datetime):
        self.by = by
        self.at = at
        self.bodies: list[str] = []

    def __call__(self, verb: str, subject: models.Model, /, **data: Any) -> None:
        """Note that `verb` happened to `subject`. Values must be JSON-ready, dates or decimals."""
        if subject.pk is None:
            raise ValueError(f"{verb}: the object must be saved before it is logged")
        self.bodies.append(
            json.dumps(
                {
                    "id": str(uuid.uuid4()),
                    "verb": verb,
                    "object": {"type": subject._meta.label_lower, "id": str(subject.pk)},
                    "by": {"id": self.by.pk, "name": self.by.username, "kind": self.by.kind},
                    "at": self.at,
                    "request": structlog.contextvars.get_contextvars().get("request_id", ""),
                    "data": data,
                },
                cls=DjangoJSONEncoder,
                ensure_ascii=False,
                sort_keys=True,
                separators=(",", ":"),
            ).replace("\\u0000", "\\ufffd")
        )


def on_event(poke: Callable[[], None]) -> None:
    """Register the bell that is rung after each committed action."""
    if poke not in _pokes:
        _pokes.append(poke)


@contextmanager
def action(*, by: User, at: datetime) -> Iterator[Log]:
    """Open a transaction whose events are sealed last; yields the log to write them to.

    An inner action is a savepoint that joins the outer one and takes its events back when it
    raises. Refuses a naive `at` and an unsaved actor. When the log cannot be written nothing is.
    """
    if at.tzinfo is None:
        raise ValueError("at must carry a time zone")
    if by.pk is None:
        raise ValueError("by must be a saved user")
    outer = _open_log.get()
    if outer is not None:
        yield from _joined(outer, by=by, at=at)
        return
    log = Log(by=by, at=at)
    token = _open_log.set(log)
    try:
        with transaction.atomic(durable=True):
            yield log
            if log.bodies:
                _append(log.bodies)
                for poke in _pokes:
                    transaction.on_commit(poke, robust=True)
    finally:
        _open_log.reset(token)


def _joined(outer: Log, *, by: User, at: datetime) -> Iterator[Log]:
    mark = len(outer.bodies)
    inner = Log(by=by, at=at)
    inner.bodies = outer.bodies
    token = _open_log.set(inner)
    try:
        with transaction.atomic():
            yield inner
    except BaseException:
        del outer.bodies[mark:]
        raise
    finally:
        _open_log.reset(token)


def _append(bodies: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT exportctl_append(%s::text[])", [bodies])
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found: how many events, the head, and the first broken link if any."""

    count: int
    head_seq: int
    head_hash: str
    broken_at: int | None = None
    reason: str = ""

    @property
    def ok(self) -> bool:
        return self.broken_at is None

    @property
    def head(self) -> str:
        """The head as it is kept outside the database: SEQ:HASH."""
        return f"{self.head_seq}:{self.head_hash}"


# Only text leaves the database: a doctored value that cannot be read as a date or number must not stop the check.
_LINES = """
SELECT seq, to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), body, previous, hash,
       verb = data->>'verb' AND object_type = data->'object'->>'type'
       AND object_id = data->'object'->>'id' AND actor_id::text = data->'by'->>'id',
       to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), data->>'at'
FROM exportctl_event ORDER BY seq
"""


def lines(*, batch: int = 5000) -> Iterator[tuple[int, str, str, bytes, bytes, bool]]:
    """The stored lines in order: seq, recorded time, body, previous hash, hash, columns agree."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.cursor.itersize = batch
        cursor.execute(_LINES)
        for seq, moment, body, previous, digest, agrees, at, stated in cursor:
            yield seq, moment, body, bytes(previous), bytes(digest), bool(agrees) and at == _utc(stated)


def _utc(stated: str | None) -> str:
    try:
        moment = datetime.fromisoformat(stated or "").astimezone(UTC)
    except (ValueError, OverflowError):
        return "not a date"
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds")


def verify(*, head: str = "") -> Verification:
    """Re-hash the whole log. `head` (SEQ:HASH, kept elsewhere) also finds a cut or rewritten tail.

    Raises ValueError for a head that is not written as SEQ:HASH.
    """
    expected = b""
    count = 0
    want_seq, want_hash = _head(head) if head else (0, "")
    for seq, moment, body, previous, digest, agrees in lines():
        count += 1
        reason = ""
        if seq != count:
            reason = f"sequence {count} is missing"
        elif previous != expected:
            reason = "does not continue the line before it"
        elif hashlib.sha256(expected + f"{seq}|{moment}|{body}".encode()).digest() != digest:
            reason = "text and hash do not agree"
        elif not agrees:
            reason = "a column differs from the sealed text"
        elif seq == want_seq and digest.hex() != want_hash:
            reason = "differs from the head kept elsewhere"
        if reason:
            return Verification(count - 1, count - 1, expected.hex(), seq, reason)
        expected = digest
    if count < want_seq:
        return Verification(count, count, expected.hex(), count + 1, "the tail was cut off")
    return Verification(count, count, expected.hex())


def _head(text: str) -> tuple[int, str]:
    seq, _, digest = text.strip().partition(":")
    if not seq.isdecimal() or (seq != "0" and not re.fullmatch(r"[0-9a-f]{64}", digest)):
        raise ValueError(f"'{text}' is no head: write SEQ:HASH as verify_audit prints it")
    return int(seq), digest

"""What the platform costs beside the plain way: the sealed log beside plain inserts, CSV beside COPY."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import connection, transaction

from exportctl import audit, people
from exportctl.exports import Column, render
from exportctl.models import User
from tests.threads import at_once, raised

AT = datetime(2026, 8, 6, 14, tzinfo=UTC)
Row = tuple[str, float, float, float]
PLAIN = """
CREATE TABLE IF NOT EXISTS plain_log (
  seq bigserial PRIMARY KEY, recorded_at timestamptz DEFAULT clock_timestamp(), at timestamptz, verb text,
  object_type text, object_id text, actor_id bigint, data jsonb)
"""
INSERT = """
INSERT INTO plain_log (at, verb, object_type, object_id, actor_id, data) VALUES (%s, %s, %s, %s, %s, %s)
"""


def append(*, count: int = 400) -> list[Row]:
    """(figure, ours, peer, ratio): actions a second of one event each, beside one plain insert each."""
    by = people.job_user("bench")
    with connection.cursor() as cursor:
        cursor.execute(PLAIN)
    rows = []
    for writers in (1, 8):
        ours = a_second(lambda: sealed(by, count // writers), writers, count)
        peer = a_second(lambda: plain(by, count // writers), writers, count)
        rows.append((f"events a second, {writers} writer{'s' * (writers > 1)}", ours, peer, ours / peer))
    return rows


def sealed(by: User, count: int) -> None:
    """Our way: each action sealed in the chain."""
    for number in range(count):
        with audit.action(by=by, at=AT) as log:
            log("bench.done", by, number=number)


def plain(by: User, count: int) -> None:
    """The peer: a row in a log of the same columns, no order, no seal."""
    for number in range(count):
        with transaction.atomic(), connection.cursor() as cursor:
            body = f'{{"number": {number}}}'
            cursor.execute(INSERT, [AT, "bench.done", "exportctl.user", str(by.pk), by.pk, body])


def a_second(work: Callable[[], None], writers: int, count: int) -> float:
    """How many a second `writers` threads reach together."""
    began = time.perf_counter()
    if errors := raised(at_once([work] * writers)):
        raise errors[0]
    return count / (time.perf_counter() - began)


def export(*, count: int = 50_000) -> list[Row]:
    """(figure, ours, peer, ratio): rows a second of a CSV of events, beside PostgreSQL's own COPY."""
    with connection.cursor() as cursor:
        cursor.execute(PLAIN + "; TRUNCATE plain_log")
        cursor.execute(
            "INSERT INTO plain_log (at, verb, object_type, object_id, actor_id, data) "
            "SELECT now(), 'bench.done', 'exportctl.user', n::text, n, '{}' FROM generate_series(1, %s) n", [count]
        )  # fmt: skip
    began = time.perf_counter()
    size = sum(len(chunk) for chunk in render(columns=COLUMNS, rows=fetched(), format="csv", title="Events"))
    ours = count / (time.perf_counter() - began)
    began = time.perf_counter()
    target = io.BytesIO()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.cursor.copy_expert(f"COPY ({SELECT}) TO STDOUT WITH (FORMAT csv, HEADER)", target)
    peer = count / (time.perf_counter() - began)
    if size < count * 10 or target.tell() < count * 10:
        raise AssertionError("an export came out short")
    return [(f"CSV rows a second of {count:,}", ours, peer, ours / peer)]


SELECT = "SELECT seq, at, verb, object_type, object_id, actor_id FROM plain_log ORDER BY seq"
COLUMNS = (
    Column("seq", "Number", "number"),
    Column("at", "Happened", "datetime"),
    Column("verb", "Event"),
    Column("type", "Type"),
    Column("id", "Id"),
    Column("by", "By", "number"),
)


def fetched():  # type: ignore[no-untyped-def]
    """The rows through a cursor of the server, as a report reads them."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(SELECT)
        yield from cursor

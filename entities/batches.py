"""Large batches of names: cut into chunks that all workers answer side by side; a killed one loses nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from exportctl import audit, roles
from exportctl.errors import refuse
from exportctl.models import User

from . import verdicts, worlds
from .matching.entries import Query
from .matching.score import REVIEW, ahead
from .models import NameBatch, NameChunk
from .versions import versions_in_force

MOST = 20_000
MATCHED = "matched"
CHUNK = 250
REASONS = 20  # told a name at most
KEPT = timedelta(days=7)


def query(asked: dict[str, Any]) -> Query:
    """What is asked about a party, as the API and the `screen` command take it."""
    return Query(
        name=asked["name"], aliases=tuple(asked.get("names", ())), kind=asked.get("kind", ""),
        countries=tuple(code.upper() for code in asked.get("countries", ())),
        addresses=tuple(asked.get("addresses", ())),
        identifiers=tuple((one.get("kind", ""), one["value"]) for one in asked.get("identifiers", ())),
        birth_date=asked.get("birth_date", ""),
    )  # fmt: skip


def answer(
    queries: Sequence[dict[str, Any]], *, now: worlds.World, by: User, limit: int, minimum: int, on: date
) -> list[dict[str, Any]]:
    """The answer to each query in order: {id, name, outcome, words, reasons, hits}.

    `minimum` and `limit` cut the hits told, never what the outcome rests on. No text of an entry that `by` may not
    read. The outcome is that of a name nobody judged (`verdicts`), on the day `on`.
    """
    asked = [query(one) for one in queries]
    ahead(asked, now.index)
    found = [verdicts.asked(given, one, now=now) for given, one in zip(queries, asked, strict=True)]
    lists = verdicts.listings(found, now)
    told = []
    for given, whom, one in zip(queries, asked, found, strict=True):
        outcome = verdicts.verdict(one, lists, now, by=by, on=on)
        shown = [match for match in one.matches if match.score >= minimum]
        if minimum < REVIEW:
            shown = worlds.ask(whom, now=now, limit=limit, minimum=minimum)
        told.append({
            "id": given.get("id", ""), "name": given["name"], "outcome": outcome.code, "words": outcome.words,
            "reasons": _most(outcome.reasons), "hits": [worlds.told(match, now, by) for match in shown[:limit]],
        })  # fmt: skip
    return told


def _most(reasons: Sequence[str]) -> list[str]:
    """The gravest reasons, and how many more there are: a common name has hundreds."""
    more = len(reasons) - REASONS
    return [*reasons[:REASONS], *([f"and {more} more"] if more > 0 else [])]


def receive(
    queries: Sequence[dict[str, Any]], *, limit: int, minimum: int, by: User, at: datetime
) -> NameBatch:
    """Take names to be screened by the workers, as many as MOST. Events: names.received for each chunk.

    Refuses while no list is in force; needs screening.run.
    """
    roles.require(by, "screening.run")
    if not versions_in_force():
        raise refuse("no_list", "No list is in force, so nothing can be screened.",
                     remedy="Import a list first: manage.py import_list.")  # fmt: skip
    with audit.action(by=by, at=at) as log:
        batch = NameBatch.objects.create(by=by, at=at, total=len(queries), limit=limit, minimum=minimum)
        chunks = NameChunk.objects.bulk_create(
            NameChunk(batch=batch, start=start, count=len(part), queries=part)
            for start in range(0, len(queries), CHUNK)
            if (part := list(queries[start : start + CHUNK]))
        )
        for chunk in chunks:
            log("names.received", chunk, batch=str(batch.pk), start=chunk.start, count=chunk.count)
    return batch


def work(*, chunk: NameChunk, at: datetime) -> None:
    """Answer a chunk, once: a second go finds it answered. Each answer rests on one world, told with it."""
    now = worlds.world()
    batch = chunk.batch
    answers = answer(
        chunk.queries, now=now, by=batch.by, limit=batch.limit, minimum=batch.minimum, on=at.date()
    )
    NameChunk.objects.filter(pk=chunk.pk, answered_at=None).update(
        answers=answers, world=now.name, answered_at=at
    )


def done(batch: NameBatch) -> int:
    """How many of its names are answered."""
    return sum(batch.chunks.exclude(answered_at=None).values_list("count", flat=True))


def tally(batch: NameBatch) -> dict[str, int]:
    """How many of the answered names came to each outcome. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(e.a->>'outcome', ''), count(*) FROM entities_namechunk c, "
            "jsonb_array_elements(c.answers) e(a) WHERE c.batch_id = %s AND c.answers IS NOT NULL GROUP BY 1",
            [batch.pk],
        )
        return dict(cursor.fetchall())


def answered(
    batch: NameBatch, *, outcome: str = "", limit: int | None = None, offset: int = 0
) -> list[dict[str, Any]]:
    """The answers in the order of the names, without explanations; of one outcome, or MATCHED: with any match."""
    chosen = {"": "", MATCHED: "AND e.a->>'outcome' <> 'NO_MATCH_NAME_ONLY'"}.get(
        outcome, "AND e.a->>'outcome' = %s"
    )
    given = [] if outcome in ("", MATCHED) else [outcome]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT (e.a - 'hits') || jsonb_build_object('place', c.start + e.place, 'hits', coalesce(
                (SELECT jsonb_agg(h - 'explanation') FROM jsonb_array_elements(e.a->'hits') h), '[]'))
            FROM entities_namechunk c, jsonb_array_elements(c.answers) WITH ORDINALITY e(a, place)
            WHERE c.batch_id = %s AND c.answers IS NOT NULL {chosen}
            ORDER BY c.start + e.place LIMIT %s OFFSET %s""",  # noqa: S608 (one of three fixed texts)
            [batch.pk, *given, limit, offset],
        )
        return [json.loads(told) if isinstance(told, str) else told for (told,) in cursor.fetchall()]


def drop_old(*, at: datetime) -> int:
    """Delete the batches that were asked longer ago than KEPT; returns their number."""
    old = NameBatch.objects.filter(at__lt=at - KEPT)
    number = old.count()
    old.delete()
    return number

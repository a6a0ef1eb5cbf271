"""The screening log: each run of each party, against which lists and engine, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Case, Count, F, OuterRef, Q, Subquery, TextField, Value, When
from django.db.models.functions import Coalesce, Concat

from entities.models import Finding, HitStatus, Party, Screening, Trigger
from exportctl.exports import Column

from .report import Filters, Report, stream

COLUMNS = (
    Column("at", "Screened", "datetime"),
    Column("party", "Party"),
    Column("country", "Country"),
    Column("facts_version", "Facts version", "number"),
    Column("trigger", "Trigger"),
    Column("world", "Engine and list versions run"),
    Column("hits", "Entries found", "number"),
    Column("open_hits", "Not judged", "number"),
    Column("entries", "Entries, score and outcome"),
    Column("facts", "Differing facts relied on"),
    Column("error", "Could not run because"),
)


def _findings(expression: Any) -> Subquery:
    return Subquery(
        Finding.objects.filter(screening=OuterRef("pk"))
        .order_by()
        .values("screening")
        .annotate(result=expression)
        .values("result")
    )


def rows(filters: Filters) -> Iterator[Sequence[Any]]:
    """One row a run, oldest first; a run that failed says why and is no clearance."""
    assert filters.user is not None
    screenings = Screening.objects.filter(
        **filters.moments("at"), party__in=Party.objects.for_user(filters.user)
    )
    entry = Concat(
        F("hit__listed_party__name"), Value(" ["), F("score"), Value(", "), F("hit__status"),
        Case(When(hit__outcome="", then=Value("")), default=Concat(Value(" "), F("hit__outcome"))), Value("]"),
        output_field=TextField(),
    )  # fmt: skip
    return stream(
        screenings.annotate(
            open_hits=Coalesce(_findings(Count("id", filter=~Q(hit__status=HitStatus.CLOSED))), 0),
            entries=_findings(StringAgg(entry, delimiter="; ", order_by=("-score", "hit_id"))),
            facts=_findings(
                StringAgg("hit__differing_fact", delimiter="; ", filter=~Q(hit__differing_fact=""), order_by="id")
            ),
        ).order_by("at", "id"),
        "at", "party__name", "party__country", "facts_version", "trigger", "world", "hits", "open_hits",
        "entries", "facts", "error",
    )  # fmt: skip


REPORT = Report(
    "screening-log",
    "Screening log",
    "Each screening with its trigger, engine, list versions, entries found and the fact each judgment rests on.",
    COLUMNS,
    rows,
    words={"trigger": dict(Trigger.choices)},
)

"""What a report is, and the filters all of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat

from exportctl.errors import invalid
from exportctl.exports import Column
from exportctl.models import User

from ..models import ApplicationParty

CHUNK = 2000  # rows fetched at a time


@dataclass(frozen=True, slots=True)
class Filters:
    """Half-open days [since, until), an outcome and an applicant; `user` limits the rows."""

    since: date | None = None
    until: date | None = None
    outcome: str = ""
    user: User | None = None

    @classmethod
    def parse(cls, given: dict[str, str]) -> Filters:
        """Filters from a query string or a command line. Refuses a day that is none, naming the field."""
        days: dict[str, date | None] = {}
        for name in ("since", "until"):
            try:
                days[name] = date.fromisoformat(given[name]) if given.get(name) else None
            except ValueError:
                raise invalid(name, f"'{given[name]}' is not a day.", remedy="Write it as 2026-08-06.") from None
        return cls(since=days["since"], until=days["until"], outcome=given.get("outcome", ""))

    def as_dict(self) -> dict[str, str]:
        """The filters as they are logged."""
        pairs = {"since": self.since, "until": self.until, "outcome": self.outcome}
        return {name: str(value) for name, value in pairs.items() if value}

    def words(self) -> str:
        """The filters in words, for the head of a document."""
        parts = []
        if self.since:
            parts.append(f"from {self.since}")
        if self.until:
            parts.append(f"before {self.until}")
        if self.outcome:
            parts.append(f"outcome {self.outcome.replace('_', ' ')}")
        return ", ".join(parts) or "all days"

    def between(self, field: str) -> dict[str, date]:
        """The days as a filter on a date or datetime field."""
        bounds = {f"{field}__gte": self.since, f"{field}__lt": self.until}
        return {name: value for name, value in bounds.items() if value}


@dataclass(frozen=True, slots=True)
class Report:
    """A report: what it is called, what it tells, its columns and the query behind it."""

    name: str
    title: str
    sentence: str
    columns: tuple[Column, ...]
    rows: Callable[[Filters], Iterator[Sequence[Any]]]
    by_outcome: bool = False


def parties_in(role: str, *, application: str) -> Subquery:
    """The names of a case's parties in a role as filed, with country, in one subquery."""
    return Subquery(
        ApplicationParty.objects.filter(application=OuterRef(application), role=role)
        .order_by()
        .values("application")
        .annotate(
            text=StringAgg(
                Concat(F("party__name"), Value(" ("), F("party__country"), Value(")")),
                delimiter="; ",
                ordering="party__name",
            )
        )
        .values("text")
    )


def stream(queryset: QuerySet[Any], *fields: str) -> Iterator[Sequence[Any]]:
    """Rows as tuples through a server-side cursor: memory stays flat."""
    return queryset.values_list(*fields).iterator(chunk_size=CHUNK)

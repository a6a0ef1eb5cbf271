"""What a report is, and the filters all of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Concat

from exportctl.errors import Invalid, invalid
from exportctl.exports import Column
from exportctl.models import User
from exportctl.transitions import Blocker

from ..models import ApplicationParty, Outcome

CHUNK = 2000  # rows fetched at a time


@dataclass(frozen=True, slots=True)
class Filters:
    """Half-open days [since, until) in UTC and an outcome; `user` limits the rows."""

    since: date | None = None
    until: date | None = None
    outcome: str = ""
    user: User | None = None

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Filters:
        """Filters from a query string or a command line.

        Refuses, all at once and naming the field: a day that is none, a period that ends before it
        begins, an outcome that is none.
        """
        wrong: list[Blocker] = []
        days: dict[str, date | None] = {}
        for name in ("since", "until"):
            text = str(given.get(name) or "").strip()
            try:
                days[name] = date.fromisoformat(text) if text else None
            except ValueError:
                days[name] = None
                wrong += invalid(name, f"'{text}' is not a day.", remedy="Write it as 2026-08-06.").blockers
        since, until = days["since"], days["until"]
        if since and until and until <= since:
            wrong += invalid("until", f"{until} is not after {since}.", remedy="Choose a later day.").blockers
        outcome = str(given.get("outcome") or "")
        if outcome and outcome not in Outcome.values:
            wrong += invalid(
                "outcome", f"'{outcome}' is no outcome.", remedy=f"One of: {', '.join(Outcome.values)}."
            ).blockers
        if wrong:
            raise Invalid(wrong)
        return cls(since=since, until=until, outcome=outcome)

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

    def days(self, field: str) -> dict[str, date]:
        """The period as a filter on a field of days."""
        bounds = {f"{field}__gte": self.since, f"{field}__lt": self.until}
        return {name: value for name, value in bounds.items() if value}

    def moments(self, field: str) -> dict[str, datetime]:
        """The period as a filter on a field of moments: from midnight UTC to midnight UTC."""
        return {name: datetime.combine(day, time(), UTC) for name, day in self.days(field).items()}


@dataclass(frozen=True, slots=True)
class Report:
    """A report: what it is called, what it tells, its columns and the query behind it."""

    name: str
    title: str
    sentence: str
    columns: tuple[Column, ...]
    rows: Callable[[Filters], Iterator[Sequence[Any]]]
    by_outcome: bool = False
    words: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict
    )  # column -> code -> words, on the page

    def check(self, filters: Filters) -> None:
        """Refuses a filter that this report does not have."""
        if filters.outcome and not self.by_outcome:
            raise invalid(
                "outcome", f"'{self.title}' has no outcome to filter by.", remedy="Take the outcome out."
            )


def parties_in(role: str, *, application: str) -> Subquery:
    """The names of a case's parties in a role, as they stood when it was filed, with country; a subquery."""
    return Subquery(
        ApplicationParty.objects.filter(application=OuterRef(application), role=role)
        .order_by()
        .values("application")
        .annotate(
            text=StringAgg(
                Concat(F("name_as_filed"), Value(" ("), F("country_as_filed"), Value(")")),
                delimiter="; ",
                order_by=("name_as_filed", "id"),
            )
        )
        .values("text")
    )


def stream(queryset: QuerySet[Any], *fields: str) -> Iterator[Sequence[Any]]:
    """Rows as tuples through a server-side cursor: memory stays flat."""
    return queryset.values_list(*fields).iterator(chunk_size=CHUNK)

"""The decision report: who decided what, when, on whose proposal and on which basis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import F, OuterRef, Subquery, Sum

from exportctl.exports import Column

from ..models import ApplicationLine, Condition, Decision, Outcome, ReturnReason
from .report import Filters, Report, parties_in, stream

COLUMNS = (
    Column("number", "Application"),
    Column("outcome", "Outcome"),
    Column("made_at", "Decided", "datetime"),
    Column("final_at", "Denial final", "datetime"),
    Column("authority", "Decided by"),
    Column("recorded", "Recorded from the agency", "bool"),
    Column("applicant", "Applicant"),
    Column("ultimate_consignee", "Ultimate consignee"),
    Column("end_user", "End user"),
    Column("eccns", "ECCN"),
    Column("value", "Value (USD)", "money"),
    Column("submitted_at", "Submitted", "datetime"),
    Column("legal_basis", "Legal basis"),
    Column("reason_code", "Return reason"),
    Column("justification", "Justification"),
    Column("conditions", "Conditions"),
    Column("proposed_by", "Proposed by"),
    Column("countersigned_by", "Countersigned by"),
    Column("license", "License"),
    Column("expires_on", "License expires", "date"),
)


def _lines(expression: Any) -> Subquery:
    return Subquery(
        ApplicationLine.objects.filter(application=OuterRef("application"))
        .order_by()
        .values("application")
        .annotate(result=expression)
        .values("result")
    )


def rows(filters: Filters) -> Iterator[Sequence[Any]]:
    """One row a decision made, oldest first. Denials include the intents to deny that became final."""
    assert filters.user is not None
    decisions = Decision.objects.for_user(filters.user).standing().filter(**filters.moments("made_at"))
    if filters.outcome:
        decisions = decisions.of(filters.outcome)
    conditions = (
        Condition.objects.filter(application=OuterRef("application"), accepted_at__isnull=False)
        .order_by()
        .values("application")
        .annotate(result=StringAgg("text", delimiter=" | ", order_by="number"))
        .values("result")
    )
    return stream(
        decisions.annotate(
            ultimate_consignee=parties_in("ultimate_consignee", application="application"),
            end_user=parties_in("end_user", application="application"),
            eccns=_lines(StringAgg("eccn", delimiter="; ", distinct=True, order_by="eccn")),
            value=_lines(Sum("total_price")),
            conditions=Subquery(conditions),
            submitted=F("application__submitted_at"),
        ).order_by("made_at", "id"),
        "application__number", "outcome", "made_at", "final_at", "authority", "recorded",
        "application__applicant__name", "ultimate_consignee", "end_user", "eccns", "value", "submitted",
        "legal_basis", "reason_code", "justification", "conditions", "proposed_by__username",
        "countersigned_by__username", "license__number", "license__expires_on",
    )  # fmt: skip


REPORT = Report(
    "decisions",
    "Decisions",
    "Every decision made or recorded: outcome, basis, justification, both signatures and the license.",
    COLUMNS,
    rows,
    by_outcome=True,
    words={"outcome": dict(Outcome.choices), "reason_code": dict(ReturnReason.choices)},
)

"""The reports: a report is a name, columns and a query; `run` streams one and logs who took it out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from exportctl import roles, takeouts
from exportctl.errors import invalid
from exportctl.models import User

from . import decisions, register, screenings
from .report import Filters, Report

REPORTS: dict[str, Report] = {
    report.name: report for report in (decisions.REPORT, screenings.REPORT, register.REPORT)
}


def find(name: str) -> Report:
    """The report of that name. Refuses an unknown one with the names there are."""
    if name not in REPORTS:
        raise invalid("report", f"There is no report '{name}'.", remedy=f"Reports: {', '.join(REPORTS)}.")
    return REPORTS[name]


def run(*, name: str, filters: Filters, format: str, by: User, at: datetime) -> Iterator[bytes]:
    """Stream a report as csv, xlsx, json or pdf.

    The rows are those `by` may see. Who took what out is logged before the first byte (no log, no
    export) and again with row count and SHA-256 when the stream ended; a cut stream has no second
    event. Refuses an unknown report, format or filter of it, and who lacks report.export.
    """
    roles.require(by, "report.export")
    report = find(name)
    report.check(filters)
    filters = replace(filters, user=by)
    return takeouts.take(
        name=name, title=report.title, columns=report.columns, rows=report.rows(filters), format=format,
        filters=filters.as_dict(), subtitle=filters.words(), by=by, at=at,
    )  # fmt: skip

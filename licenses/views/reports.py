"""Reports: what there is, a preview of the rows, and the download."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Case, Count, F, Value, When
from django.db.models.functions import ExtractYear
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone

from exportctl import charts, exports, roles, shell
from exportctl.errors import Refused
from exportctl.models import User
from exportctl.templatetags import ui

from .. import reports
from ..models import Decision, Outcome
from ..reports.report import Filters, Report

PREVIEW = 50
LONG = 40  # characters; a column with longer texts is given room
CUT = 240  # characters of a text shown
SERIES = {
    "approve": charts.Series("Approved", "good", "solid"),
    "approve_conditions": charts.Series("With conditions", "good", "hatch"),
    "approve_part": charts.Series("In part", "good", "dots"),
    "return": charts.Series("Returned", "soon", "dots"),
    "no_license_required": charts.Series("No license required", "soon", "hatch"),
    "intend_to_deny": charts.Series("Intent to deny", "late", "hatch"),
    "deny": charts.Series("Denied", "late", "solid"),
}


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """The reports there are, and decisions by outcome and year."""
    roles.require(request.user, "report.export")  # type: ignore[arg-type]
    return render(
        request,
        "licenses/reports.html",
        {"reports": reports.REPORTS.values(), "formats": exports.FORMATS, "chart": outcomes(request.user)},  # type: ignore[arg-type]
    )


def outcomes(user: User) -> charts.Chart:
    """Decisions by outcome and year of decision, in one query; a denial that became final is one."""
    counted = (
        Decision.objects.for_user(user)
        .standing()
        .annotate(
            year=ExtractYear("made_at"),
            stands=Case(When(final_at__isnull=False, then=Value(str(Outcome.DENY))), default=F("outcome")),
        )
        .values_list("year", "stands")
        .annotate(count=Count("id"))
        .order_by("year")
    )
    table: dict[int, dict[str, int]] = {}
    for year, outcome, count in counted:
        table.setdefault(year, {})[outcome] = count
    years = range(min(table), max(table) + 1) if table else ()
    rows = [(str(year), [table.get(year, {}).get(outcome, 0) for outcome in SERIES]) for year in years]
    return charts.columns(rows=rows, series=list(SERIES.values()))


@login_required
def one(request: HttpRequest, name: str) -> HttpResponse | StreamingHttpResponse:
    """A report's first rows with its filters; with `?format=` the whole of it as a download."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "report.export")
    if name not in reports.REPORTS:
        raise Http404(name)
    report, format = reports.find(name), request.GET.get("format", "")
    context = {
        "report": report,
        "formats": exports.FORMATS,
        "outcomes": Outcome.choices,
        "given": request.GET,
        "cut": CUT,
    }
    try:
        filters = Filters.parse(request.GET.dict())
        if format:
            return download(name=name, filters=filters, format=format, user=user)
        report.check(filters)
    except Refused as refused:
        return render(
            request, "licenses/report.html", {**context, "refused": refused}, status=refused.status_code
        )
    rows = list(islice(report.rows(replace(filters, user=user)), PREVIEW + 1))
    context |= {
        "rows": preview(report, rows[:PREVIEW]), "more": len(rows) > PREVIEW, "words": filters.words(),
    }  # fmt: skip
    return render(request, "licenses/report.html", context)


@dataclass(frozen=True, slots=True)
class Cell:
    """A value of the preview in words, under its column's title; `shape` are the classes of its box."""

    title: str
    shape: str
    text: str


def preview(report: Report, rows: Sequence[Sequence[Any]]) -> list[list[Cell]]:
    """The rows as the page shows them: codes in words, days and amounts for reading, room for long texts."""
    texts = [
        [
            report.words.get(column.key, {}).get(value) or reading(value, column.kind)
            for column, value in zip(report.columns, row, strict=True)
        ]
        for row in rows
    ]
    shapes = [
        "num" if column.kind in ("number", "money")
        else "nowrap" if column.kind in ("date", "datetime")
        else "roomy" if any(len(row[place]) > LONG for row in texts)
        else ""
        for place, column in enumerate(report.columns)
    ]  # fmt: skip
    return [
        [
            Cell(column.title, shape, text)
            for column, shape, text in zip(report.columns, shapes, row, strict=True)
        ]
        for row in texts
    ]


def reading(value: Any, kind: str) -> str:
    """A value for reading; files keep every digit."""
    if kind == "datetime":
        return ui.moment(value)
    if kind == "date":
        return ui.day(value)
    if kind == "money":
        return ui.money(value)
    return ui.quantity(value) if kind == "number" else exports.plain(value, kind)


def download(*, name: str, filters: Filters, format: str, user: User) -> StreamingHttpResponse:
    """The report as a streamed attachment."""
    chunks = reports.run(name=name, filters=filters, format=format, by=user, at=timezone.now())
    return shell.file(chunks, name=name, format=format)

"""Reports: what there is, a preview of the rows, and the download."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.db.models.functions import ExtractYear
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone

from exportctl import charts, exports, roles
from exportctl.errors import Refused
from exportctl.models import User

from .. import reports
from ..models import Decision, Outcome
from ..reports.report import Filters

PREVIEW = 50
SERIES = {
    "approve": charts.Series("Approved", "good", "solid"),
    "approve_conditions": charts.Series("With conditions", "good", "hatch"),
    "return": charts.Series("Returned", "soon", "dots"),
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
    """Decisions by outcome and year of decision, in one query."""
    counted = (
        Decision.objects.for_user(user)
        .made()
        .annotate(year=ExtractYear("made_at"))
        .values_list("year", "outcome")
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
    context = {"report": report, "formats": exports.FORMATS, "outcomes": Outcome.choices, "given": request.GET}
    try:
        filters = Filters.parse(request.GET.dict())
        if format:
            return download(name=name, filters=filters, format=format, user=user)
    except Refused as refused:
        return render(request, "licenses/report.html", {**context, "refused": refused}, status=refused.status_code)
    rows = list(islice(report.rows(replace(filters, user=user)), PREVIEW + 1))
    shown = [
        [(column, exports.plain(value, column.kind)) for column, value in zip(report.columns, row, strict=True)]
        for row in rows[:PREVIEW]
    ]
    context |= {"rows": shown, "more": len(rows) > PREVIEW, "words": filters.words()}
    return render(request, "licenses/report.html", context)


def download(*, name: str, filters: Filters, format: str, user: User) -> StreamingHttpResponse:
    """The report as a streamed attachment."""
    chunks = reports.run(name=name, filters=filters, format=format, by=user, at=timezone.now())
    kind, suffix = exports.FORMATS[format]
    return StreamingHttpResponse(
        chunks, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}{suffix}"'}
    )

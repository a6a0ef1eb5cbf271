"""Pages on one source of lists: its versions and their growth, and the difference between any two of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from exportctl import roles
from exportctl.models import User

from .. import house, lists
from ..models import ChangeKind, ListSource, ListVersion, VersionState
from .lists import VERDICTS, kinds, more, shown, told

VERSIONS = 100
BARS = 12
SERIES = [("Kept from the version before", "info", "solid"), ("Added", "good", "hatch")]


@login_required
def one(request: HttpRequest, code: str) -> HttpResponse:
    """A source: its age and last verdict, how it grew, its versions, and two of them to compare."""
    source = _load(request, code)
    on = timezone.localdate()
    versions = list(
        source.versions.select_related("imported_by", "released_by").order_by("-number")[:VERSIONS]
    )
    context = {
        "source": source, "versions": versions, "age": source.age_days(on=on),
        "stale": bool(lists.stale(on=on, sources=[source])), "verdict": VERDICTS.get(source.result),
        "growth": growth(versions), "series": SERIES, "choices": comparable(versions),
        "is_house": source.pk == house.SOURCE, "from_files": source.pk in lists.FORMATS,
        "may_import": roles.may(request.user, "list.import"),  # type: ignore[arg-type]
    }  # fmt: skip
    return render(request, "entities/list_source.html", context)


def growth(versions: Sequence[ListVersion]) -> list[tuple[str, list[int]]]:
    """Rows by version, the oldest first: those of the version before it, and those added."""
    published = [one for one in versions if one.state == VersionState.PUBLISHED][:BARS]
    return [
        (f"v{one.number}", [one.rows - min(one.added, one.rows), min(one.added, one.rows)])
        for one in reversed(published)
    ]


def comparable(versions: Sequence[ListVersion]) -> list[ListVersion]:
    """The versions that can be compared: all but those rejected."""
    return [one for one in versions if one.state != VersionState.REFUSED]


@login_required
def compare(request: HttpRequest, code: str) -> HttpResponse:
    """The difference between two versions of a source, `?from=1&to=3`."""
    source = _load(request, code)
    user: User = request.user  # type: ignore[assignment]
    choices = comparable(list(source.versions.order_by("-number")[:VERSIONS]))
    older, newer = (
        next((one for one in choices if str(one.number) == request.GET.get(name)), None)
        for name in ("from", "to")
    )
    context: dict[str, Any] = {"source": source, "choices": choices, "older": older, "newer": newer}
    if older is not None and newer is not None:
        found = lists.compare(older=older, newer=newer, confidential=roles.may(user, "confidential.read"))
        counts = {kind.value: sum(1 for one in found if one.kind == kind) for kind in ChangeKind}
        kind = request.GET.get("kind", "")
        rows = [one for one in found if one.kind == kind] if kind in ChangeKind.values else found
        limit = shown(request)
        context |= {
            "rows": told(rows[:limit], source, user), "more": more(request, rows, limit), "moved": len(rows),
            "kinds": kinds(request, counts, kind), "counts": counts,
        }  # fmt: skip
    return render(request, "entities/list_compare.html", context)


def _load(request: HttpRequest, code: str) -> ListSource:
    roles.require(request.user, "list.read")  # type: ignore[arg-type]
    return get_object_or_404(ListSource.objects.select_related("current"), pk=code)

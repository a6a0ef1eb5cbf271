"""Pages on restricted-party lists: sources and their age, imports, held versions and their release."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from exportctl import roles, shell
from exportctl.errors import Refused
from exportctl.models import Event, Job, User

from .. import lists
from ..forms import ImportForm, ReasonForm
from ..models import (
    ChangeKind,
    Coverage,
    ListChange,
    ListCode,
    ListedParty,
    ListSource,
    ListVersion,
    VersionState,
)
from . import frame
from .compare import names_of
from .wording import differing

RECENT = 8
SHOWN, MOST = 200, 5000
DOZEN = 12  # checks shown at most, unless more failed
PARTS = {
    "row": "Rows", "entry": "Entries", "alias": "Aliases", "address": "Addresses", "comment": "Remarks",
}  # fmt: skip
IN_USE = "is in use. Parties are screened again now."
# what became of the last file of a source: words, tone, icon
VERDICTS = {
    "published": ("Published", "plain", "good"),
    "unchanged": ("Nothing new", "plain", "good"),
    "held": ("Held", "late", "lock"),
    "refused": ("Refused", "late", "no"),
    "unreached": ("Not reached", "soon", "warn"),
}


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Every source with its version in use, its age and its gate; held imports; a re-screening at work."""
    return show(request)


def show(request: HttpRequest, *, form: ImportForm | None = None, status: int = 200) -> HttpResponse:
    """The page of lists; with the import form as it was typed where the file was refused."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "list.read")
    on = timezone.localdate()
    sources = sorted(frame.sources(request), key=lambda source: (source.current_id is None, source.name))
    late = {source.pk for source in lists.stale(on=on, sources=sources)}
    versions = list(
        ListVersion.objects.select_related("source", "imported_by", "released_by").order_by(
            Case(When(state=VersionState.HELD, then=0), default=1), "-imported_at", "-pk"
        )[:RECENT]
    )
    held = [version for version in versions if version.state == VersionState.HELD]
    readable = [source for source in sources if source.code in lists.FORMATS]
    given = {"effective_on": on, "source": request.GET.get("source", "")}
    context = {
        "sources": [
            {"source": source, "age": source.age_days(on=on), "stale": source.pk in late,
             "verdict": VERDICTS.get(source.result)}
            for source in sources
        ],
        "stale_count": len(late), "versions": versions, "held": [(version, checks(version)) for version in held],
        "refused": refused_files(), "form": form or ImportForm(sources=readable, initial=given),
        "may_import": roles.may(user, "list.import"), **progress(),
    }  # fmt: skip
    return render(request, "entities/lists.html", context, status=status)


def checks(version: ListVersion) -> dict[str, Any]:
    """The gate's checks of a version: all failed ones, then passed ones until there are a dozen."""
    ordered = sorted(version.verdict, key=lambda check: check["passed"])
    failed = sum(not check["passed"] for check in ordered)
    shown = ordered[: max(failed, DOZEN)]
    return {"shown": shown, "more": len(ordered) - len(shown), "failed": failed, "count": len(ordered)}


def file_rows(version: ListVersion) -> list[tuple[str, dict[str, int]]]:
    """The rows of a version's file by part, before those of one entry were merged, with the words for a part."""
    return [(PARTS.get(part, part), told) for part, told in version.source_rows.items()]


def refused_files() -> list[dict[str, Any]]:
    """The last files that could not be read: where, why, by whom. Two queries."""
    events = list(Event.objects.filter(verb="list.refused").order_by("-seq")[:5])
    names = names_of(events)
    return [{"at": event.at, "by": names.get(event.actor_id, ""), **event.data["data"]} for event in events]


def progress() -> dict[str, Any]:
    """Imports and re-screenings that are not finished, with their units done. One query."""
    verbs = ("list.received", "list.published")
    found = Job.objects.filter(
        state__in=[Job.State.WAITING, Job.State.RUNNING], event__verb__in=verbs
    ).select_related("event").order_by("created_at")  # fmt: skip
    jobs = list(found[:6])
    return {
        "importing": [job for job in jobs if job.event.verb == "list.received"][:3],
        "jobs": [job for job in jobs if job.event.verb == "list.published"][:3],
    }


@login_required
def jobs(request: HttpRequest) -> HttpResponse:
    """The progress of imports and re-screenings: the part of the page that fetches itself."""
    roles.require(request.user, "list.read")  # type: ignore[arg-type]
    return render(request, "entities/_rescreen.html", progress())


@login_required
def version(request: HttpRequest, pk: int) -> HttpResponse:
    """One version: its checks, what it changed or would change, and its release."""
    return show_version(request, _load(request, pk))


def _load(request: HttpRequest, pk: int) -> ListVersion:
    roles.require(request.user, "list.read")  # type: ignore[arg-type]
    return get_object_or_404(
        ListVersion.objects.select_related("source__current", "imported_by", "released_by"), pk=pk
    )


def show_version(
    request: HttpRequest, version: ListVersion, *, form: ReasonForm | None = None, refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The page of a version; with the reason as it was typed where a verb refused."""
    user: User = request.user  # type: ignore[assignment]
    kind = request.GET.get("kind", "")
    kind = kind if kind in ChangeKind.values else ""
    limit = shown(request)
    rows = lists.difference(
        version, limit=limit + 1, kind=kind, confidential=roles.may(user, "confidential.read")
    )
    of_kind = {"added": version.added, "removed": version.removed, "changed": version.changed}
    context = {
        "version": version, "source": version.source, "checks": checks(version),
        "coverage": Coverage.objects.filter(version=version).first(),
        "actions": {one.action: one for one in lists.next_actions(version, user)},
        "rows": told(rows[:limit], version.source, user), "kind": kind, "more": more(request, rows, limit),
        "moved": of_kind[kind] if kind else sum(of_kind.values()), "kinds": kinds(request, of_kind, kind),
        "form": form or ReasonForm(), "refused": refused, "file_rows": file_rows(version),
    }  # fmt: skip
    return render(request, "entities/list_version.html", context, status=status)


def shown(request: HttpRequest) -> int:
    """How many lines of a difference to show: 200, or as many as the address asks for, at most 5,000."""
    given = request.GET.get("show", "")
    return (
        min(max(int(given), SHOWN), MOST) if given.isascii() and given.isdigit() and len(given) < 6 else SHOWN
    )


def more(request: HttpRequest, rows: Sequence[object], limit: int) -> str:
    """The address that shows more lines; "" where all are shown."""
    if len(rows) <= limit or limit >= MOST:
        return ""
    query = request.GET.copy()
    query["show"] = str(min(limit * 5, MOST))
    return f"?{query.urlencode()}"


def kinds(request: HttpRequest, counts: dict[str, int], current: str) -> list[dict[str, Any]]:
    """The tabs of a difference: everything, and each kind of change there is."""
    query = request.GET.copy()
    query.pop("show", None)
    tabs = [("", "All", sum(counts.values()))]
    tabs += [
        (kind.value, str(kind.label), counts[kind]) for kind in ChangeKind if counts[kind] or kind == current
    ]
    found = []
    for kind, words, count in tabs:
        query["kind"] = kind
        found.append(
            {"words": words, "count": count, "url": f"?{query.urlencode()}", "current": kind == current}
        )
    return found


def told(rows: Sequence[ListChange], source: ListSource, user: User) -> list[dict[str, Any]]:
    """Lines of a difference with the name of their list and the page of their entry. One query."""
    keys = [row.key for row in rows]
    seen = ListedParty.objects.seen_by(user).filter(source=source, key__in=keys)
    pages = dict(seen.values_list("key", "pk")) if keys else {}
    names = dict(ListCode.choices)
    return [
        {"row": row, "list": names.get(row.list, row.list), "entry": pages.get(row.key),
         "fields": differing(row.fields)}
        for row in rows
    ]  # fmt: skip


@login_required
@require_POST
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a held version in force; the second person's act."""
    return _with_reason(request, pk, lists.release, IN_USE)


@login_required
@require_POST
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    """Refuse a held version for good."""
    return _with_reason(request, pk, lists.reject, "is rejected. The version before it stays in use.")


def _with_reason(request: HttpRequest, pk: int, verb: Callable[..., ListVersion], words: str) -> HttpResponse:
    found = _load(request, pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return show_version(request, found, form=form, status=400)
    try:
        verb(version=found, by=request.user, at=timezone.now(), **form.cleaned_data)
    except Refused as refused:
        return show_version(request, found, form=form, refused=refused, status=refused.status_code)
    shell.say(request, f"{found.source.name}, version {found.number}, {words}")
    return redirect("entities:lists")

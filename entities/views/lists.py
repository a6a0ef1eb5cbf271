"""Pages on restricted-party lists: sources and their age, imports, held versions and their release."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from exportctl import roles, shell
from exportctl.errors import Refused
from exportctl.models import Event, Job, User

from .. import lists
from ..forms import ImportForm, ReasonForm, blame
from ..models import ListCode, ListSource, ListVersion, VersionState
from . import frame
from .compare import names_of

RECENT = 12
SHOWN = 200
IN_USE = "is in use. Parties are screened again now."


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Every source with its version in use, its age and its gate; held imports; a re-screening at work."""
    return show(request)


def show(request: HttpRequest, *, form: ImportForm | None = None, status: int = 200) -> HttpResponse:
    """The page of lists; with the import form as it was typed where the file was refused."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "list.read")
    on = timezone.localdate()
    sources = sorted(frame.sources(request), key=lambda source: source.name)
    late = {source.pk for source in lists.stale(on=on)}
    versions = list(
        ListVersion.objects.select_related("source", "imported_by", "released_by").order_by(
            "-imported_at", "-pk"
        )[:RECENT]
    )
    held = [version for version in versions if version.state == VersionState.HELD]
    readable = [source for source in sources if source.code in lists.FORMATS]
    context = {
        "sources": [(source, source.age_days(on=on), source.pk in late) for source in sources],
        "stale_count": len(late), "versions": versions, "held": [(version, checks(version)) for version in held],
        "refused": refused_files(), "form": form or ImportForm(sources=readable, initial={"effective_on": on}),
        "may_import": roles.may(user, "list.import"), **progress(),
    }  # fmt: skip
    return render(request, "entities/lists.html", context, status=status)


def checks(version: ListVersion) -> dict[str, Any]:
    """The gate's checks of a version, the failed ones first."""
    ordered = sorted(version.verdict, key=lambda check: check["passed"])
    return {"all": ordered, "failed": sum(not check["passed"] for check in ordered), "count": len(ordered)}


def refused_files() -> list[dict[str, Any]]:
    """The last files that could not be read: where, why, by whom. Two queries."""
    events = list(Event.objects.filter(verb="list.refused").order_by("-seq")[:5])
    names = names_of(events)
    return [{"at": event.at, "by": names.get(event.actor_id, ""), **event.data["data"]} for event in events]


def progress() -> dict[str, Any]:
    """Re-screenings that are not finished, with their units done. One query."""
    found = Job.objects.filter(state__in=[Job.State.WAITING, Job.State.RUNNING], event__verb="list.published")
    return {"jobs": list(found.order_by("created_at")[:3])}


@login_required
def jobs(request: HttpRequest) -> HttpResponse:
    """The progress of re-screenings: the part of the page that fetches itself every two seconds."""
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
    rows = lists.difference(
        version,
        limit=SHOWN + 1,
        confidential=roles.may(request.user, "confidential.read"),  # type: ignore[arg-type]
    )
    context = {
        "version": version, "source": version.source, "checks": checks(version),
        "actions": {one.action: one for one in lists.next_actions(version, request.user)},  # type: ignore[arg-type]
        "rows": [(row, dict(ListCode.choices).get(row.list, row.list)) for row in rows[:SHOWN]],
        "moved": version.added + version.removed + version.changed, "more": len(rows) > SHOWN,
        "form": form or ReasonForm(), "refused": refused,
    }  # fmt: skip
    return render(request, "entities/list_version.html", context, status=status)


@login_required
@require_POST
def bring_in(request: HttpRequest) -> HttpResponse:
    """Import a list file: published when good, held when a check fails, refused with its line when broken."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "list.import")
    readable = list(ListSource.objects.filter(code__in=lists.FORMATS).order_by("name"))
    form = ImportForm(request.POST, request.FILES, sources=readable)
    if not form.is_valid():
        return show(request, form=form, status=400)
    given, at = form.cleaned_data, timezone.now()
    try:
        staged = _staged(
            given["file"], source=given["source"], effective_on=given["effective_on"], by=user, at=at
        )
    except Refused as refused:
        blame(form, refused)
        return show(request, form=form, status=refused.status_code)
    said = "stays as it is: the file says nothing new."
    if staged.imported_at == at:
        held = staged.state == VersionState.HELD
        said = "is held: a check failed, a second person releases or rejects it." if held else IN_USE
    shell.say(request, f"{staged.source.name}, version {staged.number}, {said}")
    return redirect("entities:list-version", pk=staged.pk)


def _staged(file: UploadedFile[bytes], **given: Any) -> ListVersion:
    """Stage an upload through a file of its own, which is gone afterwards."""
    name = Path(file.name or "upload").name
    with tempfile.TemporaryDirectory(prefix="exportctl-list-") as folder:
        path = Path(folder) / "upload"
        with path.open("wb") as target:
            for chunk in file.chunks():
                target.write(chunk)
        return lists.stage(path=path, file_name=name, **given)


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

"""Bringing a list file in: the upload, how far the worker is with it, and what became of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from exportctl import roles
from exportctl.errors import Refused
from exportctl.models import Event, Job, User

from .. import lists
from ..forms import ImportForm, blame
from ..models import ListSource, ListVersion
from .compare import names_of
from .lists import show

OUTCOMES = ("list.published", "list.held", "list.unchanged", "list.refused")
UNFINISHED = (Job.State.WAITING, Job.State.RUNNING)


@dataclass(frozen=True, slots=True)
class Import:
    """A file that was handed in: its event, the job that reads it, and what became of it.

    `outcome` is published, held, unchanged, refused, failed, or "" while the worker is at it.
    """

    received: Event
    job: Job | None
    outcome: str
    told: dict[str, Any]
    version: ListVersion | None

    @property
    def file(self) -> dict[str, Any]:
        return dict(self.received.data["data"])

    @property
    def effective_on(self) -> date:
        return date.fromisoformat(self.file["effective_on"])

    @property
    def read(self) -> bool:
        """Whether the file is read to its end and only the comparing is left."""
        return self.job is not None and 0 < self.job.total <= self.job.done


def find(source: ListSource, digest: str) -> Import:
    """The newest import of that file into a source; Http404 where there was none. Four queries at most."""
    received = (
        Event.objects.filter(
            object_type="entities.listsource", object_id=source.pk, verb="list.received",
            data__data__content_hash=digest,
        ).order_by("-seq").first()
    )  # fmt: skip
    if received is None:
        raise Http404
    job = Job.objects.filter(reader="lists.import", event=received).first()
    after = Event.objects.filter(
        verb__in=OUTCOMES, seq__gt=received.seq, data__data__content_hash=digest
    ).order_by("seq")
    said = after.first()
    if said is not None:
        outcome, told = said.verb.removeprefix("list."), dict(said.data["data"])
    elif job is None or job.state in UNFINISHED:
        outcome, told = "", {}
    else:
        outcome, told = ("failed" if job.state == Job.State.DEAD else "held"), {}
    version = None
    if outcome in ("published", "held", "unchanged"):
        versions = source.versions.order_by("-number")
        version = versions.filter(
            **({"number": told["version"]} if outcome == "unchanged" else {"content_hash": digest})
        ).first()
    if outcome == "held" and version is None:  # the kept file was gone before it was read
        outcome = "failed"
    return Import(received, job, outcome, told, version)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bring_in(request: HttpRequest) -> HttpResponse:
    """Take a list file; the worker reads it, and its page shows how far it is. Read, it leads to the form."""
    if request.method != "POST":
        return redirect(f"{reverse('entities:lists')}#import")
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "list.import")
    readable = list(ListSource.objects.filter(code__in=lists.FORMATS).order_by("name"))
    form = ImportForm(request.POST, request.FILES, sources=readable)
    if not form.is_valid():
        return show(request, form=form, status=400)
    given = form.cleaned_data
    source: ListSource = given["source"]
    try:
        with on_disk(given["file"]) as path:
            digest = lists.receive(
                source=source, path=path, effective_on=given["effective_on"], by=user,
                at=timezone.now(),
            )  # fmt: skip
    except Refused as refused:
        blame(form, refused)
        return show(request, form=form, status=refused.status_code)
    return redirect("entities:list-received", code=source.pk, digest=digest)


@contextmanager
def on_disk(file: UploadedFile[bytes]) -> Iterator[Path]:
    """An upload as a file of its own, under its own name, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="exportctl-list-") as folder:
        path = Path(folder) / (Path(file.name or "").name or "upload")
        with path.open("wb") as target:
            for chunk in file.chunks():
                target.write(chunk)
        yield path


@login_required
@vary_on_headers("HX-Request")
def one(request: HttpRequest, code: str, digest: str) -> HttpResponse:
    """An import: how far it is, then its verdict. htmx asks for the inner part alone."""
    roles.require(request.user, "list.read")  # type: ignore[arg-type]
    source = get_object_or_404(ListSource.objects.select_related("current"), pk=code)
    found = find(source, digest)
    context = {"source": source, "digest": digest, "found": found}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "entities/_import.html", context)
    by = names_of([found.received]).get(found.received.actor_id, "")
    return render(request, "entities/list_import.html", {**context, "by": by})

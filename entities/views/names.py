"""Screening many names in the browser: paste or upload them, see how far it is, read and take out the answers."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.vary import vary_on_headers

from exportctl import roles, shell, takeouts
from exportctl.errors import Refused
from exportctl.exports import Column
from exportctl.models import User

from .. import batches, namelines, worlds
from ..forms import blame
from ..matching.score import REVIEW
from ..models import NameBatch
from ..outcomes import GRAVITY, WORDS

ROWS = 50
SHOWN = 5  # entries told a name
LATEST = 10
LARGEST = 5 * 1024 * 1024
TONES = {
    "PROHIBITED": ("late", "no"), "LICENSE_REQUIRED": ("late", "warn"), "NO_EXCEPTIONS": ("soon", "warn"),
    "RED_FLAG": ("soon", "warn"), "NO_MATCH_NAME_ONLY": ("plain", "good"),
}  # fmt: skip
FILTERS = {
    "": "All", batches.MATCHED: "With a match", "PROHIBITED": "Prohibited", "LICENSE_REQUIRED": "License required",
    "NO_EXCEPTIONS": "No exceptions", "RED_FLAG": "Red flag", "NO_MATCH_NAME_ONLY": "No match by name",
}  # fmt: skip
COLUMNS = (
    Column("place", "No.", "number"), Column("id", "Id"), Column("name", "Name"), Column("outcome", "Outcome"),
    Column("words", "Outcome in words"), Column("reasons", "Reasons", "list"), Column("score", "Best score", "number"),
    Column("band", "Band"), Column("entry", "Best entry"), Column("list", "List"),
    Column("hits", "Entries told", "number"),
)  # fmt: skip


class NamesForm(forms.Form):
    """Names as they are at hand: pasted, or in a file."""

    names = forms.CharField(
        label="Names", required=False, max_length=2_000_000, strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
        help_text="One a line; a country of two letters after a semicolon or tab where you know it: Beispiel GmbH; DE",
    )  # fmt: skip
    file = forms.FileField(
        label="Or a file", required=False,
        help_text="Text with one name a line, or CSV with the columns name, country, id; UTF-8, at most 5 MB",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        file = given.get("file")
        if file is not None and file.size > LARGEST:
            self.add_error("file", "The file is larger than 5 MB. Part it.")
        elif file is not None:
            try:
                given["names"] = file.read().decode("utf-8-sig")
            except UnicodeDecodeError:
                self.add_error("file", "The file is no UTF-8 text. Save it as CSV UTF-8 and try again.")
        return given


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Hand names in; one's batches of the last week."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "screening.run")
    form = NamesForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                asked = namelines.read(form.cleaned_data["names"], most=batches.MOST)
                batch = batches.receive(asked, limit=SHOWN, minimum=REVIEW, by=user, at=timezone.now())
            except Refused as refused:
                blame(form, refused)
                status = refused.status_code
            else:
                return redirect("entities:names-batch", pk=batch.pk)
    mine = NameBatch.objects.filter(by=user).order_by("-at")[:LATEST]
    context = {
        "form": form, "most": batches.MOST, "kept": batches.KEPT.days,
        "mine": [(batch, batches.done(batch)) for batch in mine],
    }  # fmt: skip
    return render(request, "entities/names.html", context, status=status)


@login_required
@vary_on_headers("HX-Request")
def one(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """How far a batch is, and its answers so far; the part that fetches itself, and CSV, at the same address."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "screening.run")
    batch = get_object_or_404(NameBatch, by=user, pk=pk)
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in FILTERS else ""
    if request.GET.get("format") == "csv":
        return _csv(request, batch, chosen)
    done, counted = batches.done(batch), batches.tally(batch)
    matched = sum(number for code, number in counted.items() if code != "NO_MATCH_NAME_ONLY")
    counts = {"": done, batches.MATCHED: matched, **counted}
    page = Paginator(range(counts.get(chosen, 0)), ROWS).get_page(request.GET.get("page"))
    rows = batches.answered(batch, outcome=chosen, limit=ROWS, offset=max(page.start_index() - 1, 0))
    context = {
        "batch": batch, "done": done, "finished": done >= batch.total, "page": page, "chosen": chosen,
        "rows": [_row(row) for row in rows], "worlds": _worlds(batch), "may_take": roles.may(user, "report.export"),
        "tabs": [
            {"words": words, "url": f"?show={code}" if code else "?", "current": code == chosen,
             "count": counts.get(code, 0)}
            for code, words in FILTERS.items() if code in ("", batches.MATCHED) or counts.get(code)
        ],
    }  # fmt: skip
    part = "entities/_names.html" if request.htmx else "entities/names_batch.html"  # type: ignore[attr-defined]
    return render(request, part, context)


def _row(row: dict[str, Any]) -> dict[str, Any]:
    code = row.get("outcome") or "RED_FLAG"
    tone, icon = TONES[code]
    return {**row, "words": WORDS[code], "tone": tone, "icon": icon, "grave": GRAVITY[code] > 1}


def _worlds(batch: NameBatch) -> list[str]:
    found = batch.chunks.exclude(world="").order_by("world").values_list("world", flat=True).distinct()
    return [f"{worlds.engine_of(name)}; lists {name.split('; ', 1)[-1]}" for name in found[:3]]


def _csv(request: HttpRequest, batch: NameBatch, chosen: str) -> StreamingHttpResponse:
    rows = (
        [
            row["place"], row["id"], row["name"], row.get("outcome", ""), row.get("words", ""), row.get("reasons", []),
            *((best["score"], best["band"], best["name"], best["list"]) if (best := next(iter(row["hits"]), None))
              else (None, "", "", "")), len(row["hits"]),
        ]
        for row in batches.answered(batch, outcome=chosen)
    )  # fmt: skip
    chunks = takeouts.take(
        name="screened-names", title="Screened names", columns=COLUMNS, rows=rows, format="csv",
        filters={"batch": str(batch.pk), "show": chosen}, by=request.user, at=timezone.now(),  # type: ignore[arg-type]
    )  # fmt: skip
    return shell.file(chunks, name="screened-names", format="csv")

"""The house list: agency letters, red flags and notices of the day, entered and ended by people."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from exportctl import roles, shell
from exportctl.errors import Refused
from exportctl.models import User

from .. import house
from ..forms import HouseFileForm, HouseForm, ReasonForm, blame
from ..models import ListedParty, ListSource
from . import frame
from .imports import on_disk


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """The open entries and the form for a new one."""
    user: User = request.user  # type: ignore[assignment]
    if request.method != "POST":
        return _show(request, HouseForm(initial={"effective_on": timezone.localdate()}))
    roles.require(user, house.PERMISSION)
    form = HouseForm(request.POST)
    if form.is_valid():
        try:
            entry = house.add(**form.facts(), by=user, at=timezone.now())
        except Refused as refused:
            blame(form, refused)
            return _show(request, form, status=refused.status_code)
        shell.say(request, f"{entry.name} is on the house list. Parties are screened again now.")
        return redirect("entities:house")
    return _show(request, form, status=400)


@login_required
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """One entry: its facts as a form, and its end."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, house.PERMISSION)
    entry = _entry(user, pk)
    listing = entry.listings.select_related("listed_party").get(removed_in=None)
    if request.method != "POST":
        return _show(request, HouseForm.of(house.facts_of(listing)), entry=entry)
    form = HouseForm(request.POST)
    if form.is_valid():
        try:
            house.change(entry=entry, **form.facts(), by=user, at=timezone.now())
        except Refused as refused:
            blame(form, refused)
            return _show(request, form, entry=entry, status=refused.status_code)
        shell.say(request, f"{entry.name} is changed. Parties are screened again now.")
        return redirect("entities:house")
    return _show(request, form, entry=entry, status=400)


@login_required
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End an entry today, with a reason."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, house.PERMISSION)
    entry, ending = _entry(user, pk), ReasonForm(request.POST)
    listing = entry.listings.select_related("listed_party").get(removed_in=None)
    if not ending.is_valid():
        return _show(request, HouseForm.of(house.facts_of(listing)), entry=entry, ending=ending, status=400)
    house.end(entry=entry, by=user, at=timezone.now(), **ending.cleaned_data)
    shell.say(request, f"{entry.name} left the house list. True matches on it are open for review.")
    return redirect("entities:house")


@login_required
@require_POST
def bring_in(request: HttpRequest) -> HttpResponse:
    """Enter or change the entries of a CSV file, all of them or none."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, house.PERMISSION)
    form = HouseFileForm(request.POST, request.FILES)
    blank = HouseForm(initial={"effective_on": timezone.localdate()})
    if not form.is_valid():
        return _show(request, blank, file=form, status=400)
    before = ListSource.objects.values_list("current", flat=True).get(pk=house.SOURCE)
    try:
        with on_disk(form.cleaned_data["file"]) as path:
            version = house.bring_in(path=path, by=user, at=timezone.now())
    except Refused as refused:
        for blocker in refused.blockers:  # one a line on top; beside the field they would run on
            form.add_error(None, f"{blocker.message} {blocker.remedy}".strip())
        return _show(request, blank, file=form, status=refused.status_code)
    if version.pk == before:
        shell.say(request, "The house list stays as it is: the file says nothing new.")
        return redirect("entities:house")
    shell.say(
        request,
        f"House list, version {version.number}: {version.added} entered, {version.changed} changed. "
        "Parties are screened again now.",
    )
    return redirect("entities:house")


@login_required
@require_POST
def review(request: HttpRequest) -> HttpResponse:
    """Note that the list was looked through and still holds."""
    house.review(by=request.user, at=timezone.now())  # type: ignore[arg-type]
    shell.say(request, "Noted: the house list was looked through today and still holds.")
    return redirect("entities:house")


def _entry(user: User, pk: int) -> ListedParty:
    seen = ListedParty.objects.current().seen_by(user)
    return get_object_or_404(seen, pk=pk, source=house.SOURCE)


def _show(
    request: HttpRequest, form: HouseForm, *, entry: ListedParty | None = None, ending: ReasonForm | None = None,
    file: HouseFileForm | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "list.read")
    on = timezone.localdate()
    source = next((one for one in frame.sources(request) if one.pk == house.SOURCE), None)
    context: dict[str, Any] = {
        "entries": [(one, one.legal_effect(on=on)) for one in ([] if entry else house.entries(user))],
        "form": form, "entry": entry, "ending": ending or ReasonForm(), "file_form": file or HouseFileForm(),
        "may_edit": roles.may(user, house.PERMISSION), "columns": house.COLUMNS, "source": source,
        "age": source.age_days(on=on) if source else None,
        "stale": bool(source and source.current_id and source.is_stale(on=on)),
    }  # fmt: skip
    return render(request, "entities/house.html", context, status=status)

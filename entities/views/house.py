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
from ..forms import HouseForm, ReasonForm, blame
from ..models import ListedParty


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


def _entry(user: User, pk: int) -> ListedParty:
    seen = ListedParty.objects.current().seen_by(user)
    return get_object_or_404(seen, pk=pk, source=house.SOURCE)


def _show(
    request: HttpRequest, form: HouseForm, *, entry: ListedParty | None = None, ending: ReasonForm | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "list.read")
    context: dict[str, Any] = {
        "entries": house.entries(user), "form": form, "entry": entry, "ending": ending or ReasonForm(),
        "may_edit": roles.may(user, house.PERMISSION),
    }  # fmt: skip
    return render(request, "entities/house.html", context, status=status)

"""The platform's own pages: the event log and the table of roles."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from . import audit, roles, telling
from .models import Event, User

ROWS = 50


class AuditFilter(forms.Form):
    """What to look for in the event log; every field may stay empty."""

    object = forms.CharField(
        required=False, max_length=200, label="Object",
        help_text="Its id (17), type and id (entities.party 17), or words such as a case number",
    )  # fmt: skip
    person = forms.CharField(required=False, max_length=150, label="Person", help_text="User name")
    verb = forms.CharField(
        required=False, max_length=60, label="Event", help_text="For example decision.made, or decision"
    )
    since = forms.DateField(
        required=False, label="Recorded from", widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        required=False, label="Recorded to", widget=forms.DateInput(attrs={"type": "date"})
    )
    before = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        since, until = found.get("since"), found.get("until")
        if since and until and until < since:
            self.add_error("until", "This day is before the first one. Choose a later day.")
        return found


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def audit_log(request: HttpRequest) -> HttpResponse:
    """The event log, newest first, by object, person, event and day. POST re-hashes the whole chain."""
    roles.require(request.user, "audit.read")  # type: ignore[arg-type]
    form = AuditFilter(request.GET)
    found, status = [], 400
    if form.is_valid():
        found, status = list(matching(form.cleaned_data)[: ROWS + 1]), 200
    chain, wrong_head = None, ""
    if request.method == "POST":
        try:
            chain = audit.verify(head=request.POST.get("head", "").strip())
        except ValueError as error:
            wrong_head, status = str(error), 400
    for event in found:
        event.told = telling.body_of(event)  # type: ignore[attr-defined]
    context = {
        "form": form,
        "events": found[:ROWS],
        "after": found[ROWS - 1].seq if len(found) > ROWS else None,
        "chain": chain,
        "wrong_head": wrong_head,
        "last": Event.objects.order_by("-seq").first(),
    }
    return render(request, "exportctl/audit.html", context, status=status)


def matching(asked: dict[str, Any]) -> QuerySet[Event]:
    """The events a filter asks for, newest first."""
    events = Event.objects.order_by("-seq")
    if asked.get("object"):
        events = events.filter(about(asked["object"].strip()))
    if asked.get("person"):
        names = User.objects.filter(username__iexact=asked["person"].strip())
        events = events.filter(actor_id__in=list(names.values_list("pk", flat=True)))
    if verb := (asked.get("verb") or "").strip():
        events = events.filter(verb=verb) if "." in verb else events.filter(verb__startswith=f"{verb}.")
    if asked.get("since"):
        events = events.filter(recorded_at__gte=midnight(asked["since"]))
    if asked.get("until"):
        events = events.filter(recorded_at__lt=midnight(asked["until"] + timedelta(days=1)))
    return events.filter(seq__lt=asked["before"]) if asked.get("before") else events


def about(text: str) -> Q:
    """An object by "17", by "entities.party 17", or any event whose text holds the words."""
    kind, _, number = text.rpartition(" ")
    if kind and "." in kind and " " not in kind:
        return Q(object_type=kind.lower(), object_id=number)
    return Q(object_id=text) if text.isdecimal() else Q(body__icontains=text)


def midnight(day: Any) -> datetime:
    """The first moment of a day, in the time zone of the installation."""
    return timezone.make_aware(datetime.combine(day, time.min))


@login_required
@require_safe
def role_table(request: HttpRequest) -> HttpResponse:
    """Who may do what: the table the product itself asks, for everyone to read."""
    mine = {role.code for role in roles.roles_of(request.user)}  # type: ignore[arg-type]
    rows = [
        {
            "role": role,
            "sees": roles.SEES[role.sees],
            "mine": role.code in mine,
            "may": sorted(role.permissions),
        }
        for role in roles.ROLES.values()
    ]
    return render(request, "exportctl/roles.html", {"rows": rows})


@login_required
@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Prolong the session: it ends its full time after this moment."""
    request.session.modified = True
    return HttpResponse(status=204)

"""The page of delegations of authority: what stands and stood, a preview of what a new one covers, record and end."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from exportctl import roles, shell
from exportctl.errors import Refused

from .. import delegations
from ..forms.delegations import DelegationForm, EndDelegationForm
from ..models import Delegation
from .page import page, user_of

SHOWN = 20  # cases of a preview
LATEST = 50


@page("delegation.read")
def index(request: HttpRequest) -> HttpResponse:
    """The delegations, those in force first, and the form of a new one."""
    return shown(request)


def shown(request: HttpRequest, *, status: int = 200, tried: Any = None, **more: Any) -> HttpResponse:
    """The page; `tried` is (delegation, its refused form)."""
    by, today = user_of(request), timezone.localdate()
    may = roles.may(by, "delegation.record") and by.is_person
    found = Delegation.objects.select_related("recorded_by", "ended_by").annotate(left_out=Count("waivers"))
    rows = [told(each, today, tried, may=may) for each in found.order_by("-pk")[:LATEST]]
    context = {
        "standing": [row for row in rows if row["state"] != "ended"],
        "ended": [row for row in rows if row["state"] == "ended"],
        "may_record": may,
        "form": DelegationForm(initial={"since": today}),
    }
    return render(request, "licenses/delegations.html", context | more, status=status)


def told(row: Delegation, today: Any, tried: Any, *, may: bool) -> dict[str, Any]:
    """A delegation as it stands on a day, with the form of its end."""
    state = "ended" if row.until and row.until <= today else "to come" if row.since > today else "in force"
    key, form = tried or (None, None)
    return {
        "one": row,
        "state": state,
        "words": state.capitalize(),
        "tone": {"ended": "plain", "to come": "soon", "in force": "good"}[state],
        "may_end": may and state != "ended" and row.ended_at is None,
        "form": form if key == row.pk else EndDelegationForm(auto_id=f"end-{row.pk}_%s"),
        "open": key == row.pk,
    }


@page("delegation.read")
@require_POST
def record(request: HttpRequest) -> HttpResponse:
    """Show what the delegation would leave out (`preview`), or record it."""
    by, today = user_of(request), timezone.localdate()
    roles.require(by, "delegation.record", person=True)
    form = DelegationForm(request.POST)
    if not form.is_valid():
        return shown(request, status=400, form=form, wrong=form)
    try:
        if "preview" in request.POST:
            row = delegations.checked(**form.cleaned_data)
            covered = delegations.pending(row, max(today, row.since))
            preview = {"cases": covered[:SHOWN], "more": max(0, len(covered) - SHOWN), "count": len(covered)}
            return shown(request, form=form, preview=preview)
        delegations.record(**form.cleaned_data, by=by, at=timezone.now())
    except Refused as refused:
        return shown(request, status=refused.status_code, form=form, refused=refused.blockers)
    shell.say(request, "The delegation is on record.")
    return redirect("licenses:delegations")


@page("delegation.read")
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a delegation with a reason."""
    by, row = user_of(request), get_object_or_404(Delegation, pk=pk)
    roles.require(by, "delegation.record", person=True)
    form = EndDelegationForm(request.POST, auto_id=f"end-{pk}_%s")
    if not form.is_valid():
        return shown(request, status=400, tried=(pk, form), wrong=form)
    try:
        delegations.end(delegation=row, **form.cleaned_data, by=by, at=timezone.now())
    except Refused as refused:
        return shown(request, status=refused.status_code, tried=(pk, form), refused=refused.blockers)
    shell.say(request, "The delegation ends; what it left out before stays.")
    return redirect("licenses:delegations")

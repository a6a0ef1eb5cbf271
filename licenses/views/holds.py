"""Policy holds: what stands, a preview of what a new one would cover, placing and lifting."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from exportctl import roles, shell
from exportctl.errors import Refused

from .. import holds
from ..forms.draft import HoldForm
from ..models import PolicyHold
from .page import page, user_of

SHOWN = 20  # cases of a preview
LATEST = 50


@page("policy.read")
def index(request: HttpRequest) -> HttpResponse:
    """The holds, those that stand first, and the form of a new one."""
    return shown(request)


def shown(request: HttpRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    by = user_of(request)
    rows = PolicyHold.objects.select_related("party", "placed_by", "lifted_by")
    context = {
        "standing": rows.standing().order_by("-pk"), "lifted": rows.exclude(lifted_at=None).order_by("-pk")[:LATEST],
        "may_hold": roles.may(by, "policy.hold") and by.is_person,
        "may_lift": roles.may(by, "policy.lift") and by.is_person, "by": by,
        "form": HoldForm(user=by),
    }  # fmt: skip
    return render(request, "licenses/holds.html", context | more, status=status)


@page("policy.read")
@require_POST
def place(request: HttpRequest) -> HttpResponse:
    """Show what the hold would cover (`preview`), or place it."""
    by = user_of(request)
    roles.require(by, "policy.hold", person=True)
    form = HoldForm(request.POST, user=by)
    if not form.is_valid():
        return shown(request, status=400, form=form)
    try:
        if "preview" in request.POST:
            covered = holds.pending(holds.checked(**form.cleaned_data))
            more = max(0, len(covered) - SHOWN)
            return shown(
                request, form=form, preview={"cases": covered[:SHOWN], "more": more, "count": len(covered)}
            )
        holds.place(**form.cleaned_data, by=by, at=timezone.now())
    except Refused as refused:
        return shown(request, status=refused.status_code, form=form, refused=refused.blockers)
    shell.say(request, "The hold stands: nothing it covers is approved.")
    return redirect("licenses:holds")


@page("policy.read")
@require_POST
def lift(request: HttpRequest, pk: int) -> HttpResponse:
    """Lift a hold with a reason."""
    hold = get_object_or_404(PolicyHold, pk=pk)
    try:
        holds.lift(hold=hold, reason=request.POST.get("reason", ""), by=user_of(request), at=timezone.now())
    except Refused as refused:
        return shown(request, status=refused.status_code, refused=refused.blockers)
    shell.say(request, "The hold is lifted.")
    return redirect("licenses:holds")

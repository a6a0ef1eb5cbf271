"""The page of the review bodies: the regulation's as they stand, one's own added, changed and ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from exportctl import roles, shell
from exportctl.errors import Refused

from .. import bodies
from ..forms.bodies import BodyForm, EndBodyForm, NewBodyForm
from ..models import ReviewBody
from .page import page, user_of

# what is done with a body -> its form, the verb, and what is said when it is done
ACTS: dict[str, tuple[Any, Callable[..., Any], str]] = {
    "change": (BodyForm, bodies.change, "The review body is changed."),
    "end": (EndBodyForm, bodies.end, "The review body is ended; what it said stays on record."),
}


@page("body.read")
def index(request: HttpRequest) -> HttpResponse:
    """Every review body, and the form of a new one for who may add it."""
    return shown(request)


def shown(request: HttpRequest, *, status: int = 200, tried: Any = None, **more: Any) -> HttpResponse:
    """The page; `tried` is the refused form of (body, act)."""
    by, today = user_of(request), timezone.localdate()
    may = roles.may(by, "body.manage") and by.is_person
    rows = [told(each, tried, may=may) for each in ReviewBody.objects.order_by("pk")]
    context = {
        "agencies": [row["body"] for row in rows if not row["body"].own],
        "own": [row for row in rows if row["body"].own],
        "may_manage": may,
        "today": today,
        "new": NewBodyForm(initial={"since": today}, auto_id="new_%s"),
    }
    return render(request, "licenses/bodies.html", context | more, status=status)


def told(body: ReviewBody, tried: Any, *, may: bool) -> dict[str, Any]:
    """A body with its forms, the refused one among them."""
    key, act, form = tried or (None, "", None)
    known = {name: getattr(body, name) for name in BodyForm.base_fields}
    open_act = act if key == body.pk else ""
    return {
        "body": body,
        "may": may and body.own and body.until is None,
        "change": form if open_act == "change" else BodyForm(initial=known, auto_id=f"change-{body.pk}_%s"),
        "end": form if open_act == "end" else EndBodyForm(auto_id=f"end-{body.pk}_%s"),
        "open": open_act,
    }


@page("body.read")
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Add a body of one's own."""
    by = user_of(request)
    roles.require(by, "body.manage", person=True)
    form = NewBodyForm(request.POST, auto_id="new_%s")
    if not form.is_valid():
        return shown(request, status=400, new=form, wrong=form)
    try:
        bodies.add(**form.cleaned_data, by=by, at=timezone.now())
    except Refused as refused:
        return shown(request, status=refused.status_code, new=form, refused=refused.blockers)
    shell.say(request, "The review body stands; give seats for it in the administration.")
    return redirect("licenses:bodies")


@page("body.read")
@require_POST
def act(request: HttpRequest, code: str, action: str) -> HttpResponse:
    """Change or end a body of one's own."""
    if action not in ACTS:
        raise Http404(action)
    by, body = user_of(request), get_object_or_404(ReviewBody, code=code)
    roles.require(by, "body.manage", person=True)
    shape, verb, said = ACTS[action]
    form = shape(request.POST, auto_id=f"{action}-{body.pk}_%s")
    tried = (body.pk, action, form)
    if not form.is_valid():
        return shown(request, status=400, tried=tried, wrong=form)
    try:
        verb(body=body, **form.cleaned_data, by=by, at=timezone.now())
    except Refused as refused:
        return shown(request, status=refused.status_code, tried=tried, refused=refused.blockers)
    shell.say(request, said)
    return redirect("licenses:bodies")

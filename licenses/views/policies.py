"""License review policies: each one's versions by date, with citations."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from entities.models import PolicyCode
from exportctl import roles

from ..forms.register import OnForm
from ..models import Policy, PolicyVersion
from .page import page, user_of

TONES = {PolicyCode.PD: "late", PolicyCode.POD: "late", PolicyCode.CBC: "soon", PolicyCode.MIXED: "soon"}


@page("policy.read")
def index(request: HttpRequest) -> HttpResponse:
    """Every policy as a table of its versions; `?on=` marks what was in force on a day."""
    today = timezone.localdate()
    form = OnForm(request.GET if "on" in request.GET else None, initial={"on": today})
    on = (form.is_bound and form.is_valid() and form.cleaned_data["on"]) or today
    versions = Prefetch("versions", PolicyVersion.objects.order_by("-period"))
    shown = [
        {"policy": policy, "versions": [told(version, on) for version in policy.versions.all()]}
        for policy in Policy.objects.prefetch_related(versions).order_by("name")
    ]
    may = roles.permissions_of(user_of(request))
    context = {
        "form": form, "on": on, "policies": shown, "may_see_bodies": "body.read" in may,
        "may_see_delegations": "delegation.read" in may,
    }  # fmt: skip
    return render(request, "licenses/policies.html", context)


def told(version: PolicyVersion, on: date) -> dict[str, Any]:
    """A version with its first and last day; periods are stored half-open and told inclusive."""
    code = PolicyCode(version.policy_code) if version.policy_code in PolicyCode.values else PolicyCode.NONE
    return {
        "version": version,
        "first": version.period.lower,
        "last": version.period.upper and version.period.upper - timedelta(days=1),
        "holds": on in version.period,
        "code": code.label,
        "tone": TONES.get(code, "plain"),
    }

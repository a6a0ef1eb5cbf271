"""Decisions: approvals, denials and the rest, newest first."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from exportctl import roles

from ..forms.case import SAID
from ..models import Decision, Outcome, ReturnReason
from ..workflow import GRANTING
from .page import asked, older, page, user_of

GROUPS = {
    "": ("All", tuple(Outcome.values)),
    "approved": ("Approvals", tuple(sorted(GRANTING))),
    "denied": ("Denials", (Outcome.DENY, Outcome.INTEND_TO_DENY)),
    "returned": ("Returned", (Outcome.RETURN, Outcome.NO_LICENSE)),
}
TONES = {
    Outcome.APPROVE: "good",
    Outcome.APPROVE_CONDITIONS: "good",
    Outcome.APPROVE_PART: "good",
    Outcome.NO_LICENSE: "soon",
    Outcome.INTEND_TO_DENY: "late",
    Outcome.DENY: "late",
    Outcome.RETURN: "soon",
}


def told(decision: Decision) -> str:
    """The outcome in words; on the company route it is the agency's, never ours."""
    words = SAID[Outcome(decision.outcome)]
    if decision.final_at is not None:
        words = f"Denied, final {decision.final_at:%b} {decision.final_at.day}, {decision.final_at.year}"
    return f"{decision.authority}: {words.lower()}" if decision.recorded else words


@page("application.read")
def index(request: HttpRequest) -> HttpResponse:
    """Decisions made or recorded; `?outcome=approved|denied|returned` or one outcome of the API."""
    group, wanted = request.GET.get("outcome", ""), asked(request)
    outcomes = GROUPS[group][1] if group in GROUPS else tuple({group} & set(Outcome.values))
    found = (
        Decision.objects.for_user(user_of(request))
        .standing()
        .filter(outcome__in=outcomes)
        .select_related("application__applicant", "proposed_by", "countersigned_by", "license")
    )
    if wanted:
        found = found.filter(
            Q(application__number__iexact=wanted) | Q(application__applicant__name__icontains=wanted)
        )
    rows, after = older(found, request.GET.get("before", ""))
    shown = [
        {
            "decision": row,
            "words": told(row),
            "tone": TONES[Outcome(row.outcome)],
            "reason": ReturnReason(row.reason_code).label if row.reason_code else "",
        }
        for row in rows
    ]
    tabs = [
        {"words": words, "url": f"?outcome={code}" if code else "?", "current": code == group}
        for code, (words, _) in GROUPS.items()
    ]
    context = {"rows": shown, "after": after, "tabs": tabs, "outcome": group, "wanted": wanted}
    context["may_export"] = roles.may(user_of(request), "report.export")
    return render(request, "licenses/decisions.html", context)

"""Conditions on the pages of a case and its license: how each stands, every step, and what may be done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from exportctl import documents, roles, shell
from exportctl.errors import Refused
from exportctl.models import User

from .. import applications, cases, conditions, riders, workflow
from ..forms import conditions as forms
from ..models import (
    Application,
    Attachment,
    Body,
    Condition,
    ConditionStep,
    License,
    PartyRole,
    StepKind,
)
from .page import user_of

Call = Callable[..., object]
# action -> the verb, and what is said when it is done
ACTS: dict[str, tuple[Call, str]] = {
    "change_condition": (conditions.change, "The condition is changed; the filer is asked again."),
    "agree_condition": (conditions.agree, "Your body’s agreement is on record."),
    "accept_condition": (conditions.accept, "The condition is accepted."),
    "decline_condition": (conditions.decline, "The condition is declined with your reason."),
    "remove_condition": (conditions.remove, "The condition is removed; it stays on the record."),
    "meet_condition": (conditions.meet, "It is on record as done."),
    "waive_condition": (conditions.waive, "The condition is waived."),
}
PRESSED = ("accept_condition", "agree_condition")  # nothing is asked: a button on the row
SHORT = {
    "change_condition": "Change", "agree_condition": "Agree", "accept_condition": "Accept condition",
    "decline_condition": "Decline", "remove_condition": "Remove", "meet_condition": "Show it is done",
    "waive_condition": "Waive",
}  # fmt: skip
TONES = {
    riders.State.OPEN: ("plain", "date"),
    riders.State.MET: ("good", "good"),
    riders.State.LATE: ("late", "late"),
    riders.State.WAIVED: ("plain", "return"),
}
BODIES_ONLY = (StepKind.AGREED,)  # an applicant does not see who advised what
REASONS_TOLD = (StepKind.DECLINED, StepKind.MET, StepKind.WAIVED)


def rows(
    found: Iterable[Condition], *, case: Application, user: User, on: date, review: bool, seats: frozenset[str],
    offers: dict[str, Any] | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Each condition as it is shown: standing, what is due, agreements, steps and buttons.

    Reads `steps`; two queries where the case has a license and conditions.
    """
    found = list(found)
    for each in found:
        each.application = case
    license: License | None = getattr(case, "license", None)
    stand = conditions.standings(found, on) if found else {}
    lanes = {each.body for each in case.referrals.all() if not each.own} if offers else set()
    office = roles.sees(user) == "all"
    offered = {name: offers[name] for name in ACTS if offers and name in offers}
    told = []
    for each in found:
        steps = list(each.steps.all())
        open_to = possible(each, stand[each.pk], user=user, office=office, seats=seats, lanes=lanes)
        told.append(
            {
                "condition": each,
                "binds": PartyRole(each.addressee).label.lower(),
                **chip(each, stand[each.pk], licensed=license is not None),
                "standing": stand[each.pk],
                "agreed": [Body(body).label for body in sorted(conditions.agreed(each)) if body] if review else [],
                "unagreed": review and each.withdrawn_at is not None and each.origin not in conditions.agreed(each),
                "steps": [step_row(step, review) for step in steps if review or step.kind not in BODIES_ONLY],
                "offers": [button(offer, name) for name, offer in offered.items() if name in open_to],
            }
        )  # fmt: skip
    return told


def chip(condition: Condition, standing: riders.Standing, *, licensed: bool) -> dict[str, Any]:
    """The state of a condition in one chip: before the decision its acceptance, on a license what is due."""
    if condition.withdrawn_at is not None:
        return {"tone": "plain", "icon": "return", "words": "Removed", "day": condition.withdrawn_at}
    if licensed or condition.waived_at is not None:
        tone, icon = TONES[standing.state]
        return {"tone": tone, "icon": icon, "words": standing.words, "day": condition.waived_at}
    if condition.accepted_at is not None:
        return {"tone": "good", "icon": "good", "words": "Accepted", "day": condition.accepted_at}
    if condition.declined_at is not None:
        return {"tone": "late", "icon": "no", "words": "Declined", "day": condition.declined_at}
    return {"tone": "soon", "icon": "soon", "words": "Waits for the applicant", "day": None}


def step_row(step: ConditionStep, review: bool) -> dict[str, Any]:
    """One step in words. The reasons the bodies give each other are not an applicant's to read."""
    return {
        "words": step.get_kind_display(),
        "at": step.at,
        "by": step.by.name,
        "body": step.get_body_display() or "the applicant",
        "reason": step.reason if review or step.kind in REASONS_TOLD else "",
        "before": step.before if step.kind == StepKind.CHANGED else "",
        "due_on": step.due_on,
        "evidence": step.evidence_id,
    }


def possible(
    condition: Condition, standing: riders.Standing, *, user: User, office: bool, seats: frozenset[str],
    lanes: set[str],
) -> set[str]:  # fmt: skip
    """The steps that make sense for this person on this condition; the table and the verbs have the last word."""
    agreed = conditions.agreed(condition)
    mine = office or condition.origin in seats
    if condition.withdrawn_at is not None:
        return {"agree_condition"} if condition.origin in seats - agreed else set()
    if condition.waived_at is not None:
        return set()
    found = {"waive_condition"}
    if mine:
        found |= {"change_condition", "remove_condition"}
    if (seats & lanes) - agreed or office and Body.COMMERCE not in agreed:
        found.add("agree_condition")
    if condition.accepted_at is None:
        found.add("accept_condition")
    if condition.declined_at is None:
        found.add("decline_condition")
    once = riders.RIDERS[condition.code].due == riders.Due.ONCE
    if standing.open or once and not standing.demands:
        found.add("meet_condition")
    return found


def button(offer: Any, name: str) -> dict[str, Any]:
    return {"offer": offer, "name": name, "label": SHORT[name], "pressed": name in PRESSED}


def act(request: HttpRequest, case: Application, action: str) -> HttpResponse:
    """One step of one condition: GET shows its form on a page of its own, POST calls the verb."""
    given = request.POST if request.method == "POST" else request.GET
    key = given.get("condition", "")
    if request.method != "POST" and not key:
        return redirect(reverse("licenses:application", args=[case.number]) + "#conds")
    steps = Prefetch("steps", ConditionStep.objects.select_related("by").order_by("pk"))
    condition = get_object_or_404(
        Condition.objects.prefetch_related(steps), application=case, pk=key if key.isdecimal() else 0
    )
    condition.application = case
    user, on = user_of(request), timezone.localdate()
    if request.method != "POST":
        return asked(request, condition, action, form_for(action, condition, user=user, on=on))
    form = form_for(action, condition, user=user, on=on, data=request.POST, files=request.FILES)
    if not form.is_valid():
        return asked(request, condition, action, form, status=400)
    verb, said = ACTS[action]
    if no := documents.too_large(request):
        return asked(request, condition, action, form, status=no.status_code, refused=no.blockers)
    try:
        verb(condition=condition, **fields(form, case), by=user, at=timezone.now())
    except Refused as refused:
        return asked(request, condition, action, form, status=refused.status_code, refused=refused.blockers)
    shell.say(request, said)
    if action in ("meet_condition", "waive_condition") and hasattr(case, "license"):
        return redirect("licenses:license", case.license.number)
    return redirect("licenses:application", case.number)


def fields(form: Any, case: Application) -> dict[str, Any]:
    """What was typed, as the verb takes it."""
    given = {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
    given.pop("condition")
    if key := given.pop("evidence", None):
        given["evidence"] = get_object_or_404(Attachment, pk=key, application=case)
    if file := given.pop("file", None):
        given["file"], given["name"] = file.file, file.name
    if isinstance(given.get("due_on"), str):
        given["due_on"] = date.fromisoformat(given["due_on"])
    return given


def form_for(
    action: str, condition: Condition, *, user: User, on: date, data: Any = None, files: Any = None
) -> Any:
    """The form of a step, filled with what stands."""
    if action == "change_condition":
        own = roles.sees(user) == "body" or condition.origin == Body.COMMERCE
        return forms.ChangeConditionForm(data, condition=condition, own=own)
    if action == "meet_condition":
        held = condition.application.attachments.filter(taken_off_at=None).select_related("document")
        stand = conditions.standings([condition], on)[condition.pk]
        return forms.MeetForm(
            data, files, condition=condition, standing=stand, documents=held.order_by("-pk")
        )
    if action == "agree_condition":
        lanes = {each.body for each in condition.application.referrals.all() if not each.own}
        bodies = cases.seats(user, on) & lanes if roles.sees(user) == "body" else {Body.COMMERCE}
        return forms.AgreeForm(data, condition=condition, bodies=bodies)
    if action == "accept_condition":
        return forms.OneConditionForm(data, condition=condition)
    return forms.ReasonedForm(data, condition=condition)


def asked(
    request: HttpRequest,
    condition: Condition,
    action: str,
    form: Any,
    *,
    status: int = 200,
    refused: Any = (),
) -> HttpResponse:
    """The page of one step, with the condition as it stands and every step before."""
    user, on, case = user_of(request), timezone.localdate(), condition.application
    facts = applications.facts(case, by=user, on=on)
    offer = next((each for each in workflow.next_actions(facts) if each.action == action), None)
    review = cases.shows_review(case, user)
    (row,) = rows([condition], case=case, user=user, on=on, review=review, seats=facts.seats)
    label = next(each.label for each in workflow.TRANSITIONS if each.action == action)
    context = {
        "case": case, "row": row, "label": label, "offer": offer, "form": form, "action": action, "today": on,
        "what": "The condition", "shown": "licenses/_condition.html", "number": condition.number,
        "refused": refused, "wrong": form if form.is_bound and not form.is_valid() else None,
    }  # fmt: skip
    return render(
        request, "licenses/part_act.html", context, status=status if offer or status != 200 else 409
    )

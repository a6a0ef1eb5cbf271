"""Who works a case: the panel of the dossier, and sharing out many from the queue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from entities.views import kept
from exportctl import roles, shell
from exportctl.models import User

from .. import assignments, workers
from ..forms.assignments import AssignForm
from ..models import Application, Body, Route
from . import lanes
from .page import page, user_of

PAGE = "licenses:applications"


def desks(
    application: Application,
    *,
    user: User,
    seats: frozenset[str],
    people: Iterable[Any],
    offer: Any,
    tried: Any,
) -> list[dict[str, Any]]:
    """The case officer's desk and each body's lane: who has it since when, and what this person may do about it.

    `people` are those of `workers.people`; without an `offer` of the table nobody is offered.
    """
    known = list(people)
    company = application.route == Route.COMPANY
    mine = roles.may(user, assignments.WORKS[Route(application.route)]) or (
        company and roles.may(user, "application.file")
    )
    rows: list[tuple[str, str, Any, bool]] = [("", "Case officer", application, mine)]
    order, names = Body.values, lanes.names(application)
    open_lanes = [each for each in application.referrals.all() if each.closed_at is None]
    for lane in sorted(
        open_lanes, key=lambda each: (each.own, order.index(each.body) if not each.own else each.pk)
    ):
        rows.append((lane.body, names[lane.body], lane, lane.body in seats))
    return [
        _desk(application, body, title, row, known, user, offer if may else None, tried)
        for body, title, row, may in rows
    ]


def _desk(
    application: Application,
    body: str,
    title: str,
    row: Any,
    people: list[Any],
    user: User,
    offer: Any,
    tried: Any,
) -> dict[str, Any]:
    takers = workers.takers(people, body=body, company=application.route == Route.COMPANY) if offer else []
    others = [each for each in takers if each.pk != row.assigned_to_id]
    form = tried if tried is not None and tried.data.get("body", "") == body else None
    fresh = AssignForm(
        people=others,
        nobody=row.assigned_to_id is not None,
        auto_id=f"assign_{body}%s",
        initial={"body": body},
    )
    return {
        "body": body,
        "title": title,
        "holder": row.assigned_to,
        "since": row.assigned_at,
        "mine": row.assigned_to_id == user.pk,
        "take": row.assigned_to_id is None and any(each.pk == user.pk for each in takers),
        "me": user.username,
        "offer": offer
        and {
            "action": f"assign-{body}",
            "url": offer.url,
            "blockers": offer.blockers,
            "form": form or fresh,
        },
        "open": form is not None,
    }


def form_of(application: Application, user: User, data: Any = None) -> AssignForm:
    """The form of one desk, with everybody who may be given it. One query."""
    company = application.route == Route.COMPANY
    body = data.get("body", "") if data is not None else ""
    people = workers.people(by=user, company=application.applicant_id if company else None)
    return AssignForm(
        data,
        people=workers.takers(people, body=body, company=company),
        nobody=True,
        auto_id=f"assign_{body}%s",
    )


def assign(case: Application, fields: dict[str, Any], **who: Any) -> object:
    """The verb with what the form gave; no person gives it back."""
    return assignments.assign(application=case, to=fields.pop("to", None), **fields, **who)


@require_POST
@page("application.assign")
def many(request: HttpRequest) -> HttpResponse:
    """Share out the checked cases to one person with one reason; what each came to, where some were refused."""
    user, here = user_of(request), request.POST.get("here", "")
    keys = [
        int(key) for key in request.POST.getlist("row") if key.isascii() and key.isdigit() and len(key) < 19
    ]
    found = Application.objects.for_user(user).filter(pk__in=keys[: assignments.MOST])
    chosen = list(found.select_related("applicant").order_by("-pk"))
    body = request.POST.get("body", "")
    company = chosen[0].applicant_id if chosen else None
    form = AssignForm(request.POST, people=workers.people(by=user, company=company), nobody=True)
    if not chosen or not form.is_valid():
        shell.say(request, "Nothing was assigned: check cases and choose a person.", level=30)
        return back(here)
    to: User | None = form.cleaned_data["to"]
    told = assignments.assign_all(
        applications=chosen, to=to, body=body, reason=form.cleaned_data["reason"], by=user, at=timezone.now()
    )
    done = sum(one.done for one in told)
    whom = f"assigned to {'you' if to == user else to.name}" if to else "given back"
    if done == len(told):
        shell.say(
            request, f"{told[0].application.number} is {whom}." if done == 1 else f"{done} cases are {whom}."
        )
        return back(here)
    context = {"told": told, "done": done, "whom": whom, "here": here}
    return render(request, "licenses/applications_assigned.html", context, status=200 if done else 409)


@page("application.assign")
def people(request: HttpRequest) -> HttpResponse:
    """The work of each person of one's desk: how many open cases they have, and how many are late."""
    user = user_of(request)
    *known, nobody = workers.loads(user, on=timezone.localdate())
    body = roles.sees(user) == "body"
    most = max((one.open for one in (*known, nobody)), default=0)
    context = {"loads": known, "nobody": nobody, "most": most, "lanes": body}
    return render(request, "licenses/applications_people.html", context)


def back(here: str) -> HttpResponse:
    """To the queue as it was filtered."""
    return kept.back(PAGE, here)

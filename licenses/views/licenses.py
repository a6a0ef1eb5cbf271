"""Licenses: the list, one license with its ledger, shipments, reversals, suspension."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from exportctl import roles, shell
from exportctl.errors import Refused
from exportctl.models import User
from exportctl.templatetags.ui import pct

from .. import applications, cases, issued, limits, usage, workflow
from ..forms.case import ReasonForm
from ..forms.register import ReverseForm, ShipForm
from ..models import (
    Act,
    ApplicationParty,
    Condition,
    ConditionStep,
    License,
    LicenseLine,
    LicenseState,
    Movement,
    PartyRole,
)
from . import conditions, dossier
from .page import asked, older, page, user_of

TONES = {
    LicenseState.ACTIVE: "good",
    LicenseState.EXHAUSTED: "plain",
    LicenseState.EXPIRED: "plain",
    LicenseState.SUSPENDED: "hold",
    LicenseState.REVOKED: "late",
}
ABROAD = (PartyRole.ULTIMATE_CONSIGNEE, PartyRole.END_USER)
SOON = 90  # days before the end in which the list shows a license as expiring
VIEWS = {"": "All", "running": "In force", "soon": f"Ends within {SOON} days", "ended": "Ended or revoked"}
ACTS: dict[str, tuple[Callable[..., Any], str]] = {
    "suspend": (issued.suspend, "is suspended; no shipment may be recorded against it."),
    "lift": (issued.lift, "is in force again: the suspension is lifted."),
}


def loaded(user: User) -> QuerySet[License]:
    """The licenses a user sees, with lines, sums, acts and the parties abroad, in four queries."""
    abroad = ApplicationParty.objects.filter(role__in=ABROAD).select_related("party").order_by("pk")
    return (
        License.objects.for_user(user)
        .select_related("application__applicant", "decision")
        .prefetch_related(
            Prefetch("lines", LicenseLine.objects.with_shipped().order_by("number")),
            Prefetch("acts", Act.objects.select_related("proposed_by", "confirmed_by")),
            Prefetch("application__roles", abroad),
        )
    )


def summary(license: License, on: date) -> dict[str, Any]:
    """What a list row and the head of the page say of a license on a day."""
    state = license.state(on)
    lines = list(license.lines.all())
    value = sum((line.value for line in lines), Decimal(0))
    shipped = sum((line.shipped_value for line in lines), Decimal(0))
    return {
        "license": license,
        "state": state,
        "words": state.label,
        "tone": TONES[state],
        "value": value,
        "shipped": shipped,
        "parties": {role.party_id: role.party for role in license.application.roles.all()}.values(),
        "ends_in": (license.expires_on - on).days,
        "ended": state in (LicenseState.EXPIRED, LicenseState.REVOKED),
        "bar": f"{pct(shipped, value)} of the licensed value shipped",
    }


@page("license.read")
def index(request: HttpRequest) -> HttpResponse:
    """The license register with state, use and expiry."""
    today, view, wanted = timezone.localdate(), request.GET.get("view", ""), asked(request)
    found = narrowed(loaded(user_of(request)), view, today)
    if wanted:
        named = ApplicationParty.objects.filter(
            application=OuterRef("application"), party__name__icontains=wanted
        )
        found = found.filter(Q(number__iexact=wanted) | Q(application__number__iexact=wanted) | Exists(named))
    rows, after = older(found, request.GET.get("before", ""))
    tabs = [
        {"words": words, "url": f"?view={code}" if code else "?", "current": code == view}
        for code, words in VIEWS.items()
    ]
    context = {"rows": [summary(row, today) for row in rows], "after": after, "tabs": tabs, "view": view}
    return render(request, "licenses/licenses.html", context | {"wanted": wanted})


def narrowed(found: QuerySet[License], view: str, on: date) -> QuerySet[License]:
    """One of the views of the register."""
    if view == "running":
        return found.filter(pk__in=License.objects.running(on))
    if view == "soon":
        return found.filter(
            pk__in=License.objects.running(on), expires_on__lte=date.fromordinal(on.toordinal() + SOON)
        )
    if view == "ended":
        return found.exclude(pk__in=License.objects.running(on))
    return found


@page("license.read")
def one(request: HttpRequest, number: str) -> HttpResponse:
    """A license: balances, entries, conditions and what may be done."""
    return shown(request, found_or_404(request, number))


def found_or_404(request: HttpRequest, number: str) -> License:
    return get_object_or_404(loaded(user_of(request)), number=number)


def shown(request: HttpRequest, license: License, status: int = 200, **kept: Any) -> HttpResponse:
    """The license page; `kept` carries a refused form and what stands against it."""
    user, today = user_of(request), timezone.localdate()
    head = summary(license, today)
    lines = list(license.lines.all())
    fresh = ShipForm(
        lines=lines, initial={"idempotency_key": uuid.uuid4(), "shipped_on": today}, auto_id="ship_%s"
    )
    carried = conditions_of(license, user, today)
    found = usage.limits_of(row["condition"] for row in carried)
    percent, narrowed = limits.tolerance(found, today)
    context = head | {
        "ledger": ledger(lines, usage.caps(lines, found, today), percent),
        "tolerance": percent,
        "narrowed": narrowed,
        "conditions": carried,
        "acts": sorted(license.acts.all(), key=lambda act: (act.on, act.pk), reverse=True),
        "ship": fresh if roles.may(user, "usage.record") else None,
        "warn": head["state"] not in (LicenseState.ACTIVE, LicenseState.EXHAUSTED),
        "may_reverse": roles.may(user, "usage.reverse"),
        "may_replace": roles.may(user, "application.file"),
        "act": act_offered(user, head["state"]),
        "reason": ReasonForm(auto_id="act_%s"),
        "key": uuid.uuid4(),
    }
    return render(request, "licenses/license.html", context | kept, status=status)


def conditions_of(license: License, user: User, on: date) -> list[dict[str, Any]]:
    """The conditions the license carries, with what is due and who may show or waive it. Six queries at most."""
    steps = Prefetch("steps", ConditionStep.objects.select_related("by").order_by("pk"))
    case = license.application
    case.license = license
    rows = Condition.objects.filter(application=case, withdrawn_at=None).prefetch_related(steps)
    found = list(rows.order_by("number"))
    if not found:
        return []
    facts = applications.facts(case, by=user, on=on)
    offers = {
        each.action: dossier.offer(case, each, facts.seats, {}) for each in workflow.next_actions(facts)
    }
    return conditions.rows(
        found, case=case, user=user, on=on, review=cases.shows_review(case, user),
        seats=frozenset(), offers=offers,
    )  # fmt: skip


def act_offered(user: User, state: LicenseState) -> str:
    """Suspend or lift, or nothing, for this person and this state (750.8)."""
    if not roles.may(user, "license.suspend"):
        return ""
    return {
        LicenseState.ACTIVE: "suspend",
        LicenseState.EXHAUSTED: "suspend",
        LicenseState.SUSPENDED: "lift",
    }.get(state, "")


def ledger(
    lines: list[LicenseLine], caps: dict[int, list[usage.CapUse]], percent: Decimal
) -> list[dict[str, Any]]:
    """Each line with its entries, newest first, what was left after each, its caps and the value it bears with a
    tolerance in percent. One query."""
    moved = (
        Movement.objects.filter(line__in=lines).select_related("by", "reversed_by", "reverses").order_by("pk")
    )
    entries: dict[int, list[dict[str, Any]]] = {line.pk: [] for line in lines}
    left = {line.pk: line.quantity for line in lines}
    for movement in moved:
        left[movement.line_id] -= movement.quantity
        whole = movement.kind == Movement.Kind.SHIPMENT and not hasattr(movement, "reversed_by")
        entry = {"movement": movement, "left": left[movement.line_id], "reversible": whole}
        entries[movement.line_id].insert(0, entry | {"moved": -movement.quantity})
    return [
        {
            "line": line,
            "entries": entries[line.pk],
            "caps": caps[line.pk],
            "bears": limits.bearable(line.value, percent),
            "bar": f"{pct(line.shipped, line.quantity)} of line {line.number} shipped",
        }
        for line in lines
    ]


@page("license.read")
@require_POST
def ship(request: HttpRequest, number: str) -> HttpResponse:
    """Record a shipment; the same form sent twice records it once."""
    license = found_or_404(request, number)
    lines = list(license.lines.all())
    form = ShipForm(request.POST, lines=lines, auto_id="ship_%s")
    if not form.is_valid():
        return shown(request, license, 400, ship=form, wrong=form)
    given = {name: value for name, value in form.cleaned_data.items() if value not in (None, "")}
    line = next(line for line in lines if str(line.pk) == given.pop("line"))
    return done(
        request, license, usage.record, "The shipment is recorded.", {"ship": form}, line=line, **given
    )


@page("license.read")
@require_POST
def reverse(request: HttpRequest, number: str) -> HttpResponse:
    """Reverse a shipment by a new entry with its reason."""
    license, form = found_or_404(request, number), ReverseForm(request.POST)
    if not form.is_valid():
        return shown(request, license, 400, wrong=form)
    given = form.cleaned_data
    movement = get_object_or_404(Movement, pk=given.pop("movement"), line__license=license)
    return done(
        request,
        license,
        usage.reverse,
        "The entry is reversed.",
        {"tried": movement.pk, "typed": given["reason"]},
        movement=movement,
        **given,
    )


@page("license.read")
@require_POST
def act(request: HttpRequest, number: str, action: str) -> HttpResponse:
    """Suspend a license, or lift its suspension (750.8)."""
    if action not in ACTS:
        raise Http404(action)
    license, form = found_or_404(request, number), ReasonForm(request.POST, auto_id="act_%s")
    if not form.is_valid():
        return shown(request, license, 400, reason=form, wrong=form)
    verb, said = ACTS[action]
    return done(
        request, license, verb, f"License {number} {said}", {"reason": form},
        license=license, on=timezone.localdate(), **form.cleaned_data,
    )  # fmt: skip


def done(
    request: HttpRequest,
    of: License,
    verb: Callable[..., Any],
    said: str,
    kept: dict[str, Any],
    **given: Any,
) -> HttpResponse:
    """Call one verb; show the license again, with what stands against it when it refuses."""
    try:
        verb(**given, by=user_of(request), at=timezone.now())
    except Refused as refused:
        fresh = found_or_404(request, of.number)
        return shown(request, fresh, refused.status_code, refused=refused.blockers, **kept)
    shell.say(request, said)
    return redirect("licenses:license", of.number)

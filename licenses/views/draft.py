"""The form of a draft: saved as often as one likes, submitted when nothing is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from exportctl import shell
from exportctl.errors import Conflict, Refused
from exportctl.models import User
from exportctl.transitions import Blocker

from .. import applications
from ..forms.draft import DraftForm, LineSet, RoleSet, item_label, party_label
from ..models import Application, ApplicationLine, ApplicationParty, Item, PartyRole, Route
from ..workflow import Status
from . import people
from .applications import CHOICES, offered_parties
from .page import page, user_of

PARTS = (
    ("parties", "1. Parties", ("parties", "roles", "applicant", "ultimate_consignee", "end_user")),
    ("items", "2. Items", ("lines", "items", "quantity", "unit_price", "total_price")),
    ("enduse", "3. End use", ("end_use", "additional_information")),
    ("contact", "4. Contact", ("contact_person", "telephone")),
)


@page("application.file")
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """The form of a draft: save it, or save and submit it."""
    user = user_of(request)
    case = get_object_or_404(drafts(user), number=number)
    if request.method != "POST":
        return (
            form_page(request, case, *unbound(case, user))
            if case.status == Status.DRAFT
            else redirect("licenses:application", number)
        )
    form, roleset, lineset = bound = bind(request.POST, user)
    submits = request.POST.get("act") == "submit"
    if not all([form.is_valid(), roleset.is_valid(), lineset.is_valid()]):
        return form_page(request, case, *bound, status=400)
    if submits and not form.cleaned_data["certify"]:
        form.add_error("certify", "Tick this before you submit.")
        return form_page(request, case, *bound, status=400)
    try:
        saved = save(case, bound, by=user)
    except Refused as refused:
        return refused_page(request, case, bound, refused)
    if submits:
        return submit(request, saved)
    shell.say(request, f"Draft {number} is saved.")
    return redirect("licenses:application-edit", number)


def drafts(user: User) -> QuerySet[Application]:
    parties = ApplicationParty.objects.select_related("party").order_by("pk")
    lines = ApplicationLine.objects.select_related("item").order_by("number")
    return (
        Application.objects.for_user(user)
        .select_related("applicant", "copied_from")
        .prefetch_related(Prefetch("roles", parties), Prefetch("lines", lines))
    )


def unbound(case: Application, user: User) -> tuple[DraftForm, Any, Any]:
    """The three parts of the form as the draft stands."""
    others = [role for role in case.roles.all() if role.role != PartyRole.APPLICANT]
    others.sort(key=lambda role: (people.ORDER[role.role], role.pk))
    rows = [{"role": role.role, "party": party_label(role.party)} for role in others]
    if not rows:
        rows = [
            {"role": PartyRole.ULTIMATE_CONSIGNEE, "party": ""},
            {"role": PartyRole.END_USER, "party": ""},
        ]
    lines = [
        {
            "item": item_label(line.item),
            "quantity": plain(line.quantity),
            "unit_price": plain(line.unit_price),
        }
        for line in case.lines.all()
    ]
    blocks = {name: getattr(case, name) for name in DraftForm.base_fields if hasattr(case, name)}
    return (
        DraftForm(initial=blocks),
        RoleSet(user=user, initial=rows, prefix="parties"),
        LineSet(initial=lines, prefix="lines"),
    )


def plain(value: Any) -> str:
    """A figure without idle zeros: 40, not 40.000."""
    return f"{value.normalize():f}"


def bind(data: QueryDict, user: User) -> tuple[DraftForm, Any, Any]:
    return DraftForm(data), RoleSet(data, user=user, prefix="parties"), LineSet(data, prefix="lines")


def save(case: Application, parts: tuple[DraftForm, Any, Any], *, by: User) -> Application:
    """Replace the whole draft by what was typed."""
    form, roleset, lineset = parts
    applicant = (PartyRole.APPLICANT, case.applicant)
    return applications.save_draft(
        application=case, version=form.cleaned_data["version"], blocks=form.blocks(),
        roles=[applicant, *roleset.roles], lines=lineset.lines, by=by, at=timezone.now(),
    )  # fmt: skip


def submit(request: HttpRequest, case: Application) -> HttpResponse:
    """Submit a saved draft; with gaps the form comes back and names them all."""
    try:
        applications.submit(application=case, by=user_of(request), at=timezone.now())
    except Refused as refused:
        fresh = get_object_or_404(drafts(user_of(request)), number=case.number)
        parts = unbound(fresh, user_of(request))
        return form_page(request, fresh, *parts, refused=refused.blockers, status=refused.status_code)
    shell.say(request, f"{case.number} is submitted. Its parties are being screened.")
    return redirect("licenses:application", case.number)


def refused_page(
    request: HttpRequest, case: Application, parts: tuple[DraftForm, Any, Any], refused: Refused
) -> HttpResponse:
    """What was typed, kept, with what stands against it; after a conflict it may be saved over the change."""
    fresh = get_object_or_404(drafts(user_of(request)), number=case.number)
    form = parts[0]
    if isinstance(refused, Conflict):
        form.data = {**form.data.dict(), "version": fresh.version}  # type: ignore[attr-defined]
    return form_page(
        request, fresh, *parts, refused=refused.blockers, status=refused.status_code,
        conflict=isinstance(refused, Conflict),
    )  # fmt: skip


def form_page(
    request: HttpRequest,
    case: Application,
    form: DraftForm,
    roleset: Any,
    lineset: Any,
    *,
    status: int = 200,
    refused: Iterable[Blocker] = (),
    conflict: bool = False,
) -> HttpResponse:
    """The form beside what is still missing."""
    gaps = applications.gaps(case)
    standing = {party_label(person.party): person for person in people.of(case, user_of(request))}
    context = {
        "case": case,
        "form": form,
        "roleset": roleset,
        "lineset": lineset,
        "rows": [(row, standing.get(row["party"].value() or "")) for row in roleset],
        "lines": list(rows_of(lineset, case)),
        "applicant": standing.get(party_label(case.applicant)),
        "refused": [replace(blocker, link=blocker.link or anchor(blocker)) for blocker in refused],
        "gaps": [(gap, anchor(gap)) for gap in gaps],
        "parts": parts_done(gaps),
        "total": sum((line.total_price for line in case.lines.all()), 0),
        "parties": offered_parties(user_of(request)),
        "items": [(item_label(item), item.eccn) for item in Item.objects.order_by("-pk")[:CHOICES]],
        "company": case.route == Route.COMPANY,
        "conflict": conflict,
    }
    return render(request, "licenses/application_edit.html", context, status=status)


def rows_of(lineset: Any, case: Application) -> Iterable[tuple[Any, ApplicationLine | None]]:
    """Each row of the form with the saved line it stands for, if it still does."""
    saved = {
        (item_label(line.item), plain(line.quantity), plain(line.unit_price)): line
        for line in case.lines.all()
    }
    for form in lineset:
        typed = [str(form[name].value() or "") for name in ("item", "quantity", "unit_price")]
        yield form, saved.get((typed[0], typed[1], typed[2]))


def anchor(gap: Blocker) -> str:
    """The part of the page where a gap is mended."""
    name = gap.field.split(".")[0].split("[")[0].split("-")[0]
    if name in DraftForm.base_fields:
        return f"#id_{name}"
    return next((f"#{part}" for part, _, fields in PARTS if name in fields), "#parties")


def parts_done(gaps: Iterable[Blocker]) -> list[dict[str, Any]]:
    """The parts of the form with the number of answers each still lacks."""
    missing = [anchor(gap) for gap in gaps]
    rows = []
    for part, title, fields in PARTS:
        lacks = sum(place == f"#{part}" or place.removeprefix("#id_") in fields for place in missing)
        state = f"{lacks} missing" if lacks else "done"
        rows.append(
            {
                "words": title,
                "url": f"#{part}",
                "tone": "late" if lacks else "good",
                "icon": "late" if lacks else "good",
                "state": state,
            }
        )
    certify = {
        "words": "5. Certify and submit",
        "url": "#certify",
        "icon": "lock" if missing else "next",
        "tone": "",
    }
    return [*rows, certify | {"state": "after the rest" if missing else "ready"}]

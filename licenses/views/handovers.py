"""Whose draft it is: shared with the team or kept, handed to a colleague, a leaver's drafts handed on."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from exportctl import roles, shell
from exportctl.errors import Refused
from exportctl.models import User

from .. import handovers
from ..forms.filings import HandOverForm, LeaverForm
from ..models import Application
from ..workflow import Status
from .page import page, user_of


def case_of(request: HttpRequest, number: str) -> Application:
    found = Application.objects.for_user(user_of(request)).select_related("applicant", "filed_by")
    return get_object_or_404(found, number=number)


@require_POST
@page("application.file")
def share(request: HttpRequest, number: str) -> HttpResponse:
    """Show a draft to everybody who files for the company, or keep it."""
    case = case_of(request, number)
    wanted = request.POST.get("shared") == "yes"
    handovers.share(application=case, shared=wanted, by=user_of(request), at=timezone.now())
    said = "Everybody who files for the company sees the draft." if wanted else "Only you see the draft."
    shell.say(request, said)
    return redirect("licenses:application-edit", number)


@page("application.read")
def hand_over(request: HttpRequest, number: str) -> HttpResponse:
    """Hand a draft to a colleague; whoever does not see it any more comes back to the list."""
    case, user = case_of(request, number), user_of(request)
    colleagues = handovers.colleagues(case)
    form = HandOverForm(request.POST or None, people=colleagues)
    refused: Any = ()
    status = 400
    if request.method == "POST" and form.is_valid():
        to = colleagues.get(pk=int(form.cleaned_data["to"]))
        try:
            handovers.reassign(application=case, to=to, by=user, at=timezone.now())
        except Refused as no:
            refused, status = no.blockers, no.status_code
        else:
            shell.say(request, f"{number} is {to.name}’s now.")
            if Application.objects.for_user(user).filter(pk=case.pk).exists():
                return redirect("licenses:application", number)
            return redirect("licenses:applications")
    context = {
        "case": case, "form": form, "refused": refused, "draft": case.status == Status.DRAFT,
        "alone": not form.fields["to"].choices[1:],  # type: ignore[attr-defined]
    }  # fmt: skip
    return render(
        request, "licenses/application_hand_over.html", context, status=status if form.is_bound else 200
    )


@page("draft.reassign")
def leaver(request: HttpRequest) -> HttpResponse:
    """Hand every draft of a person who leaves to one colleague, all or none."""
    authors = handovers.authors()
    form = LeaverForm(request.POST or None, authors=authors, people=roles.persons_who("application.file"))
    refused: Any = ()
    status = 400
    if request.method == "POST" and form.is_valid():
        gone = User.objects.get(pk=int(form.cleaned_data["leaver"]))
        to = User.objects.get(pk=int(form.cleaned_data["to"]))
        try:
            moved = handovers.reassign_all(leaver=gone, to=to, by=user_of(request), at=timezone.now())
        except Refused as no:
            refused, status = no.blockers, no.status_code
        else:
            count = f"{len(moved)} draft{'' if len(moved) == 1 else 's'}"
            shell.say(request, f"{to.name} has {count} of {gone.name} now.")
            return redirect("licenses:drafts-hand-over")
    context = {"form": form, "refused": refused, "authors": authors}
    return render(request, "licenses/drafts_hand_over.html", context, status=status if form.is_bound else 200)

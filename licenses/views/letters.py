"""Letters of a case: each as it was written, and how the letter of an open proposal would read."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header

from exportctl import roles
from exportctl.models import User

from .. import cases, letterbook, letters
from ..models import Application, Decision, Letter
from .page import page, user_of


@page("application.read")
def one(request: HttpRequest, number: str, letter: int, form: str = "html") -> Any:
    """A letter, word for word: as a page or as its PDF."""
    seen = Letter.objects.for_user(user_of(request)).with_standing()
    rows = seen.select_related("application", "document", "replaces")
    kept = get_object_or_404(rows, application__number=number, number=letter)
    if form == "pdf":
        return FileResponse(
            kept.document.file.open("rb"), as_attachment=True, filename=kept.document.name,
            content_type=kept.document.media_type,
        )  # fmt: skip
    return render(request, "licenses/letter.html", {"case": kept.application, "letter": kept})


def may_preview(proposal: Decision, user: User) -> bool:
    """The proposer and whoever countersigns read the letter before it is signed."""
    return proposal.proposed_by_id == user.pk or roles.may(user, "decision.countersign")


@page("application.read")
def preview(request: HttpRequest, number: str, form: str = "html") -> HttpResponse:
    """The letter of the open proposal, marked DRAFT; nothing is kept."""
    user = user_of(request)
    found = Application.objects.for_user(user).with_dossier().select_related("license")
    case = get_object_or_404(found, number=number)
    proposal = cases.proposed(case)
    if proposal is None or not may_preview(proposal, user):
        raise Http404(number)
    said = letterbook.draft(case, proposal, timezone.localdate())
    if form == "pdf":
        disposition = content_disposition_header(True, f"{number}-letter-draft.pdf") or ""
        headers = {"Content-Disposition": disposition}
        return HttpResponse(letters.pdf(said), content_type="application/pdf", headers=headers)
    return render(request, "licenses/letter.html", {"case": case, "draft": letters.html(said)})

"""The form of an application: autosaved, saved, submitted when nothing is missing; amended once it is filed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db.models import Prefetch, QuerySet
from django.db.models.expressions import RawSQL
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from exportctl import documents, shell
from exportctl.errors import Conflict, Refused, invalid
from exportctl.models import User
from exportctl.transitions import Blocker

from .. import amendments, applications, attachments, cases, policies
from ..forms.draft import DraftForm, LineSet, RoleSet, item_label, party_label
from ..models import Application, ApplicationLine, Attachment, PartyRole
from ..models.determinations import RULES_MARK
from ..workflow import Status
from . import draft_page, people
from .page import page, user_of

Parts = tuple[DraftForm, Any, Any]


@csrf_exempt
def edit(request: HttpRequest, number: str) -> HttpResponse:
    """The form with its upload; the limit of the upload stands before anything reads the request."""
    documents.limited(request)
    return _edit(request, number)


@csrf_protect
@page("application.file")
def _edit(request: HttpRequest, number: str) -> HttpResponse:
    """The form of a draft or of a filed case: save, upload, submit or amend."""
    user = user_of(request)
    case = get_object_or_404(drafts(user), number=number)
    amending = case.status != Status.DRAFT
    if amending and not draft_page.may_amend(case, user):
        return redirect("licenses:application", number)
    if request.method != "POST":
        return draft_page.shown(request, case, *unbound(case, user))
    act = request.POST.get("act", "save")
    parts = bind(request, case)
    if act == "autosave":
        return autosave(request, case, parts)
    if not all([each.is_valid() for each in parts]):
        return draft_page.shown(request, case, *parts, status=400)
    if act == "submit" and not parts[0].cleaned_data["certify"]:
        parts[0].add_error("certify", "Tick this before you submit.")
        return draft_page.shown(request, case, *parts, status=400)
    try:
        if act == "amend":
            amend(case, parts, by=user)
        elif act != "upload" or not amending:
            case = save(case, parts, by=user)
        if act == "upload":
            return upload(request, case, parts[0])
    except Refused as refused:
        return refused_page(request, case, parts, refused)
    if act == "amend":
        shell.say(request, f"{number} is amended. Its parties are screened again.")
        return redirect("licenses:application", number)
    if act == "submit":
        return submit(request, case)
    shell.say(request, f"Draft {number} is saved.")
    return redirect("licenses:application-edit", number)


def drafts(user: User) -> QuerySet[Application]:
    """The cases a user may open as a form, with what the form reads."""
    lines = ApplicationLine.objects.select_related("item").order_by("number")
    files = Attachment.objects.filter(taken_off_at=None).select_related("document", "document__uploaded_by")
    return (
        Application.objects.for_user(user)
        .select_related("applicant", "copied_from", "filed_by", "saved_by", "facts")
        .annotate(rules_mark=RawSQL(RULES_MARK, ()), flags_said=policies.said_flags())
        .prefetch_related(
            Prefetch("roles", cases.placed_roles()),
            Prefetch("lines", lines),
            Prefetch("attachments", files.order_by("pk")),
        )
    )


def unbound(case: Application, user: User, **more: Any) -> Parts:
    """The three parts of the form as the application stands."""
    others = [role for role in case.roles.all() if role.role != PartyRole.APPLICANT]
    others.sort(key=lambda role: (people.ORDER[role.role], role.pk))
    rows = [
        {"role": role.role, "party": party_label(role.party), "end_use": role.end_use} for role in others
    ] or [{"role": PartyRole.ULTIMATE_CONSIGNEE, "party": ""}, {"role": PartyRole.END_USER, "party": ""}]
    lines = [
        {
            "item": item_label(line.item),
            "quantity": plain(line.quantity),
            "unit_price": plain(line.unit_price),
        }
        for line in case.lines.all()
    ]
    form = DraftForm(kind=case.kind)
    form.initial = {name: getattr(case, name) for name in form.fields if hasattr(case, name)}
    form.initial |= {"page": str(uuid4()), **more}
    return (
        form,
        RoleSet(user=user, initial=rows, prefix="parties"),
        LineSet(initial=lines, prefix="lines"),
    )


def plain(value: Any) -> str:
    """A figure without idle zeros: 40, not 40.000."""
    return f"{value.normalize():f}"


def bind(request: HttpRequest, case: Application) -> Parts:
    data: QueryDict = request.POST
    return (
        DraftForm(data, request.FILES, kind=case.kind),
        RoleSet(data, user=user_of(request), prefix="parties"),
        LineSet(data, prefix="lines"),
    )


def whole(case: Application, parts: Parts) -> dict[str, Any]:
    """Everything that was typed, as the verbs take it."""
    form, roleset, lineset = parts
    applicant = (PartyRole.APPLICANT, case.applicant)
    return {
        "version": form.cleaned_data["version"], "blocks": form.blocks(),
        "roles": [applicant, *roleset.roles], "lines": lineset.lines,
    }  # fmt: skip


def save(case: Application, parts: Parts, *, by: User) -> Application:
    """Replace the whole draft by what was typed."""
    seen = parts[0].cleaned_data.get("page", "")
    return applications.save_draft(
        application=case, by=by, at=timezone.now(), page=seen, **whole(case, parts)
    )


def amend(case: Application, parts: Parts, *, by: User) -> Application:
    """File what was typed as a new version."""
    reason = parts[0].cleaned_data["reason"]
    amendments.amend(application=case, reason=reason, by=by, at=timezone.now(), **whole(case, parts))
    return case


def autosave(request: HttpRequest, case: Application, parts: Parts) -> HttpResponse:
    """Save what is whole, tell what is not yet, and draw the side of the page anew."""
    form, roleset, lineset = parts
    form.is_valid()
    given: dict[str, Any] = {"version": form.cleaned_data.get("version") or 0, "blocks": form.blocks()}
    if roleset.is_valid():
        given["roles"] = [(PartyRole.APPLICANT, case.applicant), *roleset.roles]
    if lineset.is_valid():
        given["lines"] = lineset.lines
    left = [
        words for words, part in (("answers", form), ("parties", roleset), ("items", lineset)) if bad(part)
    ]
    seen = form.cleaned_data.get("page", "")
    now = timezone.now()
    try:
        applications.save_draft(application=case, by=user_of(request), at=now, page=seen, **given)
    except Refused as refused:
        stamp = {"failed": refused.blockers[0], "changed": isinstance(refused, Conflict)}
        return side(request, case.number, stamp, now)
    return side(request, case.number, {"at": now, "left": left}, now)


def bad(part: Any) -> bool:
    """Whether something in a part could not be kept yet."""
    return bool(part.errors) if isinstance(part, DraftForm) else not part.is_valid()


def side(request: HttpRequest, number: str, stamp: dict[str, Any], now: datetime) -> HttpResponse:
    """The stamp and the side of the page after an autosave."""
    fresh = get_object_or_404(drafts(user_of(request)), number=number)
    context = draft_page.side(request, fresh) | {"case": fresh, "stamp": stamp, "swap": True, "now": now}
    return render(request, "licenses/_draft_side.html", context)


def upload(request: HttpRequest, case: Application, form: DraftForm) -> HttpResponse:
    """Put the chosen file into the file of the case; what was typed is saved by now."""
    file = request.FILES.get("file")
    refusal: Refused | None = documents.too_large(request)
    if refusal is None and file is None:
        refusal = invalid("file", "No file was chosen.", "Choose one, then upload.")
    if refusal is None:
        try:
            attached = attachments.attach(
                file=file.file, name=file.name or "", kind=form.cleaned_data["document_kind"],  # type: ignore[union-attr, arg-type]
                note=form.cleaned_data["document_note"], application=case, by=user_of(request),
                at=timezone.now(),
            )  # fmt: skip
        except Refused as refused:
            refusal = refused
        else:
            shell.say(request, f"{attached.document.name} is added; the draft is saved.")
            return redirect(f"{request.path}#documents")
    assert refusal is not None
    fresh = get_object_or_404(drafts(user_of(request)), number=case.number)
    kept = {name: form.cleaned_data.get(name) for name in ("document_kind", "document_note")}
    blockers = [_at_upload(each) for each in refusal.blockers]
    return draft_page.shown(
        request, fresh, *unbound(fresh, user_of(request), **kept), refused=blockers,
        status=413 if getattr(request, "upload_too_large", False) else refusal.status_code,
    )  # fmt: skip


def _at_upload(blocker: Blocker) -> Blocker:
    """A refusal of an upload, linked to its field on the form."""
    places = {"file": "#id_file", "kind": "#id_document_kind", "note": "#id_document_note"}
    message = "Say what kind of document it is." if blocker.field == "kind" else blocker.message
    remedy = "Choose it from the list." if blocker.field == "kind" else blocker.remedy
    return Blocker(blocker.code, message, remedy=remedy, citation=blocker.citation,
                   link=places.get(blocker.field, "#documents"))  # fmt: skip


def submit(request: HttpRequest, case: Application) -> HttpResponse:
    """Submit a saved draft; with gaps the form comes back and names them all."""
    try:
        applications.submit(application=case, by=user_of(request), at=timezone.now())
    except Refused as refused:
        fresh = get_object_or_404(drafts(user_of(request)), number=case.number)
        parts = unbound(fresh, user_of(request))
        return draft_page.shown(request, fresh, *parts, refused=refused.blockers, status=refused.status_code)
    shell.say(request, f"{case.number} is submitted. Its parties are being screened.")
    return redirect("licenses:application", case.number)


def refused_page(request: HttpRequest, case: Application, parts: Parts, refused: Refused) -> HttpResponse:
    """What was typed, kept, with what stands against it; after a conflict it may be saved over the change."""
    fresh = get_object_or_404(drafts(user_of(request)), number=case.number)
    form = parts[0]
    if isinstance(refused, Conflict):
        data = form.data.copy()  # type: ignore[attr-defined]
        data["version"] = fresh.version
        form.data = data
    return draft_page.shown(
        request, fresh, *parts, refused=refused.blockers, status=refused.status_code,
        conflict=isinstance(refused, Conflict),
    )  # fmt: skip

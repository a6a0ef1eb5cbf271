"""Pages around an application: documents, red flags, deemed export, versions, the keying sheet."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from exportctl import documents, filetypes, roles, shell
from exportctl.errors import Refused, invalid
from exportctl.models import User
from exportctl.transitions import Blocker

from .. import agency, amendments, attachments, deemed, flags
from ..forms.filings import AgencyNoteForm, AttachForm, DeemedForm, SaidForm, SheetForm
from ..models import Application, Attachment, License, RedFlagAnswer, Route
from ..workflow import Status
from . import keying
from .page import page, user_of


def case_of(request: HttpRequest, number: str) -> Application:
    found = Application.objects.for_user(user_of(request)).select_related("applicant", "filed_by")
    return get_object_or_404(found, number=number)


# Documents


def seen(user: User) -> Any:
    """The attachments of the cases a user sees, and of items."""
    cases = Application.objects.for_user(user)
    found = Attachment.objects.select_related("document", "application", "item")
    return found.filter(application__in=cases) | found.filter(item__isnull=False)


@page("application.read")
def document(request: HttpRequest, pk: int) -> Any:
    """A document as it came; never opened inside this page's origin."""
    one = get_object_or_404(seen(user_of(request)), pk=pk)
    answer = FileResponse(
        one.document.file.open("rb"), as_attachment=True, filename=one.document.name,
        content_type=one.document.media_type,
    )  # fmt: skip
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


@csrf_exempt
def attach(request: HttpRequest, number: str) -> HttpResponse:
    """Add a document to a filed case; the limit stands before anything reads the request."""
    documents.limited(request)
    return _attach(request, number)


@csrf_protect
@require_POST
@page("application.read")
def _attach(request: HttpRequest, number: str) -> HttpResponse:
    case = case_of(request, number)
    form = AttachForm(request.POST)
    file = request.FILES.get("file")
    form.is_valid()
    refused = documents.too_large(request)
    if refused is None and file is None:
        refused = invalid("file", "No file was chosen.", "Choose one, then upload.")
    if refused is not None or file is None:
        return files(request, number, form=form, refused=refused.blockers if refused else ())
    try:
        kept = attachments.attach(
            file=file.file, name=file.name or "", kind=form.data.get("kind", ""),  # type: ignore[arg-type]
            note=form.data.get("note", ""), application=case, by=user_of(request), at=timezone.now(),
        )  # fmt: skip
    except Refused as no:
        return files(request, number, form=form, refused=no.blockers, status=no.status_code)
    shell.say(request, f"{kept.document.name} is in the file.")
    return redirect("licenses:files", number)


@page("application.read")
def files(
    request: HttpRequest, number: str, *, form: Any = None, refused: Any = (), status: int = 200
) -> HttpResponse:
    """Every document of a case, also those taken off, with hash, scan and hold."""
    case, user = case_of(request, number), user_of(request)
    rows = case.attachments.select_related("document__uploaded_by", "document__held_by", "taken_off_by")
    context = {
        "case": case, "rows": rows.order_by("pk"), "form": form or AttachForm(), "refused": refused,
        "may_attach": roles.may(user, "document.attach") and case.status != Status.WITHDRAWN,
        "may_hold": roles.may(user, "document.hold"), "draft": case.status == Status.DRAFT,
        "limit": settings.DOCUMENT_LIMIT, "limit_mb": settings.DOCUMENT_LIMIT // 1048576,
        "accept": ",".join(filetypes.ENDINGS), "taken": filetypes.WORDS,
    }  # fmt: skip
    status = 400 if refused and status == 200 else status
    return render(request, "licenses/application_files.html", context, status=status)


@require_POST
@page("application.read")
def document_act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Take a document off, put it under legal hold, or lift the hold."""
    one = get_object_or_404(seen(user_of(request)), pk=pk)
    who: dict[str, Any] = {"attachment": one, "by": user_of(request), "at": timezone.now()}
    if action == "take-off":
        attachments.take_off(**who)
        said = f"{one.document.name} is taken off; it stays on record."
    elif action == "hold":
        attachments.hold(reason=request.POST.get("reason", ""), **who)
        said = f"{one.document.name} is under legal hold."
    elif action == "lift":
        attachments.lift(**who)
        said = f"The hold on {one.document.name} is lifted."
    else:
        raise Http404(action)
    shell.say(request, said)
    if one.application is None:
        return redirect("licenses:item", one.item_id)
    return redirect("licenses:files", one.application.number)


# Again


@require_POST
@page("application.file")
def resubmit(request: HttpRequest, number: str) -> HttpResponse:
    case = amendments.resubmit(application=case_of(request, number), by=user_of(request), at=timezone.now())
    shell.say(request, f"Everything is copied from {number}, which blocks 10 and 24 cite.")
    return redirect("licenses:application-edit", case.number)


@require_POST
@page("application.file")
def replace(request: HttpRequest, number: str) -> HttpResponse:
    """A new application that would replace a license."""
    seen_cases = Application.objects.for_user(user_of(request))
    found = License.objects.select_related("application__applicant").filter(application__in=seen_cases)
    license = get_object_or_404(found, number=number)
    case = amendments.replace(license=license, by=user_of(request), at=timezone.now())
    shell.say(request, f"Block 11 names license {number}. It stays in force until the new one is issued.")
    return redirect("licenses:application-edit", case.number)


@page("application.read")
def versions(request: HttpRequest, number: str) -> HttpResponse:
    """The application as filed and every change since, with what differs."""
    case = case_of(request, number)
    rows = case.versions.select_related("made_by").order_by("-number")
    return render(request, "licenses/application_versions.html", {"case": case, "versions": rows})


# Red flags


@page("application.read")
def red_flags(request: HttpRequest, number: str) -> HttpResponse:
    """The red-flag sheet: answer, inquire, resolve."""
    case, user = case_of(request, number), user_of(request)
    sheet = flags.sheet(case)
    form = SheetForm(sheet.rows, request.POST if request.method == "POST" else None)
    refused: Any = ()
    status = 400
    if request.method == "POST":
        seen_version = request.POST.get("version", "")
        version = int(seen_version) if seen_version.isdecimal() and len(seen_version) < 10 else None
        try:
            flags.answer(
                application=case, answers=form.changed(), version=version, by=user, at=timezone.now()
            )
        except Refused as no:
            status = no.status_code
            refused = [
                Blocker(each.code, each.message, each.remedy, "", each.citation, f"#flag-{each.field}")
                for each in no.blockers
            ]
        else:
            shell.say(request, "The sheet is saved.")
            return redirect("licenses:red-flags", number)
    context = {
        "case": case, "sheet": sheet, "questions": form, "refused": refused, "said": SaidForm(),
        "may": roles.may(user, "redflag.answer") and case.status != Status.WITHDRAWN, "citation": flags.CITATION,
    }  # fmt: skip
    return render(request, "licenses/red_flags.html", context, status=status if refused else 200)


@require_POST
@page("application.read")
def flag_act(request: HttpRequest, number: str, pk: int, action: str) -> HttpResponse:
    """Note an inquiry about a flag, or its resolution."""
    flag = get_object_or_404(RedFlagAnswer, application=case_of(request, number), pk=pk)
    text, who = request.POST.get("text", ""), {"by": user_of(request), "at": timezone.now()}
    if action == "inquire":
        flags.inquire(flag=flag, text=text, **who)  # type: ignore[arg-type]
    elif action == "resolve":
        flags.resolve(flag=flag, resolution=text, **who)  # type: ignore[arg-type]
    else:
        raise Http404(action)
    shell.say(request, "Noted." if action == "inquire" else "The flag is resolved.")
    return redirect("licenses:red-flags", number)


# Deemed export


@page("deemed.read")
def deemed_form(request: HttpRequest, number: str) -> HttpResponse:
    """The form of the foreign person; each look is written to the access log."""
    case, user = case_of(request, number), user_of(request)
    if not case.deemed_export:
        raise Http404(number)
    stored = deemed.read(application=case, by=user)
    names = list(DeemedForm.base_fields)
    initial = {name: getattr(stored, name) for name in names} if stored else {"version": 0}
    form = DeemedForm(request.POST or None, initial=initial)
    draft = case.status == Status.DRAFT
    if not draft:
        form.close()
    refused: Any = ()
    status = 400
    if request.method == "POST" and form.is_valid():
        try:
            deemed.save(application=case, by=user, at=timezone.now(), **form.cleaned_data)
        except Refused as no:
            refused, status = no.blockers, no.status_code
        else:
            shell.say(request, "The deemed-export form is saved.")
            return redirect("licenses:deemed", number)
    context = {
        "case": case,
        "form": form,
        "refused": refused,
        "stored": stored,
        "draft": draft,
    }
    return render(request, "licenses/deemed.html", context, status=status if form.is_bound else 200)


# The company's own way: keyed in at the agency, what it says noted here


@page("application.read")
def keying_sheet(request: HttpRequest, number: str) -> HttpResponse:
    """Every block as it is keyed in at the agency, and what the agency shows since."""
    case = get_object_or_404(keying.loaded(user_of(request)), number=number)
    form = AgencyNoteForm(request.POST or None)
    refused: Any = ()
    if request.method == "POST" and form.is_valid():
        try:
            agency.note(application=case, by=user_of(request), at=timezone.now(), **form.cleaned_data)
        except Refused as no:
            refused = no.blockers
        else:
            shell.say(request, "Noted.")
            return redirect("licenses:keying", number)
    context = {
        "case": case, "sections": keying.sections(case), "form": form, "refused": refused,
        "notes": case.agency_notes.select_related("made_by").order_by("-read_on", "-pk"),
        "company": case.route == Route.COMPANY,
        "may_note": agency.possible(case) and roles.may(user_of(request), "application.file"),
    }  # fmt: skip
    return render(request, "licenses/keying.html", context, status=400 if form.is_bound else 200)

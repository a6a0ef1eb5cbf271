"""Items and classifications: the register, one item with its classification, the typeahead of the forms."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from exportctl import documents, filetypes, roles, shell
from exportctl.errors import Conflict, Refused, invalid
from exportctl.templatetags.ui import due_words

from .. import attachments, classifications, items, standings
from ..forms.draft import item_label
from ..forms.filings import AttachForm
from ..forms.register import ClassifyForm, ItemEditForm, ItemForm, ParameterSet
from ..models import Application, Attachment, Classification, ClassificationState, Item
from .determinations import GROUPS as MEMOS
from .determinations import of_item, told
from .page import asked, older, page, user_of

CURRENT = (ClassificationState.SIGNED, ClassificationState.REOPENED)
OPTIONS, USES = 20, 10
GROUPS = {
    "": "All",
    "open": "Open",
    "due": "Review due",
    "unclassified": "Not signed",
}
SOON = 30  # days before a review that the register begins to tell of it


def found_by(words: str) -> QuerySet[Item]:
    """Items by part number, words, ECCN or CCATS number."""
    if not words:
        return Item.objects.all()
    named = Q(part_number__icontains=words) | Q(name__icontains=words) | Q(model_number__icontains=words)
    return Item.objects.filter(named | Q(eccn__istartswith=words) | Q(ccats_number__iexact=words))


def narrowed(found: QuerySet[Item], group: str) -> QuerySet[Item]:
    """The register under one of its tabs."""
    today = timezone.localdate()
    if group == "open":
        waiting = Q(classifications__state__in=(ClassificationState.PROPOSED, ClassificationState.REOPENED))
        asking = Q(
            classifications__state__in=CURRENT, classifications__parameters__contains=[{"result": "unknown"}]
        )
        return found.filter(waiting | asking).distinct()
    if group == "due":
        near = today + timedelta(days=SOON)
        return found.filter(
            classifications__state__in=CURRENT, classifications__review_on__lte=near
        ).distinct()
    if group == "unclassified":
        return found.exclude(classifications__state__in=CURRENT)
    return found


def with_records(found: QuerySet[Item]) -> QuerySet[Item]:
    records = Classification.objects.select_related("engineer", "reviewer").order_by("-pk")
    return found.prefetch_related(Prefetch("classifications", records))


def standing(item: Item) -> dict[str, Any]:
    """What the register says of an item: tone and words, the worst first."""
    today = timezone.localdate()
    records = list(item.classifications.all())
    current = next((each for each in records if each.state in CURRENT), None)
    waiting = next((each for each in records if each.state == ClassificationState.PROPOSED), None)
    asks = len(current.open_questions) if current else 0
    if current is not None and current.state == ClassificationState.REOPENED:
        tone, words = "soon", "Re-opened by a change of the entry"
    elif waiting is not None:
        tone, words = "soon", f"{waiting.eccn} waits for a reviewer"
    elif current is None:
        tone, words = "late", "Not signed"
    elif asks:
        tone, words = "soon", f"{asks} question{'s' if asks > 1 else ''} open"
    elif current.review_on is not None and (current.review_on - today).days <= SOON:
        tone, words = "soon", f"Review: {due_words(current.review_on, today).lower()}"
    else:
        tone, words = "", "Signed by two people"
    return {"item": item, "current": current, "waiting": waiting, "tone": tone, "words": words}


@page("application.read")
def index(request: HttpRequest) -> HttpResponse:
    """The register: items by words, part number or ECCN, and what is open about each."""
    wanted, group = asked(request), asked(request, "show")
    found = narrowed(found_by(wanted), group).annotate(filed=Count("lines", distinct=True))
    rows, after = older(with_records(found), request.GET.get("before", ""))
    context = {
        "rows": [standing(item) for item in rows],
        "after": after,
        "wanted": wanted,
        "group": group,
        "tabs": [
            {"words": words, "url": f"?show={code}" if code else "?", "current": code == group}
            for code, words in GROUPS.items()
        ],
        "may_add": roles.may(user_of(request), "item.change"),
    }
    return render(request, "licenses/items.html", context)


@page("application.read")
def options(request: HttpRequest) -> HttpResponse:
    """The options of a typeahead: items whose part number, name or ECCN holds what was typed so far."""
    typed = next((value for key, value in request.GET.items() if key == "q" or key.endswith("item")), "")
    words = " ".join(str(typed).replace("\x00", "").split())[:200].partition(", ")[0]
    found = found_by(words).order_by("part_number")[:OPTIONS] if words else []
    return render(
        request, "licenses/_item_options.html", {"items": [(item_label(each), each.eccn) for each in found]}
    )


@page("application.read")
def one(request: HttpRequest, pk: int, *, refused: Any = (), status: int = 200) -> HttpResponse:
    """One item: its classification against the entry, what re-opened it, its documents and filings."""
    user = user_of(request)
    item = get_object_or_404(with_records(Item.objects.all()), pk=pk)
    files = Attachment.objects.filter(item=item, taken_off_at=None).select_related("document__uploaded_by")
    beside, _ = older(with_records(found_by(asked(request))), "", 12)
    filed = Application.objects.for_user(user).filter(lines__item=item).select_related("applicant").distinct()
    kept = of_item(standings.listed(user).filter(MEMOS[""][1]), item.pk).order_by("-pk")[:USES]
    context = {
        **standing(item),
        "history": [
            each for each in item.classifications.all() if each.state == ClassificationState.REPLACED
        ],
        "files": files.order_by("pk"),
        "beside": [standing(each) for each in beside],
        "wanted": asked(request),
        "filed": filed.order_by("-pk")[:USES],
        "kept": told(list(kept), timezone.localdate()),
        "form": AttachForm(initial={"kind": "classification"}),
        "refused": refused,
        "may": roles.may(user, "item.change"),
        "may_sign": roles.may(user, "item.review"),
        "me": user.pk,
        "limit": settings.DOCUMENT_LIMIT,
        "limit_mb": settings.DOCUMENT_LIMIT // 1048576,
        "accept": ",".join(filetypes.ENDINGS),
        "today": timezone.localdate(),
    }
    return render(request, "licenses/item.html", context, status=status)


@page("item.change")
def new(request: HttpRequest) -> HttpResponse:
    """Add an item with its classification."""
    form = ItemForm(request.POST or None)
    if request.method != "POST":
        return render(request, "licenses/item_new.html", {"form": form})
    if not form.is_valid():
        return render(request, "licenses/item_new.html", {"form": form}, status=400)
    try:
        item = items.add(**form.cleaned_data, by=user_of(request), at=timezone.now())
    except Refused as refused:
        context = {"form": form, "refused": refused.blockers}
        return render(request, "licenses/item_new.html", context, status=refused.status_code)
    shell.say(request, f"{item.part_number} {item.name} is in the master, classified {item.eccn}.")
    return redirect("licenses:items")


@page("item.change")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change an item; what was filed keeps it as it was."""
    item = get_object_or_404(Item, pk=pk)
    initial = {name: getattr(item, name) for name in ItemEditForm.base_fields}
    form = ItemEditForm(request.POST or None, initial=initial)
    refused: Any = ()
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        try:
            items.change(
                item=item, version=given.pop("version"), by=user_of(request), at=timezone.now(), **given
            )
        except Refused as no:
            refused = no.blockers
            if isinstance(no, Conflict):
                data = form.data.copy()  # type: ignore[attr-defined]
                data["version"] = Item.objects.get(pk=pk).version
                form.data = data
        else:
            shell.say(request, f"{item.part_number} is changed. What was filed stays as it was.")
            return redirect("licenses:item", pk)
    context = {"form": form, "item": item, "refused": refused}
    return render(request, "licenses/item_new.html", context, status=400 if form.is_bound else 200)


@page("item.change")
def classify(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose a classification, parameter by parameter; another person signs it."""
    item = get_object_or_404(with_records(Item.objects.all()), pk=pk)
    last = next(iter(item.classifications.all()), None)
    initial = {
        "eccn": item.eccn,
        "basis": last.basis if last else "",
        "reasons": last.reasons if last else "",
    }
    form = ClassifyForm(request.POST or None, initial=initial)
    rows = ParameterSet(request.POST or None, prefix="parameters", initial=last.parameters if last else [])
    refused: Any = ()
    if request.method == "POST" and form.is_valid() and rows.is_valid():
        filled = [row.cleaned_data for row in rows if any(row.cleaned_data.values())]
        try:
            classifications.propose(
                item=item, parameters=filled, by=user_of(request), at=timezone.now(), **form.cleaned_data
            )
        except Refused as no:
            refused = no.blockers
        else:
            shell.say(request, "The classification is proposed; another person signs it.")
            return redirect("licenses:item", pk)
    context = {"form": form, "rows": rows, "item": item, "refused": refused}
    return render(request, "licenses/item_classify.html", context, status=400 if form.is_bound else 200)


@require_POST
@page("application.read")
def act(request: HttpRequest, pk: int, record: int, action: str) -> HttpResponse:
    """Sign a proposed classification or take it back."""
    row = get_object_or_404(Classification.objects.select_related("item"), item=pk, pk=record)
    who: dict[str, Any] = {"classification": row, "by": user_of(request), "at": timezone.now()}
    try:
        if action == "sign":
            classifications.sign(**who)
            said = f"Signed: {row.item.part_number} is {row.eccn}."
        elif action == "take-back":
            classifications.take_back(**who)
            said = "The proposal is taken back."
        else:
            raise Http404(action)
    except Refused as no:
        return one(request, pk, refused=no.blockers, status=no.status_code)
    shell.say(request, said)
    return redirect("licenses:item", pk)


@csrf_exempt
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a document to an item; the limit stands before anything reads the request."""
    documents.limited(request)
    return _attach(request, pk)


@csrf_protect
@require_POST
@page("item.change")
def _attach(request: HttpRequest, pk: int) -> HttpResponse:
    item = get_object_or_404(Item, pk=pk)
    file, kind = request.FILES.get("file"), request.POST.get("kind", "")
    try:
        if no := documents.too_large(request):
            raise no
        if file is None:
            raise invalid("file", "No file was chosen.", "Choose one, then upload.")
        attachments.attach(
            file=file.file, name=file.name or "", kind=kind, note=request.POST.get("note", ""),  # type: ignore[arg-type]
            item=item, by=user_of(request), at=timezone.now(),
        )  # fmt: skip
    except Refused as refused:
        return one(request, pk, refused=refused.blockers, status=refused.status_code)
    shell.say(request, "The document is in the item’s file.")
    return redirect("licenses:item", pk)

"""Pages on hits: the queue, the compare page, and the judgment by two people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Case, Count, DateTimeField, Exists, F, OuterRef, Prefetch, Q, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from exportctl import roles, shell
from exportctl.errors import Refused
from exportctl.models import User

from .. import hits
from ..forms import JudgeForm, ReasonForm, blame
from ..models import Band, Hit, HitOutcome, HitStatus, ListCode, Listing
from . import compare

ROWS = 50
STATUSES = {
    "": "To judge",
    "open": "Open",
    "proposed": "Waits for a second person",
    "closed": "Closed",
    "all": "All",
}
REPLIES = {
    "propose": "Proposed: {outcome}. Another person agrees or sends it back.",
    "agree": "Agreed: {outcome}. It is on record.",
    "send_back": "Sent back: the hit is open again.",
    "reopen": "The hit is open again.",
}


def to_judge(user: User) -> QuerySet[Hit]:
    """Hits this user may judge, or agree to because another person proposed them.

    `since` is when the hit came to stand as it does: opened, or proposed.
    """
    may = roles.permissions_of(user)
    mine = Q(pk__in=[])
    if "hit.judge" in may:
        mine |= Q(status=HitStatus.OPEN)
    if "hit.agree" in may:
        mine |= Q(status=HitStatus.PROPOSED) & ~Q(proposed_by=user)
    since = Case(
        When(status=HitStatus.PROPOSED, then=F("proposed_at")),
        default=F("opened_at"),
        output_field=DateTimeField(),
    )
    return Hit.objects.for_user(user).filter(mine).annotate(since=since)


def _given(request: HttpRequest, name: str, known: Any) -> str:
    value = request.GET.get(name, "")
    return value if value in known else ""


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """Hits by risk: the highest score first."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "party.read")
    status, band = _given(request, "status", STATUSES), _given(request, "band", Band.values)
    code, words = (
        _given(request, "list", ListCode.values),
        " ".join(request.GET.get("q", "").replace("\x00", "").split())[:200],
    )
    found = Hit.objects.for_user(user)
    if status == "":
        found = found.unresolved()
    elif status != "all":
        found = found.filter(status=status)
    if band:
        found = found.filter(band=band)
    if code:
        found = found.filter(Exists(Listing.objects.filter(listed_party=OuterRef("listed_party"), list=code)))
    for word in words.split():
        found = found.filter(Q(party__name__icontains=word) | Q(listed_party__name__icontains=word))
    page = Paginator(found.with_pair().order_by("-score", "pk"), ROWS).get_page(request.GET.get("page"))
    context = {
        "page": page, "status": status, "band": band, "list_code": code, "words": words, "statuses": STATUSES.items(),
        "band_choices": Band.choices, "lists": ListCode.choices, "narrow": bool(status or band or code or words),
    }  # fmt: skip
    return render(request, "entities/hits.html", context)


def load(request: HttpRequest, pk: int) -> Hit:
    """The hit with both its sides, or 404 where the user does not see it."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "party.read")
    listings = Prefetch("listed_party__listings", queryset=Listing.objects.order_by("list", "pk"))
    found = Hit.objects.for_user(user).select_related(
        "party", "listed_party__source", "proposed_by", "agreed_by"
    )
    return get_object_or_404(
        found.prefetch_related(listings, "party__addresses", "party__identifiers"), pk=pk
    )


@login_required
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """Is this the same party? Both sides, what speaks for and against, what changed, and the judgment."""
    return show(request, load(request, pk))


def show(
    request: HttpRequest, hit: Hit, *, form: JudgeForm | None = None, back: ReasonForm | None = None,
    refused: Refused | None = None, status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The compare page; with the form as it was typed where a verb refused."""
    user: User = request.user  # type: ignore[assignment]
    findings = compare.findings_of(hit)
    newest = findings[0] if findings else None
    evidence = newest.explanation if newest else {}
    told = compare.story(hit)
    before = compare.baseline(findings, told)
    review, strong = compare.lines(hit)
    form = form or JudgeForm(evidence=evidence)
    actions = {one.action: one for one in hits.next_actions(hit, user)}
    context = {
        "hit": hit, "evidence": evidence, "finding": newest, "before": before, "form": form,
        "back": back or ReasonForm(), "refused": refused, "actions": actions,
        "tokens": compare.tokens(evidence), "rows": compare.rows_of(hit, evidence),
        "changes": compare.changes(newest, before), "story": told, "review": review, "strong": strong,
        "entries": [(listing, compare.entry_facts(listing)) for listing in hit.listed_party.listings.all()],
        "different": form.reasons(HitOutcome.FALSE_POSITIVE), "same": form.reasons(HitOutcome.TRUE_MATCH),
        "reason_words": hits.REASONS[hit.reason].label if hit.reason in hits.REASONS else hit.reason,
        **neighbors(hit, user),
    }  # fmt: skip
    return render(request, "entities/hit.html", context, status=status)


def neighbors(hit: Hit, user: User) -> dict[str, Any]:
    """The hits before and after in the user's queue, by risk, and the place among them. Three queries."""
    queue = to_judge(user)
    above = Q(score__gt=hit.score) | Q(score=hit.score, pk__lt=hit.pk)
    below = Q(score__lt=hit.score) | Q(score=hit.score, pk__gt=hit.pk)
    counted = queue.aggregate(
        all=Count("pk"), above=Count("pk", filter=above), own=Count("pk", filter=Q(pk=hit.pk))
    )
    return {
        "previous": queue.filter(above).order_by("score", "-pk").values_list("pk", flat=True).first(),
        "next": queue.filter(below).order_by("-score", "pk").values_list("pk", flat=True).first(),
        "place": counted["above"] + 1 if counted["own"] else 0,
        "queued": counted["all"],
    }


def go_on(request: HttpRequest, hit: Hit, words: str) -> HttpResponse:
    """Say what was done and open the next hit of the queue, or the list when none is left."""
    shell.say(request, f"{hit.party.name}: {words}")
    found = neighbors(hit, request.user)  # type: ignore[arg-type]
    after = found["next"] or found["previous"]
    return redirect("entities:hit", pk=after) if after else redirect("entities:hits")


def _evidence(hit: Hit) -> dict[str, Any]:
    newest = hit.findings.order_by("-pk").first()
    return newest.explanation if newest else {}


@login_required
@require_POST
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose an outcome with its reason; a false positive with the fact that differs."""
    hit = load(request, pk)
    form = JudgeForm(request.POST, evidence=_evidence(hit))
    if not form.is_valid():
        return show(request, hit, form=form, status=400)
    try:
        done = hits.propose(hit=hit, by=request.user, at=timezone.now(), **form.cleaned_data)  # type: ignore[arg-type]
    except Refused as refused:
        blame(form, refused)
        return show(request, hit, form=form, status=refused.status_code)
    return go_on(request, hit, REPLIES["propose"].format(outcome=compare.PROPOSED[done.outcome]))


@login_required
@require_POST
def agree(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree to what another person proposed."""
    hit = load(request, pk)
    try:
        done = hits.agree(hit=hit, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except Refused as refused:
        return show(request, hit, refused=refused, status=refused.status_code)
    return go_on(request, hit, REPLIES["agree"].format(outcome=compare.PROPOSED[done.outcome]))


@login_required
@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a proposal back with a reason."""
    return _with_reason(request, pk, "send_back", hits.send_back)


@login_required
@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a closed hit again with a reason."""
    return _with_reason(request, pk, "reopen", hits.reopen)


def _with_reason(request: HttpRequest, pk: int, action: str, verb: Callable[..., Hit]) -> HttpResponse:
    hit = load(request, pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return show(request, hit, back=form, status=400)
    try:
        verb(hit=hit, by=request.user, at=timezone.now(), **form.cleaned_data)
    except Refused as refused:
        return show(request, hit, back=form, refused=refused, status=refused.status_code)
    if action == "reopen":
        shell.say(request, REPLIES[action])
        return redirect("entities:hit", pk=hit.pk)
    return go_on(request, hit, REPLIES[action])

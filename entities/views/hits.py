"""The compare page of a hit, and every step of its judgment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from exportctl import roles, shell
from exportctl.errors import Refused
from exportctl.models import User

from .. import duties, hits, looks, masking, memory, outcomes
from ..forms import AssignForm, EscalateForm, JudgeForm, ReasonForm, blame
from ..judging import TARGET, UNDO
from ..models import Hit, HitOutcome, HitStatus, Listing
from . import compare
from .queue import to_judge

REPLIES = {
    "propose": "Proposed: {outcome}. Another person agrees or sends it back.",
    "alone": "On record: {outcome}.",
    "agree": "Agreed: {outcome}. It is on record.",
    "send_back": "Sent back: the hit is open again.",
    "reopen": "The hit is open again.",
    "hand_back": "It is back in the queue.",
}


def load(request: HttpRequest, pk: int) -> Hit:
    """The hit with both its sides, or 404 where the user does not see it."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "party.read")
    listings = Prefetch("listed_party__listings", queryset=Listing.objects.order_by("list", "pk"))
    found = Hit.objects.for_user(user).select_related(
        "party",
        "listed_party__source",
        "proposed_by",
        "agreed_by",
        "assigned_to",
        "escalated_to",
        "escalated_by",
    )
    return get_object_or_404(
        found.prefetch_related(listings, "party__names", "party__addresses", "party__identifiers", "duties"),
        pk=pk,
    )


@login_required
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """Is this the same party? Both sides, what speaks for and against, what changed, and the judgment."""
    return show(request, load(request, pk))


def show(
    request: HttpRequest, hit: Hit, *, form: JudgeForm | None = None, back: ReasonForm | None = None,
    escalation: EscalateForm | None = None, refused: Refused | None = None, full: bool = False, status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The compare page; with the form as it was typed where a verb refused. `full`: nothing is masked."""
    user: User = request.user  # type: ignore[assignment]
    findings = compare.findings_of(hit)
    newest = findings[0] if findings else None
    told = compare.story(hit)
    before = compare.baseline(findings, told)
    review, strong = compare.lines(hit)
    if hit.of_person and not full:
        for finding in findings:
            finding.explanation = masking.evidence(finding.explanation)
    shown = newest.explanation if newest else {}
    form = form or JudgeForm(evidence=shown)
    actions = {one.action: one for one in hits.next_actions(hit, user, at=timezone.now())}
    since = memory.changed_since(hit, memory.facts_of(hit.party, hit.listed_party))
    lists = [(one.list, one.effect) for one in hit.listed_party.listings.all() if one.removed_in_id is None]
    context = {
        "hit": hit, "evidence": shown, "finding": newest, "before": before, "form": form,
        "back": back or ReasonForm(), "refused": refused, "actions": actions,
        "escalation": escalation or (EscalateForm(by=user) if "escalate" in actions else None),
        "assign": AssignForm(initial={"to": hit.assigned_to_id}) if "assign" in actions else None,
        "tokens": compare.tokens(shown), "rows": compare.rows_of(hit, shown, full=full or not hit.of_person),
        "masked": hit.of_person and not full, "may_see": roles.may(user, looks.PERMISSION),
        "facts_changed": masking.changes(since) if hit.of_person and not full else since,
        "changes": [] if since else compare.changes(newest, before), "story": told,
        "means": [outcomes.effect_of(code, house) for code, house in lists],
        "duties": [(one, duties.BY_KIND[one.kind]) for one in hit.duties.all() if one.dropped_at is None],
        "due_on": (hit.proposed_at or hit.escalated_at or hit.opened_at).date() + TARGET
        if hit.status != HitStatus.CLOSED else None,
        "escalated_why": hits.ESCALATIONS.get(hit.escalation, ""), "review": review, "strong": strong,
        "entries": [(listing, compare.entry_facts(listing)) for listing in hit.listed_party.listings.all()],
        "different": form.reasons(HitOutcome.FALSE_POSITIVE), "same": form.reasons(HitOutcome.TRUE_MATCH),
        "reason_words": hits.REASONS[hit.reason].label if hit.reason in hits.REASONS else hit.reason,
        **neighbors(hit, user),
    }  # fmt: skip
    return render(request, "entities/hit.html", context, status=status)


def neighbors(hit: Hit, user: User) -> dict[str, Any]:
    """The hits before and after in the user's queue, by risk, and the place among them. Three queries."""
    queue = to_judge(user)
    here = (hit.score, hit.risk, hit.opened_at, hit.pk)
    above, below = _beside(here, before=True), _beside(here, before=False)
    counted = queue.aggregate(
        all=Count("pk"), above=Count("pk", filter=above), own=Count("pk", filter=Q(pk=hit.pk))
    )
    backward = ("score", "risk", "-opened_at", "-pk")
    return {
        "previous": queue.filter(above).order_by(*backward).values_list("pk", flat=True).first(),
        "next": queue.filter(below).by_risk().values_list("pk", flat=True).first(),
        "place": counted["above"] + 1 if counted["own"] else 0,
        "queued": counted["all"],
    }


def _beside(here: tuple[Any, ...], *, before: bool) -> Q:
    """What stands before or after a hit in the order of `by_risk`."""
    more, less = ("gt", "lt") if before else ("lt", "gt")
    score, risk, opened_at, pk = here
    return (
        Q(**{f"score__{more}": score})
        | Q(**{"score": score, f"risk__{more}": risk})
        | Q(**{"score": score, "risk": risk, f"opened_at__{less}": opened_at})
        | Q(**{"score": score, "risk": risk, "opened_at": opened_at, f"pk__{less}": pk})
    )


def go_on(request: HttpRequest, hit: Hit, words: str) -> HttpResponse:
    """Say what was done, with its undo, and open the next hit of the queue, or the list when none is left."""
    now = timezone.now()
    undo = {one.action: one for one in hits.next_actions(hit, request.user, at=now)}.get("undo")  # type: ignore[arg-type]
    if undo is not None and undo.allowed:
        address = reverse("entities:hit-undo", args=[hit.pk])
        shell.say(request, f"{hit.party.name}: {words}", undo=address, until=now + UNDO)
    else:
        shell.say(request, f"{hit.party.name}: {words}")
    found = neighbors(hit, request.user)  # type: ignore[arg-type]
    after = found["next"] or found["previous"]
    return redirect("entities:hit", pk=after) if after else redirect("entities:hits")


def _evidence(hit: Hit) -> dict[str, Any]:
    newest = hit.findings.order_by("-pk").first()
    found: dict[str, Any] = newest.explanation if newest else {}
    return masking.evidence(found) if hit.of_person else found


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
    words = REPLIES["alone" if done.status == HitStatus.CLOSED else "propose"]
    return go_on(request, done, words.format(outcome=compare.PROPOSED[done.outcome]))


@login_required
@require_POST
def agree(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree to what another person proposed."""
    hit = load(request, pk)
    try:
        done = hits.agree(hit=hit, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except Refused as refused:
        return show(request, hit, refused=refused, status=refused.status_code)
    return go_on(request, done, REPLIES["agree"].format(outcome=compare.PROPOSED[done.outcome]))


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


@login_required
@require_POST
def hand_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an escalated hit back to the queue."""
    return _with_reason(request, pk, "hand_back", hits.hand_back)


@login_required
@require_POST
def escalate(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the hit to somebody who can settle it, with why."""
    hit = load(request, pk)
    form = EscalateForm(request.POST, by=request.user)  # type: ignore[arg-type]
    if not form.is_valid():
        return show(request, hit, escalation=form, status=400)
    try:
        done = hits.escalate(hit=hit, by=request.user, at=timezone.now(), **form.cleaned_data)  # type: ignore[arg-type]
    except Refused as refused:
        blame(form, refused)
        return show(request, hit, escalation=form, status=refused.status_code)
    return go_on(request, done, f"Escalated to {done.escalated_to or 'whoever agrees to hits'}.")


@login_required
@require_POST
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Say who judges the hit next."""
    hit, form = load(request, pk), AssignForm(request.POST)
    if not form.is_valid():
        return show(request, hit, status=400)
    try:
        done = hits.assign(hit=hit, by=request.user, at=timezone.now(), **form.cleaned_data)  # type: ignore[arg-type]
    except Refused as refused:
        return show(request, hit, refused=refused, status=refused.status_code)
    shell.say(request, f"Assigned to {done.assigned_to or 'nobody'}.")
    return redirect("entities:hit", pk=pk)


@login_required
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one's own last step back within ten minutes."""
    hit = load(request, pk)
    try:
        hits.undo(hit=hit, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except Refused as refused:
        return show(request, hit, refused=refused, status=refused.status_code)
    shell.say(request, "Undone. The log keeps the step and says that it was taken back.")
    return redirect("entities:hit", pk=pk)


@login_required
@require_POST
def full(request: HttpRequest, pk: int) -> HttpResponse:
    """The page with birth dates and document numbers in full, this once; who looked is logged."""
    hit = load(request, pk)
    looks.reveal(hit=hit, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    return show(request, hit, full=True)


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

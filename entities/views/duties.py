"""Pages on what hits oblige to, and on how far reviewers agree."""

from __future__ import annotations

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from exportctl import roles, shell
from exportctl.errors import NotAllowed, Refused
from exportctl.fields import words
from exportctl.models import User
from exportctl.transitions import Blocker

from .. import duties, looks, masking, rechecks
from ..forms import blame
from ..models import Duty, HitOutcome, Recheck
from . import compare


class ResultForm(forms.Form):
    """What came of a duty."""

    result = words("Result", help_text="What was sent, read or found, and where it is kept")


class SampleForm(forms.Form):
    """How many closed hits are looked at again."""

    count = forms.IntegerField(label="How many", min_value=1, max_value=rechecks.MOST, initial=10)


class LookForm(forms.Form):
    """The blind second look; nothing is chosen in advance."""

    outcome = forms.ChoiceField(
        label="What is it?", widget=forms.RadioSelect,
        choices=[(HitOutcome.TRUE_MATCH.value, "True match"), (HitOutcome.FALSE_POSITIVE.value, "False positive")],
    )  # fmt: skip
    note = words("Note", required=False, rows=2)


@login_required
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One duty: what is to be done, by when and by which rule; closed with a result."""
    user: User = request.user  # type: ignore[assignment]
    roles.require(user, "party.read")
    duty = get_object_or_404(
        Duty.objects.for_user(user).select_related("hit__party", "hit__listed_party", "done_by"), pk=pk
    )
    form = ResultForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                duties.complete(duty=duty, by=user, at=timezone.now(), **form.cleaned_data)
            except Refused as refused:
                blame(form, refused)
                status = refused.status_code
            else:
                shell.say(request, f"{duty.get_kind_display()}: done and on record.")
                return redirect("entities:hit", pk=duty.hit_id)
    context = {
        "duty": duty,
        "rule": duties.BY_KIND[duty.kind],
        "form": form,
        "may": roles.may(user, "hit.judge"),
    }
    return render(request, "entities/duty.html", context, status=status)


@login_required
def agreement(request: HttpRequest) -> HttpResponse:
    """How far reviewers agree over 90 days, the blind samples that wait, and a new draw."""
    user: User = request.user  # type: ignore[assignment]
    if not roles.permissions_of(user) & {"hit.judge", "hit.agree", "audit.read"}:
        raise NotAllowed(
            Blocker("not_permitted", "Your roles do not judge hits.", remedy="Ask an administrator.")
        )
    since = timezone.now() - rechecks.QUARTER
    answered = Recheck.objects.filter(at__gte=since).select_related("hit__party", "hit__listed_party", "by")
    context = {
        "blind": rechecks.blind(since=since), "at_once": rechecks.at_once(since=since), "since": since,
        "waiting": list(rechecks.to_look_at(user)[:50]) if roles.may(user, "hit.judge") else [],
        "answered": answered.order_by("-at")[:50],
        "form": SampleForm() if roles.may(user, "hit.agree") else None,
    }  # fmt: skip
    return render(request, "entities/agreement.html", context)


@login_required
@require_POST
def sample(request: HttpRequest) -> HttpResponse:
    """Draw closed hits for a blind second look."""
    form = SampleForm(request.POST)
    if form.is_valid():
        drawn = rechecks.sample(by=request.user, at=timezone.now(), **form.cleaned_data)  # type: ignore[arg-type]
        shell.say(request, f"{len(drawn)} closed hits were drawn. Whoever did not judge them may look.")
    return redirect("entities:agreement")


@login_required
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """Both sides of a pair without any trace of how it was judged."""
    user: User = request.user  # type: ignore[assignment]
    recheck = get_object_or_404(rechecks.to_look_at(user), pk=pk)
    form = LookForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        rechecks.answer(recheck=recheck, by=user, at=timezone.now(), **form.cleaned_data)
        shell.say(request, "Your look is on record.")
        following = rechecks.to_look_at(user).first()
        return redirect("entities:look", pk=following.pk) if following else redirect("entities:agreement")
    return _look(request, recheck, form, status=400 if form.errors else 200)


def _look(
    request: HttpRequest, recheck: Recheck, form: LookForm, *, full: bool = False, status: int = 200
) -> HttpResponse:
    hit = recheck.hit
    newest = hit.findings.order_by("-pk").first()
    evidence = newest.explanation if newest else {}
    masked = hit.of_person and not full
    shown = masking.evidence(evidence) if masked else evidence
    context = {
        "recheck": recheck, "hit": hit, "form": form, "evidence": shown, "masked": masked,
        "rows": compare.rows_of(hit, shown, full=not masked), "tokens": compare.tokens(shown),
        "may_see": roles.may(request.user, looks.PERMISSION),  # type: ignore[arg-type]
    }  # fmt: skip
    return render(request, "entities/look.html", context, status=status)


@login_required
@require_POST
def look_full(request: HttpRequest, pk: int) -> HttpResponse:
    """The blind look with birth dates and document numbers in full, this once; who looked is logged."""
    recheck = get_object_or_404(rechecks.to_look_at(request.user), pk=pk)  # type: ignore[arg-type]
    looks.reveal(hit=recheck.hit, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    return _look(request, recheck, LookForm(), full=True)

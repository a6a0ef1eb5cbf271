"""The rows of "My work": what one person can act on today, in a fixed number of queries.

The days below are the office's own targets in calendar days, shown as targets; the legal clocks come
from `clocks` (15 CFR 750.4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)
from django.urls import reverse

from entities import duties
from entities.judging import TARGET
from entities.models import Finding, HitStatus, ListCode, Listing, ListVersion, VersionState
from entities.views.compare import PROPOSED
from entities.views.queue import to_judge
from exportctl import roles
from exportctl.models import User

from .. import conditions, riders
from ..cases import day
from ..models import Asked, Condition, ConditionStep, License, LicenseLine, Question, StepKind
from ..waits import NOBODY, ago, said

HIT_TARGET = TARGET.days
SIGN_TARGET = 2  # days to register a filing, to countersign a proposal
IMPORT_TARGET = 1  # days to release or reject a held list
EXPIRING = 30  # days before its end in which a license is shown
LICENSE_WORK = "usage.record"  # who ships under licenses minds their conditions and their end
CASES = 500  # cases read at most, far above one desk; the page says where there are more

TRIGGERS = {
    "registered": "Found when the party was registered",
    "changed": "Found after a change of the party",
    "filed": "Found by a new filing",
    "decided": "Found when a decision was proposed",
    "list": "Found by a new list version",
    "manual": "Found by a screening someone asked for",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to do. `target` marks a due day that is the office's own and not the law's."""

    kind: str
    title: str
    url: str
    sub: str
    why: str
    due_on: date | None = None
    target: bool = False
    paused: str = ""
    paused_days: int = 0
    parties: str = ""
    figure: Any = None
    money: Any = None
    figure_note: str = ""
    held_by: str = ""
    second: bool = False  # another person proposed it
    strong: bool = False
    waits: str = ""  # why it waits here and since when; `why` is then what to do
    mine: bool = False  # it is assigned to the reader
    colleague: bool = False  # it is assigned to somebody else of the same desk

    def has(self, words: str) -> bool:
        """Whether every word typed stands somewhere in the row."""
        text = f"{self.title} {self.sub} {self.waits} {self.why} {self.parties} {self.held_by}".casefold()
        return all(word in text for word in words.casefold().split())

    @property
    def order(self) -> tuple[Any, ...]:
        """Nearest deadline first, then the strongest; rows without a date last."""
        return (
            self.due_on is None,
            self.due_on or date.max,
            not self.strong,
            -int(self.figure or 0),
            self.title,
        )


def start_of(on: date) -> datetime:
    return datetime.combine(on, time(), UTC)


# Hits


def hits_to_do(user: User, *, words: str = "") -> Any:
    """Hits this user may judge, or agree to because another person proposed them."""
    found = to_judge(user)
    for word in words.split():
        found = found.filter(Q(party__name__icontains=word) | Q(listed_party__name__icontains=word))
    return found


def in_band(hits: QuerySet[Any], band: str, *, on: date) -> QuerySet[Any]:
    """The hits whose target day lies in a band of deadlines."""
    edge = start_of(on) - timedelta(days=HIT_TARGET)
    today, week = edge + timedelta(days=1), edge + timedelta(days=8)
    return {
        "late": hits.filter(since__lt=edge),
        "today": hits.filter(since__gte=edge, since__lt=today),
        "week": hits.filter(since__gte=today, since__lt=week),
        "later": hits.filter(since__gte=week),
        "paused": hits.none(),
    }.get(band, hits)


def assigned(user: User) -> tuple[Q, Q]:
    """Hits that the user is to judge, and hits that a colleague is: open ones alone, a proposal waits for anybody."""
    held = Q(status=HitStatus.OPEN, assigned_to__isnull=False)
    return held & Q(assigned_to=user), held & ~Q(assigned_to=user)


def hit_counts(hits: QuerySet[Any], user: User, *, on: date, team: bool) -> dict[str, int]:
    """How many hits stand in each band, how many are strong or wait for a second person, and `mine_` of each band
    those assigned to the user. What a colleague has is `colleague`, counted with the rest for the team. One query."""
    edge = start_of(on) - timedelta(days=HIT_TARGET)
    today, week = edge + timedelta(days=1), edge + timedelta(days=8)
    mine, colleague = assigned(user)
    seen = Q() if team else ~colleague
    bands = {
        "late": Q(since__lt=edge),
        "today": Q(since__gte=edge, since__lt=today),
        "week": Q(since__gte=today, since__lt=week),
        "later": Q(since__gte=week),
    }
    counted: dict[str, int] = hits.aggregate(
        all=Count("pk", filter=seen),
        strong=Count("pk", filter=seen & Q(band="strong")),
        second=Count("pk", filter=seen & Q(status=HitStatus.PROPOSED)),
        colleague=Count("pk", filter=colleague),
        **{band: Count("pk", filter=seen & when) for band, when in bands.items()},
        **{f"mine_{band}": Count("pk", filter=mine & when) for band, when in bands.items()},
    )
    return counted


def hit_rows(hits: QuerySet[Any], user: User, *, on: date, limit: int) -> list[Row]:
    """The first hits: the user's own, then by target day, then by score. One query."""
    trigger = Finding.objects.filter(hit=OuterRef("pk")).order_by("-pk").values("screening__trigger")[:1]
    lists = Listing.objects.filter(listed_party=OuterRef("listed_party"), removed_in=None)
    found = (
        hits.select_related("party", "listed_party", "proposed_by", "assigned_to")
        .annotate(own=ExpressionWrapper(assigned(user)[0], BooleanField()))
        .annotate(trigger=Subquery(trigger), lists=ArraySubquery(lists.values("list").distinct()))
        .order_by("-own", "since", "-score", "pk")[:limit]
    )
    return [_hit_row(hit, user, on) for hit in found]


def _hit_row(hit: Any, user: User, on: date) -> Row:
    names = ", ".join(str(ListCode(code).label) for code in hit.lists) or "no longer listed"
    proposed = hit.status == HitStatus.PROPOSED
    held = hit.assigned_to if hit.status == HitStatus.OPEN else None
    found = f"{TRIGGERS.get(hit.trigger, 'Found by screening')} {ago(day(hit.since), on)}"
    waits, why = f"{found}; {f'held by {held.name}' if held else NOBODY}", "Judge it"
    if proposed:
        waits = f"Proposed by {hit.proposed_by} {ago(day(hit.since), on)}, waits for a second person"
        why = f"{hit.proposed_by} proposes: {PROPOSED[hit.outcome]}. Agree or send back"
    elif hit.status == HitStatus.ESCALATED:
        waits = f"Escalated {ago(day(hit.since), on)}"
    return Row(
        kind="hit",
        title=hit.party.name,
        url=reverse("entities:hit", args=[hit.pk]),
        sub=f"Hit · {names}",
        why=why,
        due_on=day(hit.since) + timedelta(days=HIT_TARGET),
        target=True,
        parties=f"Against {hit.listed_party.name}",
        figure=hit.score,
        figure_note=f"{hit.get_band_display().lower()} band",
        held_by="A second person" if proposed else held.name if held else "Anyone who judges hits",
        second=proposed,
        strong=hit.band == "strong",
        waits=waits,
        mine=hit.own,
        colleague=held is not None and held.pk != user.pk,
    )


# Duties, conditions, licenses, imports


def duty_rows(user: User, *, on: date) -> Iterator[Row]:
    """What true matches oblige to, for who judges hits. One query."""
    for duty in duties.to_do(user)[:CASES]:
        rule = duties.BY_KIND[duty.kind]
        yield Row(
            kind="duty",
            title=duty.get_kind_display(),
            url=reverse("entities:duty", args=[duty.pk]),
            sub=f"Task · {duty.hit.party.name}",
            why=rule.words,
            waits=f"A true match asks for it, opened {ago(day(duty.opened_at), on)}; {NOBODY}",
            due_on=duty.due_on,
            target=not rule.legal,
            parties=f"Against {duty.hit.listed_party.name}",
            held_by="Anyone who judges hits",
        )


def condition_rows(user: User, *, on: date) -> Iterator[Row]:
    """What is due under conditions of licenses, for those who work with licenses. Four queries at most."""
    if not roles.may(user, LICENSE_WORK):
        return
    licenses = License.objects.for_user(user).filter(application=OuterRef("application"))
    dated = [code for code, rider in riders.RIDERS.items() if rider.due != riders.Due.NONE]
    steps = Prefetch("steps", ConditionStep.objects.filter(kind=StepKind.MET).order_by("pk"))
    found = list(
        Condition.objects.live()
        .filter(Exists(licenses), code__in=dated)
        .select_related("application__applicant", "application__license")
        .prefetch_related(steps)
        .order_by("-pk")[:CASES]
    )
    stand = conditions.standings(found, on) if found else {}
    for condition in found:
        demand = stand[condition.pk].next
        if demand is None or demand.on is None:
            continue
        license = condition.application.license
        yield Row(
            kind="condition",
            title=condition.get_code_display(),
            url=reverse("licenses:license", args=[license.number]),
            sub=f"Condition {condition.number} · License {license.number}",
            why=condition.text if len(condition.text) <= 120 else f"{condition.text[:117]}…",
            waits=f"A condition of the license asks for it by {said(demand.on, on)}",
            due_on=demand.on,
            parties=condition.application.applicant.name,
            held_by=condition.application.applicant.name,
        )


def question_rows(user: User, *, on: date) -> Iterator[Row]:
    """Open questions that wait for this person's answer. One query."""
    if not roles.may(user, "question.answer"):
        return
    asked = Asked.FILER if roles.sees(user) == "own" else Asked.COMMERCE
    found = Question.objects.for_user(user).open().filter(to=asked)
    found = found.select_related("application__applicant", "application__assigned_to")
    for question in found.order_by("due_on", "pk")[:CASES]:
        case = question.application
        holder = case.assigned_to if asked == Asked.COMMERCE else None
        yield Row(
            kind="question",
            title=f"{case.number} {case.applicant.name}",
            url=reverse("licenses:application-act", args=[case.number, "answer_question"])
            + f"?question={question.pk}",
            sub=f"Question {question.number} · from {question.asker}",
            why=question.text if len(question.text) <= 120 else f"{question.text[:117]}…",
            due_on=question.due_on,
            target=True,
            parties=case.applicant.name,
            held_by="Applicant"
            if asked == Asked.FILER
            else f"{holder.name} (Commerce)"
            if holder
            else "Commerce",
            waits=f"Open since {said(question.asked_on, on)}, answer due {said(question.due_on, on)}",
            mine=holder is not None and holder.pk == user.pk,
            colleague=holder is not None and holder.pk != user.pk,
        )


def expiring_rows(user: User, *, on: date) -> Iterator[Row]:
    """Running licenses that end within 30 days, for those who work with licenses. Two queries."""
    if not roles.may(user, LICENSE_WORK):
        return
    ends = on + timedelta(days=EXPIRING)
    found = (
        License.objects.for_user(user)
        .running(on)
        .filter(expires_on__lte=ends)
        .select_related("application__applicant")
        .prefetch_related(Prefetch("lines", queryset=LicenseLine.objects.with_shipped()))
        .order_by("expires_on", "pk")[:CASES]
    )
    for license in found:
        lines = list(license.lines.all())
        value = sum(line.value for line in lines)
        left = value - sum(line.shipped_value for line in lines)
        unused = f"{left / value:.0%} of its value unused" if value else "Nothing authorized"
        yield Row(
            kind="expiring",
            title=f"License {license.number}",
            url=reverse("licenses:license", args=[license.number]),
            sub=f"Expiring · {license.application.applicant.name}",
            why=f"{unused}; ask for an extension while it is valid",
            waits=f"The license ends on {said(license.expires_on, on)}",
            due_on=license.expires_on,
            parties=license.application.applicant.name,
            money=left,
            figure_note="left",
            held_by=license.application.applicant.name,
        )


def import_rows(user: User, *, on: date) -> Iterator[Row]:
    """List versions held for release that another person brought in. One query."""
    if not roles.may(user, "list.release"):
        return
    held = (
        ListVersion.objects.filter(state=VersionState.HELD)
        .select_related("source", "imported_by")
        .order_by("imported_at")
    )
    for version in held:
        own = version.imported_by_id == user.pk
        why = (
            "You imported it: another person releases it; you may reject it"
            if own
            else "Held by its checks: release or reject it"
        )
        yield Row(
            kind="import",
            title=f"{version.source.name}, version {version.number}",
            url=reverse("entities:list-version", args=[version.pk]),
            sub=f"List import · +{version.added:,} −{version.removed:,} ~{version.changed:,}",
            why=why,
            due_on=day(version.imported_at) + timedelta(days=IMPORT_TARGET),
            target=True,
            waits=f"Imported by {version.imported_by} {ago(day(version.imported_at), on)}, held by its checks",
            parties=f"Imported by {version.imported_by}",
            figure=version.rows,
            figure_note="rows",
            held_by="A second person" if own else "Me",
            second=not own,
        )

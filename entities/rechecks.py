"""How far reviewers agree: a blind second look at closed hits, and what the second person said at once."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet

from exportctl import audit, roles
from exportctl.errors import invalid, refuse
from exportctl.models import Event, User

from . import hits
from .models import Hit, HitOutcome, HitStatus, Recheck

MOST = 50
QUARTER = timedelta(days=90)  # what the manager's figures look back on


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often two looks agreed: `same` of `both`, and Cohen's kappa (None where chance explains all)."""

    same: int
    both: int
    kappa: float | None = None


def sample(*, count: int, by: User, at: datetime, seed: int | None = None) -> list[Recheck]:
    """Draw closed false positives at random for a blind second look, each once at a time.

    Refuses a number outside 1 to 50 and a sample that finds none; needs hit.agree and a person.
    """
    roles.require(by, "hit.agree", person=True)
    if not 1 <= count <= MOST:
        raise invalid("count", f"{count} is no sample.", f"Choose 1 to {MOST}.")
    with audit.action(by=by, at=at) as log:
        closed = Hit.objects.for_user(by).filter(
            status=HitStatus.CLOSED, outcome=HitOutcome.FALSE_POSITIVE, proposed_by__isnull=False
        ).exclude(rechecks__at=None, rechecks__isnull=False)  # fmt: skip
        keys = sorted(closed.values_list("pk", flat=True))
        if not keys:
            raise refuse("nothing_to_sample", "No closed false positive is left to be looked at.",
                         remedy="Judge the samples that wait first.")  # fmt: skip
        drawn = random.Random(seed).sample(keys, min(count, len(keys)))
        found = Hit.objects.filter(pk__in=drawn).order_by("pk")
        made = Recheck.objects.bulk_create(
            Recheck(hit=hit, was=hit.outcome, judged_by=hit.proposed_by, asked_by=by, asked_at=at)
            for hit in found
        )
        log("recheck.asked", by, hits=sorted(drawn), count=len(made))
    return made


def answer(*, recheck: Recheck, outcome: str, by: User, at: datetime, note: str = "") -> Recheck:
    """Say what the pair is, without having seen how it was judged.

    A different answer opens the hit again for a judgment in the open. Refuses who judged or agreed to it,
    an answered one and an unknown outcome; needs hit.judge and a person.
    """
    roles.require(by, "hit.judge", person=True)
    if outcome not in HitOutcome.values:
        raise invalid("outcome", f"'{outcome}' is no outcome.", f"One of: {', '.join(HitOutcome.values)}.")
    with audit.action(by=by, at=at) as log:
        locked = Recheck.objects.select_for_update(no_key=True).select_related("hit").get(pk=recheck.pk)
        if locked.at is not None:
            raise refuse("wrong_status", "This one is answered already.", remedy="Take another one.")
        if by.pk in (locked.judged_by_id, locked.hit.agreed_by_id):
            raise refuse("same_person", "You judged this pair; another person looks again.",
                         remedy="Leave it to a colleague.")  # fmt: skip
        locked.outcome, locked.note, locked.by, locked.at = outcome, note.strip(), by, at
        locked.save()
        log(
            "recheck.answered",
            locked,
            hit=locked.hit_id,
            was=locked.was,
            outcome=outcome,
            same=outcome == locked.was,
        )
        if outcome != locked.was and locked.hit.status == HitStatus.CLOSED:
            hits.reopen(hit=locked.hit, reason="A blind second look came to another outcome.", by=by, at=at)
    return locked


def to_look_at(user: User) -> QuerySet[Recheck]:
    """The samples this user may look at blind: of hits they neither judged nor agreed to."""
    found = Recheck.objects.filter(at=None, hit__in=Hit.objects.for_user(user)).exclude(judged_by=user)
    return found.exclude(hit__agreed_by=user).select_related("hit__party", "hit__listed_party").order_by("pk")


def blind(*, since: datetime) -> Agreement:
    """How often the blind second look came to the same outcome, since a moment."""
    pairs = Recheck.objects.filter(at__gte=since).values_list("was", "outcome").annotate(n=Count("pk"))
    table = {(was, now): number for was, now, number in pairs}
    return agreement(table)


def at_once(*, since: datetime) -> Agreement:
    """How often the second person agreed to a proposal rather than sending it back, since a moment."""
    said = dict(
        Event.objects.filter(verb__in=("hit.agreed", "hit.returned"), at__gte=since)
        .values_list("verb").annotate(n=Count("seq"))
    )  # fmt: skip
    agreed, returned = said.get("hit.agreed", 0), said.get("hit.returned", 0)
    return Agreement(agreed, agreed + returned)


def agreement(table: dict[tuple[str, str], int]) -> Agreement:
    """Agreement of two looks from {(first, second): how often}, with Cohen's kappa."""
    both = sum(table.values())
    same = sum(number for (one, two), number in table.items() if one == two)
    if not both:
        return Agreement(0, 0)
    names = {name for pair in table for name in pair}
    chance = sum(
        sum(n for (one, _), n in table.items() if one == name) * sum(n for (_, two), n in table.items() if two == name)
        for name in names
    ) / both**2  # fmt: skip
    return Agreement(same, both, round((same / both - chance) / (1 - chance), 2) if chance < 1 else None)

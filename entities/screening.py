"""Screening: our parties against the lists in force. A run that fails is stored as failed, never as clear."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import OperationalError
from django.db.models import OuterRef, Subquery

from exportctl import audit, roles
from exportctl.models import User

from . import lists, runs, worlds
from .models import Hit, HitStatus, Party, Screening
from .outcomes import Outcome, Told, outcome_of
from .runs import Run, Tally
from .versions import HIDDEN


def screen(*, party: Party, trigger: str, by: User, at: datetime) -> Screening:
    """Screen a party against the lists in force: store the run, open a hit for each new pair.

    A recorded false positive opens again when a fact it rested on changed, and follows its entry to a
    successor (`memory`). An error of the comparison is stored as a failed run and raised again, so that it
    is retried and blocks until then. Needs screening.run.
    """
    roles.require(by, "screening.run")
    now = worlds.world()
    try:
        with audit.action(by=by, at=at) as log:
            held = locked([party.pk])
            found = Run(party.pk, held[party.pk].facts_version, runs.matches(held[party.pk], now))
            [screening] = _stored([found], held, now, trigger, log)
    except OperationalError:
        raise
    except Exception as error:  # whatever broke, the run is on record as failed, then raised
        with audit.action(by=by, at=at) as log:
            held = locked([party.pk])
            _stored([runs.failed(held[party.pk], error)], held, now, trigger, log)
        raise
    return screening


def locked(keys: Iterable[int]) -> dict[int, Party]:
    """Parties under their locks, with the facts that screening reads."""
    found = Party.objects.select_for_update(no_key=True).filter(pk__in=list(keys)).with_facts()
    return {party.pk: party for party in found.order_by("pk")}


def _stored(
    found: list[Run], parties: dict[int, Party], now: worlds.World, trigger: str, log: audit.Log
) -> list[Screening]:
    return runs.store(found, parties, now, trigger, log, Tally(), single=True)


def state(party: Party) -> str:
    """current, missing, stale (older than the lists or the party's facts) or failed."""
    return states([party])[party.pk]


def states(parties: Iterable[Party]) -> dict[int, str]:
    """The screening state of each party by key, in two queries whatever the number."""
    parties = list(parties)
    name, last = lists.current_world(), latest_of(parties)
    return {party.pk: state_of(party, last.get(party.pk), name) for party in parties}


def latest_of(parties: Iterable[Party]) -> dict[int, Screening]:
    """The newest run of each party that has one, by key of the party. One query."""
    found = Screening.objects.filter(party__in=[party.pk for party in parties])
    return {one.party_id: one for one in found.order_by("party_id", "-id").distinct("party_id")}


def failed() -> list[int]:
    """Keys of the parties whose latest screening failed, in order."""
    latest = Screening.objects.filter(party=OuterRef("pk")).order_by("-id").values("error")[:1]
    return list(
        Party.objects.annotate(error=Subquery(latest))
        .filter(error__gt="")
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def state_of(party: Party, last: Screening | None, name: str) -> str:
    """The state that a party's newest run gives it in the world of that name."""
    if last is None:
        return "missing"
    if last.error:
        return "failed"
    return "current" if last.facts_version == party.facts_version and last.holds_for == name else "stale"


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a party's screening says on a day. Without an outcome it could not say anything: `state` tells why."""

    state: str
    run: Screening | None
    outcome: Outcome | None


def conclude(party: Party, *, on: date, by: User | None = None, role: str = "") -> Conclusion:
    """The outcome of a current screening by the hits as they are judged; none while it is not current.

    Never a bare "clear": without a hit it is no match by name. An expired false positive counts as not
    judged. Entries that `by` may not see weigh in and are not named. `role` is one of `outcomes.ROLES`; without one
    the strictest reading holds. Four queries.
    """
    last = latest_of([party]).get(party.pk)
    state = state_of(party, last, lists.current_world())
    if state != "current":
        return Conclusion(state, last, None)
    found = (
        Hit.objects.filter(party=party)
        .with_order_end(on=on)
        .select_related("listed_party")
        .prefetch_related("listed_party__listings")
    )
    seen = (
        None if by is None else set(Hit.objects.for_user(by).filter(party=party).values_list("pk", flat=True))
    )
    told = [
        Told(
            name=hit.listed_party.name if seen is None or hit.pk in seen else HIDDEN,
            lists=[(one.list, one.effect) for one in hit.listed_party.listings.all() if one.removed_in_id is None],
            status=HitStatus.OPEN if hit.expires_on and hit.expires_on <= on else hit.status, outcome=hit.outcome,
            order_ended_on=hit.order_ended_on,
        )
        for hit in found.order_by("-risk", "-score", "pk")
    ]  # fmt: skip
    return Conclusion(state, last, outcome_of(told, role=role))

"""Screening: our parties against the lists in force. A run that fails is stored as failed, never as clear."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import OperationalError
from django.db.models import OuterRef, Subquery

from exportctl import audit, roles
from exportctl.models import Event, User

from . import lists, runs, worlds
from .models import ListVersion, Party, Screening, Trigger
from .runs import Run, Tally


@dataclass(slots=True)
class Batch:
    """What a batch of a re-screening did; `last` is the key to go on after, None at the end."""

    last: int | None = None
    screened: int = 0
    opened: int = 0
    reopened: int = 0
    failed: list[int] = field(default_factory=list)


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
            locked = _locked([party.pk])
            found = Run(party.pk, locked[party.pk].facts_version, runs.matches(locked[party.pk], now))
            [screening] = _stored([found], locked, now, trigger, log)
    except OperationalError:
        raise
    except Exception as error:  # whatever broke, the run is on record as failed, then raised
        with audit.action(by=by, at=at) as log:
            locked = _locked([party.pk])
            _stored([runs.failed(locked[party.pk], error)], locked, now, trigger, log)
        raise
    return screening


def _locked(keys: Iterable[int]) -> dict[int, Party]:
    """Parties under their locks, with the facts that screening reads."""
    found = Party.objects.select_for_update(no_key=True).filter(pk__in=list(keys)).with_facts()
    return {party.pk: party for party in found.order_by("pk")}


def _stored(
    found: list[Run], parties: dict[int, Party], now: worlds.World, trigger: str, log: audit.Log
) -> list[Screening]:
    return runs.store(found, parties, now, trigger, log, Tally(), single=True)


def rescreen(
    *, version: ListVersion, after: int, count: int, by: User, at: datetime, trigger: str = Trigger.LIST
) -> Batch:
    """Screen the next `count` parties after key `after` against the lists in force, in one transaction.

    Parties that are current already are passed over, so a batch is safe twice. Writes one event
    (screening.batch) beside those of the hits. A party whose comparison fails is stored as failed and
    named in the answer; the others are screened. Needs screening.run.
    """
    roles.require(by, "screening.run")
    parties = list(Party.objects.filter(pk__gt=after).with_facts().order_by("pk")[:count])
    batch = Batch(last=parties[-1].pk if len(parties) == count else None)
    now = worlds.world()
    known = states(parties)
    found = [runs.compared(party, now) for party in parties if known[party.pk] != "current"]
    if not found:
        return batch
    with audit.action(by=by, at=at) as log:
        locked = _locked(run.party_id for run in found)
        # a party changed meanwhile is screened for its change
        found = [run for run in found if locked[run.party_id].facts_version == run.facts_version]
        tally = Tally()
        runs.store(found, locked, now, trigger, log, tally, single=False)
        batch.failed = [run.party_id for run in found if run.error]
        batch.screened, batch.opened, batch.reopened = len(found), tally.opened, tally.reopened
        log("screening.batch", version, world=now.name, parties=[run.party_id for run in found],
            opened=tally.opened, reopened=tally.reopened, carried=tally.carried, failed=batch.failed)  # fmt: skip
    return batch


def finish(*, version: ListVersion, by: User, at: datetime) -> None:
    """Say that the re-screening owed to a version is done, with what its batches did: screening.finished."""
    roles.require(by, "screening.run")
    batches = [
        event.data["data"]
        for event in Event.objects.filter(
            verb="screening.batch", object_type=ListVersion._meta.label_lower, object_id=str(version.pk)
        )
    ]
    with audit.action(by=by, at=at) as log:
        log("screening.finished", version, world=lists.current_world(), source=version.source_id,
            number=version.number, parties=Party.objects.count(),
            screened=sum(len(one["parties"]) for one in batches),
            opened=sum(one["opened"] for one in batches),
            reopened=sum(one["reopened"] for one in batches))  # fmt: skip


def state(party: Party) -> str:
    """current, missing, stale (older than the lists or the party's facts) or failed."""
    return states([party])[party.pk]


def states(parties: Iterable[Party]) -> dict[int, str]:
    """The screening state of each party by key, in two queries whatever the number."""
    parties = list(parties)
    name = lists.current_world()
    latest = {
        one.party_id: one
        for one in Screening.objects.filter(party__in=[party.pk for party in parties])
        .order_by("party_id", "-id")
        .distinct("party_id")
    }
    return {party.pk: _state(party, latest.get(party.pk), name) for party in parties}


def failed() -> list[int]:
    """Keys of the parties whose latest screening failed, in order."""
    latest = Screening.objects.filter(party=OuterRef("pk")).order_by("-id").values("error")[:1]
    return list(
        Party.objects.annotate(error=Subquery(latest))
        .filter(error__gt="")
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def _state(party: Party, last: Screening | None, name: str) -> str:
    if last is None:
        return "missing"
    if last.error:
        return "failed"
    return "current" if last.facts_version == party.facts_version and last.holds_for == name else "stale"

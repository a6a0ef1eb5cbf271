"""Screening: our parties against the lists in force. A run that fails is stored as failed, never as clear."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import OperationalError
from django.db.models import OuterRef, Subquery

from exportctl import audit, roles
from exportctl.models import Event, User

from . import lists, worlds
from .matching.score import Match
from .models import (
    Band,
    Finding,
    Hit,
    HitOutcome,
    HitStatus,
    ListVersion,
    Party,
    Screening,
    Trigger,
)

STRENGTH = {Band.REVIEW: 1, Band.STRONG: 2}


@dataclass(frozen=True, slots=True)
class Run:
    """One party compared, not yet stored: matches, or why the comparison failed."""

    party_id: int
    facts_version: int
    matches: tuple[Match, ...] = ()
    error: str = ""


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

    A closed false positive opens again when its score rises to a stronger band or the listed party's
    content changed since it was judged. An error of the comparison is stored as a failed run and raised
    again, so that it is retried and blocks until then. Needs screening.run.
    """
    roles.require(by, "screening.run")
    now = worlds.world()
    try:
        with audit.action(by=by, at=at) as log:
            locked = Party.objects.select_for_update(no_key=True).get(pk=party.pk)
            [screening] = _store(
                [Run(locked.pk, locked.facts_version, _matches(locked, now))],
                {locked.pk: locked},
                now,
                trigger,
                log,
            )
    except OperationalError:
        raise
    except Exception as error:  # whatever broke, the run is on record as failed, then raised
        with audit.action(by=by, at=at) as log:
            locked = Party.objects.select_for_update(no_key=True).get(pk=party.pk)
            failed = Run(locked.pk, locked.facts_version, error=f"{type(error).__name__}: {error}"[:2000])
            _store([failed], {locked.pk: locked}, now, trigger, log)
        raise
    return screening


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
    runs = [_compared(party, now) for party in parties if known[party.pk] != "current"]
    if not runs:
        return batch
    with audit.action(by=by, at=at) as log:
        locked = Party.objects.select_for_update(no_key=True).filter(pk__in=[run.party_id for run in runs])
        current = {party.pk: party for party in locked.order_by("pk")}
        # a party changed meanwhile is screened for its change
        runs = [run for run in runs if current[run.party_id].facts_version == run.facts_version]
        _store(runs, current, now, trigger, log, batch)
        batch.failed = [run.party_id for run in runs if run.error]
        batch.screened = len(runs)
        log("screening.batch", version, world=now.name, parties=[run.party_id for run in runs],
            opened=batch.opened, reopened=batch.reopened, failed=batch.failed)  # fmt: skip
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
    return "current" if last.facts_version == party.facts_version and last.world == name else "stale"


def _matches(party: Party, now: worlds.World) -> tuple[Match, ...]:
    """Every listed party in a band; never cut to a number, so that known namesakes crowd nobody out."""
    return tuple(match for match in worlds.ask(worlds.query_of(party), now=now, limit=None) if match.band)


def _compared(party: Party, now: worlds.World) -> Run:
    try:
        matches = _matches(party, now)
    except Exception as error:  # noqa: BLE001 (one party that cannot be compared is on record and stops no other)
        return Run(party.pk, party.facts_version, error=f"{type(error).__name__}: {error}"[:2000])
    return Run(party.pk, party.facts_version, matches)


def _store(
    runs: Sequence[Run],
    parties: dict[int, Party],
    now: worlds.World,
    trigger: str,
    log: audit.Log,
    tally: Batch | None = None,
) -> list[Screening]:
    """Runs, hits and findings of locked parties as sets; an event a run unless a batch tells them (`tally`)."""
    single, tally = tally is None, tally or Batch()
    screenings = Screening.objects.bulk_create(
        Screening(
            party=parties[run.party_id], facts_version=run.facts_version, trigger=trigger, world=now.name,
            hits=len(run.matches), error=run.error, at=log.at,
        )
        for run in runs
    )  # fmt: skip
    known = {
        (hit.party_id, hit.listed_party_id): hit
        for hit in Hit.objects.select_for_update(no_key=True)
        .filter(party__in=[run.party_id for run in runs])
        .order_by("pk")
    }
    found: list[tuple[Hit, Screening, Match]] = []
    fresh: list[tuple[Hit, Match]] = []
    for run, screening in zip(runs, screenings, strict=True):
        before = tally.opened
        for match in run.matches:
            row = now.rows[match.entry.key]
            hit = known.get((run.party_id, row.pk))
            if hit is None:
                hit = Hit(party=parties[run.party_id], listed_party_id=row.pk, score=match.score,
                          band=match.band,
                          opened_at=log.at)  # fmt: skip
                fresh.append((hit, match))
                tally.opened += 1
            else:
                tally.reopened += _updated(hit, match, row, log)
            found.append((hit, screening, match))
        if single:
            verb = "party.screening_failed" if run.error else "party.screened"
            log(verb, parties[run.party_id], trigger=str(trigger), world=now.name, hits=len(run.matches),
                opened=tally.opened - before, facts_version=run.facts_version, error=run.error)  # fmt: skip
    Hit.objects.bulk_create([hit for hit, _ in fresh])
    for hit, match in fresh:
        log("hit.opened", hit, party=hit.party_id, listed_party=hit.listed_party_id, key=match.entry.key,
            list=match.entry.list, score=match.score, band=match.band, world=now.name)  # fmt: skip
    Finding.objects.bulk_create(
        Finding(hit=hit, screening=screening, score=match.score, band=match.band, explanation=match.evidence)
        for hit, screening, match in found
    )
    return screenings


def _updated(hit: Hit, match: Match, row: worlds.Row, log: audit.Log) -> int:
    """Bring a known pair up to date; returns 1 when a closed false positive was opened again."""
    why = ""
    if hit.status == HitStatus.CLOSED and hit.outcome == HitOutcome.FALSE_POSITIVE:
        if hit.judged_hash != row.row_hash:
            why = "the listed party changed since it was judged"
        elif STRENGTH[Band(match.band)] > STRENGTH[Band(hit.band)]:
            why = f"the score rose from {hit.score} to {match.score}"
    moved = (hit.score, hit.band) != (match.score, match.band)
    if hit.status == HitStatus.CLOSED and not why:
        return 0  # what was judged keeps the score it was judged on
    hit.score, hit.band = match.score, match.band
    if why:
        was = {"outcome": hit.outcome, "reason": hit.reason, "differing_fact": hit.differing_fact}
        hit.clear_judgement()
        log("hit.reopened", hit, party=hit.party_id, listed_party=hit.listed_party_id, why=why, was=was)
    if moved or why:
        hit.save()
    return 1 if why else 0

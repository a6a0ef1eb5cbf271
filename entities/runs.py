"""Runs of screening, stored: a party compared, its hits opened, remembered, carried on or opened again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from exportctl import audit

from . import fingerprints, hits, memory, outcomes, worlds
from .fingerprints import Pair
from .matching.score import Match
from .models import Finding, Hit, HitOutcome, HitStatus, ListedParty, Party, Screening


@dataclass(frozen=True, slots=True)
class Run:
    """One party compared, not yet stored: matches, or why the comparison failed."""

    party_id: int
    facts_version: int
    matches: tuple[Match, ...] = ()
    error: str = ""


@dataclass(slots=True)
class Tally:
    """What storing some runs did to hits."""

    opened: int = 0
    reopened: int = 0
    carried: int = 0


@dataclass(slots=True)
class Stored:
    """What is known while runs are stored: hits by pair, entries by key, cleared hits new pairs may follow."""

    parties: Mapping[int, Party]
    known: dict[tuple[int, int], Hit]
    listed: dict[int, ListedParty]
    before: dict[tuple[int, int], list[Hit]]
    carried: set[int]
    log: audit.Log
    tally: Tally
    told: list[tuple[str, Hit, dict[str, Any]]] = field(default_factory=list)

    def facts(self, party: int, entry: int) -> Pair:
        return memory.facts_of(self.parties[party], self.listed[entry])


def compared(party: Party, now: worlds.World) -> Run:
    """A party against the lists in force; what broke stands in the run, so that it stops no other."""
    try:
        found = matches(party, now)
    except Exception as error:  # noqa: BLE001 (one party that cannot be compared is on record and stops no other)
        return failed(party, error)
    return Run(party.pk, party.facts_version, found)


def failed(party: Party, error: Exception) -> Run:
    """A run that could not be made, with why."""
    return Run(party.pk, party.facts_version, error=f"{type(error).__name__}: {error}"[:2000])


def matches(party: Party, now: worlds.World) -> tuple[Match, ...]:
    """Every listed party in a band; never cut to a number, so that known namesakes crowd nobody out."""
    return tuple(match for match in worlds.ask(worlds.query_of(party), now=now, limit=None) if match.band)


def store(
    runs: Sequence[Run], parties: Mapping[int, Party], now: worlds.World, trigger: str, log: audit.Log,
    tally: Tally, *, single: bool,
) -> list[Screening]:  # fmt: skip
    """Runs, hits and findings of locked parties (with their facts loaded) as sets.

    A `single` run has an event of its own (party.screened or party.screening_failed) before those of its hits.
    """
    screenings = Screening.objects.bulk_create(
        Screening(
            party=parties[run.party_id], facts_version=run.facts_version, trigger=trigger, world=now.name,
            holds_for=now.name, hits=len(run.matches), error=run.error, at=log.at,
        )
        for run in runs
    )  # fmt: skip
    stored = _load(runs, parties, now, log, tally)
    fresh: list[Hit] = []
    found: list[tuple[Hit, Screening, Match]] = []
    for run, screening in zip(runs, screenings, strict=True):
        before = tally.opened
        for match in run.matches:
            row = now.rows[match.entry.key]
            hit = stored.known.get((run.party_id, row.pk))
            if hit is None:
                hit = _opened(stored, run.party_id, row.pk, match, now.name)
                fresh.append(hit)
            else:
                _updated(stored, hit, match)
            found.append((hit, screening, match))
        if single:
            verb = "party.screening_failed" if run.error else "party.screened"
            log(verb, parties[run.party_id], trigger=str(trigger), world=now.name, hits=len(run.matches),
                opened=tally.opened - before, facts_version=run.facts_version, error=run.error)  # fmt: skip
    Hit.objects.bulk_create(fresh)
    for verb, hit, data in stored.told:
        log(verb, hit, **data)
    Finding.objects.bulk_create(
        Finding(hit=hit, screening=screening, score=match.score, band=match.band, explanation=match.evidence)
        for hit, screening, match in found
    )
    return screenings


def _load(
    runs: Sequence[Run], parties: Mapping[int, Party], now: worlds.World, log: audit.Log, tally: Tally
) -> Stored:
    locked = Hit.objects.select_for_update(no_key=True).filter(party__in=[run.party_id for run in runs])
    known = {(hit.party_id, hit.listed_party_id): hit for hit in locked.order_by("pk")}
    pairs = [(run.party_id, now.rows[match.entry.key].pk) for run in runs for match in run.matches]
    listed = memory.entries(key for _, key in pairs) if pairs else {}
    before = memory.successors([pair for pair in pairs if pair not in known], listed, known.values())
    carried = memory.carried_on(hit for each in before.values() for hit in each) if before else set()
    return Stored(parties, known, listed, before, carried, log, tally)


def _opened(stored: Stored, party: int, entry: int, match: Match, world: str) -> Hit:
    """A new pair: open, or closed where it follows a cleared one whose facts are the same."""
    facts = stored.facts(party, entry)
    hit = Hit(
        party=stored.parties[party], listed_party_id=entry, score=match.score, band=match.band,
        risk=_risk(stored.listed[entry]), opened_at=stored.log.at, fingerprint=fingerprints.fingerprint(facts),
    )  # fmt: skip
    told: dict[str, Any] = {
        "party": party, "listed_party": entry, "key": match.entry.key, "list": match.entry.list,
        "score": match.score, "band": match.band, "world": world,
    }  # fmt: skip
    before = stored.before.get((party, entry), [])
    if before and memory.take_over(hit, before, facts, stored.carried):
        stored.tally.carried += 1
        stored.told.append(("hit.carried", hit, {
            **told, "from": before[0].pk if hit.carried_from is None else hit.carried_from.pk,
            "outcome": hit.outcome, "reason": hit.reason, "differing_fact": hit.differing_fact,
        }))  # fmt: skip
        return hit
    stored.tally.opened += 1
    follows = {"follows": hit.carried_from_id, "changes": hit.changes} if hit.carried_from_id else {}
    stored.told.append(("hit.opened", hit, {**told, **follows}))
    return hit


def _updated(stored: Stored, hit: Hit, match: Match) -> None:
    """Bring a known pair up to date; a false positive or a proposal whose facts changed is opened again."""
    facts = stored.facts(hit.party_id, hit.listed_party_id)
    now, risk = fingerprints.fingerprint(facts), _risk(stored.listed[hit.listed_party_id])
    before = (hit.score, hit.band, hit.risk, hit.fingerprint)
    hit.fingerprint, hit.risk = now, risk
    stands = hit.status == HitStatus.CLOSED and (
        hit.outcome == HitOutcome.TRUE_MATCH or hit.judged_print == now
    )
    if not stands:  # what was judged keeps the score it was judged on
        hit.score, hit.band = match.score, match.band
    judged = hit.status in (HitStatus.CLOSED, HitStatus.PROPOSED)
    if judged and not stands and hit.judged_print != now:
        changes = fingerprints.differences(hit.facts, facts)
        what = ", ".join(one["words"].lower() for one in changes)
        hits.reopened(hit, why=f"changed since it was judged: {what}", changes=changes, log=stored.log)
        stored.tally.reopened += 1
    elif before != (hit.score, hit.band, hit.risk, hit.fingerprint):
        hit.save()


def _risk(entry: ListedParty) -> int:
    listings = [one for one in entry.listings.all() if one.removed_in_id is None]
    return outcomes.risk_of([(one.list, one.effect) for one in listings])

"""Coverage: each list version in force is held against every party, counted, and proven for each of them.

A party is screened again, or it is proven that nothing that changed could concern it. Who is neither is a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, Sum

from exportctl import audit, roles
from exportctl.models import User

from . import lists, reach, runs, worlds
from .models import Coverage, CoverageChunk, ListedParty, ListVersion, Party, Screening, Trigger
from .runs import Tally
from .screening import latest_of, locked, state_of

MANY = 2_000  # above so many changed entries everybody is screened: looking up whom they reach costs more


class Gaps(Exception):
    """Parties are not covered: the job goes over them again."""


@dataclass(slots=True)
class Batch:
    """What a batch did; `last` is the key to go on after, None at the end."""

    last: int | None = None
    screened: int = 0
    unaffected: int = 0
    opened: int = 0
    reopened: int = 0
    failed: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Plan:
    """What a batch of parties needs: who is screened, whose last run still holds, who is current already."""

    screen: list[Party] = field(default_factory=list)
    holds: list[Screening] = field(default_factory=list)
    current: int = 0


def start(*, version: ListVersion, at: datetime) -> Coverage:
    """The coverage record of a published version, made when its re-screening begins."""
    found, _ = Coverage.objects.get_or_create(version=version, defaults={"started_at": at})
    return found


def cover(
    *, version: ListVersion, after: int, count: int, by: User, at: datetime, trigger: str = Trigger.LIST,
    beat: Callable[[], None] = lambda: None,
) -> Batch:  # fmt: skip
    """Hold the lists in force against the next `count` parties after key `after`, in one transaction.

    Who is current already is passed over, so a batch is safe twice and counted once. Writes one event
    (screening.batch) beside those of the hits. A party whose comparison fails is stored as failed and named
    in the answer; the others are screened. `beat` is called between comparisons. Needs screening.run.
    """
    roles.require(by, "screening.run")
    parties = list(Party.objects.filter(pk__gt=after).order_by("pk")[:count])
    batch = Batch(last=parties[-1].pk if len(parties) == count else None)
    if not parties:
        return batch
    now = worlds.world()
    plan = _planned(parties, now)
    reach.load_facts(plan.screen)
    found = []
    for party in plan.screen:
        found.append(runs.compared(party, now))
        beat()
    with audit.action(by=by, at=at) as log:
        held = locked(run.party_id for run in found)
        # a party changed meanwhile is screened for its change
        found = [run for run in found if held[run.party_id].facts_version == run.facts_version]
        tally = Tally()
        if found:
            runs.store(found, held, now, trigger, log, tally, single=False)
        if plan.holds:
            Screening.objects.filter(pk__in=[one.pk for one in plan.holds]).update(holds_for=now.name)
        batch.failed = [run.party_id for run in found if run.error]
        batch.screened, batch.unaffected = len(found) - len(batch.failed), len(plan.holds)
        batch.opened, batch.reopened = tally.opened, tally.reopened
        _counted(start(version=version, at=at), after, parties, batch, tally, at)
        if found or plan.holds:
            log("screening.batch", version, world=now.name, after=after, upto=parties[-1].pk,
                parties=[run.party_id for run in found], unaffected=batch.unaffected, opened=tally.opened,
                reopened=tally.reopened, carried=tally.carried, failed=batch.failed)  # fmt: skip
    return batch


def finish(*, version: ListVersion, by: User, at: datetime) -> Coverage:
    """Close the coverage of a version once each party is covered, with the counts: screening.finished.

    Raises Gaps where a party is neither screened nor proven unaffected, whatever its chunk counted. Needs
    screening.run.
    """
    roles.require(by, "screening.run")
    with audit.action(by=by, at=at) as log:
        record = start(version=version, at=at)
        if left := uncovered():
            raise Gaps(f"{len(left)} parties are not covered, the first: {left[:5]}")
        sums = record.chunks.aggregate(
            parties=Sum("parties"), screened=Sum("screened"), unaffected=Sum("unaffected"),
            opened=Sum("opened"), reopened=Sum("reopened"), carried=Sum("carried"),
        )  # fmt: skip
        for name, number in sums.items():
            setattr(record, name, number or 0)
        record.world, record.finished_at = lists.current_world(), at
        record.save()
        log("screening.finished", version, world=record.world, source=version.source_id, number=version.number,
            parties=record.parties, screened=record.screened, unaffected=record.unaffected,
            opened=record.opened, reopened=record.reopened, carried=record.carried)  # fmt: skip
    return record


def uncovered() -> list[int]:
    """Keys of the parties no run holds for, other than those whose own change waits to be screened."""
    name = lists.current_world()
    left: list[int] = []
    after = 0
    while True:
        parties = list(Party.objects.filter(pk__gt=after).order_by("pk").only("pk", "facts_version")[:5_000])
        if not parties:
            return left
        last = latest_of(parties)
        for party in parties:
            run = last.get(party.pk)
            own = run is None or run.facts_version != party.facts_version
            if not own and state_of(party, run, name) != "current":
                left.append(party.pk)
        after = parties[-1].pk


def gaps(record: Coverage) -> list[int]:
    """Parties of a finished coverage that no run proves for its version or a later one: an auditor's question.

    The set is every party registered before it finished. Empty where it holds what it says.
    """
    source, number = record.version.source_id, record.version.number
    proven: set[int] = set()
    runs_of = Screening.objects.filter(error="").values_list("party", "holds_for").distinct()
    for party, world in runs_of.iterator(chunk_size=20_000):
        if worlds.numbers_of(world).get(source, 0) >= number:
            proven.add(party)
    there = (
        Party.objects.filter(created_at__lte=record.finished_at)
        if record.finished_at
        else Party.objects.all()
    )
    return [pk for pk in there.order_by("pk").values_list("pk", flat=True) if pk not in proven]


def _planned(parties: Sequence[Party], now: worlds.World) -> _Plan:
    plan, by_world = _Plan(), {}  # type: tuple[_Plan, dict[str, list[tuple[Party, Screening]]]]
    last = latest_of(parties)
    for party in parties:
        run = last.get(party.pk)
        state = state_of(party, run, now.name)
        if state == "current":
            plan.current += 1
        elif run is None or run.error or run.facts_version != party.facts_version:
            plan.screen.append(party)
        else:
            by_world.setdefault(run.holds_for, []).append((party, run))
    for world, pairs in by_world.items():
        if world not in now.since:
            now.since[world] = changed_since(world, now)
        changed = now.since[world]
        reached = _reached([party for party, _ in pairs], changed, now)
        plan.screen += [party for party, _ in pairs if party.pk in reached]
        plan.holds += [run for party, run in pairs if party.pk not in reached]
    plan.screen.sort(key=lambda party: party.pk)
    return plan


def changed_since(world: str, now: worlds.World) -> set[int] | None:
    """Keys of the entries that came, went or changed since that world; None where everything is to be asked anew.

    None after another engine, and where a source has gone or stepped back.
    """
    before, after = worlds.numbers_of(world), dict(now.versions)
    if worlds.engine_of(world) != worlds.engine_of(now.name) or not before.keys() <= after.keys():
        return None
    found: set[int] = set()
    for source, number in after.items():
        had = before.get(source, 0)
        if number < had:
            return None
        if number > had:
            newer = Q(changed_in__number__gt=had) | Q(listings__added_in__number__gt=had)
            newer |= Q(listings__removed_in__number__gt=had)
            entries = ListedParty.objects.filter(newer, source=source)
            found.update(entries.values_list("pk", flat=True))
    return found


def _reached(parties: Sequence[Party], changed: set[int] | None, now: worlds.World) -> set[int]:
    """Keys of those parties whose full screening could differ, for entries that changed: everybody where that is
    not known or too many changed."""
    if changed is None or len(changed) > MANY:
        return {party.pk for party in parties}
    return reach.reached(parties, changed, now) if changed else set()


def _counted(
    record: Coverage, after: int, parties: Sequence[Party], batch: Batch, tally: Tally, at: datetime
) -> None:
    """Count a batch once: a second go over the same parties adds what it did and no party."""
    chunk, _ = CoverageChunk.objects.select_for_update(no_key=True).get_or_create(
        coverage=record, after=after, defaults={"at": at}
    )
    chunk.upto, chunk.parties = parties[-1].pk, len(parties)
    chunk.screened += batch.screened
    chunk.unaffected += batch.unaffected
    chunk.opened += tally.opened
    chunk.reopened += tally.reopened
    chunk.carried += tally.carried
    chunk.failed = len(batch.failed)
    chunk.save()

"""T10, T15 and T18: each version covers every party, whatever dies meanwhile, and what could not run blocks."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

from django.db import Error, connection
from django.db.models import F
from django.utils import timezone

from entities import coverage, lists, parties, runs, screening, worlds
from entities.models import Coverage, Hit, ListSource, ListVersion, Party, Screening
from exportctl import outbox, people
from exportctl.errors import Refused
from exportctl.models import Event, Job
from licenses import decisions
from licenses.models import Decision
from tests import factories
from tests.exportctl.recovery import stack, until

from . import drill, world
from .memory import Desk, desk, name_of, row, seq

FIRST = 5_000  # the customers in bulk are named apart from the list


@drill(
    "T10", "coverage: each activated version has a counted, completed run over every party; a skip is found"
)
def covered(full: bool) -> tuple[str, bool]:
    """Versions one after the other, then a party slipped out before the end, and one after it."""
    count, versions = (1000, 5) if full else (15, 2)
    with desk() as office:
        rows = [row(n) for n in range(count)]
        office.publish(rows)
        office.customers(count)
        for turn in range(versions):
            office.publish(
                [*rows, *(row(n, key=800_000 + n) for n in range(turn + 1))], stamp=f"2026-08-0{turn + 2}"
            )
        records = list(Coverage.objects.order_by("version"))
        whole = [
            one for one in records[1:] if one.finished_at and one.parties == count and not coverage.gaps(one)
        ]
        found = _injected(office, records[-1], rows)
    good = len(whole) == versions and len(records) == versions + 1 and found == 2
    return (
        f"{len(whole)} of {versions} versions cover {count} parties each, {found} of 2 injected skips found",
        good,
    )


def _injected(office: Desk, finished: Coverage, rows: list[dict[str, object]]) -> int:
    """A party made to look covered by a run that does not hold: found before a coverage closes, and after."""
    victim, by, found = Party.objects.order_by("pk")[3], people.job_user("screening"), 0
    screened = Screening.objects.filter(party=victim)
    kept = dict(screened.values_list("pk", "holds_for"))
    screened.update(holds_for="engine 0; csl 0")
    found += coverage.gaps(finished) == [victim.pk]
    try:
        coverage.finish(version=finished.version, by=by, at=office.at)
    except coverage.Gaps as gaps:
        found += str(victim.pk) in str(gaps)
    for pk, name in kept.items():
        Screening.objects.filter(pk=pk).update(holds_for=name)
    return found


@drill(
    "T15R",
    "kill -9 of the worker at random points of a re-screening of 30,000 parties: none lost, none double",
)
def killed_while_rescreening(full: bool) -> tuple[str, bool]:
    """A real worker re-screens every party for a new version and is killed again and again."""
    count, kills = (30_000, 25) if full else (150, 2)
    dice = random.Random(15)
    with desk() as office:
        rows = [row(n) for n in range(400)]
        office.publish(rows)
        crowd(count, office)
        hundred = [row(FIRST + n, key=600_000 + n) for n in range(100)]
        with stack(product=True) as servers:
            _published(office, [*rows, *hundred])
            at_work = 0
            for _ in range(kills):
                servers.start_worker()
                time.sleep(2 + dice.uniform(0, 1.5 if full else 1))
                at_work += Job.objects.filter(state=Job.State.RUNNING).exists()
                servers.kill_worker()
            servers.start_worker()
            drained = until(_all_done, seconds=600, what="the re-screening", log=servers.log)
        return _judged_rescreen(count, f"{kills} kills, {at_work} of them in mid-job,", drained)


def _published(office: Desk, rows: list[dict[str, object]]) -> None:
    drained = outbox.drain
    outbox.drain = lambda: 0  # the worker has it
    try:
        office.publish(rows)
    finally:
        outbox.drain = drained


def _all_done() -> bool:
    outbox.pump(now=timezone.now())
    return not Job.objects.exclude(state=Job.State.DONE).exists()


def _judged_rescreen(count: int, kills: str, drained: float) -> tuple[str, bool]:
    version = ListVersion.objects.latest("pk")
    record, name = Coverage.objects.get(version=version), lists.current_world()
    latest, here = screening.latest_of(Party.objects.all()), Screening.objects.filter(world=name)
    lost = sum(one.holds_for != name for one in latest.values()) + count - len(latest)
    twice = here.count() - here.values("party").distinct().count()
    opened = Event.objects.filter(verb="hit.opened", data__data__world=name).count()
    exact = Hit.objects.filter(listed_party__name=F("party__name")).count()
    right = record.parties == count and record.finished_at is not None and exact == 100
    right = right and opened == record.opened == Hit.objects.count()
    ends = Event.objects.filter(verb="screening.finished", object_id=str(version.pk)).count()
    figure = (
        f"{kills} over {count} parties: {lost} lost, {twice} screened twice, {exact} of 100 equal "
        f"names found, {opened} hits each opened once, "
        f"{record.parties} counted, drained in {drained:.0f} s"
    )
    return figure, right and (lost, twice, ends) == (0, 0, 1)


def crowd(count: int, office: Desk) -> None:
    """Customers in bulk, screened: past the verbs, for their number."""
    by, at = office.officer, office.at
    made = Party.objects.bulk_create(
        Party(name=name_of(FIRST + n), country="DE", created_by=by, created_at=at, changed_at=at)
        for n in range(count)
    )
    name = lists.current_world()
    Screening.objects.bulk_create(
        Screening(party=party, facts_version=1, trigger="registered", world=name, holds_for=name, at=at)
        for party in made
    )


@drill(
    "T18", "fail closed: screening error, missing, stale, changed party, stale list, refused log: all blocked"
)
def fails_closed(full: bool) -> tuple[str, bool]:
    """Every way in which a screening can be absent stands before the countersignature, with its reason."""
    rounds = 20 if full else 1
    here = world.build()
    blocked = tried = 0
    for _ in range(rounds):
        for code, spoil in WAYS:
            case = factories.make_registered(
                by=here.filer, officer=here.officer, at=here.now, customer=here.customer
            )
            decisions.propose(
                application=case, outcome="approve", justification="Civil.", by=here.officer, at=here.now
            )
            outbox.drain()
            tried += 1
            with spoil(here):
                blocked += _blocked(case, here, code)
            outbox.drain()
    return f"{blocked} of {tried} tries blocked with the reason", blocked == tried and tried > 0


def _blocked(case: object, here: world.World, code: str) -> bool:
    before = (seq(), Decision.objects.filter(state="made").count())
    try:
        decisions.countersign(application=case, by=here.approvers[0], at=here.now)  # type: ignore[arg-type]
    except Refused as refused:
        told = code in {blocker.code for blocker in refused.blockers}
    except Error:
        told = code == "log"
    else:
        told = False
    return told and before == (seq(), Decision.objects.filter(state="made").count())


@contextmanager
def _error(here: world.World) -> Iterator[None]:
    """The comparison breaks."""
    whole = runs.matches

    def broken(party: Party, now: worlds.World) -> tuple[()]:
        raise RuntimeError("the index cannot be read")

    runs.matches = broken  # type: ignore[assignment]
    try:
        screening.screen(party=here.customer, trigger="manual", by=people.job_user("screening"), at=here.now)
    except RuntimeError:
        pass
    finally:
        runs.matches = whole
    yield
    screening.screen(party=here.customer, trigger="manual", by=people.job_user("screening"), at=here.now)


@contextmanager
def _missing(here: world.World) -> Iterator[None]:
    """A party that no run ever saw."""
    kept = Screening.objects.filter(party=here.customer).values_list("pk", flat=True)
    other = factories.make_party(by=here.filer, at=here.now)
    pks = list(kept)
    Screening.objects.filter(pk__in=pks).update(party=other)
    yield
    Screening.objects.filter(pk__in=pks).update(party=here.customer)


@contextmanager
def _changed(here: world.World) -> Iterator[None]:
    """The party is changed after its screening."""
    party = Party.objects.get(pk=here.customer.pk)
    other = "AT" if party.country == "DE" else "DE"
    parties.change(party=party, version=party.facts_version, country=other, by=here.filer, at=here.now)
    yield


@contextmanager
def _newer(here: world.World) -> Iterator[None]:
    """The screening is older than the lists in force."""
    last = Screening.objects.filter(party=here.customer).latest("pk")
    Screening.objects.filter(pk=last.pk).update(holds_for="engine 0; seed 0")
    yield
    Screening.objects.filter(pk=last.pk).update(holds_for=last.holds_for)


@contextmanager
def _stale(here: world.World) -> Iterator[None]:
    """A source that blocks is past its largest age."""
    source = ListSource.objects.get(pk="seed")
    kept = {"when_stale": source.when_stale, "checked_at": source.checked_at}
    ListSource.objects.filter(pk="seed").update(
        when_stale="block", checked_at=here.now - timedelta(days=source.max_age_days + 2)
    )
    yield
    ListSource.objects.filter(pk="seed").update(**kept)


@contextmanager
def _log(here: world.World) -> Iterator[None]:
    """The database refuses events."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION public.drill_no_event() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'no event today'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER drill_no_event BEFORE INSERT ON exportctl_event "
            "FOR EACH ROW EXECUTE FUNCTION public.drill_no_event()"
        )
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "DROP TRIGGER drill_no_event ON exportctl_event; DROP FUNCTION public.drill_no_event()"
            )


WAYS: tuple[tuple[str, Callable[[world.World], AbstractContextManager[None]]], ...] = (
    ("screening_failed", _error), ("screening_missing", _missing), ("screening_stale", _changed),
    ("screening_stale", _newer), ("list_stale", _stale), ("log", _log),
)  # fmt: skip

"""T05 to T09: what was judged stands while its facts stand, follows an entry, and hides no new one."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from entities import hits, lists, parties, worlds
from entities.models import Hit, HitStatus, ListedParty, ListSource, Party, VersionState
from exportctl import outbox, people
from exportctl.models import Event, User
from tests.factories import make_party

from . import drill
from .lists import told_otherwise

SDN = "Specially Designated Nationals (SDN) - Treasury Department"
SYLLABLES = ("ba", "ke", "lo", "mi", "nu", "pra", "que", "ros", "sti", "tur", "vo", "wex", "yal", "zir")
Rows = list[dict[str, Any]]


def word(number: int, *, seed: int = 0) -> str:
    """A made-up word, another one for each number."""
    number = number * 7919 + seed * 104729 + 12345
    return "".join(SYLLABLES[(number // 14**place) % 14] for place in range(5)).capitalize()


def name_of(number: int) -> str:
    return f"{word(number)} {word(number, seed=1)} Instruments"


def row(number: int, *, key: int | None = None, **more: Any) -> dict[str, Any]:
    """An entry of the SDN list with everything a fingerprint looks at."""
    return {
        "source": SDN, "entity_number": str(key or number + 1), "type": "Entity", "name": name_of(number),
        "alt_names": [f"{word(number, seed=2)} Works"], "programs": ["NPWMD"],
        "addresses": [{"address": f"{number} Road", "city": "Tehran", "country": "IR"}],
        "source_list_url": "https://example.org/list", **more,
    }  # fmt: skip


class Desk:
    """An office with its list: publishes versions as the importer does, and judges with two people."""

    def __init__(self, folder: Path, world: tuple[User, User, User]) -> None:
        self.folder, (self.officer, self.approver, self.importer) = folder, world
        self.at = timezone.now() - timedelta(hours=2)
        self.round = 0

    def publish(self, rows: Rows, *, stamp: str = "2026-08-01T05:00:00Z", text: str = "") -> None:
        """The next version, released by a second person where the gate holds it, with what follows from it."""
        self.round += 1
        self.at += timedelta(seconds=20)
        path = self.folder / f"{self.round}.json"
        path.write_text(text or json.dumps({"search_performed_at": stamp, "results": rows}))
        version = lists.stage(
            source=ListSource.objects.get(pk="csl"), path=path, by=self.importer, at=self.at,
            effective_on=self.at.date(),
        )  # fmt: skip
        if version.state == VersionState.HELD:
            lists.release(version=version, reason="Drill", by=self.approver, at=self.at)
        outbox.drain()

    def customers(self, count: int) -> list[Party]:
        found = [make_party(by=self.officer, at=self.at, name=name_of(n), country="DE") for n in range(count)]
        outbox.drain()
        return found

    def clear(self) -> int:
        """Every open hit is recorded as a false positive by two people; how many there were."""
        waiting = list(Hit.objects.filter(status=HitStatus.OPEN).order_by("pk"))
        for hit in waiting:
            hits.propose(
                hit=hit, outcome="false_positive", reason="different_place",
                differing_fact="Germany, not Iran", by=self.officer, at=self.at,
            )  # fmt: skip
            if Hit.objects.get(pk=hit.pk).status == HitStatus.PROPOSED:
                hits.agree(hit=hit, by=self.approver, at=self.at)
        return len(waiting)


@contextmanager
def desk() -> Iterator[Desk]:
    """A desk with a folder of its own for list files."""
    now, kept = timezone.now(), settings.LIST_FILES
    administrator = people.create(username="drill-admin", by=None, at=now, role_codes=("administrator",))
    names = (("drill-officer", "officer"), ("drill-approver", "approver"))
    officer, approver = (
        people.create(username=name, by=administrator, at=now, role_codes=(role,)) for name, role in names
    )
    with tempfile.TemporaryDirectory(prefix="exportctl-drill-") as folder:
        settings.LIST_FILES = Path(folder) / "kept"
        lists.ensure_sources()
        worlds.forget()
        try:
            yield Desk(Path(folder), (officer, approver, people.job_user("import")))
        finally:
            settings.LIST_FILES = kept


def seq() -> int:
    return Event.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def since(before: int, verb: str) -> int:
    return Event.objects.filter(seq__gt=before, verb=verb).count()


@drill("T05", "no-op import (row order, spacing, time stamps): no hit, no re-opening, no notice")
def no_op(full: bool) -> tuple[str, bool]:
    """The same list again in other clothes."""
    count = 300 if full else 20
    with desk() as office:
        rows = [row(n) for n in range(count)]
        office.publish(rows)
        office.customers(count)
        office.clear()
        before = seq()
        office.publish(rows[::-1], stamp="2026-08-02T05:00:00Z")
        office.publish(
            rows, text=json.dumps({"search_performed_at": "2026-08-03", "results": rows}, indent=3)
        )
        spaced = [{**one, "name": f" {one['name'].replace(' ', '  ')} "} for one in rows]
        office.publish(spaced)
        opened, again = since(before, "hit.opened"), since(before, "hit.reopened")
        notes = notices(before)
    files, woken = told_otherwise(full)
    figure = (
        f"3 imports of {count} rows: {opened} hits, {again} re-opened, {notes} notices;"
        f" {files} files of every form: {woken}"
    )
    return figure, not (opened or again or notes or woken)


def notices(before: int) -> int:
    """Notices that events after `before` led to."""
    from exportctl import models

    found = getattr(models, "Notice", None)
    return found.objects.filter(event_id__gt=before).count() if found else 0


def _changed(rows: Rows, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Rows:
    return [{**one, **change(one)} for one in rows]


IRRELEVANT = ("time stamp", "link", "row order", "spacing", "order of names", "our note")
ENTRY: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "their alias": lambda one: {"alt_names": [*one["alt_names"], f"Also {one['alt_names'][0]}"]},
    "their address": lambda one: {"addresses": [{"address": "9 New Road", "city": "Shiraz", "country": "IR"}]},
    "their program": lambda one: {"programs": ["NPWMD", "IFSR"]},
    "their birth or identifier": lambda one: {
        "ids": [{"type": "Tax ID No.", "number": f"99{one['entity_number']}1234567", "country": "IR"}]
    },
}  # fmt: skip
OURS = ("our name", "our identifier")


@drill("T06", "decision memory: irrelevant changes re-open 0 %, relevant ones 100 % with their difference")
def remembered(full: bool) -> tuple[str, bool]:
    """1,000 pairs through 12 kinds of change and a new entry each."""
    count = 1000 if full else 12
    wrong: list[str] = []
    with desk() as office:
        rows = [row(n) for n in range(count)]
        office.publish(rows)
        customers = office.customers(count)
        office.clear()
        for kind in IRRELEVANT:
            before = seq()
            _irrelevant(office, kind, rows, customers)
            if since(before, "hit.reopened") or since(before, "hit.opened"):
                wrong.append(f"{kind}: {since(before, 'hit.reopened')} re-opened")
        for kind, change in ENTRY.items():
            rows = _changed(rows, change)
            wrong += _relevant(office, kind, count, lambda rows=rows: office.publish(rows))
        for kind in OURS:
            wrong += _relevant(office, kind, count, lambda kind=kind: _ours(office, kind, customers))
        before = seq()
        office.publish(
            [
                *rows,
                *(
                    row(n, key=500_000 + n, addresses=[{"city": "Minsk", "country": "BY"}])
                    for n in range(count)
                ),
            ]
        )
        raised = since(before, "hit.opened")
        if raised != count:
            wrong.append(f"new entries: {raised} of {count} raised")
    kinds = len(IRRELEVANT) + len(ENTRY) + len(OURS)
    told = "irrelevant 0 % re-opened, relevant 100 % with difference, new entries 100 % raised"
    return f"{count} pairs x {kinds} kinds: {'; '.join(wrong) or told}", not wrong


def _irrelevant(office: Desk, kind: str, rows: Rows, customers: list[Party]) -> None:
    if kind == "our note":
        for party in customers:
            now = Party.objects.get(pk=party.pk)
            parties.change(
                party=now, version=now.facts_version, note="Called them.", by=office.officer, at=office.at
            )
        outbox.drain()
        return
    office.publish({
        "time stamp": rows, "row order": rows[::-1],
        "link": _changed(rows, lambda one: {"source_list_url": "https://example.org/moved"}),
        "spacing": _changed(rows, lambda one: {"name": f"{one['name'].replace(' ', '  ')} "}),
        "order of names": _changed(rows, lambda one: {"alt_names": one["alt_names"][::-1]}),
    }[kind], stamp=f"2026-08-05T05:00:{office.round:02d}Z")  # fmt: skip


def _relevant(office: Desk, kind: str, count: int, act: Callable[[], None]) -> list[str]:
    before = seq()
    act()
    again = Event.objects.filter(seq__gt=before, verb="hit.reopened")
    shown = sum(bool(event.data["data"]["changes"]) for event in again)
    office.clear()
    return [] if shown == count else [f"{kind}: {shown} of {count} re-opened with their difference"]


def _ours(office: Desk, kind: str, customers: list[Party]) -> None:
    for party in customers:
        now = Party.objects.get(pk=party.pk)
        new: dict[str, Any] = {"names": [(f"{now.name} Trading", "alias")]}
        if kind == "our identifier":
            new = {"identifiers": [{"kind": "Register", "value": f"HRB {now.pk}", "country": "DE"}]}
        parties.change(party=now, version=now.facts_version, by=office.officer, at=office.at, **new)
    outbox.drain()


@drill(
    "T07",
    "merge, split, rename, new id of list entries: each judgment carried or re-opened by rule, none lost",
)
def followed(full: bool) -> tuple[str, bool]:
    """Four kinds of change of entries that were cleared; each file comes twice, so that absences end."""
    each = 100 if full else 5
    with desk() as office:
        rows = [row(n) for n in range(each * 5)]
        office.publish(rows)
        office.customers(each * 5)
        office.clear()
        before = list(Hit.objects.filter(status=HitStatus.CLOSED))
        new: Rows = []
        for number, one in enumerate(rows):
            kind = number // each
            if kind == 0:  # another id, nothing else
                new.append({**one, "entity_number": str(700_000 + number)})
            elif kind == 1:  # renamed under its id
                new.append({**one, "name": f"{one['name']} Group"})
            elif kind == 2:  # split in two, both under new ids
                new.append({**one, "entity_number": str(710_000 + number), "alt_names": []})
                new.append(
                    {
                        **one,
                        "entity_number": str(720_000 + number),
                        "name": one["alt_names"][0],
                        "alt_names": [],
                    }
                )
            elif kind == 3:  # merged with its neighbor of the fifth kind under a new id
                other = rows[number + each]
                new.append({**one, "entity_number": str(730_000 + number),
                            "alt_names": [*one["alt_names"], other["name"], *other["alt_names"]]})  # fmt: skip
        office.publish(new)
        office.publish(new, stamp="2026-08-09T05:00:00Z")
        office.publish([*new, row(900_000)], stamp="2026-08-10T05:00:00Z")
        carried = sum(_carried(hit) for hit in before)
        opened = sum(_opened_by_rule(hit) for hit in before)
    lost = len(before) - carried - opened
    return f"{len(before)} judgments: {carried} carried, {opened} re-opened by rule, {lost} lost", (
        lost == 0 and carried == each and len(before) == each * 5
    )  # fmt: skip


def _carried(hit: Hit) -> bool:
    return Hit.objects.filter(carried_from=hit, status=HitStatus.CLOSED, outcome="false_positive").exists()


def _opened_by_rule(hit: Hit) -> bool:
    """Re-opened itself with its difference, or its party's hit on a successor is open and shows one."""
    now = Hit.objects.get(pk=hit.pk)
    if now.status == HitStatus.OPEN:
        return bool(now.changes)
    following = Hit.objects.filter(party=hit.party_id, status=HitStatus.OPEN, carried_from__isnull=False)
    return any(one.changes for one in following)


@drill("T08", "crowding: 300 cleared namesakes and a new one: the new one is raised, always")
def crowded(full: bool) -> tuple[str, bool]:
    """Namesakes of one party, each cleared; then one more."""
    count, rounds = (300, 5) if full else (40, 1)
    with desk() as office:
        rows = [row(0, key=n + 1, addresses=[{"city": word(n), "country": "IR"}]) for n in range(count)]
        office.publish(rows)
        office.customers(1)
        cleared = office.clear()
        raised = 0
        for turn in range(rounds):
            rows = [*rows, row(0, key=10_000 + turn, addresses=[{"city": "Qom", "country": "IR"}])]
            before = seq()
            office.publish(rows)
            raised += since(before, "hit.opened")
            office.clear()
    return f"{cleared} cleared, {raised} of {rounds} new ones raised", (cleared, raised) == (count, rounds)


@drill("T09", "flap: an entry present on alternate days x 30: at most one task")
def flapping(full: bool) -> tuple[str, bool]:
    """The entry is there, absent, there again; its pair was judged once."""
    days = 30 if full else 8
    with desk() as office:
        rows = [row(n) for n in range(5)]
        office.publish(rows)
        office.customers(1)
        before = seq()
        office.clear()
        for number in range(days):
            stamp = f"2026-09-{number % 28 + 1:02d}T05:00:00Z"
            office.publish(rows if number % 2 else rows[1:], stamp=stamp)
        tasks = since(before, "hit.opened") + since(before, "hit.reopened")
        listed = ListedParty.objects.current().filter(name=name_of(0)).count()
    return (
        f"{days} days: {tasks} new tasks after the one judged, entry in force {listed}",
        tasks <= 1 and listed == 1,
    )

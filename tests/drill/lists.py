"""T01 to T05 and T09: list files cut, vanished, spoilt, switched under readers, repeated, flapping."""

from __future__ import annotations

import gzip
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from entities import lists, screening, worlds
from entities.models import Hit, Listing, ListSource, ListVersion, Party, VersionState
from exportctl import people
from exportctl.errors import Refused
from exportctl.models import Event
from tests.entities.conftest import el, many, sdn
from tests.exportctl.recovery import CHECKOUT, database_url
from tests.factories import make_party

from . import drill, world
from .samples import LETTERS, SAMPLES

ON = date(2026, 8, 1)
MEMORY = 512  # MB


@contextmanager
def at_work() -> Iterator[Path]:
    """A folder for files; what is imported is kept in it too."""
    kept = settings.LIST_FILES
    with tempfile.TemporaryDirectory(prefix="exportctl-drill-") as folder:
        settings.LIST_FILES = Path(folder) / "lists"
        lists.ensure_sources()
        try:
            yield Path(folder)
        finally:
            settings.LIST_FILES = kept


def stage(source: str, path: Path, *, on: date = ON) -> ListVersion:
    """Import a file as the job does."""
    return lists.stage(
        source=ListSource.objects.get(pk=source), path=path, by=people.job_user("import"), at=timezone.now(),
        effective_on=on,
    )  # fmt: skip


def written(
    folder: Path, rows: list[dict[str, Any]], name: str, *, stamp: str = "2026-08-01T05:00:00Z"
) -> Path:
    path = folder / name
    path.write_text(json.dumps({"search_performed_at": stamp, "results": rows}), encoding="utf-8")
    return path


def ended() -> int:
    """Listings that were ended, or marked as absent."""
    return Listing.objects.exclude(removed_in=None, missing_in=None).count()


def forget(source: str) -> None:
    """Empty a source: the next form of it is another list."""
    ListSource.objects.filter(pk=source).update(current=None)
    Listing.objects.filter(listed_party__source=source).delete()


def in_force(source: str) -> int | None:
    return ListSource.objects.values_list("current", flat=True).get(pk=source)


@drill("T01", "truncated lists: nothing ends, the version in force stays, the alarm is raised")
def truncated(full: bool) -> tuple[str, bool]:
    """100 cuts of every form, mid-row, mid-letter and mid-gzip among them."""
    share, cuts, moved, silent, gone = (100 if full else 8), 0, 0, 0, 0
    with at_work() as folder:
        for source, name, made in SAMPLES.values():
            whole = made(400)
            path = folder / name
            path.write_bytes(whole)
            first = stage(source, path).pk
            for data, size in cut_places(whole, share):
                path.write_bytes(data[:size])
                last = Event.objects.latest("seq").seq
                with suppress(Refused):
                    stage(source, path)
                verbs = set(Event.objects.filter(seq__gt=last).values_list("verb", flat=True))
                silent += verbs.isdisjoint({"list.refused", "list.held"})
                moved += in_force(source) != first
                cuts += 1
            gone += ended()
            forget(source)
    figure = (
        f"{cuts} cuts of {len(SAMPLES)} forms: {gone} entries ended, {moved} versions moved, {silent} silent"
    )
    return figure, not gone and not moved and not silent


def cut_places(whole: bytes, number: int) -> Iterator[tuple[bytes, int]]:
    """(data, length): shares from 0.1 to 99.9 %, inside a letter of many bytes, and inside gzip."""
    packed = gzip.compress(whole)
    letter = whole.find(LETTERS[0].encode())
    middle = [(whole, letter + 1), (whole, letter + 2)] if letter > 0 else []
    plain = number - number // 5 - len(middle)
    for n in range(plain):
        yield whole, max(1, round(len(whole) * (0.001 + 0.998 * n / max(plain - 1, 1))))
    yield from middle
    for n in range(number // 5):
        yield packed, max(1, round(len(packed) * (0.001 + 0.998 * n / max(number // 5 - 1, 1))))


@drill("T02", "a vanished or collapsed source is quarantined; screening answers the same")
def vanished(full: bool) -> tuple[str, bool]:
    """A list gone, 15,000 rows gone in a day, 686 to 515 and back, lists cut at the end of a row."""
    size = 18_000 if full else 800
    official = [el(f"Zaw{n} Vel{n}tik Institute") for n in range(686)]
    rows = [*many(size), *official]
    with at_work() as folder:
        whole = written(folder, rows, "whole.json")
        first = stage("csl", whole).pk
        asked = [row["name"] for row in rows[:: max(len(rows) // (200 if full else 20), 1)]]
        before = answers(asked)
        collapsed = [
            official, many(size), [*many(size), *official[:515]], [*many(size // 6), *official],
            [*many(size), *official[:665]], [*many(size), *official[:1]],
        ]  # fmt: skip
        stopped = 0
        for number, kept in enumerate(collapsed):
            path = written(folder, kept, f"{number}.json")
            try:
                stopped += stage("csl", path).state == VersionState.HELD
            except Refused:
                stopped += 1
        same = answers(asked) == before and in_force("csl") == first and not ended()
        back = stage("csl", whole).pk == first
    figure = (
        f"{stopped} of {len(collapsed)} quarantined; {len(asked)} answers "
        f"{'identical' if same else 'CHANGED'}; the whole file again: {'nothing new' if back else 'NEW'}"
    )
    return figure, stopped == len(collapsed) and same and back and all(before.values())


def answers(names: list[str]) -> dict[str, list[tuple[int, str]]]:
    """What screening says of each name now, read afresh."""
    worlds.forget()
    return {
        name: [(match.score, match.entry.key) for match in worlds.look_up(name=name, country="CN")]
        for name in names
    }


@drill("T03", "malformed files: no crash, nothing half imported, memory within 512 MB")
def malformed(full: bool) -> tuple[str, bool]:
    """5,000 mutants of every form, then bombs: entities, a gzip of more than a gigabyte, a line of a gigabyte."""
    number, dice = (5000 if full else 60), random.Random(3)
    crashed, partial, told = 0, 0, {"refused": 0, "held": 0, "published": 0}
    with at_work() as folder:
        for source, name, made in SAMPLES.values():
            whole = made(40)
            path = folder / name
            path.write_bytes(whole)
            stage(source, path)
            for data in mutants(whole, number // len(SAMPLES), dice):
                path.write_bytes(data)
                result = tried(source, path)
                told[result] = told.get(result, 0) + 1
                partial += not consistent(source)
            forget(source)
        for source, path in bombs(folder, full=full):
            result = tried(source, path)
            told[result] = told.get(result, 0) + 1
            partial += result == "published"
        crashed = sum(count for what, count in told.items() if what.startswith("crash"))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    words = ", ".join(f"{count} {what}" for what, count in told.items())
    figure = f"{sum(told.values())} files: {words}; {crashed} crashed, {partial} half imported, {memory} MB"
    return figure, not crashed and not partial and memory <= MEMORY


def tried(source: str, path: Path) -> str:
    """What became of a file; a refusal without a remedy counts as a crash."""
    try:
        return str(stage(source, path, on=ON).state)
    except Refused as refused:
        clear = all(one.message and one.remedy for one in refused.blockers)
        return "refused" if clear else "crash: a refusal that does not help"
    except Exception as error:
        return f"crash: {type(error).__name__}: {error}"[:120]


def consistent(source: str) -> bool:
    """Whether the entries in force are exactly those that the version in force counted."""
    current = ListSource.objects.select_related("current").get(pk=source).current
    found = Listing.objects.filter(listed_party__source=source, removed_in=None, missing_in=None).count()
    return current is not None and current.rows == found


def mutants(whole: bytes, number: int, dice: random.Random) -> Iterator[bytes]:
    """Ways to spoil a file: marks, zero bytes, quotes, other encodings, columns that go or come, pieces cut out."""
    head, _, rest = whole.partition(b"\n")
    names = [
        part
        for part in (b"name", b"Name", b"source", b"Country", b"uid", b"TD", b"LISTED_ON")
        if part in whole
    ]
    yield b"\xef\xbb\xbf" * 2 + whole
    yield whole.decode().encode("utf-16")
    yield rest
    yield head + b"\n"
    yield b"PK\x03\x04" + whole
    yield b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>' + whole
    for name in names:
        yield whole.replace(name, b"shoe_size", 1)
        yield whole.replace(name, b"shoe_size")
    spoils = [
        b"\0",
        b'"',
        b'"""',
        b"\xff",
        b"\xc3",
        b"\r",
        b"\n",
        b",",
        b"\t",
        b"<",
        b"&#0;",
        b"]]>",
        b"\x1a",
        b"{",
    ]
    for turn in range(max(number - 6 - 2 * len(names), 0)):
        data, place = bytearray(whole), dice.randrange(len(whole))
        spoil = dice.choice(spoils) * dice.choice((1, 1, 1, 50))
        if turn % 3 == 0:
            data[place : place + 1] = spoil
        elif turn % 3 == 1:
            data[place:place] = spoil
        else:
            del data[place : place + dice.randrange(1, 400)]
        yield bytes(data)


def bombs(folder: Path, *, full: bool) -> Iterator[tuple[str, Path]]:
    """Files that would fill the memory: entities that unfold, a packed gigabyte, one line of a gigabyte."""
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    lol = folder / "sdn.xml"
    lol.write_text(f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]><sdnList>&l8;</sdnList>')
    yield "ofac_sdn", lol
    size = 1100 if full else 16  # MB
    for source, name, head in (("csl", "csl.json", b'{"results": ['), ("csl", "csl.csv", b"source,name\n"),
                               ("un", "un.xml", b"<CONSOLIDATED_LIST><")):  # fmt: skip
        path = folder / f"{name}.gz"
        with gzip.open(path, "wb", compresslevel=1) as target:
            target.write(head)
            for _ in range(size):
                target.write(b"[" * (1 << 20))
        yield source, path
    line = folder / "dpl.txt"
    with line.open("wb") as target:
        for _ in range(size):
            target.write(b"x" * (1 << 20))
    yield "dpl", line


@drill("T04", "readers during imports that are killed: never a mixed version")
def switched(full: bool) -> tuple[str, bool]:
    """50 imports by the command, most of them killed at some moment, under two readers."""
    imports, dice = (50 if full else 4), random.Random(4)
    seen: set[tuple[Any, ...]] = set()
    errors: list[Exception] = []
    killed = published = 0
    with at_work() as folder:
        stage("csl", written(folder, tagged("0"), "day-0.json"))
        stop = threading.Event()
        readers = [threading.Thread(target=reads, args=(stop, seen, errors)) for _ in range(2)]
        for reader in readers:
            reader.start()
        try:
            whole = 0.0  # seconds of an import nobody kills; the kills fall into its later part
            for number in range(1, imports + 1):
                path, began = written(folder, tagged(str(number)), f"day-{number}.json"), time.monotonic()
                spared = number % 4 == 1
                code = imported(path, number, None if spared else dice.uniform(0.4, 1.1) * whole)
                whole = time.monotonic() - began if spared else whole
                killed += code == -signal.SIGKILL
                published += code == 0
        finally:
            stop.set()
            for reader in readers:
                reader.join()
    mixed = [
        row for row in seen if row[0] != f"day-{row[1]}.json" or row[1] != row[2] or row[3] != TAGGED * 5
    ]
    figure = (
        f"{imports} imports, {killed} killed, {published} published: {len(mixed)} mixed reads"
        f" ({len(seen)} versions seen), {len(errors)} errors"
    )
    return figure, not mixed and not errors and published > 0 and len(seen) > 1


TAGGED = 400


def tagged(tag: str) -> list[dict[str, Any]]:
    """2,000 rows, a fifth of them (a change the gate lets pass) carrying the tag of their version."""
    return [sdn(n, f"Zaw{n} Vel", title=tag if n < TAGGED else "-") for n in range(TAGGED * 5)]


def reads(stop: threading.Event, seen: set[tuple[Any, ...]], errors: list[Exception]) -> None:
    """Read again and again: the file in force, the least and the greatest tag, the number of entries."""
    try:
        with connection.cursor() as cursor:
            while not stop.is_set():
                cursor.execute(
                    "SELECT (SELECT v.file_name FROM entities_listversion v JOIN entities_listsource s"
                    " ON s.current_id = v.id WHERE s.code = 'csl'),"
                    " min(tag) FILTER (WHERE tag <> '-'), max(tag) FILTER (WHERE tag <> '-'), count(*)"
                    " FROM (SELECT substring(p.remarks FROM 'Title: ([0-9-]+)') AS tag FROM entities_listing l"
                    " JOIN entities_listedparty p ON p.id = l.listed_party_id WHERE l.removed_in_id IS NULL) told"
                )
                seen.add(cursor.fetchone())
    except Exception as error:
        errors.append(error)
    finally:
        connection.close()


def imported(path: Path, number: int, after: float | None) -> int:
    """The command in a process of its own, killed after so many seconds; its exit code."""
    words = [sys.executable, "manage.py", "import_list", "csl", str(path), "--effective-on",
             str(ON + timedelta(days=number))]  # fmt: skip
    environment = {**os.environ, "DATABASE_URL": database_url(), "LIST_FILES": str(settings.LIST_FILES)}
    child = subprocess.Popen(
        words, cwd=CHECKOUT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        return child.wait(timeout=after)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def told_otherwise(full: bool) -> tuple[int, int]:
    """T05 for every form, each in a world of its own: row order, white space, time stamps, ids, packing.

    Returns the files brought in, and what they woke: hits, re-openings and any event but list.unchanged.
    """
    dice, woken, files = random.Random(5), 0, 0
    for source, name, made in SAMPLES.values():
        world.reset()
        with at_work() as folder:
            path = folder / name
            path.write_bytes(made(60))
            stage(source, path)
            party, last = screened("Zaw1 Vel1"), Event.objects.latest("seq").seq
            hits = list(Hit.objects.values())
            for number in range(8 if full else 1):
                for data in otherwise(made(60), name, number, dice):
                    path.write_bytes(data)
                    stage(source, path)
                    files += 1
            verbs = list(Event.objects.filter(seq__gt=last).values_list("verb", flat=True))
            woken += sum(verb != "list.unchanged" for verb in verbs)
            woken += list(Hit.objects.values()) != hits
            woken += screening.state(party) != "current"
    return files, woken


def screened(name: str) -> Party:
    """A party of an officer's, screened against what is in force."""
    now = timezone.now()
    officer = people.create(username="officer", by=None, at=now, role_codes=("officer",))
    party = make_party(by=officer, at=now, name=name, country="CN")
    screening.screen(party=party, trigger="manual", by=people.job_user("screening"), at=now)
    return party


def otherwise(whole: bytes, name: str, number: int, dice: random.Random) -> Iterator[bytes]:
    """The same list told in another way."""
    yield whole
    yield gzip.compress(whole, mtime=number)
    text = whole.decode()
    if name.endswith(".json"):
        told = json.loads(text)
        dice.shuffle(told["results"])
        told["search_performed_at"] = f"2026-08-{number + 2:02}T05:00:00Z"
        for row in told["results"]:
            row["name"], row["id"] = f"  {row['name'].replace(' ', '  ')} ", f"{dice.getrandbits(128):032x}"
        yield json.dumps(told).encode()
    elif name.endswith(".xml"):
        stamped = text.replace("08/01/2026", "08/02/2026").replace("2026-08-01", "2026-08-02")
        yield stamped.replace("Zaw3 ", "Zaw3  ").replace("\n", "\n  ").encode()
    else:
        head, *rows = text.splitlines(keepends=True)
        dice.shuffle(rows)
        yield "".join([head, *rows, head]).encode()
        yield (
            text.replace("\n", "\r\n").encode()
            if name != "csl.csv"
            else text.replace("Zaw3 ", "Zaw3  ").encode()
        )

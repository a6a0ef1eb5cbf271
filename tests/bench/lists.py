"""The whole consolidated list through the command: seconds, memory, repeat; sets beside rows; real deltas."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from entities import archive, lists, staging
from entities.models import ChangeKind, ListedParty, ListSource, ListVersion
from exportctl import people
from exportctl.models import Event
from tests.entities.real_files import two_sdn_days
from tests.exportctl.recovery import CHECKOUT, database_url

from .imports import FILE, shared

IMPORT, MEMORY, REPEAT = 20.0, 400.0, 5.0  # seconds, MB, seconds: the product's promise
CHANGED = 7  # every seventh row of the second day is another
Rows = list[tuple[str, float | None, float | None, float | None]]


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that ended: seconds, its largest memory in MB, and what it told."""

    seconds: float
    memory: float
    told: dict[str, Any]


def run() -> Rows:
    """Rows (figure, ours, limit or what it must be, ratio); raises FileNotFoundError without the list file."""
    path = shared(FILE)
    with tempfile.TemporaryDirectory(prefix="exportctl-bench-") as folder:
        settings.LIST_FILES = Path(folder)
        lists.ensure_sources()
        first = command("csl", path, "2026-07-31")
        last = Event.objects.latest("seq").seq
        again = command("csl", path, "2026-08-01")
        written = list(Event.objects.filter(seq__gt=last).values_list("verb", flat=True))
        changed = command("csl", another_day(path, Path(folder)), "2026-08-02")
        read = sum(part["rows"] for part in first.told["source_rows"].values())
        return [
            ("whole list, first import, s", first.seconds, IMPORT, first.seconds / IMPORT),
            ("  largest memory of the command, MB", first.memory, MEMORY, first.memory / MEMORY),
            ("  rows of the file", read, 25_921, read / 25_921),
            ("  entries published", first.told["rows"], None, None),
            (
                "whole list, thousands of rows changed, s",
                changed.seconds,
                IMPORT,
                changed.seconds / IMPORT,
            ),
            ("  largest memory of the command, MB", changed.memory, MEMORY, changed.memory / MEMORY),
            ("  entries changed", changed.told["changed"], None, None),
            ("the same file again, s", again.seconds, REPEAT, again.seconds / REPEAT),
            ("  events but 'nothing changed'", len(written) - written.count("list.unchanged"), 0, None),
            *sets_beside_rows(path),
            *deltas(Path(folder)),
        ]


def command(source: str, path: Path, on: str) -> Ran:
    """`manage.py import_list` in a process of its own, with all it takes to start."""
    words = [sys.executable, "manage.py", "import_list", source, str(path), "--effective-on", on, "--json"]
    environment = {**os.environ, "DATABASE_URL": database_url(), "LIST_FILES": str(settings.LIST_FILES)}
    began = time.perf_counter()
    with subprocess.Popen(words, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = child.stdout.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"import_list ended with {child.returncode}: {said[:500]}")
    return Ran(time.perf_counter() - began, used.ru_maxrss / 1024, json.loads(said))


def another_day(path: Path, folder: Path) -> Path:
    """The same list with every seventh row of its largest part another."""
    told = json.loads(gzip.decompress(path.read_bytes()))
    for number, row in enumerate(told["results"]):
        if number % CHANGED == 0 and "(SDN)" in row["source"]:
            row["remarks"] = f"Updated {number}"
    other = folder / "another-day.json"
    other.write_text(json.dumps(told), encoding="utf-8")
    return other


def sets_beside_rows(path: Path) -> Rows:
    """What changed, found by one COPY and set-based SQL, and by one query a row: the same records, once each."""
    records = list(archive.read(path, lists.FORMATS["csl"]))
    began = time.perf_counter()
    with transaction.atomic():
        counts = staging.load(staging.rows_of(records), source="csl")
    ours, moved = time.perf_counter() - began, sum(one.changed for one in counts)
    began, found = time.perf_counter(), 0
    for row in staging.rows_of(records):
        known = (
            ListedParty.objects.filter(source="csl", key=row.key).values_list("row_hash", flat=True).first()
        )
        found += known != row.row_hash
    peer = time.perf_counter() - began
    if found != moved:
        raise RuntimeError(f"sets find {moved} changes, rows {found}")
    return [("changes found by sets; peer: row by row, s", ours, peer, ours / peer)]


def deltas(folder: Path) -> Rows:
    """Real lists of two days: what moved, beside what is known of them."""
    days = two_sdn_days(shared("ofac_sdn"), folder / "sdn")
    pairs = (
        ("ofac_sdn", (days / "2025-01-03", days / "2025-01-06"),
         {"alias": (21, 0), "address": (44, 0)}),
        ("dpl", (shared("bis_dpl/dpl_2018-08-17.txt"), shared("bis_dpl/dpl_2019-06-29.txt")), {"row": (75, 68)}),
        ("un", (shared("un/UN_consolidated_2018-06-08.xml.gz"), shared("un/UN_consolidated_2018-08-27.xml.gz")), {}),
    )  # fmt: skip
    rows: Rows = []
    for code, (one, two), known in pairs:
        stage(code, one, 1)
        version = stage(code, two, 2)
        moved = {part: (told["added"], told["removed"]) for part, told in version.source_rows.items()}
        if not known:
            counts = version.changes.values_list("kind", flat=True)
            moved = {"entry": tuple(list(counts).count(k) for k in (ChangeKind.ADDED, ChangeKind.REMOVED))}
            known = {"entry": (8, 8)}
        for part, (added, removed) in known.items():
            rows += [
                (f"{code}: {part} in", moved[part][0], added, moved[part][0] / added),
                (
                    f"{code}: {part} out",
                    moved[part][1],
                    removed,
                    moved[part][1] / removed if removed else None,
                ),
            ]
    return rows


def stage(code: str, path: Path, day: int) -> ListVersion:
    return lists.stage(
        source=ListSource.objects.get(pk=code), path=path, by=people.job_user("import"), at=timezone.now(),
        effective_on=date(2026, 1, day),
    )  # fmt: skip

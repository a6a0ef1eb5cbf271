"""The whole consolidated list into the demo world: import, release by a second person, re-screening."""

from __future__ import annotations

import io
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from entities import lists
from entities.models import Hit, Listing, ListVersion, Party, Screening, VersionState
from exportctl import outbox
from exportctl.models import User
from licenses import demo

FILE = "csl/csl_2026-07-31_projection.json.gz"
LIMIT = 90.0  # seconds, the product's promise
HELD = 3  # exit of import_list: another person must release it


@dataclass
class Span:
    """Seconds by the wall clock, and of this process on a processor."""

    wall: float = 0
    user: float = 0


def run() -> list[tuple[str, float | None, float | None, float | None]]:
    """Rows (figure, ours, limit, ratio); raises FileNotFoundError without the list file."""
    path = shared(FILE)
    settings.DEMO_ALLOWED = True
    with tempfile.TemporaryDirectory(prefix="exportctl-bench-") as folder:
        settings.VAR, settings.LIST_FILES = Path(folder), Path(folder) / "lists"
        if not demo.exists():
            call_command("seed", stdout=io.StringIO())
            call_command("demo", stdout=io.StringIO())
        before = Hit.objects.count()
        with _measured() as imported:
            _import(path)
        with _measured() as screened:
            runs = outbox.drain()
    wall = imported.wall + screened.wall
    screenings = Screening.objects.filter(trigger="list", world=lists.current_world()).count()
    return [
        ("import and re-screening, s", wall, LIMIT, wall / LIMIT),
        ("  import and release, s", imported.wall, None, None),
        ("  re-screening, s", screened.wall, None, None),
        ("  of this process, CPU s", imported.user + screened.user, None, None),
        ("listings in force", _in_force(), None, None),
        ("parties re-screened", screenings, Party.objects.count(), screenings / Party.objects.count()),
        ("hits opened", Hit.objects.count() - before, None, None),
        ("runs of jobs", runs, None, None),
    ]


def shared(name: str) -> Path:
    """A real file or folder; raises FileNotFoundError where it is not at hand."""
    default = Path(__file__).resolve().parents[3] / "shared" / "data"
    path = Path(os.environ.get("EXPORTCTL_SHARED_DATA") or default) / name
    if not path.exists():
        raise FileNotFoundError(f"{name} (EXPORTCTL_SHARED_DATA names its folder)")
    return path


def _import(path: Path) -> None:
    """As `manage.py import_list csl FILE`; so large a growth is held, and another person releases it."""
    try:
        call_command("import_list", "csl", str(path), "--by", "lists", stdout=io.StringIO())
    except SystemExit as stopped:
        if stopped.code != HELD:
            raise
        version = ListVersion.objects.filter(source="csl", state=VersionState.HELD).latest("number")
        lists.release(
            version=version, reason="The whole list, read for the first time.",
            by=User.objects.get(username="approver"), at=timezone.now(),
        )  # fmt: skip


def _in_force() -> int:
    return Listing.objects.filter(listed_party__source="csl", removed_in=None).count()


@contextmanager
def _measured() -> Iterator[Any]:
    connection.ensure_connection()
    span = Span()
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    yield span
    spent = resource.getrusage(resource.RUSAGE_SELF)
    span.wall = time.perf_counter() - began
    span.user = spent.ru_utime + spent.ru_stime - used.ru_utime - used.ru_stime

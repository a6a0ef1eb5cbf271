"""Small list files written by hand in the form of the Consolidated Screening List, and a log that refuses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from entities import lists as list_verbs
from entities.models import ListSource, ListVersion
from exportctl import people
from exportctl.models import Event, User

EL = "Entity List (EL) - Bureau of Industry and Security"
SDN = "Specially Designated Nationals (SDN) - Treasury Department"

Write = Callable[..., Path]


def el(name: str, country: str = "CN", **more: Any) -> dict[str, Any]:
    """A row of the Entity List."""
    return {
        "source": EL, "name": name, "addresses": [{"address": "1 Road", "city": "Town", "country": country}],
        "license_requirement": "All items subject to the EAR (See §744.11 of the EAR).",
        "license_policy": "Presumption of denial", "federal_register_notice": "84 FR 22961",
        "start_date": "2019-05-21", **more,
    }  # fmt: skip


def sdn(number: int, name: str, **more: Any) -> dict[str, Any]:
    """A row of the SDN list."""
    return {
        "source": SDN, "entity_number": str(number), "type": "Entity", "name": name, "programs": ["NPWMD"],
        "addresses": [{"city": "Tehran", "country": "IR"}], **more,
    }  # fmt: skip


def many(number: int, *, start: int = 0) -> list[dict[str, Any]]:
    """SDN rows whose names share no rare word with each other."""
    return [sdn(n, f"Zaw{n}qir Vel{n}dom Holding") for n in range(start, start + number)]


@pytest.fixture(autouse=True)
def _list_files(settings: Any, tmp_path: Path) -> None:
    settings.LIST_FILES = tmp_path / "lists"


@pytest.fixture
def csl(db: None) -> ListSource:
    list_verbs.ensure_sources()
    return ListSource.objects.get(pk="csl")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """`write(rows)`: a list file in JSON form; returns its path."""

    def make(
        rows: list[dict[str, Any]], *, name: str = "list.json", stamp: str = "2026-08-01T05:00:00Z"
    ) -> Path:
        path = tmp_path / name
        path.write_text(json.dumps({"search_performed_at": stamp, "results": rows}), encoding="utf-8")
        return path

    return make


@pytest.fixture
def refusing_log() -> Callable[[], AbstractContextManager[None]]:
    """`with refusing_log():` the database refuses every event, as a full disk or a missing right would."""

    @contextmanager
    def refuse() -> Iterator[None]:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(
                "CREATE FUNCTION pg_temp.no_event() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'no event today'; END $$"
            )
            cursor.execute(
                "CREATE TRIGGER no_event BEFORE INSERT ON exportctl_event "
                "FOR EACH ROW EXECUTE FUNCTION pg_temp.no_event()"
            )
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("DROP TRIGGER no_event ON exportctl_event; DROP FUNCTION pg_temp.no_event()")

    return refuse


def verbs_after(seq: int) -> list[str]:
    """The verbs of the log after a sequence number, in order."""
    return list(Event.objects.filter(seq__gt=seq).order_by("seq").values_list("verb", flat=True))


def head() -> int:
    """The last sequence number of the log."""
    return Event.objects.order_by("-seq").values_list("seq", flat=True).first() or 0


def data_of(verb: str) -> dict[str, Any]:
    """What the newest event with that verb tells."""
    return Event.objects.filter(verb=verb).latest("seq").data["data"]


@pytest.fixture
def kestrel(csl: ListSource, write: Write, administrator: User, now: datetime) -> Callable[..., ListVersion]:
    """`kestrel(**more)`: publish a list with one rare name beside others; `more` changes its row."""
    rounds = count(1)

    def publish(**more: Any) -> ListVersion:
        others = [el(f"Pel{n}vor Zan{n}tik Works") for n in range(9)]
        rows = [el("Kestrel Avionics Research Institute", **more), *others, *many(20)]
        return list_verbs.stage(
            source=csl, path=write(rows, name=f"kestrel-{next(rounds)}.json"), by=people.job_user("import"),
            at=now - timedelta(days=1), effective_on=(now - timedelta(days=1)).date(),
        )  # fmt: skip

    return publish

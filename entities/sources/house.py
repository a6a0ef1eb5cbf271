"""Entries of the house list in a CSV file: agency letters, red flags and notices of the day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from .files import csv_rows, opened
from .record import squeeze

COLUMNS = (
    "name", "effect", "effective_on", "citation", "other_names", "countries", "address", "scope", "items",
    "confidential", "note",
)  # fmt: skip
REQUIRED = ("name", "effect", "effective_on")
YES, NO = {"yes", "true", "1", "y"}, {"no", "false", "0", "n", ""}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a field of a row, and what to do about it."""

    column: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class HouseRow:
    """A row as the verbs of the house list take it, with its line and what in it could not be read."""

    line: int
    facts: dict[str, Any]
    faults: tuple[Fault, ...] = ()


def read(source: str | Path | BinaryIO) -> Iterator[HouseRow]:
    """The rows of the file, streamed. Several names or countries in a field are parted by ";".

    Raises BadSource for a file that is cut, no CSV, or has other columns than `COLUMNS`; what is wrong in a
    field stands with its row, so that all of it can be told at once.
    """
    with opened(source) as stream:
        for row in csv_rows(stream, columns=COLUMNS, optional={*COLUMNS} - {*REQUIRED}):
            yield _row(row.line, {name: row.values.get(name, "").strip() for name in COLUMNS})


def _row(line: int, given: dict[str, str]) -> HouseRow:
    faults = []
    try:
        effective_on = date.fromisoformat(given["effective_on"]) if given["effective_on"] else None
    except ValueError:
        effective_on = None
        faults.append(
            Fault("effective_on", "The day cannot be read.", "Write it as 2026-08-31: year, month, day.")
        )
    confidential = given["confidential"].casefold()
    if confidential not in YES | NO:
        faults.append(Fault("confidential", "It is neither yes nor no.", "Write yes or no."))
    facts = {
        "name": squeeze(given["name"]), "effect": given["effect"].upper().replace("-", "_").replace(" ", "_"),
        "effective_on": effective_on, "citation": given["citation"], "names": _parts(given["other_names"]),
        "countries": _parts(given["countries"]), "address": given["address"], "scope": given["scope"],
        "items": given["items"], "confidential": confidential in YES, "note": given["note"],
    }  # fmt: skip
    return HouseRow(line, facts, tuple(faults))


def _parts(text: str) -> list[str]:
    return [squeeze(part) for part in text.split(";") if part.strip()]

"""The rule tables delivered with the product, in `files/`: facts of the regulation in our own tables.

The entries are a sample; `manage.py import_rules` reads the whole Commerce Control List where one has its file.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

from .case import Listed
from .known import KnownParty
from .scope import scope
from .tables import (
    Allowed,
    Catalogued,
    Edition,
    Entry,
    Interval,
    PolicyRule,
    Requirement,
    Row,
    Rules,
    Special,
    Trigger,
)

FILES = Path(__file__).with_name("files")
EDITION = date(2026, 7, 23)  # the eCFR issue that the tables and the sections were read in
SANCTIONS_EDITION = date(2025, 1, 16)  # part 746
# Supp. 3 to part 744: certain nuclear end uses of 744.2 are not restricted there
NUCLEAR_CARVE_OUT = frozenset("AU AT BE CA DK FI FR DE GR IS IE IT JP LU NL NZ NO PT ES SE TR GB".split())


def rules(
    policies: tuple[PolicyRule, ...] = (),
    *,
    entries: tuple[Edition[Entry], ...] = (),
    chart: tuple[Edition[Row], ...] = (),
    groups: tuple[Edition[frozenset[str]], ...] = (),
) -> Rules:
    """The delivered tables with further editions, each list sorted by day; a later one of the same day wins."""
    base = _base()
    own = base.entries[0].rows
    # of the same edition the delivered entries were read by a person, and stand
    merged = tuple(Edition(each.on, {**each.rows, **own}) if each.on == EDITION else each for each in entries)
    return Rules(
        policies=policies,
        entries=_sorted((*base.entries, *merged)),
        chart=_sorted((*base.chart, *chart)),
        groups=_sorted((*base.groups, *groups)),
        intervals=base.intervals,
        specials=base.specials,
        triggers=base.triggers,
        catalogue=base.catalogue,
        regions=base.regions,
        nuclear_carve_out=base.nuclear_carve_out,
        law_on=base.law_on,
        sanctions_on=base.sanctions_on,
    )


def _sorted(editions: tuple[Edition, ...]) -> tuple[Edition, ...]:  # type: ignore[type-arg]
    return tuple(sorted(editions, key=lambda each: each.on))


@cache
def _base() -> Rules:
    return Rules(
        entries=(Edition(EDITION, _entries()),),
        chart=(Edition(EDITION, {row["country"]: _row(row) for row in _lines("chart")}),),
        groups=(
            Edition(EDITION, {row["country"]: frozenset(row["groups"].split()) for row in _lines("groups")}),
        ),
        intervals=tuple(_interval(row) for row in _lines("intervals")),
        specials=_specials(),
        triggers=_triggers(),
        catalogue={
            row["symbol"]: Catalogued(row["symbol"], f"15 CFR {row['section']}", row["condition"])
            for row in _lines("exceptions")
        },
        regions={row["name"]: row["covered"] == "yes" for row in _lines("regions")},
        nuclear_carve_out=NUCLEAR_CARVE_OUT,
        law_on=EDITION,
        sanctions_on=SANCTIONS_EDITION,
    )


def _lines(name: str) -> Iterator[dict[str, str]]:
    with (FILES / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def _row(line: dict[str, str]) -> Row:
    footnotes = frozenset(int(each) for each in line["footnotes"].split())
    return Row(line["name"], line["kind"], frozenset(line["marks"].split()), footnotes, line["pointer"])


def _entries() -> dict[str, Entry]:
    requirements: dict[str, list[Requirement]] = defaultdict(list)
    allowed: dict[str, list[Allowed]] = defaultdict(list)
    for line in _lines("requirements"):
        requirements[line["eccn"]].append(
            Requirement(
                line["reason"],
                line["column"],
                line["where"],
                f"15 CFR {line['section']}",
                scope(line["scope"]),
            )
        )
    for line in _lines("allowed"):
        limit = int(line["limit"]) if line["limit"] else None
        allowed[line["eccn"]].append(Allowed(line["symbol"], limit, scope(line["scope"])))
    return {
        line["eccn"]: Entry(
            line["eccn"], line["heading"], tuple(requirements[line["eccn"]]), tuple(allowed[line["eccn"]]),
            tuple(line["sta_barred"].split()), line["verified"] == "yes",
        )
        for line in _lines("entries")
    }  # fmt: skip


def _interval(line: dict[str, str]) -> Interval:
    since, until = (date.fromisoformat(line[each]) if line[each] else None for each in ("since", "until"))
    return Interval(line["rule"], line["state"], since, until, line["citation"], line["note"])


def _specials() -> dict[str, tuple[Special, ...]]:
    found: dict[str, list[Special]] = defaultdict(list)
    for line in _lines("specials"):
        found[line["eccn"]].append(
            Special(line["code"], line["eccn"], scope(line["scope"]), line["places"], line["column"],
                    f"15 CFR {line['section']}", tuple(line["exceptions"].split()))
        )  # fmt: skip
    return {eccn: tuple(rows) for eccn, rows in found.items()}


def _triggers() -> dict[str, tuple[Trigger, ...]]:
    found: dict[str, list[Trigger]] = defaultdict(list)
    for line in _lines("triggers"):
        found[line["answer"]].append(
            Trigger(line["answer"], line["places"], line["items"], line["result"], f"15 CFR {line['section']}",
                    line["policy"], tuple(line["exceptions"].split()), line["text"])
        )  # fmt: skip
    return {answer: tuple(rows) for answer, rows in found.items()}


def listings() -> tuple[KnownParty, ...]:
    """Listings that the product's own listings do not carry and the worked cases rest on."""
    return tuple(
        KnownParty(
            (line["name"],),
            (Listed(line["name"], line["list"], date.fromisoformat(line["effective_on"]),
                    policy_code=line["policy"], requirement_code=line["requirement_code"],
                    footnotes=tuple(int(each) for each in line["footnotes"].split()),
                    citations=tuple(line["citations"].split("; ")), group=line["group"],
                    edition=f"delivered with the rules of {EDITION}"),),
            line["group"],
        )
        for line in _lines("listings")
    )  # fmt: skip


@cache
def notices() -> dict[str, date]:
    """Federal Register notices by their citation, with the day their listings took effect."""
    return {line["citation"]: date.fromisoformat(line["effective_on"]) for line in _lines("notices")}


def dated(entry: Listed) -> Listed:
    """An entry without a day of effect, dated by the first notice it cites where that notice is known."""
    if entry.effective_on is not None or not entry.citations:
        return entry
    began = notices().get(entry.citations[0].split(",")[0].strip())
    return replace(entry, effective_on=began) if began else entry

"""The lists in force as one process holds them, and the questions asked of them without storing anything."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from exportctl import roles
from exportctl.errors import refuse
from exportctl.models import User

from .matching.index import Entry, Index, ListedName, Query
from .matching.score import ENGINE, REVIEW, Match, search
from .models import ListedParty, Listing, ListVersion, Party
from .versions import HIDDEN, versions_in_force, world_of


@dataclass(frozen=True, slots=True)
class World:
    """The lists in force as one process holds them: the index, and which stored row each entry is."""

    name: str
    versions: tuple[tuple[str, int], ...]
    index: Index
    rows: dict[str, Row]


@dataclass(frozen=True, slots=True)
class Row:
    """The stored listed party behind an entry of the index."""

    pk: int
    key: str
    source: str
    row_hash: str
    confidential: bool = False


_lock = threading.Lock()
_held: dict[tuple[object, ...], World] = {}


def world() -> World:
    """The lists in force, ready to be searched: kept in the process until a version changes.

    One query where nothing changed; a new version is read and indexed by one thread, the others wait.
    """
    versions = versions_in_force()
    # the primary key and content tell apart what a rolled back or restored database numbers alike
    wanted = (ENGINE, *((v.source_id, v.pk, v.content_hash) for v in versions))
    held = _held.get(wanted)
    if held is None:
        with _lock:
            held = _held.get(wanted)
            if held is None:
                held = _built(versions)
                _held.clear()
                _held[wanted] = held
    return held


def numbers_of(name: str) -> dict[str, int]:
    """The list versions that the name of a world tells: {source: number}."""
    parts = (part.rsplit(" ", 1) for part in name.split("; ")[1:])
    return {source: int(number) for source, number in parts}


def engine_of(name: str) -> str:
    """The engine that the name of a world tells."""
    return name.split("; ", 1)[0]


def forget() -> None:
    """Drop what this process holds of the lists; the next question reads them again."""
    _held.clear()


def index() -> tuple[Index, str]:
    """The index of the lists in force and the world it stands for."""
    now = world()
    return now.index, now.name


def look_up(
    *, name: str, country: str = "", kind: str = "", limit: int | None = 10, minimum: int = REVIEW,
    names: Sequence[str] = (), addresses: Sequence[str] = (), identifiers: Sequence[tuple[str, str]] = (),
    birth_date: str = "",
) -> list[Match]:  # fmt: skip
    """Screen a name without storing anything: listed parties with at least `minimum` points, best first.

    An empty answer is not a clearance; say with it which world (`current_world`) it rests on. Refuses while
    no list is in force.
    """
    query = Query(
        name=name, aliases=tuple(names), kind=kind, countries=(country,) if country else (),
        addresses=tuple(addresses), identifiers=tuple(identifiers), birth_date=birth_date,
    )  # fmt: skip
    return ask(query, now=world(), limit=limit, minimum=minimum)


def ask(query: Query, *, now: World, limit: int | None = 10, minimum: int = REVIEW) -> list[Match]:
    """The same for a ready query in a world held by the caller, so that a batch rests on one world."""
    if not now.versions:
        raise refuse("no_list", "No list is in force, so nothing can be screened.",
                     remedy="Import a list first: manage.py import_list.")  # fmt: skip
    return search(query, now.index, limit=limit, minimum=minimum)


def may_see(match: Match, now: World, by: User) -> bool:
    """Whether the text of the matched entry may be shown: confidential ones need confidential.read."""
    return not now.rows[match.entry.key].confidential or roles.may(by, "confidential.read")


def told(match: Match, now: World, by: User | None = None) -> dict[str, Any]:
    """A match as the API and the `screen` command tell it; without the text `by` may not read."""
    row = now.rows[match.entry.key]
    if by is not None and not may_see(match, now, by):
        return {
            "score": match.score, "band": match.band, "key": row.key, "list": match.entry.list,
            "source": row.source, "listed_party": row.pk, "name": HIDDEN, "matched_name": "",
            "explanation": {},
        }  # fmt: skip
    return {
        "score": match.score, "band": match.band, "key": row.key, "list": match.entry.list,
        "source": row.source, "listed_party": row.pk, "name": match.entry.names[0].text,
        "matched_name": match.evidence["listed"], "explanation": match.evidence,
    }  # fmt: skip


def query_of(party: Party) -> Query:
    """What a party is screened by: its names, kind, countries, addresses and identifiers."""
    addresses = list(party.addresses.all())
    return Query(
        name=party.name,
        aliases=tuple(one.text for one in party.names.all()),
        kind=party.kind,
        countries=tuple(dict.fromkeys([party.country, *(one.country for one in addresses)])),
        addresses=tuple(str(one) for one in addresses),
        identifiers=tuple((one.kind, one.value) for one in party.identifiers.all()),
    )


def _built(versions: Sequence[ListVersion]) -> World:
    codes = dict(
        Listing.objects.filter(removed_in=None).order_by("-pk").values_list("listed_party_id", "list")
    )
    entries: list[Entry] = []
    rows: dict[str, Row] = {}
    stored = ListedParty.objects.filter(pk__in=Listing.objects.filter(removed_in=None).values("listed_party"))
    for pk, source, key, name, kind, names, countries, addresses, identifiers, births, row_hash, secret in (
        stored.order_by("source_id", "key")
        .values_list("pk", "source_id", "key", "name", "kind", "names", "countries", "addresses",
                     "identifiers",
                     "birth_dates", "row_hash", "confidential")
        .iterator(chunk_size=5000)
    ):  # fmt: skip
        own = f"{source}:{key}"
        rows[own] = Row(pk, key, source, row_hash, secret)
        entries.append(
            Entry(
                key=own, list=codes[pk], kind=kind, countries=tuple(countries), birth_dates=tuple(births),
                names=(ListedName(name), *(ListedName(one["text"], one["kind"]) for one in names)),
                addresses=tuple(one["text"] for one in addresses),
                identifiers=tuple((one["kind"], one["value"]) for one in identifiers),
            )
        )  # fmt: skip
    in_force = tuple((version.source_id, version.number) for version in versions)
    return World(world_of(versions), in_force, Index.build(entries), rows)

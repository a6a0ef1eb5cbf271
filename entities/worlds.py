"""The lists in force as one process holds them, and the questions asked of them without storing anything."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from exportctl import roles
from exportctl.errors import refuse
from exportctl.models import User

from . import indexes, masking
from .matching.compare import Weights
from .matching.entries import Entry, ListedName, Query
from .matching.index import Index
from .matching.score import REVIEW, Match, search
from .models import ListedParty, Listing, ListVersion, Party, WordProfile
from .versions import HIDDEN, versions_in_force, world_of


@dataclass(frozen=True, slots=True)
class World:
    """The lists in force as one process holds them: the index, and which stored row each entry is."""

    name: str
    versions: tuple[tuple[str, int], ...]
    index: Index
    rows: dict[str, Row]
    # by an earlier world the entries that changed since, once they were looked up (`coverage`)
    since: dict[str, set[int] | None] = field(default_factory=dict, compare=False, repr=False)

    @property
    def engine(self) -> str:
        """The engine and the number of its word count, as it is told with every answer."""
        return engine_of(self.name).removeprefix("engine ")


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
    wanted = (world_of(versions), *((v.source_id, v.pk, v.content_hash) for v in versions))
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
    """A match as it is told: to a user without the text they may not read, numbers of persons masked.

    Without `by` in full: the `screen` command, for who holds the database.
    """
    row = now.rows[match.entry.key]
    if by is not None and not may_see(match, now, by):
        return {
            "score": match.score, "band": match.band, "key": row.key, "list": match.entry.list,
            "source": row.source, "listed_party": row.pk, "name": HIDDEN, "matched_name": "",
            "explanation": {},
        }  # fmt: skip
    person = masking.is_person(match.entry.kind, match.entry.birth_dates)
    evidence = masking.evidence(match.evidence) if person and by is not None else match.evidence
    return {
        "score": match.score, "band": match.band, "key": row.key, "list": match.entry.list,
        "source": row.source, "listed_party": row.pk, "name": match.entry.names[0].text,
        "matched_name": evidence["listed"], "explanation": evidence,
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


def entries_in_force() -> list[Entry]:
    """Every listed party with a listing in force, as the matcher sees it, by source and key."""
    return _entries(_in_force(), Listing.objects.filter(removed_in=None))


def entries_of(keys: Iterable[int]) -> list[Entry]:
    """The same of some listed parties, by primary key; those without a listing in force are left out."""
    keys = list(keys)
    listings = Listing.objects.filter(removed_in=None, listed_party__in=keys)
    return _entries(_in_force().filter(pk__in=keys), listings)


def _entries(parties: QuerySet[ListedParty], listings: QuerySet[Listing]) -> list[Entry]:
    codes = dict(listings.order_by("-pk").values_list("listed_party_id", "list"))
    return [
        Entry(
            key=f"{source}:{key}", list=codes[pk], kind=kind, countries=tuple(countries), birth_dates=tuple(births),
            names=(ListedName(name), *(ListedName(one["text"], one["kind"]) for one in names)),
            addresses=tuple(one["text"] for one in addresses),
            identifiers=tuple((one["kind"], one["value"]) for one in identifiers),
        )
        for pk, source, key, name, kind, names, countries, addresses, identifiers, births in parties
        .values_list("pk", "source_id", "key", "name", "kind", "names", "countries", "addresses", "identifiers",
                     "birth_dates")
        .iterator(chunk_size=5000)
    ]  # fmt: skip


def _in_force() -> QuerySet[ListedParty]:
    return ListedParty.objects.filter(
        pk__in=Listing.objects.filter(removed_in=None).values("listed_party")
    ).order_by("source_id", "key")


def _built(versions: Sequence[ListVersion]) -> World:
    rows = {
        f"{source}:{key}": Row(pk, key, source, row_hash, secret)
        for pk, source, key, row_hash, secret in _in_force()
        .values_list("pk", "source_id", "key", "row_hash", "confidential")
        .iterator(chunk_size=5000)
    }
    in_force = tuple((version.source_id, version.number) for version in versions)
    name = world_of(versions)
    weights = _weights(max((version.words for version in versions), default=0))  # type: ignore[attr-defined]
    index = indexes.of(entries_in_force, count=len(rows), named=_content(name), weights=weights)
    return World(name, in_force, index, rows)


def _weights(number: int) -> Weights:
    """What words weigh by the count of that number; 0: by the tables of common words alone."""
    if not number:
        return Weights()
    profile = WordProfile.objects.get(number=number)
    return Weights(profile.counts, max(profile.names, Weights().total), number)


def _content(name: str) -> str:
    """A digest of everything the index is made of: the engine, its word count and each entry in force."""
    entries = """
        SELECT md5(coalesce(string_agg(md5(ROW(e.source_id, e.key, e.name, e.kind, e.names, e.countries, e.addresses,
               e.identifiers, e.birth_dates, l.list)::text), '' ORDER BY e.source_id, e.key, l.id), ''))
        FROM entities_listedparty e JOIN entities_listing l ON l.listed_party_id = e.id WHERE l.removed_in_id IS NULL
    """
    with connection.cursor() as cursor:
        cursor.execute(entries)
        (digest,) = cursor.fetchone()
    return hashlib.sha256(f"{engine_of(name)} {digest}".encode()).hexdigest()[:24]

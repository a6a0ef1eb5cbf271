"""What the matches of a name mean that nobody judged: one of the five outcomes, with role and known owners."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from exportctl.models import User

from . import worlds
from .masking import PERSON
from .matching.entries import Query
from .matching.score import STRONG, Match
from .models import Listing
from .outcomes import NAMED, Outcome, Told, outcome_of
from .ownership import Owner
from .versions import HIDDEN

DEEPEST = 5  # owners of owners


@dataclass(frozen=True, slots=True)
class Asked:
    """A name with its matches, and those of its owners in the same shape."""

    name: str
    matches: tuple[Match, ...]
    role: str = ""
    country: str = ""
    share: Decimal | None = None
    owners: tuple[Asked, ...] = ()

    def everyone(self) -> Iterable[Match]:
        """The matches of the name and of all its owners."""
        yield from self.matches
        for owner in self.owners:
            yield from owner.everyone()


def asked(given: Mapping[str, Any], query: Query, *, now: worlds.World) -> Asked:
    """A name and its owners held against the lists; nothing is cut, so that the gravest entry is never missed."""
    found = worlds.ask(query, now=now, limit=None)
    owners = tuple(
        asked(one, Query(name=one["name"], countries=tuple(_country(one))), now=now)
        for one in given.get("owners", ())
    )
    country = next(iter(given.get("countries", ())), given.get("country", ""))
    return Asked(given["name"], tuple(found), given.get("role", ""), country.upper(), _share(given), owners)


def listings(found: Iterable[Asked], now: worlds.World) -> dict[int, list[tuple[str, str]]]:
    """The open lists of every entry met, with the effect of house entries: {entry: [(list, effect)]}. One query."""
    keys = {now.rows[match.entry.key].pk for one in found for match in one.everyone()}
    told: dict[int, list[tuple[str, str]]] = {}
    rows = Listing.objects.filter(listed_party__in=keys, removed_in=None).order_by("pk")
    for pk, code, effect in rows.values_list("listed_party", "list", "effect") if keys else ():
        told.setdefault(pk, []).append((code, effect))
    return told


def verdict(
    one: Asked, lists: Mapping[int, Sequence[tuple[str, str]]], now: worlds.World, *, by: User, on: date
) -> Outcome:
    """The outcome: entries alike by name and another fact count as what their lists say, others as red flags."""
    pairs = [
        Told(
            name=match.entry.names[0].text if worlds.may_see(match, now, by) else HIDDEN,
            lists=lists.get(now.rows[match.entry.key].pk, ()), outcome="",
            status=NAMED if is_certain(match) else "open",
        )
        for match in one.matches if match.band
    ]  # fmt: skip
    owners = tuple(_owner(each, lists, now) for each in one.owners)
    return outcome_of(pairs, role=one.role, owners=owners, country=one.country, on=on)


def is_certain(match: Match) -> bool:
    """Whether a match is alike by name and by another fact: for a person a number or birth date, else a place too."""
    facts = match.evidence["qualifiers"]
    telling = {"Identifier", "Date of birth"} | (
        set() if match.entry.kind == PERSON else {"Country", "Address"}
    )
    met = any(
        one["name"] in telling and (one["points"] > 0 or one["why"].startswith("same identifier"))
        for one in facts
    )
    against = any(one["points"] < 0 for one in facts)
    return match.evidence["name_points"] >= STRONG and met and not against


def _owner(one: Asked, lists: Mapping[int, Sequence[tuple[str, str]]], now: worlds.World) -> Owner:
    """An owner stands on the lists of every entry of its name: a possible one counts, the safe reading."""
    codes = {
        code
        for match in one.matches
        if match.band == "strong"
        for code, _ in lists.get(now.rows[match.entry.key].pk, ())
    }
    return Owner(
        one.name, one.share, frozenset(codes), tuple(_owner(each, lists, now) for each in one.owners)
    )


def _share(given: Mapping[str, Any]) -> Decimal | None:
    """Percent as text, so that a batch can be kept as JSON."""
    return None if given.get("share") is None else Decimal(given["share"])


def _country(given: Mapping[str, Any]) -> list[str]:
    return [given["country"].upper()] if given.get("country") else []

"""Who a name in a question is: the listings delivered, and the lists in force where this installation has any."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from entities import seed, worlds
from entities.matching.entries import Query
from entities.matching.score import STRONG
from entities.models import Listing

from .determination import delivered
from .determination.case import Listed
from .determination.known import Known, KnownParty, folded

CONFIDENTIAL = "a confidential entry of the house list"


def on_file() -> Known:
    """The names that this installation knows; what a confidential entry says is never told.

    Two queries to begin with; a name that is not delivered is compared with the lists in force once.
    """
    now = worlds.world()
    return Known(_delivered(), _near(now) if now.versions else None)


def delivered_only() -> Known:
    """The names of the delivered listings alone, for an installation without a database."""
    return Known(_delivered())


def _delivered() -> Iterator[KnownParty]:
    yield from delivered.listings()
    for row in seed.rows():
        body = row.body
        names = (body["name"], *(each["text"] for each in body["names"]))
        yield KnownParty(names, (_of_row(row.list, body),), body["group"])


def _of_row(list_code: str, body: dict[str, Any]) -> Listed:
    effective = body["effective_on"] or body["published_on"]
    return delivered.dated(
        Listed(
            name=body["name"], list=list_code, effective_on=date.fromisoformat(effective) if effective else None,
            policy_code=body["policy_code"], requirement_code=body["requirement_code"],
            requirement_text=body["requirement_text"], footnotes=tuple(body["footnotes"]),
            citations=tuple(body["citations"]), group=body["group"], edition="delivered listings",
        )
    )  # fmt: skip


def _near(now: worlds.World) -> Any:
    def near(name: str, country: str) -> Iterable[Listed]:
        query = Query(name=name, countries=(country,) if country else ())
        found = {
            now.rows[match.entry.key].pk: match
            for match in worlds.ask(query, now=now, limit=20, minimum=STRONG)
        }
        listings = (
            Listing.objects.filter(listed_party__in=found, removed_in=None)
            .select_related("listed_party__source", "added_in")
            .order_by("pk")
        )
        for listing in listings:
            match = found[listing.listed_party_id]
            alike = folded(name) in {folded(each.text) for each in match.entry.names}
            here = not country or not match.entry.countries or country in match.entry.countries
            yield replace(of_listing(listing), certain=alike and here)

    return near


def of_listing(listing: Listing) -> Listed:
    """A stored list entry as a determination reads it; its `certain` is for the caller to say.

    Of a confidential entry only its effect: a determination is shown and kept where its words must not be.
    """
    version = listing.added_in
    ended = listing.ended_on or (listing.removed_in.effective_on if listing.removed_in else None)
    hidden = listing.listed_party.confidential
    return delivered.dated(
        Listed(
            name=CONFIDENTIAL if hidden else listing.listed_party.name,
            list=listing.list,
            effective_on=listing.effective_on,
            ended_on=ended,
            policy_code=listing.policy_code,
            requirement_code=listing.requirement_code,
            requirement_text="" if hidden else listing.requirement_text,
            footnotes=tuple(listing.footnotes),
            citations=() if hidden else tuple(listing.citations),
            group="" if hidden else listing.listed_party.group,
            edition=f"{version.source_id} version {version.number} of {version.effective_on}",
            edition_on=version.effective_on,
        )
    )

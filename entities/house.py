"""The verbs on the house list: agency letters, red flags and notices of the day, entered by people."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from exportctl import audit, roles
from exportctl.countries import COUNTRIES
from exportctl.errors import Invalid, invalid
from exportctl.models import User
from exportctl.transitions import Blocker

from . import lists
from .models import Effect, ListCode, ListedParty, Listing, ListSource
from .staging import Row

SOURCE, PARSER, PERMISSION = "house", "house 1", "list.house"
NUMBER = re.compile(r"^HOUSE:(\d+)$")


def entries(user: User) -> list[Listing]:
    """The open entries the user may see, the newest first; one query."""
    seen = ListedParty.objects.seen_by(user).filter(source=SOURCE)
    found = Listing.objects.filter(listed_party__in=seen, removed_in=None)
    return list(found.select_related("listed_party", "added_in").order_by("-pk"))


def add(
    *, name: str, effect: str, effective_on: date, by: User, at: datetime, names: Sequence[str] = (),
    countries: Sequence[str] = (), address: str = "", scope: str = "", items: str = "", citation: str = "",
    confidential: bool = False, note: str = "",
) -> ListedParty:  # fmt: skip
    """Enter a party; it is screened against from this commit on, and every party is screened again.

    `effect` is IS_INFORMED (a license is required: agency letter, or a notice entered on its
    public-inspection day) or RED_FLAG. An effective day to come needs the citation of its notice. Refuses
    every gap at once (Invalid); needs list.house and a person.
    """
    roles.require(by, PERMISSION, person=True)
    with audit.action(by=by, at=at) as log:
        source = ListSource.objects.select_for_update(no_key=True).get(pk=SOURCE)
        body = _body(
            name=name, effect=effect, effective_on=effective_on, names=names, countries=countries,
            address=address, scope=scope, items=items, citation=citation, confidential=confidential, note=note,
            today=at.date(),
        )  # fmt: skip
        key = f"HOUSE:{_last() + 1}"
        _publish(source, key, body, by=by, at=at)
        entry = ListedParty.objects.get(source=source, key=key)
        log(
            "house.added", entry, key=key, confidential=confidential, effect=effect, effective_on=effective_on
        )
    return entry


def change(*, entry: ListedParty, by: User, at: datetime, **facts: Any) -> ListedParty:
    """Change facts of an entry (those of `add`); what is not named stays.

    Judged pairs are screened again against the new content. Refuses an entry that ended, an unknown fact
    and every gap of `add`; needs list.house and a person.
    """
    roles.require(by, PERMISSION, person=True)
    with audit.action(by=by, at=at) as log:
        source = ListSource.objects.select_for_update(no_key=True).get(pk=SOURCE)
        stored = facts_of(_open(entry))
        if unknown := sorted(set(facts) - set(stored)):
            raise invalid(
                unknown[0], f"'{unknown[0]}' is no fact of an entry.", f"One of: {', '.join(stored)}."
            )
        body = _body(**{**stored, **facts}, today=at.date())
        _publish(source, entry.key, body, by=by, at=at)
        changed = sorted(name for name in facts if facts[name] != stored[name])
        log("house.changed", entry, key=entry.key, fields=changed, confidential=body["confidential"])
    return ListedParty.objects.get(pk=entry.pk)


def end(*, entry: ListedParty, reason: str, by: User, at: datetime) -> ListedParty:
    """End an entry today. True matches on it open for review: an end clears nobody.

    Refuses an entry that ended and an empty reason; needs list.house and a person.
    """
    roles.require(by, PERMISSION, person=True)
    if not reason.strip():
        raise invalid("reason", "The reason is missing.", "Say in a sentence why.")
    with audit.action(by=by, at=at) as log:
        source = ListSource.objects.select_for_update(no_key=True).get(pk=SOURCE)
        _open(entry)
        _publish(source, entry.key, None, by=by, at=at)
        log("house.ended", entry, key=entry.key, reason=reason.strip(), confidential=entry.confidential)
    return ListedParty.objects.get(pk=entry.pk)


def facts_of(listing: Listing) -> dict[str, Any]:
    """The facts of an entry as `add` takes them."""
    party = listing.listed_party
    return {
        "name": party.name, "effect": listing.effect, "effective_on": listing.effective_on,
        "names": [one["text"] for one in party.names], "countries": list(party.countries),
        "address": party.addresses[0]["text"] if party.addresses else "", "scope": listing.scope,
        "items": listing.items, "citation": "; ".join(listing.citations), "confidential": party.confidential,
        "note": party.remarks,
    }  # fmt: skip


def _open(entry: ListedParty) -> Listing:
    found = Listing.objects.filter(listed_party=entry, removed_in=None, listed_party__source=SOURCE)
    listing = found.select_related("listed_party").first()
    if listing is None:
        raise invalid("entry", "The entry is not on the house list any more.", "Enter it anew.")
    return listing


def _publish(source: ListSource, key: str, body: dict[str, Any] | None, *, by: User, at: datetime) -> None:
    before = source.current.content_hash if source.current else ""
    text = json.dumps([before, key, body], ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    content = json.dumps([key, body], ensure_ascii=False, sort_keys=True)
    row = Row(key, ListCode.HOUSE, hashlib.sha256(content.encode()).hexdigest(), body or {})
    lists.publish_rows(
        source=source, rows=[row] if body else [], ends=[] if body else [key], partial=True,
        name="house list", digest=digest, parser=PARSER, effective_on=at.date(), by=by, at=at,
        permission=PERMISSION,
    )  # fmt: skip


def _last() -> int:
    keys = ListedParty.objects.filter(source=SOURCE, key__startswith="HOUSE:").values_list("key", flat=True)
    return max((int(found[1]) for key in keys if (found := NUMBER.match(key))), default=0)


def _body(
    *, name: str, effect: str, effective_on: date | None, names: Iterable[str], countries: Sequence[str],
    address: str, scope: str, items: str, citation: str, confidential: bool, note: str, today: date,
) -> dict[str, Any]:  # fmt: skip
    name = " ".join(name.split())
    codes = sorted({code.strip().upper() for code in countries if code.strip()})
    found: list[Blocker] = []
    if not name:
        found += invalid("name", "The name is missing.", "Give the name of the party.").blockers
    if effect not in Effect.values:
        found += invalid(
            "effect", "Say what the entry does.", f"One of: {', '.join(Effect.values)}."
        ).blockers
    if effective_on is None:
        found += invalid(
            "effective_on", "The effective day is missing.", "Give the day it takes effect."
        ).blockers
    elif effective_on > today and not citation.strip():
        found += invalid("citation", "A day to come needs its notice.", "Cite it: 91 FR 12345.").blockers
    if unknown := [code for code in codes if code not in COUNTRIES]:
        found += invalid(
            "countries", f"Unknown: {', '.join(unknown)}.", "Two letters, for example DE."
        ).blockers
    if found:
        raise Invalid(found)
    assert effective_on is not None
    place = {"text": address.strip(), "city": "", "country": codes[0] if codes else ""}
    return {
        "name": name, "kind": "", "group": "", "remarks": note.strip(), "countries": codes,
        "names": [{"text": text.strip(), "kind": "alias"} for text in names if text.strip()],
        "addresses": [place] if address.strip() else [], "identifiers": [], "birth_dates": [],
        "effective_on": effective_on.isoformat(), "published_on": None, "date_basis": "verified",
        "ended_on": None, "requirement_code": effect, "requirement_text": Effect(effect).label,
        "policy_code": "", "policy_text": "", "footnotes": [], "source_url": "",
        "citations": [text.strip()[:200] for text in citation.split(";") if text.strip()],
        "effect": effect, "scope": scope.strip(), "items": items.strip(), "confidential": bool(confidential),
    }  # fmt: skip

"""The verbs on the house list: agency letters, red flags and notices of the day, entered by people."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from exportctl import audit, roles
from exportctl.countries import COUNTRIES
from exportctl.errors import Invalid, invalid
from exportctl.models import User
from exportctl.transitions import Blocker

from . import lists
from .models import Effect, ListCode, ListedParty, Listing, ListSource, ListVersion
from .sources import house as house_file
from .sources.house import HouseRow
from .sources.record import BadSource, plain
from .staging import Row

SOURCE, PARSER, PERMISSION = "house", "house 1", "list.house"
COLUMNS = house_file.COLUMNS
NUMBER = re.compile(r"^HOUSE:(\d+)$")
NAMES = {"names": "other_names"}  # facts whose column in a file has another name
MOST_FAULTS, MOST_ROWS = 50, 10_000
Identity = tuple[str, str, str]


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
        _publish(source, {key: body}, by=by, at=at)
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
        _publish(source, {entry.key: body}, by=by, at=at)
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
        _publish(source, {entry.key: None}, by=by, at=at)
        log("house.ended", entry, key=entry.key, reason=reason.strip(), confidential=entry.confidential)
    return ListedParty.objects.get(pk=entry.pk)


def review(*, by: User, at: datetime) -> ListVersion:
    """Note that the house list was looked through and still holds: it is fresh again from today.

    Refuses a house list without a version; needs list.house and a person.
    """
    roles.require(by, PERMISSION, person=True)
    source = ListSource.objects.get(pk=SOURCE)
    if source.current_id is None:
        raise invalid("entry", "The house list is empty.", "Enter a party first.")
    return lists.unchanged(source=source, permission=PERMISSION, by=by, at=at)


def bring_in(*, path: Path, by: User, at: datetime) -> ListVersion:
    """Enter or change the entries of a CSV file (columns: `sources.house.COLUMNS`), all of them or none.

    A row with the name, effect and citation of an open entry changes that entry; every other row is a new
    one. An entry that the file lacks stays: an end is a person's act with a reason. Returns the new version,
    or the one in force when the file says nothing new. Refuses every faulty field at once (Invalid, with
    line, column and remedy; only list.refused is written). Needs list.house, and a person or a job of the
    product's own.
    """
    if by.kind != User.Kind.JOB:
        roles.require(by, PERMISSION, person=True)
    lists.ensure_sources()
    source = ListSource.objects.get(pk=SOURCE)
    try:
        rows = list(islice(house_file.read(path), MOST_ROWS + 1))
        if len(rows) > MOST_ROWS:
            raise BadSource(
                rows[-1].line, "", f"the file has more than {MOST_ROWS:,} rows.", "Give it in parts."
            )
    except BadSource as bad:
        remedy = (
            f"The columns are: {', '.join(COLUMNS)}."
            if bad.line == 1
            else "Correct the file and import it again."
        )
        raise _refused(
            [_blocker(path, bad.line, bad.field, bad.reason, remedy)], source, by=by, at=at
        ) from bad
    bodies, faults = _bodies(path, rows, today=at.date())
    if faults:
        raise _refused(faults, source, by=by, at=at)
    with audit.action(by=by, at=at) as log:
        ListSource.objects.select_for_update(no_key=True).get(pk=SOURCE)
        added, changed = _matched(bodies)
        if not added and not changed:
            return lists.unchanged(source=source, permission=PERMISSION, by=by, at=at)
        version = _publish(source, {**added, **changed}, by=by, at=at)
        log("house.imported", source, version=version.number, added=sorted(added), changed=sorted(changed),
            rows=len(rows))  # fmt: skip
    return version


def _bodies(
    path: Path, rows: Sequence[HouseRow], *, today: date
) -> tuple[dict[Identity, dict[str, Any]], list[Blocker]]:
    """The rows as they are stored, by what makes an entry the same one; and everything wrong with them."""
    bodies: dict[Identity, dict[str, Any]] = {}
    lines: dict[Identity, int] = {}
    faults: list[Blocker] = []
    for row in rows:
        wrong = [_blocker(path, row.line, one.column, one.reason, one.remedy) for one in row.faults]
        unread = {one.column for one in row.faults}
        try:
            body = _body(**row.facts, today=today)
        except Invalid as refused:
            wrong += [
                _blocker(path, row.line, NAMES.get(one.field, one.field), one.message, one.remedy)
                for one in refused.blockers
                if one.field not in unread
            ]
        else:
            same = _identity(body)
            if first := lines.get(same):
                wrong.append(_blocker(path, row.line, "name", f"It says line {first} again: equal name, effect "
                                      "and citation.", "Keep one of the two lines."))  # fmt: skip
            bodies[same], lines[same] = body, lines.get(same, row.line)
        faults += wrong
    return bodies, faults


def _matched(
    bodies: dict[Identity, dict[str, Any]],
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """New bodies and changed ones, by key; what is stored word for word is left out."""
    found = Listing.objects.filter(listed_party__source=SOURCE, removed_in=None).select_related(
        "listed_party"
    )
    stored = {_identity(stored_body(one)): one for one in found.order_by("pk")}
    added: dict[str, dict[str, Any]] = {}
    changed: dict[str, dict[str, Any]] = {}
    last = _last()
    for same, body in bodies.items():
        if same not in stored:
            added[f"HOUSE:{last + len(added) + 1}"] = body
        elif stored_body(stored[same]) != body:
            changed[stored[same].listed_party.key] = body
    return added, changed


def _identity(body: dict[str, Any]) -> Identity:
    return plain(body["name"]), body["effect"], "; ".join(body["citations"]).casefold()


def stored_body(listing: Listing) -> dict[str, Any]:
    """An entry as a file would say it, to be compared with one."""
    facts = facts_of(listing)
    if facts["effect"] not in Effect.values:  # entered before effects were told apart
        return {"name": facts["name"], "effect": "", "citations": list(listing.citations)}
    return _body(**facts, today=date.max)


def _blocker(path: Path, line: int, column: str, reason: str, remedy: str) -> Blocker:
    where = ", ".join(
        [path.name, *([f"line {line}"] if line else []), *([f"column {column}"] if column else [])]
    )
    return Blocker("invalid", f"{where}: {reason[:1].lower()}{reason[1:]}", remedy=remedy, field="file")


def _refused(faults: list[Blocker], source: ListSource, *, by: User, at: datetime) -> Invalid:
    """The refusal to raise. The log tells that a file was refused, not what it said: it may be confidential."""
    count = f"{len(faults)} fault{'' if len(faults) == 1 else 's'}"
    why = BadSource(0, "", f"{count}; who gave the file was told.", "Correct the file and import it again.")
    lists.refused(source=source, file="house file", why=why, by=by, at=at)
    if len(faults) > MOST_FAULTS:
        rest = len(faults) - MOST_FAULTS
        faults = [*faults[:MOST_FAULTS], Blocker("invalid", f"And {rest} more.", field="file")]
    return Invalid(faults)


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


def _publish(
    source: ListSource, bodies: Mapping[str, dict[str, Any] | None], *, by: User, at: datetime
) -> ListVersion:
    """Publish new contents by key; None ends the entry."""
    before = source.current.content_hash if source.current else ""
    digest = _hash([before, *bodies.items()])
    rows = [Row(key, ListCode.HOUSE, _hash([key, body]), body) for key, body in bodies.items() if body]
    return lists.publish_rows(
        source=source, rows=rows, ends=[key for key, body in bodies.items() if not body], partial=True,
        name="house list", digest=digest, parser=PARSER, effective_on=at.date(), by=by, at=at,
        permission=PERMISSION,
    )  # fmt: skip


def _hash(value: list[Any]) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


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

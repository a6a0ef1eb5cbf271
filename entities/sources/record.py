"""One listed party as a source file tells it, and what is wrong with a file that cannot be read."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

SHORTEST_LINK = 6
TREASURY = frozenset({"SDN", "SSI", "CMIC", "MBS", "PLC", "CAP", "FSE"})


class BadSource(Exception):
    """A list file that must not be imported.

    `line` is the physical line (1-based; in JSON the line the reader had reached, 0 when the file cannot be
    opened at all), `field` the column or key, `reason` what is wrong, `remedy` what to do about it.
    """

    def __init__(self, line: int, field: str, reason: str, remedy: str = "") -> None:
        self.line = line
        self.field = field
        self.reason = reason
        self.remedy = remedy or "Download the file again; if it stays broken, keep the version in force."
        super().__init__(line, field, reason, self.remedy)

    def __str__(self) -> str:
        where = f"line {self.line}" if self.line else "file"
        column = f", column {self.field}" if self.field else ""
        return f"{where}{column}: {self.reason} {self.remedy}"


@dataclass(frozen=True, slots=True)
class Address:
    """One address: the whole text, and what of it the source gives separately. `dict(address)` works."""

    text: str
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""

    def keys(self) -> tuple[str, ...]:
        """The names of the parts, so that `dict(address)` gives a JSON-ready copy."""
        return ("text", "city", "state", "postal_code", "country")

    def __getitem__(self, key: str) -> str:
        if key not in self.keys():
            raise KeyError(key)
        return str(getattr(self, key))


@dataclass(frozen=True, slots=True)
class ListedRecord:
    """A listed party of one list, cleaned and in one shape for every source.

    `names` are (text, kind) with kind primary, alias, weak, former or original; `identifiers` are
    (type, number); `details` are further facts as (label, text); `rows` counts the source rows merged here.
    """

    source_list: str
    key: str
    source_id: str
    name: str
    names: tuple[tuple[str, str], ...]
    kind: str = ""
    countries: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()
    birth_dates: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    start_on: date | None = None
    end_on: date | None = None
    requirement_text: str = ""
    requirement_code: str = ""
    policy_text: str = ""
    policy_code: str = ""
    footnotes: tuple[int, ...] = ()
    citations: tuple[str, ...] = ()
    remarks: str = ""
    source_url: str = ""
    details: tuple[tuple[str, str], ...] = ()
    row_hash: str = ""
    rows: int = 1
    line: int = 0


def squeeze(text: str) -> str:
    """The text with every run of white space as one blank and none at the ends."""
    return " ".join(text.split())


def plain(text: str) -> str:
    """Letters and digits only, case and accents folded: equal for spellings a re-keyed row may differ in."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(c for c in folded if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return " ".join(re.findall(r"[^\W_]+", kept)) or squeeze(text)


def key_of(*, source_list: str, entity_number: str, name: str, countries: Iterable[str]) -> str:
    """The key that stays while a row's text changes.

    Treasury rows: list and entity number. All others: list, plain name and first country in alphabetical
    order (so that the order of addresses does not matter).
    """
    if source_list in TREASURY and entity_number:
        return f"{source_list}:{entity_number}"
    return f"{source_list}:{plain(name)}:{min(countries, default='')}"


def link_keys(name: str, countries: Iterable[str], identifiers: Iterable[str]) -> list[str]:
    """What ties the same party on two lists: equal name (any order of its words) with a shared country, or
    an equal identifier of six or more letters and digits with a digit among them."""
    words = " ".join(sorted(plain(name).split()))
    numbers = {"".join(c for c in text.upper() if c.isalnum()) for text in identifiers}
    telling = (n for n in numbers if len(n) >= SHORTEST_LINK and any(c.isdigit() for c in n))
    return sorted({*(f"name {words} {code}" for code in countries if words), *(f"id {n}" for n in telling)})


def content(record: ListedRecord) -> dict[str, Any]:
    """What counts as the content of a record, JSON-ready, with every set in one fixed order.

    Left out: the source's own row id, line numbers and time stamps, which change without a meaning.
    """

    def ordered(values: Iterable[tuple[str, ...]]) -> list[list[str]]:
        return [list(value) for value in sorted({tuple(squeeze(v) for v in value) for value in values})]

    return {
        "list": record.source_list,
        "key": record.key,
        "name": squeeze(record.name),
        "names": ordered(record.names),
        "kind": record.kind,
        "countries": sorted(set(record.countries)),
        "addresses": ordered(tuple(dict(a).values()) for a in record.addresses),
        "identifiers": ordered(record.identifiers),
        "birth_dates": sorted(set(record.birth_dates)),
        "programs": sorted(set(record.programs)),
        "start_on": record.start_on.isoformat() if record.start_on else "",
        "end_on": record.end_on.isoformat() if record.end_on else "",
        "requirement": squeeze(record.requirement_text),
        "policy": squeeze(record.policy_text),
        "footnotes": sorted(set(record.footnotes)),
        "citations": sorted(set(record.citations)),
        "remarks": squeeze(record.remarks),
        "details": ordered(record.details),
    }


def seal(record: ListedRecord) -> ListedRecord:
    """The record with its `row_hash`: SHA-256 over the content in canonical form."""
    text = json.dumps(content(record), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return replace(record, row_hash=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())


T = TypeVar("T")


def _union(values: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(item for value in values for item in value))


def _first(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")


def merge_rows(rows: list[ListedRecord]) -> ListedRecord:
    """Rows of one key as one record: the latest row speaks, names, addresses and citations are united.

    The order of the rows does not matter: the latest start date leads, then the content hash. Takes at least
    one row.
    """
    if len(rows) == 1:
        return rows[0]
    rows = sorted(rows, key=lambda r: (r.start_on or date.min, r.row_hash), reverse=True)
    leader = rows[0]
    kinds: dict[str, str] = {}
    for text, kind in _union(r.names for r in rows):
        kinds.setdefault(text, kind if text == leader.name or kind != "primary" else "alias")
    return seal(
        replace(
            leader,
            names=tuple(kinds.items()),
            kind=_first(r.kind for r in rows),
            countries=tuple(sorted(set(_union(r.countries for r in rows)))),
            addresses=_union(r.addresses for r in rows),
            identifiers=_union(r.identifiers for r in rows),
            birth_dates=_union(r.birth_dates for r in rows),
            programs=_union(r.programs for r in rows),
            start_on=min((r.start_on for r in rows if r.start_on), default=None),
            requirement_text=_first(r.requirement_text for r in rows),
            requirement_code=_first(r.requirement_code for r in rows),
            policy_text=_first(r.policy_text for r in rows),
            policy_code=_first(r.policy_code for r in rows),
            footnotes=tuple(sorted(set(_union(r.footnotes for r in rows)))),
            citations=tuple(sorted(set(_union(r.citations for r in rows)))),
            remarks=_first(r.remarks for r in rows),
            details=_union(r.details for r in rows),
            rows=sum(r.rows for r in rows),
            line=min(r.line for r in rows),
        )
    )


def merge(records: Iterable[ListedRecord]) -> Iterator[ListedRecord]:
    """Each key once, in the order of first appearance; rows that repeat a key are merged (`merge_rows`)."""
    groups: dict[str, list[ListedRecord]] = {}
    for record in records:
        groups.setdefault(record.key, []).append(record)
    for group in groups.values():
        yield merge_rows(group)

"""One listed party as a source file tells it, and what is wrong with a file that cannot be read."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

T = TypeVar("T")
SHORTEST_LINK = 6
MARK = 16  # hex digits of a mark
TREASURY = frozenset({"SDN", "SSI", "CMIC", "MBS", "PLC", "CAP", "FSE", "E13599", "ISA"})
CUT = "The file ends too early: download it again; an incomplete list is never imported."
WHOLE, FORM, ROWS, KNOWN, PRESENT = (
    "Read to its end", "Form of the file", "Rows that cannot be read", "Every list known", "Every list present",
)  # fmt: skip


class BadSource(Exception):
    """A list file that must not be imported.

    `line` is the physical line (1-based; in JSON the line the reader had reached, 0 when the file cannot be
    opened at all), `field` the column or key, `reason` what is wrong, `remedy` what to do about it, `check`
    the check of the gate that failed (a file that ends too early is told by its remedy, `CUT`).
    """

    check = FORM

    def __init__(self, line: int, field: str, reason: str, remedy: str = "", check: str = "") -> None:
        self.check = check or (WHOLE if remedy == CUT else self.check)
        self.line = line
        self.field = field
        self.reason = reason
        self.remedy = remedy or "Download the file again; if it stays broken, keep the version in force."
        super().__init__(line, field, reason, self.remedy)

    def __str__(self) -> str:
        where = f"line {self.line}" if self.line else "file"
        column = f", column {self.field}" if self.field else ""
        return f"{where}{column}: {self.reason} {self.remedy}"


class BadRow(BadSource):
    """One row that cannot be read, in a file whose other rows can."""

    check = ROWS


class NewField(BadSource):
    """A column or element the format did not have; nothing that is known is missing."""


# hears what need not end the reading; a reader without one raises it
Spare = Callable[[BadRow | NewField], None]


def spared(bad: BadRow | NewField, spare: Spare | None) -> None:
    """Tell what need not end the reading to who listens, or raise it."""
    if spare is None:
        raise bad
    spare(bad)


def each(
    items: Iterable[T], make: Callable[[T], ListedRecord], spare: Spare | None
) -> Iterator[ListedRecord]:
    """The record of every item; an item that is a bad row is passed over where somebody listens."""
    for item in items:
        try:
            made = make(item)
        except BadRow as bad:
            spared(bad, spare)
            continue
        yield made


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
    (type, number); `details` are further facts as (label, text); `rows` counts the source rows merged here, and
    `marks` holds one mark a source row ("row 5f3a...", "alias 90bc..."): equal for rows that say the same.
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
    marks: tuple[str, ...] = ()


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
    """The record with its `row_hash`: SHA-256 over the content in canonical form; and with a mark."""
    text = json.dumps(content(record), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return replace(record, row_hash=digest, marks=record.marks or (f"row {digest[:MARK]}",))


def mark(part: str, *values: str) -> str:
    """The mark of a source row: which part of the source it is of, and a digest of what it says."""
    said = "\x1f".join(squeeze(value) for value in values)
    return f"{part} {hashlib.sha256(said.encode('utf-8', 'surrogatepass')).hexdigest()[:MARK]}"


def told_apart(marks: Iterable[str]) -> tuple[str, ...]:
    """The marks with equal ones numbered, so that a row that stands twice counts twice."""
    seen: Counter[str] = Counter()
    found = []
    for one in marks:
        seen[one] += 1
        found.append(one if seen[one] == 1 else f"{one} {seen[one]}")
    return tuple(found)


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
            marks=told_apart(sorted(" ".join(m.split()[:2]) for r in rows for m in r.marks)),
        )
    )


def merge(records: Iterable[ListedRecord]) -> Iterator[ListedRecord]:
    """Each key once, in the order of first appearance; rows that repeat a key are merged (`merge_rows`)."""
    groups: dict[str, list[ListedRecord]] = {}
    for record in records:
        groups.setdefault(record.key, []).append(record)
    for group in groups.values():
        yield merge_rows(group)

"""The BIS lists of 15 CFR part 744 in eCFR XML: Supplement No. 4 (EL), No. 6 (UVL) and No. 7 (MEU)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO

from exportctl.countries import COUNTRIES

from . import places, terms
from .appendix import Row, Table, rows
from .entries import Entry, entries
from .files import opened
from .record import (
    PRESENT,
    Address,
    BadRow,
    BadSource,
    ListedRecord,
    NewField,
    Spare,
    key_of,
    plain,
    seal,
    spared,
    squeeze,
)
from .wording import countries_of, loose_day, united

LISTS = {"4": "EL", "6": "UVL", "7": "MEU"}
CODES = ("EL", "UVL", "MEU")
APPENDIX = re.compile(r"Supplement\s+No\.\s*(\d+)\s+to\s+Part\s+744\b", re.IGNORECASE)
URL = "https://www.ecfr.gov/current/title-15/part-744/appendix-Supplement%20No.%20{}%20to%20Part%20744"
COUNTRY_SPELLINGS = {
    "china people s republic of": "CN", "people s republic of china": "CN", "prc": "CN", "u a e": "AE",
    "hong kong": "HK", "taiwan": "TW", "uae": "AE", "uk": "GB", "u k": "GB", "usa": "US", "united states": "US",
    "crimea region of ukraine": "UA", "crimea": "UA", "kyrgyz republic": "KG", "republic of belarus": "BY",
    "vietnam": "VN", "south korea": "KR", "north korea": "KP", "korea south": "KR", "korea north": "KP",
    "british virgin islands": "VG", "slovak republic": "SK", "palestine": "PS", "russia": "RU",
}  # fmt: skip
DATED = re.compile(r"\b\d{1,3}\s*F\.?\s?R\.?\s*\d{2,6}\s*[,;]?\s*(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})\b")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a list's table keeps what; -1 for a column the table does not have."""

    country: int
    entity: int
    requirement: int
    policy: int
    citation: int


def read(
    source: str | Path | BinaryIO, *, lists: Sequence[str] = CODES, needed: Sequence[str] | None = None,
    spare: Spare | None = None,
) -> Iterator[ListedRecord]:  # fmt: skip
    """Every entry of the lists in a file (part 744, title 15, or one appendix); repeated entries are merged.

    Raises BadSource with line, field and reason at the first thing that is not as the format says, and at the
    end where one of `needed` (left out: of `lists`) had no entry at all. A cell without a name and a new
    column go to `spare`, or are raised.
    """
    yield from united(read_rows(source, lists=lists, needed=needed, spare=spare))


def read_rows(
    source: str | Path | BinaryIO, *, lists: Sequence[str] = CODES, needed: Sequence[str] | None = None,
    spare: Spare | None = None,
) -> Iterator[ListedRecord]:  # fmt: skip
    """The same, unmerged: one record a cell, more where the cell names a family. Raises BadSource."""
    seen: set[str] = set()
    with opened(source) as stream:
        for table, found in _tables(stream, lists):
            reader = _TableReader(LISTS[table.appendix], spare)
            for row in found:
                for record in reader.take(row):
                    seen.add(record.source_list)
                    yield record
    for code in lists if needed is None or not seen else needed:
        if code not in seen:
            number = next(n for n, name in LISTS.items() if name == code)
            raise BadSource(
                0, f"Supplement No. {number} to Part 744", f"the file has no entry of the list {code}.",
                "Download the whole of part 744, or name the lists the file holds.", PRESENT,
            )  # fmt: skip


def _tables(stream: BinaryIO, lists: Sequence[str]) -> Iterator[tuple[Table, Iterator[Row]]]:
    wanted = {number for number, code in LISTS.items() if code in lists}

    def number_of(name: str) -> str:
        found = APPENDIX.search(name)
        return found.group(1) if found and found.group(1) in wanted else ""

    yield from rows(stream, number_of)


class _TableReader:
    """One table: the header gives the columns, the country is carried to the rows below it."""

    def __init__(self, code: str, spare: Spare | None = None) -> None:
        self.code, self.spare = code, spare
        self.columns: Columns | None = None
        self.width = 0
        self.country = ""

    def take(self, row: Row) -> Iterator[ListedRecord]:
        """The records of a row: none for a header, a country heading, a note or an empty row."""
        cells = [squeeze(cell) for cell in row.cells]
        if not any(cells) or all(cell.strip("[]").casefold() in {"", "reserved"} for cell in cells):
            return
        if row.header or (cells and plain(cells[0]) == "country"):
            if len(cells) > 1:
                self.columns, self.width = _columns(cells, self.code, row.line, self.spare), len(cells)
            return
        if self.columns is None:
            raise BadSource(row.line, "TH", "the table has a row before its header.")
        if row.spans and len(cells) == 1:
            self._heading(cells[0], row.line)
            return
        if len(cells) != self.width:
            raise BadSource(
                row.line, "TD", f"the row has {len(cells)} cells, the header {self.width}.",
                "Rows are never guessed: correct or download the file again.",
            )  # fmt: skip
        self.country = cells[self.columns.country].rstrip(":.") or self.country
        others = [c for i, c in enumerate(cells) if i != self.columns.country]
        if not any(others):
            return
        yield from self._records(row, cells)

    def _heading(self, text: str, line: int) -> None:
        """A cell across the table: a country, or a note on the table in sentences, which is no entry."""
        if country_code(text):
            self.country = text
        elif text.isupper():
            raise BadSource(
                line, "Country", f"{text[:60]!r} is a heading, but no known country.",
                "The importer must learn this spelling first, or the rows below get a wrong country.",
            )  # fmt: skip

    def _records(self, row: Row, cells: list[str]) -> Iterator[ListedRecord]:
        assert self.columns is not None
        if not self.country:
            raise BadSource(row.line, "Country", "the first row of the table has no country.")
        if not cells[self.columns.entity]:
            spared(BadRow(row.line, "Entity", "the row has no entity."), self.spare)
            return
        for entry in entries(row.bare[self.columns.entity]):
            if not any(c.isalnum() for c in entry.name):
                spared(
                    BadRow(row.line, "Entity", f"no name in {cells[self.columns.entity][:60]!r}."), self.spare
                )
                continue
            yield _record(entry, self.code, self.country, self.columns, row, cells)


def _columns(cells: list[str], code: str, line: int, spare: Spare | None) -> Columns:
    """Columns by name. Raises BadSource for an unknown, doubled or missing one; EL needs all five."""
    found: dict[str, int] = {}
    for position, cell in enumerate(cells):
        name = _column(plain(cell))
        if not name:
            spared(
                NewField(
                    line, cell[:60], f"unknown column {cell[:60]!r}.",
                    "Check whether the regulation changed its table; the importer must learn the column first.",
                ), spare,
            )  # fmt: skip
            continue
        if name in found:
            raise BadSource(line, cell[:60], f"column {cell[:60]!r} occurs twice.")
        found[name] = position
    needed = ("country", "entity", "citation") + (("requirement", "policy") if code == "EL" else ())
    for name in needed:
        if name not in found:
            raise BadSource(line, name, f"the table of the list {code} has no column for the {name}.")
    return Columns(**{name: found.get(name, -1) for name in Columns.__slots__})


def _column(name: str) -> str:
    if name == "country":
        return "country"
    if "federal register" in name or name.startswith("fr "):
        return "citation"
    if "requirement" in name:
        return "requirement"
    if "policy" in name:
        return "policy"
    return "entity" if re.search(r"\b(entity|entities|person|persons|party|parties|address)\b", name) else ""


def country_code(name: str) -> str:
    """The ISO code of a country as the lists write it ("CHINA, PEOPLE'S REPUBLIC OF"), "" if it is none."""
    text = squeeze(name).strip(" .,:;")
    if len(text) == 2:
        return text if text in COUNTRIES else ""
    return COUNTRY_SPELLINGS.get(plain(text), "") or places.iso(text)


def _record(
    entry: Entry, code: str, country: str, columns: Columns, row: Row, cells: list[str]
) -> ListedRecord:
    def cell(position: int) -> str:
        return cells[position] if position >= 0 else ""

    requirement, policy, citation = (cell(p) for p in (columns.requirement, columns.policy, columns.citation))
    listed_under = country_code(country)
    addresses = tuple(dict.fromkeys(_address(text, listed_under) for text in entry.addresses))
    countries = countries_of(addresses, listed_under)
    raised = row.raised[columns.requirement] if columns.requirement >= 0 else ()
    notes = sorted({*terms.footnotes(requirement), *raised})
    details = [("Listed under", country), ("Entry as written", cell(columns.entity))]
    details += [("Parent entity", entry.parent)] if entry.parent else []
    details += [("Entry", "Address of high diversion risk (15 CFR 744.16)")] if entry.is_address else []
    details += [("Federal Register notices", citation)] if citation else []
    return seal(
        ListedRecord(
            source_list=code,
            key=key_of(source_list=code, entity_number="", name=entry.name, countries=countries),
            source_id="",
            name=entry.name,
            names=((entry.name, "primary"), *entry.aliases),
            countries=countries,
            addresses=addresses,
            start_on=min(_dates(citation), default=None),
            requirement_text=requirement,
            requirement_code=terms.requirement_code(requirement),
            policy_text=policy,
            policy_code=terms.policy_code(policy),
            footnotes=tuple(notes),
            citations=terms.citations(citation.rstrip(". ")),
            remarks=entry.remarks,
            source_url=URL.format(next(n for n, name in LISTS.items() if name == code)),
            details=tuple(details),
            line=row.line,
        )
    )


def _address(text: str, listed_under: str) -> Address:
    return Address(text=text, country=country_code(text.rsplit(",", 1)[-1]) or listed_under)


def _dates(citation: str) -> list[date]:
    """Publication dates of the notices, "84 FR 22961, 5/21/19"; what is no date is passed over."""
    found = (
        loose_day(
            f"{month}/{of_month}/{year if len(year) == 4 else 2000 + int(year) - 100 * (int(year) >= 90)}"
        )
        for month, of_month, year in DATED.findall(citation)
    )
    return [one for one in found if one]

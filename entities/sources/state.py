"""Lists of the Department of State: debarred parties (22 CFR 127.7) and nonproliferation sanctions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from . import terms
from .agency import FIELDS as AGENCY_FIELDS
from .agency import row_record
from .files import CsvRow, opened
from .record import BadRow, ListedRecord, Spare, each, key_of, seal, squeeze
from .tables import table_rows
from .wording import as_written, day, loose_day, names_of, split_aliases, united

# every name the layouts of 2014, 2017 and later give a column, in lower case, and its field
DTC_FIELDS = {
    name.casefold(): field for name, field in (
        ("Debarred Party Full Name", "name"), ("Debarred Party Full Name and Alias", "name"),
        ("Party Name", "name"), ("Corp", "corporation"), ("Debarred Party Surname/Corporate Name", "surname"),
        ("Debarred Party Given Names", "given"), ("Alias", "alias"), ("Type", "type"),
        ("Date of Birth - PUBLIC RELEASE", "birth"), ("Date of Birth", "birth"), ("Notice", "notice"),
        ("Federal Register Notice", "notice"), ("Notice Date", "notice_date"), ("Eff. Date", "effective"),
        ("Corrected Notice", "corrected"), ("Corrected Notice Date", "corrected_date"),
    )
}  # fmt: skip
DTC_REQUIRED = ("name", "birth", "notice", "notice_date", "corrected", "corrected_date")
DTC_URL = "https://www.pmddtc.state.gov/"
ISN_REQUIRED = ("programs", "name", "country", "notice", "start")
MONTHS = "january february march april may june july august september october november december".split()


def read_dtc(source: str | Path | BinaryIO, *, spare: Spare | None = None) -> Iterator[ListedRecord]:
    """Every debarred party of a file of any known layout; rows of one name are merged.

    Raises BadSource with line, field and reason at the first thing that is not as the format says.
    """
    yield from united(read_dtc_rows(source, spare=spare))


def read_dtc_rows(source: str | Path | BinaryIO, *, spare: Spare | None = None) -> Iterator[ListedRecord]:
    """The same, one record a row and unmerged. Raises BadSource."""
    with opened(source) as stream:
        yield from each(
            table_rows(stream, fields=DTC_FIELDS, required=DTC_REQUIRED, spare=spare), _dtc, spare
        )


def read_isn(source: str | Path | BinaryIO, *, spare: Spare | None = None) -> Iterator[ListedRecord]:
    """Every sanctioned party of a file of any known layout (7, 9 or 31 columns), rows of one party merged.

    Its programs are united; it has an end only where every row has one. Raises BadSource.
    """
    yield from united(read_isn_rows(source, spare=spare))


def read_isn_rows(source: str | Path | BinaryIO, *, spare: Spare | None = None) -> Iterator[ListedRecord]:
    """The same, one record a row (a party under an act) and unmerged. Raises BadSource."""
    with opened(source) as stream:
        found = table_rows(stream, fields=AGENCY_FIELDS, required=ISN_REQUIRED, spare=spare)
        yield from each(found, lambda row: row_record(row, default="ISN", lists=frozenset({"ISN"})), spare)


def _dtc(row: CsvRow) -> ListedRecord:
    value = row.values
    name, inside = names_of(value["name"])
    if not name:
        raise BadRow(row.line, "name", "the row has no party name.")
    kinds = {name: "primary"}
    # "(a.k.a. X; Y)" in the alias column of one row: the mark goes, the names stay
    for text, kind in [*inside, *split_aliases(value.get("alias", "").strip("() "))]:
        kinds.setdefault(text, kind)
    published = day(value["notice_date"], "Notice Date", row.line)
    effective = loose_day(value.get("effective", ""))
    corrected = value["corrected"]
    details = [
        ("Debarment", value.get("type", "")),
        ("Notice date", published.isoformat() if published else ""),
        ("Effective date as written", "" if effective else value.get("effective", "")),
        ("Corrected notice", squeeze(f"{corrected} {value['corrected_date']}")),
        *as_written(value["name"], name),
    ]
    return seal(
        ListedRecord(
            source_list="DTC",
            key=key_of(source_list="DTC", entity_number="", name=name, countries=()),
            source_id="",
            name=name,
            names=tuple(kinds.items()),
            kind=_kind(value),
            birth_dates=tuple(filter(None, (_birth(value["birth"]),))),
            start_on=effective or published,
            citations=tuple(dict.fromkeys((*terms.citations(value["notice"]), *terms.citations(corrected)))),
            source_url=DTC_URL,
            details=tuple((label, text) for label, text in details if text),
            line=row.line,
        )
    )


def _kind(value: dict[str, str]) -> str:
    if value.get("corporation", "").casefold() == "x":
        return "organization"
    return "individual" if value.get("given") else ""


def _birth(text: str) -> str:
    """A birth date as precise as the source is: "October, 1983" is 1983-10, "x/x/1942" is 1942."""
    month, _, year = text.partition(",")
    if month.strip().casefold() in MONTHS and re.fullmatch(r"\s*\d{4}", year):
        return f"{year.strip()}-{MONTHS.index(month.strip().casefold()) + 1:02d}"
    if found := re.fullmatch(r"x/x/(\d{4})", text, re.IGNORECASE):
        return found.group(1)
    full = loose_day(text)
    return full.isoformat() if full else text

"""The Denied Persons List of BIS: its tab-separated text file (orders under 15 CFR 764.3(a)(2), 766.25)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from exportctl.countries import COUNTRIES

from .files import CsvRow, opened
from .record import Address, BadRow, ListedRecord, Spare, each, key_of, mark, seal
from .tables import table_rows
from .wording import as_written, countries_of, day, names_of, notices, united

COLUMNS = (
    "Name Street_Address City State Country Postal_Code Effective_Date Expiration_Date Standard_Order "
    "Last_Update Action FR_Citation"
).split()
STATES = frozenset(
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH "
    "OK OR PA PR RI SC SD TN TX UT VT VA WA WV WI WY".split()
)
URL = "https://www.bis.gov/dpl/dpl.txt"


def read(source: str | Path | BinaryIO, *, spare: Spare | None = None) -> Iterator[ListedRecord]:
    """Every denied person of a file, gzipped or not; rows of one name and country are merged.

    Raises BadSource with line, field and reason at the first thing that is not as the format says; single bad
    rows and new columns go to `spare` where it is given.
    """
    yield from united(read_rows(source, spare=spare))


def read_rows(source: str | Path | BinaryIO, *, spare: Spare | None = None) -> Iterator[ListedRecord]:
    """The same, one record a row and unmerged (a row is a name at an address under an order). Raises BadSource."""
    with opened(source) as stream:
        fields = {name.casefold(): name for name in COLUMNS}
        found = table_rows(stream, fields=fields, required=COLUMNS, delimiter="\t", tail=2, spare=spare)
        yield from each(found, _record, spare)


def _record(row: CsvRow) -> ListedRecord:
    value = row.values
    name, aliases = names_of(value["Name"])
    if not name:
        raise BadRow(row.line, "Name", "the row has no name.")
    address = _address(value)
    countries = countries_of([address])
    details = [
        ("Standard order", _standard(value["Standard_Order"], row.line)),
        ("Last update", _iso(value["Last_Update"], row.line)),
        ("Action", value["Action"]),
        ("Federal Register notices", value["FR_Citation"]),
        *as_written(value["Name"], name),
    ]
    names = {name: "primary"}
    for text, kind in aliases:
        names.setdefault(text, kind)
    return seal(
        ListedRecord(
            source_list="DPL",
            key=key_of(source_list="DPL", entity_number="", name=name, countries=countries),
            source_id="",
            name=name,
            names=tuple(names.items()),
            countries=countries,
            addresses=(address,) if address.text or address.country else (),
            start_on=day(value["Effective_Date"], "Effective_Date", row.line),
            end_on=day(value["Expiration_Date"], "Expiration_Date", row.line),
            citations=notices(value["FR_Citation"]),
            source_url=URL,
            details=tuple((label, text) for label, text in details if text),
            line=row.line,
            # an order's last update, action and citations are its history: a row is who, where and for how long
            marks=(mark("row", *(value[column] for column in COLUMNS[:9])),),
        )
    )


def _iso(value: str, line: int) -> str:
    found = day(value, "Last_Update", line)
    return found.isoformat() if found else ""


def _standard(value: str, line: int) -> str:
    """Y, N or "": only Y stands for the standard terms; the others ask for a reading of the order."""
    code = value.upper()
    if code not in {"Y", "N", ""}:
        raise BadRow(line, "Standard_Order", f"{value[:20]!r} is neither Y nor N.")
    return code


def _address(value: dict[str, str]) -> Address:
    """The address as written; the country is brought to ISO 3166.

    "PRC" is CN; a state of the United States in the country's place, or without any country, is US.
    """
    state, country = value["State"], value["Country"].upper()
    if country == "PRC":
        country = "CN"
    if not state and country in STATES - COUNTRIES.keys():
        state, country = country, "US"
    if not country and state.upper() in STATES:
        country = "US"
    written = (value[k] for k in ("Street_Address", "City", "State", "Postal_Code", "Country"))
    return Address(
        text=", ".join(part for part in written if part),
        city=value["City"],
        state=state,
        postal_code=value["Postal_Code"],
        country=country if country in COUNTRIES else "",
    )

"""The row layout of the office that builds the CSL (31 columns, one row a name and address), and UVL's own.

Used for the nonproliferation sanctions (`state`) and for Entity, Unverified and Military End User rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import BinaryIO

from . import places, terms
from .files import CsvRow, opened
from .record import KNOWN, Address, BadRow, BadSource, ListedRecord, Spare, each, key_of, seal, squeeze
from .tables import table_rows
from .wording import as_written, countries_of, day, issues, loose_day, names_of, split_aliases, united

# every name a layout gives a column, in lower case, and the field it stands for
FIELDS = {
    name.casefold(): field for name, field in (
        ("Source List", "source"), ("Entity Number", "number"), ("SDN Type", "type"), ("Programs", "programs"),
        ("Name", "name"), ("Title", "title"), ("Address", "address"), ("City", "city"),
        ("State/Province", "state"), ("Postal Code", "postal_code"), ("Country", "country"),
        ("Federal Register Notice", "notice"), ("Effective Date", "start"),
        ("Date Lifted/Waived/Expired", "end"), ("Standard Order", "standard"),
        ("License Requirement", "requirement"), ("License Policy", "policy"), ("Call Sign", "call_sign"),
        ("Vessel Type", "vessel_type"), ("Gross Tonnage", "tonnage"), ("Gross Register Tonnage", "register"),
        ("Vessel Flag", "flag"), ("Vessel Owner", "owner"), ("Remarks/Notes", "remarks"),
        ("Address Number", "address_number"), ("Address Remarks", "address_remarks"),
        ("Alternate Number", "alias_number"), ("Alternate Type", "alias_type"), ("Alternate Name", "alias"),
        ("Alternative Names", "aliases"), ("Alternate Remarks", "alias_remarks"), ("Web Link", "url"),
    )
}  # fmt: skip
DETAILS = (
    ("title", "Title"), ("standard", "Standard order"), ("vessel_type", "Vessel type"), ("tonnage", "Gross tonnage"),
    ("register", "Gross registered tonnage"), ("flag", "Vessel flag"), ("owner", "Vessel owner"),
    ("address_remarks", "Address remarks"), ("alias_remarks", "Alias remarks"),
)  # fmt: skip
KINDS = {
    "": "",
    "entity": "organization",
    "individual": "individual",
    "vessel": "vessel",
    "aircraft": "aircraft",
}
LISTS = frozenset({"EL", "UVL", "MEU"})


def read(source: str | Path | BinaryIO, *, spare: Spare | None = None) -> Iterator[ListedRecord]:
    """Entity, Unverified and Military End User rows, merged by key. Raises BadSource.

    A file without the column Source List (COUNTRY, NAME, ADDRESS) is the Unverified List's own layout.
    """
    yield from united(read_rows(source, spare=spare))


def read_rows(source: str | Path | BinaryIO, *, spare: Spare | None = None) -> Iterator[ListedRecord]:
    """The same, one record a row and unmerged. Raises BadSource."""
    with opened(source) as stream:
        found = table_rows(stream, fields=FIELDS, required=("name", "country"), tail=0, spare=spare)
        yield from each(found, lambda row: row_record(row, default="UVL", lists=LISTS), spare)


def row_record(row: CsvRow, *, default: str, lists: frozenset[str]) -> ListedRecord:
    """A row of the layout as a record of one of `lists`, `default` where the layout names no list.

    Raises BadSource for another list, BadRow for a type nobody knows, a row without a name, an effective date
    that is neither a date nor "N/A". Texts in the end column that are no date ("Waived on 9/19/03; Extended on
    ...") become a detail and the entry stays without an end.
    """
    value = row.values
    code = value.get("source", "") or default
    if code not in lists:
        raise BadSource(
            row.line, "Source List", f"unknown list {code[:40]!r}.", "Give the file of this list.", KNOWN
        )
    name, aliases = names_of(value["name"])
    kind = value.get("type", "").casefold()
    if not name:
        raise BadRow(row.line, "Name", "the row has no name.")
    if kind not in KINDS:
        raise BadRow(row.line, "SDN Type", f"unknown type {kind[:40]!r}.")
    country, name = _country(value.get("country", ""), name)
    address = _address(value, country)
    countries = countries_of([address], country)
    requirement, policy = value.get("requirement", ""), value.get("policy", "")
    return seal(
        ListedRecord(
            source_list=code,
            key=key_of(source_list=code, entity_number="", name=name, countries=countries),
            source_id=value.get("number", ""),
            name=name,
            names=_names(name, [*_aliases(value), *aliases]),
            kind=KINDS[kind],
            countries=countries,
            addresses=(address,) if address.text else (),
            programs=(value["programs"],) if value.get("programs") else (),
            start_on=_start(value.get("start", ""), row.line),
            end_on=loose_day(value.get("end", "")),
            requirement_text=requirement,
            requirement_code=terms.requirement_code(requirement),
            policy_text=policy,
            policy_code=terms.policy_code(policy),
            footnotes=terms.footnotes(requirement),
            citations=issues(value.get("notice", "")),
            remarks=value.get("remarks", ""),
            source_url=value.get("url", ""),
            identifiers=(("Call sign", value["call_sign"]),) if value.get("call_sign") else (),
            details=(*_details(value, country), *as_written(value["name"], name)),
            line=row.line,
        )
    )


def _start(text: str, line: int) -> date | None:
    return None if text.casefold() == "n/a" else day(text, "Effective Date", line)


def _country(written: str, name: str) -> tuple[str, str]:
    """(ISO code, name): where the column is empty the country may stand behind the name ("Karl Lee (China)")."""
    if written:
        return (written if len(written) == 2 and written.isupper() else places.iso(written)), name
    head, bracket, tail = name.rpartition(" (")
    code = places.iso(tail.removesuffix(")")) if bracket and tail.endswith(")") else ""
    return (code, head) if code else ("", name)


def _address(value: Mapping[str, str], country: str) -> Address:
    parts = [value.get(k, "") for k in ("address", "city", "state", "postal_code")]
    written = [part for part in parts if part]
    text = ", ".join(written)
    if text and country and not text.casefold().endswith(value.get("country", "").casefold()):
        text += f", {country}"
    return Address(text=text or country, city=parts[1], state=parts[2], postal_code=parts[3], country=country)


def _aliases(value: Mapping[str, str]) -> list[tuple[str, str]]:
    """The alias column holds one name; the column of alternative names a list, parted by ";" or by commas."""
    kind = "former" if value.get("alias_type", "").casefold() == "fka" else "alias"
    given = value.get("aliases", "")
    parted = (
        [(squeeze(one), kind) for one in given.split(";")] if ";" in given else split_aliases(given, kind)
    )
    return [(text, kind) for text, kind in [(value.get("alias", ""), kind), *parted] if text]


def _names(name: str, aliases: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    kinds = {name: "primary"}
    for text, kind in aliases:
        kinds.setdefault(text, "original" if terms.is_original_script(text) else kind)
    return tuple(kinds.items())


def _details(value: Mapping[str, str], country: str) -> Iterator[tuple[str, str]]:
    for field, label in DETAILS:
        if value.get(field):
            yield label, value[field]
    if value.get("country") and not country:
        yield "Country as written", value["country"]
    if value.get("end") and not loose_day(value["end"]):
        yield "Lifted, waived or expired", value["end"]
    if value.get("notice"):
        yield "Federal Register notices", value["notice"]

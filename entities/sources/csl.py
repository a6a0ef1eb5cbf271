"""The Consolidated Screening List of trade.gov: CSV and TSV of 28 or 29 columns, JSON file and API pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

from . import terms
from .files import CsvRow, csv_rows, is_json, is_tabbed, json_items, opened
from .record import (
    KNOWN,
    Address,
    BadRow,
    BadSource,
    ListedRecord,
    NewField,
    Spare,
    each,
    key_of,
    merge,
    seal,
    spared,
    squeeze,
)

SOURCES: dict[str, str] = {
    "Entity List (EL) - Bureau of Industry and Security": "EL",
    "Denied Persons List (DPL) - Bureau of Industry and Security": "DPL",
    "Unverified List (UVL) - Bureau of Industry and Security": "UVL",
    "Military End User (MEU) List - Bureau of Industry and Security": "MEU",
    "Specially Designated Nationals (SDN) - Treasury Department": "SDN",
    "Sectoral Sanctions Identifications List (SSI) - Treasury Department": "SSI",
    "Non-SDN Chinese Military-Industrial Complex Companies List (CMIC) - Treasury Department": "CMIC",
    "Non-SDN Menu-Based Sanctions List (NS-MBS List) - Treasury Department": "MBS",
    "Palestinian Legislative Council List (PLC) - Treasury Department": "PLC",
    "Capta List (CAP) - Treasury Department": "CAP",
    "Foreign Sanctions Evaders (FSE) - Treasury Department": "FSE",
    # ended, and still in files of earlier years
    "Non-SDN Iranian Sanctions Act List (NS-ISA) - Treasury Department": "ISA",
    "ITAR Debarred (DTC) - State Department": "DTC",
    "Nonproliferation Sanctions (ISN) - State Department": "ISN",
}
COLUMNS = (
    "_id source entity_number type programs name title addresses federal_register_notice start_date end_date "
    "standard_order license_requirement license_policy call_sign vessel_type gross_tonnage "
    "gross_registered_tonnage vessel_flag vessel_owner remarks source_list_url alt_names citizenships "
    "dates_of_birth nationalities places_of_birth source_information_url ids"
).split()
KINDS = {
    "": "",
    "Entity": "organization",
    "Individual": "individual",
    "Vessel": "vessel",
    "Aircraft": "aircraft",
}
PLAIN_DETAILS = {
    "title": "Title", "standard_order": "Standard order", "vessel_type": "Vessel type",
    "gross_tonnage": "Gross tonnage", "gross_registered_tonnage": "Gross registered tonnage",
    "vessel_flag": "Vessel flag", "vessel_owner": "Vessel owner",
}  # fmt: skip
LIST_DETAILS = {
    "citizenships": "Citizenship",
    "nationalities": "Nationality",
    "places_of_birth": "Place of birth",
}
PSEUDO_IDS = re.compile(
    r"gender|secondary sanctions|directive|determination|executive order|listing date|effective date|"
    r"divestment date|target type|issuer name|website|email|phone|additional sanctions|vessel year|"
    r"transactions prohibited|organization (type|established)|nationality of registration|prohibited",
    re.IGNORECASE,
)
COUNTRY = re.compile(r"(?:^|,\s*)([A-Z]{2})$")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
ALSO = re.compile(r"[\[(;,]?\s*\b(a\.?k\.?a|f\.?k\.?a|n\.?k\.?a)\b\.?,?\s+([^\]);]+)", re.IGNORECASE)


def read(source: str | Path | BinaryIO, *, spare: Spare | None = None) -> Iterator[ListedRecord]:
    """Every listed party of a file, rows of one key merged.

    The form (CSV, TSV, JSON, gzipped or not) is sniffed. Raises BadSource with line, field and reason at the
    first thing that is not as the format says; single bad rows and new columns go to `spare` where it is given.
    """
    with opened(source) as stream:
        yield from merge(_json(stream, spare) if is_json(stream) else _csv(stream, spare))


def read_csv(source: str | Path | BinaryIO) -> Iterator[ListedRecord]:
    """The records of the CSV or TSV form, one a row and unmerged. Raises BadSource."""
    with opened(source) as stream:
        yield from _csv(stream)


def read_json(source: str | Path | BinaryIO) -> Iterator[ListedRecord]:
    """The records of the JSON form (bulk file or API page), one a row and unmerged. Raises BadSource."""
    with opened(source) as stream:
        yield from _json(stream)


def _csv(stream: BinaryIO, spare: Spare | None = None) -> Iterator[ListedRecord]:
    delimiter = "\t" if is_tabbed(stream) else ","
    rows = csv_rows(stream, columns=COLUMNS, optional={"_id"}, delimiter=delimiter, spare=spare)
    with closing(rows):  # before the stream is
        yield from each(rows, lambda row: record(_from_csv(row), line=row.line), spare)


def _from_csv(row: CsvRow) -> dict[str, Any]:
    values: dict[str, Any] = dict(row.values)
    for name in (
        "programs",
        "alt_names",
        "citizenships",
        "dates_of_birth",
        "nationalities",
        "places_of_birth",
    ):
        values[name] = _split(values.get(name, ""))
    values["addresses"] = [_csv_address(text) for text in _split(values.get("addresses", ""))]
    values["ids"] = [_csv_id(text) for text in _split(values.get("ids", ""))]
    return values


def _split(text: str) -> list[str]:
    return [part for part in (squeeze(p) for p in text.split("; ")) if part]


def _csv_address(text: str) -> dict[str, str]:
    found = COUNTRY.search(text)
    return {"text": text, "country": found.group(1) if found else ""}


def _csv_id(text: str) -> dict[str, str]:
    """Newer files say "Type, Number, Country", older ones "Country, Number, Type" or "Number, Type"."""
    parts = [p.strip() for p in text.split(",") if p.strip()]
    country = ""
    if len(parts) > 2 and re.fullmatch("[A-Z]{2}", parts[-1]):
        country = parts.pop()
    elif len(parts) > 2 and re.fullmatch("[A-Z]{2}", parts[0]):
        country = parts.pop(0)
    if len(parts) == 1:
        return {"type": parts[0], "number": "", "country": country}
    head, tail = parts[0], parts[-1]
    if any(c.isdigit() for c in head) and not any(c.isdigit() for c in tail) and not PSEUDO_IDS.search(text):
        return {"type": tail, "number": ", ".join(parts[:-1]), "country": country}
    return {"type": head, "number": ", ".join(parts[1:]), "country": country}


def _json(stream: BinaryIO, spare: Spare | None = None) -> Iterator[ListedRecord]:
    known = {*COLUMNS, "id"}

    def made(numbered: tuple[int, tuple[int, dict[str, Any]]]) -> ListedRecord:
        number, (line, item) = numbered
        for field in item.keys() - known:
            spared(
                NewField(
                    line, field[:60], f"unknown column {field[:60]} in record {number}: the format has no such key.",
                    "Check whether trade.gov changed its format; the importer must learn the column first.",
                ), spare,
            )  # fmt: skip
        return record(
            _from_json({k: v for k, v in item.items() if k in known}, line), line=line, number=number
        )

    yield from each(enumerate(json_items(stream), start=1), made, spare)


def _from_json(item: Mapping[str, Any], line: int) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field, value in item.items():
        if field in {"addresses", "ids"}:
            values[field] = [_json_part(part, field, line) for part in _list(value, field, line)]
        elif field in {"programs", "alt_names", "dates_of_birth", *LIST_DETAILS}:
            values[field] = [squeeze(_text(v, field, line)) for v in _list(value, field, line) if v]
        else:
            values["_id" if field == "id" else field] = _text(value, field, line)
    return values


def _list(value: Any, field: str, line: int) -> list[Any]:
    if value in (None, ""):
        return []
    if not isinstance(value, list):
        raise BadRow(line, field, f"expected a list, found {type(value).__name__}.")
    return value


def _text(value: Any, field: str, line: int) -> str:
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        raise BadRow(line, field, f"expected text, found {type(value).__name__}.")
    return str(value)


def _json_part(part: Any, field: str, line: int) -> dict[str, str]:
    if not isinstance(part, dict):
        raise BadRow(line, field, f"expected an object, found {type(part).__name__}.")
    got = {key: squeeze(_text(value, f"{field}.{key}", line)) for key, value in part.items()}
    if field == "addresses":
        got["state"] = got.get("state") or got.get("state_or_province", "")
        pieces = [got.get(k, "") for k in ("address", "city", "state", "postal_code", "country")]
        got["text"] = ", ".join(p for p in pieces if p)
    return got


def _date(value: str, field: str, line: int) -> date | None:
    text = value.strip()
    if not text:
        return None
    try:
        if DATE.match(text):
            return date.fromisoformat(text[:10])
    except ValueError:
        pass
    raise BadRow(line, field, f"{text[:40]!r} is not a date of the form YYYY-MM-DD.")


def _identifiers(ids: Iterable[Mapping[str, str]]) -> Iterator[tuple[bool, tuple[str, str]]]:
    for one in ids:
        label, number = one.get("type", ""), one.get("number", "")
        real = bool(number) and not PSEUDO_IDS.search(label) and any(c.isdigit() for c in number)
        country = f" ({one['country']})" if one.get("country") else ""
        yield real, (f"{label}{country}", number)


def _names(name: str, aliases: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """(text, kind) of every name; an alias written inside the name ("X [aka Y]") becomes one of its own."""
    inside = [
        (squeeze(found.group(2)).strip(" ,"), "former" if found.group(1)[0].lower() == "f" else "alias")
        for found in ALSO.finditer(name)
    ]
    kinds = {name: "primary"}
    for text, kind in [*((a.rstrip(" ,"), "alias") for a in aliases), *inside]:
        if text and text not in kinds:
            kinds[text] = "original" if terms.is_original_script(text) else kind
    return tuple(kinds.items())


def record(values: Mapping[str, Any], *, line: int, number: int = 0) -> ListedRecord:
    """One row of either form as a ListedRecord. Raises BadSource for an unknown source, type or date."""
    where = f" in record {number}" if number else ""
    source = squeeze(values.get("source", ""))
    if source not in SOURCES:
        raise BadSource(
            line, "source", f"unknown source {source[:80]!r}{where}.",
            "A list nobody has mapped must not be dropped: add it to the source table, then import again.", KNOWN,
        )  # fmt: skip
    code = SOURCES[source]
    name = squeeze(values.get("name", "")).rstrip(" ,")
    if not name:
        raise BadRow(line, "name", f"the row has no name{where}.")
    kind = squeeze(values.get("type", ""))
    if kind not in KINDS:
        raise BadRow(line, "type", f"unknown type {kind[:40]!r}{where}.")
    addresses = tuple(dict.fromkeys(_address(a) for a in values.get("addresses", ())))
    countries = tuple(sorted({a.country for a in addresses if a.country}))
    ids = list(_identifiers(values.get("ids", ())))
    if values.get("call_sign"):
        ids.append((True, ("Call sign", squeeze(values["call_sign"]))))
    details = [(label, squeeze(values.get(field, ""))) for field, label in PLAIN_DETAILS.items()]
    details += [(label, text) for field, label in LIST_DETAILS.items() for text in values.get(field, ())]
    details += [pair for real, pair in ids if not real]
    requirement, policy = (
        squeeze(values.get("license_requirement", "")),
        squeeze(values.get("license_policy", "")),
    )
    entity_number = squeeze(values.get("entity_number", ""))
    return seal(
        ListedRecord(
            source_list=code,
            key=key_of(source_list=code, entity_number=entity_number, name=name, countries=countries),
            source_id=squeeze(values.get("_id", "")) or entity_number,
            name=name,
            names=_names(name, values.get("alt_names", ())),
            kind=KINDS[kind],
            countries=countries,
            addresses=addresses,
            identifiers=tuple(dict.fromkeys(pair for real, pair in ids if real)),
            birth_dates=tuple(dict.fromkeys(values.get("dates_of_birth", ()))),
            programs=tuple(dict.fromkeys(values.get("programs", ()))),
            start_on=_date(values.get("start_date", ""), "start_date", line),
            end_on=_date(values.get("end_date", ""), "end_date", line),
            requirement_text=requirement,
            requirement_code=terms.requirement_code(requirement),
            policy_text=policy,
            policy_code=terms.policy_code(policy),
            footnotes=terms.footnotes(requirement),
            citations=terms.citations(values.get("federal_register_notice", "")),
            remarks=squeeze(values.get("remarks", "")),
            source_url=squeeze(values.get("source_list_url", "")),
            details=tuple(dict.fromkeys((label, text) for label, text in details if text)),
            line=line,
        )
    )


def _address(part: Mapping[str, str]) -> Address:
    return Address(
        text=part.get("text", ""),
        city=part.get("city", ""),
        state=part.get("state", ""),
        postal_code=part.get("postal_code", ""),
        country=part.get("country", "").upper(),
    )

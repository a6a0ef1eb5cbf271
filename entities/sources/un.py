"""The consolidated list of the United Nations Security Council, in XML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import Element

from . import places, terms
from .files import opened
from .record import Address, BadRow, BadSource, ListedRecord, NewField, Spare, each, seal, spared, squeeze
from .xmlstream import elements, text, texts, unknown

CODE = "UN"
KINDS = {"INDIVIDUAL": "individual", "ENTITY": "organization"}
QUALITIES = {"": "alias", "good": "alias", "low": "weak", "a.k.a.": "alias", "f.k.a.": "former"}
FORMER = re.compile(r"\b(?:formerly|previously) listed\b", re.IGNORECASE)
CIRCA = re.compile(r"approximate(?:ly)?\.?", re.IGNORECASE)
FIELDS = frozenset(
    "DATAID VERSIONNUM FIRST_NAME SECOND_NAME THIRD_NAME FOURTH_NAME UN_LIST_TYPE REFERENCE_NUMBER LISTED_ON "
    "DELISTED_ON GENDER SUBMITTED_BY SUBMITTED_ON NAME_ORIGINAL_SCRIPT COMMENTS1 TITLE DESIGNATION NATIONALITY "
    "NATIONALITY2 LIST_TYPE LAST_DAY_UPDATED SORT_KEY SORT_KEY_LAST_MOD ALIAS ADDRESS DATE_OF_BIRTH "
    "PLACE_OF_BIRTH DOCUMENT".split()
)
PLAIN_DETAILS = {"GENDER": "Gender", "SUBMITTED_BY": "Submitted by", "SUBMITTED_ON": "Submitted on"}
LIST_DETAILS = {
    "TITLE": "Title", "DESIGNATION": "Designation", "NATIONALITY": "Nationality", "NATIONALITY2": "Nationality",
}  # fmt: skip
PLACE = ("STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY")


def read(source: str | Path | BinaryIO, *, spare: Spare | None = None) -> Iterator[ListedRecord]:
    """Every listed person and entity of a file, plain or gzipped, streamed; key "UN:" and reference number.

    The reference number (QDi.001) stays with an entry for life, the DATAID does not; it is kept as source id.
    Raises BadSource for a file that is cut or no UN list and an entry with the number of another. An element
    or alias quality that is unknown, an entry without name or number or with a date that is none go to
    `spare`, or are raised.
    """
    seen: set[str] = set()
    line = 0
    with opened(source) as stream:
        nodes = (pair for pair in _elements(stream) if pair[1].tag != "CONSOLIDATED_LIST")
        for record in each(nodes, lambda pair: _record(pair[1], pair[0], spare), spare):
            line = record.line
            if record.key in seen:
                raise BadSource(
                    line, "REFERENCE_NUMBER", f"{record.key[3:]} is the number of two entries.",
                    "An entry is never guessed: compare with the list on the publisher's page.",
                )  # fmt: skip
            seen.add(record.key)
            yield record
    if not seen:
        raise BadSource(line, "", "the file holds no entries.")


def published_on(source: str | Path | BinaryIO) -> date | None:
    """The day the file was made (`dateGenerated`), None where it does not say. Raises BadSource."""
    with opened(source) as stream:
        line, root = next(_elements(stream))
    given = root.get("dateGenerated", "")
    return _date(given, "dateGenerated", line) if given else None


def _elements(stream: BinaryIO) -> Iterator[tuple[int, Element]]:
    return elements(
        stream, roots=("CONSOLIDATED_LIST",), inside=("INDIVIDUALS", "ENTITIES"), wanted=tuple(KINDS)
    )


def _date(value: str, field: str, line: int) -> date:
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        raise BadRow(line, field, f"{value[:40]!r} is not a date of the form YYYY-MM-DD.") from None


def _record(node: Element, line: int, spare: Spare | None) -> ListedRecord:
    for child in node:
        if child.tag.removeprefix(f"{node.tag}_") not in FIELDS:
            spared(unknown(line, child.tag), spare)
    number = text(node, "REFERENCE_NUMBER") or text(node, "DATAID")
    parts = [text(node, f"{which}_NAME") for which in ("FIRST", "SECOND", "THIRD", "FOURTH")]
    name = " ".join(part for part in parts if part)
    if not number or not name:
        field = "FIRST_NAME" if number else "REFERENCE_NUMBER"
        raise BadRow(line, field, f"the entry {number or name[:60]!r} has no {field.lower()}.")
    found = [_address(child) for child in node.iterfind(f"{node.tag}_ADDRESS")]
    addresses = tuple(dict.fromkeys(one for one, _ in found if one.text))
    ids, told = _documents(node)
    details = [(label, text(node, tag)) for tag, label in PLAIN_DETAILS.items()]
    details += [(label, one) for tag, label in LIST_DETAILS.items() for one in texts(node, f"{tag}/VALUE")]
    details += [("Place of birth", _place(child)) for child in node.iterfind(f"{node.tag}_PLACE_OF_BIRTH")]
    started, ended = text(node, "LISTED_ON"), text(node, "DELISTED_ON")
    births, remarked = _births(node, line)
    names, noted = _names(node, name, line, spare)
    return seal(
        ListedRecord(
            source_list=CODE,
            key=f"{CODE}:{number}",
            source_id=text(node, "DATAID"),
            name=name,
            names=names,
            kind=KINDS[node.tag],
            countries=tuple(sorted({code for _, codes in found for code in codes})),
            addresses=addresses,
            identifiers=ids,
            birth_dates=births,
            programs=tuple(texts(node, "UN_LIST_TYPE")),
            start_on=_date(started, "LISTED_ON", line) if started else None,
            end_on=_date(ended, "DELISTED_ON", line) if ended else None,
            remarks=text(node, "COMMENTS1"),
            details=tuple(dict.fromkeys(pair for pair in (*details, *remarked, *noted, *told) if pair[1])),
            line=line,
        )
    )


def _names(
    node: Element, name: str, line: int, spare: Spare | None
) -> tuple[tuple[tuple[str, str], ...], list[tuple[str, str]]]:
    """The names of an entry and what is remarked on them; "A ; B" as one name gives both as aliases too."""
    kinds = {name: "primary"}
    notes: list[tuple[str, str]] = []
    given = [(squeeze(part), "alias") for part in re.split(r"\s;\s", name)]
    given += [(one, "original") for one in texts(node, "NAME_ORIGINAL_SCRIPT")]
    for alias in node.iterfind(f"{node.tag}_ALIAS"):
        called, note, quality = text(alias, "ALIAS_NAME"), text(alias, "NOTE"), text(alias, "QUALITY")
        if quality.casefold() not in QUALITIES:
            spared(NewField(line, "QUALITY", f"unknown alias quality {quality[:40]!r}."), spare)
        kind = "former" if FORMER.search(note) else QUALITIES.get(quality.casefold(), "alias")
        given.append((called, "original" if terms.is_original_script(called) else kind))
        born = [text(alias, tag) for tag in ("DATE_OF_BIRTH", "CITY_OF_BIRTH", "COUNTRY_OF_BIRTH")]
        said = ", ".join(part for part in (note, *born) if part)
        if said:
            notes.append(("Alias", f"{called} ({said})".strip()))
    for called, kind in given:
        if called:
            kinds.setdefault(called, kind)
    return tuple(kinds.items()), notes


def _place(node: Element) -> str:
    place = ", ".join(part for part in (text(node, tag) for tag in PLACE) if part)
    note = text(node, "NOTE")
    return f"{place} ({note})" if place and note else place or note


def _address(node: Element) -> tuple[Address, tuple[str, ...]]:
    parts = {tag: text(node, tag) for tag in PLACE}
    codes = places.codes(parts["COUNTRY"], parts["STREET"], parts["CITY"], parts["STATE_PROVINCE"])
    return Address(
        text=_place(node),
        city=parts["CITY"],
        state=parts["STATE_PROVINCE"],
        postal_code=parts["ZIP_CODE"],
        country=codes[0] if codes else "",
    ), codes


def _births(node: Element, line: int) -> tuple[tuple[str, ...], list[tuple[str, str]]]:
    """Dates of birth ("1964-07-17", "1971", "circa 1971", "1968 to 1973") and the notes beside them."""
    found: list[str] = []
    notes: list[tuple[str, str]] = []
    for child in node.iterfind(f"{node.tag}_DATE_OF_BIRTH"):
        day, year, note = text(child, "DATE"), text(child, "YEAR"), text(child, "NOTE")
        since, until = text(child, "FROM_YEAR"), text(child, "TO_YEAR")
        when = _date(day, "DATE", line).isoformat() if day else year
        if since or until:
            when = f"{since} to {until}" if since and until else since or until
        circa = CIRCA.match(text(child, "TYPE_OF_DATE")) or CIRCA.match(note)
        if when:
            found.append(f"circa {when}" if circa else when)
        if note and not CIRCA.fullmatch(note):
            notes.append(("Date of birth", f"{when} ({note})".strip()))
    return tuple(dict.fromkeys(found)), notes


def _documents(node: Element) -> tuple[tuple[tuple[str, str], ...], list[tuple[str, str]]]:
    """Identifiers with a number, and whatever else is said of papers."""
    ids: list[tuple[str, str]] = []
    details: list[tuple[str, str]] = []
    for child in node.iterfind(f"{node.tag}_DOCUMENT"):
        label = text(child, "TYPE_OF_DOCUMENT") or text(child, "TYPE_OF_DOCUMENT2") or "Document"
        number = text(child, "NUMBER")
        country = text(child, "ISSUING_COUNTRY") or text(child, "COUNTRY_OF_ISSUE")
        code = places.iso(country)
        if any(c.isdigit() for c in number):
            ids.append((f"{label} ({code})" if code else label, number))
        second = text(child, "TYPE_OF_DOCUMENT2")
        issued = text(child, "DATE_OF_ISSUE")
        rest = [
            second if second != label else "",
            f"issued {issued}" if issued else "",
            text(child, "CITY_OF_ISSUE"),
            country if not code else "",
            text(child, "NOTE"),
        ]
        said = ", ".join(part for part in rest if part)
        if said or number and not any(c.isdigit() for c in number):
            details.append((label, f"{number} ({said})".strip() if said else number))
    return tuple(dict.fromkeys(ids)), details

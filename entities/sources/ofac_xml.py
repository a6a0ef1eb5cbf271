"""OFAC's XML files (sdn.xml, consolidated.xml and the older single lists), entry by entry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import Element

from .files import opened
from .ofac_entry import Entry, Identifier, address
from .ofac_remarks import parse
from .record import CUT, BadRow, BadSource, Spare, mark, spared, told_apart
from .xmlstream import elements, text, texts, unknown

ENTRIES = ("sdnEntry", "nspEntry")
HEAD = "publshInformation"
FIELDS = frozenset(
    "uid firstName lastName title sdnType nspType remarks programList idList akaList addressList nationalityList "
    "citizenshipList dateOfBirthList placeOfBirthList vesselInfo".split()
)
ALIASES = {"a.k.a.": "alias", "f.k.a.": "former", "n.k.a.": "alias"}
VESSEL = {
    "vesselType": "Vessel type", "tonnage": "Gross tonnage",
    "grossRegisteredTonnage": "Gross registered tonnage", "vesselFlag": "Vessel flag",
    "vesselOwner": "Vessel owner",
}  # fmt: skip
LISTED = (
    ("nationalityList/nationality/country", "Nationality"),
    ("citizenshipList/citizenship/country", "Citizenship"),
    ("placeOfBirthList/placeOfBirthItem/placeOfBirth", "Place of birth"),
)
LABEL_END = re.compile(r"[\s:-]+$")


def _elements(stream: BinaryIO) -> Iterator[tuple[int, Element]]:
    return elements(stream, roots=("sdnList", "nsplc"), wanted=(HEAD, *ENTRIES))


def published_on(source: str | Path | BinaryIO) -> date | None:
    """The day the file says it was published, None where it does not. Raises BadSource."""
    with opened(source) as stream:
        for line, node in _elements(stream):
            if node.tag == HEAD:
                return _published(node, line)
            if node.tag in ENTRIES:
                break
    return None


def _published(node: Element, line: int) -> date | None:
    given = text(node, "Publish_Date")
    if not given:
        return None
    try:
        return datetime.strptime(given, "%m/%d/%Y").date()  # noqa: DTZ007 (a day, not a moment)
    except ValueError:
        raise BadSource(
            line, "Publish_Date", f"{given[:40]!r} is not a date of the form MM/DD/YYYY."
        ) from None


def entries(source: str | Path | BinaryIO, *, spare: Spare | None = None) -> Iterator[Entry]:
    """The entries of a file, streamed; at its end they are counted against its Record_Count.

    Raises BadSource for a file that is cut or of another kind, a document type, a number that occurs twice, a
    head without a record count and a count that is not the number of entries. Unknown elements and entries
    that cannot be read go to `spare`, or are raised.
    """
    seen: set[str] = set()
    count: int | None = None
    line = bad = 0
    with opened(source) as stream:
        for line, node in _elements(stream):
            if node.tag == HEAD:
                _published(node, line)
                given = text(node, "Record_Count")
                if not given.isdecimal() or len(given) > 9:
                    raise BadSource(line, "Record_Count", f"{given[:40]!r} is not a number.")
                count = int(given)
            elif node.tag in ENTRIES:
                bad += 1
                try:
                    entry = _entry(node, line, spare)
                except BadRow as unread:
                    spared(unread, spare)
                    continue
                bad -= 1
                if entry.number in seen:
                    raise BadSource(line, "uid", f"entity number {entry.number} occurs twice.")
                seen.add(entry.number)
                yield entry
    if count is None:
        raise BadSource(line, "Record_Count", "the file does not say how many entries it has.")
    if count != len(seen) + bad:
        raise BadSource(
            line, "Record_Count", f"the file says {count} entries and has {len(seen) + bad}.", CUT
        )
    if not seen:
        raise BadSource(line, "", "the file holds no entries.")


def _entry(node: Element, line: int, spare: Spare | None) -> Entry:
    for child in node:
        if child.tag not in FIELDS:
            spared(unknown(line, child.tag), spare)
    number, name = text(node, "uid"), _name(node)
    if not number.isdecimal() or not name:
        field = "lastName" if number.isdecimal() else "uid"
        raise BadRow(line, field, f"the entry {number or name[:60]!r} has no {field}.")
    told = parse(text(node, "remarks"))
    details = [("Title", text(node, "title"))]
    vessel = node.find("vesselInfo")
    if vessel is not None:
        details += [(label, text(vessel, tag)) for tag, label in VESSEL.items()]
    details += [(label, found) for path, label in LISTED for found in texts(node, path)]
    call_sign = text(vessel, "callSign") if vessel is not None else ""
    papers = [Identifier("Call sign", call_sign)] if call_sign else []
    papers += [_paper(child) for child in node.iterfind("idList/id")]
    return Entry(
        line=line,
        number=number,
        name=name,
        kind=text(node, "sdnType") or text(node, "nspType"),
        programs=tuple(texts(node, "programList/program")),
        names=(*(_alias(child, line) for child in node.iterfind("akaList/aka")), *told.names),
        addresses=tuple(
            address(
                street=", ".join(part for n in "123" if (part := text(child, f"address{n}"))),
                city=text(child, "city"),
                state=text(child, "stateOrProvince"),
                postal_code=text(child, "postalCode"),
                country=text(child, "country"),
            )
            for child in node.iterfind("addressList/address")
        ),
        identifiers=(*papers, *told.identifiers),
        births=(*texts(node, "dateOfBirthList/dateOfBirthItem/dateOfBirth"), *told.births),
        details=(*details, *told.details),
        remarks=told.rest,
        marks=_marks(node, number, name),
    )


def _marks(node: Element, number: str, name: str) -> tuple[str, ...]:
    """One mark for the entry, each alias and each address, as the delimited files have rows."""
    own = [text(child, ".") or "".join(child.itertext()) for child in node if len(child) == 0]
    parts = [
        mark(part, number, *(found for found in child.itertext() if found.strip()))
        for part, path in (("alias", "akaList/aka"), ("address", "addressList/address"))
        for child in node.iterfind(path)
    ]
    return told_apart([mark("entry", number, name, *own), *parts])


def _name(node: Element) -> str:
    """ "LAST, First" as the delimited files write a person."""
    parts = (text(node, "lastName"), text(node, "firstName"))
    return ", ".join(part for part in parts if part).rstrip(" ,")


def _alias(node: Element, line: int) -> tuple[str, str]:
    kind, category, name = text(node, "type"), text(node, "category"), _name(node)
    if kind.casefold() not in ALIASES:
        raise BadRow(line, "aka.type", f"unknown kind of alias {kind[:40]!r}.")
    if category.casefold() not in ("strong", "weak", ""):
        raise BadRow(line, "aka.category", f"unknown alias category {category[:40]!r}.")
    if not name:
        raise BadRow(line, "aka.lastName", "an alias has no name.")
    return name, "weak" if category.casefold() == "weak" else ALIASES[kind.casefold()]


def _paper(node: Element) -> Identifier:
    issued, expires = text(node, "issueDate"), text(node, "expirationDate")
    dates = [f"issued {issued}" if issued else "", f"expires {expires}" if expires else ""]
    return Identifier(
        LABEL_END.sub("", text(node, "idType")) or "Identification",
        text(node, "idNumber"),
        text(node, "idCountry"),
        " ".join(part for part in dates if part),
    )

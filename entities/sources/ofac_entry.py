"""One entry of an OFAC list, whichever form it came in, and the lists it stands on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from . import places, terms
from .csl import PSEUDO_IDS
from .record import KNOWN, Address, BadRow, BadSource, ListedRecord, key_of, seal, squeeze

Which = Literal["sdn", "cons"]
KINDS = {
    "": "organization", "entity": "organization", "individual": "individual", "vessel": "vessel",
    "aircraft": "aircraft",
}  # fmt: skip
# Programs that name a list of their own; the others of an entry only say under what else it is listed.
LISTS = (
    ("PLC", re.compile(r"NS-PLC$")),
    ("CMIC", re.compile(r"CMIC\b")),
    ("FSE", re.compile(r"FSE\b")),
    ("CAP", re.compile(r"561|CAPTA\b")),
    ("SSI", re.compile(r"UKRAINE-EO13662$")),
)
# Ended, and still in files of earlier years: entries that stand on no other list. The list of Executive
# Order 13599 had the program IRAN.
ENDED = (("ISA", re.compile(r"(?:NS-)?ISA$")), ("E13599", re.compile(r"IRAN$")))
NEVER_SDN = tuple(
    pattern for code, pattern in LISTS if code != "SSI"
)  # SDN entries may be under EO 13662 too
# Menu-based sanctions have no program of their own: these stand on the non-SDN file for that list alone.
MENU_BASED = frozenset(
    {"RUSSIA-EO14024", "CAATSA - RUSSIA", "BURMA-EO14014", "ILLICIT-DRUGS-EO14059", "HKAA", "HK-EO13936"}
)
MENU_DIRECTIVE = re.compile(r"EO 14024 Directive (?:1a?|3|4)\b")  # directive 2 is of correspondent accounts
CODES = ("Call sign", "SWIFT/BIC")  # identifiers that may be letters alone
DAY = re.compile(r"\d{1,2} [A-Z][a-z]{2} \d{4}")
EFFECTIVE = re.compile(r"Effective Date \((?P<what>.+)\)")
MONTH = re.compile(r"[A-Z][a-z]{2} \d{4}")


@dataclass(frozen=True, slots=True)
class Identifier:
    """A paper or number, with what is said about it beside the country that gave it."""

    label: str
    number: str
    country: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as the file tells it; `names` are (text, kind) behind the primary one, dates as written,
    `marks` one for each row (entry, alias, address, comment)."""

    line: int
    number: str
    name: str
    kind: str
    programs: tuple[str, ...]
    names: tuple[tuple[str, str], ...] = ()
    addresses: tuple[tuple[Address, tuple[str, ...]], ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    births: tuple[str, ...] = ()
    details: tuple[tuple[str, str], ...] = ()
    remarks: str = ""
    marks: tuple[str, ...] = ()


def day(written: str) -> date | None:
    """The date of "03 Jun 2021", None for anything else."""
    try:
        return datetime.strptime(written, "%d %b %Y").date() if DAY.fullmatch(written) else None  # noqa: DTZ007
    except ValueError:
        return None


def birth(written: str) -> str:
    """ "1961-02-12" for "12 Feb 1961", "1961-02" for "Feb 1961"; a year and wordings as "circa 1961" stay."""
    found = day(written)
    if found:
        return found.isoformat()
    month = day(f"01 {written}") if MONTH.fullmatch(written) else None
    return month.isoformat()[:7] if month else written


def address(*, street: str, city: str, state: str, postal_code: str, country: str, note: str = "") -> tuple[
    Address, tuple[str, ...]
]:  # fmt: skip
    """An address and the country codes it stands for (two for a Hong Kong address written under China)."""
    codes = places.codes(country, street, city, state)
    told = ", ".join(part for part in (street, city, state, postal_code, country) if part)
    if note:
        told = f"{told} ({note})" if told else note
    return Address(told, city, state, postal_code, codes[0] if codes else ""), codes


def lists_of(entry: Entry, which: Which, details: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The codes of the lists an entry stands on, by its programs and directives.

    Raises BadSource for an entry of the non-SDN file that names no known list, and for an entry of the SDN
    file that stands on non-SDN lists alone.
    """
    own = [code for code, pattern in LISTS if any(pattern.match(program) for program in entry.programs)]
    if which == "sdn":
        if entry.programs and all(any(p.match(program) for p in NEVER_SDN) for program in entry.programs):
            raise BadSource(
                entry.line, "program", f"entry {entry.number} is of a non-SDN list ({', '.join(entry.programs)}).",
                "Import this file as the non-SDN lists.", KNOWN,
            )  # fmt: skip
        return ("SDN",)
    directed = any(MENU_DIRECTIVE.search(label) for label, _ in details)
    if MENU_BASED.intersection(entry.programs) and (not own or "SSI" in own and directed):
        own.append("MBS")
    own = own or [code for code, pattern in ENDED if any(pattern.match(p) for p in entry.programs)][:1]
    if not own:
        named = ", ".join(entry.programs)[:80] or "none"
        raise BadSource(
            entry.line, "program", f"entry {entry.number} is of no known list (programs: {named}).",
            "A list nobody has mapped must not be dropped: add its program to the list table, then import again;"
            " an SDN file is imported as SDN.", KNOWN,
        )  # fmt: skip
    return tuple(own)


def records_of(entry: Entry, which: Which) -> Iterator[ListedRecord]:
    """An entry as one record for each list it stands on, with the key "SDN:306": list and entity number.

    The start is the effective date the file gives for that list (CMIC and menu-based alone). Raises BadSource.
    """
    if entry.kind.casefold() not in KINDS:
        raise BadRow(entry.line, "SDN_Type", f"unknown type {entry.kind[:40]!r}.")
    countries = tuple(sorted({code for _, codes in entry.addresses for code in codes}))
    ids, told = _identifiers(entry.identifiers)
    details = tuple(dict.fromkeys((label, text) for label, text in (*entry.details, *told) if text))
    for code in lists_of(entry, which, details):
        yield seal(
            ListedRecord(
                source_list=code,
                key=key_of(
                    source_list=code, entity_number=entry.number, name=entry.name, countries=countries
                ),
                source_id=entry.number,
                name=entry.name,
                names=_names(entry),
                kind=KINDS[entry.kind.casefold()],
                countries=countries,
                addresses=tuple(dict.fromkeys(one for one, _ in entry.addresses if one.text)),
                identifiers=ids,
                birth_dates=tuple(dict.fromkeys(map(birth, entry.births))),
                programs=tuple(dict.fromkeys(entry.programs)),
                start_on=_effective(details, code),
                remarks=entry.remarks,
                details=details,
                line=entry.line,
                marks=entry.marks,
            )
        )


def _names(entry: Entry) -> tuple[tuple[str, str], ...]:
    kinds = {entry.name: "primary"}
    for name, kind in entry.names:
        if name:
            kinds.setdefault(name, "original" if terms.is_original_script(name) else kind)
    return tuple(kinds.items())


def _identifiers(
    given: Iterable[Identifier],
) -> tuple[tuple[tuple[str, str], ...], list[tuple[str, str]]]:
    """(label with country code, number) of real identifiers; facts that only look like one as details."""
    ids: list[tuple[str, str]] = []
    details: list[tuple[str, str]] = []
    for one in given:
        code = places.iso(one.country)
        abroad = one.country if one.country and not code else ""
        note = ", ".join(part for part in (abroad, one.note) if part)
        if one.label in CODES or any(c.isdigit() for c in one.number) and not PSEUDO_IDS.search(one.label):
            ids.append((f"{one.label} ({code})" if code else one.label, one.number))
            if note:
                details.append((one.label, f"{one.number} ({note})"))
        else:
            full = ", ".join(part for part in (one.country, one.note) if part)
            details.append((one.label, f"{one.number} ({full})" if full else one.number))
    return tuple(dict.fromkeys(ids)), details


def _effective(details: Iterable[tuple[str, str]], code: str) -> date | None:
    dates = [
        found
        for label, text in details
        if (named := EFFECTIVE.fullmatch(label)) and (found := day(squeeze(text)))
        if named["what"] == "CMIC" and code == "CMIC"
        or code == "MBS" and not re.search(r"14024 Directive 2\b", named["what"])
    ]  # fmt: skip
    return min(dates, default=None)

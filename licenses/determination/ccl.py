"""Entries of the Commerce Control List out of a file in the layout of the eCFR-derived JSON. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from . import scope
from .tables import Allowed, Entry, Requirement

COLUMN = re.compile(r"\b(CB|NP|NS|MT|RS|FC|CC|AT) Column (\d)")
SECTION = re.compile(r"(7[0-9]{2}\.\d+(?:\([0-9A-Za-z]+\))*)")
AMOUNT = re.compile(r"\$\s*([\d,]+)")
COUNTRIES = {"North Korea": "KP", "Iraq": "IQ", "Pakistan": "PK"}
PLACES = (
    (re.compile(r"worldwide", re.I), "WORLD"),
    (re.compile(r"all destinations, except Canada", re.I), "WORLD-CA"),
    (re.compile(r"all destinations", re.I), "WORLD"),
    (re.compile(r"United Arab Emirates or destinations"), "ADVANCED"),
    (re.compile(r"Macau or a destination specified in Country Group D:5"), "MO D:5"),
    (re.compile(r"China, Russia,? or Venezuela"), "CN RU VE"),
    (re.compile(r"742\.15"), "WORLD-CA?"),
    (re.compile(r"746\.8"), "RU BY"),
    (re.compile(r"74[6]\.1\b|764\.1\(b\)"), "UN"),
)


def entries(rows: Iterable[Mapping[str, Any]]) -> Iterator[Entry]:
    """Each row as an entry. Raises ValueError naming the row whose layout is another."""
    for number, row in enumerate(rows, start=1):
        try:
            yield entry(row)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            code = row.get("eccn", "") if isinstance(row, Mapping) else ""
            raise ValueError(f"entry {number} {code}: {error!r}") from None


def entry(row: Mapping[str, Any]) -> Entry:
    """One row as an entry; a reason for control without a line of its own becomes one that must be read."""
    eccn = str(row["eccn"])
    if scope.parse(eccn) != (eccn, "") or eccn == "EAR99":
        raise ValueError(f"'{eccn}' is no ECCN")
    found: list[Requirement] = []
    for line in row["countryChart"]:
        found += _requirements(eccn, str(line["control"]), str(line["countryChart"]))
    reasons = re.findall(r"\b[A-Z]{2}\b", str(row.get("reasonForControl") or ""))
    covered = {each.reason for each in found}
    found += [Requirement(each, "", "TEXT", "15 CFR 738.4(a)", scope.Scope(read=True))
              for each in dict.fromkeys(reasons) if each not in covered]  # fmt: skip
    if not found:
        found.append(Requirement("??", "", "TEXT", "15 CFR 774.1(a)", scope.Scope(read=True)))
    flags = {str(key): str(value) for key, value in (row.get("licenceExceptionFlags") or {}).items()}
    barred = flags.pop("STA", "") or str(row.get("staSpecialConditions") or "")
    return Entry(
        eccn=eccn,
        heading=str(row.get("heading") or ""),
        requirements=tuple(found),
        allowed=tuple(_allowed(eccn, flags)),
        sta_barred=tuple(sorted(set(re.findall(r"A:[56]", barred)))) or (("A:5", "A:6") if barred else ()),
    )


def _requirements(eccn: str, control: str, chart: str) -> Iterator[Requirement]:
    covered = scope.read(re.sub(r"\b[A-Z]{2} Column \d", "", control), eccn)
    named = re.match(r"\s*([A-Z]{2})\b", control)
    reason = named[1] if named else "RS" if "Russian industry" in control else "??"
    columns = COLUMN.findall(chart)
    if not columns and (alone := re.fullmatch(r"\s*Column (\d)\.?\s*", chart)):
        columns = [(reason, alone[1])]
    for code, number in columns:
        yield Requirement(code, code + number, "", "15 CFR 738.4(a)(2)", covered)
    if columns:
        return
    section = SECTION.search(chart)
    citation = f"15 CFR {section[1]}" if section else "15 CFR 738.4(a)"
    yield Requirement(reason, "", _where(chart), citation, covered)


def _where(chart: str) -> str:
    for pattern, place in PLACES:
        if pattern.search(chart):
            return place
    codes = sorted({code for name, code in COUNTRIES.items() if name in chart})
    return " ".join(codes) if codes and "A license is required" in chart else "TEXT"


def _allowed(eccn: str, flags: Mapping[str, str]) -> Iterator[Allowed]:
    for symbol, words in flags.items():
        if re.match(r"\s*(?:N/A|No\b|None)", words) and "$" not in words:
            continue
        amount = AMOUNT.search(words)
        whole = re.fullmatch(
            r"\s*(?:Yes)?[,:]?\s*(?:\$[\d,]+)?\s*\.?\s*(?:See § [\d.()a-z]+ of the EAR\.?)?\s*", words
        )
        part = re.fullmatch(r"\s*(?:Yes,? for |\$[\d,]+ for |Yes )([^;$]+)", words)
        covered = (
            scope.Scope()
            if whole
            else scope.read(part[1].split(", see §")[0], eccn)
            if part
            else scope.Scope(read=True)
        )
        yield Allowed(symbol, int(amount[1].replace(",", "")) if amount else None, covered)

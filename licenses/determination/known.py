"""Which list entries a name in a question stands for: by its listing as told, or by the name itself. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from .case import Listed

Near = Callable[[str, str], Iterable[Listed]]

FAMILY = 5  # listed parties of one group on file
KEPT = 100_000  # names kept by one batch
CODES = {
    "EL": "EL", "ENTITY LIST": "EL", "BIS ENTITY LIST": "EL", "DPL": "DPL", "DENIED PERSON": "DPL",
    "DENIED PERSONS": "DPL", "DENIED PERSONS LIST": "DPL", "UVL": "UVL", "UNVERIFIED LIST": "UVL",
    "MEU": "MEU", "MEU LIST": "MEU", "MILITARY END USER LIST": "MEU", "MILITARY END-USER LIST": "MEU",
    "SDN": "SDN", "SDN LIST": "SDN", "OFAC SDN": "SDN", "SSI": "SSI", "CMIC": "CMIC", "NS-CMIC": "CMIC",
    "NS-MBS": "NS-MBS", "CAP": "CAP", "CAPTA": "CAP", "FSE": "FSE", "PLC": "PLC", "DTC": "DTC", "UN": "UN",
    "ISN": "ISN", "HOUSE": "HOUSE", "IS-INFORMED": "HOUSE", "IS_INFORMED": "HOUSE",
}  # fmt: skip
NOTHING = frozenset({"", "NONE", "NO", "NO MATCH", "NO_MATCH", "NOT LISTED", "CLEAN"})
# a list, and after it a mark, a footnote or a day
TOLD = re.compile(r"([A-Z_ -]+?)(?:\s*(?:[:,;(/]|\bFN|\bFOOTNOTE|\bSINCE\b|\bFROM\b|\d).*)?")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
FOOTNOTE = re.compile(r"(?:fn|footnote)\s*\.?\s*(\d)", re.IGNORECASE)
LEGAL = frozenset("co ltd limited inc llc corp corporation company gmbh ag sa".split())


def folded(name: str) -> str:
    """A name without case, marks and the words of its legal form, for telling whether two are written alike."""
    words = re.findall(r"\w+", name.casefold())
    return " ".join(word for word in words if word not in LEGAL) or " ".join(words)


@dataclass(frozen=True, slots=True)
class KnownParty:
    """A listed party as it is on file: every way its name is written, and its entries."""

    names: tuple[str, ...]
    entries: tuple[Listed, ...]
    group: str = ""


class Known:
    """The listed parties on file by name.

    `near` finds those whose name is merely alike. A name that holds the name of a family of listed parties
    (`FAMILY` or more on file, such as Huawei) may be an affiliate.
    """

    def __init__(self, parties: Iterable[KnownParty], near: Near | None = None) -> None:
        parties = tuple(parties)
        sizes = Counter(party.group for party in parties if party.group)
        self.families = {folded(group): group for group, size in sizes.items() if size >= FAMILY}
        self.by_name: dict[str, list[KnownParty]] = {}
        for party in parties:
            written = [*party.names, *([party.group] if sizes[party.group] == 1 else [])]
            for name in {each for one in written for each in _ways(one)}:
                self.by_name.setdefault(name, []).append(party)
        self.near = near
        self.kept: dict[tuple[str, str, str], tuple[Listed, ...]] = {}

    def __call__(self, name: str, listed_as: str, country: str) -> tuple[Listed, ...]:
        """The entries of a party. A listing that was told stands; one that is not on file is a possible match."""
        key = (name, listed_as, country)
        found = self.kept.get(key)
        if found is None:
            if len(self.kept) >= KEPT:
                self.kept.clear()
            found = self.kept[key] = tuple(dict.fromkeys(self._entries(name, listed_as, country)))
        return found

    def _entries(self, name: str, listed_as: str, country: str) -> Iterable[Listed]:
        if listed_as.upper() in NOTHING:
            return self._by_name(name, country)
        if named := self._exact(listed_as):
            return named
        told = TOLD.fullmatch(listed_as.upper())
        code = CODES.get(" ".join(told[1].split())) if told else None
        if code is None:
            return [Listed(listed_as, "?", None, certain=False)]
        on_file = [each for each in self._exact(name) if each.list == code]
        others = [each for each in self._by_name(name, country) if each.list != code]
        return [*(on_file or [_told(name, code, listed_as)]), *others]

    def _exact(self, name: str) -> list[Listed]:
        return [entry for party in self.by_name.get(folded(name), ()) for entry in party.entries]

    def _by_name(self, name: str, country: str) -> list[Listed]:
        """A name written like a listed one is that party wherever it says it is: the safe reading."""
        if not name:
            return []
        found = self._exact(name)
        if not found and self.near is not None:
            found = list(self.near(name, country))
        return found or self._family(name)

    def _family(self, name: str) -> list[Listed]:
        words = f" {folded(name)} "
        return [
            Listed(f"one of the {group} group", "EL", None, group=group, certain=False)
            for written, group in self.families.items()
            if f" {written} " in words
        ]


def _ways(name: str) -> set[str]:
    """A name, the name without a short name in brackets at its end, and that short name."""
    short = re.search(r"\(([^)]{4,})\)\s*$", name)
    return {folded(each) for each in (name, *((name[: short.start()], short[1]) if short else ()))} - {""}


def _told(name: str, code: str, listed_as: str) -> Listed:
    """A listing as the question tells it, without the entry: in effect, or from the day that is told with it."""
    informed = "IS_INFORMED" if "INFORMED" in listed_as.upper() else ""
    notes = tuple(int(each) for each in FOOTNOTE.findall(listed_as))
    since = None
    if day := DAY.search(listed_as):
        with suppress(ValueError):
            since = date.fromisoformat(day[0])
    return Listed(
        name, code, since, requirement_code=informed, footnotes=notes, edition="as told in the question"
    )

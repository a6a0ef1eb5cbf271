"""What is compared: listed parties with their names, the party asked about, and the forms a name takes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .names import Name, readings


@dataclass(frozen=True, slots=True)
class ListedName:
    """One name of a listed party; kind is primary, alias, weak, former or original (its own script)."""

    text: str
    kind: str = "primary"


@dataclass(frozen=True, slots=True)
class Entry:
    """A listed party as the matcher sees it. `identifiers` are (type, number)."""

    key: str
    list: str
    names: tuple[ListedName, ...]
    kind: str = ""
    countries: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()
    birth_dates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """The party asked about; only the name is needed."""

    name: str
    aliases: tuple[str, ...] = ()
    kind: str = ""
    countries: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()
    birth_date: str = ""

    def readings(self) -> list[Name]:
        """Every reading of every name of the party, each spelling once, the first name's first."""
        found: dict[tuple[str, ...], Name] = {}
        for text in (self.name, *self.aliases):
            for name in readings(text, kind=self.kind):
                found.setdefault(name.tokens or (name.text,), name)
        return list(found.values())


@dataclass(frozen=True, slots=True)
class Form:
    """One reading of one name of an entry: what is compared."""

    entry: int
    listed: ListedName
    name: Name


def identifier_key(number: str) -> str:
    """An identifier's letters and digits, upper-case; "" for one too short to mean anything."""
    key = re.sub(r"[^0-9A-Z]+", "", number.upper())
    return key if len(key) >= 5 and any(c.isdigit() for c in key) else ""


def forms_of(entry: Entry, position: int = 0) -> list[Form]:
    """Every reading of every name of an entry, each spelling once, weak aliases last."""
    found: dict[tuple[str, ...], Form] = {}
    for listed in sorted(entry.names, key=lambda n: n.kind == "weak"):
        for name in readings(listed.text, kind=entry.kind, listed=True):
            found.setdefault(name.tokens or (name.text,), Form(position, listed, name))
    return list(found.values())

"""Small listed worlds for the matcher's tests, written for them."""

from __future__ import annotations

from entities.matching.entries import Entry, ListedName, Query
from entities.matching.index import Index
from entities.matching.score import Match, search


def entry(name: str, *aliases: str, key: str = "", source: str = "EL", **facts: object) -> Entry:
    """An entry with a primary name and aliases; an alias that begins with "weak:" is a weak one."""
    names = [ListedName(name)]
    names += [
        ListedName(a.removeprefix("weak:"), "weak" if a.startswith("weak:") else "alias") for a in aliases
    ]
    return Entry(key=key or f"{source}:{name.casefold()}", list=source, names=tuple(names), **facts)  # type: ignore[arg-type]


def ask(index: Index, name: str, *, minimum: int = 70, **facts: object) -> list[Match]:
    """The matches of a name."""
    return search(Query(name, **facts), index, minimum=minimum)  # type: ignore[arg-type]


def hits(index: Index, name: str, **facts: object) -> list[str]:
    """The primary names that a name hits, the strongest first."""
    return [match.entry.names[0].text for match in ask(index, name, **facts)]

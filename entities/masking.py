"""Birth dates and document numbers of persons, masked until somebody asks to see them. Pure."""

from __future__ import annotations

import re
from typing import Any

PERSON = "individual"
PERSONAL = re.compile(
    r"birth|passport|identi|national id|tax id|ssn|document|license|cedula|curp|dob", re.IGNORECASE
)
HIDDEN = "Hidden: personal data"
KEPT = 2


def masked(text: str) -> str:
    """All but the last two letters or digits as dots: enough to compare by eye, too little to use."""
    found = [place for place, char in enumerate(text) if char.isalnum()]
    hide = set(found[:-KEPT] if len(found) > 2 * KEPT else found)
    return "".join("•" if place in hide else char for place, char in enumerate(text))


def is_personal(kind: str, name: str) -> bool:
    """Whether a fact of that name is masked for a party of that kind."""
    return kind == PERSON and bool(PERSONAL.search(name))


def identifier(kind: str, one: dict[str, Any]) -> dict[str, Any]:
    """A listed identifier with its number masked where it belongs to a person."""
    return {**one, "value": masked(one["value"])} if kind == PERSON else one


def evidence(found: dict[str, Any]) -> dict[str, Any]:
    """The evidence of a match on a person without birth dates and numbers; points and reasons stay."""
    if not found:
        return found
    rows = found.get("qualifiers", ())
    hidden = [row for row in rows if is_personal(PERSON, row["name"])]
    texts = {text for row in hidden for text in (row["ours"], row["listed"]) if text}
    shown = [
        {**row, "ours": masked(row["ours"]), "listed": masked(row["listed"])} if row in hidden else row
        for row in rows
    ]  # fmt: skip
    return {**found, "qualifiers": shown, "words": [_without(line, texts) for line in found.get("words", ())]}


def changes(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A difference of facts with the personal ones masked."""
    return [
        {**one, "gone": [masked(text) for text in one["gone"]], "new": [masked(text) for text in one["new"]]}
        if one["fact"] in ("identifiers", "birth_dates")
        else one
        for one in found
    ]


def _without(line: str, texts: set[str]) -> str:
    for text in texts:
        line = line.replace(text, masked(text))
    return line

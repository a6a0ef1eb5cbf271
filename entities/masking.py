"""Birth dates and document numbers of persons, masked until somebody asks to see them. Pure; the one place.

The full view is `looks.reveal`, which writes who looked at whom into the access log.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

PERSON = "individual"
PERSONAL = re.compile(
    r"birth|passport|identi|national id|tax id|ssn|document|license|cedula|curp|dob", re.IGNORECASE
)
HIDDEN = "Hidden: personal data"
DOT = "•"
KEPT = 2


def masked(text: str) -> str:
    """All but the last two letters or digits as dots: enough to compare by eye, too little to use."""
    found = [place for place, char in enumerate(text) if char.isalnum()]
    hide = set(found[:-KEPT] if len(found) > 2 * KEPT else found)
    return "".join(DOT if place in hide else char for place, char in enumerate(text))


def is_person(kind: str, births: Sequence[str] = ()) -> bool:
    """Whether a party or list entry is a person; one without a kind is, where a birth date is given."""
    return kind == PERSON or (not kind and bool(births))


def is_personal(kind: str, name: str) -> bool:
    """Whether a fact of that name is masked for a party of that kind."""
    return kind == PERSON and bool(PERSONAL.search(name))


def number(kind: str, value: str) -> str:
    """The number of a party of that kind as it is shown."""
    return masked(value) if kind == PERSON else value


def entry(content: Mapping[str, Any]) -> dict[str, Any]:
    """The content of a list entry as it is shown: of a person without numbers, birth dates and remarks.

    Remarks gather whatever else a source tells, numbers and birth dates among it.
    """
    told = dict(content)
    if is_person(told.get("kind", ""), told.get("birth_dates", ())):
        told["birth_dates"] = [masked(text) for text in told.get("birth_dates", ())]
        told["identifiers"] = [{**one, "value": masked(one["value"])} for one in told.get("identifiers", ())]
        told["remarks"] = HIDDEN if told.get("remarks") else ""
    return told


def fields(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What a list version changed of a person, as it is shown: [{field, before, after}]."""
    return [
        {**one, **{side: _said(one["field"], one[side]) for side in ("before", "after")}} for one in found
    ]


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


def event(verb: str, data: dict[str, Any]) -> dict[str, Any]:
    """The data of an event as it is told; the sealed text is untouched. What does not say whose it is, is masked."""
    told = dict(data)
    if isinstance(told.get("changes"), list):
        told["changes"] = changes(told["changes"])
    if verb == "party.registered" and told.get("kind", PERSON) == PERSON:
        told.update(_numbers(told))
    if verb == "party.changed" and told.get("person", True):
        told.update(
            {side: {**told[side], **_numbers(told[side])} for side in ("before", "after") if side in told}
        )
    return told


def _numbers(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The identifiers among the facts of an event: [[kind, value, country]]."""
    given = facts.get("identifiers")
    return {} if given is None else {"identifiers": [[one[0], masked(one[1]), *one[2:]] for one in given]}


def _said(field: str, value: Any) -> Any:
    if field == "remarks":
        return HIDDEN if value else value
    return entry({"kind": PERSON, field: value})[field] if field in ("birth_dates", "identifiers") else value


def _without(line: str, texts: set[str]) -> str:
    for text in texts:
        line = line.replace(text, masked(text))
    return line

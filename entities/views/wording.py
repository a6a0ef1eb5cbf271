"""The facts of list entries as one reads them: names of fields, values as lines, what differs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from exportctl.countries import COUNTRIES
from exportctl.templatetags.ui import day

from ..models import Effect, PolicyCode

WHO = {
    "name": "Name", "names": "Other names", "kind": "Kind", "addresses": "Addresses", "countries": "Countries",
    "identifiers": "Identifiers", "birth_dates": "Born", "remarks": "Remarks",
}  # fmt: skip
WHAT = {
    "effective_on": "Effective from", "published_on": "Published", "ended_on": "Ended", "effect": "Effect",
    "requirement_code": "Requirement code", "requirement_text": "License requirement",
    "policy_code": "License review policy", "policy_text": "Policy in words", "footnotes": "Footnotes",
    "scope": "Scope", "items": "Items", "citations": "Citations",
}  # fmt: skip
TITLES = {**WHO, **WHAT}
CHOICES = {"policy_code": dict(PolicyCode.choices), "effect": dict(Effect.choices), "countries": COUNTRIES}


def lines(name: str, value: Any) -> list[str]:
    """The value of a field as lines to read; none for an empty one."""
    values = value if isinstance(value, (list, tuple)) else [value]
    return [text for one in values if (text := _line(name, one))]


def _line(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        if "value" in value:
            where = f" ({value['country']})" if value.get("country") else ""
            return f"{value.get('kind', '')} {value['value']}{where}".strip()
        return str(value.get("text", ""))
    if value and name.endswith("_on"):
        return day(value if isinstance(value, date) else date.fromisoformat(str(value)))
    text = "" if value is None else str(value)
    return str(CHOICES.get(name, {}).get(text, text)) if text else ""


def differing(fields: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each changed field with its title and only those lines that went and that came."""
    found = []
    for one in fields:
        before, after = lines(one["field"], one["before"]), lines(one["field"], one["after"])
        found.append(
            {
                "title": TITLES.get(one["field"], one["field"]),
                "gone": [text for text in before if text not in after],
                "new": [text for text in after if text not in before],
            }
        )
    return found


def facts(content: Mapping[str, Any], names: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """The fields named that say something, each with its lines; a code only where no words say it."""
    told = {name: found for name in names if (found := lines(name, content.get(name)))}
    if "requirement_text" in told:
        told.pop("requirement_code", None)
    return [(names[name], found) for name, found in told.items()]

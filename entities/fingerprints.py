"""What a judgment of a hit rests on: the facts of both sides, their fingerprint, and how two sets differ. Pure.

Order, spacing, letter case, links, time stamps and remarks are no facts: they change nothing.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Facts = dict[str, list[str]]  # fact -> what it says, each once, sorted
Pair = dict[str, Facts]  # {"ours": ..., "listed": ...}

SIDES = {"ours": "Our", "listed": "Their"}
WORDS = {
    "names": "names", "kind": "kind", "countries": "countries", "addresses": "addresses",
    "identifiers": "identifiers", "birth_dates": "birth dates", "listing": "listing", "policy": "review policy",
}  # fmt: skip
# Of the remarks, which gather whatever else a source tells, these say who the entry is or what it does.
TELLING = re.compile(
    r"(programs|citizenship|nationality|place of birth|standard order|parent entity|[^:;]*directive[^:;]*): ",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Listed:
    """One list's entry as a judgment sees it."""

    list: str
    effective_on: str = ""
    ended_on: str = ""
    requirement: str = ""
    policy: str = ""
    footnotes: Sequence[int] = ()
    effect: str = ""
    scope: str = ""
    items: str = ""


def of_party(
    *, names: Iterable[str], kind: str, countries: Iterable[str], addresses: Iterable[str],
    identifiers: Iterable[str],
) -> Facts:  # fmt: skip
    """The facts of our party, in one order."""
    return {
        "names": _sorted(names), "kind": _sorted([kind]), "countries": _sorted(countries),
        "addresses": _sorted(addresses), "identifiers": _sorted(identifiers),
    }  # fmt: skip


def of_entry(
    *, names: Iterable[str], kind: str, countries: Iterable[str], addresses: Iterable[str],
    identifiers: Iterable[str], birth_dates: Iterable[str], remarks: str, listings: Iterable[Listed],
) -> Facts:  # fmt: skip
    """The facts of a list entry; of its remarks those that say who it is or what it does (programs, nationality)."""
    telling = [part for one in remarks.split(";") if TELLING.match(part := one.strip())]
    listings = list(listings)
    return {
        "names": _sorted(names), "kind": _sorted([kind]), "countries": _sorted(countries),
        "addresses": _sorted(addresses), "identifiers": _sorted(identifiers),
        "birth_dates": _sorted(birth_dates),
        "listing": _sorted([*(_listing(one) for one in listings), *telling]),
        "policy": _sorted(f"{one.list}: {one.policy}" for one in listings if one.policy),
    }  # fmt: skip


def fingerprint(pair: Mapping[str, Facts]) -> str:
    """SHA-256 over the facts as they compare: equal facts, equal print."""
    plain = {side: {fact: _keys(said) for fact, said in facts.items()} for side, facts in pair.items()}
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def differences(before: Mapping[str, Facts], now: Mapping[str, Facts]) -> list[dict[str, Any]]:
    """What differs between two sets of facts: [{side, fact, words, gone, new}], ours first.

    `gone` and `new` are what the fact no longer and newly says; an empty list means no relevant change.
    """
    found = []
    for side, words in SIDES.items():
        for fact, label in WORDS.items():
            was, has = before.get(side, {}).get(fact, []), now.get(side, {}).get(fact, [])
            old, new = {_key(one): one for one in was}, {_key(one): one for one in has}
            if old.keys() != new.keys():
                found.append({
                    "side": side, "fact": fact, "words": f"{words} {label}",
                    "gone": [old[key] for key in sorted(old.keys() - new.keys())],
                    "new": [new[key] for key in sorted(new.keys() - old.keys())],
                })  # fmt: skip
    return found


def _listing(one: Listed) -> str:
    notes = ", ".join(str(number) for number in sorted(one.footnotes))
    parts = [
        one.list, f"from {one.effective_on}" if one.effective_on else "",
        f"until {one.ended_on}" if one.ended_on else "", one.requirement, f"footnotes {notes}" if notes else "",
        one.effect, one.scope, one.items,
    ]  # fmt: skip
    return "; ".join(part for part in parts if part)


def _sorted(texts: Iterable[str]) -> list[str]:
    shown = {_key(text): " ".join(text.split()) for text in texts}
    return [shown[key] for key in sorted(shown) if key]


def _keys(texts: Iterable[str]) -> list[str]:
    return sorted({_key(text) for text in texts})


def _key(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())

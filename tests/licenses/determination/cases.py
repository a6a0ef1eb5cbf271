"""A question with every input supplied and negative, and what is asked of it."""

from __future__ import annotations

from datetime import date
from typing import Any

from licenses import named, seed
from licenses.determination import delivered, reading
from licenses.determination.assess import assess
from licenses.determination.case import ANSWERS, Assessment

RULES = delivered.rules(seed.policy_rules())
KNOWN = named.delivered_only()
DAY = "2026-08-06"
TODAY = date(2026, 8, 6)


def question(destination: str = "DE", *, party: dict[str, Any] | None = None, **facts: Any) -> dict[str, Any]:
    """A clean question of August 6, 2026 on 5A991 from the United States; `party` is the end user's part."""
    user = {"role": "end_user", "name": "Nordhafen Maschinenbau GmbH", "country": destination,
            "hq_country": destination}  # fmt: skip
    return {
        "id": "Q1", "date": DAY, "eccn": "5A991", "destination": destination, "type": "EXPORT", "value": 900,
        "jurisdiction": "EAR", "origin": "US", "end_use": "Spare parts of a packaging line",
        "end_use_answers": dict.fromkeys(ANSWERS, False), "red_flags": {"answered": True, "open": []},
        "parties": [user | (party or {})],
    } | facts  # fmt: skip


def answer(asked: dict[str, Any]) -> Assessment:
    """What the product says to a question, as the batch command says it."""
    read = reading.read(asked, KNOWN)
    assert read.on is not None
    return reading.with_doubts(assess(read.case, RULES, read.on), read.wrong)


def ask(destination: str = "DE", **facts: Any) -> Assessment:
    return answer(question(destination, **facts))


def codes(found: Assessment) -> list[str]:
    return [reason.code for reason in found.reasons]


def columns(found: Assessment) -> set[str]:
    return {reason.column for reason in found.reasons if reason.column}


def symbols(found: Assessment) -> set[str]:
    return {offer.symbol for offer in found.exceptions}

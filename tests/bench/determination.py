"""Determinations a second on one core: pure, and as lines of JSON in and out. The limit stands as the peer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import date

from licenses import named, seed
from licenses.determination import delivered, reading
from licenses.determination.assess import assess
from licenses.determination.case import ANSWERS, Result

LIMIT = 5_000  # cases a second and core
CASES = 100_000
PLACES = ("DE", "CN", "SG", "IR", "RU", "UA", "JP", "MY", "VN", "CA")
ECCNS = (
    "EAR99",
    "5A991",
    "3A001.a.7",
    "5A002",
    "3A090.b",
    "3B001.a.4",
    "9A610.x",
    "0A501.a",
    "3C001",
    "4A994",
)
NAMES = ("Nordhafen Maschinenbau GmbH", "HiSilicon", "Lantern Bay Precision Co.", "Mahan Air")
Row = tuple[str, float, float, float]


def run() -> list[Row]:
    """One hundred thousand questions: every place with every ECCN, some parties listed."""
    rules, known = delivered.rules(seed.policy_rules()), named.delivered_only()
    lines = [json.dumps(question(number)) for number in range(1000)] * (CASES // 1000)
    read = [reading.read(json.loads(line), known) for line in lines[:1000]]
    cases = [(each.case, each.on or date.max) for each in read] * (CASES // 1000)
    found = [assess(case, rules, on).result for case, on in cases[:1000]]
    assert len(set(found)) > 3 and Result.NLR in found
    pure = rate(lambda: [assess(case, rules, on) for case, on in cases])
    whole = rate(lambda: [told(line, rules, known) for line in lines])
    return [
        ("pure, cases a second", pure, LIMIT, pure / LIMIT),
        ("JSON line in, JSON line out, cases a second", whole, LIMIT, whole / LIMIT),
        ("what-if over 100,000 cases, seconds", CASES / pure, CASES / LIMIT, LIMIT / pure),
    ]


def question(number: int) -> dict[str, object]:
    place, eccn = PLACES[number % 10], ECCNS[number // 10 % 10]
    party = {"role": "end_user", "name": NAMES[number // 100 % 4 if number % 7 == 0 else 0], "country": place,
             "hq_country": place}  # fmt: skip
    return {
        "id": number, "date": "2026-08-06", "eccn": eccn, "destination": place, "type": "EXPORT", "value": 400,
        "jurisdiction": "EAR", "origin": "US", "end_use_answers": dict.fromkeys(ANSWERS, False),
        "red_flags": {"answered": True, "open": []}, "parties": [party],
    }  # fmt: skip


def told(line: str, rules: delivered.Rules, known: reading.Lookup) -> str:
    asked = reading.read(json.loads(line), known)
    return json.dumps(reading.told(assess(asked.case, rules, asked.on or date.max)))


def rate(work: Callable[[], list[object]]) -> float:
    started = time.process_time()
    return len(work()) / (time.process_time() - started)

"""Who is this? A query against a listed party: a score of 0 to 100 with the evidence it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from . import qualify
from .align import SHORT, Alignment, align
from .compare import Weights
from .explain import evidence_of
from .index import Entry, Form, Index, Query, forms_of
from .names import Name

ENGINE = "1.0.0"
REVIEW, STRONG = 70, 90
# (list, party kind) -> (review, strong); a missing key falls back to (list, ""), ("", kind), ("", "").
THRESHOLDS: dict[tuple[str, str], tuple[int, int]] = {("", ""): (REVIEW, STRONG)}
WEAK_EXACT, WEAK_FACTOR = 0.88, 0.86  # a weak or very short listed name: equal; merely alike
LEGAL_DIFFERS = 0.02
ROUGH_MARGIN = 0.12  # what qualifiers may add to a name: forms further below `minimum` are not explained


@dataclass(frozen=True, slots=True)
class Match:
    """A listed party, how strongly it meets the query (0 to 100), the band ("", review, strong) and why."""

    entry: Entry
    score: int
    band: str
    evidence: dict[str, Any] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Meeting:
    """One of our names against one listed name: `value` 0 to 1 after every rule about names."""

    ours: Name
    form: Form
    alignment: Alignment
    value: float
    weak: bool
    legal: str  # same, other or ""


def thresholds(list_code: str, kind: str) -> tuple[int, int]:
    """(review, strong) points for a list and a party kind."""
    for key in ((list_code, kind), (list_code, ""), ("", kind)):
        if key in THRESHOLDS:
            return THRESHOLDS[key]
    return THRESHOLDS["", ""]


def band_of(points: int, *, list_code: str = "", kind: str = "") -> str:
    """ "strong", "review" or "" for a score on a list."""
    review, strong = thresholds(list_code, kind)
    return "strong" if points >= strong else "review" if points >= review else ""


def meet(ours: Name, form: Form, *, weights: Weights, explain: bool = True) -> Meeting:
    """One reading of our name against one listed form."""
    listed = form.name
    alignment = align(ours, listed, weights=weights, explain=explain)
    value = alignment.value
    equal = ours.text == listed.text or (ours.compact == listed.compact and bool(ours.compact))
    if equal:
        value = 1.0
    weak = form.listed.kind == "weak" or (len(listed.compact) <= SHORT and bool(listed.tokens))
    if weak and not (
        equal and form.listed.kind == "primary" and ours.raw.casefold() == listed.raw.casefold()
    ):
        value = WEAK_EXACT if equal else value * WEAK_FACTOR
    legal = ""
    if ours.legal and listed.legal:
        legal = "same" if set(ours.legal) & set(listed.legal) else "other"
        if legal == "other" and value:
            value = max(0.0, value - LEGAL_DIFFERS)
    return Meeting(ours, form, alignment, value, weak, legal)


def _value(ours: Name, form: Form, weights: Weights) -> float:
    return meet(ours, form, weights=weights, explain=False).value


def _best(readings: Iterable[Name], forms: Iterable[Form], *, weights: Weights) -> Meeting | None:
    """The meeting of the greatest value; of equal ones the first by our reading, then the entry's."""
    best: Meeting | None = None
    forms = tuple(forms)
    for ours in readings:
        for form in forms:
            meeting = meet(ours, form, weights=weights, explain=False)
            if best is None or meeting.value > best.value:
                best = meeting
    return meet(best.ours, best.form, weights=weights) if best else None


@lru_cache(maxsize=8_192)
def _forms(entry: Entry) -> tuple[Form, ...]:
    return tuple(forms_of(entry))


def score(query: Query, entry: Entry, *, weights: Weights) -> Match:
    """How strongly the query meets one listed party, with the evidence; 0 where nothing meets.

    `weights` are those of the index searched (`index.weights`): the same weights give the same score.
    """
    meeting = _best(query.readings(), _forms(entry), weights=weights)
    return _judge(query, entry, meeting)


def _judge(query: Query, entry: Entry, meeting: Meeting | None) -> Match:
    name_points = round(100 * meeting.value) if meeting else 0
    qualifiers = qualify.qualifiers(query, entry)
    review, _ = thresholds(entry.list, entry.kind)
    points, rule = qualify.total(name_points, qualifiers, review=review)
    band = band_of(points, list_code=entry.list, kind=entry.kind)
    evidence = evidence_of(
        query=query, entry=entry, meeting=meeting, name_points=name_points, points=points,
        qualifiers=qualifiers, rule=rule, review=review,
    )  # fmt: skip
    return Match(entry, points, band, evidence)


def search(query: Query, index: Index, *, limit: int | None = None, minimum: int = REVIEW) -> list[Match]:
    """The listed parties that meet the query with at least `minimum` points, the strongest first.

    Ties by list, then key, so that the same index and query always give the same list; `limit` cuts it.
    """
    hopeful: set[int] = set(index.by_identifier(query))
    readings = query.readings()
    needed = minimum / 100 - ROUGH_MARGIN
    for ours in readings:
        for number in index.near(ours):
            form = index.forms[number]
            if form.entry not in hopeful and _value(ours, form, index.weights) >= needed:
                hopeful.add(form.entry)
    matches = []
    for position in sorted(hopeful):
        match = _judge(
            query, index.entries[position], _best(readings, index.forms_at(position), weights=index.weights)
        )
        if match.score >= minimum:
            matches.append(match)
    matches.sort(key=lambda m: (-m.score, m.entry.list, m.entry.key))
    return matches[:limit]

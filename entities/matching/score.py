"""Who is this? A query against a listed party: a score of 0 to 100 with the evidence it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from . import qualify
from .align import SHORT, Alignment, align
from .compare import Weights
from .entries import Entry, Form, Query, forms_of
from .explain import evidence_of
from .index import EMPTY, NO_COMPANY, SHORT_NAME, THING, WEAK, Index, legal_bits
from .names import Name

ENGINE = "2.1.0"
REVIEW, STRONG = 70, 90
# (list, party kind) -> (review, strong); a missing key falls back to (list, ""), ("", kind), ("", "").
THRESHOLDS: dict[tuple[str, str], tuple[int, int]] = {("", ""): (REVIEW, STRONG)}
WEAK_EXACT, WEAK_FACTOR = 0.88, 0.86  # a weak or very short listed name: equal; merely alike
LEGAL_DIFFERS = 0.02
SOUND_EXACT, SOUND_ONLY = 0.94, frozenset({"han", "arabic", "hebrew"})  # read by sound, a name is never equal
COMPANY_FACTOR = 0.85  # our name says company, the listed party is a person, ship or aircraft


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


def lowest_review() -> int:
    """The fewest points with which anything of any list becomes a hit."""
    return min(review for review, _ in THRESHOLDS.values())


def band_of(points: int, *, list_code: str = "", kind: str = "") -> str:
    """ "strong", "review" or "" for a score on a list."""
    review, strong = thresholds(list_code, kind)
    return "strong" if points >= strong else "review" if points >= review else ""


def meet(ours: Name, form: Form, *, weights: Weights) -> Meeting:
    """One reading of our name against one listed form."""
    alignment = align(ours, form.name, weights=weights)
    value, weak, legal = judged(ours, form, alignment.value)
    return Meeting(ours, form, alignment, value, weak, legal)


def judged(ours: Name, form: Form, value: float) -> tuple[float, bool, str]:
    """(value, weak, legal) once equality, weak names and legal forms have been looked at."""
    listed = form.name
    equal = ours.text == listed.text or (ours.compact == listed.compact and bool(ours.compact))
    if equal:
        value = SOUND_EXACT if ours.script in SOUND_ONLY and listed.script not in SOUND_ONLY else 1.0
    weak = form.listed.kind == "weak" or (len(listed.compact) <= SHORT and bool(listed.tokens))
    if (
        equal
        and weak
        and not (form.listed.kind == "primary" and ours.raw.casefold() == listed.raw.casefold())
    ):
        value = WEAK_EXACT
    legal = ""
    if ours.legal and listed.legal:
        legal = "same" if set(ours.legal) & set(listed.legal) else "other"
    thing = bool(ours.legal) and form.name.kind in NO_COMPANY
    return _lowered(value, weak and not equal, thing, legal == "other"), weak, legal


def _lowered(value: float, weak: bool, thing: bool, other: bool) -> float:
    """A value after what speaks against it: a weak name, a company beside a thing, another legal form."""
    if weak:
        value *= WEAK_FACTOR
    if thing:
        value *= COMPANY_FACTOR
    return max(0.0, value - LEGAL_DIFFERS) if other else value


@lru_cache(maxsize=8_192)
def _forms(entry: Entry) -> tuple[Form, ...]:
    return tuple(forms_of(entry))


def score(query: Query, entry: Entry, *, weights: Weights) -> Match:
    """How strongly the query meets one listed party, with the evidence; 0 where nothing meets.

    `weights` are those of the index searched (`index.weights`): the same weights give the same score.
    """
    return _judge(query, entry, _best(query.readings(), _forms(entry), weights=weights))


def _best(readings: Iterable[Name], forms: Iterable[Form], *, weights: Weights) -> Meeting | None:
    """The meeting of the greatest value; of equal ones the first by our reading, then the entry's."""
    best: Meeting | None = None
    forms = tuple(forms)
    for ours in readings:
        for form in forms:
            meeting = meet(ours, form, weights=weights)
            if best is None or meeting.value > best.value:
                best = meeting
    return best


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

    Ties by the name's own points, list and key, so that the same index and query always give the same list;
    `limit` cuts it.
    """
    readings = query.readings()
    helped, lowered = qualify.reach(query)
    best: dict[int, tuple[float, int, int]] = {}  # entry -> (value, reading, form), the first of the greatest
    for r, ours in enumerate(readings):
        for place in index.equal(ours):
            _offer(best, index, r, ours, place, None)
    least = max(0.01, (minimum - helped - 0.5) / 100)
    floor = least
    for r, ours in enumerate(readings):
        hopes = index.hopeful(
            ours, least=floor
        )  # looks its words up together, so that laying it out is cheap
        laid = index.laid(ours)
        for count, hope in enumerate(hopes):
            if limit and not count % 8 and len(best) >= limit:
                kept = sorted((value for value, _, _ in best.values()), reverse=True)[limit - 1]
                floor = max(least, kept - (helped + lowered + 0.5) / 100)
            if hope.bound < floor:
                break
            _offer(best, index, r, ours, hope.form, index.value(laid, hope.form))
    hopeful = {entry for entry, (value, _, _) in best.items() if round(100 * value) + helped >= minimum}
    matches = []
    for position in sorted(hopeful | set(index.by_identifier(query))):
        meeting = None
        if position in best:
            _, r, place = best[position]
            meeting = meet(readings[r], index.form(place), weights=index.weights)
        match = _judge(query, index.entries[position], meeting)
        if match.score >= minimum:
            matches.append(match)
    matches.sort(key=rank)
    return matches[:limit]


def ahead(queries: Iterable[Query], index: Index) -> None:
    """Look up the words of many queries together before they are searched: the same answers, sooner."""
    index.prepare(name for query in queries for name in query.readings())


def rank(match: Match) -> tuple[int, int, str, str]:
    """The order in which matches are told: the strongest first, by name where other facts fill the score up."""
    return (-match.score, -int(match.evidence["name_points"]), match.entry.list, match.entry.key)


def _offer(
    best: dict[int, tuple[float, int, int]],
    index: Index,
    reading: int,
    ours: Name,
    place: int,
    value: float | None,
) -> None:
    """Keep a form as the best of its entry where it is; `value` None: it is equal but for spacing."""
    entry, flags, legal = index.traits(place)
    if value is None:
        found = judged(ours, index.form(place), 0.0)[0]
    else:
        company = bool(ours.legal)
        found = _lowered(
            value,
            bool(flags & WEAK or (flags & SHORT_NAME and not flags & EMPTY)),
            company and bool(flags & THING),
            company and bool(legal) and not legal & legal_bits(ours.legal),
        )
    held = best.get(entry)
    if held is None or (-found, reading, place) < (-held[0], held[1], held[2]):
        best[entry] = (found, reading, place)

"""The evidence of a match as data and in plain words, ready for JSON and for the compare screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .align import Pair
from .entries import Entry, Query
from .qualify import Qualifier

if TYPE_CHECKING:
    from .score import Meeting

LEGAL_POINTS = 2
NO_HIT = "It would not have become a hit"
KINDS = {
    "alias": "alias",
    "weak": "weak alias",
    "former": "former name",
    "original": "name in its own script",
}


def evidence_of(
    *,
    query: Query,
    entry: Entry,
    meeting: Meeting | None,
    name_points: int,
    points: int,
    qualifiers: Sequence[Qualifier],
    rule: str,
    review: int,
) -> dict[str, Any]:
    """What a match rests on, JSON-ready; the points of `tokens` add up to `name_points`."""  # fmt: skip
    tokens = _tokens(meeting, name_points) if meeting else []
    listed = meeting.form.listed if meeting else entry.names[0] if entry.names else None
    return {
        "ours": meeting.ours.raw if meeting else query.name,
        "listed": listed.text if listed else "",
        "listed_kind": listed.kind if listed else "",
        "weak": bool(meeting and meeting.weak),
        "tokens": tokens,
        "qualifiers": [
            {"name": q.name, "ours": q.ours, "listed": q.listed, "points": q.points, "why": q.why}
            for q in qualifiers
        ],
        "name_points": name_points,
        "score": points,
        "words": _sentences(meeting, qualifiers, rule, name_points, points, review),
        "would_not_hit": _otherwise(tokens, qualifiers, rule, name_points, points, review),
    }


def _tokens(meeting: Meeting, name_points: int) -> list[dict[str, Any]]:
    pairs = list(meeting.alignment.pairs)
    rows: list[dict[str, Any]] = []
    legal = LEGAL_POINTS if meeting.legal == "same" and name_points > LEGAL_POINTS else 0
    for pair, points in zip(pairs, _divided(pairs, name_points - legal), strict=True):
        rows.append({"ours": pair.ours, "listed": pair.listed, "points": points, "why": pair.why})
    ours, listed = meeting.ours.legal_shown, meeting.form.name.legal_shown
    if ours or listed:
        why = {"same": "same legal form", "other": "another legal form"}.get(
            meeting.legal, "legal form, light"
        )
        rows.append({"ours": ours, "listed": listed, "points": legal, "why": why})
    return rows


def _divided(pairs: Sequence[Pair], points: int) -> list[int]:
    """The points divided by the pairs' shares in whole numbers that add up (largest remainders first)."""
    whole = sum(pair.share for pair in pairs)
    if not whole:
        return [points if i == 0 else 0 for i in range(len(pairs))]
    exact = [points * pair.share / whole for pair in pairs]
    given = [int(e) for e in exact]
    order = sorted(range(len(pairs)), key=lambda i: (given[i] - exact[i], i))
    for i in order[: points - sum(given)]:
        given[i] += 1
    return given


def _quoted(text: str) -> str:
    return f"\u201c{text}\u201d"


def _left(points: int) -> str:
    """What would remain of the score; one never falls below nothing."""
    return "no points left" if points <= 0 else f"{points} point{'' if points == 1 else 's'}"


def _sentences(
    meeting: Meeting | None, qualifiers: Sequence[Qualifier], rule: str, name_points: int, points: int,
    review: int,
) -> list[str]:  # fmt: skip
    said = []
    if meeting and name_points:
        kind = KINDS.get(meeting.form.listed.kind, "name")
        weak = ", which is weak evidence" if meeting.weak else ""
        listed = _quoted(meeting.form.listed.text)
        said.append(
            f"Our name {_quoted(meeting.ours.raw)} met the listed {kind} {listed}{weak}: "
            f"{name_points} of 100 points."
        )
        for pair in meeting.alignment.pairs:
            if pair.ours and pair.listed and not pair.why.startswith("same,") and pair.weight >= 0.3:
                said.append(f"{_quoted(pair.ours)} met {_quoted(pair.listed)}: {pair.why}.")
        if meeting.alignment.note:
            said.append(f"Held down because {meeting.alignment.note}.")
    else:
        said.append("The names do not meet.")
    for q in qualifiers:
        if q.floor and rule == "identifier":
            said.append(f"{q.name} {_quoted(q.ours)} equals the listed one: at least {q.floor} points.")
        elif q.points:
            said.append(f"{q.name}: {q.why} ({q.points:+d}).")
    if rule == "kept":
        said.append(
            f"What speaks against it lowers the score to the review line of {review} and never clears it."
        )
    said.append(f"Score {points}.")
    return said


def _otherwise(
    tokens: Sequence[dict[str, Any]], qualifiers: Sequence[Qualifier], rule: str, name_points: int,
    points: int, review: int,
) -> str:  # fmt: skip
    """What would have had to differ for it not to become a hit; "" for what is none."""
    if points < review:
        return ""
    if rule == "identifier":
        return f"{NO_HIT} if the identifier had been another: {name_points} points by name."
    met = [t for t in tokens if t["ours"] and t["listed"] and t["points"] > 0]
    needed = points - review + 1
    for token in sorted(met, key=lambda t: -t["points"]):
        if token["points"] >= needed:
            return (
                f"{NO_HIT} if {_quoted(token['ours'])} had been another word: "
                f"{_left(points - token['points'])}, under the review line of {review}."
            )
    for q in qualifiers:
        if q.points >= needed:
            return (
                f"{NO_HIT} without {q.name.lower()} ({q.why}): {_left(points - q.points)}, "
                f"under the review line of {review}."
            )
    gone, taken = 0, []
    for token in sorted(met, key=lambda t: -t["points"]):
        gone += token["points"]
        taken.append(_quoted(token["ours"]))
        if gone >= needed:
            break
    return (
        f"{NO_HIT} if {' and '.join(taken)} had been other words: {_left(points - gone)}, "
        f"under the review line of {review}."
    )

"""Two names laid side by side: which word met which, and how much of each name that is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import words
from .compare import DIGITS, Weights, alike
from .names import Name

JOIN_LEAST = 0.85
SHORT = 4  # names of so few characters meet only as they are
LIST_SHARE = 0.28  # how much the listed name's own words count beside ours
GENERIC_SHARE = 0.6  # the same where only light words met
ENOUGH = 0.55  # weight of the rarest met word from which a name counts as met by a rare word
NUMBER_CAP = 0.6
INITIALS_KINDS = frozenset({"", "individual"})


@dataclass(frozen=True, slots=True)
class Pair:
    """Words that met: as written on either side (either may be empty), likeness, reason, share of the whole."""

    ours: str
    listed: str
    likeness: float
    why: str
    share: float
    weight: float


@dataclass(frozen=True, slots=True)
class Alignment:
    """How two names meet: `value` 0 to 1, the pairs in our order, then the listed words left over."""

    value: float
    pairs: tuple[Pair, ...]
    note: str = ""


Word = tuple[str, str]  # compared, as written


def _words(name: Name) -> list[Word]:
    """The words of a name, each once."""
    seen: dict[str, str] = {}
    for token, shown in zip(name.tokens, name.shown, strict=True):
        seen.setdefault(token, shown)
    return list(seen.items())


def _join(left: list[Word], right: list[Word]) -> list[Word]:
    """`left` with two or three neighbours made one where they are one word in `right`."""
    known = {token for token, _ in left}
    goals = [token for token, _ in right if len(token) >= 4 and token not in known]
    if not goals or len(left) < 2:
        return left
    joined: list[Word] = []
    at = 0
    while at < len(left):
        for size in (3, 2):
            part = left[at : at + size]
            token = "".join(t for t, _ in part)
            if len(part) == size and any(
                token == goal
                or size == 2 and abs(len(goal) - len(token)) <= 1 and min(len(t) for t, _ in part) >= 2
                and len(token) >= 6 and alike(token, goal)[0] >= max(JOIN_LEAST, *(alike(t, goal)[0] for t, _ in part))
                for goal in goals
            ):  # fmt: skip
                joined.append((token, " ".join(shown for _, shown in part)))
                break
        else:
            size = 1
            joined.append(left[at])
        at += size
    return joined


def align(ours: Name, listed: Name, *, weights: Weights) -> Alignment:
    """The best one-to-one meeting of the words of two names, whatever their order.

    Our words left over cost dearly, the listed name's cheaply; where only light words met, both names must be
    nearly the same. Names of SHORT characters or fewer meet only as they are; a differing number caps the value.
    """
    if not ours.tokens or not listed.tokens:
        same = not ours.tokens and not listed.tokens and ours.text == listed.text and bool(ours.text)
        return Alignment(1.0 if same else 0.0, (Pair(ours.raw, listed.raw, 1.0, "same", 1.0, 1.0),) if same else ())
    mine, theirs = _words(ours), _words(listed)
    mine, theirs = _join(mine, theirs), _join(theirs, mine)
    wm = [weights.of(token) for token, _ in mine]
    wt = [weights.of(token) for token, _ in theirs]
    met = _meet(mine, theirs, wm, wt, exact=len(listed.compact) <= SHORT or len(ours.compact) <= SHORT)
    total_mine, total_theirs = max(sum(wm), 0.01), max(sum(wt), 0.01)
    rarest = max((likeness * min(wm[i], wt[j]) for i, j, likeness, _ in met), default=0.0)
    share = LIST_SHARE + (GENERIC_SHARE - LIST_SHARE) * max(0.0, 1 - rarest / ENOUGH)
    pairs = []
    value = 0.0
    for i, j, likeness, why in met:
        part = likeness * ((1 - share) * wm[i] / total_mine + share * wt[j] / total_theirs)
        value += part
        pairs.append((i, Pair(mine[i][1], theirs[j][1], likeness, _reason(mine[i], theirs[j], why, wt[j]), part, wt[j])))
    left = {i for i, *_ in met}
    pairs += [(i, Pair(w[1], "", 0.0, "only in ours", 0.0, wm[i])) for i, w in enumerate(mine) if i not in left]
    right = {j for _, j, *_ in met}
    pairs += [
        (len(mine) + j, Pair("", w[1], 0.0, "only on the list", 0.0, wt[j]))
        for j, w in enumerate(theirs) if j not in right
    ]  # fmt: skip
    value, note = _held_down(value, met, mine, theirs, wm, wt)
    return Alignment(min(1.0, value), tuple(p for _, p in sorted(pairs, key=lambda p: p[0])), note)


Met = list[tuple[int, int, float, str]]


def _meet(mine: list[Word], theirs: list[Word], wm: list[float], wt: list[float], *, exact: bool) -> Met:
    """One-to-one meetings (our word, listed word, likeness, why), the weightiest first."""
    offers = []
    for i, (ours, _) in enumerate(mine):
        for j, (listed, _) in enumerate(theirs):
            likeness, why = alike(ours, listed)
            if likeness and not (exact and likeness < 1):
                offers.append((-likeness * (wm[i] + wt[j]), i, j, likeness, why))
    met: Met = []
    taken_i: set[int] = set()
    taken_j: set[int] = set()
    for _, i, j, likeness, why in sorted(offers):
        if i not in taken_i and j not in taken_j:
            met.append((i, j, likeness, why))
            taken_i.add(i)
            taken_j.add(j)
    return met


def _held_down(
    value: float, met: Met, mine: list[Word], theirs: list[Word], wm: list[float], wt: list[float]
) -> tuple[float, str]:
    """The value after the rules that hold it down, and the rule that did."""
    left = [i for i in range(len(mine)) if i not in {m[0] for m in met}]
    right = [j for j in range(len(theirs)) if j not in {m[1] for m in met}]
    if any(DIGITS.search(mine[i][0]) for i in left) and any(DIGITS.search(theirs[j][0]) for j in right):
        return min(value * 0.75, NUMBER_CAP), "a number differs"
    heaviest = max((wt[j] * likeness for _, j, likeness, _ in met), default=0.0)
    missing = max((wt[j] for j in right), default=0.0)
    lost = max((wm[i] for i in left), default=0.0)
    if lost and missing:
        # Both sides hold a weighty word the other lacks: two firms of one trade rather than one firm.
        value *= 1 - 0.25 * min(lost, missing) * (1.0 if min(lost, missing) > 0.7 * heaviest else 0.4)
    if missing > heaviest:
        value *= 1 - 0.4 * (missing - heaviest)
        return value, "the rare word of the listed name is not in ours"
    return value, ""


def _reason(ours: Word, listed: Word, why: str, weight: float) -> str:
    token = listed[0]
    if " " in ours[1].strip() or " " in listed[1].strip():
        why = "joined"
    elif why == "same" and re.sub(r"\W", "", ours[1].casefold()) != re.sub(r"\W", "", listed[1].casefold()):
        why = "another spelling"
    if token.isdigit():
        return f"{why}, number"
    if (cap := words.LIGHT.get(token)) is not None:
        return f"{why}, {'filler word' if cap < 0.1 else 'trade word' if cap < 0.25 else 'place word'}"
    return f"{why}, rare word" if weight >= 0.45 else f"{why}, common word"

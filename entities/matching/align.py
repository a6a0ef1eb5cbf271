"""Two names laid side by side: which word met which, and how much of each name that is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from . import words
from .compare import DIGITS, Weights, alike
from .names import Name, fold

JOIN_LEAST = 0.9
SHORT = 4  # names of so few characters meet only as they are
LIST_SHARE = 0.28  # how much the listed name's own words count beside ours
GENERIC_SHARE = 0.6  # the same where only light words met
ENOUGH = 0.55  # weight of the rarest met word from which a name counts as met by a rare word
NUMBER_CAP = 0.6
SAYS_LITTLE, NOT_QUITE = 0.3, 0.87  # a name whose words all weigh less needs near equality
APART = 0.8  # how much words left over on both sides cost
ALONE = 0.3  # how much a slip in the only weighty word costs
INITIALS_KINDS = frozenset({"", "individual"})


@dataclass(frozen=True, slots=True)
class Pair:
    """Words that met, as written on either side (either may be empty), with likeness, reason and share."""

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


Word = tuple[str, str, str]  # compared, as written, as folded before its spelling was unified


def _words(name: Name) -> list[Word]:
    """The words of a name, each once."""
    return _words_of(name.tokens, name.shown)


@lru_cache(maxsize=131_072)
def _words_of(tokens: tuple[str, ...], shown: tuple[str, ...]) -> list[Word]:
    seen: dict[str, Word] = {}
    for token, text in zip(tokens, shown, strict=True):
        seen.setdefault(token, (token, text, fold(text).replace(" ", "") or token))
    return list(seen.values())


@lru_cache(maxsize=65_536)
def _neighbours(tokens: tuple[str, ...]) -> tuple[tuple[int, int, str], ...]:
    """(place, size, word) of every two and three neighbouring words written as one."""
    return tuple(
        (at, size, "".join(tokens[at : at + size]))
        for at in range(len(tokens) - 1) for size in (3, 2) if at + size <= len(tokens)
    )  # fmt: skip


def _join(left: list[Word], right: list[Word]) -> list[Word]:
    """`left` with two or three neighbours made one where they are one word in `right`."""
    if len(left) < 2:
        return left
    tokens = tuple(word[0] for word in left)
    goals = {word[0] for word in right if len(word[0]) >= 4}.difference(tokens)
    if not goals:
        return left
    found = {}
    for at, size, token in _neighbours(tokens):
        if at not in found and (token in goals or size == 2 and _near_one(token, tokens[at : at + 2], goals)):
            found[at] = (size, token)
    if not found:
        return left
    joined: list[Word] = []
    at = 0
    while at < len(left):
        size, token = found.get(at, (1, ""))
        joined.append(
            (token, " ".join(word[1] for word in left[at : at + size]), token) if token else left[at]
        )
        at += size
    return joined


def _near_one(token: str, parts: tuple[str, ...], goals: set[str]) -> bool:
    """Whether two words written as one are nearly one of the goals, and nearer than either of them alone."""
    if len(token) < 6 or len(parts[0]) < 2 or len(parts[1]) < 2:
        return False
    for goal in goals:
        if goal[0] == token[0] and abs(len(goal) - len(token)) <= 1:
            likeness = alike(token, goal)[0]
            if likeness >= JOIN_LEAST and likeness > max(alike(part, goal)[0] for part in parts):
                return True
    return False


def align(ours: Name, listed: Name, *, weights: Weights, explain: bool = True) -> Alignment:
    """The best one-to-one meeting of the words of two names, whatever their order.

    Our words left over cost dearly, the listed name's cheaply; where only light words met, both names must be
    nearly the same. Names of SHORT characters or fewer meet only as they are; a differing number caps the
    value. Without `explain` the pairs are left out.
    """
    if not ours.tokens or not listed.tokens:
        same = not ours.tokens and not listed.tokens and ours.text == listed.text and bool(ours.text)
        return Alignment(float(same), (Pair(ours.raw, listed.raw, 1.0, "same", 1.0, 1.0),) if same else ())
    mine, theirs = _words(ours), _words(listed)
    mine, theirs = _join(mine, theirs), _join(theirs, mine)
    wm = [weights.of(word[0]) for word in mine]
    wt = [weights.of(word[0]) for word in theirs]
    exact = len(listed.compact) <= SHORT or len(ours.compact) <= SHORT
    met = _meet(mine, theirs, wm, wt, exact=exact, initials=_initials(ours, listed))
    if not met:
        return Alignment(0.0, ())
    rarest = max(likeness * min(wm[i], wt[j]) for i, j, likeness, _ in met)
    share = LIST_SHARE + (GENERIC_SHARE - LIST_SHARE) * (1.0 if exact else max(0.0, 1 - rarest / ENOUGH))
    ours_each, theirs_each = (1 - share) / sum(wm), share / sum(wt)
    parts = [likeness * (ours_each * wm[i] + theirs_each * wt[j]) for i, j, likeness, _ in met]
    value, note = _held_down(sum(parts), met, mine, theirs, wm, wt)
    pairs = _pairs(met, parts, mine, theirs, wm, wt) if explain else ()
    return Alignment(min(1.0, value), pairs, note)


Met = list[tuple[int, int, float, str]]


def _pairs(
    met: Met, parts: list[float], mine: list[Word], theirs: list[Word], wm: list[float], wt: list[float]
) -> tuple[Pair, ...]:
    """The pairs in our order, our words left over in their place, the listed ones left over at the end."""
    placed = [
        (i, Pair(mine[i][1], theirs[j][1], likeness, _reason(mine[i], theirs[j], why, wt[j]), part, wt[j]))
        for (i, j, likeness, why), part in zip(met, parts, strict=True)
    ]
    left, right = {m[0] for m in met}, {m[1] for m in met}
    placed += [
        (i, Pair(word[1], "", 0.0, "only in ours", 0.0, wm[i]))
        for i, word in enumerate(mine)
        if i not in left
    ]
    placed += [
        (len(mine) + j, Pair("", word[1], 0.0, "only on the list", 0.0, wt[j]))
        for j, word in enumerate(theirs)
        if j not in right
    ]
    return tuple(pair for _, pair in sorted(placed, key=lambda one: one[0]))


def _initials(ours: Name, listed: Name) -> bool:
    """Whether a single letter may stand for a word: in names of people and where nothing says company."""
    kinds = {ours.kind, listed.kind}
    return "individual" in kinds or (kinds == {""} and not ours.legal and not listed.legal)


def _meet(
    mine: list[Word], theirs: list[Word], wm: list[float], wt: list[float], *, exact: bool, initials: bool
) -> Met:
    """One-to-one meetings (our word, listed word, likeness, why), the weightiest first."""
    offers = []
    for i, (ours, _, our_fold) in enumerate(mine):
        for j, (listed, _, listed_fold) in enumerate(theirs):
            likeness, why = alike(ours, listed)
            if likeness < 1 and (our_fold != ours or listed_fold != listed):
                likeness, why = max((likeness, why), alike(our_fold, listed_fold))
            if likeness and not (exact and likeness < 1) and (initials or why != "initial"):
                offers.append((-likeness * (wm[i] + wt[j]), i, j, likeness, why))
    offers.sort()
    met: Met = []
    taken_i: set[int] = set()
    taken_j: set[int] = set()
    for _, i, j, likeness, why in offers:
        if i not in taken_i and j not in taken_j:
            met.append((i, j, likeness, why))
            taken_i.add(i)
            taken_j.add(j)
    return met


def _held_down(
    value: float, met: Met, mine: list[Word], theirs: list[Word], wm: list[float], wt: list[float]
) -> tuple[float, str]:
    """The value after the rules that hold it down, and the rule that did."""
    if len(met) == len(mine) == len(theirs):
        left: list[int] = []
        right: list[int] = []
    else:
        met_i, met_j = {m[0] for m in met}, {m[1] for m in met}
        left = [i for i in range(len(mine)) if i not in met_i]
        right = [j for j in range(len(theirs)) if j not in met_j]
    if left and right:
        if any(DIGITS.search(mine[i][0]) for i in left) and any(DIGITS.search(theirs[j][0]) for j in right):
            return min(value * 0.75, NUMBER_CAP), "a number differs"
        # Both sides hold words the other lacks: two firms of one trade rather than one firm.
        value *= 1 - APART * min(sum(wm[i] for i in left) / sum(wm), sum(wt[j] for j in right) / sum(wt))
    if (left or right) and (max(wm) < SAYS_LITTLE or max(wt) < SAYS_LITTLE):
        return value * NOT_QUITE, "one of the names has only words that say little, and they are not all met"
    sure = unsure = heaviest = 0.0
    for i, j, likeness, _ in met:
        heaviest = max(heaviest, wt[j] * likeness)
        if likeness >= 0.99:
            sure += wt[j]
        else:
            unsure = max(unsure, min(wm[i], wt[j]) * (1 - likeness))
    value *= 1 - ALONE * unsure * max(0.0, 1 - sure / ENOUGH)
    missing = max((wt[j] for j in right), default=0.0)
    if missing > heaviest:
        return value * (1 - 0.4 * (missing - heaviest)), "the rare word of the listed name is not in ours"
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

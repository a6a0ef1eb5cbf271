"""Two names laid side by side: which word met which, and how much of each name that is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from . import words
from .compare import DIGITS, Weights, alike
from .names import BARE, Name
from .vocabulary import by_consonants, meets

SHORT = 4  # names of so few characters meet only as they are
SYLLABLE = 5  # letters of all but the longest Chinese syllables: three such words may be one elsewhere
LIST_SHARE = 0.28  # how much the listed name's own words count beside ours
GENERIC_SHARE = 0.6  # the same where only light words met
ENOUGH = 0.55  # weight from which a word makes its name more than light words
NUMBER_CAP = 0.6
SAYS_LITTLE, NOT_QUITE = 0.3, 0.87  # a name whose words all weigh less needs near equality
APART = 0.8  # how much words left over on both sides cost
SURE = 0.99  # a likeness from which a word counts as met as it is
HELD_FROM, HELD_SHARE, HELD_COST = 0.75, 0.999, 0.6  # weight and share of a listed name held whole by ours
ALONE = 0.3  # how much a slip in the only weighty word costs


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


Word = tuple[str, str]  # as compared, as written
# A possible meeting: what it is worth, our word's place and count, the listed one's, likeness.
Offer = tuple[float, int, int, int, int, float]


@lru_cache(maxsize=65_536)
def words_of(name: Name) -> tuple[Word, ...]:
    """The words of a name, each once."""
    seen: dict[str, Word] = {}
    for token, text in zip(name.tokens, name.shown, strict=True):
        seen.setdefault(token, (token, text))
    return tuple(seen.values())


def initials_count(ours: str, listed: str, *, legal: bool) -> bool:
    """Whether a single letter may stand for a word: in names of people and where nothing says company."""
    return "individual" in (ours, listed) or (not ours and not listed and not legal)


def settle(
    offers: list[Offer], wm: Sequence[float], wt: Sequence[float], *, exact: bool, numbers: tuple[int, int]
) -> tuple[float, list[Offer], str]:
    """(value, meetings, note) of the best one-to-one meeting among the offers, the most worthy first.

    `wm` and `wt` are the weights of our words and the listed ones, `numbers` the words with digits on either
    side as bits. `exact`: a name of SHORT characters or fewer, which meets only as it is.
    """
    offers.sort()
    met: list[Offer] = []
    ours_met = theirs_met = 0
    for offer in offers:
        _, i, ni, j, nj, likeness = offer
        mine, theirs = ((1 << ni) - 1) << i, ((1 << nj) - 1) << j
        if not (mine & ours_met or theirs & theirs_met or (exact and likeness < 1)):
            met.append(offer)
            ours_met |= mine
            theirs_met |= theirs
    if not met:
        return 0.0, met, ""
    met_weights = [
        (sum(wm[i : i + ni]) if ni > 1 else wm[i], sum(wt[j : j + nj]) if nj > 1 else wt[j], likeness)
        for _, i, ni, j, nj, likeness in met
    ]
    share = share_of(max(wm), max(wt))
    ours_all, theirs_all = sum(wm), sum(wt)
    ours_each, theirs_each = (1 - share) / ours_all, share / theirs_all
    value = sum(likeness * (ours_each * a + theirs_each * b) for a, b, likeness in met_weights)
    surely = sum(b for _, b, likeness in met_weights if likeness >= SURE)
    if len(wt) > 1 and theirs_all >= HELD_FROM and surely >= HELD_SHARE * theirs_all:
        value = held_whole(value)
    left = [k for k in range(len(wm)) if not ours_met >> k & 1]
    right = [k for k in range(len(wt)) if not theirs_met >> k & 1]
    if left and right:
        if numbers[0] & ~ours_met and numbers[1] & ~theirs_met:
            return min(value * 0.75, NUMBER_CAP), met, "a number differs"
        # Both sides hold words the other lacks: two firms of one trade rather than one firm.
        value *= 1 - APART * min(sum(wm[k] for k in left) / ours_all, sum(wt[k] for k in right) / theirs_all)
    if (left or right) and (max(wm) < SAYS_LITTLE or max(wt) < SAYS_LITTLE):
        return (
            value * NOT_QUITE,
            met,
            "one of the names has only words that say little, and they are not all met",
        )
    sure = unsure = heaviest = 0.0
    for a, b, likeness in met_weights:
        heaviest = max(heaviest, b * likeness)
        if likeness >= SURE:
            sure += b
        else:
            unsure = max(unsure, min(a, b) * (1 - likeness))
    value *= 1 - ALONE * unsure * max(0.0, 1 - sure / ENOUGH)
    missing = max((wt[k] for k in right), default=0.0)
    if missing > heaviest:
        return (
            value * (1 - 0.4 * (missing - heaviest)),
            met,
            "the rare word of the listed name is not in ours",
        )
    return value, met, ""


def held_whole(value: float) -> float:
    """The value where ours holds the whole listed name: what else ours holds costs less."""
    return 1 - HELD_COST * (1 - value)


def share_of(ours: float, theirs: float) -> float:
    """How much the listed name's own words count, from the weightiest word on either side."""
    return LIST_SHARE + (GENERIC_SHARE - LIST_SHARE) * max(0.0, 1 - min(ours, theirs) / ENOUGH)


def numbers_in(found: Sequence[Word]) -> int:
    """The words with digits, as bits."""
    return sum(1 << k for k, word in enumerate(found) if DIGITS.search(word[0]))


def align(ours: Name, listed: Name, *, weights: Weights) -> Alignment:
    """The best one-to-one meeting of the words of two names, whatever their order.

    Our words left over cost dearly, the listed name's cheaply; where only light words met, both names must be
    nearly the same. Two neighbouring words may meet one. Names of SHORT characters or fewer meet only as they
    are; a differing number caps the value.
    """
    if not ours.tokens or not listed.tokens:
        same = not ours.tokens and not listed.tokens and ours.text == listed.text and bool(ours.text)
        return Alignment(float(same), (Pair(ours.raw, listed.raw, 1.0, "same", 1.0, 1.0),) if same else ())
    mine, theirs = words_of(ours), words_of(listed)
    wm = [weights.of(word[0]) for word in mine]
    wt = [weights.of(word[0]) for word in theirs]
    exact = len(listed.compact) <= SHORT or len(ours.compact) <= SHORT
    bare = ours.script in BARE
    initials = initials_count(ours.kind, listed.kind, legal=bool(ours.legal or listed.legal))
    offers = _offers(mine, theirs, wm, wt, initials=initials, bare=bare)
    value, met, note = settle(offers, wm, wt, exact=exact, numbers=(numbers_in(mine), numbers_in(theirs)))
    return Alignment(min(1.0, value), _pairs(met, value, mine, theirs, wm, wt, bare=bare), note)


def _units(found: Sequence[Word]) -> list[tuple[int, int, str]]:
    """(place, count, text) of every word and of neighbours written as one."""
    return [(k, 1, word[0]) for k, word in enumerate(found)] + spans([word[0] for word in found])


def spans(tokens: Sequence[str]) -> list[tuple[int, int, str]]:
    """(place, count, text) of every two neighbours, and of three short ones, that may be one word elsewhere."""
    found = []
    for k in range(len(tokens) - 1):
        if tokens[k].isalpha() and tokens[k + 1].isalpha():
            pair = tokens[k] + tokens[k + 1]
            if len(pair) >= SHORT:
                found.append((k, 2, pair))
            if (
                k + 2 < len(tokens)
                and max(map(len, tokens[k : k + 3])) <= SYLLABLE
                and tokens[k + 2].isalpha()
            ):
                found.append((k, 3, pair + tokens[k + 2]))
    return found


def _offers(
    mine: Sequence[Word],
    theirs: Sequence[Word],
    wm: list[float],
    wt: list[float],
    *,
    initials: bool,
    bare: bool,
) -> list[Offer]:
    offers: list[Offer] = []
    listed_units = _units(theirs)
    for i, ni, own in _units(mine):
        for j, nj, other in listed_units:
            likeness = meets(own, other, joined=(ni > 1) + (nj > 1), bare=bare, last=i + ni == len(mine) > 1)
            if not likeness or (
                not initials and ni + nj == 2 and 1 in (len(own), len(other)) and own != other
            ):
                continue
            worth = sum(wm[i : i + ni]) + sum(wt[j : j + nj])
            offers.append((-likeness * worth, i, ni, j, nj, likeness))
    return offers


def _pairs(
    met: Sequence[Offer], value: float, mine: Sequence[Word], theirs: Sequence[Word], wm: list[float],
    wt: list[float], *, bare: bool,
) -> tuple[Pair, ...]:  # fmt: skip
    """The pairs in our order, our words left over in their place, the listed ones left over at the end."""
    worth = sum(-offer[0] for offer in met) or 1.0
    placed: list[tuple[int, Pair]] = []
    left, right = set(range(len(mine))), set(range(len(theirs)))
    for gain, i, ni, j, nj, likeness in met:
        own = "".join(word[0] for word in mine[i : i + ni])
        other = "".join(word[0] for word in theirs[j : j + nj])
        shown = (
            " ".join(word[1] for word in mine[i : i + ni]),
            " ".join(word[1] for word in theirs[j : j + nj]),
        )
        weight = sum(wt[j : j + nj])
        why = _reason(own, other, shown, joined=ni + nj > 2, bare=bare, weight=weight)
        placed.append((i, Pair(*shown, likeness, why, value * -gain / worth, weight)))
        left -= set(range(i, i + ni))
        right -= set(range(j, j + nj))
    placed += [(i, Pair(mine[i][1], "", 0.0, "only in ours", 0.0, wm[i])) for i in left]
    placed += [
        (len(mine) + j, Pair("", theirs[j][1], 0.0, "only on the list", 0.0, wt[j])) for j in sorted(right)
    ]
    return tuple(pair for _, pair in sorted(placed, key=lambda one: one[0]))


def _reason(own: str, other: str, shown: tuple[str, str], *, joined: bool, bare: bool, weight: float) -> str:
    likeness, why = alike(own, other)
    if bare and by_consonants(own, other) > likeness:
        why = "same consonants"
    if joined:
        why = "joined"
    elif why == "same" and re.sub(r"\W", "", shown[0].casefold()) != re.sub(r"\W", "", shown[1].casefold()):
        why = "another spelling"
    if other.isdigit():
        return f"{why}, number"
    if (cap := words.LIGHT.get(other)) is not None:
        return f"{why}, {'filler word' if cap < 0.1 else 'trade word' if cap < 0.25 else 'place word'}"
    return f"{why}, rare word" if weight >= 0.45 else f"{why}, common word"

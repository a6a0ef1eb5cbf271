"""How alike two words are, and what a word weighs."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from . import words

LEAST = 0.6  # words less alike than this do not meet
NUMBER_WEIGHT = 0.6
SHORT_WORDS = {1: 0.15, 2: 0.4, 3: 0.7}  # letters -> share of the weight a longer word would have
INITIAL = LEAST
SAME_STEM = 0.75
UNKNOWN_TOTAL = 50_000
DIGITS = re.compile(r"\d+")
SOUNDS = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        ("sch|tsh", "sh"), ("tch", "ch"), ("ph", "f"), ("[kg]h", "h"), ("ck|q|c(?!h)", "k"), ("x", "ks"),
        ("ou|oo|o", "u"), ("ee|ie|iy|ij|yi|ey|y|e", "i"), ("w", "v"), ("j|zh", "z"),
        ("ts|tz", "z"), ("th|dh", "t"),
    )
)  # fmt: skip
KNOWN = frozenset({*words.LIGHT, *words.SPELLINGS.values()})
LONG_LIGHT = sorted(word for word in (*words.LIGHT, *words.SPELLINGS) if len(word) > 4 and word.isalpha())
LONGEST_LIGHT = max(map(len, LONG_LIGHT))
SLIP_OF_LIGHT = 0.3  # what a slip of a light word weighs at most
DOUBLED = re.compile(r"(.)\1+")
# What the Arabic script leaves of a word, from either side: no short vowels, one letter for sounds it writes alike.
CONSONANTS = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        ("sch|tsh|tch|sh|ch", "s"), ("kh", "x"), ("gh", "g"), ("th", "t"), ("dh|zh", "z"), ("ph", "f"),
        ("ck|q|c", "k"), ("p", "b"), ("j", "g"), ("h$", ""),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Weights:
    """What each word weighs: 1 for a rare or unknown one, down to a few hundredths for one in every name.

    `counts` says in how many of `total` names a word occurs; the tables of light words cap the result. `number`
    names the profile the counts come from: the same profile gives the same scores, whatever the lists hold.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    total: int = UNKNOWN_TOTAL
    number: int = 0
    _known: dict[str, float] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of_names(cls, names: Iterable[tuple[str, ...]]) -> Weights:
        """Weights counted over names given as tokens; a small list counts as one of UNKNOWN_TOTAL names."""
        counts: dict[str, int] = {}
        total = 0
        for tokens in names:
            total += 1
            for token in set(tokens):
                counts[token] = counts.get(token, 0) + 1
        return cls(counts, max(total, UNKNOWN_TOTAL))

    def of(self, token: str) -> float:
        """The weight of one word, 0.03 to 1."""
        weight = self._known.get(token)
        if weight is None:
            weight = self._weigh(token)
            if len(self._known) < 400_000:
                self._known[token] = weight
        return weight

    def _weigh(self, token: str) -> float:
        if token.isdigit():
            return NUMBER_WEIGHT if len(token) > 1 else NUMBER_WEIGHT / 2
        count = self.counts.get(token, 0)
        rare = 1 - math.log(1 + count) / math.log(1 + self.total)
        short = SHORT_WORDS.get(len(token), 1.0)
        most = words.LIGHT.get(token, 1.0)
        if not count and token not in words.LIGHT and len(token) > 4 and token.isalpha():
            most = SLIP_OF_LIGHT if _slip_of_light(token) else 1.0
        return max(0.03, min(rare * short, most))


def _shorter(word: str, slips: int) -> set[str]:
    """The word and what is left of it less one letter or two."""
    found = {word}
    for _ in range(slips):
        found |= {one[:at] + one[at + 1 :] for one in found for at in range(len(one))}
    return found


@cache
def _light_but_for(slips: int) -> frozenset[str]:
    return frozenset().union(*(_shorter(word, slips) for word in LONG_LIGHT))


def _slip_of_light(token: str) -> bool:
    """Whether a word that no name holds is a word that says little with a slip in it ("companiy", "traje")."""
    far = 1 if len(token) < 8 else 2
    if len(token) > LONGEST_LIGHT + far:
        return False
    if _light_but_for(far).isdisjoint(_shorter(token, far)):
        return False  # words so few letters apart share what is left without them
    return process.extractOne(token, LONG_LIGHT, scorer=OSA.distance, score_cutoff=far) is not None


def stem(word: str) -> str:
    """What the common words of a family share: their first four letters or those of the word they stand for; ""
    for a word of no table."""
    return words.KIN.get(word, word)[:4] if word in KNOWN and len(word) >= 4 else ""


@lru_cache(maxsize=131_072)
def sound(token: str) -> str:
    """The word in a coarse spelling of its sound, for names that came through two transliterations."""
    for pattern, by in SOUNDS:
        token = pattern.sub(by, token)
    return DOUBLED.sub(r"\1", token).removesuffix("h") or token


@lru_cache(maxsize=131_072)
def skeleton(token: str) -> str:
    """First letter and the consonants of the sound: what an Arabic or Hebrew spelling leaves of a word."""
    spoken = sound(token)
    return spoken[:1] + re.sub("[aeiou]", "", spoken[1:]).replace("h", "")


@lru_cache(maxsize=131_072)
def consonants(token: str) -> str:
    """The consonants a word keeps in a script that writes no short vowels; "" where fewer than two are left."""
    for pattern, by in CONSONANTS:
        token = pattern.sub(by, token)
    kept = DOUBLED.sub(r"\1", re.sub("[aeiouywv]", "", token))
    return kept if len(kept) >= 2 else ""


@lru_cache(maxsize=262_144)
def alike(ours: str, listed: str) -> tuple[float, str]:
    """(0 to 1, why) for two words. Under LEAST they do not meet: (0, "").

    Numbers meet only when equal; words of three letters and fewer only when equal or as an initial; four
    letters allow no more than one slip. Words that meet by spelling are at most two letters apart, by sound
    they share it or its consonants: an index by those finds every word that meets another.
    """
    if ours == listed:
        return 1.0, "same"
    short, long = (ours, listed) if len(ours) <= len(listed) else (listed, ours)
    if not (ours.isalpha() and listed.isalpha()):
        return _with_digits(ours, listed)
    if len(short) == 1:
        return (INITIAL, "initial") if long[0] == short else (0.0, "")
    if len(short) <= 2:
        return 0.0, ""
    best = (0.0, "")
    if long.startswith(short):
        if len(short) >= 4 or (len(short) == 3 and short in words.LIGHT):
            whole = 0.66 + 0.3 * len(short) / len(long)
            best = (whole if short == ours or len(long) - len(short) <= 2 else whole * 0.8, "cut off")
        elif len(long) - len(short) <= 1:
            best = (0.65, "cut off")
    if len(short) > 3 and ours in KNOWN and listed in KNOWN:
        # "american" and "african" are words, not slips of each other; "technical" and "technology" are of one stem
        return max(best, (SAME_STEM, "same stem")) if stem(ours) == stem(listed) else (0.0, "")
    if len(short) == 3:
        return best if best[0] >= LEAST else (0.0, "")
    best = max(best, _by_letters(ours, listed, len(short), len(long)))
    if best[0] < 0.92 and sound(ours)[0] == sound(listed)[0]:
        best = max(best, _by_sound(ours, listed))
    return best if best[0] >= LEAST else (0.0, "")


def _by_letters(ours: str, listed: str, short: int, long: int) -> tuple[float, str]:
    slips = OSA.distance(ours, listed, score_cutoff=2)
    if slips == 1:
        return (0.7 if short == 4 else 0.99 - 1.0 / long), "one letter differs"
    if slips == 2 and long >= 6:
        near = 0.5 * (1 - 2 / long) + 0.5 * JaroWinkler.similarity(ours, listed)
        return (0.94 * near if long < 8 else near), "two letters differ"
    return 0.0, ""


def _by_sound(ours: str, listed: str) -> tuple[float, str]:
    if sound(ours) == sound(listed):
        return 0.92, "same sound"
    bones = skeleton(ours)
    if bones == skeleton(listed) and len(bones) >= (4 if bones[0] in "aiu" else 3):
        bare = ours in (bones, sound(ours)) and not re.search("[aeiou]", ours[1:])
        bare = bare or not re.search("[aeiou]", listed[1:])
        return (
            0.85 if bare else 0.78 if len(bones) >= 5 else 0.7 if len(bones) == 4 else 0.64
        ), "same consonants"
    return 0.0, ""


def plain(token: str) -> str:
    """A word of letters and digits with the digits that look like letters read as these."""
    return token.translate(words.LEET)


def _with_digits(ours: str, listed: str) -> tuple[float, str]:
    """Words with digits: a digit that looks like a letter is a slip, other digits must be equal."""
    if ours.isdigit() or listed.isdigit():
        return 0.0, ""
    if DIGITS.findall(ours) == DIGITS.findall(listed):
        slips = OSA.distance(ours, listed, score_cutoff=1)
        return (0.85, "one letter differs") if slips == 1 and len(ours) >= 6 else (0.0, "")
    if not (ours.isalpha() or listed.isalpha()):
        return 0.0, ""
    first, second = plain(ours), plain(listed)
    if len(ours) < 4 or not (first.isalpha() and second.isalpha()):
        return 0.0, ""
    if first == second:
        return 0.94, "digit for a letter"
    if len(ours) >= 5 and OSA.distance(first, second, score_cutoff=1) == 1:
        return 0.94 * _by_letters(first, second, *sorted((len(first), len(second))))[0], "digit for a letter"
    return 0.0, ""

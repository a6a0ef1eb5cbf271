"""Legal forms of companies: found whatever the slips in them, taken off a name, told by their class."""

from __future__ import annotations

import re
from functools import cache, lru_cache

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from . import words
from .keys import Table, keys_of, table_of_words

Pairs = list[tuple[str, str]]  # (folded word, word as written)
MAX_PHRASE = 6
LONG_PHRASE = 11  # letters from which a phrase may hold two slips
CUT_PHRASE, CUT_WORD = (
    7,
    4,
)  # letters that must be left of a phrase, of a word, that the end of a name cut off
CUT_WORDS = ("limited", "company", "corporation", "incorporated")
LEGAL_WORDS = frozenset(
    word for phrase in words.LEGAL_ANYWHERE for word in phrase.split()
    if len(word) >= 6 and word not in words.LIGHT and word not in words.SPELLINGS
) | {"limited", "company", "corporation"}  # fmt: skip
GLUED = re.compile(r"(ojsc|pjsc|cjsc|jsc|llc)(?=[a-z]{4})(.+)|(.{4,})(limited|company|gmbh|ltd|jsc|llc)")
LEGAL_PARTS = frozenset(word for phrase in words.LEGAL_ANYWHERE for word in phrase.split())
LEGAL_PARTS_LONG = tuple(sorted(part for part in LEGAL_PARTS if len(part) >= 4))
PHRASES = tuple(
    sorted(phrase for phrase in words.LEGAL_ANYWHERE if " " in phrase and len(phrase) > LONG_PHRASE)
)


def taken_off(pairs: Pairs) -> tuple[Pairs, tuple[str, ...], str]:
    """(words without legal forms, classes of the forms in order of their place, their wording).

    A name that is nothing but legal forms keeps its words.
    """
    return _without_legal_form(_mend_phrases(_mend_words(pairs)))


def _mend_phrases(pairs: Pairs) -> Pairs:
    """The words with a legal phrase of several words put right: two slips in it, or the end of a name in it."""
    if len(pairs) > 1 and (whole := _word_cut(pairs[-1][0])):
        pairs = [*pairs[:-1], (whole, pairs[-1][1])]
    if not any(token in LEGAL_PARTS for token, _ in pairs):
        return pairs
    legal = [token in LEGAL_PARTS or _nearly_legal(token) for token, _ in pairs]
    mended: Pairs = []
    at = 0
    while at < len(pairs):
        reach = next((k for k in range(at, len(pairs)) if not legal[k]), len(pairs))
        for size in range(min(MAX_PHRASE, max(reach, len(pairs)) - at), 1, -1):
            last = at + size == len(pairs)
            if at + size - last > reach:
                continue  # a word in it is nowhere near a legal one; only the last may be cut beyond knowing
            tokens = tuple(token for token, _ in pairs[at : at + size])
            if phrase := _phrase_meant(tokens, last=last):
                shown = " ".join(shown for _, shown in pairs[at : at + size])
                mended += [(word, shown) for word in phrase.split()]
                at += size
                break
        else:
            mended.append(pairs[at])
            at += 1
    return mended


@lru_cache(maxsize=131_072)
def _nearly_legal(token: str) -> bool:
    """Whether a word is up to two slips off a word of a legal phrase."""
    if len(token) < 4:
        return False
    return process.extractOne(token, LEGAL_PARTS_LONG, scorer=OSA.distance, score_cutoff=2) is not None


@lru_cache(maxsize=65_536)
def _phrase_meant(tokens: tuple[str, ...], *, last: bool) -> str:
    """The legal phrase that words were meant for; "" where they are one already or are none."""
    if not any(token in LEGAL_PARTS for token in tokens) or " ".join(tokens) in words.LEGAL_ANYWHERE:
        return ""
    if all(token in LEGAL_PARTS or token in words.LEGAL_AT_END for token in tokens):
        return ""
    text = "".join(tokens)
    if last and len(text) >= CUT_PHRASE:
        cut = [phrase for phrase in PHRASES if phrase.replace(" ", "").startswith(text)]
        if cut and tokens[0] in LEGAL_PARTS:
            return min(cut, key=lambda phrase: (len(phrase), phrase))
    if len(text) < LONG_PHRASE - 1:
        return ""
    _, found = _phrase_table().find(keys_of(text, 2))
    near = [PHRASES[int(place)] for place in np.unique(found)]
    near = [
        phrase for phrase in near
        if phrase.count(" ") + 1 == len(tokens) and OSA.distance(text, phrase.replace(" ", ""), score_cutoff=2) <= 2
    ]  # fmt: skip
    return near[0] if len(near) == 1 else ""


@cache
def _phrase_table() -> Table:
    compact = [phrase.replace(" ", "") for phrase in PHRASES]
    return table_of_words(compact, [2] * len(compact))


def _word_cut(token: str) -> str:
    """The legal word whose beginning a last word is; "" for a word of its own."""
    if len(token) < CUT_WORD or token in LEGAL_PARTS or token in words.LEGAL_AT_END or token in words.LIGHT:
        return ""
    return next((word for word in CUT_WORDS if word.startswith(token) and word != token), "")


def _mend_words(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The words with slips in legal forms mended: a letter off ("limted"), cut ("incorpor"), "li mited"."""
    mended: list[tuple[str, str]] = []
    pairs = [
        (part, shown) for token, shown in pairs for part in (_unglued(token) if len(token) > 6 else (token,))
    ]
    at = 0
    while at < len(pairs):
        token, shown = pairs[at]
        following = pairs[at + 1][0] if at + 1 < len(pairs) else ""
        if token + following in LEGAL_WORDS and following and not {token, following} & LEGAL_PARTS:
            mended.append((token + pairs[at + 1][0], f"{shown} {pairs[at + 1][1]}"))
            at += 1
        else:
            mended.append((_legal_word(token), shown))
        at += 1
    return mended


@lru_cache(maxsize=131_072)
def _unglued(token: str) -> tuple[str, ...]:
    """A word with a legal form stuck to it ("ojscorenburgneft", "manuramalimited") as two."""
    if token in LEGAL_WORDS or not (found := GLUED.fullmatch(token)):
        return (token,)
    return tuple(part for part in found.groups() if part)


@lru_cache(maxsize=131_072)
def _legal_word(token: str) -> str:
    """The legal word a token is one slip off or cut off from; the token itself where none or several are."""
    if (
        len(token) < 5
        or token in LEGAL_WORDS
        or token in words.SPELLINGS
        or token in words.LIGHT
        or not token.isalpha()
    ):
        return token
    found = [
        word for word in sorted(LEGAL_WORDS)
        if (abs(len(word) - len(token)) <= 1 and OSA.distance(word, token, score_cutoff=1) == 1)
        or (len(token) >= 8 and word.startswith(token))
    ]  # fmt: skip
    return found[0] if len(found) == 1 else token


def _phrase(pairs: list[tuple[str, str]], start: int, end: int) -> str:
    return " ".join(token for token, _ in pairs[start:end])


def _without_legal_form(pairs: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], tuple[str, ...], str]:
    """The words without legal forms, the forms' classes in order of their place, their wording."""
    taken: dict[int, str] = {}
    end = len(pairs)
    while size := _longest(pairs, end, (words.LEGAL_ANYWHERE, words.LEGAL_AT_END)):
        phrase = _phrase(pairs, end - size, end)
        taken.update(
            dict.fromkeys(
                range(end - size, end), words.LEGAL_ANYWHERE.get(phrase) or words.LEGAL_AT_END[phrase]
            )
        )
        end -= size
    at = 0
    while at < end:
        leads = all(i in taken for i in range(at))
        tables = (words.LEGAL_ANYWHERE, words.LEGAL_AT_START) if leads else (words.LEGAL_ANYWHERE,)
        for size in range(min(MAX_PHRASE, end - at), 0, -1):
            phrase = _phrase(pairs, at, at + size)
            if label := next((table[phrase] for table in tables if phrase in table), ""):
                taken.update(dict.fromkeys(range(at, at + size), label))
                break
        else:
            size = 1
        at += size
    if len(taken) == len(pairs):
        return pairs, (), ""
    kept = [pair for i, pair in enumerate(pairs) if i not in taken]
    classes = tuple(dict.fromkeys(taken[i] for i in sorted(taken)))
    return kept, classes, " ".join(dict.fromkeys(pairs[i][1] for i in sorted(taken)))


def _longest(pairs: list[tuple[str, str]], end: int, tables: tuple[dict[str, str], ...]) -> int:
    for size in range(min(MAX_PHRASE, end), 0, -1):
        phrase = _phrase(pairs, end - size, end)
        if any(phrase in table for table in tables):
            return size
    return 0

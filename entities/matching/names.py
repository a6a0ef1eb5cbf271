"""A name as it is compared: script folded, look-alikes folded, split into words, legal form taken off."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from anyascii import anyascii
from rapidfuzz.distance import OSA

from . import abjad, han, legal, words
from .han import HAN

MAX_LENGTH = 2_000  # characters read of a name; the longest listed one has 381
MAX_TOKENS = 60
LONG = 8  # letters from which a word one slip off a table word is taken for it
MARKS = "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0900-\u109f\u1780-\u17ff"
WORD = re.compile(
    rf"\b(?:[^\W\d_]\.)+[^\W\d_]\b\.?"  # B.V., S.A.
    rf"|(?:[^\W_]|[{MARKS}])+(?:['\u2019\u02bc`\u00b4\u2018](?:[^\W_]|[{MARKS}])+)*"  # Xi'an in one word
)
PERSON_WORD = re.compile(WORD.pattern.split("|", 1)[1])
AND = re.compile(r"\b(\w{1,2})&(\w{1,2})\b")  # R&D, AT&T
ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
SPLIT = re.compile(
    r"\s*[;,(\[]?\s*(?:\b(?:[afn]\.?\s?k\.?\s?a\b|d\s?[./]\s?b\s?[./]\s?a\b|dba\b|"
    r"formerly(?: known as)?\b|also known as\b|now known as\b|trading as\b|doing business as\b|"
    r"on behalf of\b|"
    r"previously\b|ex-)|\bc/o\b)[.,:]*\s*"
    r"|\s*;\s*(?:and any successor.*)?",
    re.IGNORECASE | re.DOTALL,
)
FAMILY = re.compile(r"(?:affiliated entity|subordinate institution)\s*[-:\u2013]\s*", re.IGNORECASE)
VESSEL = re.compile(r"^\s*(?:m\s?[/.]\s?[vt]\.?|m[vt]|s\s?[/.]\s?s\.?|f\s?/\s?v)\s+", re.IGNORECASE)
RANGES = (
    ("latin", 0x41, 0x24F), ("greek", 0x370, 0x3FF), ("cyrillic", 0x400, 0x52F), ("armenian", 0x530, 0x58F),
    ("hebrew", 0x590, 0x5FF), ("arabic", 0x600, 0x8FF), ("devanagari", 0x900, 0x97F), ("thai", 0xE00, 0xE7F),
    ("latin", 0x1E00, 0x1EFF), ("kana", 0x3040, 0x30FF), ("han", 0x3400, 0x9FFF), ("hangul", 0xAC00, 0xD7AF),
    ("arabic", 0xFB50, 0xFEFC), ("han", 0x20000, 0x3FFFF),
)  # fmt: skip
BARE = frozenset({"arabic", "hebrew"})  # scripts that leave short vowels out


@dataclass(frozen=True, slots=True)
class Name:
    """One reading of a name.

    `tokens` are what is compared (one spelling a word), `shown` the same words as they were written, `legal`
    the classes of the legal forms taken off and `legal_shown` their wording; `part` says what of the raw name
    was read: whole, outside (the brackets), inside, before or after a marker such as "formerly", brand (a
    Chinese brand by its English name).
    """

    raw: str
    text: str
    tokens: tuple[str, ...]
    legal: tuple[str, ...] = ()
    script: str = ""
    kind: str = ""
    shown: tuple[str, ...] = ()
    legal_shown: str = ""
    part: str = "whole"

    @property
    def compact(self) -> str:
        """The tokens without blanks: what is left when spacing is ignored."""
        return "".join(self.tokens)


def clean(raw: str) -> str:
    """NFKC without control, format, surrogate and private characters, single blanks, cut at MAX_LENGTH."""
    if raw.isascii() and raw.isprintable():
        return " ".join(raw[:MAX_LENGTH].split())
    text = unicodedata.normalize("NFKC", raw[: MAX_LENGTH * 2])
    kept = [
        " " if category in ("Cc", "Zl", "Zp", "Zs") else c
        for c in text
        if (category := unicodedata.category(c)) not in ("Cf", "Cs", "Co", "Cn")
    ]
    return " ".join("".join(kept)[:MAX_LENGTH].split())


def script_of(text: str) -> str:
    """The script most letters of the text are in; "" where it has no letters."""
    if text.isascii():
        return "latin" if any(c.isalpha() for c in text) else ""
    counts: dict[str, int] = {}
    for c in text:
        if c.isalpha():
            found = next((name for name, low, high in RANGES if low <= ord(c) <= high), "other")
            counts[found] = counts.get(found, 0) + 1
    return max(sorted(counts), key=lambda s: counts[s]) if counts else ""


def normalise(raw: str, *, kind: str = "") -> Name:
    """The name as it is compared. Never raises, whatever the text holds.

    A name whose words are all legal forms keeps them; one without any letter or digit keeps its bare text, so
    that only an equal one can meet it. `kind` individual leaves legal forms alone, vessel drops "M/V".
    """
    return _reading(raw, clean(raw), kind=kind, part="whole")


@lru_cache(maxsize=32_768)
def readings(raw: str, kind: str = "", listed: bool = False) -> tuple[Name, ...]:
    """Every way a name is read: whole, without its brackets, what the brackets hold, either side of a marker
    ("formerly", "c/o", "a.k.a."), each script of a name written in two. The whole name comes first.

    What a `listed` name holds in brackets is read by itself only where it is a short form, not a place.
    """
    text = clean(raw)
    parts = {"whole": [text]}
    if len(family := FAMILY.split(text)) > 1:
        # "Parent. Affiliated Entity: Child" names the child; the parent is an entry of its own.
        return (_reading(raw, text, kind=kind, part="whole"), *readings(family[-1], kind=kind, listed=listed))
    if not text.isascii() and HAN.search(text):
        parts["brand"] = han.branded(text)
    outside = " ".join(BRACKETS.sub(" ", text).split())
    if outside != text:
        parts["outside"] = [outside]
        known = outside.casefold()
        parts["inside"] = [
            inside.strip() for inside in BRACKETS.findall(text)
            if not listed or inside.isupper() or inside.split(" ")[0].casefold() in known
            or any(map(str.isdigit, inside))
        ]  # fmt: skip
    if len(halves := [half for half in SPLIT.split(text) if half and half.strip(" ()[],.")]) > 1:
        parts["before"], parts["after"] = halves[:1], halves[1:]
        parts["before"].append(" ".join(BRACKETS.sub(" ", halves[0]).split()))
    if not text.isascii() and HAN.search(text) and re.search("[A-Za-z]{3}", text):
        parts.setdefault("inside", []).append(" ".join(HAN.sub(" ", text).split()))
        parts["inside"].append(" ".join(HAN.findall(text)))
    if not text.isascii() and _all_look_alike(text):
        parts.setdefault("outside", []).append(text.translate(words.LOOK_ALIKE))
    found: dict[tuple[str, ...], Name] = {}
    for part, texts in parts.items():
        for one in texts:
            name = _reading(raw, one, kind=kind, part=part)
            if part == "whole" or (name.tokens and _speaks(name)):
                found.setdefault(name.tokens, name)
    return tuple(found.values())


def _speaks(name: Name) -> bool:
    """Whether a part of a name can stand for the whole: three characters and a word that is not light."""
    return len(name.compact) >= 3 and any(t not in words.LIGHT and not t.isdigit() for t in name.tokens)


def _all_look_alike(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return len(letters) >= 3 and all(c.translate(words.LOOK_ALIKE).isascii() for c in letters)


def _reading(raw: str, text: str, *, kind: str, part: str) -> Name:
    if kind == "vessel":
        text = VESSEL.sub("", text) or text
    script = script_of(text)
    pairs = _words(text, script=script, kind=kind)[:MAX_TOKENS]
    classes: tuple[str, ...] = ()
    legal_shown = ""
    if kind != "individual" and pairs:
        pairs, classes, legal_shown = legal.taken_off(pairs)
    tokens = tuple(spelling(token) for token, _ in pairs)
    return Name(
        raw=raw,
        text=" ".join(tokens) or text.casefold(),
        tokens=tokens,
        legal=classes,
        script=script,
        kind=kind,
        shown=tuple(shown for _, shown in pairs),
        legal_shown=legal_shown,
        part=part,
    )


def _words(text: str, *, script: str, kind: str) -> list[tuple[str, str]]:
    """(folded word, word as written) of a text."""
    if "&" in text:
        text = AND.sub(r"\1\2", text)
    pattern = PERSON_WORD if kind == "individual" else WORD
    found: list[tuple[str, str]] = []
    for match in pattern.finditer(text):
        word = match.group()
        if HAN.search(word) and script != "kana":
            whole = len(word) == len(text) and kind != "organization"
            for run in re.split(f"({HAN.pattern})", word):
                if HAN.match(run):
                    found.extend(han.parts(run, person=whole))
                elif run:
                    found.extend((folded, run) for folded in fold(run, script).split())
        elif script == "arabic":
            found.extend((part, word) for part in abjad.parts(word))
        else:
            found.extend((folded, word) for folded in fold(word, script).split())
    return found


@lru_cache(maxsize=131_072)
def spelling(word: str) -> str:
    """The spelling a word is compared in: by the table, or by a table word of LONG letters one slip away."""
    if word in words.SPELLINGS:
        return words.SPELLINGS[word]
    if len(word) < LONG or word in words.LIGHT or not word.isalpha():
        return word
    near = {
        known
        for key in _shorter(word)
        for known in _near_table().get(key, ())
        if OSA.distance(word, known) == 1
    }
    found = {words.SPELLINGS.get(known, known) for known in near}
    return found.pop() if len(found) == 1 else word


def _shorter(word: str) -> set[str]:
    return {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}


@cache
def _near_table() -> dict[str, tuple[str, ...]]:
    """Every table word of LONG letters under itself and under itself less one letter."""
    table: dict[str, tuple[str, ...]] = {}
    for word in sorted({*words.SPELLINGS, *words.LIGHT}):
        if len(word) >= LONG and word.isalpha():
            for key in _shorter(word):
                table[key] = (*table.get(key, ()), word)
    return table


@lru_cache(maxsize=65_536)
def fold(word: str, script: str = "latin") -> str:
    """One word in lower-case ASCII letters and digits; empty where nothing of it can be read.

    A Latin word with letters of another script that look Latin is read as Latin; any other is transliterated.
    """
    if not word.isascii():
        if "LATIN" in _scripts(word) or script == "latin":
            word = word.translate(words.LOOK_ALIKE)
        for hangul, meaning in words.HANGUL_WORDS.items():
            word = word.replace(hangul, f" {meaning} ")
        word = anyascii(word)
    folded = " ".join(re.sub(r"[^a-z0-9]+", "", part) for part in word.lower().split())
    if ordinal := ORDINAL.fullmatch(folded):
        return ordinal.group(1)
    return folded.lstrip("0") or "0" if folded.isdigit() else folded


def _scripts(word: str) -> set[str]:
    return {"LATIN" for c in word if c.isalpha() and ord(c) < 0x250}

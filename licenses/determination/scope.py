"""Which paragraphs of an entry a control covers, read from its words or from our tables. Pure.

Written in tables: `*` the whole entry, `c d.1` only these paragraphs, `-y` all but these, `f -f.3` both,
a trailing `?`
where the words hold a further condition that a person must read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cache

PARAGRAPH = r"[a-z](?:\.(?:\d+|[a-z]+))*"
_ONE = re.compile(PARAGRAPH)
_ECCN = re.compile(r"([0-9][A-E][0-9]{3})(?:\.([A-Za-z0-9.]+))?")
# a paragraph named by its end alone, or a range among other words: which ones are meant is not certain
_SPAN = re.compile(rf"(?<![\w)])\.\d|\b{PARAGRAPH} to \.?(?:[0-9][A-E][0-9]{{3}}\.)?{PARAGRAPH}\b")
_JOINTS = re.compile(r"\s*(?:,|;|\band\b|\bor\b)\s*")


class Answer(Enum):
    YES = "yes"
    NO = "no"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class Scope:
    """`only` and `but` name paragraphs, `but` taken out of `only`; both empty is the whole entry.

    `read`: a condition in words remains.
    """

    only: tuple[str, ...] = ()
    but: tuple[str, ...] = ()
    read: bool = False

    def covers(self, paragraph: str) -> Answer:
        """Whether an item of this paragraph is covered; ASK where the paragraph is missing or too broad."""
        if not self.only and not self.but:
            return Answer.ASK if self.read else Answer.YES
        if not paragraph:
            return Answer.ASK
        if _within(paragraph, self.but):
            return Answer.ASK if self.read else Answer.NO
        if any(each.startswith(paragraph + ".") for each in self.but):
            return Answer.ASK
        if not self.only:
            return Answer.YES
        if _within(paragraph, self.only):
            return Answer.ASK if self.read else Answer.YES
        return Answer.ASK if any(each.startswith(paragraph + ".") for each in self.only) else Answer.NO

    def written(self) -> str:
        """As a table writes it."""
        words = " ".join([*self.only, *(f"-{each}" for each in self.but)]) or "*"
        return words + "?" * self.read


def _within(paragraph: str, named: tuple[str, ...]) -> bool:
    return any(paragraph == each or paragraph.startswith(each + ".") for each in named)


@cache
def scope(written: str) -> Scope:
    """The scope a table writes; refuses a word that is no paragraph."""
    text = written.strip()
    read = text.endswith("?")
    parts = text.removesuffix("?").split()
    if parts in ([], ["*"]):
        return Scope(read=read)
    names = [part.removeprefix("-") for part in parts]
    if wrong := [name for name in names if not _ONE.fullmatch(name)]:
        raise ValueError(f"'{wrong[0]}' is no paragraph")
    only = tuple(name for name, part in zip(names, parts, strict=True) if name == part)
    return Scope(only=only, but=tuple(name for name in names if name not in only), read=read)


def parse(eccn: str) -> tuple[str, str]:
    """An ECCN as entry and paragraph, `5A991.b.4` as ("5A991", "b.4"); ("", "") where it is none."""
    text = eccn.strip()
    if text.upper() == "EAR99":
        return "EAR99", ""
    found = _ECCN.fullmatch(text[:5].upper() + text[5:])
    if not found:
        return "", ""
    paragraph = (found[2] or "").lower()
    return (found[1], paragraph) if not paragraph or _ONE.fullmatch(paragraph) else ("", "")


def read(words: str, eccn: str) -> Scope:
    """The scope that the words of an entry say. What is not understood whole is left for a person (`read`)."""
    text = re.sub(r"^\s*[A-Z]{2}\s+(?:applies|apply)(?:\s+to)?\s*", "", words.strip().rstrip("."))
    text = re.sub(r"\s+(?:through|to)\s+(?=\.?[a-z]\b|[0-9][A-E])", " to ", text)
    text = re.sub(r"(?:the\s+)?(?:entire entry|whole entry)", "ENTIRE", text)
    text = re.sub(r"^(?:items|commodities|“software”|“technology”)\s+(?:controlled|specified)\s+(?:by|in)\s+", "",
                  text) if eccn in text else text  # fmt: skip
    if text.strip() in ("", "ENTIRE"):
        return Scope()
    excepted = re.fullmatch(r"ENTIRE,?\s*(?:except|excluding)\s*:?\s*(.+)", text, re.DOTALL)
    if excepted:
        names = _list(excepted[1], eccn)
        if names is not None:
            return Scope(but=names)
        named = _named(excepted[1], eccn)
        return Scope(but=named, read=True) if named else Scope(read=True)
    if "ENTIRE" in text:
        return Scope(read=True)
    names = _list(text, eccn)
    if names is not None:
        return Scope(only=names)
    foreign = any(found[1] != eccn for found in _ECCN.finditer(text)) or _SPAN.search(text)
    named = () if foreign else _named(text, eccn)
    return Scope(only=named, read=True)


def _list(text: str, eccn: str) -> tuple[str, ...] | None:
    """The paragraphs of a plain list, `a.1 to a.3, b and 3B001.q`; None where other words stand in it."""
    names: list[str] = []
    for part in filter(None, _JOINTS.split(text.strip())):
        ends = [re.sub(rf"^{eccn}\s*\.?|^\.", "", each.strip()) for each in part.split(" to ")]
        if len(ends) > 2 or not all(_ONE.fullmatch(each) for each in ends):
            return None
        span = ends if len(ends) == 1 else _range(*ends)
        if span is None:
            return None
        names += span
    return tuple(dict.fromkeys(names)) or None


def _range(first: str, last: str) -> list[str] | None:
    """`g` to `j`, `f.2` to `f.4`."""
    if len(first) == len(last) == 1:
        return [chr(code) for code in range(ord(first), ord(last) + 1)] or None
    head, _, low = first.rpartition(".")
    head_too, _, high = last.rpartition(".")
    if head != head_too or not (low.isdigit() and high.isdigit()) or int(low) > int(high):
        return None
    return [f"{head}.{number}" for number in range(int(low), int(high) + 1)]


def _named(text: str, eccn: str) -> tuple[str, ...]:
    """Every paragraph named among other words."""
    found = re.findall(
        rf"(?:\b{eccn}\s*\.|(?<=[\s,(])\.)({PARAGRAPH})\b|\b([a-z]\.\d+(?:\.[a-z0-9]+)*)\b", text
    )
    return tuple(dict.fromkeys(one or two for one, two in found))

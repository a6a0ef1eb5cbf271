"""One entity cell of the BIS lists taken apart: name, aliases, addresses and the members of a family.

The regulation writes them as one text: "NAME, a.k.a., the following two aliases: \u2014A; and \u2014B. ADDRESS; and
ADDRESS." The cell itself is kept beside the result, so what is cut wrongly can still be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from . import terms
from .record import squeeze
from .wording import ALSO, SUFFIX, kind_of, names_of, split_aliases

NUMBERS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
).split()
INTRO = re.compile(
    rf"(?<![\s,])[\s,]*[(]?{ALSO}[\s,:]*(?:the\s+following\s*(?:(?P<count>[\w-]+)\s+)?(?:alias(?:es)?|names?)?\s*:?)",
    re.I,
)
INLINE = re.compile(rf"(?<![\s,])[\s,]+{ALSO}[\s,:]+", re.I)
BRACKETED = re.compile(rf"\s*[(\[]\s*{ALSO}[\s:,]*[^()\[\]]*(?:\([^()]*\)[^()\[\]]*)*[)\]]", re.I)
FAMILY = re.compile(
    r"(?:[.;:,]|\n|\band\b)\s*(?:and\s+)?(?:(?:its|the)\s+)?(?:following\s+)?(?:\w+\s+)?"
    r"(?:affiliated\s+entit(?:y|ies)|subordinate\s+(?:institutions?|institutes?|entit(?:y|ies))|"
    r"subsidiar(?:y|ies)\s+and\s+affiliates)\s*(?:[:\u2014\u2013-]|(?=[A-Z]))",
    re.I,
)
DIVERSION = re.compile(r"^(Address\s+\d+)\s*[,:.\u2014\u2013-]*\s*", re.I)
SEE = re.compile(r"\s*\((?:[Ss]ee)\s+(?:also|alternate|other|additional)[^()]*\)")
LABEL = re.compile(
    r"^\s*(?:(?:alternate|additional)\s+)?(?:located\s+at|address(?:es)?(?:\s+for\s+[^:]{1,200})?)\s*:\s*",
    re.I,
)
PLACE = re.compile(r"^[A-Z][\w' -]{1,30}:\s+(?=\S)")
DASH = "\u2014\u2013"
BULLET = re.compile(rf"(?:^|(?<=[\s:;.,]))[{DASH}]\s*")
SEPARATOR = re.compile(r"\s*;\s*(?:and\b\s*)?|\s*\n\s*")
SHORT = re.compile(
    r"(?:^|[\s,(])(?:[A-Z]|No|St|Ste|Rd|Bldg|Blvd|Ave|Dr|Mr|Mrs|Gen|Col|Str|Ul|Apt|Fl|Dist|Prov)$", re.I
)
ORGANIZATION = re.compile(
    r"\b(?:academy|university|institute|ministry|department|division|branch|faculty|college|laboratory|"
    r"center|centre|bureau|research|of\s+the\s+russian\s+federation)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What one cell, or one member of a family in it, says."""

    name: str
    aliases: tuple[tuple[str, str], ...] = ()
    addresses: tuple[str, ...] = ()
    remarks: str = ""
    parent: str = ""
    is_address: bool = False


def entries(cell: str) -> Iterator[Entry]:
    """The entity of a cell and, behind it, the members of its family with the entity as their parent.

    Lines (from marks in the XML) end names and addresses; without them "; ", the dashes of an alias list and
    the number it announces ("the following two aliases") do. A comma before a legal form is part of the name.
    """
    text = "\n".join(filter(None, (squeeze(line) for line in cell.split("\n"))))
    found = FAMILY.search(text)
    parent = _entry(text[: found.start()] if found else text)
    yield parent
    if found:
        for member in _members(text[found.end() :]):
            entry = _entry(PLACE.sub("", member))
            if entry.name:
                yield replace(entry, parent=parent.name)


def _members(text: str) -> Iterator[str]:
    """The members of a family: a dash or a line begins one; alias lists and addresses belong to the last."""
    text = text.strip(" \n:")
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) == 1:
        bullets = (
            [part for part in BULLET.split(text) if part.strip(" ;.")] if not INTRO.search(text) else [text]
        )
        yield from (_end(part) for part in bullets)
        return
    member: list[str] = []
    for line in lines:
        # an alias of the member before, or the address behind its aliases
        belongs = member and (line[0] in DASH and INTRO.search(member[0]) or not _ended(member[-1]))
        if member and not belongs:
            yield _end("\n".join(member))
            member = []
        member.append(line)
    if member:
        yield _end("\n".join(member))


def _ended(line: str) -> bool:
    """Whether a line ends a member: with a full stop or "; and", and not while an alias list is open."""
    return (
        line[0] not in DASH
        and not line.rstrip().endswith(":")
        and bool(re.search(r"(?:\.|;|;\s*and)$", line.rstrip()))
    )


def _end(text: str) -> str:
    """The text without what ends an entry: "; and", ";", a full stop that is not a legal form's."""
    text = text.strip(" ;,\n")
    if re.search(r"(?:^|[;,.]\s*)and$", text):
        text = text[:-3].rstrip(" ;,\n")
    if text.endswith(".") and not re.search(
        r"\b(?:Co|Ltd|Inc|Corp|L\.L\.C|S\.A|B\.V|N\.V|Pte|Est|[A-Z])\.$", text
    ):
        text = text[:-1]
    return text.lstrip(DASH + " .;")


def _entry(text: str) -> Entry:
    seen = [squeeze(found.group(0)).strip("() ") for found in SEE.finditer(text)]
    text = _end(SEE.sub("", text))
    remarks = "; ".join(seen)
    if found := DIVERSION.match(text):
        rest = text[found.end() :]
        return Entry(squeeze(found.group(1)), (), _addresses(rest), remarks, is_address=True)
    found = INTRO.search(text)
    if found:
        name, aliases = names_of(text[: found.start()])
        listed, rest = _alias_list(text[found.end() :], found["count"] or "", kind_of(found["how"]))
        return Entry(name, _unique(name, [*aliases, *listed]), _addresses(rest), remarks)
    bracket = BRACKETED.search(text)
    if bracket:
        name, aliases = names_of(text[: bracket.end()])
        behind = text[bracket.end() :].lstrip(" ,")
        return Entry(name, _unique(name, list(aliases)), _addresses(behind), remarks)
    inline = INLINE.search(text)
    if inline:
        alias, rest = _cut(text[inline.end() :])
        kind = kind_of(inline["how"])
        name = squeeze(text[: inline.start()]).strip(" ,")
        return Entry(name, _unique(name, list(split_aliases(alias, kind))), _addresses(rest), remarks)
    name, rest = _cut(text)
    return Entry(name, (), _addresses(rest), remarks)


def _unique(name: str, aliases: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    kinds = {text: kind for text, kind in reversed(aliases) if text and text != name}
    return tuple(reversed(kinds.items()))


def _cut(text: str) -> tuple[str, str]:
    """(name, rest): cut at the first comma that no legal form and no part of an institution follows."""
    line, _, below = text.partition("\n")
    start = 0
    while (at := line.find(",", start)) >= 0:
        suffix = SUFFIX.match(line, at + 1)
        comma = line.find(",", at + 1)
        part = line[at + 1 : comma if comma >= 0 else len(line)]
        institution = ORGANIZATION.search(part) and not any(c.isdigit() for c in part)
        if not suffix and not institution:
            return squeeze(line[:at]), "\n".join(filter(None, (line[at + 1 :].strip(), below)))
        start = suffix.end() if suffix else at + 1 + len(part)
    return squeeze(line).strip(" ,;"), below


def _alias_list(text: str, count: str, kind: str) -> tuple[list[tuple[str, str]], str]:
    """(aliases, rest) behind "a.k.a., the following two aliases:"."""
    text = text.lstrip(" :")
    if "\n" in text.strip():
        return _alias_lines(text.strip(), kind)
    parts = BULLET.split(text)
    if len(parts) == 1:
        alias, rest = _cut(text)
        return list(split_aliases(alias, kind)), rest
    announced = _number(count)
    bullets = [part for part in parts if part.strip()]
    end = min(announced, len(bullets)) if announced else len(bullets)
    last, rest = _sentence(bullets[end - 1])
    listed = [_alias(part, kind) for part in [*bullets[: end - 1], last]]
    return listed, "; ".join([rest, *bullets[end:]]).strip(" ;")


def _alias_lines(text: str, kind: str) -> tuple[list[tuple[str, str]], str]:
    """The same where each alias stands on a line of its own, with a dash; the first line without is an address."""
    listed: list[tuple[str, str]] = []
    lines = text.split("\n")
    while lines and (lines[0][:1] in DASH or not lines[0].strip()):
        line = lines.pop(0)
        if line.strip():
            listed.append(_alias(line, kind))
    return listed, "\n".join(lines)


def _alias(text: str, kind: str) -> tuple[str, str]:
    name = squeeze(_end(text)).strip('"\u201c\u201d ,')
    return name, "original" if terms.is_original_script(name) else kind


def _number(word: str) -> int:
    word = word.casefold()
    if word.isascii() and word.isdigit():
        return int(word[:4])
    first, _, second = word.partition("-")
    if first == "twenty" and second in NUMBERS:
        return 20 + NUMBERS.index(second) + 1
    return NUMBERS.index(word) + 1 if word in NUMBERS else 0


def _sentence(text: str) -> tuple[str, str]:
    """(alias, rest): the last alias of a list ends with a full stop that is no abbreviation's."""
    for found in re.finditer(r"\.\s+(?=\S)", text):
        before = text[max(0, found.start() - 8) : found.start()]
        if SUFFIX.match(text, found.end()) or SHORT.search(before):
            continue
        end = found.start() + (1 if SUFFIX.search(before) else 0)
        return text[:end], text[found.end() :]
    return text, ""


def _addresses(text: str) -> tuple[str, ...]:
    """The addresses of the rest of a cell, each without its label and full stop."""
    pieces = (LABEL.sub("", piece) for piece in SEPARATOR.split(text))
    cleaned = (squeeze(_end(LABEL.sub("", piece))).strip(" ,") for piece in pieces)
    return tuple(dict.fromkeys(piece for piece in cleaned if piece and piece.casefold() != "and"))

"""What agency lists write into one cell, taken apart: aliases in names, dates, Federal Register notices."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date

from . import terms
from .record import Address, BadRow, ListedRecord, merge_rows, seal, squeeze

FIRST_VOLUME_YEAR = 1935  # volume 1 of the Federal Register is of 1936
MAX_NAME = 5000  # characters; the longest real name has 381, and nothing longer is worth taking apart
Alias = tuple[str, str]

ALSO = (
    r"(?P<how>a\.?\s?k\.?\s?a\b\.?|f\.?\s?k\.?\s?a\b\.?|n\.?\s?k\.?\s?a\b\.?|d/b/a|t/a\b|"
    r"also\s+know[n]?\s+as|formerly\s+known\s+as|now\s+known\s+as|doing\s+business\s+as)"
)
BRACKETED = re.compile(rf"\s*[(\[]\s*{ALSO}[\s:,]*(?P<names>[^()\[\]]*(?:\([^()]*\)[^()\[\]]*)*)[)\]]?", re.I)
TRAILING = re.compile(rf"(?<![\s,])[\s,]+{ALSO}[\s:,]*(?P<names>[^()\[\]]+)$", re.I)
MARK = re.compile(rf"(?:^|[\s,;]){ALSO}[\s:,]+", re.I)
SUCCESSORS = re.compile(
    r"(?<![\s,;])[\s,;]*\b(?:and|or)?\s*any\s+(?:successors?|sub-?units?|subsidiar(?:y|ies))\b.*$",
    re.I | re.S,
)
SUFFIX = re.compile(
    r"\s*(?:&\s*)?(?:and\s+)?(?:co|company|corp|corporation|inc|incorporated|ltd|limited|llc|l\.l\.c|llp|lp|plc|"
    r"pte|pty|pvt|sdn|bhd|gmbh|ag|kg|s\.?a\.?|s\.?a\.?l|s\.?a\.?r\.?l|s\.?r\.?l|s\.?p\.?a|s\.?l|b\.?v|n\.?v|"
    r"ooo|oao|zao|pao|ao|jsc|ojsc|cjsc|pjsc|fze|fzco|fzc|fz[- ]llc|dmcc|kft|d\.o\.o|a\.?s|s\.r\.o|ltda|"
    r"est|jr|sr|ii|iii|iv)(?=[\s.,;)]|$)\.?",
    re.I,
)
DPL_CITATION = re.compile(
    r"(?<![\d/])(?:(?P<volume>\d{1,3})[\s.]*)?F\s*\.?\s*R\s*\.?\s*(?P<page>\d{2,6})(?![\d/])"
    r"|(?<![\d/])(?P<bare>\d{2,3})\s+(?P<pages>\d{4,6})(?=\s+\d{1,2}/\d{1,2}/\d{2,4})"
)
FOLLOWING_DATE = re.compile(r"(?:\s*,\s*\d{2,6})?\s*\d{1,2}/\d{1,2}/(\d{2,4})\b")
VOLUME = re.compile(r"\bVol\W*(\d+)\W+No\W*(\d+)\W+(\d{1,2})[/-](\d{1,2})[/-](\d{4}|\d{2})\b", re.I)


def day(value: str, field: str, line: int) -> date | None:
    """A date written M/D/YYYY or YYYY-MM-DD; None for "". Raises BadRow for any other text."""
    found = loose_day(value)
    if found is None and value:
        raise BadRow(line, field, f"{value[:40]!r} is not a date of the form MM/DD/YYYY.")
    return found


def loose_day(value: str) -> date | None:
    """The same, with None where the text is no such date."""
    if found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", value):
        month, of_month, year = (int(part) for part in found.groups())
    elif found := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", value):
        year, month, of_month = (int(part) for part in found.groups())
    else:
        return None
    try:
        return date(year, month, of_month)
    except ValueError:
        return None


def names_of(text: str) -> tuple[str, tuple[Alias, ...]]:
    """(name, aliases) of a name cell: bracketed and trailing "a.k.a." lists leave the name.

    "X [aka Y]; and any successor, sub-unit" gives X and Y; the words on successors are no name. An alias in
    the middle of a name ("PEARL (A.K.A. NEI-CHIEN CHU) LI") leaves the name around it. Keep the text: a word
    of a name can look like such a mark.
    """
    if len(text) > MAX_NAME:
        return squeeze(text), ()
    aliases: list[Alias] = []
    name = squeeze(SUCCESSORS.sub("", squeeze(text)))
    for pattern in (BRACKETED, TRAILING):
        for found in pattern.finditer(name):
            aliases += split_aliases(found["names"], kind_of(found["how"]))
        name = squeeze(pattern.sub(" ", name))
    return name.strip(" ,;") or squeeze(text), tuple(dict.fromkeys(a for a in aliases if a[0]))


def as_written(text: str, name: str) -> list[tuple[str, str]]:
    """The detail that keeps a name cell whole where `names_of` took something out of it."""
    return [("Name as written", squeeze(text))] if squeeze(text) != name else []


def kind_of(how: str) -> str:
    """former for "f.k.a." and "formerly known as", else alias."""
    return "former" if how.lstrip().lower().startswith("f") else "alias"


def split_aliases(text: str, kind: str = "alias") -> Iterator[Alias]:
    """The aliases of a list: separated by ";", ", and", or by a comma that does not precede a legal form."""
    start, first = 0, kind
    for found in [*MARK.finditer(text), None]:
        cut = text[start : found.start() if found else len(text)]
        for part in re.split(r";(?:\s*and\b)?|,\s*and\s+", cut):
            for piece in at_commas(part):
                cleaned = squeeze(re.sub(r"^\s*(?:and|or)\s+", "", piece)).strip(" ,;:\u2014")
                if cleaned:
                    yield cleaned, "original" if terms.is_original_script(cleaned) else first
                    first = kind  # "F.K.A." speaks of the one name behind it
        if found:
            start, first = found.end(), "former" if kind == "former" else kind_of(found["how"])


def at_commas(text: str) -> list[str]:
    """The text cut at its commas, a comma before a legal form ("Co., Ltd.") or a name's tail kept."""
    pieces: list[str] = []
    for part in text.split(","):
        if pieces and (SUFFIX.fullmatch(squeeze(part).rstrip(".")) or SUFFIX.fullmatch(squeeze(part))):
            pieces[-1] += "," + part
        else:
            pieces.append(part)
    return pieces


def notices(text: str) -> tuple[str, ...]:
    """Denied-persons citations ("82 F.R. 48792 10/20/2017", many in one string) as "82 FR 48792".

    A volume or an "F.R." that was left out is filled in from the year behind the page, since each volume is
    of one year. Text without any citation stands as written; a citation without a page is none.
    """
    found: dict[str, None] = {}
    for one in DPL_CITATION.finditer(text):
        volume, page = one["volume"] or one["bare"], one["page"] or one["pages"]
        of_year = FOLLOWING_DATE.match(text, one.end())
        expected = _volume(of_year.group(1)) if of_year else None
        if one["bare"] and int(volume) != expected:
            continue
        if not volume and expected is None:
            continue
        found[f"{volume or expected} FR {page}"] = None
    raw = squeeze(text)
    return tuple(found) or ((raw,) if raw else ())


def _volume(year: str) -> int:
    full = int(year) if len(year) == 4 else int(year) + (1900 if int(year) >= 36 else 2000)
    return full - FIRST_VOLUME_YEAR


def issues(text: str) -> tuple[str, ...]:
    """Citations by issue ("Vol. 83, No. 91, 05/10/2018"), each in that spelling; others as written.

    A year that does not fit the volume is a typing error of the source: such a citation stays as written.
    """
    pieces = re.split(r"[\s,;]*(?:\band\s+)?(?=\b(?:Notice\s+\d+\W+)?Vol\W)", text, flags=re.I)
    # "Notice 2049," and the volume behind it were one citation: the look-ahead also cuts between them
    joined: list[str] = []
    for piece in pieces:
        if joined and re.fullmatch(r"Notice\s+\d+", squeeze(joined[-1]).strip(" ,;"), re.I):
            joined[-1] = f"{squeeze(joined[-1]).strip(' ,;')}, {piece}"
        else:
            joined.append(piece)
    return tuple(dict.fromkeys(citation for piece in joined for citation in _issue(piece)))


def _issue(piece: str) -> tuple[str, ...]:
    raw = squeeze(piece).strip(" ,;")
    found = VOLUME.search(raw)
    if not found or terms.CITATION.search(raw):
        return terms.citations(raw)
    volume, number, month, of_month, year = found.groups()
    full = year if len(year) == 4 else str(FIRST_VOLUME_YEAR + int(volume))
    if full[-2:] != year[-2:] or int(full) - FIRST_VOLUME_YEAR != int(volume):
        return (raw,)
    spelled = f"Vol. {int(volume)}, No. {int(number)}, {int(month):02d}/{int(of_month):02d}/{full}"
    return (squeeze(raw[: found.start()] + spelled + raw[found.end() :]),)


def countries_of(addresses: Iterable[Address], *more: str) -> tuple[str, ...]:
    """The country codes of addresses, and HK beside CN where the text says Hong Kong: a query for either hits."""
    found = {code for code in more if code}
    for address in addresses:
        if address.country:
            found.add(address.country)
        if address.country == "CN" and "hong kong" in address.text.casefold():
            found.add("HK")
    return tuple(sorted(found))


def united(records: Iterable[ListedRecord]) -> Iterator[ListedRecord]:
    """Each key once, its rows merged (`record.merge_rows`); the end is the latest of any row, none if one has none.

    A party under two orders stays listed until the longer one ends.
    """
    groups: dict[str, list[ListedRecord]] = {}
    for record in records:
        groups.setdefault(record.key, []).append(record)
    for group in groups.values():
        merged = merge_rows(group)
        ends = [r.end_on for r in group]
        known = [end for end in ends if end]
        latest = max(known) if len(known) == len(ends) else None
        yield merged if merged.end_on == latest else seal(replace(merged, end_on=latest))

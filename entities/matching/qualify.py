"""Everything beside the name that speaks for or against: country, address, identifier, birth date, script."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from . import words
from .entries import Entry, Query, identifier_key
from .names import Name, readings, script_of

COUNTRY_SAME, COUNTRY_DIFFERS = 6, -8
ADDRESS_SAME, PLACE_SAME = 8, 4
BIRTH_SAME, BIRTH_YEAR, BIRTH_DIFFERS = 8, 4, -12
KIND_DIFFERS = -6
SCRIPT_SAME, SCRIPT_SOUND, SCRIPT_DIFFERS = 5, -5, -8
IDENTIFIER_FLOOR, NUMBER_FLOOR = 95, 85
HELPED_FROM = 60  # name points from which other facts may lift a score
ALIKE_COUNTRIES = frozenset({"CN", "HK", "MO"})  # sources write Hong Kong as HK, CN or both


@dataclass(frozen=True, slots=True)
class Qualifier:
    """One piece of evidence beside the name; `floor` is the score it alone guarantees (0: none)."""

    name: str
    ours: str
    listed: str
    points: int
    why: str
    floor: int = 0


def qualifiers(query: Query, entry: Entry) -> list[Qualifier]:
    """The evidence both sides give something for, in a fixed order."""
    found = [
        _country(query, entry), _address(query, entry), _identifier(query, entry), _birth(query, entry),
        _kind(query, entry), _script(query, entry),
    ]  # fmt: skip
    return [one for one in found if one]


MOST_HELP = COUNTRY_SAME + ADDRESS_SAME + BIRTH_SAME + SCRIPT_SAME


def reach(query: Query) -> tuple[int, int]:
    """(most points that what is given beside the name can add, most it can take)."""
    countries, addresses, birth = bool(query.countries), bool(query.addresses), bool(query.birth_date.strip())
    own = any(not text.isascii() for text in (query.name, *query.aliases))
    helped = COUNTRY_SAME * countries + ADDRESS_SAME * addresses + BIRTH_SAME * birth + SCRIPT_SAME * own
    against = (
        COUNTRY_DIFFERS * countries
        + BIRTH_DIFFERS * birth
        + SCRIPT_DIFFERS * own
        + KIND_DIFFERS * bool(query.kind)
    )
    return helped, -against


def total(name_points: int, found: Iterable[Qualifier], *, review: int) -> tuple[int, str]:
    """(score, rule): the name's points with the qualifiers', within 0 and 100.

    What speaks for can lift a name only from HELPED_FROM on; what speaks against lowers and shows, but never
    takes a name that reached the review line under it; an equal identifier sets a floor.
    """
    found = list(found)
    against = sum(q.points for q in found if q.points < 0)
    helped = sum(q.points for q in found if q.points > 0) if name_points >= HELPED_FROM else 0
    most = 100 if name_points == 100 else 99  # 100 is kept for equal names
    points, rule = max(0, min(most, name_points + helped + against)), ""
    if name_points >= review > points:
        points, rule = review, "kept"
    floor = max((q.floor for q in found), default=0)
    if floor > points:
        points, rule = floor, "identifier"
    return points, rule


def _country(query: Query, entry: Entry) -> Qualifier | None:
    ours, listed = {c.upper() for c in query.countries if c}, {c.upper() for c in entry.countries if c}
    if not ours or not listed:
        return None
    shown = " ".join(sorted(ours)), " ".join(sorted(listed))
    if ours & listed:
        return Qualifier("Country", *shown, COUNTRY_SAME, "same country")
    if ours & ALIKE_COUNTRIES and listed & ALIKE_COUNTRIES:
        return Qualifier("Country", *shown, COUNTRY_SAME - 2, "China and Hong Kong are written either way")
    return Qualifier(
        "Country", *shown, COUNTRY_DIFFERS, "another country: it lowers the score and never clears"
    )


def _address(query: Query, entry: Entry) -> Qualifier | None:
    best: tuple[int, int, str, str, str] | None = None
    for ours in query.addresses:
        mine = set(readings(ours, "individual")[0].tokens)
        for listed in entry.addresses:
            theirs = set(readings(listed, "individual")[0].tokens)
            shared = {t for t in mine & theirs if len(t) >= 4 or t.isdigit()}
            telling = {t for t in shared if not t.isdigit()}
            if not telling:
                continue
            if len(shared) >= 3 and len(shared) >= 0.6 * min(len(mine), len(theirs)):
                rank = (ADDRESS_SAME, len(shared), ours, listed, "same address")
            else:
                rank = (
                    PLACE_SAME,
                    len(shared),
                    ours,
                    listed,
                    "same place: " + ", ".join(sorted(telling)[:3]),
                )
            best = rank if best is None or rank[:2] > best[:2] else best
    if best:
        return Qualifier("Address", best[2], best[3], best[0], best[4])
    if query.addresses and entry.addresses:
        return Qualifier("Address", query.addresses[0], entry.addresses[0], 0, "nothing in common")
    return None


def _identifier(query: Query, entry: Entry) -> Qualifier | None:
    if not query.identifiers or not entry.identifiers:
        return None
    listed = {identifier_key(number): (kind, number) for kind, number in reversed(entry.identifiers)}
    for kind, number in query.identifiers:
        key = identifier_key(number)
        if key and key in listed:
            other, value = listed[key]
            same = _same_kind(kind, other)
            return Qualifier(
                "Identifier", f"{kind} {number}".strip(), f"{other} {value}".strip(), 0,
                "same identifier" if same else "same number under another type",
                IDENTIFIER_FLOOR if same else NUMBER_FLOOR,
            )  # fmt: skip
    (kind, number), (other, value) = query.identifiers[0], entry.identifiers[0]
    return Qualifier(
        "Identifier", f"{kind} {number}".strip(), f"{other} {value}".strip(), 0, "none in common"
    )


def _same_kind(ours: str, listed: str) -> bool:
    first, second = ({t for t in readings(k)[0].tokens if len(t) > 2} for k in (ours, listed))
    return not first or not second or bool(first & second)


def _birth(query: Query, entry: Entry) -> Qualifier | None:
    ours = query.birth_date.strip()
    listed = [d.strip() for d in entry.birth_dates if d.strip()]
    if not ours or not listed:
        return None
    if ours in listed:
        return Qualifier("Date of birth", ours, ours, BIRTH_SAME, "same date")
    years = {year for d in listed if (year := _year(d))}
    shown = ", ".join(listed[:3])
    year = _year(ours)
    if not year or not years:
        return Qualifier("Date of birth", ours, shown, 0, "cannot be compared")
    if year in years:
        full = len(ours) > 4 and any(len(d) > 4 and _year(d) == year for d in listed)
        return Qualifier("Date of birth", ours, shown, 0 if full else BIRTH_YEAR, "same year")
    if min(abs(int(year) - int(y)) for y in years) <= 1:
        return Qualifier("Date of birth", ours, shown, 0, "a year apart")
    return Qualifier(
        "Date of birth", ours, shown, BIRTH_DIFFERS, "another year: it lowers the score and never clears"
    )


def _year(text: str) -> str:
    digits = "".join(c if c.isascii() and c.isdigit() else " " for c in text).split()
    return next((d for d in digits if len(d) == 4), "")


def _kind(query: Query, entry: Entry) -> Qualifier | None:
    if not query.kind or not entry.kind:
        return None
    if query.kind == entry.kind:
        return Qualifier("Type", query.kind, entry.kind, 0, "same type")
    return Qualifier("Type", query.kind, entry.kind, KIND_DIFFERS, "another type of party")


def _script(query: Query, entry: Entry) -> Qualifier | None:
    """The names in their own script, where we have one: characters tell apart what sounds the same."""
    mine = [n for text in (query.name, *query.aliases) if (n := _original(text))]
    if not mine:
        return None
    theirs = [n for listed in entry.names if (n := _original(listed.text)) and n.script == mine[0].script]
    if not theirs:
        return Qualifier("Original-script name", mine[0].raw, "", 0, "none in the source")
    for ours in mine:
        for listed in theirs:
            if _core(ours) == _core(listed):
                return Qualifier("Original-script name", ours.raw, listed.raw, SCRIPT_SAME, "same characters")
    for ours in mine:
        for listed in theirs:
            if ours.tokens == listed.tokens:
                why = "same sound, different characters"
                return Qualifier("Original-script name", ours.raw, listed.raw, SCRIPT_SOUND, why)
    return Qualifier(
        "Original-script name", mine[0].raw, theirs[0].raw, SCRIPT_DIFFERS, "different characters"
    )


def _original(text: str) -> Name | None:
    if text.isascii() or script_of(text) in ("", "latin"):
        return None
    return readings(text)[0]


def _core(name: Name) -> str:
    """The characters of a name without its light words, so that a legal form more or less does not matter."""
    kept = [shown for token, shown in zip(name.tokens, name.shown, strict=True) if token not in words.LIGHT]
    return "".join(kept).casefold() or name.raw.casefold()

"""The de minimis worksheet: how much of a foreign-made item's value is controlled US content. 734.4. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from .places import RUSSIA, resolve
from .scope import Answer, parse
from .subject import de_minimis
from .tables import Day, Rules

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Content:
    """US content built into the item: what, its ECCN, its fair value in US dollars."""

    what: str
    eccn: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """A content with whether it is controlled for the destination; what is not certain is counted."""

    content: Content
    controlled: Answer

    @property
    def counted(self) -> bool:
        return self.controlled is not Answer.NO


@dataclass(frozen=True, slots=True)
class Worksheet:
    """The calculation that is kept with the memo (734.4(g))."""

    lines: tuple[Line, ...]
    item_value: Decimal
    counted: Decimal
    percent: Decimal
    limit: Decimal
    citation: str
    edition: str

    @property
    def above(self) -> bool:
        """Above the level, not at it."""
        return self.counted * 100 > self.limit * self.item_value


def worksheet(
    contents: Iterable[Content], item_value: Decimal, *, eccn: str, destination: str, rules: Rules, on: date
) -> Worksheet:
    """Work out the share of controlled US content for a destination on a day.

    Content counts when its own export to the destination would need a license, or when that is not certain.
    Refuses an item without a value, and content worth more than the item.
    """
    if item_value <= 0:
        raise ValueError("item_value: the fair market value of the item is above 0")
    day = rules.day(on)
    lines = tuple(Line(each, controlled(each.eccn, destination, day)) for each in contents)
    counted = sum((line.content.value for line in lines if line.counted), Decimal(0))
    if sum((line.content.value for line in lines), Decimal(0)) > item_value:
        raise ValueError("contents: worth more than the item itself")
    limit, citation, _ = de_minimis(eccn, resolve(destination, day))
    percent = (counted * 100 / item_value).quantize(HUNDREDTH, ROUND_HALF_UP)
    return Worksheet(lines, item_value, counted, percent, limit, citation, day.law)


def controlled(code: str, destination: str, day: Day) -> Answer:
    """Whether an ECCN alone would need a license to a destination: part 746, a column, or the entry's words."""
    eccn, paragraph = parse(code)
    place = resolve(destination, day)
    if place.embargoed:
        return Answer.YES
    if eccn == "EAR99":
        return Answer.ASK if place.code in RUSSIA else Answer.NO
    entry = day.entries.get(eccn)
    if entry is None or place.row is None:
        return Answer.ASK
    if place.code in RUSSIA:
        return Answer.YES
    found = Answer.NO
    for each in entry.requirements:
        covers = each.scope.covers(paragraph)
        reaches = (
            each.column in place.row.marks
            if each.column
            else each.where == "TEXT" or place.within(each.where.removesuffix("?"))
        )
        if covers is Answer.NO or not reaches:
            continue
        if covers is Answer.YES and each.where != "TEXT":
            return Answer.YES
        found = Answer.ASK
    return found

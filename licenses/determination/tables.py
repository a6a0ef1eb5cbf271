"""The rule tables as dated editions. Pure: `licenses.rules` reads them from files and from the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

from .scope import Answer, Scope, parse

# most restrictive first
POLICY_ORDER = ("POD", "PD", "SEC", "MIXED", "CBC", "PA")
POLICY_WORDS = {
    "POD": "policy of denial",
    "PD": "presumption of denial",
    "SEC": "the policy of the section named",
    "MIXED": "different policies for different items",
    "CBC": "case by case",
    "PA": "presumption of approval",
}
T = TypeVar("T")
LATER = ", not the edition of that day"


@dataclass(frozen=True, slots=True)
class Requirement:
    """A reason for control of an entry: a column of the chart, or a place where the words of the entry say so.

    `where` of a requirement without a column: WORLD, WORLD-CA (all but Canada), ADVANCED (United Arab Emirates and
    D:1, D:4, D:5 without A:5, A:6), UN, country codes and groups (`MO D:5`), or TEXT: a person reads the entry.
    """

    reason: str
    column: str
    where: str
    citation: str
    scope: Scope


@dataclass(frozen=True, slots=True)
class Allowed:
    """A license exception that the entry itself names, with its limit in US dollars where it has one."""

    symbol: str
    amount: int | None
    scope: Scope


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the Commerce Control List. `verified` is False where it was not read in the regulation."""

    eccn: str
    heading: str
    requirements: tuple[Requirement, ...]
    allowed: tuple[Allowed, ...] = ()
    sta_barred: tuple[str, ...] = ()
    verified: bool = True

    @property
    def reasons(self) -> frozenset[str]:
        return frozenset(each.reason for each in self.requirements)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the Commerce Country Chart. `kind`: graded, embargoed (its blanks permit nothing)."""

    name: str
    kind: str
    marks: frozenset[str] = frozenset()
    footnotes: frozenset[int] = frozenset()
    pointer: str = ""


@dataclass(frozen=True, slots=True)
class Edition(Generic[T]):
    """A table as it stood from a day on."""

    on: date
    rows: Mapping[str, T]

    def name(self, day: date) -> str:
        """The edition's date, marked where it is later than the day asked for."""
        return named(self.on, day)


@dataclass(frozen=True, slots=True)
class Interval:
    """A rule's state in [since, until)."""

    rule: str
    state: str
    since: date | None
    until: date | None
    citation: str
    note: str = ""

    def holds(self, on: date) -> bool:
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)


@dataclass(frozen=True, slots=True)
class Special:
    """A requirement for some places and paragraphs that the chart's marks do not show."""

    code: str
    eccn: str
    scope: Scope
    places: str
    column: str
    citation: str
    exceptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trigger:
    """What an affirmative answer of part 744 means in some places for some items: any, CCL or CAT3."""

    answer: str
    places: str
    items: str
    result: str
    citation: str
    policy: str
    exceptions: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Catalogued:
    """A license exception of part 740 and its core condition."""

    symbol: str
    citation: str
    condition: str


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """A dated license review policy [since, until) on a group of listed parties."""

    policy: str
    regime: str
    group: str
    policy_code: str
    summary: str
    since: date | None
    until: date | None
    routes: str = ""
    citations: tuple[str, ...] = ()

    def in_force(self, on: date) -> bool:
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything `assess` asks, each table as its editions, the newest last.

    Without tables nothing is ever free: every question stays open. `regions` says of a region's name whether
    746.6 covers it; `law_on` is the day of the edition that the sections of parts 734, 738, 740 and 744 were
    read in, `sanctions_on` that of part 746.
    """

    policies: tuple[PolicyRule, ...] = ()
    entries: tuple[Edition[Entry], ...] = ()
    chart: tuple[Edition[Row], ...] = ()
    groups: tuple[Edition[frozenset[str]], ...] = ()
    intervals: tuple[Interval, ...] = ()
    specials: Mapping[str, tuple[Special, ...]] = field(default_factory=dict)
    triggers: Mapping[str, tuple[Trigger, ...]] = field(default_factory=dict)
    catalogue: Mapping[str, Catalogued] = field(default_factory=dict)
    regions: Mapping[str, bool] = field(default_factory=dict)
    nuclear_carve_out: frozenset[str] = frozenset()
    law_on: date = date.max
    sanctions_on: date = date.max
    days: dict[date, Day] = field(default_factory=dict, compare=False, repr=False)

    def day(self, on: date) -> Day:
        """The tables as they are read for a day; kept, for a batch asks for few days."""
        found = self.days.get(on)
        if found is None:
            found = self.days[on] = Day.of(self, on)
        return found


@dataclass(slots=True)
class Day:
    """The tables of one day. A name says which edition was read, `later` that one of them is after the day."""

    on: date
    rules: Rules
    entries: Mapping[str, Entry]
    chart: Mapping[str, Row]
    groups: Mapping[str, frozenset[str]]
    ccl: str
    chart_edition: str
    law: str
    sanctions: str
    later: tuple[str, ...]
    states: Mapping[str, Interval]
    policies: Mapping[str, tuple[PolicyRule, ...]]

    @classmethod
    def of(cls, rules: Rules, on: date) -> Day:
        """Pick the edition of a day out of every table."""
        entries, chart, groups = (_pick(each, on) for each in (rules.entries, rules.chart, rules.groups))
        policies: dict[str, tuple[PolicyRule, ...]] = {}
        for each in rules.policies:
            if each.in_force(on):
                policies[each.group] = (*policies.get(each.group, ()), each)
        read = {"Commerce Control List": entries, "Country Chart": chart, "country groups": groups}
        later = tuple(name for name, each in read.items() if each is not None and each.on > on)
        return cls(
            on=on,
            rules=rules,
            entries=entries.rows if entries else {},
            chart=chart.rows if chart else {},
            groups=groups.rows if groups else {},
            ccl=entries.name(on) if entries else "",
            chart_edition=chart.name(on) if chart else "",
            law=named(rules.law_on, on),
            sanctions=named(rules.sanctions_on, on),
            later=later + (("parts 734 to 744",) if rules.law_on > on else ()),
            states={each.rule: each for each in rules.intervals if each.holds(on)},
            policies=policies,
        )


def reasons(day: Day, eccn: str) -> frozenset[str] | None:
    """The reasons for control that may apply to an item, by the entry and paragraph of its ECCN.

    A reason whose paragraphs a person must read is among them. None where the entry is not on file or was not read
    in the regulation, or a reason is in words alone.
    """
    code, paragraph = parse(eccn)
    if code == "EAR99":
        return frozenset()
    entry = day.entries.get(code)
    if entry is None or not entry.verified:
        return None
    found = {each.reason for each in entry.requirements if each.scope.covers(paragraph) is not Answer.NO}
    return None if "??" in found else frozenset(found)


def named(edition: date, on: date) -> str:
    """An edition's date, marked where it is later than the day asked for; "" without a table."""
    return "" if edition == date.max else edition.isoformat() + LATER * (edition > on)


def _pick(editions: tuple[Edition[T], ...], on: date) -> Edition[T] | None:
    """The newest edition of a day; the oldest one, later than the day, where none is; None without any."""
    best = editions[0] if editions else None
    for each in editions:
        if each.on <= on:
            best = each
    return best

"""Conditions the ledger counts: a cap on the quantity and a narrower tolerance of the value. Pure.

Until the full quantity is shipped the value may pass the licensed one by up to 10 %, unless the license says
otherwise; no quantity passes (15 CFR 750.11). Such a condition binds what leaves from the day it takes effect to
the day before it is waived.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal, InvalidOperation

from .riders import months_after

TOLERANCE = Decimal(10)  # percent of the licensed value, 750.11
CENT = Decimal("0.01")
CAP, PERCENT = "QUANTITY_CAP", "VALUE_TOLERANCE"
COUNTED = (CAP, PERCENT)
MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Limit:
    """What one condition allows: a percentage above the licensed value, or a quantity in a unit.

    `line` None covers every line of that unit together, `period` "" the whole license. It binds from `since`
    to the day before `until`; None leaves that end open.
    """

    condition: int
    code: str
    most: Decimal
    unit: str = ""
    line: int | None = None
    period: str = ""
    since: date | None = None
    until: date | None = None

    def binds(self, on: date) -> bool:
        """Whether it binds what leaves on a day."""
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)

    def covers(self, line: int, unit: str) -> bool:
        """Whether a line of the license counts toward the cap."""
        return self.code == CAP and self.line in (None, line) and same_unit(self.unit, unit)

    def window(self, on: date) -> tuple[date | None, date | None]:
        """First and last day that count together with a day: its period, as far as the condition binds."""
        first, last = self.since, self.until and self.until - timedelta(days=1)
        if self.period:
            step = MONTHS[self.period]
            start = on.replace(month=(on.month - 1) // step * step + 1, day=1)
            end = months_after(start, step) - timedelta(days=1)
            first, last = max(start, first or start), min(end, last or end)
        return first, last


def read(number: int, code: str, params: Mapping[str, str], *, waived_on: date | None = None) -> Limit | None:
    """The limit of a condition; None where it counts nothing or its figure is missing (older conditions)."""
    name = {CAP: "quantity", PERCENT: "percent"}.get(code)
    try:
        most = Decimal(params[name]) if name else None
    except (KeyError, InvalidOperation):
        return None
    if most is None:
        return None
    return Limit(
        condition=number, code=code, most=most, unit=params.get("unit", ""), period=params.get("period", ""),
        line=int(params["line"]) if params.get("line") else None, until=waived_on,
        since=date.fromisoformat(params["starts_on"]) if params.get("starts_on") else None,
    )  # fmt: skip


def same_unit(one: str, other: str) -> bool:
    """Whether two units are the same word, whatever its case."""
    return one.strip().casefold() == other.strip().casefold()


def tolerance(limits: Iterable[Limit], on: date) -> tuple[Decimal, Limit | None]:
    """Percent by which the value may pass the licensed one on a day, and the condition that says so (750.11)."""
    found = [each for each in limits if each.code == PERCENT and each.binds(on)]
    narrowest = min(found, key=lambda each: (each.most, each.condition), default=None)
    return (narrowest.most, narrowest) if narrowest else (TOLERANCE, None)


def bearable(value: Decimal, percent: Decimal) -> Decimal:
    """The most a line of a licensed value bears with a tolerance, to the cent below. US dollars."""
    return (value * (100 + percent) / 100).quantize(CENT, ROUND_DOWN)


def placed(params: Mapping[str, str], lines: Iterable[tuple[int, str]]) -> tuple[str, str] | None:
    """What of a cap meets no line of the case: the wrong figure and why. `lines` are numbers with their units."""
    units = dict(lines)
    if params.get("line"):
        line = int(params["line"])
        if line not in units:
            return "line", f"The case has no line {line}."
        units = {line: units[line]}
    if any(same_unit(params["unit"], unit) for unit in units.values()):
        return None
    said = ", ".join(sorted(set(units.values()))) or "none yet"
    return "unit", f"No line it covers is counted in '{params['unit']}'; units: {said}."

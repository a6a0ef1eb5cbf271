"""Conditions of a license as a table: what each kind says, asks for and when. Pure.

A license's conditions bind the licensee and whoever it passes them on to (15 CFR 750.7(a), (d)). What is due
under one, and by when, is computed from the license's days, its shipments and what was shown; nothing counts.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from exportctl.transitions import Blocker, wrong


class Due(StrEnum):
    """When something is due under a condition."""

    NONE = "none"
    ONCE = "once"
    SHIPMENT = "shipment"
    MONTHS = "months"


class State(StrEnum):
    """How a condition stands on a day."""

    OPEN = "open"
    MET = "met"
    LATE = "late"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class Param:
    """A figure or word a condition carries. `kind`: whole, amount, day, words or choice (one of `options`);
    `most` is its upper limit."""

    label: str
    kind: str
    help: str = ""
    most: int = 0
    options: tuple[str, ...] = ()


PARAMS: dict[str, Param] = {
    "days": Param("Days", "whole", "After each shipment, or after the license is issued", 365),
    "months": Param("Every so many months", "whole", "3 for each quarter, 12 for each year", 60),
    "quantity": Param("Quantity", "amount", "The most that may be shipped"),
    "unit": Param("Unit of that quantity", "words", "The unit of the line it caps, for example each", 20),
    "line": Param("Line", "whole", "Empty: every line of that unit together", 999),
    "period": Param(
        "In any calendar", "choice", "Empty: under the whole license", 0, ("month", "quarter", "year")
    ),
    "percent": Param("Percent above the licensed value", "amount", "0 to 10 (750.11)", 10),
    "site": Param("Site", "words", "The only place of use, with its address", 300),
    "countries": Param("Nationalities", "words", "Who may have access, or who may not", 300),
    "detail": Param("What the export filing states", "words", "For example the license's number", 300),
    "starts_on": Param("Binds from", "day", "Counts what leaves from that day on. Empty: from the issue"),
    "ends_on": Param("Last day of the license", "day", "Instead of four years (750.7(g))"),
}


@dataclass(frozen=True, slots=True)
class Rider:
    """One kind of condition: its name, standard wording, whom it binds, its figures and when it is due.

    `takes` are the figures; each group of `needs` asks for one of its names ("due_on" is the first due day).
    """

    label: str
    wording: str
    addressee: str = "applicant"
    takes: tuple[str, ...] = ()
    needs: tuple[tuple[str, ...], ...] = ()
    due: Due = Due.NONE
    evidence: str = ""  # the document that shows it; empty where none is needed


RIDERS: dict[str, Rider] = {
    "END_USE_ONLY": Rider(
        "End use only", "The items are used only for the end use stated in the application.", "end_user"
    ),
    "NO_REEXPORT": Rider(
        "No reexport", "The items are not reexported without prior authorization.", "ultimate_consignee"
    ),
    "NO_TRANSFER": Rider(
        "No transfer in country", "The items are not transferred in country to another end user or end use "
        "without prior authorization.", "ultimate_consignee",
    ),
    "NAMED_SITE": Rider(
        "Named site", "The items are installed and used only at {site}.", "end_user", ("site",), (("site",),)
    ),
    "NATIONALITY_LIMIT": Rider(
        "Nationality limit", "Access to the technology or software is limited to these nationalities: {countries}.",
        "ultimate_consignee", ("countries",), (("countries",),),
    ),
    "QUANTITY_CAP": Rider(
        "Quantity cap", "No more than {quantity} {unit}{_line} are shipped under this license{_period}{_from}.",
        "applicant", ("quantity", "unit", "line", "period", "starts_on"), (("quantity",), ("unit",)),
    ),
    "VALUE_TOLERANCE": Rider(
        "Value tolerance",
        "The total value shipped does not pass the licensed value by more than {percent} percent{_from}.",
        "applicant", ("percent", "starts_on"), (("percent",),),
    ),
    "SHIP_REPORT": Rider(
        "Report after each shipment", "The licensee reports each shipment within {days} days after it left.",
        "applicant", ("days",), (("days",),), Due.SHIPMENT, "the report as it was sent",
    ),
    "DELIVERY_PROOF": Rider(
        "Proof of delivery",
        "The licensee obtains proof of delivery of each shipment within {days} days after it left.",
        "applicant", ("days",), (("days",),), Due.SHIPMENT, "the proof of delivery",
    ),
    "PERIODIC_REPORT": Rider(
        "Periodic report", "The licensee reports on the use of this license every {months} months.",
        "applicant", ("months",), (("months", "due_on"),), Due.MONTHS, "the report as it was sent",
    ),
    "ACKNOWLEDGEMENT": Rider(
        "Written acknowledgment", "The consignee acknowledges these conditions in writing.",
        "ultimate_consignee", ("days",), (("days", "due_on"),), Due.ONCE, "the signed acknowledgment",
    ),
    "AES_DETAIL": Rider(
        "Detail in the export filing", "The electronic export information states: {detail}.", "applicant",
        ("detail",), (("detail",),),
    ),
    "EXPIRY_OVERRIDE": Rider(
        "Earlier or later end", "This license ends on {ends_on}.", "applicant", ("ends_on",), (("ends_on",),)
    ),
    "OTHER": Rider("Other", "", "applicant", (), (), Due.ONCE),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing due: its day, what for, and the day it was shown."""

    on: date | None
    why: str
    met_on: date | None = None

    def late(self, on: date) -> bool:
        """Whether it is overdue on a day, or was shown too late."""
        return self.on is not None and (self.met_on or on) > self.on


@dataclass(frozen=True, slots=True)
class Standing:
    """How a condition stands on a day: its state, what is due next and everything it asked for so far."""

    state: State
    next: Demand | None
    demands: tuple[Demand, ...]

    @property
    def words(self) -> str:
        if self.state == State.OPEN and self.next is None:
            return "In force"
        return {State.OPEN: "Open", State.MET: "Met", State.LATE: "Late", State.WAIVED: "Waived"}[self.state]

    @property
    def open(self) -> tuple[Demand, ...]:
        return tuple(each for each in self.demands if each.met_on is None)


def checked(
    code: str, text: str, params: Mapping[str, Any], due_on: date | None
) -> tuple[dict[str, str], list[Blocker]]:
    """The figures of a condition as they are kept (text, days in ISO form), and every wrong field at once."""
    rider = RIDERS.get(code)
    if rider is None:
        return {}, [wrong("code", f"'{code[:40]}' is no kind of condition.", f"One of: {', '.join(RIDERS)}.")]
    kept: dict[str, str] = {}
    found: list[Blocker] = []
    for name, value in params.items():
        if value in (None, ""):
            continue
        if name not in rider.takes:
            takes = ", ".join(rider.takes) or "none"
            found.append(wrong(name, f"'{rider.label}' does not carry this.", f"It carries: {takes}."))
        elif (said := _read(PARAMS[name], value)) is None:
            found.append(wrong(name, f"{PARAMS[name].label}: not understood.", _limits(PARAMS[name])))
        else:
            kept[name] = said
    if due_on is not None and rider.due not in (Due.ONCE, Due.MONTHS):
        found.append(wrong("due_on", f"'{rider.label}' has no first due day.", "Leave it empty."))
    given = {*params, *(["due_on"] if due_on else [])} - {k for k, v in params.items() if v in (None, "")}
    for group in rider.needs:
        if not given & set(group):
            asked = " or ".join(PARAMS[each].label if each in PARAMS else "first due day" for each in group)
            found.append(wrong(group[0], f"{asked} is missing.", "It is part of this condition."))
    if "\x00" in text or len(text) > 10_000:
        found.append(wrong("text", "The text is no text or longer than 10,000 characters.", "Shorten it."))
    elif not text.strip() and not rider.wording:
        found.append(wrong("text", "The text of the condition is missing.",
                            "Write it as the license shall carry it."))  # fmt: skip
    elif not text.strip() and not found and _missing(rider, kept):
        found.append(
            wrong("text", "The standard wording lacks a figure.", "Give the figure, or write the text.")
        )
    return kept, found


def wording(code: str, params: Mapping[str, str]) -> str:
    """The standard wording of a kind with its figures filled in; what is not given stays in brackets."""
    shown = {name: params.get(name) or f"[{PARAMS[name].label.lower()}]" for name in PARAMS}
    for name in ("starts_on", "ends_on"):
        if params.get(name):
            shown[name] = day_words(date.fromisoformat(params[name]))
    parts = {
        "_line": " of line {line}",
        "_period": " in any calendar {period}",
        "_from": " from {starts_on} on",
    }
    named = {"_line": "line", "_period": "period", "_from": "starts_on"}
    shown |= {part: said.format(**shown) if params.get(named[part]) else "" for part, said in parts.items()}
    return RIDERS[code].wording.format(**shown)


def due_words(code: str, params: Mapping[str, str], first_due: date | None) -> str:
    """When something is due under a condition, as its license says it."""
    due, first = RIDERS[code].due, day_words(first_due) if first_due else ""
    if due == Due.SHIPMENT and "days" in params:
        return f"within {params['days']} days after each shipment"
    if due == Due.MONTHS and "months" in params:
        every = "every month" if params["months"] == "1" else f"every {params['months']} months"
        return f"{every}, first on {first}" if first else f"{every} from the issue"
    if first:
        return f"once, by {first}"
    if due == Due.ONCE and "days" in params:
        return f"within {params['days']} days of the issue"
    return "as its words say" if code == "OTHER" else "at all times"


def standing(
    code: str,
    params: Mapping[str, str],
    *,
    on: date,
    first_due: date | None = None,
    issued_on: date | None = None,
    ended_on: date | None = None,
    shipped: Iterable[date] = (),
    met: Mapping[date | None, date] | None = None,
    waived_on: date | None = None,
) -> Standing:
    """How a condition stands on a day.

    `shipped` are the days of shipments that count, `met` says on which day each demand (by its due day, None
    where it has none) was shown, `ended_on` is the license's last day. Days after `on` are not looked at.
    Without a license nothing recurs: only a first due day counts.
    """
    shown = {due: day for due, day in (met or {}).items() if day <= on}
    demands = tuple(
        Demand(due, why, shown.get(due))
        for due, why in _asked(code, params, first_due, issued_on, ended_on, shipped, on, set(shown))
    )
    if waived_on is not None and waived_on <= on:
        return Standing(State.WAIVED, None, demands)
    waiting = [each for each in demands if each.met_on is None]
    following = min(waiting, key=lambda each: each.on or date.max, default=None)
    if following is not None and following.late(on):
        return Standing(State.LATE, following, demands)
    if following is None and demands:
        return Standing(State.MET, None, demands)
    return Standing(State.OPEN, following, demands)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _asked(
    code: str, params: Mapping[str, str], first_due: date | None, issued_on: date | None, ended_on: date | None,
    shipped: Iterable[date], on: date, shown: set[date | None],
) -> Iterable[tuple[date | None, str]]:  # fmt: skip
    """What a condition asks for as far as it is known on a day, each with why."""
    rider = RIDERS[code]
    if rider.due == Due.SHIPMENT and "days" in params:
        for day in sorted({each for each in shipped if each <= on}):
            yield day + timedelta(days=int(params["days"])), f"shipment of {day:%b} {day.day}, {day.year}"
    elif rider.due == Due.MONTHS and "months" in params:
        if issued_on is None and first_due is None:
            return
        step = int(params["months"])
        start = first_due or months_after(issued_on, step)  # type: ignore[arg-type]
        for place in range(600):
            due = months_after(start, place * step)
            if place and ended_on is not None and due > ended_on:
                return
            yield due, "report"
            if due > on and due not in shown:
                return
    elif rider.due in (Due.ONCE, Due.MONTHS) and first_due is not None:
        yield first_due, "once"
    elif rider.due == Due.ONCE and "days" in params and issued_on is not None:
        yield issued_on + timedelta(days=int(params["days"])), "after the issue"
    elif None in shown:
        yield None, "once"


def day_words(day: date) -> str:
    """A day as a license and its letters print it: "December 4, 2026"."""
    return f"{day:%B} {day.day}, {day.year}"


def _missing(rider: Rider, kept: Mapping[str, str]) -> bool:
    return any("{" + name + "}" in rider.wording and name not in kept for name in PARAMS)


def _read(param: Param, value: Any) -> str | None:
    """A figure as it is kept; None where it is none."""
    text = value.isoformat() if isinstance(value, date) else str(value).strip()
    if param.kind == "words":
        return text if 0 < len(text) <= param.most and "\x00" not in text else None
    if param.kind == "choice":
        return text if text in param.options else None
    try:
        if param.kind == "day":
            return date.fromisoformat(text).isoformat()
        figure = Decimal(text)
    except (ValueError, InvalidOperation):
        return None
    if not figure.is_finite() or figure < 0 or figure >= 10**13 or param.most and figure > param.most:
        return None
    if param.kind == "whole":
        return str(int(figure)) if figure == int(figure) and figure >= 1 else None
    return f"{figure.normalize():f}" if figure == round(figure, 3) else None


def _limits(param: Param) -> str:
    limits = {
        "words": f"Words, at most {param.most} characters.",
        "choice": f"One of: {', '.join(param.options)}.",
        "day": "A day as 2027-03-31.",
        "whole": f"A whole number from 1 to {param.most}.",
        "amount": f"A figure from 0 to {param.most}." if param.most else "A figure with at most 3 decimals.",
    }
    return limits[param.kind]

"""Whether a delegation of authority covers a case (15 CFR 750.3(b)(1), 750.4(c)(5)). Pure.

Everything that a scope names must fit; what it leaves open fits anything. What is not known never fits: a line is
waived on facts, not on a gap in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Scope:
    """A class of applications as an agency named it: entries or beginnings of them, reasons for control, destinations
    (country codes and country groups), and the most a case may be worth in US dollars."""

    eccns: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    most_value: Decimal | None = None

    @property
    def words(self) -> str:
        """The scope in a sentence's words."""
        parts = [
            f"ECCN {', '.join(self.eccns)}" if self.eccns else "",
            f"controlled for {', '.join(self.reasons)} alone" if self.reasons else "",
            f"to {', '.join(self.places)}" if self.places else "",
            f"up to USD {self.most_value:,.2f}" if self.most_value is not None else "",
        ]
        return "; ".join(filter(None, parts)) or "everything"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a case; `reasons` None where its reasons for control are not known."""

    number: int
    eccn: str
    reasons: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where the goods go or pass: a party's country and its country groups on the day."""

    code: str
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Case:
    lines: tuple[Line, ...]
    places: tuple[Place, ...]
    value: Decimal


@dataclass(frozen=True, slots=True)
class Answer:
    """`yes`, or everything that does not fit: of the case as a whole, and line by line."""

    of_case: tuple[str, ...] = ()
    of_lines: tuple[tuple[int, str], ...] = ()

    @property
    def yes(self) -> bool:
        return not self.of_case and not self.of_lines

    @property
    def reason(self) -> str:
        """Why not, in words; "" where it covers."""
        return "; ".join([*self.of_case, *(f"line {number}: {why}" for number, why in self.of_lines)])


def covers(scope: Scope, case: Case) -> Answer:
    """Whether a delegation of this scope covers every line of a case, and what does not fit."""
    whole = []
    if not case.lines:
        whole.append("the case has no line")
    if scope.places and not case.places:
        whole.append("no destination is known")
    if scope.places and (outside := sorted({each.code for each in case.places if not _at(scope, each)})):
        whole.append(f"{', '.join(outside)} is no destination of it")
    if scope.most_value is not None and case.value > scope.most_value:
        whole.append(f"USD {case.value:,.2f} is more than USD {scope.most_value:,.2f}")
    lines = [(line.number, why) for line in case.lines if (why := _line(scope, line))]
    return Answer(tuple(whole), tuple(lines))


def _line(scope: Scope, line: Line) -> str:
    """Why a line does not fit, "" where it does."""
    if scope.eccns and not any(begins(line.eccn, each) for each in scope.eccns):
        return f"{line.eccn} is no entry of it"
    if not scope.reasons:
        return ""
    if line.reasons is None:
        return f"the reasons for control of {line.eccn} are not known"
    if other := sorted(line.reasons - set(scope.reasons)):
        return f"{line.eccn} is also controlled for {', '.join(other)}"
    return ""


def _at(scope: Scope, place: Place) -> bool:
    return any(each == place.code or each in place.groups for each in scope.places)


def begins(eccn: str, written: str) -> bool:
    """Whether an ECCN is the entry or paragraph written, or lies within it; 3A001.a.1 does not hold 3A001.a.10."""
    said, wanted = eccn.casefold(), written.casefold()
    return said == wanted or said.startswith(wanted + ".") or (len(wanted) < 5 and said.startswith(wanted))

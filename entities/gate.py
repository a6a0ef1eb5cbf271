"""The import gate: what a file may lose, gain and change before two people must look, and its verdict."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .sources.record import FORM, KNOWN, PRESENT, ROWS, WHOLE, BadRow, BadSource, NewField
from .staging import Count

KEPT = 20  # bad rows told one by one


@dataclass(frozen=True, slots=True)
class Gate:
    """What a list of a source may lose, gain and change in one file before two people must look.

    Above `bad_rows` (a share of all rows) a file is refused; below it two people must look as well.
    """

    lost_rows: int = 20
    lost: float = 0.02
    grown: float = 0.20
    changed: float = 0.30
    bad_rows: float = 0.001


@dataclass(slots=True)
class Faults:
    """What a reader passed over: rows that could not be read, and columns the format did not have."""

    count: int = 0
    rows: list[BadRow] = field(default_factory=list)
    fields: dict[str, NewField] = field(default_factory=dict)

    def __call__(self, bad: BadRow | NewField) -> None:
        if isinstance(bad, NewField):
            self.fields.setdefault(bad.field, bad)
            return
        self.count += 1
        if self.count <= KEPT:
            self.rows.append(bad)

    def refuse(self, read: int, gate: Gate) -> None:
        """Raise BadSource where more rows than the gate's share could not be read; `read`: those that could."""
        if not self.count or self.count <= gate.bad_rows * (read + self.count):
            return
        first = self.rows[0]
        if self.count == 1:
            raise first
        raise BadRow(
            first.line, first.field,
            f"{first.reason.rstrip('.')}; with it {self.count:,} of {read + self.count:,} rows cannot be read,"
            f" more than {gate.bad_rows:.1%}.", first.remedy,
        )  # fmt: skip


def check(name: str, passed: bool, figure: object, limit: object) -> dict[str, Any]:
    """One named check of a version, as it is stored and shown; `limit` "" where it is no measure."""
    return {"check": name, "passed": passed, "figure": str(figure), "limit": str(limit)}


def refusal(bad: BadSource) -> list[dict[str, Any]]:
    """The verdict on a file that is refused: the check that failed."""
    limit = f"{Gate().bad_rows:.1%} of the rows" if bad.check == ROWS else ""
    return [check(bad.check, False, str(bad), limit)]


def verdict(counts: Iterable[Count], gate: Gate, faults: Faults, *, read: int) -> list[dict[str, Any]]:
    """The gate on a file read to its end, then list by list: [{check, passed, figure, limit}].

    `read` counts the rows that were read. A list seen for the first time passes. Fails where rows were passed
    over or columns are new, and where a list loses more rows than the gate's number and share (the larger),
    or grows or changes by more than its share of the rows.
    """
    counts = list(counts)
    names = [one.list for one in counts if one.now]
    checks = [
        check(WHOLE, True, f"{read:,} rows", ""),
        check(FORM, not faults.fields, _fields(faults), ""),
        check(ROWS, not faults.count, _rows(faults), f"0; above {gate.bad_rows:.1%} the file is refused"),
        check(KNOWN, True, ", ".join(names), ""),
        check(PRESENT, True, _present(counts), ""),
    ]
    for one in counts:
        checks += _of_list(one, gate)
    return checks


def _of_list(one: Count, gate: Gate) -> list[dict[str, Any]]:
    if not one.before:
        return [check(f"{one.list}: first version", True, one.now, "no limit")]
    most = max(gate.lost_rows, int(one.before * gate.lost))
    grown, changed = one.now / one.before - 1, one.changed / one.before
    return [
        check(f"{one.list}: rows removed", one.removed <= most, one.removed, most),
        check(f"{one.list}: growth", grown <= gate.grown, f"{grown:.1%}", f"{gate.grown:.0%}"),
        check(f"{one.list}: rows changed", changed <= gate.changed, f"{changed:.1%}", f"{gate.changed:.0%}"),
    ]


def _present(counts: list[Count]) -> str:
    """Lists of the file before that are here again; the first file of a source lacks none."""
    return ", ".join(one.list for one in counts if one.before) or "the first file"


def _fields(faults: Faults) -> str:
    told = [f"{one.reason} (line {one.line})" for one in faults.fields.values()]
    return " ".join(told[:KEPT]) or "as known, no new column"


def _rows(faults: Faults) -> str:
    told = "; ".join(f"line {one.line}, {one.field}: {one.reason.rstrip('.')}" for one in faults.rows)
    return f"{faults.count:,} ({told})" if told else "0"

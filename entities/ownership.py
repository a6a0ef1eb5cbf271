"""Who owns a party: stakes of listed owners, summed through chains, and the two 50 percent rules. Pure.

OFAC's rule: an entity owned 50 percent or more in the aggregate by blocked persons is itself blocked. The BIS
Affiliates Rule (90 FR 47201) by its dated state: in force, suspended, returning.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

HALF = Decimal(50)
BLOCKED = frozenset({"SDN"})
AFFILIATES = frozenset({"EL", "MEU", "SDN"})  # the owners that the Affiliates Rule counts


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns a share, in percent; None where it is not known. `lists` are those the owner itself stands on."""

    name: str
    share: Decimal | None = None
    lists: frozenset[str] = frozenset()
    owners: tuple[Owner, ...] = ()


@dataclass(frozen=True, slots=True)
class Interval:
    """The state of a rule from a day on, until the next."""

    since: date
    in_force: bool
    citation: str
    note: str = ""


# the same days as the intervals of the determination's tables; a test holds them together
RULE = (
    Interval(date(2025, 9, 29), True, "90 FR 47201, FR doc 2025-19001"),
    Interval(date(2025, 11, 10), False, "90 FR no. 216, rule of 2025-11-12"),
    Interval(date(2026, 11, 10), True, "90 FR no. 216, rule of 2025-11-12",
             "Returns by the text of the rule; an extension was not checked."),
)  # fmt: skip


def rule_on(on: date) -> Interval | None:
    """The state of the Affiliates Rule on a day; None before it was made."""
    return next((one for one in reversed(RULE) if one.since <= on), None)


def held(owners: Iterable[Owner], on_lists: frozenset[str]) -> tuple[Decimal | None, tuple[str, ...]]:
    """The share that listed owners hold together and their names; None where a share that decides is not known.

    A listed owner counts with its share; one held 50 percent or more by listed owners counts whole; others not.
    """
    total, unknown = Decimal(0), False
    names: list[str] = []
    for owner in owners:
        share, above = _counted(owner, on_lists)
        names += above
        unknown = unknown or share is None
        total += share or Decimal(0)
    return (None if unknown and total < HALF else total), tuple(dict.fromkeys(names))


def _counted(owner: Owner, on_lists: frozenset[str]) -> tuple[Decimal | None, tuple[str, ...]]:
    """How much of its share counts, and by which listed owners."""
    if owner.lists & on_lists:
        return owner.share, (owner.name,)
    upper, above = held(owner.owners, on_lists)
    if not above:
        return Decimal(0), ()
    if upper is None:
        return None, above
    return (owner.share if upper >= HALF else Decimal(0)), above

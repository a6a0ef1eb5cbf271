"""Which listings a party's hits tie to it, and where they stand on a line of years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from ..models import Hit, HitOutcome, HitStatus, LegalEffect, Listing


@dataclass(frozen=True, slots=True)
class Standing:
    """One listing of a party that a judged or open hit ties to it: half-open [begins, ends)."""

    hit: Hit
    listing: Listing
    begins: date
    ends: date | None
    confirmed: bool

    def holds(self, on: date) -> bool:
        return self.begins <= on and (self.ends is None or on < self.ends)

    def announced(self, on: date) -> bool:
        """Whether it was known on a day and takes effect on a later one."""
        return self.listing.legal_effect(on=on) == LegalEffect.ANNOUNCED


def standings_of(hit: Hit) -> list[Standing]:
    """The listings a hit ties to its party; a false positive ties none."""
    if hit.outcome == HitOutcome.FALSE_POSITIVE and hit.status == HitStatus.CLOSED:
        return []
    confirmed = hit.status == HitStatus.CLOSED
    return [
        Standing(hit, one, one.begins_on, one.ended_on, confirmed) for one in hit.listed_party.listings.all()
    ]


def first_of_each(holding: list[Standing]) -> list[Standing]:
    """The earliest standing on each list."""
    found: dict[str, Standing] = {}
    for each in sorted(holding, key=lambda one: (one.begins, one.listing.pk)):
        found.setdefault(each.listing.list, each)
    return list(found.values())


def chart(standings: list[Standing], *, on: date, today: date) -> dict[str, Any] | None:
    """Where the bars of the confirmed listings stand on a line of years, in units of its view box (820 wide)."""
    bars = [each for each in standings if each.confirmed]
    if not bars:
        return None
    first = min([on, *(each.begins for each in bars)]).year - 1
    last = max(on, today).year + 1
    start, whole = date(first, 1, 1), (date(last + 1, 1, 1) - date(first, 1, 1)).days

    def x(day: date) -> int:
        return min(max(round((day - start).days * 820 / whole), 0), 820)

    step = max(1, (last - first + 1) // 10)
    floor = 32 + len(bars) * 42
    return {
        "bars": [
            {
                "x": x(each.begins),
                "width": max(x(each.ends) if each.ends else 820, x(each.begins) + 2) - x(each.begins),
                "y": 46 + place * 42, "text_y": 40 + place * 42, "hollow": not each.holds(on),
                "words": f"{each.listing.get_list_display()}: {each.hit.listed_party.name}"[:110],
            }
            for place, each in enumerate(bars)
        ],
        "height": floor + 22, "floor": floor, "tick_y": floor + 16,
        "on": on, "on_x": x(on), "on_end": "end" if x(on) > 740 else "start" if x(on) < 80 else "middle",
        "ticks": [{"x": x(date(year, 1, 1)), "year": year} for year in range(first, last + 1, step)],
    }  # fmt: skip

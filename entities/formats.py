"""The sources of lists the product knows: how each is read, what it may hold and how its gate stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from .models import ListSource, WhenStale
from .sources import csl
from .sources.record import ListedRecord
from .staging import Gate


@dataclass(frozen=True, slots=True)
class Format:
    """How files of a source are read and judged; `parser` is stored with the version.

    `lists`: the lists a file of the source may hold; another one stops the import. `partial`: a file adds
    and changes entries and ends none.
    """

    parser: str
    read: Callable[[Path], Iterator[ListedRecord]]
    lists: frozenset[str]
    gate: Gate = Gate()
    partial: bool = False


_OFAC_OTHERS = frozenset({"SSI", "CMIC", "MBS", "PLC", "CAP", "FSE"})
FORMATS: dict[str, Format] = {
    "csl": Format("csl 1", csl.read, frozenset(csl.SOURCES.values())),
}

# code, name, authority, largest age in days; official lists block decisions once syncing is configured
SOURCES = (
    ("csl", "Consolidated Screening List", "International Trade Administration, trade.gov", 4),
    ("ofac_sdn", "OFAC Specially Designated Nationals", "Office of Foreign Assets Control, Treasury", 4),
    ("ofac_cons", "OFAC consolidated non-SDN lists", "Office of Foreign Assets Control, Treasury", 4),
    ("dpl", "BIS Denied Persons List", "Bureau of Industry and Security, Commerce", 7),
    ("bis", "BIS Entity, Unverified and Military End User Lists", "eCFR, 15 CFR part 744", 7),
    ("un", "UN Security Council Consolidated List", "United Nations Security Council", 7),
    ("dtc", "ITAR statutorily debarred parties", "Directorate of Defense Trade Controls, State", 30),
    ("isn", "Nonproliferation sanctions", "Bureau of International Security, State", 30),
    ("seed", "Listings delivered with the product", "BIS and OFAC notices, as cited", 400),
    ("house", "House list", "", 90),
)


def ensure_sources() -> None:
    """The sources the product knows, created once; set-up, not a change of state. Safe twice."""
    for code, name, authority, max_age in SOURCES:
        ListSource.objects.get_or_create(
            code=code, defaults={"name": name, "authority": authority, "max_age_days": max_age}
        )
    if settings.LIST_SYNC:
        synced = {"csl", *settings.LIST_MIRRORS}
        ListSource.objects.filter(code__in=synced & set(FORMATS)).update(when_stale=WhenStale.BLOCK)

"""The lists on today's desk: a held import with its diff, and a house list that grew stale."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from entities import lists, staging
from entities.models import Listing, ListSource
from entities.sources import csl
from exportctl import outbox

from .world import World, at

LOST = 25  # rows the second file lacks: more than the gate lets pass


def imports(world: World, now: datetime) -> None:
    """The house list of months ago, then a small consolidated file; the next one lacks 25 rows and is held."""
    world.say("Lists: one house list stale, one import held for release")
    house(world)
    entries = list(
        Listing.objects.filter(list="EL", listed_party__source="seed")
        .exclude(listed_party__group="Huawei")
        .select_related("listed_party")
        .order_by("listed_party__name")
    )
    source = ListSource.objects.get(pk="csl")
    folder = Path(settings.VAR) / "demo"
    for rows, days in ((entries, 3), (entries[LOST:], 0)):
        day = world.today - timedelta(days=days)
        path = folder / f"consolidated-{day}.csv"
        write(path, rows)
        lists.stage(source=source, path=path, by=world["lists"], at=min(at(day, 6), now), effective_on=day)
        outbox.drain()


def write(path: Path, rows: Sequence[Listing]) -> None:
    """The entries in the form of the Consolidated Screening List."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = {code: name for name, code in csl.SOURCES.items()}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=csl.COLUMNS)
        writer.writeheader()
        for entry in rows:
            party = entry.listed_party
            writer.writerow(
                {
                    "_id": hashlib.sha256(party.key.encode()).hexdigest()[:32],
                    "source": names[entry.list],
                    "name": party.name,
                    "addresses": "; ".join(party.countries),
                    "federal_register_notice": ", ".join(entry.citations),
                    "start_date": entry.effective_on or "",
                    "license_requirement": entry.requirement_text,
                    "license_policy": entry.get_policy_code_display() if entry.policy_code else "",
                    "alt_names": "; ".join(each["text"] for each in party.names),
                }
            )


def house(world: World) -> None:
    """A house list of one fictional broker, last looked at four months ago: it warns, it does not block."""
    text = "Kestrel Bay Brokers Ltd."
    body = {
        "name": text, "kind": "organization", "group": "", "names": [], "countries": ["CY"],
        "addresses": [{"text": "Limassol, CY", "city": "Limassol", "country": "CY"}], "identifiers": [],
        "birth_dates": [], "remarks": "Asked twice for shipments without naming the end user.",
        "effective_on": str(world.today - timedelta(days=120)), "published_on": None, "date_basis": "source",
        "ended_on": None, "requirement_code": "", "requirement_text": "Red flag: ask for the end user.",
        "policy_code": "", "policy_text": "", "footnotes": [], "citations": [], "source_url": "",
    }  # fmt: skip
    digest = hashlib.sha256(text.encode()).hexdigest()
    day = world.today - timedelta(days=120)
    lists.publish_rows(
        source=ListSource.objects.get(pk="house"), rows=[staging.Row(text.casefold(), "HOUSE", digest, body)],
        name="house list", digest=digest, parser="house 1", effective_on=day, by=world["lists"], at=at(day),
    )  # fmt: skip
    outbox.drain()

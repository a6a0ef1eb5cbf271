"""The listings delivered with the product: real entries of public United States lists, by day of effect.

`seed_listings.csv` holds facts of the Federal Register notices it cites. An effective day that was not read
in its source is marked "unverified" and shown so; a publication day not read is left out. Screening of real
cases rests on the official lists; these entries let a new installation show its work.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from exportctl.models import User

from . import lists, staging
from .models import ListSource, ListVersion
from .models import PolicyCode as Policy
from .sources.record import key_of

FILE = Path(__file__).with_name("seed_listings.csv")
PARSER = "seed 1"
REQUIREMENTS = {
    "": "",
    "ALL_EAR": "All items subject to the EAR",
    "ALL_EAR_EXCEPT_UAV_TECH": (
        "All items subject to the EAR, except EAR99 technology for the maintenance of unmanned aerial "
        "vehicles released by their operator"
    ),
    "SUPP2_744": "Items listed in supplement no. 2 to part 744",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the file: when it began (None: not known) and its row to stage."""

    began: date | None
    row: staging.Row


def versions() -> list[date]:
    """The days on which something of the file took effect, sorted: one list version each."""
    return sorted({one.began for one in _file() if one.began})


def publish(on: date, *, by: User, at: datetime) -> ListVersion:
    """Publish everything that had taken effect up to a day as a version of the source "seed".

    Entries without any known day come with the last version. Safe twice: the version in force is returned
    when nothing is new. Refuses a source that is missing (run `manage.py seed`); needs list.import.
    """
    last = on >= versions()[-1]
    rows = [one.row for one in _file() if (one.began <= on if one.began else last)]
    digest = hashlib.sha256("\n".join(row.row_hash for row in rows).encode()).hexdigest()
    return lists.publish_rows(
        source=ListSource.objects.get(pk="seed"), rows=rows, name=FILE.name, digest=digest, parser=PARSER,
        effective_on=on, by=by, at=at,
    )  # fmt: skip


def load(*, by: User, at: datetime) -> ListVersion:
    """Publish the whole file at once, as of its latest day. Safe twice; needs list.import."""
    lists.ensure_sources()
    return publish(versions()[-1], by=by, at=at)


def rows() -> Iterator[staging.Row]:
    """Every listing of the file, as it would be staged."""
    return (one.row for one in _file())


@cache
def _file() -> tuple[Listed, ...]:
    with FILE.open(encoding="utf-8", newline="") as stream:
        return tuple(_rows(csv.DictReader(stream)))


def _rows(lines: csv.DictReader[str]) -> Iterator[Listed]:
    for line in lines:
        effective, published = line["effective_on"] or None, line["published_on"] or None
        countries = sorted(line["countries"].split())
        policy = line["policy"]
        named = policy in Policy.values
        body = {
            "name": line["name"],
            "kind": "organization",
            "group": line["group"],
            "names": [
                {"text": text.strip(), "kind": "alias"} for text in line["aliases"].split(";") if text.strip()
            ],
            "countries": countries,
            "addresses": [
                {"text": f"{line['city']}, {code}", "city": line["city"], "country": code}
                for code in countries[:1]
                if line["city"]
            ],
            "identifiers": [],
            "birth_dates": [],
            "remarks": "",
            "effective_on": effective,
            "published_on": published,
            "date_basis": line["date_basis"],
            "ended_on": None,
            "requirement_code": line["requirement_code"],
            "requirement_text": REQUIREMENTS[line["requirement_code"]],
            "policy_code": policy if named else Policy.SEC.value,
            "policy_text": "" if named else f"See 15 CFR {policy}",
            "footnotes": [int(number) for number in line["footnotes"].split()],
            "citations": [text.strip() for text in line["citations"].split(";") if text.strip()],
            "source_url": "",
        }
        key = key_of(source_list=line["list"], entity_number="", name=line["name"], countries=countries)
        text = json.dumps([key, body], ensure_ascii=False, sort_keys=True)
        began = effective or published
        yield Listed(
            date.fromisoformat(began) if began else None,
            staging.Row(key, line["list"], hashlib.sha256(text.encode()).hexdigest(), body),
        )

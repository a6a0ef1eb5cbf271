"""The item master: what is exported, with its classification."""

from __future__ import annotations

import re
from datetime import datetime

from exportctl import audit, roles
from exportctl.errors import Invalid
from exportctl.models import User
from exportctl.transitions import Blocker

from .models import Item

ECCN = re.compile(r"EAR99|[0-9][A-E][0-9]{3}(\.[A-Za-z0-9.]+)?")


def add(
    *,
    part_number: str,
    name: str,
    eccn: str,
    description: str = "",
    unit: str = "each",
    manufacturer: str = "",
    by: User,
    at: datetime,
) -> Item:
    """Add an item with its ECCN and paragraph, or EAR99 (774.1(a)). Event item.added.

    Raises Invalid with every wrong field: a missing or taken part number, a missing name, an ECCN of the
    wrong form, an overlong text.
    """
    roles.require(by, "item.change")
    given = {
        "part_number": (part_number.strip(), 60),
        "name": (name.strip(), 200),
        "eccn": (eccn.strip(), 20),
        "description": (description.strip(), 4000),
        "unit": (unit.strip(), 20),
        "manufacturer": (manufacturer.strip(), 200),
    }
    found = [
        Blocker("invalid", f"Longer than {most} characters or no text.", field=field, remedy="Shorten it.")
        for field, (text, most) in given.items()
        if len(text) > most or "\x00" in text
    ]
    values = {field: text for field, (text, _) in given.items()}
    for field in ("part_number", "name", "unit"):
        if not values[field]:
            found.append(Blocker("missing", "This is missing.", field=field, remedy="Fill it in."))
    if not ECCN.fullmatch(values["eccn"]):
        found.append(
            Blocker("invalid", f"'{values['eccn']}' is no ECCN.", field="eccn", citation="15 CFR 774.1(a)",
                    remedy="Write it with its paragraph, for example 3A991.a.1, or EAR99.")
        )  # fmt: skip
    if not found and Item.objects.filter(part_number=values["part_number"]).exists():
        found.append(
            Blocker("taken", f"Part number {values['part_number']} exists.", field="part_number",
                    remedy="Use the item that exists, or another number.")
        )  # fmt: skip
    if found:
        raise Invalid(found)
    with audit.action(by=by, at=at) as log:
        item = Item.objects.create(**values, created_by=by, created_at=at)
        log("item.added", item, part_number=item.part_number, name=item.name, eccn=item.eccn)
    return item

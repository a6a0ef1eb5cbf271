"""The verbs on items: what is exported and how it is classified."""

from __future__ import annotations

import re
from datetime import datetime

from django.db import IntegrityError, transaction

from exportctl import audit, roles
from exportctl.errors import Invalid, invalid
from exportctl.models import User
from exportctl.transitions import Blocker

from .models import Item

ECCN = re.compile(r"^(EAR99|[0-9][A-E][0-9]{3}(\.[A-Za-z0-9.]+)?)$")


def add(
    *,
    part_number: str,
    name: str,
    eccn: str,
    by: User,
    at: datetime,
    description: str = "",
    unit: str = "each",
    manufacturer: str = "",
) -> Item:
    """Add an item to the master, with its classification to the paragraph (part 774, Supp. 1).

    Refuses all gaps at once: no part number or name, an ECCN that is none, a part number that is
    there already. Needs item.change.
    """
    roles.require(by, "item.change")
    eccn = eccn.strip()
    gaps = [
        Blocker("required", f"{title} is missing.", remedy="Fill it in.", field=field)
        for field, title, value in (("part_number", "The part number", part_number), ("name", "The name", name))
        if not value.strip()
    ]
    if not ECCN.match(eccn):
        gaps.append(
            Blocker(
                "invalid", f"'{eccn}' is not an ECCN.", field="eccn", citation="15 CFR part 774, Supp. 1",
                remedy="Write it with its paragraph, for example 3A991.a.1, or EAR99.",
            )
        )  # fmt: skip
    if gaps:
        raise Invalid(gaps)
    with audit.action(by=by, at=at) as log:
        try:
            with transaction.atomic():
                item = Item.objects.create(
                    part_number=part_number.strip(), name=name.strip(), eccn=eccn, description=description,
                    unit=unit, manufacturer=manufacturer, created_by=by, created_at=at,
                )  # fmt: skip
        except IntegrityError:
            raise invalid(
                "part_number", f"Part number {part_number} is there already.", remedy="Open that item instead."
            ) from None
        log("item.added", item, part_number=item.part_number, name=item.name, eccn=item.eccn)
    return item

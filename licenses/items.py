"""The item master: what is exported, with its classification."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from exportctl import audit, roles
from exportctl.errors import Conflict, Invalid, Stale
from exportctl.models import User
from exportctl.transitions import Blocker

from . import rulebook
from .models import Item

ECCN = re.compile(r"EAR99|[0-9][A-E][0-9]{3}(\.[A-Za-z0-9.]+)?")
# field -> longest text
TEXTS = {
    "part_number": 60, "name": 200, "eccn": 20, "description": 4000, "unit": 20, "manufacturer": 200,
    "model_number": 60, "ccats_number": 20,
}  # fmt: skip
NEEDED = ("part_number", "name", "unit")


def add(
    *,
    part_number: str,
    name: str,
    eccn: str,
    description: str = "",
    unit: str = "each",
    manufacturer: str = "",
    model_number: str = "",
    ccats_number: str = "",
    app: Decimal | str | None = None,
    by: User,
    at: datetime,
) -> Item:
    """Add an item with its ECCN and paragraph, or EAR99 (774.1(a)). Event item.added.

    `app` is the adjusted peak performance of a computer in weighted teraflops. Raises Invalid with every
    wrong field: a missing or taken part number, a missing name, an ECCN of the wrong form, an overlong text.
    """
    roles.require(by, "item.change")
    texts = {
        "part_number": part_number, "name": name, "eccn": eccn, "description": description, "unit": unit,
        "manufacturer": manufacturer, "model_number": model_number, "ccats_number": ccats_number,
    }  # fmt: skip
    values, found = _checked(texts, app)
    if not found and rulebook.lacks(values["eccn"]):
        found.append(unknown(values["eccn"]))
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


def unknown(eccn: str) -> Blocker:
    """No edition of the Commerce Control List on file holds the entry."""
    return Blocker("unknown", f"'{eccn}' is in no edition of the Commerce Control List on file.", field="eccn",
                   remedy="Check it, or have the newest edition imported.", citation="15 CFR 774.1(a)")  # fmt: skip


def change(
    *, item: Item, version: int, by: User, at: datetime, if_match: bool = False, **changed: Any
) -> Item:
    """Change the facts of an item; its ECCN only by a signed classification. Event item.changed with both
    sides. What was filed keeps the item as it was.

    Raises Invalid with every wrong field, Conflict with each field that differs when `version` is not the
    stored one (Stale when it came by If-Match).
    """
    roles.require(by, "item.change")
    unknown = sorted(set(changed) - (set(TEXTS) - {"eccn", "part_number"}) - {"app"})
    if unknown:
        raise Invalid([Blocker("invalid", f"'{name}' is not changed here.", field=name,
                               remedy="An ECCN changes by a signed classification.") for name in unknown])  # fmt: skip
    with audit.action(by=by, at=at) as log:
        row = Item.objects.select_for_update(no_key=True).get(pk=item.pk)
        texts = {name: changed.get(name, getattr(row, name)) for name in TEXTS}
        values, found = _checked(texts, changed.get("app", row.app))
        if found:
            raise Invalid(found)
        before = {name: getattr(row, name) for name, value in values.items() if getattr(row, name) != value}
        if version != row.version:
            raise (Stale if if_match else Conflict)([
                Blocker("stale_version", f"The item changed: you saw version {version}, it is at {row.version}.",
                        field="version", remedy="Load it again; what differs is named."),
                *(Blocker("changed", f"Saved “{old or 'empty'}”, you sent “{values[name] or 'empty'}”.", field=name,
                          remedy="Compare, then save again over the new version.")
                  for name, old in before.items()),
            ])  # fmt: skip
        for name in before:
            setattr(row, name, values[name])
        row.changed_at, row.version = at, row.version + 1
        row.save()
        log("item.changed", row, part_number=row.part_number, before=before,
            after={name: values[name] for name in before})  # fmt: skip
    return row


def _checked(texts: dict[str, str], app: Any) -> tuple[dict[str, Any], list[Blocker]]:
    """The values as they are kept, and everything wrong with them."""
    values: dict[str, Any] = {name: text.strip() for name, text in texts.items()}
    found = [
        Blocker(
            "invalid", f"Longer than {TEXTS[name]} characters or no text.", field=name, remedy="Shorten it."
        )
        for name, text in values.items()
        if len(text) > TEXTS[name] or "\x00" in text
    ]
    for name in NEEDED:
        if not values[name]:
            found.append(Blocker("missing", "This is missing.", field=name, remedy="Fill it in."))
    if not ECCN.fullmatch(values["eccn"]):
        found.append(
            Blocker("invalid", f"'{values['eccn']}' is no ECCN.", field="eccn", citation="15 CFR 774.1(a)",
                    remedy="Write it with its paragraph, for example 3A991.a.1, or EAR99.")
        )  # fmt: skip
    values["app"] = None
    if app not in (None, ""):
        try:
            figure = Decimal(str(app))
            if not (figure.is_finite() and 0 < figure < Decimal(10) ** 8):
                raise InvalidOperation
            values["app"] = figure.quantize(Decimal("0.0001"))
        except InvalidOperation:
            found.append(Blocker("invalid", "No number above 0.", field="app", remedy="Weighted teraflops.",
                                 citation="Supp. 1 to part 748, block 22b"))  # fmt: skip
    return values, found

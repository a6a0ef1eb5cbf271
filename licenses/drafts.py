"""The parts of a draft: what may be typed into each, and what differs when two people typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from entities.models import Party
from exportctl.errors import Conflict, Invalid
from exportctl.transitions import Blocker

from .models import Application, ApplicationLine, ApplicationParty, Item, PartyRole

# block -> (label, longest answer); limits of ours, the rules name none
BLOCKS = {
    "contact_person": ("Contact person", 120),
    "telephone": ("Telephone", 30),
    "end_use": ("Specific end use", 4000),
    "additional_information": ("Additional information", 8000),
}
CENT = Decimal("0.01")
MOST = Decimal(9999999999999)
Line = dict[str, Any]


def checked_blocks(blocks: Mapping[str, str]) -> dict[str, str]:
    """The answers, stripped. Raises Invalid naming every unknown block and overlong answer."""
    found = []
    for name, value in blocks.items():
        if name not in BLOCKS:
            found.append(_wrong(name, f"There is no block '{name}'.", f"Known: {', '.join(BLOCKS)}."))
        elif len(value) > BLOCKS[name][1]:
            found.append(
                _wrong(name, f"Longer than {BLOCKS[name][1]} characters.", "Shorten it or attach a document.")
            )
        elif "\x00" in value:
            found.append(_wrong(name, "Holds a character that is no text.", "Type it again."))
    if found:
        raise Invalid(found)
    return {name: value.strip() for name, value in blocks.items()}


def checked_roles(given: Iterable[tuple[str, Party]], applicant: Party) -> list[tuple[str, Party]]:
    """Roles without repeats, the applicant first. Raises Invalid for unknown roles and a second applicant."""
    found = []
    wanted: dict[tuple[str, int], tuple[str, Party]] = {
        (PartyRole.APPLICANT.value, applicant.pk): (PartyRole.APPLICANT.value, applicant)
    }
    for place, (role, party) in enumerate(given):
        if role not in PartyRole.values:
            found.append(
                _wrong(
                    f"roles[{place}].role", f"'{role}' is no role.", f"One of: {', '.join(PartyRole.values)}."
                )
            )
        elif role == PartyRole.APPLICANT and party.pk != applicant.pk:
            found.append(
                _wrong(f"roles[{place}].party", "The applicant of a draft does not change.",
                       "Start a new application for the other company.")
            )  # fmt: skip
        else:
            wanted[(str(role), party.pk)] = (str(role), party)
    if found:
        raise Invalid(found)
    return list(wanted.values())


def checked_lines(given: Iterable[Mapping[str, Any]]) -> list[Line]:
    """Lines of item, quantity and unit price (US dollars). Raises Invalid naming every wrong figure."""
    found: list[Blocker] = []
    lines: list[Line] = []
    for place, line in enumerate(given):
        item, quantity, price = line.get("item"), line.get("quantity"), line.get("unit_price")
        where = f"lines[{place}]"
        if not isinstance(item, Item):
            found.append(
                _wrong(f"{where}.item", "An item of the master is missing.", "Pick one or add it first.")
            )
        if not isinstance(quantity, Decimal) or not quantity.is_finite() or not 0 < quantity <= MOST:
            found.append(
                _wrong(f"{where}.quantity", "The quantity must be a number above 0.", "Type it again.", "22e")
            )
        elif quantity != round(quantity, 3):
            found.append(
                _wrong(f"{where}.quantity", "More than 3 decimals.", "Round it or use a smaller unit.", "22e")
            )
        if not isinstance(price, Decimal) or not price.is_finite() or not 0 <= price <= MOST:
            found.append(
                _wrong(f"{where}.unit_price", "The unit price must be 0 or more.", "Type US dollars.", "22g")
            )
        elif price != round(price, 2):
            found.append(
                _wrong(f"{where}.unit_price", "More than 2 decimals.", "Round it to the cent.", "22g")
            )
        lines.append({"item": item, "quantity": quantity, "unit_price": price})
    if not found:
        found = [
            _wrong(
                f"lines[{place}].quantity",
                "The total of this line is too large to keep.",
                "Split the line.",
                "22h",
            )
            for place, line in enumerate(lines)
            if line["quantity"] * line["unit_price"] > MOST
        ]
    if found:
        raise Invalid(found)
    return lines


def replace_roles(case: Application, roles: Iterable[tuple[str, Party]]) -> None:
    """Write the roles of a case in place of those that stand."""
    case.roles.all().delete()
    ApplicationParty.objects.bulk_create(
        ApplicationParty(application=case, role=role, party=party) for role, party in roles
    )


def replace_lines(case: Application, lines: Iterable[Line]) -> None:
    """Write the lines of a case in place of those that stand, each a snapshot of its item."""
    case.lines.all().delete()
    ApplicationLine.objects.bulk_create(
        ApplicationLine(
            application=case,
            number=number,
            item=line["item"],
            name=line["item"].name,
            part_number=line["item"].part_number,
            eccn=line["item"].eccn,
            description=line["item"].description,
            unit=line["item"].unit,
            quantity=line["quantity"],
            unit_price=line["unit_price"],
            total_price=(line["quantity"] * line["unit_price"]).quantize(CENT, ROUND_HALF_UP),
        )
        for number, line in enumerate(lines, start=1)
    )


def conflict(
    case: Application,
    version: int,
    blocks: Mapping[str, str],
    roles: list[tuple[str, Party]] | None,
    lines: list[Line] | None,
) -> Conflict:
    """Someone saved first: one blocker a field that would change what they saved."""
    found = [
        Blocker(
            "changed",
            f"{BLOCKS[name][0]} is now: {getattr(case, name) or 'empty'}",
            field=name,
            remedy="Compare, then save again over the new version.",
        )  # fmt: skip
        for name, value in blocks.items()
        if value != getattr(case, name)
    ]
    if roles is not None and {(role, party.pk) for role, party in roles} != {
        (each.role, each.party_id) for each in case.roles.all()
    }:
        now = ", ".join(f"{each.get_role_display()} {each.party}" for each in case.roles.all())
        found.append(
            Blocker(
                "changed", f"The parties are now: {now}", field="roles", remedy="Compare, then save again."
            )
        )
    stands = [
        (each.item_id, each.quantity, each.unit_price)
        for each in sorted(case.lines.all(), key=lambda a: a.number)
    ]
    if (
        lines is not None
        and [(each["item"].pk, each["quantity"], each["unit_price"]) for each in lines] != stands
    ):
        now = ", ".join(
            f"{quantity.normalize():f} of line {place}" for place, (_, quantity, _) in enumerate(stands, 1)
        )
        found.append(
            Blocker(
                "changed",
                f"The items are now: {now or 'none'}",
                field="lines",
                remedy="Compare, then save again.",
            )
        )
    head = Blocker("stale_version", f"The draft changed: you saw version {version}, it is at {case.version}.",
                   field="version", remedy="Load it again; what differs is named.")  # fmt: skip
    return Conflict([head, *found])


def _wrong(field: str, message: str, remedy: str, block: str = "") -> Blocker:
    return Blocker(
        "invalid",
        message,
        remedy=remedy,
        field=field,
        citation=f"Supp. 1 to part 748, block {block}" if block else "",
    )

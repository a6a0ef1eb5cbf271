"""The parts of a draft: what may be typed into each, and what differs between two states of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from entities.models import Party
from exportctl.countries import COUNTRIES
from exportctl.errors import Conflict, Invalid, Stale
from exportctl.transitions import Blocker

from .blocks import BLOCKS, CHOICE, CHOICES, FLAG, YES_NO, Block, words
from .models import Application, ApplicationLine, ApplicationParty, Item, PartyRole

CENT = Decimal("0.01")
MOST = Decimal(9999999999999)
MANY_ROLES, MANY_LINES = 60, 120
Line = dict[str, Any]
Role = tuple[str, Party, str]  # role, party, what this end user does with the items (BIS-748P-B)
Given = tuple[str, Party] | Role
Change = dict[str, str]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a save brings, checked: answers, all roles, all lines. None leaves what stands."""

    answers: Mapping[str, Any]
    roles: list[Role] | None = None
    lines: list[Line] | None = None


def checked(
    applicant: Party,
    blocks: Mapping[str, Any] | None,
    roles: Iterable[Given] | None,
    lines: Iterable[Mapping[str, Any]] | None,
) -> Parts:
    """The parts of a save. Raises Invalid with everything wrong in any of them, at once."""
    found: list[Blocker] = []

    def part(check: Callable[[], Any]) -> Any:
        try:
            return check()
        except Invalid as wrong:
            found.extend(wrong.blockers)
            return None

    answers = part(lambda: checked_blocks(blocks or {}))
    wanted_roles = None if roles is None else part(lambda: checked_roles(roles, applicant))
    wanted_lines = None if lines is None else part(lambda: checked_lines(lines))
    if found:
        raise Invalid(found)
    return Parts(answers, wanted_roles, wanted_lines)


def checked_blocks(blocks: Mapping[str, Any]) -> dict[str, Any]:
    """The answers, stripped. Raises Invalid naming every unknown block and every wrong or overlong answer."""
    found: list[Blocker] = []
    values: dict[str, Any] = {}
    for name, value in blocks.items():
        block = BLOCKS.get(name)
        if block is None:
            found.append(_wrong(name, f"There is no block '{name}'.", f"Known: {', '.join(BLOCKS)}."))
            continue
        wrong, values[name] = _answer(block, value)
        if wrong:
            found.append(_wrong(name, *wrong))
    if found:
        raise Invalid(found)
    return values


def _answer(block: Block, value: Any) -> tuple[tuple[str, str] | None, Any]:
    """What is wrong with an answer and how to mend it, or None; and the answer as it is kept."""
    codes = [code for code, _ in block.choices]
    if block.kind == FLAG:
        return (
            (None, value)
            if isinstance(value, bool)
            else (("Neither true nor false.", "Tick it or leave it."), False)
        )
    if block.kind == CHOICES:
        given = list(value) if isinstance(value, list | tuple | set) else [value]
        unknown = [each for each in given if each not in codes]
        if unknown:
            return (f"'{unknown[0]}' is no choice.", f"Of: {', '.join(codes)}."), []
        return None, [code for code in codes if code in given]
    text = value.strip() if isinstance(value, str) else None
    if text is None or "\x00" in text:
        return ("Holds a character that is no text.", "Type it again."), ""
    if block.kind in (CHOICE, YES_NO):
        codes = codes or ["yes", "no"]
        wrong = (f"'{text[:40]}' is no choice.", f"One of: {', '.join(codes)}; empty for none.")
        return (None, text) if text in ("", *codes) else (wrong, "")
    if len(text) > block.limit:
        return (f"Longer than {block.limit} characters.", "Shorten it or attach a document."), ""
    return _formed(block.name, text)


def _formed(name: str, text: str) -> tuple[tuple[str, str] | None, str]:
    """Answers with a form of their own."""
    if name == "import_certificate_country" and text:
        text = text.upper()
        if text not in COUNTRIES:
            return (f"'{text}' is no country.", "Write the two letters of ISO 3166, for example DE."), ""
    if name == "resubmission_acn" and text:
        text = text.upper()
        if not (len(text) == 7 and text[0].isalpha() and text.isascii() and text[1:].isdigit()):
            return (f"'{text}' is no control number.", "One letter and six digits, for example Z482911."), ""
    return None, text


def checked_roles(given: Iterable[Given], applicant: Party) -> list[Role]:
    """Roles without repeats, the applicant first. Raises Invalid for unknown roles and a second applicant."""
    found = []
    wanted: dict[tuple[str, int], Role] = {
        (PartyRole.APPLICANT.value, applicant.pk): (PartyRole.APPLICANT.value, applicant, "")
    }
    for place, (role, party, *rest) in enumerate(given):
        use = str(rest[0]).strip() if rest else ""
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
        elif len(use) > 4000 or "\x00" in use:
            found.append(
                _wrong(f"roles[{place}].end_use", "Longer than 4000 characters or no text.", "Shorten it.")
            )
        else:
            wanted[(str(role), party.pk)] = (str(role), party, use)
    if len(wanted) > MANY_ROLES:
        found.append(_wrong("roles", f"More than {MANY_ROLES} parties.", "File them in two applications."))
    if found:
        raise Invalid(found)
    return list(wanted.values())


def checked_lines(given: Iterable[Mapping[str, Any]]) -> list[Line]:
    """Lines of item, quantity, unit price and, where typed, the total (US dollars). Raises Invalid naming
    every wrong figure. Software and technology without a quantity count as one."""
    found: list[Blocker] = []
    lines: list[Line] = []
    for place, line in enumerate(given):
        item, quantity, price = line.get("item"), line.get("quantity"), line.get("unit_price")
        where = f"lines[{place}]"
        if not isinstance(item, Item):
            found.append(
                _wrong(f"{where}.item", "An item of the master is missing.", "Pick one or add it first.")
            )
        elif quantity is None and item.eccn[1:2] in ("D", "E"):
            quantity = Decimal(1)
        found += _figures(where, quantity, price, line.get("total_price"))
        lines.append({"item": item, "quantity": quantity, "unit_price": price})
    if len(lines) > MANY_LINES:
        found.append(_wrong("lines", f"More than {MANY_LINES} items.", "File them in two applications."))
    if found:
        raise Invalid(found)
    return lines


def _figures(where: str, quantity: Any, price: Any, total: Any) -> list[Blocker]:
    """What is wrong with the figures of a line."""
    found = []
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
        found.append(_wrong(f"{where}.unit_price", "More than 2 decimals.", "Round it to the cent.", "22g"))
    if not found and quantity * price > MOST:
        found.append(
            _wrong(
                f"{where}.quantity", "The total of this line is too large to keep.", "Split the line.", "22h"
            )
        )
    if not found and total is not None:
        found += _total(where, quantity, price, total)
    return found


def _total(where: str, quantity: Decimal, price: Decimal, total: Any) -> list[Blocker]:
    right = total_of(quantity, price)
    if isinstance(total, Decimal) and total.is_finite() and abs(total - right) < Decimal("0.5"):
        return []
    hint = wrong_total(quantity, price, total)
    return [_wrong(f"{where}.total_price", hint, "Correct it, or leave the total to us.", "22h")]


def total_of(quantity: Decimal, price: Decimal) -> Decimal:
    """Block 22h: quantity times unit price, to the cent."""
    return (quantity * price).quantize(CENT, ROUND_HALF_UP)


def wrong_total(quantity: Decimal, price: Decimal, total: Any) -> str:
    """Why a typed total cannot be right, in the words of who typed it."""
    right = total_of(quantity, price)
    says = f"{quantity.normalize():,f} at ${price:,.2f} is ${right:,.2f}."
    digits = sorted(f"{total:.2f}") if isinstance(total, Decimal) and total.is_finite() else []
    return says + (" Two digits look swapped." if digits == sorted(f"{right:.2f}") else "")


def replace_roles(case: Application, roles: Iterable[Role]) -> None:
    """Write the roles of a case in place of those that stand; who stays keeps its name as filed."""
    filed = {(each.role, each.party_id): each for each in case.roles.all()}
    case.roles.all().delete()
    rows = []
    for role, party, use in roles:
        row, before = (
            ApplicationParty(application=case, role=role, party=party, end_use=use),
            filed.get((role, party.pk)),
        )
        if before is not None:
            for name in ("name_as_filed", "country_as_filed", "address_as_filed"):
                setattr(row, name, getattr(before, name))
        rows.append(row)
    ApplicationParty.objects.bulk_create(rows)


def replace_lines(case: Application, lines: Iterable[Line], *, as_filed: bool = False) -> None:
    """Write the lines of a case in place of those that stand, each a snapshot of its item.

    `as_filed`: an item that is in the case already keeps the snapshot it has.
    """
    stands = {each.item_id: each for each in case.lines.all()} if as_filed else {}
    case.lines.all().delete()
    ApplicationLine.objects.bulk_create(
        ApplicationLine(
            application=case,
            number=number,
            item=line["item"],
            **{name: getattr(stands.get(line["item"].pk, line["item"]), name) for name in SNAPSHOT},
            quantity=line["quantity"],
            unit_price=line["unit_price"],
            total_price=total_of(line["quantity"], line["unit_price"]),
        )
        for number, line in enumerate(lines, start=1)
    )


# what a line keeps of its item as it was when it was picked
SNAPSHOT = (
    "name", "part_number", "eccn", "description", "unit", "model_number", "ccats_number", "manufacturer", "app",
)  # fmt: skip


def state(case: Application) -> dict[str, Any]:
    """The whole application as plain data: what a filed version keeps."""
    roles = sorted(case.roles.all(), key=lambda each: (each.role, each.party_id))
    lines = sorted(case.lines.all(), key=lambda each: each.number)
    return {
        "kind": case.kind,
        "blocks": {name: getattr(case, name) for name in BLOCKS},
        "roles": [
            {"role": each.role, "party": each.party_id, "name": each.name_as_filed or each.party.name,
             "country": each.country_as_filed or each.party.country,
             "end_use": each.end_use}
            for each in roles
        ],
        "lines": [
            {"number": each.number, "item": each.item_id, "quantity": str(each.quantity),
             "unit_price": str(each.unit_price), "total_price": str(each.total_price),
             **{name: str(getattr(each, name) or "") for name in SNAPSHOT}}
            for each in lines
        ],
    }  # fmt: skip


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What differs between two states, a row a field: {"field", "label", "before", "after"}."""
    changes: list[Change] = []

    def note(field: str, label: str, old: str, new: str) -> None:
        if old != new:
            changes.append({"field": field, "label": label, "before": old, "after": new})

    for name, block in BLOCKS.items():
        old, new = (words(block, side["blocks"].get(name)) for side in (before, after))
        note(name, f"{block.label} ({block.where.lower()})" if block.number else block.label, old, new)
    for role, label in PartyRole.choices:
        old, new = (_named(side["roles"], role) for side in (before, after))
        note(f"roles.{role}", label, old, new)
    for number in sorted({each["number"] for side in (before, after) for each in side["lines"]}):
        old, new = (_line(side["lines"], number) for side in (before, after))
        note(f"lines[{number - 1}]", f"Item {number} (block 22)", old, new)
    return changes


def _named(roles: Iterable[Mapping[str, Any]], role: str) -> str:
    return "; ".join(
        f"{each['name']}, {each['country']}" + (f" ({each['end_use']})" if each["end_use"] else "")
        for each in roles
        if each["role"] == role
    )


def _line(lines: Iterable[Mapping[str, Any]], number: int) -> str:
    for each in lines:
        if each["number"] == number:
            quantity, price = Decimal(each["quantity"]).normalize(), Decimal(each["unit_price"])
            return f"{each['part_number']} {each['name']}, {each['eccn']}: {quantity:f} {each['unit']} at ${price}"
    return ""


def conflict(case: Application, version: int, parts: Parts, *, stale: bool = False) -> Conflict:
    """Someone saved first: one blocker a field that would change what they saved.

    `stale` answers a failed If-Match (412) in place of a version in the body (409).
    """
    mine = state(case)
    theirs = {**mine, "blocks": dict(mine["blocks"])}
    theirs["blocks"].update(parts.answers)
    if parts.roles is not None:
        theirs["roles"] = [
            {"role": role, "party": party.pk, "name": party.name, "country": party.country, "end_use": use}
            for role, party, use in sorted(parts.roles, key=lambda each: (each[0], each[1].pk))
        ]
    if parts.lines is not None:
        theirs["lines"] = [_plain(number, line) for number, line in enumerate(parts.lines, start=1)]
    found = [
        Blocker(
            "changed",
            f"{change['label']}: saved “{change['before'] or 'empty'}”, you sent “{change['after'] or 'empty'}”.",
            field=change["field"].split(".")[0].split("[")[0],
            remedy="Compare, then save again over the new version.",
        )
        for change in compare(mine, theirs)
    ]
    head = Blocker("stale_version", f"The draft changed: you saw version {version}, it is at {case.version}.",
                   field="version", remedy="Load it again; what differs is named.")  # fmt: skip
    return (Stale if stale else Conflict)([head, *found])


def _plain(number: int, line: Line) -> dict[str, Any]:
    item = line["item"]
    return {
        "number": number, "item": item.pk, "quantity": str(line["quantity"]), "unit_price": str(line["unit_price"]),
        **{name: str(getattr(item, name) or "") for name in SNAPSHOT},
    }  # fmt: skip


def _wrong(field: str, message: str, remedy: str, block: str = "") -> Blocker:
    return Blocker(
        "invalid",
        message,
        remedy=remedy,
        field=field,
        citation=f"Supp. 1 to part 748, block {block}" if block else "",
    )

"""The keying sheet: the application block by block, as it is typed in at the agency."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from entities import masking
from exportctl.countries import COUNTRIES
from exportctl.models import User
from exportctl.templatetags.ui import money, quantity

from ..blocks import TABLE, asked, words
from ..models import Application, ApplicationLine, ApplicationParty, PartyRole

BOXES = {
    PartyRole.APPLICANT: "14", PartyRole.OTHER: "15", PartyRole.PURCHASER: "16",
    PartyRole.INTERMEDIATE_CONSIGNEE: "17", PartyRole.ULTIMATE_CONSIGNEE: "18", PartyRole.END_USER: "19",
    PartyRole.ORIGINAL_CONSIGNEE: "20",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    box: str
    label: str
    value: str


def loaded(user: User) -> QuerySet[Application]:
    """The cases a user sees, with what the sheet reads."""
    parties = ApplicationParty.objects.select_related("party").prefetch_related(
        "party__addresses", "party__identifiers"
    )
    return (
        Application.objects.for_user(user)
        .select_related("applicant", "filed_by", "certified_by")
        .prefetch_related(
            Prefetch("roles", parties.order_by("pk")),
            Prefetch("lines", ApplicationLine.objects.order_by("number")),
        )
    )


def sections(case: Application) -> list[tuple[str, list[Row]]]:
    """Titles with their rows: the general blocks, the parties, the items, the signature."""
    blocks = [
        Row(block.number, block.label, words(block, getattr(case, block.name)))
        for block in asked(case.kind)
        if block.number
    ]
    filed = case.submitted_at.date().isoformat() if case.submitted_at else "the day of filing"
    kind = Row("5", "Type of application", case.get_kind_display())
    head = [Row("4", "Date of application", filed), kind]
    general = sorted([*head, *blocks], key=lambda row: int(row.box))
    signed = case.certified_by.name if case.certified_by else ""
    total = sum(line.total_price for line in case.lines.all())
    return [
        ("General, blocks 1 to 13, 21 and 24", general),
        ("Parties, blocks 14 to 20 (others than the first on BIS-748P-B)", _parties(case)),
        ("Items, block 22 (others than the first on BIS-748P-A)", _items(case)),
        (
            "Value and signature",
            [Row("23", "Total application value", money(total)), Row("25", "Signature", signed)],
        ),
    ]


def answered(application: Application) -> list[tuple[str, str]]:
    """The blocks that are answered, with their box, the end use first."""
    shown = sorted(TABLE, key=lambda block: block.name != "end_use")
    pairs = ((block, words(block, getattr(application, block.name))) for block in shown)
    return [
        (f"{block.label.rstrip('?')}{f' ({block.where.lower()})' if block.number else ''}", said)
        for block, said in pairs
        if said
    ]


def _parties(case: Application) -> list[Row]:
    rows = []
    for each in sorted(case.roles.all(), key=lambda one: (int(BOXES[PartyRole(one.role)]), one.pk)):
        address = each.address_as_filed or str(next(iter(each.party.addresses.all()), ""))
        name = each.name_as_filed or each.party.name
        country = COUNTRIES.get(each.country_as_filed or each.party.country, "")
        parts = [name, address or country]
        if each.role == PartyRole.APPLICANT:
            numbers = [one.value for one in each.party.identifiers.all() if one.kind.upper() == "EIN"]
            parts += [f"EIN {masking.number(each.party.kind, value)}" for value in numbers]
        if each.end_use:
            parts.append(f"End use: {each.end_use}")
        rows.append(Row(BOXES[PartyRole(each.role)], each.get_role_display(), "\n".join(parts)))
    return rows


def _items(case: Application) -> list[Row]:
    rows = []
    for line in case.lines.all():
        figures = (
            ("a", "ECCN", line.eccn),
            ("b", "APP, weighted teraflops", str(line.app.normalize()) if line.app else ""),
            ("c", "Model or part number", line.model_number or line.part_number),
            ("d", "CCATS number", line.ccats_number),
            ("e", "Quantity", quantity(line.quantity)),
            ("f", "Units", line.unit),
            ("g", "Unit price", money(line.unit_price)),
            ("h", "Total price", money(line.total_price)),
            ("i", "Manufacturer", line.manufacturer),
            ("j", "Technical description", line.description),
        )
        rows += [Row(f"22{box}", f"Item {line.number}: {label}", value) for box, label, value in figures]
    return rows

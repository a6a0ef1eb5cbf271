"""What an application must hold before it is filed: whole-form rules, support documents, likely returns. Pure.

Rules are tables. A gap blocks the filing; an advice is told and blocks nothing; a prediction names the reason
for which such an application is returned without action (15 CFR 750.4). All of them are found at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from exportctl.transitions import Blocker

from .blocks import BLOCKS, BY_LETTER

FORM = "Supp. 1 to 15 CFR part 748"
CONSIGNEES = ("ultimate_consignee", "end_user")
AT_ONLY = re.compile(r"[0-9][A-E]99[0-9]")  # controlled for anti-terrorism alone: no mark for most countries
FIREARMS = ("0A501", "0A502", "0A504", "0A505")
COMPUTERS = ("4A003", "4A994")
NEVER_SUPPORTED = ("5A002", "5A004", "5B002")
VAGUE = (
    "network use", "general use", "own use", "for resale", "resale", "distribution", "as needed", "various",
    "commercial use", "industrial use", "for use", "use in production", "research", "unknown", "tbd", "n/a",
)  # fmt: skip
FEWEST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Role:
    """A party in a role. `placed`: its address is known beyond the country."""

    role: str
    name: str
    country: str
    placed: bool = True
    end_use: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An item of block 22, values in US dollars."""

    number: int
    eccn: str
    value: Decimal = Decimal(0)
    described: bool = True
    app: Decimal | None = None

    @property
    def base(self) -> str:
        return self.eccn[:5]

    @property
    def intangible(self) -> bool:
        """Software or technology: product groups D and E."""
        return self.eccn[1:2] in ("D", "E")


@dataclass(frozen=True, slots=True)
class Deemed:
    """What the deemed-export form holds, without the person's name and nationality."""

    complete: bool = False
    protected: bool | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filing:
    """An application as its rules see it. `answers` are the blocks; `documents` the kinds that are attached."""

    kind: str
    answers: Mapping[str, object]
    applicant_country: str = "US"
    applicant_denied: bool = False
    roles: tuple[Role, ...] = ()
    lines: tuple[Line, ...] = ()
    documents: frozenset[str] = frozenset()
    deemed: Deemed | None = None
    duplicates: tuple[str, ...] = ()  # pending applications for the same transaction

    def text(self, name: str) -> str:
        return str(self.answers.get(name) or "").strip()

    def held(self, role: str) -> tuple[Role, ...]:
        return tuple(each for each in self.roles if each.role == role)

    def marked(self, *codes: str) -> bool:
        """Whether one of these documents is attached, or marked as on file (block 7)."""
        on_file = self.answers.get("documents_on_file") or ()
        return any(code in self.documents or code in on_file for code in codes)  # type: ignore[operator]

    @property
    def destinations(self) -> frozenset[str]:
        return frozenset(each.country for each in self.roles if each.role in CONSIGNEES)

    @property
    def letter(self) -> bool:
        return self.kind in BY_LETTER

    @property
    def transaction(self) -> bool:
        """It asks about goods that go somewhere, not for a classification or an opinion."""
        return not self.letter and self.kind != "CLASSIFICATION"


Check = Callable[[Filing], Iterable[Blocker]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: a name, where it is written, what it says in words, and its check."""

    code: str
    citation: str
    words: str
    check: Check = field(repr=False)


def gap(name: str, message: str, remedy: str, citation: str = "", code: str = "missing") -> Blocker:
    """One thing that is missing or wrong, with the field it belongs to."""
    return Blocker(code, message, remedy=remedy, field=name, citation=citation)


def _box(name: str, message: str = "", remedy: str = "") -> Blocker:
    block = BLOCKS[name]
    where = f"Fill in {block.where.lower()}." if block.number else "Answer it under “Certify”."
    cited = block.citation or f"{FORM}, {block.where.lower()}"
    label = block.label.rstrip("?")
    return gap(
        name, message or f"{label}: not answered." if not block.number else message or f"{label} is missing.",
        remedy or where, cited,
    )  # fmt: skip


def contact(filing: Filing) -> Iterator[Blocker]:
    for name in ("contact_person", "telephone"):
        if not filing.text(name):
            yield _box(name)


def end_use(filing: Filing) -> Iterator[Blocker]:
    if filing.transaction and not filing.text("end_use"):
        yield _box("end_use", "The specific end use is missing.")


def items(filing: Filing) -> Iterator[Blocker]:
    if filing.letter:
        return
    if not filing.lines:
        yield gap("lines", "There is no item.", "Add at least one line.", f"{FORM}, block 22")
    for line in filing.lines:
        if not line.described:
            yield gap("lines", f"Item {line.number} has no technical description.",
                      "Describe it in the item master and pick it again.", f"{FORM}, block 22j")  # fmt: skip
    if filing.kind == "CLASSIFICATION" and len(filing.lines) > 6:
        yield gap("lines", f"A classification request holds up to 6 items, this one {len(filing.lines)}.",
                  "File the others in a second request.", "15 CFR 748.3(b)(1)", "too_many")  # fmt: skip


def consignee(filing: Filing) -> Iterator[Blocker]:
    if not filing.transaction or filing.answers.get("deemed_export"):
        return
    if not filing.held("ultimate_consignee"):
        yield gap("ultimate_consignee", "There is no ultimate consignee.",
                  "Name the party abroad that receives the items.", "15 CFR 748.5(e)")  # fmt: skip
    if filing.kind == "EXPORT" and any(each.country == "US" for each in filing.held("ultimate_consignee")):
        yield gap("ultimate_consignee", "The ultimate consignee of an export is abroad.",
                  "Name the party abroad that receives the items.", "15 CFR 748.5(e)", "not_abroad")  # fmt: skip
    if filing.kind == "AGR" and any(each.country != "CU" for each in filing.held("ultimate_consignee")):
        yield gap("ultimate_consignee", "License Exception AGR is for agricultural goods to Cuba.",
                  "Choose another type, or a consignee in Cuba.", "15 CFR 740.18", "not_cuba")  # fmt: skip
    several = filing.held("ultimate_consignee")
    if len(several) > 1:
        yield gap("ultimate_consignee", f"There are {len(several)} ultimate consignees; block 18 holds one.",
                  "Name the others as end users.", f"{FORM}, block 18", "too_many")  # fmt: skip


def intermediate(filing: Filing) -> Iterator[Blocker]:
    named, said = filing.held("intermediate_consignee"), filing.text("no_intermediate")
    if filing.transaction and not filing.answers.get("deemed_export") and not named and not said:
        yield gap("no_intermediate", "Block 17 is empty: no intermediate consignee, and nothing said about it.",
                  "Name one, or say that there is none or that it is not known.", "15 CFR 748.5(d)")  # fmt: skip
    if named and said:
        yield gap("no_intermediate", "An intermediate consignee is named, and block 17 says there is none.",
                  "Take one of the two off.", "15 CFR 748.5(d)", "contradiction")  # fmt: skip


def original(filing: Filing) -> Iterator[Blocker]:
    if filing.held("original_consignee") and filing.kind not in ("REEXPORT", "TRANSFER"):
        yield gap("original_consignee", "Only a reexport has an original ultimate consignee.",
                  "Take the party off, or file a reexport.", f"{FORM}, block 20", "not_a_reexport")  # fmt: skip


def addresses(filing: Filing) -> Iterator[Blocker]:
    if filing.letter:
        return
    for name in dict.fromkeys(each.name for each in filing.roles if not each.placed):
        yield gap("parties", f"{name} has no address.", "Add it on the party's page; every party is disclosed.",
                  "15 CFR 748.4(b)(1)")  # fmt: skip


def applicant(filing: Filing) -> Iterator[Blocker]:
    if filing.kind == "EXPORT" and filing.applicant_country != "US":
        yield gap("applicant", "The applicant of an export must be in the United States.",
                  "File in the name of the exporter, or as a reexport.", "15 CFR 748.4(a)", "not_in_us")  # fmt: skip
    if filing.applicant_denied:
        yield gap("applicant", "The applicant is denied export privileges.",
                  "Such a person may not apply; see its hit.", "15 CFR 748.4(c)", "denied")  # fmt: skip


PAPERS = {
    "agent_of_exporter": ("power_of_attorney", "the power of attorney", "15 CFR 748.4(b)(2)"),
    "agent_of_foreign_principal": (
        "routed_writing", "the foreign principal's writing", "15 CFR 758.3(b)",
    ),
}  # fmt: skip


def capacity(filing: Filing) -> Iterator[Blocker]:
    said = filing.text("capacity")
    if not said:
        yield _box(
            "capacity", "Whom the applicant acts for is not said.", "Choose its capacity under “Certify”."
        )
        return
    if said == "reexporter" and filing.kind not in ("REEXPORT", "TRANSFER"):
        yield gap("capacity", "A reexporter files a reexport or a transfer.", "Choose the capacity that fits.",
                  "15 CFR 748.4(a)", "contradiction")  # fmt: skip
    if said in PAPERS and PAPERS[said][0] not in filing.documents:
        kind, paper, citation = PAPERS[said]
        yield gap("documents", f"An agent files, and {paper} is not attached.", "Upload it under “Documents”.",
                  citation, f"{kind}_missing")  # fmt: skip


def statements(filing: Filing) -> Iterator[Blocker]:
    if not filing.transaction:
        return
    for name in ("already_exported", "detained"):
        if not filing.text(name):
            yield _box(name)
    if filing.text("already_exported") == "yes":
        yield gap("already_exported", "Goods that are laden or exported already cannot be applied for.",
                  "Take them off. See part 764 for what happened without a license.", "15 CFR 748.4(d)(2)",
                  "already_exported")  # fmt: skip
    if filing.text("detained") == "yes" and not filing.text("additional_information"):
        yield gap("additional_information", "The items are detained or seized, and block 24 does not say so.",
                  "Say where, since when and by whom.", "15 CFR 748.4(d)(1)")  # fmt: skip


def citations(filing: Filing) -> Iterator[Blocker]:
    earlier, notes = filing.text("resubmission_acn"), filing.text("additional_information")
    if earlier and earlier not in notes:
        yield gap("additional_information", f"Block 24 does not cite {earlier}, which this one resubmits.",
                  f"Write “Resubmission of {earlier}” there.", "15 CFR 748.4(g)")  # fmt: skip
    if filing.answers.get("extended_validity") and not notes:
        yield gap("additional_information", "More than four years are asked for without a reason.",
                  "Give the reason in block 24.", "15 CFR 748.6(g)")  # fmt: skip
    if filing.text("import_certificate_number") and not filing.text("import_certificate_country"):
        yield gap("import_certificate_country", "The import certificate has a number and no country.",
                  "Name the country that issued it.", f"{FORM}, block 13")  # fmt: skip


def duplicate(filing: Filing) -> Iterator[Blocker]:
    if filing.duplicates:
        numbers = ", ".join(filing.duplicates)
        yield gap("lines", f"{numbers} is pending for the same transaction: same parties, items and quantities.",
                  "Withdraw it first, or amend it.", "15 CFR 748.4(f)", "duplicate")  # fmt: skip


def deemed(filing: Filing) -> Iterator[Blocker]:
    if not filing.answers.get("deemed_export"):
        return
    form = filing.deemed or Deemed(missing=("the form of the foreign person",))
    for what in form.missing:
        yield gap("deemed", f"Deemed export: {what} is missing.", "Fill in the deemed-export form.",
                  "15 CFR 734.13")  # fmt: skip
    if form.protected:
        yield gap("deemed", "A release to a protected person is no deemed export: nothing is to be filed.",
                  "Withdraw this application.", "15 CFR 734.13", "protected_person")  # fmt: skip
    for line in filing.lines:
        if not line.intangible:
            yield gap("lines", f"Item {line.number}, {line.eccn}, is no technology or source code.",
                      "A deemed export releases technology or source code; file goods as an export.",
                      "15 CFR 734.13", "not_technology")  # fmt: skip


def letter(filing: Filing) -> Iterator[Blocker]:
    if filing.letter and "letter_of_explanation" not in filing.documents:
        yield gap("documents", "This request is made by letter, and no letter is attached.", "Upload the letter.",
                  "15 CFR 748.15" if filing.kind == "VEU" else "15 CFR 748.3(c)")  # fmt: skip


def supported(filing: Filing) -> tuple[Line, ...]:
    """The lines for which a support document may be asked (748.9(c))."""
    if not filing.transaction or filing.text("support_exemption"):
        return ()
    return tuple(each for each in filing.lines if not each.intangible and each.base not in NEVER_SUPPORTED)


def prc_statement(filing: Filing) -> Iterator[Blocker]:
    """PRC End-User Statement: China without Hong Kong (748.10(a))."""
    lines = supported(filing) if "CN" in filing.destinations else ()
    cameras = sum((each.value for each in lines if each.base == "6A003"), Decimal(0))
    listed = [each for each in lines if each.eccn != "EAR99" and not AT_ONLY.match(each.eccn)]
    others = sum((each.value for each in listed if each.base not in ("6A003", *COMPUTERS)), Decimal(0))
    why = ""
    if cameras > 5000:
        why = f"6A003 cameras for ${cameras:,.0f}, above $5,000"
    elif any(each.base == "4A003" for each in lines):
        why = "computers, at any value"
    elif others > 50000:
        why = f"items with a reason for control on the CCL for ${others:,.0f}, above $50,000"
    if why and not filing.marked("prc_statement", "import_certificate"):
        spare = others <= 75000 and not cameras
        instead = " Up to $75,000 of spare parts a BIS-711 may stand for it (748.11(a))." if spare else ""
        if not (spare and filing.marked("bis_711")):
            yield gap("documents_on_file", f"China: a PRC End-User Statement is needed for {why}.",
                      "Upload it, or mark the end-user certificate in block 7." + instead, "15 CFR 748.10(a)",
                      "prc_statement")  # fmt: skip


GAPS = (
    Rule("contact", f"{FORM}, blocks 1, 2", "Name and telephone of who can answer questions", contact),
    Rule("applicant", "15 CFR 748.4(a), (c)", "An exporter in the United States, not denied export privileges",
         applicant),
    Rule("capacity", "15 CFR 748.4(b)(2), 758.3(b)", "In which capacity the applicant files, with its paper",
         capacity),
    Rule("consignee", "15 CFR 748.5(e)", "One ultimate consignee abroad", consignee),
    Rule("intermediate", "15 CFR 748.5(d)", "The intermediate consignee, or a word that there is none",
         intermediate),
    Rule("original", f"{FORM}, block 20", "An original ultimate consignee only on reexports", original),
    Rule("addresses", "15 CFR 748.4(b)(1)", "All parties with name and address", addresses),
    Rule("end_use", f"{FORM}, block 21", "A full, specific end use", end_use),
    Rule("items", f"{FORM}, block 22; 15 CFR 748.3(b)(1)", "Items with their description", items),
    Rule("deemed", "15 CFR 734.13", "The deemed-export form, technology alone, no protected person", deemed),
    Rule("letter", "15 CFR 748.15, 748.3(c)", "The letter of a request that is made by letter", letter),
    Rule("statements", "15 CFR 748.4(d)", "Goods neither laden nor exported; detention told", statements),
    Rule("citations", "15 CFR 748.4(g), 748.6(g)", "What block 24 must say for other blocks", citations),
    Rule("duplicate", "15 CFR 748.4(f)", "No second application while the first is pending", duplicate),
    Rule("prc_statement", "15 CFR 748.10(a)", "PRC End-User Statement above its thresholds", prc_statement),
)  # fmt: skip


def gaps(filing: Filing) -> tuple[Blocker, ...]:
    """Everything that blocks the filing, all at once, each with field, rule and remedy."""
    return tuple(found for rule in GAPS for found in rule.check(filing))

"""The blocks of the license application (Supp. 1 to 15 CFR part 748) as one table. Pure.

Forms, API, checks, the keying sheet and the comparison of versions all read it. Parties (blocks 14 to 20)
and items (block 22) are rows of their own. Lengths are limits of ours, the rules name none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TEXT, DAY, YES_NO, FLAG, CHOICE, CHOICES = "text", "day", "yes_no", "flag", "choice", "choices"

KINDS = {
    "EXPORT": "Export",
    "REEXPORT": "Reexport",
    "TRANSFER": "In-country transfer",
    "STA_ELIG": "STA eligibility request",
    "AGR": "License Exception AGR notice",
    "CLASSIFICATION": "Classification request",
    "VEU": "Validated end-user request",
    "ADVISORY": "Advisory opinion",
}
LICENSED = frozenset({"EXPORT", "REEXPORT", "TRANSFER"})  # an approval of these is a license
BY_LETTER = frozenset({"VEU", "ADVISORY"})  # 748.15, 748.3(c)

SUBMITTED_DOCUMENTS = (
    ("item_appendix", "BIS-748P-A, item appendix"),
    ("end_user_appendix", "BIS-748P-B, end-user appendix"),
    ("bis_711", "BIS-711, statement by ultimate consignee and purchaser"),
    ("import_certificate", "Import or end-user certificate"),
    ("technical_specifications", "Technical specifications"),
    ("letter_of_explanation", "Letter of explanation"),
    ("foreign_availability", "Foreign availability"),
    ("other", "Other"),
)
DOCUMENTS_ON_FILE = (
    ("bis_711", "BIS-711, statement by ultimate consignee and purchaser"),
    ("letter_of_assurance", "Letter of assurance"),
    ("import_certificate", "Import or end-user certificate"),
    ("nuclear_certification", "Nuclear certification"),
    ("other", "Other (say which in block 24)"),
)
CAPACITIES = (
    ("exporter", "Exporter (US principal party in interest)"),
    ("agent_of_exporter", "Agent of the exporter, with power of attorney"),
    ("agent_of_foreign_principal", "Agent of the foreign principal (routed), with its writing"),
    ("reexporter", "Reexporter or transferor"),
)
EXEMPTIONS = (
    ("us_agency", "A party is an agency of the US Government"),
    ("foreign_government", "A party is a foreign government, not China's"),
    ("relief_agency", "A party is a registered relief agency"),
    ("temporary", "Temporary exhibit, demonstration or test"),
    ("short_supply", "Short supply"),
)


@dataclass(frozen=True, slots=True)
class Block:
    """One answer of the form. `number` is the box of the paper form, "" where it has none; `part` the
    section of the page; `kinds` the types of application that ask it, empty for all."""

    name: str
    number: str
    label: str
    kind: str = TEXT
    limit: int = 0
    choices: tuple[tuple[str, str], ...] = ()
    part: str = "filing"
    help: str = ""
    kinds: frozenset[str] = frozenset()
    citation: str = ""

    @property
    def where(self) -> str:
        """The box in words, or "" for a statement the form has no box for."""
        return f"Block {self.number}" if self.number else ""


def _kinds(*names: str) -> frozenset[str]:
    return frozenset(names)


ABROAD = _kinds("REEXPORT", "TRANSFER")
TABLE = (
    Block("contact_person", "1", "Contact person", limit=120, help="Who can answer questions"),
    Block("telephone", "2", "Telephone", limit=30, help="Of the contact person"),
    Block("facsimile", "3", "Facsimile", limit=31, help="A fax number in a telephone box ends in F"),
    Block("documents_submitted", "6", "Documents submitted with the application", CHOICES,
          choices=SUBMITTED_DOCUMENTS, part="documents"),
    Block("documents_on_file", "7", "Documents on file with the applicant", CHOICES, choices=DOCUMENTS_ON_FILE,
          part="documents", help="Mark it even if the document is not in hand yet; nothing ships before it is",
          citation="15 CFR 748.9(e)"),
    Block("support_exemption", "", "No support document is needed because", CHOICE, choices=EXEMPTIONS,
          part="documents", citation="15 CFR 748.9(c)"),
    Block("special_purpose", "9", "Special purpose", limit=60,
          help="Only where a special case of Supp. 2 to part 748 says so"),
    Block("resubmission_acn", "10", "Resubmission of", limit=7,
          help="Control number of the returned or denied application; cite it in block 24 too",
          citation="15 CFR 748.4(g)"),
    Block("replacement_license", "11", "Replaces license", limit=20, help="Number of the license to be replaced",
          citation="15 CFR 750.7(c)(1)"),
    Block("previously_exported", "12", "Exported before under", limit=120, kinds=ABROAD,
          help="License number or exception of the first export"),
    Block("import_certificate_country", "13", "Import certificate: country", limit=2, part="documents",
          help="Two letters"),
    Block("import_certificate_number", "13", "Import certificate: number", limit=60, part="documents"),
    Block("no_intermediate", "17", "If there is no intermediate consignee", CHOICE,
          choices=(("none", "There is none"), ("unknown", "Not known yet")), part="parties",
          help="Say so; an empty box is asked about", citation="15 CFR 748.5(d)"),
    Block("region", "", "Region of the destination", limit=60, part="enduse",
          help="Where the rules tell regions apart: in Ukraine name the oblast", citation="15 CFR 746.6(a)"),
    Block("end_use", "21", "What will the end user do with the items?", limit=4000, part="enduse",
          help="Full and specific: where, by whom and for what. “Network use” is returned."),
    Block("additional_information", "24", "Additional information", limit=8000, part="enduse",
          help="What a rule asks for and no other block holds"),
    Block("all_or_nothing", "", "Decide on all items together or not at all", FLAG, citation="15 CFR 748.6(c)",
          help="Otherwise each item is approved or denied by itself"),
    Block("extended_validity", "", "Ask for more than four years", FLAG, citation="15 CFR 748.6(g)",
          help="Give the reason in block 24"),
    Block("emergency", "", "Emergency processing is asked for", FLAG, citation="15 CFR 748.4(h)",
          help="Also call, with the control number at hand"),
    Block("deemed_export", "", "Deemed export: technology or source code released to a foreign person here", FLAG,
          kinds=_kinds("EXPORT"), citation="15 CFR 734.13"),
    Block("capacity", "", "The applicant files as", CHOICE, choices=CAPACITIES, part="certify",
          citation="15 CFR 748.4, 758.3"),
    Block("already_exported", "", "Are any of the items already laden or exported?", YES_NO, part="certify",
          citation="15 CFR 748.4(d)(2)"),
    Block("detained", "", "Are any of the items detained or seized?", YES_NO, part="certify",
          help="If so, say it in block 24", citation="15 CFR 748.4(d)(1)"),
)  # fmt: skip
# The red-flag sheet, Supp. 3 to part 732
FLAGS_CITATION = "Supp. 3 to 15 CFR part 732"
# code -> the question; a yes is a flag
FLAGS = {
    "end_use_unsaid": "Is the customer or its agent unwilling to say what the item is for?",
    "out_of_line": "Does the item not fit what the buyer does?",
    "out_of_place": "Does the item not fit the technical level of the country it goes to?",
    "cash": "Does the customer offer cash where terms would call for financing?",
    "no_background": "Has the customer little or no business background?",
    "unfamiliar": "Does the customer not know what the item does, and still wants it?",
    "no_service": "Does the customer decline installation, training or maintenance it would normally take?",
    "vague_delivery": "Are delivery dates vague, or deliveries planned for out-of-the-way places?",
    "forwarder_end": "Is a freight forwarder named as the final destination?",
    "odd_route": "Is the shipping route abnormal for the item and the destination?",
    "odd_packing": "Does the packing not fit the way of shipment or the destination?",
    "evasive": "Is the buyer evasive about domestic use, export or reexport?",
}
BLOCKS: Mapping[str, Block] = {block.name: block for block in TABLE}
# answers about these goods on this day: never copied from an earlier application
NOT_COPIED = frozenset(
    {"already_exported", "detained", "resubmission_acn", "replacement_license", "emergency"}
)


def asked(kind: str) -> tuple[Block, ...]:
    """The blocks a type of application asks, in the order of the form."""
    return tuple(block for block in TABLE if not block.kinds or kind in block.kinds)


def words(block: Block, value: object) -> str:
    """An answer as one reads it; "" where nothing is answered."""
    labels = dict(block.choices)
    if block.kind == CHOICES:
        return "; ".join(labels.get(each, str(each)) for each in value) if value else ""  # type: ignore[attr-defined]
    if block.kind == FLAG:
        return "Yes" if value else ""
    if block.kind == YES_NO:
        return {"yes": "Yes", "no": "No"}.get(str(value), "")
    return labels.get(str(value), str(value or ""))

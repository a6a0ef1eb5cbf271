"""What is told while an application is written and blocks nothing: advice, and why it may be returned. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from exportctl.transitions import Blocker

from .blocks import LICENSED
from .determination.case import Assessment, Result
from .determination.exceptions import REQUIRES
from .filing import (
    AT_ONLY,
    COMPUTERS,
    CONSIGNEES,
    FEWEST_WORDS,
    FIREARMS,
    FORM,
    VAGUE,
    Filing,
    Rule,
    gap,
    gaps,
    supported,
)


def similar(filing: Filing) -> Iterator[Blocker]:
    categories = {each.eccn[:1] for each in filing.lines if each.eccn != "EAR99"}
    if len(categories) > 1:
        yield gap("lines", f"The items are of {len(categories)} categories of the Commerce Control List.",
                  "Keep items similar, or file apart.", "15 CFR 748.6(d)", "not_similar")  # fmt: skip


def abroad(filing: Filing) -> Iterator[Blocker]:
    if filing.kind == "REEXPORT" and not filing.text("previously_exported"):
        yield gap("previously_exported", "How the items were exported first is not said.",
                  "Give the license number or the exception, where it is known.", f"{FORM}, block 12")  # fmt: skip
    held = {
        each.country for role in ("ultimate_consignee", "original_consignee") for each in filing.held(role)
    }
    if filing.kind == "TRANSFER" and (len(held) > 1 or not filing.held("original_consignee")):
        yield gap("original_consignee", "A transfer stays inside one country: blocks 18 and 20 name the same one.",
                  "Name who has the items now as original ultimate consignee.", "15 CFR 748.8(v)")  # fmt: skip


def middlemen(filing: Filing) -> Iterator[Blocker]:
    between = {each.name for each in filing.held("intermediate_consignee")}
    for role in CONSIGNEES:
        for each in filing.held(role):
            if each.name in between:
                yield gap("parties", f"{each.name} is the intermediate consignee and the "
                          f"{role.replace('_', ' ')}.", "A forwarding agent or intermediary is neither; check it.",
                          "15 CFR 748.5(e), (f)", "middleman")  # fmt: skip


def appendices(filing: Filing) -> Iterator[Blocker]:
    users = filing.held("end_user")
    if len(users) > 1 and any(not each.end_use for each in users):
        yield gap("parties", f"{len(users)} end users: say for each what it does with the items.",
                  "Fill in the end use beside the end user.", "BIS-748P-B, block 21", "appendix")  # fmt: skip


def computers(filing: Filing) -> Iterator[Blocker]:
    for line in filing.lines:
        if line.base in COMPUTERS and line.app is None:
            yield gap("lines", f"Item {line.number} is a computer without its adjusted peak performance.",
                      "Give it in weighted teraflops in the item master.", f"{FORM}, block 22b")  # fmt: skip


def hong_kong(filing: Filing) -> Iterator[Blocker]:
    lines = [e for e in supported(filing) if e.eccn != "EAR99" and not AT_ONLY.match(e.eccn)]
    if "HK" in filing.destinations and lines and not filing.marked("hong_kong_license"):
        yield gap("documents", "Hong Kong: its import license, or a statement that none is needed, before shipment.",
                  "For NS, MT, NP column 1 or CB items. It is not sent with the application.", "15 CFR 748.13",
                  "before_shipment")  # fmt: skip


def firearms(filing: Filing) -> Iterator[Blocker]:
    if any(e.base in FIREARMS for e in supported(filing)) and not filing.marked("import_permit"):
        yield gap("documents", "Firearms: an import permit on file before shipment, where the country requires one.",
                  "The rule changed on September 30, 2025 (90 FR 47170): read it before use.", "15 CFR 748.12",
                  "before_shipment")  # fmt: skip


def series_600(filing: Filing) -> Iterator[Blocker]:
    lines = [e for e in supported(filing) if e.eccn[2:3] == "6" and e.eccn != "EAR99"]
    if lines and "CN" not in filing.destinations and not filing.marked("bis_711"):
        yield gap("documents", "600 series: major defense equipment needs a statement by consignee and purchaser.",
                  "Attach a BIS-711 or a letter, if the items are major defense equipment.", "15 CFR 748.11(a)",
                  "statement")  # fmt: skip


def emergency(filing: Filing) -> Iterator[Blocker]:
    if filing.answers.get("emergency"):
        yield gap("emergency", "Emergency processing is asked for by telephone.", "Call, with the control number.",
                  "15 CFR 748.4(h)", "telephone")  # fmt: skip


ADVICE = (
    Rule("similar", "15 CFR 748.6(d)", "Items of one kind", similar),
    Rule(
        "abroad",
        f"{FORM}, block 12; 15 CFR 748.8(v)",
        "First export of a reexport, country of a transfer",
        abroad,
    ),
    Rule("middlemen", "15 CFR 748.5(e), (f)", "No forwarder as consignee or end user", middlemen),
    Rule("appendices", "BIS-748P-B", "An end use for each of several end users", appendices),
    Rule("computers", f"{FORM}, block 22b", "Adjusted peak performance of computers", computers),
    Rule("hong_kong", "15 CFR 748.13", "Hong Kong's import license before shipment", hong_kong),
    Rule("firearms", "15 CFR 748.12", "An import permit for firearms before shipment", firearms),
    Rule("series_600", "15 CFR 748.11(a)", "Statement for 600 series major defense equipment", series_600),
    Rule("emergency", "15 CFR 748.4(h)", "Emergency processing by telephone", emergency),
)


def advice(filing: Filing) -> tuple[Blocker, ...]:
    """What may be wrong or comes later; none of it blocks."""
    return tuple(found for rule in ADVICE for found in rule.check(filing))


# Returned without action: why, before it is filed


@dataclass(frozen=True, slots=True)
class Prediction:
    """A likely return: the reason code of table 6, and what in this application points to it."""

    reason: str
    title: str
    why: str
    field: str = ""
    citation: str = ""


def deficient(filing: Filing, found: Assessment | None) -> Iterator[Prediction]:
    missing = len(gaps(filing))
    if missing:
        yield Prediction("DEFICIENT", "Not complete", f"{missing} answer{'s' if missing > 1 else ''} missing or wrong",
                         citation="15 CFR 750.4(a)(2)")  # fmt: skip


def no_requirement(filing: Filing, found: Assessment | None) -> Iterator[Prediction]:
    """What the determination says of an application for a license: not needed, or not for Commerce."""
    if found is None or filing.kind not in LICENSED:
        return
    if found.result is Result.NLR:
        yield Prediction("NLR", "No license may be needed", "No license requirement was found on these facts",
                         citation="15 CFR 750.4(c)(3)")  # fmt: skip
    elif found.result is Result.EXCEPTION:
        met = ", ".join(each.symbol for each in found.exceptions if each.status != REQUIRES)
        why = f"Every condition of {met or 'it'} is recorded as met"
        yield Prediction("EXCEPTION", "A license exception may cover it", why, citation="15 CFR part 740")
    elif found.result is Result.OTHER_AGENCY:
        why = f"The jurisdiction recorded is {found.agency or 'that of another agency'}"
        yield Prediction("NOT_COMMERCE", "Not for Commerce to decide", why, citation="15 CFR 734.3(b)")
    elif found.result is Result.NOT_SUBJECT:
        why = next((each.text for each in found.reasons), "Not subject to the EAR on these facts")
        yield Prediction("NOT_COMMERCE", "Not for Commerce to decide", why, citation="15 CFR 734.3")


def too_general(filing: Filing, found: Assessment | None) -> Iterator[Prediction]:
    said = " ".join(filing.text("end_use").casefold().strip(". ").split())
    if filing.transaction and said and (len(said.split()) < FEWEST_WORDS or said in VAGUE):
        yield Prediction("INFO_NOT_GIVEN", "End use too general",
                         f"{len(said.split())} word{'s' if ' ' in said else ''}: say where, by whom and for what",
                         "end_use", f"{FORM}, block 21")  # fmt: skip


def twice(filing: Filing, found: Assessment | None) -> Iterator[Prediction]:
    for number in filing.duplicates:
        yield Prediction("DUPLICATE", f"Same transaction as {number}?", "Same parties, items and quantities", "lines",
                         "15 CFR 748.4(f)")  # fmt: skip


PREDICTIONS: tuple[Callable[[Filing, Assessment | None], Iterable[Prediction]], ...] = (
    deficient, no_requirement, too_general, twice,
)  # fmt: skip


def predicted(filing: Filing, found: Assessment | None = None) -> tuple[Prediction, ...]:
    """Why it is likely to be returned without action, by table 6 of the review process.

    `found` is the determination of the case on its recorded facts; None where it was not asked.
    """
    return tuple(each for check in PREDICTIONS for each in check(filing, found))

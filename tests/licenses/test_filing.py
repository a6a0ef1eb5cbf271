"""The filing rules as tables: every gap at once, support documents by their thresholds, likely returns."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from licenses import advice, filing
from licenses.blocks import BLOCKS, TABLE, asked
from licenses.determination.case import Assessment, Result
from licenses.filing import Deemed, Filing, Line, Role

ANSWERS = {
    "contact_person": "Fay", "telephone": "1", "end_use": "Spare radios for the harbor police of Rostock, Germany.",
    "no_intermediate": "none", "capacity": "exporter", "already_exported": "no", "detained": "no",
}  # fmt: skip
WHOLE = Filing(
    kind="EXPORT",
    answers=ANSWERS,
    roles=(Role("ultimate_consignee", "Nordhafen", "DE"),),
    lines=(Line(1, "5A991.b.4", Decimal(1000)),),
)


def changed(**facts: object) -> Filing:
    """The whole filing with other facts; `answers` are laid over its own."""
    answers = {**ANSWERS, **facts.pop("answers", {})}  # type: ignore[dict-item]
    return replace(WHOLE, answers=answers, **facts)  # type: ignore[arg-type]


def found(given: Filing) -> list[tuple[str, str]]:
    return [(each.code, each.field) for each in filing.gaps(given)]


def to(country: str, *lines: Line, **facts: object) -> Filing:
    return changed(roles=(Role("ultimate_consignee", "Buyer", country),), lines=lines, **facts)


def test_whole_filing_has_no_gap_and_no_prediction() -> None:
    assert filing.gaps(WHOLE) == ()
    assert advice.predicted(WHOLE) == ()


def test_empty_filing_names_everything_with_rule_and_remedy() -> None:
    gaps = filing.gaps(Filing(kind="EXPORT", answers={}))
    assert {each.field for each in gaps} == {
        "contact_person", "telephone", "capacity", "ultimate_consignee", "no_intermediate", "end_use", "lines",
        "already_exported", "detained",
    }  # fmt: skip
    assert all(each.message and each.citation and each.remedy for each in gaps)


@pytest.mark.parametrize(
    ("given", "gap"),
    [
        (changed(applicant_country="CA"), ("not_in_us", "applicant")),
        (changed(applicant_denied=True), ("denied", "applicant")),
        (to("US", *WHOLE.lines), ("not_abroad", "ultimate_consignee")),
        (changed(roles=WHOLE.roles * 2), ("too_many", "ultimate_consignee")),
        (changed(answers={"no_intermediate": ""}), ("missing", "no_intermediate")),
        (
            changed(roles=(*WHOLE.roles, Role("intermediate_consignee", "Freight", "SG"))),
            ("contradiction", "no_intermediate"),
        ),
        (
            changed(roles=(*WHOLE.roles, Role("original_consignee", "First", "FR"))),
            ("not_a_reexport", "original_consignee"),
        ),
        (changed(roles=(replace(WHOLE.roles[0], placed=False),)), ("missing", "parties")),
        (changed(lines=(replace(WHOLE.lines[0], described=False),)), ("missing", "lines")),
        (changed(answers={"capacity": "reexporter"}), ("contradiction", "capacity")),
        (changed(answers={"capacity": "agent_of_exporter"}), ("power_of_attorney_missing", "documents")),
        (
            changed(answers={"capacity": "agent_of_foreign_principal"}),
            ("routed_writing_missing", "documents"),
        ),
        (changed(answers={"already_exported": "yes"}), ("already_exported", "already_exported")),
        (changed(answers={"detained": "yes"}), ("missing", "additional_information")),
        (changed(answers={"resubmission_acn": "Z123456"}), ("missing", "additional_information")),
        (changed(answers={"extended_validity": True}), ("missing", "additional_information")),
        (changed(answers={"import_certificate_number": "7"}), ("missing", "import_certificate_country")),
        (changed(duplicates=("Z123456",)), ("duplicate", "lines")),
        (changed(kind="AGR"), ("not_cuba", "ultimate_consignee")),
        (changed(kind="CLASSIFICATION", lines=WHOLE.lines * 7), ("too_many", "lines")),
        (changed(kind="VEU"), ("missing", "documents")),
    ],
)
def test_each_rule_names_its_gap(given: Filing, gap: tuple[str, str]) -> None:
    assert found(given) == [gap]


def test_agent_with_its_paper_and_cited_resubmission_are_whole() -> None:
    assert (
        found(changed(answers={"capacity": "agent_of_exporter"}, documents=frozenset({"power_of_attorney"})))
        == []
    )
    cited = {"resubmission_acn": "Z123456", "additional_information": "Resubmission of Z123456."}
    assert found(changed(answers=cited)) == []


def test_classification_and_letters_ask_their_own_blocks_only() -> None:
    contact = {"contact_person": "Fay", "telephone": "1", "capacity": "exporter"}
    assert found(Filing(kind="CLASSIFICATION", answers=contact, lines=WHOLE.lines)) == []
    letter = frozenset({"letter_of_explanation"})
    assert found(Filing(kind="ADVISORY", answers=contact, documents=letter)) == []
    assert "previously_exported" not in {block.name for block in asked("EXPORT")}
    assert "deemed_export" not in {block.name for block in asked("REEXPORT")}


def test_deemed_export_asks_for_its_form_and_technology() -> None:
    technology = (Line(1, "3E001", Decimal(1)),)
    deemed = changed(answers={"deemed_export": True}, lines=technology, roles=())
    assert found(deemed) == [("missing", "deemed")]
    assert found(replace(deemed, deemed=Deemed(complete=True, protected=False))) == []
    assert found(replace(deemed, deemed=Deemed(protected=True))) == [("protected_person", "deemed")]
    goods = replace(deemed, deemed=Deemed(complete=True), lines=WHOLE.lines)
    assert found(goods) == [("not_technology", "lines")]


@pytest.mark.parametrize(
    ("given", "asks"),
    [
        (to("CN", Line(1, "6A003.b.4", Decimal(5000))), False),
        (to("CN", Line(1, "6A003.b.4", Decimal("5000.01"))), True),
        (to("CN", Line(1, "4A003.c", Decimal(1))), True),
        (to("CN", Line(1, "2B350.g.1", Decimal(50000))), False),
        (to("CN", Line(1, "2B350.g.1", Decimal(50001))), True),
        (to("CN", Line(1, "3A991.a.1", Decimal(900000))), False),  # anti-terrorism alone: no mark for China
        (to("CN", Line(1, "EAR99", Decimal(900000))), False),
        (to("HK", Line(1, "2B350.g.1", Decimal(900000))), False),
        (to("CN", Line(1, "3E001", Decimal(900000))), False),  # technology
        (to("CN", Line(1, "5A002.a", Decimal(900000))), False),
        (to("CN", Line(1, "2B350.g.1", Decimal(60000)), answers={"support_exemption": "temporary"}), False),
        (to("CN", Line(1, "2B350.g.1", Decimal(60000)), documents=frozenset({"prc_statement"})), False),
        (
            to(
                "CN",
                Line(1, "2B350.g.1", Decimal(60000)),
                answers={"documents_on_file": ["import_certificate"]},
            ),
            False,
        ),
        (to("CN", Line(1, "2B350.g.1", Decimal(75000)), answers={"documents_on_file": ["bis_711"]}), False),
        (to("CN", Line(1, "2B350.g.1", Decimal(75001)), answers={"documents_on_file": ["bis_711"]}), True),
    ],
)
def test_prc_statement_by_its_thresholds(given: Filing, asks: bool) -> None:
    assert found(given) == ([("prc_statement", "documents_on_file")] if asks else [])


def test_advice_blocks_nothing() -> None:
    mixed = to(
        "HK", Line(1, "2B350.g.1", Decimal(1)), Line(2, "4A003.c"), Line(3, "0A501.a"), Line(4, "9A610.x")
    )
    codes = {each.code for each in advice.advice(mixed)}
    assert {"not_similar", "before_shipment", "statement"} <= codes
    assert found(mixed) == []
    reexport = changed(kind="REEXPORT", answers={"emergency": True, "capacity": "reexporter"})
    assert {each.field for each in advice.advice(reexport)} == {"previously_exported", "emergency"}
    users = changed(roles=(*WHOLE.roles, Role("end_user", "A", "DE"), Role("end_user", "B", "DE")))
    assert [each.code for each in advice.advice(users)] == ["appendix"]


@pytest.mark.parametrize(
    ("given", "result", "reasons"),
    [
        (Filing(kind="EXPORT", answers={}), "", {"DEFICIENT"}),
        (changed(answers={"end_use": "Network use."}), "", {"INFO_NOT_GIVEN"}),
        (WHOLE, "LICENSE_REQUIRED", set()),
        (WHOLE, "NEEDS_REVIEW", set()),
        (WHOLE, "NOT_SUBJECT", {"NOT_COMMERCE"}),
        (changed(kind="CLASSIFICATION"), "NLR", set()),
        (WHOLE, "NLR", {"NLR"}),
        (WHOLE, "EXCEPTION", {"EXCEPTION"}),
        (WHOLE, "OTHER_AGENCY", {"NOT_COMMERCE"}),
        (changed(duplicates=("Z123456",)), "", {"DEFICIENT", "DUPLICATE"}),
    ],
)
def test_predicted_returns(given: Filing, result: str, reasons: set[str]) -> None:
    answer = Assessment(Result(result), (), "", (), date(2026, 8, 6)) if result else None
    assert {each.reason for each in advice.predicted(given, answer)} == reasons


def test_every_block_of_the_form_is_in_the_table() -> None:
    boxes = {block.number for block in TABLE} | {
        "4",
        "5",
        "14",
        "15",
        "16",
        "18",
        "19",
        "20",
        "22",
        "23",
        "25",
    }
    assert {str(number) for number in range(1, 26)} - boxes == {"8"}  # reserved
    assert len(BLOCKS) == len(TABLE)

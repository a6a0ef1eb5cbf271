"""Each step of a determination beyond the worked cases: places, end uses, what is subject, exceptions."""

from __future__ import annotations

import pytest

from licenses.determination.case import Result

from .cases import answer, ask, codes, columns, question, symbols

YES = {"military": True}


@pytest.mark.parametrize("code", ["CU", "IR", "KP", "SY"])
@pytest.mark.parametrize("eccn", ["EAR99", "5A991", "3A001.a.1"])
def test_blank_row_of_an_embargoed_destination_permits_nothing(code: str, eccn: str) -> None:
    assert ask(code, eccn=eccn).result is Result.LICENSE_REQUIRED
    assert ask(code, eccn=eccn, date="2010-01-01").result is Result.LICENSE_REQUIRED


def test_russia_is_never_free_though_its_row_is_graded() -> None:
    for code in ("RU", "BY"):
        listed, bare, given = (
            ask(code, eccn="5A991"),
            ask(code, eccn="EAR99"),
            ask(code, eccn="EAR99", hts="847130"),
        )
        assert (listed.result, listed.reasons[0].citation) == (Result.LICENSE_REQUIRED, "15 CFR 746.8(a)(1)")
        assert bare.result is given.result is Result.NEEDS_REVIEW
        assert any("HTS code" in each for each in bare.questions)


@pytest.mark.parametrize(
    ("region", "result"),
    [
        ("", Result.NEEDS_REVIEW), ("Atlantis", Result.NEEDS_REVIEW), ("Kyiv", Result.NLR), ("Lviv oblast", Result.NLR),
        ("Crimea", Result.LICENSE_REQUIRED), ("Donetsk Oblast", Result.LICENSE_REQUIRED),
        ("the so-called LNR", Result.LICENSE_REQUIRED), ("Sevastopol", Result.LICENSE_REQUIRED),
    ],
)  # fmt: skip
def test_ukraine_goes_by_its_region(region: str, result: Result) -> None:
    assert ask("UA", region=region).result is result


def test_crimea_under_another_country_code_is_covered() -> None:
    found = ask("RU", region="Crimea", eccn="EAR99")
    assert (found.result, codes(found)[0]) == (Result.LICENSE_REQUIRED, "REGION")


@pytest.mark.parametrize("code", ["GG", "XX", "US", ""])
def test_destination_without_a_row_needs_review(code: str) -> None:
    assert ask(code).result is Result.NEEDS_REVIEW


def test_hong_kong_before_it_followed_china_needs_review() -> None:
    assert ask("HK", eccn="3C001", date="2020-12-22").result is Result.NEEDS_REVIEW
    assert ask("HK", eccn="3C001", date="2020-12-23").result is Result.LICENSE_REQUIRED


def test_liechtenstein_follows_switzerland() -> None:
    assert "STA" in symbols(ask("LI", eccn="5A002")) | symbols(ask("LI", eccn="7A003"))


@pytest.mark.parametrize(
    ("answer_", "code", "eccn", "result", "citation"),
    [
        ("nuclear", "PK", "EAR99", Result.LICENSE_REQUIRED, "744.2"),
        ("nuclear", "KR", "EAR99", Result.LICENSE_REQUIRED, "744.2"),
        ("nuclear", "FR", "EAR99", Result.NEEDS_REVIEW, "744.2"),
        ("missile", "CN", "EAR99", Result.LICENSE_REQUIRED, "744.3"),
        ("missile", "DE", "EAR99", Result.NEEDS_REVIEW, "744.3"),
        ("chem_bio", "DE", "EAR99", Result.LICENSE_REQUIRED, "744.4"),
        ("us_person", "DE", "EAR99", Result.LICENSE_REQUIRED, "744.6"),
        ("military", "BY", "EAR99", Result.LICENSE_REQUIRED, "744.21"),
        ("military", "CN", "3A991", Result.NEEDS_REVIEW, "744.21"),
        ("military", "VN", "3A991", Result.NEEDS_REVIEW, "744.17"),
        ("military", "DE", "EAR99", Result.NEEDS_REVIEW, "744.21"),
        ("military_intelligence", "VE", "EAR99", Result.LICENSE_REQUIRED, "744.22"),
        ("military_intelligence", "HK", "EAR99", Result.LICENSE_REQUIRED, "744.22"),
        ("military_intelligence", "DE", "EAR99", Result.NEEDS_REVIEW, "744.22"),
        ("advanced_node", "MO", "EAR99", Result.LICENSE_REQUIRED, "744.23(a)(2)(i)"),
        ("advanced_node", "KR", "EAR99", Result.NEEDS_REVIEW, "744.23"),
        ("semiconductor_equipment", "CN", "3B991", Result.LICENSE_REQUIRED, "744.23(a)(4)"),
        ("semiconductor_equipment", "CN", "EAR99", Result.NEEDS_REVIEW, "744.23(a)(4)"),
    ],
)
def test_end_use_answered_with_yes(answer_: str, code: str, eccn: str, result: Result, citation: str) -> None:
    asked = question(code, eccn=eccn)
    asked["end_use_answers"][answer_] = True
    found = answer(asked)
    assert found.result is result
    assert any(citation in each.citation for each in found.reasons)


def test_end_use_leaves_only_the_exceptions_that_its_section_names() -> None:
    asked = question("BY", eccn="EAR99")
    asked["end_use_answers"]["chem_bio"] = True
    assert answer(asked).exceptions == ()
    asked = question("VE", eccn="3C001")
    asked["end_use_answers"]["military_intelligence"] = True
    assert (symbols(answer(asked)), answer(asked).policy) == ({"GOV"}, "PD")


def test_open_red_flag_blocks() -> None:
    found = ask(red_flags={"answered": True, "open": ["The customer declines installation"]})
    assert (found.result, codes(found)) == (Result.NEEDS_REVIEW, ["RED_FLAG_OPEN"])
    assert ask(red_flags={"answered": False}).result is Result.NEEDS_REVIEW


def test_end_user_elsewhere_than_the_destination_needs_review() -> None:
    assert ask("AE", party={"country": "IR", "hq_country": "IR"}).result is Result.NEEDS_REVIEW


def test_another_agency_decides_first() -> None:
    found = ask("CN", jurisdiction="ITAR", eccn="9A610.a")
    assert (found.result, found.agency, found.questions) == (
        Result.OTHER_AGENCY,
        "Department of State (ITAR)",
        (),
    )
    assert ask(jurisdiction="the moon").result is Result.NEEDS_REVIEW


@pytest.mark.parametrize(
    ("code", "eccn", "content", "result"),
    [
        ("BR", "5A991", 25, Result.NOT_SUBJECT), ("BR", "5A991", 25.1, Result.NLR),
        ("BR", "5A991", 0, Result.NOT_SUBJECT),
        ("BR", "5A991", None, Result.NEEDS_REVIEW),
        ("CN", "5A991", 5, Result.NEEDS_REVIEW),  # 734.9(i), (k)
        ("IR", "5A991", 10, Result.NEEDS_REVIEW), ("IR", "5A991", 10.5, Result.LICENSE_REQUIRED),
        ("VN", "3C001", 5, Result.NEEDS_REVIEW),  # 734.9(b)
        ("BR", "3A090.a", 0, Result.NEEDS_REVIEW),  # 734.9(h)
        ("BR", "5E002", 1, Result.LICENSE_REQUIRED), ("CN", "9A610.x", 1, Result.LICENSE_REQUIRED),
    ],
)  # fmt: skip
def test_reexport_of_a_foreign_made_item(code: str, eccn: str, content: float | None, result: Result) -> None:
    assert ask(code, eccn=eccn, type="REEXPORT", origin="FR", us_content=content).result is result


def test_foreign_made_item_in_the_united_states_is_subject() -> None:
    assert ask("BR", type="EXPORT", origin="FR", us_content=0).result is Result.NLR
    assert ask("BR", type="EXPORT", origin="FR").result is Result.NEEDS_REVIEW


def test_footnote_party_keeps_the_direct_product_question_open() -> None:
    party = {"name": "HiSilicon", "country": "BR", "hq_country": "CN"}
    asked = question("BR", type="REEXPORT", origin="TW", us_content=0, party=party)
    found = answer(asked)
    assert found.result is Result.NEEDS_REVIEW
    assert any("734.9(e)" in each for each in found.questions)


@pytest.mark.parametrize(
    ("eccn", "result"),
    [("", Result.NEEDS_REVIEW), ("5A9", Result.NEEDS_REVIEW), ("5\u0410991", Result.NEEDS_REVIEW),
     ("7Z999", Result.NEEDS_REVIEW),
     ("2A999", Result.NEEDS_REVIEW), ("5a991.B.4", Result.NLR), (" ear99 ", Result.NLR), ("5A992", Result.NEEDS_REVIEW),
     ("5A992.c", Result.NLR), ("0A982", Result.NEEDS_REVIEW), ("3E001", Result.NEEDS_REVIEW)],
)  # fmt: skip
def test_classification_decides_only_to_the_paragraph(eccn: str, result: Result) -> None:
    assert ask(eccn=eccn).result is result


def test_entries_that_bypass_the_chart() -> None:
    assert (ask("CA", eccn="5A980").result, symbols(ask("CA", eccn="5A980"))) == (
        Result.LICENSE_REQUIRED,
        {"GOV"},
    )
    assert ask("CA", eccn="0A983").exceptions == ()
    assert ask("CA", eccn="5A001.f.1").result is Result.LICENSE_REQUIRED


def test_text_requirement_reaches_the_places_it_names() -> None:
    assert columns(ask("SA", eccn="3B001.q")) == {"NS", "RS"}
    assert ask("PK", eccn="3A992").result is Result.LICENSE_REQUIRED
    assert ask("DE", eccn="3A992").result is Result.NLR
    assert ask("IN", eccn="9A515.e").result is Result.LICENSE_REQUIRED  # footnote 7


def test_limited_value_needs_a_commodity_group_b_and_the_value() -> None:
    assert symbols(ask("SG", eccn="3C001", value=3000)) == {"LVS", "STA"}
    assert "LVS" not in symbols(ask("SG", eccn="3C001", value=3001))
    assert symbols(ask("VN", eccn="3C001", value=100)) == set()


def test_exception_of_the_entry_goes_where_a_listed_party_takes_part() -> None:
    for listed in ("EL", "UVL"):
        assert symbols(ask("SG", eccn="3C001", party={"listed_as": listed})) == set()


def test_missile_technology_and_crime_control_leave_little() -> None:
    assert symbols(ask("SG", eccn="7A103")) == set()


def test_exception_is_never_better_than_verification_over_the_batch() -> None:
    for code in ("SG", "JP", "BR", "AE"):
        for eccn in ("3C001", "5A002", "3B002.a", "1A004.a", "9A001"):
            found = ask(code, eccn=eccn, value=10)
            assert found.result is not Result.EXCEPTION
            assert {each.status for each in found.exceptions} <= {"requires verification"}


@pytest.mark.parametrize(
    ("listed", "result"),
    [("DPL", Result.PROHIBITED), ("SDN", Result.PROHIBITED), ("Entity List", Result.LICENSE_REQUIRED),
     ("MEU", Result.NEEDS_REVIEW), ("CMIC", Result.NEEDS_REVIEW), ("Acme Forbidden Works", Result.NEEDS_REVIEW),
     ("none", Result.NLR), ("EL fn 4", Result.LICENSE_REQUIRED), ("Entity List, footnote 1", Result.LICENSE_REQUIRED),
     ("EL since 2026-08-07", Result.NEEDS_REVIEW), ("EL since 2026-08-06", Result.LICENSE_REQUIRED)],
)  # fmt: skip
def test_listing_as_told(listed: str, result: Result) -> None:
    assert ask(party={"listed_as": listed}).result is result


def test_unlisted_affiliate_by_name_needs_review() -> None:
    found = ask("PE", party={"name": "Huawei Cloud Peru"})
    assert (found.result, "POSSIBLE_MATCH" in codes(found)) == (Result.NEEDS_REVIEW, True)


def test_shares_of_several_owners_add_up_through_chains() -> None:
    hisilicon = {"name": "HiSilicon", "country": "CN", "share": 30}
    holding = {"name": "Quiet Holding", "country": "SG", "share": 25,
               "owners": [{"name": "HiSilicon", "country": "CN", "share": 51}]}  # fmt: skip
    minority = {"name": "Other Holding", "share": 40, "owners": [{"name": "HiSilicon", "share": 49}]}
    found = ask("SG", date="2025-10-15", eccn="EAR99", party={"owners": [hisilicon, holding]})
    assert (found.result, "55 %" in found.reasons[0].text) == (Result.LICENSE_REQUIRED, True)
    assert (
        ask("SG", date="2025-10-15", eccn="EAR99", party={"owners": [minority]}).result is Result.NEEDS_REVIEW
    )
    unknown = ask("SG", date="2025-10-15", eccn="EAR99", party={"owners": [{"name": "HiSilicon"}]})
    assert (unknown.result, codes(unknown)) == (Result.NEEDS_REVIEW, ["RED_FLAG_29", "POLICY"])
    blocked = ask("SG", date="2015-01-01", party={"owners": [{"name": "X", "share": 50, "listed_as": "SDN"}]})
    assert blocked.result is Result.PROHIBITED


def test_policy_of_the_day_is_attached() -> None:
    regimes = {
        day: next(
            each.text
            for each in ask("CN", date=day, party={"name": "HiSilicon"}).reasons
            if each.code == "POLICY"
        )
        for day in ("2019-06-01", "2022-06-01", "2023-02-01")
    }
    assert [text.split(",")[1].split()[-1] for text in regimes.values()] == ["H1", "H3", "H4"]

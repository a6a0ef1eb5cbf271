"""The thirteen worked cases of the determination."""

from __future__ import annotations

import pytest

from licenses.determination.case import ANSWERS, Result

from .cases import answer, ask, codes, columns, question, symbols

SMIC = "Semiconductor Manufacturing International Corporation (SMIC)"


def test_1_nothing_requires_a_license_for_5a991_to_germany() -> None:
    found = ask()
    assert (found.result, codes(found), found.questions) == (Result.NLR, ["NLR"], ())
    assert found.reasons[0].text == "No license requirement found on these facts."
    assert (found.reasons[0].citation, found.reasons[0].edition) == (
        "15 CFR 738.4(a)(2)(ii)(B)",
        "2026-07-23",
    )


@pytest.mark.parametrize("name", ["eccn", "destination", "jurisdiction", "origin", "end_use_answers", "red_flags",
                                  "parties", "date"])  # fmt: skip
def test_1_any_missing_input_needs_review(name: str) -> None:
    asked = question()
    asked.pop(name)
    if name == "date":
        asked["date"] = "2026-07-22"  # a table later than the day is as good as none
    assert answer(asked).result is Result.NEEDS_REVIEW


@pytest.mark.parametrize("name", ANSWERS)
def test_1_any_missing_answer_needs_review(name: str) -> None:
    asked = question()
    asked["end_use_answers"].pop(name)
    assert answer(asked).result is Result.NEEDS_REVIEW


@pytest.mark.parametrize("name", ["country", "hq_country", "name"])
def test_1_any_missing_fact_of_a_party_needs_review(name: str) -> None:
    asked = question()
    asked["parties"][0].pop(name)
    assert answer(asked).result is Result.NEEDS_REVIEW


def test_2_hisilicon_in_june_2019() -> None:
    found = ask("CN", date="2019-06-01", party={"name": "HiSilicon", "hq_country": "CN"})
    assert (found.result, found.policy) == (Result.LICENSE_REQUIRED, "PD")
    first = next(each for each in found.reasons if each.code == "ENTITY_LIST")
    assert "744.16(a)" in first.citation and "84 FR 22961" in first.citation
    assert [(each.symbol, each.status) for each in found.exceptions] == [("TGL", "requires verification")]
    earlier = ask("CN", date="2019-05-19", party={"name": "HiSilicon", "hq_country": "CN"})
    later = ask("CN", date="2020-08-14", party={"name": "HiSilicon", "hq_country": "CN"})
    assert earlier.exceptions == later.exceptions == ()


@pytest.mark.parametrize(
    ("day", "result"), [("2020-08-16", Result.NEEDS_REVIEW), ("2020-08-17", Result.LICENSE_REQUIRED)]
)
def test_3_huawei_cloud_chile_on_both_sides_of_its_listing(day: str, result: Result) -> None:
    party = {"name": "Huawei Cloud Chile", "hq_country": "CN"}
    assert ask("CL", date=day, eccn="EAR99", party=party).result is result


def test_4_national_security_column_2_of_canada_and_singapore() -> None:
    canada, singapore = ask("CA", eccn="3A001.a.7"), ask("SG", eccn="3A001.a.7")
    assert (canada.result, columns(canada)) == (Result.NLR, set())
    assert (singapore.result, columns(singapore)) == (Result.LICENSE_REQUIRED, {"NS2"})


def test_5_encryption_hardware_to_japan() -> None:
    found = ask("JP", eccn="5A002")
    assert (found.result, columns(found), symbols(found)) == (Result.LICENSE_REQUIRED, {"NS1", "EI"}, {"ENC"})
    assert found.exceptions[0].status == "requires verification"


def test_6_advanced_chip_to_france_is_for_the_office_to_settle() -> None:
    found = ask("FR", eccn="3A090.a")
    assert (found.result, codes(found)) == (Result.NEEDS_REVIEW, ["NOT_ENFORCED"])
    assert "2025-05-13" in found.reasons[0].citation
    assert ask("FR", eccn="3A090.a", date="2025-05-12").result is Result.LICENSE_REQUIRED
    assert ask("FR", eccn="4E091").result is Result.NEEDS_REVIEW
    assert ask("CN", eccn="3A090.a", party={"hq_country": "US"}).result is Result.LICENSE_REQUIRED


def test_7_headquarters_in_china_decide_in_malaysia() -> None:
    found = ask("MY", eccn="3A090.b", party={"hq_country": "CN"})
    assert found.result is Result.LICENSE_REQUIRED
    assert [each.citation for each in found.reasons if each.code == "HEADQUARTERS"] == ["15 CFR 744.23(a)(3)"]
    assert ask("MY", eccn="3A090.b").result is Result.NLR


def test_8_iran_goes_by_part_746() -> None:
    found = ask("IR", eccn="4A994")
    assert (found.result, found.exceptions) == (Result.LICENSE_REQUIRED, ())
    assert [(each.code, each.citation) for each in found.reasons] == [("EMBARGO", "15 CFR 746.7")]


def test_9_mahan_air_is_prohibited_in_any_role() -> None:
    for role in ("end_user", "carrier", "bank"):
        asked = question("AE", eccn="EAR99")
        asked["parties"].append({"role": role, "name": "Mahan Air", "country": "AE", "hq_country": "IR"})
        assert answer(asked).result is Result.PROHIBITED


@pytest.mark.parametrize(
    ("day", "result", "code"),
    [
        ("2025-10-15", Result.LICENSE_REQUIRED, "AFFILIATE"),
        ("2026-01-15", Result.NEEDS_REVIEW, "RED_FLAG"),
        ("2026-11-09", Result.NEEDS_REVIEW, "RED_FLAG"),
        ("2026-11-10", Result.LICENSE_REQUIRED, "AFFILIATE"),
    ],
)
def test_10_majority_owner_on_the_entity_list(day: str, result: Result, code: str) -> None:
    owner = {"name": SMIC, "country": "CN", "share": 60}
    found = ask("CN", date=day, eccn="EAR99", party={"name": "Lantern Bay Precision Co.", "owners": [owner]})
    assert found.result is result
    assert code in codes(found)


def test_11_limited_value_is_barred_twice() -> None:
    found = ask("CN", eccn="3B001.a.4", value=400)
    assert (found.result, found.exceptions) == (Result.LICENSE_REQUIRED, ())
    barred = next(each for each in found.reasons if each.code == "EXCEPTION_BARRED" and "LVS" in each.text)
    assert "740.2(a)(9)(i)" in barred.citation and "Country Group B" in barred.text


def test_12_firearms_to_the_united_kingdom_by_footnote_10() -> None:
    found = ask("GB", eccn="0A501.a")
    assert (found.result, codes(found)) == (Result.LICENSE_REQUIRED, ["CHART_FOOTNOTE_10"])
    assert ask("GB", eccn="0A501.y").result is Result.NLR


def test_13_hong_kong_follows_china() -> None:
    asked = question("HK", eccn="3A991")
    asked.pop("end_use_answers")
    open_ = answer(asked)
    assert (open_.result, columns(open_)) == (Result.NEEDS_REVIEW, set())
    assert len([each for each in open_.questions if "part 744" in each]) == 8
    assert ask("HK", eccn="3C001").result is Result.LICENSE_REQUIRED

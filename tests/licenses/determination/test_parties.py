"""What list entries and review policies mean for a case; without rule tables nothing is ever free."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licenses import seed
from licenses.determination.assess import assess
from licenses.determination.case import Case, CaseItem, CaseParty, Listed, Result
from licenses.determination.findings import most_restrictive
from licenses.determination.tables import POLICY_ORDER, PolicyRule, Rules

HISILICON = Listed(
    "HiSilicon Technologies Co., Ltd (HiSilicon)",
    "EL",
    date(2019, 5, 16),
    policy_code="PD",
    requirement_code="ALL_EAR",
    footnotes=(1, 2),
    citations=("84 FR 22961",),
    group="Huawei",
    edition="seed version 7",
    edition_on=date(2019, 5, 16),
)
CHILE = replace(
    HISILICON, name="Huawei Cloud Chile", effective_on=date(2020, 8, 17), citations=("85 FR 51603",)
)
MAHAN = Listed("Mahan Airways", "DPL", date(2008, 3, 17), edition="seed version 7")
REGIMES = Rules(
    tuple(
        PolicyRule(
            "Huawei", each.code, "Huawei", each.policy_code, each.summary, each.since, each.until, each.routes
        )
        for each in seed.HUAWEI
    )
)


def case(
    *listed: Listed, roles: tuple[str, ...] = ("ultimate_consignee", "end_user"), country: str = "CN"
) -> Case:
    applicant = CaseParty("Palomar Radio Systems, LLC", ("applicant",), "US")
    customer = CaseParty("Customer", roles, country, tuple(listed))
    return Case("EXPORT", country, (applicant, customer), (CaseItem("4G modem", "5A991.b.4"),))


def coded(found: object) -> list[str]:
    return [reason.code for reason in found.reasons]  # type: ignore[attr-defined]


def test_hisilicon_in_june_2019() -> None:
    found = assess(case(HISILICON), REGIMES, date(2019, 6, 1))
    assert (found.result, found.policy) == (Result.LICENSE_REQUIRED, "PD")
    assert coded(found) == ["ENTITY_LIST", "NO_EXCEPTIONS", "POLICY"]
    first, _, policy = found.reasons
    assert "744.16(a)" in first.citation
    assert "84 FR 22961" in first.citation
    assert first.edition == "seed version 7"
    assert "H1" in policy.text
    assert "Temporary general license" in policy.text


def test_hisilicon_the_day_before_and_the_day_of_its_listing() -> None:
    before, after = (assess(case(HISILICON), REGIMES, date(2019, 5, day)) for day in (15, 16))
    assert (before.result, coded(before), before.policy) == (Result.NEEDS_REVIEW, ["RED_FLAG", "POLICY"], "")
    assert after.result is Result.LICENSE_REQUIRED


def test_huawei_cloud_chile_on_both_sides_of_its_listing() -> None:
    before = assess(case(CHILE, country="CL"), REGIMES, date(2020, 8, 16))
    after = assess(case(CHILE, country="CL"), REGIMES, date(2020, 8, 17))
    assert before.result is Result.NEEDS_REVIEW
    assert "Huawei group" in before.reasons[0].text
    assert after.result is Result.LICENSE_REQUIRED


def test_denied_person_is_prohibited_in_any_role() -> None:
    for role in ("applicant", "other", "end_user", "intermediate_consignee"):
        found = assess(case(MAHAN, HISILICON, roles=(role,), country="IR"), REGIMES, date(2020, 1, 1))
        assert found.result is Result.PROHIBITED
        assert found.reasons[0].code == "DPL"
        assert "764.2(k)" in found.reasons[0].citation


def test_entity_in_a_role_outside_748_5_is_a_red_flag() -> None:
    found = assess(case(HISILICON, roles=("other",)), Rules(), date(2020, 1, 1))
    assert (found.result, coded(found)) == (Result.NEEDS_REVIEW, ["RED_FLAG"])


def test_possible_match_needs_review_and_carries_no_policy_of_the_entry() -> None:
    found = assess(case(replace(HISILICON, certain=False)), Rules(), date(2020, 1, 1))
    assert (found.result, coded(found), found.policy) == (Result.NEEDS_REVIEW, ["POSSIBLE_MATCH"], "")


def test_entry_that_covers_some_items_needs_review() -> None:
    entry = replace(HISILICON, requirement_code="SUPP2_744", requirement_text="Items of Supplement No. 2")
    found = assess(case(entry), Rules(), date(2020, 1, 1))
    assert (found.result, coded(found)) == (Result.NEEDS_REVIEW, ["ENTITY_LIST_SCOPE", "NO_EXCEPTIONS"])


@pytest.mark.parametrize(
    ("code", "country", "result", "reason"),
    [
        ("MEU", "RU", Result.LICENSE_REQUIRED, "MEU"),
        ("MEU", "CN", Result.NEEDS_REVIEW, "MEU"),
        ("SDN", "DE", Result.PROHIBITED, "SDN"),
        ("UVL", "DE", Result.NEEDS_REVIEW, "NO_EXCEPTIONS"),
        ("CMIC", "CN", Result.NEEDS_REVIEW, "RED_FLAG"),
        ("HOUSE", "CN", Result.NEEDS_REVIEW, "RED_FLAG"),
    ],
)
def test_effect_of_the_other_lists(code: str, country: str, result: Result, reason: str) -> None:
    found = assess(case(replace(MAHAN, list=code), country=country), Rules(), date(2024, 1, 1))
    assert (found.result, found.reasons[0].code) == (result, reason)


def test_edition_later_than_the_day_is_marked() -> None:
    entry = replace(HISILICON, edition_on=date(2026, 7, 31))
    assert (
        assess(case(entry), Rules(), date(2020, 1, 1)).reasons[0].edition
        == "seed version 7, not the edition of that day"
    )


def test_ended_entry_has_no_effect() -> None:
    found = assess(case(replace(HISILICON, ended_on=date(2020, 1, 1))), Rules(), date(2020, 1, 1))
    assert (found.result, found.reasons) == (Result.NEEDS_REVIEW, ())


def test_without_tables_nothing_is_free() -> None:
    found = assess(case(country="DE"), REGIMES, date(2026, 1, 1))
    assert (found.result, found.reasons, found.policy) == (Result.NEEDS_REVIEW, (), "")
    assert any("not on file" in question for question in found.questions)


def test_case_without_consignee_or_items_asks_for_them() -> None:
    asked = [
        each.split("?")[0] for each in assess(Case("EXPORT", "", (), ()), Rules(), date(2026, 1, 1)).questions
    ]
    assert {"Where do the items go", "Which items", "Who buys, receives and uses the items"} <= set(asked)


@given(st.lists(st.sampled_from(POLICY_ORDER)))
def test_most_restrictive_wins(codes: list[str]) -> None:
    found = most_restrictive(codes)
    assert found == ("" if not codes else POLICY_ORDER[min(POLICY_ORDER.index(code) for code in codes)])


@given(st.dates(date(2018, 1, 1), date(2027, 1, 1)))
def test_exactly_one_regime_holds_on_any_day(day: date) -> None:
    assert sum(rule.in_force(day) for rule in REGIMES.policies) == 1
    found = assess(case(HISILICON), REGIMES, day)
    assert (found.result is Result.LICENSE_REQUIRED) == (day >= date(2019, 5, 16))
    assert all(reason.text for reason in found.reasons)


@given(
    st.lists(
        st.builds(
            Listed,
            name=st.just("X"),
            list=st.sampled_from(["EL", "DPL", "UVL", "MEU", "SDN", "CMIC"]),
            effective_on=st.none() | st.just(date(2019, 5, 16)),
            policy_code=st.sampled_from(["", *POLICY_ORDER]),
            requirement_code=st.sampled_from(["", "ALL_EAR"]),
            certain=st.booleans(),
        ),
        max_size=4,
    )
)
def test_another_entry_never_softens_the_result(entries: list[Listed]) -> None:
    order = list(Result)
    day = date(2020, 1, 1)
    results = [
        order.index(assess(case(*entries[:count]), Rules(), day).result) for count in range(len(entries) + 1)
    ]
    assert results == sorted(results, reverse=True)

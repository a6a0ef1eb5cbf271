"""Names as they are compared."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entities.matching.names import normalise, readings


@pytest.mark.parametrize(
    ("raw", "tokens", "legal"),
    [
        ("Huawei Device Co., Ltd.", ("huawei", "device"), ("private",)),
        ("HUAWEI DEVICE CO LTD", ("huawei", "device"), ("private",)),
        ("Huawei Device Company Limited", ("huawei", "device"), ("private",)),
        ("HiSilica Minerals B.V.", ("hisilica", "minerals"), ("private",)),
        ("OJSC Izhmash", ("izhmash",), ("stock",)),
        ("ОАО «Газпром»", ("gazprom",), ("stock",)),
        ("PT. HUAWEI TECH INVESTMENT", ("huawei", "technology", "investment"), ("private",)),
        ("Xi'an Huawei Co., Ltd., Xi'an", ("xian", "huawei", "xian"), ("private",)),
        ("Haiguang Xinxi Jishu Youxian Gongsi", ("haiguang", "information", "technology"), ("private",)),
        ("JOINT STOCK Co Vympel", ("vympel",), ("stock",)),
    ],
)
def test_normalise_takes_the_legal_form_off(
    raw: str, tokens: tuple[str, ...], legal: tuple[str, ...]
) -> None:
    name = normalise(raw)
    assert (name.tokens, name.legal) == (tokens, legal)


@pytest.mark.parametrize(
    "raw", ["Vympel Limted", "Vympel Li mited", "VympelLimited", "Vympel Limited Liabilty Company"]
)
def test_normalise_mends_a_slip_in_the_legal_form(raw: str) -> None:
    assert normalise(raw).tokens == ("vympel",)


def test_normalise_leaves_a_person_without_a_legal_form() -> None:
    assert normalise("Co, Ana S.A.", kind="individual").tokens == ("co", "ana", "s", "a")


def test_normalise_keeps_a_number_before_a_legal_form() -> None:
    assert normalise("11420 CORP.").tokens == ("11420",)


def test_normalise_keeps_a_name_of_legal_forms_only() -> None:
    name = normalise("Limited Co")
    assert (name.tokens, name.legal) == (("limited", "co"), ())


def test_normalise_gives_one_spelling_of_a_word() -> None:
    assert normalise("Intl Mfg Grp").text == normalise("International Manufacturing Group").text
    assert (
        normalise("Mohammed Hussain", kind="individual").text
        == normalise("Muhammad Husayn", kind="individual").text
    )


@pytest.mark.parametrize(
    ("raw", "text", "script"),
    [
        ("华为技术有限公司", "huawei technology", "han"),
        ("華為技術有限公司", "huawei technology", "han"),
        ("深圳市海云科技有限公司", "shenzhen haiyun technology", "han"),
        ("Газпром нефть", "gazprom petroleum", "cyrillic"),
        ("삼성전자주식회사", "samseong electronics", "hangul"),
        ("Müller Márkt", "muller markt", "latin"),
    ],
)
def test_normalise_reads_other_scripts(raw: str, text: str, script: str) -> None:
    name = normalise(raw)
    assert (name.text, name.script) == (text, script)


@pytest.mark.parametrize(
    "raw",
    ["НUAWEI", "HUАWEI", "ΗUAWEI", "ＨＵＡＷＥＩ", "H\u200bUA\u200dWEI", "\u202eHUAWEI\u202c", "𝐇𝐔𝐀𝐖𝐄𝐈"],
)
def test_normalise_folds_look_alikes_and_zero_width(raw: str) -> None:
    assert normalise(raw).tokens == ("huawei",)


def test_readings_reads_a_wholly_look_alike_name_both_ways() -> None:
    assert {name.text for name in readings("СОСА")} == {"sosa", "coca"}


@pytest.mark.parametrize("raw", ["", "   ", "!!!", "\u200d", "\ud800", "\u202e\u202c", "💥"])
def test_normalise_gives_no_tokens_where_nothing_can_be_read(raw: str) -> None:
    assert normalise(raw).tokens == ()
    assert len(readings(raw)) == 1


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(), max_size=200), st.sampled_from(["", "individual", "organization", "vessel"]))
def test_readings_never_raises(raw: str, kind: str) -> None:
    names = readings(raw, kind=kind)
    assert names[0] == normalise(raw, kind=kind)
    assert all(len(name.tokens) == len(name.shown) for name in names)
    assert all(token.isascii() and token for name in names for token in name.tokens)


@pytest.mark.parametrize(
    "raw", ["x" * 10_240, "A.K.A. " * 1_500, "(a) " * 2_560, "ﷺ" * 10_240, "Co Ltd " * 1_500]
)
def test_readings_of_ten_kilobytes_are_quick(raw: str) -> None:
    start = time.process_time()
    assert readings(raw)
    assert time.process_time() - start < 1.0


def test_readings_splits_brackets_and_markers() -> None:
    found = {(name.part, name.text) for name in readings("Foo Baltic Ltd (FBL) formerly Bar GmbH c/o Baz")}
    assert {("after", "bar"), ("after", "baz")} <= found
    assert ("inside", "fbl") in found


def test_readings_of_a_listed_name_leaves_a_place_in_brackets() -> None:
    parts = {name.text for name in readings("Vympel Plant (Liyang)", listed=True)}
    assert "liyang" not in parts
    assert "vympel plant" in parts


def test_readings_of_a_family_row_names_the_child_only() -> None:
    found = [
        n.text for n in readings("Huawei Technologies Co., Ltd. (Huawei). Affiliated Entity: Longshine Ltd.")
    ]
    assert found[1:] == ["longshine"]


def test_readings_gives_a_chinese_brand_its_english_name() -> None:
    assert "hisilicon" in {name.text for name in readings("海思有限公司")}


def test_normalise_drops_a_vessel_prefix() -> None:
    assert normalise("M/V OCEAN STAR", kind="vessel").text == "ocean star"

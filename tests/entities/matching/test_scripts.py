"""Names in other scripts and legal forms with slips: what is compared of them."""

from __future__ import annotations

import pytest

from entities.matching import abjad, han
from entities.matching.compare import consonants
from entities.matching.names import normalise, readings


@pytest.mark.parametrize(
    ("own", "text"),
    [
        ("深圳市海思半导体有限公司", "shenzhen haisi semiconductor"),
        ("華為技術有限公司", "huawei technology"),
        ("中国电子科技集团公司第十四研究所", "china electronics technology 14 institute"),
        ("第七一六研究所", "716 institute"),
        ("国防科技大学", "national university of defense technology"),
        ("中国兵器工业集团有限公司", "china north industry group"),
        ("国营第六〇七厂", "national 607 plant"),
        ("龙芯中科技术股份有限公司", "longxinzhongke technology"),
        ("北京航天自动控制研究所", "beijing aerospace automatic control institute"),
        ("华为数字技术（苏州）有限公司", "huawei digital technology suzhou"),
    ],
)
def test_a_chinese_company_is_read_by_its_words(own: str, text: str) -> None:
    assert normalise(own).text == text or text in {name.text for name in readings(own)}


def test_a_chinese_person_is_surname_and_given_name() -> None:
    assert normalise("张伟").tokens == ("zhang", "wei")
    assert normalise("张伟", kind="organization").tokens == ("zhangwei",)


def test_a_brand_has_a_reading_by_its_english_name() -> None:
    assert "zte" in {name.text.split()[0] for name in readings("中兴通讯股份有限公司")}


@pytest.mark.parametrize(
    ("number", "digits"), [("十四", "14"), ("二十", "20"), ("一百零三", "103"), ("五五", "55")]
)
def test_chinese_numbers_are_digits(number: str, digits: str) -> None:
    assert han.parts(f"第{number}研究所", person=False)[0] == (digits, f"第{number}")


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("عبدالرحمن", ("abd", "al", "rahman")), ("التكريتي", ("al", "tkryty")), ("محمد", ("mohammad",)),
        ("أحمد", ("ahmad",)), ("سيف", ("saif",)), ("رحمتالله", ("rhmt", "allah")), ("شركة", ("company",)),
    ],
)  # fmt: skip
def test_an_arabic_word_is_read_by_its_letters(word: str, parts: tuple[str, ...]) -> None:
    assert abjad.parts(word) == parts


@pytest.mark.parametrize(
    ("latin", "own"),
    [
        ("tikriti", "التكريتي"),
        ("ghafur", "غفور"),
        ("sheibani", "شيباني"),
        ("qadhafi", "قذافي"),
        ("yazdi", "یزدی"),
    ],
)
def test_a_latin_spelling_keeps_the_consonants_of_the_arabic_one(latin: str, own: str) -> None:
    assert consonants(latin) == consonants(abjad.parts(own)[-1])


@pytest.mark.parametrize(
    ("name", "tokens", "legal"),
    [
        ("CLOSED JOINT SOCK COMPANY VOLOGDA PLANT", ("vologda", "plant"), ("stock",)),
        ("GAZPROMBANK JOINT STO", ("gazprombank",), ("stock",)),
        ("LIMITED xIAIBLITY COMPANY TKKH", ("tkkh",), ("private",)),
        ("Obshkhestvo S Ograneechennoi Otvetstvennostiu Titul", ("titul",), ("private",)),
        ("Acme Compa", ("acme",), ("any",)),
        ("Joint Star Company", ("joint", "star"), ("any",)),
        ("Blue Stock Photos", ("blue", "stock", "photos"), ()),
    ],
)
def test_a_legal_phrase_is_known_with_slips_and_cut(
    name: str, tokens: tuple[str, ...], legal: tuple[str, ...]
) -> None:
    found = normalise(name)
    assert (found.tokens, found.legal) == (tokens, legal)

"""The matcher on the real list: every listed name finds its entry, the seed in Latin and in Chinese."""

from __future__ import annotations

import csv
import os
import random
from pathlib import Path

import pytest

from entities.matching.entries import Entry, ListedName, Query
from entities.matching.index import Index
from entities.matching.score import search
from entities.sources import csl

SHARED = Path(os.environ.get("EXPORTCTL_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data"))
LIST = SHARED / "csl" / "csl_2026-07-31_projection.json.gz"
SEED = SHARED.parent / "domain" / "listed-entities.csv"
CLEAN = [
    ("Nordhafen Maschinenbau GmbH", "DE"), ("Meridian Freight Pte. Ltd.", "SG"),
    ("Cascade Silicon, Inc.", "US"),
    ("Palomar Radio Systems, LLC", "US"), ("Blue Mesa Instruments, Inc.", "US"),
    ("Shenzhen Lanqiao Trading Co., Ltd.", "CN"),
]  # fmt: skip
pytestmark = pytest.mark.skipif(not LIST.exists(), reason=f"the shared data folder {SHARED} is absent")


@pytest.fixture(scope="module")
def whole() -> Index:
    entries = [
        Entry(r.key, r.source_list, tuple(ListedName(*name) for name in r.names), r.kind, r.countries)
        for r in csl.read(LIST)
    ]
    return Index.build(entries)


@pytest.fixture(scope="module")
def seed() -> list[Entry]:
    with SEED.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [
        Entry(
            key=f"{row['list']}:{number}", list=row["list"], countries=tuple(row["countries"].split()),
            names=(
                ListedName(row["name"]),
                *(ListedName(a.strip(), "alias") for a in row["aliases"].split(";") if a.strip()),
            ),
        )
        for number, row in enumerate(rows)
    ]  # fmt: skip


def test_search_finds_every_kind_of_exact_name(whole: Index) -> None:
    draw = random.Random(1)
    for entry in draw.sample(whole.entries, 250):
        for listed in entry.names[:4]:
            found = search(Query(listed.text), whole, minimum=70)
            assert entry.key in [match.entry.key for match in found], listed.text


def test_search_keeps_the_name_alike_in_the_review_band(whole: Index, seed: list[Entry]) -> None:
    for index in (whole, Index.build(seed)):
        (match,) = search(Query("HiSilica Minerals B.V.", countries=("NL",)), index)
        assert (match.entry.names[0].text, match.band) == (
            "HiSilicon Technologies Co., Ltd (HiSilicon)",
            "review",
        )


@pytest.mark.parametrize(("name", "country"), CLEAN)
def test_search_leaves_the_demo_parties_alone(seed: list[Entry], name: str, country: str) -> None:
    assert search(Query(name, countries=(country,)), Index.build(seed)) == []


def test_search_finds_the_huawei_group_as_written_and_mangled(seed: list[Entry]) -> None:
    index = Index.build(seed)
    group = [
        e for e in seed if "huawei" in e.names[0].text.casefold() or "hisilicon" in e.names[0].text.casefold()
    ]
    group += [e for e in seed if e.names[0].text == "Toga Networks"]
    assert len(group) == 42
    for entry in group:
        name = entry.names[0].text
        exact = {m.entry.key: m.score for m in search(Query(name), index)}
        assert exact[entry.key] == 100, name
        mangled = (
            name.upper()
            .replace("HUAWEI", "HUA WEI")
            .replace("HISILICON", "HISlLIC0N")
            .replace("TOGA", "T0GA")
        )
        mangled = mangled.replace("TECHNOLOGIES", "TECHNOLGIES").replace("CO., LTD.", "COMPANY LTD")
        assert entry.key in {m.entry.key for m in search(Query(mangled), index)}, mangled


@pytest.mark.parametrize(
    ("own", "listed"),
    [
        ("华为技术有限公司", "Huawei Technologies Co., Ltd."),
        ("華為技術有限公司", "Huawei Technologies Co., Ltd."),
        ("上海海思技术有限公司", "Shanghai HiSilicon Technologies Co., Ltd."),
        ("深圳市海思半导体有限公司", "HiSilicon Technologies Co., Ltd (HiSilicon)"),
        ("华为终端有限公司", "Huawei Device Co., Ltd."),
        ("华为终端（深圳）有限公司", "Huawei Device (Shenzhen) Co., Ltd."),
        ("北京华为数字技术有限公司", "Beijing Huawei Digital Technologies Co., Ltd."),
        ("杭州华为数字技术有限公司", "Hangzhou Huawei Digital Technology Co., Ltd."),
        ("华为软件技术有限公司", "Huawei Software Technologies Co., Ltd."),
        ("成都华为技术有限公司", "Chengdu Huawei Technologies Co., Ltd."),
        ("华为云计算技术有限公司", "Huawei Cloud Computing Technology"),
    ],
)
def test_search_finds_the_huawei_group_by_its_chinese_names(seed: list[Entry], own: str, listed: str) -> None:
    found = [match.entry.names[0].text for match in search(Query(own), Index.build(seed))]
    assert any(name == listed or name.startswith(listed) for name in found), found[:5]

"""The matcher on the real list: every listed name finds its entry, and the figures hold."""

from __future__ import annotations

import csv
import os
import random
import statistics
import time
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
    start = time.process_time()
    index = Index.build(entries)
    assert time.process_time() - start <= 15
    return index


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


def test_search_answers_in_time(whole: Index) -> None:
    draw = random.Random(2)
    names = [draw.choice(entry.names).text for entry in draw.sample(whole.entries, 200)]
    spent = []
    for name in names:
        start = time.process_time()
        search(Query(name), whole)
        spent.append(time.process_time() - start)
    assert statistics.median(spent) <= 0.012


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

"""The index: every listed party that can score is found, whatever else is on the list."""

from __future__ import annotations

import random
import string
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from entities.matching import reach, store
from entities.matching.compare import Weights
from entities.matching.entries import Entry, ListedName, Query
from entities.matching.index import Index
from entities.matching.score import ahead, lowest_review, rank, score, search

from .world import entry, hits

WORDS = (
    "huawei alpha rondel meridian technology trading orenburg kalashnikov petrov ivanov mohammad ahmed hassan zhao wei "
    "limited research institute radio electronics 14 13 607 kb radar gazprom bank hua j st peng xin xiang abd al "
    "rahman tikriti ofis"
).split()
OURS = (
    "عبد الرحمن التكريتي",
    "华为技术有限公司",
    "НУАWEI",
    "Li Wei",
    "J. Petrov",
    "Gazprom Bank",
    "Hua Wei Tech",
    "Pengxinwei",
)


def _slip(word: str, draw: random.Random) -> str:
    at = draw.randrange(len(word))
    return draw.choice(
        [word, word[:at] + word[at + 1 :], word[:at] + draw.choice(string.ascii_lowercase) + word[at + 1 :], word + "s",
         word[: max(3, at)], word[:at] + " " + word[at:]]
    )  # fmt: skip


def _name(draw: random.Random) -> str:
    return " ".join(_slip(draw.choice(WORDS), draw) for _ in range(draw.randrange(1, 5)))


def _entries(draw: random.Random, count: int) -> list[Entry]:
    kinds = ("", "organization", "individual", "vessel")
    return [
        Entry(
            key=f"E{n:03}", list="EL", kind=draw.choice(kinds), countries=(draw.choice(("CN", "RU")),),
            names=tuple(ListedName(_name(draw), draw.choice(("primary", "alias", "weak"))) for _ in range(2)),
            identifiers=(("Passport", f"AB{n:05}"),),
        )
        for n in range(count)
    ]  # fmt: skip


def _queries(draw: random.Random, count: int) -> list[Query]:
    made = [
        Query(name=_name(draw), kind=draw.choice(("", "organization", "individual")), countries=("CN",))
        for _ in range(count)
    ]
    return [
        *made,
        *(Query(name=own) for own in OURS),
        Query(name="Nobody", identifiers=(("Passport", "AB00007"),)),
    ]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("minimum", [40, 70])
def test_search_finds_exactly_what_a_scan_of_the_list_finds(seed: int, minimum: int) -> None:
    draw = random.Random(seed)
    index = Index.build(_entries(draw, 40))
    for query in _queries(draw, 16):
        scanned = [
            match
            for one in index.entries
            if (match := score(query, one, weights=index.weights)).score >= minimum
        ]
        scanned.sort(key=rank)
        found = search(query, index, minimum=minimum)
        assert [(m.entry.key, m.score) for m in found] == [(m.entry.key, m.score) for m in scanned], query
        assert search(query, index, minimum=minimum, limit=3) == found[:3], query


@pytest.mark.parametrize("seed", range(3))
def test_parties_not_reached_by_a_listed_party_never_meet_it(seed: int) -> None:
    draw = random.Random(seed)
    entries, queries = _entries(draw, 25), _queries(draw, 80)
    weights = Weights.of_names([tuple(_name(draw).split()) for _ in range(40)])
    parties = reach.index_of({str(n): query for n, query in enumerate(queries)}, weights=weights)
    minimum = lowest_review()
    met = {
        n
        for n, query in enumerate(queries)
        for one in entries
        if score(query, one, weights=weights).score >= minimum
    }
    found = reach.reached(parties, entries, minimum=minimum)
    assert met <= found
    assert met and len(found) < len(queries)


def test_words_looked_up_together_give_the_same_answers_side_by_side() -> None:
    draw = random.Random(5)
    entries = _entries(draw, 300)
    queries = _queries(draw, 120)
    alone = Index.build(entries)
    expected = [search(query, alone, minimum=40) for query in queries]
    index = Index.build(entries)
    ahead(queries, index)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda query: search(query, index, minimum=40), queries)) == expected


def test_search_of_a_common_word_still_finds_its_equal() -> None:
    index = Index.build([entry(f"Technology {i:04}") for i in range(400)] + [entry("Technology")])
    assert hits(index, "Technology")[0] == "Technology"


def test_search_finds_a_slip_a_cut_and_a_join() -> None:
    index = Index.build(
        [entry("Kalashnikov Concern"), entry("Shenzhen Pengxinwei Technology"), entry("Da Jiang Innovations")]
    )
    for name, key in (("Kalahsnikov", 0), ("Kalashnik", 0), ("Peng Xin Wei", 1), ("Dajiang", 2)):
        found = search(Query(name), index, minimum=50)
        assert [match.entry for match in found] == [index.entries[key]], name


def test_an_identifier_is_found_whatever_the_name() -> None:
    index = Index.build([entry("Alpha"), entry("Beta", identifiers=(("IMO", "IMO 9187629"),))])
    assert index.by_identifier(Query("Nothing alike", identifiers=(("", "imo9187629"),))) == [1]


def test_an_index_from_its_files_answers_as_the_one_that_was_written(tmp_path: Path) -> None:
    draw = random.Random(5)
    built = Index.build([*_entries(draw, 40), entry("\ud800 broken"), entry("...")])
    store.save(built, tmp_path / "one")
    store.save(built, tmp_path / "one")  # it is there already
    read = store.load(tmp_path / "one")
    assert read is not None
    assert list(read.entries) == list(built.entries)
    for query in _queries(draw, 20):
        assert search(query, read, minimum=30) == search(query, built, minimum=30)
        assert [m.evidence for m in search(query, read)] == [m.evidence for m in search(query, built)]


def test_files_of_another_layout_or_half_written_are_not_read(tmp_path: Path) -> None:
    store.save(Index.build([entry("Alpha")]), tmp_path / "one")
    assert store.load(tmp_path / "none") is None
    done = tmp_path / "one" / "done.json"
    done.write_text(done.read_text().replace(store.LAYOUT, "0"))
    assert store.load(tmp_path / "one") is None
    done.unlink()
    assert store.load(tmp_path / "one") is None


def test_old_indexes_are_dropped_and_the_newest_kept(tmp_path: Path) -> None:
    for name in ("a", "b", "c", "d"):
        store.save(Index.build([entry(name)]), tmp_path / name)
    store.drop_others(tmp_path / "d", keep=2)
    assert "d" in {path.name for path in tmp_path.iterdir()} and len(list(tmp_path.iterdir())) == 2


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    empty = Index.build([])
    store.save(empty, tmp_path / "empty")
    read = store.load(tmp_path / "empty")
    assert read is not None
    assert search(Query("Huawei"), empty) == search(Query("Huawei"), read) == []

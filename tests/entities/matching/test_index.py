"""Candidates: found without a scan, never lost for being common."""

from __future__ import annotations

from entities.matching.index import Index, Query

from .world import entry, hits


def test_candidates_are_positions_in_order() -> None:
    index = Index.build([entry("Alpha Rondel"), entry("Beta Meridian"), entry("Gamma Rondel")])
    assert list(index.candidates(Query("Rondel Ltd"))) == [0, 2]
    assert len(index) == len(index.entries) == 3


def test_candidates_include_a_shared_identifier() -> None:
    index = Index.build([entry("Alpha"), entry("Beta", identifiers=(("IMO", "IMO 9187629"),))])
    assert list(index.candidates(Query("Nothing alike", identifiers=(("", "imo9187629"),)))) == [1]


def test_search_of_a_common_word_still_finds_its_equal() -> None:
    index = Index.build([entry(f"Technology {i:04}") for i in range(400)] + [entry("Technology")])
    assert hits(index, "Technology")[0] == "Technology"


def test_candidates_find_a_slip_a_cut_and_a_join() -> None:
    index = Index.build(
        [entry("Kalashnikov Concern"), entry("Shenzhen Pengxinwei Technology"), entry("Da Jiang Innovations")]
    )
    for name, position in (("Kalahsnikov", 0), ("Kalashnik", 0), ("Peng Xin Wei", 1), ("Dajiang", 2)):
        assert position in index.candidates(Query(name)), name

"""Numbers of words: those a slip or two apart share one, and a table gives back what was put in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from entities.matching.keys import Table, keys_of, number, table_of_words

WORD = st.text(alphabet="abcdefghij", min_size=5, max_size=12)


@given(first=WORD, second=WORD)
@settings(max_examples=300, deadline=None)
def test_words_up_to_two_slips_apart_share_a_number(first: str, second: str) -> None:
    if OSA.distance(first, second) <= 2:
        assert set(keys_of(first, 2).tolist()) & set(keys_of(second, 2).tolist())


@given(word=WORD, at=st.integers(0, 20), letter=st.sampled_from("xyz"))
@settings(max_examples=200, deadline=None)
def test_a_slipped_word_is_found_in_a_table(word: str, at: int, letter: str) -> None:
    table = table_of_words([word, "kalashnikov"], [2, 2])
    at %= len(word)
    for slipped in (
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at:],
    ):
        _, found = table.find(keys_of(slipped, 2))
        assert 0 in found.tolist()


@pytest.mark.parametrize("word", ["a", "huawei", "technology", "x" * 48])
def test_the_number_of_a_word_is_its_first_key(word: str) -> None:
    assert number(word) == int(keys_of(word, 0)[0])


def test_an_empty_table_finds_nothing() -> None:
    empty = Table.of(np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.int32))
    places, found = empty.find(keys_of("huawei", 2))
    assert (len(places), len(found)) == (0, 0)

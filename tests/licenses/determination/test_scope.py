"""Paragraphs of an entry: in words of the regulation, in our tables, and whether one is covered."""

from __future__ import annotations

import pytest

from licenses.determination import scope
from licenses.determination.scope import Answer

YES, NO, ASK = Answer.YES, Answer.NO, Answer.ASK


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("NS applies to entire entry", "*"),
        ("NS applies to entire entry except 3B001.y", "-y"),
        ("RS apply to 3B001.d", "d"),
        ("NS applies to 3B001.a.1 to a.3, b, e, f.2 to f.4, g to j", "a.1 a.2 a.3 b e f.2 f.3 f.4 g h i j"),
        ("NS applies to 3B001 .g, .r and .w.", "g r w"),
        ("RS applies to items controlled by 3B001.z.1 and z.2", "z.1 z.2"),
        ("MT applies to 3B001.a.1 when usable in “missiles”", "a.1?"),
        ("MT applies to items that are designed for airborne applications", "*?"),
        ("RS applies to “technology” for commodities controlled by 5A002.z.1", "*?"),
        ("CB applies to items controlled by 3B001.d.15 and .16 if large", "*?"),
        ("SI applies to 3B001.a.1 through a.3, .h and .l.", "a.1 a.2 a.3 h l"),
        ("SI applies to turbines in 3B001.a.1 through a.3", "*?"),
        ("NS applies to entire entry, except for “technology” for 4A090", "*?"),
    ],
)
def test_read_words_of_an_entry(words: str, written: str) -> None:
    assert scope.read(words, "3B001").written() == written


@pytest.mark.parametrize(
    ("written", "paragraph", "answer"),
    [
        ("*", "", YES), ("*?", "a", ASK), ("a.1", "a.1.b", YES), ("a.1", "a", ASK), ("a.1", "a.10", NO),
        ("a.1", "", ASK),
        ("a.1?", "a.1", ASK), ("a.1?", "b", NO), ("-y", "y.1", NO), ("-y", "x", YES), ("-y", "", ASK),
        ("-y.1", "y", ASK),
        ("b f -f.3", "f.3", NO), ("b f -f.3", "f", ASK), ("b f -f.3", "f.4", YES), ("b f -f.3", "c", NO),
    ],
)  # fmt: skip
def test_covers_a_paragraph(written: str, paragraph: str, answer: Answer) -> None:
    assert scope.scope(written).covers(paragraph) is answer


def test_scope_refuses_what_is_no_paragraph() -> None:
    with pytest.raises(ValueError, match="'A1' is no paragraph"):
        scope.scope("A1")

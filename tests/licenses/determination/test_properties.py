"""What holds of every question: nothing unknown is free, and more trouble never softens the answer."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from licenses.determination.case import ANSWERS, Result

from .cases import RULES, answer, question

FREE = {Result.NLR, Result.EXCEPTION, Result.NOT_SUBJECT}
COUNTRIES = sorted(RULES.chart[0].rows)
ECCNS = sorted(RULES.entries[0].rows)
NEEDED = [
    ("eccn",), ("destination",), ("jurisdiction",), ("origin",), ("red_flags",), ("red_flags", "answered"),
    ("end_use_answers",), *(("end_use_answers", each) for each in ANSWERS), ("parties",),
    ("parties", 0, "country"), ("parties", 0, "hq_country"),
]  # fmt: skip
PLACES = frozenset({"destination", "origin", "country", "hq_country"})
JUNK = st.sampled_from([None, "", " ", "false", "no", 0, 1, [], {}, "n/a", float("nan")])


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    destination = draw(st.sampled_from(COUNTRIES))
    eccn = draw(st.sampled_from(ECCNS)) + draw(
        st.sampled_from(["", ".a", ".a.1", ".b", ".c", ".x", ".y", ".z.1"])
    )
    asked = question(destination, eccn=draw(st.sampled_from(["EAR99", eccn])))
    asked["date"] = draw(st.dates().map(str))
    asked["type"] = draw(st.sampled_from(["EXPORT", "REEXPORT", "TRANSFER"]))
    asked["origin"] = draw(st.sampled_from(["US", "DE", "CN"]))
    asked["us_content"] = draw(st.sampled_from([0, 9, 10, 25, 26, 100]))
    return asked


def without(asked: dict[str, Any], path: tuple[Any, ...], junk: Any) -> None:
    inner: Any = asked
    for step in path[:-1]:
        inner = inner[step]
    if junk is None:
        inner.pop(path[-1])
    else:
        inner[path[-1]] = junk


@settings(max_examples=150, deadline=None)
@given(questions(), st.sampled_from(NEEDED), JUNK)
def test_missing_or_unreadable_input_never_gives_nlr(
    asked: dict[str, Any], path: tuple[Any, ...], junk: Any
) -> None:
    assume(junk != "no" or path[-1] not in PLACES)  # "no" is Norway there
    without(asked, path, junk)
    assert answer(asked).result is not Result.NLR


@settings(max_examples=100, deadline=None)
@given(questions(), st.sampled_from(["CU", "IR", "KP", "SY"]))
def test_blank_embargoed_row_is_never_free(asked: dict[str, Any], code: str) -> None:
    asked["destination"] = asked["parties"][0]["country"] = code
    assert answer(asked).result not in FREE


@settings(max_examples=100, deadline=None)
@given(questions())
def test_every_reason_cites_and_names_its_edition(asked: dict[str, Any]) -> None:
    found = answer(asked)
    for reason in found.reasons:
        if reason.code not in ("RED_FLAG", "POLICY"):
            assert reason.citation and reason.edition, reason
    if found.result is Result.NEEDS_REVIEW:
        assert found.questions
    if asked["date"] < "2026-07-23":
        assert found.result not in FREE


@settings(max_examples=100, deadline=None)
@given(questions(), st.sampled_from([*ANSWERS, "flag", "EL", "DPL", "UVL", "MEU", "SDN"]))
def test_more_trouble_never_softens_the_answer(asked: dict[str, Any], trouble: str) -> None:
    order = list(Result)
    before = answer(asked).result
    if trouble in ANSWERS:
        asked["end_use_answers"][trouble] = True
    elif trouble == "flag":
        asked["red_flags"]["open"] = ["Something is odd"]
    else:
        asked["parties"][0]["listed_as"] = trouble
    after = answer(asked).result
    if before is not Result.NOT_SUBJECT:
        assert order.index(after) <= order.index(before)

"""What a delegation covers: the pure rule."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from licenses import concerns
from licenses.delegated import Case, Line, Place, Scope, begins, covers

AT = frozenset({"AT"})
GERMANY, CHINA = Place("DE", frozenset({"A:1", "A:5", "B"})), Place("CN", frozenset({"D:1", "D:5"}))
CASE = Case((Line(1, "3A991.a.1", AT), Line(2, "5A991.b.4", AT)), (GERMANY,), Decimal(1000))


@pytest.mark.parametrize(
    ("scope", "reason"),
    [
        (Scope(), ""),
        (Scope(eccns=("3A991", "5A991.b")), ""),
        (Scope(eccns=("3A",)), "line 2: 5A991.b.4 is no entry of it"),
        (Scope(reasons=("AT", "NS")), ""),
        (Scope(reasons=("NS",)),
         "line 1: 3A991.a.1 is also controlled for AT; line 2: 5A991.b.4 is also controlled for AT"),
        (Scope(places=("A:1",)), ""),
        (Scope(places=("FR", "A:6")), "DE is no destination of it"),
        (Scope(most_value=Decimal(1000)), ""),
        (Scope(most_value=Decimal(999)), "USD 1,000.00 is more than USD 999.00"),
        (Scope(eccns=("3A991", "5A991"), reasons=("AT",), places=("DE",), most_value=Decimal(5000)), ""),
    ],
)  # fmt: skip
def test_everything_a_scope_names_must_fit(scope: Scope, reason: str) -> None:
    answer = covers(scope, CASE)
    assert (answer.yes, answer.reason) == (not reason, reason)


def test_a_gap_never_fits() -> None:
    unknown = replace(CASE, lines=(Line(1, "9A999", None),))
    assert covers(Scope(eccns=("9A",)), unknown).yes
    assert covers(Scope(reasons=("AT",)), unknown).reason == (
        "line 1: the reasons for control of 9A999 are not known"
    )
    assert covers(Scope(eccns=("3A",)), replace(CASE, lines=())).reason == "the case has no line"
    assert covers(Scope(places=("A:1",)), replace(CASE, places=())).reason == "no destination is known"


def test_every_party_abroad_must_be_in_a_place() -> None:
    passing = replace(CASE, places=(GERMANY, CHINA))
    assert covers(Scope(places=("A:1",)), passing).reason == "CN is no destination of it"
    assert covers(Scope(places=("A:1", "CN")), passing).yes


def test_an_entry_of_no_reason_fits_any_reasons() -> None:
    assert covers(Scope(reasons=("AT",)), replace(CASE, lines=(Line(1, "EAR99", frozenset()),))).yes


@pytest.mark.parametrize(
    ("eccn", "written", "fits"),
    [
        ("3A001.a.1", "3A001", True),
        ("3A001.a.1", "3A001.a", True),
        ("3A001.a.10", "3A001.a.1", False),
        ("3A001", "3A001.a", False),
        ("3A991", "3A99", True),
        ("3a991", "3A991", True),
        ("3A991", "4A", False),
        ("3A991", "3", True),
    ],
)
def test_a_beginning_ends_at_a_paragraph(eccn: str, written: str, fits: bool) -> None:
    assert begins(eccn, written) == fits


ECCNS = st.sampled_from(["3A991.a", "3A001.b", "5A991", "EAR99", "9A999"])
REASONS = st.sampled_from([None, frozenset(), AT, frozenset({"NS", "AT"}), frozenset({"NP"})])
PLACES = st.lists(st.sampled_from([GERMANY, CHINA, Place("SG")]), max_size=3).map(tuple)
LINES = st.lists(st.tuples(ECCNS, REASONS), min_size=1, max_size=4).map(
    lambda found: tuple(Line(number, *each) for number, each in enumerate(found, 1))
)
SCOPES = st.builds(
    Scope,
    eccns=st.lists(st.sampled_from(["3A", "3A991", "5A991", "EAR99"]), max_size=3).map(tuple),
    reasons=st.lists(st.sampled_from(["AT", "NS"]), max_size=2).map(tuple),
    places=st.lists(st.sampled_from(["DE", "A:1", "D:1"]), max_size=2).map(tuple),
    most_value=st.sampled_from([None, Decimal(10), Decimal(1000)]),
)
CASES = st.builds(Case, LINES, PLACES, st.sampled_from([Decimal(1), Decimal(10), Decimal(5000)]))


@given(SCOPES, CASES)
def test_a_case_is_covered_exactly_when_each_line_alone_is(scope: Scope, case: Case) -> None:
    alone = [covers(scope, replace(case, lines=(line,))).yes for line in case.lines]
    answer = covers(scope, case)
    assert answer.yes == all(alone)
    assert answer.yes == (answer.reason == "")
    outside = {number for number, _ in answer.of_lines}
    assert not answer.of_case or not any(alone)
    assert answer.of_case or outside == {
        line.number for line, one in zip(case.lines, alone, strict=True) if not one
    }


@given(SCOPES, CASES)
def test_naming_more_never_covers_more_than_naming_nothing(scope: Scope, case: Case) -> None:
    for wider in ({"reasons": ()}, {"eccns": ()}, {"places": ()}, {"most_value": None}):
        if covers(scope, case).yes:
            assert covers(replace(scope, **wider), case).yes


# Concerns (750.3(b)(2))


@pytest.mark.parametrize(
    ("reason", "bodies"),
    [
        ("NS", {"defense", "state"}), ("RS", {"defense", "state"}), ("EI", {"defense"}), ("NP", {"energy", "state"}),
        ("MT", {"state"}), ("AT", {"state"}), ("CC", {"state"}), ("CB", set()),
    ],
)  # fmt: skip
def test_whose_concern_a_reason_for_control_is(reason: str, bodies: set[str]) -> None:
    lines = [(1, frozenset({reason}))]
    assert {code for code in concerns.AGENCIES if concerns.met(code, lines)} == bodies


def test_concerns_name_the_lines_and_what_is_not_known() -> None:
    lines = [(1, frozenset({"NS", "AT"})), (2, frozenset({"NP"})), (3, None), (4, frozenset())]
    assert concerns.met("state", lines) == "line 1 (AT, NS); line 2 (NP)"
    assert concerns.met("energy", lines) == "line 2 (NP)"
    assert concerns.unknown(lines) == (3,)

"""The frame of the drills, and the quick form of those that no other test runs."""

from __future__ import annotations

import json

import pytest

from tests.drill import REGISTRY, __main__, completeness, decisions, drill, filing, names


def test_every_verb_leaves_an_event():
    """T24: enumerated from the code, less the exemptions."""
    found = completeness.verbs()
    assert [name for name, logged in found.items() if not logged and name not in completeness.EXEMPT] == []
    assert set(completeness.EXEMPT) <= set(found)
    assert {"entities/parties.py:register", "licenses/usage.py:record", "exportctl/people.py:create"} <= set(
        found
    )


def test_verb_without_event_is_found(tmp_path):
    for app in ("exportctl", "entities", "licenses"):
        (tmp_path / app).mkdir()
    (tmp_path / "licenses" / "usage.py").write_text(
        "def loud(*, by, at):\n    with audit.action(by=by, at=at) as log:\n        log('x', by)\n\n\n"
        "def through(*, by, at):\n    loud(by=by, at=at)\n\n\n"
        "def silent(*, by, at):\n    by.save()\n"
    )
    assert completeness.verbs(tmp_path) == {
        "licenses/usage.py:loud": True,
        "licenses/usage.py:through": True,
        "licenses/usage.py:silent": False,
    }


@pytest.mark.django_db
def test_maker_is_never_checker_by_any_way():
    """T12, quick: verb, browser, API and admin."""
    assert decisions.maker_is_checker(False) == ("0 successes in 5 tries", True)


@pytest.mark.django_db
def test_no_payload_is_live_anywhere():
    """T31, quick: page, API, CSV, XLSX, PDF, log. T14's quick form are the tests of If-Match and stale forms."""
    figure, passed = filing.no_live_payload(False)
    assert passed, figure


def test_no_name_breaks_the_matcher():
    """T34, quick."""
    figure, passed = names.names(False)
    assert passed, figure


@pytest.mark.parametrize("passes", [True, False])
def test_attempt_prints_one_line_and_keeps_a_dated_result(settings, tmp_path, capsys, monkeypatch, passes):
    settings.VAR = tmp_path
    monkeypatch.setattr("tests.drill.REGISTRY", dict(REGISTRY))
    monkeypatch.setattr("tests.drill.world.reset", lambda: None)
    drill("T00", "a test of the frame")(lambda full: ("3 of 3", passes))
    assert __main__.attempt("T00", full=True) is passes
    assert capsys.readouterr().out == f"T00 3 of 3 {'pass' if passes else 'fail'}\n"
    kept = json.loads((tmp_path / "drill" / "T00.json").read_text())
    assert (kept["test"], kept["figure"], kept["passed"], kept["full"]) == ("T00", "3 of 3", passes, True)
    assert kept["at"].endswith("+00:00")


def test_drill_that_raises_is_a_failure(settings, tmp_path, capsys, monkeypatch):
    settings.VAR = tmp_path
    monkeypatch.setattr("tests.drill.REGISTRY", dict(REGISTRY))
    monkeypatch.setattr("tests.drill.world.reset", lambda: None)

    def broken(full):
        raise ValueError("no")

    drill("T00", "a test of the frame")(broken)
    assert __main__.attempt("T00", full=False) is False
    assert capsys.readouterr().out == "T00 ValueError: no fail\n"

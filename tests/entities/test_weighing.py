"""Word counts: frozen under a number, made on purpose, and then everybody is screened again."""

from __future__ import annotations

import pytest
from django.utils import timezone

from entities import indexes, reach, screening, weighing, worlds
from entities.matching.score import ENGINE
from entities.models import Screening, WordProfile
from exportctl.errors import NotAllowed, Refused
from exportctl.models import Event
from tests.factories import make_party

NAME = "Kestrel Avionics Research Institute"


def test_counting_changes_the_world_and_screens_everybody_again(kestrel, officer, drain):
    kestrel()
    party = make_party(by=officer, at=timezone.now(), name=NAME, country="CN")
    drain()
    assert party.screenings.latest("pk").world == f"engine {ENGINE}+0; csl 1"
    profile = weighing.weigh(by=officer, at=timezone.now())
    assert (profile.number, profile.counts["kestrel"]) == (1, 1)
    assert screening.state(party) == "stale"
    drain()
    assert party.screenings.latest("pk").world == f"engine {ENGINE}+1; csl 1"
    assert screening.state(party) == "current"
    assert worlds.world().engine == f"{ENGINE}+1"
    assert worlds.world().index.weights.counts["kestrel"] == 1


def test_a_count_is_due_where_the_lists_became_others(kestrel, officer, monkeypatch):
    assert not weighing.due()
    kestrel()
    assert not weighing.due()  # too few listings to count
    monkeypatch.setattr(weighing, "FEWEST", 1)
    assert weighing.due()
    weighing.weigh(by=officer, at=timezone.now())
    assert not weighing.due()
    WordProfile.objects.update(names=10)
    assert weighing.due()


def test_a_published_list_is_counted_where_that_is_due(kestrel, officer, drain, monkeypatch):
    monkeypatch.setattr(weighing, "FEWEST", 1)
    kestrel()
    drain()
    assert WordProfile.objects.get().number == 1
    assert Event.objects.filter(verb="words.weighed").count() == 1


def test_counting_needs_a_list_and_the_permission(officer, auditor, kestrel):
    with pytest.raises(Refused, match="No list is in force"):
        weighing.weigh(by=officer, at=timezone.now())
    kestrel()
    with pytest.raises(NotAllowed):
        weighing.weigh(by=auditor, at=timezone.now())


def test_another_engine_asks_everything_anew_once(kestrel, officer, drain):
    kestrel()
    assert not weighing.note_engine(by=officer, at=timezone.now())
    make_party(by=officer, at=timezone.now(), name=NAME, country="CN")
    drain()
    assert not weighing.note_engine(by=officer, at=timezone.now())
    Screening.objects.update(holds_for="engine 1.0.0+0; csl 1")
    assert weighing.note_engine(by=officer, at=timezone.now())
    assert not weighing.note_engine(by=officer, at=timezone.now())
    drain()
    assert Screening.objects.latest("pk").world == f"engine {ENGINE}+0; csl 1"


def test_a_large_index_is_written_once_and_read_by_the_next_process(kestrel, monkeypatch, settings, tmp_path):
    monkeypatch.setattr(indexes, "FILED_FROM", 1)
    settings.INDEX_FILES = tmp_path
    kestrel()
    first = worlds.world().index
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "lists").glob("*/done.json")}
    assert written
    worlds.forget()
    again = worlds.world().index
    assert again is not first and list(again.entries) == list(first.entries)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "lists").glob("*/done.json")} == written


def test_only_parties_that_a_change_can_concern_are_reached(kestrel, officer, drain, monkeypatch):
    kestrel()
    drain()
    monkeypatch.setattr(reach, "FEW_PARTIES", 0)
    now = timezone.now()
    others = [make_party(by=officer, at=now, name=f"Customer {n} GmbH") for n in range(12)]
    near = make_party(by=officer, at=now, name="Kestrel Avionik Research Institut", country="CN")
    held = worlds.world()
    changed = [row.pk for row in held.rows.values()][:1]
    entry = next(key for key, row in held.rows.items() if row.pk == changed[0])
    assert "kestrel" in entry
    assert reach.reached([*others, near], changed, held) == {near.pk}
    late = make_party(by=officer, at=now, name=NAME, country="CN")  # after the index of parties was made
    assert reach.reached([*others, near, late], changed, held) == {near.pk, late.pk}
    assert reach.reached(others, [], held) == set()

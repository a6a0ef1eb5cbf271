"""Each version covers every party: the quick form of T10, T15R and T18, and the rules one by one."""

import pytest
from django.db import connection

from entities import coverage, lists, worlds
from entities.models import Coverage, CoverageChunk, ListedParty, Screening
from exportctl import people
from tests.drill import coverage as drills
from tests.factories import make_party

from .conftest import data_of, many


@pytest.mark.django_db
def test_every_version_covers_every_party_and_a_skip_is_found():
    figure, passed = drills.covered(False)
    assert passed, figure


@pytest.mark.django_db
def test_what_could_not_run_blocks_with_its_reason():
    figure, passed = drills.fails_closed(False)
    assert passed, figure


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_while_it_screens_loses_and_doubles_nothing():
    figure, passed = drills.killed_while_rescreening(False)
    connection.close()
    assert passed, figure


@pytest.fixture
def job(db):
    return people.job_user("screening")


def test_a_version_that_changes_nothing_in_force_is_proven_for_everybody(
    csl, write, officer, job, now, drain
):
    rows = many(30)
    for name, given in (("1.json", rows), ("2.json", rows[:-1])):  # absent once: still in force
        version = lists.stage(source=csl, path=write(given, name=name), by=people.job_user("import"), at=now,
                              effective_on=now.date())  # fmt: skip
        if name == "1.json":
            found = [make_party(by=officer, at=now, name=f"Customer {n} GmbH") for n in range(3)]
        drain()
    record = Coverage.objects.get(version=version)
    assert (record.parties, record.screened, record.unaffected, record.passed) == (3, 0, 3, 0)
    assert {one.holds_for for one in Screening.objects.filter(party__in=found)} == {worlds.world().name}
    assert coverage.gaps(record) == []


def test_a_batch_twice_is_counted_once(kestrel, officer, job, now):
    version = kestrel()
    for n in range(3):
        make_party(by=officer, at=now, name=f"Customer {n} GmbH")
    for _ in range(2):
        coverage.cover(version=version, after=0, count=10, by=job, at=now)
    chunk = CoverageChunk.objects.get()
    assert (chunk.parties, chunk.screened, chunk.unaffected, chunk.failed) == (3, 3, 0, 0)
    record = coverage.finish(version=version, by=job, at=now)
    assert (record.parties, record.screened, record.passed) == (3, 3, 0)
    assert data_of("screening.finished")["parties"] == 3


def test_finish_refuses_while_a_party_is_left(kestrel, officer, job, now):
    version = kestrel()
    party = make_party(by=officer, at=now)
    coverage.cover(version=version, after=0, count=10, by=job, at=now)
    Screening.objects.filter(party=party).update(holds_for="engine 0; csl 0")
    with pytest.raises(coverage.Gaps, match="1 parties are not covered"):
        coverage.finish(version=version, by=job, at=now)
    assert Coverage.objects.get().finished_at is None


def test_changed_since_names_the_entries_that_came_went_or_changed(kestrel, officer, now):
    kestrel()
    before = worlds.world().name
    assert coverage.changed_since(before, worlds.world()) == set()
    kestrel(remarks="Moved")
    now_ = worlds.world()
    assert coverage.changed_since(before, now_) == {ListedParty.objects.get(name__startswith="Kestrel").pk}
    assert coverage.changed_since("engine 9; csl 1", now_) is None
    assert coverage.changed_since(f"{worlds.engine_of(before)}; csl 9", now_) is None

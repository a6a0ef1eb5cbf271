"""The import gate under attack: T01 cuts, T02 vanished source, T03 mutants, T04 readers, T05 no-op, T09 flap."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import random
import threading
from datetime import date, timedelta

import pytest
from django.db import connection

from entities import lists, screening, worlds
from entities.models import Hit, Listing, ListSource, ListVersion, VersionState
from entities.sources import csl as csl_form
from exportctl import people
from exportctl.errors import Invalid
from exportctl.models import Event
from tests.factories import make_party

from .conftest import EL, SDN, el, head, many, sdn, verbs_after

ON = date(2026, 8, 1)


@pytest.fixture
def stage(csl, now):
    def run(path, *, on=ON):
        return lists.stage(source=csl, path=path, by=people.job_user("import"), at=now, effective_on=on)

    return run


@pytest.fixture
def whole(tmp_path):
    """A small file in the CSV form: 60 entries of two lists, with quotes, commas and letters of many bytes."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=csl_form.COLUMNS, lineterminator="\n")
    writer.writeheader()
    for n in range(30):
        writer.writerow({
            "_id": f"{n:032x}", "source": EL, "name": f'Zaw{n} "Ül" 阿尔法 Institute', "start_date": "2019-05-21",
            "addresses": "1 Road, Town, CN; 2 Street, Village, RU", "license_requirement": "All items, see §744.11",
        })  # fmt: skip
        writer.writerow(
            {"_id": str(n), "source": SDN, "entity_number": n, "type": "Entity", "name": f"Vel{n} Co"}
        )
    return out.getvalue().encode()


def state():
    """What screening and readers see of the source."""
    current = ListSource.objects.get(pk="csl").current
    rows = Listing.objects.filter(listed_party__source="csl", removed_in=None, missing_in=None, ended_on=None)
    return current.pk, rows.count(), Listing.objects.exclude(removed_in=None).count()


def test_t01_a_cut_file_ends_nothing_and_raises_the_alarm(stage, whole, tmp_path):
    path = tmp_path / "csl.csv"
    path.write_bytes(whole)
    stage(path)
    seen, packed, before = state(), gzip.compress(whole), head()
    cuts = [(whole, len(whole) * n // 80) for n in range(1, 80)]
    cuts += [(packed, len(packed) * n // 20) for n in range(1, 20)]
    letter = whole.index("阿".encode())
    cuts += [(whole, letter + 1), (whole, letter + 2)]
    assert len(cuts) == 100
    for data, size in cuts:
        path.write_bytes(data[:size])
        with contextlib.suppress(Invalid):
            assert stage(path).state == VersionState.HELD  # a cut between two rows looks whole
        assert state() == seen
    told = verbs_after(before)
    assert len(told) == 100
    assert set(told) <= {"list.refused", "list.held"}


def test_t02_a_vanished_or_collapsed_source_changes_no_answer(stage, write, officer, now):
    rows = [el("Kestrel Avionics Research Institute"), *[el(f"Firm {n}") for n in range(60)], *many(60)]
    stage(write(rows))
    seen, world = state(), lists.current_world()

    def ask():
        found = worlds.look_up(name="Kestrel Avionics Research Institute", country="CN")
        return [(match.score, match.entry.key) for match in found]

    answers = ask()
    assert answers
    with pytest.raises(Invalid, match="known list is missing"):
        stage(write(many(60), name="vanished.json"))
    for number in (1, 20, 39):
        assert stage(write(rows[: 61 + number], name=f"{number}.json")).state == VersionState.HELD
    assert (state(), lists.current_world(), ask()) == (seen, world, answers)


def mutants(whole, seed=7):
    """A few hundred ways to spoil a file; each is (name, bytes)."""
    chance = random.Random(seed)
    lines = whole.split(b"\n")
    yield "bom twice", b"\xef\xbb\xbf" * 2 + whole
    yield "utf-16", whole.decode().encode("utf-16")
    yield "long line", whole + b"x" * (1 << 20) + b"\n"
    yield "longest line", whole + b"x" * (5 << 20)
    yield "xxe", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    yield "bomb", gzip.compress(b"[" * (8 << 20))
    yield "deep", b'{"results": [' + b'{"ids":[' * 500
    yield "zip", b"PK\x03\x04" + whole
    yield "header only", lines[0] + b"\n"
    yield "no header", b"\n".join(lines[1:])
    yield "json of nothing", b'{"results": [{}]}'
    yield "json of text", b'{"results": ["a"]}'
    for name in (b"source", b"name", b"ids", b"start_date"):
        yield f"without {name!r}", whole.replace(name, b"shoe_size", 1)
        yield f"twice {name!r}", whole.replace(b"remarks", name, 1)
    for number in range(280):
        data = bytearray(whole)
        place = chance.randrange(len(data))
        spoil = chance.choice(
            [b"\x00", b'"', b'"""', b"\xff", b"\xc3", b"\r", b"\n", b",", b",,,,", b"\x1a", b"; "]
        )
        if number % 3 == 0:
            data[place : place + 1] = spoil
        elif number % 3 == 1:
            data[place:place] = spoil
        else:
            del data[place : place + chance.randrange(1, 400)]
        yield f"{number}: {spoil!r} at {place}", bytes(data)


def test_t03_spoilt_files_never_crash_and_are_never_half_imported(stage, whole, tmp_path):
    path, results = tmp_path / "csl.csv", {"refused": 0, "held": 0, "published": 0}
    path.write_bytes(whole)
    stage(path)
    for name, data in mutants(whole):
        path.write_bytes(data)
        before = (state(), ListVersion.objects.count())
        try:
            version = stage(path)
        except Invalid as refused:
            results["refused"] += 1
            [blocker] = refused.blockers
            assert blocker.field == "file" and blocker.remedy, name
            assert (state(), ListVersion.objects.count()) == before, name
            continue
        if version.state == VersionState.HELD:
            results["held"] += 1
            assert state() == before[0], name
            continue
        results["published"] += 1  # a letter of a text changed: a whole file with another word
        current = ListSource.objects.get(pk="csl").current
        open_now = Listing.objects.filter(removed_in=None, missing_in=None).count()
        assert (version, current.rows) == (current, open_now), name
    assert results["refused"] >= 100
    assert sum(results.values()) == 300


@pytest.mark.django_db(transaction=True)
def test_t04_readers_during_imports_see_whole_versions(stage, write):
    stage(write([sdn(n, f"Name 1 of {n}") for n in range(100)]))
    seen, stop, errors = set(), threading.Event(), []

    def read():
        try:
            with connection.cursor() as cursor:
                while not stop.is_set():
                    cursor.execute(
                        "SELECT (SELECT v.number FROM entities_listversion v JOIN entities_listsource s"
                        " ON s.current_id = v.id WHERE s.code = 'csl'), count(*), "
                        " count(DISTINCT split_part(p.name, ' ', 2)), min(split_part(p.name, ' ', 2))"
                        " FROM entities_listing l JOIN entities_listedparty p ON p.id = l.listed_party_id"
                        " WHERE l.removed_in_id IS NULL"
                    )
                    seen.add(cursor.fetchone())
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for number in range(2, 12):
            version = stage(
                write([sdn(n, f"Name {number} of {n}") for n in range(100)], name=f"{number}.json")
            )
            assert version.state == VersionState.HELD  # every row changed
        for number in range(2, 12):
            rows = [sdn(n, f"Name 1 of {n}") for n in range(100)]
            rows[:10] = [sdn(n, f"Name 1 of {n}", remarks=f"round {number}") for n in range(10)]
            assert stage(write(rows, name=f"ok-{number}.json")).state == VersionState.PUBLISHED
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert errors == []
    assert {row[1:] for row in seen} == {(100, 1, "1")}


def test_t05_a_file_that_says_the_same_in_another_way_wakes_nobody(stage, write, officer, now):
    rows = [el("Kestrel Avionics Research Institute"), *[el(f"Firm {n}") for n in range(9)], *many(9)]
    stage(write(rows))
    party = make_party(by=officer, at=now, name="Kestrel Avionics Research Institute", country="CN")
    screening.screen(party=party, trigger="manual", by=people.job_user("screening"), at=now)
    world, hits, before = lists.current_world(), list(Hit.objects.values()), head()
    for number, other in enumerate(
        (rows[::-1], [{**row, "name": f"  {row['name']} "} for row in rows], rows)
    ):
        stage(write(other, name=f"{number}.json", stamp=f"2026-08-0{number + 2}T05:00:00Z"))
    assert verbs_after(before) == ["list.unchanged"] * 3
    assert (lists.current_world(), list(Hit.objects.values())) == (world, hits)
    assert screening.state(party) == "current"


def test_t09_an_entry_that_flaps_for_thirty_days_makes_at_most_one_task(stage, write, officer, now):
    others = [*[el(f"Firm {n}") for n in range(9)], *many(9)]
    kestrel = el("Kestrel Avionics Research Institute")
    stage(write([*others, kestrel]))
    party = make_party(by=officer, at=now, name="Kestrel Avionics Research Institute", country="CN")
    job, before = people.job_user("screening"), head()
    for number in range(30):
        rows = others if number % 2 else [*others, kestrel]
        path = write(rows, name=f"{number}.json", stamp=f"stamp {number}")
        stage(path, on=ON + timedelta(days=number))
        screening.screen(party=party, trigger="list", by=job, at=now)
    assert Hit.objects.filter(party=party).count() == 1
    tasks = Event.objects.filter(seq__gt=before, verb__in=["hit.opened", "hit.reopened"])
    assert tasks.count() == 1
    listing = Listing.objects.get(listed_party__name=kestrel["name"])
    assert (listing.removed_in, listing.ended_on) == (None, None)


def test_few_bad_rows_are_held_and_told_and_many_refused(stage, write):
    rows = many(3000)
    stage(write(rows))
    seen = state()
    spoilt = [{**row, "type": "Shoe"} if n in (7, 99) else row for n, row in enumerate(rows)]
    version = stage(write(spoilt, name="few.json"))
    told = {one["check"]: one for one in version.verdict}["Rows that cannot be read"]
    assert (version.state, told["passed"], version.removed, state()) == (VersionState.HELD, False, 2, seen)
    assert told["figure"].startswith("2 (line ") and "unknown type 'Shoe'" in told["figure"]
    spoilt = [{**row, "type": "Shoe"} if n % 900 == 1 else row for n, row in enumerate(rows)]
    with pytest.raises(Invalid, match="4 of 3,000 rows cannot be read, more than 0.1%"):
        stage(write(spoilt, name="many.json"))
    assert state() == seen


def test_a_new_entry_that_cannot_be_read_is_not_nothing_new(stage, write):
    rows = many(1000)
    stage(write(rows))
    version = stage(
        write([*rows, *({**row, "type": "Shoe"} for row in many(1, start=1000))], name="new.json")
    )
    assert (version.state, version.added, version.removed) == (VersionState.HELD, 0, 0)


def test_a_new_column_is_held_and_told(stage, write):
    stage(write(many(30)))
    version = stage(write([{**row, "mood": "x"} for row in many(30)], name="new.json"))
    [failed] = [one for one in version.verdict if not one["passed"]]
    assert (version.state, failed["check"]) == (VersionState.HELD, "Form of the file")
    assert "unknown column mood" in failed["figure"]

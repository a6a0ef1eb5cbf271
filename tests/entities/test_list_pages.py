"""The pages on sources, imports, differences and entries of lists."""

from __future__ import annotations

from datetime import date, timedelta
from html import unescape

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from entities import house
from entities import lists as list_verbs
from entities.models import ListedParty, ListSource, ListVersion
from exportctl import outbox, people
from exportctl.models import Event, Job

from .conftest import data_of, el, many


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def publish(csl, write, now):
    """`publish(rows, day)`: a version of the consolidated list, by the product's own job."""

    def run(rows, day, name=""):
        return list_verbs.stage(
            source=csl, path=write(rows, name=name or f"{day}.json"), by=people.job_user("import"), at=now,
            effective_on=day,
        )  # fmt: skip

    return run


@pytest.fixture
def hand_in(csl, signed):
    """`hand_in(user, path)`: upload a list file as the browser does; returns the answer."""

    def run(user, path, day="2026-08-05"):
        file = SimpleUploadedFile(path.name, path.read_bytes())
        data = {"source": "csl", "effective_on": day, "file": file}
        return signed(user).post(reverse("entities:list-import"), data)

    return run


def page_of(client, name, *args, status=200, **query):
    answer = client.get(reverse(f"entities:{name}", args=args), query)
    assert answer.status_code == status
    return " ".join(unescape(answer.content.decode()).split())


# Imports


@pytest.mark.django_db(transaction=True)
def test_import_is_read_by_the_worker_for_who_handed_it_in(hand_in, write, lists, signed, csl, drain):
    answer = hand_in(lists, write([el("Alpha Radio")]))
    assert answer.status_code == 302
    client = signed(lists)
    waiting = client.get(answer.url)
    assert b"Waiting for the worker" in waiting.content
    assert b'http-equiv="refresh"' in waiting.content
    assert not ListVersion.objects.exists()
    part = client.get(answer.url, headers={"HX-Request": "true"}).content
    assert b'hx-trigger="every 1s"' in part
    assert b"<html" not in part
    drain()
    version = ListVersion.objects.get()
    assert (version.state, version.file_name, version.rows) == ("published", "list.json", 1)
    assert (version.imported_by, version.effective_on) == (lists, date(2026, 8, 5))
    part = client.get(answer.url, headers={"HX-Request": "true"}).content
    assert b"In use: version 1." in part
    assert b"hx-trigger" not in part
    assert b'http-equiv="refresh"' not in client.get(answer.url).content
    again = hand_in(lists, write([el("Alpha Radio")], stamp="2026-08-02"))
    drain()
    assert b"Nothing new." in client.get(again.url).content
    csl.refresh_from_db()
    assert (csl.current, csl.result) == (version, "unchanged")


@pytest.mark.django_db(transaction=True)
def test_import_of_a_broken_file_names_its_line_and_changes_nothing(hand_in, lists, signed, tmp_path, drain):
    broken = tmp_path / "broken.csv"
    broken.write_text("source,name\nEntity List (EL) - Bureau of Industry and Security\n", encoding="utf-8")
    answer = hand_in(lists, broken)
    drain()
    client = signed(lists)
    page = " ".join(client.get(answer.url).content.decode().split())
    assert "Refused: nothing of it was stored." in page
    assert "Line 1, column entity_number: The column entity_number is missing." in page
    assert not ListVersion.objects.exists()
    assert data_of("list.refused")["file"] == "broken.csv"
    assert "Files refused" in page_of(client, "lists")


@pytest.mark.django_db(transaction=True)
def test_import_that_loses_too_much_is_held_with_its_failed_checks(hand_in, write, lists, signed, drain):
    hand_in(lists, write(many(60)))
    drain()
    answer = hand_in(lists, write(many(30), name="2.json"), day="2026-08-06")
    drain()
    page = signed(lists).get(answer.url).content
    assert b"Held as version 2" in page
    assert b"SDN: rows removed" in page
    assert b"SDN: growth" not in page
    again = hand_in(lists, write(many(30), name="2.json"), day="2026-08-06")
    drain()
    assert b"Held as version 2" in signed(lists).get(again.url).content
    assert ListVersion.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_import_overtaken_by_a_newer_file_is_refused_with_the_reason(
    hand_in, publish, write, lists, signed, drain
):
    answer = hand_in(lists, write([el("Alpha")], name="late.json"), day="2026-08-01")
    publish([el("Alpha"), el("Beta")], date(2026, 8, 4))
    drain()
    page = signed(lists).get(answer.url).content
    assert b"Version 1 of 2026-08-04 is in force already." in page
    assert ListVersion.objects.count() == 1


def test_import_of_a_day_before_the_one_in_force_is_refused_at_once(hand_in, publish, write, lists):
    publish([el("Alpha")], date(2026, 8, 5))
    answer = hand_in(lists, write([el("Alpha"), el("Beta")], name="2.json"), day="2026-08-01")
    assert answer.status_code == 400
    assert set(answer.context["form"].errors) == {"effective_on"}
    assert not Event.objects.filter(verb="list.received").exists()


def test_import_shows_how_much_of_the_file_is_read_and_what_failed(hand_in, write, lists, signed):
    url = hand_in(lists, write([el("Alpha")])).url
    outbox.pump(now=Event.objects.latest("seq").recorded_at)
    job = Job.objects.filter(reader="lists.import")
    client = signed(lists)
    job.update(done=400, total=1000)
    for page in (client.get(url).content, client.get(reverse("entities:lists")).content):
        assert b'<progress value="400" max="1000"' in page
    assert b"Reading the file" in client.get(url).content
    job.update(done=1000)
    assert b"Comparing with the version in use" in client.get(url).content
    job.update(state="dead", error="OSError: disk full")
    page = client.get(url).content
    assert b"The import failed." in page
    assert b"OSError: disk full" in page


def test_import_says_every_missing_field(csl, lists, signed):
    answer = signed(lists).post(reverse("entities:list-import"), {})
    assert answer.status_code == 400
    assert set(answer.context["form"].errors) == {"source", "effective_on", "file"}


def test_import_needs_the_role(hand_in, write, officer):
    assert hand_in(officer, write([el("Alpha Radio")])).status_code == 403
    assert not Event.objects.filter(verb="list.received").exists()


def test_import_nobody_handed_in_is_not_found(csl, lists, signed):
    page_of(signed(lists), "list-received", "csl", "0" * 64, status=404)
    page_of(signed(lists), "list-received", "moon", "0" * 64, status=404)


def test_import_page_asks_few_queries(hand_in, write, lists, signed, django_assert_max_num_queries):
    url = hand_in(lists, write([el("Alpha")])).url
    client = signed(lists)
    with django_assert_max_num_queries(9):
        client.get(url)


# Sources and differences


@pytest.mark.parametrize("count", [1, 3])
def test_source_page_asks_the_same_for_one_version_and_three(
    publish, officer, signed, count, django_assert_num_queries
):
    for number in range(count):
        publish(many(40 + number), date(2026, 8, 1 + number))
    client = signed(officer)
    with django_assert_num_queries(6):
        page = page_of(client, "list-source", "csl")
    assert page.count("<caption") == 1
    assert f"Versions: {count}" in page


def test_source_page_shows_growth_health_and_what_to_compare(publish, officer, signed):
    publish(many(40), date(2026, 8, 1))
    publish(many(44), date(2026, 8, 2))
    page = page_of(signed(officer), "list-source", "csl")
    assert "Rows by version" in page
    assert ">44</text>" in page
    assert "Version 2 of Aug 2, 2026 is in use: 44 rows." in page
    assert '<option value="1" selected>' in page
    assert "No file has been imported yet" in page_of(signed(officer), "list-source", "un")
    page_of(signed(officer), "list-source", "moon", status=404)


def test_compare_shows_what_differs_between_any_two_versions(publish, officer, signed):
    rows = [el(f"Firm {n}") for n in range(30)]
    publish(rows, date(2026, 8, 1))
    publish([*rows[1:], el("New")], date(2026, 8, 2))
    publish([*rows[1:], el("New", license_policy="Case-by-case basis")], date(2026, 8, 3))
    client = signed(officer)
    page = page_of(client, "list-compare", "csl", **{"from": 1, "to": 3})
    assert "What differs: 2 entries" in page
    assert (page.count("<ins>Added</ins>"), page.count("<del>Removed</del>")) == (1, 1)
    page = page_of(client, "list-compare", "csl", **{"from": 2, "to": 3})
    assert "<b>License review policy</b> <del>Presumption of denial</del> <ins>Case by case</ins>" in page
    assert "Nothing: both say the same." in page_of(client, "list-compare", "csl", **{"from": 2, "to": 2})
    assert "Choose two versions" in page_of(client, "list-compare", "csl", **{"from": 1, "to": 99})


def test_compare_asks_few_queries(publish, officer, signed, django_assert_max_num_queries):
    publish(many(40), date(2026, 8, 1))
    publish(many(44), date(2026, 8, 2))
    client = signed(officer)
    with django_assert_max_num_queries(8):
        page_of(client, "list-compare", "csl", **{"from": 1, "to": 2})


def test_version_page_shows_one_kind_of_change_and_more_on_demand(publish, officer, signed, monkeypatch):
    monkeypatch.setattr("entities.views.lists.SHOWN", 5)
    publish(many(40), date(2026, 8, 1))
    version = publish([*many(39), *many(3, start=100)], date(2026, 8, 2))
    client = signed(officer)
    assert "What changed: 4 entries" in page_of(client, "list-version", version.pk)
    page = page_of(client, "list-version", version.pk, kind="removed")
    assert "What changed: 1 entry" in page
    assert "<ins>Added</ins>" not in page
    first = ListVersion.objects.get(number=1)
    page = page_of(client, "list-version", first.pk)
    assert "first 5 of 40" in page
    assert "?show=25" in page
    assert "first 25 of 40" in page_of(client, "list-version", first.pk, show="25")
    assert "What changed: 40 entries" in page_of(client, "list-version", first.pk, show="125")


# Entries


@pytest.mark.parametrize("count", [1, 3])
def test_entries_ask_the_same_for_one_and_three(publish, officer, signed, count, django_assert_num_queries):
    publish([el(f"Firm {n}") for n in range(count)], date(2026, 8, 1))
    client = signed(officer)
    with django_assert_num_queries(9):
        page = page_of(client, "entries")
    assert page.count('scope="row"') == count


def test_entries_are_found_by_name_list_and_day(publish, officer, signed):
    publish([el("Kestrel Avionics", alt_names=["Turmfalke"]), *many(30)], date(2026, 8, 1))
    client = signed(officer)

    def names(**query):
        answer = client.get(reverse("entities:entries"), query)
        return [party.name for party, _ in answer.context["rows"]]

    assert names(q="turmfalke") == ["Kestrel Avionics"]
    assert names(list="EL") == ["Kestrel Avionics"]
    assert len(names()) == 31
    assert names(list="EL", as_of="2019-05-20") == []
    assert names(list="EL", as_of="2019-05-21") == ["Kestrel Avionics"]
    assert len(names(as_of="never")) == 31
    assert "This is not a clearance" in page_of(client, "entries", q="nobody")


def test_entry_tells_what_its_list_said_on_a_day(publish, officer, signed):
    others = [el(f"Firm {n}") for n in range(9)]
    publish([el("Kestrel", remarks="old words"), *others], date(2026, 8, 1))
    publish([el("Kestrel", remarks="new words"), *others], date(2026, 8, 4))
    entry = ListedParty.objects.get(name="Kestrel")
    client = signed(officer)
    page = page_of(client, "entry", entry.pk)
    assert "On Aug 6, 2026: in effect." in page
    assert "<dd>new words</dd>" in page
    assert "<b>Remarks</b> <del>old words</del> <ins>new words</ins>" in page
    page = page_of(client, "entry", entry.pk, as_of="2026-08-03")
    assert "<dd>old words</dd>" in page
    page = page_of(client, "entry", entry.pk, as_of="2019-05-20")
    assert "On May 20, 2019: not in effect." in page
    assert "not listed before May 21, 2019" in page


def test_entry_asks_few_queries(publish, officer, signed, django_assert_max_num_queries):
    publish([el("Kestrel Institute", "IR"), *many(1)], date(2026, 8, 1))
    entry = ListedParty.objects.get(name="Kestrel Institute")
    client = signed(officer)
    with django_assert_max_num_queries(12):
        page_of(client, "entry", entry.pk)


def test_announced_entry_is_told_as_such_until_its_day(csl, officer, auditor, signed, api, now, publish):
    day = now.date() + timedelta(days=2)
    answer = signed(officer).post(
        reverse("entities:house"),
        {"name": "Zorvan Trading", "effect": "IS_INFORMED", "effective_on": day, "citation": "91 FR 12345"},
    )
    assert answer.status_code == 302
    entry = ListedParty.objects.get(name="Zorvan Trading")
    client = signed(auditor)
    assert 'Announced</span><span class="sub">takes effect on Aug 8, 2026' in page_of(client, "house")
    page = page_of(client, "entry", entry.pk)
    assert "On Aug 6, 2026: announced, not in effect yet." in page
    assert "takes effect on Aug 8, 2026" in page
    assert "On Aug 8, 2026: in effect." in page_of(client, "entry", entry.pk, as_of="2026-08-08")
    assert "On Aug 5, 2026: not in effect." in page_of(client, "entry", entry.pk, as_of="2026-08-05")
    listing = api(auditor).get(f"/api/v1/listed-parties/{entry.pk}/").json()["listings"][0]
    assert (listing["legal_effect"], listing["begins_on"]) == ("announced", "2026-08-08")

    def found(on):
        told = api(auditor).get("/api/v1/listed-parties/", {"as_of": on, "q": "zorvan"}).json()["results"]
        return [one["listings"][0]["legal_effect"] for one in told]

    assert (found("2026-08-07"), found("2026-08-08")) == ([], ["in_effect"])


def test_day_to_come_without_its_notice_is_refused_at_the_field(csl, officer, signed, now):
    data = {"name": "Zorvan", "effect": "IS_INFORMED", "effective_on": now.date() + timedelta(days=2)}
    answer = signed(officer).post(reverse("entities:house"), data)
    assert answer.status_code == 400
    assert set(answer.context["form"].errors) == {"citation"}


def test_confidential_entry_is_not_found_by_who_may_not_read_it(csl, officer, approver, signed, now):
    entry = house.add(
        name="Zorvan", effect="RED_FLAG", effective_on=now.date(), confidential=True, by=officer, at=now
    )
    assert "Zorvan" in page_of(signed(officer), "entry", entry.pk)
    page_of(signed(approver), "entry", entry.pk, status=404)
    assert "Zorvan" not in page_of(signed(approver), "entries")
    version = ListSource.objects.get(pk="house").current
    assert "Zorvan" not in page_of(signed(approver), "list-version", version.pk)


# The banner on stale lists


def test_banner_on_a_stale_list_says_what_to_do(publish, officer, lists, signed, now):
    publish([el("Alpha")], date(2026, 8, 1))
    house.add(name="Zorvan", effect="RED_FLAG", effective_on=now.date(), by=officer, at=now)
    with time_machine.travel(now + timedelta(days=100), tick=False):
        page = " ".join(signed(lists).get("/").content.decode().split())
        assert '<a href="/lists/?source=csl#import">Import a fresh file</a>' in page
        assert '<a href="/lists/house/">Look through it and note that it still holds</a>' in page
        assert "Ask a list manager to import a fresh file" in signed(officer).get("/").content.decode()
        assert '<option value="csl" selected>' in page_of(signed(lists), "lists", source="csl")

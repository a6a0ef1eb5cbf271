"""The house list: who enters and ends, what it does at once, and who sees confidential entries."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import Error
from django.urls import reverse

from entities import hits, house, lists, screening, worlds
from entities.models import Hit, HitStatus, ListedParty, Listing, ListSource
from exportctl import outbox, people
from exportctl.errors import Invalid, NotAllowed
from tests.factories import make_party

from .conftest import data_of, head, verbs_after

NAME = "Zorvan Kestrel Trading"


@pytest.fixture
def add(csl, officer, now):
    def run(**facts):
        given = {
            "name": NAME,
            "effect": "IS_INFORMED",
            "effective_on": now.date(),
            "countries": ["AE"],
            **facts,
        }
        return house.add(**given, by=facts.pop("by", officer), at=now)

    return run


def test_add_publishes_a_version_and_is_screened_at_once(add, officer, now):
    party = make_party(by=officer, at=now, name=NAME, country="AE")
    before = head()
    entry = add(scope="All dealings", items="3A001", citation="BIS letter of 2026-08-01")
    assert verbs_after(before) == ["list.published", "house.added"]
    listing = entry.listings.get()
    assert (entry.key, listing.effect, listing.scope, listing.items) == (
        "HOUSE:1", "IS_INFORMED", "All dealings", "3A001",
    )  # fmt: skip
    assert ListSource.objects.get(pk="house").current.rows == 1
    assert worlds.look_up(name=NAME, country="AE")[0].entry.list == "HOUSE"
    outbox.drain()
    assert party.hits.get().listed_party == entry


def test_add_a_second_entry_leaves_the_first(add):
    add()
    add(name="Second Bad Actor")
    assert Listing.objects.filter(listed_party__source="house", removed_in=None).count() == 2
    assert ListSource.objects.get(pk="house").current.rows == 2
    assert sorted(ListedParty.objects.filter(source="house").values_list("key", flat=True)) == [
        "HOUSE:1", "HOUSE:2",
    ]  # fmt: skip


def test_add_says_every_gap_at_once(add, now):
    with pytest.raises(Invalid) as refused:
        add(name=" ", effect="", effective_on=now.date() + timedelta(days=3), countries=["XQ"])
    fields = [one.field for one in refused.value.blockers]
    assert fields == ["name", "effect", "citation", "countries"]
    assert not ListedParty.objects.exists()


def test_add_a_notice_on_its_public_inspection_day_holds_from_its_effective_day(add, now):
    entry = add(effective_on=now.date() + timedelta(days=2), citation="91 FR 12345")
    assert worlds.look_up(name=NAME, country="AE")
    for days, there in ((0, False), (2, True)):
        assert (
            ListedParty.objects.as_of(now.date() + timedelta(days=days)).filter(pk=entry.pk).exists() is there
        )


def test_change_says_what_changed_and_keeps_the_rest(add, officer, now):
    entry = add(scope="All dealings")
    before = head()
    house.change(entry=entry, items="3B001", by=officer, at=now)
    assert verbs_after(before) == ["list.published", "house.changed"]
    listing = entry.listings.get()
    assert (listing.items, listing.scope) == ("3B001", "All dealings")
    assert data_of("house.changed")["fields"] == ["items"]
    version = ListSource.objects.get(pk="house").current
    assert [one["field"] for one in lists.difference(version)[0].fields] == ["items"]
    with pytest.raises(Invalid, match="no fact"):
        house.change(entry=entry, shoe=1, by=officer, at=now)


def test_end_is_dated_today_and_opens_the_true_match(add, officer, approver, now):
    entry = add()
    party = make_party(by=officer, at=now, name=NAME, country="AE")
    screening.screen(party=party, trigger="manual", by=people.job_user("screening"), at=now)
    hit = hits.propose(
        hit=party.hits.get(), outcome="true_match", reason="same_address", note="Seen.", by=officer, at=now
    )
    hits.agree(hit=hit, by=approver, at=now)
    before = head()
    house.end(entry=entry, reason="The agency withdrew it", by=officer, at=now)
    assert verbs_after(before) == ["list.published", "hit.reopened", "house.ended"]
    assert entry.listings.get().ended_on == now.date()
    assert Hit.objects.get(pk=hit.pk).status == HitStatus.OPEN
    with pytest.raises(Invalid):
        house.end(entry=entry, reason="Again", by=officer, at=now)


def test_verbs_need_a_person_with_the_right(add, approver, integration, now):
    for actor in (approver, integration):
        with pytest.raises(NotAllowed):
            house.add(name="X", effect="RED_FLAG", effective_on=now.date(), by=actor, at=now)


def test_a_confidential_entry_is_seen_by_who_may(
    add, api, signed, officer, lists, auditor, approver, integration, person, now, drain
):
    person("fil", "filer")
    party = make_party(by=officer, at=now, name=NAME, country="AE")
    entry = add(confidential=True)
    drain()
    url = reverse("entities:house")
    version = reverse("entities:list-version", args=[ListSource.objects.get(pk="house").current_id])
    for user, seen in ((officer, True), (lists, True), (auditor, True), (approver, False)):
        assert (NAME in signed(user).get(url).content.decode()) is seen
        assert (NAME in signed(user).get(version).content.decode()) is seen
        assert (NAME in api(user).get("/api/v1/listed-parties/").content.decode()) is seen
        assert (api(user).get(f"/api/v1/listed-parties/{entry.pk}/").status_code == 200) is seen
    told = api(integration).post("/api/v1/screenings/", {"name": NAME, "country": "AE"}, format="json")
    [found] = told.json()["results"][0]["hits"]
    assert (found["name"], found["explanation"]) == ("Confidential entry", {})
    assert not Hit.objects.for_user(integration).filter(party=party).exists()
    assert Hit.objects.for_user(approver).filter(party=party).exists()  # the second person must see the pair


def test_page_enters_changes_and_ends(csl, signed, officer):
    client, url = signed(officer), reverse("entities:house")
    data = {
        "name": NAME,
        "effect": "RED_FLAG",
        "effective_on": "2026-08-01",
        "countries": "ae",
        "names": "ZK\nZKT",
    }
    assert client.post(url, {**data, "countries": "zz"}).status_code == 400
    assert client.post(url, data).status_code == 302
    entry = ListedParty.objects.get(source="house")
    assert [one["text"] for one in entry.names] == ["ZK", "ZKT"]
    one = reverse("entities:house-entry", args=[entry.pk])
    assert NAME in client.get(one).content.decode()
    assert client.post(one, {**data, "note": "Asked twice"}).status_code == 302
    ending = reverse("entities:house-end", args=[entry.pk])
    assert client.post(ending, {"reason": ""}).status_code == 400
    assert client.post(ending, {"reason": "Solved"}).status_code == 302
    entry.refresh_from_db()
    assert (entry.remarks, entry.listings.get().removed_in is None) == ("Asked twice", False)
    assert client.get(one).status_code == 404


def test_page_shows_no_form_to_who_may_not_enter(csl, signed, approver):
    page = signed(approver).get(reverse("entities:house")).content.decode()
    assert "Enter a party" not in page
    assert signed(approver).post(reverse("entities:house"), {"name": "X"}).status_code == 403


# A file of entries

HEAD = "name,effect,effective_on,citation,other_names,countries,address,scope,items,confidential,note"
LETTERS = f"""{HEAD}
Zorvan Kestrel Trading,is-informed,2026-08-01,BIS letter of 2026-08-01,ZK;ZKT,AE;hk,"1 Quay, Dubai",All,3A001,yes,Seen
Second Broker,RED_FLAG,2026-08-02,,,CY,,,,,
Notice Party,IS_INFORMED,2026-09-01,91 FR 12345,,IR,,,,no,
"""


@pytest.fixture
def letters(tmp_path):
    """`letters(text)`: a CSV file."""

    def write(text=LETTERS):
        path = tmp_path / "letters.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def open_entries():
    found = Listing.objects.filter(listed_party__source="house", removed_in=None).order_by("pk")
    return [(one.listed_party.key, one.listed_party.name) for one in found.select_related("listed_party")]


def test_bring_in_enters_all_rows_as_one_version(csl, letters, officer, now):
    party = make_party(by=officer, at=now, name=NAME, country="AE")
    before = head()
    version = house.bring_in(path=letters(), by=officer, at=now)
    assert verbs_after(before) == ["list.published", "house.imported"]
    assert (version.number, version.added, version.rows, version.file_name) == (1, 3, 3, "house list")
    assert data_of("house.imported")["added"] == ["HOUSE:1", "HOUSE:2", "HOUSE:3"]
    assert "Zorvan" not in str(data_of("house.imported"))
    listing = Listing.objects.get(listed_party__key="HOUSE:1")
    assert (listing.effect, listing.scope, listing.items, listing.citations) == (
        "IS_INFORMED", "All", "3A001", ["BIS letter of 2026-08-01"],
    )  # fmt: skip
    entry = listing.listed_party
    assert (entry.confidential, entry.countries, entry.remarks) == (True, ["AE", "HK"], "Seen")
    assert [one["text"] for one in entry.names] == ["ZK", "ZKT"]
    assert [one["text"] for one in entry.addresses] == ["1 Quay, Dubai"]
    notice = Listing.objects.get(listed_party__key="HOUSE:3")
    assert notice.legal_effect(on=now.date()) == "announced"
    outbox.drain()
    assert party.hits.get().listed_party == entry


def test_bring_in_the_same_again_says_nothing_new(csl, letters, officer, now):
    version = house.bring_in(path=letters(), by=officer, at=now)
    before = head()
    assert house.bring_in(path=letters(), by=officer, at=now + timedelta(days=1)) == version
    assert verbs_after(before) == ["list.unchanged"]
    assert ListSource.objects.get(pk="house").checked_at == now + timedelta(days=1)


def test_bring_in_changes_the_entry_of_the_same_name_effect_and_citation_and_leaves_others(
    add, csl, letters, officer, now
):
    kept = add(name="Kept Party")
    house.bring_in(path=letters(), by=officer, at=now)
    changed = (
        LETTERS.replace("3A001", "3B001") + "Second Broker,RED_FLAG,2026-08-02,Call of 2026-08-05,,,,,,,\n"
    )
    version = house.bring_in(path=letters(changed), by=officer, at=now)
    assert (version.added, version.changed, version.removed, version.rows) == (1, 1, 0, 5)
    assert data_of("house.imported")["changed"] == ["HOUSE:2"]
    assert Listing.objects.get(listed_party__key="HOUSE:2").items == "3B001"
    assert [key for key, _ in open_entries()] == ["HOUSE:1", "HOUSE:2", "HOUSE:3", "HOUSE:4", "HOUSE:5"]
    assert (kept.key, kept.name) in open_entries()


def test_bring_in_says_every_faulty_field_and_writes_nothing(csl, letters, officer, now):
    text = (
        f"{HEAD}\nAlpha,RED_FLAG,2026-08-01,,,CY,,,,,\n,WARN,31.8.2026,,,XQ,,,,perhaps,\n"
        "Notice,IS_INFORMED,2027-01-01,,,,,,,,\nALPHA,RED_FLAG,2026-08-02,,,,,,,,\n"
    )
    before = head()
    with pytest.raises(Invalid) as refused:
        house.bring_in(path=letters(text), by=officer, at=now)
    assert [one.message for one in refused.value.blockers] == [
        "letters.csv, line 3, column effective_on: the day cannot be read.",
        "letters.csv, line 3, column confidential: it is neither yes nor no.",
        "letters.csv, line 3, column name: the name is missing.",
        "letters.csv, line 3, column effect: say what the entry does.",
        "letters.csv, line 3, column countries: unknown: XQ.",
        "letters.csv, line 4, column citation: a day to come needs its notice.",
        "letters.csv, line 5, column name: it says line 2 again: equal name, effect and citation.",
    ]
    assert all(one.remedy and one.field == "file" for one in refused.value.blockers)
    assert open_entries() == []
    assert verbs_after(before) == ["list.refused"]
    assert "Alpha" not in str(data_of("list.refused"))
    assert data_of("list.refused")["reason"] == "7 faults; who gave the file was told."


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name,effect\nAlpha,RED_FLAG\n", "line 1, column effective_on: the column effective_on is missing."),
        (f"{HEAD},shoe\n", "line 1, column shoe: unknown column 'shoe'."),
        (f"{HEAD}\nAlpha,RED_FLAG\n", "line 2, column effect: the row has 2 fields, the header 11."),
        (f'{HEAD}\n"Alpha,RED_FLAG', "not valid CSV"),
        (f"{HEAD}\n", "the file holds no rows."),
        ("", "the file is empty."),
    ],
    ids=["column missing", "column unknown", "row short", "quote open", "no rows", "empty"],
)
def test_bring_in_refuses_a_file_of_another_form(csl, letters, officer, now, text, says):
    with pytest.raises(Invalid) as refused:
        house.bring_in(path=letters(text), by=officer, at=now)
    [blocker] = refused.value.blockers
    assert says in blocker.message
    assert blocker.remedy
    assert open_entries() == []


def test_bring_in_refuses_too_many_rows_and_tells_the_first_faults(csl, letters, officer, now, monkeypatch):
    monkeypatch.setattr(house, "MOST_FAULTS", 2)
    bad = f"{HEAD}\n" + "".join(f"N{n},NO,2026-08-01,,,,,,,,\n" for n in range(5))
    with pytest.raises(Invalid) as refused:
        house.bring_in(path=letters(bad), by=officer, at=now)
    assert [one.message for one in refused.value.blockers][2:] == ["And 3 more."]
    monkeypatch.setattr(house, "MOST_ROWS", 4)
    with pytest.raises(Invalid, match="more than 4 rows"):
        house.bring_in(path=letters(bad), by=officer, at=now)


def test_bring_in_needs_a_person_with_the_right_or_a_job(csl, letters, approver, integration, now):
    for actor in (approver, integration):
        with pytest.raises(NotAllowed):
            house.bring_in(path=letters(), by=actor, at=now)
    assert open_entries() == []
    house.bring_in(path=letters(), by=people.job_user("import"), at=now)
    assert len(open_entries()) == 3


def test_bring_in_leaves_nothing_when_the_log_refuses(csl, letters, officer, now, refusing_log):
    with refusing_log(), pytest.raises(Error):
        house.bring_in(path=letters(), by=officer, at=now)
    assert open_entries() == []


def test_page_brings_in_a_file_and_lists_every_fault(csl, letters, signed, officer, approver):
    client, url = signed(officer), reverse("entities:house-import")

    def send(user, text):
        file = SimpleUploadedFile("letters.csv", text.encode())
        return signed(user).post(url, {"letters-file": file}, follow=True)

    answer = send(officer, LETTERS)
    assert "House list, version 1: 3 entered, 0 changed." in answer.content.decode()
    assert "stays as it is: the file says nothing new" in send(officer, LETTERS).content.decode()
    answer = send(officer, LETTERS.replace("RED_FLAG", "WARN").replace("2026-09-01", "soon"))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "letters.csv, line 3, column effect: say what the entry does." in page
    assert "letters.csv, line 4, column effective_on: the day cannot be read." in page
    assert send(approver, LETTERS).status_code == 403
    assert client.post(url, {}).status_code == 400
    assert len(open_entries()) == 3


def test_review_makes_the_list_fresh_again(add, officer, lists, signed, now):
    with pytest.raises(Invalid):
        house.review(by=officer, at=now)
    add()
    later = now + timedelta(days=120)
    with time_machine.travel(later, tick=False):
        assert (
            b"Nobody has looked through this list for too long."
            in signed(lists).get(reverse("entities:house")).content
        )
        before = head()
        assert signed(lists).post(reverse("entities:house-review")).status_code == 302
        assert verbs_after(before) == ["list.unchanged"]
        assert b"for too long" not in signed(lists).get(reverse("entities:house")).content
    assert ListSource.objects.get(pk="house").checked_at == later


def test_review_needs_the_right(add, approver, signed, now):
    add()
    assert signed(approver).post(reverse("entities:house-review")).status_code == 403
    with pytest.raises(NotAllowed):
        house.review(by=approver, at=now)

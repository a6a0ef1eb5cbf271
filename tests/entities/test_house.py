"""The house list: who enters and ends, what it does at once, and who sees confidential entries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from entities import hits, house, lists, screening
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
    assert screening.look_up(name=NAME, country="AE")[0].entry.list == "HOUSE"
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
    assert screening.look_up(name=NAME, country="AE")
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
    hit = hits.propose(hit=party.hits.get(), outcome="true_match", reason="same_address", by=officer, at=now)
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

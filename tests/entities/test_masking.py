"""No page and no answer of the API shows birth dates and document numbers of persons; a full view is on record.

The addresses are those of the product itself: one that is new is swept too, or fails until it is given its object.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from entities import batches, hits, looks, masking, parties, rechecks, screening, worlds
from entities.models import FullView, ListVersion, NameChunk
from exportctl import people
from exportctl.errors import Invalid, NotAllowed
from exportctl.models import SavedView
from tests.factories import make_draft, make_party, make_submitted

from .conftest import el, many, sdn

NAME = "Kestrel Avionics Research Institute"
OURS, EIN = "C01X00T47", "12-3456789"
SECRETS = (OURS, EIN, "X4711552", "X4711553", "1960-03-12", "1961-04-13", "12 Mar 1960")
HELD = ("listed-party-full", "hit-full", "party-full", "entry-full", "look-full")
SKIP = ("account", "mfa", "sessions", "logout", "api-docs", "api-schema", "jsi18n")  # no data of parties


@pytest.fixture
def world(csl, write, filer, officer, approver, now) -> dict[str, Any]:
    """One of everything that tells of a person: party, entry in two versions, hits, a re-check, a case, a batch."""
    from entities import lists

    def publish(number: str, born: str, name: str) -> ListVersion:
        person = sdn(1, NAME, type="Individual", dates_of_birth=[born], remarks="DOB 12 Mar 1960; Passport X4711552",
                     ids=[{"type": "Passport", "number": number, "country": "IR"}])  # fmt: skip
        rows = [person, el("Osprey Radar Works", "DE"), *many(20, start=500)]
        return lists.stage(source=csl, path=write(rows, name=name), by=people.job_user("import"), at=now,
                           effective_on=now.date())  # fmt: skip

    publish("X4711552", "1960-03-12", "one.json")
    party = make_party(by=filer, at=now, name=NAME, kind="individual",
                       identifiers=[{"kind": "Passport", "value": OURS}, {"kind": "EIN", "value": EIN}])  # fmt: skip
    parties.change(party=party, version=1, by=filer, at=now, note="Known since 2019",
                   identifiers=[{"kind": "Passport", "value": "X4711552"}, {"kind": "EIN", "value": EIN}])  # fmt: skip
    back = [{"kind": "Passport", "value": OURS}, {"kind": "EIN", "value": EIN}]
    party = parties.change(party=party, version=2, by=filer, at=now, identifiers=back)
    robot = people.job_user("screening")
    screening.screen(party=party, trigger="manual", by=robot, at=now)
    hit = party.hits.get()
    hits.propose(hit=hit, outcome="false_positive", reason="different_person", differing_fact="Other birth",
                 by=officer, at=now)  # fmt: skip
    hits.agree(hit=hit, by=approver, at=now)
    twin = make_party(by=filer, at=now, name=NAME, kind="individual",
                      identifiers=[{"kind": "Passport", "value": OURS}])  # fmt: skip
    screening.screen(party=twin, trigger="manual", by=robot, at=now)
    other = twin.hits.get()
    hits.propose(hit=other, outcome="true_match", reason="same_group", note="Seen.", by=officer, at=now)
    hits.agree(hit=other, by=approver, at=now)
    version = publish("X4711553", "1961-04-13", "two.json")
    worlds.forget()
    screening.screen(party=party, trigger="list", by=robot, at=now)
    hit.refresh_from_db()
    assert hit.status == "open"
    assert hit.changes
    company = make_party(by=filer, at=now, name="Osprey Radar Works", kind="individual",
                         identifiers=[{"kind": "Passport", "value": OURS}])  # fmt: skip
    screening.screen(party=company, trigger="manual", by=robot, at=now)
    third = company.hits.get()
    hits.propose(hit=third, outcome="false_positive", reason="different_place", differing_fact="Emden",
                 by=officer, at=now)  # fmt: skip
    hits.agree(hit=third, by=approver, at=now)
    rechecks.sample(count=5, by=approver, at=now, seed=1)
    batch = batches.receive([{"name": NAME}], limit=5, minimum=60, by=officer, at=now)
    for chunk in NameChunk.objects.filter(batch=batch):
        batches.work(chunk=chunk, at=now)
    return {
        "party": party, "hit": hit, "true": other, "listed": hit.listed_party, "version": version, "source": csl,
        "case": make_submitted(by=filer, at=now, customer=party), "recheck": third.rechecks.get(),
        "draft": make_draft(by=filer, at=now, customer=party), "duty": other.duties.get(),
        "batch": batch, "run": party.screenings.latest("pk"), "view": looks.reveal(hit=hit, by=officer, at=now),
        "saved": SavedView.objects.create(user=officer, page="entities:hits", name="Mine", created_at=now),
    }  # fmt: skip


def kwargs_for(name: str, params: set[str], world: dict[str, Any]) -> dict[str, Any] | None:
    """The arguments of an address, by the object its name speaks of; None where this world has none."""
    if not params:
        return {}
    known = {
        "code": "csl", "number": 2, "digest": "0" * 64, "format": "json", "slug": "x",
        "object_id": world["hit"].pk, "app_label": "entities", "content_type_id": 1, "verb": "none",
        "name": "screening-log",
    }  # fmt: skip
    about = next((thing for words, thing in ABOUT if words in name), None)
    if about is None and name.startswith("licenses:") and "number" in params:
        about = "case"
    if about is None:
        return None
    known |= {"pk": world[about].pk, "object_id": world[about].pk}
    if about in ("case", "draft"):
        known["number"] = world[about].number
    return {one: known[one] for one in params} if params <= known.keys() else None


# the first words that stand in the name of an address say which object its key is
ABOUT = (
    ("list-received", "source"),
    ("entities:list-re", "version"),
    ("fullview", "view"),
    ("view-drop", "saved"),
    ("admin:entities_screening", "run"),
    ("look", "recheck"),
    ("names-batch", "batch"),
    ("house-", "listed"), ("duty", "duty"), ("screening-batch", "batch"), ("entry", "listed"),
    ("listed", "listed"), ("list-version", "version"), ("listversion", "version"), ("hit", "hit"),
    ("list-source", "source"), ("list-compare", "source"), ("list-received", "source"), ("list-", "source"),
    ("listsource", "source"), ("party", "party"), ("application-edit", "draft"), ("draft", "draft"),
    ("application", "case"),
    ("report", "case"),
)  # fmt: skip


def addresses(resolver: URLResolver | None = None, space: str = "") -> Iterator[tuple[str, set[str]]]:
    """Every named address of the product with the names of its arguments."""
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from addresses(one, f"{space}{one.namespace}:" if one.namespace else space)
        elif isinstance(one, URLPattern) and one.name:
            yield f"{space}{one.name}", set(one.pattern.regex.groupindex)


def leaks(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


@pytest.mark.parametrize("who", ["officer", "approver", "filer", "auditor", "lists", "administrator"])
def test_no_address_shows_a_birth_date_or_number_of_a_person(who, world, request, signed):
    client, shown, found = signed(request.getfixturevalue(who)), 0, []
    for name, params in addresses():
        given = kwargs_for(name, params, world)
        if given is None or any(words in name for words in SKIP):
            continue
        for answer in answers(client, reverse(name, kwargs=given), post=not name.endswith(HELD)):
            shown += answer.status_code == 200
            found += [
                (name, answer.status_code, leak) for leak in leaks(answer.content.decode(errors="replace"))
            ]
    assert found == []
    assert shown > (20 if who == "administrator" else 50)


def answers(client: Client, url: str, *, post: bool) -> Iterator[Any]:
    """What an address answers to being read and to an empty form; nothing of it is kept."""
    yield client.get(url)
    if post:
        before = transaction.savepoint()
        yield client.post(url)
        transaction.savepoint_rollback(before)


def test_every_page_and_answer_on_parties_and_lists_is_swept(world):
    swept = [name for name, params in addresses() if kwargs_for(name, params, world) is not None]
    missing = [
        name
        for name, params in addresses()
        if name.startswith(("entities:", "admin:entities_")) and name not in swept and "_do" not in name
    ]
    assert missing == []
    for name in ("entities:entry", "entities:look", "entities:party-edit", "party-detail", "listed-party-detail",
                 "hit-history", "list-diff", "events", "exportctl:audit", "licenses:keying"):  # fmt: skip
        assert name in swept, sorted(swept)


def test_the_differences_of_versions_mask_persons(world, officer, signed):
    client = signed(officer)
    told = client.get("/api/v1/lists/csl/diff/", {"from": 1, "to": 2}).json()
    [change] = [one for one in told["changes"] if one["kind"] == "changed"]
    assert {one["field"] for one in change["fields"]} >= {"identifiers", "birth_dates"}
    assert leaks(str(told)) == []
    assert "••••••53" in str(change)
    page = client.get(reverse("entities:list-compare", args=["csl"]), {"from": 1, "to": 2}).content.decode()
    assert leaks(page) == []
    assert "••••••53" in page


def test_screening_over_the_api_masks_the_entry(world, officer, api):
    body = {
        "name": NAME,
        "birth_date": "1961-04-13",
        "identifiers": [{"kind": "Passport", "value": "X4711553"}],
    }
    told = api(officer).post("/api/v1/screenings/", body, format="json")
    assert told.status_code == 200
    assert told.json()["results"][0]["hits"]
    assert leaks(told.content.decode()) == []


@pytest.mark.parametrize(
    ("address", "about", "secret"),
    [
        ("entities:hit-full", "hit", EIN), ("entities:party-full", "party", OURS),
        ("entities:entry-full", "listed", "X4711553"), ("entities:look-full", "recheck", OURS),
        ("hit-full", "hit", "1961-04-13"), ("party-full", "party", OURS),
        ("listed-party-full", "listed", "12 Mar 1960"),
    ],
)  # fmt: skip
def test_the_full_view_is_asked_for_and_on_record(address, about, secret, world, approver2, auditor, signed):
    url = reverse(address, args=[world[about].pk])
    assert signed(auditor).post(url).status_code == 403
    assert signed(approver2).get(url).status_code == 405
    assert FullView.objects.count() == 1
    answer = signed(approver2).post(url)
    assert answer.status_code == 200
    assert secret in answer.content.decode()
    view = FullView.objects.latest("pk")
    assert view.user == approver2
    seen = view.hit or view.party or view.listed_party
    assert seen == (world["recheck"].hit if about == "recheck" else world[about])


def test_reveal_needs_the_permission_and_keeps_nothing_without_it(world, auditor, now):
    with pytest.raises(NotAllowed):
        looks.reveal(party=world["party"], by=auditor, at=now)
    assert FullView.objects.count() == 1


def test_the_access_log_is_read_by_auditors(world, approver, auditor, officer, signed, now):
    looks.reveal(party=world["party"], by=approver, at=now)
    page = signed(auditor).get(reverse("admin:entities_fullview_changelist"))
    assert "Anna Approver" in page.content.decode() or "approver" in page.content.decode()
    assert signed(officer).get(reverse("admin:entities_fullview_changelist")).status_code in (302, 403)


def form_of(client: Client, url: str) -> dict[str, str]:
    """What the party's form would send as it stands."""
    context = client.get(url).context["forms"]
    sent = {}
    for form in (
        context.main,
        *(one for each in context.sets.values() for one in (each.management_form, *each.forms)),
    ):
        sent |= {field.html_name: "" if field.value() is None else str(field.value()) for field in form}
    return sent


def test_a_masked_number_left_as_it_is_stays_what_it_was(world, filer, signed):
    client, party = signed(filer), world["party"]
    url = reverse("entities:party-edit", args=[party.pk])
    sent = form_of(client, url)
    assert sent["identifiers-0-value"] == masking.masked(EIN)
    assert client.post(url, {**sent, "note": "Seen again"}).status_code == 302
    party.refresh_from_db()
    assert sorted(party.identifiers.values_list("value", flat=True)) == [EIN, OURS]
    assert party.note == "Seen again"


def test_numbers_that_look_alike_masked_are_kept_apart(officer, signed, now):
    alike = [{"kind": "Passport", "value": "A1111199"}, {"kind": "Passport", "value": "B2222299"}]
    party = make_party(by=officer, at=now, kind="individual", identifiers=alike)
    client, url = signed(officer), reverse("entities:party-edit", args=[party.pk])
    sent = form_of(client, url)
    assert client.post(url, {**sent, "identifiers-0-value": "C3333399"}).status_code == 302
    assert sorted(party.identifiers.values_list("value", flat=True)) == ["A1111199", "C3333399"]


def test_a_masked_number_is_no_number(world, officer, api, now):
    party = world["party"]
    body = {"version": party.facts_version, "identifiers": [{"kind": "Passport", "value": "•••••••47"}]}
    answer = api(officer).patch(f"/api/v1/parties/{party.pk}/", body, format="json")
    assert answer.status_code == 400
    assert answer.json()["blockers"][0]["field"] == "identifiers.0.value"
    with pytest.raises(Invalid):
        make_party(by=officer, at=now, identifiers=[{"kind": "Passport", "value": "•••47"}])


def test_a_stale_change_tells_no_number(world, officer, api):
    body = {"version": 1, "identifiers": [{"kind": "Passport", "value": "Z9999999"}]}
    answer = api(officer).patch(f"/api/v1/parties/{world['party'].pk}/", body, format="json")
    assert answer.status_code == 409
    assert leaks(answer.content.decode()) == []


def test_companies_show_their_numbers(officer, api, now):
    party = make_party(by=officer, at=now, identifiers=[{"kind": "VAT", "value": "DE811111111"}])
    assert api(officer).get(f"/api/v1/parties/{party.pk}/").json()["identifiers"][0]["value"] == "DE811111111"


@pytest.mark.parametrize(
    ("kind", "births", "person"),
    [("individual", [], True), ("", ["1960"], True), ("", [], False), ("organization", ["1960"], False)],
)
def test_who_is_a_person(kind: str, births: list[str], person: bool):
    assert masking.is_person(kind, births) is person

"""The pages on parties, hits and lists: what they show to whom, what they refuse, how often they ask."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.test import RequestFactory
from django.urls import reverse

from entities import hits, parties, screening
from entities import lists as list_verbs
from entities.forms import JudgeForm, differing_facts
from entities.models import Hit, HitStatus, ListVersion, Party, VersionState
from entities.views import frame
from exportctl import outbox, people, roles
from exportctl.models import Event, Job, Reader
from tests.factories import make_party

from .conftest import many

NAME = "Kestrel Avionics Research Institute"


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def make_hits(officer, kestrel, now):
    """`make_hits(n)`: n parties of the listed name, each with one open hit."""
    kestrel()

    def make(number: int) -> list[Hit]:
        found = []
        for place in range(number):
            party = make_party(
                by=officer, at=now, name=NAME, country="CN" if place % 2 == 0 else "DE",
                addresses=[{"line": f"{place} Quay", "city": "Emden", "country": "DE"}],
            )  # fmt: skip
            screening.screen(party=party, trigger="manual", by=people.job_user("screening"), at=now)
            found.append(party.hits.get())
        return found

    return make


@pytest.fixture
def hit(make_hits):
    return make_hits(1)[0]


@pytest.fixture
def proposed(hit, officer, now):
    return hits.propose(
        hit=hit,
        outcome="false_positive",
        reason="different_business",
        differing_fact="A fish shop",
        by=officer,
        at=now,
    )


@pytest.fixture
def held(csl, write, lists, now):
    """A version that lost 30 of 60 rows: held, imported by the list manager."""
    for rows, at in ((many(60), now - timedelta(days=2)), (many(30), now - timedelta(hours=2))):
        list_verbs.stage(source=csl, path=write(rows), by=lists, at=at, effective_on=at.date())
    return ListVersion.objects.get(state=VersionState.HELD)


def text_of(answer: Any) -> str:
    return " ".join(unescape(answer.content.decode()).split())


def rows_of(prefix: str, *rows: dict[str, str], initial: int = 0) -> dict[str, str]:
    """A formset as a browser sends it."""
    data = {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": str(initial)}
    for place, row in enumerate(rows):
        data |= {f"{prefix}-{place}-{name}": value for name, value in row.items()}
    return data


def party_data(**more: Any) -> dict[str, str]:
    data = {"name": "Elbe Optik GmbH", "country": "DE", "kind": "organization", "shared": "on", "note": ""}
    sets = {**rows_of("names"), **rows_of("addresses"), **rows_of("identifiers")}
    return {**data, **sets, **more}


# How often the pages ask


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("name", "queries"), [("entities:parties", 9), ("entities:hits", 11)])
def test_lists_ask_the_same_for_one_row_and_three(
    name, queries, rows, make_hits, officer, signed, django_assert_num_queries
):
    make_hits(rows)
    client = signed(officer)
    with django_assert_num_queries(queries):
        answer = client.get(reverse(name))
    assert len(answer.context["page"].object_list) == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_and_imports_ask_the_same_for_one_version_and_three(
    rows, kestrel, officer, signed, django_assert_num_queries
):
    for number in range(rows):
        kestrel(remarks=f"edition {number}", license_requirement=f"Section 744.{number}")
    client = signed(officer)
    with django_assert_num_queries(7):
        answer = client.get(reverse("entities:lists"))
    assert len(answer.context["versions"]) == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_hit_page_asks_the_same_for_one_row_and_three(
    rows, make_hits, officer, signed, django_assert_num_queries
):
    hit = make_hits(rows)[0]
    client = signed(officer)
    with django_assert_num_queries(17):
        assert client.get(reverse("entities:hit", args=[hit.pk])).status_code == 200


@pytest.mark.parametrize("runs", [1, 3])
def test_party_page_asks_the_same_for_one_row_and_three(
    runs, hit, officer, signed, now, django_assert_num_queries
):
    for _ in range(runs):
        screening.screen(party=hit.party, trigger="manual", by=people.job_user("screening"), at=now)
    client = signed(officer)
    with django_assert_num_queries(18):
        assert client.get(reverse("entities:party", args=[hit.party_id])).status_code == 200


# Who sees what


def test_pages_need_a_sign_in(client, hit):
    for name, args in (
        ("parties", []),
        ("party", [hit.party_id]),
        ("hits", []),
        ("hit", [hit.pk]),
        ("lists", []),
    ):
        answer = client.get(reverse(f"entities:{name}", args=args))
        assert (answer.status_code, answer.url.startswith("/accounts/login/")) == (302, True)


def test_filer_does_not_find_another_company(filer, stranger, signed):
    other = stranger.memberships.get().party
    client = signed(filer)
    assert client.get(reverse("entities:party", args=[other.pk])).status_code == 404
    assert client.get(reverse("entities:party-edit", args=[other.pk])).status_code == 404
    assert client.post(reverse("entities:party-screen", args=[other.pk])).status_code == 404
    assert other.name not in text_of(client.get(reverse("entities:parties"), {"q": "Otherside"}))
    assert other.name not in text_of(client.get(reverse("entities:party-options"), {"q": "Otherside"}))


def test_filer_does_not_find_the_hits_of_another_company(stranger, filer, kestrel, signed, now):
    kestrel()
    party = make_party(by=stranger, at=now, name=NAME, country="CN", shared=False)
    screening.screen(party=party, trigger="manual", by=people.job_user("screening"), at=now)
    hit = party.hits.get()
    client = signed(filer)
    assert client.get(reverse("entities:hit", args=[hit.pk])).status_code == 404
    assert client.post(reverse("entities:hit-agree", args=[hit.pk])).status_code == 404
    assert party.name not in text_of(client.get(reverse("entities:hits")))


def test_administrator_reads_no_party(administrator, hit, signed):
    client = signed(administrator)
    assert client.get(reverse("entities:parties")).status_code == 403
    assert client.get(reverse("entities:hit", args=[hit.pk])).status_code == 403


@pytest.mark.parametrize("role", ["officer", "approver", "lists"])
def test_get_changes_no_hit_and_no_party(role, hit, request, signed):
    user = request.getfixturevalue(role)
    before, client = Event.objects.count(), signed(user)
    for act in ("propose", "agree", "send-back", "reopen"):
        assert client.get(reverse(f"entities:hit-{act}", args=[hit.pk])).status_code == 405
    assert client.get(reverse("entities:party-screen", args=[hit.party_id])).status_code == 405
    assert client.get(reverse("entities:hit", args=[hit.pk])).status_code == 200
    assert Event.objects.count() == before


@pytest.mark.parametrize("role", ["approver", "lists"])
def test_get_changes_no_list(role, held, request, signed):
    user = request.getfixturevalue(role)
    before, client = Event.objects.count(), signed(user)
    for act in ("release", "reject"):
        assert client.get(reverse(f"entities:list-{act}", args=[held.pk])).status_code == 405
    assert client.get(reverse("entities:list-import")).url == f"{reverse('entities:lists')}#import"
    assert client.get(reverse("entities:list-version", args=[held.pk])).status_code == 200
    assert Event.objects.count() == before


# Parties


def test_parties_are_found_by_name_country_and_status(make_hits, officer, signed, now):
    make_hits(1)
    make_party(by=officer, at=now, name="Elbe Optik GmbH", country="DE")
    client = signed(officer)

    def found(**given: str) -> set[str]:
        return {row[0].name for row in client.get(reverse("entities:parties"), given).context["rows"]}

    assert found() == {NAME, "Elbe Optik GmbH"}
    assert found(q="optik") == {"Elbe Optik GmbH"}
    assert found(country="CN") == {NAME}
    assert found(status="open") == {NAME}
    assert found(status="missing") == {"Elbe Optik GmbH"}
    assert found(status="listed") == set()
    assert found(q="P" + str(Party.objects.get(country="CN").pk).zfill(6)) == {NAME}


def test_parties_to_screen_again_are_those_behind_the_lists_or_their_facts(make_hits, officer, signed, now):
    [hit] = make_hits(1)
    client = signed(officer)

    def page() -> set[int]:
        return {
            row[0].pk for row in client.get(reverse("entities:parties"), {"status": "stale"}).context["rows"]
        }

    assert page() == set()
    parties.change(party=hit.party, version=1, by=officer, at=now, note="moved")
    assert page() == {hit.party_id}


def test_new_registers_a_party_with_its_rows(officer, signed):
    data = party_data(
        **rows_of("names", {"text": "Elbe Optics", "kind": "alias"}, {"text": "", "kind": "alias"}),
        **rows_of(
            "addresses",
            {"line": "Kai 1", "city": "Hamburg", "region": "", "postal_code": "", "country": "DE"},
        ),
        **rows_of("identifiers", {"kind": "HRB", "value": "4711", "country": ""}),
    )
    answer = signed(officer).post(reverse("entities:party-new"), data)
    party = Party.objects.get(name="Elbe Optik GmbH")
    assert (answer.status_code, answer.url) == (302, reverse("entities:party", args=[party.pk]))
    assert [name.text for name in party.names.all()] == ["Elbe Optics"]
    assert [str(one) for one in party.addresses.all()] == ["Kai 1, Hamburg, DE"]
    assert [str(one) for one in party.identifiers.all()] == ["HRB 4711"]


def test_new_keeps_what_was_typed_and_names_the_field(officer, signed):
    data = party_data(**rows_of("addresses", {"line": "Kai 1", "city": "Hamburg", "country": ""}))
    answer = signed(officer).post(reverse("entities:party-new"), data)
    assert answer.status_code == 400
    assert "country" in answer.context["forms"].sets["addresses"].forms[0].errors
    assert 'value="Elbe Optik GmbH"' in answer.content.decode()
    assert not Party.objects.filter(name="Elbe Optik GmbH").exists()


def test_new_asks_before_it_registers_the_same_twice(officer, signed, now):
    known = make_party(by=officer, at=now, name="Elbe Optik GmbH")
    client = signed(officer)
    answer = client.post(reverse("entities:party-new"), party_data())
    assert (answer.status_code, answer.context["alike"]) == (409, [known])
    assert Party.objects.filter(name="Elbe Optik GmbH").count() == 1
    assert client.post(reverse("entities:party-new"), party_data(sure="1")).status_code == 302
    assert Party.objects.filter(name="Elbe Optik GmbH").count() == 2


def test_new_does_not_show_a_filer_the_exporter_of_others(filer, stranger, signed):
    answer = signed(filer).post(
        reverse("entities:party-new"), party_data(name="Otherside Optics LLC", country="US")
    )
    assert answer.status_code == 302


def test_new_gives_one_more_row_and_registers_nothing(officer, signed):
    before = Event.objects.count()
    answer = signed(officer).post(reverse("entities:party-new"), party_data(add="names"))
    assert (answer.status_code, len(answer.context["forms"].sets["names"].forms)) == (200, 1)
    assert Event.objects.count() == before


def test_edit_changes_and_refuses_a_stale_form(officer, officer2, signed, now):
    party = make_party(by=officer, at=now, name="Elbe Optik GmbH")
    client, url = signed(officer), reverse("entities:party-edit", args=[party.pk])
    assert client.post(url, party_data(version="1", note="first")).status_code == 302
    assert Party.objects.get(pk=party.pk).facts_version == 2
    answer = client.post(url, party_data(version="1", note="second"))
    assert answer.status_code == 409
    assert "Someone changed this party" in text_of(answer)
    assert "second" in text_of(answer)
    assert Party.objects.get(pk=party.pk).note == "first"


def test_auditor_may_not_edit(auditor, officer, signed, now):
    party = make_party(by=officer, at=now)
    client = signed(auditor)
    assert client.get(reverse("entities:party-edit", args=[party.pk])).status_code == 403
    page = text_of(client.get(reverse("entities:party", args=[party.pk])))
    assert "Correct" not in page
    assert "Screen again" not in page


def test_party_page_tells_the_status_on_a_day(hit, officer, approver, signed, now):
    hits.propose(hit=hit, outcome="true_match", reason="same_address", note="Seen.", by=officer, at=now)
    hits.agree(hit=hit, by=approver, at=now)
    client, url = signed(officer), reverse("entities:party", args=[hit.party_id])
    assert "On Aug 6, 2026: listed." in text_of(client.get(url))
    assert "BIS Entity List since May 21, 2019" in text_of(client.get(url))
    assert "On May 20, 2019: not in effect." in text_of(client.get(url, {"on": "2019-05-20"}))
    assert "On May 21, 2019: listed." in text_of(client.get(url, {"on": "2019-05-21"}))


def test_party_page_never_calls_no_match_a_clearance(kestrel, officer, signed, now):
    kestrel()
    party = make_party(by=officer, at=now, name="Elbe Optik GmbH")
    client, url = signed(officer), reverse("entities:party", args=[party.pk])
    assert "Not screened yet." in text_of(client.get(url))
    assert client.post(reverse("entities:party-screen", args=[party.pk])).status_code == 302
    assert "This is not a clearance" in text_of(client.get(url))
    assert screening.state(party) == "current"


def test_screen_says_when_it_cannot_run(officer, signed, now, csl):
    party = make_party(by=officer, at=now)
    answer = signed(officer).post(reverse("entities:party-screen", args=[party.pk]), follow=True)
    assert "Screening could not run" in text_of(answer)


def test_chip_screens_a_typed_name(kestrel, officer, signed):
    kestrel()
    client, url = signed(officer), reverse("entities:chip")
    strong = text_of(client.get(url, {"name": NAME, "country": "CN"}))
    assert "Strong match" in strong
    assert "nothing is stored" in strong
    none = text_of(client.get(url, {"name": "Elbe Optik GmbH", "country": "DE"}))
    assert "No match by name" in none
    assert "Not a clearance" in none
    assert text_of(client.get(url)) == ""


def test_chip_without_any_list_says_that_it_could_not_run(csl, officer, signed):
    answer = text_of(signed(officer).get(reverse("entities:chip"), {"name": NAME}))
    assert "Screening could not run" in answer
    assert "not “no match”" in answer


def test_chip_of_a_chosen_party_tells_its_standing(hit, officer, signed):
    label = f"{hit.party.name}, CN ({hit.party.reference})"
    assert "1 hit to judge" in text_of(signed(officer).get(reverse("entities:chip"), {"party": label}))


def test_options_are_what_the_typeahead_takes(officer, signed, now):
    party = make_party(by=officer, at=now, name="Elbe Optik GmbH")
    answer = signed(officer).get(reverse("entities:party-options"), {"q": "elbe"})
    assert f'value="Elbe Optik GmbH, DE ({party.reference})"' in answer.content.decode()


# Hits


def test_hits_come_by_risk(make_hits, officer, signed):
    make_hits(3)
    page = signed(officer).get(reverse("entities:hits")).context["page"].object_list
    assert [hit.score for hit in page] == sorted((hit.score for hit in page), reverse=True)
    assert len(page) == 3


def test_hits_are_filtered(make_hits, officer, signed, now):
    first, *_ = make_hits(3)
    hits.propose(hit=first, outcome="true_match", reason="same_address", note="Seen.", by=officer, at=now)
    client = signed(officer)

    def count(**given: str) -> int:
        return len(client.get(reverse("entities:hits"), given).context["page"].object_list)

    assert (count(), count(status="open"), count(status="proposed"), count(status="closed")) == (3, 2, 1, 0)
    assert (count(q="kestrel"), count(q="elbe"), count(list="EL"), count(list="SDN")) == (3, 0, 3, 0)
    assert count(band="strong") + count(band="review") == 3


def test_hit_page_lays_the_words_side_by_side(hit, officer, signed):
    page = text_of(signed(officer).get(reverse("entities:hit", args=[hit.pk])))
    assert "Is this the same company?" in page
    assert page.count("Kestrel") >= 3
    assert "84 FR 22961" in page
    assert "Presumption of denial" in page
    assert 'name="reason" value="different_place" required' in page
    assert "checked" not in page


def test_propose_records_and_opens_the_next_hit(make_hits, officer, signed):
    first, second, _ = make_hits(3)
    answer = signed(officer).post(
        reverse("entities:hit-propose", args=[first.pk]),
        {
            "outcome": "false_positive",
            "reason": "different_business",
            "differing_fact": "A fish shop",
            "note": "seen",
        },
    )
    first.refresh_from_db()
    assert (first.status, first.outcome, first.differing_fact) == (
        "proposed",
        "false_positive",
        "A fish shop",
    )
    assert answer.status_code == 302
    assert answer.url in {
        reverse("entities:hit", args=[each.pk]) for each in Hit.objects.exclude(pk=first.pk)
    }


def test_propose_takes_over_the_fact_that_screening_saw(make_hits, officer, signed):
    _, german = make_hits(2)
    signed(officer).post(
        reverse("entities:hit-propose", args=[german.pk]),
        {"outcome": "false_positive", "reason": "different_place", "differing_fact": "", "note": ""},
    )
    german.refresh_from_db()
    assert german.status == "proposed"
    assert "Country: DE against CN" in german.differing_fact


def test_propose_without_a_fact_keeps_what_was_typed(hit, officer, signed):
    before = Event.objects.count()
    answer = signed(officer).post(
        reverse("entities:hit-propose", args=[hit.pk]),
        {
            "outcome": "false_positive",
            "reason": "different_business",
            "differing_fact": "",
            "note": "my words",
        },
    )
    page = text_of(answer)
    assert answer.status_code == 400
    assert "needs a fact that differs besides the name" in page
    assert 'value="my words"' in page
    assert 'value="different_business" required data-key="4" checked' in page
    assert Event.objects.count() == before


def test_propose_with_a_reason_of_the_other_outcome_is_refused(hit, officer, signed):
    answer = signed(officer).post(
        reverse("entities:hit-propose", args=[hit.pk]),
        {"outcome": "true_match", "reason": "different_place", "note": "Seen."},
    )
    assert answer.status_code == 400
    hit.refresh_from_db()
    assert hit.status == HitStatus.OPEN


def test_propose_without_the_role_is_refused(hit, auditor, signed):
    client = signed(auditor)
    assert "Record false positive" not in text_of(client.get(reverse("entities:hit", args=[hit.pk])))
    data = {"outcome": "true_match", "reason": "same_address", "note": "Seen."}
    assert client.post(reverse("entities:hit-propose", args=[hit.pk]), data).status_code == 403


def test_agree_needs_another_person(proposed, person, approver, signed, now):
    both = person("both", "officer", "approver")
    hits.send_back(hit=proposed, reason="again", by=approver, at=now)
    hits.propose(hit=proposed, outcome="true_match", reason="same_group", note="Seen.", by=both, at=now)
    client, url = signed(both), reverse("entities:hit-agree", args=[proposed.pk])
    page = text_of(client.get(reverse("entities:hit", args=[proposed.pk])))
    assert "You proposed this; another person must judge it." in page
    answer = client.post(url)
    assert answer.status_code == 409
    assert "another person must judge it" in text_of(answer)
    assert signed(approver).post(url).status_code == 302
    proposed.refresh_from_db()
    assert (proposed.status, proposed.outcome, proposed.agreed_by) == ("closed", "true_match", approver)


def test_send_back_needs_a_reason(proposed, approver, signed):
    client, url = signed(approver), reverse("entities:hit-send-back", args=[proposed.pk])
    assert client.post(url, {"reason": " "}).status_code == 400
    assert client.post(url, {"reason": "Which register?"}).status_code == 302
    proposed.refresh_from_db()
    assert proposed.status == HitStatus.OPEN
    page = text_of(client.get(reverse("entities:hit", args=[proposed.pk])))
    assert "Sent back: false positive" in page
    assert "Which register?" in page


def test_reopen_shows_what_was_decided_before(proposed, approver, officer, signed, now):
    hits.agree(hit=proposed, by=approver, at=now)
    client = signed(officer)
    url = reverse("entities:hit-reopen", args=[proposed.pk])
    assert client.post(url, {"reason": "A new register extract"}).url == reverse(
        "entities:hit", args=[proposed.pk]
    )
    page = text_of(client.get(reverse("entities:hit", args=[proposed.pk])))
    assert "Opened again" in page
    assert "A fish shop" in page


def test_hit_page_says_what_changed_since_the_last_screening(hit, officer, signed, now):
    parties.change(
        party=hit.party,
        version=1,
        by=officer,
        at=now,
        addresses=[{"line": "1 Road", "city": "Town", "country": "CN"}],
    )
    screening.screen(party=hit.party, trigger="changed", by=people.job_user("screening"), at=now)
    page = text_of(signed(officer).get(reverse("entities:hit", args=[hit.pk])))
    assert "Our address" in page
    assert "<ins>1 Road, Town, CN</ins>" in page


def test_last_hit_leads_back_to_the_list(hit, officer, signed):
    answer = signed(officer).post(
        reverse("entities:hit-propose", args=[hit.pk]),
        {"outcome": "true_match", "reason": "same_address", "note": "Seen."},
    )
    assert answer.url == reverse("entities:hits")


def test_differing_facts_offer_only_what_differs():
    evidence = {
        "qualifiers": [
            {"name": "Country", "ours": "DE", "listed": "CN", "points": -8, "why": "another country"},
            {"name": "Address", "ours": "Kai 1", "listed": "1 Road", "points": 0, "why": "nothing in common"},
            {"name": "Identifier", "ours": "HRB 1", "listed": "", "points": 0, "why": "cannot be compared"},
            {
                "name": "Type",
                "ours": "organization",
                "listed": "organization",
                "points": 0,
                "why": "same type",
            },
        ]
    }
    assert differing_facts(evidence) == {
        "different_place": "Country: DE against CN; Address: Kai 1 against 1 Road"
    }
    assert [one["fact"] for one in JudgeForm(evidence=evidence).reasons("true_match")] == ["", "", "", ""]


# Lists


def test_lists_page_shows_versions_ages_and_the_held_import(held, auditor, signed):
    page = text_of(signed(auditor).get(reverse("entities:lists")))
    assert "Held: Consolidated Screening List, version 2" in page
    assert "2 days old" in page
    assert "SDN: rows removed" in page
    assert "Import a file" not in page


def test_lists_page_says_stale(csl, kestrel, officer, signed, now):
    kestrel()
    with time_machine.travel(now + timedelta(days=30), tick=False):
        assert "Stale: 31 days" in text_of(signed(officer).get(reverse("entities:lists")))


def test_version_page_shows_the_difference(held, auditor, signed):
    page = text_of(signed(auditor).get(reverse("entities:list-version", args=[held.pk])))
    assert page.count("<del>Removed</del>") == 30
    assert "What would change: 30 entries" in page
    assert "Release or reject" not in page


def test_release_needs_a_second_person_and_a_reason(held, lists, approver, signed):
    url = reverse("entities:list-release", args=[held.pk])
    own = signed(lists)
    assert "You imported this file" in text_of(own.get(reverse("entities:list-version", args=[held.pk])))
    answer = own.post(url, {"reason": "I know it is right"})
    assert answer.status_code == 409
    assert "I know it is right" in text_of(answer)
    other = signed(approver)
    assert other.post(url, {"reason": ""}).status_code == 400
    assert other.post(url, {"reason": "Read the notice"}).status_code == 302
    held.refresh_from_db()
    assert (held.state, held.released_by) == (VersionState.PUBLISHED, approver)


def test_reject_keeps_the_version_before(held, approver, signed, csl):
    assert (
        signed(approver).post(reverse("entities:list-reject", args=[held.pk]), {"reason": "Cut"}).status_code
        == 302
    )
    held.refresh_from_db()
    csl.refresh_from_db()
    assert (held.state, csl.current.number) == (VersionState.REFUSED, 1)


def test_rescreen_progress_shows_while_the_job_runs(kestrel, officer, signed, now):
    version = kestrel()
    url = reverse("entities:list-jobs")
    outbox.drain()
    client = signed(officer)
    assert "hx-trigger" not in text_of(client.get(url))
    event = Event.objects.get(verb="list.published", object_id=str(version.pk))
    reader = Reader.objects.get(name="screening.lists")
    Job.objects.filter(reader=reader, event=event).update(state="waiting", done=40, total=200)
    page = text_of(client.get(url))
    assert 'hx-trigger="every 2s"' in page
    assert '<progress value="40" max="200"' in page
    assert "20 %" in page


def visit(user):
    request = RequestFactory().get("/")
    request.user = user
    return request


def test_frame_counts_hits_and_current_lists_in_one_query(make_hits, officer, django_assert_num_queries):
    make_hits(2)
    request = visit(officer)
    roles.permissions_of(officer)
    with django_assert_num_queries(1):
        count, lines = frame.hits_to_judge(request), frame.foot(request)
    assert count == 2
    assert lines[0].startswith("Lists: ")
    assert lines[0].endswith(" current")


def test_frame_counts_no_hits_for_who_judges_none(make_hits, filer):
    make_hits(1)
    assert frame.hits_to_judge(visit(filer)) is None

"""My work and the search: what each role finds there, in which band, and how often the page asks."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.http import QueryDict
from django.urls import reverse

from entities import hits, lists, staging
from entities.models import Hit, ListSource
from exportctl import outbox
from exportctl.models import Event
from licenses import assignments, conditions, decisions, review
from licenses.views.queue import Filters, band_of, desk
from tests import factories


@pytest.fixture(autouse=True)
def clock(now):
    with time_machine.travel(now, tick=False):
        yield


def rows_for(user: Any, on: Any, address: str = "") -> list[Any]:
    found = desk(user, filters=Filters.read(QueryDict(address)), on=on)
    return [row for _, rows, _ in found.groups for row in rows]


def kinds(user: Any, on: Any, address: str = "") -> list[str]:
    return sorted(row.kind for row in rows_for(user, on, address))


def text_of(answer: Any) -> str:
    return " ".join(unescape(answer.content.decode()).split())


@pytest.fixture
def held(lists, now):
    """A list version held by its gate."""
    return hold(lists, now)


def hold(manager: Any, now: Any) -> Any:
    from entities.models import ListVersion

    source = ListSource.objects.get_or_create(code="csl", defaults={"name": "Consolidated Screening List"})[0]
    return ListVersion.objects.create(
        source=source, number=9, state="held", effective_on=now.date(), fetched_at=now, content_hash="0" * 64,
        parser="csl 1", rows=30, removed=30, imported_by=manager, imported_at=now,
    )  # fmt: skip


def test_own_cases_stand_first_however_many_there_are(
    filer: Any, officer: Any, customer: Any, now: Any, monkeypatch: Any, signed: Any
) -> None:
    first, second = (
        factories.make_registered(
            by=filer, officer=officer, customer=customer, at=now + timedelta(minutes=each)
        )
        for each in range(2)
    )
    on = now.date()
    assert [row.title[:7] for row in rows_for(officer, on)] == [first.number, second.number]
    assert "are read here" not in text_of(signed(officer).get("/"))
    monkeypatch.setattr("licenses.views.steps.CASES", 1)
    monkeypatch.setattr("licenses.views.work.CASES", 1)
    assert [row.title[:7] for row in rows_for(officer, on)] == [first.number]
    assert "Of the cases 1 are read here" in text_of(signed(officer).get("/"))
    assignments.assign(application=second, to=officer, by=officer, at=now + timedelta(hours=1))
    assert [row.title[:7] for row in rows_for(officer, on)] == [second.number]


# What each role finds


def test_empty_desk_says_so(auditor, signed):
    page = text_of(signed(auditor).get(reverse("licenses:work")))
    assert "Nothing waits for you" in page
    assert "Nothing open." in page


def test_work_needs_a_sign_in(client):
    assert client.get(reverse("licenses:work")).status_code == 302
    assert client.get(reverse("licenses:search")).status_code == 302


def test_officer_finds_hits_and_cases_to_register(huawei, submitted, officer, today):
    found = rows_for(officer, today)
    assert {row.kind for row in found} == {"hit", "review"}
    case = next(row for row in found if row.kind == "review")
    assert (case.title, case.why) == (
        f"{submitted.number} Meridian Instruments Inc.",
        "Filed: register it or return it",
    )
    assert (case.due_on, case.target) == (today - timedelta(days=3), True)
    assert sum(row.kind == "hit" for row in found) == Hit.objects.filter(status="open").count() > 0


def test_registered_case_has_nine_days_for_its_first_action(registered, officer, today):
    [row] = rows_for(officer, today)
    assert (row.due_on, row.target) == (today + timedelta(days=5), False)
    assert row.parties == "Nordhafen Maschinenbau GmbH, Germany"
    assert row.money == 215


def test_reviewer_finds_the_lanes_of_own_seats_only(referred, defense, state, reviewer, today):
    [row] = rows_for(defense, today)
    assert row.why == "Defense has not answered: give its position"
    assert row.due_on == today + timedelta(days=27)
    assert rows_for(reviewer, today) == []


def test_answered_lane_leaves_the_desk(referred, defense, officer, now, today):
    review.recommend(
        application=referred, body="defense", position="approve", reason="Fine.", by=defense, at=now
    )
    assert rows_for(defense, today) == []
    [row] = rows_for(officer, today)
    assert row.why == "Waits for State; silence counts as no objection"


def test_silent_lanes_leave_the_proposal(referred, officer, today):
    [row] = rows_for(officer, today + timedelta(days=60))
    assert row.why == "Every body has answered or was silent: propose a decision"


def test_proposal_waits_for_another_approver(registered, officer, approver, person, now, today):
    both = person("both", "officer", "approver")
    decisions.propose(application=registered, outcome="approve", justification="Civil use.", by=both, at=now)
    [row] = rows_for(approver, today)
    assert (row.second, row.due_on) == (True, today + timedelta(days=2))
    assert "proposes: approve" in row.why
    assert rows_for(both, today) == []
    assert rows_for(officer, today) == []


def test_proposed_hit_waits_for_another_person(huawei, officer, approver, person, now, today):
    both = person("both", "officer", "approver")
    hit = Hit.objects.order_by("-score", "pk").first()
    hits.propose(hit=hit, outcome="true_match", reason="same_address", note="Seen.", by=both, at=now)
    title = [row for row in rows_for(approver, today, "view=second") if row.kind == "hit"]
    assert [row.url for row in title] == [reverse("entities:hit", args=[hit.pk])]
    assert rows_for(both, today, "view=second") == []
    assert rows_for(officer, today, "view=second") == []


def test_filer_finds_own_drafts_and_conditions_only(draft, stranger, filer, officer, today):
    [row] = rows_for(filer, today)
    assert (row.kind, row.due_on) == ("draft", None)
    assert row.url == reverse("licenses:application-edit", args=[draft.number])
    assert rows_for(stranger, today) == []
    assert "draft" not in kinds(officer, today)


def test_filer_finds_conditions_to_accept(registered, filer, stranger, officer, now, today):
    conditions.propose(
        application=registered, code="NO_REEXPORT", text="No reexport.", origin="commerce", by=officer, at=now
    )
    [row] = rows_for(filer, today)
    assert (row.kind, row.why) == ("condition", "1 condition waits for the applicant’s answer")
    assert rows_for(stranger, today) == []


def test_stopped_clock_is_its_own_band(registered, officer, today, now):
    review.stop_clock(
        application=registered, reason="APPLICANT_INFO", note="Asked.", by=officer, at=now - timedelta(days=2)
    )
    [row] = rows_for(officer, today)
    assert (band_of(row, on=today), row.paused_days, row.held_by) == ("paused", 2, "Applicant")
    assert "applicant answers" in row.paused


def test_license_is_shown_in_its_last_thirty_days(license, filer, stranger, officer, auditor, today):
    ends = license.expires_on
    assert rows_for(filer, ends - timedelta(days=31)) == []
    [row] = rows_for(filer, ends - timedelta(days=30))
    assert (row.kind, row.due_on, row.money) == ("expiring", ends, 215)
    assert [one.kind for one in rows_for(officer, ends)] == ["expiring"]
    assert rows_for(auditor, ends) == []
    assert rows_for(filer, ends + timedelta(days=1)) == []
    assert rows_for(stranger, ends) == []


def test_conditions_of_a_license_show_when_something_is_due(registered, filer, officer, approver, now, today):
    condition = conditions.propose(
        application=registered, code="ACKNOWLEDGEMENT", origin="commerce", by=officer, at=now,
        due_on=today + timedelta(days=3),
    )  # fmt: skip
    assert "condition" not in kinds(officer, today)
    conditions.accept(condition=condition, by=filer, at=now)
    decisions.propose(
        application=registered, outcome="approve_conditions", justification="Fine.", by=officer, at=now
    )
    decisions.countersign(application=registered, by=approver, at=now)
    [row] = rows_for(filer, today)
    assert (row.kind, row.title, row.due_on) == (
        "condition",
        "Written acknowledgment",
        today + timedelta(days=3),
    )
    conditions.waive(condition=condition, reason="Not needed.", by=approver, at=now)
    assert rows_for(filer, today) == []


def test_held_import_waits_for_a_second_person(held, approver, lists, officer, today):
    [row] = rows_for(approver, today)
    assert (row.kind, row.second, row.held_by) == ("import", True, "Me")
    [own] = rows_for(lists, today)
    assert (own.second, own.held_by) == (False, "A second person")
    assert "import" not in kinds(officer, today)


# Filters and bands


def test_bands_hold_each_row_once(huawei, submitted, officer, today):
    found = desk(officer, filters=Filters.read(QueryDict("")), on=today)
    assert found.total == found.shown == sum(found.by_band.values())
    for band in found.by_band:
        narrow = desk(officer, filters=Filters.read(QueryDict(f"band={band}")), on=today)
        assert narrow.shown == found.by_band[band]
        assert all(band_of(row, on=today) == band for _, rows, _ in narrow.groups for row in rows)


@pytest.mark.parametrize(
    ("days", "band"), [(2, "later"), (3, "week"), (9, "week"), (10, "today"), (11, "late")]
)
def test_hit_band_of_the_database_is_that_of_the_row(days, band, huawei, officer, now):
    """The hits were opened ten days before `now`; their target is three days later."""
    on = (now - timedelta(days=10) + timedelta(days=days - 7)).date()
    found = desk(officer, filters=Filters.read(QueryDict("k=hit")), on=on)
    assert {name for name, count in found.by_band.items() if count} == {band}
    assert {band_of(row, on=on) for _, rows, _ in found.groups for row in rows} == {band}


def test_kinds_words_and_views_narrow_the_rows(huawei, submitted, officer, today):
    assert set(kinds(officer, today, "k=review")) == {"review"}
    assert set(kinds(officer, today, "f=meridian")) == {"review"}
    assert set(kinds(officer, today, "f=huawei+technologies")) == {"hit"}
    assert {row.strong for row in rows_for(officer, today, "view=strong")} == {True}
    assert kinds(officer, today, "f=nothing+such") == []


def test_unknown_filters_are_ignored(huawei, officer, today):
    plain = kinds(officer, today)
    assert kinds(officer, today, "k=x&band=y&view=z&show=many") == plain


def test_rows_are_cut_and_the_rest_is_counted(huawei, officer, today, monkeypatch):
    monkeypatch.setattr("licenses.views.queue.PAGE", 2)
    hits_open = Hit.objects.filter(status="open").count()
    found = desk(officer, filters=Filters.read(QueryDict("")), on=today)
    assert (found.shown, found.more, found.total) == (2, hits_open - 2, hits_open)
    found = desk(officer, filters=Filters.read(QueryDict("show=4")), on=today)
    assert found.shown == 4


def test_page_without_a_match_offers_all_work(huawei, officer, signed):
    page = text_of(signed(officer).get(reverse("licenses:work"), {"f": "nothing such"}))
    assert "No row matches these filters" in page


def test_page_warns_of_a_stale_list(lists, officer, signed, now):
    source = ListSource.objects.create(code="house", name="House list", max_age_days=90)
    body = {
        "name": "Kestrel", "kind": "organization", "group": "", "names": [], "countries": ["CN"], "addresses": [],
        "identifiers": [], "birth_dates": [], "remarks": "", "effective_on": None, "published_on": None,
        "date_basis": "",
        "ended_on": None, "requirement_code": "", "requirement_text": "", "policy_code": "", "policy_text": "",
        "footnotes": [], "citations": [], "source_url": "",
    }  # fmt: skip
    old = now - timedelta(days=100)
    publish(source, [staging.Row("HOUSE:kestrel", "HOUSE", "1", body)], by=lists, at=old)
    page = text_of(signed(officer).get(reverse("licenses:work")))
    assert "House list: at most 90 days" in page


def publish(source: Any, rows: list[staging.Row], *, by: Any, at: Any) -> None:
    lists.publish_rows(
        source=source,
        rows=rows,
        name="house",
        digest="1" * 64,
        parser="house 1",
        effective_on=at.date(),
        by=by,
        at=at,
    )


# How often it asks


@pytest.mark.parametrize("rows", [1, 3])
def test_work_asks_the_same_for_one_row_and_three(
    rows, listed, filer, officer, now, signed, person, django_assert_num_queries
):
    everything = person("everything", "officer", "approver", "list_manager")
    at = now - timedelta(days=5)
    for _ in range(rows):
        customer = factories.make_party(by=filer, at=at, name="Huawei Technologies Co., Ltd.", country="CN")
        factories.make_draft(by=everything, applicant=filer.memberships.get().party, customer=customer, at=at)
        clean = factories.make_party(by=filer, at=at, name="Elbe Optik GmbH")
        case = factories.make_registered(by=filer, officer=officer, customer=clean, at=at)
        review.refer(application=case, bodies=["defense"], by=officer, at=at)
        case = factories.make_registered(by=filer, officer=officer, customer=clean, at=at)
        decisions.propose(application=case, outcome="approve", justification="Fine.", by=officer, at=at)
    outbox.drain()
    client = signed(everything)
    with django_assert_num_queries(14):
        answer = client.get(reverse("licenses:work"))
    assert answer.context["desk"].by_kind["review"] == 2 * rows
    assert answer.context["desk"].by_kind["draft"] == rows


def test_get_writes_nothing(huawei, submitted, officer, signed):
    before = Event.objects.count()
    client = signed(officer)
    for address in ("", "?band=late", "?view=second", "?k=hit&f=x"):
        assert client.get(reverse("licenses:work") + address).status_code == 200
    assert client.get(reverse("licenses:search"), {"q": "huawei"}).status_code == 200
    assert Event.objects.count() == before


# Search


def test_search_finds_parties_cases_licenses_and_items(license, officer, signed):
    client = signed(officer)
    answer = client.get(reverse("licenses:search"), {"q": "Meridian"})
    assert [party.name for party in answer.context["parties"]] == ["Meridian Instruments Inc."]
    assert answer.context["cases"] == [license.application]
    assert answer.context["licenses"] == [license]
    answer = client.get(reverse("licenses:search"), {"q": "5a991"})
    assert (answer.context["cases"], answer.context["licenses"]) == ([license.application], [license])
    assert [item.eccn for item in answer.context["items"]] == ["5A991.b.4"]


def test_search_of_an_exact_number_opens_it(license, officer, signed):
    client = signed(officer)
    case = license.application.number
    assert client.get(reverse("licenses:search"), {"q": case.lower()}).url == reverse(
        "licenses:application", args=[case]
    )
    number = license.number
    assert client.get(reverse("licenses:search"), {"q": number}).url == reverse(
        "licenses:license", args=[number]
    )


def test_search_stays_within_ones_scope(license, stranger, signed):
    client = signed(stranger)
    answer = client.get(reverse("licenses:search"), {"q": license.application.number})
    assert (answer.status_code, answer.context["cases"]) == (200, [])
    answer = client.get(reverse("licenses:search"), {"q": "Meridian"})
    assert (answer.context["parties"], answer.context["licenses"]) == ([], [])
    assert "Nothing found" in text_of(answer)


def test_search_takes_any_text(officer, signed):
    client = signed(officer)
    for words in ("", "%", "\x00", "P", "P000", "'; drop", "x" * 5000, "P99999999999999999999"):
        assert client.get(reverse("licenses:search"), {"q": words}).status_code == 200

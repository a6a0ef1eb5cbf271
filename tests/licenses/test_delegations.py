"""Delegations of authority: recorded, ended, and what they leave out of a referral."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from exportctl.errors import Invalid, NotAllowed, Refused
from exportctl.models import Event
from licenses import applications, decisions, delegations, review
from licenses.models import Application, Delegation, Waiver
from tests import factories

from .conftest import codes, fields

pytestmark = pytest.mark.django_db
GIVEN: dict[str, Any] = {
    "body": "state", "reference": "STATE-2026-04", "given_by": "A. Roe, Deputy Assistant Secretary",
    "eccns": ["5A991"], "reasons": ["AT"], "places": ["A:1"],
}  # fmt: skip


@pytest.fixture
def delegation(approver, now) -> Delegation:
    """State need not see 5A991 items, controlled for AT alone, to A:1 countries; in force since ten days."""
    at = now - timedelta(days=10)
    return delegations.record(**GIVEN, since=at.date(), by=approver, at=at)


def verbs(count: int) -> list[str]:
    return list(Event.objects.order_by("-seq").values_list("verb", flat=True)[:count])


# Record and end


def test_record_keeps_the_scope_and_end_its_day(approver, now, today) -> None:
    row = delegations.record(**GIVEN | {"places": ["a:1", "de", "DE"]}, since=today, by=approver, at=now)
    assert (row.places, row.scope.words) == (["A:1", "DE"], "ECCN 5A991; controlled for AT alone; to A:1, DE")
    row = delegations.end(
        delegation=row, until=today + timedelta(days=3), reason="Revoked.", by=approver, at=now
    )
    assert (row.until, row.ended_by) == (today + timedelta(days=3), approver)
    assert verbs(2) == ["delegation.ended", "delegation.recorded"]
    with pytest.raises(Refused) as refused:
        delegations.end(delegation=row, until=today + timedelta(days=1), reason="x", by=approver, at=now)
    assert codes(refused) == {"ended"}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"body": "commerce"}, {"body"}),
        ({"body": "legal", "reference": " ", "given_by": ""}, {"body", "reference", "given_by"}),
        ({"eccns": [], "reasons": [], "places": []}, {"eccns"}),
        ({"eccns": ["radio"], "reasons": ["ZZ"], "places": ["Q:1"], "most_value": Decimal(0)},
         {"eccns", "reasons", "places", "most_value"}),
        ({"eccns": ["3A9911"]}, {"eccns"}),
    ],
)  # fmt: skip
def test_record_names_everything_wrong_at_once(approver, now, today, change, wrong) -> None:
    with pytest.raises(Invalid) as refused:
        delegations.record(**GIVEN | change, since=today, by=approver, at=now)
    assert fields(refused) == wrong
    assert not Delegation.objects.exists()


def test_record_refuses_an_end_before_the_beginning_and_a_paper_twice(
    approver, delegation, now, today
) -> None:
    with pytest.raises(Invalid) as refused:
        delegations.record(**GIVEN, since=today, until=today, by=approver, at=now)
    assert fields(refused) == {"reference", "until"}


def test_an_end_does_not_reach_back_and_says_why(approver, delegation, now, today) -> None:
    for until, reason, wrong in (
        (today - timedelta(days=1), "x", {"until"}),
        (today, " ", {"reason"}),
    ):
        with pytest.raises(Invalid) as refused:
            delegations.end(delegation=delegation, until=until, reason=reason, by=approver, at=now)
        assert fields(refused) == wrong


def test_a_set_end_is_only_brought_forward(approver, now, today) -> None:
    later = today + timedelta(days=30)
    row = delegations.record(**GIVEN, since=today, until=later, by=approver, at=now)
    with pytest.raises(Invalid) as refused:
        delegations.end(delegation=row, until=later + timedelta(days=1), reason="x", by=approver, at=now)
    assert fields(refused) == {"until"}
    with pytest.raises(Refused) as refused:
        delegations.end(delegation=row, until=later, reason="x", by=approver, at=now + timedelta(days=30))
    assert codes(refused) == {"ended"}


@pytest.mark.parametrize("who", ["officer", "filer", "defense", "auditor", "administrator"])
def test_only_an_approver_records_and_ends(request, delegation, now, today, who) -> None:
    by = request.getfixturevalue(who)
    with pytest.raises(NotAllowed):
        delegations.record(**GIVEN | {"reference": "x"}, since=today, by=by, at=now)
    with pytest.raises(NotAllowed):
        delegations.end(delegation=delegation, until=today, reason="x", by=by, at=now)


def test_the_database_keeps_delegations_and_waivers(delegation, registered, officer, now, today) -> None:
    review.refer(application=registered, bodies=["defense"], by=officer, at=now)
    waiver = Waiver.objects.get()

    def refused(call: Any) -> None:
        with pytest.raises(DatabaseError), transaction.atomic():
            call()

    rows, again = Delegation.objects.filter(pk=delegation.pk), Waiver.objects.filter(pk=waiver.pk)
    refused(lambda: rows.update(eccns=["3A001"]))
    refused(lambda: rows.delete())
    refused(lambda: rows.update(ended_at=now))
    refused(lambda: again.update(reference="x"))
    refused(lambda: again.delete())
    other = {
        "application": registered,
        "delegation": delegation,
        "reference": "x",
        "scope": "x",
        "by": officer,
        "at": now,
    }
    since = delegation.since
    refused(lambda: Waiver.objects.create(**other, body="energy", since=since, on=today))
    refused(lambda: Waiver.objects.create(**other, body="state", since=since, on=since - timedelta(days=1)))
    plain = {"body": "energy", "reference": "x", "given_by": "x", "since": today, "recorded_by": officer,
             "recorded_at": now}  # fmt: skip
    refused(lambda: Delegation.objects.create(**plain))
    refused(lambda: Delegation.objects.create(**plain | {"body": "commerce"}, eccns=["3A"]))


# What it leaves out


def test_refer_leaves_out_the_agency_whose_delegation_covers_every_line(
    delegation, registered, officer, now, today
) -> None:
    review.refer(application=registered, bodies=["defense"], by=officer, at=now)
    waiver = Waiver.objects.get()
    assert (waiver.body, waiver.delegation, waiver.reference, waiver.on, waiver.scope) == (
        "state", delegation, "STATE-2026-04", today, "ECCN 5A991; controlled for AT alone; to A:1",
    )  # fmt: skip
    told = Event.objects.get(verb="referral.waived").data["data"]
    assert (told["body"], told["delegation"], told["application"]) == (
        "state",
        delegation.pk,
        registered.number,
    )
    case = Application.objects.with_dossier().get(pk=registered.pk)
    assert [lane.body for lane in review.lanes(case, today)] == ["defense"]
    review.refer(application=registered, bodies=["energy"], by=officer, at=now)
    assert Waiver.objects.count() == 1


def test_an_officer_may_refer_all_the_same_then_or_later(
    delegation, registered, more_cases, officer, now, today
) -> None:
    review.refer(application=registered, bodies=["defense", "state"], by=officer, at=now)
    assert not Waiver.objects.exists()
    other = more_cases()
    review.refer(application=other, bodies=["defense"], by=officer, at=now)
    review.refer(application=other, bodies=["state"], by=officer, at=now)
    case = Application.objects.with_dossier().get(pk=other.pk)
    assert [lane.body for lane in review.lanes(case, today)] == ["defense", "state"]
    assert Waiver.objects.get().application == other


def test_proposing_without_a_referral_keeps_what_was_left_out(
    delegation, registered, more_cases, officer, now
) -> None:
    decisions.propose(application=registered, outcome="approve", justification="Fine.", by=officer, at=now)
    assert Waiver.objects.get().application == registered
    other = more_cases()
    decisions.propose(
        application=other, outcome="return", reason_code="DEFICIENT", justification="x", by=officer, at=now
    )
    assert Waiver.objects.count() == 1


def test_a_part_of_the_lines_is_not_waived_and_says_which_is_not(
    delegation, signed, customer, filer, officer, now
) -> None:
    at = now - timedelta(days=5)
    items = [factories.make_item(by=filer, eccn=eccn) for eccn in ("5A991.b.4", "3A991.a.1")]
    draft = factories.make_draft(by=filer, customer=customer, at=at)
    draft = applications.save_draft(
        application=draft, version=draft.version, by=filer, at=at,
        lines=[{"item": each, "quantity": Decimal(1), "unit_price": Decimal(9)} for each in items],
    )  # fmt: skip
    case = applications.submit(application=draft, by=filer, at=at)
    case = applications.register(application=case, by=officer, at=at)
    page = signed(officer).get(reverse("licenses:application", args=[case.number])).content.decode()
    assert "delegation STATE-2026-04 does not cover it: line 2: 3A991.a.1 is no entry of it" in page
    review.refer(application=case, bodies=["defense"], by=officer, at=now)
    assert not Waiver.objects.exists()


@pytest.mark.parametrize(
    ("since", "until", "waived"), [(0, None, True), (1, None, False), (-9, 0, False), (-9, 1, True)]
)
def test_only_the_delegations_of_the_day_count(
    approver, registered, officer, now, today, since, until, waived
) -> None:
    day = {None: None, 0: today, 1: today + timedelta(days=1)}[until]
    delegations.record(**GIVEN, since=today + timedelta(days=since), until=day, by=approver, at=now)
    review.refer(application=registered, bodies=["defense"], by=officer, at=now)
    assert Waiver.objects.exists() == waived


def test_a_later_end_changes_nothing_for_the_past(
    delegation, registered, more_cases, approver, officer, now, today, signed
) -> None:
    review.refer(application=registered, bodies=["defense"], by=officer, at=now)
    kept = Waiver.objects.values().get()
    delegations.end(delegation=delegation, until=today + timedelta(days=1), reason="x", by=approver, at=now)
    assert Waiver.objects.values().get() == kept
    review.refer(application=more_cases(), bodies=["defense"], by=officer, at=now + timedelta(days=1))
    assert Waiver.objects.count() == 1
    page = signed(officer).get(reverse("licenses:application", args=[registered.number])).content.decode()
    assert "Delegation STATE-2026-04 of" in page


def test_the_company_route_waives_nothing(delegation, reviewed_inside, officer, legal, now) -> None:
    review.consult(application=reviewed_inside, bodies=["legal"], by=officer, at=now)
    assert not Waiver.objects.exists()


# Pages


def test_the_refer_form_says_whose_concern_a_line_meets_and_chooses_nothing(
    delegation, legal, signed, registered, officer
) -> None:
    answer = signed(officer).get(reverse("licenses:application", args=[registered.number]))
    form = answer.context["offers"]["refer"].form
    said = {code: str(label) for code, label in form.fields["bodies"].choices}
    assert "its concern meets line 1 (AT)" in said["state"]
    assert "left out under delegation STATE-2026-04 of Jul 27, 2026, which covers every line" in said["state"]
    assert said["defense"] == "Defense" and "target 5 days" in said["legal"]
    assert "15 CFR 750.3(b)(2)" in form.fields["bodies"].help_text
    assert not form["bodies"].value()


def test_the_dossier_tells_why_there_is_no_lane_but_not_the_applicant(
    delegation, signed, registered, officer, auditor, filer, now
) -> None:
    address = reverse("licenses:application", args=[registered.number])
    review.refer(application=registered, bodies=["defense"], by=officer, at=now)
    for who in (officer, auditor):
        page = signed(who).get(address).content.decode()
        assert "Not referred" in page and "Delegation STATE-2026-04 of" in page
        assert "Not referred, under a delegation of authority" in page
    page = signed(filer).get(address).content.decode()
    assert "STATE-2026-04" not in page


def test_the_page_previews_records_and_ends(signed, approver, registered, now, today) -> None:
    client = signed(approver)
    given = GIVEN | {"since": str(today), "eccns": "5A991, 3A991", "reasons": "AT", "places": "A:1"}
    shown = client.post(reverse("licenses:delegation-record"), given | {"preview": "1"})
    assert shown.context["preview"]["count"] == 1 and registered.number in shown.content.decode()
    assert not Delegation.objects.exists()
    assert client.post(reverse("licenses:delegation-record"), given | {"places": "Q"}).status_code == 400
    assert client.post(reverse("licenses:delegation-record"), given).status_code == 302
    row = Delegation.objects.get()
    assert row.eccns == ["5A991", "3A991"]
    end = reverse("licenses:delegation-end", args=[row.pk])
    assert client.post(end, {"until": "2020-01-01", "reason": "x"}).status_code == 400


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_the_same_for_one_delegation_and_three(
    rows, signed, approver, now, today, django_assert_num_queries
) -> None:
    for number in range(rows):
        delegations.record(**GIVEN | {"reference": f"S-{number}"}, since=today, by=approver, at=now)
    client = signed(approver)
    with django_assert_num_queries(5):
        shown = client.get(reverse("licenses:delegations"))
    assert len(shown.context["standing"]) == rows


# REST

ROLES = {"filer": 403, "stranger": 403, "officer": 200, "approver": 200, "senior": 200, "auditor": 200,
         "integration": 200, "defense": 200, "counsel": 403, "lists": 403, "administrator": 403}  # fmt: skip


@pytest.mark.parametrize("who", ROLES)
def test_each_role_reaches_delegations_as_its_roles_say(request, api, delegation, who) -> None:
    client, may = api(request.getfixturevalue(who)), who in ("approver", "senior")
    head, root = Event.objects.count(), "/api/v1/delegations/"
    answers = [
        client.get(root).status_code,
        client.get(f"{root}{delegation.pk}/").status_code,
        client.post(root, {}, format="json").status_code,
        client.post(f"{root}preview/", {}, format="json").status_code,
        client.post(f"{root}{delegation.pk}/end/", {}, format="json").status_code,
    ]
    assert answers == [ROLES[who]] * 2 + [400 if may else 403] * 3
    assert Event.objects.count() == head


def test_delegations_over_rest(api, approver, registered, officer, filer, now, today) -> None:
    root, client = "/api/v1/delegations/", api(approver)
    given = GIVEN | {"since": str(today)}
    assert client.post(f"{root}preview/", given, format="json").json() == {
        "count": 1,
        "cases": [registered.number],
    }
    made = client.post(root, given | {"since": str(today - timedelta(days=2))}, format="json")
    assert (made.status_code, made.json()["scope"]) == (201, "ECCN 5A991; controlled for AT alone; to A:1")
    assert client.post(root, given, format="json").status_code == 400
    review.refer(application=registered, bodies=["defense"], by=officer, at=now)
    case = f"/api/v1/applications/{registered.number}/"
    assert [each["reference"] for each in api(officer).get(case).json()["waivers"]] == ["STATE-2026-04"]
    assert api(filer).get(case).json()["waivers"] == []
    assert len(client.get(root, {"standing": "true"}).json()["results"]) == 1

"""Review bodies of one's own: the table, their lanes, and what waits for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exportctl.errors import Invalid, NotAllowed, Refused
from exportctl.models import Event
from licenses import applications, assignments, bodies, cases, decisions, review, seats
from licenses.concerns import AGENCIES
from licenses.models import Application, Body, Recommendation, Referral, ReviewBody

from .conftest import codes, fields

pytestmark = pytest.mark.django_db
GIVEN = {"code": "engineering", "name": "Engineering", "days": 7, "concern": "Parameters of the items"}


def fresh(case: Any) -> Application:
    return Application.objects.with_dossier().get(pk=case.pk)


def verbs(count: int) -> list[str]:
    return list(Event.objects.order_by("-seq").values_list("verb", flat=True)[:count])


# The table


def test_the_four_of_the_regulation_stand_in_the_enumeration_the_table_and_the_concerns(agencies) -> None:
    rows = ReviewBody.objects.exclude(kind="internal").order_by("pk")
    assert [(row.code, row.name, row.concern, row.days) for row in rows] == [
        (each.code, each.name, each.words, 30) for each in AGENCIES.values()
    ]
    assert list(Body.choices) == [(each.code, each.name) for each in AGENCIES.values()]


def test_seed_writes_the_agencies_that_are_missing_once(administrator, now) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE licenses_reviewbody DISABLE TRIGGER licenses_reviewbody_stands")
    ReviewBody.objects.filter(code="energy").delete()
    assert bodies.ensure(by=administrator, at=now) == 1
    assert bodies.ensure(by=administrator, at=now) == 0
    assert ReviewBody.objects.get(code="energy").name == "Energy"
    assert verbs(1) == ["body.added"]


def test_add_change_and_end_a_body_of_ones_own(administrator, now, today) -> None:
    body = bodies.add(**GIVEN, since=today, by=administrator, at=now)
    assert (body.kind, body.objection_blocks, body.until) == ("internal", False, None)
    body = bodies.change(
        body=body, name="Product engineering", objection_blocks=True, by=administrator, at=now
    )
    assert (body.name, body.days, body.objection_blocks) == ("Product engineering", 7, True)
    data = Event.objects.latest("seq").data["data"]
    assert (data["before"], data["after"]) == (
        {"name": "Engineering", "objection_blocks": False},
        {"name": "Product engineering", "objection_blocks": True},
    )
    body = bodies.end(body=body, until=today + timedelta(days=1), by=administrator, at=now)
    assert body.until == today + timedelta(days=1)
    assert verbs(3) == ["body.ended", "body.changed", "body.added"]
    for verb, more in ((bodies.change, {"days": 3}), (bodies.end, {"until": today + timedelta(days=9)})):
        with pytest.raises(Refused) as refused:
            verb(body=body, **more, by=administrator, at=now)
        assert codes(refused) == {"ended"}


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"code": "secretary"}, {"code"}),
        ({"code": "defense"}, {"code"}),
        ({"code": "Not this one"}, {"code"}),
        ({"name": " "}, {"name"}),
        ({"name": "defense"}, {"name"}),
        ({"days": 0}, {"days"}),
        (
            {"concern": "x" * 501, "days": 366, "code": "", "name": "x" * 61},
            {"concern", "days", "code", "name"},
        ),
    ],
)
def test_add_names_everything_wrong_at_once(administrator, now, today, change, wrong) -> None:
    with pytest.raises(Invalid) as refused:
        bodies.add(**(GIVEN | change), since=today, by=administrator, at=now)
    assert fields(refused) == wrong
    assert not ReviewBody.objects.own().exists()


def test_the_regulations_bodies_are_not_changed_or_ended(administrator, now, today) -> None:
    defense = ReviewBody.objects.get(code="defense")
    for verb, more in ((bodies.change, {"name": "War"}), (bodies.end, {"until": today})):
        with pytest.raises(Refused) as refused:
            verb(body=defense, **more, by=administrator, at=now)
        assert codes(refused) == {"of_the_regulation"}


def test_change_that_changes_nothing_and_end_before_the_beginning(administrator, legal, now) -> None:
    with pytest.raises(Refused) as refused:
        bodies.change(body=legal, name="Legal", by=administrator, at=now)
    assert codes(refused) == {"unchanged"}
    with pytest.raises(Invalid) as refused:
        bodies.end(body=legal, until=legal.since, by=administrator, at=now)
    assert fields(refused) == {"until"}


@pytest.mark.parametrize("who", ["officer", "approver", "auditor", "counsel", "integration"])
def test_only_an_administrator_manages_bodies(request, legal, now, today, who) -> None:
    by = request.getfixturevalue(who)
    calls = (
        lambda: bodies.add(**GIVEN, since=today, by=by, at=now),
        lambda: bodies.change(body=legal, objection_blocks=False, by=by, at=now),
        lambda: bodies.end(body=legal, until=today, by=by, at=now),
    )
    for call in calls:
        with pytest.raises(NotAllowed):
            call()


def test_the_database_holds_what_the_verbs_hold(legal, referred, defense, officer, now) -> None:
    def refused(call: Any) -> None:
        with pytest.raises(DatabaseError), transaction.atomic():
            call()

    rows = ReviewBody.objects
    lane = Referral.objects.get(application=referred, body="defense")
    own = Referral(application=referred, body="legal", days=5, referred_at=now, referred_by=officer)
    refused(lambda: rows.filter(code="state").update(name="Foreign"))
    refused(lambda: rows.filter(code="legal").update(code="law"))
    refused(lambda: rows.filter(code="legal").delete())
    refused(lambda: rows.create(code="treasury", name="Treasury", kind="agency", days=30))
    refused(lambda: rows.create(code="secretary", name="S", kind="internal", days=3, since=now.date()))
    refused(
        lambda: Referral.objects.create(
            application=referred, body="fbi", referred_at=now, referred_by=officer
        )
    )
    refused(lambda: defense.seats.create(body="fbi", since=now.date()))
    refused(
        lambda: Referral.objects.filter(pk=lane.pk).update(
            closed_at=now, closed_by=officer, closed_reason="x"
        )
    )
    refused(lambda: Referral.objects.filter(pk=lane.pk).update(referred_at=now))
    refused(lambda: Referral.objects.filter(pk=lane.pk).delete())
    refused(lambda: Recommendation.objects.create(referral=lane, position="agree", by=defense, at=now))
    own.save()
    refused(lambda: Recommendation.objects.create(referral=own, position="approve", by=defense, at=now))
    Recommendation.objects.create(referral=own, position="no_view", by=defense, at=now)
    refused(
        lambda: Referral.objects.filter(pk=own.pk).update(closed_at=now, closed_by=officer, closed_reason="x")
    )


# Seats


def test_a_seat_for_ones_own_body_needs_the_role_that_gives_views(
    legal, counsel, reviewer, administrator, now, today
) -> None:
    assert [seat.body for seat in counsel.seats.all()] == ["legal"]
    with pytest.raises(Invalid) as refused:
        seats.give(user=reviewer, body="legal", since=today, by=administrator, at=now)
    assert fields(refused) == {"user"}
    bodies.end(body=legal, until=today, by=administrator, at=now)
    with pytest.raises(Invalid) as refused:
        seats.give(user=counsel, body="legal", since=today, by=administrator, at=now)
    assert fields(refused) == {"body"}


def test_an_adviser_sees_the_cases_referred_to_their_body_alone(
    counsel, reviewed_inside, more_cases, officer, now, api
) -> None:
    other = more_cases()
    seen = api(counsel)
    assert seen.get("/api/v1/applications/").json()["results"] == []
    review.consult(application=reviewed_inside, bodies=["legal"], by=officer, at=now)
    assert [row["number"] for row in seen.get("/api/v1/applications/").json()["results"]] == [
        reviewed_inside.number
    ]
    assert seen.get(f"/api/v1/applications/{other.number}/").status_code == 404


# Lanes


def test_consult_asks_ones_own_bodies_and_leaves_the_case(
    legal, reviewed_inside, officer, now, today
) -> None:
    case = review.consult(application=reviewed_inside, bodies=["legal", "legal"], by=officer, at=now)
    assert case.status == "internal_review"
    (lane,) = review.own_lanes(fresh(case))
    assert (lane.title, lane.state, lane.due_on, lane.blocks) == (
        "Legal",
        "waiting",
        today + timedelta(days=5),
        True,
    )
    assert review.lanes(fresh(case), today) == []
    assert verbs(2) == ["referral.opened", "application.consulted"]


@pytest.mark.parametrize("asked", [[], ["defense"], ["legal", "fbi"]])
def test_consult_refuses_no_body_an_agency_and_an_unknown_one(
    legal, reviewed_inside, officer, now, asked
) -> None:
    with pytest.raises(Invalid) as refused:
        review.consult(application=reviewed_inside, bodies=asked, by=officer, at=now)
    assert fields(refused) == {"bodies"}
    assert not Referral.objects.exists()


def test_consult_refuses_an_ended_body_and_one_asked_already(
    legal, reviewed_inside, administrator, officer, now
) -> None:
    review.consult(application=reviewed_inside, bodies=["legal"], by=officer, at=now)
    bodies.end(body=legal, until=now.date(), by=administrator, at=now)
    with pytest.raises(Invalid) as refused:
        review.consult(application=reviewed_inside, bodies=["legal"], by=officer, at=now)
    assert [each.field for each in refused.value.blockers] == ["bodies", "bodies"]


def test_consult_and_close_need_an_officer(
    legal, reviewed_inside, filer, approver, counsel, officer, now
) -> None:
    for by in (filer, approver, counsel):
        with pytest.raises(NotAllowed):
            review.consult(application=reviewed_inside, bodies=["legal"], by=by, at=now)
    review.consult(application=reviewed_inside, bodies=["legal"], by=officer, at=now)
    for by in (filer, approver, counsel):
        with pytest.raises(NotAllowed):
            review.close_lane(application=reviewed_inside, body="legal", reason="x", by=by, at=now)


def test_refer_takes_agencies_and_ones_own_and_never_the_latter_alone(
    legal, registered, officer, now, today
) -> None:
    with pytest.raises(Invalid) as refused:
        review.refer(application=registered, bodies=["legal"], by=officer, at=now)
    assert fields(refused) == {"bodies"}
    case = fresh(review.refer(application=registered, bodies=["state", "legal"], by=officer, at=now))
    assert [lane.body for lane in review.lanes(case, today)] == ["state"]
    assert [lane.body for lane in review.own_lanes(case)] == ["legal"]
    referred = Event.objects.get(verb="application.referred").data["data"]
    assert referred["bodies"] == ["state"]


def test_advise_gives_a_view_and_a_later_one_replaces_it(counsel, reviewed_inside, officer, now) -> None:
    review.consult(application=reviewed_inside, bodies=["legal"], by=officer, at=now)
    for stance, reason in (
        ("object", "The end use is not clear."),
        ("agree_conditions", "With a site visit."),
    ):
        review.advise(
            application=reviewed_inside, body="legal", stance=stance, reason=reason, by=counsel, at=now
        )
    (lane,) = review.own_lanes(fresh(reviewed_inside))
    assert (lane.state, lane.position, lane.words, lane.by) == (
        "answered", "agree_conditions", "Agrees with conditions", counsel,
    )  # fmt: skip
    assert Recommendation.objects.count() == 2
    assert verbs(1) == ["advice.given"]


def test_advise_refuses_what_is_no_view_no_reason_no_seat_and_no_lane(
    counsel, reviewed_inside, officer, defense, administrator, now, today
) -> None:
    case = {"application": reviewed_inside, "body": "legal", "at": now}
    with pytest.raises(Invalid) as refused:
        review.advise(**case, stance="approve", reason="", by=counsel)
    assert fields(refused) == {"stance", "reason"}
    with pytest.raises(Refused) as refused:
        review.advise(**case, stance="no_view", by=counsel)
    assert codes(refused) == {"no_own_lane"}
    review.consult(application=reviewed_inside, bodies=["legal"], by=officer, at=now)
    with pytest.raises(NotAllowed):
        review.advise(**case, stance="no_view", by=defense)
    with pytest.raises(Refused) as refused:
        review.advise(**case | {"at": now - timedelta(hours=1)}, stance="no_view", by=counsel)
    assert codes(refused) == {"too_early"}
    seats.end(seat=counsel.seats.get(), until=today, by=administrator, at=now)
    with pytest.raises(Refused) as refused:
        review.advise(**case, stance="no_view", by=counsel)
    assert codes(refused) == {"no_own_lane"}


def test_an_agencys_position_is_not_for_ones_own_body(counsel, legal, referred, officer, now) -> None:
    review.consult(application=referred, bodies=["legal"], by=officer, at=now)
    with pytest.raises(Invalid) as refused:
        review.recommend(
            application=referred, body="legal", position="approve", reason="x", by=counsel, at=now
        )
    assert fields(refused) == {"body"}


def test_close_lane_ends_the_waiting_with_a_reason(counsel, reviewed_inside, officer, approver, now) -> None:
    case = {"application": reviewed_inside, "by": officer, "at": now}
    review.consult(bodies=["legal"], **case)
    with pytest.raises(Invalid) as refused:
        review.close_lane(body="defense", reason=" ", **case)
    assert fields(refused) == {"body", "reason"}
    review.close_lane(body="legal", reason="Nobody of Legal is here this week.", **case)
    (lane,) = review.own_lanes(fresh(reviewed_inside))
    assert (lane.state, lane.reason, lane.words) == (
        "closed", "Nobody of Legal is here this week.", "Closed without a view",
    )  # fmt: skip
    assert verbs(1) == ["referral.closed"]
    with pytest.raises(Refused):
        review.advise(
            application=reviewed_inside, body="legal", stance="agree", reason="x", by=counsel, at=now
        )
    applications.mark_filed(application=reviewed_inside, external_number="Z1", by=approver, at=now)


def test_an_answered_lane_is_not_closed(counsel, reviewed_inside, officer, now) -> None:
    case = {"application": reviewed_inside, "at": now}
    review.consult(bodies=["legal"], by=officer, **case)
    review.advise(body="legal", stance="object", reason="x", by=counsel, **case)
    with pytest.raises(Refused) as refused:
        review.close_lane(body="legal", reason="x", by=officer, **case)
    assert codes(refused) == {"no_silent_body"}


def test_a_lane_of_ones_own_is_taken_and_stands_in_the_queue(
    signed, api, counsel, legal, reviewed_inside, officer, defense, now
) -> None:
    review.consult(application=reviewed_inside, bodies=["legal"], by=officer, at=now)
    queue = "/api/v1/applications/"
    assert len(api(counsel).get(queue, {"body": "legal", "assigned_to": "none"}).json()["results"]) == 1
    client, address = (
        signed(counsel),
        reverse("licenses:application-act", args=[reviewed_inside.number, "assign"]),
    )
    assert client.post(address, {"body": "legal", "to": "counsel"}).status_code == 302
    (lane,) = review.own_lanes(fresh(reviewed_inside))
    assert lane.holder == counsel
    (row,) = api(counsel).get(queue, {"body": "legal", "assigned_to": "me"}).json()["results"]
    assert row["why"].startswith("Legal asked") and "held by Cora Counsel" in row["why"]
    later = timezone.now()
    with pytest.raises(Invalid) as refused:
        assignments.assign(
            application=reviewed_inside, to=defense, body="legal", reason="x", by=counsel, at=later
        )
    assert fields(refused) == {"to"}
    review.advise(application=reviewed_inside, body="legal", stance="no_view", by=counsel, at=later)
    assert api(counsel).get(queue, {"body": "legal"}).json()["results"] == []


# What waits


def test_filing_waits_for_legal_and_its_objection(counsel, reviewed_inside, officer, approver, now) -> None:
    case = {"application": reviewed_inside, "at": now}

    def filing() -> set[str]:
        with pytest.raises(Refused) as refused:
            applications.mark_filed(external_number="Z1", by=approver, **case)
        assert all("Legal" in each.message and each.remedy for each in refused.value.blockers)
        return codes(refused)

    review.consult(bodies=["legal"], by=officer, **case)
    assert filing() == {"own_body_waiting"}
    review.advise(body="legal", stance="object", reason="The end use is not clear.", by=counsel, **case)
    assert filing() == {"own_body_objects"}
    review.advise(body="legal", stance="agree", reason="It is clear now.", by=counsel, **case)
    assert applications.mark_filed(external_number="Z1", by=approver, **case).status == "filed"


def test_an_objection_without_weight_holds_nothing(
    counsel, legal, administrator, reviewed_inside, officer, approver, now
) -> None:
    case = {"application": reviewed_inside, "at": now}
    bodies.change(body=legal, objection_blocks=False, by=administrator, at=now)
    review.consult(bodies=["legal"], by=officer, **case)
    review.advise(body="legal", stance="object", reason="x", by=counsel, **case)
    assert applications.mark_filed(external_number="Z1", by=approver, **case).status == "filed"


def test_countersignature_waits_for_legal_on_the_office_route(
    counsel, registered, officer, approver, now
) -> None:
    case = {"application": registered, "at": now}
    review.consult(bodies=["legal"], by=officer, **case)
    decisions.propose(outcome="approve", justification="Fine.", by=officer, **case)
    with pytest.raises(Refused) as refused:
        decisions.countersign(by=approver, **case)
    assert codes(refused) == {"own_body_waiting"}
    review.advise(body="legal", stance="no_view", by=counsel, **case)
    assert decisions.countersign(by=approver, **case).state == "made"


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(days=st.integers(0, 90))
def test_silence_counts_for_an_agency_and_never_for_ones_own(legal, registered, officer, now, days) -> None:
    """Day 30 of an agency is no objection (750.4(e)); a body of one's own is waited for on any day."""
    sid = transaction.savepoint()
    review.refer(application=registered, bodies=["defense", "legal"], by=officer, at=now)
    on, case = now.date() + timedelta(days=days), fresh(registered)
    (agency,), (own,) = review.lanes(case, on), review.own_lanes(case)
    assert agency.silent == (days > 30)
    assert (own.state, own.silent, own.position) == ("waiting", False, "")
    facts = cases.facts(case, officer, on)
    assert (facts.waiting_bodies == ()) == (days > 30)
    assert [name for name, _ in facts.own_waiting] == ["Legal"]
    assert facts.positions.indifferent == (("Defense",) if days > 30 else ())
    transaction.savepoint_rollback(sid)


def test_ones_own_body_is_on_no_side_of_a_dispute(counsel, defense, registered, officer, now, today) -> None:
    case = {"application": registered, "at": now}
    review.refer(bodies=["defense", "legal"], by=officer, **case)
    review.recommend(body="defense", position="deny", reason="x", legal_basis="744.21", by=defense, **case)
    review.advise(body="legal", stance="agree", reason="x", by=counsel, **case)
    facts = cases.facts(fresh(registered), officer, today)
    assert (facts.positions.objecting, facts.positions.approving, facts.positions.indifferent) == (
        ("Defense",), (), (),
    )  # fmt: skip


# Pages


def test_the_page_of_bodies_adds_changes_and_ends(signed, administrator, now) -> None:
    client, page = signed(administrator), reverse("licenses:bodies")
    given = {"code": "legal", "name": "Legal", "days": "5", "objection_blocks": "on", "since": "2026-01-05"}
    assert client.post(reverse("licenses:body-add"), given).status_code == 302
    twice = client.post(reverse("licenses:body-add"), given)
    assert twice.status_code == 400 and "is taken" in twice.content.decode()
    act = {name: reverse("licenses:body-act", args=["legal", name]) for name in ("change", "end")}
    changed = client.post(act["change"], {"name": "General counsel", "days": "6"})
    assert changed.status_code == 302
    body = ReviewBody.objects.get(code="legal")
    assert (body.name, body.days, body.objection_blocks, body.concern) == ("General counsel", 6, False, "")
    assert client.post(act["end"], {"until": "2025-01-01"}).status_code == 400
    assert client.post(act["end"], {"until": "2026-12-31"}).status_code == 302
    shown = client.get(page)
    assert [row["may"] for row in shown.context["own"]] == [False]
    assert "General counsel" in shown.content.decode()


def test_the_page_is_read_by_reviewers_and_managed_by_administrators(signed, officer, filer, legal) -> None:
    page = reverse("licenses:bodies")
    shown = signed(officer).get(page).content.decode()
    assert "Legal" in shown and "Add a body" not in shown
    assert signed(officer).post(reverse("licenses:body-add"), GIVEN).status_code == 403
    assert signed(filer).get(page).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_the_same_for_one_body_and_three(
    rows, signed, administrator, now, today, django_assert_num_queries
) -> None:
    for number in range(rows):
        bodies.add(code=f"own-{number}", name=f"Own {number}", days=3, since=today, by=administrator, at=now)
    client = signed(administrator)
    with django_assert_num_queries(5):
        assert client.get(reverse("licenses:bodies")).status_code == 200


def test_the_dossier_tells_ones_own_apart_and_renames_at_once(
    signed, counsel, legal, administrator, filer, officer, reviewed_inside, now
) -> None:
    address = reverse("licenses:application", args=[reviewed_inside.number])
    review.consult(application=reviewed_inside, bodies=["legal"], by=officer, at=now)
    client = signed(officer)
    shown = client.get(address)
    assert [lane["title"] for lane in shown.context["own_lanes"]] == ["Legal"]
    assert shown.context["lanes"] == [] and "Waits for Legal." in shown.content.decode()
    bodies.change(body=legal, name="General counsel", by=administrator, at=now)
    assert [lane["title"] for lane in client.get(address).context["own_lanes"]] == ["General counsel"]
    assert "General counsel" in signed(filer).get(address).content.decode()
    asked = signed(counsel).get(address)
    assert {"advise"} <= set(asked.context["offers"]) and "Its objection" not in asked.content.decode()
    words = asked.content.decode().casefold()
    form = words[words.index("advise_stance") : words.index("advise_reason")]
    assert not {"approve", "deny", "revoke"} & set(form.replace('"', " ").replace("<", " ").split())


def test_consult_is_offered_while_a_body_is_left_to_ask(
    signed, officer, reviewed_inside, administrator, now
) -> None:
    address = reverse("licenses:application", args=[reviewed_inside.number])

    def offered() -> bool:
        return "consult" in {each.action for each in signed(officer).get(address).context["others"]}

    assert not offered()
    bodies.add(**GIVEN, since=now.date(), by=administrator, at=now)
    assert offered()
    review.consult(application=reviewed_inside, bodies=["engineering"], by=officer, at=now)
    assert not offered()


def test_an_applicant_of_the_office_route_reads_nothing_of_ones_own(
    signed, counsel, filer, officer, registered, now
) -> None:
    review.refer(application=registered, bodies=["defense", "legal"], by=officer, at=now)
    review.advise(application=registered, body="legal", stance="object", reason="Hush.", by=counsel, at=now)
    text = signed(filer).get(reverse("licenses:application", args=[registered.number])).content.decode()
    assert "Legal" not in text.replace("Legal basis", "").replace("Legal clock", "") and "Hush." not in text


# REST


def test_bodies_over_rest(api, administrator, officer, now) -> None:
    root, client = "/api/v1/review-bodies/", api(administrator)
    given = GIVEN | {"since": "2026-01-05"}
    made = client.post(root, given, format="json")
    assert (made.status_code, made.json()["kind"]) == (201, "internal")
    assert {row["code"] for row in api(officer).get(root).json()["results"]} == {*AGENCIES, "engineering"}
    assert [row["code"] for row in api(officer).get(root, {"kind": "internal"}).json()["results"]] == [
        "engineering"
    ]
    one = f"{root}engineering/"
    assert client.patch(one, {"days": 9}, format="json").json()["days"] == 9
    assert client.patch(f"{root}state/", {"days": 9}, format="json").status_code == 409
    assert client.post(f"{one}end/", {"until": "2026-12-31"}, format="json").json()["until"] == "2026-12-31"


ROLES = {"filer": 403, "stranger": 403, "officer": 200, "approver": 200, "auditor": 200, "integration": 200,
         "defense": 200, "counsel": 200, "lists": 403, "administrator": 200}  # fmt: skip


@pytest.mark.parametrize("who", ROLES)
def test_each_role_reaches_the_bodies_as_its_roles_say(request, api, legal, who) -> None:
    client, may = api(request.getfixturevalue(who)), who == "administrator"
    head = Event.objects.count()
    answers = [
        client.get("/api/v1/review-bodies/").status_code,
        client.get("/api/v1/review-bodies/legal/").status_code,
        client.post("/api/v1/review-bodies/", {}, format="json").status_code,
        client.patch("/api/v1/review-bodies/legal/", {"days": 0}, format="json").status_code,
        client.post("/api/v1/review-bodies/legal/end/", {}, format="json").status_code,
    ]
    assert answers == [ROLES[who]] * 2 + [400 if may else 403] * 3
    assert Event.objects.count() == head


LANES: dict[str, tuple[dict[str, Any], dict[str, int]]] = {
    "consult": ({"bodies": ["legal"]}, {"officer": 200}),
    "advise": ({"body": "legal", "stance": "agree", "reason": "x"}, {"counsel": 200}),
    "close_lane": ({"body": "legal", "reason": "x"}, {"officer": 200}),
}


@pytest.mark.parametrize("action", LANES)
def test_each_role_is_answered_on_lanes_as_its_roles_say(
    request, api, legal, counsel, reviewed_inside, officer, administrator, now, action
) -> None:
    if action != "consult":
        review.consult(application=reviewed_inside, bodies=["legal"], by=officer, at=now)
    body, special = LANES[action]
    outside = {"stranger": 404, "defense": 404, "lists": 403, "administrator": 403}
    outside |= {"counsel": 404} if action == "consult" else {}
    told = {}
    for who in ROLES:
        sid = transaction.savepoint()
        answer = api(request.getfixturevalue(who)).post(
            f"/api/v1/applications/{reviewed_inside.number}/{action}/", body, format="json"
        )
        told[who] = answer.status_code
        transaction.savepoint_rollback(sid)
    assert told == dict.fromkeys(ROLES, 403) | outside | special

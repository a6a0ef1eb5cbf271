"""Referrals, positions, clock stops."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from exportctl.errors import Invalid, NotAllowed, Refused
from exportctl.models import Event
from licenses import decisions, review, seats
from licenses.models import ClockStop, Recommendation, Referral

from .conftest import codes, fields

pytestmark = pytest.mark.django_db


def test_refer_opens_a_lane_a_body(officer, registered, now, today) -> None:
    case = review.refer(application=registered, bodies=["state", "defense", "state"], by=officer, at=now)
    assert case.status == "referred"
    lanes = review.lanes(case.__class__.objects.with_dossier().get(pk=case.pk), today)
    assert [(lane.body, lane.state, lane.due_on) for lane in lanes] == [
        ("defense", "waiting", today + timedelta(days=30)),
        ("state", "waiting", today + timedelta(days=30)),
    ]
    assert list(Event.objects.order_by("-seq").values_list("verb", flat=True)[:3]) == [
        "referral.opened", "referral.opened", "application.referred",
    ]  # fmt: skip


def test_refer_later_to_one_more_but_not_to_the_same(officer, referred, now) -> None:
    review.refer(application=referred, bodies=["energy"], by=officer, at=now)
    with pytest.raises(Invalid) as refused:
        review.refer(application=referred, bodies=["energy", "commerce"], by=officer, at=now)
    assert fields(refused) == {"bodies"}
    assert set(Referral.objects.values_list("body", flat=True)) == {"defense", "state", "energy"}


@pytest.mark.parametrize("bodies", [[], ["treasury"]])
def test_refer_refuses_no_body_and_an_unknown_one(officer, registered, now, bodies) -> None:
    with pytest.raises(Invalid) as refused:
        review.refer(application=registered, bodies=bodies, by=officer, at=now)
    assert fields(refused) == {"bodies"}


def test_recommend_answers_the_lane_and_a_later_one_supersedes(defense, referred, now, today) -> None:
    for position, basis in (("deny", "15 CFR 744.11"), ("approve", "")):
        review.recommend(
            application=referred,
            body="defense",
            position=position,
            reason="Seen.",
            legal_basis=basis,
            by=defense,
            at=now,
        )
    lane, other = review.lanes(referred.__class__.objects.with_dossier().get(pk=referred.pk), today)
    assert (lane.state, lane.position, lane.by, other.state) == ("answered", "approve", defense, "waiting")
    assert Recommendation.objects.count() == 2


def test_recommend_refuses_an_objection_without_basis_and_reason(defense, referred, now) -> None:
    with pytest.raises(Invalid) as refused:
        review.recommend(
            application=referred, body="defense", position="deny", reason=" ", by=defense, at=now
        )
    assert fields(refused) == {"reason", "legal_basis"}
    with pytest.raises(Invalid) as refused:
        review.recommend(
            application=referred, body="defense", position="maybe", reason="x", by=defense, at=now
        )
    assert fields(refused) == {"position"}


def test_recommend_needs_a_seat_and_a_lane(
    defense, state, reviewer, officer, referred, administrator, now
) -> None:
    with pytest.raises(Refused) as refused:
        review.recommend(
            application=referred, body="defense", position="approve", reason="x", by=reviewer, at=now
        )
    assert codes(refused) == {"no_lane"}
    with pytest.raises(NotAllowed) as refused:
        review.recommend(
            application=referred, body="defense", position="approve", reason="x", by=state, at=now
        )
    assert codes(refused) == {"no_seat"}
    with pytest.raises(NotAllowed):
        review.recommend(
            application=referred, body="defense", position="approve", reason="x", by=officer, at=now
        )
    seats.end(seat=defense.seats.get(), until=now.date(), by=administrator, at=now)
    with pytest.raises(Refused):
        review.recommend(
            application=referred, body="defense", position="approve", reason="x", by=defense, at=now
        )


def test_recommend_waits_while_a_decision_is_proposed(defense, officer, referred, now) -> None:
    decisions.propose(application=referred, outcome="approve", justification="Fine.", by=officer, at=now)
    with pytest.raises(Refused) as refused:
        review.recommend(
            application=referred, body="defense", position="approve", reason="x", by=defense, at=now
        )
    assert codes(refused) == {"proposal_open"}


def test_silence_counts_after_30_days_without_the_stopped_ones(officer, referred, now) -> None:
    start = now - timedelta(days=3)
    review.stop_clock(
        application=referred, reason="APPLICANT_INFO", by=officer, at=start + timedelta(days=10)
    )
    review.resume_clock(application=referred, by=officer, at=start + timedelta(days=15))
    case = referred.__class__.objects.with_dossier().get(pk=referred.pk)
    states = {days: review.lanes(case, start.date() + timedelta(days=days))[0].state for days in (30, 35, 36)}
    assert states == {30: "waiting", 35: "waiting", 36: "silent"}
    assert (
        review.lanes(case, start.date() + timedelta(days=36))[0].words == "No objection (silent for 30 days)"
    )


def test_stops_overlap_by_reason_and_end_together(officer, referred, now, today) -> None:
    for reason in ("APPLICANT_INFO", "PLC"):
        review.stop_clock(application=referred, reason=reason, note="Which site?", by=officer, at=now)
    with pytest.raises(Refused) as refused:
        review.stop_clock(application=referred, reason="PLC", by=officer, at=now)
    assert codes(refused) == {"stopped"}
    later = now + timedelta(days=9)
    assert len(review.resume_clock(application=referred, reason="PLC", by=officer, at=later)) == 1
    assert len(review.resume_clock(application=referred, by=officer, at=later)) == 1
    with pytest.raises(Refused) as refused:
        review.resume_clock(application=referred, by=officer, at=later)
    assert codes(refused) == {"no_stop"}
    reading = review.reading(referred.__class__.objects.get(), today + timedelta(days=20))
    assert (reading.gross, reading.stopped, reading.running) == (24, 9, True)


def test_stop_refuses_an_unknown_reason_and_an_end_before_its_start(officer, referred, now) -> None:
    with pytest.raises(Invalid):
        review.stop_clock(application=referred, reason="LUNCH", by=officer, at=now)
    review.stop_clock(application=referred, reason="PLC", by=officer, at=now)
    with pytest.raises(Invalid) as refused:
        review.resume_clock(application=referred, by=officer, at=now - timedelta(hours=1))
    assert fields(refused) == {"at"}


def test_database_holds_a_stop_to_one_a_reason_and_pairs(referred, officer, now) -> None:
    given = {"application": referred, "reason": "PLC", "started_at": now, "started_by": officer}
    ClockStop.objects.create(**given)
    for wrong in (given, given | {"reason": "TTCP", "ended_at": now}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ClockStop.objects.create(**wrong)


def test_seat_once_a_body_and_only_for_persons(
    administrator, officer, integration, defense, now, today
) -> None:
    with pytest.raises(Refused) as refused:
        seats.give(user=defense, body="defense", since=today, by=administrator, at=now)
    assert codes(refused) == {"seated"}
    for user, body in ((integration, "state"), (defense, "fbi")):
        with pytest.raises(Invalid):
            seats.give(user=user, body=body, since=today, by=administrator, at=now)
    with pytest.raises(NotAllowed):
        seats.give(user=defense, body="state", since=today, by=officer, at=now)
    seat = defense.seats.get()
    with pytest.raises(Invalid):
        seats.end(seat=seat, until=seat.since, by=administrator, at=now)
    seats.end(seat=seat, until=today, by=administrator, at=now)
    with pytest.raises(Refused):
        seats.end(seat=seat, until=today, by=administrator, at=now)
    assert seats.give(user=defense, body="defense", since=today, by=administrator, at=now).until is None


def test_a_completed_check_is_recorded_once_and_the_stop_lasts(
    registered, officer, filer, now, today
) -> None:
    def complete(by, at=now, **more):
        return review.complete_check(application=registered, by=by, at=at, **more)

    review.stop_clock(application=registered, reason="GOV_CONSULT", by=officer, at=now)
    with pytest.raises(Refused) as none:
        complete(officer)
    assert codes(none) == {"no_check"}
    review.stop_clock(application=registered, reason="PLC", by=officer, at=now)
    with pytest.raises(NotAllowed):
        complete(filer)
    for day in (today - timedelta(days=1), today + timedelta(days=1)):
        with pytest.raises(Refused) as refused:
            complete(officer, completed_on=day)
        assert fields(refused) == {"completed_on"}
    stop = complete(officer, at=now + timedelta(days=2))
    assert (stop.completed_on, stop.ended_at) == (today + timedelta(days=2), None)
    told = Event.objects.latest("seq")
    assert (told.verb, told.data["data"]["completed_on"]) == (
        "clock.check_completed",
        stop.completed_on.isoformat(),
    )
    with pytest.raises(Refused) as twice:
        complete(officer, at=now + timedelta(days=3))
    assert codes(twice) == {"no_check"}
    with pytest.raises(IntegrityError, match="completed_check"), transaction.atomic():
        ClockStop.objects.filter(reason="GOV_CONSULT").update(completed_on=today)

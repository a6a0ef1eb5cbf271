"""Who works a case: taken, given on, given back, by whom and to whom; and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from exportctl import outbox
from exportctl.errors import Invalid, NotAllowed, Refused
from exportctl.models import Event, Notice, User
from licenses import applications, assignments, decisions, seats
from licenses.models import Application
from tests import factories

from .conftest import codes, fields

pytestmark = pytest.mark.django_db


def last() -> tuple[str, dict[str, Any]]:
    event = Event.objects.order_by("-seq").first()
    assert event is not None
    return event.verb, {name: event.data["data"][name] for name in ("from", "to", "body", "reason")}


def give(case: Application, to: User | None, by: User, at: datetime, **more: Any) -> Application:
    assignments.assign(application=case, to=to, by=by, at=at, **more)
    case.refresh_from_db()
    return case


# What it does


def test_an_officer_takes_a_case_nobody_has(registered: Application, officer: User, now: datetime) -> None:
    give(registered, officer, officer, now)
    assert (registered.assigned_to, registered.assigned_at) == (officer, now)
    assert last() == ("application.assigned", {"from": "", "to": "officer", "body": "", "reason": ""})


def test_a_case_goes_on_with_a_reason_and_back(
    registered: Application, officer: User, officer2: User, now: datetime
) -> None:
    give(registered, officer, officer, now)
    give(registered, officer2, officer, now, reason=" Holidays. ")
    assert registered.assigned_to == officer2
    said = {"from": "officer", "to": "officer2", "body": "", "reason": "Holidays."}
    assert last() == ("application.assigned", said)
    give(registered, None, officer2, now, reason="Too much.")
    assert (registered.assigned_to, registered.assigned_at) == (None, None)
    said = {"from": "officer2", "to": "", "body": "", "reason": "Too much."}
    assert last() == ("application.released", said)


def test_a_lane_is_its_bodys_to_share_out(
    referred: Application, defense: User, officer: User, person: Any, administrator: User, now: datetime
) -> None:
    second = person("defense2", "reviewer")
    seats.give(user=second, body="defense", since=now.date(), by=administrator, at=now)
    give(referred, defense, defense, now, body="defense")
    give(referred, second, defense, now, body="defense", reason="She knows the site.")
    lane = referred.referrals.get(body="defense")
    assert (lane.assigned_to, referred.assigned_to) == (second, None)
    assert referred.referrals.get(body="state").assigned_to is None


def test_the_companys_desk_shares_out_its_cases(
    customer: Any, filer: User, officer: User, company: Any, person: Any, now: datetime
) -> None:
    """On the company route a filer of the company takes it, and an officer of its compliance office, too."""
    case = factories.make_submitted(by=filer, customer=customer, at=now, route="company")
    give(case, filer, filer, now)
    assert case.assigned_to == filer
    give(case, officer, filer, now, reason="For the review.")
    assert case.assigned_to == officer


# What it refuses


def test_what_somebody_has_needs_a_reason_also_to_take_it_over(
    registered: Application, officer: User, officer2: User, now: datetime
) -> None:
    give(registered, officer, officer, now)
    for to in (officer2, None):
        with pytest.raises(Invalid) as no:
            give(registered, to, officer2, now, reason="  ")
        assert fields(no) == {"reason"}
        assert "Olive Officer has it" in str(no.value)
    with pytest.raises(Invalid) as no:
        give(registered, officer, officer2, now, reason="x")
    assert (fields(no), "has it already" in str(no.value)) == ({"to"}, True)


def test_nothing_is_given_back_that_nobody_has(registered: Application, officer: User, now: datetime) -> None:
    with pytest.raises(Invalid) as no:
        give(registered, None, officer, now, reason="x")
    assert fields(no) == {"to"}


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("approver", "do not include 'application.refer'"),
        ("auditor", "do not include 'application.refer'"),
        ("defense", "do not include 'application.refer'"),
        ("filer", "does not review them"),
        ("administrator", "do not include 'application.refer'"),
        ("integration", "no person"),
    ],
)
def test_who_cannot_work_a_case_is_refused(
    who: str, words: str, registered: Application, officer: User, request: Any, now: datetime
) -> None:
    with pytest.raises(Invalid) as no:
        give(registered, request.getfixturevalue(who), officer, now)
    assert (fields(no), words in str(no.value)) == ({"to"}, True)


def test_who_is_gone_is_refused_with_the_missing_reason_at_once(
    registered: Application, officer: User, officer2: User, now: datetime
) -> None:
    give(registered, officer, officer, now)
    User.objects.filter(pk=officer2.pk).update(is_active=False)
    officer2.refresh_from_db()
    with pytest.raises(Invalid) as no:
        give(registered, officer2, officer, now)
    assert fields(no) == {"to", "reason"}
    assert "not active any more" in str(no.value)


@pytest.mark.parametrize("who", ["state", "reviewer", "officer2"])
def test_a_lane_goes_to_members_of_its_body_alone(
    who: str, referred: Application, defense: User, request: Any, now: datetime
) -> None:
    with pytest.raises(Invalid) as no:
        give(referred, request.getfixturevalue(who), defense, now, body="defense")
    assert "does not sit for Defense" in str(no.value)


def test_a_filer_of_another_company_is_refused(
    customer: Any, filer: User, stranger: User, officer: User, now: datetime
) -> None:
    case = factories.make_submitted(by=filer, customer=customer, at=now, route="company")
    with pytest.raises(Invalid) as no:
        give(case, stranger, officer, now)
    assert "does not file for Meridian" in str(no.value)


def test_each_desk_is_shared_out_by_its_own(
    referred: Application, officer: User, defense: User, filer: User, approver: User, now: datetime
) -> None:
    with pytest.raises(NotAllowed) as no:
        give(referred, defense, officer, now, body="defense")
    assert codes(no) == {"no_seat"}
    with pytest.raises(NotAllowed) as no:
        give(referred, officer, defense, now)
    assert codes(no) == {"not_your_desk"}
    with pytest.raises(Refused) as no:
        give(referred, officer, filer, now)
    assert codes(no) == {"office_route"}
    with pytest.raises(NotAllowed) as no:
        give(referred, officer, approver, now)
    assert codes(no) == {"not_permitted"}


def test_a_body_without_a_lane_and_an_unknown_one_are_refused(
    referred: Application, defense: User, administrator: User, now: datetime
) -> None:
    seats.give(user=defense, body="energy", since=now.date(), by=administrator, at=now)
    with pytest.raises(Refused) as no:
        give(referred, defense, defense, now, body="energy")
    assert codes(no) == {"no_lane"}
    with pytest.raises(Invalid) as no:
        give(referred, defense, defense, now, body="navy")
    assert fields(no) == {"body"}


def test_a_draft_and_a_closed_case_are_refused(
    draft: Application, license: Any, officer: User, now: datetime
) -> None:
    for case in (draft, license.application):
        with pytest.raises(Refused) as no:
            give(case, officer, officer, now)
        assert codes(no) == {"wrong_status"}


def test_a_hand_over_is_not_dated_before_the_last(
    registered: Application, officer: User, officer2: User, now: datetime
) -> None:
    give(registered, officer, officer, now)
    with pytest.raises(Refused) as no:
        give(registered, officer2, officer, now - timedelta(hours=1), reason="x")
    assert codes(no) == {"too_early"}


@pytest.mark.parametrize("reason", ["x" * 2001, "a\x00b"])
def test_a_reason_is_words(reason: str, registered: Application, officer: User, now: datetime) -> None:
    with pytest.raises(Invalid) as no:
        give(registered, officer, officer, now, reason=reason)
    assert fields(no) == {"reason"}


def test_the_database_keeps_person_and_moment_together(
    referred: Application, officer: User, now: datetime
) -> None:
    lane = referred.referrals.get(body="defense")
    for row, values in (
        (referred, {"assigned_to": officer}),
        (referred, {"assigned_at": now}),
        (lane, {"assigned_to": officer}),
        (lane, {"assigned_to": officer, "assigned_at": now - timedelta(days=90)}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**values)  # type: ignore[attr-defined]


# Many at once


def test_many_cases_go_each_by_itself_and_the_refused_say_why(
    more_cases: Callable[..., Application], officer: User, officer2: User, license: Any, now: datetime
) -> None:
    """Nothing of a refused one is written: no holder, no event, no version."""
    free, held = more_cases(), more_cases()
    give(held, officer, officer, now)
    closed = license.application
    before = {case.pk: Application.objects.get(pk=case.pk).version for case in (held, closed)}
    events = Event.objects.count()
    told = assignments.assign_all(
        applications=[free, held, closed], to=officer2, reason="", by=officer, at=now
    )
    assert [(one.application.pk, one.done) for one in told] == [
        (free.pk, True), (held.pk, False), (closed.pk, False),
    ]  # fmt: skip
    assert [{each.code for each in one.blockers} for one in told] == [set(), {"invalid"}, {"wrong_status"}]
    assert Event.objects.count() == events + 1
    assert {pk: Application.objects.get(pk=pk).version for pk in before} == before
    free.refresh_from_db()
    assert free.assigned_to == officer2


def test_too_many_at_once_are_refused(registered: Application, officer: User, now: datetime) -> None:
    with pytest.raises(Invalid) as no:
        assignments.assign_all(applications=[registered] * 201, to=officer, by=officer, at=now)
    assert fields(no) == {"applications"}


def test_a_hand_over_is_whole_or_not_at_all(
    registered: Application, officer: User, broken_log: Any, now: datetime
) -> None:
    before = Application.objects.values().get(pk=registered.pk)
    with broken_log(), pytest.raises(Exception, match="exportctl_append"):
        give(registered, officer, officer, now)
    assert Application.objects.values().get(pk=registered.pk) == before


# Who is told


def test_both_ends_of_a_hand_over_are_told_once(
    registered: Application, officer: User, officer2: User, person: Any, now: datetime
) -> None:
    third = person("officer3", "officer")
    give(registered, officer, third, now)
    give(registered, officer2, third, now, reason="Holidays.")
    outbox.drain()
    outbox.drain()
    number = registered.number

    def told(user: User) -> list[str]:
        return list(
            Notice.objects.filter(user=user, title__contains="you")
            .order_by("pk")
            .values_list("title", flat=True)
        )

    assert told(officer) == [
        f"{number}: the case is assigned to you", f"{number}: the case is taken from you and goes to Otto Officer",
    ]  # fmt: skip
    assert told(officer2) == [f"{number}: the case is assigned to you"]
    assert told(third) == []
    assert Notice.objects.get(user=officer2, title__contains="assigned").text == "Holidays."


def test_a_case_keeps_its_officer_to_its_end(
    registered: Application, officer: User, approver: User, now: datetime
) -> None:
    give(registered, officer, officer, now)
    decisions.propose(application=registered, outcome="approve", justification="Fine.", by=officer, at=now)
    decisions.countersign(application=registered, by=approver, at=now)
    registered.refresh_from_db()
    assert (registered.status, registered.assigned_to) == ("approved", officer)


def test_who_works_a_case_is_offered_it_by_the_table(
    referred: Application,
    officer: User,
    defense: User,
    reviewer: User,
    filer: User,
    approver: User,
    now: datetime,
) -> None:
    case = Application.objects.get(pk=referred.pk)

    def offered(user: User) -> list[tuple[str, ...]]:
        found = applications.next_actions(case, by=user, on=now.date())
        return [tuple(no.code for no in each.blockers) for each in found if each.action == "assign"]

    assert [offered(each) for each in (officer, defense, reviewer, filer, approver)] == [
        [()], [()], [("no_lane",)], [("office_route",)], [],
    ]  # fmt: skip


def test_a_late_seat_is_not_enough_once_it_ended(
    referred: Application, defense: User, administrator: User, now: datetime
) -> None:
    seats.end(seat=defense.seats.get(), until=now.date(), by=administrator, at=now)
    with pytest.raises(Refused) as no:
        give(referred, defense, defense, now, body="defense")
    assert codes(no) == {"no_lane"}

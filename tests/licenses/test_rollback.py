"""Every verb writes all or nothing: when the event cannot be sealed, no row changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.core import serializers
from django.db import DatabaseError

from exportctl import people
from exportctl.models import Document, Event
from licenses import (
    applications,
    bodies,
    conditions,
    decisions,
    delegations,
    issued,
    items,
    letterbook,
    questions,
    review,
    seats,
    seed,
    usage,
)
from licenses.models import Condition, License, Movement, Waiver
from tests import factories

pytestmark = pytest.mark.django_db


def everything() -> str:
    """All rows of the app and the length of the log."""
    models = [model for model in apps.get_app_config("licenses").get_models() if not model._meta.proxy]
    rows = (row for model in models for row in model.objects.order_by("pk"))
    return serializers.serialize("json", rows) + str(Event.objects.count())


@pytest.fixture
def intact(broken_log: Callable[[], Any]) -> Callable[..., None]:
    """`intact(verb, **facts)`: the verb fails with the log and leaves every row as it was; then it works."""

    def check(verb: Callable[..., Any], **facts: Any) -> Any:
        before = everything()
        with broken_log(), pytest.raises(DatabaseError):
            verb(**facts)
        assert everything() == before
        done = verb(**facts)
        assert everything() != before
        return done

    return check


def test_draft_to_registration(intact, company, customer, draft, filer, officer, now) -> None:
    intact(applications.start, applicant=company, by=filer, at=now)
    intact(applications.copy, application=draft, by=filer, at=now)
    intact(applications.submit, application=draft, by=filer, at=now)
    intact(applications.register, application=draft, by=officer, at=now)
    intact(applications.withdraw, application=draft, by=filer, at=now)


def test_company_route(intact, filer, officer, approver, customer, now, drain) -> None:
    case = factories.make_submitted(by=filer, customer=customer, route="company")
    drain()
    intact(applications.begin_review, application=case, by=officer, at=now)
    intact(applications.mark_filed, application=case, external_number="Z1", by=approver, at=now)
    intact(
        decisions.record, application=case, outcome="approve", justification="x", authority="BIS",
        decided_on=date(2026, 8, 6), no_document="x", by=officer, at=now,
    )  # fmt: skip


def test_bodies_of_ones_own(intact, registered, administrator, counsel, officer, now, today) -> None:
    case = {"application": registered, "at": now}
    given = {"code": "lab", "name": "Laboratory", "days": 3, "since": today}
    lab = intact(bodies.add, **given, by=administrator, at=now)
    intact(bodies.change, body=lab, days=4, by=administrator, at=now)
    intact(review.consult, bodies=["legal", "lab"], by=officer, **case)
    intact(review.advise, body="legal", stance="agree", reason="x", by=counsel, **case)
    intact(review.close_lane, body="lab", reason="x", by=officer, **case)
    intact(bodies.end, body=lab, until=today + timedelta(days=1), by=administrator, at=now)


def test_delegations(intact, registered, approver, officer, now, today) -> None:
    given = {"body": "state", "reference": "S-1", "given_by": "A. Roe", "eccns": ["5A"], "since": today}
    row = intact(delegations.record, **given, by=approver, at=now)
    intact(review.refer, application=registered, bodies=["defense"], by=officer, at=now)
    assert Waiver.objects.count() == 1
    until = today + timedelta(days=1)
    intact(delegations.end, delegation=row, until=until, reason="x", by=approver, at=now)


def test_review_and_decision(intact, registered, filer, officer, approver, defense, now) -> None:
    case = {"application": registered, "at": now}
    intact(review.refer, bodies=["defense"], by=officer, **case)
    intact(review.recommend, body="defense", position="approve", reason="x", by=defense, **case)
    for _ in range(2):
        intact(conditions.propose, code="OTHER", text="x", origin="state", by=officer, **case)
    first, second = Condition.objects.order_by("number")
    intact(conditions.accept, condition=first, by=filer, at=now)
    intact(conditions.change, condition=second, text="y", reason="Clearer.", by=officer, at=now)
    intact(conditions.agree, condition=second, by=defense, at=now)
    intact(conditions.decline, condition=second, reason="No.", by=filer, at=now)
    intact(conditions.remove, condition=second, reason="Covered.", by=officer, at=now)
    intact(review.stop_clock, reason="PLC", by=officer, **case)
    intact(review.resume_clock, by=officer, **case)
    intact(decisions.propose, outcome="approve_conditions", justification="x", by=officer, **case)
    intact(decisions.send_back, reason="x", by=approver, **case)
    decisions.propose(outcome="approve_conditions", justification="x", by=officer, **case)
    intact(decisions.countersign, by=approver, **case)
    intact(conditions.meet, condition=first, by=filer, at=now)
    intact(conditions.waive, condition=first, reason="Done.", by=approver, at=now)
    assert License.objects.count() == 1


def test_questions(intact, registered, filer, officer, now) -> None:
    for number in (1, 2):
        intact(
            questions.ask, application=registered, to="filer", text=f"{number}?", due_on=now.date(), stop=True,
            by=officer, at=now,
        )  # fmt: skip
    first, second = registered.questions.order_by("number")
    intact(questions.remind, question=first, by=officer, at=now)
    intact(questions.withdraw, question=first, reason="Found.", by=officer, at=now)
    intact(questions.answer, question=second, text="Here.", by=filer, at=now)
    assert registered.stops.get().ended_at == now


def test_lapse(intact, registered, officer, approver, now) -> None:
    decisions.propose(
        application=registered,
        outcome="intend_to_deny",
        justification="x",
        legal_basis="y",
        **factories.PARTICULARS,
        by=officer,
        at=now,
    )
    decisions.countersign(application=registered, by=approver, at=now)
    assert intact(decisions.lapse, at=now.replace(year=2027)) == 1


def test_letter(intact, license, now) -> None:
    by = people.job_user("letters")
    assert intact(letterbook.write, decision=license.decision, by=by, at=now).number == 1
    assert Document.objects.count() == 1


def test_license_and_ledger(intact, license, filer, officer, approver, now, today) -> None:
    line = license.lines.get()
    intact(
        usage.record, line=line, quantity=Decimal(1), shipped_on=today, idempotency_key="k", by=filer, at=now
    )
    movement = Movement.objects.get()
    intact(usage.reverse, movement=movement, reason="x", idempotency_key="r", by=officer, at=now)
    acts = {"license": license, "reason": "x", "at": now, "on": today}
    intact(issued.suspend, by=officer, **acts)
    intact(issued.lift, by=officer, **acts)
    intact(issued.revoke, proposed_by=officer, by=approver, **acts)


def test_reference_data(intact, filer, officer, administrator, now, today) -> None:
    intact(items.add, part_number="1", name="x", eccn="EAR99", by=filer, at=now)
    seat = intact(
        seats.give, user=officer, body="state", since=today.replace(day=1), by=administrator, at=now
    )
    intact(seats.end, seat=seat, until=today, by=administrator, at=now)
    intact(seed.seed, by=administrator, at=now)

"""A license after its issue: suspended, lifted, revoked, expired."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from exportctl.errors import Invalid, NotAllowed, Refused
from exportctl.models import Event
from licenses import issued
from licenses.models import Act, License

from .conftest import codes, fields

pytestmark = pytest.mark.django_db


def state(license: License, on: date) -> str:
    return str(License.objects.with_ledger().get(pk=license.pk).state(on))


@pytest.mark.parametrize(
    ("day", "last"),
    [
        (date(2020, 8, 4), date(2024, 8, 4)),
        (date(2020, 2, 29), date(2024, 2, 29)),
        (date(2096, 2, 29), date(2100, 2, 28)),
    ],
)
def test_four_years(day: date, last: date) -> None:
    assert issued.four_years(day) == last


def test_license_is_valid_through_its_last_day(license) -> None:
    assert state(license, license.expires_on) == "active"
    assert state(license, license.expires_on + timedelta(days=1)) == "expired"


def test_suspend_and_lift(license, officer, now, today) -> None:
    issued.suspend(license=license, reason="Diversion suspected.", by=officer, at=now, on=today)
    assert (state(license, today - timedelta(days=1)), state(license, today)) == ("active", "suspended")
    with pytest.raises(Refused) as refused:
        issued.suspend(license=license, reason="Again.", by=officer, at=now, on=today)
    assert codes(refused) == {"suspended"}
    issued.lift(license=license, reason="Not confirmed.", by=officer, at=now, on=today + timedelta(days=2))
    assert (state(license, today + timedelta(days=1)), state(license, today + timedelta(days=2))) == (
        "suspended",
        "active",
    )
    assert list(Event.objects.order_by("-seq").values_list("verb", flat=True)[:2]) == [
        "license.lifted",
        "license.suspended",
    ]


def test_lift_refuses_what_is_not_suspended(license, officer, now, today) -> None:
    with pytest.raises(Refused) as refused:
        issued.lift(license=license, reason="x", by=officer, at=now, on=today)
    assert codes(refused) == {"not_suspended"}


def test_suspend_refuses_no_reason_an_early_day_and_who_may_not(
    license, officer, filer, integration, now, today
) -> None:
    with pytest.raises(Invalid) as refused:
        issued.suspend(license=license, reason=" ", by=officer, at=now, on=today)
    assert fields(refused) == {"reason"}
    with pytest.raises(Invalid) as refused:
        issued.suspend(
            license=license, reason="x", by=officer, at=now, on=license.issued_on - timedelta(days=1)
        )
    assert fields(refused) == {"on"}
    for by in (filer, integration):
        with pytest.raises(NotAllowed):
            issued.suspend(license=license, reason="x", by=by, at=now, on=today)
    with pytest.raises(Refused) as refused:
        issued.suspend(
            license=license, reason="x", by=officer, at=now, on=license.expires_on + timedelta(days=1)
        )
    assert codes(refused) == {"expired"}


def test_revoke_by_two_people_and_for_good(license, officer, approver, now, today) -> None:
    act = issued.revoke(
        license=license, reason="Rule change.", proposed_by=officer, by=approver, at=now, on=today
    )
    assert (act.proposed_by, act.confirmed_by, state(license, today)) == (officer, approver, "revoked")
    for verb in (issued.suspend, issued.lift):
        with pytest.raises(Refused) as refused:
            verb(license=license, reason="x", by=officer, at=now, on=today)
        assert codes(refused) == {"revoked"}
    with pytest.raises(Refused) as refused:
        issued.revoke(license=license, reason="x", proposed_by=officer, by=approver, at=now, on=today)
    assert codes(refused) == {"revoked"}


def test_revoke_refuses_one_person_and_a_proposer_without_the_right(
    license, officer, approver, filer, now, today
) -> None:
    with pytest.raises(Refused) as refused:
        issued.revoke(license=license, reason="x", proposed_by=approver, by=approver, at=now, on=today)
    assert codes(refused) == {"same_person"}
    for proposed_by, by in ((filer, approver), (approver, officer)):
        with pytest.raises(NotAllowed):
            issued.revoke(license=license, reason="x", proposed_by=proposed_by, by=by, at=now, on=today)


def test_revocation_needs_two_in_the_database_too(license, officer, now, today) -> None:
    for confirmed_by in (None, officer):
        with pytest.raises(IntegrityError), transaction.atomic():
            Act.objects.create(
                license=license,
                kind="revoked",
                on=today,
                reason="x",
                proposed_by=officer,
                confirmed_by=confirmed_by,
                at=now,
            )


def test_issue_needs_a_made_approval(registered, officer, approver, now) -> None:
    from licenses import decisions

    proposal = decisions.propose(
        application=registered, outcome="approve", justification="x", by=officer, at=now
    )
    with pytest.raises(Refused) as refused:
        issued.issue(decision=proposal, by=approver, at=now)
    assert codes(refused) == {"not_approved"}
    made = decisions.countersign(application=registered, by=approver, at=now)
    with pytest.raises(Refused) as refused:
        issued.issue(decision=made, by=approver, at=now)
    assert codes(refused) == {"issued"}
    with pytest.raises(NotAllowed):
        issued.issue(decision=made, by=officer, at=now)

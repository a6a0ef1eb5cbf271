"""The admin on cases, licenses, items and seats: acts call the verbs, refusals keep what was typed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from exportctl.models import Event, User
from licenses import decisions, issued
from licenses.models import Application, Item, License, Seat
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def do(model: str, *args: Any) -> str:
    """The page of an act: `do("license", pk, "suspend")`, `do("item", "add")`."""
    return reverse(f"admin:licenses_{model}_do" + ("" if len(args) == 2 else "_list"), args=args)


def verbs() -> list[str]:
    return list(Event.objects.order_by("seq").values_list("verb", flat=True))


@pytest.fixture
def proposed(registered: Application, officer: User, now: datetime) -> Application:
    decisions.propose(
        application=registered, outcome="approve", justification="Civil use.", by=officer, at=now
    )
    registered.refresh_from_db()
    return registered


def labels(page: Any) -> list[str]:
    return [label for label, _ in page.context["verb_links"]]


def test_register_moves_the_case(signed: Any, submitted: Application, officer: User) -> None:
    page = signed(officer).get(reverse("admin:licenses_application_change", args=[submitted.pk]))
    assert labels(page) == ["Register", "Return without registration", "Assign", "Withdraw"]
    assert signed(officer).post(do("application", submitted.pk, "register")).status_code == 302
    submitted.refresh_from_db()
    assert (submitted.status, verbs()[-1]) == ("registered", "application.registered")


def test_assign_names_a_person_and_refuses_in_words(
    signed: Any, registered: Application, officer: User, officer2: User, approver: User
) -> None:
    client, act = signed(officer), do("application", registered.pk, "assign")
    assert "Otto Officer" in client.get(act).content.decode()
    assert client.post(act, {"to": officer2.pk, "body": ""}).status_code == 302
    registered.refresh_from_db()
    assert (registered.assigned_to, verbs()[-1]) == (officer2, "application.assigned")
    answer = client.post(act, {"to": officer.pk, "body": ""})
    assert (answer.status_code, "the reason of the change is missing" in answer.content.decode()) == (
        400,
        True,
    )
    assert client.post(act, {"to": "", "body": "", "reason": "Free again."}).status_code == 302
    assert verbs()[-1] == "application.released"
    assert signed(approver).get(act).status_code == 403


def test_register_twice_is_refused_in_words(signed: Any, registered: Application, officer: User) -> None:
    before = verbs()
    answer = signed(officer).post(do("application", registered.pk, "register"))
    assert answer.status_code == 409
    assert "not possible from status" in answer.content.decode()
    assert verbs() == before


def test_countersign_issues_the_license(signed: Any, proposed: Application, approver: User) -> None:
    page = signed(approver).get(reverse("admin:licenses_application_change", args=[proposed.pk]))
    assert labels(page) == ["Countersign the proposed decision", "Send the proposed decision back"]
    client = signed(approver)
    asked = client.post(do("application", proposed.pk, "countersign"))
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert not License.objects.exists()
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert client.post(do("application", proposed.pk, "countersign")).status_code == 302
    assert License.objects.get().application == proposed
    assert verbs()[-2:] == ["decision.made", "license.issued"]


def test_countersign_shows_every_blocker_and_writes_nothing(
    signed: Any, registered: Application, person: Any, now: datetime
) -> None:
    both = person("both", "officer", "approver")
    decisions.propose(application=registered, outcome="approve", justification="Civil use.", by=both, at=now)
    client = signed(both)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    before = verbs()
    answer = client.post(do("application", registered.pk, "countersign"))
    assert answer.status_code == 409
    assert "another person" in " ".join(answer.context["form"].non_field_errors())
    assert (verbs(), License.objects.count()) == (before, 0)


def test_send_back_keeps_its_reason(signed: Any, proposed: Application, approver: User) -> None:
    assert (
        signed(approver)
        .post(do("application", proposed.pk, "send-back"), {"reason": "Say more."})
        .status_code
        == 302
    )
    assert proposed.decisions.get().sent_back_reason == "Say more."


def test_withdraw_is_closed_to_a_stranger(
    signed: Any, submitted: Application, stranger: User, filer: User
) -> None:
    before = verbs()
    address = do("application", submitted.pk, "withdraw")
    assert signed(stranger).get(address).status_code == 404
    assert signed(stranger).post(address, {"reason": "x"}).status_code == 404
    assert verbs() == before
    assert signed(filer).post(address, {"reason": "Order canceled."}).status_code == 302
    submitted.refresh_from_db()
    assert submitted.status == "withdrawn"


def test_suspend_and_lift_are_offered_as_the_license_stands(
    signed: Any, license: License, officer: User
) -> None:
    client, address = signed(officer), reverse("admin:licenses_license_change", args=[license.pk])
    assert labels(client.get(address)) == ["Suspend"]
    today = str(timezone.localdate())
    assert (
        client.post(do("license", license.pk, "suspend"), {"reason": "Asked.", "on": today}).status_code
        == 302
    )
    page = client.get(address)
    assert labels(page) == ["Lift the suspension"]
    assert "Suspended" in page.content.decode()
    assert (
        client.post(do("license", license.pk, "lift"), {"reason": "Cleared.", "on": today}).status_code == 302
    )
    assert labels(client.get(address)) == ["Suspend"]
    assert verbs()[-2:] == ["license.suspended", "license.lifted"]


def test_a_revoked_license_offers_nothing(
    signed: Any, license: License, officer: User, approver: User, now: datetime
) -> None:
    issued.revoke(license=license, reason="Rule.", proposed_by=officer, by=approver, at=now, on=now.date())
    page = signed(officer).get(reverse("admin:licenses_license_change", args=[license.pk]))
    assert labels(page) == []
    assert "Revoked" in page.content.decode()


def test_suspend_before_the_issue_is_refused_at_the_day(signed: Any, license: License, officer: User) -> None:
    before = verbs()
    answer = signed(officer).post(
        do("license", license.pk, "suspend"),
        {"reason": "Asked by mail.", "on": str(license.issued_on - timedelta(days=1))},
    )
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["on"]
    assert "Asked by mail." in answer.content.decode()
    assert verbs() == before


def test_license_page_shows_what_is_left(signed: Any, license: License, officer: User) -> None:
    words = signed(officer).get(reverse("admin:licenses_license_change", args=[license.pk])).content.decode()
    assert words.count("10.000") == 2  # authorized and left
    assert "0.000" in words or ">0<" in words


def test_add_an_item_and_be_refused_at_the_eccn(signed: Any, officer: User) -> None:
    client = signed(officer)
    good = {"part_number": "PR-1", "name": "Radio unit", "eccn": "5A991.b.4", "description": ""}
    refused = client.post(do("item", "add"), good | {"eccn": "radio"})
    assert refused.status_code == 400
    assert list(refused.context["form"].errors) == ["eccn"]
    assert 'value="PR-1"' in refused.content.decode()
    assert Item.objects.count() == 0
    assert client.post(do("item", "add"), good).status_code == 302
    assert (Item.objects.get().eccn, verbs()[-1]) == ("5A991.b.4", "item.added")


def test_seats_are_given_and_ended_by_an_administrator(
    signed: Any, administrator: User, reviewer: User, officer: User
) -> None:
    client, today = signed(administrator), timezone.localdate()
    body = {"user": reviewer.pk, "body": "energy", "since": str(today - timedelta(days=3))}
    assert signed(officer).post(do("seat", "give"), body).status_code == 403
    assert client.post(do("seat", "give"), body).status_code == 302
    seat = Seat.objects.get(user=reviewer)
    assert (seat.body, seat.until) == ("energy", None)
    again = client.post(do("seat", "give"), body)
    assert again.status_code in (400, 409) and Seat.objects.filter(user=reviewer).count() == 1
    assert client.post(do("seat", seat.pk, "end"), {"until": str(today)}).status_code == 302
    seat.refresh_from_db()
    assert seat.until == today
    assert labels(client.get(reverse("admin:licenses_seat_change", args=[seat.pk]))) == []

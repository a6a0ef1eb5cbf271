"""The second sign-in before signing: recent, possible, and locked after wrong tries."""

from __future__ import annotations

import pytest
from django.urls import reverse

from exportctl.models import User
from tests import factories

pytestmark = pytest.mark.django_db
ASK = "account_reauthenticate"


@pytest.fixture
def case(person, filer, officer, now):
    from licenses import decisions

    found = factories.make_registered(by=filer, officer=officer, at=now)
    decisions.propose(application=found, outcome="return", reason_code="DEFICIENT", justification="x", by=officer,
                      at=now)  # fmt: skip
    return found


def test_signing_asks_in_every_shell_and_once_in_five_minutes(case, approver, signed, api) -> None:
    ways = (
        f"/applications/{case.number}/countersign/",
        f"/admin/licenses/application/{case.pk}/do/countersign/",
    )
    for way in ways:
        assert signed(approver).post(way)["Location"].startswith("/accounts/reauthenticate/"), way
    answer = api(approver).post(f"/api/v1/applications/{case.number}/countersign/", {}, format="json")
    assert (answer.status_code, answer.json()["blockers"][0]["code"]) == (403, "step_up")
    assert answer.json()["blockers"][0]["link"].startswith("/accounts/reauthenticate/")
    client = factories.confirmed(api(approver))
    assert (
        client.post(f"/api/v1/applications/{case.number}/countersign/", {}, format="json").status_code == 200
    )


def test_an_account_with_nothing_to_confirm_with_signs_nothing(case, approver, signed, api) -> None:
    approver.set_unusable_password()
    approver.save()
    approver = User.objects.get(pk=approver.pk)
    page = signed(approver).post(f"/applications/{case.number}/countersign/")
    assert page.status_code == 403 and "neither a password nor a second factor" in page.content.decode()
    assert signed(approver).post(f"/admin/licenses/application/{case.pk}/do/countersign/").status_code == 403
    answer = api(approver).post(f"/api/v1/applications/{case.number}/countersign/", {}, format="json")
    assert (answer.status_code, answer.json()["blockers"][0]["code"]) == (403, "step_up")
    assert case.decisions.made().count() == 0


def test_wrong_passwords_lock_the_second_sign_in(approver, signed) -> None:
    client = signed(approver)
    answers = [client.post(reverse(ASK), {"password": f"wrong {each}"}) for each in range(8)]
    assert answers[0].status_code == 200 and answers[-1].status_code in (200, 429)
    right = client.post(reverse(ASK), {"password": "correct horse battery"})
    assert right.status_code in (200, 429), "the right password does not help after so many wrong ones"

"""Policy holds: they cover, block, are lifted by another, and no approval slips past one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction

from exportctl.errors import Invalid, NotAllowed, Refused
from exportctl.models import Event
from licenses import decisions, holds
from licenses.models import Application, Decision, PolicyHold
from tests import factories
from tests.drill import decisions as drills

from .conftest import codes, fields

pytestmark = pytest.mark.django_db


def propose(case, officer, now, **more):
    return decisions.propose(
        application=case, outcome="approve", justification="Civil use.", by=officer, at=now, **more
    )


@pytest.mark.parametrize(
    ("given", "covered"),
    [
        ({"country": "DE"}, True),
        ({"country": "de", "eccn": "5A991"}, True),
        ({"country": "FR"}, False),
        ({"eccn": "5A"}, True),
        ({"eccn": "3A"}, False),
        ({"country": "DE", "eccn": "3A"}, False),
        ({"group": "Huawei"}, False),
        ({"country": "US"}, False),
    ],
)
def test_a_hold_covers_what_fits_all_it_names(registered, officer, approver, now, given, covered) -> None:
    propose(registered, officer, now)
    hold = holds.place(reason="Approvals stop.", by=officer, at=now, **given)
    assert holds.pending(hold) == ([registered] if covered else [])
    if covered:
        with pytest.raises(Refused) as refused:
            decisions.countersign(application=registered, by=approver, at=now)
        assert codes(refused) == {"policy_hold"}
        holds.lift(hold=hold, reason="Over.", by=approver, at=now)
    assert decisions.countersign(application=registered, by=approver, at=now).state == "made"


def test_a_hold_on_a_party_and_on_a_group(huawei, filer, officer, now) -> None:
    case = factories.make_registered(by=filer, officer=officer, customer=huawei, at=now)
    by_party = holds.place(reason="Stop.", party=huawei, by=officer, at=now)
    by_group = holds.place(reason="Stop.", group="Huawei", by=officer, at=now)
    case = Application.objects.with_dossier().get(pk=case.pk)
    assert holds.covering(case) == [by_party, by_group]


def test_a_hold_stands_against_no_return(registered, officer, approver, now) -> None:
    holds.place(reason="Stop.", country="DE", by=officer, at=now)
    decisions.propose(application=registered, outcome="return", reason_code="DEFICIENT", justification="x",
                      by=officer, at=now)  # fmt: skip
    assert decisions.countersign(application=registered, by=approver, at=now).state == "made"


def test_a_hold_stands_before_filing_with_the_agency(customer, filer, officer, approver, now) -> None:
    from licenses import applications

    case = factories.make_submitted(by=filer, customer=customer, route="company", at=now)
    applications.begin_review(application=case, by=officer, at=now)
    holds.place(reason="Stop.", country="DE", by=officer, at=now)
    with pytest.raises(Refused) as refused:
        applications.mark_filed(application=case, external_number="Z1", by=approver, at=now)
    assert codes(refused) == {"policy_hold"}


def test_place_and_lift_refuse_bad_input(officer, filer, approver, now) -> None:
    for given, named in (
        ({"reason": " ", "country": "DE"}, {"reason"}),
        ({"reason": "x"}, {"party"}),
        ({"reason": "x", "country": "ZZ"}, {"country"}),
        ({"reason": "x", "eccn": "3A" * 20}, {"eccn"}),
        ({"reason": "x", "group": "a\x00"}, {"group"}),
    ):
        with pytest.raises(Invalid) as refused:
            holds.place(by=officer, at=now, **given)
        assert fields(refused) == named, given
    with pytest.raises(NotAllowed):
        holds.place(reason="x", country="DE", by=filer, at=now)
    hold = holds.place(reason="x", country="DE", by=approver, at=now)
    with pytest.raises(Refused) as same:
        holds.lift(hold=hold, reason="x", by=approver, at=now)
    assert codes(same) == {"same_person"}
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        PolicyHold.objects.update(lifted_by=approver, lifted_at=now, lift_reason="x")


def test_pages_preview_place_and_lift(registered, officer, approver, signed) -> None:
    client = signed(officer)
    told = {"country": "DE", "reason": "Approvals stop."}
    seen = client.post("/policies/holds/place/", told | {"preview": "1"})
    assert seen.context["preview"]["count"] == 1 and registered.number in seen.content.decode()
    assert not PolicyHold.objects.exists()
    assert client.post("/policies/holds/place/", {"reason": "x"}).status_code == 400
    assert client.post("/policies/holds/place/", told).status_code == 302
    hold = PolicyHold.objects.get()
    assert client.post(f"/policies/holds/{hold.pk}/lift/", {"reason": "x"}).status_code == 403
    assert signed(approver).post(f"/policies/holds/{hold.pk}/lift/", {"reason": ""}).status_code == 400
    assert signed(approver).post(f"/policies/holds/{hold.pk}/lift/", {"reason": "Over."}).status_code == 302
    assert b"Over." in client.get("/policies/holds/").content


def test_holds_over_the_api(api, officer, approver, filer) -> None:
    url = "/api/v1/policy-holds/"
    assert api(filer).post(url, {"country": "DE", "reason": "x"}, format="json").status_code == 403
    wrong = api(officer).post(url, {"reason": "x"}, format="json")
    assert (wrong.status_code, wrong.json()["blockers"][0]["field"]) == (400, "party")
    hold = api(officer).post(url, {"country": "DE", "reason": "Stop."}, format="json").json()
    assert [each["id"] for each in api(filer).get(url, {"standing": "true"}).json()["results"]] == [
        hold["id"]
    ]
    lifted = api(approver).post(f"{url}{hold['id']}/lift/", {"reason": "Over."}, format="json")
    assert lifted.status_code == 200 and lifted.json()["lift_reason"] == "Over."
    assert api(filer).get(url, {"standing": "true"}).json()["results"] == []
    assert Event.objects.filter(verb__in=("policy.held", "policy.lifted")).count() == 2


@pytest.mark.django_db(transaction=True)
def test_no_approval_commits_after_a_hold() -> None:
    """T19, quick."""
    said, right = drills.hold_races_approval(False)
    assert right, said


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", ["approve", "hold"])
def test_an_approval_and_a_hold_wait_for_each_other(registered, officer, approver, now, act) -> None:
    """While one is under way in another transaction, the other does not get past it."""
    propose(registered, officer, now)
    taken = {"approve": "pg_advisory_xact_lock", "hold": "pg_advisory_xact_lock_shared"}[act]
    calls = {
        "approve": lambda: decisions.countersign(application=registered, by=approver, at=now),
        "hold": lambda: holds.place(reason="Stop.", country="FR", by=officer, at=now),
    }

    def call() -> object:
        try:
            return calls[act]()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT {taken}(%s)", [holds.LOCK])
            waiting = pool.submit(call)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=1)
        assert isinstance(waiting.result(timeout=30), (Decision, PolicyHold))

"""Licenses, shipments and reversals over the API."""

from __future__ import annotations

from datetime import timedelta

import pytest

from licenses import issued
from licenses.models import Movement
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/api/v1/licenses/"
BODY = {"line": 1, "quantity": "4", "shipped_on": "2026-08-06"}


def test_ship_with_the_header_key_replays(api, integration, license) -> None:
    client = api(integration)
    responses = [
        client.post(f"{URL}{license.number}/ship/", BODY, format="json", headers={"Idempotency-Key": "erp-1"})
        for _ in range(2)
    ]
    assert [each.status_code for each in responses] == [201, 201]
    assert responses[0].json() == responses[1].json()
    assert (responses[0].json()["value"], Movement.objects.count()) == ("86.00", 1)
    other = client.post(
        f"{URL}{license.number}/ship/",
        BODY | {"quantity": "5"},
        format="json",
        headers={"Idempotency-Key": "erp-1"},
    )
    assert (other.status_code, other.json()["blockers"][0]["code"]) == (409, "key_reused")


def test_ship_refuses_with_all_reasons(api, filer, officer, license, now, today) -> None:
    issued.suspend(license=license, reason="x", by=officer, at=now, on=today)
    body = BODY | {"quantity": "11", "value": "1000.00", "idempotency_key": "k"}
    response = api(filer).post(f"{URL}{license.number}/ship/", body, format="json")
    assert response.status_code == 409
    assert {each["code"] for each in response.json()["blockers"]} == {
        "suspended",
        "over_quantity",
        "over_value",
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quantity": "x"}, "quantity"),
        ({"quantity": None}, "quantity"),
        ({"shipped_on": "tomorrow"}, "shipped_on"),
        ({"line": "one"}, "line"),
        ({"idempotency_key": "k" * 101}, "idempotency_key"),
        ({"idempotency_key": None}, "idempotency_key"),
    ],
)
def test_ship_refuses_a_wrong_body(api, filer, license, change, field) -> None:
    response = api(filer).post(
        f"{URL}{license.number}/ship/", BODY | {"idempotency_key": "k"} | change, format="json"
    )
    assert response.status_code == 400
    assert [each["field"] for each in response.json()["blockers"]] == [field]
    assert not Movement.objects.exists()


def test_ship_without_any_key_or_line_is_refused(api, filer, license) -> None:
    response = api(filer).post(f"{URL}{license.number}/ship/", BODY, format="json")
    assert [each["field"] for each in response.json()["blockers"]] == ["idempotency_key"]
    response = api(filer).post(
        f"{URL}{license.number}/ship/", BODY | {"line": 2, "idempotency_key": "k"}, format="json"
    )
    assert response.status_code == 404


def test_reverse_shows_in_the_ledger(api, filer, officer, license) -> None:
    entry = (
        api(filer).post(f"{URL}{license.number}/ship/", BODY | {"idempotency_key": "k"}, format="json").json()
    )
    body = {"movement": entry["id"], "reason": "Wrong license.", "idempotency_key": "r"}
    assert api(filer).post(f"{URL}{license.number}/reverse/", body, format="json").status_code == 403
    reversal = api(officer).post(f"{URL}{license.number}/reverse/", body, format="json")
    assert (reversal.status_code, reversal.json()["reverses"]) == (201, entry["id"])
    shown = api(filer).get(f"{URL}{license.number}/").json()
    assert [(each["kind"], each["quantity"]) for each in shown["ledger"]] == [
        ("shipment", "4.000"),
        ("reversal", "-4.000"),
    ]
    assert (shown["lines"][0]["left"], shown["lines"][0]["used_percent"], shown["state"]) == (
        "10.000",
        0,
        "active",
    )
    missing = api(officer).post(f"{URL}{license.number}/reverse/", body | {"movement": 10**9}, format="json")
    assert missing.status_code == 404


def test_scope(api, filer, stranger, auditor, license) -> None:
    assert api(filer).get(URL).json()["results"][0]["number"] == license.number
    for address in (f"{URL}{license.number}/", f"{URL}D0000000/"):
        assert api(stranger).get(address).status_code == 404
    body = BODY | {"idempotency_key": "k"}
    assert api(stranger).post(f"{URL}{license.number}/ship/", body, format="json").status_code == 404
    assert api(auditor).post(f"{URL}{license.number}/ship/", body, format="json").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_at_most_eight_queries(
    api, officer, filer, approver, customer, now, count, django_assert_num_queries
) -> None:
    for _ in range(count):
        factories.make_license(
            by=filer, officer=officer, approver=approver, customer=customer, at=now - timedelta(days=1)
        )
    client = api(officer)
    with django_assert_num_queries(6):
        assert len(client.get(URL).json()["results"]) == count

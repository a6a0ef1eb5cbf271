"""The whole product over the API: party, hit, adjudication, application, positions, two-person decision,
license, shipment, report."""

from __future__ import annotations

import csv
import io

import pytest
from django.utils import timezone

from exportctl import audit, outbox
from exportctl.models import Event
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def test_chain_over_the_api(
    api, seeded, filer, officer, defense, approver, senior, auditor, published_list
) -> None:
    filer_api, officer_api, defense_api = api(filer), api(officer), api(defense)
    approver_api, senior_api, auditor_api = api(approver), api(senior), api(auditor)

    # party -> hit
    exporter = filer.memberships.get().party
    made = officer_api.post(
        "/api/v1/parties/",
        {
            "name": "Hua Wei Technologies Co Ltd",
            "country": "CN",
            "addresses": [{"city": "Shenzhen", "country": "CN"}],
        },
        format="json",
    )
    assert made.status_code == 201, made.json()
    party = made.json()["id"]
    outbox.drain()
    hits = officer_api.get("/api/v1/hits/", {"party": party, "status": "open"}).json()["results"]
    assert "Huawei Technologies Co., Ltd. (Huawei)" in {hit["listed_name"] for hit in hits}

    # application, filed while the hits are open
    item = officer_api.post(
        "/api/v1/items/",
        {"part_number": "T-1", "name": "Modem", "eccn": "5A991.b.4", "description": "LTE"},
        format="json",
    ).json()
    draft = filer_api.post("/api/v1/applications/", {"applicant": exporter.pk}, format="json")
    assert draft.status_code == 201, draft.json()
    number, version = draft.json()["number"], draft.json()["version"]
    early = filer_api.post(f"/api/v1/applications/{number}/submit/", {}, format="json")
    assert early.status_code == 409
    assert early["content-type"] == "application/problem+json"
    assert {gap["field"] for gap in early.json()["blockers"]} >= {"end_use", "lines", "ultimate_consignee"}
    saved = filer_api.patch(
        f"/api/v1/applications/{number}/",
        {
            "version": version,
            "contact_person": "Maya Torres",
            "telephone": "+1 555 0100",
            "end_use": "Handsets for consumers; no 5G mode.",
            "no_intermediate": "none",
            "capacity": "exporter",
            "already_exported": "no",
            "detained": "no",
            "roles": [{"role": "ultimate_consignee", "party": party}, {"role": "end_user", "party": party}],
            "lines": [{"item": item["id"], "quantity": "100", "unit_price": "21.50"}],
        },
        format="json",
    )
    assert saved.status_code == 200, saved.json()
    submitted = filer_api.post(f"/api/v1/applications/{number}/submit/", {}, format="json")
    assert submitted.status_code == 200, submitted.json()
    outbox.drain()

    # positions
    case = f"/api/v1/applications/{number}"
    assert officer_api.post(f"{case}/register/", {}, format="json").status_code == 200
    assert officer_api.post(f"{case}/refer/", {"bodies": ["defense"]}, format="json").status_code == 200
    position = {"body": "defense", "position": "approve_conditions", "reason": "Below 5G."}
    assert defense_api.post(f"{case}/recommend/", position, format="json").status_code == 200
    condition = {"code": "END_USE_ONLY", "text": "No 5G use.", "origin": "defense"}
    proposed = defense_api.post(f"{case}/propose_condition/", condition, format="json")
    assert proposed.status_code == 200, proposed.json()

    # a decision waits for hits and conditions, all blockers at once
    outcome = {
        "outcome": "approve_conditions",
        "justification": "Below 5G, handsets only.",
        "legal_basis": "744.11",
        "override": "Handsets without a 5G mode serve no network.",
    }
    assert officer_api.post(f"{case}/propose_decision/", outcome, format="json").status_code == 200
    factories.confirmed(approver_api)
    refused = approver_api.post(f"{case}/countersign/", {}, format="json")
    assert refused.status_code == 409
    assert {blocker["code"] for blocker in refused.json()["blockers"]} == {
        "hit_open", "condition_open", "senior_needed",
    }  # fmt: skip

    # adjudication by two people
    for hit in hits:
        verdict = {"outcome": "true_match", "reason": "same_group", "note": "Same company."}
        judged = officer_api.post(f"/api/v1/hits/{hit['id']}/propose/", verdict, format="json")
        assert judged.status_code == 200, judged.json()
        assert officer_api.post(f"/api/v1/hits/{hit['id']}/agree/", {}, format="json").status_code == 403
        assert approver_api.post(f"/api/v1/hits/{hit['id']}/agree/", {}, format="json").status_code == 200
    accepted = filer_api.post(f"{case}/accept_condition/", {"number": 1}, format="json")
    assert accepted.status_code == 200, accepted.json()

    # two-person decision -> license
    factories.confirmed(senior_api)
    countersigned = senior_api.post(f"{case}/countersign/", {}, format="json")
    assert countersigned.status_code == 200, countersigned.json()
    decisions = auditor_api.get("/api/v1/decisions/", {"outcome": "approve_conditions"}).json()["results"]
    assert [decision["application"] for decision in decisions] == [number]
    license = filer_api.get("/api/v1/licenses/").json()["results"][0]
    assert license["application"] == number

    # shipment
    line = license["lines"][0]["number"]
    shipment = {
        "line": line,
        "quantity": "60",
        "shipped_on": str(timezone.localdate()),
        "idempotency_key": "k-1",
    }
    ship = f"/api/v1/licenses/{license['number']}/ship/"
    first = filer_api.post(ship, shipment, format="json")
    assert first.status_code in (200, 201), first.json()
    again = filer_api.post(ship, shipment, format="json")
    assert again.json() == first.json()
    too_much = filer_api.post(ship, shipment | {"quantity": "41", "idempotency_key": "k-2"}, format="json")
    assert too_much.status_code == 409
    left = filer_api.get(f"/api/v1/licenses/{license['number']}/").json()["lines"][0]["left"]
    assert left == "40.000"

    # report and proof
    auditor_api.force_login(auditor)
    report = auditor_api.get("/reports/decisions/", {"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(b"".join(report.streaming_content).decode("utf-8-sig"))))
    assert [(row["Application"], row["Outcome"]) for row in rows] == [(number, "approve_conditions")]
    assert Event.objects.filter(verb="report.finished").count() == 1
    found = audit.verify()
    assert found.ok, found.reason

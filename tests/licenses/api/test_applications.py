"""Applications over the API: drafts, the dossier, an action a row of the table, scope, bad input."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from licenses import assignments, conditions, decisions, review, seats, workflow
from licenses.api.applications import ApplicationViewSet
from licenses.models import Application
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/api/v1/applications/"


def problem(response, status: int) -> dict:
    assert response.status_code == status, response.json()
    assert response["content-type"] == "application/problem+json"
    return response.json()


def blockers(response, status: int) -> set[tuple[str, str]]:
    return {(each["code"], each.get("field", "")) for each in problem(response, status)["blockers"]}


def test_every_row_of_the_table_is_an_action() -> None:
    actions = {each.__name__ for each in ApplicationViewSet.get_extra_actions() if "post" in each.mapping}
    table = {row.action for row in workflow.TRANSITIONS}
    assert actions == table - {"edit", "lapse"} | {"agency_status"}  # a note, and no step of the table


def test_create_and_save_a_draft(api, filer, company, customer) -> None:
    client = api(filer)
    made = client.post(URL, {"applicant": company.pk, "contact_person": "Fay"}, format="json")
    assert made.status_code == 201, made.json()
    number = made.json()["number"]
    assert (made.json()["status"], made.json()["version"], made.json()["contact_person"]) == (
        "draft",
        1,
        "Fay",
    )
    item = factories.make_item(by=filer)
    saved = client.patch(
        f"{URL}{number}/",
        {
            "version": 1, "telephone": "+1 555 0100",
            "roles": [{"role": "ultimate_consignee", "party": customer.pk}],
            "lines": [{"item": item.pk, "quantity": "2.5", "unit_price": "10.01"}],
        },
        format="json",
    )  # fmt: skip
    assert saved.status_code == 200, saved.json()
    body = saved.json()
    assert [(each["role"], each["party"]["name"]) for each in body["parties"]] == [
        ("applicant", company.name), ("ultimate_consignee", customer.name),
    ]  # fmt: skip
    assert [(each["number"], each["quantity"], each["total_price"]) for each in body["lines"]] == [
        (1, "2.500", "25.03")
    ]
    assert [(each["action"], each["allowed"]) for each in body["allowed_actions"]] == [
        ("edit", True), ("submit", False), ("withdraw", True),
    ]  # fmt: skip
    assert {each["field"] for each in body["allowed_actions"][1]["blockers"]} == {
        "end_use", "no_intermediate", "capacity", "already_exported", "detained",
    }  # fmt: skip


def test_patch_over_a_newer_version_names_what_differs(api, filer, draft) -> None:
    client = api(filer)
    assert (
        client.patch(f"{URL}{draft.number}/", {"version": 2, "end_use": "Radar."}, format="json").status_code
        == 200
    )
    late = client.patch(f"{URL}{draft.number}/", {"version": 2, "end_use": "Radio."}, format="json")
    assert blockers(late, 409) == {("stale_version", "version"), ("changed", "end_use")}
    assert Application.objects.get(pk=draft.pk).end_use == "Radar."


def test_wrong_bodies_name_the_field_and_write_nothing(api, filer, company, draft, stranger) -> None:
    client = api(filer)
    foreign = stranger.memberships.get().party
    for body, field in (
        ({}, "applicant"),
        ({"applicant": "x"}, "applicant"),
        ({"applicant": foreign.pk}, "applicant"),
        ({"applicant": company.pk, "kind": "GIFT"}, "kind"),
        ({"applicant": company.pk, "end_use": ["x"]}, "end_use"),
    ):
        assert {name for _, name in blockers(client.post(URL, body, format="json"), 400)} == {field}, body
    for body, field in (
        ({"version": "new"}, "version"),
        ({"version": 2, "roles": {"role": "x"}}, "roles.non_field_errors"),
        ({"version": 2, "roles": [{"role": "king", "party": company.pk}]}, "roles.0.role"),
        ({"version": 2, "lines": [{"item": 0, "quantity": "many", "unit_price": "1"}]}, "lines.0.item"),
        ({"version": 2, "telephone": "1" * 31}, "telephone"),
    ):
        assert field in {
            name for _, name in blockers(client.patch(f"{URL}{draft.number}/", body, format="json"), 400)
        }
    unread = client.patch(f"{URL}{draft.number}/", {"end_use": "x"}, format="json")
    assert blockers(unread, 428) == {("version_missing", "version")}
    broken = client.post(URL, "{", content_type="application/json")
    assert problem(broken, 400)["blockers"][0]["code"] == "parse_error"
    assert client.post(URL, "a=b", content_type="text/plain").status_code == 415
    assert (Application.objects.count(), Application.objects.get().version) == (1, 2)


def test_scope_and_permissions(
    api, filer, stranger, state, defense, auditor, integration, administrator, referred, now
) -> None:
    address = f"{URL}{referred.number}/"
    for user, status in ((filer, 200), (stranger, 404), (auditor, 200), (integration, 200)):
        assert api(user).get(address).status_code == status, user
    problem(api().get(address), 401)
    assert api(defense).get(address).status_code == 200
    other = factories.make_draft(by=stranger)
    seat = state.seats.get()
    assert api(state).get(address).status_code == 200
    seats.end(seat=seat, until=now.date(), by=administrator, at=now)
    problem(api(state).get(address), 404)
    problem(api(defense).get(f"{URL}{other.number}/"), 404)
    assert [each["number"] for each in api(stranger).get(URL).json()["results"]] == [other.number]
    assert blockers(api(auditor).post(f"{address}withdraw/", {}, format="json"), 403) == {
        ("not_permitted", "")
    }
    assert blockers(api(integration).post(f"{address}withdraw/", {}, format="json"), 403) == {
        ("person_required", "")
    }
    problem(api(stranger).post(f"{address}withdraw/", {}, format="json"), 404)


def test_dossier_shows_lanes_conditions_clock_and_blockers(
    api, approver, officer, defense, referred, now
) -> None:
    conditions.propose(
        application=referred, code="OTHER", text="No 5G use.", origin="defense", by=defense, at=now
    )
    review.stop_clock(application=referred, reason="PLC", note="Site visit", by=officer, at=now)
    decisions.propose(
        application=referred, outcome="approve_conditions", justification="Fine.", by=officer, at=now
    )
    body = api(approver).get(f"{URL}{referred.number}/").json()
    assert [each["body"] for each in body["lanes"]] == ["defense", "state"]
    assert [(each["number"], each["text"], each["accepted_by"]) for each in body["conditions"]] == [
        (1, "No 5G use.", "")
    ]
    assert [(each["reason"], each["ended_at"]) for each in body["stops"]] == [("PLC", None)]
    assert (body["clock"]["running"], body["clock"]["net"]) == (False, 4)
    assert [(each["outcome"], each["state"], each["license"]) for each in body["decisions"]] == [
        ("approve_conditions", "proposed", ""),
    ]  # fmt: skip
    countersign = next(each for each in body["allowed_actions"] if each["action"] == "countersign")
    found = {each["code"] for each in countersign["blockers"]}
    assert {"clock_stopped", "condition_open"} <= found
    refused = factories.confirmed(api(approver)).post(
        f"{URL}{referred.number}/countersign/", {}, format="json"
    )
    assert {code for code, _ in blockers(refused, 409)} == found


def test_an_intent_to_deny_reads_as_denied_from_day_45(
    api, officer, approver, auditor, registered, now
) -> None:
    at = now - timedelta(days=1)
    decisions.propose(
        application=registered,
        outcome="intend_to_deny",
        justification="x",
        legal_basis="744.11",
        **factories.PARTICULARS,
        by=officer,
        at=at,
    )
    decisions.countersign(application=registered, by=approver, at=at)
    body = api(auditor).get(f"{URL}{registered.number}/").json()
    final = (at + timedelta(days=45)).date()
    assert body["final_on"] == str(final)
    assert body["status"] == ("denied" if timezone.localdate() >= final else "intent_to_deny")


def test_actions_over_the_api(api, filer, officer, approver, defense, draft, drain) -> None:
    case = f"{URL}{draft.number}/"

    def post(user, action, **body):
        response = api(user).post(f"{case}{action}/", body, format="json")
        assert response.status_code == 200, response.json()
        return response.json()

    assert post(filer, "submit")["status"] == "submitted"
    drain()
    assert post(officer, "register")["status"] == "registered"
    assert post(officer, "refer", bodies=["defense"])["status"] == "referred"
    assert (
        post(defense, "recommend", body="defense", position="no_objection")["lanes"][0]["state"] == "answered"
    )
    post(defense, "propose_condition", code="OTHER", text="x", origin="defense")
    post(defense, "change_condition", number=1, text="x, and only so")
    post(officer, "agree_condition", number=1)
    post(filer, "decline_condition", number=1, reason="Cannot be kept.")
    post(defense, "remove_condition", number=1, reason="Covered by the next.")
    post(officer, "propose_condition", code="ACKNOWLEDGEMENT", params={"days": "30"}, origin="state")
    post(filer, "accept_condition", number=2)
    post(officer, "stop_clock", reason="PLC")
    post(officer, "resume_clock")
    post(officer, "propose_decision", outcome="approve_conditions", justification="Fine.")
    post(approver, "send_back", reason="More.")
    post(officer, "propose_decision", outcome="approve_conditions", justification="Fine; more.")
    unsure = api(approver).post(f"{case}countersign/", {"expires_on": "2030-01-31"}, format="json")
    assert blockers(unsure, 403) == {("step_up", "")}
    assert draft.decisions.made().count() == 0
    client = factories.confirmed(api(approver))
    done = client.post(f"{case}countersign/", {"expires_on": "2030-01-31"}, format="json").json()
    assert (done["status"], done["license"][0]) == ("approved_conditions", "D")
    assert [each["action"] for each in done["allowed_actions"] if each["allowed"]] == ["waive_condition"]
    file = SimpleUploadedFile("signed.pdf", b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
    kept = api(filer).post(f"{case}documents/", {"file": file, "kind": "other"}, format="multipart").json()
    shown = post(filer, "meet_condition", number=2, evidence=kept["id"], note="Signed.")["conditions"][1]
    assert (shown["state"], shown["steps"][-1]["kind"]) == ("met", "met")
    assert post(approver, "waive_condition", number=2, reason="Done.")["conditions"][1]["state"] == "waived"
    missing = api(filer).post(f"{case}accept_condition/", {"number": 9}, format="json")
    problem(missing, 404)


def test_company_route_over_the_api(api, filer, officer, approver, customer, drain) -> None:
    draft = factories.make_draft(by=filer, customer=customer, route="company")
    case = f"{URL}{draft.number}/"
    decision = {
        "outcome": "approve", "justification": "Letter.", "decided_on": str(timezone.localdate()),
        "no_document": "Seen in SNAP-R only.",
    }  # fmt: skip
    steps = (
        (filer, "submit", {}),
        (officer, "begin_review", {}),
        (approver, "mark_filed", {"external_number": "Z1"}),
        (officer, "record_decision", decision),
    )
    for user, action, body in steps:
        response = api(user).post(f"{case}{action}/", body, format="json")
        assert response.status_code == 200, response.json()
        drain()
    assert response.json()["status"] == "approved"
    assert response.json()["decisions"][0]["authority"] == "BIS"


def test_record_decision_takes_the_agencys_document(api, filed, officer) -> None:
    path, paper = f"{URL}{filed.number}/record_decision/", b"%PDF-1.7\ntrailer<<>>\n%%EOF\n"
    body = {"outcome": "approve", "justification": "Letter.", "decided_on": str(timezone.localdate())}
    client = api(officer)
    assert blockers(client.post(path, body, format="json"), 400) == {("invalid", "file")}
    file = SimpleUploadedFile("license.pdf", paper)
    answer = client.post(path, {**body, "file": file}, format="multipart")
    assert answer.status_code == 200, answer.json()
    (decision,) = answer.json()["decisions"]
    assert (decision["no_document"], answer.json()["documents"][0]["kind"]) == ("", "agency_decision")
    assert b"".join(client.get(decision["document"]).streaming_content) == paper


def test_list_filters_by_status_and_name(api, officer, filer, customer, submitted, now) -> None:
    draft = factories.make_draft(by=filer, customer=factories.make_party(by=filer, name="Lumen Reef"), at=now)
    client = api(officer)

    def numbers(**query):
        return [each["number"] for each in client.get(URL, query).json()["results"]]

    assert numbers() == [draft.number, submitted.number]
    assert numbers(status="draft") == [draft.number]
    assert numbers(status=["draft", "submitted"]) == [draft.number, submitted.number]
    assert numbers(q="lumen") == [draft.number]
    assert numbers(q=submitted.number.lower()) == [submitted.number]
    assert blockers(client.get(URL, {"status": "nowhere"}), 400) == {("invalid_choice", "status")}


def test_list_pages_by_key(api, officer, filer, customer, now) -> None:
    for _ in range(3):
        factories.make_draft(by=filer, customer=customer, at=now)
    client = api(officer)
    first = client.get(URL, {"page_size": 2}).json()
    second = client.get(first["next"]).json()
    numbers = [each["number"] for each in first["results"] + second["results"]]
    assert numbers == sorted(numbers, reverse=True)
    assert (len(numbers), second["next"]) == (3, None)


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_at_most_eight_queries(
    api, officer, filer, defense, customer, now, count, django_assert_num_queries
) -> None:
    for _ in range(count):
        case = factories.make_registered(by=filer, officer=officer, customer=customer, at=now)
        case = review.refer(application=case, bodies=["defense", "state"], by=officer, at=now)
        assignments.assign(application=case, to=officer, by=officer, at=now)
        assignments.assign(application=case, to=defense, body="defense", by=defense, at=now)
    client = api(officer)
    with django_assert_num_queries(7):
        assert len(client.get(URL).json()["results"]) == count


def test_dossier_takes_a_fixed_number_of_queries(
    api, officer, approver, defense, referred, now, django_assert_num_queries
) -> None:
    client = api(officer)
    address = f"{URL}{referred.number}/"
    with django_assert_num_queries(26) as few:
        client.get(address)
    for text in ("a", "b", "c"):
        conditions.propose(
            application=referred, code="OTHER", text=text, origin="defense", by=defense, at=now
        )
        decisions.propose(application=referred, outcome="approve", justification=text, by=officer, at=now)
        decisions.send_back(application=referred, reason=text, by=approver, at=now)
        review.recommend(
            application=referred, body="defense", position="approve", reason=text, by=defense, at=now
        )
    with django_assert_num_queries(
        len(few.captured_queries) + 7
    ):  # people, steps, the licenses and lines of decisions
        client.get(address)

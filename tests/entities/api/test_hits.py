import pytest
from django.utils import timezone

from entities.models import Hit
from tests.factories import make_party

URL = "/api/v1/hits/"
NAME = "Kestrel Avionics Research Institute"
TRUE = {"outcome": "true_match", "reason": "same_address", "note": "Seen."}


@pytest.fixture
def hit(officer, kestrel, drain):
    kestrel()
    party = make_party(by=officer, at=timezone.now(), name=NAME, country="CN")
    drain()
    return party.hits.get()


def fields(answer):
    return sorted(blocker.get("field", "") for blocker in answer.json()["blockers"])


def test_two_people_judge_a_hit(api, hit, officer, approver):
    answer = api(officer).post(f"{URL}{hit.pk}/propose/", TRUE, format="json")
    assert (answer.status_code, answer.json()["status"], answer.json()["proposed_by"]) == (
        200,
        "proposed",
        "Olive Officer",
    )
    assert [(one["action"], one["allowed"]) for one in answer.json()["allowed_actions"]] == [
        ("assign", True),
        ("undo", True),
    ]
    told = api(approver).get(f"{URL}{hit.pk}/").json()
    assert [(one["action"], one["allowed"]) for one in told["allowed_actions"]] == [
        ("assign", True),
        ("agree", True),
        ("send_back", True),
        ("undo", False),
    ]
    answer = api(approver).post(f"{URL}{hit.pk}/agree/")
    assert (answer.status_code, answer.json()["status"], answer.json()["agreed_by"]) == (
        200,
        "closed",
        "Anna Approver",
    )


def test_agree_to_ones_own_proposal_is_409_with_the_reason(api, hit, approver):
    client = api(approver)
    client.post(f"{URL}{hit.pk}/propose/", TRUE, format="json")
    answer = client.post(f"{URL}{hit.pk}/agree/")
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert [one["code"] for one in answer.json()["blockers"]] == ["same_person"]
    assert Hit.objects.get(pk=hit.pk).status == "proposed"


def test_send_back_and_reopen_need_a_reason(api, hit, officer, approver):
    api(officer).post(f"{URL}{hit.pk}/propose/", TRUE, format="json")
    client = api(approver)
    assert fields(client.post(f"{URL}{hit.pk}/send-back/", {}, format="json")) == ["reason"]
    assert (
        client.post(f"{URL}{hit.pk}/send-back/", {"reason": "Look again"}, format="json").json()["status"]
        == "open"
    )
    api(officer).post(f"{URL}{hit.pk}/propose/", TRUE, format="json")
    client.post(f"{URL}{hit.pk}/agree/")
    assert (
        client.post(f"{URL}{hit.pk}/reopen/", {"reason": "New facts"}, format="json").json()["status"]
        == "open"
    )


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["outcome", "reason"]),
        ({"outcome": "maybe", "reason": "whim"}, ["outcome", "reason"]),
        ({"outcome": "false_positive", "reason": "different_place"}, ["differing_fact"]),
        ({"outcome": "true_match", "reason": "different_place", "note": {}}, ["note"]),
        ({"outcome": "true_match", "reason": "different_place", "differing_fact": "x"}, ["note", "reason"]),
    ],
)
def test_propose_of_a_wrong_body_names_every_field(api, hit, officer, body, named):
    answer = api(officer).post(f"{URL}{hit.pk}/propose/", body, format="json")
    assert (answer.status_code, answer["Content-Type"], fields(answer)) == (
        400,
        "application/problem+json",
        named,
    )
    assert Hit.objects.get(pk=hit.pk).status == "open"


def test_propose_by_a_machine_is_403(api, hit, integration):
    answer = api(integration).post(f"{URL}{hit.pk}/propose/", TRUE, format="json")
    assert (answer.status_code, answer.json()["blockers"][0]["code"]) == (403, "person_required")


def test_retrieve_tells_the_explanation_and_the_listing(api, hit, auditor):
    told = api(auditor).get(f"{URL}{hit.pk}/").json()
    assert told["explanation"]["listed"] == NAME
    assert told["listed_party"]["listings"][0]["citations"] == ["84 FR 22961"]
    assert told["allowed_actions"] == []


def test_a_hit_on_a_party_of_others_is_404(api, kestrel, drain, filer, stranger):
    kestrel()
    party = make_party(by=filer, at=timezone.now(), name=NAME, country="CN", shared=False)
    drain()
    hit = party.hits.get()
    assert api(filer).get(f"{URL}{hit.pk}/").status_code == 200
    assert api(stranger).get(f"{URL}{hit.pk}/").status_code == 404
    assert api(stranger).post(f"{URL}{hit.pk}/propose/", TRUE, format="json").status_code == 404
    assert api(stranger).get(URL).json()["results"] == []


def test_list_filters_and_refuses_an_unknown_status(api, hit, officer):
    client = api(officer)
    assert [
        one["id"]
        for one in client.get(URL, {"status": ["open", "proposed"], "band": "strong"}).json()["results"]
    ] == [hit.pk]
    assert client.get(URL, {"status": "closed"}).json()["results"] == []
    assert [one["lists"] for one in client.get(URL, {"list": "EL"}).json()["results"]] == [["EL"]]
    assert client.get(URL, {"list": "SDN"}).json()["results"] == []
    answer = client.get(URL, {"status": "shut"})
    assert (answer.status_code, fields(answer)) == (400, ["status"])


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_the_same_few_queries(
    api, kestrel, drain, officer, integration, count, django_assert_num_queries
):
    kestrel()
    for _ in range(count):
        make_party(by=officer, at=timezone.now(), name=NAME, country="CN")
    drain()
    client = api(integration)
    client.get(URL)
    with django_assert_num_queries(4):
        assert len(client.get(URL).json()["results"]) == count

import pytest

from entities.matching.score import ENGINE
from entities.models import Hit, Screening
from exportctl.models import Event

URL = "/api/v1/screenings/"
NAME = "Kestrel Avionics Research Institute"


def test_one_name_is_answered_and_nothing_is_stored(api, kestrel, integration):
    kestrel()
    client = api(integration)
    before = Event.objects.count()
    answer = client.post(URL, {"name": NAME, "country": "cn"}, format="json")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["engine"], told["list_versions"]) == (f"{ENGINE}+0", {"csl": 1})
    [hit] = told["results"][0]["hits"]
    assert (hit["score"], hit["band"], hit["list"], hit["key"], hit["matched_name"]) == (
        100, "strong", "EL", "EL:kestrel avionics research institute:CN", NAME,
    )  # fmt: skip
    assert hit["explanation"]["words"]
    assert (Event.objects.count(), Screening.objects.count(), Hit.objects.count()) == (before, 0, 0)


def test_a_batch_is_answered_in_order(api, kestrel, integration):
    kestrel()
    queries = [{"id": str(n), "name": NAME if n % 2 else "Nordhafen Maschinenbau GmbH"} for n in range(100)]
    told = api(integration).post(URL, {"queries": queries}, format="json").json()["results"]
    assert [(one["id"], len(one["hits"])) for one in told] == [(str(n), n % 2) for n in range(100)]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "name"),
        ({"name": NAME, "queries": [{"name": NAME}]}, "name"),
        ({"name": {"text": NAME}}, "name"),
        ({"name": NAME, "country": "China"}, "country"),
        ({"queries": [{"name": NAME}] * 1001}, "queries.non_field_errors"),
        ({"queries": []}, "queries.non_field_errors"),
        ({"queries": [{"name": NAME}, {"id": "2"}]}, "queries.1.name"),
        ({"name": NAME, "limit": "many"}, "limit"),
        ({"name": NAME, "identifiers": [{"kind": "HRB"}]}, "identifiers.0.value"),
    ],
)
def test_a_wrong_body_names_the_field(api, kestrel, integration, body, named):
    kestrel()
    answer = api(integration).post(URL, body, format="json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert [blocker["field"] for blocker in answer.json()["blockers"]] == [named]


def test_without_a_list_in_force_the_answer_is_no_clearance(api, integration):
    answer = api(integration).post(URL, {"name": NAME}, format="json")
    assert (answer.status_code, answer.json()["blockers"][0]["code"]) == (409, "no_list")


def test_without_the_role_or_the_scope_it_is_403(api, kestrel, auditor, integration):
    kestrel()
    assert api(auditor).post(URL, {"name": NAME}, format="json").status_code == 403
    assert (
        api(integration, scopes=("party.read",)).post(URL, {"name": NAME}, format="json").status_code == 403
    )

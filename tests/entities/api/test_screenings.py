import pytest

from entities import batches
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


# Outcomes


def ask(client, **body):
    return client.post(URL, {"name": NAME, **body}, format="json").json()["results"][0]


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"country": "CN"}, "LICENSE_REQUIRED"),
        ({"country": "CN", "role": "bank"}, "RED_FLAG"),
        ({"country": "CN", "role": "end_user"}, "LICENSE_REQUIRED"),
        ({}, "RED_FLAG"),  # the name alone is a possible match
        ({"country": "DE"}, "RED_FLAG"),
        ({"name": "Nordhafen Maschinenbau GmbH", "country": "DE"}, "NO_MATCH_NAME_ONLY"),
    ],
)
def test_each_name_is_answered_with_its_outcome(api, kestrel, integration, body, outcome):
    kestrel()
    told = ask(api(integration), **body)
    assert told["outcome"] == outcome
    assert bool(told["reasons"]) == (outcome != "NO_MATCH_NAME_ONLY")
    assert told["words"]


def test_the_outcome_rests_on_every_match_not_on_those_told(api, kestrel, integration):
    kestrel()
    told = ask(api(integration), country="CN", minimum=100, limit=1, name=f"{NAME} Ltd")
    assert told["outcome"] != "NO_MATCH_NAME_ONLY"


def test_reasons_of_a_common_name_are_the_gravest_and_a_count():
    told = batches._most([str(n) for n in range(25)])
    assert (told[0], len(told), told[-1]) == ("0", 21, "and 5 more")
    assert batches._most(["a"]) == ["a"]


def test_a_listed_owner_is_told_and_an_unknown_share_is_a_red_flag(api, kestrel, integration):
    kestrel()
    clean = "Nordhafen Maschinenbau GmbH"
    owner = {"name": NAME, "country": "CN"}
    told = ask(api(integration), name=clean, owners=[owner])
    assert told["outcome"] == "RED_FLAG"
    assert "Red Flag 29" in told["reasons"][0]
    told = ask(
        api(integration),
        name=clean,
        owners=[{"name": "Zwischen AG", "share": "100", "owners": [{**owner, "share": 20}]}],
    )
    assert told["outcome"] == "RED_FLAG"
    wrong = api(integration).post(URL, {"name": clean, "owners": [{"share": 120}]}, format="json")
    assert wrong.status_code == 400


def test_owners_are_taken_to_a_depth(api, kestrel, integration):
    kestrel()
    deep = {"name": "A"}
    for _ in range(6):
        deep = {"name": "A", "owners": [deep]}
    assert api(integration).post(URL, {"name": NAME, "owners": [deep]}, format="json").status_code == 400


def test_a_batch_takes_owners_too(api, kestrel, integration, drain):
    kestrel()
    body = {"queries": [{"name": "Nordhafen", "owners": [{"name": NAME, "country": "CN", "share": "12.5"}]}]}
    client = api(integration)
    made = client.post("/api/v1/screening-batches/", body, format="json")
    assert made.status_code == 202
    drain()
    told = client.get(made["Location"]).json()["parts"][0]["results"][0]
    assert (told["outcome"], "12.5" in told["reasons"][0]) == ("RED_FLAG", True)


def test_the_name_of_the_readme_asks_for_a_license(api, published_list, integration):
    told = ask(api(integration), name="HUA WEI Technologies", country="CN")
    assert told["outcome"] == "LICENSE_REQUIRED"
    assert "not judged" in told["reasons"][0]

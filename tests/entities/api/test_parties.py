import pytest

from entities.models import Party
from tests.factories import make_party

URL = "/api/v1/parties/"
PROBLEM = "application/problem+json"


def fields(answer):
    return sorted(blocker.get("field", "") for blocker in answer.json()["blockers"])


def test_create_registers_the_party(api, officer):
    body = {
        "name": "Nordhafen Maschinenbau GmbH", "country": "DE", "names": [{"text": "Nordhafen"}],
        "addresses": [{"line": "Hafenstr. 1", "city": "Emden", "country": "DE"}],
        "identifiers": [{"kind": "HRB", "value": "1234", "country": "DE"}],
    }  # fmt: skip
    answer = api(officer).post(URL, body, format="json")
    assert answer.status_code == 201
    told = answer.json()
    assert (told["version"], told["screening"], told["names"]) == (
        1,
        "missing",
        [{"text": "Nordhafen", "kind": "alias"}],
    )
    assert told["identifiers"] == [{"kind": "HRB", "value": "1234", "country": "DE"}]
    assert Party.objects.get(pk=told["id"]).created_by == officer


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["country", "name"]),
        ({"name": ["X"], "country": {"code": "DE"}}, ["country", "name"]),
        ({"name": "X", "country": "DE", "names": "Y"}, ["names.non_field_errors"]),
        ({"name": "X", "country": "DE", "names": [{"text": 1.5, "kind": "nick"}]}, ["names.0.kind"]),
        ({"name": "X", "country": "DE", "addresses": [{"city": "Emden"}]}, ["addresses.0.country"]),
        (
            {"name": "X", "country": "QQ", "addresses": [{"country": "ZZ"}]},
            ["addresses.0.country", "country"],
        ),
        ([1, 2], ["non_field_errors"]),
    ],
)
def test_create_of_a_wrong_body_names_every_field(api, officer, body, named):
    answer = api(officer).post(URL, body, format="json")
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)
    assert fields(answer) == named
    assert not Party.objects.filter(created_by=officer).exists()


def test_create_of_no_json_is_refused(api, officer):
    answer = api(officer).post(URL, "{", content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)
    assert api(officer).post(URL, "a=1", content_type="text/plain").status_code == 415


def test_create_without_the_role_is_forbidden_and_says_who_may(api, auditor):
    answer = api(auditor).post(URL, {"name": "X", "country": "DE"}, format="json")
    assert (answer.status_code, answer["Content-Type"]) == (403, PROBLEM)
    assert "Held by:" in answer.json()["blockers"][0]["remedy"]


def test_without_sign_in_the_answer_is_401(api, db):
    answer = api().get(URL)
    assert (answer.status_code, answer["Content-Type"]) == (401, PROBLEM)


def test_partial_update_changes_what_is_given(api, officer, now):
    party = make_party(by=officer, at=now, name="Old GmbH")
    answer = api(officer).patch(f"{URL}{party.pk}/", {"version": 1, "note": "Met in Emden"}, format="json")
    assert answer.status_code == 200
    assert (answer.json()["version"], answer.json()["name"], answer.json()["note"]) == (
        2,
        "Old GmbH",
        "Met in Emden",
    )


def test_partial_update_without_or_with_an_older_version_is_refused(api, officer, now):
    party = make_party(by=officer, at=now, name="Old GmbH")
    client = api(officer)
    answer = client.patch(f"{URL}{party.pk}/", {"name": "New"}, format="json")
    assert (answer.status_code, fields(answer)) == (400, ["version"])
    client.patch(f"{URL}{party.pk}/", {"version": 1, "name": "New"}, format="json")
    answer = client.patch(f"{URL}{party.pk}/", {"version": 1, "name": "Newer"}, format="json")
    assert (answer.status_code, answer["Content-Type"], fields(answer)) == (409, PROBLEM, ["name", "version"])
    assert Party.objects.get(pk=party.pk).name == "New"


def test_a_party_of_others_is_404_and_not_listed(api, stranger, company):
    client = api(stranger)
    assert client.get(f"{URL}{company.pk}/").status_code == 404
    assert (
        client.patch(f"{URL}{company.pk}/", {"version": 1, "name": "Mine"}, format="json").status_code == 404
    )
    assert [one["name"] for one in client.get(URL).json()["results"]] == ["Otherside Optics LLC"]
    assert client.get(URL, {"q": "Meridian"}).json()["results"] == []


def test_list_finds_by_name_alias_and_country(api, officer, now):
    wanted = make_party(by=officer, at=now, name="Nordhafen", country="DE", names=[("Hafenwerk", "alias")])
    make_party(by=officer, at=now, name="Palomar", country="US")
    for query in ({"q": "ordhaf"}, {"q": "hafenwerk"}, {"country": "de"}):
        assert [one["id"] for one in api(officer).get(URL, query).json()["results"]] == [wanted.pk]
    answer = api(officer).get(URL, {"kind": "club"})
    assert (answer.status_code, fields(answer)) == (400, ["kind"])


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_at_most_8_queries(api, integration, officer, now, count, django_assert_num_queries):
    for number in range(count):
        make_party(by=officer, at=now, names=[(f"N{number}", "alias")], addresses=[{"country": "DE"}])
    client = api(integration)
    client.get(URL)  # the key's last use is noted
    with django_assert_num_queries(8):
        assert len(client.get(URL).json()["results"]) == count


def test_list_pages_by_key(api, officer, now):
    made = [make_party(by=officer, at=now).pk for _ in range(3)]
    first = api(officer).get(URL, {"page_size": 2}).json()
    assert [one["id"] for one in first["results"]] == made[:0:-1]
    assert [one["id"] for one in api(officer).get(first["next"]).json()["results"]] == made[:1]

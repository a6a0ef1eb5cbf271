"""Items and policies over the API."""

from __future__ import annotations

import pytest

from licenses import seed
from tests import factories

pytestmark = pytest.mark.django_db
ITEMS, POLICIES = "/api/v1/items/", "/api/v1/policies/"


def test_items_are_added_and_found(api, filer) -> None:
    client = api(filer)
    made = client.post(
        ITEMS, {"part_number": "PR-4M20", "name": "4G modem", "eccn": "5A991.b.4"}, format="json"
    )
    assert (made.status_code, made.json()["unit"]) == (201, "each")
    assert client.get(f"{ITEMS}{made.json()['id']}/").json() == made.json()
    assert [each["part_number"] for each in client.get(ITEMS, {"q": "MODEM"}).json()["results"]] == [
        "PR-4M20"
    ]
    assert client.get(ITEMS, {"eccn": "3A"}).json()["results"] == []


def test_items_name_every_wrong_field(api, filer, auditor) -> None:
    wrong = api(filer).post(ITEMS, {"part_number": "1", "name": "x" * 201, "eccn": "5X9"}, format="json")
    assert wrong.status_code == 400
    assert {each["field"] for each in wrong.json()["blockers"]} == {"name", "eccn"}
    assert {each["field"] for each in api(filer).post(ITEMS, [], format="json").json()["blockers"]} == {
        "non_field_errors"
    }
    assert api(auditor).post(ITEMS, {}, format="json").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_items_take_at_most_eight_queries(api, filer, officer, count, django_assert_num_queries) -> None:
    for _ in range(count):
        factories.make_item(by=filer)
    client = api(officer)
    with django_assert_num_queries(4):
        assert len(client.get(ITEMS).json()["results"]) == count


def test_policies_of_a_day(api, auditor, administrator, now, django_assert_num_queries) -> None:
    seed.seed(by=administrator, at=now)
    client = api(auditor)
    with django_assert_num_queries(4):
        [found] = client.get(POLICIES, {"on": "2020-08-17"}).json()
    assert (found["policy"], found["regime"], found["policy_code"]) == ("huawei", "H3", "PD")
    assert (found["since"], found["until"]) == ("2020-08-17", "2023-01-30")
    assert "85 FR 51596" in found["citations"][0]["text"]
    assert [each["regime"] for each in client.get(POLICIES).json()] == ["H5"]
    assert client.get(POLICIES, {"on": "someday"}).json()["blockers"][0]["field"] == "on"
    assert api().get(POLICIES).status_code == 401


def test_items_are_changed_with_a_version_and_a_diff(api, filer, officer) -> None:
    client, item = api(filer), factories.make_item(by=filer, name="Radio", unit="each")
    path = f"{ITEMS}{item.pk}/"
    etag = client.get(path)["ETag"]
    assert client.patch(path, {"name": "Radio unit"}, format="json").status_code == 428
    saved = client.patch(
        path, {"name": "Radio unit", "app": "1.5"}, format="json", headers={"If-Match": etag}
    )
    assert (saved.status_code, saved["ETag"], saved.json()["app"]) == (200, '"2"', "1.5000")
    late = api(officer).patch(
        path, {"name": "Radio", "unit": "each"}, format="json", headers={"If-Match": etag}
    )
    assert late.status_code == 412
    assert {(each["code"], each["field"]) for each in late.json()["blockers"]} == {
        ("stale_version", "version"), ("changed", "name"),
    }  # fmt: skip
    assert "Saved “Radio unit”, you sent “Radio”." in late.json()["detail"]
    assert client.patch(path, {"version": 1, "name": "x"}, format="json").status_code == 409
    assert client.get(path).json()["name"] == "Radio unit"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"), ({"name": "x" * 201}, "name"), ({"name": "a\x00"}, "name"), ({"name": [1]}, "name"),
        ({"unit": " "}, "unit"), ({"description": "x" * 10_000}, "description"), ({"app": "-1"}, "app"),
        ({"app": "1e400"}, "app"), ({"app": "NaN"}, "app"), ({"eccn": "3A991"}, "eccn"),
        ({"part_number": "other"}, "part_number"), ({"version": 0}, "version"),
    ],
)  # fmt: skip
def test_items_refuse_wrong_changes_by_field(api, filer, changed, field) -> None:
    item = factories.make_item(by=filer)
    answer = api(filer).patch(f"{ITEMS}{item.pk}/", {"version": 1, **changed}, format="json")
    assert answer.status_code == 400, answer.json()
    assert {each["field"] for each in answer.json()["blockers"]} == {field}
    item.refresh_from_db()
    assert item.version == 1

"""The classification register over the API: two people, every wrong field named, re-opened by an entry."""

from __future__ import annotations

import pytest

from licenses.models import Classification
from tests import factories
from tests.licenses.api.test_applications import blockers

pytestmark = pytest.mark.django_db
URL = "/api/v1/classifications/"
WHOLE = {
    "eccn": "3A991.a.1", "basis": "self", "edition_on": "2026-07-23", "reasons": "AT1", "note": "Below 3A001.a.3.",
    "parameters": [{"paragraph": "a.1", "asks": "32 bit", "item": "64 bit", "result": "met"},
                   {"paragraph": "a.2", "result": "unknown"}],
}  # fmt: skip


@pytest.fixture
def item(filer):
    return factories.make_item(by=filer, eccn="EAR99")


def propose(client, item, /, **changed):
    return client.post(URL, {**WHOLE, "item": item.pk} | changed, format="json")


def test_proposed_signed_and_reopened(api, filer, officer, item) -> None:
    made = propose(api(filer), item)
    assert (made.status_code, made.json()["state"], made.json()["open_questions"]) == (201, "proposed", 1)
    path = f"{URL}{made.json()['id']}/"
    assert blockers(propose(api(filer), item), 409) == {("proposed", "")}
    both = api(officer).post(f"{path}sign/", {}, format="json").json()
    assert (both["state"], both["engineer"], both["reviewer"]) == ("signed", filer.name, officer.name)
    assert both["current"] and both["item"]["eccn"] == "3A991.a.1"
    assert blockers(api(officer).post(f"{path}sign/", {}, format="json"), 409) == {("not_proposed", "")}
    assert blockers(api(filer).post(f"{path}take-back/", {}, format="json"), 409) == {("not_proposed", "")}
    body = {"eccn": "3A991", "reason": "Entry 3A991 changed."}
    again = api(officer).post(f"{URL}reopen/", body, format="json")
    assert [each["id"] for each in again.json()["items"]] == [item.pk]
    assert api(filer).get(path).json()["reopened_reason"] == "Entry 3A991 changed."
    assert api(officer).post(f"{URL}reopen/", {**body, "eccn": "X"}, format="json").status_code == 400


def test_engineer_does_not_sign_and_takes_back(api, officer, item) -> None:
    made = propose(api(officer), item).json()
    path = f"{URL}{made['id']}/"
    assert blockers(api(officer).post(f"{path}sign/", {}, format="json"), 409) == {("same_person", "")}
    assert api(officer).post(f"{path}take-back/", {}, format="json").status_code == 204
    assert api(officer).get(path).status_code == 404


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"eccn": "3A99"}, "eccn"), ({"eccn": "3A991." + "a" * 20}, "eccn"), ({"basis": "hope"}, "basis"),
        ({"basis": "ccats"}, "number"), ({"edition_on": None}, "edition_on"), ({"edition_on": "soon"}, "edition_on"),
        ({"reasons": "x" * 201}, "reasons"), ({"note": "a\x00b"}, "note"), ({"note": ["x"]}, "note"),
        ({"parameters": [{"paragraph": "", "result": "met"}]}, "parameters[0]"),
        ({"parameters": [{"paragraph": "a", "result": "yes"}]}, "parameters[0]"),
        ({"parameters": [{"paragraph": "a\x00", "result": "met"}]}, "parameters.0.paragraph"),
        ({"parameters": [{"paragraph": "a", "result": "met"}] * 61}, "parameters"), ({"item": 10**9}, "item"),
    ],
)  # fmt: skip
def test_wrong_fields_are_named(api, filer, item, changed, field) -> None:
    assert {name for _, name in blockers(propose(api(filer), item, **changed), 400)} == {field}
    assert not Classification.objects.exists()


@pytest.mark.parametrize("count", [1, 3])
def test_register_is_filtered_in_few_queries(api, filer, officer, count, django_assert_num_queries) -> None:
    for _ in range(count):
        propose(api(filer), factories.make_item(by=filer, eccn="EAR99"))
    client = api(officer)
    with django_assert_num_queries(4):
        assert len(client.get(URL).json()["results"]) == count
    first = Classification.objects.order_by("pk")[0]
    asked = {
        "state=proposed": count, "open=true": count, "open=false": 0, "current=true": 0, "eccn=3a991": count,
        f"item={first.item_id}": 1, f"q={first.item.part_number}": 1, "state=signed&state=replaced": 0,
        "review_before=2026-08-06": 0,
    }  # fmt: skip
    assert {query: len(client.get(f"{URL}?{query}").json()["results"]) for query in asked} == asked
    assert client.get(f"{URL}?review_before=soon").status_code == 400

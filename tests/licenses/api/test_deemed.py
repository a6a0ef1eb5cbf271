"""The deemed-export form over the API: protection first, in full for named roles alone, each look logged."""

from __future__ import annotations

import json

import pytest
import structlog

from exportctl.models import Event
from licenses.models import DeemedExport
from tests.licenses.api.test_applications import URL, blockers
from tests.licenses.test_deemed import case  # noqa: F401

pytestmark = pytest.mark.django_db
WHOLE = {
    "protected": "no", "person": "Quentin Ambrose", "country": "FR", "eccn": "3E001", "control_plan": "TCP-7 of 2026",
    "access_from": "2026-09-01",
}  # fmt: skip


@pytest.fixture
def path(case) -> str:  # noqa: F811
    return f"{URL}{case.number}/deemed-export/"


def put(client, path, version=0, **changed):
    return client.put(path, {**WHOLE, "version": version, **changed}, format="json")


def test_saved_by_the_filer_and_masked_for_others(
    api, filer, officer, auditor, approver, integration, path
) -> None:
    client = api(filer)
    assert client.get(path).json()["version"] == 0
    with structlog.testing.capture_logs() as heard:
        saved = put(client, path)
    assert (saved.status_code, saved["ETag"], saved.json()["person"]) == (200, '"1"', "Quentin Ambrose")
    assert [each["event"] for each in heard if each["event"] == "deemed.read"] == ["deemed.read"]
    assert "Quentin" not in json.dumps(heard)
    for user in (filer, officer, auditor):
        assert api(user).get(path).json()["country"] == "FR", user
    for user in (approver, integration):
        with structlog.testing.capture_logs() as heard:
            told = api(user).get(path).json()
        assert told == {
            **saved.json(),
            "masked": True,
            "protected": "masked",
            "person": "masked",
            "country": "masked",
        }
        assert not [each for each in heard if each["event"] == "deemed.read"]
    assert "Quentin" not in json.dumps([each.data for each in Event.objects.all()])
    assert DeemedExport.objects.get().person == "Quentin Ambrose"


def test_who_may_not_see_it_may_not_save_it(api, approver, auditor, integration, stranger, path) -> None:
    for user in (approver, auditor, integration):
        assert put(api(user), path).status_code == 403, user
    assert put(api(stranger), path).status_code == 404
    assert not DeemedExport.objects.exists()


def test_stale_form_is_refused_without_telling_what_it_holds(api, filer, path) -> None:
    client = api(filer)
    assert blockers(client.put(path, WHOLE, format="json"), 428) == {("version_missing", "version")}
    put(client, path)
    late = put(client, path, person="Someone Else", country="DE")
    assert blockers(late, 409) == {
        ("stale_version", "version"),
        ("changed", "person"),
        ("changed", "country"),
    }
    assert "Quentin" not in late.content.decode()
    matched = client.put(path, {**WHOLE, "country": "DE"}, format="json", headers={"If-Match": '"0"'})
    assert ("changed", "country") in blockers(matched, 412)
    assert client.put(path, WHOLE, format="json", headers={"If-Match": '"1"'})["ETag"] == '"2"'


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"protected": ""}, {"person", "country"}), ({"protected": "yes"}, {"person", "country"}),
        ({"protected": "maybe", "person": "", "country": ""}, {"protected"}), ({"country": "XX"}, {"country"}),
        ({"country": "US"}, {"country"}), ({"eccn": "3A001"}, {"eccn"}), ({"eccn": "3E001." + "a" * 30}, {"eccn"}),
        ({"person": "x" * 121}, {"person"}), ({"person": "a\x00"}, {"person"}), ({"person": ["x"]}, {"person"}),
        ({"control_plan": "x" * 10_000}, {"control_plan"}), ({"access_until": "2026-08-01"}, {"access_until"}),
        ({"access_from": "soon"}, {"access_from"}), ({"version": -1}, {"version"}),
    ],
)  # fmt: skip
def test_wrong_fields_are_named_and_nothing_is_kept(api, filer, path, changed, fields) -> None:
    assert {name for _, name in blockers(put(api(filer), path, **changed), 400)} == fields
    assert not DeemedExport.objects.exists()


def test_a_case_that_is_no_deemed_export(api, filer, draft) -> None:
    path = f"{URL}{draft.number}/deemed-export/"
    assert api(filer).get(path).status_code == 404
    assert blockers(put(api(filer), path), 409) == {("no_deemed_draft", "")}


def test_stale_form_in_the_browser(filer, signed, api, case) -> None:  # noqa: F811
    address = f"/applications/{case.number}/deemed-export/"
    typed = {**WHOLE, "version": "0"}
    client = signed(filer)
    assert client.post(address, typed).status_code == 302
    late = client.post(address, {**typed, "person": "Someone Else"})
    assert (late.status_code, "Saved otherwise since" in late.content.decode()) == (409, True)
    assert DeemedExport.objects.get().person == "Quentin Ambrose"

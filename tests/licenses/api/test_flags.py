"""The red-flag sheet over the API: evidence asked, a flag open until an inquiry resolved it, nobody overwritten."""

from __future__ import annotations

import pytest

from exportctl.models import Event
from licenses.blocks import FLAGS
from tests.licenses.api.test_applications import URL, blockers

pytestmark = pytest.mark.django_db


def answers(**said: str) -> dict[str, object]:
    return {"answers": [{"flag": flag, "answer": yes, "evidence": "Seen."} for flag, yes in said.items()]}


def test_sheet_is_read_answered_inquired_and_resolved(
    api, filer, draft, django_assert_max_num_queries
) -> None:
    client, path = api(filer), f"{URL}{draft.number}/red-flags/"
    empty = client.get(path)
    assert (empty["ETag"], empty.json()["answered"], len(empty.json()["unanswered"])) == (
        '"0"',
        False,
        len(FLAGS),
    )
    assert empty.json()["flags"][0]["answer"] == ""
    whole = answers(**dict.fromkeys(FLAGS, "no") | {"cash": "yes"})
    told = client.patch(path, whole, format="json").json()
    assert (told["answered"], told["open"], told["version"]) == (True, ["cash"], len(FLAGS))
    assert blockers(client.post(f"{path}cash/resolve/", {"resolution": "Fine."}, format="json"), 409) == {
        ("no_inquiry", "")
    }
    client.post(f"{path}cash/inquire/", {"text": "Bank asked."}, format="json")
    done = client.post(f"{path}cash/resolve/", {"resolution": "Letter of credit."}, format="json").json()
    [cash] = [each for each in done["flags"] if each["flag"] == "cash"]
    assert (cash["open"], cash["resolved_by"], done["open"]) == (False, filer.name, [])
    assert [(each["text"], each["made_by"]) for each in cash["inquiries"]] == [("Bank asked.", filer.name)]
    assert done["version"] == len(FLAGS) + 1
    with django_assert_max_num_queries(7):
        client.get(path)


def test_wrong_answers_are_all_named_and_nothing_is_written(api, filer, draft) -> None:
    client, path = api(filer), f"{URL}{draft.number}/red-flags/"
    wrong = {"answers": [{"flag": "cash", "answer": "maybe", "evidence": "x"},
                         {"flag": "king", "answer": "no", "evidence": "x"},
                         {"flag": "evasive", "answer": "no", "evidence": " "}]}  # fmt: skip
    assert {field for _, field in blockers(client.patch(path, wrong, format="json"), 400)} == {
        "cash", "king", "evasive",
    }  # fmt: skip
    for body in ({}, {"answers": []}, {"answers": "no"}, {"answers": [{"flag": "cash"}]}, [],
                 {"answers": [{"flag": "cash", "answer": "no", "evidence": "a\x00"}]},
                 {"answers": answers(cash="no")["answers"] * 2}):  # fmt: skip
        assert client.patch(path, body, format="json").status_code == 400, body
    assert client.post(f"{path}king/inquire/", {"text": "x"}, format="json").status_code == 404
    assert blockers(client.post(f"{path}cash/inquire/", {"text": "x"}, format="json"), 409) == {
        ("not_answered", "flag")
    }
    assert not draft.red_flags.exists()


def test_if_match_guards_the_sheet_and_names_the_flag(api, filer, officer, draft) -> None:
    path = f"{URL}{draft.number}/red-flags/"
    etag = api(filer).get(path)["ETag"]
    api(officer).patch(path, answers(cash="yes"), format="json")
    late = api(filer).patch(path, answers(cash="no", evasive="no"), format="json", headers={"If-Match": etag})
    assert blockers(late, 412) == {("stale_version", "version"), ("changed", "cash")}
    assert draft.red_flags.get().answer == "yes"
    assert Event.objects.filter(verb="redflag.answered").count() == 1
    fresh = api(filer).get(path)["ETag"]
    again = api(filer).patch(path, answers(cash="no"), format="json", headers={"If-Match": fresh})
    assert again.status_code == 200


def test_stale_sheet_in_the_browser_is_told(filer, officer, draft, signed) -> None:
    address = f"/applications/{draft.number}/red-flags/"
    page = signed(filer).get(address).content.decode()
    assert '<input type="hidden" name="version" value="0">' in page
    typed = {"version": "0", "cash-answer": "no", "cash-evidence": "Mine"}
    signed(officer).post(address, {"version": "0", "cash-answer": "yes", "cash-evidence": "Theirs"})
    late = signed(filer).post(address, typed)
    assert (late.status_code, "Theirs You sent: no, Mine" in late.content.decode()) == (409, True)
    assert draft.red_flags.get().evidence == "Theirs"

"""Facts, memos and signed determinations over the API: the browser's verbs, and how each stands today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from licenses import determinations, rulebook, standings
from licenses.models import Application, Facts, Memo
from tests import factories
from tests.licenses.api.test_applications import URL, blockers, problem

pytestmark = pytest.mark.django_db
SIGNED = "/api/v1/determinations/"


@pytest.fixture(autouse=True)
def clock(now: datetime) -> Iterator[None]:
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        yield


def known(case: Application, **more: Any) -> dict[str, Any]:
    """Every fact supplied and negative."""
    return {"version": 0} | factories.negative_facts(case) | more


@pytest.fixture
def address(registered: Application) -> str:
    return f"{URL}{registered.number}/"


@pytest.fixture
def memo(api: Any, officer: Any, registered: Application, address: str) -> str:
    """An NLR memo kept of today; its address."""
    client = api(officer)
    assert client.patch(f"{address}facts/", known(registered), format="json").status_code == 200
    kept = client.post(f"{address}memos/", {}, format="json")
    assert (kept.status_code, kept.json()["result"]) == (201, "NLR"), kept.json()
    return f"{address}memos/{kept.json()['number']}/"


def sign(client: Any, memo: str, today: date, **more: Any) -> Any:
    body = {"basis": "Statement of the customer.", "valid_until": str(today + timedelta(days=90))}
    return client.post(f"{memo}propose/", body | more, format="json")


def test_facts_are_recorded_with_a_version_and_a_diff(
    api: Any, officer: Any, registered: Any, address: str
) -> None:
    client, path = api(officer), f"{address}facts/"
    assert (client.get(path)["ETag"], client.get(path).json()["answers"]) == ('"0"', {})
    assert blockers(client.patch(path, {"hts": "8471"}, format="json"), 428) == {
        ("version_missing", "version")
    }
    first = client.patch(path, known(registered), format="json")
    assert (first.status_code, first["ETag"], first.json()["flags_reference"]) == (200, '"1"', "RF-12")
    late = client.patch(path, {"hts": "8471", "origin": "US"}, format="json", headers={"If-Match": '"0"'})
    assert blockers(late, 412) == {("stale_version", "version"), ("changed", "hts")}
    assert ("stale_version", "version") in blockers(client.patch(path, {"version": 0}, format="json"), 409)
    line = {"what": "Radio module", "eccn": "5A991.b.4", "value": "120"}
    more = {"version": 1, "item_value": "1000", "worksheet": [line], "lines": {}}
    assert client.patch(path, more, format="json").json()["worksheet"] == [{**line, "value": "120.00"}]
    assert Facts.objects.get().worksheet == [{**line, "value": "120.00"}]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"jurisdiction": "x" * 10_000}, "jurisdiction"), ({"origin": "XX"}, "origin"), ({"origin": 7}, "origin"),
        ({"us_content": "101"}, "us_content"), ({"us_content": "-1"}, "us_content"),
        ({"us_content": "NaN"}, "us_content"), ({"us_content": "1e9"}, "us_content"),
        ({"direct_product": "perhaps"}, "direct_product"),
        ({"hts": "a\x00b"}, "hts"), ({"hts": ["8471"]}, "hts"), ({"region": "𝟛" * 61}, "region"),
        ({"answers": {"nukes": False}}, "answers"), ({"answers": {"nuclear": "maybe"}}, "answers.nuclear"),
        ({"answers": []}, "answers"), ({"headquarters": {"x": "DE"}}, "headquarters"),
        ({"headquarters": {"1": "Germany"}}, "headquarters"), ({"flags_dated": "soon"}, "flags_dated"),
        ({"flags_reference": ""}, "flags_reference"), ({"flags_system": " "}, "flags_system"),
        ({"flags_dated": None}, "flags_dated"), ({"flags_dated": "2026-08-07"}, "flags_dated"),
        ({"flags": [{"flag": " "}]}, "flags.0.flag"), ({"flags": ["cash"]}, "flags.0.non_field_errors"),
        ({"verified": ["gbs!"]}, "verified"), ({"worksheet": [{"what": "x"}]}, "worksheet.0.eccn"),
        ({"worksheet": [{"what": "x", "eccn": "radio", "value": "1"}]}, "worksheet"),
        ({"item_value": "-5"}, "item_value"), ({"lines": {"1": {"origin": "XX"}}}, "lines.1.origin"),
        ({"lines": {"one": {}}}, "lines.one"), ({"lines": []}, "lines"), ({"version": "new"}, "version"),
    ],
)  # fmt: skip
def test_wrong_facts_are_named_and_nothing_is_recorded(
    api: Any, officer: Any, registered: Any, address: str, facts: dict[str, Any], field: str
) -> None:
    answer = api(officer).patch(f"{address}facts/", known(registered, **facts), format="json")
    assert field in {name for _, name in blockers(answer, 400)}
    assert not Facts.objects.exists()


def test_memo_is_kept_listed_read_and_downloaded(
    api: Any, officer: Any, filer: Any, address: str, memo: str, today: date
) -> None:
    client = api(filer)
    [told] = client.get(f"{address}memos/").json()["results"]
    assert (told["number"], told["on"], told["standing"]) == (1, str(today), {"code": "holds", "words": ""})
    whole = client.get(memo).json()
    assert (whole["facts"]["red_flags"]["elsewhere"], whole["answer"]["result"]) == (
        "Orders, ERP, RF-12 of 2026-08-01", "NLR",
    )  # fmt: skip
    pdf = client.get(whole["url"])
    assert (pdf["content-type"], pdf.content) == ("application/pdf", bytes(Memo.objects.get().pdf))
    api(officer).patch(f"{address}facts/", {"version": 1, "hts": "8471.30"}, format="json")
    assert client.get(memo).json()["standing"] == {"code": "rerun", "words": "The facts changed since."}
    again = api(officer).post(f"{address}memos/", {"on": "2023-02-01"}, format="json").json()
    assert (again["number"], again["on"], again["differs"] != []) == (2, "2023-02-01", True)
    assert client.get(memo).json()["standing"]["code"] == "replaced"
    assert client.get(f"{address}memos/9/").status_code == 404
    assert api(officer).post(f"{address}memos/", {"on": "soon"}, format="json").status_code == 400


def test_two_people_sign_and_shipments_rely(
    api: Any, officer: Any, approver: Any, filer: Any, memo: str, today: date
) -> None:
    assert {name for _, name in blockers(sign(api(officer), memo, today, basis=" ", valid_until="x"), 400)} == {
        "basis", "valid_until",
    }  # fmt: skip
    far = sign(api(officer), memo, today, valid_until=str(today + timedelta(days=400)))
    assert blockers(far, 400) == {("invalid", "valid_until")}
    assert blockers(sign(api(officer), memo, today, symbol="GBS"), 409) == {("other_result", "")}
    first = sign(api(officer), memo, today)
    assert (first.status_code, first.json()["standing"]["code"]) == (201, "waits"), first.json()
    path = f"{SIGNED}{first.json()['determination']}/"
    assert problem(api(officer).post(f"{path}sign/", {}, format="json"), 403)
    rely = {"reference": "INV-1", "shipped_on": str(today), "value": "10"}
    assert blockers(api(filer).post(f"{path}rely/", rely, format="json"), 409) == {("not_standing", "")}
    done = api(approver).post(f"{path}sign/", {}, format="json").json()
    assert (done["state"], done["signed_by"], done["standing"]["code"]) == ("signed", approver.name, "holds")
    shipped = api(filer).post(f"{path}rely/", rely, format="json").json()
    assert [(each["reference"], each["value"]) for each in shipped["shipments"]] == [("INV-1", "10.00")]
    assert blockers(api(filer).post(f"{path}rely/", rely, format="json"), 409) == {("noted", "reference")}
    wrong = {"reference": "INV-2", "shipped_on": "2027-01-01", "value": "10"}
    assert blockers(api(filer).post(f"{path}rely/", wrong, format="json"), 400) == {("invalid", "shipped_on")}
    assert blockers(api(officer).post(f"{path}end/", {}, format="json"), 400) == {("required", "reason")}
    over = api(officer).post(f"{path}end/", {"reason": "The end use changed."}, format="json").json()
    assert (over["state"], over["standing"]["code"], over["note"]) == (
        "ended",
        "over",
        "The end use changed.",
    )


def test_sent_back_and_changed_facts(
    api: Any, officer: Any, approver: Any, address: str, memo: str, today: date
) -> None:
    path = f"{SIGNED}{sign(api(officer), memo, today).json()['determination']}/"
    api(officer).patch(f"{address}facts/", {"version": 1, "origin": "FR"}, format="json")
    assert api(approver).get(path).json()["standing"] == {
        "code": "rerun",
        "words": "The facts changed since.",
    }
    assert blockers(api(approver).post(f"{path}sign/", {}, format="json"), 409) == {("changed", "")}
    back = api(approver).post(f"{path}send-back/", {"reason": "Origin?"}, format="json").json()
    assert (back["state"], back["standing"]) == ("sent_back", {"code": "over", "words": "Sent back."})


@pytest.fixture
def several(more_cases: Any, officer: Any, approver: Any, now: datetime) -> Any:
    """`several(n)`: n cases of the same parties, each with a signed NLR."""

    def make(count: int) -> None:
        for _ in range(count):
            case = more_cases()
            factories.make_determination(case=case, officer=officer, approver=approver, at=now, days=9)

    return make


@pytest.mark.parametrize("count", [1, 3])
def test_list_tells_each_standing_in_few_queries(
    api: Any, auditor: Any, stranger: Any, several: Any, count: int, django_assert_num_queries: Any
) -> None:
    several(count)
    client = api(auditor)
    with django_assert_num_queries(6):  # session, user, roles; memos, cases, hits (and their list entries)
        rows = client.get(SIGNED).json()["results"]
    assert [(each["standing"]["code"], each["state"]) for each in rows] == [("holds", "signed")] * count
    assert api(stranger).get(SIGNED).json()["results"] == []
    assert api(stranger).get(f"{SIGNED}{rows[0]['number']}/").status_code == 404
    case = Application.objects.get(number=rows[0]["application"])
    asked = {
        f"application={case.number}": 1, f"item={case.lines.get().item_id}": 1, "result=NLR": count,
        "result=EXCEPTION": 0, "state=signed": count, "state=ended": 0, "valid_on=2026-08-15": count,
        "valid_on=2026-08-16": 0,
    }  # fmt: skip
    assert {query: len(client.get(f"{SIGNED}?{query}").json()["results"]) for query in asked} == asked


def test_bulk_standing_is_what_each_is_told_alone(
    several: Any, auditor: Any, now: datetime, today: date
) -> None:
    """Asked together or one by one, the same facts and the same answer."""

    several(2)
    rows = list(standings.listed(auditor))
    for case, hits in standings._cases({each.application_id for each in rows}).values():
        together = determinations.answered(case, today, rulebook.current(), hits)
        assert together == determinations.asked(Application.objects.get(pk=case.pk), today)
    later = today + timedelta(days=10)
    assert {each.code for each in standings.of(rows, later).values()} == {standings.OVER}


def test_prediction_follows_the_determination(api: Any, filer: Any, officer: Any, draft: Application) -> None:
    path = f"{URL}{draft.number}/"

    def predicted() -> set[str]:
        return {each["reason"] for each in api(filer).get(path).json()["predicted_returns"]} - {
            "INFO_NOT_GIVEN"
        }

    assert predicted() == set()
    api(officer).patch(f"{path}facts/", known(draft), format="json")
    assert predicted() == {"NLR"}
    api(officer).patch(f"{path}facts/", {"version": 1, "jurisdiction": "ITAR"}, format="json")
    assert predicted() == {"NOT_COMMERCE"}

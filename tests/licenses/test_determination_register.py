"""The register of determinations: each with its standing of today, in few queries; shown on the item's page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from exportctl.models import User
from licenses import determinations
from licenses.models import Application, Determination
from tests import factories
from tests.licenses.test_views import page, url

pytestmark = pytest.mark.django_db
Signed = Callable[[User], Client]
LIST_QUERIES = 8  # session, user, roles, the frame; memos, cases, hits, list entries


@pytest.fixture(autouse=True)
def clock(now: datetime) -> Iterator[None]:
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def several(
    more_cases: Any, officer: User, approver: User, now: datetime
) -> Callable[[int], list[Determination]]:
    def make(count: int) -> list[Determination]:
        return [
            factories.make_determination(case=more_cases(), officer=officer, approver=approver, at=now)
            for _ in range(count)
        ]

    return make


def rows(answer: Any) -> list[tuple[str, str]]:
    """Number and standing of each row."""
    return [
        (row["made"].number if row["made"] else f"memo {row['memo'].number}", row["standing"].code)
        for row in answer.context["rows"]
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_list_tells_each_standing_in_eight_queries(
    several: Any, filer: User, officer: User, auditor: User, huawei: Any, signed: Signed, count: int, now: datetime,
    django_assert_num_queries: Any,
) -> None:  # fmt: skip
    made = several(count)
    for _ in range(count):
        chips = factories.make_submitted(by=filer, customer=huawei, at=now)
        determinations.keep(application=chips, on=now.date(), by=officer, at=now)
    client = signed(auditor)
    client.get(url("determinations"))
    with django_assert_num_queries(LIST_QUERIES):
        answer = client.get(url("determinations"))
    assert rows(answer) == [("memo 1", "holds")] * count + [(each.number, "holds") for each in reversed(made)]
    shown = page(answer)
    assert (shown.count("Holds today"), shown.count("Same answer today")) == (count, count)
    assert "Olive Officer and Anna Approver" in shown
    assert "no license required" not in shown.lower()


def test_tabs_filter_and_say_what_must_be_run_again(
    several: Any, officer: User, auditor: User, stranger: User, signed: Signed, now: datetime
) -> None:
    first, second, third = several(3)
    case, client = first.memo.application, signed(auditor)
    determinations.record(application=case, facts={"hts": "8471"}, version=1, by=officer, at=now)
    determinations.end(determination=second, reason="Over.", by=officer, at=now)
    determinations.keep(application=case, on=now.date(), by=officer, at=now)
    determinations.keep(application=case, on=now.date(), by=officer, at=now)

    def listed(**asked: str) -> list[tuple[str, str]]:
        return rows(client.get(url("determinations"), asked))

    stand = {first.number: "rerun", second.number: "over", third.number: "holds"}
    assert dict(listed()) == stand | {"memo 3": "holds"}
    assert dict(listed(show="all")) == stand | {"memo 3": "holds", "memo 2": "replaced"}
    assert dict(listed(show="signed")) == {first.number: "rerun", third.number: "holds"}
    assert (listed(show="unsigned"), listed(show="waiting")) == ([("memo 3", "holds")], [])
    assert (listed(show="over"), listed(q=second.number)) == ([(second.number, "over")],) * 2
    assert len(listed(q=case.number)) == 2 and listed(q="nothing") == []
    item = third.memo.application.lines.get()
    assert listed(q=item.part_number) == listed(item=str(item.item_id)) == [(third.number, "holds")]
    assert listed(item="x" * 30, before="\x00", show="\x00") and listed(item="9" * 40)
    assert "The facts changed since." in page(client.get(url("determinations")))
    assert rows(signed(stranger).get(url("determinations"))) == []


def test_register_is_in_the_menu_and_on_the_item(
    several: Any, officer: User, signed: Signed, django_assert_max_num_queries: Any
) -> None:
    [made] = several(1)
    client, item = signed(officer), made.memo.application.lines.get().item
    for address in (url("items"), url("item", item.pk), url("determination", made.memo.application.number)):
        assert f'href="{url("determinations")}' in page(client.get(address)), address
    with django_assert_max_num_queries(15):
        shown = page(client.get(url("item", item.pk)))
    assert made.number in shown and "Holds today" in shown and made.memo.application.number in shown


def test_empty_register_says_what_to_do(seeded: None, auditor: User, signed: Signed) -> None:
    assert "No determination yet" in page(signed(auditor).get(url("determinations")))
    assert "No determination matches" in page(signed(auditor).get(url("determinations"), {"q": "x"}))


def test_case_without_facts_is_asked_too(registered: Application, officer: User, auditor: User, signed: Signed,
                                         now: datetime) -> None:  # fmt: skip
    determinations.keep(application=registered, on=now.date(), by=officer, at=now)
    assert rows(signed(auditor).get(url("determinations"))) == [("memo 1", "holds")]
    assert rows(signed(auditor).get(url("determinations"), {"show": "unsigned"})) == [("memo 1", "holds")]

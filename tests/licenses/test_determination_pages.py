"""The determination beside an application in the browser: each day its policy, facts, memos, signatures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from entities.models import Party
from exportctl.models import User
from licenses import amendments, applications
from licenses.determination.case import ANSWERS
from licenses.models import Application, Facts
from tests import factories

pytestmark = pytest.mark.django_db
Signed = Callable[[User], Client]


@pytest.fixture(autouse=True)
def clock(now: datetime) -> Iterator[None]:
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def laptops(huawei: Party, filer: User, seeded: None, now: datetime) -> Application:
    """Laptop processors to Huawei, filed in the browser's way."""
    item = factories.make_item(by=filer, part_number="CS-U15", name="Laptop processor U15", eccn="3A991.a.1")
    case = factories.make_draft(by=filer, customer=huawei, item=item, at=now - timedelta(days=5))
    return applications.submit(application=case, by=filer, at=now - timedelta(days=5))


def url(case: Application, name: str = "determination", *more: Any) -> str:
    return reverse(f"licenses:{name}", args=[case.number, *more])


@pytest.mark.parametrize(
    ("day", "regime", "citation"),
    [("2019-06-01", "H1", "84 FR 22961"), ("2022-06-01", "H3", "85 FR 51596"), ("2023-02-01", "H4", "2023")],
)
def test_each_day_shows_its_own_policy_with_citations(
    laptops: Application, officer: User, signed: Signed, day: str, regime: str, citation: str
) -> None:
    shown = signed(officer).get(url(laptops), {"on": day}).content.decode()
    assert f"License review policy, Huawei, {regime}" in shown
    assert citation in shown
    others = {"H1", "H3", "H4"} - {regime}
    assert not any(f"Huawei, {other}" in shown for other in others)


def posted(case: Application, **more: str) -> dict[str, str]:
    parties = {f"hq_{role.party_id}": role.party.country for role in case.roles.exclude(role="applicant")}
    return {
        "version": "0", "jurisdiction": "EAR", "origin": "US", "flags_answered": "yes",
        "flags_system": "Orders, ERP", "flags_reference": "RF-12", "flags_dated": "2026-08-01",
        **{f"answer_{name}": "no" for name in ANSWERS}, **parties,
    } | more  # fmt: skip


def test_facts_memo_and_two_signatures(
    registered: Application, officer: User, approver: User, signed: Signed, today: Any
) -> None:
    mine, theirs = signed(officer), signed(approver)
    assert "stay open" in mine.get(url(registered)).content.decode()
    facts = url(registered, "determination-act", "facts")
    assert mine.post(facts, posted(registered)).status_code == 302
    shown = mine.get(url(registered)).content.decode()
    assert "No license requirement found on these facts" in shown
    assert "no license required" not in shown.lower()
    assert mine.post(facts, posted(registered, hts="1")).status_code == 409
    wrong = mine.post(facts, posted(registered, version="1", worksheet="nothing"))
    assert (wrong.status_code, "Line 1" in wrong.content.decode()) == (400, True)
    mine.post(url(registered, "determination-act", "keep"), {"on": today.isoformat()})
    until = (today + timedelta(days=30)).isoformat()
    mine.post(
        url(registered, "determination-act", "propose"),
        {"memo": "1", "basis": "Checked.", "valid_until": until},
    )
    made = registered.memos.get().determination
    assert mine.post(url(registered, "determination-act", "sign"), {"made": made.number}).status_code == 403
    theirs.post(url(registered, "determination-act", "sign"), {"made": made.number})
    shown = mine.get(url(registered)).content.decode()
    assert f"{made.number}</b>, valid until" in shown
    mine.post(url(registered, "determination-act", "rely"),
              {"made": made.number, "reference": "INV-9", "shipped_on": today.isoformat(), "value": "10"})  # fmt: skip
    assert "INV-9" in mine.get(url(registered)).content.decode()
    mine.post(url(registered, "determination-act", "end"), {"made": made.number, "reason": "Over."})
    made.refresh_from_db()
    assert made.state == "ended"


def test_sheet_kept_elsewhere_is_asked_for_at_its_fields(
    registered: Application, officer: User, signed: Signed
) -> None:
    client, facts = signed(officer), url(registered, "determination-act", "facts")
    refused = client.post(facts, posted(registered, flags_system="", flags_dated=""))
    shown = refused.content.decode()
    assert refused.status_code == 400
    assert 'id="fact_flags_system_error"' in shown and 'id="fact_flags_dated_error"' in shown
    assert 'id="fact_flags_reference_error"' not in shown and 'value="RF-12"' in shown
    assert not Facts.objects.exists()
    assert client.post(facts, posted(registered)).status_code == 302
    assert Facts.objects.get().sheet_elsewhere == "Orders, ERP, RF-12 of 2026-08-01"


def test_items_that_differ_are_told_apart_on_the_page(
    registered: Application, filer: User, officer: User, signed: Signed, now: datetime
) -> None:
    client, facts = signed(officer), url(registered, "determination-act", "facts")
    assert "Items that differ" not in client.get(url(registered)).content.decode()
    first, other = registered.lines.get().item, factories.make_item(by=filer, name="Gauge")
    lines = [{"item": each, "quantity": Decimal(1), "unit_price": Decimal(10)} for each in (first, other)]
    amendments.amend(application=registered, reason="A gauge too.", lines=lines, version=registered.version,
                     by=filer, at=now)  # fmt: skip
    assert "Items that differ" in client.get(url(registered)).content.decode()
    wrong = client.post(facts, posted(registered, **{f"line_{other.pk}_origin": "XX"}))
    assert (wrong.status_code, f'id="fact_line_{other.pk}_origin_error"' in wrong.content.decode()) == (
        400,
        True,
    )
    client.post(facts, posted(registered, **{f"line_{other.pk}_origin": "tw"}))
    assert Facts.objects.get().lines == {str(other.pk): {"origin": "TW"}}
    shown = client.get(url(registered)).content.decode()
    assert "Gauge, 5A991.b.4: differs" in shown and 'value="TW"' in shown


def test_memo_is_shown_and_downloaded_word_for_word(
    registered: Application, officer: User, signed: Signed
) -> None:
    client = signed(officer)
    client.post(url(registered, "determination-act", "keep"), {})
    memo = registered.memos.get()
    assert memo.html in client.get(url(registered, "determination-memo", 1)).content.decode()
    answer = client.get(url(registered, "determination-memo-pdf", 1))
    assert (answer["content-type"], answer.content) == ("application/pdf", bytes(memo.pdf))


def test_strangers_and_unknown_actions_find_nothing(
    registered: Application, stranger: User, officer: User, auditor: User, signed: Signed
) -> None:
    assert signed(stranger).get(url(registered)).status_code == 404
    assert signed(officer).post(url(registered, "determination-act", "burn")).status_code == 404
    assert signed(auditor).post(url(registered, "determination-act", "keep")).status_code == 403
    assert "Record the facts" not in signed(auditor).get(url(registered)).content.decode()


def test_page_keeps_its_queries(
    registered: Application, officer: User, signed: Signed, django_assert_max_num_queries: Any
) -> None:
    client = signed(officer)
    for _ in range(3):
        client.post(url(registered, "determination-act", "keep"), {})
    with django_assert_max_num_queries(18):
        client.get(url(registered))


def test_days_on_which_the_policy_changed_are_one_click_away(
    laptops: Application, officer: User, signed: Signed
) -> None:
    shown = signed(officer).get(url(laptops), {"on": "2022-06-01"}).content.decode()
    assert '<a class="btn" href="?on=2020-08-17" aria-current="true">H3 from Aug 17, 2020</a>' in shown
    assert '<a class="btn" href="?on=2023-01-30">H4 from Jan 30, 2023</a>' in shown

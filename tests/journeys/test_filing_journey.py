"""J2: an application like last month's, and one for a listed party, filed in the browser. Clicks are counted."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from entities import hits, parties
from entities.models import Hit, HitStatus
from exportctl.models import User
from licenses import applications
from licenses.models import Application
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
MOST_CLICKS, MOST_PAGES, MOST_SECONDS = 12, 5, 2


class Hand:
    """A hand on the mouse that counts its clicks, the pages it came to and what it typed anew."""

    def __init__(self, page: Page) -> None:
        self.page, self.clicks, self.typed = page, 0, []
        self.pages: list[str] = []
        page.on("framenavigated", lambda frame: self.pages.append(frame.url))

    def press(self, found: Any) -> None:
        with self.page.expect_navigation():
            found.click()
        self.clicks += 1

    def tick(self, found: Any) -> None:
        found.click()
        self.clicks += 1

    def write(self, found: Any, words: str) -> None:
        """Free text is not counted as clicks, going to the field is."""
        found.click()
        self.clicks += 1
        found.fill(words)
        self.typed.append(found.get_attribute("name"))


def test_file_again_what_was_filed_last_month(
    browser_page: Page, signed_in: Any, drain: Any, published_list: Any, filer: User, now: Any
) -> None:
    """<= 12 clicks, <= 5 pages, no party or item typed again."""
    earlier = factories.make_submitted(by=filer, at=now)
    drain()
    page = signed_in(browser_page, filer)
    page.goto("/")
    hand = Hand(page)
    hand.press(page.get_by_role("link", name="Applications", exact=True))
    hand.press(page.get_by_role("link", name=earlier.number).first)
    hand.press(page.get_by_role("button", name="Copy to a new draft"))
    hand.write(page.locator("[name='lines-0-quantity']"), "55")
    for name in ("already_exported", "detained"):
        hand.tick(page.locator(f".pill:has([name={name}][value=no])"))
    expect(page.locator("#stamp")).to_contain_text("everything you typed is kept")
    hand.tick(page.locator("[name=certify]"))
    hand.press(page.get_by_role("button", name="Submit").last)
    expect(page.locator(".lead")).to_contain_text("Submitted")
    case = Application.objects.latest("pk")
    retyped = [name for name in hand.typed if "quantity" not in name]
    print(f"J2: {hand.clicks} clicks, {len(set(hand.pages))} pages, {len(retyped)} fields typed again")
    assert (case.status, case.copied_from, case.lines.get().quantity) == ("submitted", earlier, 55)
    assert hand.clicks <= MOST_CLICKS and len(set(hand.pages)) <= MOST_PAGES and retyped == []


def test_chip_answers_while_the_form_is_open(
    browser_page: Page, signed_in: Any, published_list: Any, filer: User, now: Any
) -> None:
    """A party picked is screened at once, also one the worker has not seen; typed rows survive a reload."""
    draft = factories.make_draft(by=filer, at=now)
    listed = parties.register(
        name="Huawei Technologies Co., Ltd.", country="CN", by=filer, at=now,
        addresses=[{"city": "Shenzhen", "country": "CN"}],
    )  # fmt: skip
    page = signed_in(browser_page, filer)
    page.goto(f"/applications/{draft.number}/edit/")
    field = page.locator("[name='parties-0-party']")
    began = time.monotonic()
    field.fill(f"{listed.name}, CN ({listed.reference})")
    field.press("Tab")
    expect(page.locator("#parties tbody tr").nth(1)).to_contain_text("Strong match", timeout=10_000)
    print(f"chip: {time.monotonic() - began:.2f} s of {MOST_SECONDS} s")
    expect(page.locator("#stamp")).to_contain_text("everything you typed is kept", timeout=10_000)
    page.reload()
    expect(page.locator("[name='parties-0-party']")).to_have_value(f"{listed.name}, CN ({listed.reference})")
    expect(page.locator("#draft-side")).to_contain_text(
        "answers to go" if applications.gaps(draft) else "Complete"
    )


@pytest.mark.parametrize(
    ("on", "regime", "cited", "practice"),
    [
        (date(2019, 6, 1), "H1", "84 FR 22961", ""),
        (date(2022, 6, 1), "H3", "85 FR 51596", "items below 5G"),
        (date(2023, 2, 1), "H4", "85 FR 51596", "no approvals for most items"),
    ],
)
def test_laptop_processors_to_huawei_show_the_policy_of_the_day(
    browser_page: Page,
    signed_in: Any,
    drain: Any,
    published_list: Any,
    filer: User,
    officer: User,
    approver: User,
    now: Any,
    on: date,
    regime: str,
    cited: str,
    practice: str,
) -> None:
    """Filed in the browser; the panel beside the form, and the determination of the filed case, tell the policy of
    the day asked for with its citations, and no other day's."""
    huawei = factories.make_party(
        by=filer, at=now - timedelta(days=2), name="Huawei Technologies Co., Ltd.", country="CN"
    )
    drain()
    for hit in Hit.objects.filter(party=huawei, listed_party__group="Huawei").with_pair():
        same = hit.listed_party.name.partition(" (")[0] == huawei.name
        hit = hits.propose(
            hit=hit, outcome="true_match" if same else "false_positive", note="Names and places compared.",
            reason="same_address" if same else "different_registration",
            differing_fact="" if same else "Another company of the group.", by=officer, at=now,
        )  # fmt: skip
        if hit.status == HitStatus.PROPOSED:
            hits.agree(hit=hit, by=approver, at=now)
    chip = factories.make_item(by=filer, eccn="3A991.a.1", name="Laptop processor U15")
    draft = factories.make_draft(by=filer, at=now, customer=huawei, item=chip)
    page = signed_in(browser_page, filer)
    page.goto(f"/applications/{draft.number}/edit/?on={on.isoformat()}")
    panel = page.locator("section:has(> header #policy)")
    expect(panel).to_contain_text(f"{on:%b} {on.day}, {on.year}")
    expect(panel).to_contain_text(f"License review policy, Huawei, {regime}")
    expect(panel).to_contain_text(cited)
    page.locator("[name=certify]").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Submit").last.click()
    expect(page.locator(".lead")).to_contain_text("Submitted")
    page.goto(f"/applications/{draft.number}/determination/?on={on.isoformat()}")
    answer = page.locator("section:has(> header #answer)")
    for words in (
        f"On {on:%b} {on.day}, {on.year}",
        f"License review policy, Huawei, {regime}",
        cited,
        practice,
    ):
        expect(answer).to_contain_text(words)
    expect(answer.get_by_role("heading", name="License review policy, Huawei")).to_have_count(1)
    expect(answer).to_contain_text("License requirement found")
    expect(answer).to_contain_text("Most restrictive license review policy met: presumption of denial")
    assert Application.objects.get(pk=draft.pk).status == "submitted"

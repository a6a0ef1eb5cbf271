"""J1: a false positive of the review band is recorded from the queue with three keys, the next with two clicks."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from entities.models import Hit
from exportctl.models import User
from tests.factories import make_party

pytestmark = pytest.mark.django_db(transaction=True)


def test_judging_takes_three_keys_or_two_clicks_and_is_undone_in_one(
    browser_page: Page, signed_in: Any, drain: Any, published_list: Any, officer: User
) -> None:
    page = browser_page
    for number in range(3):
        make_party(by=officer, name="Hua Wei Technologies Sales", country="SG",
                   addresses=[{"line": f"{number} Quay", "city": "Jurong", "country": "SG"}])  # fmt: skip
    drain()
    assert set(Hit.objects.values_list("band", flat=True)) == {"review"}
    signed_in(page, officer)
    page.goto("/hits/?status=open")
    first = page.locator("table a.title").first
    first.focus()  # where j and k lead; the three keys: o, the reason, c
    with page.expect_navigation():
        page.keyboard.press("o")
    key = page.locator(".dock input[value=different_place]").get_attribute("data-key") or ""
    page.keyboard.press(key)
    with page.expect_navigation():
        page.keyboard.press("c")
    assert Hit.objects.filter(status="proposed").count() == 1
    judged = Hit.objects.get(status="proposed")
    assert (judged.reason, "Country: SG against" in judged.differing_fact) == ("different_place", True)
    assert f"/hits/{judged.pk}/" not in page.url

    page.locator(".dock label", has_text="Different place").click()  # two clicks, nothing typed
    with page.expect_navigation():
        page.get_by_role("button", name="Record false positive").click()
    assert Hit.objects.filter(status="proposed").count() == 2
    with page.expect_navigation():
        page.get_by_role("button", name="Undo").click()
    assert Hit.objects.filter(status="proposed").count() == 1

"""The platform's pages in a real browser."""

from __future__ import annotations

import os

from .log import fill


def shot(page, name):
    if folder := os.environ.get("EXPORTCTL_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_auditor_verifies_the_chain_and_opens_an_event(browser_page, signed_in, auditor, officer):
    from playwright.sync_api import expect

    fill(3)
    page = signed_in(browser_page, auditor)
    page.goto("/audit/")
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.get_by_role("status").filter(has_text="The chain is whole.")).to_be_visible()
    page.get_by_label("Event", exact=True).fill("test.done")
    page.get_by_role("button", name="Search").click()
    rows = page.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(4)
    rows.nth(1).get_by_text("Sealed text").click()
    expect(rows.nth(1).get_by_text("Zürich, 深圳")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    shot(page, "audit")
    page.goto("/roles/")
    expect(page.get_by_role("row", name="Auditor").get_by_text("Your role")).to_be_visible()
    shot(page, "roles")


def test_pages_fit_a_phone_without_sideways_scrolling(browser_page, signed_in, auditor):
    fill(3)
    page = signed_in(browser_page, auditor)
    page.set_viewport_size({"width": 320, "height": 640})
    for address in ("/audit/", "/roles/"):
        page.goto(address)
        for part in page.get_by_text("Sealed text").all():
            part.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address


def test_pages_pass_axe(browser_page, signed_in, auditor):
    from axe_playwright_python.sync_playwright import Axe

    fill(2)
    page = signed_in(browser_page, auditor)
    for address in ("/audit/", "/roles/", "/admin/exportctl/event/"):
        page.goto(address)
        if address.startswith("/admin/"):
            continue  # the theme's own pages; loading them without an error is what is asked
        found = Axe().run(page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found] == [], address

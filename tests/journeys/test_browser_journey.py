"""The whole product in a real browser: party, hit, adjudication, application, positions, two-person
decision, license, shipment, report."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from exportctl import audit
from exportctl.models import Event, User
from licenses.models import License
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)


def press(page: Page, name: str, *, within: Any = None) -> None:
    """Press the button of that name and wait for the page it leads to."""
    with page.expect_navigation():
        (within or page).get_by_role("button", name=name, exact=True).first.click()


def open_act(page: Page, label: str) -> Any:
    """Open one of the acts of the dossier; returns its form."""
    fold = page.locator("details").filter(has=page.locator("summary", has_text=label)).first
    fold.locator("> summary").click()
    return fold


def test_chain_in_the_browser(
    browser_page: Page,
    signed_in: Any,
    drain: Any,
    published_list: Any,
    filer: User,
    officer: User,
    defense: User,
    approver: User,
    senior: User,
    auditor: User,
) -> None:
    page = browser_page
    number = file(page, signed_in, drain, officer, filer)
    review(page, signed_in, number, officer, defense, filer)
    refuse_and_judge(page, signed_in, number, officer, approver)
    countersign(page, signed_in, number, senior)
    ship(page, signed_in, filer)
    report(page, signed_in, number, auditor)
    assert audit.verify().ok


def file(page: Page, signed_in: Any, drain: Any, officer: User, filer: User) -> str:
    """The officer registers the customer; the filer fills in and submits an application."""
    signed_in(page, officer)
    page.goto("/items/new/")
    page.get_by_label("Part number").fill("T-1")
    page.get_by_label("Name", exact=True).fill("4G modem")
    page.get_by_label("ECCN").fill("5A991.b.4")
    page.get_by_label("Technical description").fill("LTE modem chip for handsets.")
    with page.expect_navigation():
        page.locator("main form button.btn-main").click()
    page.goto("/parties/new/")
    page.get_by_label("Name", exact=True).first.fill("Hi Silicon Technologies Co Ltd")
    page.locator("[name=country]").select_option("CN")
    page.locator("[name='addresses-0-city']").fill("Shenzhen")
    page.locator("[name='addresses-0-country']").select_option("CN")
    with page.expect_navigation():
        page.locator("main form button.btn-main").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hi Silicon Technologies Co Ltd")
    drain()

    signed_in(page, filer)
    page.goto("/applications/new/")
    page.get_by_label("Applicant").select_option(index=1)
    page.get_by_label("Kind").select_option("EXPORT")
    page.get_by_label("Route").select_option("office")
    press(page, "Start the draft")
    number = page.url.rstrip("/").split("/")[-2]
    press(page, f"Submit {number}")
    expect(page.get_by_role("heading", name="What is missing")).to_be_visible()
    page.locator("select[name$='-0-role']").select_option("ultimate_consignee")
    page.locator("input[name$='-0-party']").fill("Hi Silicon Technologies Co Ltd")
    page.locator("select[name$='-1-role']").select_option("end_user")
    page.locator("input[name$='-1-party']").fill("Hi Silicon Technologies Co Ltd")
    page.locator("input[name$='-0-item']").fill("T-1")
    page.locator("input[name$='-0-quantity']").fill("100")
    page.locator("input[name$='-0-unit_price']").fill("21.50")
    page.locator("[name=end_use]").fill("Handsets for consumers; the chip has no 5G mode.")
    page.locator("[name=contact_person]").fill("Fay Filer")
    page.locator("[name=telephone]").fill("+1 555 0100")
    page.locator("[name=no_intermediate]").select_option("none")
    page.locator("[name=capacity]").select_option("exporter")
    for name in ("already_exported", "detained"):
        page.locator(f".pill:has([name={name}][value=no])").click()
    page.locator("[name=certify]").check()
    press(page, f"Submit {number}")
    expect(page.locator(".lead")).to_contain_text("Submitted")
    drain()
    return number


def review(page: Page, signed_in: Any, number: str, officer: User, defense: User, filer: User) -> None:
    """Registered, referred to Defense, which answers with a condition that the filer accepts."""
    signed_in(page, officer)
    page.goto(f"/applications/{number}/")
    press(page, "Register")
    fold = open_act(page, "Refer to agencies")
    fold.get_by_label("Defense").check()
    press(page, "Refer to agencies", within=fold)
    expect(page.locator(".lead")).to_contain_text("With the agencies")

    signed_in(page, defense)
    page.goto(f"/applications/{number}/")
    fold = open_act(page, "Propose condition")
    fold.locator("[name=code]").select_option("END_USE_ONLY")
    fold.locator("[name=text]").fill("No use in 5G network equipment.")
    press(page, "Propose condition", within=fold)
    form = page.locator(f"form[action$='/{number}/recommend/']").first
    if not form.is_visible():
        open_act(page, "Give position")
    form.locator("[name=position][value=approve_conditions]").check()
    form.locator("[name=reason]").fill("Below 5G; handsets only.")
    with page.expect_navigation():
        form.locator("button").click()

    signed_in(page, filer)
    page.goto(f"/applications/{number}/")
    with page.expect_navigation():
        page.locator(f"form[action$='/{number}/accept_condition/'] button").click()
    expect(page.get_by_text("The condition is accepted.")).to_be_visible()


def refuse_and_judge(page: Page, signed_in: Any, number: str, officer: User, approver: User) -> None:
    """A proposed decision waits for its hits; the officer proposes what they are, an approver agrees."""
    signed_in(page, officer)
    page.goto(f"/applications/{number}/")
    form = page.locator(f"form[action$='/{number}/propose_decision/']")
    form.get_by_label("Approve with conditions").check()
    form.locator("[name=legal_basis]").fill("15 CFR 744.11")
    form.locator("[name=justification]").fill("Below 5G, handsets only, with a condition.")
    form.locator("[name=override]").fill("Handsets without a 5G mode serve no network.")
    with page.expect_navigation():
        form.locator("button").click()
    expect(page.get_by_text("hits are not judged for Hi Silicon").first).to_be_visible()
    assert not License.objects.exists()

    page.goto("/hits/?status=open")
    while page.locator("table a.title").count():
        page.locator("table a.title").first.click()
        page.locator("[name=reason][value=same_group]").check()
        page.locator("#id_note").fill("Compared names and group.")
        with page.expect_navigation():
            page.get_by_role("button", name="True match").click()
        page.goto("/hits/?status=open")
    signed_in(page, approver)
    page.goto("/hits/?status=proposed")
    while page.locator("table a.title").count():
        page.locator("table a.title").first.click()
        with page.expect_navigation():
            page.get_by_role("button", name="Agree").click()
        page.goto("/hits/?status=proposed")


def countersign(page: Page, signed_in: Any, number: str, senior: User) -> None:
    """The second approver confirms the password and countersigns; the license is there."""
    signed_in(page, senior)
    page.goto(f"/applications/{number}/")
    press(page, "Countersign")
    page.locator("[name=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.locator("[name=password]").press("Enter")
    if page.get_by_role("button", name="Countersign", exact=True).count():
        press(page, "Countersign")
    expect(page.locator(".lead")).to_contain_text("Approved with conditions")
    assert License.objects.get().application.number == number


def ship(page: Page, signed_in: Any, filer: User) -> None:
    """A part ships; more than is left is refused and what was typed stays."""
    license = License.objects.get()
    signed_in(page, filer)
    page.goto(f"/licenses/{license.number}/")
    page.locator("form[action$='/ship/'] [name=quantity]").fill("60")
    press(page, "Record the shipment")
    expect(page.get_by_text("60 % used").first).to_be_visible()
    page.locator("form[action$='/ship/'] [name=quantity]").fill("41")
    press(page, "Record the shipment")
    expect(page.locator("form[action$='/ship/'] [name=quantity]")).to_have_value("41")
    assert license.lines.get().left == 40


def report(page: Page, signed_in: Any, number: str, auditor: User) -> None:
    """The auditor reads and downloads the decisions."""
    signed_in(page, auditor)
    page.goto("/reports/decisions/")
    expect(page.get_by_role("cell", name=number).first).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").click()
    text = waiting.value.path().read_text(encoding="utf-8-sig")
    assert number in text and "approve_conditions" in text
    assert Event.objects.filter(verb="report.finished").count() == 1

"""J3: from the referral to the signed decision, nobody leaves the dossier. Clicks are counted."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from exportctl.models import User
from licenses.models import Condition, License
from tests import factories
from tests.conftest import PASSWORD

from .test_filing_journey import Hand

pytestmark = pytest.mark.django_db(transaction=True)
OFFICER, AGENCY, APPROVER = 6, 4, 4  # most clicks


def test_two_agencies_a_condition_and_two_signatures(
    browser_page: Page, signed_in: Any, drain: Any, published_list: Any, filer: User, officer: User, defense: User,
    state: User, approver: User, now: Any,
) -> None:  # fmt: skip
    """Filer, officer, two agencies with a condition, first and second signature, license."""
    case = factories.make_registered(by=filer, officer=officer, at=now)
    drain()
    dossier = f"/applications/{case.number}/"

    def sit(user: User) -> Hand:
        signed_in(browser_page, user)
        browser_page.goto(dossier)
        return Hand(browser_page)

    page = browser_page
    at_desk = sit(officer)
    fold = page.locator("details", has=page.locator("summary", has_text="Refer to agencies")).first
    at_desk.tick(fold.locator("> summary"))
    at_desk.tick(fold.get_by_label("Defense"))
    fold.get_by_label("State").press("Space")  # the keys reach it too
    at_desk.press(fold.get_by_role("button"))

    def position(hand: Hand) -> Any:
        hand.tick(
            page.locator("details", has=page.locator("summary", has_text="Give position")).first.locator(
                "> summary"
            )
        )
        return page.locator("form[action$='/recommend/']")

    at_defense = sit(defense)
    form = position(at_defense)
    at_defense.tick(form.locator("[value=approve_conditions]"))
    form.locator("[name=reason]").fill("Civil use, if it stays where it is.")
    form.locator("[name=condition_text]").fill("No transfer to another site without notice.")
    at_defense.press(form.get_by_role("button"))

    at_state = sit(state)
    form = position(at_state)
    at_state.tick(form.locator("[value=no_objection]"))
    at_state.press(form.get_by_role("button"))

    sit(filer).press(page.locator("form[action$='/accept_condition/'] button").first)

    again = sit(officer)
    form = page.locator("form[action$='/propose_decision/']")
    again.tick(form.locator("[value=approve_conditions]"))
    form.locator("[name=justification]").fill("Both agencies agree; the condition is accepted.")
    again.press(form.get_by_role("button"))

    signing = sit(approver)
    signing.press(page.get_by_role("button", name="Countersign", exact=True))
    page.locator("[name=password]").fill(PASSWORD)
    signing.press(page.locator("main form button[type=submit]").first)
    expect(page.locator(".lead")).to_contain_text("Approved with conditions")
    license = License.objects.get()
    condition = Condition.objects.get()
    assert (license.application, condition.origin, condition.accepted_by) == (case, "defense", filer)
    clicks = (at_desk.clicks + again.clicks, at_defense.clicks, at_state.clicks, signing.clicks)
    print(f"J3: officer {clicks[0]}, agencies {clicks[1]} and {clicks[2]}, approver {clicks[3]} clicks")
    assert clicks[0] <= OFFICER and max(clicks[1:3]) <= AGENCY and clicks[3] <= APPROVER
    # a hand sees what later ones open too; but for the second sign-in it is the dossier alone
    left = {url.split("?")[0] for url in at_desk.pages if dossier not in url}
    assert all(url.endswith("/accounts/reauthenticate/") for url in left), left

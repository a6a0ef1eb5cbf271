"""The company's own review in a real browser: Legal is asked, objects, and agrees; only then is the case filed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page, expect

from exportctl import audit
from exportctl.models import User
from licenses import applications
from licenses.models import Application
from tests import factories

from .test_browser_journey import open_act, press

pytestmark = pytest.mark.django_db(transaction=True)
OURS = ("approve", "deny", "denied", "revoke")  # only the agency does that


def test_legal_objects_and_agrees_before_the_case_is_filed(
    browser_page: Page,
    signed_in: Any,
    drain: Any,
    published_list: Any,
    filer: User,
    officer: User,
    approver: User,
    counsel: User,
    now: datetime,
) -> None:
    case = factories.make_submitted(by=filer, at=now, route="company")
    drain()
    applications.begin_review(application=case, by=officer, at=now)
    page, path = browser_page, f"/applications/{case.number}/"

    def opened(who: User) -> Page:
        signed_in(page, who).goto(path)
        return page

    with time_machine.travel(now + timedelta(hours=1), tick=True):
        fold = open_act(opened(officer), "Ask a body of one's own")
        fold.get_by_label("Legal").check()
        press(page, "Ask a body of one's own", within=fold)
        lanes = page.locator("section[aria-labelledby=own-lanes]")
        expect(lanes).to_contain_text("Legal")
        expect(page.locator(".lead")).to_contain_text("Waits for Legal.")

        blocked(opened(approver), "Legal has not answered")

        advise(opened(counsel), "Objects", "The end use is not clear.")
        expect(page.locator("section[aria-labelledby=own-lanes]")).to_contain_text(
            "Its objection holds the case."
        )
        words = page.locator("section[aria-labelledby=own-lanes]").inner_text().casefold()
        assert not [word for word in OURS if word in words]

        blocked(opened(approver), "Legal objects, and its objection holds the case.")

        advise(opened(counsel), "Agrees", "It is clear now.")

        fold = open_act(opened(approver), "Mark as filed with the agency")
        fold.locator("[name=external_number]").fill("Z482911")
        press(page, "Mark as filed with the agency", within=fold)
        expect(page.locator(".lead").first).to_contain_text("Filed with the agency.")
    assert Application.objects.get(pk=case.pk).status == "filed"
    assert audit.verify().ok


def blocked(page: Page, words: str) -> None:
    """The filing says what it waits for, on the form and among what blocks the next step."""
    fold = open_act(page, "Mark as filed with the agency")
    expect(fold).to_contain_text(words)
    expect(fold.get_by_role("button", name="Mark as filed with the agency")).to_have_attribute(
        "aria-disabled", "true"
    )
    expect(page.locator("section[aria-labelledby=blockers]")).to_contain_text(words)


def advise(page: Page, stance: str, reason: str) -> None:
    fold = open_act(page, "Give your body's view")
    text = fold.inner_text().casefold()
    assert not [word for word in OURS if word in text]
    fold.get_by_label(stance, exact=True).check()
    fold.locator("[name=reason]").fill(reason)
    press(page, "Give your body's view", within=fold)
    expect(page.locator("section[aria-labelledby=own-lanes]")).to_contain_text(reason)

"""Intent to deny to the final denial and its appeal, in a real browser, by nothing but the passing of days.

Every figure of the clock is checked against tables 1 and 7 of the review process: 90 days from registration that end
with the letter, 20 to answer, 45 to the final denial, 45 and 45 to appeal, 30 for later papers.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page, expect

from exportctl import audit
from exportctl.models import User
from licenses import tasks
from licenses.models import Application, License
from tests import factories
from tests.conftest import PASSWORD

from .test_browser_journey import open_act, press

pytestmark = pytest.mark.django_db(transaction=True)
LETTER = 7  # the letter goes out on day 7 of the 90


def written(moment: datetime) -> str:
    return f"{moment:%b} {moment.day}, {moment.year}"


def test_intent_to_deny_becomes_final_by_the_passing_of_days(
    browser_page: Page,
    signed_in: Any,
    published_list: Any,
    filer: User,
    officer: User,
    approver: User,
    now: datetime,
) -> None:
    case = factories.make_registered(by=filer, officer=officer, at=now)
    path, page = f"/applications/{case.number}/", browser_page
    letter = now + timedelta(days=LETTER)

    def on(day: int) -> Any:
        """A day counted from the registration."""
        return time_machine.travel(now + timedelta(days=day, minutes=day), tick=False)

    def opened(who: User) -> Page:
        signed_in(page, who).goto(path)
        return page

    def fact(name: str) -> Any:
        """The answer beside a term of the panel on the denial."""
        return page.locator("section[aria-labelledby=denial] dt", has_text=name).locator("+ dd")

    with on(LETTER):
        intend_to_deny(opened(officer), case)
        countersign(opened(approver), case)
        expect(page.locator(".lead")).to_contain_text(f"final on {written(letter + timedelta(days=45))}")
        expect(page.locator("#clock")).to_have_text("Legal clock: closed on day 7 of 90")

    with on(LETTER + 20):
        opened(filer)
        expect(fact("Letter")).to_have_text(written(letter))
        expect(fact("Answer by")).to_contain_text(written(letter + timedelta(days=20)))
        expect(fact("Final")).to_contain_text(written(letter + timedelta(days=45)))
        expect(fact("Appeal by")).to_contain_text(written(letter + timedelta(days=90)))
        expect(fact("Appeal by")).to_contain_text(written(letter + timedelta(days=45)))
        answer(page, "The site was changed.")
        expect(page.get_by_text("Late", exact=True)).to_have_count(0)

    with on(LETTER + 21):
        answer(opened(filer), "And the consignee.")
        expect(page.get_by_text("Late", exact=True)).to_have_count(1)

    with on(LETTER + 44):
        opened(filer)
        expect(page.locator(".lead")).to_contain_text("Intent to deny.")
        fold = open_act(page, "Appeal the denial")
        expect(fold).to_contain_text("The denial becomes final on")

    with on(LETTER + 45):  # no job has run: the day alone makes it final
        opened(filer)
        expect(page.locator(".lead")).to_contain_text("Denied.")
        expect(page.locator(".lead")).to_contain_text(f"Final since {written(letter + timedelta(days=45))}")
        expect(page.locator("#clock")).to_have_text("Legal clock: closed on day 7 of 90")
        assert Application.objects.get(pk=case.pk).status == "intent_to_deny"
        tasks.lapse()
        denied = Application.objects.get(pk=case.pk)
        assert (denied.status, denied.closed_at.date()) == ("denied", (letter + timedelta(days=45)).date())

    with on(LETTER + 90):  # the last day of the appeal
        appeal(opened(filer))
        expect(page.locator(".lead")).to_contain_text("Denied, appeal pending.")
        expect(fact("Papers until")).to_contain_text(written(letter + timedelta(days=120)))
        assert not License.objects.exists()

    with on(LETTER + 121):
        fold = open_act(opened(filer), "Add a paper to the appeal")
        expect(fold).to_contain_text("30 days after the appeal")
        expect(fold.get_by_role("button", name="Add a paper to the appeal")).to_have_attribute(
            "aria-disabled", "true"
        )
    assert audit.verify().ok


def intend_to_deny(page: Page, case: Application) -> None:
    form = page.locator(f"form[action$='/{case.number}/propose_decision/']")
    form.locator("[name=outcome][value=intend_to_deny]").check()
    form.locator("[name=legal_basis]").fill("15 CFR 744.21")
    form.locator("[name=denial_reasons][value=END_USE]").check()
    form.locator("[name=considerations]").fill("withheld")
    form.locator("[name=modifications]").fill("none")
    form.locator("[name=justification]").fill("A military end use is likely.")
    with page.expect_navigation():
        form.locator("button").click()


def countersign(page: Page, case: Application) -> None:
    press(page, "Countersign")
    page.locator("[name=password]").fill(PASSWORD)
    with page.expect_navigation():
        page.locator("[name=password]").press("Enter")
    if page.get_by_role("button", name="Countersign", exact=True).count():
        press(page, "Countersign")
    expect(page.locator(".lead")).to_contain_text("Intent to deny.")


def answer(page: Page, words: str) -> None:
    fold = open_act(page, "Answer the intent to deny")
    fold.locator("[name=text]").fill(words)
    press(page, "Answer the intent to deny", within=fold)
    expect(page.get_by_text(words).first).to_be_visible()


def appeal(page: Page) -> None:
    fold = open_act(page, "Appeal the denial")
    fold.locator("[name=statement]").fill("The end use is civil, as the visit showed.")
    fold.locator("[name=hearing]").check()
    press(page, "Appeal the denial", within=fold)
    expect(page.get_by_text("Hearing asked for")).to_be_visible()

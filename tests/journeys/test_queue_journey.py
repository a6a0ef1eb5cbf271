"""Work changes hands in the browser: taken in one click, given to a colleague who is told, a lane taken by its body."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from exportctl.models import User
from licenses import review
from licenses.models import Application, Referral
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_officer_takes_a_case_gives_it_on_and_a_reviewer_takes_the_lane(
    browser_page: Page, signed_in: Any, drain: Any, published_list: Any, filer: User, officer: User, officer2: User,
    defense: User,
) -> None:  # fmt: skip
    now = timezone.now()
    case = factories.make_registered(by=filer, officer=officer, at=now)
    other = factories.make_registered(by=filer, officer=officer, at=now)
    review.refer(application=case, bodies=["defense"], by=officer, at=now)
    drain()
    page = browser_page

    def queue(user: User, view: str) -> None:
        signed_in(page, user)
        page.goto("/applications/")
        page.get_by_role("navigation", name="Queues").get_by_role("link", name=view).click()

    queue(officer, "Unassigned")
    expect(page.get_by_role("row").filter(has_text=case.number)).to_contain_text("nobody has taken it")
    page.get_by_role("button", name=f"Take it {other.number}").click()
    expect(page.get_by_text(f"{other.number} is assigned to you.")).to_be_visible()

    page.goto(f"/applications/{case.number}/")
    page.get_by_role("button", name="Take it as Case officer").click()
    assert Application.objects.get(pk=case.pk).assigned_to == officer
    desk = page.get_by_role("region", name="Who works on it")
    expect(desk).to_contain_text("Olive Officer (you)")
    desk.get_by_text("Give it to another, or back").click()
    desk.get_by_label("Who works it").select_option(label="Otto Officer, 0 open")
    desk.get_by_label("Reason").fill("You know the consignee.")
    desk.get_by_role("button", name="Assign").click()
    expect(page.get_by_role("region", name="Who works on it")).to_contain_text("Otto Officer")
    expect(page.get_by_role("region", name="Timeline")).to_contain_text("from Olive Officer to Otto Officer")
    drain()

    queue(officer2, "Mine")
    row = page.get_by_role("row").filter(has_text=case.number)
    expect(row).to_contain_text("Otto Officer")
    expect(page.get_by_role("row").filter(has_text=other.number)).to_have_count(0)
    page.goto("/notices/")
    expect(page.get_by_role("link", name=f"{case.number}: the case is assigned to you")).to_be_visible()
    expect(page.get_by_text("You know the consignee.")).to_be_visible()
    page.goto("/")
    expect(page.get_by_text("Assigned to me: 1")).to_be_visible()
    expect(page.get_by_text("Team: also what colleagues hold")).to_be_visible()

    queue(defense, "Unassigned")
    page.get_by_role("button", name=f"Take it {case.number}").click()
    assert Referral.objects.get(application=case).assigned_to == defense
    page.get_by_role("navigation", name="Queues").get_by_role("link", name="Mine").click()
    expect(page.get_by_role("row").filter(has_text=case.number)).to_contain_text("held by Dora Defense")

"""Every page of the demo world: axe finds nothing, nothing is wider than the screen, the keyboard gets around."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Page

from entities import parties
from entities.models import Hit, HitStatus, ListVersion, Party, VersionState
from exportctl import outbox
from exportctl.models import User
from licenses import applications
from licenses.models import Application, DecisionState, Item, Letter, License, Question

pytestmark = pytest.mark.django_db(transaction=True)

WIDE, PHONE, SMALL = 1280, 390, 320
AXE = Axe().axe_script
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def build() -> None:
    """The demo world, with one hit nobody has judged and one draft that is not complete."""
    call_command("seed", stdout=io.StringIO())
    call_command("demo", stdout=io.StringIO())
    filer, at = User.objects.get(username="filer"), datetime.now(UTC)
    parties.register(
        name="Hua Wei Technologies Co Ltd", country="CN", by=filer, at=at,
        addresses=[{"city": "Shenzhen", "country": "CN"}],
    )  # fmt: skip
    outbox.drain()
    applications.start(applicant=filer.memberships.first().party, by=filer, at=at)


def hit(**facts: Any) -> str:
    return reverse("entities:hit", args=[Hit.objects.filter(**facts).order_by("pk")[0].pk])


def places() -> list[tuple[str, str]]:
    """(who, address) of every page, one of each kind and state."""
    started, *_, draft = (
        Application.objects.filter(status="draft").order_by("pk").values_list("number", flat=True)
    )
    proposed = Application.objects.get(decisions__state=DecisionState.PROPOSED).number
    held = ListVersion.objects.get(state=VersionState.HELD).pk
    company, inside = (
        Application.objects.get(route="company", status=status).number
        for status in ("approved", "internal_review")
    )
    cables = Application.objects.get(memos__determination__isnull=False).number
    denied = Application.objects.get(status="denied").number
    late = Application.objects.filter(status="referred").order_by("pk")[0].number
    new = Application.objects.get(status="submitted").number
    disputed = Application.objects.get(status="committee").number
    question = Question.objects.get(answered_at=None)
    asked = f"/applications/{question.application.number}/"
    revoked, *_, active = License.objects.order_by("pk").values_list("number", flat=True)
    listed = Party.objects.get(name="Huawei Technologies Co., Ltd.").pk
    item = Item.objects.get(part_number="BM-OS40").pk
    found = [
        ("filer", ("/", f"/applications/{draft}/edit/", f"/applications/{started}/edit/?on=2019-06-01",
                   "/applications/new/", "/items/new/", "/parties/new/", f"/applications/{company}/", "/audit/",
                   f"/applications/{new}/edit/", f"/applications/{cables}/hand-over/",
                   f"/applications/{new}/versions/", f"/applications/{new}/red-flags/",
                   f"/applications/{company}/keying/", f"/items/{item}/", f"/items/{item}/classify/",
                   asked, f"{asked}answer_question/?question={question.pk}")),
        ("officer", ("/", "/search/?q=huawei", "/hits/", "/hits/?by=family", "/hits/agreement/", "/notices/",
                     "/notices/settings/", "/applications/people/", "/applications/?assigned_to=none&status=open",
                     hit(status=HitStatus.OPEN), hit(status=HitStatus.CLOSED),
                     "/parties/", f"/parties/{listed}/", "/applications/",
                     *(f"/applications/{number}/" for number in (denied, late, new, disputed)),
                     f"/applications/{disputed}/propose_condition/", f"{asked}ask_question/", "/licenses/",
                     "/policies/holds/",
                     f"/applications/{denied}/letters/1/",
                     f"/applications/{new}/determination/?on=2022-06-01",
                     f"/licenses/{revoked}/", f"/licenses/{active}/", "/items/", "/policies/", "/reports/",
                     "/determinations/", "/drafts/hand-over/", f"/applications/{cables}/determination/",
                     "/reports/decisions/", "/decisions/", "/accounts/password/change/", "/accounts/2fa/",
                     "/help/workflow/", "/no/such/page/")),
        ("approver", ("/", f"/applications/{new}/files/", hit(status=HitStatus.PROPOSED),
                      f"/applications/{proposed}/", f"/applications/{proposed}/letters/preview/",
                      "/lists/", f"/lists/versions/{held}/", "/policies/delegations/")),
        ("counsel", (f"/applications/{inside}/", f"/applications/{inside}/advise/")),
        ("admin", ("/review-bodies/",)),
        ("defense", ("/", f"/applications/{disputed}/", f"/applications/{disputed}/escalate/")),
        ("auditor", ("/audit/", "/roles/")),
    ]  # fmt: skip
    return [(who, path) for who, paths in found for path in paths]


def violations(page: Page) -> Iterable[str]:
    """What axe, brought to the page before, has to say: a rule and its first place a line."""
    answer = page.evaluate("options => axe.run(options)", {"runOnly": RULES, "resultTypes": ["violations"]})
    for one in answer["violations"]:
        yield f"{one['id']}: {one['nodes'][0]['html'][:160]}"


def too_wide(page: Page, width: int) -> Iterable[str]:
    page.set_viewport_size({"width": width, "height": 800})
    found = page.evaluate("document.documentElement.scrollWidth")
    if found > width:
        yield f"{found} pixels wide on a screen of {width}"


def looked_at(page: Page, path: str) -> list[str]:
    """Everything wrong with a page at the three widths."""
    page.set_viewport_size({"width": WIDE, "height": 800})
    page.goto(path)
    page.evaluate(AXE)
    wrong = [f"{WIDE} {words}" for words in violations(page)]
    wrong += too_wide(page, WIDE)
    wrong += too_wide(page, 1024)
    wrong += too_wide(page, SMALL)
    wrong += too_wide(page, PHONE)
    wrong += [f"{PHONE} {words}" for words in violations(page)]
    return [f"{path} {words}" for words in wrong]


@pytest.mark.parametrize(
    "whose", [{"officer"}, {"filer", "approver", "defense", "auditor"}], ids=["officer", "others"]
)
def test_every_page_is_accessible_and_fits(browser_page: Page, signed_in: Any, whose: set[str]) -> None:
    build()
    page = browser_page
    code = Letter.objects.order_by("pk")[0].spelled
    verify = ("/verify/", f"/verify/{code}/", "/verify/0000-0000-0000-0000/")
    wrong = [words for path in ("/accounts/login/", *verify) for words in looked_at(page, path)]
    current = ""
    found = [place for place in places() if place[0] in whose]
    assert {who for who, _ in found} == whose
    for who, path in found:
        if who != current:
            signed_in(page, User.objects.get(username=who))
            current = who
        wrong += [f"{who} {words}" for words in looked_at(page, path)]
    assert wrong == []


def test_keyboard_skips_to_the_page_and_focuses_the_search(
    browser_page: Page, signed_in: Any, officer: User
) -> None:
    page = signed_in(browser_page, officer)
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("huawei")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.url.endswith("/search/?q=huawei")

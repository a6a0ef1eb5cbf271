"""The pages around hits in the browser: axe finds nothing, nothing is wider than the screen, light and dark.

`EXPORTCTL_SHOTS` names a folder for pictures of each, to be looked at.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from entities import batches, duties, hits, lists, namelines, rechecks, worlds
from entities.models import ListedParty, ListSource, NameChunk
from exportctl import outbox, people
from exportctl.models import User
from tests.entities.conftest import el, many, sdn
from tests.factories import make_party

from .test_accessibility import AXE, too_wide, violations

pytestmark = pytest.mark.django_db(transaction=True)

WIDTHS = {1440: 1000, 390: 844}
PERSON = "Kestrel Avionic Marlowe"
FIRM = "Osprey Radar Works"
DPL = "Denied Persons List (DPL) - Bureau of Industry and Security"


@pytest.fixture
def world(
    seeded: None, officer: User, officer2: User, approver: User, settings: Any, tmp_path: Path
) -> dict[str, str]:
    """Judged and open hits on persons and firms, and the address of each page."""
    settings.LIST_FILES = tmp_path / "lists"
    now = timezone.now()
    ended = (now - timedelta(days=3)).date()
    rows = [
        sdn(1, PERSON, type="Individual", dates_of_birth=["1960-03-12"], remarks="DOB 12 Mar 1960.",
            ids=[{"type": "Passport", "number": "X4711552", "country": "IR"}]),
        {**el(FIRM, "DE"), "source": DPL, "standard_order": "Y", "end_date": ended.isoformat()},
        el("Turmfalke Handel Dresden", "DE"), *many(20, start=500),
    ]  # fmt: skip
    path = tmp_path / "list.json"
    path.write_text(json.dumps({"search_performed_at": "2026-08-01T05:00:00Z", "results": rows}))
    lists.stage(source=ListSource.objects.get(pk="csl"), path=path, by=people.job_user("import"), at=now,
                effective_on=now.date())  # fmt: skip
    worlds.forget()
    ids = [{"kind": "Passport", "value": "C01X00T47", "country": "DE"}]
    person = make_party(by=officer, at=now, name=PERSON, kind="individual", identifiers=ids)
    firm = make_party(by=officer, at=now, name=FIRM)
    for _ in range(3):
        make_party(by=officer, at=now, name="Turmfalke Handel Dresden GmbH", country="AT")
    outbox.drain()
    cleared, true = person.hits.get(), firm.hits.get()
    hits.propose(hit=cleared, outcome="false_positive", reason="different_person", differing_fact="Born in 1984",
                 by=officer, at=now)  # fmt: skip
    hits.agree(hit=cleared, by=approver, at=now)
    hits.propose(hit=true, outcome="true_match", reason="same_address", note="Seen.", by=officer, at=now)
    hits.agree(hit=true, by=approver, at=now)
    duties.review_ended(by=people.job_user("screening"), at=now)
    [recheck] = rechecks.sample(count=1, by=approver, at=now, seed=1)
    pasted = f"{FIRM}; DE\nTurmfalke Handel Dresden\nNordhafen Maschinenbau GmbH; DE\n{PERSON}\n"
    batch = batches.receive(namelines.read(pasted, most=10), limit=5, minimum=70, by=officer2, at=now)
    for chunk in NameChunk.objects.filter(batch=batch):
        batches.work(chunk=chunk, at=now)
    waiting = batches.receive(
        namelines.read("Kestrel\nOsprey", most=10), limit=5, minimum=70, by=officer2, at=now
    )
    return {
        "duty": reverse("entities:duty", args=[true.duties.get().pk]),
        "look": reverse("entities:look", args=[recheck.pk]),
        "names": reverse("entities:names"),
        "names-answered": reverse("entities:names-batch", args=[batch.pk]),
        "names-waiting": reverse("entities:names-batch", args=[waiting.pk]),
        "hit-person": reverse("entities:hit", args=[cleared.pk]),
        "party-person": reverse("entities:party", args=[person.pk]),
        "party-edit": reverse("entities:party-edit", args=[person.pk]),
        "entry-person": reverse("entities:entry", args=[ListedParty.objects.get(name=PERSON).pk]),
        "parties": reverse("entities:parties"),
        "hits": f"{reverse('entities:hits')}?status=all",
    }  # fmt: skip


def looked_at(page: Page, name: str, *, scheme: str) -> Iterator[str]:
    """Everything wrong with the page that is open, at both widths; pictures where they are asked for."""
    page.evaluate(AXE)
    for width in (1024, 320):
        yield from (f"{name} {scheme} {words}" for words in too_wide(page, width))
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        yield from (f"{name} {scheme} {words}" for words in too_wide(page, width))
        yield from (f"{name} {scheme} {width} {words}" for words in violations(page))
        if folder := os.environ.get("EXPORTCTL_SHOTS"):
            page.screenshot(path=f"{folder}/{name}-{width}-{scheme}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_around_hits_are_accessible_and_fit(
    browser_page: Page, signed_in: Callable[..., Any], world: dict[str, str], officer2: User, scheme: Any
) -> None:
    page = signed_in(browser_page, officer2)
    page.emulate_media(color_scheme=scheme)
    wrong = []
    for name, path in world.items():
        page.set_viewport_size({"width": 1440, "height": 1000})
        page.goto(path)
        wrong += looked_at(page, name, scheme=scheme)
    wrong += pairs(page, scheme)
    assert wrong == []


def pairs(page: Page, scheme: str) -> Iterator[str]:
    """Identical pairs: the preview, and what was done."""
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.goto(f"{reverse('entities:hits')}?q=Turmfalke")
    page.get_by_label("Select all shown").check()
    page.get_by_role("button", name="Preview identical pairs").click()
    page.get_by_role("heading", name="Identical pairs").wait_for()
    yield from looked_at(page, "pairs", scheme=scheme)
    page.set_viewport_size({"width": 1440, "height": 1000})
    page.get_by_label("Reason").select_option("different_place")
    page.get_by_label("What differs besides the name").fill("Vienna, not Dresden")
    page.get_by_role("button", name="Record 3 false positives").click()
    page.get_by_role("heading", name="Identical pairs: what was done").wait_for()
    yield from looked_at(page, "pairs-done", scheme=scheme)


def test_names_are_pasted_and_their_answers_come_by_themselves(
    browser_page: Page, signed_in: Callable[..., Any], world: dict[str, str], officer2: User
) -> None:
    page = signed_in(browser_page, officer2)
    page.goto(world["names"])
    page.get_by_label("Names").fill(f"{FIRM}; DE\nNordhafen Maschinenbau GmbH")
    page.get_by_role("button", name="Screen them").click()
    page.get_by_text("0 of 2.").wait_for()
    outbox.drain()
    page.get_by_role("row", name="Prohibited without").wait_for()  # nobody reloads
    assert page.locator("progress").count() == 0
    page.get_by_role("link", name="No match by name 1").click()
    assert page.locator("tbody tr").count() == 1
    with page.expect_download() as taken:
        page.get_by_role("link", name="CSV").click()
    assert "Nordhafen Maschinenbau GmbH,NO_MATCH_NAME_ONLY" in taken.value.path().read_text(
        encoding="utf-8-sig"
    )

"""A list file in a real browser: handed in, held by its checks, its difference read, released by a second person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from entities import lists as list_verbs
from entities.models import ListSource, VersionState
from exportctl import people
from exportctl.models import User
from tests.entities.conftest import many
from tests.entities.conftest import write as write  # the fixture

pytestmark = pytest.mark.django_db(transaction=True)


def press(page: Page, name: str) -> None:
    """Press the button of that name and wait for the page it leads to."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).first.click()


def test_held_import_is_released_by_a_second_person(
    browser_page: Page, signed_in: Any, drain: Any, write: Any, lists: User, approver: User, now: Any, settings: Any,
    tmp_path: Path,
) -> None:  # fmt: skip
    page, settings.LIST_FILES = browser_page, tmp_path / "kept"
    list_verbs.ensure_sources()
    source = ListSource.objects.get(pk="csl")
    first = list_verbs.stage(
        source=source, path=write(many(100)), by=people.job_user("import"), at=now, effective_on=now.date()
    )
    signed_in(page, lists)
    page.goto("/lists/")
    page.locator("#id_source").select_option("csl")
    page.locator("#id_file").set_input_files(write(many(60), name="thin.json"))
    press(page, "Import")
    drain()
    expect(page.get_by_role("heading", name="Held as version 2")).to_be_visible()
    page.get_by_role("link", name="See what would change").click()
    expect(page.get_by_text("You imported this file; another person must release it.")).to_be_visible()
    expect(page.get_by_text("SDN: rows removed")).to_be_visible()
    expect(page.get_by_text("60 +0 −40 against the file before")).to_be_visible()
    signed_in(page, approver)
    page.reload()
    expect(page.get_by_role("cell", name="Removed").first).to_be_visible()
    page.get_by_label("Reason").fill("The notice of that day takes them off.")
    press(page, "Release")
    expect(page.get_by_text("version 2, is in use")).to_be_visible()
    source.refresh_from_db()
    assert (first.number, source.current.number, source.current.released_by) == (1, 2, approver)
    assert source.current.state == VersionState.PUBLISHED

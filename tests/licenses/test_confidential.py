"""A confidential house entry on a case: that there is one is told, what it says only to those who may read it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from entities import house, lists
from exportctl import outbox
from exportctl.models import User
from licenses.models import Application

LETTER = "Supplier letter of the third of May"


def test_a_filer_reads_no_word_of_a_confidential_entry(
    registered: Application, filer: User, officer: User, signed: Any, now: datetime
) -> None:
    lists.ensure_sources()
    end_user = registered.roles.get(role="end_user").party
    house.add(
        name=f"{end_user.name} ({LETTER})", names=[end_user.name], effect="RED_FLAG",
        effective_on=now.date() - timedelta(days=1), countries=[end_user.country], confidential=True,
        note="Told in confidence.", by=officer, at=now,
    )  # fmt: skip
    outbox.drain()
    assert end_user.hits.filter(listed_party__confidential=True).exists()

    path = f"/applications/{registered.number}/"
    assert LETTER in signed(officer).get(path).content.decode()
    told = signed(filer).get(path).content.decode()
    assert LETTER not in told
    assert "a confidential entry of the house list" in told

    page = f"{path}determination/"
    officer_client = signed(officer)
    officer_client.post(f"{page}keep/", {})
    memo = registered.memos.get()
    assert LETTER not in memo.html + signed(filer).get(page).content.decode()
    assert "a confidential entry of the house list" in memo.html

"""Kinds of notices muted by a person: in the app, by e-mail, both; a legal day is always told in the app."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse

from exportctl import notices
from exportctl.errors import Invalid
from exportctl.models import Event, Notice, NoticeMute, NoticeSetting, User
from exportctl.notices import Kind, Telling

pytestmark = pytest.mark.django_db
BOTH, APP, MAIL, NONE = (True, True), (True, False), (False, True), (False, False)


@pytest.fixture(autouse=True)
def known() -> Iterator[None]:
    """Two kinds of this test's own beside those of the apps."""
    kept = dict(notices.kinds)
    notices.register(Kind("plain", "Plain", "Something"), Kind("law", "Law", "A legal day", duty=True))
    yield
    notices.kinds.clear()
    notices.kinds.update(kept)


@pytest.fixture
def reader(officer: User) -> User:
    officer.email = "officer@example.org"
    officer.save()
    NoticeSetting.objects.create(user=officer, mail="at_once")
    return officer


def tell(user: User, kind: str, now: datetime) -> int:
    return notices.tell([Telling(f"{kind} 1", f"About {kind}", [user], kind=kind)], at=now, now=now)


@pytest.mark.parametrize(("way", "app", "mailed"), [(BOTH, 1, 1), (APP, 1, 0), (MAIL, 0, 1), (NONE, 0, 0)])
def test_a_kind_goes_where_its_reader_wants_it(
    way: tuple[bool, bool], app: int, mailed: int, reader: User, officer2: User, signed: Any, now: datetime
) -> None:
    notices.choose(ways={"plain": way}, by=reader, at=now)
    assert tell(reader, "plain", now) == (1 if way != NONE else 0)
    assert tell(officer2, "plain", now) == 1  # another's wish is another's
    assert Notice.objects.shown().filter(user=reader).count() == app
    assert notices.mail(now=now) == mailed == len(mail.outbox)
    answer = signed(reader).get(reverse("exportctl:notices"))
    assert ("About plain" in answer.content.decode(), answer.context["unread"]) == (bool(app), app)


def test_a_legal_day_is_muted_by_mail_alone_and_says_so(reader: User, signed: Any, now: datetime) -> None:
    for way in (MAIL, NONE):
        with pytest.raises(Invalid) as no:
            notices.choose(ways={"law": way}, by=reader, at=now)
        assert [each.field for each in no.value.blockers] == ["app-law"]
    notices.choose(ways={"law": APP}, by=reader, at=now)
    assert tell(reader, "law", now) == 1
    assert notices.mail(now=now) == 0
    client = signed(reader)
    assert "not sent by e-mail, you muted that" in client.get(reverse("exportctl:notices")).content.decode()
    page = client.get(reverse("exportctl:notice-settings")).content.decode()
    assert "Legal days are told in the app alone." in page and "muted by e-mail, told in the app" in page


def test_unknown_kinds_are_refused_all_at_once_and_nothing_changes(reader: User, now: datetime) -> None:
    notices.choose(ways={"plain": APP}, by=reader, at=now)
    with pytest.raises(Invalid) as no:
        notices.choose(ways={"x": BOTH, "y": NONE, "law": NONE, "plain": BOTH}, by=reader, at=now)
    assert [each.field for each in no.value.blockers] == ["kind", "kind", "app-law"]
    assert NoticeMute.objects.get().kind == "plain"


def test_a_choice_is_on_record_and_taken_back(reader: User, now: datetime) -> None:
    notices.choose(ways={"plain": NONE, "law": BOTH}, by=reader, at=now)
    event = Event.objects.latest("seq")
    assert (event.verb, event.data["data"]["muted"]) == (
        "notices.chosen", [{"kind": "plain", "app": False, "mail": False}],
    )  # fmt: skip
    notices.choose(ways={"plain": BOTH}, by=reader, at=now)
    assert not NoticeMute.objects.exists()
    assert tell(reader, "plain", now) == 1


def test_the_settings_page_keeps_each_kind(reader: User, auditor: User, signed: Any) -> None:
    client, url = signed(reader), reverse("exportctl:notice-settings")
    kinds = [row["kind"].code for row in client.get(url).context["rows"]]
    assert {"plain", "law", "assigned", "hit", "duty"} <= set(kinds)
    assert [row["kind"].code for row in signed(auditor).get(url).context["rows"]] == ["plain", "law"]
    said = {
        "mail": "digest",
        **{f"mail-{code}": "on" for code in kinds if code != "assigned"},
        "app-plain": "on",
    }
    assert client.post(url, said).status_code == 302
    muted = {mute.kind: (mute.in_app, mute.by_mail) for mute in NoticeMute.objects.filter(user=reader)}
    assert muted["assigned"] == NONE and "plain" not in muted and "law" not in muted
    assert NoticeSetting.objects.get(user=reader).mail == "digest"
    assert client.post(url, {"mail": "by owl"}).status_code == 400
    assert NoticeMute.objects.filter(user=reader).count() == len(muted)


def test_the_database_keeps_mutes_that_mute_and_notices_that_go_somewhere(
    reader: User, now: datetime
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeMute.objects.create(user=reader, kind="plain", in_app=True, by_mail=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.create(
            user=reader, key="k", title="t", at=now, created_at=now, in_app=False, by_mail=False
        )


def test_every_rule_of_the_apps_has_a_kind() -> None:
    from entities import notices as who
    from licenses import notices as cases

    assert {who.KIND_OF[verb] for verb in who.RULES} <= set(notices.kinds)
    assert {cases.kind_of(verb) for verb in cases.RULES} <= set(notices.kinds)
    assert {kind.code for kind in notices.kinds.values() if kind.duty} == {
        "duty",
        "referral",
        "decision",
        "law",
    }

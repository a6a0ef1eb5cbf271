"""Drafts: shared with the team or not, handed over, a leaver's drafts reassigned."""

from __future__ import annotations

import pytest

from entities import parties
from exportctl.errors import Invalid, NotAllowed, Refused
from exportctl.models import Event
from licenses import handovers
from licenses.models import Application
from tests.licenses.conftest import codes, fields

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague(person, administrator, company, now):
    user = person("colleague", "filer")
    parties.add_member(party=company, user=user, by=administrator, at=now)
    return user


def test_share_decides_who_of_the_company_sees_the_draft(draft, filer, colleague, officer, now) -> None:
    def seen(user) -> int:
        return Application.objects.for_user(user).count()

    assert (seen(filer), seen(colleague)) == (1, 1)
    handovers.share(application=draft, shared=False, by=filer, at=now)
    assert (seen(filer), seen(colleague)) == (1, 0)
    with pytest.raises(NotAllowed) as refused:
        handovers.share(application=draft, shared=True, by=colleague, at=now)
    assert codes(refused) == {"not_author"}
    handovers.share(application=draft, shared=True, by=filer, at=now)
    assert seen(colleague) == 1
    assert [e.verb for e in Event.objects.order_by("-seq")[:2]] == ["draft.shared", "draft.kept_private"]


def test_reassign_by_the_author_or_who_may(
    draft, filer, colleague, stranger, administrator, auditor, now
) -> None:
    with pytest.raises(NotAllowed):
        handovers.reassign(application=draft, to=colleague, by=auditor, at=now)
    with pytest.raises(Invalid) as refused:
        handovers.reassign(application=draft, to=stranger, by=filer, at=now)
    assert fields(refused) == {"to"}
    with pytest.raises(Invalid):
        handovers.reassign(application=draft, to=auditor, by=filer, at=now)
    case = handovers.reassign(application=draft, to=colleague, by=filer, at=now)
    assert case.filed_by == colleague
    assert handovers.reassign(application=case, to=filer, by=administrator, at=now).filed_by == filer
    assert Event.objects.latest("seq").data["data"]["before"] == "colleague"


def test_reassign_all_hands_over_every_draft_or_none(
    draft, submitted, filer, colleague, officer, now
) -> None:
    with pytest.raises(Refused) as refused:
        handovers.reassign(application=submitted, to=colleague, by=filer, at=now)
    assert codes(refused) == {"no_draft"}
    assert handovers.reassign_all(leaver=filer, to=colleague, by=officer, at=now) == []

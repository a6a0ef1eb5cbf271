"""Drafts: shared with the team or not, handed over, a leaver's drafts reassigned."""

from __future__ import annotations

import pytest

from entities import parties
from exportctl.errors import Invalid, NotAllowed, Refused
from exportctl.models import Event
from licenses import handovers
from licenses.models import Application
from tests import factories
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


def test_every_company_that_stands_against_it_is_named(
    draft, filer, colleague, stranger, administrator, officer, now
) -> None:
    other = factories.make_company(name="Second Site LLC", user=filer, by=administrator, at=now)
    factories.make_draft(by=filer, applicant=other, at=now)
    with pytest.raises(Invalid) as refused:
        handovers.reassign_all(leaver=filer, to=stranger, by=officer, at=now)
    assert len(refused.value.blockers) == 2
    with pytest.raises(Invalid) as refused:
        handovers.reassign_all(leaver=filer, to=colleague, by=officer, at=now)
    assert "Second Site LLC" in str(refused.value)
    assert set(Application.objects.values_list("filed_by", flat=True)) == {filer.pk}
    parties.add_member(party=other, user=colleague, by=administrator, at=now)
    assert len(handovers.reassign_all(leaver=filer, to=colleague, by=officer, at=now)) == 2


def test_hand_over_page_has_no_dead_end(
    draft, filer, person, administrator, company, signed, submitted, now
) -> None:
    client, address = signed(filer), f"/applications/{draft.number}/hand-over/"
    filed = client.get(address).content.decode()
    assert "Only a draft is handed over" in filed
    again = factories.make_draft(by=filer, at=now)
    address = f"/applications/{again.number}/hand-over/"
    assert "Nobody else files for the company" in client.get(address).content.decode()
    clerk = person("clerk", "auditor")
    mate = person("mate", "filer")
    for user in (clerk, mate):
        parties.add_member(party=company, user=user, by=administrator, at=now)
    shown = client.get(address).content.decode()
    assert ">Mate</option>" in shown and "Clerk" not in shown and "goes on seeing it" in shown
    assert client.post(address, {"to": ""}).status_code == 400
    assert client.post(address, {"to": str(clerk.pk)}).status_code == 400
    handovers.share(application=again, shared=False, by=filer, at=now)
    assert "only the new author sees it" in client.get(address).content.decode()
    done = client.post(address, {"to": str(mate.pk)}, follow=True)
    assert (done.status_code, done.redirect_chain[-1][0]) == (200, "/applications/")


def test_drafts_of_a_leaver_in_the_browser(
    draft, filer, colleague, stranger, officer, administrator, signed
) -> None:
    address = "/drafts/hand-over/"
    assert signed(filer).get(address).status_code == 403
    for user, door in ((officer, "/applications/"), (administrator, "/")):
        assert f'href="{address}"' in signed(user).get(door).content.decode()
    client = signed(administrator)
    assert "Fay Filer: 1 draft<" in client.get(address).content.decode()
    assert client.post(address, {"leaver": filer.pk, "to": filer.pk}).status_code == 400
    refused = client.post(address, {"leaver": filer.pk, "to": stranger.pk})
    assert (refused.status_code, "does not act for" in refused.content.decode()) == (400, True)
    assert client.post(address, {"leaver": filer.pk, "to": colleague.pk})["Location"] == address
    assert Application.objects.get().filed_by == colleague


def test_hand_over_and_share_over_the_api(draft, filer, colleague, stranger, auditor, officer, api) -> None:
    path = f"/api/v1/applications/{draft.number}/"

    def post(user, action, **body):
        return api(user).post(f"{path}{action}/", body, format="json")

    assert post(filer, "share", shared=False).json()["shared"] is False
    assert post(colleague, "share", shared=True).status_code == 404
    assert post(stranger, "hand-over", to="colleague").status_code == 404
    assert post(auditor, "hand-over", to="colleague").status_code == 403
    for to in ("nobody", "stranger", "auditor", "filer", "x" * 151, "a\x00", ["colleague"]):
        answer = post(filer, "hand-over", to=to)
        assert (answer.status_code, answer.json()["blockers"][0]["field"].split(".")[0]) == (400, "to"), to
    assert post(filer, "hand-over", to="colleague").json()["filed_by"] == "colleague"
    everything = {"leaver": "colleague", "to": "filer"}
    moved = api(officer).post("/api/v1/drafts/hand-over/", everything, format="json").json()
    assert [each["number"] for each in moved["drafts"]] == [draft.number]
    wrong = api(officer).post("/api/v1/drafts/hand-over/", {"leaver": "x", "to": "y"}, format="json")
    assert wrong.json()["blockers"][0]["field"] == "leaver"
    assert api(filer).post("/api/v1/drafts/hand-over/", everything, format="json").status_code == 403

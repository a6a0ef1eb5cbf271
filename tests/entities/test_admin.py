"""The admin on parties, hits and lists: acts call the verbs, refusals keep what was typed."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from entities import hits
from entities import lists as list_verbs
from entities.models import Hit, HitStatus, ListVersion, Party
from exportctl import outbox
from exportctl.models import Event, User
from tests import factories

from .conftest import head, many, verbs_after

pytestmark = pytest.mark.django_db


def do(model: str, *args: Any) -> str:
    """The page of an act: `do("hit", pk, "agree")`, `do("party", "register")`."""
    return reverse(f"admin:entities_{model}_do" + ("" if len(args) == 2 else "_list"), args=args)


@pytest.fixture
def hit(published_list: ListVersion, officer: User, now: Any) -> Hit:
    """Open, on a party of the name of a listed one."""
    factories.make_party(by=officer, at=now, name="Huawei Technologies Co., Ltd.", country="CN")
    outbox.drain()
    return Hit.objects.order_by("-score", "pk")[0]


@pytest.fixture
def proposed(hit: Hit, officer: User, now: Any) -> Hit:
    return hits.propose(
        hit=hit, outcome="true_match", reason="same_address", note="Seen.", by=officer, at=now
    )


def test_register_makes_the_party_through_the_verb(signed: Any, officer: User) -> None:
    before = head()
    answer = signed(officer).post(
        do("party", "register"), {"name": "Nordhafen GmbH", "country": "de", "city": "Rostock"}
    )
    assert (answer.status_code, answer["Location"]) == (302, reverse("admin:entities_party_changelist"))
    party = Party.objects.get()
    assert (party.name, party.country, party.addresses.get().city, party.created_by) == (
        "Nordhafen GmbH", "DE", "Rostock", officer,
    )  # fmt: skip
    assert verbs_after(before) == ["party.registered"]


def test_register_without_a_name_or_with_a_wrong_country_keeps_what_was_typed(
    signed: Any, officer: User
) -> None:
    before = head()
    missing = signed(officer).post(do("party", "register"), {"name": "", "country": "DE", "city": "Rostock"})
    assert missing.status_code == 200
    assert missing.context["form"].errors == {"name": ["This field is required."]}
    refused = signed(officer).post(do("party", "register"), {"name": "Nordhafen GmbH", "country": "1?"})
    assert refused.status_code == 400
    assert list(refused.context["form"].errors) == ["country"]
    assert 'value="Nordhafen GmbH"' in refused.content.decode()
    assert (head(), Party.objects.count()) == (before, 0)


def test_propose_and_agree_close_the_hit(signed: Any, hit: Hit, officer: User, approver: User) -> None:
    before = head()
    answer = signed(officer).post(
        do("hit", hit.pk, "propose"),
        {
            "outcome": "false_positive",
            "reason": "different_place",
            "differing_fact": "Bremen, not Shenzhen.",
            "note": "",
        },
        follow=True,
    )
    assert "Done: propose a judgment." in answer.content.decode()
    hit.refresh_from_db()
    assert (hit.status, hit.proposed_by, hit.differing_fact) == (
        HitStatus.PROPOSED,
        officer,
        "Bremen, not Shenzhen.",
    )
    page = signed(approver).get(do("hit", hit.pk, "agree")).content.decode()
    assert all(
        words in page for words in ("Bremen, not Shenzhen.", "Another country or address", "Olive Officer")
    )
    assert signed(approver).post(do("hit", hit.pk, "agree")).status_code == 302
    hit.refresh_from_db()
    assert (hit.status, hit.agreed_by) == (HitStatus.CLOSED, approver)
    assert verbs_after(before) == ["hit.proposed", "hit.agreed", "hit.closed"]


def test_propose_without_a_differing_fact_is_refused_at_its_field(
    signed: Any, hit: Hit, officer: User
) -> None:
    before = head()
    answer = signed(officer).post(
        do("hit", hit.pk, "propose"),
        {"outcome": "false_positive", "reason": "different_place", "note": "Read twice."},
    )
    assert answer.status_code == 400
    form = answer.context["form"]
    assert list(form.errors) == ["differing_fact"]
    assert "A false positive needs a fact that differs besides the name." in form.errors["differing_fact"][0]
    words = answer.content.decode()
    assert "Read twice." in words and '<option value="different_place" selected>' in words
    hit.refresh_from_db()
    assert (hit.status, head()) == (HitStatus.OPEN, before)


def test_agree_to_ones_own_proposal_is_refused_in_words(
    signed: Any, hit: Hit, approver: User, now: Any
) -> None:
    hits.propose(hit=hit, outcome="true_match", reason="same_address", note="Seen.", by=approver, at=now)
    before = head()
    answer = signed(approver).post(do("hit", hit.pk, "agree"))
    assert answer.status_code == 409
    assert "You proposed this; another person must judge it. Ask another approver." in answer.content.decode()
    hit.refresh_from_db()
    assert (hit.status, head()) == (HitStatus.PROPOSED, before)


def test_agree_when_someone_was_first_is_refused(signed: Any, hit: Hit, approver: User) -> None:
    before = head()
    answer = signed(approver).post(do("hit", hit.pk, "agree"))
    assert answer.status_code == 409
    assert "not possible from status" in answer.content.decode()
    assert head() == before


def test_send_back_and_reopen_need_a_reason(signed: Any, proposed: Hit, approver: User) -> None:
    client = signed(approver)
    before = head()
    assert client.post(do("hit", proposed.pk, "send-back"), {"reason": ""}).status_code == 200
    assert head() == before
    assert (
        client.post(do("hit", proposed.pk, "send-back"), {"reason": "Look at the address."}).status_code
        == 302
    )
    proposed.refresh_from_db()
    assert proposed.status == HitStatus.OPEN
    assert verbs_after(before) == ["hit.returned"]


def test_reopen_a_closed_hit(signed: Any, proposed: Hit, approver: User, officer: User, now: Any) -> None:
    hits.agree(hit=proposed, by=approver, at=now)
    offered = (
        signed(officer).get(reverse("admin:entities_hit_change", args=[proposed.pk])).context["verb_links"]
    )
    assert [label for label, _ in offered] == ["Re-open"]
    assert (
        signed(officer).post(do("hit", proposed.pk, "reopen"), {"reason": "New address."}).status_code == 302
    )
    proposed.refresh_from_db()
    assert proposed.status == HitStatus.OPEN


@pytest.mark.parametrize("verb", ["propose", "agree", "send-back", "reopen"])
def test_acts_on_hits_are_closed_to_an_auditor(signed: Any, hit: Hit, auditor: User, verb: str) -> None:
    before = head()
    assert signed(auditor).post(do("hit", hit.pk, verb), {"reason": "x"}).status_code == 403
    assert head() == before


@pytest.fixture
def held(csl: Any, write: Any, lists: User, now: Any) -> ListVersion:
    """A second version that lacks more of the first than the gate lets pass."""
    list_verbs.stage(
        source=csl, path=write(many(100), name="a.json"), by=lists, at=now, effective_on=now.date()
    )
    version = list_verbs.stage(
        source=csl, path=write(many(79), name="b.json"), by=lists, at=now, effective_on=now.date()
    )
    assert version.state == "held"
    return version


def test_release_a_held_import_is_another_persons(
    signed: Any, held: ListVersion, lists: User, approver: User
) -> None:
    before = head()
    own = signed(lists).post(do("listversion", held.pk, "release"), {"reason": "It is right."})
    assert own.status_code in (403, 409)
    assert head() == before
    answer = signed(approver).post(
        do("listversion", held.pk, "release"), {"reason": "Checked with the source."}
    )
    assert answer.status_code == 302
    held.refresh_from_db()
    assert (held.state, held.released_by, held.release_reason) == (
        "published",
        approver,
        "Checked with the source.",
    )


def test_reject_a_held_import(signed: Any, held: ListVersion, approver: User) -> None:
    page = signed(approver).get(reverse("admin:entities_listversion_change", args=[held.pk]))
    assert [label for label, _ in page.context["verb_links"]] == ["Release", "Reject"]
    assert (
        signed(approver).post(do("listversion", held.pk, "reject"), {"reason": "Cut file."}).status_code
        == 302
    )
    held.refresh_from_db()
    assert held.state == "refused"
    assert Event.objects.latest("seq").verb.startswith("list.")

"""The ladder and a denial on the dossier: who sees what, and that each act is offered where it belongs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from licenses import appeals, applications, decisions, ladder, review
from licenses.models import Appeal, AppealPaper, Application, DenialResponse, Ruling

pytestmark = pytest.mark.django_db
SECRET = "Found out by the service."


@pytest.fixture(autouse=True)
def at_now(now) -> Any:
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def split(referred, defense, state, now):
    review.recommend(
        application=referred,
        body="defense",
        position="deny",
        reason=SECRET,
        legal_basis="744.21",
        by=defense,
        at=now,
    )
    review.recommend(
        application=referred, body="state", position="approve", reason="Civil.", by=state, at=now
    )
    return Application.objects.get(pk=referred.pk)


@pytest.fixture
def committee(split, officer, now):
    return ladder.convene(application=split, by=officer, at=now)


@pytest.fixture
def letter(registered, officer, approver, now):
    decisions.propose(
        application=registered,
        outcome="intend_to_deny",
        justification="x",
        legal_basis="744.21",
        considerations="withheld",
        modifications="none",
        denial_reasons=["END_USE"],
        by=officer,
        at=now,
    )
    return decisions.countersign(application=registered, by=approver, at=now).application


def page(client: Any, case: Any) -> str:
    return client.get(f"/applications/{case.number}/").content.decode()


def test_the_dossier_shows_each_rung_to_reviewers_and_none_to_the_applicant(
    committee, signed, officer, defense, filer, now
) -> None:
    rule = {"outcome": "approve", "reason": "Civil, the chair finds."}
    answer = signed(officer).post(f"/applications/{committee.number}/rule/", rule)
    assert answer.status_code == 302, answer.content.decode()
    seen = page(signed(officer), committee)
    assert "The ladder of the dispute" in seen and "Civil, the chair finds." in seen and "(dissents)" in seen
    assert "binds after Aug 11, 2026" in seen
    assert f"/applications/{committee.number}/escalate/" not in seen  # nobody of Commerce dissented
    assert f"/applications/{committee.number}/escalate/" in page(signed(defense), committee)
    told = page(signed(filer), committee)
    for hidden in (
        "The ladder of the dispute",
        "Civil, the chair finds.",
        SECRET,
        "/rule/",
        "Ruling recorded",
    ):
        assert hidden not in told
    assert "With the Operating Committee" in told


def test_an_applicant_is_not_told_that_the_agencies_differ(split, signed, officer, filer) -> None:
    assert "Defense objects: the agencies do not agree." in page(signed(officer), split)
    told = page(signed(filer), split)
    assert "objects" not in told and "do not agree" not in told and "dispute" not in told


def test_votes_are_read_from_the_form(committee, signed, officer, now) -> None:
    rule = {
        "outcome": "deny",
        "reason": "x",
        "vote_defense": "deny",
        "vote_state": "approve",
        "vote_energy": "deny",
    }
    assert signed(officer).post(f"/applications/{committee.number}/rule/", rule).status_code == 302
    assert Ruling.objects.get().votes == {"defense": "deny", "state": "approve", "energy": "deny"}


def test_escalate_offers_only_the_body_one_sits_for_and_the_right_signature(
    committee, signed, officer, defense, now
) -> None:
    ladder.rule(application=committee, outcome="approve", reason="x", by=officer, at=now)
    client = signed(defense)
    form = client.get(f"/applications/{committee.number}/escalate/").context["offer"].form
    assert [value for value, _ in form.fields["body"].choices] == ["defense"]
    sent = {
        "body": "defense", "signatory": "Jane Roe", "office": "appointee", "statute": "50 U.S.C. 4813",
        "regulation": "15 CFR 744.21", "reason": "x",
    }  # fmt: skip
    assert client.post(f"/applications/{committee.number}/escalate/", sent).status_code == 302
    assert "signed by Jane Roe" in page(client, committee)
    assert client.post(f"/applications/{committee.number}/escalate/", sent).status_code in (400, 403, 409)


def test_a_case_without_dispute_offers_no_committee(referred, signed, officer) -> None:
    seen = page(signed(officer), referred)
    assert "All steps to day 90" in seen and "/convene/" not in seen


def test_the_applicant_answers_the_letter_appeals_and_adds_a_paper(letter, signed, filer, now) -> None:
    seen = page(signed(filer), letter)
    for words in ("Answer by", "Aug 26, 2026", "Sep 20, 2026", "Nov 4, 2026"):
        assert words in seen
    assert (
        signed(filer).post(f"/applications/{letter.number}/respond/", {"text": "Civil."}).status_code == 302
    )
    assert not DenialResponse.objects.get().late
    early = signed(filer).post(f"/applications/{letter.number}/appeal/", {"statement": "Wrong."})
    assert early.status_code == 409 and "becomes final on" in early.content.decode()
    assert "Wrong." in early.content.decode()
    with time_machine.travel(now + timedelta(days=50), tick=False):
        sent = {"statement": "Wrong.", "hearing": "on"}
        assert signed(filer).post(f"/applications/{letter.number}/appeal/", sent).status_code == 302
        assert Appeal.objects.get().hearing
        seen = page(signed(filer), letter)
        assert "Denied, appeal pending" in seen and "Hearing asked for" in seen
        paper = {"title": "Visit", "text": "Seen on site."}
        assert (
            signed(filer).post(f"/applications/{letter.number}/add_appeal_paper/", paper).status_code == 302
        )
        assert "Seen on site." in page(signed(filer), letter)
    assert AppealPaper.objects.count() == 1


def test_the_notice_of_an_unregistered_return_lists_its_defects(submitted, signed, officer, filer) -> None:
    sent = {"defects": "Block 18 is empty.\n\nBlock 22 lacks a unit.", "contact": "Called on Monday."}
    assert (
        signed(officer).post(f"/applications/{submitted.number}/return_unregistered/", sent).status_code
        == 302
    )
    told = page(signed(filer), submitted)
    assert "Block 18 is empty." in told and "Block 22 lacks a unit." in told and "File again" in told
    assert "Returned without registration" in told


def test_an_open_stop_shows_its_own_deadlines(registered, signed, officer, now) -> None:
    review.stop_clock(application=registered, reason="GOV_ASSURANCE", by=officer, at=now)
    seen = page(signed(officer), registered)
    assert "Aug 11, 2026: the request goes to State" in seen
    assert "Aug 21, 2026: State asks the other government" in seen


def test_a_completed_check_shows_when_its_analysis_is_due(registered, signed, officer, now) -> None:
    client = signed(officer)
    assert "Record the completed check" not in page(client, registered)
    review.stop_clock(application=registered, reason="PLC", by=officer, at=now)
    seen = page(client, registered)
    assert "Record the completed check" in seen and "within 5 days of the completed check" in seen
    with time_machine.travel(now + timedelta(days=3), tick=False):
        client = signed(officer)
        act = f"/applications/{registered.number}/complete_check/"
        assert client.post(act, {"completed_on": "2026-08-10"}).status_code == 400
        assert client.post(act, {"completed_on": "2026-08-08"}).status_code == 302
        seen = page(client, registered)
    assert "completed Aug 8, 2026" in seen
    assert "Aug 13, 2026: the analysis of the completed check is reported" in seen
    assert "within 5 days of the completed check" not in seen and "Record the completed check" not in seen


def test_the_desk_leads_through_the_ladder(committee, signed, officer, defense, filer, now, today) -> None:
    assert "record its ruling" in signed(officer).get("/").content.decode()
    ladder.rule(application=committee, outcome="approve", reason="x", by=officer, at=now)
    assert "ruled against your body" in signed(defense).get("/").content.decode()
    with time_machine.travel(now + timedelta(days=6), tick=False):
        assert "The ruling binds: propose the decision" in signed(officer).get("/").content.decode()


def test_the_desk_asks_the_applicant_for_the_answer(letter, signed, filer) -> None:
    assert "Intent to deny: answer the letter" in signed(filer).get("/").content.decode()


def test_the_lists_know_the_new_states(letter, submitted, signed, officer, filer, now) -> None:
    at = now + timedelta(days=45)
    appeals.appeal(application=letter, statement="x", by=filer, at=at)
    assert letter.number in signed(officer).get("/applications/", {"status": "denied"}).content.decode()
    assert letter.number not in signed(officer).get("/applications/", {"status": "approved"}).content.decode()


def test_a_company_case_has_no_ladder(filed, signed, officer) -> None:
    seen = page(signed(officer), filed)
    assert "All steps to day 90" not in seen and "Operating Committee" not in seen
    assert applications.facts(filed, officer, filed.created_at.date()).ruled is None


def test_the_clock_is_shown_as_it_stood_on_another_day(registered, signed, officer, now) -> None:
    """Registered on August 2, stopped on the 4th, running again on the 6th."""
    review.stop_clock(application=registered, reason="PLC", by=officer, at=now - timedelta(days=2))
    review.resume_clock(application=registered, by=officer, at=now)
    path = f"/applications/{registered.number}/"
    then = signed(officer).get(path, {"clock_on": "2026-08-05"}).content.decode()
    assert "Legal clock: day 2 of 90 on Aug 5, 2026" in then
    assert "3 calendar days less 1 stopped" in then and "stopped then" in then and "Ends Nov 1, 2026" in then
    now_page = signed(officer).get(path).content.decode()
    assert "Legal clock: day 2 of 90</h2>" in now_page and "4 calendar days less 2 stopped" in now_page
    for wrong in ("2026-08-01", "2026-08-07"):
        told = signed(officer).get(path, {"clock_on": wrong}).content.decode()
        assert (
            "Choose a day from the registration to today." in told and "Legal clock: day 2 of 90</h2>" in told
        )


def test_the_clock_of_an_applicant_names_no_day_of_a_ruling(committee, signed, officer, filer, now) -> None:
    ladder.rule(application=committee, outcome="approve", reason="x", by=officer, at=now)
    assert "last day to escalate" in page(signed(officer), committee)
    told = page(signed(filer), committee)
    assert "last day to escalate" not in told and "committee ruled" not in told

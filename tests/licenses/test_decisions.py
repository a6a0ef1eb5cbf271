"""Decisions: two people, every blocker, the letter and its day 45, the agency's decision recorded."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from entities import lists as list_verbs
from entities import parties
from entities.models import Listing, ListSource, WhenStale
from exportctl.errors import Invalid, NotAllowed, Refused
from exportctl.models import Event
from licenses import applications, conditions, decisions, review, tasks
from licenses.models import Application, Decision, License
from tests import factories

from .conftest import codes, fields

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def propose(case, by, at, outcome="approve", **more):
    given = {"justification": "Civil use at a known site."} | more
    return decisions.propose(application=case, outcome=outcome, by=by, at=at, **given)


def refused_codes(case, by, at) -> set[str]:
    with pytest.raises(Refused) as refused:
        decisions.countersign(application=case, by=by, at=at)
    assert Application.objects.get(pk=case.pk).status == case.status
    return codes(refused)


def test_propose_and_countersign_issue_the_license(officer, approver, registered, now, today) -> None:
    propose(registered, officer, now)
    decision = decisions.countersign(application=registered, by=approver, at=now + timedelta(hours=1))
    case = Application.objects.get(pk=registered.pk)
    assert (case.status, case.closed_at) == ("approved", now + timedelta(hours=1))
    assert (decision.state, decision.proposed_by, decision.countersigned_by) == ("made", officer, approver)
    license = decision.license
    assert (license.number[0], license.issued_on, license.expires_on) == ("D", today, date(2030, 8, 6))
    line = license.lines.get()
    assert (line.number, line.quantity, line.value, line.left) == (
        1,
        Decimal(10),
        Decimal("215.00"),
        Decimal(10),
    )
    assert list(Event.objects.order_by("-seq").values_list("verb", flat=True)[:3]) == [
        "license.issued", "decision.made", "decision.proposed",
    ]  # fmt: skip


def test_propose_refuses_an_incomplete_reasoning(officer, registered, now) -> None:
    for given, named in (
        ({"outcome": "approve", "justification": " "}, {"justification"}),
        ({"outcome": "intend_to_deny"}, {"legal_basis", "denial_reasons", "considerations", "modifications"}),
        (
            {
                "outcome": "intend_to_deny",
                "legal_basis": "744.11",
                "modifications": "none",
                "denial_reasons": ["X"],
            },
            {"considerations", "denial_reasons"},
        ),
        ({"modifications": "none"}, {"modifications"}),
        ({"outcome": "approve", "denial_reasons": ["END_USE"]}, {"denial_reasons"}),
        ({"outcome": "return", "reason_code": "DEFICIENT", "override": "x"}, {"override"}),
        ({"outcome": "return", "reason_code": "NLR"}, {"reason_code"}),
        ({"outcome": "return", "justification": ""}, {"reason_code", "justification"}),
        ({"outcome": "return", "reason_code": "BORED"}, {"reason_code"}),
        ({"outcome": "approve", "reason_code": "NLR"}, {"reason_code"}),
        ({"outcome": "maybe"}, {"outcome"}),
        ({"outcome": "approve", "legal_basis": "x" * 301}, {"legal_basis"}),
    ):
        with pytest.raises(Invalid) as refused:
            propose(registered, officer, now, **given)
        assert fields(refused) == named, given
    assert not Decision.objects.exists()


def test_propose_refuses_a_denial_without_its_letter(officer, registered, now) -> None:
    with pytest.raises(Invalid) as refused:
        propose(
            registered, officer, now, outcome="deny", legal_basis="15 CFR 744.11", denial_reasons=["END_USE"]
        )
    assert refused.value.blockers[0].citation == "15 CFR 750.6"
    assert [str(each) for each in decisions.outcomes(registered)] == [
        "approve", "approve_conditions", "approve_part", "intend_to_deny", "return", "no_license_required",
    ]  # fmt: skip


def test_propose_twice_is_refused(officer, registered, now) -> None:
    propose(registered, officer, now)
    with pytest.raises(Refused) as refused:
        propose(registered, officer, now)
    assert codes(refused) == {"proposal_open"}


def test_propose_is_for_officers_and_the_office_route(
    filer, approver, officer, registered, filed, now
) -> None:
    for by in (filer, approver):
        with pytest.raises(NotAllowed):
            propose(registered, by, now)
    with pytest.raises(Refused):
        propose(filed, officer, now)


def test_countersign_without_a_proposal_or_permission_is_refused(officer, approver, registered, now) -> None:
    assert refused_codes(registered, approver, now) == {"no_proposal"}
    propose(registered, officer, now)
    assert refused_codes(registered, officer, now) == {"not_permitted"}
    assert refused_codes(registered, approver, now - timedelta(minutes=1)) == {"too_early"}


def test_countersign_by_the_proposer_is_refused(person, registered, now) -> None:
    both = person("both", "officer", "approver")
    propose(registered, both, now)
    assert refused_codes(registered, both, now) == {"same_person"}


def test_four_eyes_hold_in_the_database(officer, approver, registered, now) -> None:
    decision = propose(registered, officer, now)
    decision.countersigned_by, decision.made_at, decision.state = officer, now, "made"
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        decision.save()
    decision.countersigned_by = None
    with pytest.raises(IntegrityError, match="made_paired"), transaction.atomic():
        decision.save()


def test_countersign_waits_for_every_screening(
    filer, officer, approver, registered, customer, now, drain
) -> None:
    propose(registered, officer, now)
    parties.change(
        party=customer, names=[("Nordhafen MB", "alias")], version=customer.facts_version, by=officer, at=now
    )
    assert refused_codes(registered, approver, now) == {"screening_stale"}
    customer.screenings.update(error="The index could not be built.")
    assert refused_codes(registered, approver, now) == {"screening_failed"}
    customer.screenings.all().delete()
    assert refused_codes(registered, approver, now) == {"screening_missing"}
    drain()
    assert decisions.countersign(application=registered, by=approver, at=now).state == "made"


def test_countersign_waits_for_the_applicants_screening_too(
    officer, approver, registered, company, now
) -> None:
    propose(registered, officer, now)
    company.screenings.all().delete()
    with pytest.raises(Refused) as refused:
        decisions.countersign(application=registered, by=approver, at=now)
    assert [blocker.link for blocker in refused.value.blockers] == [f"/parties/{company.pk}/"]


def test_countersign_waits_for_open_and_proposed_hits(
    filer, officer, approver, person, huawei, now, drain
) -> None:
    from entities import hits

    at = now - timedelta(days=5)
    case = factories.make_registered(by=filer, officer=officer, customer=huawei, at=at)
    propose(case, officer, now, override="Below 5G, handsets only.")
    approver2, approver = approver, person("senior", "senior_approver")
    assert refused_codes(case, approver, now) == {"hit_open"}
    for hit in huawei.hits.all():
        hits.propose(hit=hit, outcome="true_match", reason="same_group", note="Seen.", by=officer, at=now)
    assert refused_codes(case, approver, now) == {"hit_open"}
    for hit in huawei.hits.all():
        hits.agree(hit=hit, by=approver2, at=now)
    # a denial order past its end stands against it by its date alone
    order = Listing.objects.filter(listed_party__hits__party=huawei).order_by("pk")[:1]
    kept = Listing.objects.get(pk=order[0].pk)
    Listing.objects.filter(pk=kept.pk).update(list="DPL", ended_on=now.date(), effective_on=None)
    assert refused_codes(case, approver, now) == {"order_ended"}
    Listing.objects.filter(pk=kept.pk).update(list=kept.list, ended_on=None, effective_on=kept.effective_on)
    assert decisions.countersign(application=case, by=approver, at=now).state == "made"


def test_countersign_waits_for_a_list_that_must_be_fresh(officer, approver, registered, now) -> None:
    propose(registered, officer, now)
    list_verbs.ensure_sources()
    ListSource.objects.filter(pk="seed").update(when_stale=WhenStale.BLOCK, max_age_days=4)
    assert refused_codes(registered, approver, now) == {"list_stale"}


def test_countersign_waits_for_positions_until_day_30(officer, approver, defense, referred, now) -> None:
    propose(referred, officer, now)
    assert refused_codes(referred, approver, now) == {"position_missing"}
    decisions.send_back(application=referred, reason="Wait for Defense.", by=approver, at=now)
    review.recommend(
        application=referred, body="defense", position="no_objection", reason="", by=defense, at=now
    )
    propose(referred, officer, now)
    assert refused_codes(referred, approver, now + timedelta(days=27)) == {"position_missing"}
    at = now + timedelta(days=28)  # day 31 after the referral
    assert decisions.countersign(application=referred, by=approver, at=at).made_at == at


def test_countersign_waits_for_the_clock_and_the_applicant(
    filer, officer, approver, defense, registered, now
) -> None:
    review.stop_clock(application=registered, reason="PLC", by=officer, at=now)
    condition = conditions.propose(
        application=registered, code="OTHER", text="No 5G use.", origin="commerce", by=officer, at=now
    )
    propose(registered, officer, now, outcome="approve_conditions")
    assert refused_codes(registered, approver, now) == {"clock_stopped", "condition_open"}
    review.resume_clock(application=registered, by=officer, at=now)
    conditions.accept(condition=condition, by=filer, at=now)
    decision = decisions.countersign(
        application=registered, by=approver, at=now, expires_on=date(2027, 1, 31)
    )
    assert decision.license.expires_on == date(2027, 1, 31)
    assert Application.objects.get(pk=registered.pk).status == "approved_conditions"


def test_outcome_and_conditions_must_fit(filer, officer, approver, registered, now) -> None:
    propose(registered, officer, now, outcome="approve_conditions")
    assert refused_codes(registered, approver, now) == {"no_conditions"}
    decisions.send_back(application=registered, reason="No condition.", by=approver, at=now)
    condition = conditions.propose(
        application=registered, code="OTHER", text="No 5G use.", origin="commerce", by=officer, at=now
    )
    conditions.accept(condition=condition, by=filer, at=now)
    propose(registered, officer, now)
    assert refused_codes(registered, approver, now) == {"conditions_live"}


def test_return_needs_no_screening_and_issues_nothing(officer, approver, referred, company, now) -> None:
    company.screenings.all().delete()
    propose(referred, officer, now, outcome="return", reason_code="DEFICIENT")
    decision = decisions.countersign(application=referred, by=approver, at=now)
    assert (decision.outcome, Application.objects.get(pk=referred.pk).status) == ("return", "returned")
    assert not License.objects.exists()


def test_expiry_before_issue_is_refused_whole(officer, approver, registered, now, today) -> None:
    propose(registered, officer, now)
    with pytest.raises(Invalid) as refused:
        decisions.countersign(application=registered, by=approver, at=now, expires_on=today)
    assert fields(refused) == {"expires_on"}
    assert Application.objects.get(pk=registered.pk).status == "registered"
    assert Decision.objects.get().state == "proposed"


def test_send_back_keeps_the_proposal_and_its_reason(person, officer, approver, registered, now) -> None:
    propose(registered, officer, now)
    with pytest.raises(Invalid):
        decisions.send_back(application=registered, reason=" ", by=approver, at=now)
    decision = decisions.send_back(application=registered, reason="Name the site.", by=approver, at=now)
    assert (decision.state, decision.sent_back_reason) == ("sent_back", "Name the site.")
    both = person("both", "officer", "approver")
    propose(registered, both, now)
    with pytest.raises(Refused) as refused:
        decisions.send_back(application=registered, reason="Mine.", by=both, at=now)
    assert codes(refused) == {"same_person"}


# The letter and day 45


@pytest.fixture
def letter(officer, approver, registered, now) -> Application:
    """An intent to deny, sent today."""
    propose(
        registered,
        officer,
        now,
        outcome="intend_to_deny",
        legal_basis="15 CFR 744.11",
        **factories.PARTICULARS,
    )
    decisions.countersign(application=registered, by=approver, at=now)
    return Application.objects.get(pk=registered.pk)


def test_denial_is_final_by_its_date(letter, today) -> None:
    assert letter.status == "intent_to_deny"
    assert decisions.final_on(letter) == today + timedelta(days=45)
    assert decisions.state(letter, today + timedelta(days=44)) == "intent_to_deny"
    assert decisions.state(letter, today + timedelta(days=45)) == "denied"


def test_lapse_notes_the_day_once(letter, officer, now, today) -> None:
    propose(letter, officer, now, outcome="approve")
    assert decisions.lapse(at=now + timedelta(days=44)) == 0
    assert decisions.lapse(at=now + timedelta(days=60)) == 1
    assert decisions.lapse(at=now + timedelta(days=60)) == 0
    final = datetime.combine(today + timedelta(days=45), datetime.min.time(), UTC)
    case = Application.objects.get(pk=letter.pk)
    assert (case.status, case.closed_at) == ("denied", final)
    event = Event.objects.get(verb="decision.final")
    assert (event.at, event.data["by"]["name"], event.data["data"]["outcome"]) == (final, "job:clock", "deny")
    assert Decision.objects.made().get().final_at == final
    assert list(Decision.objects.of("deny")) == [Decision.objects.made().get()]
    assert Decision.objects.get(outcome="approve").state == "sent_back"


def test_lapse_task_uses_the_clock_of_the_server(letter) -> None:
    tasks.lapse()
    assert decisions.state(letter, date(2026, 12, 1)) == "denied"
    due = decisions.final_on(letter)
    stored = Application.objects.get(pk=letter.pk).status
    assert stored == ("denied" if datetime.now(UTC).date() >= due else "intent_to_deny")


def test_nothing_but_a_stop_ends_happens_after_day_45(letter, officer, approver, filer, now) -> None:
    late = now + timedelta(days=45)
    for verb, by, more in (
        (decisions.propose, officer, {"outcome": "approve", "justification": "x"}),
        (applications.withdraw, filer, {}),
        (conditions.propose, officer, {"code": "OTHER", "text": "x", "origin": "state"}),
        (review.stop_clock, officer, {"reason": "ITD_NEGOTIATION"}),
    ):
        with pytest.raises(Refused) as refused:
            verb(application=letter, by=by, at=late, **more)
        assert codes(refused) == {"denial_final"}


def test_approval_out_of_the_letter(letter, officer, approver, now) -> None:
    with pytest.raises(Invalid):
        propose(
            letter,
            officer,
            now,
            outcome="intend_to_deny",
            legal_basis="15 CFR 744.11",
            **factories.PARTICULARS,
        )
    propose(letter, officer, now)
    at = now + timedelta(days=44)
    assert decisions.countersign(application=letter, by=approver, at=at).license.issued_on == at.date()
    assert decisions.lapse(at=now + timedelta(days=60)) == 0
    assert decisions.state(Application.objects.get(pk=letter.pk), date(2027, 1, 1)) == "approved"


def test_clock_stands_still_from_the_letter_on(letter, now) -> None:
    reading = review.reading(letter, now.date() + timedelta(days=30))
    assert reading.gross == 4


# The company route


def record(case, by, at, **more):
    given = {
        "outcome": "approve", "justification": "Letter of August 3.", "authority": "BIS",
        "decided_on": date(2026, 8, 3), "no_document": "On paper only.",
    } | more  # fmt: skip
    return decisions.record(application=case, by=by, at=at, **given)


def test_record_issues_the_agencys_license(filed, officer, now) -> None:
    decision = record(filed, officer, now, license_number="D1234567", expires_on=date(2030, 8, 31))
    assert (decision.recorded, decision.authority, decision.countersigned_by) == (True, "BIS", None)
    license = decision.license
    assert (license.number, license.issued_on, license.expires_on) == (
        "D1234567",
        date(2026, 8, 3),
        date(2030, 8, 31),
    )
    assert Event.objects.filter(verb="decision.recorded").count() == 1


def test_record_keeps_the_agencys_document_in_the_file(filed, officer, now) -> None:
    decision = record(filed, officer, now, file=io.BytesIO(PDF), name="license.pdf", no_document="unused")
    attached = filed.attachments.get()
    assert (decision.attachment, decision.no_document, attached.kind) == (attached, "", "agency_decision")
    with attached.document.file.open() as kept:
        assert kept.read() == PDF
    told = Event.objects.get(verb="decision.recorded").data["data"]
    assert told["sha256"] == attached.document.sha256 == hashlib.sha256(PDF).hexdigest()


def test_record_without_a_document_says_why(filed, officer, now) -> None:
    for given, field in (
        ({"no_document": "  "}, "file"),
        ({"no_document": "x" * 301}, "no_document"),
        ({"file": io.BytesIO(b"MZ\x90\x00"), "name": "license.pdf"}, "file"),
    ):
        with pytest.raises(Invalid) as refused:
            record(filed, officer, now, **given)
        assert fields(refused) == {field}, given
    assert not Decision.objects.exists() and not filed.attachments.exists()
    assert record(filed, officer, now, no_document=" By post. ").no_document == "By post."
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Decision.objects.update(no_document="")


def test_intent_to_deny_keeps_its_particulars(officer, registered, now) -> None:
    told = {
        "considerations": " Diversion. ", "modifications": "Another end user.", "denial_reasons": ["DIVERSION"],
    }  # fmt: skip
    decision = propose(registered, officer, now, outcome="intend_to_deny", legal_basis="744.11", **told)
    assert (decision.considerations, decision.modifications) == ("Diversion.", "Another end user.")
    decision.modifications = ""
    with pytest.raises(IntegrityError, match="intent_tells"), transaction.atomic():
        decision.save()


def test_record_refuses_wrong_input(filed, officer, now) -> None:
    for given, field in (
        ({"authority": ""}, "authority"),
        ({"decided_on": date(2026, 8, 7)}, "decided_on"),
        ({"decided_on": date(2026, 7, 1)}, "decided_on"),
        ({"outcome": "intend_to_deny", "legal_basis": "744.11", **factories.PARTICULARS}, "outcome"),
        ({"outcome": "deny", "denial_reasons": ["END_USE"]}, "legal_basis"),
    ):
        with pytest.raises(Invalid) as refused:
            record(filed, officer, now, **given)
        assert fields(refused) == {field}, given


def test_record_refuses_the_office_route_and_unscreened_parties(
    filed, registered, officer, approver, company, now
) -> None:
    with pytest.raises(Refused) as refused:
        record(registered, officer, now)
    assert codes(refused) == {"wrong_status"}
    with pytest.raises(NotAllowed):
        record(filed, approver, now)
    company.screenings.all().delete()
    with pytest.raises(Refused) as refused:
        record(filed, officer, now)
    assert codes(refused) == {"screening_missing"}


def test_record_with_conditions(filed, filer, officer, now) -> None:
    with pytest.raises(Refused) as refused:
        record(filed, officer, now, outcome="approve_conditions")
    assert codes(refused) == {"no_conditions"}
    condition = conditions.propose(
        application=filed,
        code="SHIP_REPORT",
        params={"days": 30},
        origin="commerce",
        by=officer,
        at=now,
    )
    with pytest.raises(Refused) as refused:
        record(filed, officer, now)
    assert codes(refused) == {"condition_open", "conditions_live"}
    conditions.accept(condition=condition, by=filer, at=now)
    assert record(filed, officer, now, outcome="approve_conditions").license is not None


def test_record_a_denial(filed, officer, now) -> None:
    record(
        filed, officer, now, outcome="deny", legal_basis="15 CFR 742.3", denial_reasons=["NONPROLIFERATION"]
    )
    assert Application.objects.get(pk=filed.pk).status == "denied"
    assert Decision.objects.of("deny").count() == 1


def test_two_licenses_never_share_a_number(filed, license, officer, now) -> None:
    with pytest.raises(Invalid) as refused:
        record(filed, officer, now, license_number=license.number)
    assert fields(refused) == {"license_number"}

"""Conditions: who proposed, changed, agreed, accepted, removed, showed and waived each."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.urls import reverse

from exportctl.errors import Invalid, NotAllowed, Refused
from exportctl.models import Event
from licenses import attachments, conditions, decisions, issued, ledger_sql, usage
from licenses.models import Application, Condition, ConditionStep, License
from licenses.riders import State

from .conftest import codes, fields

pytestmark = pytest.mark.django_db
DOSSIER, PAGE, WORK = 13, 16, 12  # queries
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def condition(referred, defense, now) -> Condition:
    return conditions.propose(
        application=referred,
        code="NAMED_SITE",
        params={"site": "Plant 2"},
        origin="defense",
        by=defense,
        at=now,
    )


@pytest.fixture
def approved(registered, filer, officer, approver, now):
    """`approved(code=..., params=...)`: the license of a case with one condition, issued yesterday."""

    def issue(**of: Any) -> Condition:
        at = now - timedelta(days=1)
        one = conditions.propose(application=registered, origin="commerce", by=officer, at=at, **of)
        conditions.accept(condition=one, by=filer, at=at)
        decisions.propose(
            application=registered, outcome="approve_conditions", justification="Fine.", by=officer, at=at
        )
        decisions.countersign(application=registered, by=approver, at=at)
        return Condition.objects.get(pk=one.pk)

    return issue


def steps(condition: Condition) -> list[tuple[str, str, str]]:
    return [(each.kind, each.by.username, each.body) for each in condition.steps.order_by("pk")]


def fresh(condition: Condition) -> Condition:
    return Condition.objects.get(pk=condition.pk)


def test_a_condition_keeps_every_step(condition, filer, officer, defense, now) -> None:
    assert (condition.number, condition.text) == (1, "The items are installed and used only at Plant 2.")
    assert (condition.addressee, condition.params) == ("end_user", {"site": "Plant 2"})
    conditions.agree(condition=condition, by=officer, at=now)
    conditions.decline(condition=condition, reason="The plant moves.", by=filer, at=now)
    conditions.change(condition=condition, params={"site": "Plant 3"}, by=defense, at=now)
    assert fresh(condition).declined_at is None
    conditions.accept(condition=condition, by=filer, at=now)
    assert (fresh(condition).accepted_by, fresh(condition).text[-8:]) == (filer, "Plant 3.")
    assert steps(condition) == [
        ("proposed", "defense", "defense"), ("agreed", "officer", "commerce"), ("declined", "filer", ""),
        ("changed", "defense", "defense"), ("accepted", "filer", ""),
    ]  # fmt: skip
    changed = condition.steps.get(kind="changed")
    assert (changed.before[-8:], changed.after[-8:]) == ("Plant 2.", "Plant 3.")
    assert [each.verb for each in Event.objects.filter(verb__startswith="condition.").order_by("seq")] == [
        "condition.proposed", "condition.agreed", "condition.declined", "condition.changed", "condition.accepted",
    ]  # fmt: skip


def test_a_change_after_the_acceptance_asks_the_filer_again(condition, filer, officer, now) -> None:
    conditions.accept(condition=condition, by=filer, at=now)
    with pytest.raises(Invalid) as refused:
        conditions.change(
            condition=condition, text="Only at Plant 2.", params={"site": "Plant 2"}, by=officer, at=now
        )
    assert fields(refused) == {"reason"}
    conditions.change(
        condition=condition,
        text="Only at Plant 2.",
        params={"site": "Plant 2"},
        reason="Shorter.",
        by=officer,
        at=now,
    )
    assert (fresh(condition).accepted_at, fresh(condition).number) == (None, 1)
    assert conditions.agreed(fresh(condition)) == {"commerce"}
    with pytest.raises(Refused) as same:
        conditions.change(
            condition=condition,
            text="Only at Plant 2.",
            params={"site": "Plant 2"},
            reason="x",
            by=officer,
            at=now,
        )
    assert codes(same) == {"unchanged"}


def test_an_acceptance_may_be_taken_back_until_a_decision_is_proposed(
    condition, referred, filer, officer, now
) -> None:
    conditions.accept(condition=condition, by=filer, at=now)
    with pytest.raises(Refused) as twice:
        conditions.accept(condition=condition, by=filer, at=now)
    assert codes(twice) == {"accepted"}
    conditions.decline(condition=condition, reason="Read again.", by=filer, at=now)
    with pytest.raises(Refused) as again:
        conditions.decline(condition=condition, reason="Read again.", by=filer, at=now)
    assert codes(again) == {"declined"}
    conditions.accept(condition=condition, by=filer, at=now)
    decisions.propose(
        application=referred, outcome="approve_conditions", justification="x", by=officer, at=now
    )
    with pytest.raises(Refused) as proposed:
        conditions.decline(condition=condition, reason="Read again.", by=filer, at=now)
    assert codes(proposed) == {"proposal_open"}


@pytest.mark.parametrize("verb", [conditions.decline, conditions.remove])
def test_a_no_needs_its_reason(verb, condition, filer, officer, now) -> None:
    by = filer if verb is conditions.decline else officer
    with pytest.raises(Invalid) as refused:
        verb(condition=condition, reason="  ", by=by, at=now)
    assert fields(refused) == {"reason"}
    assert len(steps(condition)) == 1


def test_a_removal_is_read_by_the_body_and_agreed_to_by_it(
    condition, referred, filer, officer, defense, state, signed, now
) -> None:
    conditions.remove(condition=condition, reason="Energy's covers it.", by=officer, at=now)
    assert conditions.agreed(fresh(condition)) == {"commerce"}
    address = reverse("licenses:application", args=[referred.number])
    seen = signed(defense).get(address).content.decode()
    assert "Defense has not agreed to the removal" in seen and "Energy&#x27;s covers it." in seen
    assert "Energy&#x27;s covers it." not in signed(filer).get(address).content.decode()
    with pytest.raises(Refused) as other:
        conditions.agree(condition=condition, by=state, at=now)
    assert codes(other) == {"removed"}
    conditions.agree(condition=condition, by=defense, at=now)
    assert "has not agreed" not in signed(defense).get(address).content.decode()
    with pytest.raises(Refused) as gone:
        conditions.accept(condition=condition, by=filer, at=now)
    assert codes(gone) == {"removed"}
    second = conditions.propose(
        application=referred, code="OTHER", text="Another.", origin="commerce", by=officer, at=now
    )
    assert second.number == 2


def test_a_reviewer_keeps_to_their_body(condition, referred, state, defense, officer, now) -> None:
    for call in (
        lambda: conditions.propose(
            application=referred, code="OTHER", text="x", origin="defense", by=state, at=now
        ),
        lambda: conditions.remove(condition=condition, reason="x", by=state, at=now),
        lambda: conditions.change(
            condition=condition, text="x", reason="x", params={"site": "y"}, by=state, at=now
        ),
        lambda: conditions.agree(condition=condition, body="defense", by=state, at=now),
    ):
        with pytest.raises(NotAllowed) as refused:
            call()
        assert codes(refused) == {"no_seat"}
    with pytest.raises(Refused) as own:
        conditions.agree(condition=condition, by=defense, at=now)
    assert codes(own) == {"agreed"}
    conditions.agree(condition=condition, by=state, at=now)
    assert conditions.agreed(fresh(condition)) == {"defense", "state"}


def test_propose_names_every_wrong_field(officer, referred, now) -> None:
    with pytest.raises(Invalid) as refused:
        conditions.propose(
            application=referred, code="X", text=" ", origin="fbi", addressee="x", by=officer, at=now
        )
    assert fields(refused) == {"code", "origin", "addressee"}


def test_the_applicant_is_not_who_wrote_it(person, referred, now) -> None:
    both = person("both", "officer", "filer")
    one = conditions.propose(application=referred, code="OTHER", text="x", origin="state", by=both, at=now)
    for verb, more in ((conditions.accept, {}), (conditions.decline, {"reason": "x"})):
        with pytest.raises(Refused) as refused:
            verb(condition=one, by=both, at=now, **more)
        assert codes(refused) == {"same_person"}


def test_steps_are_not_entered_out_of_order(condition, filer, now) -> None:
    with pytest.raises(Refused) as refused:
        conditions.accept(condition=condition, by=filer, at=now - timedelta(minutes=1))
    assert codes(refused) == {"too_early"}


def test_steps_and_conditions_stay_on_record(condition) -> None:
    for statement in (
        "UPDATE licenses_conditionstep SET reason = 'x'",
        "DELETE FROM licenses_conditionstep",
        "DELETE FROM licenses_condition",
    ):
        with pytest.raises(DatabaseError, match="stay on record"), transaction.atomic():
            connection.cursor().execute(statement)
    with pytest.raises(IntegrityError), transaction.atomic():
        ConditionStep.objects.create(
            condition=condition, kind="removed", by=condition.proposed_by, at=condition.proposed_at
        )


def test_an_approval_waits_for_each_condition_by_number(
    condition, referred, filer, officer, approver, now
) -> None:
    conditions.propose(application=referred, code="NO_REEXPORT", origin="commerce", by=officer, at=now)
    conditions.decline(condition=condition, reason="No.", by=filer, at=now)
    decisions.propose(
        application=referred, outcome="approve_conditions", justification="x", by=officer, at=now
    )
    with pytest.raises(Refused) as refused:
        decisions.countersign(application=referred, by=approver, at=now)
    said = {each.code: each.message for each in refused.value.blockers}
    assert said["condition_declined"] == "Condition 1 was declined; it waits for its proposer or Commerce."
    assert said["condition_open"] == f"Condition 2 waits for the filer of {referred.applicant.name}."


def test_an_earlier_end_is_the_licenses_end(approved, registered, now, today) -> None:
    approved(code="EXPIRY_OVERRIDE", params={"ends_on": "2027-06-30"})
    assert License.objects.get().expires_on == date(2027, 6, 30)


def test_an_end_typed_against_the_condition_is_refused(registered, filer, officer, approver, now) -> None:
    one = conditions.propose(
        application=registered, code="EXPIRY_OVERRIDE", params={"ends_on": "2027-06-30"}, origin="commerce",
        by=officer, at=now,
    )  # fmt: skip
    conditions.accept(condition=one, by=filer, at=now)
    decisions.propose(
        application=registered, outcome="approve_conditions", justification="x", by=officer, at=now
    )
    with pytest.raises(Invalid) as refused:
        decisions.countersign(application=registered, expires_on=date(2028, 1, 1), by=approver, at=now)
    assert fields(refused) == {"expires_on"} and "Condition 1" in str(refused.value)
    assert not License.objects.exists()


def test_a_shipment_is_reported_with_its_document(approved, filer, officer, now, today) -> None:
    one = approved(code="SHIP_REPORT", params={"days": 30})
    with pytest.raises(Refused) as nothing:
        conditions.meet(condition=one, by=filer, at=now)
    assert codes(nothing) == {"nothing_due"}
    line = License.objects.get().lines.get()
    moved = [
        usage.record(
            line=line, quantity=Decimal(1), shipped_on=day, idempotency_key=str(day), by=filer, at=now
        )
        for day in (today - timedelta(days=1), today)
    ]
    usage.reverse(movement=moved[0], reason="Wrong.", idempotency_key="r", by=officer, at=now)
    due = today + timedelta(days=30)
    standing = conditions.standings([fresh(one)], today)[one.pk]
    assert (standing.state, [each.on for each in standing.open]) == (State.OPEN, [due])
    with pytest.raises(Invalid) as bare:
        conditions.meet(condition=one, by=filer, at=now)
    assert fields(bare) == {"evidence"}
    with pytest.raises(Refused) as other_day:
        conditions.meet(condition=one, due_on=today, by=filer, at=now)
    assert codes(other_day) == {"nothing_due"}
    file = SimpleUploadedFile("report.pdf", PDF).file
    conditions.meet(condition=one, file=file, name="report.pdf", note="Sent.", by=filer, at=now)
    step = one.steps.get(kind="met")
    assert (step.due_on, step.evidence.document.name, step.reason) == (due, "report.pdf", "Sent.")
    assert conditions.standings([fresh(one)], today)[one.pk].state == State.MET
    case = Application.objects.get(pk=one.application_id)
    assert case.closed_at == now - timedelta(days=1)  # the case ended with its decision, not with the report


def test_a_document_of_another_case_shows_nothing(approved, more_cases, filer, now, today) -> None:
    one = approved(code="ACKNOWLEDGEMENT", params={"days": 30})
    other = more_cases()
    file = SimpleUploadedFile("a.pdf", PDF).file
    strange = attachments.attach(file=file, name="a.pdf", kind="other", application=other, by=filer, at=now)
    with pytest.raises(Invalid) as refused:
        conditions.meet(condition=one, evidence=strange, by=filer, at=now)
    assert fields(refused) == {"evidence"}


def test_reports_end_with_a_revocation(approved, approver, officer, now, today) -> None:
    one = approved(code="PERIODIC_REPORT", params={"months": 1})
    issued.revoke(
        license=License.objects.get(), reason="x", proposed_by=officer, by=approver, at=now,
        on=today + timedelta(days=40),
    )  # fmt: skip
    standing = conditions.standings([fresh(one)], today + timedelta(days=100))[one.pk]
    assert [each.on for each in standing.demands] == [date(2026, 9, 5)]


def test_waive_is_for_an_approver_with_a_reason(approved, officer, filer, approver, now, today) -> None:
    one = approved(code="NO_REEXPORT")
    for by in (officer, filer):
        with pytest.raises(NotAllowed):
            conditions.waive(condition=one, reason="x", by=by, at=now)
    with pytest.raises(Invalid):
        conditions.waive(condition=one, reason=" ", by=approver, at=now)
    conditions.waive(condition=one, reason="Eligible for an exception.", by=approver, at=now)
    assert conditions.standings([fresh(one)], today)[one.pk].state == State.WAIVED
    with pytest.raises(Refused) as again:
        conditions.waive(condition=one, reason="x", by=approver, at=now)
    assert codes(again) == {"waived"}
    with pytest.raises(Refused):
        conditions.meet(condition=one, by=filer, at=now)


def test_meet_and_waive_in_the_browser(approved, filer, approver, signed, now, today) -> None:
    one = approved(code="ACKNOWLEDGEMENT", params={"days": 30})
    number, license = one.application.number, License.objects.get()
    client, page = signed(filer), reverse("licenses:license", args=[license.number])
    act = reverse("licenses:application-act", args=[number, "meet_condition"])
    assert f"{act}?condition={one.pk}" in client.get(page).content.decode()
    shown = client.get(act, {"condition": one.pk}).content.decode()
    assert "the signed acknowledgment" in shown and 'enctype="multipart/form-data"' in shown
    missing = client.post(act, {"condition": one.pk, "due_on": today + timedelta(days=29)})
    assert missing.status_code == 400 and "The document is missing" in missing.content.decode()
    file = SimpleUploadedFile("signed.pdf", PDF)
    sent = client.post(act, {"condition": one.pk, "due_on": today + timedelta(days=29), "file": file})
    assert (sent.status_code, sent["Location"]) == (302, page)
    assert fresh(one).steps.get(kind="met").evidence.document.name == "signed.pdf"
    waive = reverse("licenses:application-act", args=[number, "waive_condition"])
    other = signed(approver)
    assert other.post(waive, {"condition": one.pk, "reason": "Eligible."}).status_code == 302
    assert "Waived" in other.get(page).content.decode()


def test_change_agree_decline_remove_in_the_browser(
    condition, referred, filer, officer, defense, signed
) -> None:
    def act(name: str) -> str:
        return reverse("licenses:application-act", args=[referred.number, name])

    reviewer, applicant, desk = signed(defense), signed(filer), signed(officer)
    form = reviewer.get(act("change_condition"), {"condition": condition.pk}).content.decode()
    assert 'value="Plant 2"' in form
    given = {"condition": condition.pk, "site": "Plant 3", "text": "", "reason": ""}
    assert reviewer.post(act("change_condition"), given).status_code == 302
    assert desk.post(act("change_condition"), given | {"site": "Plant 4"}).status_code == 400  # no reason
    assert desk.post(act("agree_condition"), {"condition": condition.pk}).status_code == 302
    assert (
        applicant.post(act("decline_condition"), {"condition": condition.pk, "reason": "No."}).status_code
        == 302
    )
    assert (
        desk.post(act("remove_condition"), {"condition": condition.pk, "reason": "Right."}).status_code == 302
    )
    assert [kind for kind, _, _ in steps(condition)] == [
        "proposed",
        "changed",
        "agreed",
        "declined",
        "removed",
    ]
    assert applicant.post(act("accept_condition"), {"condition": condition.pk}).status_code == 409


@pytest.mark.parametrize("held", [1, 3])
def test_pages_of_a_license_keep_their_queries(
    held, registered, filer, officer, approver, now, signed, django_assert_num_queries
) -> None:
    for _ in range(held):
        one = conditions.propose(
            application=registered,
            code="PERIODIC_REPORT",
            params={"months": 1},
            origin="commerce",
            by=officer,
            at=now,
        )
        conditions.accept(condition=one, by=filer, at=now)
    decisions.propose(
        application=registered, outcome="approve_conditions", justification="Fine.", by=officer, at=now
    )
    decisions.countersign(application=registered, by=approver, at=now)
    client = signed(filer)
    dossier = reverse("licenses:application", args=[registered.number])
    client.get(dossier)
    with django_assert_num_queries(DOSSIER):
        assert client.get(dossier).content.decode().count("Show it is done") == held
    page = reverse("licenses:license", args=[License.objects.get().number])
    with django_assert_num_queries(PAGE):
        assert client.get(page).content.decode().count("Show it is done") == held
    with django_assert_num_queries(WORK):
        assert client.get(reverse("licenses:work")).content.decode().count("· License") == held


def test_steps_of_old_conditions_are_written_by_the_migration(referred, defense, filer, now) -> None:
    """The SQL of the migration on rows as they were before steps were kept."""
    old = {
        "application": referred,
        "code": "OTHER",
        "text": "Old.",
        "proposed_by": defense,
        "proposed_at": now,
    }
    kept = Condition.objects.create(number=1, origin="defense", accepted_by=filer, accepted_at=now, **old)
    dropped = Condition.objects.create(number=2, origin="state", withdrawn_at=now, **old)
    with connection.cursor() as cursor:
        cursor.execute(ledger_sql.STEPS_OF_OLD)
    assert steps(kept) == [("proposed", "defense", "defense"), ("accepted", "filer", "")]
    assert steps(dropped) == [("proposed", "defense", "state"), ("removed", "defense", "state")]

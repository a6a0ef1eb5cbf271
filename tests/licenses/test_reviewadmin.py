"""The admin on parts of a case: a condition removed or waived, a question reminded of or withdrawn, an appeal taken
back, a letter written that its job could not write."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from exportctl.errors import Refused
from exportctl.models import Event, User
from licenses import appeals, conditions, decisions, letterbook, questions
from licenses.models import Application, Condition, Decision, Letter, Question
from tests import factories

from .conftest import codes

pytestmark = pytest.mark.django_db


def page(model: str, record: Any) -> str:
    return reverse(f"admin:licenses_{model}_change", args=[record.pk])


def do(model: str, record: Any, verb: str) -> str:
    return reverse(f"admin:licenses_{model}_do", args=[record.pk, verb])


def labels(client: Any, model: str, record: Any) -> list[str]:
    return [label for label, _ in client.get(page(model, record)).context["verb_links"]]


def verbs(count: int) -> list[str]:
    return list(Event.objects.order_by("-seq").values_list("verb", flat=True)[:count])


@pytest.fixture
def condition(registered: Application, officer: User, now: Any) -> Condition:
    return conditions.propose(
        application=registered, code="NO_REEXPORT", origin="commerce", by=officer, at=now
    )


def test_a_condition_is_removed_with_its_reason(condition, officer, approver, auditor, signed, now) -> None:
    client = signed(officer)
    assert labels(client, "condition", condition) == ["Remove"]
    assert labels(signed(approver), "condition", condition) == []  # nothing to waive before a license
    assert labels(signed(auditor), "condition", condition) == []
    assert (
        signed(auditor).post(do("condition", condition, "remove-condition"), {"reason": "x"}).status_code
        == 403
    )
    assert client.post(do("condition", condition, "remove-condition"), {"reason": ""}).status_code == 200
    assert Condition.objects.get().withdrawn_at is None
    assert (
        client.post(do("condition", condition, "remove-condition"), {"reason": "Covered."}).status_code == 302
    )
    assert Condition.objects.get().withdrawn_at is not None
    assert (verbs(1), labels(client, "condition", condition)) == (["condition.removed"], [])
    again = client.post(do("condition", condition, "remove-condition"), {"reason": "x"})
    assert again.status_code == 409 and "is removed" in again.content.decode()


def test_a_condition_of_a_license_is_waived(
    condition, registered, filer, officer, approver, signed, now
) -> None:
    conditions.accept(condition=condition, by=filer, at=now)
    decisions.propose(
        application=registered, outcome="approve_conditions", justification="x", by=officer, at=now
    )
    decisions.countersign(application=registered, by=approver, at=now)
    client = signed(approver)
    assert (labels(client, "condition", condition), labels(signed(officer), "condition", condition)) == (
        ["Waive"],
        [],
    )
    assert (
        client.post(do("condition", condition, "waive-condition"), {"reason": "Relaxed."}).status_code == 302
    )
    assert Condition.objects.get().waived_at is not None
    assert (verbs(1), labels(client, "condition", condition)) == (["condition.waived"], [])


def test_a_question_is_reminded_of_and_withdrawn(registered, officer, approver, signed, now, today) -> None:
    question = questions.ask(
        application=registered, to="filer", text="Where?", due_on=today, by=officer, at=now
    )
    client = signed(officer)
    assert labels(client, "question", question) == ["Remind", "Withdraw"]
    assert labels(signed(approver), "question", question) == []
    assert client.post(do("question", question, "remind-question")).status_code == 302
    twice = client.post(do("question", question, "remind-question"))
    assert twice.status_code == 409 and "Once a day is enough" in twice.content.decode()
    assert client.post(do("question", question, "withdraw-question"), {"reason": "Found."}).status_code == 302
    assert Question.objects.get().withdrawn_reason == "Found."
    assert verbs(2) == ["question.withdrawn", "question.reminded"]
    assert labels(client, "question", question) == []


def test_an_appeal_is_taken_back(registered, filer, officer, approver, stranger, signed, now) -> None:
    decisions.propose(application=registered, outcome="intend_to_deny", justification="x", legal_basis="744.21",
                      **factories.PARTICULARS, by=officer, at=now)  # fmt: skip
    decisions.countersign(application=registered, by=approver, at=now)
    at = now + timedelta(days=50)
    appeal = appeals.appeal(application=registered, statement="Civil.", by=filer, at=at)
    with time_machine.travel(at + timedelta(hours=1), tick=False):
        client = signed(officer)
        assert labels(client, "appeal", appeal) == ["Withdraw the appeal"]
        assert (
            signed(stranger).post(do("appeal", appeal, "withdraw-appeal"), {"reason": "x"}).status_code == 404
        )
        assert (
            signed(approver).post(do("appeal", appeal, "withdraw-appeal"), {"reason": "x"}).status_code == 403
        )
        assert client.post(do("appeal", appeal, "withdraw-appeal"), {"reason": "Anew."}).status_code == 302
        assert labels(client, "appeal", appeal) == []
        assert "Anew." in client.get(page("appeal", appeal)).content.decode()
    assert Application.objects.get(pk=registered.pk).status == "denied"
    assert verbs(1) == ["appeal.withdrawn"]


def test_a_letter_that_its_job_could_not_write_is_written(license, officer, approver, signed, now) -> None:
    decision = Decision.objects.get()
    client = signed(officer)
    assert (labels(client, "decision", decision), labels(signed(approver), "decision", decision)) == (
        ["Write its letter"], [],
    )  # fmt: skip
    assert signed(approver).post(do("decision", decision, "write-letter")).status_code == 403
    assert client.post(do("decision", decision, "write-letter")).status_code == 302
    letter = Letter.objects.get()
    assert (letter.kind, letter.decision, letter.number) == ("approval", decision, 1)
    assert verbs(2) == ["letter.written", "document.kept"]
    assert (labels(client, "decision", decision), labels(client, "approval", decision)) == ([], [])
    with pytest.raises(Refused) as written:
        letterbook.write_owed(decision=decision, by=officer, at=now)
    assert codes(written) == {"written"}


def test_every_kind_of_letter_is_owed_until_it_is_written(registered, filed, officer, approver, now) -> None:
    decisions.propose(application=registered, outcome="intend_to_deny", justification="x", legal_basis="744.21",
                      **factories.PARTICULARS, by=officer, at=now)  # fmt: skip
    assert letterbook.owed(Decision.objects.get()) is None  # it is proposed only
    decision = decisions.countersign(application=registered, by=approver, at=now)
    assert letterbook.owed(decision) == {"corrects": False}
    letterbook.write_owed(decision=decision, by=officer, at=now)
    assert letterbook.owed(Decision.objects.get()) is None
    decisions.lapse(at=now + timedelta(days=45))
    assert letterbook.owed(Decision.objects.get()) == {"final": True}
    letterbook.write_owed(decision=Decision.objects.get(), by=officer, at=now + timedelta(days=45))
    assert [each.kind for each in Letter.objects.order_by("number")] == ["intent_to_deny", "final_denial"]
    assert letterbook.owed(Decision.objects.get()) is None
    recorded = decisions.record(
        application=filed, outcome="approve", justification="x", authority="BIS", decided_on=now.date(),
        no_document="On paper.", license_number="D1234567", by=officer, at=now,
    )  # fmt: skip
    assert letterbook.owed(recorded) is None

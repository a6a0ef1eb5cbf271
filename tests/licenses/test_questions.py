"""Questions to the filer and from agencies: answers, reminders, what they do to the clock, who is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.timezone import localdate

from exportctl.errors import Invalid, NotAllowed, Refused
from exportctl.models import Event, Notice
from licenses import conditions, notices, questions, review
from licenses.models import ClockStop, Question

from .conftest import codes, fields

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def asked(referred, officer, now, today) -> Question:
    return questions.ask(
        application=referred, to="filer", text=" Which site? ", due_on=today + timedelta(days=5), stop=True,
        by=officer, at=now,
    )  # fmt: skip


def told(user) -> list[str]:
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("title", flat=True))


def test_the_clock_stands_until_the_last_answer(asked, referred, officer, filer, now, today) -> None:
    second = questions.ask(
        application=referred, to="filer", text="Who?", due_on=today, stop=True, by=officer, at=now
    )
    assert (asked.number, asked.text, second.number, asked.stop_id) == (1, "Which site?", 2, second.stop_id)
    file = SimpleUploadedFile("site.pdf", PDF).file
    later = now + timedelta(days=2)
    questions.answer(question=asked, text="Rostock.", file=file, name="site.pdf", by=filer, at=later)
    assert ClockStop.objects.get().ended_at is None
    assert asked.documents.get().attachment.document.name == "site.pdf"
    questions.answer(question=second, text="We.", by=filer, at=later)
    stop = ClockStop.objects.get()
    assert (stop.reason, stop.started_at, stop.ended_at, stop.ended_by) == (
        "APPLICANT_INFO",
        now,
        later,
        filer,
    )
    with pytest.raises(Refused) as twice:
        questions.answer(question=second, text="We.", by=filer, at=later)
    assert codes(twice) == {"answered"}


def test_a_withdrawn_question_holds_no_clock(asked, defense, officer, now) -> None:
    with pytest.raises(NotAllowed):
        questions.withdraw(question=asked, reason="x", by=defense, at=now)
    with pytest.raises(Invalid):
        questions.withdraw(question=asked, reason=" ", by=officer, at=now)
    questions.withdraw(question=asked, reason="Found it.", by=officer, at=now)
    assert ClockStop.objects.get().ended_at == now


def test_an_agency_stops_the_clock_only_in_its_first_ten_days(
    referred, defense, officer, filer, now, today
) -> None:
    """Referred three days ago: day 10 is in seven days (750.4(d)(1))."""
    given = {
        "application": referred,
        "to": "commerce",
        "text": "Data sheet?",
        "due_on": today + timedelta(days=30),
    }
    late = now + timedelta(days=8)
    with pytest.raises(Refused) as refused:
        questions.ask(stop=True, by=defense, at=late, **given)
    assert codes(refused) == {"too_late"}
    one = questions.ask(stop=True, by=defense, at=now + timedelta(days=7), **given)
    assert (one.body, one.stop.reason) == ("defense", "AGENCY_INFO")
    assert questions.ask(by=defense, at=late, **given).stop is None
    with pytest.raises(NotAllowed) as other:
        questions.answer(question=one, text="x", by=filer, at=late)
    assert codes(other) == {"not_asked"}
    questions.answer(question=one, text="Attached.", by=officer, at=late)
    assert ClockStop.objects.get().ended_at == late
    with pytest.raises(Invalid) as own:
        questions.ask(by=officer, at=now, **given)
    assert fields(own) == {"to"}


def test_ask_names_every_wrong_field(referred, officer, now, today) -> None:
    with pytest.raises(Invalid) as refused:
        questions.ask(
            application=referred, to="bis", text=" ", due_on=today - timedelta(days=1), by=officer, at=now
        )
    assert fields(refused) == {"to", "text", "due_on"}


def test_the_filer_answers_and_nobody_for_them(asked, officer, filer, now) -> None:
    with pytest.raises(NotAllowed):
        questions.answer(question=asked, text="x", by=officer, at=now)
    with pytest.raises(Invalid) as empty:
        questions.answer(question=asked, text=" ", by=filer, at=now)
    assert fields(empty) == {"text"}


def test_an_overdue_question_is_chased_once_a_day(asked, filer, officer, now) -> None:
    due = now + timedelta(days=5)
    assert questions.chase(at=due - timedelta(days=1)) == 0
    assert (questions.chase(at=due), questions.chase(at=due)) == (1, 0)
    with pytest.raises(Refused) as again:
        questions.remind(question=asked, by=officer, at=due)
    assert codes(again) == {"reminded"}
    assert questions.chase(at=due + timedelta(days=1)) == 1
    questions.answer(question=asked, text="x", by=filer, at=due + timedelta(days=2))
    assert questions.chase(at=due + timedelta(days=3)) == 0
    assert Event.objects.filter(verb="question.reminded").count() == 2


def test_those_concerned_are_told_and_not_who_acted(
    asked, referred, filer, officer, defense, approver, now
) -> None:
    number = referred.number
    one = conditions.propose(application=referred, code="NO_REEXPORT", origin="defense", by=defense, at=now)
    conditions.decline(condition=one, reason="No.", by=filer, at=now)
    conditions.remove(condition=one, reason="Covered.", by=officer, at=now)
    questions.answer(question=asked, text="Rostock.", by=filer, at=now)
    review.recommend(
        application=referred, body="defense", position="no_objection", reason="", by=defense, at=now
    )
    for event in Event.objects.filter(verb__in=notices.RULES).order_by("seq"):
        notices.on_event(event, now=now)
        assert notices.on_event(event, now=now) == 0
    assert told(filer) == [
        f"{number}: question 1 waits for you",
        f"{number}: condition 1 waits for your answer",
    ]
    assert told(officer) == [
        f"{number}: condition 1 was declined", f"{number}: question 1 is answered",
        f"{number}: Defense gave its position",
    ]  # fmt: skip
    assert told(defense) == [
        f"{number}: referred to Defense", f"{number}: condition 1 was declined",
        f"{number}: condition 1 of Defense was removed",
    ]  # fmt: skip
    assert Notice.objects.get(title__contains="removed").text == "Covered."


def test_questions_in_the_browser_and_on_the_desk(
    asked, referred, filer, officer, defense, signed, today
) -> None:
    def act(name: str) -> str:
        return reverse("licenses:application-act", args=[referred.number, name])

    applicant, agency = signed(filer), signed(defense)
    given = {
        "to": "commerce",
        "body": "defense",
        "text": "Secret data?",
        "due_on": localdate() + timedelta(days=3),
    }
    assert agency.post(act("ask_question"), given).status_code == 302
    dossier = reverse("licenses:application", args=[referred.number])
    page = applicant.get(dossier).content.decode()
    assert "Which site?" in page and "Secret data?" not in page
    hidden = Question.objects.get(number=2)
    assert applicant.get(act("answer_question"), {"question": hidden.pk}).status_code == 404
    assert "Secret data?" in signed(officer).get(reverse("licenses:work")).content.decode()
    assert "Which site?" in applicant.get(reverse("licenses:work")).content.decode()
    assert applicant.get(act("answer_question")).status_code == 302
    assert applicant.post(act("answer_question"), {"question": asked.pk, "text": ""}).status_code == 400
    sent = {"question": asked.pk, "text": "Rostock.", "file": SimpleUploadedFile("s.pdf", PDF)}
    assert applicant.post(act("answer_question"), sent).status_code == 302
    assert "Rostock." in agency.get(dossier).content.decode()
    assert applicant.post(act("answer_question"), sent | {"file": ""}).status_code == 409


def test_questions_over_the_api(referred, filer, officer, api) -> None:
    case = f"/api/v1/applications/{referred.number}/"

    def post(user, name, **body):
        return api(user).post(f"{case}{name}/", body, format="json")

    due = str(localdate() + timedelta(days=5))
    asked = post(officer, "ask_question", to="filer", text="Which site?", due_on=due, stop=True)
    assert asked.json()["questions"][0]["stops_clock"] is True
    assert post(officer, "remind_question", number=1).status_code == 200
    assert post(officer, "ask_question", to="filer", text="Who?", due_on=due).status_code == 200
    assert post(officer, "withdraw_question", number=2, reason="Found.").status_code == 200
    answered = post(filer, "answer_question", number=1, text="Rostock.").json()["questions"]
    assert (answered[0]["answer"], answered[1]["withdrawn_reason"]) == ("Rostock.", "Found.")
    assert post(filer, "answer_question", number=9, text="x").status_code == 404

"""The company route's talk with the agency: its questions, our answers, its status as it was read; no clock of ours."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse
from django.utils.timezone import localdate

from exportctl.errors import Invalid, NotAllowed, Refused
from exportctl.models import Event
from licenses import agency, questions
from licenses.models import AgencyNote, ClockStop, Question

from .conftest import codes, fields

pytestmark = pytest.mark.django_db


def record(case, by, at, **more: Any) -> Question:
    return questions.record(
        application=case, **{"text": "End use?", "due_on": at.date(), "by": by, "at": at} | more
    )


def test_a_filer_records_what_the_agency_asked_and_was_told(filed, filer, now, today) -> None:
    asked, read = today - timedelta(days=3), today - timedelta(days=1)
    one = record(filed, filer, now, text=" End use? ", asked_on=asked, read_on=read, due_on=today)
    assert (one.number, one.text, one.asked_on, one.read_on, one.asked_by) == (
        1,
        "End use?",
        asked,
        read,
        filer,
    )
    assert (one.outside, one.stop, ClockStop.objects.count()) == (True, None, 0)
    event = Event.objects.latest("seq")
    assert (event.verb, event.data["data"]["read_on"]) == ("question.asked", read.isoformat())
    done = questions.answer(question=one, text="Civil.", given_on=read, by=filer, at=now)
    assert (done.answer, done.answered_by, done.answered_at, done.given_on) == ("Civil.", filer, now, read)


def test_days_not_given_are_todays(filed, filer, officer, now, today) -> None:
    one = record(filed, filer, now)
    assert (one.asked_on, one.read_on) == (today, today)
    assert questions.answer(question=one, text="x", by=officer, at=now).given_on == today


def test_record_names_every_wrong_field(filed, filer, now, today) -> None:
    with pytest.raises(Invalid) as refused:
        record(filed, filer, now, text=" ", asked_on=today, read_on=today + timedelta(days=1),
               due_on=today - timedelta(days=1))  # fmt: skip
    assert fields(refused) == {"text", "read_on", "due_on"}
    with pytest.raises(Invalid) as early:
        record(filed, filer, now, read_on=today - timedelta(days=1), asked_on=today)
    assert fields(early) == {"read_on"}
    assert not Question.objects.exists()


def test_record_is_for_a_case_filed_outside_and_for_who_files(
    filed, registered, filer, officer, approver, auditor, now
) -> None:
    with pytest.raises(Refused) as office:
        record(registered, officer, now)
    assert codes(office) == {"wrong_status"}
    for by in (approver, auditor):
        with pytest.raises(NotAllowed):
            record(filed, by, now)
    assert not Question.objects.exists()


def test_the_day_of_an_answer_is_the_agencys_alone(filed, registered, filer, officer, now, today) -> None:
    one = record(filed, filer, now)
    for day in (today - timedelta(days=1), today + timedelta(days=1)):
        with pytest.raises(Invalid) as refused:
            questions.answer(question=one, text="x", given_on=day, by=filer, at=now)
        assert fields(refused) == {"given_on"}
    ours = questions.ask(application=registered, to="filer", text="x", due_on=today, by=officer, at=now)
    with pytest.raises(Invalid) as other:
        questions.answer(question=ours, text="x", given_on=today, by=filer, at=now)
    assert fields(other) == {"given_on"}
    assert questions.answer(question=ours, text="x", by=filer, at=now).given_on is None


def test_the_house_asks_its_filer_in_its_own_name(filed, officer, filer, now, today) -> None:
    one = questions.ask(application=filed, to="filer", text="Which site?", due_on=today, by=officer, at=now)
    assert not one.outside
    with pytest.raises(NotAllowed):
        questions.answer(question=one, text="x", by=officer, at=now)
    with pytest.raises(Invalid) as itself:
        questions.ask(application=filed, to="commerce", text="x", due_on=today, by=officer, at=now)
    assert fields(itself) == {"to"}
    with pytest.raises(Refused) as stopped:
        questions.ask(application=filed, to="filer", text="x", due_on=today, stop=True, by=officer, at=now)
    assert codes(stopped) == {"no_clock"}


def test_an_unanswered_question_is_chased_like_any_other(filed, filer, officer, now, today) -> None:
    one = record(filed, filer, now)
    assert (questions.chase(at=now), questions.chase(at=now)) == (1, 0)
    assert Question.objects.get(pk=one.pk).reminded_on == today
    assert questions.remind(question=one, by=officer, at=now + timedelta(days=1)).pk == one.pk


def test_the_agency_waits_each_day_once(filed, filer, officer, now, today) -> None:
    assert questions.waited(filed.questions.all(), today) is None
    for asked, given in ((10, 6), (8, 5), (3, None)):
        one = record(filed, filer, now, asked_on=today - timedelta(days=asked))
        if given is not None:
            questions.answer(question=one, text="x", given_on=today - timedelta(days=given), by=filer, at=now)
    assert questions.waited(filed.questions.all(), today) == 5 + 3
    questions.withdraw(question=one, reason="Settled by telephone.", by=officer, at=now)
    assert questions.waited(filed.questions.all(), today + timedelta(days=9)) == 5 + 3


def test_a_note_is_the_status_and_the_newest_counts(filed, registered, filer, now, today) -> None:
    agency.note(application=filed, text="Pending with BIS", read_on=today, by=filer, at=now)
    agency.note(application=filed, text="Received", read_on=today - timedelta(days=2), by=filer, at=now)
    newest = agency.newest(filed.agency_notes.all())
    assert newest is not None and newest.text == "Pending with BIS"
    with pytest.raises(Invalid) as refused:
        agency.note(application=filed, text=" ", read_on=today + timedelta(days=1), by=filer, at=now)
    assert fields(refused) == {"text", "read_on"}
    with pytest.raises(Refused) as office:
        agency.note(application=registered, text="x", read_on=today, by=filer, at=now)
    assert codes(office) == {"not_filed"}


@pytest.mark.parametrize(
    "change", [{"given_on": date(2026, 1, 1)}, {"read_on": date(2020, 1, 1)}, {"to": "commerce"}]
)
def test_the_database_pairs_the_days_of_the_agency(filed, filer, now, change) -> None:
    one = record(filed, filer, now)
    with pytest.raises(IntegrityError, match="outside_paired"), transaction.atomic():
        Question.objects.filter(pk=one.pk).update(**change)


def test_a_question_that_could_not_be_logged_is_not_kept(filed, filer, now, broken_log) -> None:
    with broken_log(), pytest.raises(DatabaseError):
        record(filed, filer, now)
    assert not Question.objects.exists()


def test_the_dossier_shows_the_talk_and_no_word_of_a_decision(filed, filer, officer, auditor, signed) -> None:
    client, today = signed(filer), localdate()

    def act(name: str) -> str:
        return reverse("licenses:application-act", args=[filed.number, name])

    dossier = reverse("licenses:application", args=[filed.number])
    assert "No agency status noted yet." in client.get(dossier).content.decode()
    keying = reverse("licenses:keying", args=[filed.number])
    assert client.post(keying, {"text": "Pending", "read_on": today}).status_code == 302
    told = {"text": "Which site?", "asked_on": today - timedelta(days=2), "due_on": today}
    assert client.post(act("record_question"), told | {"asked_on": ""}).status_code == 400
    assert client.post(act("record_question"), told).status_code == 302
    page = client.get(dossier).content.decode()
    assert "Agency status as read on" in page and "<b>Pending</b>" in page
    assert "The agency waited 2 days for our answers." in page
    assert "Note its status" in page
    assert "Note its status" not in signed(auditor).get(dossier).content.decode()
    assert "The agency asked on" in page and "Which site?" in page
    assert "Question asked:</b> the agency, question 1" in page
    desk = client.get(reverse("licenses:work")).content.decode()
    assert "Which site?" in desk and "from the agency" in desk
    one = Question.objects.get()
    form = client.get(act("answer_question"), {"question": one.pk}).content.decode()
    assert "Given to the agency on" in form
    answer = {"question": one.pk, "text": "Rostock.", "given_on": today - timedelta(days=1)}
    assert client.post(act("answer_question"), answer).status_code == 302
    page = client.get(dossier).content.decode()
    assert "given to the agency on" in page and "The agency waited 1 day for our answers." in page
    form = signed(officer).get(dossier).content.decode()
    for label in ("Approve", "Deny", "Revoke", "Stop the clock"):
        assert f">{label}<" not in form and f"> {label}<" not in form


def test_the_talk_over_the_api(filed, filer, stranger, auditor, api) -> None:
    case, today = f"/api/v1/applications/{filed.number}/", localdate()

    def post(user, name, **body):
        return api(user).post(f"{case}{name}/", body, format="json")

    asked = post(
        filer, "record_question", text="End use?", asked_on=str(today - timedelta(days=4)), due_on=str(today)
    )
    assert asked.status_code == 200
    assert (asked.json()["questions"][0]["read_on"], asked.json()["agency"]["waited_days"]) == (str(today), 4)
    answered = post(
        filer, "answer_question", number=1, text="Civil.", given_on=str(today - timedelta(days=1))
    ).json()
    assert (answered["questions"][0]["given_on"], answered["agency"]["waited_days"]) == (
        str(today - timedelta(days=1)), 3,
    )  # fmt: skip
    noted = post(filer, "agency_status", text="Pending", read_on=str(today)).json()
    assert noted["agency"] == {"status": "Pending", "read_on": str(today), "waited_days": 3}
    told = {"text": "x", "read_on": str(today), "due_on": str(today)}
    for name in ("record_question", "agency_status"):
        assert (post(auditor, name, **told).status_code, post(stranger, name, **told).status_code) == (
            403,
            404,
        )


def test_notes_of_before_become_questions_and_back(filed, filer, officer, now, today) -> None:
    """Rows as the older product wrote them, moved forward; backward nothing is lost."""

    def migrate(name: str) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        executor = MigrationExecutor(connection)
        executor.migrate([("licenses", name)])
        return executor.loader.project_state([("licenses", name)]).apps

    old = migrate("0014_questions_of_the_agency").get_model("licenses", "AgencyNote")
    days = [today - timedelta(days=each) for each in (9, 8, 7, 6, 5)]
    for kind, text, day in (
        ("answer", "Told by telephone.", days[0]), ("status", "Received", days[0]), ("question", "Who?", days[1]),
        ("question", "Where?", days[2]), ("answer", "We.", days[3]),
    ):  # fmt: skip
        old.objects.create(
            application_id=filed.pk, kind=kind, text=text, read_on=day, made_by_id=filer.pk, made_at=now
        )
    migrate("0015_agency_notes_are_its_status")
    told = "number", "text", "asked_on", "read_on", "answer", "given_on"
    moved = list(Question.objects.order_by("number").values_list(*told))
    assert moved == [
        (
            1,
            "The question of the agency was not noted here.",
            days[0],
            days[0],
            "Told by telephone.",
            days[0],
        ),
        (2, "Who?", days[1], days[1], "We.", days[3]),
        (3, "Where?", days[2], days[2], "", None),
    ]
    assert list(AgencyNote.objects.values_list("text", "read_on")) == [("Received", days[0])]
    back = migrate("0014_questions_of_the_agency").get_model("licenses", "AgencyNote")
    assert list(back.objects.values_list("kind", "text")) == [("status", "Received")]
    migrate("0015_agency_notes_are_its_status")
    assert list(Question.objects.order_by("number").values_list(*told)) == moved

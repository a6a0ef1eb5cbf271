"""Questions over the API: how one is shown, and the actions on a case's questions."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from .. import agency, cases, questions
from ..models import Application, Asked, Attachment, Question
from . import bodies

post = action(detail=True, methods=["post"])


class QuestionOut(serializers.ModelSerializer[Question]):
    """A question with its answer; `documents` are ids of the case's documents. `read_on` marks one of the agency
    on the company route, `given_on` the day it got the answer."""

    body = serializers.CharField()
    to = serializers.CharField()
    asked_by = serializers.CharField(source="asked_by.name")
    answered_by = serializers.CharField(source="answered_by.name", default="")
    stops_clock = serializers.SerializerMethodField()
    documents = serializers.SerializerMethodField()

    class Meta:
        model = Question
        fields = ("number", "body", "to", "text", "asked_on", "read_on", "asked_by", "asked_at", "due_on",
                  "stops_clock", "answer", "answered_by", "answered_at", "given_on", "withdrawn_at", "withdrawn_reason",
                  "reminded_on", "documents")  # fmt: skip

    def get_stops_clock(self, question: Question) -> bool:
        return question.stop_id is not None

    def get_documents(self, question: Question) -> list[int]:
        return sorted(each.attachment_id for each in question.documents.all())


class AgencyOut(serializers.Serializer[Any]):
    """The status read last at the agency, and the calendar days it waited for our answers (null: it asked nothing)."""

    status = serializers.CharField()
    read_on = serializers.DateField(allow_null=True)
    waited_days = serializers.IntegerField(allow_null=True)


def at_the_agency(case: Application) -> Any:
    """`AgencyOut` of a case filed with the agency, else None."""
    if not agency.possible(case):
        return None
    known = agency.newest(case.agency_notes.all())
    told = {"status": known.text if known else "", "read_on": known and known.read_on}
    waited = questions.waited(case.questions.all(), timezone.localdate())
    return AgencyOut(told | {"waited_days": waited}).data


def shown(case: Application, by: Any) -> Any:
    """The questions of a case that the caller may read; those between the bodies are not an applicant's."""
    found = case.questions.select_related("asked_by", "answered_by").prefetch_related("documents")
    if not cases.shows_review(case, by):
        found = found.filter(to=Asked.FILER)
    return QuestionOut(found.order_by("number"), many=True).data


class QuestionActions:
    """The actions on questions, for the view set of applications."""

    @extend_schema(request=bodies.AskIn)
    @post
    def ask_question(self: Any, request: Request, number: str) -> Response:
        """Ask the filer, or as an agency ask Commerce; the clock may stop until the answer."""
        shown: Response = self._act(questions.ask, bodies.AskIn)
        return shown

    @extend_schema(request=bodies.RecordQuestionIn)
    @post
    def record_question(self: Any, request: Request, number: str) -> Response:
        """Record a question of the agency, as it was read there (company route)."""
        shown: Response = self._act(questions.record, bodies.RecordQuestionIn)
        return shown

    @extend_schema(request=bodies.AgencyStatusIn)
    @post
    def agency_status(self: Any, request: Request, number: str) -> Response:
        """Note the status of the case as it was read at the agency (company route)."""
        shown: Response = self._act(agency.note, bodies.AgencyStatusIn)
        return shown

    @extend_schema(request=bodies.AnswerIn)
    @post
    def answer_question(self: Any, request: Request, number: str) -> Response:
        """Answer a question; with the last answer its clock stop ends."""
        return _on(self, questions.answer, bodies.AnswerIn)

    @extend_schema(request=bodies.WithdrawQuestionIn)
    @post
    def withdraw_question(self: Any, request: Request, number: str) -> Response:
        """Withdraw an open question, with the reason."""
        return _on(self, questions.withdraw, bodies.WithdrawQuestionIn)

    @extend_schema(request=bodies.QuestionNumberIn)
    @post
    def remind_question(self: Any, request: Request, number: str) -> Response:
        """Remind who was asked; once a day."""
        return _on(self, questions.remind, bodies.QuestionNumberIn)


def _on(view: Any, verb: Any, shape: type[serializers.Serializer[Any]]) -> Response:
    case, body = view.get_object(), view._read(shape)
    found = Question.objects.filter(application=case)
    if not cases.shows_review(case, view.request.user):
        found = found.filter(to=Asked.FILER)
    question = get_object_or_404(found, number=body.pop("number"))
    question.application = case
    if "documents" in body:
        body["documents"] = [
            get_object_or_404(Attachment, application=case, pk=key) for key in body["documents"]
        ]
    verb(question=question, by=view.request.user, at=timezone.now(), **body)
    answer: Response = view._shown()
    return answer

"""The red-flag sheet of an application over the API: read, answered, inquired about, resolved."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from exportctl.api import IF_MATCH, RolePermission, if_match
from exportctl.errors import refuse

from .. import flags
from ..blocks import FLAGS
from ..models import Application, RedFlagAnswer
from .scope import case_of


class InquiryOut(serializers.Serializer[Any]):
    text = serializers.CharField()
    made_by = serializers.CharField(source="made_by.name")
    made_at = serializers.DateTimeField()


class FlagOut(serializers.Serializer[Any]):
    """A flag with its answer: "" is not answered, `open` blocks every determination and shipment."""

    flag = serializers.CharField()
    question = serializers.CharField()
    answer = serializers.CharField()
    evidence = serializers.CharField()
    open = serializers.BooleanField()
    answered_by = serializers.CharField()
    answered_at = serializers.DateTimeField(allow_null=True)
    resolution = serializers.CharField()
    resolved_by = serializers.CharField()
    resolved_at = serializers.DateTimeField(allow_null=True)
    inquiries = InquiryOut(many=True)


class SheetOut(serializers.Serializer[Any]):
    """The sheet of Supp. 3 to 15 CFR part 732. `version` is its ETag."""

    application = serializers.CharField()
    version = serializers.IntegerField()
    answered = serializers.BooleanField(help_text="Whether every flag has its answer")
    unanswered = serializers.ListField(child=serializers.CharField())
    open = serializers.ListField(child=serializers.CharField())
    citation = serializers.CharField()
    flags = FlagOut(many=True)


class AnswerIn(serializers.Serializer[Any]):
    flag = serializers.CharField(max_length=40, help_text=", ".join(FLAGS))
    answer = serializers.CharField(max_length=10, help_text="yes or no")
    evidence = serializers.CharField(allow_blank=True, help_text="What it rests on")


class AnswersIn(serializers.Serializer[Any]):
    """Answers by flag; what is not named stays as it is."""

    answers = AnswerIn(many=True, allow_empty=False)

    def validate_answers(self, given: list[dict[str, str]]) -> list[dict[str, str]]:
        if len({each["flag"] for each in given}) < len(given):
            raise serializers.ValidationError("A flag is named twice.")
        return given


class InquiryIn(serializers.Serializer[Any]):
    text = serializers.CharField(help_text="What was asked, and what came back")


class ResolutionIn(serializers.Serializer[Any]):
    resolution = serializers.CharField(help_text="What the inquiry showed")


class FlagViewSet(viewsets.GenericViewSet[RedFlagAnswer]):
    """The red-flag sheet of one application the caller may see; outside of that 404."""

    permission_classes = [RolePermission]
    permissions = {
        "*": "application.read", "answer": "redflag.answer", "inquire": "redflag.answer", "resolve": "redflag.answer",
    }  # fmt: skip
    queryset = RedFlagAnswer.objects.none()
    serializer_class = SheetOut
    pagination_class = None
    filter_backends: list[Any] = []
    lookup_field = "flag"
    lookup_value_regex = "[a-z_]+"

    @extend_schema(responses=SheetOut)
    def sheet(self, request: Request, number: str) -> Response:
        """Every flag with its answer, evidence, inquiries and resolution."""
        return self._shown(case_of(self))

    @extend_schema(request=AnswersIn, responses=SheetOut, parameters=[IF_MATCH])
    def answer(self, request: Request, number: str) -> Response:
        """Answer flags, each with its evidence; none is defaulted. A resolved flag answered anew is open again.
        With If-Match 412 names each flag that somebody answered since."""
        case, body = case_of(self), AnswersIn(data=request.data)
        body.is_valid(raise_exception=True)
        answers = {
            each["flag"]: (each["answer"], each["evidence"]) for each in body.validated_data["answers"]
        }
        who: Any = {"by": request.user, "at": timezone.now()}
        matched = if_match(request)
        flags.answer(application=case, answers=answers, version=matched, if_match=matched is not None, **who)
        return self._shown(case)

    @extend_schema(request=InquiryIn, responses=SheetOut)
    @action(detail=True, methods=["post"])
    def inquire(self, request: Request, number: str, flag: str) -> Response:
        """Note what was asked about a flag and what came back."""
        case, body = case_of(self), InquiryIn(data=request.data)
        body.is_valid(raise_exception=True)
        who: Any = {"by": request.user, "at": timezone.now()}
        flags.inquire(flag=self._flag(case, flag), text=body.validated_data["text"], **who)
        return self._shown(case)

    @extend_schema(request=ResolutionIn, responses=SheetOut)
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, number: str, flag: str) -> Response:
        """Resolve an open flag after an inquiry."""
        case, body = case_of(self), ResolutionIn(data=request.data)
        body.is_valid(raise_exception=True)
        who: Any = {"by": request.user, "at": timezone.now()}
        flags.resolve(flag=self._flag(case, flag), resolution=body.validated_data["resolution"], **who)
        return self._shown(case)

    def _flag(self, case: Application, code: str) -> RedFlagAnswer:
        if code not in FLAGS:
            raise Http404(code)
        row = RedFlagAnswer.objects.select_related("application").filter(application=case, flag=code).first()
        if row is None:
            raise refuse("not_answered", "This flag is not answered yet.", field="flag", citation=flags.CITATION,
                         remedy="Answer it with its evidence first.")  # fmt: skip
        return row

    def _shown(self, case: Application) -> Response:
        sheet = flags.sheet(case)
        told = {
            "application": case.number, "version": sheet.version, "answered": sheet.answered,
            "unanswered": sheet.unanswered, "open": sheet.open, "citation": flags.CITATION,
            "flags": [told_flag(*row) for row in sheet.rows],
        }  # fmt: skip
        return Response(SheetOut(told).data, headers={"ETag": f'"{sheet.version}"'})


def told_flag(code: str, question: str, given: RedFlagAnswer | None) -> dict[str, Any]:
    """A flag of the sheet; without an answer everything about one is empty."""
    told: dict[str, Any] = {
        "flag": code, "question": question, "answer": "", "evidence": "", "open": False, "answered_by": "",
        "answered_at": None, "resolution": "", "resolved_by": "", "resolved_at": None, "inquiries": [],
    }  # fmt: skip
    if given is None:
        return told
    return told | {
        "answer": given.answer, "evidence": given.evidence, "open": given.open,
        "answered_by": given.answered_by.name, "answered_at": given.answered_at, "resolution": given.resolution,
        "resolved_by": given.resolved_by.name if given.resolved_by else "", "resolved_at": given.resolved_at,
        "inquiries": given.inquiries.all(),
    }  # fmt: skip

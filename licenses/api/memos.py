"""Facts and memos of an application over the API: recorded, kept, asked again, signed for the first time."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from exportctl.api import IF_MATCH, RolePermission, version_read

from .. import determinations, standings
from ..determination.case import ANSWERS
from ..models import Application, Facts, Memo
from .determinations import StandingOut
from .scope import case_of


class WorksheetLine(serializers.Serializer[Any]):
    what = serializers.CharField(max_length=500)
    eccn = serializers.CharField(max_length=20)
    value = serializers.DecimalField(max_digits=16, decimal_places=2, min_value=0, help_text="US dollars")


class OpenFlag(serializers.Serializer[Any]):
    flag = serializers.CharField(max_length=500)
    open = serializers.BooleanField(default=True)


class LineFacts(serializers.Serializer[Any]):
    """What of an item is not as for all."""

    jurisdiction = serializers.CharField(required=False, allow_blank=True)
    origin = serializers.CharField(required=False, allow_blank=True)
    us_content = serializers.DecimalField(5, 2, required=False, allow_null=True)
    direct_product = serializers.BooleanField(required=False, allow_null=True)
    hts = serializers.CharField(required=False, allow_blank=True)


class FactsOut(serializers.ModelSerializer[Facts]):
    """What is known of a case beyond the application; what is empty or null is not known and never counts as no."""

    application = serializers.CharField(source="application.number")
    answers = serializers.DictField(child=serializers.BooleanField(allow_null=True))
    headquarters = serializers.DictField(child=serializers.CharField())
    flags = OpenFlag(many=True)
    worksheet = WorksheetLine(many=True)
    lines = serializers.DictField(child=LineFacts())

    class Meta:
        model = Facts
        fields = ("application", "version", "jurisdiction", "origin", "us_content", "direct_product", "hts", "region",
                  "answers", "headquarters", "flags_answered", "flags_system", "flags_reference", "flags_dated",
                  "flags", "verified", "worksheet", "item_value", "lines", "changed_at")  # fmt: skip


class FactsIn(serializers.Serializer[Any]):
    """Facts to record; those left out stay. The version you read comes as If-Match or as `version`, 0 for none."""

    version = serializers.IntegerField(min_value=0, required=False)
    jurisdiction = serializers.CharField(
        required=False, allow_blank=True, help_text="EAR, or the other agency"
    )
    origin = serializers.CharField(required=False, allow_blank=True, help_text="Two-letter country code")
    us_content = serializers.DecimalField(5, 2, required=False, allow_null=True, help_text="Percent")
    direct_product = serializers.BooleanField(
        required=False, allow_null=True, help_text="Whether a rule of 734.9 reaches a foreign-made item"
    )
    hts = serializers.CharField(required=False, allow_blank=True)
    region = serializers.CharField(required=False, allow_blank=True)
    answers = serializers.DictField(
        child=serializers.BooleanField(allow_null=True),
        required=False,
        help_text=f"Any of {', '.join(ANSWERS)}",
    )
    headquarters = serializers.DictField(
        child=serializers.CharField(allow_blank=True),
        required=False,
        help_text="Country by the key of the party",
    )
    flags_answered = serializers.BooleanField(
        required=False,
        help_text="A complete red-flag sheet is kept elsewhere; then system, identifier and day too",
    )
    flags_system = serializers.CharField(required=False, allow_blank=True)
    flags_reference = serializers.CharField(required=False, allow_blank=True)
    flags_dated = serializers.DateField(required=False, allow_null=True)
    flags = OpenFlag(many=True, required=False)
    verified = serializers.ListField(
        child=serializers.CharField(max_length=10), required=False,
        help_text="Exceptions whose every condition is recorded as met",
    )  # fmt: skip
    worksheet = WorksheetLine(many=True, required=False)
    item_value = serializers.DecimalField(16, 2, required=False, allow_null=True, help_text="US dollars")
    lines = serializers.DictField(
        child=LineFacts(), required=False, help_text="Facts of items that differ, by the key of the item"
    )


class FactsViewSet(viewsets.GenericViewSet[Facts]):
    """The facts recorded of one application the caller may see; outside of that 404."""

    permission_classes = [RolePermission]
    permissions = {"*": "application.read", "partial_update": "determination.propose"}
    queryset = Facts.objects.none()
    serializer_class = FactsOut
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(responses=FactsOut)
    def retrieve(self, request: Request, number: str) -> Response:
        """What is recorded, with its version as ETag; version 0 where nothing is."""
        return self._shown(case_of(self))

    @extend_schema(request=FactsIn, responses=FactsOut, parameters=[IF_MATCH])
    def partial_update(self, request: Request, number: str) -> Response:
        """Record facts. 412 (If-Match) or 409 (`version`) with what differs when somebody recorded since."""
        case, body = case_of(self), FactsIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        who: Any = {"by": request.user, "at": timezone.now(), **version_read(request, given)}
        if "worksheet" in given:
            given["worksheet"] = [{**each, "value": f"{each['value']:f}"} for each in given["worksheet"]]
        determinations.record(application=case, facts=given, **who)
        return self._shown(case)

    def _shown(self, case: Application) -> Response:
        facts = Facts.objects.filter(application=case).first() or Facts(application=case, version=0)
        return Response(FactsOut(facts).data, headers={"ETag": f'"{facts.version}"'})


class MemoOut(serializers.ModelSerializer[Memo]):
    """A determination as it was made: result, editions, what differs from the memo before. `url` gives the PDF."""

    application = serializers.CharField(source="application.number")
    result = serializers.CharField()
    by = serializers.CharField(source="by.name")
    determination = serializers.CharField(source="determination.number", default="")
    differs = serializers.ListField(child=serializers.JSONField())
    editions = serializers.ListField(child=serializers.CharField())
    standing = StandingOut()
    url = serializers.SerializerMethodField()

    class Meta:
        model = Memo
        fields = ("number", "application", "on", "result", "policy", "editions", "differs", "cause", "sha256", "by",
                  "at", "determination", "standing", "url")  # fmt: skip

    def get_url(self, memo: Memo) -> str:
        return f"/api/v1/applications/{memo.application.number}/memos/{memo.number}/pdf/"


class MemoDetail(MemoOut):
    """The same with the facts and the answer, word for word."""

    facts = serializers.JSONField()
    answer = serializers.JSONField()

    class Meta(MemoOut.Meta):
        fields = (*MemoOut.Meta.fields, "facts", "answer")  # type: ignore[assignment]


class KeepIn(serializers.Serializer[Any]):
    on = serializers.DateField(
        required=False, help_text="The day the rules are asked for; today where not given"
    )


class SignIn(serializers.Serializer[Any]):
    """The first signature on the last memo of a case."""

    basis = serializers.CharField(max_length=4000, help_text="Why the facts are believed")
    valid_until = serializers.DateField()
    symbol = serializers.CharField(
        required=False, allow_blank=True, max_length=10, help_text="Of the exception; empty for NLR"
    )


class MemoViewSet(viewsets.GenericViewSet[Memo]):
    """The memos of one application the caller may see; outside of that 404."""

    permission_classes = [RolePermission]
    permissions = {
        "*": "application.read", "create": "determination.propose", "propose": "determination.propose",
    }  # fmt: skip
    queryset = Memo.objects.none()
    serializer_class = MemoDetail
    filter_backends: list[Any] = []
    lookup_field = "number"
    lookup_url_kwarg = "memo"
    lookup_value_regex = "[0-9]{1,6}"

    def get_queryset(self) -> QuerySet[Memo]:
        if getattr(self, "swagger_fake_view", False):
            return Memo.objects.none()
        return standings.listed(self.request.user).filter(application=case_of(self))  # type: ignore[arg-type]

    @extend_schema(responses=MemoOut(many=True))
    def list(self, request: Request, number: str) -> Response:
        """The memos, newest first, each with its standing of today."""
        page: Any = self.paginate_queryset(self.get_queryset())
        found = standings.of(page, timezone.localdate())
        for memo in page:
            memo.standing = found[memo.pk]
        return self.get_paginated_response(MemoOut(page, many=True).data)

    @extend_schema(request=KeepIn, responses={201: MemoDetail})
    def create(self, request: Request, number: str) -> Response:
        """Ask again and keep the answer of a day as a memo, with what changed since the last one."""
        case, body = case_of(self), KeepIn(data=request.data)
        body.is_valid(raise_exception=True)
        on = body.validated_data.get("on", timezone.localdate())
        who: Any = {"by": request.user, "at": timezone.now()}
        memo = determinations.keep(application=case, on=on, **who)
        return self._shown(memo.number, status=201)

    def retrieve(self, request: Request, number: str, memo: str) -> Response:
        """One memo with its facts and its answer."""
        return self._shown(int(memo))

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def pdf(self, request: Request, number: str, memo: str) -> HttpResponse:
        """The memo as a PDF, the bytes of its SHA-256."""
        kept = get_object_or_404(Memo, application=case_of(self), number=int(memo))
        name = content_disposition_header(True, f"{number}-memo-{kept.number}.pdf") or ""
        return HttpResponse(
            bytes(kept.pdf), content_type="application/pdf", headers={"Content-Disposition": name}
        )

    @extend_schema(request=SignIn, responses={201: MemoDetail})
    @action(detail=True, methods=["post"])
    def propose(self, request: Request, number: str, memo: str) -> Response:
        """Sign the memo's NLR or exception as a record of its own; another person signs it under `determinations/`."""
        kept, body = get_object_or_404(self.get_queryset(), number=int(memo)), SignIn(data=request.data)
        body.is_valid(raise_exception=True)
        who: Any = {"by": request.user, "at": timezone.now()}
        determinations.propose(memo=kept, **body.validated_data, **who)
        return self._shown(int(memo), status=201)

    def _shown(self, number: int, status: int = 200) -> Response:
        memo = get_object_or_404(self.get_queryset(), number=number)
        memo.standing = standings.of([memo], timezone.localdate())[memo.pk]  # type: ignore[attr-defined]
        return Response(MemoDetail(memo).data, status=status)

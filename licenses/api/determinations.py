"""Determinations over the API: the question of `manage.py assess`, answered and never stored; and those signed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from exportctl.api import RolePermission

from .. import determinations, named, rulebook, standings
from ..determination import reading
from ..determination.assess import assess
from ..determination.case import ANSWERS, Result
from ..models import ApplicationLine, Determination, DeterminationState, Memo, Reliance

MOST = 1000


class OwnerIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=500)
    country = serializers.CharField(required=False)
    share = serializers.FloatField(required=False, help_text="In percent; left out where it is not known")
    listed_as = serializers.CharField(required=False)


class CasePartyIn(serializers.Serializer[Any]):
    role = serializers.CharField(
        help_text="purchaser, intermediate_consignee, ultimate_consignee, end_user, ..."
    )
    name = serializers.CharField(max_length=500)
    country = serializers.CharField()
    hq_country = serializers.CharField(required=False)
    listed_as = serializers.CharField(required=False, help_text="A list such as EL, or the listed name")
    owners = OwnerIn(many=True, required=False)  # type: ignore[call-arg]


class RedFlagsIn(serializers.Serializer[Any]):
    answered = serializers.BooleanField()
    open = serializers.ListField(child=serializers.CharField(), required=False)


class CaseIn(serializers.Serializer[Any]):
    """One question. What is left out is not known, and what is not known is never free."""

    id = serializers.CharField(required=False)
    date = serializers.DateField()
    eccn = serializers.CharField(required=False)
    destination = serializers.CharField(required=False, help_text="Two-letter country code")
    region = serializers.CharField(required=False)
    type = serializers.ChoiceField(["EXPORT", "REEXPORT", "TRANSFER", "DEEMED"], required=False)
    value = serializers.FloatField(required=False, help_text="US dollars")
    jurisdiction = serializers.CharField(required=False, help_text="EAR, or the other agency")
    origin = serializers.CharField(required=False)
    us_content = serializers.FloatField(required=False, help_text="Percent of the value")
    direct_product = serializers.BooleanField(required=False, help_text="Whether a rule of 734.9 reaches it")
    hts = serializers.CharField(required=False)
    end_use = serializers.CharField(required=False)
    end_use_answers = serializers.DictField(
        child=serializers.BooleanField(), required=False, help_text=f"Any of {', '.join(ANSWERS)}"
    )
    red_flags = RedFlagsIn(required=False)
    parties = CasePartyIn(many=True, required=False)  # type: ignore[call-arg]


class QuestionIn(CaseIn):
    """One question, or up to 1,000 as `cases`."""

    date = serializers.DateField(required=False)
    cases = CaseIn(many=True, required=False)  # type: ignore[call-arg]


class ReasonOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    column = serializers.CharField(required=False)
    citation = serializers.CharField()
    edition = serializers.CharField()
    text = serializers.CharField()
    party = serializers.CharField(required=False)


class OfferOut(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    status = serializers.CharField(
        help_text="requires verification; never better without recorded conditions"
    )
    citation = serializers.CharField()
    edition = serializers.CharField()
    overcomes = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField()


class DeterminationOut(serializers.Serializer[Any]):
    """The answer; NLR reads "no license requirement found on these facts" until a determination is signed."""

    id = serializers.CharField(allow_null=True)
    result = serializers.ChoiceField([each.value for each in Result])
    agency = serializers.CharField(required=False)
    policy = serializers.CharField(required=False)
    reasons = ReasonOut(many=True)
    exceptions = OfferOut(many=True)
    questions = serializers.ListField(child=serializers.CharField())


class DeterminationsOut(serializers.Serializer[Any]):
    results = DeterminationOut(many=True)


class StandingOut(serializers.Serializer[Any]):
    """Whether it holds today: holds, waits (for the second signature), rerun (facts or rules answer otherwise now),
    replaced (by a later memo) or over; `words` say why."""

    code = serializers.ChoiceField([standings.HOLDS, standings.WAITS, standings.RERUN, standings.REPLACED,
                                    standings.OVER])  # fmt: skip
    words = serializers.CharField()


class ShipmentOut(serializers.ModelSerializer[Reliance]):
    by = serializers.CharField(source="by.name")

    class Meta:
        model = Reliance
        fields = ("reference", "shipped_on", "value", "by", "at")


class SignedOut(serializers.ModelSerializer[Determination]):
    """A signed "no license requirement found" or license exception: what shipments rely on (15 CFR 762.2)."""

    application = serializers.CharField(source="memo.application.number")
    memo = serializers.IntegerField(source="memo.number")
    on = serializers.DateField(source="memo.on")
    result = serializers.CharField()
    state = serializers.CharField()
    proposed_by = serializers.CharField(source="proposed_by.name")
    signed_by = serializers.CharField(source="signed_by.name", default="")
    standing = StandingOut()

    class Meta:
        model = Determination
        fields = ("number", "application", "memo", "on", "result", "symbol", "state", "basis", "valid_until",
                  "proposed_by", "proposed_at", "signed_by", "signed_at", "note", "standing")  # fmt: skip


class SignedDetail(SignedOut):
    """The same with the shipments that relied on it."""

    shipments = ShipmentOut(many=True)

    class Meta(SignedOut.Meta):
        fields = (*SignedOut.Meta.fields, "shipments")  # type: ignore[assignment]


class WhyIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=4000)


class RelyIn(serializers.Serializer[Any]):
    reference = serializers.CharField(max_length=60, help_text="Order, invoice or ITN")
    shipped_on = serializers.DateField()
    value = serializers.DecimalField(max_digits=16, decimal_places=2, help_text="US dollars")


class SignedFilter(django_filters.FilterSet):
    application = django_filters.CharFilter(field_name="application__number", lookup_expr="iexact")
    item = django_filters.NumberFilter(method="holding", label="The key of an item in the application")
    result = django_filters.ChoiceFilter(
        field_name="determination__result", choices=Determination._meta.get_field("result").choices
    )
    state = django_filters.MultipleChoiceFilter(
        field_name="determination__state", choices=DeterminationState.choices
    )
    valid_on = django_filters.DateFilter(field_name="determination__valid_until", lookup_expr="gte")

    class Meta:
        model = Memo
        fields: tuple[str, ...] = ()

    def holding(self, rows: QuerySet[Memo], name: str, value: Any) -> QuerySet[Memo]:
        return rows.filter(application__in=ApplicationLine.objects.filter(item=value).values("application"))


class DeterminationViewSet(viewsets.GenericViewSet[Memo]):
    """Asks whether a license is needed and keeps nothing; shows what was signed on the memos of cases one sees."""

    permission_classes = [RolePermission]
    permissions = {
        "*": "application.read", "create": "policy.read", "sign": "determination.sign",
        "send_back": "determination.sign", "end": "determination.propose", "rely": "usage.record",
    }  # fmt: skip
    queryset = Memo.objects.none()
    filterset_class = SignedFilter
    serializer_class: Any = SignedOut
    lookup_field = "determination__number"
    lookup_url_kwarg = "number"
    lookup_value_regex = "[A-Z0-9]+"

    def get_queryset(self) -> QuerySet[Memo]:
        if getattr(self, "swagger_fake_view", False):
            return Memo.objects.none()
        seen = standings.listed(self.request.user)  # type: ignore[arg-type]
        return seen.filter(determination__isnull=False)

    @extend_schema(responses=SignedOut(many=True))
    def list(self, request: Request) -> Response:
        """Determinations proposed or signed, newest first, each with its standing of today."""
        page: Any = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        found = standings.of(page, timezone.localdate())
        return self.get_paginated_response(SignedOut([_made(each, found) for each in page], many=True).data)

    @extend_schema(responses=SignedDetail)
    def retrieve(self, request: Request, number: str) -> Response:
        """One determination with its standing of today and the shipments that relied on it."""
        return self._shown()

    @extend_schema(request=None, responses=SignedDetail)
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, number: str) -> Response:
        """The second signature, by another person. 409 where facts or rules changed since the memo."""
        return self._act(determinations.sign)

    @extend_schema(request=WhyIn, responses=SignedDetail)
    @action(detail=True, methods=["post"], url_path="send-back")
    def send_back(self, request: Request, number: str) -> Response:
        """Send the first signature back with the reason."""
        return self._act(determinations.send_back, WhyIn)

    @extend_schema(request=WhyIn, responses=SignedDetail)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, number: str) -> Response:
        """End a signed determination before its time; shipments that relied on it stay."""
        return self._act(determinations.end, WhyIn)

    @extend_schema(request=RelyIn, responses=SignedDetail)
    @action(detail=True, methods=["post"])
    def rely(self, request: Request, number: str) -> Response:
        """Note a shipment that relies on it. 409 where it does not hold on that day, or the reference is noted."""
        return self._act(determinations.rely, RelyIn)

    def _act(
        self, verb: Callable[..., Any], shape: type[serializers.Serializer[Any]] | None = None
    ) -> Response:
        row, given = self.get_object().determination, {}
        if shape is not None:
            body = shape(data=self.request.data)
            body.is_valid(raise_exception=True)
            given = dict(body.validated_data)
        verb(determination=row, by=self.request.user, at=timezone.now(), **given)
        return self._shown()

    def _shown(self) -> Response:
        memo = self.get_object()
        shipments = memo.determination.shipments.select_related("by").order_by("shipped_on", "pk")
        made = _made(memo, standings.of([memo], timezone.localdate()))
        shown = SignedOut(made).data | {"shipments": ShipmentOut(shipments, many=True).data}
        return Response(shown)

    @extend_schema(request=QuestionIn, responses={200: DeterminationsOut})
    def create(self, request: Request) -> Response:
        """Answer one question, or many in their order."""
        body = request.data
        if not isinstance(body, dict):
            raise serializers.ValidationError({"cases": ["Send an object: one question, or cases."]})
        cases = body.get("cases", [body])
        if not isinstance(cases, list) or not 1 <= len(cases) <= MOST:
            raise serializers.ValidationError({"cases": [f"Send 1 to {MOST} questions."]})
        errors = {
            f"cases[{number}]": ["This is no object."]
            for number, each in enumerate(cases)
            if not isinstance(each, dict)
        }
        if errors:
            raise serializers.ValidationError(errors)
        known = named.on_file()
        rules = rulebook.current()
        asked = [(each, reading.read(each, known)) for each in cases]
        wrong = {
            f"cases[{number}].{fault.partition(':')[0]}": [fault.partition(":")[2].strip()]
            for number, (_, one) in enumerate(asked)
            for fault in one.wrong
        }
        if wrong:
            if "cases" not in body:
                wrong = {field.partition(".")[2]: faults for field, faults in wrong.items()}
            raise serializers.ValidationError(wrong)
        results = [
            {"id": reading.identity(each), **reading.told(assess(one.case, rules, one.on))}
            for each, one in asked
            if one.on is not None
        ]
        return Response({"results": results})


def _made(memo: Memo, found: dict[int, standings.Standing]) -> Determination:
    """The determination of a memo as it is shown."""
    made: Determination = memo.determination
    made.memo = memo
    made.standing = found[memo.pk]  # type: ignore[attr-defined]
    return made

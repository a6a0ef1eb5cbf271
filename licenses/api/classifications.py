"""The classification register over the API: proposed, signed by another person, taken back, re-opened."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from entities.api.shapes import named
from exportctl.api import RolePermission

from .. import classifications
from ..models import Basis, Classification, ClassificationState, Item
from .shapes import KnownItem, context


class ItemBrief(serializers.ModelSerializer[Item]):
    class Meta:
        model = Item
        fields = ("id", "part_number", "name", "eccn")


class ParameterShape(serializers.Serializer[Any]):
    """One parameter of the entry against the item; `unknown` stays an open question."""

    paragraph = serializers.CharField(allow_blank=True)
    asks = serializers.CharField(required=False, allow_blank=True)
    item = serializers.CharField(required=False, allow_blank=True)
    source = serializers.CharField(required=False, allow_blank=True)  # type: ignore[assignment]
    result = serializers.CharField(allow_blank=True, help_text=", ".join(classifications.RESULTS))


class ClassificationOut(serializers.ModelSerializer[Classification]):
    """Why an item has its ECCN. `current` is the one that holds; a re-opened one holds until it is replaced."""

    item = ItemBrief()
    basis = serializers.CharField()
    state = serializers.CharField()
    current = serializers.SerializerMethodField()
    parameters = ParameterShape(many=True)
    open_questions = serializers.SerializerMethodField()
    engineer = serializers.SerializerMethodField()
    reviewer = serializers.SerializerMethodField()

    class Meta:
        model = Classification
        fields = ("id", "item", "eccn", "basis", "number", "reasons", "edition_on", "parameters", "open_questions",
                  "note", "state", "current", "engineer", "proposed_at", "reviewer", "signed_at", "review_on",
                  "reopened_at", "reopened_reason")  # fmt: skip

    def get_current(self, row: Classification) -> bool:
        return row.state in classifications.CURRENT

    def get_open_questions(self, row: Classification) -> int:
        return len(row.open_questions)

    def get_engineer(self, row: Classification) -> str:
        return named(row.engineer)

    def get_reviewer(self, row: Classification) -> str:
        return named(row.reviewer)


class ClassificationIn(serializers.Serializer[Any]):
    """A classification as an engineer proposes it (15 CFR 748.3)."""

    item = KnownItem()
    eccn = serializers.CharField(help_text="With its paragraph, or EAR99")
    basis = serializers.CharField(max_length=20, help_text=", ".join(Basis.values))
    number = serializers.CharField(
        required=False, allow_blank=True, help_text="Of the CCATS or the commodity jurisdiction"
    )
    reasons = serializers.CharField(
        required=False, allow_blank=True, help_text="For control, as the entry names them"
    )
    edition_on = serializers.DateField(
        required=False,
        allow_null=True,
        help_text="The edition the entry was read in; asked of a self-classification",
    )
    parameters = ParameterShape(many=True, required=False)
    note = serializers.CharField(required=False, allow_blank=True)
    review_on = serializers.DateField(required=False, allow_null=True)


class ReopenIn(serializers.Serializer[Any]):
    eccn = serializers.CharField(
        help_text="The entry without a paragraph, or one paragraph with all below it"
    )
    reason = serializers.CharField(max_length=2000, help_text="What changed in the entry")
    read_before = serializers.DateField(
        required=False, allow_null=True, help_text="Those read in an edition of that day or later stand"
    )


class ReopenedOut(serializers.Serializer[Any]):
    items = ItemBrief(many=True)


class ClassificationFilter(django_filters.FilterSet):
    """`q` finds an item by part number or name; `open=true` what asks for somebody's work."""

    q = django_filters.CharFilter(method="named", label="A part of the item's part number or name")
    item = django_filters.NumberFilter(field_name="item")
    eccn = django_filters.CharFilter(field_name="eccn", lookup_expr="istartswith")
    state = django_filters.MultipleChoiceFilter(choices=ClassificationState.choices)
    current = django_filters.BooleanFilter(method="holding", label="The ones that hold")
    open = django_filters.BooleanFilter(
        method="asking", label="Waiting, re-opened, or with an unknown parameter"
    )
    review_before = django_filters.DateFilter(field_name="review_on", lookup_expr="lte")

    class Meta:
        model = Classification
        fields: tuple[str, ...] = ()

    def named(self, rows: QuerySet[Classification], name: str, value: str) -> QuerySet[Classification]:
        words = value.strip()
        return rows.filter(Q(item__part_number__icontains=words) | Q(item__name__icontains=words))

    def holding(self, rows: QuerySet[Classification], name: str, value: bool) -> QuerySet[Classification]:
        held = Q(state__in=classifications.CURRENT)
        return rows.filter(held if value else ~held)

    def asking(self, rows: QuerySet[Classification], name: str, value: bool) -> QuerySet[Classification]:
        waiting = Q(state__in=(ClassificationState.PROPOSED, ClassificationState.REOPENED))
        unknown = Q(state=ClassificationState.SIGNED, parameters__contains=[{"result": "unknown"}])
        return rows.filter(waiting | unknown if value else ~(waiting | unknown))


class ClassificationViewSet(viewsets.GenericViewSet[Classification]):
    """The register, newest first; every reader of applications sees it whole."""

    permission_classes = [RolePermission]
    permissions = {
        "*": "application.read", "create": "item.change", "sign": "item.review", "take_back": "item.change",
        "reopen": "item.reopen",
    }  # fmt: skip
    queryset = Classification.objects.select_related("item", "engineer", "reviewer")
    filterset_class = ClassificationFilter
    serializer_class = ClassificationOut
    lookup_value_regex = "[0-9]+"

    @extend_schema(responses=ClassificationOut(many=True))
    def list(self, request: Request) -> Response:
        """Classifications, newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(ClassificationOut(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        """One classification, parameter by parameter."""
        return Response(ClassificationOut(self.get_object()).data)

    @extend_schema(request=ClassificationIn, responses={201: ClassificationOut})
    def create(self, request: Request) -> Response:
        """Propose how an item is classified; another person signs it."""
        body = ClassificationIn(data=request.data, context=context(request))
        body.is_valid(raise_exception=True)
        who: Any = {"by": request.user, "at": timezone.now()}
        row = classifications.propose(**body.validated_data, **who)
        return self._shown(row, status=201)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, pk: str) -> Response:
        """Sign a proposed classification: it becomes the item's. By another person than its engineer."""
        who: Any = {"by": request.user, "at": timezone.now()}
        return self._shown(classifications.sign(classification=self.get_object(), **who))

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request: Request, pk: str) -> Response:
        """Take back a proposal that waits for its signature."""
        who: Any = {"by": request.user, "at": timezone.now()}
        classifications.take_back(classification=self.get_object(), **who)
        return Response(status=204)

    @extend_schema(request=ReopenIn, responses=ReopenedOut)
    @action(detail=False, methods=["post"])
    def reopen(self, request: Request) -> Response:
        """Re-open every signed classification under an entry that changed; answers with the items."""
        body = ReopenIn(data=request.data)
        body.is_valid(raise_exception=True)
        who: Any = {"by": request.user, "at": timezone.now()}
        found = classifications.reopen(**body.validated_data, **who)
        return Response(ReopenedOut({"items": found}).data)

    def _shown(self, row: Classification, status: int = 200) -> Response:
        return Response(ClassificationOut(self.get_queryset().get(pk=row.pk)).data, status=status)

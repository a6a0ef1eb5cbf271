"""The item master over the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from exportctl.api import IF_MATCH, RolePermission, version_read

from .. import items
from ..models import Item


class ItemOut(serializers.ModelSerializer[Item]):
    class Meta:
        model = Item
        fields = ("id", "part_number", "name", "eccn", "description", "unit", "manufacturer", "model_number",
                  "ccats_number", "app", "created_at", "changed_at", "version")  # fmt: skip


class ItemIn(serializers.Serializer[Any]):
    """`eccn` with its paragraph, or EAR99."""

    part_number = serializers.CharField()
    name = serializers.CharField()
    eccn = serializers.CharField()
    description = serializers.CharField(required=False, allow_blank=True)
    unit = serializers.CharField(required=False)
    manufacturer = serializers.CharField(required=False, allow_blank=True)
    model_number = serializers.CharField(required=False, allow_blank=True)
    ccats_number = serializers.CharField(required=False, allow_blank=True)
    app = serializers.CharField(required=False, allow_blank=True, help_text="Weighted teraflops (block 22b)")


class ItemChangeIn(serializers.Serializer[Any]):
    """What changes of an item. Its part number stays, its ECCN changes by a signed classification. The version
    you read comes as `version` or as If-Match."""

    version = serializers.IntegerField(min_value=1, required=False)
    name = serializers.CharField(required=False)
    description = serializers.CharField(required=False, allow_blank=True)
    unit = serializers.CharField(required=False)
    manufacturer = serializers.CharField(required=False, allow_blank=True)
    model_number = serializers.CharField(required=False, allow_blank=True)
    ccats_number = serializers.CharField(required=False, allow_blank=True)
    app = serializers.CharField(required=False, allow_blank=True, allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        """Fields that are not changed here are handed on: the verb says what stands against them."""
        given = super().to_internal_value(data)
        return given | {name: data[name] for name in ("eccn", "part_number") if name in data}


class ItemFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="named", label="A part of the part number or the name")
    eccn = django_filters.CharFilter(field_name="eccn", lookup_expr="istartswith")

    class Meta:
        model = Item
        fields: tuple[str, ...] = ()

    def named(self, queryset: QuerySet[Item], name: str, value: str) -> QuerySet[Item]:
        return queryset.filter(Q(part_number__icontains=value.strip()) | Q(name__icontains=value.strip()))


class ItemViewSet(viewsets.GenericViewSet[Item]):
    """Items with their classification."""

    permission_classes = [RolePermission]
    permissions = {"*": "application.read", "create": "item.change", "partial_update": "item.change"}
    queryset = Item.objects.all()
    filterset_class = ItemFilter
    serializer_class = ItemOut
    lookup_value_regex = "[0-9]+"

    @extend_schema(responses=ItemOut(many=True))
    def list(self, request: Request) -> Response:
        """Items, newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(ItemOut(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        """One item, with its version as ETag."""
        return self._shown(self.get_object())

    @extend_schema(request=ItemIn, responses={201: ItemOut})
    def create(self, request: Request) -> Response:
        """Add an item; every wrong field is named at once."""
        body = ItemIn(data=request.data)
        body.is_valid(raise_exception=True)
        item = items.add(**body.validated_data, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return self._shown(item, status=201)

    @extend_schema(request=ItemChangeIn, responses=ItemOut, parameters=[IF_MATCH])
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change an item; what was filed keeps it as it was. 412 (If-Match) or 409 (`version`) with each field
        that differs when somebody saved since, 428 without a version."""
        body = ItemChangeIn(data=request.data)
        body.is_valid(raise_exception=True)
        changed = dict(body.validated_data)
        who: Any = {"by": request.user, "at": timezone.now(), **version_read(request, changed)}
        return self._shown(items.change(item=self.get_object(), **changed, **who))

    def _shown(self, item: Item, status: int = 200) -> Response:
        return Response(ItemOut(item).data, status=status, headers={"ETag": f'"{item.version}"'})

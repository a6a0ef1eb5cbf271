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

from exportctl.api import RolePermission

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
    permissions = {"*": "application.read", "create": "item.change"}
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
        """One item."""
        return Response(ItemOut(self.get_object()).data)

    @extend_schema(request=ItemIn, responses={201: ItemOut})
    def create(self, request: Request) -> Response:
        """Add an item; every wrong field is named at once."""
        body = ItemIn(data=request.data)
        body.is_valid(raise_exception=True)
        item = items.add(**body.validated_data, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return Response(ItemOut(item).data, status=201)

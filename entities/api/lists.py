"""List sources and their versions over the API."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from exportctl.api import RolePermission

from ..models import ListSource, ListVersion


class VersionOut(serializers.ModelSerializer[ListVersion]):
    """One imported version: what it changed and how its checks went."""

    class Meta:
        model = ListVersion
        fields = ("id", "source", "number", "state", "effective_on", "fetched_at", "content_hash",
                  "file_name", "parser",
                  "rows", "added", "removed", "changed", "verdict", "imported_at", "released_at",
                  "release_reason")  # fmt: skip


class SourceOut(serializers.ModelSerializer[ListSource]):
    """Where a list comes from, the version in force, and whether it is past its largest age."""

    current = VersionOut()
    age_days = serializers.SerializerMethodField()
    stale = serializers.SerializerMethodField()

    class Meta:
        model = ListSource
        fields = (
            "code",
            "name",
            "authority",
            "max_age_days",
            "when_stale",
            "checked_at",
            "age_days",
            "stale",
            "current",
        )

    def get_age_days(self, source: ListSource) -> int | None:
        return source.age_days(on=self.context["on"])

    def get_stale(self, source: ListSource) -> bool:
        return source.is_stale(on=self.context["on"])


class ListViewSet(viewsets.GenericViewSet[ListSource]):
    """List sources by code."""

    permission_classes = [RolePermission]
    permissions = {"*": "list.read"}
    queryset = ListSource.objects.select_related("current").order_by("code")
    serializer_class = SourceOut
    pagination_class = None
    filter_backends = ()
    lookup_field = "code"

    def list(self, request: Request) -> Response:
        """Every source with its version in force."""
        return Response(SourceOut(self.get_queryset(), many=True, context=_today()).data)

    def retrieve(self, request: Request, code: str) -> Response:
        """One source with its version in force."""
        return Response(SourceOut(self.get_object(), context=_today()).data)

    @extend_schema(responses=VersionOut(many=True))
    @action(detail=True)
    def versions(self, request: Request, code: str) -> Response:
        """The last 200 versions of a source, newest first."""
        found = self.get_object().versions.order_by("-number")[:200]
        return Response(VersionOut(found, many=True).data)


def _today() -> dict[str, Any]:
    return {"on": timezone.localdate()}

"""License review policies over the API: what was in force on a day."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from exportctl.api import RolePermission

from ..models import PolicyVersion


class CitationOut(serializers.Serializer[Any]):
    text = serializers.CharField()
    date = serializers.CharField()
    kind = serializers.CharField(help_text="RULE, ADMIN, or PRESS for reports that are no rule")


class PolicyOut(serializers.ModelSerializer[PolicyVersion]):
    """A policy in its half-open period [since, until). `practice` is what was done, never a rule."""

    policy = serializers.CharField(source="policy.code")
    name = serializers.CharField(source="policy.name")
    group = serializers.CharField(source="policy.group")
    kind = serializers.CharField()
    since = serializers.DateField(source="period.lower", allow_null=True)
    until = serializers.DateField(source="period.upper", allow_null=True)
    citations = CitationOut(many=True)

    class Meta:
        model = PolicyVersion
        fields = ("id", "policy", "name", "group", "regime", "since", "until", "kind", "policy_code", "summary",
                  "practice", "routes", "citations")  # fmt: skip


class OnIn(serializers.Serializer[Any]):
    on = serializers.DateField(required=False)


class PolicyViewSet(viewsets.GenericViewSet[PolicyVersion]):
    """Policies as dated versions."""

    permission_classes = [RolePermission]
    permissions = {"*": "policy.read"}
    queryset = PolicyVersion.objects.all()
    serializer_class = PolicyOut
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "on", {"type": "string", "format": "date"}, description="A day; today where not given"
            )
        ],
        responses=PolicyOut(many=True),
    )
    def list(self, request: Request) -> Response:
        """The policy versions in force on a day."""
        asked = OnIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        day = asked.validated_data.get("on") or timezone.localdate()
        found = PolicyVersion.objects.on(day).select_related("policy").order_by("policy", "period")
        return Response(PolicyOut(found, many=True).data)

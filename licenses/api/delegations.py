"""Delegations of authority over the API: what stands and stood, record one, end one."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from exportctl.api import RolePermission

from .. import delegations
from ..models import Delegation, Waiver
from ..models.delegations import GIVERS


class DelegationOut(serializers.ModelSerializer[Delegation]):
    """Cases that all of its scope fits are not referred to the agency from `since` on, before `until`."""

    body = serializers.CharField()
    scope = serializers.CharField(source="scope.words")
    recorded_by = serializers.CharField(source="recorded_by.name")
    ended_by = serializers.CharField(source="ended_by.name", default="")

    class Meta:
        model = Delegation
        fields = ("id", "body", "eccns", "reasons", "places", "most_value", "scope", "reference", "given_by", "since",
                  "until", "recorded_by", "recorded_at", "ended_by", "ended_at", "end_reason")  # fmt: skip


class WaiverOut(serializers.ModelSerializer[Waiver]):
    """An agency the case was not referred to, under the delegation as it stood on that day."""

    body = serializers.CharField()
    by = serializers.CharField(source="by.name")

    class Meta:
        model = Waiver
        fields = ("body", "delegation", "reference", "since", "scope", "on", "by", "at")


class ScopeIn(serializers.Serializer[Any]):
    """At least one of ECCNs, reasons, places and most value; all that is named must fit a case."""

    body = serializers.ChoiceField(GIVERS)
    reference = serializers.CharField(max_length=120)
    given_by = serializers.CharField(max_length=200)
    since = serializers.DateField()
    until = serializers.DateField(required=False, allow_null=True)
    eccns = serializers.ListField(child=serializers.CharField(max_length=20), required=False, max_length=50)
    reasons = serializers.ListField(child=serializers.CharField(max_length=2), required=False, max_length=20)
    places = serializers.ListField(
        child=serializers.CharField(max_length=3), required=False, max_length=50,
        help_text="Country codes and country groups: DE, A:1",
    )  # fmt: skip
    most_value = serializers.DecimalField(max_digits=16, decimal_places=2, required=False, allow_null=True)


class EndDelegationIn(serializers.Serializer[Any]):
    until = serializers.DateField(help_text="First day without it; today or later")
    reason = serializers.CharField(max_length=2000)


class CoveredOut(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    cases = serializers.ListField(child=serializers.CharField(), help_text="Their numbers")


class DelegationViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Delegation]
):
    """Delegations of authority, newest first."""

    permission_classes = [RolePermission]
    permissions = {
        "*": "delegation.read",
        "create": "delegation.record",
        "preview": "delegation.record",
        "end": "delegation.record",
    }
    queryset = Delegation.objects.select_related("recorded_by", "ended_by").order_by("-id")
    serializer_class = DelegationOut
    lookup_value_regex = "[0-9]+"

    def get_queryset(self) -> QuerySet[Delegation]:
        found = super().get_queryset()
        standing = self.request is not None and self.request.query_params.get("standing") == "true"
        return found.standing(timezone.localdate()) if standing else found  # type: ignore[attr-defined]

    @extend_schema(
        parameters=[OpenApiParameter("standing", bool, description="true: only those in force today")]
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Delegations of authority, ended ones too."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=ScopeIn, responses={201: DelegationOut})
    def create(self, request: Request) -> Response:
        """Record an agency's delegation."""
        body = ScopeIn(data=request.data)
        body.is_valid(raise_exception=True)
        row = delegations.record(**body.validated_data, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return Response(DelegationOut(row).data, status=201)

    @extend_schema(request=ScopeIn, responses=CoveredOut)
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """The open cases a delegation would leave out of a referral; nothing is recorded."""
        body = ScopeIn(data=request.data)
        body.is_valid(raise_exception=True)
        row = delegations.checked(**body.validated_data)
        covered = delegations.pending(row, max(timezone.localdate(), row.since))
        return Response({"count": len(covered), "cases": [case.number for case in covered]})

    @extend_schema(request=EndDelegationIn, responses=DelegationOut)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        """End a delegation; what it left out before stays."""
        body = EndDelegationIn(data=request.data)
        body.is_valid(raise_exception=True)
        by: Any = request.user
        row = delegations.end(delegation=self.get_object(), **body.validated_data, by=by, at=timezone.now())
        return Response(DelegationOut(row).data)

"""Policy holds over the API: what stands, place one, lift one."""

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

from .. import holds
from ..models import PolicyHold
from .shapes import VisibleParty, context


class HoldOut(serializers.ModelSerializer[PolicyHold]):
    """While it stands nothing it covers is approved: all that it names must fit a case."""

    placed_by = serializers.CharField(source="placed_by.name")
    lifted_by = serializers.CharField(source="lifted_by.name", default="")

    class Meta:
        model = PolicyHold
        fields = ("id", "party", "group", "country", "eccn", "reason", "citation", "placed_by", "placed_at",
                  "lifted_by", "lifted_at", "lift_reason")  # fmt: skip


class HoldIn(serializers.Serializer[Any]):
    """At least one of party, group, country and ECCN."""

    reason = serializers.CharField(max_length=2000)
    party = VisibleParty(required=False, allow_null=True)
    group = serializers.CharField(required=False, allow_blank=True, max_length=60)
    country = serializers.CharField(required=False, allow_blank=True, max_length=2)
    eccn = serializers.CharField(required=False, allow_blank=True, max_length=20)
    citation = serializers.CharField(required=False, allow_blank=True, max_length=200)


class LiftIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)


class PolicyHoldViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[PolicyHold]
):
    """Policy holds, those that stand first."""

    permission_classes = [RolePermission]
    permissions = {"*": "policy.read", "create": "policy.hold", "lift": "policy.lift"}
    queryset = PolicyHold.objects.select_related("placed_by", "lifted_by").order_by("-id")
    serializer_class = HoldOut
    lookup_value_regex = "[0-9]+"

    def get_queryset(self) -> QuerySet[PolicyHold]:
        found = super().get_queryset()
        return found.standing() if self.request.query_params.get("standing") == "true" else found  # type: ignore[attr-defined]

    @extend_schema(parameters=[OpenApiParameter("standing", bool, description="true: only those not lifted")])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Policy holds, newest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=HoldIn, responses={201: HoldOut})
    def create(self, request: Request) -> Response:
        """Place a hold; from its answer on nothing it covers is approved."""
        body = HoldIn(data=request.data, context=context(request))
        body.is_valid(raise_exception=True)
        hold = holds.place(**body.validated_data, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return Response(HoldOut(hold).data, status=201)

    @extend_schema(request=LiftIn, responses=HoldOut)
    @action(detail=True, methods=["post"])
    def lift(self, request: Request, pk: str) -> Response:
        """Lift a hold; another person than placed it."""
        body = LiftIn(data=request.data)
        body.is_valid(raise_exception=True)
        hold = holds.lift(hold=self.get_object(), **body.validated_data, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return Response(HoldOut(hold).data)

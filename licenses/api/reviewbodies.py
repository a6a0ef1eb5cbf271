"""Review bodies over the API: those of the regulation, and one's own, added, changed and ended."""

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

from .. import bodies
from ..models import BodyKind, ReviewBody


class BodyOut(serializers.ModelSerializer[ReviewBody]):
    """A body that gives a position (agency, 750.3(b)) or a view (internal) on cases."""

    kind = serializers.CharField()

    class Meta:
        model = ReviewBody
        fields = ("code", "name", "kind", "concern", "days", "objection_blocks", "since", "until")


class BodyIn(serializers.Serializer[Any]):
    """A body of one's own."""

    code = serializers.CharField(max_length=20, help_text="Small letters, digits, hyphens; never changes")
    name = serializers.CharField(max_length=60)
    concern = serializers.CharField(required=False, allow_blank=True, max_length=500)
    days = serializers.IntegerField(min_value=1, max_value=365, help_text="Its target, in calendar days")
    objection_blocks = serializers.BooleanField(
        default=False, help_text="Its objection holds the filing or an approval"
    )
    since = serializers.DateField()


class ChangeBodyIn(serializers.Serializer[Any]):
    """What is left out stays."""

    name = serializers.CharField(required=False, max_length=60)
    concern = serializers.CharField(required=False, allow_blank=True, max_length=500)
    days = serializers.IntegerField(required=False, min_value=1, max_value=365)
    objection_blocks = serializers.BooleanField(required=False, allow_null=True, default=None)


class EndBodyIn(serializers.Serializer[Any]):
    until = serializers.DateField(help_text="First day on which no case is referred to it")


class ReviewBodyViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[ReviewBody]
):
    """Review bodies, in the order they were added."""

    permission_classes = [RolePermission]
    permissions = {
        "*": "body.read",
        "create": "body.manage",
        "partial_update": "body.manage",
        "end": "body.manage",
    }
    queryset = ReviewBody.objects.order_by("pk")
    serializer_class = BodyOut
    lookup_field = "code"
    lookup_value_regex = "[a-z][a-z0-9-]*"

    def get_queryset(self) -> QuerySet[ReviewBody]:
        found, kind = super().get_queryset(), self.request.query_params.get("kind") if self.request else None
        return found.filter(kind=kind) if kind else found

    @extend_schema(parameters=[OpenApiParameter("kind", str, enum=BodyKind.values)])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Review bodies: the four of the regulation and one's own, ended ones too."""
        return super().list(request, *args, **kwargs)

    @extend_schema(request=BodyIn, responses={201: BodyOut})
    def create(self, request: Request) -> Response:
        """Add a body of one's own."""
        body = BodyIn(data=request.data)
        body.is_valid(raise_exception=True)
        row = bodies.add(**body.validated_data, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return Response(BodyOut(row).data, status=201)

    @extend_schema(request=ChangeBodyIn, responses=BodyOut)
    def partial_update(self, request: Request, code: str) -> Response:
        """Rename a body of one's own, or change its concern, target or weight."""
        body = ChangeBodyIn(data=request.data)
        body.is_valid(raise_exception=True)
        row = bodies.change(body=self.get_object(), **body.validated_data, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return Response(BodyOut(row).data)

    @extend_schema(request=EndBodyIn, responses=BodyOut)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, code: str) -> Response:
        """End a body of one's own; its open lanes stay."""
        body = EndBodyIn(data=request.data)
        body.is_valid(raise_exception=True)
        row = bodies.end(body=self.get_object(), **body.validated_data, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return Response(BodyOut(row).data)

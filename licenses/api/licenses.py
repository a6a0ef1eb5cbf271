"""Licenses over the API: what is left on each line, the ledger, shipments and reversals."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from exportctl.api import RolePermission
from exportctl.models.order import in_order

from .. import limits, usage
from ..models import Act, License, LicenseLine, Movement
from .shapes import KEY


class LicenseLineOut(serializers.ModelSerializer[LicenseLine]):
    """Quantities in the line's unit, values in US dollars; `left` is quantity less what is shipped."""

    shipped = serializers.DecimalField(max_digits=16, decimal_places=3)
    shipped_value = serializers.DecimalField(max_digits=18, decimal_places=2)
    left = serializers.DecimalField(max_digits=16, decimal_places=3)
    used_percent = serializers.IntegerField()

    class Meta:
        model = LicenseLine
        fields = ("number", "name", "eccn", "unit", "quantity", "value", "shipped", "shipped_value", "left",
                  "used_percent")  # fmt: skip


class LicenseOut(serializers.ModelSerializer[License]):
    """`state` is the one of today: active, exhausted, expired, suspended or revoked."""

    state = serializers.SerializerMethodField()
    application = serializers.CharField(source="application.number")
    licensee = serializers.CharField(source="application.applicant.name")
    lines = LicenseLineOut(many=True)

    class Meta:
        model = License
        fields = ("number", "state", "application", "licensee", "issued_on", "expires_on", "lines")

    def get_state(self, license: License) -> str:
        return str(license.state(timezone.localdate()))


class MovementOut(serializers.ModelSerializer[Movement]):
    """An entry of the ledger; a reversal is negative and names the shipment it reverses."""

    line = serializers.IntegerField(source="line.number")
    kind = serializers.CharField()
    reverses = serializers.IntegerField(source="reverses_id", allow_null=True)
    by = serializers.CharField(source="by.name")

    class Meta:
        model = Movement
        fields = ("id", "line", "kind", "quantity", "value", "shipped_on", "itn", "reference", "reverses", "reason",
                  "idempotency_key", "by", "at")  # fmt: skip


class ActOut(serializers.ModelSerializer[Act]):
    kind = serializers.CharField()

    class Meta:
        model = Act
        fields = ("kind", "on", "reason", "at")


class CapOut(serializers.Serializer[Any]):
    """A condition that caps the quantity today; `line` null covers all lines of that unit together. `shipped` and
    `left` count from `since` to `until` (null: the license's whole life)."""

    condition = serializers.IntegerField(source="limit.condition")
    line = serializers.IntegerField(source="limit.line", allow_null=True)
    quantity = serializers.DecimalField(max_digits=16, decimal_places=3, source="limit.most")
    unit = serializers.CharField(source="limit.unit")
    period = serializers.CharField(source="limit.period", help_text="month, quarter, year or empty")
    since = serializers.DateField(source="first", allow_null=True)
    until = serializers.DateField(source="last", allow_null=True)
    shipped = serializers.DecimalField(max_digits=16, decimal_places=3)
    left = serializers.DecimalField(max_digits=16, decimal_places=3)


class ToleranceOut(serializers.Serializer[Any]):
    """Percent by which the value may pass the licensed one today (750.11), and the condition that narrows it."""

    percent = serializers.DecimalField(max_digits=16, decimal_places=3)
    condition = serializers.IntegerField(allow_null=True)


class LicenseDetail(LicenseOut):
    """With what was done to it after its issue, what its conditions allow, and its whole ledger, oldest first."""

    tolerance = serializers.SerializerMethodField()
    caps = serializers.SerializerMethodField()
    acts = serializers.SerializerMethodField()
    ledger = serializers.SerializerMethodField()

    class Meta(LicenseOut.Meta):
        fields = (*LicenseOut.Meta.fields, "tolerance", "caps", "acts", "ledger")  # type: ignore[assignment]

    @extend_schema_field(ToleranceOut)
    def get_tolerance(self, license: License) -> Any:
        percent, narrowed = limits.tolerance(
            usage.limits_of(license.application.conditions.all()), timezone.localdate()
        )
        return ToleranceOut({"percent": percent, "condition": narrowed and narrowed.condition}).data

    @extend_schema_field(CapOut(many=True))
    def get_caps(self, license: License) -> Any:
        found = usage.caps(
            license.lines.all(), usage.limits_of(license.application.conditions.all()), timezone.localdate()
        )
        once = {use.limit.condition: use for of in found.values() for use in of}
        return CapOut([once[number] for number in sorted(once)], many=True).data

    @extend_schema_field(ActOut(many=True))
    def get_acts(self, license: License) -> Any:
        return ActOut(sorted(license.acts.all(), key=lambda act: (act.on, act.pk)), many=True).data

    @extend_schema_field(MovementOut(many=True))
    def get_ledger(self, license: License) -> Any:
        entries = Movement.objects.filter(line__license=license).select_related("line", "by").order_by("pk")
        return MovementOut(entries, many=True).data


class ShipIn(serializers.Serializer[Any]):
    """A shipment on a line of the license. Without `value` it is priced as licensed."""

    line = serializers.IntegerField(min_value=1, help_text="The line's number")
    quantity = serializers.DecimalField(max_digits=16, decimal_places=3)
    value = serializers.DecimalField(max_digits=18, decimal_places=2, required=False, allow_null=True)
    shipped_on = serializers.DateField()
    itn = serializers.CharField(required=False, allow_blank=True)
    reference = serializers.CharField(required=False, allow_blank=True)
    idempotency_key = serializers.CharField(required=False, help_text="Or the header Idempotency-Key")


class ReverseIn(serializers.Serializer[Any]):
    movement = serializers.IntegerField(min_value=1, help_text="The shipment to reverse, as a whole")
    reason = serializers.CharField(max_length=2000)
    idempotency_key = serializers.CharField(required=False, help_text="Or the header Idempotency-Key")


class LicenseViewSet(viewsets.GenericViewSet[License]):
    """Licenses of the cases the caller may see."""

    permission_classes = [RolePermission]
    permissions = {"*": "license.read", "ship": "usage.record", "reverse": "usage.reverse"}
    queryset = License.objects.none()
    serializer_class = LicenseDetail
    lookup_field = "number"
    lookup_value_regex = "[A-Za-z0-9]+"

    def get_queryset(self) -> QuerySet[License]:
        if getattr(self, "swagger_fake_view", False):
            return License.objects.none()
        lines = LicenseLine.objects.with_shipped().order_by("number")
        seen = License.objects.for_user(self.request.user)  # type: ignore[arg-type]
        return seen.select_related("application__applicant").prefetch_related(
            Prefetch("lines", lines), *in_order(License, "acts")
        )

    @extend_schema(responses=LicenseOut(many=True))
    def list(self, request: Request) -> Response:
        """Licenses, newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(LicenseOut(page, many=True).data)

    def retrieve(self, request: Request, number: str) -> Response:
        """One license with its ledger."""
        license = self.get_object()
        prefetch_related_objects([license], "application__conditions")
        return Response(LicenseDetail(license).data)

    @extend_schema(request=ShipIn, responses={201: MovementOut}, parameters=[KEY])
    @action(detail=True, methods=["post"])
    def ship(self, request: Request, number: str) -> Response:
        """Record a shipment. The same key and body answer with the first one; 409 names all that stands against it."""
        license = self.get_object()
        given = _read(ShipIn, request)
        line = get_object_or_404(LicenseLine, license=license, number=given.pop("line"))
        return _entry(usage.record(line=line, by=request.user, at=timezone.now(), **given))  # type: ignore[arg-type]

    @extend_schema(request=ReverseIn, responses={201: MovementOut}, parameters=[KEY])
    @action(detail=True, methods=["post"])
    def reverse(self, request: Request, number: str) -> Response:
        """Reverse a shipment as a whole by a negative entry."""
        license = self.get_object()
        given = _read(ReverseIn, request)
        entries = Movement.objects.filter(line__license=license).select_related("line")
        movement = get_object_or_404(entries, pk=given.pop("movement"))
        return _entry(usage.reverse(movement=movement, by=request.user, at=timezone.now(), **given))  # type: ignore[arg-type]


def _read(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    body = shape(data=request.data)
    body.is_valid(raise_exception=True)
    given = dict(body.validated_data)
    given["idempotency_key"] = given.get("idempotency_key") or request.headers.get("Idempotency-Key", "")
    return given


def _entry(movement: Movement) -> Response:
    return Response(MovementOut(movement).data, status=201)

"""The deemed-export form of an application over the API: in full for named roles alone, masked for others."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from exportctl import roles
from exportctl.api import IF_MATCH, RolePermission, version_read

from .. import deemed
from ..models import Application, DeemedExport
from .scope import case_of


class DeemedOut(serializers.ModelSerializer[DeemedExport]):
    """The form (15 CFR 734.13). `masked`: protection, name and nationality read "masked" where they are given;
    `version` 0 is a form that nobody filled in yet."""

    application = serializers.CharField(source="application.number")
    masked = serializers.BooleanField()
    protected = serializers.CharField()

    class Meta:
        model = DeemedExport
        fields = ("application", "version", "masked", "protected", "person", "country", "eccn", "control_plan",
                  "access_from", "access_until")  # fmt: skip


class DeemedIn(serializers.Serializer[Any]):
    """`protected` is asked first: nothing personal is taken of a permanent resident, an asylee or a refugee."""

    version = serializers.IntegerField(
        min_value=0, required=False, help_text="Or as If-Match; 0 for the first time"
    )
    protected = serializers.CharField(allow_blank=True, max_length=10, help_text="yes or no")
    person = serializers.CharField(required=False, allow_blank=True)
    country = serializers.CharField(
        required=False, allow_blank=True, help_text="Most recent citizenship or permanent residency"
    )
    eccn = serializers.CharField(
        required=False, allow_blank=True, help_text="Of the technology or source code"
    )
    control_plan = serializers.CharField(required=False, allow_blank=True)
    access_from = serializers.DateField(required=False, allow_null=True)
    access_until = serializers.DateField(required=False, allow_null=True)


class DeemedViewSet(viewsets.GenericViewSet[DeemedExport]):
    """The form of one application the caller may see; read where it is no deemed export, it is 404."""

    permission_classes = [RolePermission]
    permissions = {"*": "application.read", "update": "application.file"}
    queryset = DeemedExport.objects.none()
    serializer_class = DeemedOut
    pagination_class = None
    filter_backends: list[Any] = []

    @extend_schema(responses=DeemedOut)
    def retrieve(self, request: Request, number: str) -> Response:
        """The form. In full, and then in the access log, for persons whose role may see it; masked for all others."""
        case = case_of(self)
        if not case.deemed_export:
            raise Http404(case.number)
        return self._shown(case)

    @extend_schema(request=DeemedIn, responses=DeemedOut, parameters=[IF_MATCH])
    def update(self, request: Request, number: str) -> Response:
        """Save the form of a draft as a whole. 412 (If-Match) or 409 (`version`) names what somebody changed
        since, without what it holds."""
        case, body = case_of(self), DeemedIn(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        who: Any = {"by": request.user, "at": timezone.now(), **version_read(request, given)}
        deemed.save(application=case, **given, **who)
        return self._shown(case)

    def _shown(self, case: Application) -> Response:
        by: Any = self.request.user
        whole = by.is_person and roles.may(by, "deemed.read")
        blank = DeemedExport(application=case, version=0)
        if whole:
            form = deemed.read(application=case, by=by) or blank
        else:
            form = deemed.masked(DeemedExport.objects.filter(application=case).first() or blank)
        form.masked = not whole  # type: ignore[attr-defined]
        return Response(DeemedOut(form).data, headers={"ETag": f'"{form.version}"'})

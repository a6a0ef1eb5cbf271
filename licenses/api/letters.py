"""Letters of an application over the API: what each says, its hash and code, and the PDF as it was written."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from exportctl.api import RolePermission

from ..models import Letter
from .scope import case_of
from .shapes import LetterOut


class LetterDetail(LetterOut):
    """A letter with everything that is printed on it."""

    content = serializers.JSONField()

    class Meta(LetterOut.Meta):
        fields = (*LetterOut.Meta.fields, "content")  # type: ignore[assignment]


class LetterViewSet(viewsets.GenericViewSet[Letter]):
    """The letters of one application the caller may see; outside of that 404."""

    permission_classes = [RolePermission]
    permissions = {"*": "application.read"}
    queryset = Letter.objects.none()
    serializer_class = LetterOut
    lookup_field = "letter"
    lookup_value_regex = "[0-9]{1,4}"

    def _rows(self) -> Any:
        return case_of(self).letters.with_standing().select_related("application", "replaces", "document")

    @extend_schema(responses=LetterOut(many=True))
    def list(self, request: Request, number: str) -> Response:
        """The letters written, the oldest first."""
        rows = self._rows().defer("html", "content").order_by("number")
        return Response(LetterOut(rows, many=True).data)

    @extend_schema(responses=LetterDetail)
    def retrieve(self, request: Request, number: str, letter: str) -> Response:
        """One letter with its content."""
        return Response(LetterDetail(get_object_or_404(self._rows(), number=int(letter))).data)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def pdf(self, request: Request, number: str, letter: str) -> FileResponse:
        """The PDF as it was written; its SHA-256 is the letter's."""
        document = get_object_or_404(self._rows(), number=int(letter)).document
        return FileResponse(
            document.file.open("rb"),
            as_attachment=True,
            filename=document.name,
            content_type="application/pdf",
        )

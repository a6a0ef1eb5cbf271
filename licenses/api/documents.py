"""Documents of an application over the API: uploaded as they are, listed with their hash, given back as they came."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from exportctl import documents
from exportctl.api import RolePermission

from .. import attachments
from ..models import Attachment
from . import bodies
from .case import AttachmentOut
from .scope import case_of


class DocumentViewSet(viewsets.GenericViewSet[Attachment]):
    """The documents of one application the caller may see; outside of that 404."""

    permission_classes = [RolePermission]
    permissions = {"*": "application.read", "create": "document.attach", "destroy": "document.attach"}
    parser_classes = [MultiPartParser]
    queryset = Attachment.objects.none()
    serializer_class = AttachmentOut
    lookup_value_regex = "[0-9]+"

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """The limit of an upload stands before anything reads the request."""
        documents.limited(request)
        return super().initialize_request(request, *args, **kwargs)

    def _rows(self) -> Any:
        rows = Attachment.objects.filter(application=case_of(self))
        return rows.select_related("application", "document__uploaded_by")

    @extend_schema(responses=AttachmentOut(many=True))
    def list(self, request: Request, number: str) -> Response:
        """The documents in the file, the oldest first; those taken off carry when."""
        return Response(AttachmentOut(self._rows().order_by("pk"), many=True).data)

    @extend_schema(request={"multipart/form-data": bodies.AttachIn}, responses={201: AttachmentOut})
    def create(self, request: Request, number: str) -> Response:
        """Upload a document. Refused: a content that is no type taken here, a false name, one too large or
        infected. Nothing is kept then, and the application stays as it is."""
        case, data = case_of(self), request.data
        if no := documents.too_large(request._request):
            raise no
        body = bodies.AttachIn(data=data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        one = attachments.attach(
            file=given["file"].file, name=given["file"].name, kind=given["kind"], note=given.get("note", ""),
            application=case, by=request.user, at=timezone.now(),  # type: ignore[arg-type]
        )  # fmt: skip
        return Response(AttachmentOut(one).data, status=201)

    @extend_schema(responses=AttachmentOut)
    def retrieve(self, request: Request, number: str, pk: str) -> Response:
        """One document with its hash."""
        return Response(AttachmentOut(get_object_or_404(self._rows(), pk=pk)).data)

    @extend_schema(responses=AttachmentOut)
    def destroy(self, request: Request, number: str, pk: str) -> Response:
        """Take a document off a draft; the record and the bytes stay."""
        one = get_object_or_404(self._rows(), pk=pk)
        row = attachments.take_off(attachment=one, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return Response(AttachmentOut(row).data)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def content(self, request: Request, number: str, pk: str) -> FileResponse:
        """The document as it came."""
        one = get_object_or_404(self._rows(), pk=pk)
        return FileResponse(
            one.document.file.open("rb"), as_attachment=True, filename=one.document.name,
            content_type=one.document.media_type,
        )  # fmt: skip

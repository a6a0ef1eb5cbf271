"""List sources and their versions over the API."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from exportctl import roles
from exportctl.api import RolePermission
from exportctl.models import User

from .. import house, lists
from ..models import ChangeKind, ListChange, ListSource, ListVersion, VersionState
from .shapes import ReasonIn


class VersionOut(serializers.ModelSerializer[ListVersion]):
    """One imported version: what it changed and how its checks went."""

    class Meta:
        model = ListVersion
        fields = ("id", "source", "number", "state", "effective_on", "fetched_at", "content_hash",
                  "file_name", "parser",
                  "rows", "added", "removed", "changed", "ended", "source_rows", "verdict", "imported_at",
                  "released_at", "release_reason")  # fmt: skip


class SourceOut(serializers.ModelSerializer[ListSource]):
    """Where a list comes from, the version in force, and whether it is past its largest age."""

    current = VersionOut()
    rows = serializers.IntegerField(source="current.rows", default=None, allow_null=True)
    last_verdict = serializers.CharField(
        source="result",
        help_text="What became of the last file: published, unchanged, held, refused, unreached",
    )
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
            "tried_at",
            "last_verdict",
            "result_text",
            "rows",
            "age_days",
            "stale",
            "current",
        )

    def get_age_days(self, source: ListSource) -> int | None:
        return source.age_days(on=self.context["on"])

    def get_stale(self, source: ListSource) -> bool:
        return source.is_stale(on=self.context["on"])


class ImportIn(serializers.Serializer[Any]):
    """A list file as published, and the day from which it holds (default today)."""

    file = serializers.FileField()
    effective_on = serializers.DateField(required=False)


class ImportedOut(VersionOut):
    """The version the file became, or the one it says nothing new against."""

    result = serializers.SerializerMethodField()

    class Meta(VersionOut.Meta):
        fields = ("result", *VersionOut.Meta.fields)  # type: ignore[assignment]

    def get_result(self, version: ListVersion) -> str:
        if version.state == VersionState.HELD:
            return "held"
        return "published" if self.context["new"] else "unchanged"


class ChangeOut(serializers.ModelSerializer[ListChange]):
    class Meta:
        model = ListChange
        fields = ("kind", "list", "key", "name", "fields")


class DiffOut(serializers.Serializer[Any]):
    """The difference between two versions; `changes` holds the first `limit` lines by kind and name."""

    older = serializers.IntegerField()
    newer = serializers.IntegerField()
    added = serializers.IntegerField()
    removed = serializers.IntegerField()
    changed = serializers.IntegerField()
    changes = ChangeOut(many=True)


class DiffIn(serializers.Serializer[Any]):
    """Two version numbers of the source."""

    older = serializers.IntegerField(min_value=1)
    newer = serializers.IntegerField(min_value=1)
    limit = serializers.IntegerField(min_value=1, max_value=10_000, default=1000)


class ListViewSet(viewsets.GenericViewSet[ListSource]):
    """List sources by code."""

    permission_classes = [RolePermission]
    permissions = {
        "*": "list.read", "release": "list.release", "reject": "list.release",
    }  # fmt: skip
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

    @extend_schema(request={"multipart/form-data": ImportIn}, responses={200: ImportedOut, 201: ImportedOut})
    @action(detail=True, methods=["post"], url_path="import", parser_classes=[MultiPartParser])
    def bring_in(self, request: Request, code: str) -> Response:
        """Import a file: 201 published or held, 200 nothing new; a broken file is refused with its line.

        Needs list.import and a person; for `house`, a CSV file of entries, list.house.
        """
        body = ImportIn(data=request.data)
        body.is_valid(raise_exception=True)
        at, file = timezone.now(), body.validated_data["file"]
        user: User = request.user  # type: ignore[assignment]
        source = self.get_object()
        roles.require(user, house.PERMISSION if source.pk == house.SOURCE else "list.import", person=True)
        with tempfile.TemporaryDirectory(prefix="exportctl-list-") as folder:
            path = Path(folder) / (Path(file.name).name or "upload")
            with path.open("wb") as target:
                for chunk in file.chunks():
                    target.write(chunk)
            day = body.validated_data.get("effective_on") or timezone.localdate(at)
            version = (
                house.bring_in(path=path, by=user, at=at) if source.pk == house.SOURCE
                else lists.stage(source=source, path=path, by=user, at=at, effective_on=day)
            )  # fmt: skip
        new = version.imported_at == at
        return Response(ImportedOut(version, context={"new": new}).data, status=201 if new else 200)

    @extend_schema(
        parameters=[
            OpenApiParameter("from", int, required=True, description="Number of the one version"),
            OpenApiParameter("to", int, required=True, description="Number of the other version"),
            OpenApiParameter("limit", int, description="Most lines, at most 10,000; default 1,000"),
        ],
        responses=DiffOut,
    )
    @action(detail=True)
    def diff(self, request: Request, code: str) -> Response:
        """What differs between any two versions of a source: added, removed, changed with the fields."""
        query = request.query_params
        given = {"older": query.get("from"), "newer": query.get("to"), "limit": query.get("limit", 1000)}
        body = DiffIn(data={name: value for name, value in given.items() if value is not None})
        body.is_valid(raise_exception=True)
        asked, source = body.validated_data, self.get_object()
        pair = {
            one.number: one for one in source.versions.filter(number__in=[asked["older"], asked["newer"]])
        }
        if {asked["older"], asked["newer"]} - set(pair):
            raise NotFound
        found = lists.compare(
            older=pair[asked["older"]], newer=pair[asked["newer"]],
            confidential=roles.may(request.user, "confidential.read"),  # type: ignore[arg-type]
        )  # fmt: skip
        counts = Counter(one.kind for one in found)
        told = {
            "older": asked["older"], "newer": asked["newer"], "changes": found[: asked["limit"]],
            **{kind.value: counts[kind] for kind in ChangeKind},
        }  # fmt: skip
        return Response(DiffOut(told).data)

    @extend_schema(request=ReasonIn, responses=VersionOut)
    @action(detail=True, methods=["post"], url_path=r"versions/(?P<number>[0-9]{1,9})/release")
    def release(self, request: Request, code: str, number: str) -> Response:
        """Put a held version in force; a person other than its importer, with a reason."""
        return self._judged(request, number, lists.release)

    @extend_schema(request=ReasonIn, responses=VersionOut)
    @action(detail=True, methods=["post"], url_path=r"versions/(?P<number>[0-9]{1,9})/reject")
    def reject(self, request: Request, code: str, number: str) -> Response:
        """Refuse a held version for good, with a reason."""
        return self._judged(request, number, lists.reject)

    def _judged(self, request: Request, number: str, verb: Callable[..., ListVersion]) -> Response:
        body = ReasonIn(data=request.data)
        body.is_valid(raise_exception=True)
        version = get_object_or_404(self.get_object().versions, number=int(number))
        done = verb(version=version, by=request.user, at=timezone.now(), **body.validated_data)
        return Response(VersionOut(done).data)


def _today() -> dict[str, Any]:
    return {"on": timezone.localdate()}

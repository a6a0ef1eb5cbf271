"""Screening of names over the API: an answer, never stored."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from exportctl.api import RolePermission

from .. import worlds
from ..matching.index import Query
from ..matching.score import ENGINE, REVIEW
from ..models import PartyKind
from ..parties import LONGEST_NAME

MOST = 100


class IdentifierIn(serializers.Serializer[Any]):
    kind = serializers.CharField(required=False, allow_blank=True, default="", max_length=40)
    value = serializers.CharField(max_length=120)


class QueryIn(serializers.Serializer[Any]):
    """A party to screen; only the name is needed. `id` comes back with its answer."""

    id = serializers.CharField(required=False, max_length=200)
    name = serializers.CharField(max_length=LONGEST_NAME)
    kind = serializers.ChoiceField(PartyKind.choices, required=False, allow_blank=True)
    country = serializers.RegexField("^[A-Za-z]{2}$", required=False)
    names = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_NAME), required=False, max_length=MOST
    )
    addresses = serializers.ListField(
        child=serializers.CharField(max_length=2000), required=False, max_length=MOST
    )
    identifiers = IdentifierIn(many=True, required=False, max_length=MOST)  # type: ignore[call-arg]
    birth_date = serializers.CharField(required=False, allow_blank=True, max_length=40)


class ScreeningIn(QueryIn):
    """One party, or up to 100 as `queries`."""

    name = serializers.CharField(max_length=LONGEST_NAME, required=False)
    queries = QueryIn(many=True, required=False, max_length=MOST, min_length=1)  # type: ignore[call-arg]
    limit = serializers.IntegerField(min_value=1, max_value=100, default=10)
    minimum = serializers.IntegerField(min_value=1, max_value=100, default=REVIEW)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("name" in attrs) == ("queries" in attrs):
            raise serializers.ValidationError({"name": ["Give either a name or queries."]})
        return attrs


class FoundOut(serializers.Serializer[Any]):
    """A listed party that meets the query, with the evidence."""

    score = serializers.IntegerField()
    band = serializers.CharField()
    key = serializers.CharField()
    list = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    listed_party = serializers.IntegerField()
    name = serializers.CharField()
    matched_name = serializers.CharField()
    explanation = serializers.DictField()


class ResultOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    hits = FoundOut(many=True)


class ScreeningOut(serializers.Serializer[Any]):
    """The answers, and on which list versions and engine they rest. No hit is not a clearance."""

    engine = serializers.CharField()
    list_versions = serializers.DictField(child=serializers.IntegerField())
    results = ResultOut(many=True)


class ScreeningViewSet(viewsets.ViewSet):
    """Screens names that are asked about; nothing of them is kept."""

    permission_classes = [RolePermission]
    permissions = {"*": "screening.run"}

    @extend_schema(request=ScreeningIn, responses={200: ScreeningOut})
    def create(self, request: Request) -> Response:
        """Screen one name, or up to 100."""
        body = ScreeningIn(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        now = worlds.world()
        results = [
            {
                "id": one.get("id", ""),
                "name": one["name"],
                "hits": [
                    worlds.told(match, now, request.user)  # type: ignore[arg-type]
                    for match in worlds.ask(
                        _query(one), now=now, limit=asked["limit"], minimum=asked["minimum"]
                    )
                ],
            }
            for one in asked.get("queries", [asked])
        ]
        return Response(
            {"engine": ENGINE, "list_versions": dict(now.versions), "results": results},
            status=status.HTTP_200_OK,
        )


def _query(one: dict[str, Any]) -> Query:
    return Query(
        name=one["name"],
        aliases=tuple(one.get("names", ())),
        kind=one.get("kind", ""),
        countries=(one["country"].upper(),) if one.get("country") else (),
        addresses=tuple(one.get("addresses", ())),
        identifiers=tuple((each["kind"], each["value"]) for each in one.get("identifiers", ())),
        birth_date=one.get("birth_date", ""),
    )

"""The event log as a feed: `GET /api/v1/events/?after=SEQ&limit=` for whoever follows every change.

A reader keeps the `next_after` of its last page. No event is ever missed or repeated: sequence numbers
become visible in their order, without a gap.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from . import telling
from .api import RolePermission
from .models import Event

MOST = 500


class FeedQuery(serializers.Serializer[Any]):
    """Where the caller stands, how much it wants, and optionally one verb."""

    after = serializers.IntegerField(
        min_value=0, max_value=2**63 - 1, default=0, help_text="Last seq seen; 0: all"
    )
    limit = serializers.IntegerField(min_value=1, max_value=MOST, default=100)
    verb = serializers.CharField(required=False, max_length=60, help_text="For example decision.made")


class Reference(serializers.Serializer[Any]):
    type = serializers.CharField()
    id = serializers.CharField()


class Actor(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.CharField()


class EventOut(serializers.Serializer[Event]):
    """One event; `hash` seals it and all before it."""

    seq = serializers.IntegerField()
    id = serializers.UUIDField(source="data.id")
    verb = serializers.CharField()
    object = Reference(source="data.object")
    by = Actor(source="data.by")
    at = serializers.DateTimeField(help_text="When it happened, as stated")
    recorded_at = serializers.DateTimeField(help_text="The server's clock")
    data = serializers.SerializerMethodField(  # type: ignore[assignment]
        help_text="What happened; numbers and birth dates of persons masked"
    )
    hash = serializers.SerializerMethodField()

    @extend_schema_field(serializers.JSONField())
    def get_data(self, event: Event) -> Any:
        return telling.data_of(event)

    def get_hash(self, event: Event) -> str:
        return bytes(event.hash).hex()


class Feed(serializers.Serializer[Any]):
    """A page of the feed: go on with `after` = `next_after`; `more` tells whether that pays now."""

    results = EventOut(many=True)
    next_after = serializers.IntegerField()
    more = serializers.BooleanField()


class EventFeed(APIView):
    """Every change, oldest first."""

    permission_classes = [RolePermission]
    permissions = {"*": "event.read"}

    @extend_schema(parameters=[FeedQuery], responses=Feed, operation_id="events_list")
    def get(self, request: Request) -> Response:
        """Events after a sequence number, in order. Poll with the `next_after` of the last page."""
        query = FeedQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        events = Event.objects.filter(seq__gt=asked["after"]).order_by("seq")
        if "verb" in asked:
            events = events.filter(verb=asked["verb"])
        found = list(events[: asked["limit"] + 1])
        page, more = found[: asked["limit"]], len(found) > asked["limit"]
        last = page[-1].seq if page else asked["after"]
        return Response(Feed({"results": page, "next_after": last, "more": more}).data)

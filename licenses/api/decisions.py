"""Decisions over the API: a feed that misses none, in the order in which they were sealed."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, QuerySet
from django.db.models.functions import Cast
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from exportctl import roles
from exportctl.api import RolePermission
from exportctl.models import Event, User

from ..models import Application, Decision, Outcome
from .shapes import DecisionOut

SEALED = ("decision.made", "decision.recorded", "decision.final", "decision.corrected")
MOST = 200


class FeedIn(serializers.Serializer[Any]):
    after = serializers.IntegerField(
        min_value=0, max_value=2**63 - 1, default=0, help_text="`seq` of the last one read"
    )
    outcome = serializers.ChoiceField(Outcome.choices, required=False)
    page_size = serializers.IntegerField(min_value=1, max_value=MOST, default=50)


class FedDecision(DecisionOut):
    """A decision with its place in the feed and what happened: made, recorded, or final on day 45."""

    seq = serializers.IntegerField(source="sealed.seq")
    event = serializers.CharField(source="sealed.verb")
    outcome = serializers.SerializerMethodField()  # type: ignore[assignment]

    class Meta(DecisionOut.Meta):
        fields = ("seq", "event", *DecisionOut.Meta.fields)  # type: ignore[assignment]

    def get_outcome(self, decision: Decision) -> str:
        """What this event made it: the intent to deny first, the denial on day 45."""
        return str(decision.sealed.data["data"]["outcome"])  # type: ignore[attr-defined]


@extend_schema_serializer(many=False)
class FeedOut(serializers.Serializer[Any]):
    """`after` is where to go on, also when `next` is null because nothing newer is there yet."""

    next = serializers.CharField(allow_null=True)
    after = serializers.IntegerField()
    results = FedDecision(many=True)


class DecisionViewSet(viewsets.GenericViewSet[Decision]):
    """Decisions on the applications the caller may see."""

    permission_classes = [RolePermission]
    permissions = {"*": "application.read"}
    queryset = Decision.objects.none()
    serializer_class = DecisionOut
    pagination_class = None
    filter_backends: list[Any] = []
    lookup_value_regex = "[0-9]+"

    def get_queryset(self) -> QuerySet[Decision]:
        if getattr(self, "swagger_fake_view", False):
            return Decision.objects.none()
        seen = Decision.objects.for_user(self.request.user)  # type: ignore[arg-type]
        return seen.select_related(
            "application", "license", "proposed_by", "countersigned_by"
        ).prefetch_related("lines")

    @extend_schema(
        parameters=[
            OpenApiParameter("after", int, description="Decisions sealed after this `seq`; 0 for all"),
            OpenApiParameter("outcome", str, enum=Outcome.values),
            OpenApiParameter("page_size", int, description=f"1 to {MOST}, 50 where not given"),
        ],
        responses=FeedOut,
    )
    def list(self, request: Request) -> Response:
        """Decisions made or recorded, oldest first. None is skipped, however late it was entered.

        An intent to deny appears again, with outcome `deny`, when its denial becomes final.
        """
        asked = FeedIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        after, size = asked.validated_data["after"], asked.validated_data["page_size"]
        found_events = sealed(request.user, asked.validated_data.get("outcome", ""))  # type: ignore[arg-type]
        events = list(found_events.filter(seq__gt=after)[: size + 1])
        more, events = len(events) > size, events[:size]
        found = self.get_queryset().in_bulk({event.data["data"]["decision"] for event in events})
        results = []
        for event in events:
            decision = found[event.data["data"]["decision"]]
            decision.sealed = event  # type: ignore[attr-defined]
            results.append(FedDecision(decision).data)
        last = events[-1].seq if events else after
        link = None
        if more:
            params = request.query_params.copy()
            params["after"] = str(last)
            link = f"{reverse('decision-list', request=request)}?{params.urlencode()}"
        return Response({"next": link, "after": last, "results": results})

    @extend_schema(responses=DecisionOut)
    def retrieve(self, request: Request, pk: str) -> Response:
        """One decision, also a proposed or sent back one."""
        return Response(DecisionOut(self.get_object()).data)


def sealed(user: User, outcome: str) -> QuerySet[Event]:
    """The events of decisions on cases the user sees, in the order of the log."""
    events = Event.objects.filter(verb__in=SEALED).defer("body", "previous", "hash").order_by("seq")
    if outcome:
        events = events.filter(data__data__outcome=outcome)
    if roles.sees(user) != "all":
        seen = Application.objects.for_user(user).annotate(key=Cast("pk", CharField())).values("key")
        events = events.filter(object_type="licenses.application", object_id__in=seen)
    return events

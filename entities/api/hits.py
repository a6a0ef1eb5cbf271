"""Hits over the API, with an explicit action for each verb."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import django_filters
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from exportctl.api import RolePermission
from exportctl.models import Event, User

from .. import hits, looks, masking
from ..models import Band, Hit, HitOutcome, HitStatus, Listing, Party
from .listed import ListedPartyOut
from .shapes import AllowedAction, ReasonIn, allowed_actions, named


class PartyBrief(serializers.ModelSerializer[Party]):
    class Meta:
        model = Party
        fields = ("id", "reference", "name", "kind", "country")


class HitOut(serializers.ModelSerializer[Hit]):
    """The pair, its score and how it was judged."""

    party = PartyBrief()
    listed_party = serializers.IntegerField(source="listed_party_id")
    listed_name = serializers.CharField(source="listed_party.name")
    source = serializers.CharField(source="listed_party.source_id")  # type: ignore[assignment]
    lists = serializers.SerializerMethodField()
    proposed_by = serializers.SerializerMethodField()
    agreed_by = serializers.SerializerMethodField()
    assigned_to = serializers.SerializerMethodField()
    escalated_to = serializers.SerializerMethodField()
    changes = serializers.SerializerMethodField(
        help_text="What opened it again: side, fact, words, gone, new"
    )

    class Meta:
        model = Hit
        fields = ("id", "party", "listed_party", "listed_name", "source", "lists", "status", "score", "band",
                  "risk", "opened_at", "fingerprint", "outcome", "reason", "differing_fact", "note",
                  "proposed_by", "proposed_at", "agreed_by", "closed_at", "expires_on", "assigned_to",
                  "escalated_to", "escalation", "escalation_note", "escalated_at", "reopened_why", "changes",
                  "carried_from")  # fmt: skip

    def get_lists(self, hit: Hit) -> list[str]:
        return sorted(
            {listing.list for listing in hit.listed_party.listings.all() if not listing.removed_in_id}
        )

    def get_proposed_by(self, hit: Hit) -> str:
        return named(hit.proposed_by)

    def get_agreed_by(self, hit: Hit) -> str:
        return named(hit.agreed_by)

    def get_changes(self, hit: Hit) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = hit.changes
        return masking.changes(found) if _is_masked(hit, self.context) else found

    def get_assigned_to(self, hit: Hit) -> str:
        return named(hit.assigned_to)

    def get_escalated_to(self, hit: Hit) -> str:
        return named(hit.escalated_to)


class HitDetail(HitOut):
    """With the whole listed party, the newest explanation, and what the caller may do now."""

    listed_party = ListedPartyOut()  # type: ignore[assignment]
    explanation = serializers.SerializerMethodField()
    allowed_actions = serializers.SerializerMethodField()

    class Meta(HitOut.Meta):
        fields = (*HitOut.Meta.fields, "explanation", "allowed_actions")  # type: ignore[assignment]

    def get_explanation(self, hit: Hit) -> dict[str, Any]:
        newest = hit.findings.order_by("-pk").first()
        found: dict[str, Any] = newest.explanation if newest else {}
        return masking.evidence(found) if _is_masked(hit, self.context) else found

    @extend_schema_field(AllowedAction(many=True))
    def get_allowed_actions(self, hit: Hit) -> list[dict[str, Any]]:
        return allowed_actions(hits.next_actions(hit, self.context["by"], at=timezone.now()))


class ProposeIn(serializers.Serializer[Any]):
    """`differing_fact` is needed for a false positive: what differs besides the name."""

    outcome = serializers.ChoiceField(HitOutcome.choices)
    reason = serializers.ChoiceField([(one.code, one.label) for one in hits.REASONS.values()])
    differing_fact = serializers.CharField(required=False, allow_blank=True, max_length=2000)
    note = serializers.CharField(required=False, allow_blank=True, max_length=10_000)


class EscalateIn(serializers.Serializer[Any]):
    """`to`: the user name of who takes it; without it whoever agrees to hits."""

    reason = serializers.ChoiceField(list(hits.ESCALATIONS.items()))
    note = serializers.CharField(max_length=10_000)
    to = serializers.SlugRelatedField(
        slug_field="username", queryset=User.objects.filter(is_active=True), required=False, allow_null=True
    )


class AssignIn(serializers.Serializer[Any]):
    """`to`: the user name of who judges it next; null frees it."""

    to = serializers.SlugRelatedField(
        slug_field="username", queryset=User.objects.filter(is_active=True), allow_null=True
    )


class Step(serializers.Serializer[Any]):
    """One step of a hit's life, from the event log."""

    seq = serializers.IntegerField()
    verb = serializers.CharField()
    at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    by = serializers.CharField()
    data = serializers.DictField()  # type: ignore[assignment]


class HitFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=HitStatus.choices)
    band = django_filters.ChoiceFilter(choices=Band.choices)
    outcome = django_filters.ChoiceFilter(choices=HitOutcome.choices)
    party = django_filters.NumberFilter(field_name="party_id")
    list = django_filters.CharFilter(method="on_list")
    assigned_to = django_filters.CharFilter(field_name="assigned_to__username")
    escalated_to = django_filters.CharFilter(field_name="escalated_to__username")
    group = django_filters.CharFilter(field_name="listed_party__group")
    opened_after = django_filters.IsoDateTimeFilter(field_name="opened_at", lookup_expr="gt")
    expires_before = django_filters.DateFilter(field_name="expires_on", lookup_expr="lt")

    class Meta:
        model = Hit
        fields: tuple[str, ...] = ()

    def on_list(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(
            listed_party__in=Listing.objects.filter(list=value, removed_in=None).values("listed_party")
        )


class HitViewSet(viewsets.GenericViewSet[Hit]):
    """Hits on the parties the caller may see; the verbs say who may judge."""

    permission_classes = [RolePermission]
    permissions = {"*": "party.read", "full": looks.PERMISSION}
    queryset = Hit.objects.none()
    filterset_class = HitFilter
    serializer_class = HitDetail

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Hit.objects.none()
        found = Hit.objects.for_user(self.request.user).with_pair()  # type: ignore[arg-type]
        if self.action == "list":
            return found
        return found.prefetch_related(
            "listed_party__listings__added_in", "listed_party__listings__removed_in"
        )

    @extend_schema(responses=HitOut(many=True))
    def list(self, request: Request) -> Response:
        """Hits, newest first; `status` may be given more than once."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(HitOut(page, many=True).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        """One hit with its explanation and the caller's next actions."""
        return self._shown(self.get_object())

    @extend_schema(request=ProposeIn, responses=HitDetail)
    @action(detail=True, methods=["post"])
    def propose(self, request: Request, pk: str) -> Response:
        """Propose what the pair is; another person agrees or sends it back."""
        body = ProposeIn(data=request.data)
        body.is_valid(raise_exception=True)
        hit = self.get_object()
        hits.propose(hit=hit, by=request.user, at=timezone.now(), **body.validated_data)  # type: ignore[arg-type]
        return self._shown(self.get_object())

    @extend_schema(request=None, responses=HitDetail)
    @action(detail=True, methods=["post"])
    def agree(self, request: Request, pk: str) -> Response:
        """Agree to another person's proposal; the hit closes."""
        hits.agree(hit=self.get_object(), by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return self._shown(self.get_object())

    @extend_schema(request=ReasonIn, responses=HitDetail)
    @action(detail=True, methods=["post"], url_path="send-back")
    def send_back(self, request: Request, pk: str) -> Response:
        """Refuse another person's proposal; the hit is open again."""
        hits.send_back(hit=self.get_object(), reason=_reason(request), by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return self._shown(self.get_object())

    @extend_schema(request=EscalateIn, responses=HitDetail)
    @action(detail=True, methods=["post"])
    def escalate(self, request: Request, pk: str) -> Response:
        """Hand the hit to a named person, or to whoever agrees to hits."""
        body = EscalateIn(data=request.data)
        body.is_valid(raise_exception=True)
        hits.escalate(hit=self.get_object(), by=request.user, at=timezone.now(), **body.validated_data)  # type: ignore[arg-type]
        return self._shown(self.get_object())

    @extend_schema(request=ReasonIn, responses=HitDetail)
    @action(detail=True, methods=["post"], url_path="hand-back")
    def hand_back(self, request: Request, pk: str) -> Response:
        """Give an escalated hit back to the queue."""
        hits.hand_back(hit=self.get_object(), reason=_reason(request), by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return self._shown(self.get_object())

    @extend_schema(request=AssignIn, responses=HitDetail)
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: str) -> Response:
        """Say who judges the hit next; null frees it."""
        body = AssignIn(data=request.data)
        body.is_valid(raise_exception=True)
        hits.assign(hit=self.get_object(), by=request.user, at=timezone.now(), **body.validated_data)  # type: ignore[arg-type]
        return self._shown(self.get_object())

    @extend_schema(request=None, responses=HitDetail)
    @action(detail=True, methods=["post"])
    def undo(self, request: Request, pk: str) -> Response:
        """Take one's own last step back within ten minutes."""
        hits.undo(hit=self.get_object(), by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return self._shown(self.get_object())

    @extend_schema(responses=Step(many=True), filters=False)
    @action(detail=True, pagination_class=None)
    def history(self, request: Request, pk: str) -> Response:
        """Every step of the hit's life, oldest first: opened, judged, agreed, sent back, opened again, carried."""
        hit = self.get_object()
        events = Event.objects.filter(object_type="entities.hit", object_id=str(hit.pk)).order_by("seq")
        return Response(Step([_step(event, person=hit.of_person) for event in events], many=True).data)

    @extend_schema(request=ReasonIn, responses=HitDetail)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Open a closed hit again."""
        hits.reopen(hit=self.get_object(), reason=_reason(request), by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return self._shown(self.get_object())

    @extend_schema(request=None, responses=HitDetail)
    @action(detail=True, methods=["post"])
    def full(self, request: Request, pk: str) -> Response:
        """The hit with birth dates and document numbers of a person; who asked goes to the access log."""
        hit = self.get_object()
        looks.reveal(hit=hit, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return self._shown(hit, full=True)

    def _shown(self, hit: Hit, *, full: bool = False) -> Response:
        return Response(HitDetail(hit, context={"by": self.request.user, "full": full}).data)


def _is_masked(hit: Hit, context: Mapping[str, Any]) -> bool:
    return hit.of_person and not context.get("full")


def _step(event: Event, *, person: bool) -> dict[str, Any]:
    data = event.data.get("data", {})
    return {
        "seq": event.seq, "verb": event.verb, "at": event.at, "recorded_at": event.recorded_at,
        "by": event.data["by"]["name"], "data": masking.event(event.verb, data) if person else data,
    }  # fmt: skip


def _reason(request: Request) -> str:
    body = ReasonIn(data=request.data)
    body.is_valid(raise_exception=True)
    return str(body.validated_data["reason"])

"""Hits over the API, with an explicit action for each verb."""

from __future__ import annotations

from typing import Any

import django_filters
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from exportctl.api import RolePermission

from .. import hits
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

    class Meta:
        model = Hit
        fields = ("id", "party", "listed_party", "listed_name", "source", "lists", "status", "score", "band",
                  "opened_at", "outcome", "reason", "differing_fact", "note", "proposed_by", "proposed_at",
                  "agreed_by",
                  "closed_at")  # fmt: skip

    def get_lists(self, hit: Hit) -> list[str]:
        return sorted(
            {listing.list for listing in hit.listed_party.listings.all() if not listing.removed_in_id}
        )

    def get_proposed_by(self, hit: Hit) -> str:
        return named(hit.proposed_by)

    def get_agreed_by(self, hit: Hit) -> str:
        return named(hit.agreed_by)


class HitDetail(HitOut):
    """With the whole listed party, the newest explanation, and what the caller may do now."""

    listed_party = ListedPartyOut()  # type: ignore[assignment]
    explanation = serializers.SerializerMethodField()
    allowed_actions = serializers.SerializerMethodField()

    class Meta(HitOut.Meta):
        fields = (*HitOut.Meta.fields, "explanation", "allowed_actions")  # type: ignore[assignment]

    def get_explanation(self, hit: Hit) -> dict[str, Any]:
        newest = hit.findings.order_by("-pk").first()
        return newest.explanation if newest else {}

    @extend_schema_field(AllowedAction(many=True))
    def get_allowed_actions(self, hit: Hit) -> list[dict[str, Any]]:
        return allowed_actions(hits.next_actions(hit, self.context["by"]))


class ProposeIn(serializers.Serializer[Any]):
    """`differing_fact` is needed for a false positive: what differs besides the name."""

    outcome = serializers.ChoiceField(HitOutcome.choices)
    reason = serializers.ChoiceField([(one.code, one.label) for one in hits.REASONS.values()])
    differing_fact = serializers.CharField(required=False, allow_blank=True, max_length=2000)
    note = serializers.CharField(required=False, allow_blank=True, max_length=10_000)


class HitFilter(django_filters.FilterSet):
    status = django_filters.MultipleChoiceFilter(choices=HitStatus.choices)
    band = django_filters.ChoiceFilter(choices=Band.choices)
    outcome = django_filters.ChoiceFilter(choices=HitOutcome.choices)
    party = django_filters.NumberFilter(field_name="party_id")
    list = django_filters.CharFilter(method="on_list")

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
    permissions = {"*": "party.read"}
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

    @extend_schema(request=ReasonIn, responses=HitDetail)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Open a closed hit again."""
        hits.reopen(hit=self.get_object(), reason=_reason(request), by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return self._shown(self.get_object())

    def _shown(self, hit: Hit) -> Response:
        return Response(HitDetail(hit, context={"by": self.request.user}).data)


def _reason(request: Request) -> str:
    body = ReasonIn(data=request.data)
    body.is_valid(raise_exception=True)
    return str(body.validated_data["reason"])

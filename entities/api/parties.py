"""Parties over the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from exportctl.api import RolePermission
from exportctl.errors import invalid
from exportctl.models import User

from .. import looks, masking, parties, screening, worlds
from ..models import Hit, NameKind, Party, PartyAddress, PartyIdentifier, PartyKind, PartyName, Screening
from ..outcomes import OUTCOME_CHOICES, ROLES

OTHER_NAMES = [choice for choice in NameKind.choices if choice[0] != NameKind.PRIMARY]


class NameShape(serializers.ModelSerializer[PartyName]):
    text = serializers.CharField(max_length=parties.LONGEST_NAME)
    kind = serializers.ChoiceField(OTHER_NAMES, default=NameKind.ALIAS.value)

    class Meta:
        model = PartyName
        fields = ("text", "kind")


class AddressShape(serializers.ModelSerializer[PartyAddress]):
    class Meta:
        model = PartyAddress
        fields = parties.ADDRESS_PARTS


class IdentifierShape(serializers.ModelSerializer[PartyIdentifier]):
    class Meta:
        model = PartyIdentifier
        fields = parties.IDENTIFIER_PARTS


class PartyOut(serializers.ModelSerializer[Party]):
    """`version` is what a change must name; `screening` is current, missing, stale or failed.

    The numbers of a person are masked; `full/` shows them.
    """

    version = serializers.IntegerField(source="facts_version")
    names = NameShape(many=True)
    addresses = AddressShape(many=True)
    identifiers = IdentifierShape(many=True)
    screening = serializers.SerializerMethodField()

    class Meta:
        model = Party
        fields = ("id", "reference", "version", "name", "kind", "country", "names", "addresses",
                  "identifiers",
                  "shared", "note", "screening", "created_at", "changed_at")  # fmt: skip

    def get_screening(self, party: Party) -> str:
        return str(self.context["states"][party.pk])

    def to_representation(self, instance: Party) -> dict[str, Any]:
        told = super().to_representation(instance)
        if not self.context.get("full"):
            for one in told["identifiers"]:
                one["value"] = masking.number(instance.kind, one["value"])
        return told


class RunOut(serializers.ModelSerializer[Screening]):
    """One run: when, why, on which lists and engine, how many entries it met, or why it failed."""

    class Meta:
        model = Screening
        fields = ("at", "trigger", "facts_version", "world", "holds_for", "hits", "error")


class ConclusionOut(serializers.Serializer[Any]):
    """`outcome` is null while the screening is not current: `state` says why, and that blocks decisions."""

    state = serializers.CharField(help_text="current, missing, stale or failed")
    outcome = serializers.ChoiceField(OUTCOME_CHOICES, allow_null=True)
    words = serializers.CharField()
    reasons = serializers.ListField(child=serializers.CharField())
    engine = serializers.CharField()
    list_versions = serializers.DictField(child=serializers.IntegerField())
    at = serializers.DateTimeField(allow_null=True)
    open_hits = serializers.IntegerField()
    runs = RunOut(many=True)


class PartyIn(serializers.Serializer[Any]):
    """A party as it is registered."""

    name = serializers.CharField(max_length=parties.LONGEST_NAME)
    kind = serializers.ChoiceField(PartyKind.choices, default=PartyKind.ORGANIZATION.value)
    country = serializers.CharField(max_length=2)
    names = NameShape(many=True, required=False, max_length=200)  # type: ignore[call-arg]
    addresses = AddressShape(many=True, required=False, max_length=200)  # type: ignore[call-arg]
    identifiers = IdentifierShape(many=True, required=False, max_length=200)  # type: ignore[call-arg]
    shared = serializers.BooleanField(required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=10_000)


class PartyChange(PartyIn):
    """What changes; `version` is the one the editor saw."""

    version = serializers.IntegerField(min_value=1)
    name = serializers.CharField(max_length=parties.LONGEST_NAME, required=False)
    kind = serializers.ChoiceField(PartyKind.choices, required=False)
    country = serializers.CharField(max_length=2, required=False)


class PartyFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="search", label="Part of a name or alias")
    country = django_filters.CharFilter(lookup_expr="iexact")
    kind = django_filters.ChoiceFilter(choices=PartyKind.choices)

    class Meta:
        model = Party
        fields: tuple[str, ...] = ()

    def search(self, queryset: Any, name: str, value: str) -> Any:
        alias = PartyName.objects.filter(party=OuterRef("pk"), text__icontains=value)
        return queryset.filter(Q(name__icontains=value) | Exists(alias))


class PartyViewSet(viewsets.GenericViewSet[Party]):
    """Parties the caller may see; outside of that is 404."""

    permission_classes = [RolePermission]
    permissions = {"*": "party.read", "full": looks.PERMISSION}
    queryset = Party.objects.none()
    filterset_class = PartyFilter
    serializer_class = PartyOut

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Party.objects.none()
        return Party.objects.for_user(self.request.user).with_facts()  # type: ignore[arg-type]

    def list(self, request: Request) -> Response:
        """Parties, newest first."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(_shown(page, many=True))

    def retrieve(self, request: Request, pk: str) -> Response:
        """One party with its names, addresses, identifiers and screening state."""
        return Response(_shown(self.get_object()))

    @extend_schema(request=None, responses=PartyOut)
    @action(detail=True, methods=["post"])
    def full(self, request: Request, pk: str) -> Response:
        """One party with the numbers of a person in full; who asked goes to the access log."""
        party = self.get_object()
        looks.reveal(party=party, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return Response(_shown(party, full=True))

    @extend_schema(
        parameters=[OpenApiParameter("role", str, enum=[*ROLES], description="Its role in a deal; else any")],
        responses=ConclusionOut,
    )
    @action(detail=True, url_path="screening")
    def screened(self, request: Request, pk: str) -> Response:
        """What the screening of the party says now: outcome, reasons, lists, engine, and its last runs."""
        role = request.query_params.get("role", "")
        if role and role not in ROLES:
            raise invalid("role", f"'{role}' is no role.", f"One of: {', '.join(ROLES)}.")
        return Response(ConclusionOut(_concluded(self.get_object(), request.user, role)).data)  # type: ignore[arg-type]

    @extend_schema(request=PartyIn, responses={201: PartyOut})
    def create(self, request: Request) -> Response:
        """Register a party; the worker screens it within seconds."""
        party = parties.register(by=request.user, at=timezone.now(), **_given(PartyIn, request))  # type: ignore[arg-type]
        return Response(_shown(party), status=status.HTTP_201_CREATED)

    @extend_schema(request=PartyChange, responses={200: PartyOut})
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given. 409 with the differing fields when `version` is not the present one."""
        party = parties.change(
            party=self.get_object(),
            by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
            **_given(PartyChange, request),
        )
        return Response(_shown(party))


def _concluded(party: Party, by: User, role: str) -> dict[str, Any]:
    now = timezone.now()
    found = screening.conclude(party, on=now.date(), by=by, role=role)
    error = found.run.error if found.run else ""
    world = found.run.holds_for if found.run and not error else ""
    return {
        "state": found.state, "outcome": found.outcome.code if found.outcome else None,
        "words": found.outcome.words if found.outcome else "Not screened against the lists in force: no outcome",
        "reasons": list(found.outcome.reasons) if found.outcome else [error] if error else [],
        "engine": worlds.engine_of(world), "list_versions": worlds.numbers_of(world) if world else {},
        "at": found.run.at if found.run else None,
        "open_hits": Hit.objects.for_user(by).filter(party=party).unjudged(on=now.date()).count(),
        "runs": party.screenings.order_by("-pk")[:20],
    }  # fmt: skip


def _given(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    body = shape(data=request.data)
    body.is_valid(raise_exception=True)
    given: dict[str, Any] = dict(body.validated_data)
    if "names" in given:
        given["names"] = [(one["text"], one["kind"]) for one in given["names"]]
    return given


def _shown(found: Any, *, many: bool = False, full: bool = False) -> Any:
    states = screening.states(found if many else [found])
    return PartyOut(found, many=many, context={"states": states, "full": full}).data

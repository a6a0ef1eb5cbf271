"""Listed parties over the API: what the lists say."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.dateparse import parse_date
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from exportctl import roles
from exportctl.api import RolePermission
from exportctl.models.order import in_order

from .. import lists, looks, masking
from ..models import LegalEffect, ListCode, ListedParty, Listing
from ..versions import LISTING_FIELDS, PARTY_FIELDS


class ListingOut(serializers.ModelSerializer[Listing]):
    """One list's entry; `date_basis` says whether its dates were read in their source."""

    version_added = serializers.IntegerField(source="added_in.number")
    version_removed = serializers.IntegerField(source="removed_in.number", default=None)
    missing_since = serializers.DateField(
        source="missing_in.effective_on", default=None, allow_null=True,
        help_text="Day of the first file without the entry; it stays in force until a second one",
    )  # fmt: skip
    legal_effect = serializers.SerializerMethodField(
        help_text="Today, or on the day of `as_of`: announced (takes effect on `begins_on`), in_effect, ended, not_yet"
    )
    begins_on = serializers.DateField(help_text="The first day of legal effect")

    class Meta:
        model = Listing
        fields = (
            "list", "legal_effect", "begins_on", "effective_on", "published_on", "date_basis", "ended_on",
            "requirement_code", "requirement_text", "policy_code", "policy_text", "footnotes", "citations",
            "source_url", "effect", "scope", "items", "missing_since", "version_added", "version_removed",
        )  # fmt: skip

    @extend_schema_field(serializers.ChoiceField(choices=LegalEffect.choices))
    def get_legal_effect(self, listing: Listing) -> str:
        return listing.legal_effect(on=self.context.get("on") or timezone.localdate()).value


class LinkedOut(serializers.Serializer[ListedParty]):
    """The same party on another list, by a fixed rule: equal name and shared country, or equal identifier."""

    id = serializers.IntegerField()
    source = serializers.CharField(source="source_id")  # type: ignore[assignment]
    key = serializers.CharField()
    name = serializers.CharField()
    lists = serializers.SerializerMethodField()

    def get_lists(self, party: ListedParty) -> list[str]:
        return sorted({one.list for one in party.listings.all() if one.removed_in_id is None})


class ListedPartyOut(serializers.ModelSerializer[ListedParty]):
    """An entry with its listings. With `as_of` its content is that of the day.

    Birth dates and document numbers of a person are masked, its remarks hidden; `full/` shows them.
    """

    listings = ListingOut(many=True)

    class Meta:
        model = ListedParty
        fields: tuple[str, ...] = ("id", "source", "key", "name", "kind", "group", "names", "countries",
                  "addresses", "identifiers", "birth_dates", "remarks", "confidential", "listings")  # fmt: skip

    def to_representation(self, instance: ListedParty) -> dict[str, Any]:
        told = super().to_representation(instance)
        contents = self.context.get("contents", {})
        for listing, shown in zip(instance.listings.all(), told["listings"], strict=True):
            if content := contents.get(listing.pk):
                told.update({name: content[name] for name in PARTY_FIELDS})
                shown.update({name: content[name] for name in LISTING_FIELDS})
        return told if self.context.get("full") else masking.entry(told)


class LinkedPartyOut(ListedPartyOut):
    """The same with its links to other lists."""

    linked = serializers.SerializerMethodField(help_text="The same party on other lists; never merged")

    @extend_schema_field(LinkedOut(many=True))
    def get_linked(self, party: ListedParty) -> Any:
        return LinkedOut(self.context.get("linked", ()), many=True).data

    class Meta(ListedPartyOut.Meta):
        fields = (*ListedPartyOut.Meta.fields, "linked")


class ListedPartyFilter(django_filters.FilterSet):
    """Without `as_of` the entries in force today; with it those in effect on that day."""

    q = django_filters.CharFilter(method="search", label="Part of a name or alias")
    list = django_filters.MultipleChoiceFilter(choices=ListCode.choices, method="on_list")
    group = django_filters.CharFilter(lookup_expr="iexact")
    source = django_filters.CharFilter(field_name="source_id")
    country = django_filters.CharFilter(method="in_country", label="ISO 3166 code of an address")
    as_of = django_filters.DateFilter(method="on_day", label="Entries in effect on that day (YYYY-MM-DD)")

    class Meta:
        model = ListedParty
        fields: tuple[str, ...] = ()

    def filter_queryset(self, queryset: Any) -> Any:
        found = super().filter_queryset(queryset)
        return found if self.form.cleaned_data.get("as_of") else found.current()

    def search(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.alias(aliases=Cast("names", TextField())).filter(
            Q(name__icontains=value) | Q(aliases__icontains=value)
        )

    def in_country(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.filter(countries__contains=[value.upper()])

    def on_list(self, queryset: Any, name: str, value: Any) -> Any:
        if not value:
            return queryset
        return queryset.filter(Exists(Listing.objects.filter(listed_party=OuterRef("pk"), list__in=value)))

    def on_day(self, queryset: Any, name: str, value: Any) -> Any:
        return queryset.as_of(value)


class ListedPartyViewSet(viewsets.ReadOnlyModelViewSet[ListedParty]):
    """Parties on somebody's list, with their listings; newest first."""

    permission_classes = [RolePermission]
    permissions = {"*": "list.read", "full": looks.PERMISSION}
    queryset = ListedParty.objects.prefetch_related(
        *in_order(ListedParty, "listings"),
        "listings__added_in",
        "listings__removed_in",
        "listings__missing_in",
    )
    serializer_class = LinkedPartyOut
    filterset_class = ListedPartyFilter

    def get_queryset(self) -> Any:
        return super().get_queryset().seen_by(self.request.user)  # type: ignore[attr-defined]

    def filter_queryset(self, queryset: Any) -> Any:
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    @extend_schema(responses=ListedPartyOut(many=True))
    def list(self, request: Request) -> Response:
        """Entries in force, or in effect on the day `as_of` with their content of that day."""
        found = list(self.paginate_queryset(self.filter_queryset(self.get_queryset())) or ())
        given = parse_date(request.query_params.get("as_of", ""))
        context = {"contents": lists.contents_of_parties(found, given) if given else {}, "on": given}
        return self.get_paginated_response(ListedPartyOut(found, many=True, context=context).data)

    def retrieve(self, request: Request, pk: str) -> Response:
        """One entry with all its listings, ended ones too, and the same party on other lists."""
        return self._told(self.get_object())

    @extend_schema(request=None, responses=LinkedPartyOut)
    @action(detail=True, methods=["post"])
    def full(self, request: Request, pk: str) -> Response:
        """The same with birth dates, document numbers and remarks of a person; who asked goes to the access log."""
        party = self.get_object()
        looks.reveal(listed_party=party, by=request.user, at=timezone.now())  # type: ignore[arg-type]
        return self._told(party, full=True)

    def _told(self, party: ListedParty, *, full: bool = False) -> Response:
        same = lists.linked([party])[party.pk]
        if not roles.may(self.request.user, "confidential.read"):  # type: ignore[arg-type]
            same = [one for one in same if not one.confidential]
        return Response(LinkedPartyOut(party, context={"linked": same, "full": full}).data)

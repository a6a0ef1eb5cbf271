"""Listed parties over the API: what the lists say."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast
from rest_framework import serializers, viewsets

from exportctl.api import RolePermission

from ..models import ListCode, ListedParty, Listing


class ListingOut(serializers.ModelSerializer[Listing]):
    """One list's entry; `date_basis` says whether its dates were read in their source."""

    version_added = serializers.IntegerField(source="added_in.number")
    version_removed = serializers.IntegerField(source="removed_in.number", default=None)

    class Meta:
        model = Listing
        fields = ("list", "effective_on", "published_on", "date_basis", "ended_on", "requirement_code",
                  "requirement_text", "policy_code", "policy_text", "footnotes", "citations", "source_url",
                  "version_added", "version_removed")  # fmt: skip


class ListedPartyOut(serializers.ModelSerializer[ListedParty]):
    listings = ListingOut(many=True)

    class Meta:
        model = ListedParty
        fields = ("id", "source", "key", "name", "kind", "group", "names", "countries", "addresses",
                  "identifiers",
                  "birth_dates", "remarks", "listings")  # fmt: skip


class ListedPartyFilter(django_filters.FilterSet):
    """Without `as_of` the entries in force today; with it those in effect on that day."""

    q = django_filters.CharFilter(method="search", label="Part of a name or alias")
    list = django_filters.MultipleChoiceFilter(choices=ListCode.choices, method="on_list")
    group = django_filters.CharFilter(lookup_expr="iexact")
    source = django_filters.CharFilter(field_name="source_id")
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

    def on_list(self, queryset: Any, name: str, value: Any) -> Any:
        if not value:
            return queryset
        return queryset.filter(Exists(Listing.objects.filter(listed_party=OuterRef("pk"), list__in=value)))

    def on_day(self, queryset: Any, name: str, value: Any) -> Any:
        return queryset.as_of(value)


class ListedPartyViewSet(viewsets.ReadOnlyModelViewSet[ListedParty]):
    """Parties on somebody's list, with their listings; newest first."""

    permission_classes = [RolePermission]
    permissions = {"*": "list.read"}
    queryset = ListedParty.objects.prefetch_related("listings__added_in", "listings__removed_in")
    serializer_class = ListedPartyOut
    filterset_class = ListedPartyFilter

    def filter_queryset(self, queryset: Any) -> Any:
        return super().filter_queryset(queryset) if self.action == "list" else queryset

"""The rows of the list of applications: what each shows, why it waits, and the queues it may be asked for."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from exportctl.models import User
from exportctl.models.order import in_order

from .. import queues, waits
from ..models import Application, ApplicationLine, ReviewBody
from ..models.applications import ApplicationQuerySet
from ..workflow import UNDER_WAY, WORDS
from .case import RoleOut
from .shapes import CompanyBrief, HeldOut


def listed(user: User) -> QuerySet[Application]:
    """What a row shows, in three queries and one for the names of people."""
    lines = ApplicationLine.objects.filter(application=OuterRef("pk"))
    counted = lines.order_by().values("application").annotate(n=Count("pk")).values("n")
    return (
        queues.rows(user)
        .annotate(line_count=Coalesce(Subquery(counted), 0))
        .prefetch_related(*in_order(Application, "roles"), "roles__party")
    )


class ApplicationFilter(django_filters.FilterSet):
    """`status` may be given more than once; `q` finds a number or a party's name. `assigned_to` is "me", "none" or a
    user name; with `body` it is of the lanes of that body that wait for its position."""

    status = django_filters.MultipleChoiceFilter(
        choices=[(each.value, words) for each, words in WORDS.items()]
    )
    q = django_filters.CharFilter(method="named", label="A number, or a part of a party's name")
    assigned_to = django_filters.CharFilter(method="queued", label="Who works it: me, none, or a user name")
    body = django_filters.ModelChoiceFilter(
        queryset=ReviewBody.objects.order_by("pk"), to_field_name="code", method="queued",
        label="Whose lane waits: a review body, by its code",
    )  # fmt: skip
    under_way = django_filters.BooleanFilter(method="worked", label="Filed and not closed")

    class Meta:
        model = Application
        fields: tuple[str, ...] = ()

    def queued(self, queryset: QuerySet[Application], name: str, value: Any) -> QuerySet[Application]:
        """Both filters of the queue at once; asked for by either."""
        given = self.form.cleaned_data
        if name == "body" and given.get("assigned_to"):
            return queryset  # done by the other
        body = given["body"].code if given.get("body") else ""
        wanted = {"assigned_to": given.get("assigned_to") or "", "body": body}
        return queues.narrowed(queryset, by=self.request.user, **wanted)

    def worked(self, queryset: QuerySet[Application], name: str, value: bool) -> QuerySet[Application]:
        return queryset.filter(status__in=UNDER_WAY) if value else queryset.exclude(status__in=UNDER_WAY)

    def named(self, queryset: QuerySet[Application], name: str, value: str) -> QuerySet[Application]:
        named: ApplicationQuerySet = queryset.named(value.strip())  # type: ignore[attr-defined]
        return named


class ApplicationOut(HeldOut, serializers.ModelSerializer[Application]):
    """A row: who files, for whom, what, and where it stands."""

    status = serializers.CharField()
    status_words = serializers.CharField()
    kind = serializers.CharField()
    route = serializers.CharField()
    applicant = CompanyBrief()
    parties = RoleOut(many=True, source="roles")
    line_count = serializers.IntegerField()
    why = serializers.SerializerMethodField()

    class Meta:
        model = Application
        fields = ("number", "status", "status_words", "kind", "route", "applicant", "parties", "line_count",
                  "assigned_to", "assigned_at", "why", "external_number", "created_at", "submitted_at", "registered_at",
                  "closed_at", "version")  # fmt: skip

    @extend_schema_field({"type": "string", "description": "Why it waits, for whom and since when"})
    def get_why(self, case: Application) -> str:
        return waits.why(queues.figures(case, user=self.context["by"], on=timezone.localdate()))

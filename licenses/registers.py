"""The admin on what stands beside the cases: licenses, determinations, rules, items, policies, seats."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from exportctl.models import User
from exportctl.recordadmin import RecordAdmin, Rows, Verb, WithReason

from . import issued, items, seats
from .models import (
    Act,
    Classification,
    Determination,
    Item,
    License,
    LicenseLine,
    LicenseState,
    Movement,
    Policy,
    PolicyVersion,
    Reliance,
    ReviewBody,
    RuleTable,
    Seat,
    body_name,
)


class LicenseLineRows(Rows):
    model = LicenseLine
    fields = ("number", "name", "eccn", "quantity", "unit", "value", "shipped", "left")
    readonly_fields = ("shipped", "left")


class ActRows(Rows):
    model = Act
    fields = ("kind", "on", "reason", "proposed_by", "confirmed_by")


class VersionRows(Rows):
    model = PolicyVersion
    fields = ("regime", "period", "kind", "policy_code", "summary")


def standing(license: License) -> LicenseState:
    """The license's state today."""
    return license.state(timezone.localdate())


class OnDay(WithReason):
    on = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), help_text="Day it takes effect.")


@admin.register(License)
class LicenseAdmin(RecordAdmin):
    reads = "license.read"
    list_display = ("number", "application", "issued_on", "expires_on", "state")
    fields = ("number", "application", "decision", "issued_on", "expires_on", "state")
    readonly_fields = ("state",)
    search_fields = ("number", "application__number", "application__applicant__name")
    inlines = (LicenseLineRows, ActRows)
    verbs = (
        Verb(
            "suspend", "Suspend", "license.suspend",
            lambda license, fields, **who: issued.suspend(license=license, **fields, **who), OnDay,
            lambda license, user: standing(license) in (LicenseState.ACTIVE, LicenseState.EXHAUSTED),
        ),
        Verb(
            "lift", "Lift the suspension", "license.suspend",
            lambda license, fields, **who: issued.lift(license=license, **fields, **who), OnDay,
            lambda license, user: standing(license) == LicenseState.SUSPENDED,
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).with_ledger()  # type: ignore[attr-defined, no-any-return]

    @admin.display(description="State today")
    def state(self, license: License) -> str:
        return str(standing(license).label)

    def workbench(self: License) -> str:  # type: ignore[override]
        return reverse("licenses:license", args=[self.number])


@admin.register(Movement)
class MovementAdmin(RecordAdmin):
    reads = "license.read"
    within = ("line__license", License)
    list_display = ("line", "kind", "quantity", "value", "shipped_on", "reference", "by")
    list_select_related = ("line__license", "by")


class RelianceRows(Rows):
    model = Reliance
    fields = ("reference", "shipped_on", "value", "by", "at")


@admin.register(Determination)
class DeterminationAdmin(RecordAdmin):
    """Signed on the page of the case; here they are found and read."""

    reads = "application.read"
    list_display = (
        "number", "application", "result", "symbol", "state", "valid_until", "proposed_by", "signed_by",
    )  # fmt: skip
    list_filter = ("state", "result")
    list_select_related = ("memo__application", "proposed_by", "signed_by")
    search_fields = ("number", "memo__application__number", "memo__application__applicant__name")
    inlines = (RelianceRows,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("memo__pdf", "memo__html")

    @admin.display(description="Application")
    def application(self, made: Determination) -> str:
        return made.memo.application.number

    def workbench(self: Determination) -> str:  # type: ignore[override]
        return reverse("licenses:determination", args=[self.memo.application.number])


@admin.register(RuleTable)
class RuleTableAdmin(RecordAdmin):
    """Editions of rule tables read from files; an edition is never replaced."""

    reads = "policy.read"
    whole = True
    list_display = ("kind", "edition_on", "count", "file", "imported_by", "imported_at")
    list_filter = ("kind",)
    list_select_related = ("imported_by",)
    fields = ("kind", "edition_on", "count", "file", "sha256", "imported_by", "imported_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("rows")


@admin.register(Classification)
class ClassificationAdmin(RecordAdmin):
    """The classification register; proposed and signed on the page of the item."""

    reads = "application.read"
    whole = True
    list_display = ("item", "eccn", "basis", "state", "engineer", "reviewer", "signed_at", "review_on")
    list_filter = ("state", "basis")
    list_select_related = ("item", "engineer", "reviewer")
    search_fields = ("item__part_number", "item__name", "eccn", "number")

    def history_of(self, record: Classification) -> Item:
        return record.item

    def workbench(self: Classification) -> str:  # type: ignore[override]
        return reverse("licenses:item", args=[self.item_id])


class NewItem(forms.Form):
    part_number = forms.CharField()
    name = forms.CharField()
    eccn = forms.CharField(label="ECCN", help_text="With its paragraph, for example 3A991.a.1, or EAR99.")
    description = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))


@admin.register(Item)
class ItemAdmin(RecordAdmin):
    reads = "application.read"
    whole = True
    list_display = ("part_number", "name", "eccn", "unit", "manufacturer")
    search_fields = ("part_number", "name", "eccn")
    list_verbs = (
        Verb(
            "add",
            "Add an item",
            "item.change",
            lambda record, fields, **who: items.add(**fields, **who),
            NewItem,
        ),
    )


@admin.register(Policy)
class PolicyAdmin(RecordAdmin):
    reads = "policy.read"
    whole = True
    list_display = ("code", "name", "group")
    inlines = (VersionRows,)

    def workbench(self: Policy) -> str:  # type: ignore[override]
        return reverse("licenses:policies")


class NewSeat(forms.Form):
    user = forms.ModelChoiceField(User.objects.none())
    body = forms.ChoiceField()
    since = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = User.objects.filter(kind="person", is_active=True).order_by("username")  # type: ignore[attr-defined]
        standing = ReviewBody.objects.filter(until=None).order_by("pk")
        self.fields["body"].choices = list(standing.values_list("code", "name"))  # type: ignore[attr-defined]


class SeatEnd(forms.Form):
    until = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))


@admin.register(Seat)
class SeatAdmin(RecordAdmin):
    reads = "people.manage"
    whole = True
    list_display = ("user", "sits_for", "since", "until")
    list_select_related = ("user",)
    list_verbs = (
        Verb(
            "give",
            "Give a seat",
            "people.manage",
            lambda record, fields, **who: seats.give(**fields, **who),
            NewSeat,
        ),
    )
    verbs = (
        Verb(
            "end", "End the seat", "people.manage",
            lambda seat, fields, **who: seats.end(seat=seat, **fields, **who), SeatEnd,
            lambda seat, user: seat.until is None,
        ),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).annotate(body_name=body_name())  # type: ignore[no-any-return]

    @admin.display(description="Body")
    def sits_for(self, seat: Seat) -> str:
        return str(seat.body_name)  # type: ignore[attr-defined]

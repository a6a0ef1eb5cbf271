"""The admin on applications, decisions and licenses: read-only records, acts through verbs.

Approvals and denials have pages of their own. Filing, review and shipping live in the workbench.
"""

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

from . import applications, decisions, issued, items, ladder, reviewadmin, seats
from .forms.ladder import UnregisteredForm
from .models import (
    Act,
    Application,
    ApplicationLine,
    ApplicationParty,
    Approval,
    Body,
    Classification,
    Condition,
    Decision,
    DecisionState,
    Denial,
    Determination,
    Item,
    Letter,
    License,
    LicenseLine,
    LicenseState,
    Movement,
    Policy,
    PolicyVersion,
    Referral,
    Reliance,
    RuleTable,
    Seat,
)

__all__ = ["reviewadmin"]  # registers the records of the review


class RoleRows(Rows):
    model = ApplicationParty
    fields = ("role", "party", "name_as_filed", "country_as_filed")


class LineRows(Rows):
    model = ApplicationLine
    fields = ("number", "name", "eccn", "quantity", "unit", "unit_price", "total_price")


class ReferralRows(Rows):
    model = Referral
    fields = ("body", "referred_at", "referred_by")


class ConditionRows(Rows):
    model = Condition
    fields = ("number", "code", "text", "origin", "proposed_by", "accepted_at", "due_on")


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


def offered(action: str) -> Any:
    """Whether the table lists the action for this case and user; its blockers are shown on the page."""

    def ask(application: Application, user: User) -> bool:
        on = timezone.localdate()
        return any(each.action == action for each in applications.next_actions(application, by=user, on=on))

    return ask


def case_verb(
    action: str, label: str, permission: str, call: Any, form: Any = None, *, step_up: bool = False
) -> Verb:
    """A verb on a case, offered as the transition table says."""
    return Verb(
        action.replace("_", "-"), label, permission, call, form or forms.Form, offered(action), step_up
    )


@admin.register(Application)
class ApplicationAdmin(RecordAdmin):
    reads = "application.read"
    list_display = ("number", "applicant", "status_words", "route", "kind", "submitted_at", "closed_at")
    list_filter = ("status", "route", "kind")
    list_select_related = ("applicant",)
    search_fields = ("number", "applicant__name")
    inlines = (RoleRows, LineRows, ReferralRows, ConditionRows)
    verbs = (
        case_verb(
            "register", "Register", "application.register",
            lambda case, fields, **who: applications.register(application=case, **who),
        ),
        case_verb(
            "return_unregistered", "Return without registration", "application.register",
            lambda case, fields, **who: applications.return_unregistered(application=case, **fields, **who),
            UnregisteredForm,
        ),
        case_verb(
            "convene", "Convene the Operating Committee", "ladder.rule",
            lambda case, fields, **who: ladder.convene(application=case, **who),
        ),
        case_verb(
            "withdraw", "Withdraw", "application.withdraw",
            lambda case, fields, **who: applications.withdraw(application=case, **fields, **who), WithReason,
        ),
        case_verb(
            "countersign", "Countersign the proposed decision", "decision.countersign",
            lambda case, fields, **who: decisions.countersign(application=case, **who), step_up=True,
        ),
        case_verb(
            "send_back", "Send the proposed decision back", "decision.countersign",
            lambda case, fields, **who: decisions.send_back(application=case, **fields, **who), WithReason,
        ),
    )  # fmt: skip

    def workbench(self: Application) -> str:  # type: ignore[override]
        return reverse("licenses:application", args=[self.number])


class DecisionPage(RecordAdmin):
    """Decisions made or proposed; signing is done on the case."""

    reads = "application.read"
    list_display: tuple[str, ...] = (
        "application",
        "outcome",
        "state",
        "authority",
        "proposed_by",
        "countersigned_by",
        "made_at",
    )
    list_filter = ("outcome", "state", "authority", "recorded")
    list_select_related = ("application", "proposed_by", "countersigned_by")
    search_fields = ("application__number", "application__applicant__name")
    outcomes: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = super().get_queryset(request)
        return found.filter(outcome__in=self.outcomes, state=DecisionState.MADE) if self.outcomes else found

    def history_of(self, record: Decision) -> Application:
        return record.application

    def workbench(self: Decision) -> str:  # type: ignore[override]
        return reverse("licenses:application", args=[self.application.number])


@admin.register(Decision)
class DecisionAdmin(DecisionPage):
    pass


@admin.register(Approval)
class ApprovalAdmin(DecisionPage):
    outcomes = ("approve", "approve_conditions")


@admin.register(Denial)
class DenialAdmin(DecisionPage):
    """Intents to deny and the denials they became on day 45 (750.6)."""

    list_display = (
        "application", "outcome", "authority", "legal_basis", "proposed_by", "countersigned_by", "made_at", "final_at",
    )  # fmt: skip
    outcomes = ("deny", "intend_to_deny")


@admin.register(Letter)
class LetterAdmin(RecordAdmin):
    """Letters as they were written; their text and PDF are read in the workbench."""

    reads = "application.read"
    list_display = ("application", "number", "kind", "on", "code", "sha256")
    fields = ("application", "number", "kind", "on", "decision", "replaces", "code", "sha256", "made_at")
    list_filter = ("kind",)
    list_select_related = ("application",)
    search_fields = ("application__number", "code")

    def history_of(self, record: Letter) -> Application:
        return record.application

    def workbench(self: Letter) -> str:  # type: ignore[override]
        return reverse("licenses:letter", args=[self.application.number, self.number])


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
    body = forms.ChoiceField(choices=Body.choices)
    since = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = User.objects.filter(kind="person", is_active=True).order_by("username")  # type: ignore[attr-defined]


class SeatEnd(forms.Form):
    until = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))


@admin.register(Seat)
class SeatAdmin(RecordAdmin):
    reads = "people.manage"
    whole = True
    list_display = ("user", "body", "since", "until")
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

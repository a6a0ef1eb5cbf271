"""The admin on applications, positions, decisions and holds: read-only records, acts through verbs.

Approvals and denials have pages of their own. Filing, review and shipping live in the workbench. `registers` holds
the pages of licenses, determinations, rules, items, policies and seats.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from exportctl.recordadmin import RecordAdmin, Rows, Verb, WithReason

from . import (
    applications,
    assignments,
    corrections,
    decisions,
    holds,
    ladder,
    letterbook,
    registers,
    reviewadmin,
)
from .forms.assignments import RecordAssignForm
from .forms.ladder import UnregisteredForm
from .models import (
    Application,
    ApplicationLine,
    ApplicationParty,
    Approval,
    Condition,
    DecidedLine,
    Decision,
    DecisionState,
    Denial,
    Letter,
    PolicyHold,
    Referral,
)
from .reviewadmin import case_verb

__all__ = ["reviewadmin"]  # registers the records of the review


class RoleRows(Rows):
    model = ApplicationParty
    fields = ("role", "party", "name_as_filed", "country_as_filed")


class LineRows(Rows):
    model = ApplicationLine
    fields = ("number", "name", "eccn", "quantity", "unit", "unit_price", "total_price")


class ReferralRows(Rows):
    model = Referral
    fields = ("body", "referred_at", "referred_by", "assigned_to", "assigned_at")


class ConditionRows(Rows):
    model = Condition
    fields = ("number", "code", "text", "origin", "proposed_by", "accepted_at", "due_on")


@admin.register(Application)
class ApplicationAdmin(RecordAdmin):
    reads = "application.read"
    list_display = (
        "number", "applicant", "status_words", "assigned_to", "route", "kind", "submitted_at", "closed_at",
    )  # fmt: skip
    list_filter = ("status", "route", "kind")
    list_select_related = ("applicant", "assigned_to")
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
            "assign", "Assign", "application.assign",
            lambda case, fields, **who: assignments.assign(application=case, **fields, **who), RecordAssignForm,
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
            "countersign_correction", "Countersign the proposed correction", "decision.countersign",
            lambda case, fields, **who: corrections.countersign(application=case, **who), step_up=True,
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

    verbs = (
        Verb(
            "write-letter", "Write its letter", "letter.write",
            lambda decision, fields, **who: f"{letterbook.write_owed(decision=decision, **who)} is written.",
            offered=lambda decision, user: letterbook.owed(decision) is not None,
        ),
    )  # fmt: skip

    def history_of(self, record: Decision) -> Application:
        return record.application

    def workbench(self: Decision) -> str:  # type: ignore[override]
        return reverse("licenses:application", args=[self.application.number])


class DecidedLineRows(Rows):
    model = DecidedLine
    fields = ("number", "quantity", "reason")


@admin.register(PolicyHold)
class PolicyHoldAdmin(RecordAdmin):
    """Policy holds; one is placed in the workbench, where its preview is."""

    reads = "policy.read"
    whole = True
    list_display = (
        "id",
        "party",
        "group",
        "country",
        "eccn",
        "placed_by",
        "placed_at",
        "lifted_by",
        "lifted_at",
    )
    list_filter = ("lifted_at",)
    list_select_related = ("party", "placed_by", "lifted_by")
    search_fields = ("party__name", "group", "reason")
    verbs = (
        Verb(
            "lift", "Lift the hold", "policy.lift",
            lambda hold, fields, **who: holds.lift(hold=hold, **fields, **who), WithReason,
            lambda hold, user: hold.lifted_at is None,
        ),
    )  # fmt: skip


@admin.register(Decision)
class DecisionAdmin(DecisionPage):
    pass


@admin.register(Approval)
class ApprovalAdmin(DecisionPage):
    outcomes = ("approve", "approve_conditions", "approve_part")


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


__all__ = ["registers", "reviewadmin"]  # their pages register themselves

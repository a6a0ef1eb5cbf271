"""The admin on what a review leaves behind: positions, conditions, questions, rulings, escalations, appeals.

Read-only; `PARTS` is the table of what can be done to one of them here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from exportctl.models import User
from exportctl.recordadmin import Confirm, RecordAdmin, Rows, Verb, WithReason

from . import appeals, applications, bodies, conditions, delegations, questions
from .forms.bodies import BodyForm, EndBodyForm, NewBodyForm
from .forms.delegations import DelegationForm, EndDelegationForm
from .models import (
    Appeal,
    AppealPaper,
    AppealWithdrawal,
    Application,
    Condition,
    ConditionStep,
    Delegation,
    Escalation,
    Question,
    Recommendation,
    ReviewBody,
    Ruling,
    Waiver,
)


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


def part_verb(part: str, action: str, label: str, permission: str, call: Any, form: type[forms.Form]) -> Verb:
    """A verb on a part of a case, offered while the part stands and the transition table says so."""
    listed = offered(action)

    def call_on(record: Any, fields: dict[str, Any], **who: Any) -> None:
        call(**{part: record.application if part == "application" else record}, **fields, **who)

    return Verb(
        action.replace("_", "-"), label, permission, call_on, form,
        lambda record, user: STANDS[type(record)](record) and listed(record.application, user),
    )  # fmt: skip


# whether a part of a case still stands, so that something can be done to it
STANDS: dict[type[Any], Callable[[Any], bool]] = {
    Appeal: lambda appeal: not appeal.withdrawals.exists(),
    Condition: lambda condition: condition.withdrawn_at is None and condition.waived_at is None,
    Question: lambda question: question.open,
}
# part of the case -> action of the table, its words, who may, the verb, what it asks for
PARTS: dict[type[Any], tuple[Verb, ...]] = {
    part: tuple(part_verb(name, *row) for row in rows)
    for part, name, rows in (
        (Appeal, "application", (
            ("withdraw_appeal", "Withdraw the appeal", "application.file", appeals.withdraw, WithReason),
        )),
        (Condition, "condition", (
            ("remove_condition", "Remove", "condition.propose", conditions.remove, WithReason),
            ("waive_condition", "Waive", "condition.waive", conditions.waive, WithReason),
        )),
        (Question, "question", (
            ("remind_question", "Remind", "question.ask", questions.remind, Confirm),
            ("withdraw_question", "Withdraw", "question.ask", questions.withdraw, WithReason),
        )),
    )
}  # fmt: skip


@admin.register(ReviewBody)
class ReviewBodyAdmin(RecordAdmin):
    """Review bodies; the regulation's stand, one's own are added, changed and ended."""

    reads = "body.read"
    whole = True
    list_display = ("name", "code", "kind", "days", "objection_blocks", "since", "until")
    list_filter = ("kind",)
    list_verbs = (
        Verb("add", "Add a body of one's own", "body.manage",
             lambda record, fields, **who: bodies.add(**fields, **who), NewBodyForm),
    )  # fmt: skip
    verbs = (
        Verb("change", "Change the body", "body.manage",
             lambda body, fields, **who: bodies.change(body=body, **fields, **who), BodyForm,
             lambda body, user: body.own and body.until is None),
        Verb("end", "End the body", "body.manage",
             lambda body, fields, **who: bodies.end(body=body, **fields, **who), EndBodyForm,
             lambda body, user: body.own and body.until is None),
    )  # fmt: skip

    def workbench(self: ReviewBody) -> str:  # type: ignore[override]
        return reverse("licenses:bodies")


@admin.register(Delegation)
class DelegationAdmin(RecordAdmin):
    """Delegations of authority; the workbench previews what a new one covers."""

    reads = "delegation.read"
    whole = True
    list_display = (
        "body",
        "reference",
        "since",
        "until",
        "given_by",
        "recorded_by",
        "recorded_at",
        "ended_at",
    )
    list_filter = ("body",)
    list_select_related = ("recorded_by",)
    search_fields = ("reference", "given_by")
    list_verbs = (
        Verb("record", "Record a delegation", "delegation.record",
             lambda record, fields, **who: delegations.record(**fields, **who), DelegationForm),
    )  # fmt: skip
    verbs = (
        Verb("end", "End the delegation", "delegation.record",
             lambda row, fields, **who: delegations.end(delegation=row, **fields, **who), EndDelegationForm,
             lambda row, user: row.ended_at is None),
    )  # fmt: skip

    def workbench(self: Delegation) -> str:  # type: ignore[override]
        return reverse("licenses:delegations")


@admin.register(Waiver)
class WaiverAdmin(RecordAdmin):
    """Agencies that cases were not referred to, each with the delegation of that day."""

    reads = "review.read"
    list_display = ("application", "body", "reference", "since", "on", "by")
    list_filter = ("body",)
    list_select_related = ("application", "by")
    search_fields = ("application__number", "reference")

    def history_of(self, record: Waiver) -> Application:
        return record.application

    def workbench(self: Waiver) -> str:  # type: ignore[override]
        return reverse("licenses:application", args=[self.application.number])


@admin.register(Recommendation)
class RecommendationAdmin(RecordAdmin):
    reads = "review.read"
    within = ("referral__application", Application)
    list_display = ("referral", "position", "by", "at")
    list_select_related = ("referral__application", "by")


@admin.register(Ruling)
class RulingAdmin(RecordAdmin):
    """What the forums of the ladder ruled; they are recorded in the workbench."""

    reads = "review.read"
    within = ("application", Application)
    list_display = ("application", "forum", "outcome", "by", "at")
    list_filter = ("forum", "outcome")
    list_select_related = ("application", "by")


@admin.register(Escalation)
class EscalationAdmin(RecordAdmin):
    reads = "review.read"
    within = ("application", Application)
    list_display = ("application", "body", "target", "signatory", "office", "at")
    list_filter = ("target", "body")
    list_select_related = ("application",)


class PaperRows(Rows):
    model = AppealPaper
    fields = ("title", "text", "by", "at")


class WithdrawalRows(Rows):
    model = AppealWithdrawal
    fields = ("reason", "by", "at")


@admin.register(Appeal)
class AppealAdmin(RecordAdmin):
    reads = "application.read"
    verbs = PARTS[Appeal]
    within = ("application", Application)
    list_display = ("application", "notice_on", "final_on", "last_day", "hearing", "by", "at")
    list_select_related = ("application", "by")
    inlines = (PaperRows, WithdrawalRows)

    def history_of(self, record: Appeal) -> Application:
        return record.application

    def workbench(self: Appeal) -> str:  # type: ignore[override]
        return reverse("licenses:application", args=[self.application.number])


class StepRows(Rows):
    model = ConditionStep
    fields = ("kind", "by", "body", "at", "before", "after", "reason", "due_on")


@admin.register(Condition)
class ConditionAdmin(RecordAdmin):
    """Conditions with every step; they are proposed, changed and met on the case."""

    reads = "review.read"
    verbs = PARTS[Condition]
    list_display = ("application", "number", "code", "origin", "accepted_at", "withdrawn_at", "waived_at")
    list_filter = ("code", "origin")
    list_select_related = ("application",)
    search_fields = ("application__number", "text")
    inlines = (StepRows,)

    def history_of(self, record: Condition) -> Application:
        return record.application

    def workbench(self: Condition) -> str:  # type: ignore[override]
        return reverse("licenses:application", args=[self.application.number]) + "#conds"


@admin.register(Question)
class QuestionAdmin(RecordAdmin):
    """Questions to the filer and from agencies; asked and answered on the case."""

    reads = "review.read"
    verbs = PARTS[Question]
    list_display = (
        "application",
        "number",
        "body",
        "to",
        "asked_on",
        "due_on",
        "answered_at",
        "withdrawn_at",
    )
    list_filter = ("to", "body")
    list_select_related = ("application",)
    search_fields = ("application__number", "text")

    def history_of(self, record: Question) -> Application:
        return record.application

    def workbench(self: Question) -> str:  # type: ignore[override]
        return reverse("licenses:application", args=[self.application.number]) + "#questions"

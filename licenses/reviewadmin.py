"""The admin on what a review leaves behind: positions, conditions, rulings, escalations, appeals. Read-only."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse

from exportctl.recordadmin import RecordAdmin, Rows

from .models import (
    Appeal,
    Application,
    Condition,
    ConditionStep,
    Escalation,
    Question,
    Recommendation,
    Ruling,
)


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


@admin.register(Appeal)
class AppealAdmin(RecordAdmin):
    reads = "application.read"
    within = ("application", Application)
    list_display = ("application", "notice_on", "final_on", "last_day", "hearing", "by", "at")
    list_select_related = ("application", "by")


class StepRows(Rows):
    model = ConditionStep
    fields = ("kind", "by", "body", "at", "before", "after", "reason", "due_on")


@admin.register(Condition)
class ConditionAdmin(RecordAdmin):
    """Conditions with every step; what is done to one is done on its case."""

    reads = "review.read"
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

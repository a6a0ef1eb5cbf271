"""The admin on what a review leaves behind: positions, rulings, escalations, appeals. Read-only."""

from __future__ import annotations

from django.contrib import admin

from exportctl.recordadmin import RecordAdmin

from .models import Appeal, Application, Escalation, Recommendation, Ruling


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

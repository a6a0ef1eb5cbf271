"""The review: seats, referrals to bodies, their positions, clock stops (15 CFR 750.3, 750.4)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from .applications import Application
from .bodies import Body

USER = settings.AUTH_USER_MODEL


class Position(models.TextChoices):
    APPROVE = "approve", "Approve"
    APPROVE_CONDITIONS = "approve_conditions", "Approve with conditions"
    NO_OBJECTION = "no_objection", "No objection"
    DENY = "deny", "Deny"


class Stance(models.TextChoices):
    """What a body of one's own says. Only an agency approves or denies."""

    AGREE = "agree", "Agrees"
    AGREE_CONDITIONS = "agree_conditions", "Agrees with conditions"
    NO_VIEW = "no_view", "No view"
    OBJECT = "object", "Objects"


class StopReason(models.TextChoices):
    """Clock exclusions of 750.4(b) and (d)(1)."""

    APPLICANT_INFO = "APPLICANT_INFO", "applicant answers questions or considers conditions"
    ITD_NEGOTIATION = "ITD_NEGOTIATION", "modifications are negotiated after an intent-to-deny letter"
    PLC = "PLC", "pre-license check"
    GOV_ASSURANCE = "GOV_ASSURANCE", "government-to-government end-use assurance"
    GOV_CONSULT = "GOV_CONSULT", "consultation under a bilateral arrangement or regime"
    MULTILATERAL = "MULTILATERAL", "multilateral regime review"
    CONGRESS_6J = "CONGRESS_6J", "Congress is told of a license for a country that supports terrorism"
    CONGRESS_743_5 = "CONGRESS_743_5", "notification and prior consultations under 743.5"
    TTCP = "TTCP", "Defense technology-transfer control plan, NSA plan or launch monitoring"
    AGENCY_INFO = "AGENCY_INFO", "an agency asked for missing referral data"


class Seat(models.Model):
    """A person sits for a review body in a period; `until` None while it lasts.

    `body` is the code of a ReviewBody, held by a foreign key of the database.
    """

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="seats")
    body = models.CharField(max_length=20)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("since")), name="licenses_seat_period"
            ),
            models.UniqueConstraint(
                fields=["user", "body"], condition=Q(until=None), name="licenses_seat_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} for {self.body}"


class Referral(models.Model):
    """A case referred to one body, an agency or one of one's own (`body` is the code of a ReviewBody, held by a foreign
    key of the database); `days` are those it had on that day.

    Day 30 of an agency without a position counts as no objection (750.4(e)). A body of one's own is waited for, or
    its lane is closed with a reason.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="referrals")
    body = models.CharField(max_length=20)
    days = models.PositiveSmallIntegerField(default=30)
    referred_at = models.DateTimeField()
    referred_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    assigned_to = models.ForeignKey(
        USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False,
        help_text="The person of the body who works this lane",
    )  # fmt: skip
    assigned_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closed_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "body"], name="licenses_referral_once"),
            models.CheckConstraint(
                condition=~Q(body__in=Body.values) | Q(days=30, closed_at=None),
                name="licenses_referral_agency_by_law",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None, closed_reason="")
                | Q(closed_at__gte=F("referred_at"), closed_by__isnull=False) & ~Q(closed_reason=""),
                name="licenses_referral_closing_paired",
            ),
            models.CheckConstraint(
                condition=Q(assigned_to=None, assigned_at=None)
                | Q(assigned_to__isnull=False, assigned_at__isnull=False, assigned_at__gte=F("referred_at")),
                name="licenses_referral_assigned_paired",
            ),
        ]
        indexes = [
            models.Index(
                fields=["assigned_to", "application"],
                name="licenses_referral_desk",
                condition=Q(assigned_to__isnull=False),
            ),
            models.Index(
                fields=["application"],
                name="licenses_referral_own_open",
                condition=~Q(body__in=Body.values) & Q(closed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} to {self.body}"

    @property
    def own(self) -> bool:
        """Whether the body is one of one's own; the regulation's are four."""
        return self.body not in Body.values


class Recommendation(models.Model):
    """A body's position (of one's own: its view). Append-only: a later one supersedes, the earlier stays.

    A trigger holds the positions of `Position` to agencies and those of `Stance` to bodies of one's own.
    """

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="recommendations")
    position = models.CharField(max_length=20, choices=[*Position.choices, *Stance.choices])
    reason = models.TextField()
    legal_basis = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(position__in=[*Position.values, *Stance.values]),
                name="licenses_recommendation_known",
            ),
            models.CheckConstraint(
                condition=~Q(position="deny") | ~Q(legal_basis=""), name="licenses_objection_has_basis"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.referral}: {self.position}"


class ClockStop(models.Model):
    """A dated interval in which the legal clock stands still (750.4(b), (d)(1))."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="stops")
    reason = models.CharField(max_length=20, choices=StopReason)
    note = models.TextField(blank=True)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    completed_on = models.DateField(
        null=True, blank=True, help_text="The day a pre-license check was completed; the stop lasts"
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "reason"], condition=Q(ended_at=None), name="licenses_stop_open_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False, ended_at__gte=F("started_at")),
                name="licenses_stop_end_paired",
            ),
            models.CheckConstraint(
                condition=Q(completed_on=None) | Q(reason="PLC"), name="licenses_stop_completed_check"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.reason}"

"""Conditions: what the license asks for, and every step of each from its proposal on (15 CFR 750.7(d))."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from exportctl.models import User

from .applications import Application, PartyRole
from .bodies import Body
from .filings import Attachment

USER = settings.AUTH_USER_MODEL


class ConditionCode(models.TextChoices):
    """The kinds of the table `riders.RIDERS`."""

    END_USE_ONLY = "END_USE_ONLY", "End use only"
    NO_REEXPORT = "NO_REEXPORT", "No reexport"
    NO_TRANSFER = "NO_TRANSFER", "No transfer in country"
    NAMED_SITE = "NAMED_SITE", "Named site"
    NATIONALITY_LIMIT = "NATIONALITY_LIMIT", "Nationality limit"
    QUANTITY_CAP = "QUANTITY_CAP", "Quantity cap"
    VALUE_TOLERANCE = "VALUE_TOLERANCE", "Value tolerance"
    SHIP_REPORT = "SHIP_REPORT", "Report after each shipment"
    DELIVERY_PROOF = "DELIVERY_PROOF", "Proof of delivery"
    PERIODIC_REPORT = "PERIODIC_REPORT", "Periodic report"
    ACKNOWLEDGEMENT = "ACKNOWLEDGEMENT", "Written acknowledgment"
    AES_DETAIL = "AES_DETAIL", "Detail in the export filing"
    EXPIRY_OVERRIDE = "EXPIRY_OVERRIDE", "Earlier or later end"
    OTHER = "OTHER", "Other"


class StepKind(models.TextChoices):
    """What happened to a condition."""

    PROPOSED = "proposed", "Proposed"
    CHANGED = "changed", "Changed"
    AGREED = "agreed", "Agreed"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    REMOVED = "removed", "Removed"
    MET = "met", "Shown as met"
    WAIVED = "waived", "Waived"


class ConditionQuerySet(models.QuerySet["Condition"]):
    def for_user(self, user: User) -> Self:
        """Conditions of the applications the user sees."""
        return self.filter(application__in=Application.objects.for_user(user))

    def live(self) -> Self:
        """Neither removed nor waived."""
        return self.filter(withdrawn_at=None, waived_at=None)


class Condition(models.Model):
    """A condition as it stands; `steps` tell how it came to that. A number is never given twice."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="conditions")
    number = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=20, choices=ConditionCode)
    text = models.TextField()
    params = models.JSONField(default=dict, blank=True, help_text="The figures of the kind, as text")
    addressee = models.CharField(max_length=25, choices=PartyRole, default=PartyRole.APPLICANT)
    origin = models.CharField(max_length=10, choices=Body)
    proposed_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    accepted_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    declined_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="When it was removed")
    due_on = models.DateField(null=True, blank=True, help_text="First day something is due under it")
    met_at = models.DateTimeField(null=True, blank=True, help_text="When something was last shown under it")
    waived_at = models.DateTimeField(null=True, blank=True)

    objects = ConditionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="licenses_condition_number_once"),
            models.CheckConstraint(
                condition=Q(origin__in=Body.values), name="licenses_condition_origin_known"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="licenses_condition_acceptance_paired",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(declined_at=None),
                name="licenses_condition_accepted_or_declined",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(waived_at=None, met_at=None),
                name="licenses_condition_removed_before_issue",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} condition {self.number}"

    @property
    def open(self) -> bool:
        """Whether it still waits for the filer."""
        return self.withdrawn_at is None and self.accepted_at is None


class ConditionStep(models.Model):
    """One step of a condition: who, for which body, when, the words before and after, why. Append-only."""

    condition = models.ForeignKey(Condition, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=StepKind)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    body = models.CharField(
        max_length=10,
        choices=Body,
        blank=True,
        help_text="For which the person acted; empty for the applicant",
    )
    at = models.DateTimeField()
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    params = models.JSONField(default=dict, blank=True)
    reason = models.TextField(blank=True)
    due_on = models.DateField(null=True, blank=True, help_text="The due day that was met")
    evidence = models.ForeignKey(
        Attachment, on_delete=models.PROTECT, null=True, blank=True, related_name="shows"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=StepKind.values), name="licenses_condition_step_known"
            ),
            models.CheckConstraint(
                condition=Q(body__in=["", *Body.values]), name="licenses_condition_step_body_known"
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["declined", "removed", "waived"]) | ~Q(reason=""),
                name="licenses_condition_step_reasoned",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["proposed", "changed"]) | ~Q(after=""),
                name="licenses_condition_step_worded",
            ),
            models.UniqueConstraint(
                fields=["condition"], condition=Q(kind="waived"), name="licenses_condition_waived_once"
            ),
            models.UniqueConstraint(
                fields=["condition"], condition=Q(kind="removed"), name="licenses_condition_removed_once"
            ),
            models.UniqueConstraint(
                fields=["condition", "due_on"], condition=Q(kind="met"), nulls_distinct=False,
                name="licenses_condition_met_once",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.condition}: {self.kind}"

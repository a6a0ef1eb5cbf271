"""Conditions: who proposed each, who accepted it, what is due under it (15 CFR 750.7(d))."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from .applications import Application
from .referrals import Body

USER = settings.AUTH_USER_MODEL


class ConditionCode(models.TextChoices):
    END_USE_ONLY = "END_USE_ONLY", "End use only"
    NO_REEXPORT = "NO_REEXPORT", "No reexport"
    NO_TRANSFER = "NO_TRANSFER", "No transfer in country"
    NAMED_SITE = "NAMED_SITE", "Named site"
    QUANTITY_CAP = "QUANTITY_CAP", "Quantity cap"
    SHIP_REPORT = "SHIP_REPORT", "Report after each shipment"
    PERIODIC_REPORT = "PERIODIC_REPORT", "Periodic report"
    ACKNOWLEDGEMENT = "ACKNOWLEDGEMENT", "Written acknowledgment"
    OTHER = "OTHER", "Other"


class Condition(models.Model):
    """A condition with its origin, the applicant's acceptance and, on a license, its due day and proof."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="conditions")
    number = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=20, choices=ConditionCode)
    text = models.TextField()
    origin = models.CharField(max_length=10, choices=Body)
    proposed_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    accepted_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    due_on = models.DateField(
        null=True, blank=True, help_text="Next day something is due under the condition"
    )
    met_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="licenses_condition_number_once"),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="licenses_condition_acceptance_paired",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(withdrawn_at=None),
                name="licenses_condition_accepted_or_withdrawn",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} condition {self.number}"

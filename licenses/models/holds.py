"""Policy holds: while one covers a case, nobody approves it."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from entities.models import Party

USER = settings.AUTH_USER_MODEL


class PolicyHoldQuerySet(models.QuerySet["PolicyHold"]):
    def standing(self) -> Self:
        """Holds that are not lifted."""
        return self.filter(lifted_at=None)


class PolicyHold(models.Model):
    """A stop to approvals of the cases it covers: all that is named must fit, and something is named."""

    party = models.ForeignKey(
        Party, on_delete=models.PROTECT, null=True, blank=True, related_name="policy_holds"
    )
    group = models.CharField(
        max_length=60, blank=True, help_text="Family of listed parties, for example Huawei"
    )
    country = models.CharField(max_length=2, blank=True, help_text="Of any party abroad")
    eccn = models.CharField("ECCN", max_length=20, blank=True, help_text="Entry or beginning of one")
    reason = models.TextField()
    citation = models.CharField(max_length=200, blank=True)
    placed_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    lifted_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lift_reason = models.TextField(blank=True)

    objects = PolicyHoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(party=None, group="", country="", eccn=""), name="licenses_hold_names_something"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="licenses_hold_has_reason"),
            models.CheckConstraint(
                condition=Q(lifted_at=None, lifted_by=None, lift_reason="")
                | Q(lifted_at__gte=F("placed_at"), lifted_by__isnull=False) & ~Q(lift_reason=""),
                name="licenses_hold_lift_paired",
            ),
            models.CheckConstraint(
                condition=Q(lifted_by=None) | ~Q(lifted_by=F("placed_by")), name="licenses_hold_four_eyes"
            ),
        ]
        indexes = [models.Index(fields=["lifted_at", "-id"], name="licenses_hold_standing")]

    def __str__(self) -> str:
        return f"Hold {self.pk}: {self.reason[:60]}"

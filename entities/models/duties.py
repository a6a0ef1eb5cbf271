"""What a hit obliges to, re-checks of judgments, and who saw personal data unmasked."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from exportctl.models import User

from .lists import ListedParty
from .parties import Party
from .screening import Hit, HitOutcome


class DutyKind(models.TextChoices):
    UVL_STATEMENT = "uvl_statement", "UVL statement"
    OFAC_REPORT = "ofac_report", "Report to OFAC"
    ORDER_READING = "order_reading", "Reading of a non-standard denial order"
    SSI_DIRECTIVE = "ssi_directive", "Which SSI directive applies"
    ORDER_ENDED = "order_ended", "Denial order past its end"


class DutyQuerySet(models.QuerySet["Duty"]):
    def for_user(self, user: User) -> Self:
        """Duties on the hits the user may see."""
        return self.filter(hit__in=Hit.objects.for_user(user))

    def open(self) -> Self:
        """Neither done nor dropped."""
        return self.filter(done_at=None, dropped_at=None)


class Duty(models.Model):
    """A task that a true match opens, with its day; done with a result, dropped when the match falls."""

    hit = models.ForeignKey(Hit, on_delete=models.PROTECT, related_name="duties")
    kind = models.CharField(max_length=20, choices=DutyKind)
    due_on = models.DateField()
    concerns_on = models.DateField(
        null=True, blank=True, help_text="The end of the denial order that is reviewed"
    )
    opened_at = models.DateTimeField()
    result = models.TextField(blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    done_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "duties"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=DutyKind.values), name="entities_duty_kind_known"),
            models.UniqueConstraint(
                fields=["hit", "kind", "concerns_on"],
                condition=Q(dropped_at=None),
                nulls_distinct=False,
                name="entities_duty_once_a_day",
            ),  # fmt: skip
            models.CheckConstraint(
                condition=Q(kind="order_ended", concerns_on__isnull=False)
                | ~Q(kind="order_ended") & Q(concerns_on=None),
                name="entities_duty_concerns_paired",
            ),
            models.CheckConstraint(
                condition=Q(done_by=None, done_at=None, result="")
                | Q(done_by__isnull=False, done_at__isnull=False) & ~Q(result=""),
                name="entities_duty_done_paired",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"], condition=Q(done_at=None, dropped_at=None), name="entities_duty_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.hit}"


class Recheck(models.Model):
    """A closed hit judged once more by another person who does not see how it was judged."""

    hit = models.ForeignKey(Hit, on_delete=models.PROTECT, related_name="rechecks")
    was = models.CharField(max_length=15, choices=HitOutcome, help_text="How it had been judged")
    judged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    outcome = models.CharField(max_length=15, choices=HitOutcome, blank=True)
    note = models.TextField(blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hit"], condition=Q(at=None), name="entities_recheck_open_once"),
            models.CheckConstraint(
                condition=Q(by=None, at=None, outcome="")
                | Q(by__isnull=False, at__isnull=False) & ~Q(outcome=""),
                name="entities_recheck_paired",
            ),
            models.CheckConstraint(
                condition=Q(by=None) | ~Q(by=F("judged_by")), name="entities_recheck_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"Re-check of {self.hit}"


class FullView(models.Model):
    """Somebody looked at birth dates and document numbers of a person unmasked: the access log."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    hit = models.ForeignKey(Hit, on_delete=models.PROTECT, null=True, blank=True, related_name="full_views")
    party = models.ForeignKey(
        Party, on_delete=models.PROTECT, null=True, blank=True, related_name="full_views"
    )
    listed_party = models.ForeignKey(
        ListedParty, on_delete=models.PROTECT, null=True, blank=True, related_name="full_views"
    )
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["hit", "-id"], name="entities_fullview_of")]
        constraints = [
            models.CheckConstraint(
                condition=Q(hit__isnull=False, party=None, listed_party=None)
                | Q(hit=None, party__isnull=False, listed_party=None)
                | Q(hit=None, party=None, listed_party__isnull=False),
                name="entities_fullview_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} saw {self.hit or self.party or self.listed_party} in full"

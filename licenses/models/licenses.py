"""Licenses, their lines, and the ledger of movements. Status is derived, never stored."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum

from exportctl import roles
from exportctl.models import User
from exportctl.models.order import in_order

from .applications import Application, ApplicationLine
from .decisions import Decision

USER = settings.AUTH_USER_MODEL


class LicenseState(models.TextChoices):
    """What `License.state(on)` answers."""

    ACTIVE = "active", "Active"
    EXHAUSTED = "exhausted", "Quantity complete"
    EXPIRED = "expired", "Expired"
    SUSPENDED = "suspended", "Suspended"
    REVOKED = "revoked", "Revoked"


class LicenseQuerySet(models.QuerySet["License"]):
    def for_user(self, user: User) -> Self:
        if roles.sees(user) == "all":
            return self
        return self.filter(application__in=Application.objects.for_user(user))

    def with_ledger(self) -> Self:
        """Load lines with their shipped sums, acts and conditions in a fixed number of queries."""
        return self.select_related("application__applicant", "decision").prefetch_related(
            models.Prefetch("lines", queryset=LicenseLine.objects.with_shipped().order_by("number")),
            *in_order(License, "acts", "application__roles"),
            "application__roles__party",
        )

    def running(self, on: date) -> Self:
        """Licenses neither expired nor revoked on the day."""
        return self.filter(issued_on__lte=on, expires_on__gte=on).exclude(
            acts__kind="revoked", acts__on__lte=on
        )


class License(models.Model):
    """A license. Valid through `expires_on` (750.7(g)); its state is computed from dates and ledger."""

    number = models.CharField(max_length=10, unique=True)
    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="license")
    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="license")
    issued_on = models.DateField()
    expires_on = models.DateField()
    created_at = models.DateTimeField()

    objects = LicenseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(number__regex=r"^[A-Z][0-9]{6,8}$"), name="licenses_number_form"
            ),
            models.CheckConstraint(condition=Q(expires_on__gt=F("issued_on")), name="licenses_expires_later"),
        ]

    def __str__(self) -> str:
        return self.number

    def state(self, on: date) -> LicenseState:
        """The license's state on a day, from its acts, dates and ledger; reads `acts` and `lines`."""
        acts = sorted((act for act in self.acts.all() if act.on <= on), key=lambda act: (act.on, act.pk))
        if any(act.kind == Act.Kind.REVOKED for act in acts):
            return LicenseState.REVOKED
        if on > self.expires_on:
            return LicenseState.EXPIRED
        if acts and acts[-1].kind == Act.Kind.SUSPENDED:
            return LicenseState.SUSPENDED
        lines = list(self.lines.all())
        if lines and all(line.shipped >= line.quantity for line in lines):
            return LicenseState.EXHAUSTED
        return LicenseState.ACTIVE


class Act(models.Model):
    """What was done to a license after its issue: suspended, suspension lifted, revoked (750.8)."""

    class Kind(models.TextChoices):
        SUSPENDED = "suspended", "Suspended"
        LIFTED = "lifted", "Suspension lifted"
        REVOKED = "revoked", "Revoked"

    license = models.ForeignKey(License, on_delete=models.PROTECT, related_name="acts")
    kind = models.CharField(max_length=10, choices=Kind)
    on = models.DateField()
    reason = models.TextField()
    proposed_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["license"], condition=Q(kind="revoked"), name="licenses_revoked_once"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("proposed_by")),
                name="licenses_act_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(kind="revoked") | Q(confirmed_by__isnull=False),
                name="licenses_revocation_needs_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.license} {self.kind} on {self.on}"


class LicenseLineQuerySet(models.QuerySet["LicenseLine"]):
    def with_shipped(self) -> Self:
        """Annotate the shipped quantity and value of each line."""
        return self.annotate(_shipped=Sum("movements__quantity"), _shipped_value=Sum("movements__value"))


class LicenseLine(models.Model):
    """What the license covers: an authorized quantity and value in US dollars."""

    license = models.ForeignKey(License, on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveSmallIntegerField()
    application_line = models.OneToOneField(
        ApplicationLine, on_delete=models.PROTECT, related_name="license_line"
    )
    name = models.CharField(max_length=200)
    eccn = models.CharField("ECCN", max_length=20)
    quantity = models.DecimalField(max_digits=16, decimal_places=3)
    unit = models.CharField(max_length=20)
    value = models.DecimalField(max_digits=18, decimal_places=2)

    objects = LicenseLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["license", "number"], name="licenses_licenseline_number_once"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="licenses_licenseline_quantity_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.license} line {self.number}"

    @property
    def shipped(self) -> Decimal:
        """Net quantity shipped; from the annotation of `with_shipped` or one query."""
        if not hasattr(self, "_shipped"):
            self._shipped = self.movements.aggregate(sum=Sum("quantity"))["sum"]
        return self._shipped or Decimal(0)

    @property
    def shipped_value(self) -> Decimal:
        if not hasattr(self, "_shipped_value"):
            self._shipped_value = self.movements.aggregate(sum=Sum("value"))["sum"]
        return self._shipped_value or Decimal(0)

    @property
    def left(self) -> Decimal:
        return self.quantity - self.shipped

    @property
    def used_percent(self) -> int:
        return int(self.shipped * 100 / self.quantity)


class Movement(models.Model):
    """One entry of the ledger: a shipment (positive) or its reversal (negative). Append-only."""

    class Kind(models.TextChoices):
        SHIPMENT = "shipment", "Shipment"
        REVERSAL = "reversal", "Reversal"

    line = models.ForeignKey(LicenseLine, on_delete=models.PROTECT, related_name="movements")
    kind = models.CharField(max_length=10, choices=Kind)
    quantity = models.DecimalField(max_digits=16, decimal_places=3)
    value = models.DecimalField(max_digits=18, decimal_places=2)
    shipped_on = models.DateField()
    itn = models.CharField("ITN", max_length=20, blank=True, help_text="Internal transaction number of AES")
    reference = models.CharField(max_length=60, blank=True, help_text="Order or invoice")
    idempotency_key = models.CharField(max_length=100, unique=True)
    reverses = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reversed_by"
    )
    reason = models.TextField(blank=True)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="shipment", quantity__gt=0, value__gte=0, reverses=None)
                | Q(kind="reversal", quantity__lt=0, value__lte=0, reverses__isnull=False) & ~Q(reason=""),
                name="licenses_movement_kind_paired",
            )
        ]

    def __str__(self) -> str:
        return f"{self.line}: {self.quantity}"

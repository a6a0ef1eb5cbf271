"""Delegations of authority: what an agency need not be referred, and which cases that left out (750.3(b)(1))."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, JSONObject, Now

from exportctl.models import User

from ..delegated import Scope
from .applications import Application
from .bodies import Body

USER = settings.AUTH_USER_MODEL
GIVERS = [
    Body.DEFENSE.value,
    Body.ENERGY.value,
    Body.STATE.value,
]  # Commerce refers; it is not referred to by law


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def standing(self, on: date) -> Self:
        """Those in force on a day."""
        return self.filter(Q(until=None) | Q(until__gt=on), since__lte=on)


class Delegation(models.Model):
    """An agency's paper: applications of this scope are not referred to it from `since` on, before `until`.

    Append-only but for its end, by a trigger. What is named must all fit a case; something is named.
    """

    body = models.CharField(max_length=20, choices=Body)
    eccns = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    reasons = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    places = ArrayField(models.CharField(max_length=3), default=list, blank=True)
    most_value = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    reference = models.CharField(max_length=120)
    given_by = models.CharField(max_length=200, help_text="Name and office of who gave it at the agency")
    since = models.DateField()
    until = models.DateField(null=True, blank=True, help_text="First day without it")
    recorded_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    ended_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.TextField(blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(body__in=GIVERS), name="licenses_delegation_body_known"),
            models.CheckConstraint(
                condition=~Q(eccns=[], reasons=[], places=[], most_value=None),
                name="licenses_delegation_names_something",
            ),
            models.CheckConstraint(
                condition=~Q(reference="") & ~Q(given_by=""), name="licenses_delegation_has_its_paper"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("since")), name="licenses_delegation_period"
            ),
            models.CheckConstraint(
                condition=Q(most_value=None) | Q(most_value__gt=0), name="licenses_delegation_value"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None, end_reason="")
                | Q(ended_at__gte=F("recorded_at"), ended_by__isnull=False, until__isnull=False) & ~Q(end_reason=""),
                name="licenses_delegation_end_paired",
            ),
            models.UniqueConstraint(fields=["body", "reference"], name="licenses_delegation_reference_once"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_body_display()}: {self.reference}"

    @property
    def scope(self) -> Scope:
        return Scope(tuple(self.eccns), tuple(self.reasons), tuple(self.places), self.most_value)


def said_delegations() -> ArraySubquery:
    """Every delegation that has not ended as a column of a query; its page reads the day from each."""
    rows = Delegation.objects.filter(Q(until=None) | Q(until__gt=Now())).order_by("pk")
    return ArraySubquery(
        rows.values(
            said=JSONObject(
                body="body", eccns="eccns", reasons="reasons", places="places",
                most_value=Cast("most_value", models.CharField()), reference="reference", since="since",
            )
        )
    )  # fmt: skip


class WaiverQuerySet(models.QuerySet["Waiver"]):
    def for_user(self, user: User) -> Self:
        """Waivers of the applications the user sees."""
        return self.filter(application__in=Application.objects.for_user(user))


class Waiver(models.Model):
    """A body to which a case was not referred, under a delegation as it stood on that day. Append-only."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="waivers")
    body = models.CharField(max_length=20, choices=Body)
    delegation = models.ForeignKey(Delegation, on_delete=models.PROTECT, related_name="waivers")
    reference = models.CharField(max_length=120, help_text="Of the delegation, as it was")
    since = models.DateField(help_text="The delegation's first day")
    scope = models.TextField(help_text="What the delegation covers, in words")
    on = models.DateField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = WaiverQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "body"], name="licenses_waiver_once"),
            models.CheckConstraint(condition=Q(body__in=GIVERS), name="licenses_waiver_body_known"),
            models.CheckConstraint(condition=Q(on__gte=F("since")), name="licenses_waiver_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.application} not to {self.get_body_display()}: {self.reference}"

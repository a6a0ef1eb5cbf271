"""License review policies as dated versions. Policies may overlap: the most restrictive wins."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q


class PolicyKind(models.TextChoices):
    RULE = "RULE", "Rule (Federal Register)"
    ADMIN = "ADMIN", "Agency act without a rule"
    PRACTICE = "PRACTICE", "Practice, from press reports"
    HOUSE = "HOUSE", "House policy"


class Policy(models.Model):
    """A policy and whom it covers: the listed parties of a group, or one country."""

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=200)
    group = models.CharField(
        max_length=60, blank=True, help_text="Family of listed parties, for example Huawei"
    )
    note = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "policies"

    def __str__(self) -> str:
        return self.name


class PolicyVersionQuerySet(models.QuerySet["PolicyVersion"]):
    def on(self, day: date) -> Self:
        """Versions in force on a day."""
        return self.filter(period__contains=day)


class PolicyVersion(models.Model):
    """What a policy said in a half-open period [from, to)."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions")
    regime = models.CharField(max_length=10, help_text="Short mark, for example H3")
    period = DateRangeField()
    kind = models.CharField(max_length=10, choices=PolicyKind)
    policy_code = models.CharField(max_length=5, blank=True, help_text="PD, POD, CBC, MIXED, PA or none")
    summary = models.TextField()
    practice = models.TextField(blank=True, help_text="What was done, told as practice, never as rule")
    routes = models.TextField(blank=True, help_text="Routes that stayed open")
    citations = models.JSONField(default=list, help_text="[{text, date, kind}]")

    objects = PolicyVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="licenses_policyversion_no_overlap",
                expressions=[("policy", RangeOperators.EQUAL), ("period", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                condition=Q(kind__in=PolicyKind.values), name="licenses_policyversion_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} {self.regime}"

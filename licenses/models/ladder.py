"""The ladder of 750.4(f): rulings of the forums, with their votes, and escalations. Append-only by triggers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from ..workflow import ESCALATES, FORUMS
from .applications import Application
from .bodies import Body

USER = settings.AUTH_USER_MODEL
SECRETARY = "secretary"  # of Commerce, who may call the Review Board (750.4(f)(2))


class RulingOutcome(models.TextChoices):
    APPROVE = "approve", "Approve"
    APPROVE_CONDITIONS = "approve_conditions", "Approve with conditions"
    DENY = "deny", "Deny"


class Office(models.TextChoices):
    """What the signatory of an escalation is."""

    APPOINTEE = "appointee", "Official appointed by the President"
    HEAD = "head", "Head of the agency"


class Ruling(models.Model):
    """What a forum ruled, by its chair or by majority; a later one of the same forum corrects the earlier."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="rulings")
    forum = models.CharField(max_length=10, choices=[(code.value, words) for code, words in FORUMS.items()])
    outcome = models.CharField(max_length=20, choices=RulingOutcome)
    reason = models.TextField()
    votes = models.JSONField(default=dict, help_text="Body to what it voted for")
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(forum__in=[code.value for code in FORUMS]), name="licenses_ruling_forum_known"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=RulingOutcome.values), name="licenses_ruling_outcome_known"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="licenses_ruling_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.get_forum_display()}, {self.get_outcome_display().lower()}"

    @property
    def dissenting(self) -> frozenset[str]:
        """The bodies that voted for something else."""
        return frozenset(body for body, vote in self.votes.items() if vote != self.outcome)


class Escalation(models.Model):
    """A ruling taken to the next forum, by whom and signed by which official (750.4(f)(1)(ii), (2), (3))."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="escalations")
    ruling = models.ForeignKey(Ruling, on_delete=models.PROTECT, related_name="escalations")
    target = models.CharField(
        max_length=10, choices=[(code.value, code.value) for code in ESCALATES.values()]
    )
    body = models.CharField(max_length=10, choices=[*Body.choices, (SECRETARY, "Secretary of Commerce")])
    signatory = models.CharField(max_length=120)
    office = models.CharField(max_length=10, choices=Office)
    statute = models.CharField(max_length=200)
    regulation = models.CharField(max_length=200)
    reason = models.TextField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ruling"], name="licenses_escalation_once"),
            models.UniqueConstraint(fields=["application", "target"], name="licenses_escalation_target_once"),
            models.CheckConstraint(
                condition=Q(target="acep") | Q(target__in=["earb", "president"], office="head"),
                name="licenses_escalation_office_fits",
            ),
            models.CheckConstraint(
                condition=Q(body__in=[*Body.values, SECRETARY]), name="licenses_escalation_body_known"
            ),
            models.CheckConstraint(
                condition=~Q(body=SECRETARY) | Q(target="earb"), name="licenses_escalation_secretary_to_earb"
            ),
            models.CheckConstraint(
                condition=~Q(signatory="") & ~Q(statute="") & ~Q(regulation="") & ~Q(reason=""),
                name="licenses_escalation_is_signed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.get_body_display()} to {self.target}"

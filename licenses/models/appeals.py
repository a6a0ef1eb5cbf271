"""What an applicant is told and answers: returns without registration, answers to a letter, appeals (756.2).

Append-only by triggers.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from .applications import Application
from .decisions import Decision

USER = settings.AUTH_USER_MODEL


class UnregisteredReturn(models.Model):
    """The notice of a case that could not be registered: its defects, and how the applicant was asked
    (750.4(a)(2))."""

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="unregistered_returns"
    )
    defects = ArrayField(models.TextField())
    contact = models.TextField(help_text="How the applicant was asked to cure them, and what came of it")
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application"], name="licenses_unregistered_once"),
            models.CheckConstraint(
                condition=Q(defects__len__gt=0) & ~Q(contact=""), name="licenses_unregistered_lists_defects"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application}: returned without registration"


class DenialResponse(models.Model):
    """The applicant's answer to an intent-to-deny letter; after day 20 it is late, and kept all the same."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="responses")
    notice = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="responses")
    text = models.TextField()
    due_on = models.DateField()
    late = models.BooleanField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="licenses_response_says_something")]

    def __str__(self) -> str:
        return f"{self.application}: answer to the intent to deny"


class Appeal(models.Model):
    """An appeal to the Under Secretary with its full written statement (756.2(c))."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="appeals")
    notice = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="appeals")
    statement = models.TextField()
    hearing = models.BooleanField(
        default=False, help_text="An informal hearing is asked for; it is discretionary"
    )
    notice_on = models.DateField()
    final_on = models.DateField()
    last_day = models.DateField(help_text="The later of 45 days after each")
    papers_until = models.DateField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application"], name="licenses_appeal_once"),
            models.CheckConstraint(condition=~Q(statement=""), name="licenses_appeal_has_statement"),
            models.CheckConstraint(
                condition=Q(final_on__gte=F("notice_on")) & Q(last_day__gte=F("final_on")),
                name="licenses_appeal_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application}: appeal"


class AppealWithdrawal(models.Model):
    """The appellant took the appeal back; the denial stands."""

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="withdrawals")
    reason = models.TextField(blank=True)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["appeal"], name="licenses_appeal_withdrawn_once")]

    def __str__(self) -> str:
        return f"{self.appeal}: withdrawn"


class AppealPaper(models.Model):
    """A paper added to an appeal until day 30 after its filing."""

    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="papers")
    title = models.CharField(max_length=120)
    text = models.TextField()
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(title="") & ~Q(text=""), name="licenses_paper_says_something")
        ]

    def __str__(self) -> str:
        return f"{self.appeal}: {self.title}"

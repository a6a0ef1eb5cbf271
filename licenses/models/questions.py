"""Questions in a case: to the filer, or to Commerce from an agency, with their answers (15 CFR 750.4(b)(1), (d)(1)).

On the company route the agency asks outside: its questions are kept here as they were read there.
"""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from exportctl.models import User

from .applications import Application, Route
from .bodies import Body
from .filings import Attachment
from .referrals import ClockStop

USER = settings.AUTH_USER_MODEL


class Asked(models.TextChoices):
    """Who answers."""

    FILER = "filer", "the filer"
    COMMERCE = "commerce", "Commerce"


class QuestionQuerySet(models.QuerySet["Question"]):
    def for_user(self, user: User) -> Self:
        """Questions of the applications the user sees."""
        return self.filter(application__in=Application.objects.for_user(user))

    def open(self) -> Self:
        """Neither answered nor withdrawn, in a case that is not closed."""
        return self.filter(answered_at=None, withdrawn_at=None, application__closed_at=None)


class Question(models.Model):
    """One question with its due day, its answer and the clock stop it holds open, if any.

    On the company route a question of the agency carries `read_on`, the day it was read there, and once it is
    answered `given_on`, the day the agency got the answer; it stops no clock of ours.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="questions")
    number = models.PositiveSmallIntegerField()
    body = models.CharField(max_length=10, choices=Body, help_text="Who asks")
    to = models.CharField(max_length=10, choices=Asked)
    text = models.TextField()
    asked_on = models.DateField()
    read_on = models.DateField(null=True, blank=True, help_text="Of the agency, read outside on this day")
    asked_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    due_on = models.DateField()
    stop = models.ForeignKey(
        ClockStop, on_delete=models.PROTECT, null=True, blank=True, related_name="questions"
    )
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    given_on = models.DateField(null=True, blank=True, help_text="The day the agency got the answer")
    withdrawn_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.TextField(blank=True)
    reminded_on = models.DateField(null=True, blank=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="licenses_question_number_once"),
            models.CheckConstraint(condition=~Q(text=""), name="licenses_question_worded"),
            models.CheckConstraint(condition=Q(body__in=Body.values), name="licenses_question_body_known"),
            models.CheckConstraint(condition=Q(to__in=Asked.values), name="licenses_question_to_known"),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("asked_on")), name="licenses_question_due_later"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by=None, answer="")
                | Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer=""),
                name="licenses_question_answer_paired",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None, withdrawn_reason="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False, answered_at=None)
                & ~Q(withdrawn_reason=""),
                name="licenses_question_withdrawal_paired",
            ),
            models.CheckConstraint(
                condition=Q(read_on=None, given_on=None)
                | Q(read_on__gte=F("asked_on"), stop=None, to="filer")
                & (
                    Q(answered_at=None, given_on=None)
                    | Q(answered_at__isnull=False, given_on__gte=F("asked_on"))
                ),
                name="licenses_question_outside_paired",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} question {self.number}"

    @property
    def outside(self) -> bool:
        """Whether the agency asks, on the company route."""
        return self.read_on is not None

    @property
    def asker(self) -> str:
        """Who asks, in words. Reads `application`."""
        if self.outside:
            return "the agency"
        return "the house" if self.application.route == Route.COMPANY else self.get_body_display()

    @property
    def open(self) -> bool:
        return self.answered_at is None and self.withdrawn_at is None


class QuestionDocument(models.Model):
    """A document of the case's file that belongs to an answer."""

    question = models.ForeignKey(Question, on_delete=models.PROTECT, related_name="documents")
    attachment = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="answers")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["question", "attachment"], name="licenses_question_document_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question}: {self.attachment}"

"""Decisions: proposed by one person, countersigned by another, or recorded from the agency (750.6, 750.7)."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from exportctl import roles
from exportctl.models import User

from .applications import Application, Route
from .filings import Attachment

USER = settings.AUTH_USER_MODEL


class Outcome(models.TextChoices):
    APPROVE = "approve", "Approve"
    APPROVE_CONDITIONS = "approve_conditions", "Approve with conditions"
    APPROVE_PART = "approve_part", "Approve in part"
    INTEND_TO_DENY = "intend_to_deny", "Intend to deny"
    DENY = "deny", "Deny"
    RETURN = "return", "Return without action"
    NO_LICENSE = "no_license_required", "Return: no license required"


class ReturnReason(models.TextChoices):
    DEFICIENT = "DEFICIENT", "Crucial defect not cured"
    NLR = "NLR", "No license required"
    EXCEPTION = "EXCEPTION", "A license exception covers it"
    NOT_COMMERCE = "NOT_COMMERCE", "Not under Commerce jurisdiction"
    WITHDRAWN = "WITHDRAWN", "Applicant asked"
    INFO_NOT_GIVEN = "INFO_NOT_GIVEN", "Requested information not supplied"
    DUPLICATE = "DUPLICATE", "Second filing for the same transaction"


class DenialReason(models.TextChoices):
    """Why a license is denied, with the part of the EAR it rests on."""

    LISTED_PARTY = "LISTED_PARTY", "Review policy of a listed party (744.11, 744.21, Supp. 4 to part 744)"
    DENIED_PERSON = "DENIED_PERSON", "A person denied export privileges takes part (764.3)"
    END_USE = "END_USE", "Prohibited or unresolved end use (part 744)"
    END_USER = "END_USER", "End user not reliable, or not known (part 744)"
    DIVERSION = "DIVERSION", "Risk of diversion (Supp. 3 to part 732)"
    NATIONAL_SECURITY = "NATIONAL_SECURITY", "National security (742.4)"
    NONPROLIFERATION = "NONPROLIFERATION", "Nonproliferation (742.2, 742.3, 742.5)"
    FOREIGN_POLICY = "FOREIGN_POLICY", "Regional stability or foreign policy (742.6 to 742.10)"
    EMBARGO = "EMBARGO", "Embargo or other special control (part 746)"


class DecisionState(models.TextChoices):
    PROPOSED = "proposed", "Waits for countersignature"
    MADE = "made", "Made"
    SENT_BACK = "sent_back", "Sent back"


class DecisionQuerySet(models.QuerySet["Decision"]):
    def for_user(self, user: User) -> Self:
        """Decisions on the applications the user sees; an applicant sees an office's once they are made."""
        scope = roles.sees(user)
        if scope == "all":
            return self
        seen = self.filter(application__in=Application.objects.for_user(user))
        if scope == "own":
            return seen.filter(Q(state=DecisionState.MADE) | Q(application__route=Route.COMPANY))
        return seen

    def made(self) -> Self:
        return self.filter(state=DecisionState.MADE)

    def standing(self) -> Self:
        """Made and not corrected by a later one."""
        return self.made().filter(superseded_by__corrected_at=None)

    def of(self, outcome: str) -> Self:
        """Decisions with an outcome; denials include the intents to deny that became final."""
        if outcome == Outcome.DENY:
            return self.filter(Q(outcome=Outcome.DENY) | Q(final_at__isnull=False))
        return self.filter(outcome=outcome)


class Decision(models.Model):
    """A decision: proposed by one person, countersigned by another. Append-only once made.

    On the company route it records the agency's decision: `recorded` is true and `authority` names it.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=20, choices=Outcome)
    state = models.CharField(max_length=10, choices=DecisionState, default=DecisionState.PROPOSED)
    legal_basis = models.CharField(max_length=300, blank=True)
    reason_code = models.CharField(max_length=20, blank=True, help_text="Of a return without action")
    denial_reasons = ArrayField(
        models.CharField(max_length=20, choices=DenialReason), default=list, blank=True,
        help_text="Of a denial or an intent to deny: every reason it rests on",
    )  # fmt: skip
    justification = models.TextField()
    considerations = models.TextField(
        blank=True,
        help_text="Of an intent to deny: the specific considerations, or that they are withheld (750.6(a))",
    )
    modifications = models.TextField(
        blank=True, help_text="Of an intent to deny: what could change the decision, or none (750.6(a))"
    )
    policy = models.CharField(
        max_length=5, blank=True, help_text="License review policy on the day of the decision"
    )
    override = models.TextField(blank=True, help_text="Why an approval overrides a policy of denial")
    senior = models.BooleanField(default=False, help_text="Countersigned by a senior approver")
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by",
        help_text="The decision this one corrects",
    )  # fmt: skip
    corrected_at = models.DateTimeField(null=True, blank=True, help_text="When the correction was signed")
    authority = models.CharField(max_length=60, default="Commerce")
    recorded = models.BooleanField(default=False, help_text="Made by the agency outside, recorded here")
    attachment = models.ForeignKey(
        Attachment, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        help_text="The agency's document of a recorded decision",
    )  # fmt: skip
    no_document = models.CharField(max_length=300, blank=True, help_text="Why that document is not at hand")
    proposed_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    countersigned_by = models.ForeignKey(
        USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField(null=True, blank=True)
    sent_back_reason = models.TextField(blank=True)
    final_at = models.DateTimeField(
        null=True, blank=True, help_text="When the denial of an intent-to-deny letter became final (750.6(b))"
    )

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=Q(state="proposed"), name="licenses_one_open_proposal"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=Outcome.values), name="licenses_decision_outcome_known"
            ),
            models.CheckConstraint(
                condition=Q(countersigned_by=None) | ~Q(countersigned_by=F("proposed_by")),
                name="licenses_decision_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(state="made", made_at__isnull=False)
                & (Q(recorded=True) | Q(countersigned_by__isnull=False))
                | Q(state__in=["proposed", "sent_back"], made_at=None),
                name="licenses_decision_made_paired",
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=["deny", "intend_to_deny"]) | ~Q(legal_basis=""),
                name="licenses_denial_has_basis",
            ),
            models.CheckConstraint(
                condition=Q(final_at=None)
                | Q(outcome="intend_to_deny", state="made", final_at__gt=F("made_at")),
                name="licenses_decision_final_after_notice",
            ),
            models.CheckConstraint(
                condition=~Q(state="made") | Q(override="") | Q(recorded=True) | Q(senior=True),
                name="licenses_override_signed_by_a_senior",
            ),
            models.CheckConstraint(
                condition=Q(corrected_at=None) | Q(supersedes__isnull=False, state="made"),
                name="licenses_correction_supersedes",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="return") | ~Q(reason_code=""), name="licenses_return_has_reason"
            ),
            # both hold for what is written from now on; decisions of earlier editions stay as they are
            models.CheckConstraint(
                condition=~Q(outcome="intend_to_deny", state="proposed")
                | ~Q(considerations="") & ~Q(modifications=""),
                name="licenses_intent_tells_particulars",
            ),
            models.CheckConstraint(
                condition=Q(recorded=False) | Q(attachment__isnull=False) | ~Q(no_document=""),
                name="licenses_recorded_has_document",
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="licenses_decision_feed")]

    def __str__(self) -> str:
        return f"{self.application}: {self.get_outcome_display()}"


class DecidedLine(models.Model):
    """What an approval in part says of one line: the quantity granted, 0 where it is refused, and why."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveSmallIntegerField(help_text="Of the line applied for")
    quantity = models.DecimalField(max_digits=16, decimal_places=3)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "number"], name="licenses_decided_line_once"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="licenses_decided_line_not_negative"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0) | ~Q(reason=""), name="licenses_refused_line_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision} line {self.number}: {self.quantity}"


class Approval(Decision):
    """Approvals, with and without conditions: their own admin page."""

    class Meta:
        proxy = True


class Denial(Decision):
    """Denials and intents to deny: their own admin page."""

    class Meta:
        proxy = True
        verbose_name_plural = "denials"

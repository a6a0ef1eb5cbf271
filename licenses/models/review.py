"""The review: referrals to bodies, positions, conditions, clock stops, decisions."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from exportctl import roles
from exportctl.models import User

from .applications import Application, Route

USER = settings.AUTH_USER_MODEL


class Body(models.TextChoices):
    """Review bodies of 750.3(b)."""

    COMMERCE = "commerce", "Commerce"
    DEFENSE = "defense", "Defense"
    ENERGY = "energy", "Energy"
    STATE = "state", "State"


class Position(models.TextChoices):
    APPROVE = "approve", "Approve"
    APPROVE_CONDITIONS = "approve_conditions", "Approve with conditions"
    NO_OBJECTION = "no_objection", "No objection"
    DENY = "deny", "Deny"


class Outcome(models.TextChoices):
    APPROVE = "approve", "Approve"
    APPROVE_CONDITIONS = "approve_conditions", "Approve with conditions"
    INTEND_TO_DENY = "intend_to_deny", "Intend to deny"
    DENY = "deny", "Deny"
    RETURN = "return", "Return without action"


class StopReason(models.TextChoices):
    """Clock exclusions of 750.4(b) and (d)(1)."""

    APPLICANT_INFO = "APPLICANT_INFO", "applicant answers questions or considers conditions"
    ITD_NEGOTIATION = "ITD_NEGOTIATION", "modifications are negotiated after an intent-to-deny letter"
    PLC = "PLC", "pre-license check"
    GOV_ASSURANCE = "GOV_ASSURANCE", "government-to-government end-use assurance"
    GOV_CONSULT = "GOV_CONSULT", "consultation under a bilateral arrangement or regime"
    MULTILATERAL = "MULTILATERAL", "multilateral regime review"
    AGENCY_INFO = "AGENCY_INFO", "an agency asked for missing referral data"


class ReturnReason(models.TextChoices):
    DEFICIENT = "DEFICIENT", "Crucial defect not cured"
    NLR = "NLR", "No license required"
    NOT_COMMERCE = "NOT_COMMERCE", "Not under Commerce jurisdiction"
    WITHDRAWN = "WITHDRAWN", "Applicant asked"
    INFO_NOT_GIVEN = "INFO_NOT_GIVEN", "Requested information not supplied"
    DUPLICATE = "DUPLICATE", "Second filing for the same transaction"


class Seat(models.Model):
    """A person sits for a review body in a period; `until` None while it lasts."""

    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="seats")
    body = models.CharField(max_length=10, choices=Body)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(body__in=Body.values), name="licenses_seat_body_known"),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("since")), name="licenses_seat_period"
            ),
            models.UniqueConstraint(
                fields=["user", "body"], condition=Q(until=None), name="licenses_seat_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} for {self.get_body_display()}"


class Referral(models.Model):
    """A case referred to one body. Day 30 without a position counts as no objection (750.4(e))."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="referrals")
    body = models.CharField(max_length=10, choices=Body)
    referred_at = models.DateTimeField()
    referred_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "body"], name="licenses_referral_once"),
            models.CheckConstraint(condition=Q(body__in=Body.values), name="licenses_referral_body_known"),
        ]

    def __str__(self) -> str:
        return f"{self.application} to {self.get_body_display()}"


class Recommendation(models.Model):
    """A body's position. Append-only: a later one supersedes, the earlier stays."""

    referral = models.ForeignKey(Referral, on_delete=models.PROTECT, related_name="recommendations")
    position = models.CharField(max_length=20, choices=Position)
    reason = models.TextField()
    legal_basis = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(position__in=Position.values), name="licenses_recommendation_known"
            ),
            models.CheckConstraint(
                condition=~Q(position="deny") | ~Q(legal_basis=""), name="licenses_objection_has_basis"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.referral}: {self.position}"


class ClockStop(models.Model):
    """A dated interval in which the legal clock stands still (750.4(b), (d)(1))."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="stops")
    reason = models.CharField(max_length=20, choices=StopReason)
    note = models.TextField(blank=True)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["application", "reason"], condition=Q(ended_at=None), name="licenses_stop_open_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False, ended_at__gte=F("started_at")),
                name="licenses_stop_end_paired",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.reason}"


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
    justification = models.TextField()
    authority = models.CharField(max_length=60, default="Commerce")
    recorded = models.BooleanField(default=False, help_text="Made by the agency outside, recorded here")
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
                condition=~Q(outcome="return") | ~Q(reason_code=""), name="licenses_return_has_reason"
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="licenses_decision_feed")]

    def __str__(self) -> str:
        return f"{self.application}: {self.get_outcome_display()}"


class Approval(Decision):
    """Approvals, with and without conditions: their own admin page."""

    class Meta:
        proxy = True


class Denial(Decision):
    """Denials and intents to deny: their own admin page."""

    class Meta:
        proxy = True
        verbose_name_plural = "denials"

"""Screenings (one run of a party), hits (a pair for life) and findings (its score in one run)."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Now

from exportctl import roles
from exportctl.models import User
from exportctl.models.order import in_order

from .. import masking
from .lists import ListCode, ListedParty, Listing, ListVersion
from .parties import Party


class Trigger(models.TextChoices):
    REGISTERED = "registered", "Party registered"
    CHANGED = "changed", "Party changed"
    FILED = "filed", "Application filed"
    DECIDED = "decided", "Decision proposed"
    LIST = "list", "List published"
    MANUAL = "manual", "Asked for"


class Band(models.TextChoices):
    REVIEW = "review", "Review"
    STRONG = "strong", "Strong"


class HitStatus(models.TextChoices):
    OPEN = "open", "Open"
    ESCALATED = "escalated", "Escalated"
    PROPOSED = "proposed", "Waits for a second person"
    CLOSED = "closed", "Closed"


class HitOutcome(models.TextChoices):
    TRUE_MATCH = "true_match", "True match"
    FALSE_POSITIVE = "false_positive", "False positive recorded"


class Screening(models.Model):
    """One run of a party against the current list versions. A failed run blocks; it never means clear."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="screenings")
    facts_version = models.PositiveIntegerField()
    trigger = models.CharField(max_length=12, choices=Trigger)
    world = models.CharField(
        max_length=300, help_text="Engine version and list versions: engine 1.0.0; csl 4; seed 7"
    )
    holds_for = models.CharField(
        max_length=300, blank=True, help_text="The latest engine and lists this run is proven to hold for"
    )
    hits = models.PositiveIntegerField(default=0, help_text="Entries found, with earlier judged ones")
    error = models.TextField(blank=True, help_text="Why the run failed; empty when it finished")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["party", "-id"], name="entities_screening_latest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(trigger__in=Trigger.values), name="entities_screening_trigger_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.party} on {self.at:%Y-%m-%d %H:%M}"


class Coverage(models.Model):
    """One list version held against every party: counted, and finished once none is left."""

    version = models.OneToOneField(ListVersion, on_delete=models.PROTECT, related_name="coverage")
    party_set = models.CharField(max_length=40, default="all parties")
    world = models.CharField(max_length=300, blank=True, help_text="Engine and lists it rested on")
    parties = models.PositiveIntegerField(default=0)
    screened = models.PositiveIntegerField(default=0, help_text="Compared again")
    unaffected = models.PositiveIntegerField(default=0, help_text="Proven that no change could concern them")
    opened = models.PositiveIntegerField(default=0)
    reopened = models.PositiveIntegerField(default=0)
    carried = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.version}: {self.parties} parties"

    @property
    def passed(self) -> int:
        """Parties that were screened against these lists meanwhile for another reason."""
        return max(0, self.parties - self.screened - self.unaffected)


class CoverageChunk(models.Model):
    """One batch of parties of a coverage: who they are by key, and what became of them."""

    coverage = models.ForeignKey(Coverage, on_delete=models.PROTECT, related_name="chunks")
    after = models.BigIntegerField(help_text="Parties after this key ...")
    upto = models.BigIntegerField(default=0, help_text="... up to this one")
    parties = models.PositiveIntegerField(default=0)
    screened = models.PositiveIntegerField(default=0)
    unaffected = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    opened = models.PositiveIntegerField(default=0)
    reopened = models.PositiveIntegerField(default=0)
    carried = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["coverage", "after"], name="entities_coverage_chunk_once")
        ]

    def __str__(self) -> str:
        return f"{self.coverage}: {self.after} to {self.upto}"


class HitQuerySet(models.QuerySet["Hit"]):
    def for_user(self, user: User) -> Self:
        """Hits the user may see: those of the parties they see."""
        scope = roles.sees(user)
        # who judges hits judges those on confidential entries too; nobody else learns of them
        if not roles.permissions_of(user) & {"confidential.read", "hit.judge"} and user.kind != User.Kind.JOB:
            self = self.filter(listed_party__confidential=False)
        if scope == "all":
            return self
        if scope in ("own", "body"):
            return self.filter(party__in=Party.objects.for_user(user))
        return self.none()

    def unresolved(self) -> Self:
        """Open, escalated or waiting for a second person."""
        return self.exclude(status=HitStatus.CLOSED)

    def unjudged(self, *, on: date) -> Self:
        """What no judgment stands for on a day: not closed, closed as a false positive that has expired, or a
        true match on a denial order past its end that is not confirmed yet."""
        found = self.with_order_end(on=on)
        return found.filter(
            ~Q(status=HitStatus.CLOSED) | Q(expires_on__lte=on) | Q(order_ended_on__isnull=False)
        )

    def with_order_end(self, *, on: date | Now) -> Self:
        """Annotate `order_ended_on`: the end of a denial order that a true match rests on, reached by a day, until
        its review confirmed from a fresh list and the Federal Register that it was not renewed."""
        confirmed = self.model.duties.rel.related_model._default_manager.filter(
            hit=OuterRef(OuterRef("pk")), concerns_on=OuterRef("ended_on"), done_at__isnull=False
        )
        orders = Listing.objects.filter(
            listed_party=OuterRef("listed_party"), list=ListCode.DPL, removed_in=None, ended_on__lte=on
        ).filter(~Exists(confirmed))
        ended = Subquery(orders.order_by("ended_on").values("ended_on")[:1])
        match = Q(status=HitStatus.CLOSED, outcome=HitOutcome.TRUE_MATCH)
        return self.annotate(order_ended_on=Case(When(match, then=ended), output_field=models.DateField()))

    def past_order_end(self, *, on: date) -> Self:
        """Those of them."""
        return self.with_order_end(on=on).filter(Q(order_ended_on__isnull=False))

    def denied(self, *, on: date | Now) -> Self:
        """True matches on a denial order that holds: one past its end does until its review is done."""
        orders = Listing.objects.filter(
            Q(ended_on=None) | Q(ended_on__gt=on),
            listed_party=OuterRef("listed_party"), list=ListCode.DPL, removed_in=None,
        )  # fmt: skip
        true = self.with_order_end(on=on).filter(status=HitStatus.CLOSED, outcome=HitOutcome.TRUE_MATCH)
        return true.filter(Q(Exists(orders)) | Q(order_ended_on__isnull=False))

    def by_risk(self) -> Self:
        """The strongest first; equal scores by the gravest list, then the longest open, then by key."""
        return self.order_by("-score", "-risk", "opened_at", "pk")

    def with_pair(self) -> Self:
        """Load both sides and their listings with a fixed number of queries."""
        return self.select_related(
            "party", "listed_party__source", "proposed_by", "agreed_by", "assigned_to", "escalated_to"
        ).prefetch_related(*in_order(Hit, "listed_party__listings"))


class Hit(models.Model):
    """The pair party x listed party, one row for life; judged by two people where the rule asks."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="hits")
    listed_party = models.ForeignKey(ListedParty, on_delete=models.PROTECT, related_name="hits")
    status = models.CharField(max_length=10, choices=HitStatus, default=HitStatus.OPEN)
    score = models.PositiveSmallIntegerField()
    band = models.CharField(max_length=6, choices=Band)
    opened_at = models.DateTimeField()
    outcome = models.CharField(max_length=15, choices=HitOutcome, blank=True)
    reason = models.CharField(max_length=30, blank=True, help_text="Code of hits.REASONS")
    differing_fact = models.TextField(blank=True, help_text="What differs besides the name")
    note = models.TextField(blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    proposed_at = models.DateTimeField(null=True, blank=True)
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    risk = models.PositiveSmallIntegerField(default=0, help_text="How grave the gravest list of the entry is")
    fingerprint = models.CharField(
        max_length=64, blank=True, db_index=True, help_text="Facts of both sides at the last screening"
    )
    judged_print = models.CharField(
        max_length=64, blank=True, help_text="Facts of both sides that the judgment rests on"
    )
    facts = models.JSONField(
        default=dict, help_text="The facts of the last judgment, to tell what changed since"
    )
    expires_on = models.DateField(
        null=True, blank=True, help_text="First day a false positive no longer stands"
    )
    changes = models.JSONField(
        default=list, help_text="What opened it again: [{side, fact, words, gone, new}]"
    )
    reopened_why = models.TextField(blank=True)
    carried_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="carried_to",
        help_text="The hit whose entry this one took the place of",
    )  # fmt: skip
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    escalated_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        help_text="Empty: whoever agrees to hits",
    )  # fmt: skip
    escalated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    escalated_at = models.DateTimeField(null=True, blank=True)
    escalation = models.CharField(max_length=20, blank=True, help_text="Code of judging.ESCALATIONS")
    escalation_note = models.TextField(blank=True)

    order_ended_on: date | None  # on what `with_order_end` loaded

    objects = HitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party", "listed_party"], name="entities_hit_pair_once"),
            models.CheckConstraint(
                condition=Q(status__in=HitStatus.values), name="entities_hit_status_known"
            ),
            models.CheckConstraint(condition=Q(band__in=Band.values), name="entities_hit_band_known"),
            models.CheckConstraint(
                condition=Q(
                    status="open",
                    outcome="",
                    proposed_by=None,
                    proposed_at=None,
                    agreed_by=None,
                    closed_at=None,
                )
                | Q(
                    status="escalated",
                    outcome="",
                    proposed_by=None,
                    proposed_at=None,
                    agreed_by=None,
                    closed_at=None,
                )
                | Q(
                    status="proposed",
                    proposed_by__isnull=False,
                    proposed_at__isnull=False,
                    agreed_by=None,
                    closed_at=None,
                )
                & ~Q(outcome="")
                | Q(
                    status="closed",
                    proposed_by__isnull=False,
                    proposed_at__isnull=False,
                    closed_at__isnull=False,
                )
                & ~Q(outcome=""),
                name="entities_hit_status_paired",
            ),
            models.CheckConstraint(
                condition=Q(agreed_by=None) | ~Q(agreed_by=F("proposed_by")), name="entities_hit_four_eyes"
            ),
            models.CheckConstraint(
                condition=~Q(status="closed", band="strong", agreed_by=None),
                name="entities_hit_strong_needs_two",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="false_positive", differing_fact=""), name="entities_hit_differing_fact"
            ),
            models.CheckConstraint(
                condition=Q(status="escalated", escalated_by__isnull=False, escalated_at__isnull=False)
                & ~Q(escalation="")
                | ~Q(status="escalated")
                & Q(escalated_by=None, escalated_at=None, escalated_to=None, escalation=""),
                name="entities_hit_escalation_paired",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["proposed", "closed"], judged_print=""),
                name="entities_hit_judged_on_facts",
            ),
            models.CheckConstraint(
                condition=~Q(status="closed", outcome="false_positive", expires_on=None),
                name="entities_hit_false_positive_ends",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-score", "-risk", "opened_at", "id"], name="entities_hit_queue")
        ]

    def __str__(self) -> str:
        return f"{self.party} / {self.listed_party}"

    @property
    def of_person(self) -> bool:
        """Whether one of the two sides, loaded, is a person: numbers and birth dates are masked."""
        listed = self.listed_party
        return self.party.kind == masking.PERSON or masking.is_person(listed.kind, listed.birth_dates)

    def clear_judgment(self) -> None:
        """Back to open, without proposal and outcome (what they were stays in the event log); not saved.

        The facts it rested on are kept, so that the next reviewer sees what changed since.
        """
        self.status, self.outcome, self.reason, self.note, self.differing_fact = (
            HitStatus.OPEN,
            "",
            "",
            "",
            "",
        )
        self.proposed_by = self.proposed_at = self.agreed_by = self.closed_at = None
        self.judged_print, self.expires_on = "", None
        self.clear_escalation()

    def take_judgment(self, old: Hit) -> None:
        """Closed as the hit it follows is, by the same people, on the same facts; not saved."""
        for name in (
            "status", "outcome", "reason", "note", "differing_fact", "proposed_by_id", "proposed_at",
            "agreed_by_id", "closed_at", "judged_print", "facts", "expires_on",
        ):  # fmt: skip
            setattr(self, name, getattr(old, name))
        self.carried_from = old

    def clear_escalation(self) -> None:
        """Nobody in particular has it any more; not saved."""
        self.escalated_to = self.escalated_by = self.escalated_at = None
        self.escalation = self.escalation_note = ""


class Finding(models.Model):
    """Score and explanation of a hit in one screening; the newest one is what the compare page shows."""

    hit = models.ForeignKey(Hit, on_delete=models.PROTECT, related_name="findings")
    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="findings")
    score = models.PositiveSmallIntegerField()
    band = models.CharField(max_length=6, choices=Band)
    explanation = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hit", "screening"], name="entities_finding_once")]

    def __str__(self) -> str:
        return f"{self.hit}: {self.score}"

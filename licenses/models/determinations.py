"""Rule tables on file, the determination of a case as it was made, and the records signed on it."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from exportctl import roles
from exportctl.models import User

# one text that changes with every table, policy and version on file; "" without any
RULES_MARK = (
    "concat_ws(' ', (SELECT max(id) FROM licenses_ruletable),"
    " (SELECT sum(hashtextextended(v::text, 0)) FROM licenses_policyversion v),"
    " (SELECT sum(hashtextextended(p::text, 0)) FROM licenses_policy p))"
)
RESULTS = (
    "PROHIBITED",
    "LICENSE_REQUIRED",
    "NEEDS_REVIEW",
    "OTHER_AGENCY",
    "EXCEPTION",
    "NLR",
    "NOT_SUBJECT",
)


class TableKind(models.TextChoices):
    CCL = "ccl", "Commerce Control List"
    CHART = "chart", "Commerce Country Chart"
    GROUPS = "groups", "Country groups"


class RuleTable(models.Model):
    """One edition of a rule table read from a file; the editions delivered with the product are in files."""

    kind = models.CharField(max_length=10, choices=TableKind)
    edition_on = models.DateField(help_text="The day the edition stands for")
    rows = models.JSONField(help_text="As the reader of this kind left them")
    count = models.PositiveIntegerField()
    file = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "edition_on"], name="licenses_ruletable_once"),
            models.CheckConstraint(
                condition=Q(kind__in=TableKind.values), name="licenses_ruletable_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.edition_on}"


class Facts(models.Model):
    """What the officer knows of a case beyond the application: the inputs that a determination needs.

    `answers`: end-use answers by name; `headquarters`: country by party; `flags`: open flags of a sheet kept
    elsewhere, a list of {flag, open}; `verified`: the exceptions whose every condition is recorded as met;
    `lines`: item facts that differ, by the key of the item ({jurisdiction, origin, us_content, direct_product,
    hts}, only those that differ). None, "" and a missing key are not known.
    """

    application = models.OneToOneField("licenses.Application", on_delete=models.CASCADE, related_name="facts")
    jurisdiction = models.CharField(max_length=10, blank=True)
    origin = models.CharField(max_length=2, blank=True)
    us_content = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    direct_product = models.BooleanField(null=True, blank=True)
    hts = models.CharField("HTS code", max_length=20, blank=True)
    region = models.CharField(max_length=60, blank=True)
    answers = models.JSONField(default=dict)
    headquarters = models.JSONField(default=dict)
    flags_answered = models.BooleanField(default=False, help_text="A complete sheet is kept elsewhere")
    flags_system = models.CharField(
        max_length=120, blank=True, help_text="Where the sheet kept elsewhere is: the system or file"
    )
    flags_reference = models.CharField(max_length=120, blank=True, help_text="Its identifier there")
    flags_dated = models.DateField(null=True, blank=True, help_text="The day of that sheet")
    flags = models.JSONField(default=list)
    lines = models.JSONField(default=dict)
    verified = ArrayField(models.CharField(max_length=10), default=list)
    worksheet = models.JSONField(
        default=list, encoder=DjangoJSONEncoder, help_text="De minimis: [{what, eccn, value}]"
    )
    item_value = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "facts"
        constraints = [
            models.CheckConstraint(
                condition=Q(us_content=None) | Q(us_content__gte=0, us_content__lte=100),
                name="licenses_facts_content_is_percent",
            ),
            models.CheckConstraint(
                condition=Q(flags_answered=False, flags_system="", flags_reference="", flags_dated=None)
                | Q(flags_answered=True, flags_dated__isnull=False)
                & ~Q(flags_system="")
                & ~Q(flags_reference=""),
                name="licenses_facts_sheet_elsewhere_named",
            ),
        ]

    def __str__(self) -> str:
        return f"Facts of {self.application_id}"

    @property
    def sheet_elsewhere(self) -> str:
        """Where the red-flag sheet is kept, if not here: system, identifier, day. "" where none is named."""
        if not (self.flags_answered and self.flags_system and self.flags_reference and self.flags_dated):
            return ""
        return f"{self.flags_system}, {self.flags_reference} of {self.flags_dated}"


class MemoQuerySet(models.QuerySet["Memo"]):
    def for_user(self, user: User) -> Self:
        """The memos of the cases one sees."""
        if roles.sees(user) == "all":
            return self
        from .applications import Application  # it asks this module for the mark

        return self.filter(application__in=Application.objects.for_user(user).values("pk"))


class Memo(models.Model):
    """A determination as it was made on a day: the facts, the answer and the documents, kept word for word.

    `differs` tells what changed since the memo before: [{what, before, after}].
    """

    application = models.ForeignKey("licenses.Application", on_delete=models.PROTECT, related_name="memos")
    number = models.PositiveIntegerField(help_text="1, 2, ... in its application")
    on = models.DateField(help_text="The day the rules were asked for")
    result = models.CharField(max_length=20, choices=[(each, each) for each in RESULTS])
    policy = models.CharField(max_length=5, blank=True)
    facts = models.JSONField()
    answer = models.JSONField()
    editions = models.JSONField(default=list)
    differs = models.JSONField(default=list)
    cause = models.CharField(max_length=200, blank=True, help_text="Why it was made again")
    html = models.TextField()
    pdf = models.BinaryField()
    sha256 = models.CharField(max_length=64, help_text="Of the PDF")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = MemoQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="licenses_memo_number_once"),
            models.CheckConstraint(condition=Q(result__in=RESULTS), name="licenses_memo_result_known"),
        ]

    def __str__(self) -> str:
        return f"Memo {self.number} of {self.application_id}"


class DeterminationState(models.TextChoices):
    PROPOSED = "proposed", "Signed once, waits for the second person"
    SIGNED = "signed", "Signed"
    SENT_BACK = "sent_back", "Sent back"
    ENDED = "ended", "Ended before its time"


class DeterminationQuerySet(models.QuerySet["Determination"]):
    def for_user(self, user: User) -> Self:
        """Those on the memos of the cases one sees."""
        if roles.sees(user) == "all":
            return self
        return self.filter(memo__in=Memo.objects.for_user(user).values("pk"))


class Determination(models.Model):
    """A signed "no license required" or license exception: a record of its own that shipments rely on (762.2)."""

    number = models.CharField(max_length=12, unique=True)
    memo = models.OneToOneField(Memo, on_delete=models.PROTECT, related_name="determination")
    result = models.CharField(
        max_length=10, choices=[("NLR", "No license required"), ("EXCEPTION", "License exception")]
    )
    symbol = models.CharField(max_length=10, blank=True)
    state = models.CharField(max_length=10, choices=DeterminationState, default=DeterminationState.PROPOSED)
    basis = models.TextField(help_text="Why the facts are believed")
    valid_until = models.DateField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    signed_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True, help_text="Why it was sent back or ended")

    objects = DeterminationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(result="NLR", symbol="") | Q(result="EXCEPTION") & ~Q(symbol=""),
                name="licenses_determination_symbol_paired",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "sent_back"], signed_by=None, signed_at=None)
                | Q(state__in=["signed", "ended"], signed_by__isnull=False, signed_at__isnull=False),
                name="licenses_determination_signature_paired",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Reliance(models.Model):
    """A shipment that relied on a determination."""

    determination = models.ForeignKey(Determination, on_delete=models.PROTECT, related_name="shipments")
    reference = models.CharField(max_length=60, help_text="Order, invoice or ITN")
    shipped_on = models.DateField()
    value = models.DecimalField(max_digits=16, decimal_places=2)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "reliances"
        constraints = [
            models.UniqueConstraint(fields=["determination", "reference"], name="licenses_reliance_once"),
            models.CheckConstraint(condition=Q(value__gte=0), name="licenses_reliance_value_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} on {self.shipped_on}"

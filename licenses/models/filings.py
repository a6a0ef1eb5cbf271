"""Around an application: versions as filed, documents, red flags, deemed export, the agency's words."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from exportctl.models import Document

from .applications import Application, YesNo
from .items import Item


class FiledVersion(models.Model):
    """The application as it was filed (number 1) and after each change since (748.6(f)).

    `answers` is the whole state, `changes` what differs: [{"field", "label", "before", "after"}]. A change
    of facts outside the form has no changes, only its reason.
    """

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    reason = models.TextField(blank=True)
    answers = models.JSONField()
    changes = models.JSONField(default=list)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    told_on = models.DateField(null=True, blank=True, help_text="When the agency was told, company route")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="licenses_filed_version_once"),
            models.CheckConstraint(
                condition=Q(number=1) | ~Q(reason=""), name="licenses_filed_version_reasoned"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application}, version {self.number}"


class DocumentKind(models.TextChoices):
    """What a document is in the file; support documents by 748.9 to 748.14."""

    LETTER_OF_EXPLANATION = "letter_of_explanation", "Letter of explanation"
    TECHNICAL_SPECIFICATIONS = "technical_specifications", "Technical specifications"
    PRC_STATEMENT = "prc_statement", "PRC End-User Statement"
    BIS_711 = "bis_711", "BIS-711 or statement on letterhead"
    IMPORT_CERTIFICATE = "import_certificate", "Import or end-user certificate"
    IMPORT_PERMIT = "import_permit", "Import permit (firearms)"
    HONG_KONG_LICENSE = "hong_kong_license", "Hong Kong import license or no-license statement"
    POWER_OF_ATTORNEY = "power_of_attorney", "Power of attorney"
    ROUTED_WRITING = "routed_writing", "Writing of the foreign principal"
    UVL_STATEMENT = "uvl_statement", "UVL statement"
    CONTROL_PLAN = "control_plan", "Technology control plan"
    ORDER = "order", "Order or contract"
    CLASSIFICATION = "classification", "Proof of a classification"
    TRANSLATION = "translation", "English translation"
    CORRESPONDENCE = "correspondence", "Correspondence with the agency"
    AGENCY_DECISION = "agency_decision", "Decision of the agency"
    OTHER = "other", "Other"


class Attachment(models.Model):
    """A document in the file of an application or of an item."""

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, null=True, blank=True, related_name="attachments"
    )
    item = models.ForeignKey(
        Item, on_delete=models.PROTECT, null=True, blank=True, related_name="attachments"
    )
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="attachment")
    kind = models.CharField(max_length=30, choices=DocumentKind)
    note = models.CharField(max_length=200, blank=True, help_text="What it shows")
    taken_off_at = models.DateTimeField(null=True, blank=True)
    taken_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(application__isnull=False, item=None) | Q(application=None, item__isnull=False),
                name="licenses_attachment_of_one",
            ),
            models.CheckConstraint(
                condition=Q(taken_off_at=None, taken_off_by=None)
                | Q(taken_off_at__isnull=False, taken_off_by__isnull=False),
                name="licenses_attachment_taken_off_paired",
            ),
        ]

    def __str__(self) -> str:
        return str(self.document)


class RedFlagAnswer(models.Model):
    """One flag of Supp. 3 to part 732, answered with its evidence. A yes stays open until it is resolved."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="red_flags")
    flag = models.CharField(max_length=30)
    answer = models.CharField(max_length=3, choices=YesNo)
    evidence = models.TextField()
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()
    resolution = models.TextField(blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="Rises with every answer and resolution")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "flag"], name="licenses_red_flag_once"),
            models.CheckConstraint(condition=~Q(evidence=""), name="licenses_red_flag_evidence"),
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolved_by=None, resolution="")
                | Q(answer="yes", resolved_at__isnull=False, resolved_by__isnull=False) & ~Q(resolution=""),
                name="licenses_red_flag_resolved_paired",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application}: {self.flag} {self.answer}"

    @property
    def open(self) -> bool:
        return self.answer == YesNo.YES and self.resolved_at is None


class Inquiry(models.Model):
    """The log of asking about a red flag: whom, what was said."""

    flag = models.ForeignKey(RedFlagAnswer, on_delete=models.PROTECT, related_name="inquiries")
    text = models.TextField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.text[:60]


class DeemedExport(models.Model):
    """A release to a foreign person (734.13). Seen by named roles alone; masked everywhere else.

    `protected` is asked first: for a permanent resident, asylee or refugee nothing more is kept.
    """

    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="deemed")
    protected = models.CharField(max_length=3, choices=YesNo, blank=True)
    person = models.CharField(max_length=120, blank=True)
    country = models.CharField(
        max_length=2, blank=True, help_text="Most recent citizenship or permanent residency"
    )
    eccn = models.CharField("ECCN", max_length=20, blank=True, help_text="Of the technology or source code")
    control_plan = models.CharField(max_length=200, blank=True)
    access_from = models.DateField(null=True, blank=True)
    access_until = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="Guards against stale forms")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(access_until=None) | Q(access_from__lte=models.F("access_until")),
                name="licenses_deemed_access_in_order",
            ),
            models.CheckConstraint(
                condition=~Q(protected="yes") | Q(person="", country=""),
                name="licenses_deemed_protected_not_kept",
            ),
        ]

    def __str__(self) -> str:
        return f"Deemed export of {self.application_id}"


class AgencyNote(models.Model):
    """On the company route: the status as the agency shows it, with the day it was read."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="agency_notes")
    text = models.TextField()
    read_on = models.DateField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="licenses_agency_note_said")]

    def __str__(self) -> str:
        return f"Status as read on {self.read_on}"

"""Letters: what the office wrote to an applicant, word for word, with the code that proves it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from exportctl import roles
from exportctl.models import Document, User

from .applications import Application
from .decisions import Decision


class LetterKind(models.TextChoices):
    APPROVAL = "approval", "Approval"
    PARTIAL_APPROVAL = "partial_approval", "Partial approval"
    RETURN = "return", "Return without action"
    NO_LICENSE = "no_license_required", "No license required"
    INTENT_TO_DENY = "intent_to_deny", "Intent to deny"
    FINAL_DENIAL = "final_denial", "Denial"
    CORRECTION = "correction", "Correction"


class LetterQuerySet(models.QuerySet["Letter"]):
    def for_user(self, user: User) -> Self:
        """The letters of the cases one sees; a letter that is not written is nobody's to see."""
        if roles.sees(user) == "all":
            return self
        return self.filter(application__in=Application.objects.for_user(user).values("pk"))

    def with_standing(self) -> Self:
        """Whether a later letter of the case replaces it (`replaced`)."""
        later = Letter.objects.filter(
            application=OuterRef("application"), decision__gt=OuterRef("decision"), replaces__isnull=False
        )
        return self.annotate(replaced=Exists(later))


class Letter(models.Model):
    """A letter as it was written: its content, the HTML and PDF made of it. Never changed, only replaced.

    `content` is what `letters.content` gives: everything that is printed. A letter that `replaces` another one
    takes the place of the letters of all earlier decisions on the case.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="letters")
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=20, choices=LetterKind)
    number = models.PositiveSmallIntegerField(help_text="1, 2, ... in its application")
    on = models.DateField(help_text="The date printed on it")
    content = models.JSONField()
    html = models.TextField()
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="letter")
    sha256 = models.CharField(max_length=64, help_text="Of the PDF")
    code = models.CharField(max_length=16, unique=True, help_text="Verifies it at /verify/")
    replaces = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    made_at = models.DateTimeField()

    objects = LetterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="licenses_letter_number_once"),
            models.UniqueConstraint(fields=["decision", "kind"], name="licenses_letter_of_decision_once"),
            models.CheckConstraint(
                condition=Q(kind__in=LetterKind.values), name="licenses_letter_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9A-HJKMNP-TV-Z]{16}$"), name="licenses_letter_code_form"
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="licenses_letter_sha256"
            ),
            models.CheckConstraint(
                condition=~Q(kind="correction") | Q(replaces__isnull=False),
                name="licenses_correction_replaces",
            ),
        ]

    def __str__(self) -> str:
        return f"Letter {self.number} of {self.application}"

    @property
    def spelled(self) -> str:
        """The code in groups of four."""
        return "-".join(self.code[place : place + 4] for place in range(0, 16, 4))

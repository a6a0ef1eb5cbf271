"""Items: what is exported, with its classification."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Item(models.Model):
    """An item of the master. An application copies what it files; later edits do not change it."""

    part_number = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    eccn = models.CharField("ECCN", max_length=20, help_text="With its paragraph, or EAR99")
    description = models.TextField(blank=True)
    unit = models.CharField(max_length=20, default="each")
    manufacturer = models.CharField(max_length=200, blank=True)
    model_number = models.CharField(max_length=60, blank=True)
    ccats_number = models.CharField("CCATS", max_length=20, blank=True)
    app = models.DecimalField(
        max_digits=12, decimal_places=4, null=True, blank=True,
        help_text="Adjusted peak performance of a computer, weighted teraflops (block 22b)",
    )  # fmt: skip
    changed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(eccn__regex=r"^(EAR99|[0-9][A-E][0-9]{3}(\.[A-Za-z0-9.]+)?)$"),
                name="licenses_item_eccn_form",
            )
        ]

    def __str__(self) -> str:
        return f"{self.part_number} {self.name}"


class Basis(models.TextChoices):
    SELF = "self", "Self-classification"
    MANUFACTURER = "manufacturer", "The manufacturer's word"
    CCATS = "ccats", "Classified by BIS (CCATS)"
    CJ = "cj", "Commodity jurisdiction"


class ClassificationState(models.TextChoices):
    PROPOSED = "proposed", "Waits for a reviewer"
    SIGNED = "signed", "Signed by two people"
    REOPENED = "reopened", "Re-opened by a change of the entry"
    REPLACED = "replaced", "Replaced by a later one"


class Classification(models.Model):
    """Why an item has its ECCN: basis, engineer, reviewer, the parameters against the entry.

    `parameters`: [{"paragraph", "asks", "item", "source", "result": met | not_met | unknown}]; an unknown
    one is an open question.
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="classifications")
    eccn = models.CharField("ECCN", max_length=20)
    basis = models.CharField(max_length=12, choices=Basis)
    number = models.CharField(
        max_length=40, blank=True, help_text="Of the CCATS or the commodity jurisdiction"
    )
    reasons = models.CharField(
        max_length=200, blank=True, help_text="Reasons for control as read in the entry"
    )
    edition_on = models.DateField(
        null=True, blank=True, help_text="The day of the edition the entry was read in"
    )
    parameters = models.JSONField(default=list, blank=True)
    note = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=ClassificationState, default=ClassificationState.PROPOSED)
    engineer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    signed_at = models.DateTimeField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True)
    reopened_at = models.DateTimeField(null=True, blank=True)
    reopened_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(eccn__regex=r"^(EAR99|[0-9][A-E][0-9]{3}(\.[A-Za-z0-9.]+)?)$"),
                name="licenses_classification_eccn_form",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", signed_at=None, reviewer=None)
                | ~Q(state="proposed") & Q(signed_at__isnull=False, reviewer__isnull=False),
                name="licenses_classification_signed_paired",
            ),
            models.CheckConstraint(
                condition=~Q(reviewer=models.F("engineer")) | Q(reviewer=None),
                name="licenses_classification_two_people",
            ),
            models.UniqueConstraint(
                fields=["item"], condition=Q(state="proposed"), name="licenses_classification_one_proposed"
            ),
            models.UniqueConstraint(
                fields=["item"], condition=Q(state__in=["signed", "reopened"]),
                name="licenses_classification_one_current",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.item}: {self.eccn}"

    @property
    def open_questions(self) -> list[dict[str, str]]:
        return [each for each in self.parameters if each.get("result") == "unknown"]

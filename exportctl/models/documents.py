"""Documents: what was uploaded, proven by its SHA-256 and timed by the server."""

from __future__ import annotations

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Q


def place() -> Storage:
    """Where documents lie: the storage "documents" of the settings."""
    return storages["documents"]


class Scan(models.TextChoices):
    CLEAN = "clean", "No virus found"
    OFF = "off", "Not scanned: no scanner is set up"


class Document(models.Model):
    """A file kept as it came. Its content never changes; under legal hold it cannot be taken away."""

    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(storage=place, max_length=200)
    scan = models.CharField(max_length=5, choices=Scan)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()
    held_at = models.DateTimeField(null=True, blank=True)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    hold_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="exportctl_document_sha256"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="exportctl_document_named"),
            models.CheckConstraint(
                condition=Q(held_at=None, held_by=None, hold_reason="")
                | Q(held_at__isnull=False, held_by__isnull=False) & ~Q(hold_reason=""),
                name="exportctl_document_hold_paired",
            ),
        ]
        indexes = [models.Index(fields=["sha256"], name="exportctl_document_sha256")]

    def __str__(self) -> str:
        return self.name

"""Names that are asked about in large numbers: answered by every worker, kept for a few days."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class NameBatch(models.Model):
    """Names to screen and, as they come, the answers. Nothing of it enters the ledger of parties and hits."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    total = models.PositiveIntegerField()
    limit = models.PositiveSmallIntegerField()
    minimum = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return f"{self.total} names"


class NameChunk(models.Model):
    """Some neighbouring names of a batch; `answers` is null until they were screened."""

    batch = models.ForeignKey(NameBatch, on_delete=models.CASCADE, related_name="chunks")
    start = models.PositiveIntegerField(help_text="Place of the first name in the batch")
    count = models.PositiveIntegerField()
    queries = models.JSONField()
    answers = models.JSONField(null=True)
    world = models.TextField(blank=True, help_text="Engine and list versions the answers rest on")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "start"], name="name_chunk_once"),
            models.CheckConstraint(
                condition=Q(answers__isnull=True, answered_at=None, world="")
                | (Q(answers__isnull=False, answered_at__isnull=False) & ~Q(world="")),
                name="name_chunk_answered_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"names {self.start + 1} to {self.start + self.count}"

"""The one event log: audit trail, outbox and integration feed."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Cast


class Event(models.Model):
    """One sealed line of the log. Written by `exportctl.audit` alone; a trigger refuses every change.

    `body` is the canonical text that was hashed, verbatim; `data` is the same as jsonb for queries.
    `hash` = sha256(previous hash || seq | recorded_at | body).
    """

    seq = models.BigIntegerField(primary_key=True)
    recorded_at = models.DateTimeField()
    at = models.DateTimeField()
    verb = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60)
    actor_id = models.BigIntegerField()
    body = models.TextField()
    data = models.GeneratedField(
        expression=Cast("body", models.JSONField()), output_field=models.JSONField(), db_persist=True
    )
    previous = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        indexes = [
            models.Index(fields=["object_type", "object_id", "seq"], name="exportctl_event_object"),
            models.Index(fields=["verb", "seq"], name="exportctl_event_verb"),
            models.Index(fields=["actor_id", "seq"], name="exportctl_event_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb} {self.object_type} {self.object_id}"

    @property
    def is_late(self) -> bool:
        """Entered more than an hour after it happened: shown as "entered late"."""
        return (self.recorded_at - self.at).total_seconds() > 3600

"""Work owed because of an event: readers with a cursor, jobs with a lease."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class Reader(models.Model):
    """How far one reader of the event log has come."""

    name = models.CharField(max_length=60, primary_key=True)
    cursor = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} at {self.cursor}"


class Job(models.Model):
    """One piece of work a (reader, event). The message on the queue carries only its id."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        DEAD = "dead", "Failed for good"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reader = models.ForeignKey(Reader, on_delete=models.PROTECT, related_name="jobs")
    event = models.ForeignKey("exportctl.Event", on_delete=models.DO_NOTHING, related_name="jobs")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    deaths = models.PositiveIntegerField(
        default=0, db_default=0, help_text="How often the worker ended while it had this job"
    )
    lease_until = models.DateTimeField(null=True, blank=True)
    leased_by = models.UUIDField(null=True, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0, help_text="Units finished, for the progress bar")
    total = models.PositiveIntegerField(default=0, help_text="Units in all; 0 while unknown")
    cursor = models.CharField(max_length=60, blank=True, help_text="Where a chunked job goes on")
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reader", "event"], name="exportctl_job_once"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running", "done", "dead"]),
                name="exportctl_job_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False, leased_by__isnull=False)
                | (~Q(state="running") & Q(lease_until__isnull=True, leased_by__isnull=True)),
                name="exportctl_job_lease_while_running",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(state__in=["waiting", "running"]),
                name="exportctl_job_unfinished",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reader_id} for event {self.event_id}: {self.state}"

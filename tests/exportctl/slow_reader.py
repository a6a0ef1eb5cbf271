"""A reader of the log for fault tests, loaded into a real worker by `celery ... --include`.

Each job notes its start, works for a while in small steps with its lease renewed, and writes one row.
Leases and the beat's rounds are short here, so that a test need not wait.
"""

from __future__ import annotations

import os
import time
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from exportctl import outbox
from exportctl.celery import app
from exportctl.models import Job

VERB = "test.slow"
TABLE = "CREATE TABLE IF NOT EXISTS test_effect (job uuid, pid int, kind text)"


def work(job: Job) -> None:
    """Half a second of work (EXPORTCTL_TEST_SECONDS), then its one effect.

    Like every reader of the product it is safe twice: who died between the effect and the word that it is done left
    the effect behind, and the next one sees it. Two at work on one job would both leave theirs.
    """
    note(job, "start")
    if noted(job, "effect"):
        return
    steps = 10
    for step in range(steps):
        time.sleep(float(os.environ.get("EXPORTCTL_TEST_SECONDS", "0.5")) / steps)
        outbox.beat(job, now=timezone.now(), done=step, total=steps)
    note(job, "effect")


def noted(job: Job, kind: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM test_effect WHERE job = %s AND kind = %s", [job.pk, kind])
        return cursor.fetchone() is not None


def note(job: Job, kind: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO test_effect (job, pid, kind) VALUES (%s, %s, %s)", [job.pk, os.getpid(), kind]
        )


def connect() -> None:
    """Register the reader; the event log's other readers have no part in these tests."""
    outbox.READERS.clear()
    outbox.register("test.slow", {VERB}, work)


if os.environ.get("EXPORTCTL_TEST_READER") == "1":
    connect()
    outbox.LEASE = timedelta(seconds=2)
    app.conf.beat_schedule = {
        name: {**entry, "schedule": timedelta(seconds=1)}
        for name, entry in settings.CELERY_BEAT_SCHEDULE.items()
        if name in ("pump", "sweep")
    }

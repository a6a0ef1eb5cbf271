"""The platform's tasks: ids only, one call each, safe twice."""

import uuid

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from . import audit, notices, outbox


def ring() -> None:
    """Ring the pump after a commit; a dead Redis is found by beat's next round instead."""
    pump.apply_async(ignore_result=True)


audit.on_event(ring)


@shared_task(autoretry_for=(OperationalError,), retry_backoff=1, max_retries=3)
def pump() -> None:
    for job_id in outbox.pump(now=timezone.now()):
        run_job.delay(str(job_id))


@shared_task(autoretry_for=(OperationalError,), retry_backoff=1, max_retries=3)
def run_job(job_id: str) -> None:
    if outbox.run(uuid.UUID(job_id)):
        run_job.delay(job_id)


@shared_task
def sweep() -> None:
    outbox.bury(now=timezone.now())
    for job_id in outbox.unfinished(now=timezone.now()):
        run_job.delay(str(job_id))


@shared_task
def mail_notices() -> None:
    notices.mail(now=timezone.now())

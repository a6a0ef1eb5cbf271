"""The tasks of this app: one call each, safe twice."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from . import decisions, questions


@shared_task(autoretry_for=(OperationalError,), retry_backoff=1, max_retries=3)
def lapse() -> None:
    """Note the denials whose day 45 has come."""
    decisions.lapse(at=timezone.now())


@shared_task(autoretry_for=(OperationalError,), retry_backoff=1, max_retries=3)
def chase() -> None:
    """Remind of the questions whose day has come."""
    questions.chase(at=timezone.now())

"""This app's tasks for beat: ids only, one call each, safe twice."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from exportctl import people

from . import batches, hits, notices, sync


@shared_task
def drop_old_batches() -> None:
    """Names that were asked about in large batches are not kept for longer than a week."""
    batches.drop_old(at=timezone.now())


@shared_task(time_limit=3600)
def sync_lists() -> None:
    """Bring the lists up to date where syncing is on."""
    if settings.LIST_SYNC:
        sync.sync(by=people.job_user("sync"), at=timezone.now())


@shared_task
def expire_judgments() -> None:
    """Open the false positives whose time is over; guards count them as unjudged meanwhile."""
    hits.expire(by=people.job_user("screening"), at=timezone.now())


@shared_task
def remind() -> None:
    """Tell what has come due."""
    notices.on_day(now=timezone.now())

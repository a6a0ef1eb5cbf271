"""This app's tasks for beat: ids only, one call each, safe twice."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from exportctl import people

from . import batches, duties, hits, notices, sync


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
    """Open the false positives whose time is over, and the reviews of denial orders past their end.

    Guards count both as unjudged meanwhile.
    """
    by, at = people.job_user("screening"), timezone.now()
    hits.expire(by=by, at=at)
    duties.review_ended(by=by, at=at)


@shared_task
def remind() -> None:
    """Tell what has come due."""
    notices.on_day(now=timezone.now())

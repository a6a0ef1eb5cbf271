"""What happens on which event: one visible list."""

from __future__ import annotations

import time
from datetime import datetime

from django.utils import timezone

from exportctl import outbox, people
from exportctl.models import Job

from . import screening
from .models import ListVersion, Party, Trigger

CHUNK_SECONDS = 8.0
BATCH = 50


class ScreeningFailed(Exception):
    """Some parties could not be screened: the job is tried again for them."""


def connect() -> None:
    """Register this app's readers of the event log."""
    outbox.register("screening.party", {"party.registered", "party.changed"}, screen_party)
    outbox.register("screening.case", {"application.submitted"}, screen_case)
    outbox.register("screening.lists", {"list.published"}, rescreen)


def screen_party(job: Job) -> None:
    """A new or changed party is screened, unless a later run already saw these facts."""
    party = Party.objects.get(pk=job.event.object_id)
    if screening.state(party) != "current":
        new = job.event.verb == "party.registered"
        _screen(job, party, Trigger.REGISTERED if new else Trigger.CHANGED)


def screen_case(job: Job) -> None:
    """Every party of a filed application, in every role, is screened for the filing."""
    parties = Party.objects.filter(pk__in=job.event.data["data"].get("parties", [])).order_by("pk")
    total = len(parties)
    for done, party in enumerate(parties):
        outbox.beat(job, now=timezone.now(), done=done, total=total)
        _screen(job, party, Trigger.FILED)


def rescreen(job: Job) -> bool:
    """A published list: every party is screened again, a few seconds a turn. True: there is more to do."""
    version = ListVersion.objects.get(pk=job.event.object_id)
    total = Party.objects.count()
    done, after = (job.done, int(job.cursor)) if job.cursor else (0, 0)
    screening.world()  # reading and indexing a new list is a turn's work of its own
    outbox.beat(job, now=timezone.now(), done=done, total=total, cursor=str(after))
    started, by = time.monotonic(), people.job_user("screening")
    while True:
        batch = screening.rescreen(version=version, after=after, count=BATCH, by=by, at=_moment(job))
        if batch.last is None:
            break
        after, done = batch.last, min(done + BATCH, total)
        outbox.beat(job, now=timezone.now(), done=done, total=total, cursor=str(after))
        if time.monotonic() - started > CHUNK_SECONDS:
            return True
    if failed := screening.failed():
        outbox.beat(
            job, now=timezone.now(), done=0, total=total
        )  # from the start; who is current is passed over
        raise ScreeningFailed(f"{len(failed)} parties could not be screened, the first: {failed[:5]}")
    screening.finish(version=version, by=by, at=_moment(job))
    outbox.beat(job, now=timezone.now(), done=total, total=total, cursor=str(after))
    return False


def _screen(job: Job, party: Party, trigger: str) -> None:
    screening.screen(party=party, trigger=trigger, by=people.job_user("screening"), at=_moment(job))


def _moment(job: Job) -> datetime:
    """When a reaction happened: now; for an event entered late, the day it was entered for, so that the
    history of a late entry stays in order (the log's recorded_at tells when it really ran)."""
    return job.event.at if job.event.is_late else timezone.now()

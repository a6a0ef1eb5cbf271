"""What happens on which event: one visible list."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import date, datetime

from django.utils import timezone

from exportctl import outbox, people
from exportctl.errors import Invalid
from exportctl.models import Job, User

from . import archive, lists, screening, worlds
from .models import ListSource, ListVersion, Party, Trigger

CHUNK_SECONDS = 8.0
BATCH = 50


class ScreeningFailed(Exception):
    """Some parties could not be screened: the job is tried again for them."""


def connect() -> None:
    """Register this app's readers of the event log."""
    outbox.register("screening.party", {"party.registered", "party.changed"}, screen_party)
    outbox.register("screening.case", {"application.submitted"}, screen_case)
    outbox.register("lists.import", {"list.received"}, bring_in)
    outbox.register("screening.lists", {"list.published"}, rescreen)


def bring_in(job: Job) -> None:
    """A file that was handed in is imported for who handed it in; what became of it is an event of its own."""
    given, by = job.event.data["data"], User.objects.get(pk=job.event.actor_id)
    source = ListSource.objects.get(pk=job.event.object_id)
    with outbox.holding(job) as told, suppress(Invalid):  # list.refused says why
        lists.stage(
            source=source, path=archive.path_of(source.code, given["content_hash"]), by=by, at=_moment(job),
            effective_on=date.fromisoformat(given["effective_on"]), file_name=given["file"],
            progress=lambda rows, done, size: told(done, size),
        )  # fmt: skip


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
    worlds.world()  # reading and indexing a new list is a turn's work of its own
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

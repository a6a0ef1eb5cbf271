"""What happens on which event: one visible list."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime

from django.utils import timezone

from exportctl import outbox, people
from exportctl.errors import Invalid
from exportctl.models import Job, User

from . import archive, batches, coverage, lists, notices, screening, weighing, worlds
from .models import ListSource, ListVersion, NameChunk, Party, Trigger

CHUNK_SECONDS = 8.0
BEAT_SECONDS = 3.0
BATCH = 200


class ScreeningFailed(Exception):
    """Some parties could not be screened: the job is tried again for them."""


def connect() -> None:
    """Register this app's readers of the event log."""
    outbox.register("screening.party", {"party.registered", "party.changed"}, screen_party)
    case = {"application.submitted", "application.amended", "decision.proposed"}
    outbox.register("screening.case", case, screen_case)
    outbox.register("screening.names", {"names.received"}, answer_names)
    outbox.register("lists.import", {"list.received"}, bring_in)
    outbox.register("screening.lists", {"list.published", "screening.due"}, rescreen)
    outbox.register("notices", frozenset(notices.RULES), tell)


def tell(job: Job) -> None:
    """Whom an event concerns is told of it, once; of what was entered late nobody is told."""
    if not job.event.is_late:
        notices.on_event(job.event, now=timezone.now())


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


def answer_names(job: Job) -> None:
    """A chunk of the names that somebody asked about in a large batch."""
    if (
        chunk := NameChunk.objects.select_related("batch__by")
        .filter(pk=job.event.object_id, answered_at=None)
        .first()
    ):
        batches.work(chunk=chunk, at=timezone.now())


def screen_party(job: Job) -> None:
    """A new or changed party is screened, unless a later run already saw these facts."""
    party = Party.objects.get(pk=job.event.object_id)
    if screening.state(party) != "current":
        new = job.event.verb == "party.registered"
        _screen(job, party, Trigger.REGISTERED if new else Trigger.CHANGED)


def screen_case(job: Job) -> None:
    """Every party of a filed application, in every role, is screened for the filing, and again for a decision."""
    trigger = Trigger.FILED if job.event.verb == "application.submitted" else Trigger.DECIDED
    parties = Party.objects.filter(pk__in=job.event.data["data"].get("parties", [])).order_by("pk")
    total = len(parties)
    for done, party in enumerate(parties):
        outbox.beat(job, now=timezone.now(), done=done, total=total)
        _screen(job, party, trigger)


def rescreen(job: Job) -> bool:
    """A published list, or one to be asked anew: it is held against every party, a few seconds a turn.

    True: there is more to do.
    """
    version = ListVersion.objects.get(pk=job.event.object_id)
    total = Party.objects.count()
    done, after = (job.done, int(job.cursor)) if job.cursor else (0, 0)

    def beat() -> None:
        outbox.beat(job, now=timezone.now(), done=done, total=total, cursor=str(after))

    if not job.cursor and weighing.due():
        weighing.weigh(by=people.job_user("screening"), at=_moment(job))
    worlds.world()  # reading and indexing a new list is a turn's work of its own
    beat()
    started, by = time.monotonic(), people.job_user("screening")
    while True:
        batch = coverage.cover(
            version=version, after=after, count=BATCH, by=by, at=_moment(job), beat=_now_and_then(beat)
        )
        if batch.last is None:
            break
        after, done = batch.last, min(done + BATCH, total)
        beat()
        if time.monotonic() - started > CHUNK_SECONDS:
            return True
    failed = screening.failed()
    try:
        if not failed:
            coverage.finish(version=version, by=by, at=_moment(job))
    except coverage.Gaps:
        outbox.beat(job, now=timezone.now(), done=0, total=total)
        raise
    if failed:
        # from the start; who is current is passed over
        outbox.beat(job, now=timezone.now(), done=0, total=total)
        raise ScreeningFailed(f"{len(failed)} parties could not be screened, the first: {failed[:5]}")
    done = total
    beat()
    return False


def _now_and_then(beat: Callable[[], None]) -> Callable[[], None]:
    """The beat, at most every few seconds."""
    last = time.monotonic()

    def maybe() -> None:
        nonlocal last
        if time.monotonic() - last > BEAT_SECONDS:
            last = time.monotonic()
            beat()

    return maybe


def _screen(job: Job, party: Party, trigger: str) -> None:
    screening.screen(party=party, trigger=trigger, by=people.job_user("screening"), at=_moment(job))


def _moment(job: Job) -> datetime:
    """When a reaction happened: now; for an event entered late, the day it was entered for, so that the
    history of a late entry stays in order (the log's recorded_at tells when it really ran)."""
    return job.event.at if job.event.is_late else timezone.now()

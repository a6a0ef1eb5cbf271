"""Readers of the event log: a cursor each, one Job a (reader, event), leases, retry, dead letter.

The database is the truth, the queue only a bell: `pump` moves a cursor and writes the jobs in one
transaction; a message carries a job's id; `sweep` rings again for unfinished jobs. A flushed Redis
or a killed worker therefore loses nothing.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event as Flag
from threading import Thread

from django.db import Error, connection, transaction
from django.db.models import Case, F, Q, When
from django.utils import timezone

from .models import Event, Job, Reader

LEASE = timedelta(seconds=20)
RENEW = 1.0  # seconds between two signs of life of a long job
ATTEMPTS = 8  # a job that fails so often is given up
DEATHS = 30  # so is one whose worker ended under it so often: far more, since most of those are killed from outside
BATCH = 500
logger = logging.getLogger(__name__)

Handler = Callable[[Job], bool | None]


@dataclass(frozen=True, slots=True)
class Registration:
    name: str
    verbs: frozenset[str]
    handler: Handler


READERS: dict[str, Registration] = {}


class LeaseLost(Exception):
    """Another worker took the job over; the present run must stop without writing."""


def register(name: str, verbs: set[str] | frozenset[str], handler: Handler) -> None:
    """Declare a reader: on each event with one of `verbs`, `handler(job)` runs in a worker.

    The handler must be safe twice. It returns True when it did a chunk and wants to go on.
    """
    READERS[name] = Registration(name, frozenset(verbs), handler)


def pump(*, now: datetime) -> list[uuid.UUID]:
    """Move every reader's cursor to the end of the log; returns the ids of the jobs written."""
    cursors = dict(Reader.objects.values_list("name", "cursor"))
    if missing := [Reader(name=name) for name in READERS if name not in cursors]:
        Reader.objects.bulk_create(missing, ignore_conflicts=True)
    head = Event.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    created: list[uuid.UUID] = []
    for registration in READERS.values():
        more = cursors.get(registration.name, 0) < head
        while more:
            batch, more = _pump_one(registration, now=now)
            created += batch
    return created


def _pump_one(registration: Registration, *, now: datetime) -> tuple[list[uuid.UUID], bool]:
    with transaction.atomic():
        reader = (
            Reader.objects.select_for_update(no_key=True, skip_locked=True)
            .filter(name=registration.name)
            .first()
        )
        if reader is None:  # another pump is at it
            return [], False
        events = list(
            Event.objects.filter(seq__gt=reader.cursor).order_by("seq").values_list("seq", "verb")[:BATCH]
        )
        if not events:
            return [], False
        jobs = [
            Job(reader=reader, event_id=seq, created_at=now)
            for seq, verb in events
            if verb in registration.verbs
        ]
        Job.objects.bulk_create(jobs, ignore_conflicts=True)
        reader.cursor = events[-1][0]
        reader.save(update_fields=["cursor"])
    return [job.id for job in jobs], len(events) == BATCH


def claim(job_id: uuid.UUID, *, now: datetime) -> Job | None:
    """Take a job's lease by one conditional UPDATE; None when it is done or in other hands."""
    holder = uuid.uuid4()
    taken = Job.objects.filter(_owed(now), pk=job_id).update(
        state=Job.State.RUNNING, lease_until=now + LEASE, leased_by=holder,
        attempts=F("attempts") + Case(When(state=Job.State.RUNNING, then=0), default=1),
        deaths=F("deaths") + Case(When(state=Job.State.RUNNING, then=1), default=0),
    )  # fmt: skip
    return Job.objects.select_related("event").get(pk=job_id) if taken else None


def beat(job: Job, *, now: datetime, done: int, total: int, cursor: str = "") -> None:
    """Renew the lease and store progress. Raises LeaseLost when the job is in other hands.

    A cursor that moved starts the count of attempts anew: a long job is given up where it stands still, not
    for being interrupted often.
    """
    attempts = {"attempts": 1, "deaths": 0} if cursor != job.cursor else {}
    kept = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, leased_by=job.leased_by).update(
        lease_until=now + LEASE, done=done, total=total, cursor=cursor, **attempts
    )
    if not kept:
        raise LeaseLost(str(job))
    job.done, job.total, job.cursor = done, total, cursor


@contextmanager
def holding(job: Job) -> Iterator[Callable[[int, int], None]]:
    """Keep the lease of a job that is one long transaction, and show its progress meanwhile.

    Both are written over a connection of their own, so that they are seen before the transaction ends.
    Yields `told(done, total)`; it raises LeaseLost once the job is in other hands.
    """
    at, ended, lost = [job.done, job.total], Flag(), Flag()
    renewing = Thread(target=_renew, args=(job, at, ended, lost), daemon=True)

    def told(done: int, total: int) -> None:
        at[:] = done, total
        if lost.is_set():
            raise LeaseLost(str(job))

    renewing.start()
    try:
        yield told
    finally:
        ended.set()
        renewing.join()


def _renew(job: Job, at: list[int], ended: Flag, lost: Flag) -> None:
    try:
        while not ended.wait(RENEW):
            try:
                beat(job, now=timezone.now(), done=at[0], total=at[1])
            except LeaseLost:
                lost.set()
                return
            except Error as error:  # the transaction itself will find out
                logger.warning("lease of %s not renewed: %s", job, error)
                connection.close()
    finally:
        connection.close()


def run(job_id: uuid.UUID) -> bool:
    """Claim and run one job; returns True when it wants another turn. Never raises a job's error."""
    job = claim(job_id, now=timezone.now())
    if job is None:
        return False
    try:
        more = bool(READERS[job.reader_id].handler(job))
    except LeaseLost:
        return False
    except Exception as error:  # any error of a handler is kept on its job and tried again
        logger.exception("job failed: %s", job)
        _fail(job, error, now=timezone.now())
        return False
    _release(
        job,
        state=Job.State.WAITING if more else Job.State.DONE,
        attempts=0 if more else job.attempts,
        finished_at=None if more else timezone.now(),
        error="",
    )
    return more


def _fail(job: Job, error: Exception, *, now: datetime) -> None:
    dead = job.attempts >= ATTEMPTS
    _release(
        job,
        state=Job.State.DEAD if dead else Job.State.WAITING,
        error=f"{type(error).__name__}: {error}"[:2000],
        not_before=now + timedelta(seconds=min(2**job.attempts, 300)),
        finished_at=now if dead else None,
    )


def _release(job: Job, **values: object) -> None:
    Job.objects.filter(pk=job.pk, leased_by=job.leased_by).update(lease_until=None, leased_by=None, **values)


def unfinished(*, now: datetime) -> list[uuid.UUID]:
    """Jobs the sweeper should ring for again, waiting and due, or with a lapsed lease: in the order of the log, those
    whose worker died behind the untouched ones, so that no job is at hand at every death and given up for it."""
    owed = Job.objects.filter(_owed(now)).order_by("deaths", "event_id", "reader_id")
    return list(owed.values_list("pk", flat=True)[:BATCH])


def _owed(now: datetime) -> Q:
    due = Q(state=Job.State.WAITING) & (Q(not_before=None) | Q(not_before__lte=now))
    return due | Q(state=Job.State.RUNNING, lease_until__lt=now, deaths__lt=DEATHS - 1)


def bury(*, now: datetime) -> int:
    """Give up on jobs whose worker died under them too often; returns how many. They show as failed."""
    lapsed = Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=now, deaths__gte=DEATHS - 1)
    return lapsed.update(
        state=Job.State.DEAD, lease_until=None, leased_by=None, finished_at=now,
        deaths=DEATHS, error=f"The worker ended {DEATHS} times while it had this job.",
    )  # fmt: skip


def drain() -> int:
    """Run everything owed in this process until nothing is left; returns the number of runs.

    For the demo, tests and air-gapped set-up. A failing job is left for its retry.
    """
    runs = 0
    while True:
        pump(now=timezone.now())
        jobs = unfinished(now=timezone.now())
        if not jobs:
            return runs
        for job_id in jobs:
            while run(job_id):
                runs += 1
            runs += 1

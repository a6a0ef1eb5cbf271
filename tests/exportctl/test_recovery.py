"""What is owed is done once, whatever dies meanwhile: a real worker, a real Redis."""

from __future__ import annotations

import time

import pytest

from exportctl import outbox
from exportctl.models import Event, Job

from .recovery import PATIENCE, all_done, notes, owe, stack, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def servers():
    with stack() as found:
        yield found


def test_killed_worker_loses_no_job_and_does_none_twice(servers):
    """T15, quick: kill -9 in mid-job; the lease lapses, another worker does it, once."""
    servers.start_worker(seconds=10)  # none ends before the kill
    owe(3)
    until(lambda: len(notes("start")) >= 2, what="jobs begin", log=servers.log)
    servers.kill_worker()
    interrupted = set(notes("start")) - set(notes("effect"))
    assert interrupted
    servers.start_worker(seconds=0.2)
    until(all_done, what="all jobs done", log=servers.log)
    assert sorted(notes("effect")) == sorted(str(job) for job in Job.objects.values_list("pk", flat=True))
    assert min(Job.objects.filter(pk__in=interrupted).values_list("deaths", flat=True)) >= 1


def test_redis_away_stops_no_verb_and_loses_no_job(servers):
    """T16, quick: events are written while the queue is gone; the work is done once it is back."""
    servers.start_worker(seconds=0.1)
    owe(1)
    until(all_done, what="the first job", log=servers.log)
    servers.redis.child.kill()
    began = time.monotonic()
    owe(3)
    assert time.monotonic() - began < PATIENCE  # that it ends at all: what it took is the drill's figure
    assert Event.objects.filter(verb="test.slow").count() == 4
    servers.start_redis()
    until(all_done, what="jobs after Redis came back", log=servers.log)
    assert len(notes("effect")) == len(set(notes("effect"))) == 4


def test_flushed_redis_loses_no_job(servers):
    """Messages are bells: jobs that were queued, and events not yet pumped, are found in the database."""
    owe(2)
    outbox.pump(now=Event.objects.latest("seq").recorded_at)
    owe(2)
    assert Job.objects.count() == 2
    servers.flush()
    servers.start_worker(seconds=0.1)
    until(all_done, what="jobs after the flush", log=servers.log)
    assert len(notes("effect")) == len(set(notes("effect"))) == 4

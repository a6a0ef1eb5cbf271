"""Readers of the log: a cursor each, one job a (reader, event), leases, retry, dead letter."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from exportctl import outbox, tasks
from exportctl.celery import app
from exportctl.models import Event, Job, Reader
from tests.threads import at_once

from .log import AT, fill

pytestmark = pytest.mark.django_db


@pytest.fixture
def readers():
    """An empty table of readers; what the apps registered comes back afterwards."""
    kept = dict(outbox.READERS)
    outbox.READERS.clear()
    yield outbox.READERS
    outbox.READERS.clear()
    outbox.READERS.update(kept)


def registered(handler, verbs=("test.done",), name="test"):
    outbox.register(name, set(verbs), handler)


def test_pump_writes_one_job_a_reader_and_event_and_moves_the_cursor(readers):
    registered(lambda job: None, name="one")
    registered(lambda job: None, name="two")
    registered(lambda job: None, verbs=("other.verb",), name="three")
    fill(3)
    assert len(outbox.pump(now=AT)) == 6
    assert list(Reader.objects.order_by("name").values_list("name", "cursor")) == [
        ("one", 3),
        ("three", 3),
        ("two", 3),
    ]
    assert outbox.pump(now=AT) == []
    fill(1)
    assert len(outbox.pump(now=AT)) == 2
    assert Job.objects.count() == 8


def test_pump_goes_on_over_more_than_one_batch(readers, monkeypatch):
    monkeypatch.setattr(outbox, "BATCH", 4)
    registered(lambda job: None)
    fill(11)
    assert len(outbox.pump(now=AT)) == 11
    assert Reader.objects.get().cursor == 11


def test_pump_twice_over_the_same_events_writes_no_second_job(readers):
    registered(lambda job: None)
    fill(2)
    outbox.pump(now=AT)
    Reader.objects.update(cursor=0)
    outbox.pump(now=AT)
    assert Job.objects.count() == 2


def test_drain_hands_events_over_in_their_order(readers):
    seen = []
    registered(lambda job: seen.append(job.event_id))
    fill(5)
    assert outbox.drain() == 5
    assert seen == [1, 2, 3, 4, 5]
    assert outbox.drain() == 0
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}


def test_claim_gives_a_job_to_one_holder(readers):
    registered(lambda job: None)
    fill(1)
    (job_id,) = outbox.pump(now=AT)
    first = outbox.claim(job_id, now=AT)
    assert first is not None
    assert outbox.claim(job_id, now=AT + outbox.LEASE) is None
    second = outbox.claim(job_id, now=AT + outbox.LEASE + timedelta(seconds=1))
    assert second is not None
    assert (second.attempts, second.deaths, second.leased_by != first.leased_by) == (1, 1, True)
    with pytest.raises(outbox.LeaseLost):
        outbox.beat(first, now=AT, done=1, total=2)
    outbox.beat(second, now=AT + timedelta(minutes=1), done=1, total=2, cursor="here")
    kept = Job.objects.get()
    assert (kept.done, kept.total, kept.cursor, kept.lease_until) == (
        1,
        2,
        "here",
        AT + timedelta(minutes=1) + outbox.LEASE,
    )


def test_run_of_a_job_in_other_hands_does_nothing(readers):
    runs = []
    registered(runs.append)
    fill(1)
    (job_id,) = outbox.pump(now=timezone.now())
    outbox.claim(job_id, now=timezone.now())
    assert outbox.run(job_id) is False
    assert runs == []


def test_handler_that_lost_its_lease_does_not_mark_the_job(readers):
    def slow(job):
        Job.objects.filter(pk=job.pk).update(lease_until=AT)  # long ago: another worker may take it
        other = outbox.claim(job.pk, now=timezone.now())
        assert other is not None

    registered(slow)
    fill(1)
    (job_id,) = outbox.pump(now=timezone.now())
    outbox.run(job_id)
    assert Job.objects.get().state == "running"


def seen_from_outside(job_id):
    """What another connection sees of a job: lease, done, total."""
    [found] = at_once([lambda: Job.objects.values_list("lease_until", "done", "total").get(pk=job_id)])
    return found


def wait_for(condition):
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_long_transaction_keeps_its_lease_and_shows_its_progress(readers, monkeypatch):
    monkeypatch.setattr(outbox, "RENEW", 0.02)
    leases = []

    def handler(job):
        with outbox.holding(job) as told, transaction.atomic():
            Reader.objects.create(name="unseen until the end")
            told(3, 10)
            wait_for(lambda: seen_from_outside(job.pk)[1:] == (3, 10))
            first = seen_from_outside(job.pk)[0]
            wait_for(lambda: seen_from_outside(job.pk)[0] > first)
            leases.append(first)
            told(10, 10)

    registered(handler)
    fill(1)
    [job_id] = outbox.pump(now=timezone.now())
    outbox.run(job_id)
    job = Job.objects.get()
    assert (job.state, job.error, len(leases)) == (Job.State.DONE, "", 1)


@pytest.mark.django_db(transaction=True)
def test_long_transaction_is_undone_once_its_job_is_in_other_hands(readers, monkeypatch):
    monkeypatch.setattr(outbox, "RENEW", 0.02)
    other = uuid.uuid4()

    def handler(job):
        with outbox.holding(job) as told, transaction.atomic():
            Reader.objects.create(name="written meanwhile")
            at_once([lambda: Job.objects.filter(pk=job.pk).update(leased_by=other)])
            while True:
                told(1, 2)
                time.sleep(0.01)

    registered(handler)
    fill(1)
    [job_id] = outbox.pump(now=timezone.now())
    assert outbox.run(job_id) is False
    assert not Reader.objects.filter(name="written meanwhile").exists()
    assert Job.objects.get().leased_by == other


def test_failing_handler_is_tried_again_later_and_given_up_in_the_end(readers):
    def fail(job):
        raise ValueError("no such party")

    registered(fail)
    fill(1)
    (job_id,) = outbox.pump(now=timezone.now())
    for attempt in range(1, outbox.ATTEMPTS):
        outbox.run(job_id)
        job = Job.objects.get()
        assert (job.state, job.attempts, job.error) == ("waiting", attempt, "ValueError: no such party")
        assert job.not_before > timezone.now()
        assert outbox.run(job_id) is False  # not before its time
        assert Job.objects.get().attempts == attempt
        Job.objects.update(not_before=None)
    outbox.run(job_id)
    job = Job.objects.get()
    assert (job.state, job.attempts) == ("dead", outbox.ATTEMPTS)
    assert job.finished_at is not None
    assert outbox.unfinished(now=timezone.now() + timedelta(days=1)) == []


def test_handler_that_wants_another_turn_keeps_its_place(readers):
    turns = []

    def chunk(job):
        turns.append(job.cursor)
        outbox.beat(job, now=timezone.now(), done=len(turns), total=3, cursor=str(len(turns)))
        return len(turns) < 3

    registered(chunk)
    fill(1)
    assert outbox.drain() == 3
    assert turns == ["", "1", "2"]
    assert Job.objects.get().state == "done"


def test_job_whose_worker_died_again_and_again_is_buried(readers):
    registered(lambda job: None)
    fill(1)
    (job_id,) = outbox.pump(now=AT)
    moment = AT
    for _ in range(outbox.DEATHS):
        assert outbox.claim(job_id, now=moment) is not None
        assert outbox.bury(now=moment) == 0
        moment += outbox.LEASE + timedelta(seconds=1)
    assert outbox.claim(job_id, now=moment) is None
    assert outbox.bury(now=moment) == 1
    job = Job.objects.get()
    assert (job.state, "ended 30 times" in job.error, job.attempts) == ("dead", True, 1)


def test_job_of_a_reader_that_is_gone_fails_and_stays(readers):
    registered(lambda job: None)
    fill(1)
    (job_id,) = outbox.pump(now=timezone.now())
    readers.clear()
    outbox.run(job_id)
    assert (Job.objects.get().state, Job.objects.get().error) == ("waiting", "KeyError: 'test'")


def test_web_process_publishes_to_the_configured_broker(settings):
    """Without the import in exportctl.apps a process would send to amqp://localhost."""
    from exportctl.settings import broker

    assert app.conf.broker_url == broker(settings.REDIS_URL)
    with app.connection_for_write() as wire:
        assert wire.transport_cls == "redis"
    assert tasks.pump.app is app
    assert tasks.pump.app.connection_for_write().as_uri().startswith("redis")


def test_every_scheduled_task_exists():
    app.loader.import_default_modules()
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


@pytest.mark.django_db(transaction=True)
def test_committed_action_rings_once_and_a_dead_queue_does_not_reach_the_caller(monkeypatch):
    from exportctl import audit

    rung = []

    def dead():
        rung.append(Event.objects.count())
        raise ConnectionError("the queue is away")

    monkeypatch.setattr(audit, "_pokes", [dead])
    fill(1)
    assert rung == [1]  # after the commit, and its error stayed behind


def test_action_that_raises_does_not_ring(monkeypatch, django_capture_on_commit_callbacks):
    from exportctl import audit

    from .log import actor

    rung = []
    monkeypatch.setattr(audit, "_pokes", [lambda: rung.append(1)])
    with (
        django_capture_on_commit_callbacks(execute=True),
        pytest.raises(RuntimeError),
        audit.action(by=actor(), at=AT) as log,
    ):
        log("test.done", actor())
        raise RuntimeError
    assert rung == []


def test_job_whose_worker_died_stands_behind_the_untouched_ones_and_fails_no_sooner(readers):
    registered(lambda job: None)
    fill(3)
    first, second, third = outbox.pump(now=AT)
    assert outbox.claim(first, now=AT) is not None
    later = AT + outbox.LEASE + timedelta(seconds=1)
    assert outbox.unfinished(now=later) == [first, second, third]  # nobody knows yet that it died
    assert outbox.claim(first, now=later) is not None
    again = later + outbox.LEASE + timedelta(seconds=1)
    assert outbox.unfinished(now=again) == [second, third, first]
    job = Job.objects.get(pk=first)
    assert (job.attempts, job.deaths) == (1, 1)

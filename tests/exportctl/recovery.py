"""A private Redis and a real Celery worker to be killed, for fault tests and drills."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from exportctl import audit, outbox
from exportctl.celery import app
from exportctl.local.redis import Server
from exportctl.models import Event, Job
from exportctl.settings import broker

from . import slow_reader
from .log import AT, actor

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE = 300.0  # seconds after which a wait is given up; no test hangs on how fast the machine is


def database_url() -> str:
    """The address of the database this process is connected to (the test database)."""
    has = connection.settings_dict
    who = quote(has["USER"]) + (f":{quote(has['PASSWORD'])}" if has["PASSWORD"] else "")
    where = quote(has["HOST"], safe="") + (f":{has['PORT']}" if has["PORT"] else "")
    return f"postgres://{who}@{where}/{quote(has['NAME'])}"


class Stack:
    """A Redis of its own, a worker with its beat inside, and this process's own way to that Redis."""

    def __init__(self, folder: Path, *, product: bool = False):
        self.folder = folder
        self.product = product
        self.redis = Server(folder=folder / "redis", sockets=folder, log=folder / "redis.log", durable=False)
        self.worker: subprocess.Popen[bytes] | None = None
        self._lock = threading.RLock()
        self._again: Callable[[], None] | None = None

    def start_redis(self) -> None:
        self.redis.start()
        self.redis.wait()

    def start_worker(self, *, seconds: float = 0.5) -> None:
        """A prefork worker of two processes in a group of its own, with the slow reader or the product's."""
        environment = {
            **os.environ, "DATABASE_URL": database_url(), "REDIS_URL": self.redis.url, "PYTHONWARNINGS": "ignore",
            "EXPORTCTL_TEST_READER": "" if self.product else "1", "EXPORTCTL_TEST_SECONDS": str(seconds),
        }  # fmt: skip
        environment.pop("EXPORTCTL_AS_OWNER", None)
        command = [
            sys.executable, "-m", "celery", "-A", "exportctl.celery", "worker", "-c", "2", "-B", "--loglevel", "INFO",
            "-s", str(self.folder / "beat"), "--without-gossip", "--without-mingle",
            "--include", "tests.exportctl.slow_reader",
        ]  # fmt: skip
        with self._lock, (self.folder / "worker.log").open("ab") as log:
            self.worker = subprocess.Popen(
                command, cwd=CHECKOUT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
            self._again = functools.partial(self.start_worker, seconds=seconds)

    def supervise(self, ended: threading.Event) -> None:
        """Start a worker again that ended by itself, as its supervisor does: the broker's client may give up."""
        while not ended.wait(0.2):
            with self._lock:
                if self.worker is not None and self.worker.poll() is not None and self._again:
                    self._again()

    def kill_worker(self) -> None:
        """kill -9 of the worker with all its processes, as a power cut would."""
        with self._lock:
            if self.worker is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.worker.pid, signal.SIGKILL)
                self.worker.wait(10)
                self.worker = None

    def flush(self) -> None:
        """Empty this Redis, which is nobody else's."""
        import redis

        with redis.Redis.from_url(self.redis.url) as client:
            client.flushall()

    def log(self) -> str:
        path = self.folder / "worker.log"
        return path.read_text()[-4000:] if path.exists() else ""


@contextlib.contextmanager
def stack(*, product: bool = False) -> Iterator[Stack]:
    """The private stack; this process publishes to its Redis meanwhile. All is ended at the end.

    Its only reader of the log is the slow one; with `product` the product's own readers are at work.
    """
    kept = (app.conf.broker_url, dict(outbox.READERS))
    with tempfile.TemporaryDirectory(prefix="exportctl-test-", dir="/tmp") as name:
        found = Stack(Path(name), product=product)
        with connection.cursor() as cursor:
            cursor.execute(slow_reader.TABLE)
        ended = threading.Event()
        supervisor = threading.Thread(target=found.supervise, args=(ended,), daemon=True)
        try:
            found.start_redis()
            supervisor.start()
            point_at(broker(found.redis.url))
            if not product:
                slow_reader.connect()
            yield found
        finally:
            ended.set()
            found.kill_worker()
            found.redis.end()
            point_at(kept[0])
            outbox.READERS.clear()
            outbox.READERS.update(kept[1])
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE test_effect")


def point_at(url: str) -> None:
    """Let this process publish to another broker: its pools are made anew."""
    app.conf.broker_url = url
    app.amqp._producer_pool = None
    app._pool = None


def owe(count: int) -> None:
    """Write events that each owe the slow reader one job."""
    by = actor()
    for number in range(count):
        with audit.action(by=by, at=AT) as log:
            log(slow_reader.VERB, by, number=number)


def until(
    holds: Callable[[], bool], *, what: str, log: Callable[[], str] = str, seconds: float = PATIENCE
) -> float:
    """Wait until something holds; returns after how many seconds. Raises AssertionError when it does not."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"{what}: not within {seconds:.0f} s\n{log()}")
        time.sleep(0.05)
    return time.monotonic() - began


def notes(kind: str) -> list[str]:
    """The jobs that noted this, with repeats."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT job::text FROM test_effect WHERE kind = %s", [kind])
        return [job for (job,) in cursor.fetchall()]


def all_done() -> bool:
    """Whether each event has its job and each job is done."""
    owed = Event.objects.filter(verb=slow_reader.VERB).count()
    return Job.objects.filter(state=Job.State.DONE).count() == owed

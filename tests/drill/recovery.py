"""T15 and T16: the worker is killed, the queue stopped or emptied; nothing is lost or done twice."""

from __future__ import annotations

import random
import time

from exportctl.models import Job
from tests.exportctl.recovery import Stack, all_done, notes, owe, stack, until

from . import drill

LIMIT = 60.0  # seconds to be drained after the restart


@drill("T15", "kill -9 of the worker at random points: none lost, no double outcome, drained in 60 s")
def killed_worker(full: bool) -> tuple[str, bool]:
    """200 kills, each while jobs run."""
    kills, dice = 200 if full else 2, random.Random(15)
    with stack() as servers:
        for _ in range(kills):
            owe(3)
            servers.start_worker(seconds=0.4)
            began = len(notes("start"))
            until(lambda began=began: len(notes("start")) > began, seconds=60, what="jobs", log=servers.log)
            time.sleep(dice.uniform(0, 0.8))
            servers.kill_worker()
        servers.start_worker(seconds=0.05)
        drained = until(all_done, seconds=LIMIT + 3 * kills * 0.1, what="all jobs", log=servers.log)
        return judged(f"{kills} kills", drained)


@drill("T16", "Redis stopped or flushed under load: verbs go on, no job lost, recovered in 60 s")
def queue_away(full: bool) -> tuple[str, bool]:
    """The queue is killed and emptied again and again while events are written."""
    rounds = 20 if full else 2
    slowest = 0.0
    with stack() as servers:
        servers.start_worker(seconds=0.05)
        for turn in range(rounds):
            slowest = max(slowest, fault(servers, flush=bool(turn % 2)))
        drained = until(all_done, seconds=LIMIT, what="all jobs", log=servers.log)
        figure, passed = judged(f"{rounds} faults, slowest write {slowest:.1f} s", drained)
        return figure, passed and slowest < 5


def fault(servers: Stack, *, flush: bool) -> float:
    """One fault with writes before, within and after; the slowest write in seconds."""
    owe(2)
    if flush:
        servers.flush()
    else:
        servers.redis.child.kill()
    began = time.monotonic()
    owe(1)
    slow = time.monotonic() - began
    if not flush:
        servers.start_redis()
    owe(1)
    return slow


def judged(what: str, drained: float) -> tuple[str, bool]:
    """The figure and whether it is good: each job has its one outcome."""
    jobs = {str(job) for job in Job.objects.values_list("pk", flat=True)}
    done = notes("effect")
    lost, twice = len(jobs - set(done)), len(done) - len(set(done))
    figure = f"{what}: {lost} of {len(jobs)} lost, {twice} done twice, drained in {drained:.0f} s"
    return figure, lost == 0 and twice == 0 and drained <= LIMIT

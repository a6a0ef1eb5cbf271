"""`python -m exportctl.local run -- COMMAND`: the command, with a PostgreSQL and a Redis of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from exportctl.local import postgres, stack
from exportctl.local.places import CHECKOUT, LocalError


class Stopped(Exception):
    """Someone asked the runner to end (Ctrl-C, SIGTERM, a closed terminal)."""


def stop_on_signal() -> None:
    """Turn the first SIGINT, SIGTERM or SIGHUP into `Stopped`; later ones are ignored while all ends."""

    def handler(number: int, frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(signal.Signals(number).name)

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, handler)


def run(command: Sequence[str]) -> int:
    """Run `command` with DATABASE_URL and REDIS_URL of throw-away servers; returns its exit code.

    An address that the environment gives is used instead. Both servers are ended and deleted
    whatever happens. 130 when the run was stopped by a signal.
    """
    stop_on_signal()
    own_postgres, own_redis = not stack.given("DATABASE_URL"), not stack.given("REDIS_URL")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    environment = {**os.environ, "PATH": path}  # `python` is the one that runs this
    try:
        with stack.throw_away(own_postgres=own_postgres, own_redis=own_redis) as servers:
            if servers.postgres:
                environment["DATABASE_URL"] = servers.postgres.url(postgres.OWNER)
                environment.pop("MIGRATION_DATABASE_URL", None)
            if servers.redis:
                environment["REDIS_URL"] = servers.redis.url
            tell(own_postgres, own_redis)
            return attend(command, environment)
    except Stopped as stop:
        print(f"ended by {stop}", file=sys.stderr)
        return 130


def tell(own_postgres: bool, own_redis: bool) -> None:
    """Say which servers the command gets."""
    for name, own in (("PostgreSQL", own_postgres), ("Redis", own_redis)):
        print(f"{name}: {'a throw-away one of its own' if own else 'the given one'}", flush=True)


def attend(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run one command in the foreground, its group ended with it; returns its exit code."""
    try:
        process = subprocess.Popen(list(command), env=environment, cwd=CHECKOUT)
    except OSError as error:
        raise LocalError(f"{command[0]} cannot be run: {error}") from error
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise

"""The two servers together: durable ones for `serve`, throw-away ones for `run` and for fault tests."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exportctl.local import postgres, redis
from exportctl.local.greeting import say
from exportctl.local.places import (
    Account,
    LocalError,
    make_private,
    remove_folder,
    server_account,
    socket_folder,
    state_folder,
    var,
)


@dataclass
class Servers:
    """Our own PostgreSQL and Redis; either is None where an address was given instead."""

    postgres: postgres.Cluster | None
    redis: redis.Server | None
    sockets: Path
    first_start: Path | None = None  # stands from a database's making until it was filled

    def start(self) -> None:
        """Start both at once, wait for both, make roles and database."""
        if self.redis:
            self.redis.start()
        if self.postgres:
            if self.postgres.create() and self.first_start:
                self.first_start.touch()
            self.postgres.start()
            self.postgres.wait()
            self.postgres.prepare()
        if self.redis:
            self.redis.wait()

    def filled(self) -> None:
        """The database holds all that its first start puts there: from now on it is kept for good."""
        if self.first_start:
            self.first_start.unlink(missing_ok=True)

    def end(self) -> None:
        """Stop both; safe when one of them never started."""
        for server in (self.postgres, self.redis):
            if server:
                server.child.ask_to_end()
        for server in (self.postgres, self.redis):
            if server:
                server.end()
        if not self.sockets.is_relative_to(state_folder()):
            remove_folder(self.sockets)


def open_state() -> Path:
    """The folder of state, made where missing. Raises LocalError where that may not be."""
    folder, account = state_folder(), server_account()
    if account is None:
        folder.mkdir(parents=True, exist_ok=True)
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    except OSError as error:
        raise LocalError(
            f"{folder.parent} cannot be made: {error}. Give DATABASE_URL and REDIS_URL instead."
        ) from error
    return make_private(folder, account)


def durable(*, own_postgres: bool, own_redis: bool) -> Servers:
    """The servers of `serve`: data under the folder of state, kept from one start to the next."""
    state, account, logs = open_state(), server_account(), var() / "logs"
    if account:
        set_foreign_data_aside(state)
    first_start = state / "first-start"
    if own_postgres and first_start.exists():
        say("PostgreSQL: the first start was cut short before anybody could work; it begins anew")
        remove_folder(state / "postgres")
    sockets = socket_folder(state / "sockets", account)
    return Servers(
        postgres=_cluster(state, sockets, logs, account, keep=True) if own_postgres else None,
        redis=redis.Server(folder=var() / "redis", sockets=sockets, log=logs / "redis.log", durable=True)
        if own_redis
        else None,
        sockets=sockets,
        first_start=first_start,
    )


@contextlib.contextmanager
def throw_away(*, own_postgres: bool = True, own_redis: bool = True) -> Iterator[Servers]:
    """A private PostgreSQL (fsync off) and Redis, running; both are ended and deleted at the end.

    Fault tests may kill and restart them: `servers.postgres.child.kill()`, `.start()`, `.wait()`.
    """
    state, account = open_state(), server_account()
    remove_abandoned(state)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=state))
    lock = (folder / "lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    servers = None
    try:
        make_private(folder, account)
        sockets = socket_folder(folder / "s", account)
        servers = Servers(postgres=None, redis=None, sockets=sockets)
        if own_postgres:
            servers.postgres = _cluster(folder, sockets, folder, account, keep=False, state=state)
        if own_redis:
            log = folder / "redis.log"
            servers.redis = redis.Server(folder=folder / "redis", sockets=sockets, log=log, durable=False)
        servers.start()
        yield servers
    finally:
        if servers:
            servers.end()
        lock.close()
        remove_folder(folder)


def _cluster(
    folder: Path, sockets: Path, logs: Path, account: Account | None, *, keep: bool, state: Path | None = None
) -> postgres.Cluster:
    return postgres.Cluster(
        folder=folder / "postgres",
        sockets=sockets,
        bin_folder=postgres.binaries(state or folder, account),
        log=logs / "postgres.log",
        durable=keep,
    )


def set_foreign_data_aside(state: Path) -> None:
    """Root's data lie outside the checkout: those of an earlier checkout at the same path are not ours.

    They are kept under another name until the next time. A mark in both folders says who belongs to whom.
    """
    ours, theirs = var() / "mark", state / "mark"
    if not ours.exists():
        ours.write_text(secrets.token_hex(8) + "\n")
    if theirs.exists() and theirs.read_text() == ours.read_text():
        return
    data, aside = state / "postgres", state / "postgres.before"
    if data.exists():
        remove_folder(aside)
        data.rename(aside)
        say(f"PostgreSQL: the data of an earlier checkout at this path were set aside in {aside}")
    theirs.write_text(ours.read_text())


def remove_abandoned(state: Path) -> None:
    """Delete throw-away folders whose runner was killed: nobody holds their lock any more."""
    for folder in state.glob("run-*"):
        with contextlib.suppress(OSError), (folder / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove_folder(folder)


def given(name: str) -> bool:
    """Whether the environment names that server (an empty value does not)."""
    return bool(os.environ.get(name, "").strip())

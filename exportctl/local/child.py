"""One process of local mode: in a group of its own, its output in a file, ended with all it started."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from exportctl.local.places import Account, LocalError, started

LOG_LIMIT = 5_000_000  # bytes; a longer log is set aside (one generation) at the next start
SET_PARENT_DEATH_SIGNAL = 1  # prctl option of Linux


def follow_parent(number: int) -> Callable[[], None] | None:
    """A hook for the new process: where the system can, it gets signal `number` when the runner dies."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def hook() -> None:
        prctl(SET_PARENT_DEATH_SIGNAL, number)

    return hook


@dataclass
class Child:
    """A process the runner starts, watches and ends.

    `end_signal` asks for an orderly end; who has not ended after `patience` seconds is killed, and
    so is whatever is left of its process group.
    """

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    folder: Path
    account: Account | None = None
    end_signal: signal.Signals = signal.SIGTERM
    patience: float = 10.0
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    began: float = field(default=0.0, init=False)
    identity: tuple[int, str] | None = field(default=None, init=False)
    asked: bool = field(default=False, init=False)

    def start(self) -> None:
        """Start the process. Raises LocalError when its program cannot be run."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_name(self.log.name + ".1"))
        who = self.account
        try:
            with self.log.open("ab") as log:
                self.process = subprocess.Popen(
                    list(self.command),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=self.folder,
                    env=dict(self.environment),
                    start_new_session=True,
                    preexec_fn=follow_parent(self.end_signal),
                    user=who.uid if who else None,
                    group=who.gid if who else None,
                    extra_groups=[] if who else None,
                )
        except (OSError, subprocess.SubprocessError) as error:
            raise LocalError(f"{self.name} cannot be started: {error}") from error
        self.began, self.asked = time.monotonic(), False
        since = started(self.process.pid)
        self.identity = (self.process.pid, since) if since else None

    @property
    def pid(self) -> int:
        """Its process id; 0 before the start."""
        return self.process.pid if self.process else 0

    @property
    def code(self) -> int | None:
        """Its exit code; None while it runs or was never started. Reaps the process."""
        return self.process.poll() if self.process else None

    @property
    def lives(self) -> bool:
        """Whether it was started and still runs."""
        return self.process is not None and self.process.poll() is None

    @property
    def age(self) -> float:
        """Seconds since the last start."""
        return time.monotonic() - self.began

    def ask_to_end(self) -> None:
        """Ask for an orderly end, once, without waiting. Only the leader is told: it ends its children."""
        if self.lives and not self.asked:
            self.asked = True
            os.kill(self.pid, self.end_signal)

    def end(self) -> None:
        """End the process and whatever is left of its group; returns when it is reaped."""
        if self.process is None:
            return
        self.ask_to_end()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(self.patience)
        self.kill()

    def kill(self) -> None:
        """Kill the whole group at once (SIGKILL) and reap its leader."""
        if self.process is None:
            return
        end_group(self.process.pid)
        self.process.wait()

    def tail(self, lines: int = 15) -> str:
        """The last lines of its log, indented for the terminal."""
        try:
            with self.log.open("rb") as log:
                log.seek(max(0, self.log.stat().st_size - 20_000))
                text = log.read().decode(errors="replace")
        except OSError:
            return "    (no log)"
        return "\n".join("    " + line for line in text.splitlines()[-lines:]) or "    (empty log)"


def end_group(pid: int) -> None:
    """Kill every process of the group that `pid` leads; one that is gone is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def end_leftover(identity: Sequence[object], number: signal.Signals, patience: float = 10.0) -> bool:
    """End a process that an earlier runner left behind; True when there was one.

    `identity` is (pid, start time): a pid that now names another process is left alone.
    """
    pid, since = identity
    if not isinstance(pid, int) or started(pid) != since:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
    deadline = time.monotonic() + patience
    while started(pid) == since and time.monotonic() < deadline:
        time.sleep(0.05)
    if started(pid) == since:
        end_group(pid)
    return True

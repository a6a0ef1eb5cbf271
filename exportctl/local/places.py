"""Where local mode keeps its things, and what it tells other processes of the same checkout.

Standard library only, and cheap: settings read `environment()` at every start.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
SYSTEM_STATE = Path("/var/lib/exportctl")
SOCKET_NAME = ".s.PGSQL.5432.lock"  # the longest name PostgreSQL puts beside its socket
SOCKET_LIMIT = 103  # bytes, the smallest sun_path there is (macOS); Linux takes 107


class LocalError(Exception):
    """Local mode cannot go on; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """The system account a server runs under when the runner is root."""

    uid: int
    gid: int


def var() -> Path:
    """The folder of run-time files: EXPORTCTL_VAR, else var/ in the checkout."""
    return Path(os.environ.get("EXPORTCTL_VAR") or CHECKOUT / "var").resolve()


def server_account() -> Account | None:
    """Who runs PostgreSQL: `nobody` when the runner is root (it refuses root), else the runner itself."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return Account(65534, 65534)
    return Account(entry.pw_uid, entry.pw_gid)


def state_folder() -> Path:
    """Where server binaries and data lie: var/ for a user, a folder of the system for root.

    `nobody` cannot enter root's home, and temporary folders are emptied at boot.
    """
    if server_account() is None:
        return var()
    return SYSTEM_STATE / hashlib.sha256(str(var()).encode()).hexdigest()[:16]


def make_private(folder: Path, account: Account | None = None) -> Path:
    """Create `folder` for its owner alone (0700) and hand it to `account`; returns it.

    Raises LocalError where the folder cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if account:
            os.chown(folder, account.uid, account.gid)
    except OSError as error:
        raise LocalError(
            f"{folder} cannot be made: {error}. Give DATABASE_URL and REDIS_URL to use servers of your own."
        ) from error
    return folder


def socket_folder(wanted: Path, account: Account | None = None) -> Path:
    """A private folder for sockets: `wanted`, or a short temporary one where that path will not do."""
    path = str(wanted / SOCKET_NAME)
    if len(os.fsencode(path)) <= SOCKET_LIMIT and re.fullmatch(r"[\w./-]+", path, re.ASCII):
        return make_private(wanted, account)
    return make_private(Path(tempfile.mkdtemp(prefix="exportctl-", dir="/tmp")), account)


def remove_folder(folder: Path) -> None:
    """Delete a folder of ours with all in it; one that is already gone is fine."""
    shutil.rmtree(folder, ignore_errors=True)


def started(pid: int) -> str | None:
    """When process `pid` began, as the system spells it; None where there is none (or only its corpse).

    With the pid it names one process for good: pids are given out again.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] == "Z" else fields[19]
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self").exists():
            return None
    answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)
    return answer.stdout.strip() or None


def read_note() -> dict[str, Any]:
    """What var/local.json says about the stack of this checkout; {} where there is none to be read."""
    try:
        note = json.loads((var() / "local.json").read_text())
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}


def write_note(note: dict[str, Any]) -> None:
    """Replace var/local.json in one step, readable by its owner alone."""
    write_private(var() / "local.json", json.dumps(note, indent=1) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 in one step: a reader sees the old text or the new, never a part."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.replace(path)


def runner(note: dict[str, Any]) -> int | None:
    """The pid of the running `serve` that wrote `note`; None when it is gone."""
    pid, since = note.get("pid"), note.get("started")
    return pid if isinstance(pid, int) and since and started(pid) == since else None


def environment() -> dict[str, str]:
    """Environment of the stack that runs from this checkout, for a `manage.py` that was given none.

    {} when nothing runs, or when DATABASE_URL or REDIS_URL name another server: addresses of two
    stacks are never mixed.
    """
    note = read_note()
    values = note.get("environment")
    if not isinstance(values, dict) or runner(note) is None:
        return {}
    for name in ("DATABASE_URL", "REDIS_URL"):
        if os.environ.get(name, values.get(name)) != values.get(name):
            return {}
    return {str(name): str(value) for name, value in values.items()}


def secret_key() -> str:
    """The key local mode signs its sessions with: made once, kept in var/secret-key (0600)."""
    path = var() / "secret-key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        write_private(path, secrets.token_urlsafe(48) + "\n")
        return path.read_text().strip()


def free_port(host: str, wanted: int, tries: int = 50) -> int:
    """`wanted`, or the next port above it that nothing listens on. Raises LocalError after `tries`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in range(wanted, min(wanted + tries, 65536)):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except PermissionError as error:
                raise LocalError(
                    f"port {port} of {host} may not be used: choose another with PORT"
                ) from error
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise LocalError(f"{host}:{port} cannot be used: {error}. Set HOST and PORT.") from error
                continue
            return port
    raise LocalError(f"no free port from {wanted} to {wanted + tries - 1}: set PORT")

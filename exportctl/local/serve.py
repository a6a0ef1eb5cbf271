"""`python -m exportctl.local serve`: everything the product needs, started, watched and ended together."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from exportctl.local import postgres, programs, stack
from exportctl.local.child import Child, end_leftover
from exportctl.local.greeting import copy_lines, greeting, say
from exportctl.local.places import (
    CHECKOUT,
    LocalError,
    free_port,
    read_note,
    remove_folder,
    runner,
    secret_key,
    started,
    state_folder,
    var,
    write_note,
)
from exportctl.local.run import Stopped, stop_on_signal

HEALTHY_WITHIN = 90.0  # seconds
STEADY = 10.0  # seconds; who dies sooner after a start is not started again
YES = {"1", "true", "yes", "on"}


def serve(*, once: bool = False) -> int:
    """Start all, print where it answers, stay until a signal comes or a part cannot be kept up.

    With `once` all is ended again as soon as it is healthy. Returns the exit code: 0 after an
    orderly end and where the stack of this checkout runs already (1 with `once`).
    Raises LocalError when a part does not start.
    """
    var().mkdir(parents=True, exist_ok=True)
    with only_runner() as mine:
        if not mine:
            return tell_running(once=once)
        stop_on_signal()
        stand = Stand()
        try:
            stand.start()
            if not once:
                stand.watch()
            say("All parts are healthy; ending them again.")
            return 0
        except Stopped as stop:
            say(f"\n{stop}: ending all parts ...")
            return 0
        finally:
            for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(each, signal.SIG_IGN)
            stand.end()
            say("Ended. The data stay; `make run` goes on with them.")


@contextlib.contextmanager
def only_runner() -> Iterator[bool]:
    """Whether this process is the one runner of the folder var/; the lock goes with the process."""
    with (var() / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def tell_running(*, once: bool) -> int:
    """Say where the stack of this checkout already runs."""
    note = read_note()
    pid = runner(note)
    where = note.get("url") or "(still starting)"
    say(f"exportctl already runs from this checkout: {where}" + (f", process {pid}." if pid else "."))
    say("End it with Ctrl-C in its terminal" + (f" or: kill {pid}" if pid else "") + ".")
    return 1 if once else 0


class Stand:
    """The running product: two servers, then web, worker and beat."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.host = os.environ.get("HOST", "").strip() or "127.0.0.1"
        self.port = 0
        self.own_postgres = not stack.given("DATABASE_URL")
        self.own_redis = not stack.given("REDIS_URL")
        self.servers: stack.Servers | None = None
        self.environment: dict[str, str] = {}
        self.programs: list[Child] = []
        self.note: dict[str, object] = {}

    def start(self) -> None:
        """Servers, database, programs, one after the other; returns when `/health/` answers 200."""
        end_leftovers()
        self.port = free_port(self.host, wanted_port())
        self.start_servers()
        self.set_environment()
        self.write_note()
        self.prepare()
        self.start_programs()
        self.wait_healthy()
        self.greet()

    def start_servers(self) -> None:
        """PostgreSQL and Redis, each unless its address is given."""
        for name, own, variable in (
            ("PostgreSQL", self.own_postgres, "DATABASE_URL"),
            ("Redis", self.own_redis, "REDIS_URL"),
        ):
            say(f"{name}: starting our own" if own else f"{name}: using {variable} of the environment")
        self.servers = stack.durable(own_postgres=self.own_postgres, own_redis=self.own_redis)
        self.servers.start()
        if self.own_postgres:
            say(f"PostgreSQL: data in {state_folder() / 'postgres'}")

    def set_environment(self) -> None:
        """What every program of the stack is told."""
        values = {
            "EXPORTCTL_LOCAL": "1",
            "EXPORTCTL_VAR": str(var()),
            "SECRET_KEY": os.environ.get("SECRET_KEY") or secret_key(),
        }
        if self.servers and self.servers.postgres:
            values["DATABASE_URL"] = self.servers.postgres.url(postgres.APP)
            values["MIGRATION_DATABASE_URL"] = self.servers.postgres.url(postgres.OWNER)
        else:
            for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL"):
                if stack.given(name):
                    values[name] = os.environ[name]
        values["REDIS_URL"] = (
            self.servers.redis.url if self.servers and self.servers.redis else os.environ["REDIS_URL"]
        )
        values["EXPORTCTL_DEMO"] = "1" if self.wants_demo() else "0"
        self.environment = values

    def wants_demo(self) -> bool:
        """EXPORTCTL_DEMO decides; unsaid, a given database gets demo users only with DEBUG."""
        said = os.environ.get("EXPORTCTL_DEMO", "").strip().lower()
        return said in YES if said else self.own_postgres or os.environ.get("DEBUG", "").lower() in YES

    def write_note(self, *, url: str = "") -> None:
        """Tell var/local.json who runs and where; a later start ends what is listed and still lives."""
        children = {
            child.name: [*child.identity, int(child.end_signal)] for child in self.children if child.identity
        }
        write_note(
            {
                "state": str(state_folder()),
                "pid": os.getpid(),
                "started": started(os.getpid()),
                "url": url,
                "environment": self.environment,
                "children": children,
            }
        )

    @property
    def children(self) -> list[Child]:
        """Every process of ours, in the order of their start."""
        servers = [s.child for s in (self.servers.postgres, self.servers.redis) if s] if self.servers else []
        return [*servers, *self.programs]

    def program(self, name: str, *arguments: str, patience: float = 10.0) -> Child:
        """A Python program of the product, with its log in var/logs."""
        child = Child(
            name=name,
            command=[sys.executable, *arguments],
            log=var() / "logs" / f"{name}.log",
            environment={
                **os.environ,
                **self.environment,
                "PYTHONUNBUFFERED": "1",
                "HOST": self.host,
                "PORT": str(self.port),
                "EXPORTCTL_TOKEN_FILE": str(self.token_file),
            },
            folder=CHECKOUT,
            patience=patience,
        )
        self.programs.append(child)
        return child

    def prepare(self) -> None:
        """migrate, grants, seed and demo in one interpreter, its output shown as it comes."""
        say("Database:")
        demo = self.environment["EXPORTCTL_DEMO"] == "1"
        if not demo:
            say("  no demo world: a given database gets one with EXPORTCTL_DEMO=1 (or DEBUG=1) alone")
        child = self.program("prepare", *programs.PREPARE, *(["--demo"] if demo else []))
        child.log.parent.mkdir(parents=True, exist_ok=True)
        child.log.write_bytes(b"")
        child.environment = {**child.environment, "EXPORTCTL_AS_OWNER": "1"}
        child.start()
        with child.log.open() as output:
            while child.lives:
                copy_lines(output.read())
                time.sleep(0.1)
            copy_lines(output.read())
        self.programs.remove(child)
        if child.code:
            remedy = " (`make reset` deletes it)" if self.own_postgres else ""
            raise LocalError(f"the database could not be prepared: see above{remedy}")
        if self.servers:
            self.servers.filled()

    def start_programs(self) -> None:
        """Web, worker and beat, at once: each waits for nobody."""
        say("Programs: starting web, worker and beat")
        address = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        self.program("web", *programs.web(address))
        self.program("worker", *programs.worker(), patience=15.0)
        self.program("beat", *programs.beat(str(var() / "beat-schedule")))
        for child in self.programs:
            child.start()
        self.write_note()

    def wait_healthy(self) -> None:
        """Wait for 200 of /health/, saying every 5 s what is not up. Raises LocalError after 90 s."""
        deadline, told = time.monotonic() + HEALTHY_WITHIN, time.monotonic()
        while missing := not_up(self.local_url):
            for child in self.children:
                if not child.lives:
                    raise LocalError(f"{child.name} ended (exit code {child.code}):\n{child.tail()}")
            if time.monotonic() > deadline:
                raise LocalError(
                    f"not up after {HEALTHY_WITHIN:.0f} s: {missing}. Logs lie in {var() / 'logs'}."
                )
            if time.monotonic() - told > 5:
                told = time.monotonic()
                say(f"  waiting for {missing}")
            time.sleep(0.2)

    @property
    def local_url(self) -> str:
        """Where this machine reaches the web server."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}/"

    def greet(self) -> None:
        """Address, log-ins, token, what to try; only the address where there is no demo world."""
        self.write_note(url=self.local_url)
        say(f"Healthy after {time.monotonic() - self.began:.1f} s.\n")
        if self.environment["EXPORTCTL_DEMO"] == "0":
            say(f"exportctl runs at {self.local_url}")
        else:
            say(greeting(url=self.local_url, folder=var(), token_file=self.token_file))
        if self.port != wanted_port():
            say(f"\nPort {wanted_port()} is taken by another program: this is {self.port}. PORT chooses one.")
        say(f"\nLogs: {var() / 'logs'}. Ctrl-C ends everything; the data stay.")

    @property
    def token_file(self) -> Path:
        """Where the demo leaves its API token: one file for our own database, one for given ones."""
        return var() / ("api-token" if self.own_postgres else "api-token-given")

    def watch(self) -> None:
        """Stay and start again what dies; a part that dies within 10 s of its start ends all."""
        while True:
            time.sleep(0.5)
            for child in self.children:
                if child.lives:
                    continue
                say(f"{child.name} ended (exit code {child.code}). Its last lines:\n{child.tail()}")
                if child.age < STEADY:
                    raise LocalError(f"{child.name} does not stay up; ending all parts")
                say(f"{child.name}: starting it again")
                self.restart(child)
                self.write_note(url=self.local_url)

    def restart(self, child: Child) -> None:
        """Start one part again; a server is waited for."""
        child.kill()  # what is left of its group
        child.start()
        for server in (self.servers.postgres, self.servers.redis) if self.servers else ():
            if server and server.child is child:
                server.wait()

    def end(self) -> None:
        """End the programs, then the servers, each in order; only then forget them."""
        for child in reversed(self.programs):
            child.ask_to_end()
        for child in reversed(self.programs):
            child.end()
        if self.servers:
            self.servers.end()
        write_note({"state": str(state_folder())})


def end_leftovers() -> None:
    """End what a killed runner left running: web, worker and beat first, the servers last."""
    children = read_note().get("children")
    for name, (pid, since, number) in reversed(
        list((children if isinstance(children, dict) else {}).items())
    ):
        if end_leftover((pid, since), signal.Signals(number)):
            say(f"{name}: ended the one that an earlier run left behind")


def wanted_port() -> int:
    """PORT, else 8000. Raises LocalError when it is no port number."""
    text = os.environ.get("PORT", "").strip() or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise LocalError(f"PORT must be a number from 1 to 65535, not {text!r}")
    return int(text)


def not_up(url: str) -> str:
    """What /health/ says is not up; empty once all is."""
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{url}health/", timeout=5):
            return ""
    except urllib.error.HTTPError as error:
        if error.code != 503:  # another program's answer, or a web server in trouble
            return f"web ({url}health/ answers {error.code})"
        with contextlib.suppress(ValueError):
            parts = json.loads(error.read())
            states = {
                name: state for name, state in parts.items() if isinstance(state, str) and name != "status"
            }
            return ", ".join(name for name, state in states.items() if state != "up")
        return "web"
    except OSError:
        return "web"


def reset() -> int:
    """Delete the local data of this checkout (database, queue, files, logs). Refused while it runs."""
    var().mkdir(parents=True, exist_ok=True)
    with only_runner() as mine:
        if not mine:
            tell_running(once=True)
            return 1
        end_leftovers()
        remove_folder(state_folder())
        remove_folder(var())
    say("Local data deleted: the next `make run` starts with a new demo world.")
    return 0

"""Local mode: its servers, its processes, and what it tells others. Real servers, no Django."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest
import redis

from exportctl.local import places, postgres, stack
from exportctl.local.child import Child, end_leftover
from exportctl.local.places import CHECKOUT, LocalError

SLOW_ENDER = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


@pytest.fixture
def own_var(tmp_path, monkeypatch):
    """A folder of run-time files for this test, and no server given."""
    monkeypatch.setenv("EXPORTCTL_VAR", str(tmp_path / "var"))
    for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL", "EXPORTCTL_AS_OWNER", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "var").mkdir()
    yield tmp_path / "var"
    places.remove_folder(places.state_folder())


def local(*arguments, **variables):
    """`python -m exportctl.local ...` as a process of its own group."""
    return subprocess.Popen(
        [sys.executable, "-m", "exportctl.local", *arguments],
        cwd=CHECKOUT,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def living_with(text):
    """Commands of living processes that name `text`."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in command and folder.name != str(os.getpid()):
            found.append(command)
    return found


def live_note(**values):
    """A note as a running `serve` writes it; this test process stands for the runner."""
    return {"pid": os.getpid(), "started": places.started(os.getpid()), "environment": values}


# What it tells others


def test_environment_is_empty_where_nothing_runs(own_var):
    assert places.environment() == {}


def test_environment_is_that_of_the_running_stack(own_var):
    places.write_note(live_note(DATABASE_URL="postgres://a@h/d", REDIS_URL="unix:///s"))
    assert places.environment() == {"DATABASE_URL": "postgres://a@h/d", "REDIS_URL": "unix:///s"}


def test_environment_of_an_ended_runner_is_empty(own_var):
    ended = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    note = {"pid": ended.pid, "started": places.started(ended.pid), "environment": {"REDIS_URL": "unix:///s"}}
    places.write_note(note)
    assert places.environment() == {"REDIS_URL": "unix:///s"}
    ended.communicate(b"\n")
    assert places.environment() == {}


def test_environment_never_mixes_two_stacks(own_var, monkeypatch):
    places.write_note(live_note(DATABASE_URL="postgres://a@h/d", REDIS_URL="unix:///s"))
    monkeypatch.setenv("DATABASE_URL", "postgres://other@h/d")
    assert places.environment() == {}


def test_environment_of_a_broken_note_is_empty(own_var):
    (own_var / "local.json").write_text("{")
    assert places.environment() == {}


def test_importing_local_mode_needs_the_standard_library_alone():
    program = "import sys, exportctl.local; print(sorted({'django', 'psycopg2', 'redis'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True)
    assert answer.stdout == "[]\n"


def test_secret_key_is_made_once_and_private(own_var):
    first = places.secret_key()
    assert len(first) >= 50
    assert places.secret_key() == first
    assert stat.S_IMODE((own_var / "secret-key").stat().st_mode) == 0o600


def test_free_port_passes_over_a_taken_one():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert places.free_port("127.0.0.1", port) > port
    assert places.free_port("127.0.0.1", port) == port


def test_free_port_of_an_unknown_host_is_refused():
    with pytest.raises(LocalError, match="Set HOST and PORT"):
        places.free_port("203.0.113.1", 8000)


@pytest.mark.parametrize("name", ["x" * 120, "with space", "per%cent"])
def test_socket_folder_avoids_a_path_no_socket_can_have(tmp_path, name):
    folder = places.socket_folder(tmp_path / name)
    assert folder.parent == Path("/tmp")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.rmdir()


# Processes


def child(tmp_path, program, **values):
    return Child(
        "one", [sys.executable, "-c", program], tmp_path / "one.log", dict(os.environ), tmp_path, **values
    )


def wait_for(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_end_kills_who_does_not_end_and_all_it_started(tmp_path):
    program = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLOW_ENDER!r}]).wait()"
    one = child(
        tmp_path, f"import signal; signal.signal(15, signal.SIG_IGN)\n{program} # {tmp_path}", patience=0.3
    )
    one.start()
    wait_for(lambda: "up" in one.tail())
    group = one.pid
    one.end()
    assert one.code == -signal.SIGKILL
    wait_for(lambda: not group_lives(group))


def group_lives(group):
    """Whether a process of that group still runs; one that nobody reaped yet does not."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            return True
    return False


def test_end_lets_an_orderly_program_end_itself(tmp_path):
    one = child(
        tmp_path,
        "import signal, time; signal.signal(15, lambda *_: exit(3)); print('up', flush=True); time.sleep(60)",
    )
    one.start()
    wait_for(lambda: "up" in one.tail())
    one.end()
    assert one.code == 3


def test_start_of_a_missing_program_is_refused(tmp_path):
    one = Child("one", [str(tmp_path / "nothing")], tmp_path / "log", {}, tmp_path)
    with pytest.raises(LocalError, match="one cannot be started"):
        one.start()
    one.end()


def test_end_leftover_leaves_a_process_that_only_has_the_same_pid(tmp_path):
    one = child(tmp_path, "import time; time.sleep(60)")
    one.start()
    assert end_leftover((one.pid, "0"), signal.SIGTERM) is False
    assert one.lives
    one.kill()


# Servers


def test_throw_away_servers_answer_and_leave_nothing(own_var):
    with stack.throw_away() as servers:
        with (
            psycopg2.connect(servers.postgres.url(postgres.OWNER)) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(
                "SELECT rolname, rolsuper FROM pg_roles WHERE rolname LIKE 'exportctl%' ORDER BY 1"
            )
            assert cursor.fetchall() == [("exportctl", False), ("exportctl_app", False)]
            cursor.execute("SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1")
            assert cursor.fetchall() == [("btree_gist",), ("pg_trgm",)]
            cursor.execute("SHOW listen_addresses")
            assert cursor.fetchone() == ("",)
        connection.close()
        assert redis.Redis.from_url(servers.redis.url).ping() is True
        folder = servers.postgres.folder.parent
    assert not folder.exists()
    assert living_with(str(folder)) == []


def test_killed_postgres_starts_again_with_its_rows(own_var):
    with stack.throw_away(own_redis=False) as servers:
        url = servers.postgres.url(postgres.OWNER)
        with psycopg2.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE kept (n integer); INSERT INTO kept VALUES (7)")
        servers.postgres.child.kill()
        assert servers.postgres.child.code == -signal.SIGKILL
        servers.postgres.start()
        servers.postgres.wait()
        with psycopg2.connect(url) as again, again.cursor() as cursor:
            cursor.execute("SELECT n FROM kept")
            assert cursor.fetchall() == [(7,)]
        again.close()


def test_killed_durable_redis_starts_again_with_its_keys(own_var):
    servers = stack.durable(own_postgres=False, own_redis=True)
    try:
        servers.start()
        client = redis.Redis.from_url(servers.redis.url)
        client.set("kept", "7")
        time.sleep(1.1)  # the log is synced every second
        servers.redis.child.kill()
        servers.redis.start()
        servers.redis.wait()
        assert client.get("kept") == b"7"
    finally:
        servers.end()


def test_data_of_another_major_version_are_refused(own_var):
    servers = stack.durable(own_postgres=True, own_redis=False)
    servers.postgres.data.mkdir(parents=True)
    (servers.postgres.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(LocalError, match="written by PostgreSQL 9"):
        servers.start()


def test_a_first_start_that_was_cut_short_begins_anew(own_var):
    def start():
        servers = stack.durable(own_postgres=True, own_redis=False)
        try:
            servers.start()
            with (
                psycopg2.connect(servers.postgres.url(postgres.OWNER)) as connection,
                connection.cursor() as cursor,
            ):
                cursor.execute("CREATE TABLE IF NOT EXISTS half (n integer); INSERT INTO half VALUES (1)")
                cursor.execute("SELECT count(*) FROM half")
                count = cursor.fetchone()[0]
            connection.close()
            return count, servers
        finally:
            servers.end()

    assert start()[0] == 1
    count, servers = start()
    assert count == 1  # not 2: nobody had said that the database was filled
    servers.filled()
    assert start()[0] == 2


def test_folders_of_killed_runs_are_removed(own_var):
    left = stack.open_state() / "run-left"
    left.mkdir()
    (left / "lock").touch()
    with stack.throw_away(own_postgres=False):
        assert not left.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root keeps its data outside the checkout")
def test_data_of_an_earlier_checkout_at_the_same_path_are_set_aside(own_var):
    state = stack.open_state()
    (state / "postgres").mkdir()
    (state / "postgres" / "row").touch()
    (state / "mark").write_text("another checkout\n")
    stack.set_foreign_data_aside(state)
    assert (state / "postgres.before" / "row").exists()
    (state / "postgres").mkdir()
    stack.set_foreign_data_aside(state)
    assert (state / "postgres").exists()


# The two verbs


def test_run_gives_servers_and_the_exit_code(own_var):
    program = (
        "import os, sys, psycopg2, redis\n"
        "psycopg2.connect(os.environ['DATABASE_URL']).close()\n"
        "sys.exit(7 if redis.Redis.from_url(os.environ['REDIS_URL']).ping() else 1)"
    )
    one = local("run", "--", "python", "-c", program)
    text, _ = one.communicate(timeout=300)
    assert (one.returncode, text.count("a throw-away one of its own")) == (7, 2)


def test_run_uses_what_is_given(own_var):
    given = {"DATABASE_URL": "postgres://a@h/d", "REDIS_URL": "redis://h/3"}
    one = local(
        "run",
        "--",
        "python",
        "-c",
        "import os; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'])",
        **given,
    )
    text, _ = one.communicate(timeout=300)
    assert text.splitlines()[-1] == "postgres://a@h/d redis://h/3"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_ends_everything_when_it_is_stopped(own_var, number):
    one = local(
        "run", "--", "python", "-c", f"print('up', flush=True)\nimport time; time.sleep(60) # {own_var}"
    )
    while "up" not in one.stdout.readline():
        assert one.poll() is None
    one.send_signal(number)
    text, _ = one.communicate(timeout=300)
    assert (one.returncode, text) == (130, f"ended by {number.name}\n")
    assert living_with(str(own_var)) == []
    assert living_with(str(places.state_folder())) == []
    assert list(places.state_folder().glob("run-*")) == []


def test_run_of_a_missing_command_is_refused(own_var):
    one = local("run", "--", "no-such-command")
    text, _ = one.communicate(timeout=300)
    assert one.returncode == 1
    assert "no-such-command" in text.splitlines()[-1]
    assert list(places.state_folder().glob("run-*")) == []


@pytest.mark.parametrize("port", ["0", "eighty", "70000"])
def test_serve_refuses_a_port_that_is_none(own_var, port):
    one = local("serve", PORT=port)
    text, _ = one.communicate(timeout=300)
    assert one.returncode == 1
    assert f"exportctl: PORT must be a number from 1 to 65535, not '{port}'" in text


def test_serve_starts_all_says_so_twice_ends_all_and_keeps_the_data(own_var):
    first = local("serve", PORT="18200")
    seen = []
    for line in first.stdout:
        seen.append(line)
        if line.startswith("Logs:"):
            break
    text = "".join(seen)
    assert "exportctl runs at http://127.0.0.1:" in text
    assert "Three things to try" in text
    second = local("serve", PORT="18200")
    again, _ = second.communicate(timeout=300)
    assert second.returncode == 0
    assert again.startswith("exportctl already runs from this checkout: http://127.0.0.1:")
    before = events(places.environment()["DATABASE_URL"])
    first.send_signal(signal.SIGTERM)
    rest, _ = first.communicate(timeout=300)
    assert (first.returncode, rest.splitlines()[-1]) == (
        0,
        "Ended. The data stay; `make run` goes on with them.",
    )
    assert living_with(str(own_var)) == []
    assert living_with(str(places.state_folder())) == []
    assert places.environment() == {}
    servers = stack.durable(own_postgres=True, own_redis=False)
    try:
        servers.start()
        assert events(servers.postgres.url(postgres.APP)) == before > 0
    finally:
        servers.end()


def events(url):
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM exportctl_event")
        count = cursor.fetchone()[0]
    connection.close()
    return count

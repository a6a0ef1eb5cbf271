"""Getting lists from a server on this machine: conditional, whole or not at all, from mirrors and folders."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from entities import sync
from entities.fetch import NotFetched, fetch
from entities.models import ListSource, ListVersion
from exportctl import people

from .conftest import data_of, el, head, many, verbs_after


class Site:
    """A server whose answers a test sets: path -> (status, body, headers); counts and keeps requests."""

    def __init__(self):
        self.answers, self.asked = {}, []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                site.asked.append((self.path, dict(self.headers)))
                given = site.answers.get(self.path, (404, b"", {}))
                status, body, headers = given.pop(0) if isinstance(given, list) else given
                if headers.get("ETag") and self.headers.get("If-None-Match") == headers["ETag"]:
                    status, body = 304, b""
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def site(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
def run(csl, site, settings, now):
    settings.LIST_MIRRORS = {"csl": [f"{site.url}/csl.json", f"{site.url}/mirror.json"]}
    waits = []

    def sync_now():
        [done] = sync.sync(by=people.job_user("sync"), at=now, wait=waits.append)
        return done

    sync_now.waits = waits
    return sync_now


def body(*names):
    return json.dumps({"results": [el(name) for name in names]}).encode()


def test_sync_publishes_and_asks_conditionally_the_next_time(run, site):
    site.answers["/csl.json"] = (200, body("Alpha"), {"ETag": '"one"', "Last-Modified": "Sat, 01 Aug 2026"})
    assert (run().result, ListVersion.objects.count()) == ("published", 1)
    before = head()
    assert run().result == "unchanged"
    assert site.asked[-1][1]["If-None-Match"] == '"one"'
    assert site.asked[-1][1]["If-Modified-Since"] == "Sat, 01 Aug 2026"
    assert verbs_after(before) == ["list.unchanged"]
    site.answers["/csl.json"] = (200, body("Alpha", "Alpha"), {"ETag": '"two"'})
    assert run().result == "unchanged"
    assert ListSource.objects.get(pk="csl").fetched[f"{site.url}/csl.json"]["etag"] == '"two"'


def test_sync_goes_to_the_mirror_after_tries_with_growing_waits(run, site):
    site.answers["/csl.json"] = (503, b"", {})
    site.answers["/mirror.json"] = (200, body("Alpha"), {})
    assert run().result == "published"
    assert [path for path, _ in site.asked] == ["/csl.json"] * 3 + ["/mirror.json"]
    assert run.waits == [1, 2]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((200, body("Alpha")[:-30], {}), "closing sign"),
        ((200, b"", {}), "empty"),
        ((200, body("Alpha"), {"Content-Length": "9999"}), "9999"),
        ((200, body("Alpha"), {"Content-Length": "many"}), "many"),
        ((200, b"<html><body>busy</body></html>", {}), "web page"),
        ((404, b"", {}), "answered 404"),
    ],
)
def test_sync_takes_nothing_that_is_not_whole(run, site, answer, says):
    site.answers["/csl.json"] = site.answers["/mirror.json"] = answer
    before = head()
    done = run()
    assert done.result == "unreached"
    assert verbs_after(before) == ["list.unreached"]
    assert "csl.json" in data_of("list.unreached")["reason"]
    assert says in done.text or "bytes" in done.text
    source = ListSource.objects.get(pk="csl")
    assert (source.result, source.current, ListVersion.objects.count()) == ("unreached", None, 0)


def test_fetch_goes_through_the_proxy_of_the_environment(site, monkeypatch, tmp_path):
    monkeypatch.setenv("http_proxy", site.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    site.answers["http://lists.example/csl.json"] = (200, body("Alpha"), {})
    got = fetch(["http://lists.example/csl.json"], to=tmp_path / "file", known={})
    assert got.path is not None and got.path.read_bytes() == body("Alpha")
    assert [path for path, _ in site.asked] == ["http://lists.example/csl.json"]


def test_sync_fetches_a_held_or_broken_file_again(run, site):
    rows = json.dumps({"results": many(60)}).encode()
    site.answers["/csl.json"] = (200, rows, {"ETag": '"one"'})
    run()
    site.answers["/csl.json"] = (200, json.dumps({"results": many(20)}).encode(), {"ETag": '"two"'})
    assert run().result == "held"
    site.answers["/csl.json"] = (200, b'{"results": [{"source": "?"}]}', {"ETag": '"three"'})
    assert run().result == "refused"
    assert ListSource.objects.get(pk="csl").result == "refused"
    assert site.asked[-1][1]["If-None-Match"] == '"one"'


def test_fetch_refuses_other_schemes(tmp_path):
    with pytest.raises(NotFetched, match="only http"):
        fetch(["file:///etc/passwd"], to=tmp_path / "x", known={})


def test_command_takes_files_from_a_folder(csl, tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    (folder / "csl.json").write_bytes(body("Alpha"))
    (folder / "notes.txt").write_text("not a list")
    out = StringIO()
    call_command("sync_lists", "--from", str(folder), "--json", stdout=out)
    assert [(one["source"], one["result"]) for one in json.loads(out.getvalue())] == [("csl", "published")]
    (folder / "csl.json").write_bytes(b"{")
    with pytest.raises(SystemExit) as stopped:
        call_command("sync_lists", "--from", str(folder), stdout=out)
    assert stopped.value.code == 4
    with pytest.raises(CommandError, match="holds no list file"):
        call_command("sync_lists", "--from", str(tmp_path / "nowhere"))


def test_command_without_any_address_says_so(csl, settings):
    settings.LIST_MIRRORS = {}
    with pytest.raises(CommandError, match="LIST_MIRRORS"):
        call_command("sync_lists")

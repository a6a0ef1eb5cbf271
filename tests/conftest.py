"""What every test may ask for: people by role, a client for each, the seeded world, a browser.

The settings are loaded before this file, so DATABASE_URL and REDIS_URL come from outside (`make test`
gives throw-away servers). On a Redis that others share the keys carry a prefix of this run, and only
those are deleted at its end.
"""

from __future__ import annotations

import contextlib
import io
import ipaddress
import os
import shutil
import socket
import tempfile
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings as product_settings
from django.contrib.auth.hashers import get_hashers
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from entities import seed
from entities.models import ListVersion, Party
from exportctl import outbox, people
from exportctl.celery import app as celery
from exportctl.models import User
from licenses import bodies, seats
from licenses.concerns import AGENCIES
from licenses.models import ReviewBody
from tests import factories

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # playwright's loop runs in the test's own thread

PREFIX = f"test-{uuid.uuid4().hex[:10]}"
PASSWORD = "correct horse battery"
_connect = socket.socket.connect


# Set-up of the run


def pytest_configure(config: pytest.Config) -> None:
    """Before any test: loopback only, cheap passwords, keys in Redis that are this run's own."""
    socket.socket.connect = _loopback_only  # type: ignore[method-assign]
    product_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    get_hashers.cache_clear()
    product_settings.STATIC_ROOT = tempfile.mkdtemp(prefix="exportctl-test-static-")
    product_settings.INDEX_FILES = Path(product_settings.STATIC_ROOT) / "indexes"
    product_settings.WHITENOISE_AUTOREFRESH = True  # else each client reads every static file anew
    os.environ["EXPORTCTL_PREFIX"] = PREFIX  # for workers that tests start
    product_settings.CACHES["default"]["KEY_PREFIX"] = PREFIX
    celery.conf.broker_transport_options = {
        **celery.conf.broker_transport_options,
        "global_keyprefix": f"{PREFIX}:",
    }


def _loopback_only(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6):
        host = str(address[0])
        if host != "localhost" and not ipaddress.ip_address(host.partition("%")[0]).is_loopback:
            raise RuntimeError(f"a test reaches for {host}: nothing but loopback is allowed")
    return _connect(self, address)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Delete this run's folder and keys; a Redis that is gone has none."""
    shutil.rmtree(product_settings.STATIC_ROOT, ignore_errors=True)
    _delete_keys(f"*{PREFIX}*")


def _delete_keys(pattern: str) -> None:
    client = redis.Redis.from_url(product_settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=2)
    with client, contextlib.suppress(redis.RedisError):
        keys = list(client.scan_iter(match=pattern, count=1000))
        if keys:
            client.delete(*keys)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Let the flush after a transactional test truncate the event log, in the test database alone."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE exportctl_event DISABLE TRIGGER exportctl_event_no_truncate")


@pytest.fixture(autouse=True)
def fresh_caches(request: pytest.FixtureRequest) -> None:
    """What the process remembers must not outlive the rows it came from."""
    from entities import reach, worlds

    worlds.forget()
    reach.forget()
    if "django_db_setup" in request.fixturenames:
        _delete_keys(f"{PREFIX}:1:*")  # the cache's keys; its own clear() would flush the whole database


@pytest.fixture
def documents_in(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """`documents_in(folder)`: documents are kept there until the test ends."""

    def move(folder: Path) -> None:
        storage = storages["documents"]
        monkeypatch.setattr(storage, "_location", str(folder))
        for name in ("base_location", "location"):
            storage.__dict__.pop(name, None)

    return move


@pytest.fixture(autouse=True)
def documents_of_a_test(tmp_path_factory: pytest.TempPathFactory, documents_in: Any) -> None:
    """No test writes documents into the checkout."""
    documents_in(tmp_path_factory.getbasetemp() / "documents")


@pytest.fixture
def checkout() -> Path:
    """The folder of the checkout."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real list files that are no part of the product; a test that wants them skips without them."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("EXPORTCTL_SHARED_DATA") or default)
    if not folder.is_dir():
        pytest.skip("no real list files here (EXPORTCTL_SHARED_DATA names their folder)")
    return folder


# The world


@pytest.fixture
def now() -> datetime:
    """Thursday, August 6, 2026, 14:00 UTC."""
    return datetime(2026, 8, 6, 14, tzinfo=UTC)


@pytest.fixture
def today(now: datetime) -> date:
    return now.date()


@pytest.fixture
def drain() -> Callable[[], int]:
    """`drain()` runs all work that events owe, in this process."""
    return outbox.drain


@pytest.fixture
def seeded(db: None) -> None:
    """Roles, list sources and review policies as `manage.py seed` leaves them; no list version."""
    call_command("seed", stdout=io.StringIO())


@pytest.fixture
def published_list(seeded: None, now: datetime) -> ListVersion:
    """The listings delivered with the product, published and in force: screening finds them."""
    return seed.load(by=people.job_user("setup"), at=now - timedelta(days=1))


# People


@pytest.fixture
def agencies(db: None) -> None:
    """The review bodies of the regulation; the migration wrote them, the flush of a transactional test takes them."""
    standing = set(ReviewBody.objects.values_list("code", flat=True))
    ReviewBody.objects.bulk_create(
        ReviewBody(code=each.code, name=each.name, kind="agency", concern=each.words, days=30)
        for each in AGENCIES.values()
        if each.code not in standing
    )


@pytest.fixture
def administrator(agencies: None, now: datetime) -> User:
    """Made by the set-up of the installation: it creates everybody else."""
    return people.create(
        username="admin", first_name="Ada", last_name="Minister", by=None, at=now - timedelta(days=30),
        password=PASSWORD, role_codes=("administrator",),
    )  # fmt: skip


@pytest.fixture
def person(administrator: User, now: datetime) -> Callable[..., User]:
    """`person("name", "officer", ...)`: a person with these roles, password `conftest.PASSWORD`."""

    def make(username: str, *role_codes: str, first_name: str = "", last_name: str = "") -> User:
        return people.create(
            username=username, first_name=first_name or username.capitalize(), last_name=last_name,
            by=administrator, at=now - timedelta(days=29), password=PASSWORD, role_codes=role_codes,
        )  # fmt: skip

    return make


@pytest.fixture
def officer(person: Callable[..., User]) -> User:
    return person("officer", "officer", first_name="Olive", last_name="Officer")


@pytest.fixture
def officer2(person: Callable[..., User]) -> User:
    return person("officer2", "officer", first_name="Otto", last_name="Officer")


@pytest.fixture
def approver(person: Callable[..., User]) -> User:
    return person("approver", "approver", first_name="Anna", last_name="Approver")


@pytest.fixture
def senior(person: Callable[..., User]) -> User:
    return person("senior", "senior_approver", first_name="Sam", last_name="Senior")


@pytest.fixture
def approver2(person: Callable[..., User]) -> User:
    return person("approver2", "approver", first_name="Abel", last_name="Approver")


@pytest.fixture
def reviewer(person: Callable[..., User]) -> User:
    """A reviewer without a seat on any body."""
    return person("reviewer", "reviewer", first_name="Rita", last_name="Reviewer")


@pytest.fixture
def defense(person: Callable[..., User], administrator: User, now: datetime) -> User:
    """A reviewer who sits for Defense."""
    user = person("defense", "reviewer", first_name="Dora", last_name="Defense")
    _seat(user, "defense", administrator, now)
    return user


@pytest.fixture
def state(person: Callable[..., User], administrator: User, now: datetime) -> User:
    """A reviewer who sits for State."""
    user = person("state", "reviewer", first_name="Stan", last_name="State")
    _seat(user, "state", administrator, now)
    return user


@pytest.fixture
def legal(administrator: User, now: datetime) -> ReviewBody:
    """A body of one's own whose objection holds a case; its target is five days."""
    at = now - timedelta(days=29)
    return bodies.add(
        code="legal", name="Legal", days=5, objection_blocks=True, since=at.date(), by=administrator, at=at
    )


@pytest.fixture
def counsel(person: Callable[..., User], legal: ReviewBody, administrator: User, now: datetime) -> User:
    """An adviser who sits for Legal."""
    user = person("counsel", "adviser", first_name="Cora", last_name="Counsel")
    _seat(user, "legal", administrator, now)
    return user


def _seat(user: User, body: str, administrator: User, now: datetime) -> None:
    at = now - timedelta(days=28)
    seats.give(user=user, body=body, since=at.date(), by=administrator, at=at)


@pytest.fixture
def lists(person: Callable[..., User]) -> User:
    """A list manager."""
    return person("lists", "list_manager", first_name="Lisa", last_name="Lister")


@pytest.fixture
def auditor(person: Callable[..., User]) -> User:
    return person("auditor", "auditor", first_name="Artur", last_name="Auditor")


@pytest.fixture
def filer(person: Callable[..., User], administrator: User, now: datetime) -> User:
    """A filer of Meridian Instruments: `filer.memberships.get().party`."""
    user = person("filer", "filer", first_name="Fay", last_name="Filer")
    factories.make_company(
        name="Meridian Instruments Inc.", user=user, by=administrator, at=now - timedelta(days=28)
    )
    return user


@pytest.fixture
def company(filer: User) -> Party:
    """The filer's company."""
    return filer.memberships.get().party


@pytest.fixture
def stranger(person: Callable[..., User], administrator: User, now: datetime) -> User:
    """A filer of another company."""
    user = person("stranger", "filer", first_name="Sid", last_name="Stranger")
    factories.make_company(
        name="Otherside Optics LLC", user=user, by=administrator, at=now - timedelta(days=28)
    )
    return user


@pytest.fixture
def integration(administrator: User, now: datetime) -> User:
    """A service user: a machine with the integration role."""
    return people.create(
        username="erp", kind=User.Kind.SERVICE, by=administrator, at=now - timedelta(days=29),
        role_codes=("integration",),
    )  # fmt: skip


# Shells


@pytest.fixture
def signed() -> Callable[[User], Client]:
    """`signed(user)`: a browser's client, signed in."""

    def make(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def broken_log() -> Callable[[], Any]:
    """`with broken_log():` the log cannot be written, for real: its function is gone from the database."""

    @contextlib.contextmanager
    def broken() -> Iterator[None]:
        with connection.cursor() as cursor:
            cursor.execute("ALTER FUNCTION exportctl_append(text[]) RENAME TO exportctl_append_gone")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ALTER FUNCTION exportctl_append_gone(text[]) RENAME TO exportctl_append")

    return broken


@pytest.fixture
def api(request: pytest.FixtureRequest) -> Callable[..., APIClient]:
    """`api(user)`: an API client; a person is signed in, a service user sends a key of its own.

    `scopes` cut the key down; None gives all that the user's roles hold.
    """

    def make(user: User | None = None, *, scopes: tuple[str, ...] | None = None) -> APIClient:
        client = APIClient()
        if user is None:
            return client
        if user.kind == User.Kind.SERVICE:
            administrator = request.getfixturevalue("administrator")
            secret = factories.make_key(user=user, by=administrator, scopes=scopes)
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        else:
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


# Browser


def chromium() -> str | None:
    """The browser to drive: CHROMIUM, else one in PATH."""
    named = os.environ.get("CHROMIUM")
    names = [named] if named else ["chromium", "chromium-browser", "google-chrome"]
    return next((found for name in names if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One headless Chromium a run. Without one: a skip, or a failure with REQUIRE_BROWSER=1."""
    path = chromium()
    if path is None:
        say = "no Chromium in PATH or CHROMIUM: `make browser` tells how to get one"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(say)
        pytest.skip(say)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        found = driver.chromium.launch(executable_path=path, args=arguments)
        yield found
        found.close()


@pytest.fixture
def browser_page(browser: Any, live_server: Any) -> Iterator[Any]:
    """A page of a fresh browser profile on the live server; an error in the console fails the test."""
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 800})
    context.set_default_timeout(60_000)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.wrong = wrong
    yield page
    context.close()
    # an answer that refuses a form (400, 409) is reported there too and is no error of the page, nor is a
    # request in the background that leaving the page cuts off
    cut_off = {text.removeprefix("htmx:sendAbort") for text in wrong if text.startswith("htmx:sendAbort")}
    wrong = [
        text
        for text in wrong
        if text.removeprefix("htmx:sendAbort").removeprefix("htmx:afterRequest") not in cut_off
    ]
    assert [text for text in wrong if "the server responded with a status of 4" not in text] == []


@pytest.fixture
def signed_in(live_server: Any) -> Callable[..., Any]:
    """`signed_in(page, user)`: give the browser the session of a signed-in user; returns the page."""

    def sign(page: Any, user: User) -> Any:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        name = product_settings.SESSION_COOKIE_NAME
        page.context.clear_cookies()
        page.context.add_cookies(
            [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
        )
        return page

    return sign

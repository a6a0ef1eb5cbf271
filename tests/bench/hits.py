"""From a published list to the queue: 100 changed entries against 30,000 parties, through a real worker; the next hit.

`BENCH_PARTIES` chooses another number of parties. Wall time, and therefore of this machine as it was.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from entities import lists
from entities.models import (
    Coverage,
    Hit,
    ListSource,
    ListVersion,
    Party,
    PartyAddress,
    Screening,
    VersionState,
)
from exportctl import outbox, people
from exportctl.models import Job, User
from tests.exportctl.recovery import Stack, stack, until
from tests.factories import make_party

from .imports import FILE, shared
from .matching import clean_names

PARTIES = int(os.environ.get("BENCH_PARTIES", "30000"))
CHANGED, LIMIT, SEED = 100, 60.0, 7
JUDGED, NEXT = 60, 300.0  # hits, milliseconds
Row = tuple[str, float | None, float | None, float | None]


def run() -> list[Row]:
    """Rows (figure, ours, limit, ratio); raises FileNotFoundError without the list file."""
    with gzip.open(shared(FILE), "rt", encoding="utf-8") as stream:
        rows = json.load(stream)["results"]
    with tempfile.TemporaryDirectory(prefix="exportctl-bench-") as folder:
        settings.LIST_FILES = Path(folder) / "lists"
        call_command("seed", stdout=io.StringIO())
        officer = people_of_the_office()[0]
        publish(rows, Path(folder) / "0.json")
        outbox.drain()
        picked = random.Random(SEED).sample(
            [n for n, row in enumerate(rows) if row["name"].isascii()], 2 * CHANGED
        )
        parties([rows[n]["name"] for n in picked], by=officer)
        with stack(product=True) as servers:
            servers.start_worker()
            warm = make_party(by=officer, at=timezone.now(), name="Turmfalke Handel", country="AT")
            until(lambda: warm.screenings.exists(), seconds=120, what="the worker", log=servers.log)
            found = []
            for place, words in enumerate(("first delta", "next delta")):
                for n in picked[place * CHANGED :][:CHANGED]:
                    rows[n] = {
                        **rows[n],
                        "alt_names": [*(rows[n].get("alt_names") or ()), f"Zelqor {n} Holding"],
                    }
                found += delta(servers, words, rows, Path(folder) / f"{place + 1}.json")
        found += judging(officer)
    return found


def judging(officer: User) -> list[Row]:
    """Judge one hit after the other in the browser's client: the judgment and the page that follows it."""
    client = Client(SERVER_NAME="localhost")
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    at, spent, queries, moved = reverse("entities:hits"), [], [], 0
    hit = Hit.objects.filter(status="open").by_risk().values_list("pk", flat=True)[5]
    client.get(at)
    for _ in range(JUDGED):
        form = {
            "outcome": "false_positive",
            "reason": "different_place",
            "differing_fact": "Emden, not Tehran",
            "note": "",
        }
        with CaptureQueriesContext(connection) as asked:
            began = time.perf_counter()
            answer = client.post(reverse("entities:hit-propose", args=[hit]), form)
            page = client.get(answer["location"])
            spent.append(time.perf_counter() - began)
        assert (answer.status_code, page.status_code) == (302, 200), (answer.status_code, page.status_code)
        queries.append(len(asked))
        before, hit = hit, int(answer["location"].strip("/").split("/")[-1])
        moved += before != hit
    spent.sort()
    half, most = spent[len(spent) // 2], spent[int(len(spent) * 0.95)]
    return [
        (
            f"judged to the next hit, of {Hit.objects.count():,}, ms: median",
            half * 1000,
            NEXT,
            half * 1000 / NEXT,
        ),
        ("  95th percentile", most * 1000, NEXT, most * 1000 / NEXT),
        ("  queries", sum(queries) / len(queries), None, None),
        ("  hits judged", moved, None, None),
    ]


def delta(servers: Stack, words: str, rows: list[dict[str, Any]], path: Path) -> list[Row]:
    """Publish the next version; seconds until the last of its hits stands in the queue, and until it is covered."""
    publish(rows, path)
    began = time.monotonic()
    count, last = Hit.objects.count(), 0.0
    before = count
    version = ListVersion.objects.latest("pk")
    while not Coverage.objects.filter(version=version, finished_at__isnull=False).exists():
        if time.monotonic() - began > 600:
            raise AssertionError(f"not covered: {servers.log()}")
        now = Hit.objects.count()
        if now != count:
            count, last = now, time.monotonic() - began
        time.sleep(0.1)
    now = Hit.objects.count()
    if now != count:
        count, last = now, time.monotonic() - began
    covered = time.monotonic() - began
    until(lambda: not Job.objects.exclude(state=Job.State.DONE).exists(), what="the notices", log=servers.log)
    record = Coverage.objects.get(version=version)
    return [
        (f"{words}: published to the last hit, s", last, LIMIT, last / LIMIT),
        (f"  every one of {record.parties:,} parties covered, s", covered, LIMIT, covered / LIMIT),
        ("  parties screened again", record.screened, None, None),
        ("  hits opened", count - before, None, None),
    ]


def publish(rows: list[dict[str, Any]], path: Path) -> None:
    """The next version of the consolidated list, released by a second person where the gate holds it."""
    at = timezone.now()
    path.write_text(json.dumps({"search_performed_at": at.isoformat(), "results": rows}))
    version = lists.stage(source=ListSource.objects.get(pk="csl"), path=path, by=people.job_user("import"), at=at,
                          effective_on=at.date())  # fmt: skip
    if version.state == VersionState.HELD:
        lists.release(version=version, reason="Bench", by=User.objects.get(username="bench-approver"), at=at)


def people_of_the_office() -> tuple[User, User]:
    """An officer and an approver."""
    at = timezone.now()
    administrator = people.create(username="bench-admin", by=None, at=at, role_codes=("administrator",))
    roles = ("officer", "approver")
    first, second = (
        people.create(username=f"bench-{role}", by=administrator, at=at, role_codes=(role,)) for role in roles
    )
    return first, second


def parties(listed: list[str], *, by: User) -> None:
    """Our parties in bulk, screened: names of registers, some of listed parties among them."""
    at, dice = timezone.now(), random.Random(SEED)
    names = [*clean_names(count=PARTIES - len(listed) + 3, seed=SEED), *listed]
    dice.shuffle(names)
    made = Party.objects.bulk_create(
        Party(
            name=name[:300],
            country=dice.choice(("DE", "US", "CN", "TR")),
            created_by=by,
            created_at=at,
            changed_at=at,
        )
        for name in names[-PARTIES:]
    )
    PartyAddress.objects.bulk_create(
        PartyAddress(party=one, line=f"{n} Harbor Road", city="Springfield", country=one.country)
        for n, one in enumerate(made)
    )
    world = lists.current_world()
    Screening.objects.bulk_create(
        Screening(party=one, facts_version=1, trigger="registered", world=world, holds_for=world, at=at)
        for one in made
    )

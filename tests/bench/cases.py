"""Pages and routes about applications with 1,000 and with 100,000 of them: queries, milliseconds, growth.

A few cases are made by verbs, one a state; the rest are copies of their rows. 4 of 100 are pending.
`BENCH_CASES` chooses another number.
"""

from __future__ import annotations

import os
import time
from datetime import timedelta
from typing import Any

from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exportctl import people
from exportctl.models import User
from licenses import decisions, review, seats
from licenses.models import Application, ApplicationLine, ApplicationParty, Referral
from licenses.views.page import ROWS
from tests import factories
from tests.drill import world

CASES = int(os.environ.get("BENCH_CASES", "100000"))
SMALL, TRIES = 1_000, 15
LIST, PAGE = 8, 15  # queries a list and a page may take
SHARES = {"approved": 92, "draft": 4, "registered": 2, "referred": 2}  # of a hundred
Row = tuple[str, float | None, float | None, float | None]


def run() -> list[Row]:
    """Rows (figure, ours with `BENCH_CASES`, with 1,000 or the limit, ratio). Raises where a page does not answer."""
    here = world.build()
    defense = people.create(
        username="defense", by=here.administrator, at=here.now, role_codes=("reviewer",)
    )  # fmt: skip
    seats.give(user=defense, body="defense", since=here.now.date() - timedelta(days=60), by=here.administrator,
               at=here.now)  # fmt: skip
    made = each_state(here)
    who = {"officer": here.officer, "defense": defense}
    fill(made, SMALL)
    small = {name: measured(who[by], at) for name, (by, at, _) in asked(made).items()}
    fill(made, CASES)
    rows: list[Row] = [("applications", float(Application.objects.count()), float(SMALL), None)]
    for name, (by, at, most) in asked(made).items():
        queries, spent = measured(who[by], at)
        was = small[name][1]
        rows += [
            (f"{name}, ms: median", spent, was, spent / was),
            ("  queries, beside the limit", queries, most, queries / most),
        ]
    return rows


def asked(made: dict[str, Application]) -> dict[str, tuple[str, str, int]]:
    """What is opened: who, where, and the queries it may take."""
    index, rest = reverse("licenses:applications"), "/api/v1/applications/"
    deep = Application.objects.order_by("pk").values_list("pk", flat=True)[ROWS]
    return {
        "list, newest": ("officer", index, LIST),
        "list, pending": ("officer", f"{index}?status=pending", LIST),
        "list, oldest page": ("officer", f"{index}?before={deep}", LIST),
        "list, a party of every case": ("officer", f"{index}?q=Rheinland", LIST),
        "list, a party of one case": ("officer", f"{index}?q=Turmfalke", LIST),
        "list of a body": ("defense", index, LIST),
        "My work": ("officer", reverse("licenses:work"), PAGE),
        "My work of a body": ("defense", reverse("licenses:work"), PAGE),
        "dossier": ("officer", reverse("licenses:application", args=[made["referred"].number]), PAGE),
        "REST list": ("officer", f"{rest}?page_size={ROWS}", LIST),
        "REST list, referred": ("officer", f"{rest}?status=referred&page_size={ROWS}", LIST),
    }


def each_state(here: world.World) -> dict[str, Application]:
    """One case of each state, by verbs."""
    told: dict[str, Any] = {
        "by": here.filer,
        "officer": here.officer,
        "at": here.now,
        "customer": here.customer,
    }
    made = {name: factories.make_registered(**told) for name in ("approved", "registered", "referred")}
    decisions.propose(
        application=made["approved"], outcome="approve", justification="Civil use.", by=here.officer, at=here.now
    )  # fmt: skip
    decisions.countersign(application=made["approved"], by=here.approvers[0], at=here.now)
    review.refer(application=made["referred"], bodies=["defense", "energy"], by=here.officer, at=here.now)
    rare = factories.make_party(by=here.filer, at=here.now, name="Turmfalke Handel GmbH", country="AT")
    made["rare"] = factories.make_draft(by=here.filer, at=here.now, customer=rare)
    made["draft"] = factories.make_draft(by=here.filer, at=here.now, customer=here.customer)
    return {name: Application.objects.get(pk=case.pk) for name, case in made.items()}


def fill(made: dict[str, Application], number: int) -> None:
    """Copies of the rows of the cases until there are `number`, an open one among every 25."""
    for state, share in SHARES.items():
        have = Application.objects.filter(status=state).count()
        copied(made[state], count=number * share // 100 - have)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def copied(case: Application, *, count: int) -> None:
    """`count` copies of a case with its roles, lines and referrals, each a day older than the one before."""
    if count <= 0:
        return
    first = Application.objects.latest("pk").pk + 1
    columns = names(Application, "number")
    days = {"created_at", "submitted_at", "registered_at", "closed_at"}
    told = [
        f"{name} - make_interval(days => (n %% 2000)::int)" if name in days and case.closed_at else name
        for name in columns
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Application._meta.db_table} (id, number, {', '.join(columns)}) "
            f"OVERRIDING SYSTEM VALUE SELECT n, 'Z' || lpad(n::text, 6, '0'), {', '.join(told)} "
            f"FROM {Application._meta.db_table}, generate_series(%s, %s) n WHERE id = %s",
            [first, first + count - 1, case.pk],
        )
        for model in (ApplicationParty, ApplicationLine, Referral):
            columns = names(model, "application")
            cursor.execute(
                f"INSERT INTO {model._meta.db_table} (application_id, {', '.join(columns)}) "
                f"SELECT n, {', '.join(columns)} FROM {model._meta.db_table}, generate_series(%s, %s) n "
                "WHERE application_id = %s",
                [first, first + count - 1, case.pk],
            )
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [Application._meta.db_table, first + count]
        )


def names(model: type[models.Model], *without: str) -> list[str]:
    """The columns of a table but its key and those named."""
    return [field.column for field in model._meta.concrete_fields if field.name not in ("id", *without)]


def measured(user: User, at: str) -> tuple[float, float]:
    """(queries, median milliseconds) of one address, opened again and again after a first time."""
    client, spent, queries = Client(SERVER_NAME="localhost"), [], 0
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    for _ in range(TRIES):
        with CaptureQueriesContext(connection) as found:
            began = time.perf_counter()
            answer = client.get(at)
            b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]
            spent.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise AssertionError(f"{at} answers {answer.status_code}")
        queries = max(queries, len(found))
    return float(queries), sorted(spent)[TRIES // 2]

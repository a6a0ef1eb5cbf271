"""The people and the list every drill starts from, made by verbs."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from entities import seed, worlds
from entities.models import Party
from exportctl import outbox, people
from exportctl.models import User
from tests import factories


@dataclass
class World:
    """Who is there: a filer with a screened customer, an officer, approvers."""

    now: datetime
    administrator: User
    filer: User
    officer: User
    approvers: list[User]
    customer: Party


def reset() -> None:
    """Empty the drill's own database, the event log included."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE exportctl_event DISABLE TRIGGER exportctl_event_no_truncate")
    call_command("flush", verbosity=0, interactive=False)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE exportctl_event ENABLE TRIGGER exportctl_event_no_truncate")
    worlds.forget()


def build(*, approvers: int = 2) -> World:
    """The world of a drill about cases."""
    now = timezone.now()
    call_command("seed", stdout=io.StringIO())
    seed.load(by=people.job_user("setup"), at=now - timedelta(days=2))
    administrator = people.create(username="admin", by=None, at=now, role_codes=("administrator",))

    def person(name: str, role: str) -> User:
        return people.create(username=name, by=administrator, at=now, role_codes=(role,))

    filer = person("filer", "filer")
    factories.make_company(name="Meridian Instruments Inc.", user=filer, by=administrator, at=now)
    customer = factories.make_party(by=filer, at=now, name="Rheinland Telefonbau GmbH")
    outbox.drain()
    return World(
        now=now,
        administrator=administrator,
        filer=filer,
        officer=person("officer", "officer"),
        approvers=[person(f"approver{number}", "approver") for number in range(approvers)],
        customer=customer,
    )

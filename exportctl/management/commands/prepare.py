import os
import textwrap
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand, CommandParser, OutputWrapper
from django.db import OperationalError, connection
from psycopg2 import sql

from exportctl import heartbeat
from exportctl.settings import database

APP_ROLE = "exportctl_app"


class Indented:
    """A command's output, set in under the step that runs it."""

    def __init__(self, out: OutputWrapper) -> None:
        self.out = out

    def write(self, text: str) -> None:
        """Write `text`, each line four spaces in."""
        self.out.write(textwrap.indent(text, "    "), ending="")
        self.out.flush()


class Command(BaseCommand):
    help = (
        "Bring the database up to date in one go: the application's role, migrate, grants, seed as the owner "
        "(EXPORTCTL_AS_OWNER=1), then with --demo the demo world as the application. Each step is idempotent."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="build the demo world, where it is missing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            connection.ensure_connection()
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {error}") from error
        heartbeat.forget(*heartbeat.PARTS)
        out = Indented(self.stdout)
        self.step("role of the application", self.make_role)
        self.step("tables and triggers", lambda: call_command("migrate", interactive=False, verbosity=0))
        self.step("rights of the application's role", lambda: call_command("grants", stdout=out))
        self.step("roles and reference facts", lambda: call_command("seed", stdout=out))
        if options["demo"]:
            self.become_application()
            self.step("demo world", lambda: call_command("demo", stdout=out))

    def step(self, title: str, work: Callable[[], object]) -> None:
        """Do one step, told before and timed after."""
        self.stdout.write(f"  {title} ...")
        self.stdout.flush()
        began = time.monotonic()
        work()
        self.stdout.write(f"  {title}: done in {time.monotonic() - began:.1f} s")

    def make_role(self) -> None:
        """Create the role DATABASE_URL names, where it is missing and the owner may create roles."""
        parts = urlsplit(os.environ.get("DATABASE_URL", ""))
        if parts.username != APP_ROLE or connection.settings_dict["USER"] == APP_ROLE:
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APP_ROLE])
            if cursor.fetchone():
                return
            password = database(os.environ["DATABASE_URL"])["PASSWORD"]
            statement = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                sql.Identifier(APP_ROLE), sql.Literal(password or None)
            )
            cursor.execute(statement)

    def become_application(self) -> None:
        """Go on as the application's role: the demo is made by what the product itself may do."""
        url = os.environ.get("DATABASE_URL")
        if url:
            connection.close()
            wanted = database(url)
            for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME"):
                connection.settings_dict[name] = wanted[name]

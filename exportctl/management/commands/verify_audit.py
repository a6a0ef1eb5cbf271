import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exportctl import audit


class Command(BaseCommand):
    help = "Re-hash the whole event log. Exit 0 when whole, 1 with the first broken link."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--head", default="", help="SEQ:HASH kept elsewhere; finds a cut or rewritten tail"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = audit.verify(head=options["head"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        if not found.ok:
            self.stderr.write(
                f"BROKEN at event {found.broken_at}: {found.reason}. {found.count} events before it hold."
            )
            sys.exit(1)
        self.stdout.write(f"{found.count} events, every link holds. Head {found.head}")

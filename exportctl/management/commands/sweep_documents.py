from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from exportctl import documents, people


class Command(BaseCommand):
    help = (
        "List stored bytes older than a day that no document names: a rollback after an upload leaves them. "
        "With --delete they are deleted, and the event log says which."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--delete", action="store_true", help="delete them; without it they are only listed"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        if options["delete"]:
            found, done = documents.sweep(by=people.job_user("documents"), at=at), "deleted"
        else:
            found, done = documents.unnamed(at=at), "found; --delete deletes them"
        for name, size in found:
            self.stdout.write(f"{name} {size:,} bytes")
        total = sum(size for _, size in found)
        self.stdout.write(
            f"{len(found)} unnamed ({total:,} bytes) {done}." if found else "Every stored file is named."
        )

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from exportctl import people
from exportctl.errors import Refused
from licenses import rulebook


class Command(BaseCommand):
    help = (
        "Read a rule table (Commerce Control List, country chart or country groups) as JSON or .json.gz into a "
        "dated edition. Determinations of that day and later use it. Safe to run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", type=Path, nargs="+")
        parser.add_argument(
            "--edition",
            default="",
            help="the day the table stands for, YYYY-MM-DD; default: the file's issue date",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            edition = date.fromisoformat(options["edition"]) if options["edition"] else None
        except ValueError:
            raise CommandError(f"--edition: '{options['edition']}' is no day, write YYYY-MM-DD.") from None
        for path in options["files"]:
            try:
                table = rulebook.import_file(
                    path=path, by=people.job_user("setup"), at=timezone.now(), edition_on=edition
                )
            except Refused as refused:
                raise CommandError(" ".join(f"{b.message} {b.remedy}" for b in refused.blockers)) from None
            self.stdout.write(
                f"{path.name}: {table.get_kind_display()} of {table.edition_on}, {table.count:,} rows"
            )

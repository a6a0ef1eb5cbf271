import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from exportctl import exports, people
from exportctl.errors import Refused
from exportctl.models import User
from licenses import reports
from licenses.reports.report import Filters


class Command(BaseCommand):
    help = "Write a report to a file (or standard output with --output -). Logged like every export."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help=f"one of: {', '.join(reports.REPORTS)}")
        parser.add_argument("--format", default="csv", help=f"one of: {', '.join(exports.FORMATS)}")
        parser.add_argument("--since", default="", help="first day, YYYY-MM-DD")
        parser.add_argument("--until", default="", help="day after the last, YYYY-MM-DD")
        parser.add_argument("--outcome", default="")
        parser.add_argument("--as", dest="username", default="", help="whose rows and name; default: the export job")
        parser.add_argument("--output", default="", help="file to write; default NAME.FORMAT here")

    def handle(self, *args: Any, **options: Any) -> None:
        name, format = options["name"], options["format"]
        try:
            by = User.objects.get(username=options["username"]) if options["username"] else people.job_user("export")
            filters = Filters.parse(options)
            chunks = reports.run(name=name, filters=filters, format=format, by=by, at=timezone.now())
        except User.DoesNotExist:
            raise CommandError(f"There is no user '{options['username']}'.") from None
        except Refused as refused:
            raise CommandError("\n".join(f"{b.message} {b.remedy}" for b in refused.blockers)) from None
        if options["output"] == "-":
            for chunk in chunks:
                sys.stdout.buffer.write(chunk)
            return
        path = Path(options["output"] or f"{name}{exports.FORMATS[format][1]}")
        partial = path.with_name(path.name + ".part")
        with partial.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
        partial.replace(path)
        self.stdout.write(f"Wrote {path} ({path.stat().st_size:,} bytes).")

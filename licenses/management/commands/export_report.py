import sys
from collections.abc import Iterator
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
        parser.add_argument(
            "--as", dest="username", default="", help="whose rows and name; default: the export job"
        )
        parser.add_argument("--output", default="", help="file to write; default NAME.FORMAT here")

    def handle(self, *args: Any, **options: Any) -> None:
        name, format, output = options["name"], options["format"], options["output"]
        path = Path(output or f"{name}{exports.FORMATS.get(format, ('', ''))[1]}")
        if output != "-" and (path.is_dir() or not path.parent.is_dir()):
            raise CommandError(
                f"{path} cannot be written. Name a file in a folder that exists with --output."
            )
        try:
            filters = Filters.parse(options)
            chunks = reports.run(
                name=name, filters=filters, format=format, by=actor(options["username"]), at=timezone.now()
            )
        except Refused as refused:
            raise CommandError(
                "\n".join(f"{b.message} {b.remedy}".strip() for b in refused.blockers)
            ) from None
        if output == "-":
            for chunk in chunks:
                sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            return
        self.write(path, chunks)
        self.stdout.write(f"Wrote {path} ({path.stat().st_size:,} bytes).")

    def write(self, path: Path, chunks: Iterator[bytes]) -> None:
        """Write the whole file or none."""
        partial = path.with_name(path.name + ".part")
        try:
            with partial.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


def actor(username: str) -> User:
    """Whose name and rows: a user, or the export job. Refuses a name that no active user has."""
    if not username:
        return people.job_user("export")
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(f"There is no active user '{username}'.")
    return user

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from entities import gate, house, lists
from entities.archive import Progress
from entities.models import ListSource, ListVersion, VersionState
from entities.sources.record import BadSource
from exportctl import people
from exportctl.errors import Refused
from exportctl.models import User

HELD, REFUSED = 3, 4
SOURCES = (*lists.FORMATS, house.SOURCE)


class Command(BaseCommand):
    help = (
        "Import a list file, or with 'house' a CSV file of entries of the house list. Exit 0: published, or "
        "nothing new; 3: held, two people must release it; 4: refused, nothing was imported. Each prints the "
        "verdict of the import gate."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help=f"One of: {', '.join(SOURCES)}")
        parser.add_argument(
            "path",
            type=Path,
            help="The file as published, gzipped or not; for OFAC also the folder of its four files; for the "
            f"house list a CSV file with the columns {', '.join(house.COLUMNS)}",
        )
        parser.add_argument(
            "--effective-on", type=date.fromisoformat, help="The day the file was current; default today"
        )
        parser.add_argument(
            "--by", default="", help="User name of the person who imports; default the job itself"
        )
        parser.add_argument("--json", action="store_true", help="Print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        lists.ensure_sources()
        source = ListSource.objects.filter(pk=options["source"]).first()
        if source is None:
            raise CommandError(f"Unknown source {options['source']}. Known: {', '.join(SOURCES)}.")
        now = timezone.now()
        before = source.current_id
        try:
            version = self._imported(source, _actor(options["by"]), now, options)
        except Refused as refused:
            why = refused.__cause__
            self._say(
                {
                    "result": "refused", "source": source.pk, "file": options["path"].name,
                    "reasons": [one.as_dict() for one in refused.blockers],
                    "verdict": gate.refusal(why)
                    if isinstance(why, BadSource)
                    else [gate.check(one.code, False, one.message, one.remedy) for one in refused.blockers],
                }, options["json"],
            )  # fmt: skip
            sys.exit(REFUSED)
        new = version.state == VersionState.PUBLISHED and version.pk != before
        result = "held" if version.state == VersionState.HELD else "published" if new else "unchanged"
        self._say(
            {
                "result": result, "source": source.pk, "file": options["path"].name,
                "version": version.number, "effective_on": str(version.effective_on),
                "rows": version.rows, "added": version.added, "removed": version.removed,
                "changed": version.changed, "ended": version.ended,
                "source_rows": version.source_rows, "verdict": version.verdict,
            },
            options["json"],
        )  # fmt: skip
        if result == "held":
            sys.exit(HELD)

    def _imported(self, source: ListSource, by: User, at: datetime, options: dict[str, Any]) -> ListVersion:
        if source.pk == house.SOURCE:
            return house.bring_in(path=options["path"], by=by, at=at)
        with _meter(self.stderr, source.pk) as progress:
            return lists.stage(
                source=source, path=options["path"], by=by, at=at,
                effective_on=options["effective_on"] or timezone.localdate(at), progress=progress,
            )  # fmt: skip

    def _say(self, told: dict[str, Any], as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(told, ensure_ascii=False))
            return
        for reason in told.get("reasons", ()):
            self.stderr.write(f"Refused: {reason['message']} {reason.get('remedy', '')}".rstrip())
        if "version" in told:
            self.stdout.write(
                f"{told['result'].capitalize()}: {told['source']} version {told['version']} "
                f"of {told['effective_on']}, {told['rows']:,} rows, {told['added']:,} added, "
                f"{told['removed']:,} removed, {told['changed']:,} changed."
            )
        for part, one in told.get("source_rows", {}).items():
            self.stdout.write(
                f"  rows of the file ({part}): {one['rows']:,}, +{one['added']:,} -{one['removed']:,} "
                "against the file before"
            )
        for check in told["verdict"]:
            word = "passed" if check["passed"] else "failed"
            limit = f" (limit: {check['limit']})" if check["limit"] else ""
            self.stdout.write(f"  {word}: {check['check']}: {check['figure']}{limit}")
        if told["result"] == "held":
            self.stdout.write("Another person must release it, on the lists page.")


@contextmanager
def _meter(out: Any, source: str) -> Iterator[Progress | None]:
    """Progress on one line of the terminal, wiped at the end; None where nobody looks on."""
    if not out.isatty():
        yield None
        return
    last = ""

    def told(rows: int, done: int, size: int) -> None:
        nonlocal last
        share = done * 100 // max(size, 1)
        whole = f"{rows:,} rows, comparing"
        words = whole if done >= size and rows else f"{share} % of {size / 1e6:,.1f} MB read"
        if words != last:
            last = words
            out.write(f"\r{source}: {words}\033[K", ending="")
            out.flush()

    try:
        yield told
    finally:
        out.write("\r\033[K", ending="")
        out.flush()


def _actor(username: str) -> User:
    if not username:
        return people.job_user("import")
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise CommandError(f"No active user {username}.")
    return user

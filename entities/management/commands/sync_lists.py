import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from entities import sync
from exportctl import people
from exportctl.errors import Refused

HELD, REFUSED = 3, 4


class Command(BaseCommand):
    help = (
        "Fetch and import the sources of LIST_MIRRORS, or with --from the files of a folder. Exit 0: all "
        "published or unchanged; 3: one is held, two people must release it; 4: one was refused or not reached."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--from", dest="folder", type=Path, help="Folder with files named after their source: csl.csv"
        )
        parser.add_argument("--json", action="store_true", help="Print the results as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = sync.sync(by=people.job_user("sync"), at=timezone.now(), folder=options["folder"])
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        if not done:
            raise CommandError("No source is configured: set LIST_MIRRORS, or give a folder with --from.")
        if options["json"]:
            self.stdout.write(json.dumps([asdict(one) for one in done], ensure_ascii=False))
        else:
            for one in done:
                number = f", version {one.version}" if one.version else ""
                self.stdout.write(f"{one.source}: {one.result}{number}{'. ' + one.text if one.text else ''}")
        results = {one.result for one in done}
        if results & {"refused", "unreached"}:
            sys.exit(REFUSED)
        if "held" in results:
            sys.exit(HELD)

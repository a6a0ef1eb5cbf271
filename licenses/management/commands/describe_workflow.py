"""Write docs/workflow.md from the transition table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from licenses import handbook


class Command(BaseCommand):
    help = "Write docs/workflow.md from the transition table."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", default="docs/workflow.md", help="Where to write; - prints it")

    def handle(self, *args: Any, **options: Any) -> None:
        text = handbook.markdown()
        if options["to"] == "-":
            self.stdout.write(text, ending="")
            return
        Path(options["to"]).write_text(text, encoding="utf-8")
        self.stdout.write(f"{options['to']}: {len(handbook.lines())} actions.")

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from licenses import named, rulebook, seed
from licenses.determination import delivered, reading
from licenses.determination.assess import assess
from licenses.determination.known import Known
from licenses.determination.tables import Rules

Say = Callable[[str], None]


class Command(BaseCommand):
    help = (
        "Ask of every line of a JSON-lines file whether a license is needed on its day; the answers come in the "
        "same order. A line that cannot be read is answered NEEDS_REVIEW with what is wrong."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--input", type=Path, required=True, help="JSON lines, see docs/determination.md")
        parser.add_argument(
            "--output", type=Path, required=True,
            help="JSON lines: id, result, reasons, policy, exceptions, questions",
        )  # fmt: skip
        parser.add_argument(
            "--delivered", action="store_true", help="use only the tables and listings delivered, no database"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        output: Path = options["output"]
        if output.is_dir():
            raise CommandError(f"{output} is a folder. Name a file with --output.")
        rules, known = delivered_only() if options["delivered"] else on_file(self.stderr.write)
        part = output.with_name(f"{output.name}.part")
        try:
            with options["input"].open("rb") as source, part.open("w", encoding="utf-8", newline="\n") as out:
                count, wrong = run(source, out, rules, known)
            part.replace(output)  # the answers appear whole or not at all
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)
        self.stdout.write(
            f"{count:,} cases assessed." + (f" {wrong:,} could not be read whole." if wrong else "")
        )


def on_file(say: Say) -> tuple[Rules, Known]:
    """The rules and names of this installation; without its database those delivered, which is said."""
    try:
        return rulebook.current(), named.on_file()
    except DatabaseError as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        say(f"The database cannot be asked ({reason}): only the delivered tables and listings are used.")
        return delivered_only()


def delivered_only() -> tuple[Rules, Known]:
    """The rules and names delivered with the product."""
    return delivered.rules(seed.policy_rules()), named.delivered_only()


def run(source: Any, out: TextIO, rules: Rules, known: Known) -> tuple[int, int]:
    """Answer line by line; returns how many, and how many could not be read whole. Blank lines are skipped."""
    count = wrong = 0
    for number, line in enumerate(source, start=1):
        if not line.strip():
            continue
        answer, doubts = answered(line, number, rules, known)
        out.write(json.dumps(answer, ensure_ascii=False) + "\n")
        count += 1
        wrong += doubts
    return count, wrong


def answered(line: bytes, number: int, rules: Rules, known: Known) -> tuple[dict[str, Any], bool]:
    """The answer to one line, and whether something of it could not be read."""
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return {"id": None, **reading.unreadable(f"line {number} is no JSON: {error}")}, True
    if not isinstance(row, Mapping):
        return {"id": None, **reading.unreadable(f"line {number} is no object: write {{...}}")}, True
    asked = reading.read(row, known)
    if asked.on is None:
        return {"id": reading.identity(row), **reading.unreadable(". ".join(asked.wrong))}, True
    found = reading.with_doubts(assess(asked.case, rules, asked.on), asked.wrong)
    return {"id": reading.identity(row), **reading.told(found)}, bool(asked.wrong)

import json
import multiprocessing
import os
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from entities import worlds
from entities.matching.entries import Query
from entities.matching.score import REVIEW, ahead

CHUNK = 64  # lines answered together
Line = tuple[int, str]


class Command(BaseCommand):
    help = (
        "Screen parties of a JSON-lines file against the lists in force; the answers come in the same order."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--input", type=Path, required=True, help="JSON lines: id, name, type, countries, ..."
        )
        parser.add_argument(
            "--output", type=Path, required=True, help="JSON lines: id, list_versions, engine, hits"
        )
        parser.add_argument("--limit", type=int, default=10, help="Most hits a party")
        parser.add_argument("--min-score", type=int, default=REVIEW, help="Least points of a hit, 1 to 100")
        parser.add_argument("--workers", type=int, default=1, help="Processes; 0 uses every core")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["limit"] < 1 or not 1 <= options["min_score"] <= 100:
            raise CommandError("--limit is at least 1, --min-score from 1 to 100.")
        now = worlds.world()
        if not now.versions:
            raise CommandError("No list is in force: import one first (manage.py import_list).")
        workers = options["workers"] or os.cpu_count() or 1
        screener = Screener(now, options["limit"], options["min_score"])
        output: Path = options["output"]
        part = output.with_name(f"{output.name}.part")
        try:
            with options["input"].open(encoding="utf-8") as source, part.open("w", encoding="utf-8") as out:
                count = _run(screener, source, out, workers)
            part.replace(output)  # the answers appear whole or not at all
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)
        self.stdout.write(f"{count:,} parties screened against {now.name}.")


class Screener:
    """Answers numbered lines, some at a time; a fork shares its index with the parent."""

    def __init__(self, now: worlds.World, limit: int, minimum: int) -> None:
        self.now, self.limit, self.minimum = now, limit, minimum

    def __call__(self, lines: Sequence[Line]) -> list[str]:
        asked = [parsed(line, number) for number, line in lines]
        ahead((query for _, query in asked), self.now.index)
        return [self._told(given, query) for given, query in asked]

    def _told(self, given: Any, query: Query) -> str:
        matches = worlds.ask(query, now=self.now, limit=self.limit, minimum=self.minimum)
        answer = {
            "id": given,
            "list_versions": dict(self.now.versions),
            "engine": self.now.engine,
            "hits": [worlds.told(match, self.now) for match in matches],
        }
        return json.dumps(answer, ensure_ascii=False)


_shared: list[Screener] = []


def _answer(lines: Sequence[Line]) -> list[str]:
    return _shared[0](lines)


def _run(screener: Screener, source: TextIO, out: TextIO, workers: int) -> int:
    numbered = ((number, line) for number, line in enumerate(source, start=1) if line.strip())
    chunks = iter(lambda: tuple(islice(numbered, CHUNK)), ())
    _shared[:] = [screener]
    if workers == 1:
        return _written(map(_answer, chunks), out)
    connections.close_all()  # a connection must not be shared with a child
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        return _written(pool.imap(_answer, chunks), out)


def _written(answers: Iterator[list[str]], out: TextIO) -> int:
    count = 0
    for answer in chain.from_iterable(answers):
        out.write(answer + "\n")
        count += 1
    return count


def parsed(line: str, number: int) -> tuple[Any, Query]:
    """One input line as its id and query. Refuses a line that is no object with a name, by line and field."""
    try:
        asked = json.loads(line)
    except ValueError as error:
        raise CommandError(f"line {number}: not JSON ({error}).") from error
    if not isinstance(asked, dict) or not isinstance(asked.get("name"), str):
        raise CommandError(f"line {number}, name: a text is needed.")
    for field in ("countries", "addresses", "identifiers", "names"):
        if not isinstance(asked.get(field) or [], list):
            raise CommandError(f"line {number}, {field}: a list is needed.")
    return asked.get("id"), Query(
        name=asked["name"],
        aliases=tuple(str(one) for one in asked.get("names") or ()),
        kind=str(asked.get("type") or ""),
        countries=tuple(str(one).upper() for one in asked.get("countries") or ()),
        addresses=tuple(_text(one) for one in asked.get("addresses") or ()),
        identifiers=tuple(_pair(one) for one in asked.get("identifiers") or ()),
        birth_date=str(asked.get("birth_date") or ""),
    )


def _text(address: Any) -> str:
    return (
        ", ".join(str(part) for part in address.values() if part)
        if isinstance(address, dict)
        else str(address)
    )


def _pair(identifier: Any) -> tuple[str, str]:
    if isinstance(identifier, dict):
        kind = identifier.get("kind") or identifier.get("type") or ""
        return str(kind), str(identifier.get("value") or identifier.get("number") or "")
    return "", str(identifier)

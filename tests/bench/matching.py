"""Screening accuracy and cost on the real list, beside a trigram search of the same names in PostgreSQL.

Variants of listed names are made from a seed; clean names are company and person registers. Recall is counted
where 5 % of the clean names would raise a hit.
"""

from __future__ import annotations

import csv
import gzip
import os
import random
import statistics
import string
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import psycopg2

from entities.matching.index import Entry, Index, ListedName, Query
from entities.matching.score import REVIEW, search
from entities.sources import csl

SHARED = Path(os.environ.get("EXPORTCTL_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
LIST = SHARED / "csl" / "csl_2026-07-31_projection.json.gz"
FALSE_POSITIVES = 0.05
LIMIT = 10
LOOK_ALIKE = str.maketrans("aceopxyACEHKMOPTX", "асеорхуАСЕНКМОРТХ")
SHORTER = {
    "technology": "Tech", "technologies": "Tech", "international": "Intl", "corporation": "Corp",
    "company": "Co",
    "limited": "Ltd", "manufacturing": "Mfg", "industries": "Ind", "institute": "Inst", "university": "Univ",
    "electronics": "Elec", "engineering": "Eng", "development": "Dev", "group": "Grp", "services": "Svcs",
    "research": "Res", "equipment": "Equip", "trading": "Trdg", "general": "Gen", "national": "Natl",
}  # fmt: skip
FORMS = ("Ltd", "LLC", "Co., Ltd.", "Inc.", "GmbH", "OOO", "JSC", "S.A.")
ADDED = ("International", "Holding", "Trading", "Branch", "Services", "Global", "Group")
Sample = tuple[str, str, str]  # kind, query, key


def _typo(text: str, draw: random.Random) -> str:
    places = [i for i, c in enumerate(text) if c.isalpha()]
    if len(places) < 4:
        return text
    at = draw.choice(places)
    letter = draw.choice(string.ascii_lowercase)
    change = draw.randrange(4)
    if change == 0:
        return text[:at] + letter + text[at + 1 :]
    if change == 1:
        return text[:at] + text[at + 1 :]
    if change == 2:
        return text[:at] + letter + text[at:]
    return text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :]


def _drop(text: str, draw: random.Random) -> str:
    parts = text.split()
    if len(parts) < 3:
        return text
    del parts[draw.randrange(len(parts))]
    return " ".join(parts)


def _add(text: str, draw: random.Random) -> str:
    parts = text.split()
    parts.insert(draw.randrange(len(parts) + 1), draw.choice(ADDED))
    return " ".join(parts)


def _order(text: str, draw: random.Random) -> str:
    parts = text.replace(",", " ").split()
    draw.shuffle(parts)
    return " ".join(parts)


def _spacing(text: str, draw: random.Random) -> str:
    gaps = [i for i, c in enumerate(text) if c == " "]
    if gaps and draw.random() < 0.5:
        at = draw.choice(gaps)
        return text[:at] + text[at + 1 :]
    long = [word for word in text.split() if len(word) > 5]
    if not long:
        return text.replace(" ", "", 1)
    word = draw.choice(long)
    at = draw.randrange(2, len(word) - 2)
    return text.replace(word, f"{word[:at]} {word[at:]}", 1)


def _look_alike(text: str, draw: random.Random) -> str:
    parts = text.split()
    at = draw.randrange(len(parts))
    parts[at] = parts[at].translate(LOOK_ALIKE)
    return " ".join(parts)


def _shorter(text: str, draw: random.Random) -> str:
    parts = [SHORTER.get(word.strip(".,").casefold(), word) for word in text.split()]
    if parts == text.split():
        at = max(range(len(parts)), key=lambda i: len(parts[i]))
        parts[at] = parts[at][: max(4, len(parts[at]) * 2 // 3)]
    return " ".join(parts)


def _form(text: str, draw: random.Random) -> str:
    bare = text
    for form in (
        "Co., Ltd.",
        "Co., Limited",
        "Company Limited",
        "Limited",
        "Ltd.",
        "Ltd",
        "LLC",
        "OOO",
        "JSC",
        "Inc.",
    ):
        bare = bare.replace(form, " ")
    return f"{' '.join(bare.split()).rstrip(' ,')} {draw.choice(FORMS)}"


KINDS: dict[str, Callable[[str, random.Random], str]] = {
    "exact": lambda text, draw: text,
    "alias": lambda text, draw: text,
    "one typo": _typo,
    "two typos": lambda text, draw: _typo(_typo(text, draw), draw),
    "word dropped": _drop,
    "word added": _add,
    "word order": _order,
    "legal form": _form,
    "spacing": _spacing,
    "Cyrillic look-alike": _look_alike,
    "abbreviated": _shorter,
}


def samples(entries: list[Entry], *, count: int, seed: int) -> list[Sample]:
    """`count` variants of listed names, the kinds in turn; people get no legal form."""
    draw = random.Random(seed)
    found: list[Sample] = []
    while len(found) < count:
        kind = list(KINDS)[len(found) % len(KINDS)]
        entry = draw.choice(entries)
        if (
            kind == "alias"
            and len(entry.names) < 2
            or kind == "legal form"
            and entry.kind not in ("", "organization")
        ):
            continue
        name = draw.choice(entry.names[1:]) if kind == "alias" else entry.names[0]
        if len(name.text) < 6 and kind != "exact":
            continue
        found.append((kind, KINDS[kind](name.text, draw), entry.key))
    return found


def clean_names(*, count: int, seed: int) -> list[str]:
    """Names of registers that hold no listed party, companies and people mixed."""
    draw = random.Random(seed)
    columns = (("names/gleif_names_a.csv.gz", "name", 0.4), ("names/listed_companies_a.csv.gz", "name", 0.3),
               ("names/sec_filers.csv", "name", 0.1),
               ("names/person_negatives_global.csv.gz", "name", 0.2))  # fmt: skip
    found: list[str] = []
    for path, column, share in columns:
        opener = gzip.open if path.endswith(".gz") else open
        with opener(SHARED / path, "rt", encoding="utf-8", newline="") as stream:
            rows = csv.DictReader(stream)
            field = next((f for f in rows.fieldnames or () if column in f.casefold()), "")
            names = [row[field] for row in rows if row[field]]
        found += draw.sample(names, int(count * share))
    return found


def listed() -> list[Entry]:
    """The real list as entries of the matcher."""
    return [
        Entry(
            key=r.key, list=r.source_list, kind=r.kind, countries=r.countries,
            names=tuple(ListedName(text, kind) for text, kind in r.names),
        )
        for r in csl.read(LIST)
    ]  # fmt: skip


Answers = Iterable[tuple[float, str]]  # (score, key), the best first
Engine = Callable[[str], Answers]


def recall_at(engine: Engine, tests: list[Sample], clean: list[str]) -> tuple[dict[str, float], float, float]:
    """(recall by kind, score at which FALSE_POSITIVES of the clean names hit, median CPU ms a query)."""
    tops = sorted((next(iter(engine(name)), (0.0, ""))[0] for name in clean), reverse=True)
    line = tops[int(len(tops) * FALSE_POSITIVES)]
    found: dict[str, list[bool]] = defaultdict(list)
    spent = []
    for kind, text, key in tests:
        start = time.process_time()
        answers = list(engine(text))
        spent.append(1000 * (time.process_time() - start))
        found[kind].append(any(k == key and score > line for score, k in answers))
    return {kind: sum(hits) / len(hits) for kind, hits in found.items()}, line, statistics.median(spent)


def ours(index: Index, *, minimum: int = 30) -> Engine:
    """Our search as an engine that answers down to `minimum` points."""

    def ask(text: str) -> Iterator[tuple[float, str]]:
        for match in search(Query(text), index, limit=LIMIT, minimum=minimum):
            yield float(match.score), match.entry.key

    return ask


class Trigrams:
    """pg_trgm with a GIN index over the same names, in a temporary table; `spent` sums the wall seconds."""

    def __init__(self, url: str, entries: list[Entry]) -> None:
        self.connection = psycopg2.connect(url)
        self.cursor = self.connection.cursor()
        self.spent: list[float] = []
        self.cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        self.cursor.execute("CREATE TEMP TABLE listed (key text, name text)")
        rows = [(entry.key, name.text.replace("\0", "")) for entry in entries for name in entry.names]
        for start in range(0, len(rows), 5000):
            part = rows[start : start + 5000]
            values = ",".join(["(%s,%s)"] * len(part))
            self.cursor.execute(f"INSERT INTO listed VALUES {values}", [v for row in part for v in row])
        self.cursor.execute("CREATE INDEX ON listed USING gin (name gin_trgm_ops)")
        self.cursor.execute("ANALYZE listed")

    def __call__(self, text: str) -> list[tuple[float, str]]:
        start = time.perf_counter()
        self.cursor.execute(
            "SELECT max(similarity(name, %s)), key FROM listed WHERE name %% %s "
            "GROUP BY key ORDER BY 1 DESC, 2 LIMIT %s",
            (text, text, LIMIT),
        )
        rows = [(float(score), key) for score, key in self.cursor.fetchall()]
        self.spent.append(1000 * (time.perf_counter() - start))
        return rows

    def close(self) -> None:
        """Forget the temporary table."""
        self.connection.rollback()
        self.connection.close()


def run(*, count: int = 300, clean: int = 400, seed: int = 7) -> list[tuple[str, float, float, float]]:
    """(figure, ours, pg_trgm, ratio) rows: recall in all and by kind, ms a query, and our build seconds.

    Raises FileNotFoundError where the shared data is absent and psycopg2.Error without a database.
    """
    entries = listed()
    start = time.process_time()
    index = Index.build(entries)
    built = time.process_time() - start
    tests, negatives = samples(entries, count=count, seed=seed), clean_names(count=clean, seed=seed)
    mine, my_line, _ = recall_at(ours(index), tests, negatives)
    my_ms = recall_at(ours(index, minimum=REVIEW), tests, negatives[:1])[2]
    trigrams = Trigrams(
        os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres"), entries
    )
    try:
        theirs, their_line, _ = recall_at(trigrams, tests, negatives)
    finally:
        trigrams.close()
    their_ms = statistics.median(trigrams.spent)
    rows = [("recall at 5 % false positives", _mean(mine), _mean(theirs))]
    rows += [(f"recall: {kind}", mine[kind], theirs[kind]) for kind in mine]
    rows += [
        ("ms a query, median (ours CPU, peer wall)", my_ms, their_ms),
        ("score at 5 % false positives", my_line, 100 * their_line),
    ]
    rows += [("index build, CPU s", built, 0.0)]
    return [(figure, a, b, a / b if b else 0.0) for figure, a, b in rows]


def _mean(recall: dict[str, float]) -> float:
    return sum(recall.values()) / len(recall)


if __name__ == "__main__":
    for figure, mine, peer, ratio in run():
        print(f"{figure:42} {mine:8.3f} {peer:8.3f} {ratio:7.2f}")

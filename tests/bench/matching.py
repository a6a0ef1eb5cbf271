"""Screening accuracy and cost on the real list, beside nomenklatura and a trigram search of the same names.

Variants of listed names of twenty kinds are made from a seed; clean names come from company and person registers.
Recall is counted at the score that 1, 5 or 10 % of the clean names reach, for each engine at its own. BENCH_EACH,
BENCH_CLEAN and BENCH_SEED choose how many of a kind, how many clean names, which seed.
"""

from __future__ import annotations

import csv
import gzip
import os
import random
import resource
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from entities.matching import reach, store
from entities.matching.entries import Entry, ListedName, Query
from entities.matching.index import Index
from entities.matching.score import REVIEW, Match, ahead, score, search
from entities.sources import csl, un

from . import peers, variants
from .peers import LIMIT, Answer
from .variants import Sample

SHARED = Path(os.environ.get("EXPORTCTL_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
LIST = SHARED / "csl" / "csl_2026-07-31_projection.json.gz"
OTHER = SHARED / "un" / "UN_consolidated_2026-02-27.xml.gz"
PAIRS = SHARED / "pairs" / "nomenklatura_cases_a.csv"
SHARES = (0.01, 0.05, 0.10)
EACH, CLEAN, SEED = (
    int(os.environ.get(f"BENCH_{n}", d)) for n, d in (("EACH", 40), ("CLEAN", 1000), ("SEED", 7))
)
PEER_EACH, PEER_CLEAN, SINGLE = 20, 500, 20
PARTIES, CHANGED, CHUNK = 30_000, 100, 250
KINDS = {
    "Person": "individual",
    "Vessel": "vessel",
    "Company": "organization",
    "Organization": "organization",
}
Row = tuple[str, float | None, float | None, float | None]


@dataclass(slots=True)
class Told:
    """What an engine answered: to samples and to clean names, in their order, and the score lines between them."""

    samples: list[Answer]
    clean: list[Answer]
    lines: dict[float, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        tops = sorted((one[0][0] if one else 0.0 for one in self.clean), reverse=True)
        self.lines = {share: tops[int(len(tops) * share)] for share in SHARES}

    def recall(self, asked: Sequence[Sample], share: float | None) -> dict[str, float]:
        """Recall by kind above the line of a share of false positives; None: among the first ten."""
        found: dict[str, list[bool]] = defaultdict(list)
        line = -1.0 if share is None else self.lines[share]
        for one, answer in zip(asked, self.samples, strict=True):
            found[one.kind].append(any(key in one.keys and points > line for points, key in answer[:LIMIT]))
        return {kind: sum(hits) / len(hits) for kind, hits in found.items()}


def entries_of(records: Any) -> list[Entry]:
    """Records of a list file as the matcher takes them."""
    return [
        Entry(
            key=r.key, list=r.source_list, kind=r.kind, countries=r.countries,
            names=tuple(ListedName(text, kind) for text, kind in r.names),
        )
        for r in records
    ]  # fmt: skip


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
            named = next((f for f in rows.fieldnames or () if column in f.casefold()), "")
            names = [row[named] for row in rows if row[named]]
        found += draw.choices(names, k=int(count * share))
    return found


def asked_of(entries: Sequence[Entry], *, each: int, seed: int) -> list[Sample]:
    """The variants of every kind, those in other scripts among them."""
    made = variants.samples(entries, each=each, seed=seed)
    others = entries_of(un.read(OTHER))
    own = variants.original_samples(entries, others, most=3 * each, seed=seed)
    return made + variants.chinese_samples(entries)[: 3 * each] + own


def ours(index: Index, text: str, *, minimum: int) -> Answer:
    """Our answer to a name."""
    return [(float(m.score), m.entry.key) for m in search(Query(text), index, limit=LIMIT, minimum=minimum)]


def run() -> list[Row]:
    """(figure, ours, peer, ratio) rows; ratios of times are ours to the peer's. Needs the shared data."""
    entries = entries_of(csl.read(LIST))
    start = time.process_time()
    index = Index.build(entries)
    rows: list[Row] = [
        ("index build, CPU s (limit 10)", built := time.process_time() - start, 10.0, built / 10)
    ]
    asked, clean = asked_of(entries, each=EACH, seed=SEED), clean_names(count=CLEAN, seed=SEED)
    mine = Told(
        [ours(index, one.text, minimum=1) for one in asked], [ours(index, name, minimum=1) for name in clean]
    )
    trigrams = peers.Trigrams(entries)
    try:
        theirs = Told([trigrams(one.text) for one in asked], [trigrams(name) for name in clean])
    finally:
        trigrams.close()
    rows += _compared("pg_trgm", asked, mine, theirs)
    rows += _times(index, [one.text for one in asked] + clean, trigrams.spent)
    rows += _nomenklatura(index, entries)
    rows += _files(index) + _exact(index, entries) + _delta(index) + _calibrated(mine, asked)
    return rows


def _compared(peer: str, asked: Sequence[Sample], mine: Told, theirs: Told) -> list[Row]:
    rows: list[Row] = []
    for words, share in (
        ("at 1 % false positives", 0.01),
        ("at 5 %", 0.05),
        ("at 10 %", 0.1),
        ("among ten", None),
    ):
        a, b = mine.recall(asked, share), theirs.recall(asked, share)
        rows.append(_row(f"recall {words}, beside {peer}", _mean(a), _mean(b)))
        if share in (0.05, None):
            rows += [_row(f"    {kind}", a[kind], b[kind]) for kind in a]
    return rows


def _times(index: Index, texts: list[str], peer: list[float]) -> list[Row]:
    random.Random(SEED).shuffle(texts)
    index.vocabulary.forget()
    spent = []
    for text in texts:
        start = time.process_time()
        ours(index, text, minimum=REVIEW)
        spent.append(time.process_time() - start)
    queries = [Query(text) for text in texts]
    index.vocabulary.forget()
    batches = [_per_second(queries, index) for _ in ("cold", "warm")]
    return [
        _row("a query, ms: median (ours CPU, pg_trgm wall)", _percentile(spent, 0.5), _percentile(peer, 0.5)),
        _row("a query, ms: 95th percentile", _percentile(spent, 0.95), _percentile(peer, 0.95)),
        _row("queries a second and core, one by one, cold", len(spent) / sum(spent), len(peer) / sum(peer)),
        _row("queries a second and core, in batches, cold", batches[0], len(peer) / sum(peer)),
        _row("queries a second and core, in batches, warm", batches[1], len(peer) / sum(peer)),
    ]  # fmt: skip


def _parts(queries: Sequence[Query]) -> list[Sequence[Query]]:
    return [queries[start : start + CHUNK] for start in range(0, len(queries), CHUNK)]


def _batch(queries: Sequence[Query], index: Index, *, limit: int | None = None) -> list[list[Match]]:
    """The queries of a chunk, as the product answers them."""
    ahead(queries, index)
    return [search(query, index, limit=limit) for query in queries]


def _per_second(queries: Sequence[Query], index: Index) -> float:
    start = time.process_time()
    for part in _parts(queries):
        _batch(part, index, limit=LIMIT)
    return len(queries) / (time.process_time() - start)


def _nomenklatura(index: Index, entries: Sequence[Entry]) -> list[Row]:
    """Recall, labelled pairs and times beside nomenklatura, on fewer queries: it takes its time."""
    asked, clean = asked_of(entries, each=PEER_EACH, seed=SEED), clean_names(count=PEER_CLEAN, seed=SEED)
    labelled = list(_labelled())
    queries = [*asked, *(Sample("clean", name, frozenset()) for name in clean)]
    told = peers.nomenklatura(entries, queries, [pair for pair, _ in labelled], single=SINGLE)
    points = [_pair_points(index, *pair) for pair, _ in labelled]
    truth = [true for _, true in labelled]
    if isinstance(told, str):
        return [(told, None, None, None), ("labelled pairs, best F1", _best_f1(points, truth), None, None)]
    answers = [[(float(points_), key) for points_, key in one] for one in told["answers"]]
    theirs = Told(answers[: len(asked)], answers[len(asked) :])
    mine = Told(
        [ours(index, one.text, minimum=1) for one in asked], [ours(index, name, minimum=1) for name in clean]
    )
    spent, count = told["spent"], len(queries)
    index.vocabulary.forget()
    start = time.process_time()
    for one in queries:
        ours(index, one.text, minimum=REVIEW)
    own = (time.process_time() - start) / count
    index.vocabulary.forget()
    together = _per_second([Query(one.text) for one in queries], index)
    alone = spent["single"] / SINGLE + spent["score"] / count
    return [
        *_compared("nomenklatura logic-v2", asked, mine, theirs),
        _row(
            "labelled pairs, best F1, beside logic-v2",
            _best_f1(points, truth),
            _best_f1(told["pairs"], truth),
        ),
        _row("a query, CPU ms, beside its index and logic-v2", 1000 * own, 1000 * alone),
        _row(
            "queries a second and core, beside its batch", together, count / (spent["block"] + spent["score"])
        ),
    ]


def _labelled() -> list[tuple[tuple[str, str, str], bool]]:
    with PAIRS.open(encoding="utf-8", newline="") as stream:
        return [
            ((KINDS.get(row["schema"], ""), row["name1"], row["name2"]), row["is_match"] == "true")
            for row in csv.DictReader(stream)
        ]


def _pair_points(index: Index, kind: str, first: str, second: str) -> float:
    entry = Entry(key="pair", list="EL", kind=kind, names=(ListedName(second),))
    return float(score(Query(first, kind=kind), entry, weights=index.weights).score)


def _best_f1(points: Sequence[float], truth: Sequence[bool]) -> float:
    best = 0.0
    for line in sorted(set(points)):
        said = [one >= line for one in points]
        right = sum(a and b for a, b in zip(said, truth, strict=True))
        if right:
            best = max(best, 2 * right / (sum(said) + sum(truth)))
    return best


def _files(index: Index) -> list[Row]:
    """What an index takes in files, which all processes of a machine share, and to open it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "index"
        store.save(index, folder)
        size = sum(path.stat().st_size for path in folder.iterdir()) / 2**20
        start = time.process_time()
        store.load(folder)
        opened = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        _row("index in files, MB (limit 300)", size, 300.0),
        ("opening it, CPU ms", 1000 * opened, None, None),
        ("peak memory of this process with everything, MB", peak, None, None),
    ]


def _exact(index: Index, entries: Sequence[Entry]) -> list[Row]:
    """The hard gate: every listed name, primary and alias, finds its entry. A tenth of the list, drawn by seed."""
    drawn = random.Random(SEED).sample(list(entries), len(entries) // 10)
    names = [(name.text, entry.key) for entry in drawn for name in entry.names]
    found = sum(any(m.entry.key == key for m in search(Query(text), index)) for text, key in names)
    return [_row(f"exact names and aliases found, of {len(names):,}", found / len(names), 1.0)]


def _delta(index: Index) -> list[Row]:
    """A hundred changed entries against 30,000 parties: who is reached and screened, beside screening everybody."""
    names = clean_names(count=PARTIES - 2_000, seed=SEED + 1)
    listed = random.Random(SEED).sample(list(index.entries), 2_000)
    queries = [Query(name) for name in names] + [Query(one.names[0].text) for one in listed]
    changed = [index.entries[n] for n in random.Random(SEED + 2).sample(range(len(index)), CHANGED)]
    start = time.process_time()
    parties = reach.index_of({str(n): query for n, query in enumerate(queries)}, weights=index.weights)
    made = time.process_time() - start
    start = time.process_time()
    hopeful = reach.reached(parties, changed, minimum=REVIEW)
    small = Index.build(changed, weights=index.weights)
    ahead((queries[n] for n in hopeful), small)
    reached = [n for n in sorted(hopeful) if search(queries[n], small, limit=1)]
    ahead((queries[n] for n in reached), index)
    again = {n: search(queries[n], index) for n in reached}
    delta = time.process_time() - start
    start = time.process_time()
    everybody = [search(query, index) for query in queries]
    full = time.process_time() - start
    keys = {entry.key for entry in changed}
    owed = {n for n, found in enumerate(everybody) if any(match.entry.key in keys for match in found)}
    same = owed == set(reached) and all(everybody[n] == found for n, found in again.items())
    return [
        _row(f"delta of {CHANGED} entries, {len(queries):,} parties, CPU s beside all", delta, full),
        ("    the same hits exactly (1: yes)", float(same), 1.0, float(same)),
        ("    index of the parties, CPU s, made once", made, None, None),
    ]


def _calibrated(mine: Told, asked: Sequence[Sample]) -> list[Row]:
    """Share of first answers that are right, by score: variants and clean names in equal number."""
    rows: list[Row] = []
    weight = len(asked) / max(1, len(mine.clean))
    for low, high in ((95, 101), (90, 95), (85, 90), (80, 85), (75, 80), (70, 75)):
        right = sum(
            1 for one, answer in zip(asked, mine.samples, strict=True)
            if answer and low <= answer[0][0] < high and answer[0][1] in one.keys
        )  # fmt: skip
        wrong = sum(
            1 for one, answer in zip(asked, mine.samples, strict=True)
            if answer and low <= answer[0][0] < high and answer[0][1] not in one.keys
        )  # fmt: skip
        clean = weight * sum(1 for answer in mine.clean if answer and low <= answer[0][0] < high)
        if right + wrong + clean:
            rows.append(
                (
                    f"precision of scores {low} to {min(high - 1, 100)}",
                    right / (right + wrong + clean),
                    None,
                    None,
                )
            )
    return rows


def _row(figure: str, a: float, b: float) -> Row:
    return figure, a, b, a / b if b else None


def _mean(recall: dict[str, float]) -> float:
    return sum(recall.values()) / len(recall)


def _percentile(seconds: Sequence[float], share: float) -> float:
    """In milliseconds."""
    return 1000 * sorted(seconds)[int(len(seconds) * share)]

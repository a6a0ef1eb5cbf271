"""nomenklatura over a list and queries, run in an environment of its own: python -I nomenklatura_peer.py IN OUT.

IN is JSON: entries [{key, kind, names, countries}], queries [{text, kind}], single (how many queries are also blocked
one at a time), pairs [[kind, name, name]]. OUT is JSON: answers (per query [[score, key], ...], the best first), pairs
(scores), spent: CPU seconds of building, of blocking all queries together, of blocking `single` of them one by one, of
scoring.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SCHEMATA = {
    "individual": "Person",
    "vessel": "Vessel",
    "aircraft": "Airplane",
    "organization": "Organization",
}


def main(source: str, target: str) -> None:
    from followthemoney import Dataset, StatementEntity
    from nomenklatura.blocker.index import Index
    from nomenklatura.matching import LogicV2, ScoringConfig
    from nomenklatura.resolver import Linker
    from nomenklatura.store.memory import MemoryStore

    given = json.loads(Path(source).read_text(encoding="utf-8"))
    dataset = Dataset.make({"name": "bench", "title": "bench"})

    def entity(key: str, kind: str, names: list[str], countries: list[str]) -> Any:
        schema = SCHEMATA.get(kind, "LegalEntity")
        made = StatementEntity.from_data(dataset, {"id": key, "schema": schema, "properties": {}})
        made.add("name", names)
        if countries:
            made.add("country", countries)
        return made

    store: Any = MemoryStore(dataset, Linker({}))
    with store.writer() as writer:
        for row in given["entries"]:
            writer.add_entity(entity(row["key"], row["kind"], row["names"], row["countries"]))
    view = store.view(dataset)
    spent = {}
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        index = Index(view, Path(folder))
        index.build()
        spent["build"] = time.process_time() - start
        # a query's kind is not known: an organization for a start, as a caller would send it
        queries = [
            entity(f"query-{n}", one["kind"], [one["text"]], []) for n, one in enumerate(given["queries"])
        ]
        start = time.process_time()
        blocked = {one.id: list(found) for one, found in _blocked(index, queries)}
        spent["block"] = time.process_time() - start
        start = time.process_time()
        for one in queries[: given["single"]]:
            list(_blocked(index, [one]))
        spent["single"] = time.process_time() - start
        config, answers = ScoringConfig.defaults(), []
        start = time.process_time()
        for one in queries:
            scored = []
            for key, _ in blocked.get(one.id, [])[:75]:
                other = view.get_entity(str(key))
                if other is not None:
                    scored.append((LogicV2.compare(one, other, config).score, other.id))
            answers.append(sorted(scored, key=lambda pair: (-pair[0], pair[1]))[:10])
        spent["score"] = time.process_time() - start
        index.close()
    pairs = [
        LogicV2.compare(entity("a", kind, [first], []), entity("b", kind, [second], []), config).score
        for kind, first, second in given.get("pairs", [])
    ]
    Path(target).write_text(
        json.dumps({"answers": answers, "pairs": pairs, "spent": spent}), encoding="utf-8"
    )


def _blocked(index: Any, queries: list[Any]) -> Any:
    by_id = {one.id: one for one in queries}
    for identifier, found in index.match_entities(queries):
        yield by_id[str(identifier)], found


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

"""`python -m tests.bench [name ...]`: our figures, the peer's and the ratio, as one table."""

from __future__ import annotations

import logging
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exportctl.settings")
HEAD = ("bench", "ours", "peer", "ratio")


def main(names: list[str]) -> int:
    """Run the benches named, or all. 0: all ran; 2: an unknown name. Figures are reported, never gates."""
    django.setup()
    logging.disable(logging.CRITICAL)
    from tests import scratch

    from . import cases, determination, hits, house, imports, lists, matching, platform

    benches = {
        "append": ("the event log beside plain inserts", platform.append),
        "cases": ("pages and routes with 100,000 applications, beside 1,000", cases.run),
        "determination": ("determinations on one core, beside the limit", determination.run),
        "export": ("CSV export beside COPY", platform.export),
        "hits": ("a delta of 100 entries against 30,000 parties, to the queue; limit in seconds", hits.run),
        "house": ("a house-list entry through a real worker, limit in seconds", house.run),
        "imports": ("the whole consolidated list, limit in seconds", imports.run),
        "lists": ("list files: import, repeat, sets beside rows, real deltas", lists.run),
        "matching": ("screening beside a trigram search", matching.run),
    }
    unknown = sorted(set(names) - set(benches))
    if unknown:
        print(f"no such bench: {', '.join(unknown)}. There are {', '.join(benches)}.", file=sys.stderr)
        return 2
    with scratch.database("bench"):
        print(f"{HEAD[0]:48} {HEAD[1]:>12} {HEAD[2]:>12} {HEAD[3]:>8}")
        for name in names or benches:
            title, run = benches[name]
            print(f"{name}: {title}", flush=True)
            try:
                rows = run()
            except FileNotFoundError as missing:
                print(f"  not run here: {missing}")
                continue
            for figure, ours, peer, ratio in rows:
                print(f"  {figure:46} {told(ours)} {told(peer)} {told(ratio, 8)}", flush=True)
    return 0


def told(figure: float, width: int = 12) -> str:
    """A figure in its column; nothing where there is none."""
    text = (
        "" if figure is None or figure != figure else f"{figure:,.3g}" if figure < 1000 else f"{figure:,.0f}"
    )
    return f"{text:>{width}}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

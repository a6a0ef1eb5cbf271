"""`python -m tests.drill [T11 T24 ...] [--quick]`: run drills on a database of their own."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "exportctl.settings")


def main() -> int:
    """Run the drills asked for, or all. 0: all pass; 1: one failed; 2: an unknown id."""
    django.setup()
    logging.disable(logging.CRITICAL)  # refusals are what the drills are after
    from tests import scratch

    from . import (  # noqa: F401
        REGISTRY,
        chain,
        completeness,
        coverage,
        decisions,
        filing,
        ledger,
        lists,
        memory,
        names,
        notices,
        recovery,
    )  # fmt: skip

    parser = argparse.ArgumentParser(prog="python -m tests.drill")
    parser.add_argument("ids", nargs="*", help=f"of {', '.join(sorted(REGISTRY))}; all without any")
    parser.add_argument("--quick", action="store_true", help="a small figure that shows the drill works")
    asked = parser.parse_args()
    unknown = sorted(set(asked.ids) - set(REGISTRY))
    if unknown:
        print(
            f"no such drill: {', '.join(unknown)}. There are {', '.join(sorted(REGISTRY))}.", file=sys.stderr
        )
        return 2
    with scratch.database("drill"):
        passed = [attempt(code, full=not asked.quick) for code in asked.ids or sorted(REGISTRY)]
    return 0 if all(passed) else 1


def attempt(code: str, *, full: bool) -> bool:
    """Run one drill, print its line and keep its result. An error is a failure, told as such."""
    from . import REGISTRY, world

    began = time.monotonic()
    world.reset()
    try:
        figure, passed = REGISTRY[code].run(full)
    except Exception as error:
        traceback.print_exc()
        figure, passed = f"{type(error).__name__}: {error}"[:200], False
    print(f"{code} {figure} {'pass' if passed else 'fail'}", flush=True)
    keep(code, figure, passed, seconds=time.monotonic() - began, full=full)
    return passed


def keep(code: str, figure: str, passed: bool, *, seconds: float, full: bool) -> None:
    """Store the dated result of one drill."""
    from django.conf import settings

    from . import REGISTRY

    folder = Path(settings.VAR) / "drill"
    folder.mkdir(parents=True, exist_ok=True)
    result = {
        "test": code,
        "title": REGISTRY[code].title,
        "figure": figure,
        "passed": passed,
        "full": full,
        "seconds": round(seconds, 1),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    (folder / f"{code}.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())

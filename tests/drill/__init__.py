"""Reliability drills: `python -m tests.drill [T11 T24 ...] [--quick]`, one line a test with its figure.

A drill is a function `run(full) -> (figure, passed)` under the id of its test; `full` asks for the whole
figure, otherwise a small one shows that the drill works. Results are kept in var/drill/, dated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Drill:
    """One reliability test: what it must reach, and how it is run."""

    code: str
    title: str
    run: Callable[[bool], tuple[str, bool]]


REGISTRY: dict[str, Drill] = {}
Run = Callable[[bool], tuple[str, bool]]


def drill(code: str, title: str) -> Callable[[Run], Run]:
    """Register a drill under the id of its test."""

    def keep(run: Run) -> Run:
        if code in REGISTRY:
            raise ValueError(f"{code} is registered twice")
        REGISTRY[code] = Drill(code, title, run)
        return run

    return keep

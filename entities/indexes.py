"""Indexes under the content they are made of: built by one process, mapped by all, swapped whole."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from .matching import store
from .matching.compare import Weights
from .matching.entries import Entry
from .matching.index import Index

FILED_FROM = 500  # entries from which reading files is faster than making the index anew


def of(entries: Callable[[], Sequence[Entry]], *, count: int, named: str, weights: Weights) -> Index:
    """The index of the entries, from its files where they are there, else built and, if large, written.

    `named` tells content and engine, so that files are never those of other entries. One process builds, the
    others wait for it. A folder that cannot be written costs speed, nothing else.
    """
    if count < FILED_FROM:
        return Index.build(entries(), weights=weights)
    folder = Path(settings.INDEX_FILES) / "lists" / named
    try:
        with _alone(folder):
            if found := store.load(folder):
                return found
            built = Index.build(entries(), weights=weights)
            store.save(built, folder)
            store.drop_others(folder)
            return store.load(folder) or built
    except OSError:
        return Index.build(entries(), weights=weights)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Whether this or another process of this machine builds an index: one at a time."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "building.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

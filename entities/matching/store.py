"""An index in files: written once, mapped into the memory of every process that searches it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any, overload

import numpy as np

from .compare import Weights
from .entries import Entry, ListedName
from .index import Arrays, Index
from .keys import Table
from .vocabulary import Vocabulary

LAYOUT = "2"  # what the files are; another layout is never read
TABLES = ("exact", "identifiers", "words")
DONE = "done.json"


class Entries(Sequence[Entry]):
    """The parties of an index, read from their file one at a time and kept while they are asked for."""

    def __init__(self, folder: Path) -> None:
        self._ends = np.load(folder / "entries.ends.npy", mmap_mode="r")
        size = (folder / "entries.jsonl").stat().st_size
        self._text = (
            np.memmap(folder / "entries.jsonl", dtype=np.uint8, mode="r") if size else np.zeros(0, np.uint8)
        )
        self._read = lru_cache(maxsize=20_000)(self._at)

    def __len__(self) -> int:
        return len(self._ends)

    def _at(self, place: int) -> Entry:
        start = int(self._ends[place - 1]) if place else 0
        key, listed, kind, names, countries, addresses, identifiers, births = json.loads(
            self._text[start : int(self._ends[place])].tobytes()
        )
        return Entry(
            key=key, list=listed, kind=kind, names=tuple(ListedName(*one) for one in names), countries=tuple(countries),
            addresses=tuple(addresses), identifiers=tuple((a, b) for a, b in identifiers), birth_dates=tuple(births),
        )  # fmt: skip

    @overload
    def __getitem__(self, place: int) -> Entry: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Entry]: ...
    def __getitem__(self, place: int | slice) -> Entry | Sequence[Entry]:
        if isinstance(place, slice):
            return [self._read(one) for one in range(*place.indices(len(self)))]
        return self._read(range(len(self))[place])

    def __iter__(self) -> Iterator[Entry]:
        return (self._read(place) for place in range(len(self)))


def save(index: Index, folder: Path) -> None:
    """Write an index to `folder`, which appears whole or not at all; one that is there already is left alone."""
    if (folder / DONE).is_file():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        _write(index, part)
        try:
            part.rename(folder)
        except OSError:
            if not (folder / DONE).is_file():  # what an unfinished writer of another layout left
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write(index: Index, folder: Path) -> None:
    for name, array in _arrays(index).items():
        np.save(folder / f"{name}.npy", array)
    ends = np.zeros(len(index.entries), dtype=np.int64)
    with (folder / "entries.jsonl").open("wb") as out:
        for place, entry in enumerate(index.entries):
            out.write(_line(entry))
            ends[place] = out.tell()
    np.save(folder / "entries.ends.npy", ends)
    (folder / "words.txt").write_text("\n".join(index.vocabulary.words), encoding="utf-8")
    (folder / "joined.txt").write_text("\n".join(index.vocabulary.joined), encoding="utf-8")
    weights = index.weights
    profile = {"number": weights.number, "total": weights.total, "counts": dict(weights.counts)}
    (folder / "weights.json").write_text(json.dumps(profile), encoding="utf-8")
    with (folder / DONE).open("w", encoding="utf-8") as out_:
        json.dump({"layout": LAYOUT, "entries": len(index.entries)}, out_)
        out_.flush()
        os.fsync(out_.fileno())


def _line(entry: Entry) -> bytes:
    row = [
        entry.key, entry.list, entry.kind, [[n.text, n.kind] for n in entry.names], entry.countries, entry.addresses,
        entry.identifiers, entry.birth_dates,
    ]  # fmt: skip
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass") + b"\n"


def _arrays(index: Index) -> dict[str, np.ndarray[Any, Any]]:
    found = {f"arrays.{field.name}": getattr(index.arrays, field.name) for field in fields(Arrays)}
    for name, table in zip(TABLES, index.tables(), strict=True):
        found |= {
            f"{name}.numbers": table.numbers,
            f"{name}.ids": table.ids,
            f"{name}.buckets": table.buckets,
        }
    return found


def load(folder: Path) -> Index | None:
    """The index in `folder`, its arrays mapped; None where there is none that this engine can read."""
    try:
        done = json.loads((folder / DONE).read_text(encoding="utf-8"))
        if done.get("layout") != LAYOUT:
            return None
        mapped = {path.stem: np.load(path, mmap_mode="r") for path in folder.glob("*.npy")}
        tables = [
            Table(mapped[f"{name}.numbers"], mapped[f"{name}.ids"], mapped[f"{name}.buckets"])
            for name in TABLES
        ]
        profile = json.loads((folder / "weights.json").read_text(encoding="utf-8"))
        words = _lines(folder / "words.txt")
        vocabulary = Vocabulary(words, _lines(folder / "joined.txt"), tables[2])
    except (OSError, ValueError, KeyError):
        return None
    arrays = Arrays(**{field.name: mapped[f"arrays.{field.name}"] for field in fields(Arrays)})
    weights = Weights(profile["counts"], profile["total"], profile["number"])
    return Index(Entries(folder), vocabulary, arrays, tables[0], tables[1], weights)


def _lines(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return text.split("\n") if text else []


def drop_others(folder: Path, *, keep: int = 3) -> None:
    """Remove all but the `keep` newest indexes beside `folder`; a process that has one mapped keeps its memory."""
    kept = sorted(
        (p for p in folder.parent.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime, reverse=True
    )
    for old in [p for p in kept if p != folder][keep - 1 :]:
        shutil.rmtree(old, ignore_errors=True)

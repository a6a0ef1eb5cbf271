"""Numbers that stand for words: equal for words that are equal after leaving out up to two letters.

A word one or two slips away from another shares such a number with it (Bocek and others 2007, "Fast similarity
search in large dictionaries": the deletion neighbourhood), so near words are found by looking numbers up, whatever
the size of the vocabulary. All numbers of a word come from its running sums, without making the shorter words.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint32]
Ints = NDArray[np.int32]

_BASE = 0x9E3779B97F4A7C15 | 1
_INVERSE = pow(_BASE, -1, 1 << 64)
_SPREAD = np.uint64(0xD6E8FEB86659FD93)
_MASK = (1 << 64) - 1
MAX_WORD = 48  # letters read of a word
BUCKET_BITS = 18


@cache
def _powers() -> NDArray[np.uint64]:
    values = [1]
    for _ in range(MAX_WORD):
        values.append(values[-1] * _BASE & _MASK)
    return np.array(values, dtype=np.uint64)


@cache
def _pairs(size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return np.triu_indices(size, k=1)


def _spread(sums: NDArray[np.uint64]) -> Keys:
    return np.asarray((sums * _SPREAD) >> np.uint64(32), dtype=np.uint32)


def _sums(letters: NDArray[np.uint8], slips: int) -> NDArray[np.uint64]:
    """The sums (words, keys) of words of one length, given as a matrix of letters: whole, less one, less two."""
    count, size = letters.shape
    inverse = np.uint64(_INVERSE)
    running = np.zeros((count, size + 1), dtype=np.uint64)
    np.cumsum(letters.astype(np.uint64) * _powers()[:size], axis=1, out=running[:, 1:])
    whole = running[:, -1:]
    parts = [whole]
    if slips >= 1:
        parts.append(running[:, :-1] + (whole - running[:, 1:]) * inverse)
    if slips >= 2:
        i, j = _pairs(size)
        twice = np.uint64(_INVERSE * _INVERSE & _MASK)
        parts.append(
            running[:, i]
            + (running[:, j] - running[:, i + 1]) * inverse
            + (whole - running[:, j + 1]) * twice
        )
    return np.concatenate(parts, axis=1)


def keys_of(word: str, slips: int) -> Keys:
    """The numbers of a word and of what is left of it less up to `slips` (0 to 2) letters."""
    letters = np.frombuffer(word[:MAX_WORD].encode("latin-1", "replace"), dtype=np.uint8)
    return _spread(_sums(letters[None, :], slips)[0])


def number(word: str) -> int:
    """The one number of a whole text of any length."""
    total, power = 0, 1
    for letter in word.encode("utf-8"):
        total = (total + letter * power) & _MASK
        power = power * _BASE & _MASK
    return ((total * int(_SPREAD)) & _MASK) >> 32


class Table:
    """Numbers and what they stand for, looked up many at a time: two arrays in order and their buckets."""

    __slots__ = ("buckets", "ids", "numbers")

    def __init__(self, numbers: Keys, ids: Ints, buckets: Ints) -> None:
        self.numbers, self.ids, self.buckets = numbers, ids, buckets

    @classmethod
    def of(cls, numbers: Keys, ids: Ints) -> Table:
        """A table of pairs in any order; a pair given twice stands once."""
        both = (numbers.astype(np.uint64) << np.uint64(32)) | ids.astype(np.uint64)
        both.sort()
        both = both[np.append(True, both[1:] != both[:-1])] if len(both) else both
        numbers = (both >> np.uint64(32)).astype(np.uint32)
        edges = np.arange((1 << BUCKET_BITS) + 1, dtype=np.uint64) << np.uint64(32 - BUCKET_BITS)
        buckets = np.searchsorted(numbers.astype(np.uint64), edges).astype(np.int32)
        return cls(numbers, (both & np.uint64(0xFFFFFFFF)).astype(np.int32), buckets)

    def find(self, keys: Keys) -> tuple[Ints, Ints]:
        """(place in `keys`, id) of everything the keys stand for."""
        bucket = keys >> np.uint32(32 - BUCKET_BITS)
        starts = self.buckets[bucket]
        sizes = self.buckets[bucket + np.uint32(1)] - starts
        places = np.repeat(np.arange(len(keys), dtype=np.int32), sizes)
        at = runs(starts, sizes)
        same = self.numbers[at] == keys[places]
        return places[same], self.ids[at[same]]


def runs(starts: Ints, sizes: Ints) -> Ints:
    """The numbers start, start + 1, ... of every run, one after the other."""
    ends = np.cumsum(sizes, dtype=np.int32)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total, dtype=np.int32) + np.repeat(starts - ends + sizes, sizes)


def numbers_of(words: Sequence[str], slips: Sequence[int], *, step: int = 1) -> tuple[Ints, Keys]:
    """(place in `words`, number) of every number of the words, each for its own count of slips.

    Words of a length are read together; with a `step` those of nearly one length, which gives some numbers twice.
    """
    groups: dict[tuple[int, int], list[int]] = {}
    for place, (word, most) in enumerate(zip(words, slips, strict=True)):
        if word:
            groups.setdefault((-(-min(len(word), MAX_WORD) // step) * step, most), []).append(place)
    owners: list[Ints] = [np.zeros(0, dtype=np.int32)]
    numbers: list[Keys] = [np.zeros(0, dtype=np.uint32)]
    for (size, most), places in groups.items():
        joined = "".join(words[place][:size].ljust(size, "\0") for place in places).encode(
            "latin-1", "replace"
        )
        letters = np.frombuffer(joined, dtype=np.uint8).reshape(len(places), size)
        found = _spread(_sums(letters, most))
        numbers.append(found.ravel())
        owners.append(np.repeat(np.array(places, dtype=np.int32), found.shape[1]))
    return np.concatenate(owners), np.concatenate(numbers)


def table_of_words(words: Sequence[str], slips: Sequence[int], ids: Sequence[int] | None = None) -> Table:
    """A table of words, each under all its numbers for its own count of slips."""
    places, numbers = numbers_of(words, slips)
    return Table.of(numbers, places if ids is None else np.array(ids, dtype=np.int32)[places])

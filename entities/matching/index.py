"""The candidate index: which listed parties are worth comparing with a query, without a scan.

Words near a query word are found by their letter pairs, beginnings and consonants; their postings give each
listed name a rough score; three-letter pieces of the whole name are the safety net. Built once, then only
read: any number of threads may search it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .compare import Weights, alike, skeleton
from .names import Name, readings

NEAR_WORDS = 60  # listed words kept for a query word
ROUGH = 60  # listed names kept by the words in common ...
NET = 24  # ... and by the three-letter pieces
MAX_PIECES = 80
PREFIXES = 40

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ListedName:
    """One name of a listed party; kind is primary, alias, weak, former or original (its own script)."""

    text: str
    kind: str = "primary"


@dataclass(frozen=True, slots=True)
class Entry:
    """A listed party as the matcher sees it. `identifiers` are (type, number)."""

    key: str
    list: str
    names: tuple[ListedName, ...]
    kind: str = ""
    countries: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()
    birth_dates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """The party asked about; only the name is needed."""

    name: str
    aliases: tuple[str, ...] = ()
    kind: str = ""
    countries: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()
    birth_date: str = ""

    def readings(self) -> list[Name]:
        """Every reading of every name of the party, each spelling once, the first name's first."""
        found: dict[tuple[str, ...], Name] = {}
        for text in (self.name, *self.aliases):
            for name in readings(text, kind=self.kind):
                found.setdefault(name.tokens or (name.text,), name)
        return list(found.values())


@dataclass(frozen=True, slots=True)
class Form:
    """One reading of one name of an entry: what is compared."""

    entry: int
    listed: ListedName
    name: Name


def identifier_key(number: str) -> str:
    """An identifier's letters and digits, upper-case; "" for one too short to mean anything."""
    key = re.sub(r"[^0-9A-Z]+", "", number.upper())
    return key if len(key) >= 5 and any(c.isdigit() for c in key) else ""


def forms_of(entry: Entry, position: int = 0) -> list[Form]:
    """Every reading of every name of an entry, each spelling once, weak aliases last."""
    found: dict[tuple[str, ...], Form] = {}
    for listed in sorted(entry.names, key=lambda n: n.kind == "weak"):
        for name in readings(listed.text, kind=entry.kind, listed=True):
            found.setdefault(name.tokens or (name.text,), Form(position, listed, name))
    return list(found.values())


class Index:
    """Listed parties ready to be searched. Make one with `Index.build`."""

    def __init__(self, entries: Sequence[Entry], weights: Weights | None = None) -> None:
        self.entries = tuple(entries)
        self.forms: tuple[Form, ...] = tuple(
            form for position, entry in enumerate(self.entries) for form in forms_of(entry, position)
        )
        starts = np.searchsorted([form.entry for form in self.forms], np.arange(len(self.entries) + 1))
        self._starts = [int(start) for start in starts]
        self.weights = weights or Weights.of_names(form.name.tokens for form in self.forms)
        self._index_words()
        self._index_pieces()
        self._exact: dict[str, list[int]] = defaultdict(list)
        for number, form in enumerate(self.forms):
            self._exact[form.name.compact or form.name.text].append(number)
        self._identifiers: dict[str, list[int]] = defaultdict(list)
        for position, entry in enumerate(self.entries):
            for _, value in entry.identifiers:
                if key := identifier_key(value):
                    self._identifiers[key].append(position)

    @classmethod
    def build(cls, entries: Iterable[Entry], *, weights: Weights | None = None) -> Index:
        """An index over the entries, in their order. Word weights are counted over them unless given."""
        return cls(tuple(entries), weights)

    def __len__(self) -> int:
        return len(self.entries)

    def forms_at(self, position: int) -> tuple[Form, ...]:
        """Every form of the entry at a position."""
        return self.forms[self._starts[position] : self._starts[position + 1]]

    def _index_words(self) -> None:
        postings: dict[str, list[int]] = defaultdict(list)
        total = np.zeros(len(self.forms), dtype=np.float32)
        for number, form in enumerate(self.forms):
            for token in form.name.tokens:
                total[number] += self.weights.of(token)
                if not (held := postings[token]) or held[-1] != number:
                    held.append(number)
        self._words = sorted(postings)
        self._number = {word: i for i, word in enumerate(self._words)}
        self._postings: list[Ints] = [np.array(postings[word], dtype=np.int32) for word in self._words]
        self._total = np.maximum(total, np.float32(0.05))
        pairs: dict[str, list[int]] = defaultdict(list)
        bones: dict[str, list[int]] = defaultdict(list)
        for i, word in enumerate(self._words):
            if len(word) >= 4:
                for pair in _pieces(word, 2):
                    pairs[pair].append(i)
                bones[skeleton(word)].append(i)
        self._pairs: dict[str, Ints] = {pair: np.array(held, dtype=np.int32) for pair, held in pairs.items()}
        self._pair_counts = np.array([len(_pieces(w, 2)) for w in self._words] or [0], dtype=np.float32)
        self._bones = dict(bones)

    def _index_pieces(self) -> None:
        pieces: dict[str, list[int]] = defaultdict(list)
        for number, form in enumerate(self.forms):
            for piece in _pieces(form.name.compact, 3):
                pieces[piece].append(number)
        self._pieces: dict[str, Ints] = {
            piece: np.array(held, dtype=np.int32) for piece, held in pieces.items()
        }
        counts = [max(1, len(_pieces(form.name.compact, 3))) for form in self.forms]
        self._piece_counts = np.sqrt(np.array(counts or [1], dtype=np.float32))

    def candidates(self, query: Query) -> Sequence[int]:
        """Positions of the entries worth comparing with the query, ascending, each once."""
        found = {self.forms[number].entry for name in query.readings() for number in self.near(name)}
        return sorted(found | set(self.by_identifier(query)))

    def by_identifier(self, query: Query) -> list[int]:
        """Positions of the entries that share an identifier with the query, ascending."""
        keys = {identifier_key(number) for _, number in query.identifiers} - {""}
        return sorted({position for key in keys for position in self._identifiers.get(key, ())})

    def near(self, name: Name) -> list[int]:
        """Numbers of the forms worth comparing with one reading of a query's name, ascending."""
        found = set(self._exact.get(name.compact or name.text, ()))
        if not name.tokens or not self.forms:
            return sorted(found)
        rough = self._rough(name)
        found.update(_top(rough, ROUGH, least=0.3))
        found.update(_top(self._net(name), NET, least=0.35))
        return sorted(found)

    def _rough(self, name: Name) -> Floats:
        """A rough score of every form: how much of the query's and of its own weight meets, word for word."""
        weights = [self.weights.of(token) for token in name.tokens]
        met = np.zeros(len(self.forms), dtype=np.float32)
        kept = np.zeros(len(self.forms), dtype=np.float32)
        one = np.zeros(len(self.forms), dtype=np.float32)
        own = np.zeros(len(self.forms), dtype=np.float32)
        for i, token in enumerate(name.tokens):
            one.fill(0)
            own.fill(0)
            for likeness, word in self._near_words(token):
                one[self._postings[word]] = likeness
                own[self._postings[word]] = likeness * self.weights.of(self._words[word])
            for numbers in self._parts(token):
                one[numbers] = own[numbers] = 0.95
            if i + 1 < len(name.tokens):
                self._joined(token + name.tokens[i + 1], one, own)
            if i:
                self._joined(name.tokens[i - 1] + token, one, own)
            met += np.float32(weights[i]) * one
            kept += own
        return np.asarray(
            0.7 * met / np.float32(max(sum(weights), 0.05)) + 0.3 * np.minimum(kept / self._total, 1),
            dtype=np.float32,
        )

    def _joined(self, token: str, one: Floats, own: Floats) -> None:
        """Lift the forms that hold two neighbouring query words as one ("hua wei" for "huawei")."""
        number = self._number.get(token)
        if number is not None:
            one[self._postings[number]] = 0.95
            own[self._postings[number]] = 0.5 * self.weights.of(token)

    def _parts(self, token: str) -> Iterator[Ints]:
        """The forms that hold a query word as two ("gazprombank" for "gazprom bank")."""
        if len(token) < 6:
            return
        for at in range(2, len(token) - 1):
            first, second = self._number.get(token[:at]), self._number.get(token[at:])
            if first is not None and second is not None:
                both = np.intersect1d(self._postings[first], self._postings[second], assume_unique=True)
                if len(both):
                    yield both

    def _near_words(self, token: str) -> list[tuple[float, int]]:
        """(likeness, listed word) of the words that meet a query word, the nearest last."""
        found: set[int] = set()
        if (number := self._number.get(token)) is not None:
            found.add(number)
        if len(token) >= 3:
            found.update(self._beginnings(token))
        if len(token) >= 4:
            found.update(self._bones.get(skeleton(token), ())[:NEAR_WORDS])
            found.update(self._by_pairs(token))
        elif len(token) == 1:
            return [(1.0, number)] if number is not None else []
        near = ((alike(token, self._words[word])[0], word) for word in found)
        return sorted(pair for pair in near if pair[0])[-NEAR_WORDS:]

    def _beginnings(self, token: str) -> Iterator[int]:
        """Listed words that begin with the query word, and those it begins with."""
        start = bisect_left(self._words, token)
        for number in range(start, min(start + PREFIXES, len(self._words))):
            if not self._words[number].startswith(token):
                break
            yield number
        for size in range(3, len(token)):
            if (held := self._number.get(token[:size])) is not None:
                yield held

    def _by_pairs(self, token: str) -> list[int]:
        pieces = _pieces(token, 2)
        held = [self._pairs[piece] for piece in pieces if piece in self._pairs]
        if not held:
            return []
        shared = np.bincount(np.concatenate(held), minlength=len(self._words)).astype(np.float32)
        dice = 2 * shared / (len(pieces) + self._pair_counts)
        return _top(dice, NEAR_WORDS, least=0.45)

    def _net(self, name: Name) -> Floats:
        """The cosine of three-letter pieces with every form."""
        pieces = _pieces(name.compact, 3)[:MAX_PIECES]
        held = [self._pieces[piece] for piece in pieces if piece in self._pieces]
        if not held:
            return np.zeros(len(self.forms), dtype=np.float32)
        shared = np.bincount(np.concatenate(held), minlength=len(self.forms)).astype(np.float32)
        return np.asarray(shared / (self._piece_counts * np.float32(len(pieces) ** 0.5)), dtype=np.float32)


def _pieces(text: str, size: int) -> list[str]:
    padded = f"^{text}$"
    return sorted({padded[i : i + size] for i in range(len(padded) - size + 1)})


def _top(values: Floats, count: int, *, least: float) -> list[int]:
    """Numbers of the `count` greatest values of at least `least`; of equal ones the first."""
    above = np.flatnonzero(values >= least)
    if len(above) > count:
        order = np.lexsort((above, -values[above]))[:count]
        above = above[order]
    return [int(i) for i in above]

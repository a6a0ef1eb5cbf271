"""The index of the listed names: finds every one that can reach a score, without a scan and without a cut-off.

Words near a query word come from the vocabulary; their postings add up, form by form, to a bound that the score
of the form never exceeds. What the bound lets through is aligned, the most hopeful first. Whether a listed party
is found therefore depends on it and on the query alone, never on what else is on the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .align import (
    APART,
    ENOUGH,
    GENERIC_SHARE,
    HELD_FROM,
    HELD_SHARE,
    LIST_SHARE,
    SHORT,
    SURE,
    Offer,
    held_whole,
    initials_count,
    numbers_in,
    settle,
    spans,
    words_of,
)
from .compare import INITIAL, Weights, consonants
from .entries import Entry, Form, Query, forms_of, identifier_key
from .keys import Ints, Table, number, runs
from .names import BARE, Name
from .vocabulary import Ask, Near, Vocabulary

Floats = NDArray[np.float32]
SLACK = 2e-3  # what single precision may lose
WEAK, PERSON, KIND_OPEN, SHORT_NAME, EMPTY, THING, UNVOWELED = 1, 4, 8, 16, 32, 64, 128
NO_COMPANY = frozenset({"individual", "vessel", "aircraft"})
LEGAL_BITS = {
    name: 1 << bit for bit, name in enumerate(("private", "stock", "partnership", "state", "sole", "any"))
}


@dataclass(frozen=True, slots=True)
class Arrays:
    """What an index keeps of its forms, ready to be written to files and mapped from them."""

    form_entry: Ints  # form -> entry
    form_flags: NDArray[np.uint8]
    form_legal: NDArray[np.uint8]  # the classes of the legal forms taken off, as bits
    form_start: Ints  # form -> its words in `form_words`
    form_words: Ints  # ids of the words, each once, in order
    form_joined: Ints  # for each word the ids of what it gives with one and with two right neighbours, or -1
    form_weight: Floats  # what the words of a form weigh together
    form_top: Floats  # what its weightiest word weighs
    post_start: Ints  # id -> its forms in `post_forms`
    post_forms: Ints
    word_weight: NDArray[np.float64]  # id -> weight (of a joined word: the most its parts weigh)


@dataclass(frozen=True, slots=True)
class Hopeful:
    """A form that may score, and the most it can: 0 to 1, before rules that only lower it."""

    form: int
    bound: float


class Unit(NamedTuple):
    """A word of ours, or some neighbours written as one: its place, how many, weight, text, and what it meets."""

    place: int
    many: int
    weight: float
    text: str
    meets: dict[int, float]


@dataclass(frozen=True, slots=True)
class Laid:
    """A reading of our name with what its words meet; `numbers`: its words with digits, as bits."""

    name: Name
    weights: list[float]
    units: list[Unit]
    numbers: int
    short: bool


class Sums(NamedTuple):
    """Room for the sums of all forms, zero whenever nobody uses it: making it anew costs more than the sums."""

    sums: Floats  # form -> four sums
    met: NDArray[np.bool_]
    mark: Ints

    @classmethod
    def of(cls, size: int) -> Sums:
        return cls(np.zeros((size, 4), np.float32), np.zeros(size, np.bool_), np.empty(size, np.int32))


class Index:
    """Names of parties ready to be searched. Make one with `Index.build`; it is only read from then on."""

    def __init__(
        self, entries: Sequence[Entry], vocabulary: Vocabulary, arrays: Arrays, exact: Table, identifiers: Table,
        weights: Weights,
    ) -> None:  # fmt: skip
        self.entries, self.vocabulary, self.arrays, self.weights = entries, vocabulary, arrays, weights
        self._exact, self._identifiers = exact, identifiers
        self._weight = arrays.word_weight.tolist()
        self._weight32 = arrays.word_weight.astype(np.float32)
        self._first = np.searchsorted(arrays.form_entry, np.arange(len(entries) + 1)).astype(np.int32)
        self._forms = lru_cache(maxsize=20_000)(self._forms_at)
        self._asks = lru_cache(maxsize=4_096)(self._asks_of)
        self._rooms: list[Sums] = []

    @classmethod
    def build(cls, entries: Iterable[Entry], *, weights: Weights | None = None) -> Index:
        """An index over the entries, in their order. Word weights are counted over them unless given."""
        from .building import built

        return built(tuple(entries), weights)

    def __len__(self) -> int:
        return len(self.entries)

    @cached_property
    def _unvoweled(self) -> frozenset[str]:
        """The consonants of what the names hold that are written without short vowels."""
        arrays = self.arrays
        kept = np.repeat(arrays.form_flags & UNVOWELED, np.diff(arrays.form_start)) > 0
        ids = np.unique(np.append(arrays.form_words[kept], arrays.form_joined[kept]))
        return frozenset(consonants(self.vocabulary.text(one)) for one in ids.tolist() if one >= 0) - {""}

    def tables(self) -> tuple[Table, Table, Table]:
        """The tables of whole names, of identifiers and of words, to be written to files."""
        return self._exact, self._identifiers, self.vocabulary.table

    def _forms_at(self, position: int) -> tuple[Form, ...]:
        return tuple(forms_of(self.entries[position], position))

    def forms_at(self, position: int) -> tuple[Form, ...]:
        """Every form of the entry at a position."""
        return self._forms(position)

    def form(self, place: int) -> Form:
        """The form with this number."""
        entry = int(self.arrays.form_entry[place])
        return self._forms(entry)[place - int(self._first[entry])]

    def by_identifier(self, query: Query) -> list[int]:
        """Positions of the entries that share an identifier with the query, ascending."""
        wanted = {identifier_key(value) for _, value in query.identifiers} - {""}
        if not wanted:
            return []
        _, found = self._identifiers.find(np.array([number(key) for key in wanted], dtype=np.uint32))
        return [
            position for position in sorted({int(one) for one in found})
            if any(identifier_key(value) in wanted for _, value in self.entries[position].identifiers)
        ]  # fmt: skip

    def equal(self, *names: Name) -> list[int]:
        """Numbers of the forms that are the same as one of the names but for spacing."""
        wanted = [number(name.compact or name.text) for name in names]
        _, found = self._exact.find(np.array(wanted, dtype=np.uint32))
        return [int(one) for one in found]

    def hopeful(self, name: Name, *, least: float | Floats, reverse: bool = False) -> list[Hopeful]:
        """The forms that may meet a reading of our name with at least `least`, the most hopeful first.

        `least` may differ form by form. With `reverse` the index holds our parties and the name is a listed one.
        """
        forms, bound = self.within(name, least=least, reverse=reverse)
        order = np.lexsort((forms, -bound))
        return [Hopeful(int(forms[one]), float(bound[one]) + SLACK) for one in order]

    def within(
        self, name: Name, *, least: float | Floats, reverse: bool = False
    ) -> tuple[NDArray[np.intp], Floats]:
        """The same forms with their bounds, by their numbers."""
        if not name.tokens:
            return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.float32)
        weights = [self.weights.of(word) for word, _ in words_of(name)]
        most, top = sum(weights), max(weights)
        touched, (met, own, ours, theirs), free = self._sums(name, reverse=reverse)
        whole = self.arrays.form_weight[touched]
        met, own, ours, theirs = met / np.float32(most), own / whole, ours / np.float32(most), theirs / whole
        if (
            free
        ):  # an initial of ours may meet any word: what it adds is not known before the words are laid out
            met, ours = met + np.float32(free * INITIAL / most), ours + np.float32(free / most)
            own, theirs = own + np.float32(INITIAL) * (1 - np.minimum(own, 1)), np.ones_like(theirs)
        met, own = np.minimum(met, 1), np.minimum(own, 1)
        if reverse:
            met, own = own, met
        light = 1 - np.minimum(self.arrays.form_top[touched], np.float32(top)) / np.float32(ENOUGH)
        share = np.float32(LIST_SHARE) + np.float32(GENERIC_SHARE - LIST_SHARE) * np.maximum(light, 0)
        bound = met + share * (own - met)
        listed = np.float32(most) if reverse else whole
        held = (own >= np.float32(SURE * HELD_SHARE - SLACK)) & (listed >= np.float32(HELD_FROM - SLACK))
        bound = np.where(held, held_whole(bound), bound)
        bound *= 1 - np.float32(APART) * np.maximum(1 - np.maximum(ours, theirs), 0)
        needed = least[touched] if isinstance(least, np.ndarray) else np.float32(least)
        kept = np.flatnonzero(bound >= needed - np.float32(SLACK))
        return touched[kept], bound[kept]

    def _sums(self, name: Name, *, reverse: bool) -> tuple[NDArray[np.intp], Floats, float]:
        """The forms met, in order; for each the most there can be of: the query's weight met as far as alike, the
        form's, the same of either met at all; and the weight of our initials, which may meet anywhere."""
        room = self._rooms.pop() if self._rooms else Sums.of(len(self.arrays.form_entry))
        free = self._added(room, name, reverse=reverse)
        touched = np.flatnonzero(room.met)
        told = room.sums[touched].T
        room.sums[touched] = 0
        room.met[touched] = False
        self._rooms.append(room)  # what a failure left in one would only raise bounds; it is not kept
        return touched, told, free

    def _added(self, room: Sums, name: Name, *, reverse: bool) -> float:
        """Add what each word and each two neighbours meet; returns the weight of our initials."""
        sums, met, mark = room
        free = 0.0
        for weight, near, by_consonants in self._units(name, reverse=reverse):
            if near is None:
                free += weight
                continue
            ids, likeness, _ = near
            if not len(ids):
                continue
            starts = self.arrays.post_start[ids]
            sizes = self.arrays.post_start[ids + 1] - starts
            forms = self.arrays.post_forms[runs(starts, sizes)]
            alike = np.repeat(likeness, sizes)
            listed = np.repeat(self._weight32[ids], sizes)
            if by_consonants:
                kept = (self.arrays.form_flags[forms] & UNVOWELED) > 0
                forms, alike, listed = forms[kept], alike[kept], listed[kept]
            met[forms] = True
            added = np.empty((len(forms), 4), dtype=np.float32)
            added[:, 0] = np.float32(weight) * alike
            added[:, 1] = alike * listed
            added[:, 2] = np.float32(weight)
            added[:, 3] = listed
            if len(ids) == 1:
                sums[forms] += added
                continue
            # of several words of a form that meet one of ours the most alike counts for ours: it comes last
            order = np.arange(len(forms), dtype=np.int32)
            mark[forms] = order
            last = mark[forms] == order
            sums[forms[last]] += added[last]
            if not last.all():
                again = ~last
                np.add.at(sums, (forms[again], 1), added[again, 1])
                np.add.at(sums, (forms[again], 3), added[again, 3])
        return free

    def _units(self, name: Name, *, reverse: bool) -> Iterator[tuple[float, Near | None, bool]]:
        """(weight, meetings, by consonants) of each word and each two neighbours; None for those of an initial.

        By consonants: the meetings count for forms that are written without short vowels, and for these alone.
        """
        asks = self._asks(name, reverse)
        self.vocabulary.prepare(ask for _, ask in asks)
        for weight, ask in asks:
            if len(ask.word) == 1 and ask.word.isalpha():
                yield weight, None, False
            yield weight, self.vocabulary.near(ask), ask.bare and reverse

    def prepare(self, names: Iterable[Name], *, reverse: bool = False) -> None:
        """Look up the words of many names together, which costs less than name by name."""
        self.vocabulary.prepare(ask for name in names for _, ask in self._asks(name, reverse))

    def _asks_of(self, name: Name, reverse: bool) -> list[tuple[float, Ask]]:
        """Every word and every two neighbours of a name with their weights, as they are asked for."""
        bare = name.script in BARE and not reverse
        words = [word for word, _ in words_of(name)]
        asks = [
            (self.weights.of(word), Ask(word, reverse=reverse, bare=bare, last=k + 1 == len(words) > 1))
            for k, word in enumerate(words)
        ] + [
            (sum(map(self.weights.of, words[k : k + count])), Ask(text, joined=True, reverse=reverse, bare=bare))
            for k, count, text in spans(words)
        ]  # fmt: skip
        if reverse:
            asks += [
                (weight, ask._replace(bare=True, last=False)) for weight, ask in asks
                if consonants(ask.word) in self._unvoweled
            ]  # fmt: skip
        return asks

    def traits(self, place: int) -> tuple[int, int, int]:
        """(entry, flags, legal classes as bits) of a form, without reading its name."""
        arrays = self.arrays
        return int(arrays.form_entry[place]), int(arrays.form_flags[place]), int(arrays.form_legal[place])

    def laid(self, name: Name) -> Laid:
        """A reading of our name laid out once, for as many forms as it is held against."""
        found, bare, near = words_of(name), name.script in BARE, self.vocabulary.near
        words = [word for word, _ in found]
        weights = [self.weights.of(word) for word in words]
        units = [
            Unit(i, 1, weights[i], word, near(Ask(word, bare=bare, last=i + 1 == len(words) > 1))[2])
            for i, word in enumerate(words)
        ] + [
            Unit(i, count, sum(weights[i : i + count]), text, near(Ask(text, joined=True, bare=bare))[2])
            for i, count, text in spans(words)
        ]
        return Laid(name, weights, units, numbers_in(found), len(name.compact) <= SHORT)

    def value(self, ours: Laid, place: int) -> float:
        """How far a reading of our name meets a form, 0 to 1: the value of `align`, from the index alone."""
        start, end = int(self.arrays.form_start[place]), int(self.arrays.form_start[place + 1])
        ids = self.arrays.form_words[start:end].tolist()
        if not ours.units or not ids:
            return 0.0
        flags = int(self.arrays.form_flags[place])
        wt = [self._weight[one] for one in ids]
        kind = "individual" if flags & PERSON else "" if flags & KIND_OPEN else "other"
        initials = initials_count(
            ours.name.kind, kind, legal=bool(ours.name.legal) or bool(self.arrays.form_legal[place])
        )
        texts = [self.vocabulary.words[one] for one in ids]
        both = [
            (j, size, one, sum(wt[j : j + size]))
            for j, pair in enumerate(self.arrays.form_joined[start:end].tolist())
            for size, one in enumerate(pair, start=2)
            if one >= 0
        ]
        offers = _offers(ours, ids, texts, wt, both, initials=initials)
        numbers = (ours.numbers, numbers_in([(text, "") for text in texts]))
        exact = ours.short or bool(flags & SHORT_NAME)
        return min(1.0, settle(offers, ours.weights, wt, exact=exact, numbers=numbers)[0])


def _offers(
    ours: Laid, ids: list[int], texts: list[str], wt: list[float], both: list[tuple[int, int, int, float]],
    *, initials: bool,
) -> list[Offer]:  # fmt: skip
    """The meetings of our words with the listed ones `ids`, and with neighbours of them written as one, `both`."""
    offers: list[Offer] = []
    for i, count, weight, word, meets in ours.units:
        for j, one in enumerate(ids):
            likeness = meets.get(one, 0.0)
            if likeness < 1 and count == 1 and (len(word) == 1 or len(texts[j]) == 1):
                likeness = INITIAL if initials and initial_of(word, texts[j]) else 0.0
            if likeness:
                offers.append((-likeness * (weight + wt[j]), i, count, j, 1, likeness))
        for j, size, one, listed in both:
            if likeness := meets.get(one, 0.0):
                offers.append((-likeness * (weight + listed), i, count, j, size, likeness))
    return offers


def initial_of(ours: str, listed: str) -> bool:
    """Whether one of two words is the first letter of the other."""
    short, long = (ours, listed) if len(ours) < len(listed) else (listed, ours)
    return len(short) == 1 < len(long) and long[0] == short and ours.isalpha() and listed.isalpha()


def legal_bits(classes: Sequence[str]) -> int:
    """Classes of legal forms as bits."""
    return sum(LEGAL_BITS[one] for one in classes)


def exact_keys(forms: Sequence[Form]) -> Table:
    """The forms by what they are without spacing."""
    numbers = np.array([number(f.name.compact or f.name.text) for f in forms], dtype=np.uint32)
    return Table.of(numbers, np.arange(len(forms), dtype=np.int32))

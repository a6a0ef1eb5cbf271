"""Making an index of parties: their names read once, words numbered, postings and numbers laid out in arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .align import SHORT, spans, words_of
from .compare import Weights
from .entries import Entry, Form, forms_of, identifier_key
from .index import (
    EMPTY,
    KIND_OPEN,
    NO_COMPANY,
    PERSON,
    SHORT_NAME,
    THING,
    UNVOWELED,
    WEAK,
    Arrays,
    Index,
    exact_keys,
    legal_bits,
)
from .keys import Ints, Table, number
from .names import BARE
from .vocabulary import Vocabulary


def built(entries: Sequence[Entry], weights: Weights | None, forms: Sequence[Form] | None = None) -> Index:
    """The index of the entries; word weights are counted over them unless given, and so are their forms."""
    if forms is None:
        forms = [form for position, entry in enumerate(entries) for form in forms_of(entry, position)]
    weights = weights or Weights.of_names(form.name.tokens for form in forms)
    texts = [[word[0] for word in words_of(form.name)] for form in forms]
    joint = [spans(row) for row in texts]
    words = sorted({word for row in texts for word in row})
    joined = sorted({text for row in joint for _, _, text in row})
    vocabulary = Vocabulary.build(words, joined)
    own = {word: place for place, word in enumerate(words)}
    both = {word: place + len(words) for place, word in enumerate(joined)}
    form_words = np.array([own[word] for row in texts for word in row], dtype=np.int32)
    sizes = np.array([len(row) for row in texts], dtype=np.int32)
    starts = np.zeros(len(forms) + 1, dtype=np.int32)
    np.cumsum(sizes, out=starts[1:])
    form_joined = np.full((len(form_words), 2), -1, dtype=np.int32)
    for start, row in zip(starts.tolist(), joint, strict=False):
        for place, count, text in row:
            form_joined[start + place, count - 2] = both[text]
    weight = np.zeros(len(words) + len(joined), dtype=np.float64)
    weight[: len(words)] = [weights.of(word) for word in words]
    _weigh_joined(weight, form_words, form_joined)
    post_start, post_forms = _postings(form_words, form_joined, sizes, len(weight))
    total = np.bincount(
        np.repeat(np.arange(len(forms)), sizes), weights=weight[form_words], minlength=len(forms)
    )  # fmt: skip
    arrays = Arrays(
        form_entry=np.array([form.entry for form in forms], dtype=np.int32),
        form_flags=np.array([flags_of(form) for form in forms], dtype=np.uint8),
        form_legal=np.array([legal_bits(form.name.legal) for form in forms], dtype=np.uint8),
        form_start=starts, form_words=form_words, form_joined=form_joined,
        form_top=np.array([max(map(weights.of, row), default=0.0) for row in texts], dtype=np.float32),
        form_weight=np.maximum(total, 0.01).astype(np.float32),
        post_start=post_start, post_forms=post_forms, word_weight=weight,
    )  # fmt: skip
    return Index(entries, vocabulary, arrays, exact_keys(forms), _identifiers(entries), weights)


def flags_of(form: Form) -> int:
    """What the search asks of a form beside its words, as bits."""
    name = form.name
    return (
        WEAK * (form.listed.kind == "weak")
        | SHORT_NAME * (len(name.compact) <= SHORT)
        | PERSON * (name.kind == "individual")
        | KIND_OPEN * (not name.kind)
        | THING * (name.kind in NO_COMPANY)
        | UNVOWELED * (name.script in BARE)
        | EMPTY * (not name.tokens)
    )


def _weigh_joined(weight: NDArray[np.float64], form_words: Ints, form_joined: Ints) -> None:
    """A joined word weighs what its parts weigh together; where several give it, the most."""
    for size, column in enumerate(form_joined.T, start=2):
        places = np.flatnonzero(column >= 0)
        together = sum(weight[form_words[places + k]] for k in range(size))
        np.maximum.at(weight, column[places], together)


def _postings(form_words: Ints, form_joined: Ints, sizes: Ints, count: int) -> tuple[Ints, Ints]:
    """For each id the forms that hold it, ascending and each once."""
    forms = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    ids, owners = [form_words], [forms]
    for column in form_joined.T:
        places = np.flatnonzero(column >= 0)
        ids.append(column[places])
        owners.append(forms[places])
    both = (np.concatenate(ids).astype(np.int64) << 32) | np.concatenate(owners)
    both.sort()
    both = both[np.append(True, both[1:] != both[:-1])] if len(both) else both
    starts = np.searchsorted(both >> 32, np.arange(count + 1)).astype(np.int32)
    return starts, (both & 0xFFFFFFFF).astype(np.int32)


def _identifiers(entries: Sequence[Entry]) -> Table:
    found = [
        (number(key), position)
        for position, entry in enumerate(entries)
        for _, value in entry.identifiers
        if (key := identifier_key(value))
    ]
    return Table.of(
        np.array([key for key, _ in found], dtype=np.uint32), np.array([place for _, place in found], dtype=np.int32)
    )  # fmt: skip

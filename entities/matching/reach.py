"""The other direction: which of our parties a listed party can reach, without asking each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from . import qualify
from .building import built
from .compare import Weights
from .entries import Entry, Form, ListedName, Query, forms_of
from .index import Floats, Index


def index_of(queries: Mapping[str, Query], *, weights: Weights) -> Index:
    """An index that holds our parties under their keys, to be asked by listed names.

    Each party is kept with the most points that what is known beside its name can add to a score.
    """
    entries, forms = [], []
    for position, (key, query) in enumerate(queries.items()):
        helped, _ = qualify.reach(query)
        entries.append(
            Entry(key=key, list=str(helped), names=(), kind=query.kind, identifiers=query.identifiers)
        )
        forms += [Form(position, ListedName(name.raw), name) for name in query.readings()]
    index = built(tuple(entries), weights, forms)
    _helped(index)
    return index


@lru_cache(maxsize=1)
def _helped(parties: Index) -> Floats:
    """For each form the most points that what is known of its party beside the name can add."""
    each = np.array([int(entry.list) for entry in parties.entries], dtype=np.float32)
    return each[parties.arrays.form_entry]


def reached(parties: Index, entries: Sequence[Entry], *, minimum: int) -> set[int]:
    """Positions of the parties that a full screening might score at least `minimum` against one of the entries.

    Never fewer than those that do: who is not among them cannot meet any of the entries.
    """
    owner = parties.arrays.form_entry
    least = (np.float32(minimum - 0.5) - _helped(parties)) / np.float32(100)
    forms = [form for entry in entries for form in forms_of(entry)]
    parties.prepare((form.name for form in forms), reverse=True)
    found: set[int] = set()
    for entry in entries:
        found.update(parties.by_identifier(Query(name="", identifiers=entry.identifiers)))
    places = set(parties.equal(*(form.name for form in forms)))
    for form in forms:
        places.update(parties.within(form.name, least=least, reverse=True)[0].tolist())
    return found | {int(owner[place]) for place in places}

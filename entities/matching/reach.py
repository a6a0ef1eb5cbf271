"""The other direction: which of our parties a listed party can reach, without asking each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from . import qualify
from .align import spans, words_of
from .building import built
from .compare import Weights, consonants
from .entries import Entry, Form, ListedName, Query, forms_of
from .index import UNVOWELED, Index
from .names import Name
from .vocabulary import TAGS


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
    return built(tuple(entries), weights, forms)


def reached(parties: Index, entries: Sequence[Entry], *, minimum: int) -> set[int]:
    """Positions of the parties that a full screening might score at least `minimum` against one of the entries.

    Never fewer than those that do: who is not among them cannot meet any of the entries.
    """
    owner = parties.arrays.form_entry
    helped = np.array([int(entry.list) for entry in parties.entries], dtype=np.float32)
    least = (minimum - qualify.MOST_HELP - 0.5) / 100
    found: set[int] = set()
    for entry in entries:
        found.update(parties.by_identifier(Query(name="", identifiers=entry.identifiers)))
        for form in forms_of(entry):
            found.update(int(owner[place]) for place in parties.equal(form.name))
            found.update(int(owner[place]) for place in _unvoweled(parties, form.name))
            for hope in parties.hopeful(form.name, least=least, reverse=True):
                party = int(owner[hope.form])
                if 100 * hope.bound >= minimum - helped[party] - 0.5:
                    found.add(party)
    return found


def _unvoweled(parties: Index, name: Name) -> Iterator[int]:
    """Forms written without short vowels that share the consonants of a word: they meet by that rule as well."""
    tokens = [word for word, _ in words_of(name)]
    heard = {consonants(text) for text in (*tokens, *(text for _, _, text in spans(tokens)))} - {""}
    arrays = parties.arrays
    for key in sorted(heard):
        for place in parties.vocabulary.sounding(TAGS["consonants"] + key):
            forms = arrays.post_forms[int(arrays.post_start[place]) : int(arrays.post_start[place + 1])]
            yield from (int(form) for form in forms[(arrays.form_flags[forms] & UNVOWELED) > 0])

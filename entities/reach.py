"""Which of our parties a change of the lists can concern: the others are proven unaffected without a screening."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db.models import prefetch_related_objects

from exportctl.models.order import in_order

from . import worlds
from .matching import reach, store
from .matching.entries import Entry, Query
from .matching.index import Index
from .matching.score import ahead, lowest_review, search
from .models import Hit, Party

FEW_PARTIES = 2_000  # up to so many each is asked: quicker than an index of them
LOOSE = 0.1  # the share of parties changed since the index of parties was made from which it is made anew
CHUNK = 2_000


@dataclass(slots=True)
class _Held:
    """The index of our parties in this process, and the answers it gave."""

    index: Index
    keys: frozenset[str]
    words: int
    answers: dict[tuple[str, frozenset[int]], set[str]] = field(default_factory=dict)


_lock = threading.Lock()
_held: list[_Held] = []
_small: dict[tuple[str, frozenset[int]], tuple[Sequence[Entry], Index]] = {}


def reached(parties: Sequence[Party], changed: Iterable[int], now: worlds.World) -> set[int]:
    """Keys of those parties whose full screening could differ now that these listed parties came, went or changed.

    Those with a hit on one of them, and those who meet one of them as it now stands: exactly as a screening of
    everybody would find, since whether two meet depends on nobody else.
    """
    keys = frozenset(changed)
    found = set(
        Hit.objects.filter(party__in=[party.pk for party in parties], listed_party__in=keys).values_list(
            "party", flat=True
        )
    )
    entries, small = _changed(keys, now)
    if not entries:
        return found
    minimum = lowest_review()
    hopeful = _hopeful(parties, keys, entries, now, minimum)
    asked = [
        party for party in parties
        if party.pk not in found and (hopeful is None or _key(party) in hopeful)
    ]  # fmt: skip
    load_facts(asked)
    queries = {party.pk: worlds.query_of(party) for party in asked}
    ahead(queries.values(), small)
    found.update(pk for pk, query in queries.items() if search(query, small, minimum=minimum, limit=1))
    return found


def load_facts(parties: Sequence[Party]) -> None:
    """Load the facts that screening reads of parties that were loaded without them."""
    prefetch_related_objects(parties, *in_order(Party, "names", "addresses", "identifiers"))


def _changed(keys: frozenset[int], now: worlds.World) -> tuple[Sequence[Entry], Index]:
    """The changed entries and an index of them alone: made once for a change in a process."""
    with _lock:
        if (now.name, keys) not in _small:
            entries = worlds.entries_of(keys)
            _small.clear()
            _small[now.name, keys] = entries, Index.build(entries, weights=now.index.weights)
        return _small[now.name, keys]


def forget() -> None:
    """Drop what this process holds of our parties."""
    with _lock:
        _held.clear()
        _small.clear()


def _key(party: Party) -> str:
    return f"{party.pk}:{party.facts_version}"


def _hopeful(
    parties: Sequence[Party],
    changed: frozenset[int],
    entries: Sequence[Entry],
    now: worlds.World,
    minimum: int,
) -> set[str] | None:
    """Of these parties (as key and facts) those that must be asked, every one not in the index among them; others
    may stand beside them. None: everybody. Once answered for a change, it costs no query."""
    with _lock:
        asked = (now.name, changed)
        held = _held[0] if _held else None
        if held is None or asked not in held.answers:
            current = {f"{pk}:{facts}" for pk, facts in Party.objects.values_list("pk", "facts_version")}
            if len(current) <= FEW_PARTIES:
                return None
            held = _snapshot(current, now)
            places = reach.reached(held.index, entries, minimum=minimum)
            held.answers.clear()
            held.answers[asked] = {held.index.entries[place].key for place in places}
        return held.answers[asked] | ({_key(party) for party in parties} - held.keys)


def _snapshot(current: set[str], now: worlds.World) -> _Held:
    """The index of parties, made anew where too many of them have changed since."""
    words = now.index.weights.number
    if _held and _held[0].words == words and len(current - _held[0].keys) <= LOOSE * len(current):
        return _held[0]
    folder = Path(settings.INDEX_FILES) / "parties"
    folder /= hashlib.sha256("\n".join([now.engine, *sorted(current)]).encode()).hexdigest()[:24]
    index = store.load(folder)
    if index is None:
        index = reach.index_of(_queries(), weights=now.index.weights)
        try:
            store.save(index, folder)
            store.drop_others(folder)
        except OSError:
            pass  # a folder that cannot be written costs speed, nothing else
    _held[:] = [_Held(index, frozenset(entry.key for entry in index.entries), words)]
    return _held[0]


def _queries() -> dict[str, Query]:
    found = {}
    for party in Party.objects.with_facts().order_by("pk").iterator(chunk_size=CHUNK):
        found[_key(party)] = worlds.query_of(party)
    return found

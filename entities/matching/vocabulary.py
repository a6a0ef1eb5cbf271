"""The words of the listed names, and which of them a word of ours meets."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from . import keys, words
from .compare import alike, consonants, plain, skeleton, stem
from .keys import Ints, Table, table_of_words

REMEMBERED = 100_000  # words whose meetings a process keeps
CUT, CUT_LIKENESS = 3, 0.7  # letters left of a last word that was cut, and what they count
JOIN_LEAST, JOIN_SHORTEST, JOIN_NEAR = 0.9, 4, 6
TAGS = {"bones": "~", "consonants": "^", "stem": "="}  # set apart the numbers of sounds from those of words

Near = tuple[Ints, NDArray[np.float32], dict[int, float]]


@dataclass(slots=True)
class Vocabulary:
    """Words in order, then what neighbouring words of a name give when written as one ("huawei" of "hua wei").

    `weights` holds what each weighs. Ids are places in that row of words.
    """

    words: list[str]
    joined: list[str]
    table: Table
    ids: dict[str, int] = field(default_factory=dict)
    _near: dict[tuple[str, int], Near] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ids = {word: i for i, word in enumerate(self.words)}

    @classmethod
    def build(cls, found: Sequence[str], joined: Sequence[str]) -> Vocabulary:
        """A vocabulary of words (sorted) and joined words (sorted)."""
        texts = [*found, *joined]
        slips = [slips_of(word) for word in found] + [1 if len(w) >= JOIN_NEAR else 0 for w in joined]
        ids = list(range(len(texts)))
        for i, word in enumerate(joined, start=len(found)):
            if heard := consonants(word):
                texts.append(TAGS["consonants"] + heard)
                slips.append(0)
                ids.append(i)
        for i, word in enumerate(found):
            if word.isdigit():
                continue
            if not word.isalpha() and (read := plain(word)) != word and read.isalpha():
                texts.append(read)
                slips.append(1)
                ids.append(i)
            for tag, sounds in (("bones", skeleton), ("consonants", consonants), ("stem", stem)):
                if word.isalpha() and len(word) >= 3 and (heard := sounds(word)):
                    texts.append(TAGS[tag] + heard)
                    slips.append(0)
                    ids.append(i)
        return cls(list(found), list(joined), table_of_words(texts, slips, ids))

    def __len__(self) -> int:
        return len(self.words) + len(self.joined)

    def text(self, place: int) -> str:
        """The word with this id."""
        return self.words[place] if place < len(self.words) else self.joined[place - len(self.words)]

    def forget(self) -> None:
        """Drop the meetings kept so far."""
        self._near.clear()

    def near(
        self,
        word: str,
        *,
        joined: bool = False,
        reverse: bool = False,
        bare: bool = False,
        last: bool = False,
    ) -> Near:
        """(ids, likenesses, the same as a dict) of every word that meets `word`, the most alike last.

        `joined`: the word is two neighbours written as one. `bare`: it comes from a script without short vowels.
        `reverse`: `word` is the listed one and the vocabulary ours, but for what is written without short vowels.
        """
        last = last and len(word) == CUT
        key = (word, joined + 2 * reverse + 4 * bare + 8 * last)
        held = self._near.get(key)
        if held is None:
            held = self._found(word, joined, reverse, bare, last)
            if len(self._near) >= REMEMBERED:
                self._near.clear()
            self._near[key] = held
        return held

    def _found(self, word: str, joined: bool, reverse: bool, bare: bool, last: bool) -> Near:
        likeness: dict[int, float] = {}
        for place in self._hopeful(word, joined, bare, last or reverse):
            text = self.text(place)
            sides = (place >= len(self.words)) + joined
            value = (
                meets(text, word, joined=sides, last=True)
                if reverse
                else meets(word, text, joined=sides, bare=bare, last=last)
            )
            if value:
                likeness[place] = value
        order = sorted(likeness, key=lambda place: (likeness[place], place))
        return (
            np.array(order, dtype=np.int32),
            np.array([likeness[place] for place in order], dtype=np.float32),
            likeness,
        )

    def _hopeful(self, word: str, joined: bool, bare: bool, last: bool) -> set[int]:
        """Ids of the words that may meet `word`: a superset, so that nothing that meets is missed."""
        if len(word) < 2:
            return {self.ids[word]} if word in self.ids else set()
        slips = (1 if len(word) >= JOIN_NEAR else 0) if joined else slips_of(word)
        found = self._by_letters(word, slips)
        if joined:
            if bare and (heard := consonants(word)):
                found.update(self.sounding(TAGS["consonants"] + heard))
            return found
        if word.isdigit():
            return found
        if not word.isalpha():
            if (read := plain(word)) != word and read.isalpha():
                found |= self._by_letters(read, 1)
            return found
        if (initial := self.ids.get(word[0])) is not None:
            found.add(initial)
        if len(word) >= 3:
            found.update(self._cut(word, last))
        if len(word) >= 4:
            found.update(self.sounding(TAGS["bones"] + skeleton(word)))
        if shared := stem(word):
            found.update(self.sounding(TAGS["stem"] + shared))
        if bare and (heard := consonants(word)):
            found.update(self.sounding(TAGS["consonants"] + heard))
        return found

    def _by_letters(self, word: str, slips: int) -> set[int]:
        _, ids = self.table.find(keys.keys_of(word, slips))
        unique = np.unique(ids)
        if not len(unique):
            return set()
        places = [int(place) for place in unique]
        if len(places) > 3:
            texts = [self.text(place) for place in places]
            apart = process.cdist([word], texts, scorer=OSA.distance, score_cutoff=2, dtype=np.uint8)[0]
            places = [place for place, far in zip(places, apart.tolist(), strict=True) if far <= 2]
        return set(places)

    def sounding(self, tagged: str) -> list[int]:
        """Ids of the words under a sound."""
        _, ids = self.table.find(keys.keys_of(tagged, 0))
        return [int(place) for place in ids]

    def _cut(self, word: str, last: bool) -> list[int]:
        """Words that begin with `word`, and those it begins with."""
        found = []
        if len(word) >= 3:
            start = bisect_left(self.words, word)
            longest = len(word) + 1 if len(word) == 3 and word not in words.LIGHT and not last else 10_000
            for place in range(start, len(self.words)):
                if not self.words[place].startswith(word):
                    break
                if len(self.words[place]) <= longest:
                    found.append(place)
        for size in range(3, len(word)):
            if (place_ := self.ids.get(word[:size])) is not None:
                found.append(place_)
        return found


def slips_of(word: str) -> int:
    """How many letters a word may lack and still be found: none for short ones and numbers."""
    if not word.isalpha():
        return 0 if word.isdigit() or len(word) < 5 else 1
    return 0 if len(word) < 4 else 1 if len(word) == 4 else 2


def meets(ours: str, listed: str, *, joined: int = 0, bare: bool = False, last: bool = False) -> float:
    """How alike two words are, 0 where they do not meet.

    `joined` says on how many sides the word is two neighbours written as one: on one it must be nearly the
    same, on both the same. `bare`: ours was written without short vowels. `last`: ours ends the name, which may
    have been cut there.
    """
    if joined:
        if ours == listed:
            return 1.0 if len(ours) >= JOIN_SHORTEST else 0.0
        if joined > 1:
            return 0.0
        if bare and (value := by_consonants(ours, listed)):
            return value
        if (
            min(len(ours), len(listed)) < JOIN_NEAR
            or ours[0] != listed[0]
            or abs(len(ours) - len(listed)) > 1
        ):
            return 0.0
        value = alike(ours, listed)[0]
        return value if value >= JOIN_LEAST else 0.0
    value = alike(ours, listed)[0]
    if bare and value < 0.95:
        value = max(value, by_consonants(ours, listed))
    if (
        last
        and len(ours) == CUT
        and value < CUT_LIKENESS
        and len(listed) > CUT + 1
        and listed.startswith(ours)
    ):
        value = CUT_LIKENESS
    return value


def by_consonants(ours: str, listed: str) -> float:
    """How far two words agree where one was written without short vowels."""
    heard = consonants(ours)
    if not heard or heard != consonants(listed):
        return 0.0
    return 0.9 if len(heard) >= 3 else 0.75

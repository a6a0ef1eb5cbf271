"""The words of the listed names, and which of them a word of ours meets."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

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

STEP = 4  # words asked together are read in groups of lengths so far apart

Near = tuple[Ints, NDArray[np.float32], dict[int, float]]


class Ask(NamedTuple):
    """A word to be met.

    `joined`: it is two neighbours written as one. `bare`: it comes from a script without short vowels. `last`: it
    ends its name, which may have been cut there. `reverse`: it is the listed one and the vocabulary ours; with
    `bare` only what meets by consonants is asked for.
    """

    word: str
    joined: bool = False
    reverse: bool = False
    bare: bool = False
    last: bool = False


@dataclass(slots=True)
class Vocabulary:
    """Words in order, then what neighbouring words of a name give when written as one ("huawei" of "hua wei").

    `weights` holds what each weighs. Ids are places in that row of words.
    """

    words: list[str]
    joined: list[str]
    table: Table
    ids: dict[str, int] = field(default_factory=dict)
    _texts: list[str] = field(default_factory=list)
    _near: dict[Ask, Near] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ids = {word: i for i, word in enumerate(self.words)}
        self._texts = [*self.words, *self.joined]

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
        return self._texts[place]

    def forget(self) -> None:
        """Drop the meetings kept so far."""
        self._near.clear()

    def near(self, ask: Ask) -> Near:
        """(ids, likenesses, the same as a dict) of every word that meets one, the most alike last."""
        if ask not in self._near:
            self.prepare((ask,))
        return self._near[ask]

    def prepare(self, asks: Iterable[Ask]) -> None:
        """Find the meetings of several words together, which costs less than one by one."""
        new = list(dict.fromkeys(ask for ask in asks if ask not in self._near))
        if not new:
            return
        found = self._hopeful(new)
        if len(self._near) >= REMEMBERED:
            self._near.clear()
        for ask, places in zip(new, found, strict=True):
            self._near[ask] = self._met(ask, places)

    def _met(self, ask: Ask, places: Iterable[int]) -> Near:
        word, joined, reverse, bare, last = ask
        likeness: dict[int, float] = {}
        for place in places:
            text = self._texts[place]
            sides = (place >= len(self.words)) + joined
            if not reverse:
                value = meets(word, text, joined=sides, bare=bare, last=last)
            elif not bare:
                value = meets(text, word, joined=sides, last=True)
            else:
                value = by_consonants(text, word) if sides < 2 else 0.0
            if value:
                likeness[place] = value
        order = sorted(likeness, key=lambda place: (likeness[place], place))
        return (
            np.array(order, dtype=np.int32),
            np.array([likeness[place] for place in order], dtype=np.float32),
            likeness,
        )

    def _hopeful(self, asks: Sequence[Ask]) -> list[set[int]]:
        """For each the ids of the words that may meet it: supersets, so that nothing that meets is missed."""
        found: list[set[int]] = [set() for _ in asks]
        spelled: list[tuple[int, str, int]] = []  # ask, letters, how many of them it may lack
        heard: list[tuple[int, str, int]] = []
        for n, (word, joined, reverse, bare, last) in enumerate(asks):
            sounds = {TAGS["consonants"] + consonants(word)} if bare else set()
            if len(word) < 2:
                found[n].update([self.ids[word]] if word in self.ids and not (bare and reverse) else [])
                continue
            if bare and reverse:
                pass
            elif joined:
                spelled.append((n, word, 1 if len(word) >= JOIN_NEAR else 0))
            else:
                spelled.append((n, word, slips_of(word)))
                if word.isalpha():
                    found[n].update(self._cut(word, last or reverse))
                    sounds |= {TAGS["bones"] + skeleton(word)} if len(word) >= 4 else set()
                    sounds |= {TAGS["stem"] + stem(word)}
                elif not word.isdigit() and (read := plain(word)) != word and read.isalpha():
                    spelled.append((n, read, 1))
            heard += [(n, sound, 0) for sound in sounds if len(sound) > 1]
        self._look_up(spelled, heard, found)
        return found

    def _look_up(
        self, spelled: list[tuple[int, str, int]], heard: list[tuple[int, str, int]], found: list[set[int]]
    ) -> None:
        """Add the ids of the words up to two letters from those spelled and those under the sounds heard."""
        both = spelled + heard
        owners, numbers = keys.numbers_of(
            [text for _, text, _ in both], [slips for _, _, slips in both], step=STEP
        )
        places, ids = self.table.find(numbers)
        pairs = np.unique((owners[places].astype(np.int64) << 32) | ids)
        asked, ids = (pairs >> 32).tolist(), (pairs & 0xFFFFFFFF).tolist()
        near = int(np.searchsorted(pairs, len(spelled) << 32))
        texts = [spelled[one][1] for one in asked[:near]]
        apart = process.cpdist(
            texts,
            [self._texts[one] for one in ids[:near]],
            scorer=OSA.distance,
            score_cutoff=2,
            dtype=np.uint8,
        )
        for one in np.flatnonzero(apart <= 2).tolist():
            found[spelled[asked[one]][0]].add(ids[one])
        for one, place in zip(asked[near:], ids[near:], strict=True):
            found[both[one][0]].add(place)

    def _cut(self, word: str, last: bool) -> list[int]:
        """Words that begin with `word`, and those it begins with, its initial among them."""
        found = [self.ids[word[0]]] if word[0] in self.ids else []
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

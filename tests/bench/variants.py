"""Queries about listed parties whose answer is known: variants of listed names of every kind, from a seed."""

from __future__ import annotations

import random
import re
import string
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from entities.matching.entries import Entry

from . import chinese

LOOK_ALIKE = str.maketrans("aceopxyACEHKMOPTX", "асеорхуАСЕНКМОРТХ")
SHORTER = {
    "technology": "Tech", "technologies": "Tech", "international": "Intl", "corporation": "Corp", "company": "Co",
    "limited": "Ltd", "manufacturing": "Mfg", "industries": "Ind", "industrial": "Indl", "institute": "Inst",
    "university": "Univ", "electronics": "Elec", "engineering": "Eng", "development": "Dev", "group": "Grp",
    "services": "Svcs", "research": "Res", "equipment": "Equip", "trading": "Trdg", "general": "Gen",
    "national": "Natl", "communications": "Comm", "communication": "Comm", "management": "Mgmt", "company,": "Co",
    "instruments": "Instr", "science": "Sci", "sciences": "Sci", "aviation": "Avn", "import": "Imp",
    "export": "Exp", "laboratory": "Lab", "association": "Assn", "department": "Dept", "transportation": "Transp",
}  # fmt: skip
FORMS = (
    "Ltd",
    "LLC",
    "Co., Ltd.",
    "Inc.",
    "GmbH",
    "OOO",
    "JSC",
    "S.A.",
    "Limited",
    "Corporation",
    "Pte. Ltd.",
)
FORM = re.compile(
    r"[,\s]+(co\.?,?\s*ltd|co\.?,?\s*limited|company limited|limited|ltd|l\.?l\.?c|inc|corporation|corp|gmbh|jsc|"
    r"ojsc|pjsc|ooo|s\.?a|plc|fze|company|co)\.?$", re.IGNORECASE,
)  # fmt: skip
ADDED = (
    "International", "Holding", "Trading", "Branch", "Services", "Global", "Group", "Shanghai", "Dubai", "Moscow",
    "Head Office", "Middle East", "Import & Export",
)  # fmt: skip
SOUNDS = (
    ("kh", "h"), ("h", "kh"), ("ks", "x"), ("x", "ks"), ("iy", "y"), ("y", "iy"), ("ou", "u"), ("u", "ou"), ("ee", "i"),
    ("i", "ee"), ("zh", "j"), ("q", "k"), ("k", "q"), ("c", "k"), ("ph", "f"), ("dh", "d"), ("th", "t"), ("w", "v"),
    ("v", "w"), ("ya", "ia"), ("yu", "iu"), ("ev", "yev"), ("sh", "sch"), ("ch", "tch"), ("dj", "j"), ("a", "e"),
    ("o", "u"), ("mm", "m"), ("ss", "s"),
)  # fmt: skip
CYRILLIC = (
    ("shch", "щ"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("ch", "ч"), ("sh", "ш"), ("yu", "ю"), ("ya", "я"),
    ("yo", "ё"), ("ye", "е"), ("iy", "ий"), ("ay", "ай"), ("oy", "ой"), ("ey", "ей"), ("a", "а"), ("b", "б"),
    ("v", "в"), ("g", "г"), ("d", "д"), ("e", "е"), ("z", "з"), ("i", "и"), ("y", "ы"), ("k", "к"), ("l", "л"),
    ("m", "м"), ("n", "н"), ("o", "о"), ("p", "п"), ("r", "р"), ("s", "с"), ("t", "т"), ("u", "у"), ("f", "ф"),
    ("h", "х"), ("c", "к"), ("j", "дж"), ("w", "в"), ("x", "кс"), ("q", "к"),
)  # fmt: skip
ENGLISH = re.compile(
    r"\d|\.|compan|limited|technolog|joint|research|institute|center|bank|system|plant|state|sci|and\b|of\b|union|"
    r"factory|develop|engineer|design|industr|product|group|trad|invest|llc|jsc|corporat|aircraft|[wqx]",
    re.IGNORECASE,
)
EAST = frozenset({"RU", "BY", "UA", "KZ"})


@dataclass(frozen=True, slots=True)
class Sample:
    """A query of one kind and the keys of the entries that are right answers."""

    kind: str
    text: str
    keys: frozenset[str]
    type: str = ""


def _typo(text: str, draw: random.Random) -> str:
    places = [i for i, c in enumerate(text) if c.isalpha() and i]
    if len(places) < 4:
        return text
    at = draw.choice(places)
    letter = draw.choice(string.ascii_lowercase)
    change = draw.randrange(4)
    if change == 0:
        return text[:at] + letter + text[at + 1 :]
    if change == 1:
        return text[:at] + text[at + 1 :]
    if change == 2:
        return text[:at] + letter + text[at:]
    return text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :]


def _first_letter(text: str, draw: random.Random) -> str:
    parts = text.split()
    long = [i for i, word in enumerate(parts) if len(word) > 3 and word[0].isalpha()]
    if not long:
        return text
    at = long[0]
    letter = draw.choice([c for c in string.ascii_uppercase if c != parts[at][0].upper()])
    parts[at] = letter + parts[at][1:]
    return " ".join(parts)


def _drop(text: str, draw: random.Random) -> str:
    parts = text.split()
    if len(parts) < 3:
        return text
    del parts[draw.randrange(len(parts))]
    return " ".join(parts)


def _add(text: str, draw: random.Random) -> str:
    parts = text.split()
    parts.insert(draw.choice([0, len(parts)]), draw.choice(ADDED))
    return " ".join(parts)


def _order(text: str, draw: random.Random) -> str:
    parts = text.replace(",", " ").split()
    draw.shuffle(parts)
    return " ".join(parts)


def _spacing(text: str, draw: random.Random) -> str:
    gaps = [i for i, c in enumerate(text) if c == " "]
    if gaps and draw.random() < 0.5:
        at = draw.choice(gaps)
        return text[:at] + text[at + 1 :]
    long = [word for word in text.split() if len(word) > 5]
    if not long:
        return text.replace(" ", "", 1)
    word = draw.choice(long)
    at = draw.randrange(2, len(word) - 2)
    return text.replace(word, f"{word[:at]} {word[at:]}", 1)


def _look_alike(text: str, draw: random.Random) -> str:
    parts = text.split()
    at = draw.randrange(len(parts))
    parts[at] = parts[at].translate(LOOK_ALIKE)
    return " ".join(parts)


def _shorter(text: str, draw: random.Random) -> str:
    parts = [SHORTER.get(word.strip(".,").casefold(), word) for word in text.split()]
    if parts == text.split():
        at = max(range(len(parts)), key=lambda i: len(parts[i]))
        parts[at] = parts[at][: max(4, len(parts[at]) * 2 // 3)]
    return " ".join(parts)


def _cut(text: str, draw: random.Random) -> str:
    return text[: max(6, int(len(text) * draw.uniform(0.5, 0.75)))].strip()


def _form(text: str, draw: random.Random) -> str:
    bare = FORM.sub("", FORM.sub("", text)).rstrip(" ,")
    change = draw.randrange(3)
    return bare if change == 0 else f"{bare} {draw.choice(FORMS)}"


def _initials(text: str, draw: random.Random) -> str:
    family, _, given = text.partition(",")
    if given:
        return f"{' '.join(word[0] + '.' for word in given.split() if word[0].isalpha())} {family}"
    parts = text.split()
    return " ".join([*(word[0] + "." for word in parts[:-1]), parts[-1]])


def _first_and_last(text: str, draw: random.Random) -> str:
    family, _, given = text.partition(",")
    if given.split():
        return f"{given.split()[0]} {family}"
    parts = text.split()
    return f"{parts[0]} {parts[-1]}"


def _sounds(text: str, draw: random.Random) -> str:
    lower = text.lower()
    order = list(SOUNDS)
    draw.shuffle(order)
    changed = 0
    for old, new in order:
        at = lower.find(old, 1)
        if at > 0:
            lower = lower[:at] + new + lower[at + len(old) :]
            changed += 1
            if changed == 2:
                break
    return lower.title()


def _cyrillic(text: str, draw: random.Random) -> str:
    lower = text.lower()
    for latin, own in CYRILLIC:
        lower = lower.replace(latin, own)
    return lower.title()


def _ship(text: str, draw: random.Random) -> str:
    return f"{draw.choice(('M/V', 'MV', 'M.V.', 'M/T', 'MT', 'SS'))} {text}"


Change = Callable[[str, random.Random], str]
KINDS: dict[str, Change] = {
    "exact": lambda text, draw: text,
    "alias": lambda text, draw: text,
    "weak alias": lambda text, draw: text,
    "one typo": _typo,
    "two typos": lambda text, draw: _typo(_typo(text, draw), draw),
    "wrong first letter": _first_letter,
    "word dropped": _drop,
    "word added": _add,
    "word order": _order,
    "legal form": _form,
    "abbreviated": _shorter,
    "cut off": _cut,
    "spacing": _spacing,
    "initials": _initials,
    "first and last only": _first_and_last,
    "transliteration": _sounds,
    "Cyrillic": _cyrillic,
    "look-alike letters": _look_alike,
    "vessel with M/V": _ship,
}
ALIASES = frozenset({"alias", "weak alias"})
SHARED = (
    100  # names that may hold the rarest word left of one: of what more hold nobody could say whom it means
)


def _suits(kind: str, entry: Entry, name: str) -> bool:
    """Whether a name can be asked about in this way and still be known for what it is."""
    words = name.replace(",", " ").split()
    if kind == "vessel with M/V":
        return entry.kind == "vessel"
    if entry.kind in ("vessel", "aircraft"):
        return kind in ("exact", "alias", "one typo") and len(name) >= 6
    if kind == "weak alias":
        return len(words) == 1 and len(name) >= 5
    if len(name) < 6 and kind not in ("exact", "alias"):
        return False
    if kind == "initials":
        return entry.kind == "individual" and "," in name and len(words) >= 2
    if kind == "first and last only":
        return entry.kind == "individual" and len(words) >= 3 and "," in name
    if kind == "transliteration":
        return entry.kind == "individual" or bool(
            set(entry.countries) & (EAST | {"IR", "SY", "AE", "LB", "IQ"})
        )
    if kind == "Cyrillic":
        return bool(set(entry.countries) & EAST) and not ENGLISH.search(name)
    if kind == "legal form":
        return entry.kind != "individual" and bool(FORM.search(name))
    if kind == "word dropped":
        return len(words) >= 3
    if kind == "cut off":
        return len(name) >= 16
    return True


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _means_someone(kind: str, text: str, held: Counter[str]) -> bool:
    """Whether what a change left of a name holds a whole word that few listed names hold."""
    if kind not in ("word dropped", "cut off"):
        return True
    words = _words(text)
    return any(held[word] <= SHARED for word in (words[:-1] if kind == "cut off" else words))


def samples(entries: Sequence[Entry], *, each: int, seed: int) -> list[Sample]:
    """`each` variants of listed names of every kind. The kinds that need another source are not in it."""
    draw = random.Random(seed)
    found: list[Sample] = []
    owners: dict[str, set[str]] = {}
    held: Counter[str] = Counter()
    for entry in entries:
        for name in entry.names:
            owners.setdefault(name.text.casefold(), set()).add(entry.key)
            held.update(set(_words(name.text)))
    for kind, change in KINDS.items():
        count = tries = 0
        while count < each and tries < each * 2000:
            tries += 1
            entry = draw.choice(entries)
            names = entry.names[1:] if kind in ALIASES else entry.names[:1]
            if not names:
                continue
            name = draw.choice(names).text
            if not _suits(kind, entry, name):
                continue
            text = change(name, draw)
            if text == name and kind not in ("exact", *ALIASES):
                continue
            if not _means_someone(kind, text, held):
                continue
            # the same name may be that of several entries (an entity on two lists): each is a right answer
            found.append(Sample(kind, text, frozenset({entry.key, *owners[name.casefold()]}), entry.kind))
            count += 1
    return found


def chinese_samples(entries: Sequence[Entry]) -> list[Sample]:
    """The known Chinese names of parties that are on this list."""
    found = []
    folded = [(entry.key, [name.text.casefold() for name in entry.names]) for entry in entries]
    for own, part in chinese.pairs():
        part = part.casefold()
        keys = frozenset(key for key, names in folded if any(part in name for name in names))
        if keys:
            found.append(Sample("Chinese", own, keys))
    return found


def original_samples(
    entries: Sequence[Entry], others: Sequence[Entry], *, most: int, seed: int
) -> list[Sample]:
    """Names in their own script from another list (`others`), of parties that both lists name alike in Latin."""
    owners: dict[str, set[str]] = {}
    for entry in entries:
        for name in entry.names:
            owners.setdefault(_plain(name.text), set()).add(entry.key)
    found = []
    for other in others:
        keys = {key for name in other.names for key in owners.get(_plain(name.text), ())}
        own = [n.text for n in other.names if n.kind == "original" and not n.text.isascii()]
        own = [text for text in own if not re.search("[A-Za-z]", text)]
        if keys and own:
            found.append(Sample("original script", own[0], frozenset(keys), other.kind))
    random.Random(seed).shuffle(found)
    return found[:most]


def _plain(text: str) -> str:
    return " ".join(sorted(re.sub(r"[^a-z0-9 ]", "", text.casefold().replace("-", " ")).split()))

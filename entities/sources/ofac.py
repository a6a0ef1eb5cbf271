"""The lists of the Office of Foreign Assets Control: SDN and non-SDN, delimited or XML, plain or gzipped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import BinaryIO, cast

from . import ofac_delimited, ofac_xml
from .files import is_xml, opened
from .ofac_entry import Entry, Which, records_of
from .record import BadRow, BadSource, ListedRecord, Spare, spared

Source = str | Path | BinaryIO | Sequence[str | Path]
NAMES = {
    "sdn": {"prim": "sdn", "add": "add", "alt": "alt", "comments": "sdn_comments"},
    "cons": {"prim": "cons_prim", "add": "cons_add", "alt": "cons_alt", "comments": "cons_comments"},
}
XML_NAMES = {"sdn": ("sdn",), "cons": ("consolidated", "cons")}
DELIMITED = re.compile(r"(?P<stem>.+)\.(?:csv|pip|del)(?:\.gz)?", re.IGNORECASE)
XML = re.compile(r"(?P<stem>.+)\.xml(?:\.gz)?", re.IGNORECASE)
ALL_FOUR = "Give the folder that holds all four files of one day, or the XML file."


def read(source: Source, *, which: Which | None = None, spare: Spare | None = None) -> Iterator[ListedRecord]:
    """Every listed party, one record for each list it stands on, streamed; key "SDN:306".

    `source` is a folder, the main file of a set of four (sdn.csv, cons_prim.csv; the others beside it), the
    four paths themselves, or an XML file or stream. `which` says whether it is the SDN list or the non-SDN
    ones; left out, the file's name says it. Raises BadSource as `entries` does, and for an entry of no known
    list, or of the other lists.
    """
    kind, found = located(source, which)
    for entry in _entries(found, spare):
        try:
            records = list(records_of(entry, kind))
        except BadRow as bad:
            spared(bad, spare)
            continue
        yield from records


def entries(source: Source, *, which: Which | None = None) -> Iterator[Entry]:
    """The entries as the source has them, each once and on no list yet. Raises BadSource."""
    return _entries(located(source, which)[1])


def files(source: Source, *, which: Which | None = None) -> tuple[Path, ...]:
    """The files `read` would read, to be hashed and kept; none for a stream. Raises BadSource."""
    found = located(source, which)[1]
    if isinstance(found, dict):
        return tuple(found[part] for part in ofac_delimited.PARTS)
    return (found,) if isinstance(found, Path) else ()


def published_on(source: Source, *, which: Which | None = None) -> date | None:
    """The day an XML file says it was published; None for delimited files, which do not say it."""
    found = located(source, which)[1]
    return None if isinstance(found, dict) else ofac_xml.published_on(found)


def _entries(found: Path | BinaryIO | dict[str, Path], spare: Spare | None = None) -> Iterator[Entry]:
    if isinstance(found, dict):
        return ofac_delimited.entries(found, spare=spare)
    return ofac_xml.entries(found, spare=spare)


def located(source: Source, which: Which | None) -> tuple[Which, Path | BinaryIO | dict[str, Path]]:
    """Which lists a source holds, and its file: the XML path or stream, or the four paths by part.

    In a folder the XML file is preferred: it counts its entries. Raises BadSource where it cannot be told
    which lists these are, and where one of the four files is missing.
    """
    if isinstance(source, (str, Path)):
        path = Path(source)
        if path.is_dir():
            return _chosen(sorted(p for p in path.iterdir() if p.is_file()), which, str(path))
        if found := XML.fullmatch(path.name):
            return which or _told_by(found["stem"]), path
        if DELIMITED.fullmatch(path.name):
            return _beside(path, which)
        with opened(path) as stream:
            xml = is_xml(stream)
        if not xml:
            raise BadSource(0, "", f"{path.name} is neither XML nor one of the four files.", ALL_FOUR)
        return which or _told_by(path.name), path
    if isinstance(source, Sequence):
        return _chosen([Path(p) for p in source], which, "the set of files")
    name = Path(str(getattr(source, "name", ""))).name
    return which or _told_by(name), source


def _told_by(name: str) -> Which:
    stem = name.casefold()
    if stem.startswith("cons"):
        return "cons"
    if stem.startswith("sdn"):
        return "sdn"
    raise BadSource(
        0, "", f"the name {name[:60]!r} does not say whether this is the SDN list or the non-SDN lists.",
        "Name the file as published (sdn.xml, consolidated.xml) or import it as the one or the other.",
    )  # fmt: skip


def _stem(path: Path, form: re.Pattern[str]) -> str:
    found = form.fullmatch(path.name)
    return found["stem"].casefold() if found else ""


def _beside(path: Path, which: Which | None) -> tuple[Which, dict[str, Path]]:
    stem = _stem(path, DELIMITED)
    for kind in cast(tuple[Which, ...], ("sdn", "cons")):
        if stem == NAMES[kind]["prim"] and which in (None, kind):
            if not path.exists():
                raise BadSource(0, "", f"{path.name} cannot be opened.", "Check its path.")
            others = [p for p in sorted(path.parent.iterdir()) if _stem(p, DELIMITED) != stem]
            return kind, _four(kind, [path, *others], str(path.parent))
    raise BadSource(0, "", f"{path.name} is not the main file of a set of four.", ALL_FOUR)


def _chosen(paths: list[Path], which: Which | None, where: str) -> tuple[Which, Path | dict[str, Path]]:
    found: list[tuple[Which, Path | None]] = []
    for kind in cast(tuple[Which, ...], (which,) if which else ("sdn", "cons")):
        single = [p for p in paths if _stem(p, XML) in XML_NAMES[kind]]
        main = [p for p in paths if _stem(p, DELIMITED) == NAMES[kind]["prim"]]
        if single or main:
            found.append((kind, single[0] if single else None))
    if not found:
        raise BadSource(
            0, "", f"{where} holds no {' or '.join(NAMES[which or 'sdn'].values())} file.", ALL_FOUR
        )
    if len(found) > 1:
        raise BadSource(
            0, "", f"{where} holds both the SDN list and the non-SDN lists.",
            "Say which of them to import, or keep each in a folder of its own.",
        )  # fmt: skip
    kind, xml = found[0]
    return kind, xml or _four(kind, paths, where)


def _four(kind: Which, paths: Sequence[Path], where: str) -> dict[str, Path]:
    """The four paths by part; a set lacking one would silently lose names or addresses."""
    by_stem: dict[str, list[Path]] = {}
    for path in paths:
        by_stem.setdefault(_stem(path, DELIMITED), []).append(path)
    four: dict[str, Path] = {}
    for part, stem in NAMES[kind].items():
        given = by_stem.get(stem, [])
        if len(given) != 1:
            lacks = f"lacks {stem}.csv" if not given else f"holds more than one {stem} file"
            raise BadSource(0, "", f"{where} {lacks}.", ALL_FOUR)
        four[part] = given[0]
    return four

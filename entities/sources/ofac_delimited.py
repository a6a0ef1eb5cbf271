"""OFAC's delimited files: names, addresses, aliases and overflowing remarks in four files without headers."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from .files import MAX_LINE, opened
from .ofac_entry import Entry, Identifier, address
from .ofac_remarks import parse
from .record import CUT, Address, BadRow, BadSource, Spare, mark, spared, squeeze, told_apart

NULL = "-0-"
END = b"\x1a"  # the mark old systems end a text file with
PARTS = {
    "prim": (
        "ent_num", "SDN_Name", "SDN_Type", "Program", "Title", "Call_Sign", "Vess_type", "Tonnage", "GRT",
        "Vess_flag", "Vess_owner", "Remarks",
    ),
    "add": ("ent_num", "add_num", "Address", "City/State/Postal", "Country", "Add_remarks"),
    "alt": ("ent_num", "alt_num", "alt_type", "alt_name", "alt_remarks"),
    "comments": ("ent_num", "remarks_extended"),
}  # fmt: skip
ALIASES = {"aka": "alias", "fka": "former", "nka": "alias"}
VESSEL = {
    "Vess_type": "Vessel type", "Tonnage": "Gross tonnage", "GRT": "Gross registered tonnage",
    "Vess_flag": "Vessel flag", "Vess_owner": "Vessel owner",
}  # fmt: skip
DIALECT = re.compile(rb'\s*"?\d+"?([,|@])')


class _Text:
    """The lines of a file as text: UTF-8, or cp1252 where a line is not; stops at the end mark."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.number = 0
        self.ended = self.marked = False
        self.delimiter = ","
        self.pushed: bytes | None = None

    def sniff(self) -> str:
        """The delimiter the first line uses; raises BadSource where it does not begin with a number."""
        self.pushed = self.stream.readline(MAX_LINE + 1)
        found = DIALECT.match(self.pushed)
        if not found:
            raise BadSource(
                1, "ent_num", "the first row does not begin with an entity number.",
                "The files have no header row and are parted by commas, pipes or at signs: give them as published.",
            )  # fmt: skip
        return found[1].decode()

    def __iter__(self) -> _Text:
        return self

    def __next__(self) -> str:
        line = self.pushed if self.pushed is not None else self.stream.readline(MAX_LINE + 1)
        self.pushed = None
        if not line:
            raise StopIteration
        self.number += 1
        if self.marked and line.strip(END + b"\r\n"):
            raise BadSource(self.number, "", "there are rows behind the end mark (0x1A).", CUT)
        if line.rstrip(b"\r\n").endswith(END):
            self.marked = True
            line = line.rstrip(b"\r\n").rstrip(END)
        if not line.strip(b"\r\n"):
            return "\n"
        if len(line) > MAX_LINE:
            raise BadSource(self.number, "", f"the line is longer than {MAX_LINE} bytes.")
        if b"\0" in line:
            raise BadSource(self.number, "", "the line holds a NUL character.")
        self.ended = self.marked or line.endswith((b"\n", b"\r"))
        return _decoded(line, self.number)


def _decoded(line: bytes, number: int) -> str:
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError:
        try:
            return line.decode("cp1252")
        except UnicodeDecodeError as error:
            raise BadSource(
                number, "", f"byte 0x{error.object[error.start]:02x} is neither UTF-8 nor cp1252."
            ) from error


def rows(
    source: str | Path | BinaryIO, part: str, marks: set[bool] | None = None, spare: Spare | None = None
) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, values by column) of one of the four files (`part`: prim, add, alt, comments); nulls are "".

    CSV, pipe and at-sign dialects, plain or gzipped. Whether the file ends with the mark 0x1A is added to
    `marks`. Raises BadSource for a quote left open and a cut file; a row of another width and a number that is
    none go to `spare`, or are raised.
    """
    columns = PARTS[part]
    with opened(source) as stream:
        lines = _Text(stream)
        reader = csv.reader(lines, delimiter=lines.sniff(), strict=True)
        try:
            while True:
                first = lines.number + 1
                row = next(reader, None)
                if row is None:
                    break
                if not row:
                    continue
                try:
                    _check(row, columns, first, lines)
                except BadRow as bad:
                    spared(bad, spare)
                    continue
                yield (
                    first,
                    {
                        name: "" if value.strip() == NULL else value
                        for name, value in zip(columns, row, strict=True)
                    },
                )
        except csv.Error as error:
            cut = "end of data" in str(error)
            raise BadSource(lines.number, "", f"not valid CSV ({error}).", CUT if cut else "") from error
    if marks is not None:
        marks.add(lines.marked)


def _check(row: list[str], columns: tuple[str, ...], line: int, lines: _Text) -> None:
    if len(row) != len(columns):
        field, said = (
            columns[min(len(row), len(columns)) - 1],
            f"the row has {len(row)} fields, not {len(columns)}.",
        )
        if not lines.ended:
            raise BadSource(line, field, said, CUT)
        raise BadRow(line, field, said, "Rows are never guessed: correct or download the file again.")
    if not lines.ended:
        raise BadSource(line, columns[-1], "the last row does not end with a line break.", CUT)
    for name, value in zip(columns[:2], row[:2], strict=True):
        if name.endswith("_num") and not value.strip().isdecimal():
            raise BadRow(line, name, f"{value[:40]!r} is not a number.")


def aliases(source: str | Path | BinaryIO) -> Iterator[tuple[str, str, str, str]]:
    """(entity number, alias number, aka | fka | nka, name) of an alias file. Raises BadSource."""
    for line, row in rows(source, "alt"):
        yield row["ent_num"].strip(), row["alt_num"].strip(), _kind(row, line), squeeze(row["alt_name"])


def addresses(source: str | Path | BinaryIO) -> Iterator[tuple[str, str, str, str, str, str]]:
    """(entity number, address number, street, city, country, remarks) of an address file. Raises BadSource."""
    for _, row in rows(source, "add"):
        first, second, *rest = (squeeze(row[name]) for name in PARTS["add"])
        yield first, second, rest[0], rest[1], rest[2], rest[3]


def _kind(row: Mapping[str, str], line: int) -> str:
    kind = squeeze(row["alt_type"]).casefold()
    if kind not in ALIASES:
        raise BadRow(line, "alt_type", f"unknown kind of alias {kind[:40]!r}.")
    return kind


def entries(files: Mapping[str, Path], *, spare: Spare | None = None) -> Iterator[Entry]:
    """The entries of a set of four files (keys of PARTS), aliases, addresses and remarks joined to them.

    The three side files are held, the main one is streamed. Raises BadSource for a number that occurs twice,
    for rows of a side file without an entry, and where only some of the files end with the end mark: then
    the set is not of one day, or a file is cut. Rows that cannot be read go to `spare`, or are raised.
    """
    marks: set[bool] = set()
    side: dict[str, dict[str, list[tuple[int, dict[str, str]]]]] = {}
    for part in ("alt", "add", "comments"):
        held: dict[str, list[tuple[int, dict[str, str]]]] = {}
        for line, row in rows(files[part], part, None if part == "comments" else marks, spare):
            held.setdefault(row.pop("ent_num").strip(), []).append((line, row))
        side[part] = held
    seen: set[str] = set()
    for line, row in rows(files["prim"], "prim", marks, spare):
        number = row["ent_num"].strip()
        if number in seen:
            raise BadSource(line, "ent_num", f"entity number {number} occurs twice.")
        seen.add(number)
        own = {part: held.pop(number, []) for part, held in side.items()}
        try:
            entry = _entry(line, number, row, own)
        except BadRow as bad:
            spared(bad, spare)
            continue
        yield entry
    for part, held in side.items():
        for number, orphans in held.items():
            raise BadSource(
                orphans[0][0], "ent_num",
                f"{files[part].name} has a row for entity {number}, {files['prim'].name} has no such entity.",
                "The files are not of one day or one is cut: download all four again.",
            )  # fmt: skip
    if len(marks) > 1:
        raise BadSource(0, "", "some of the files end with the end mark (0x1A) and some do not.", CUT)


def _entry(
    line: int, number: str, row: Mapping[str, str], side: Mapping[str, list[tuple[int, dict[str, str]]]]
) -> Entry:
    name = squeeze(row["SDN_Name"]).rstrip(" ,")
    if not name:
        raise BadRow(line, "SDN_Name", f"entity {number} has no name.")
    # remarks are cut at a fixed length, in the middle of a word: what overflows is joined without a blank
    told = parse(row["Remarks"] + "".join(found["remarks_extended"] for _, found in side["comments"]))
    names = [(squeeze(alt["alt_name"]), ALIASES[_kind(alt, at)]) for at, alt in side["alt"]]
    for at, alt in side["alt"]:
        if not squeeze(alt["alt_name"]):
            raise BadRow(at, "alt_name", f"an alias of entity {number} has no name.")
    details = [("Title", squeeze(row["Title"]))]
    details += [(label, squeeze(row[column])) for column, label in VESSEL.items()]
    details += [
        ("Alias", f"{alt['alt_name']} ({alt['alt_remarks']})") for _, alt in side["alt"] if alt["alt_remarks"]
    ]
    call_sign = squeeze(row["Call_Sign"])
    return Entry(
        line=line,
        number=number,
        name=name,
        kind=squeeze(row["SDN_Type"]),
        programs=tuple(p for part in row["Program"].split("] [") if (p := squeeze(part).strip("[]"))),
        names=(*names, *told.names),
        addresses=tuple(_address(found) for _, found in side["add"]),
        identifiers=(*([Identifier("Call sign", call_sign)] if call_sign else []), *told.identifiers),
        births=tuple(told.births),
        details=(*details, *told.details),
        remarks=told.rest,
        marks=_marks(number, row, side),
    )


def _marks(
    number: str, row: Mapping[str, str], side: Mapping[str, list[tuple[int, dict[str, str]]]]
) -> tuple[str, ...]:
    """One mark a row; the running numbers of aliases and addresses say nothing and are left out."""
    names = {"alt": "alias", "add": "address", "comments": "comment"}
    found = [mark("entry", *row.values())]
    for part, rows_of in side.items():
        found += [
            mark(names[part], number, *(text for column, text in one.items() if not column.endswith("_num")))
            for _, one in rows_of
        ]
    return told_apart(found)


def _address(row: Mapping[str, str]) -> tuple[Address, tuple[str, ...]]:
    return address(
        street=squeeze(row["Address"]), city=squeeze(row["City/State/Postal"]), state="", postal_code="",
        country=squeeze(row["Country"]), note=squeeze(row["Add_remarks"]),
    )  # fmt: skip

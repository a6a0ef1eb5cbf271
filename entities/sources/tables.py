"""Agency tables (comma or tab separated) as streams of rows, their columns found by name."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Mapping
from typing import BinaryIO

from .files import MAX_LINE, CsvRow
from .record import CUT, BadRow, BadSource, NewField, Spare, spared, squeeze

# Windows-1252 characters that were saved as control characters of the same number
CONTROLS = {
    number: letter for number in range(0x80, 0xA0) if (letter := bytes([number]).decode("cp1252", "ignore"))
}
COLUMN_REMEDY = "Check whether the format changed, or remove the column; the importer drops nothing."


class _Text:
    """Decoded lines of bounded length; knows whether the last one was ended."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.number = 0
        self.ended = True  # by a line break
        self.quoted = False  # ends with a closed quote, so that it cannot be cut inside its last cell

    def __iter__(self) -> _Text:
        return self

    def __next__(self) -> str:
        data = self.stream.readline(MAX_LINE + 1)
        if not data:
            raise StopIteration
        self.number += 1
        if len(data) > MAX_LINE:
            raise BadSource(self.number, "", f"the line is longer than {MAX_LINE} bytes.")
        if b"\0" in data:
            raise BadSource(self.number, "", "the line holds a NUL character.")
        self.ended, self.quoted = data.endswith((b"\n", b"\r")), data.endswith(b'"')
        if not self.ended and data.endswith(b"\x1a"):  # the end mark of old systems, alone or glued on
            data = data.removesuffix(b"\x1a")
            if not data:
                self.ended = True
                raise StopIteration
        return _decoded(data.removeprefix(b"\xef\xbb\xbf") if self.number == 1 else data, self.number)


def _decoded(data: bytes, number: int) -> str:
    try:
        return data.decode("utf-8").translate(CONTROLS)
    except UnicodeDecodeError:
        pass
    try:
        # 0xFF is the no-break blank of the DOS code page; in these lists it never is a letter
        return data.replace(b"\xff", b"\xa0").decode("cp1252")
    except UnicodeDecodeError as error:
        raise BadSource(
            number, "", f"byte 0x{data[error.start]:02x} is neither UTF-8 nor Windows-1252.",
            "The file is damaged or saved in another encoding: download it again.",
        ) from error  # fmt: skip


def table_rows(
    stream: BinaryIO,
    *,
    fields: Mapping[str, str],
    required: Collection[str],
    delimiter: str = ",",
    tail: int = 0,
    spare: Spare | None = None,
) -> Iterator[CsvRow]:
    """The rows of a table by field; `fields` maps a column name (lower case) to its field.

    UTF-8, with Windows-1252 for lines that are not. Passed over: blank rows, the header repeated, empty cells
    behind the last column. A row may leave out its last `tail` columns. Raises BadSource for a doubled or
    missing column, a quote left open, a NUL, a last row that may be cut (no line break, no closing quote and
    a last cell unlike that of the row before), a file without rows; an unknown column and a row of another
    width go to `spare`, or are raised.
    """
    lines = _Text(stream)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    header: list[str] = []
    raw: list[str] = []
    seen, last = 0, ""
    try:
        while True:
            first = lines.number + 1
            try:
                row = next(reader)
            except StopIteration:
                break
            if not any(cell.strip() for cell in row):
                continue
            if not header:
                raw = _bare(row, 1)
                header = _header(raw, fields, required, first, spare)
                continue
            row = _bare(row, len(header))
            if [squeeze(cell).casefold() for cell in row] == [squeeze(cell).casefold() for cell in raw]:
                continue
            if not _fits(row, raw, first, tail, spare, whole=lines.ended):
                continue
            if not (lines.ended or lines.quoted) and row[-1] != last:
                raise BadSource(first, raw[-1], "the last row does not end with a line break.", CUT)
            seen, last = seen + 1, row[-1]
            row += [""] * (len(header) - len(row))
            yield CsvRow(first, {name: squeeze(cell) for name, cell in zip(header, row, strict=True) if name})
    except csv.Error as error:
        raise BadSource(
            lines.number, "", f"not a valid table ({error}).", CUT if "end of data" in str(error) else ""
        ) from error
    if not seen:
        raise BadSource(lines.number, "", "the file holds no rows.")


def _bare(row: list[str], width: int) -> list[str]:
    """The row without empty cells behind `width`."""
    end = len(row)
    while end > width and not row[end - 1].strip():
        end -= 1
    return row[:end]


def _header(
    row: list[str], fields: Mapping[str, str], required: Collection[str], line: int, spare: Spare | None
) -> list[str]:
    """The field of each column, "" for a new one; a first line without any known column is no header."""
    found: list[str] = []
    known = any(squeeze(cell).casefold() in fields for cell in row)
    for cell in row:
        name = squeeze(cell)
        field = fields.get(name.casefold())
        if field is None:
            new = NewField(line, name[:60], f"unknown column {name[:60]!r}.", COLUMN_REMEDY)
            spared(new, spare if known else None)
            found.append("")
            continue
        if field in found:
            raise BadSource(line, name, f"column {name} occurs twice.", "Remove one of the two.")
        found.append(field)
    for field in required:
        if field not in found:
            written = next(name for name, value in fields.items() if value == field)
            raise BadSource(line, written, f"the column {written!r} is missing.")
    return found


def _fits(
    row: list[str], header: list[str], line: int, tail: int, spare: Spare | None, *, whole: bool
) -> bool:
    if len(header) - tail <= len(row) <= len(header) and (whole or len(row) == len(header)):
        return True
    field, said = (
        header[min(len(row), len(header) - 1)],
        f"the row has {len(row)} fields, the header {len(header)}.",
    )
    if not whole:
        raise BadSource(line, field, said, CUT)
    spared(BadRow(line, field, said, "Rows are never guessed: correct or download the file again."), spare)
    return False

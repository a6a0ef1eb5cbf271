"""List files as streams: gzip by magic bytes, CSV rows and JSON items with the line reading stands at."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import ijson
from ijson.common import ObjectBuilder

from .record import CUT, BadRow, BadSource, NewField, Spare, spared

MAX_LINE = 4 * 1024 * 1024  # characters; the longest real row has some 20,000
MAX_BYTES = 1024 * 1024 * 1024  # unpacked; a real file has some 32 MB
MAX_DEPTH = 8


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A row by column name, with its first physical line."""

    line: int
    values: dict[str, str]


class _Counted(io.RawIOBase):
    """A raw stream that counts lines and bytes as they are read and stops at MAX_BYTES."""

    def __init__(self, source: BinaryIO) -> None:
        self.source = source
        self.lines = 1
        self.bytes = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size == 0:
            return b""
        try:
            data = self.source.read(size if size > 0 else 65536)
        except EOFError as error:
            raise BadSource(self.lines, "", "the compressed file is cut off.", CUT) from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise BadSource(self.lines, "", f"the compressed file is damaged ({error}).") from error
        self.lines += data.count(b"\n")
        self.bytes += len(data)
        if self.bytes > MAX_BYTES:
            raise BadSource(self.lines, "", f"the file unpacks to more than {MAX_BYTES >> 20} MB.")
        return data

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def opened(source: str | Path | BinaryIO) -> Iterator[BinaryIO]:
    """The source as a buffered stream of plain bytes; a path is closed again, a given stream is left open.

    Raises BadSource for a file that is missing, empty or in an archive other than gzip.
    """
    if isinstance(source, (str, Path)):
        try:
            stream: BinaryIO = open(source, "rb")  # noqa: SIM115 (closed below)
        except OSError as error:
            raise BadSource(
                0, "", f"the file cannot be opened ({error.strerror}).", "Check its path."
            ) from error
    else:
        stream = source
    try:
        yield _unpacked(stream)
    finally:
        if stream is not source:
            stream.close()


def _unpacked(stream: BinaryIO) -> BinaryIO:
    plain = stream if hasattr(stream, "peek") else io.BufferedReader(cast(Any, _Counted(stream)), 65536)
    head = cast(Any, plain).peek(4)[:4]
    if not head:
        raise BadSource(0, "", "the file is empty.")
    if head.startswith(b"PK\x03\x04"):
        raise BadSource(0, "", "the file is a zip archive.", "Unpack it and give the file inside.")
    packed = head.startswith(b"\x1f\x8b")
    inner = cast(BinaryIO, gzip.GzipFile(fileobj=plain) if packed else plain)
    counted = io.BufferedReader(cast(Any, _Counted(inner)), 65536)
    if not counted.peek(1):
        raise BadSource(0, "", "the file is empty.")
    return cast(BinaryIO, counted)


def is_json(stream: BinaryIO) -> bool:
    """Whether the first character that is not white space opens a JSON object or list."""
    head = cast(Any, stream).peek(64)[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    return bool(head[:1] in (b"{", b"["))


def is_xml(stream: BinaryIO) -> bool:
    """Whether the first character that is not white space opens an element."""
    head = cast(Any, stream).peek(64)[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    return bool(head.startswith((b"<", b"\xff\xfe", b"\xfe\xff")))


def is_tabbed(stream: BinaryIO) -> bool:
    """Whether the first line holds tabs between its column names instead of commas."""
    head = cast(Any, stream).peek(2048)[:2048].partition(b"\n")[0]
    return b"\t" in head and b"," not in head


class _Lines:
    """Text lines of bounded length, as the csv module wants them; knows whether the last was ended."""

    def __init__(self, stream: BinaryIO) -> None:
        self.text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        self.number = 0
        self.ended = True
        self.last = ""

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        try:
            line = self.text.readline(MAX_LINE + 1)
        except UnicodeDecodeError as error:
            raise BadSource(
                self.number + 1, "", f"byte 0x{error.object[error.start]:02x} is not UTF-8.",
                "The file is damaged, cut or saved in another encoding: download it again.",
            ) from error  # fmt: skip
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > MAX_LINE:
            raise BadSource(self.number, "", f"the line is longer than {MAX_LINE} characters.")
        if "\0" in line:
            raise BadSource(self.number, "", "the line holds a NUL character.")
        self.ended, self.last = line.endswith(("\n", "\r")), line
        return line


def csv_rows(
    stream: BinaryIO,
    *,
    columns: Sequence[str],
    optional: set[str],
    delimiter: str = ",",
    spare: Spare | None = None,
) -> Generator[CsvRow, None, None]:
    """The rows of a CSV file whose header holds exactly `columns`, in any order; `optional` ones may lack.

    The header repeated and blank lines are passed over. Raises BadSource for a missing or doubled column, a
    quote left open, a NUL, bytes that are not UTF-8, a row cut at the end; an unknown column and a row of
    another width go to `spare`, or are raised.
    """
    lines = _Lines(stream)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    header: list[str] = []
    seen = 0
    try:
        while True:
            first = lines.number + 1
            try:
                row = next(reader)
            except StopIteration:
                break
            if not header:
                header = _header(row, columns, optional, spare)
                continue
            if not row or row == header:
                continue
            if len(row) != len(header):
                _misfit(row, header, first, spare, whole=lines.ended)
                continue
            if not lines.ended and not lines.last.endswith('"'):
                raise BadSource(first, header[-1], "the last row does not end with a line break.", CUT)
            seen += 1
            yield CsvRow(first, dict(zip(header, row, strict=True)))
    except csv.Error as error:
        raise BadSource(
            lines.number, "", f"not valid CSV ({error}).", CUT if "end of data" in str(error) else ""
        ) from error
    finally:
        lines.text.detach()
    if not header or not seen:
        raise BadSource(lines.number, "", "the file holds no rows.")


def _misfit(row: list[str], header: list[str], line: int, spare: Spare | None, *, whole: bool) -> None:
    field, said = (
        header[min(len(row), len(header)) - 1],
        f"the row has {len(row)} fields, the header {len(header)}.",
    )
    if not whole:
        raise BadSource(line, field, said, CUT)
    spared(BadRow(line, field, said, "Rows are never guessed: correct or download the file again."), spare)


def _header(row: list[str], columns: Sequence[str], optional: set[str], spare: Spare | None) -> list[str]:
    names = [name.strip() for name in row]
    known = not {*names}.isdisjoint(columns)  # a first line without any known column is no header
    for name in names:
        if name not in columns:
            new = NewField(
                1, name[:60], f"unknown column {name[:60]!r}.",
                "Check whether the format changed, or remove the column; the importer drops nothing.",
            )  # fmt: skip
            spared(new, spare if known else None)
        if names.count(name) > 1:
            raise BadSource(1, name, f"column {name} occurs twice.", "Remove one of the two.")
    for name in columns:
        if name not in names and name not in optional:
            raise BadSource(1, name, f"the column {name} is missing.")
    return names


class _Results:
    """The objects of `results` (or of a bare list), built of the events of the parser one by one.

    `level` is how deep the list lies, 0 outside of it; nothing deeper than MAX_DEPTH below it is built.
    """

    def __init__(self, counted: _Counted) -> None:
        self.counted = counted
        self.builder: ObjectBuilder | None = None
        self.depth = self.level = self.seen = 0
        self.key, self.found = "", False

    def take(self, event: str, value: Any) -> Any:
        """The object that ends with an event, else None."""
        opens, closes = event in ("start_map", "start_array"), event in ("end_map", "end_array")
        if self.builder is None:
            self._outside(event, value, closes=closes)
        self.depth += opens - closes
        if self.depth > MAX_DEPTH + 2:
            raise BadSource(self.counted.lines, "results", f"objects are nested deeper than {MAX_DEPTH}.")
        if self.builder is None:
            return None
        self.builder.event(event, value)
        if self.depth > self.level:
            return None
        made, self.builder = self.builder.value, None
        self.seen += 1
        return made

    def _outside(self, event: str, value: Any, *, closes: bool) -> None:
        if event == "map_key" and self.depth == 1:
            self.key = value
        elif self.level and self.depth == self.level:
            if closes:
                self.level = 0
            elif event != "start_map":
                raise BadSource(self.counted.lines, "results", "a result is not an object.")
            else:
                self.builder = ObjectBuilder()
        elif event == "start_array" and not self.found:
            self.found = self.depth == 0 or self.depth == 1 and self.key == "results"
            self.level = self.depth + 1 if self.found else 0


def json_items(stream: BinaryIO) -> Iterator[tuple[int, dict[str, Any]]]:
    """(line, object) for every object of `results` (or of a bare list), streamed.

    The line is where the reader stands, up to one buffer behind the object. Raises BadSource for invalid or
    cut JSON, for a file without `results` and for results that are no objects. The events come without their
    path: that of a million brackets would fill the memory.
    """
    counted = _Counted(stream)
    results = _Results(counted)
    try:
        for event, value in ijson.basic_parse(counted, buf_size=16384, use_float=True):
            if (made := results.take(event, value)) is not None:
                yield counted.lines, made
    except ijson.IncompleteJSONError as error:
        raise BadSource(
            counted.lines, "", f"invalid or cut JSON after {results.seen} records.", CUT
        ) from error
    except (ijson.JSONError, UnicodeDecodeError, ValueError) as error:
        raise BadSource(counted.lines, "", f"invalid JSON after {results.seen} records.") from error
    if not results.found:
        raise BadSource(counted.lines, "results", 'the file has no "results".', "Give a screening-list file.")
    if not results.seen:
        raise BadSource(counted.lines, "results", "the file holds no records.")

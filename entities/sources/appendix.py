"""Tables inside the appendices of an eCFR XML file, as a stream of rows; no document type is accepted.

The standard library's expat, driven directly: one row at a time in memory, the line of each row, and any
document type declaration refused before an entity in it could be read. Nothing is ever fetched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.parsers import expat

from .files import MAX_LINE
from .record import CUT, BadSource
from .xmlstream import CHUNK, CUT_CODES, HARMFUL

MAX_DEPTH = 64
MAX_CELL = 200_000  # characters; the cell of a family with all its addresses has tens of thousands
MAX_SPAN = 2_000
BREAKS = frozenset({"BR", "P", "FP", "LI", "DIV"})
RAISED = frozenset({"SU", "SUP", "FTREF"})


@dataclass(slots=True)
class Table:
    """A table and the appendix (its number) it belongs to."""

    appendix: str
    number: int


@dataclass(slots=True)
class Row:
    """A row: cell texts (line breaks kept) with and without superscripts, the superscript digits, its line."""

    line: int
    cells: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    raised: list[tuple[int, ...]] = field(default_factory=list)
    header: bool = False
    spans: bool = False


class _Reader:
    """The handlers of one parse; finished rows gather in `ready` with their table."""

    def __init__(self, number_of: Callable[[str], str]) -> None:
        self.number_of = number_of
        self.ready: list[tuple[Table, Row]] = []
        self.appendix = ""
        self.appendix_depth = self.depth = self.tables = 0
        self.table: Table | None = None
        self.row: Row | None = None
        self.cell: list[str] | None = None
        self.bare: list[str] = []
        self.size = 0
        self.cell_heads = 0
        self.superscript: list[str] | None = None
        self.digits: list[int] = []
        self.span = (1, 1)
        self.carried: dict[int, tuple[int, str]] = {}
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.opens
        self.parser.EndElementHandler = self.closes
        self.parser.CharacterDataHandler = self.text
        self.parser.StartDoctypeDeclHandler = self.refuses
        self.parser.EntityDeclHandler = self.refuses
        self.parser.SkippedEntityHandler = self.refuses

    @property
    def line(self) -> int:
        return self.parser.CurrentLineNumber

    def refuses(self, name: str, *_: object) -> None:
        raise BadSource(
            self.line, "DOCTYPE", f"the file declares a document type or an entity ({name[:40]}).", HARMFUL
        )

    def opens(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2].upper()
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise BadSource(self.line, tag[:60], f"elements are nested deeper than {MAX_DEPTH}.")
        if self.depth == 1 and tag == "HTML":
            raise BadSource(
                self.line, "html", "the file is a web page.", "Download the XML file of part 744."
            )
        if tag == "DIV9" and not self.appendix:
            self.appendix = self.number_of(attributes.get("N", ""))
            self.appendix_depth = self.depth
        elif not self.appendix:
            return
        elif tag == "TABLE":
            if self.table:
                raise BadSource(self.line, "TABLE", "a table inside a table.")
            self.tables += 1
            self.table, self.carried = Table(self.appendix, self.tables), {}
        elif tag == "TR" and self.table:
            if self.row:
                raise BadSource(self.line, "TR", "a row inside a row.")
            self.row, self.cell_heads = Row(self.line), 0
        elif tag in {"TD", "TH"} and self.row:
            self._opens_cell(tag, attributes)
        elif self.cell is not None and tag in BREAKS:
            self._breaks()
        elif self.cell is not None and tag in RAISED:
            self.superscript = []

    def _opens_cell(self, tag: str, attributes: dict[str, str]) -> None:
        assert self.row
        if self.cell is not None:
            raise BadSource(self.line, tag, "a cell inside a cell.")
        given = {name.lower(): value for name, value in attributes.items()}
        spans = [given.get(name, "1").strip() for name in ("colspan", "rowspan")]
        if not all(s.isascii() and s.isdigit() and 0 < int(s[:6]) <= MAX_SPAN for s in spans):
            raise BadSource(self.line, tag, f"the cell spans {' by '.join(spans)[:40]}, which is no number.")
        self.span = (int(spans[0]), int(spans[1]))
        self._fill()
        self.cell, self.bare, self.size, self.digits = [], [], 0, []
        self.cell_heads += tag == "TH"

    def _fill(self) -> None:
        """Cells a row above spans into this one, put in their columns."""
        assert self.row
        while (at := len(self.row.cells)) in self.carried:
            left, text = self.carried.pop(at)
            if left > 1:
                self.carried[at] = (left - 1, text)
            self.row.cells.append(text)
            self.row.bare.append(text)
            self.row.raised.append(())

    def closes(self, name: str) -> None:
        tag = name.rpartition(":")[2].upper()
        if self.appendix and tag in {"TD", "TH"} and self.cell is not None:
            self._closes_cell()
        elif self.cell is not None and tag in RAISED and self.superscript is not None:
            self.digits += [int(d) for d in re.findall(r"[1-9]", "".join(self.superscript))]
            self.superscript = None
        elif self.cell is not None and tag in BREAKS and tag != "BR":
            self._breaks()
        elif tag == "TR" and self.row and self.table:
            self._fill()
            self.row.header = bool(self.row.cells) and self.cell_heads == len(self.row.cells)
            self.ready.append((self.table, self.row))
            self.row = None
        elif tag == "TABLE" and self.table:
            self.table = None
        elif tag == "DIV9" and self.depth == self.appendix_depth:
            self.appendix = ""
        self.depth -= 1

    def _breaks(self) -> None:
        if self.cell is not None:
            self.cell.append("\n")
            self.bare.append("\n")

    def _closes_cell(self) -> None:
        assert self.row and self.cell is not None
        text = "".join(self.cell)
        columns, down = self.span
        if columns > 1:
            self.row.spans = True
        if down > 1:
            self.carried[len(self.row.cells)] = (down - 1, text)
        self.row.cells.append(text)
        self.row.bare.append("".join(self.bare))
        self.row.raised.append(tuple(self.digits))
        self.cell, self.superscript = None, None

    def text(self, data: str) -> None:
        if self.cell is None:
            if self.row and data.strip():
                raise BadSource(self.line, "TR", f"text outside of any cell: {data.strip()[:40]!r}.")
            return
        self.size += len(data)
        if self.size > MAX_CELL:
            raise BadSource(self.line, "TD", f"the cell is longer than {MAX_CELL} characters.")
        data = data.replace("\n", " ")  # only the marks of BREAKS begin a new line
        self.cell.append(data)
        (self.bare if self.superscript is None else self.superscript).append(data)


def rows(stream: BinaryIO, number_of: Callable[[str], str]) -> Iterator[tuple[Table, Iterator[Row]]]:
    """(table, its rows) for every table in an appendix `number_of` (its N attribute) gives a number for.

    The rows of a table must be read before the next is asked for. Raises BadSource for a document type, XML
    that is not well formed, a file that is cut, cells and rows out of place.
    """
    found = _events(stream, number_of)
    pending = next(found, None)
    while pending is not None:
        table = pending[0]

        def one_table(of: Table = table) -> Iterator[Row]:
            nonlocal pending
            while pending is not None and pending[0] is of:
                yield pending[1]
                pending = next(found, None)

        rest = one_table()
        yield table, rest
        for _ in rest:
            pass


def _events(stream: BinaryIO, number_of: Callable[[str], str]) -> Iterator[tuple[Table, Row]]:
    reader = _Reader(number_of)
    fed = 0
    try:
        while chunk := stream.read(CHUNK):
            fed += len(chunk)
            reader.parser.Parse(chunk, False)
            if fed - reader.parser.CurrentByteIndex > MAX_LINE:
                raise BadSource(reader.line, "", f"one tag has more than {MAX_LINE} bytes.")
            yield from reader.ready
            reader.ready.clear()
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise BadSource(
            error.lineno, "", f"not well-formed XML ({expat.ErrorString(error.code)}).",
            CUT if error.code in CUT_CODES else "",
        ) from error  # fmt: skip
    except (UnicodeError, LookupError, ValueError) as error:
        raise BadSource(reader.line, "", f"the text cannot be decoded ({error}).") from error
    yield from reader.ready

"""(columns, rows) -> CSV | XLSX | JSON | PDF as a stream of bytes.

Pure of models and of the clock: the same query gives the same bytes, so that a file can be proved
against its SHA-256. Who exported what and when is written to the export log, never into the file.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from . import exports_pdf
from .exports_xlsx import write_workbook

CHUNK = 64 * 1024
KINDS = ("text", "date", "datetime", "number", "money", "bool", "list")
FORMATS = {
    "csv": ("text/csv; charset=utf-8", ".csv"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"),
    "json": ("application/json", ".json"),
    "pdf": ("application/pdf", ".pdf"),
}

# A spreadsheet reads a cell that begins so as a formula; leading blanks do not stop all of them.
_FORMULA = re.compile(r"^[\s\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]")
# Where the reader splits at another sign than the comma, a cell begins inside our quotes.
_INNER_FORMULA = re.compile(r"(?<=[;\t\r\n])(?=[ \u00a0]*[=+\-@\uff1d\uff0b\uff0d\uff20])")


@dataclass(frozen=True)
class Column:
    """One column: its key in JSON, its title for people, and how its values are written."""

    key: str
    title: str
    kind: str = "text"


@dataclass
class Tally:
    """Counts the rows that go into an export and hashes the bytes that come out of it.

    `body = tally.watch(render(rows=tally.count(rows), ...), done=log)`; `done(tally)` is called once,
    also when the reader hangs up, and then `complete` is False. `size` is in bytes.
    """

    rows: int = 0
    size: int = 0
    complete: bool = False
    _hash: Any = field(default_factory=hashlib.sha256, repr=False)

    @property
    def sha256(self) -> str:
        """Hex digest of the bytes handed out so far."""
        return str(self._hash.hexdigest())

    def count(self, rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        """The same rows, counted as they pass."""
        for row in rows:
            self.rows += 1
            yield row

    def watch(
        self, chunks: Iterable[bytes], done: Callable[[Tally], object] | None = None
    ) -> Iterator[bytes]:
        """The same chunks, counted and hashed as they pass; then `done(tally)`, whole or cut."""
        try:
            for chunk in chunks:
                self._hash.update(chunk)
                self.size += len(chunk)
                yield chunk
            self.complete = True
        finally:
            if done is not None:
                done(self)


def render(
    *,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    format: str,
    title: str,
    subtitle: str = "",
) -> Iterator[bytes]:
    """Stream one export in chunks of about 64 kB.

    `rows` hold one value a column: str, bool, int, float, Decimal, date, aware datetime, a list or
    tuple of these, or None. Datetimes are written in UTC (ISO 8601). Refuses with ValueError an unknown
    format or kind, columns without or with double keys, a row of another length and a naive datetime.

    - CSV: UTF-8 with a byte order mark (Excel needs it for other scripts), commas, CRLF, one header line
      of titles. Text that a spreadsheet would take for a formula is prefixed with an apostrophe.
    - JSON: {"title", "columns", "rows": [{key: value}], "row_count", "sha256"}; the hash covers every
      byte before the line of row_count. Decimals are strings; nothing is prefixed.
    - XLSX: strings are written as strings, never as formulas; the last line gives the number of rows.
    - PDF: a list with repeated column titles, page x of y, and the number of rows at its end.
    """
    if format not in FORMATS:
        raise ValueError(f"Unknown export format {format!r}. Formats: {', '.join(FORMATS)}.")
    columns = tuple(columns)
    keys = [column.key for column in columns]
    if not keys or len(set(keys)) != len(keys):
        raise ValueError("An export needs columns, each with a key of its own.")
    for column in columns:
        if column.kind not in KINDS:
            raise ValueError(
                f"Unknown kind {column.kind!r} of column {column.key!r}. Kinds: {', '.join(KINDS)}."
            )
    checked = _checked(columns, rows)
    if format == "csv":
        return _chunks(_csv_lines(columns, checked))
    if format == "json":
        return _chunks(_json_lines(columns, checked, title, subtitle))
    if format == "xlsx":
        return _xlsx(columns, checked, title, subtitle)
    return _pdf(columns, checked, title, subtitle)


def formula_safe(text: str) -> str:
    """The text with an apostrophe wherever a spreadsheet would begin to read a formula."""
    if _FORMULA.match(text):
        text = "'" + text
    return _INNER_FORMULA.sub("'", text)


def plain(value: Any, kind: str = "text") -> str:
    """A value in words: None is empty, dates are ISO 8601 (datetimes in UTC), numbers keep every digit.

    Money has thousands separators only in PDF, which is for reading.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return utc(value).isoformat().replace("+00:00", "Z")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (list, tuple, set, frozenset)):
        parts = sorted(value) if isinstance(value, (set, frozenset)) else value
        return "; ".join(plain(part) for part in parts)
    return str(value)


def utc(value: datetime) -> datetime:
    """The same moment in UTC; a naive datetime is refused, for its moment is not known."""
    if value.tzinfo is None:
        raise ValueError(f"The datetime {value!r} has no time zone.")
    return value.astimezone(UTC)


def _checked(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    width = len(columns)
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            raise ValueError(f"Row {number} has {len(row)} values for {width} columns.")
        yield row


def _chunks(parts: Iterable[str]) -> Iterator[bytes]:
    held: list[str] = []
    size = 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= CHUNK:
            yield "".join(held).encode()
            held, size = [], 0
    if held:
        yield "".join(held).encode()


def _csv_lines(columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")

    def line(cells: Iterable[str]) -> str:
        writer.writerow(cells)
        text = buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        return text

    yield "\ufeff" + line(formula_safe(column.title) for column in columns)
    for row in rows:
        yield line(_csv_cell(value) for value in row)


def _csv_cell(value: Any) -> str:
    text = plain(value)
    if isinstance(value, (int, float, Decimal, date)) or not text:
        return text  # a negative number is a number, not a formula
    return formula_safe(text)


def _json_lines(
    columns: Sequence[Column], rows: Iterable[Sequence[Any]], title: str, subtitle: str
) -> Iterator[str]:
    digest = hashlib.sha256()
    shape = [{"key": column.key, "title": column.title, "kind": column.kind} for column in columns]
    keys = [column.key for column in columns]

    def seal(text: str) -> str:
        digest.update(text.encode())
        return text

    head = {"title": title, "subtitle": subtitle, "columns": shape}
    yield seal(_dumps(head)[:-1] + ',\n"rows": [')
    count = 0
    for row in rows:
        body = {key: _json_value(value) for key, value in zip(keys, row, strict=True)}
        yield seal(("," if count else "") + "\n" + _dumps(body))
        count += 1
    yield seal("\n],\n")
    yield f'"row_count": {count},\n"sha256": "{digest.hexdigest()}"}}\n'


def _json_value(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (list, tuple)):
        return [_json_value(part) for part in value]
    if isinstance(value, (set, frozenset)):
        return [_json_value(part) for part in sorted(value)]
    return plain(value)


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def _xlsx(
    columns: Sequence[Column], rows: Iterable[Sequence[Any]], title: str, subtitle: str
) -> Iterator[bytes]:
    with tempfile.TemporaryDirectory(prefix="exportctl-") as folder:
        path = Path(folder) / "export.xlsx"
        write_workbook(
            path=path,
            columns=[(column.title, column.kind) for column in columns],
            rows=rows,
            title=title,
            subtitle=subtitle,
            words=plain,
        )
        yield from _file(path)


def _pdf(
    columns: Sequence[Column], rows: Iterable[Sequence[Any]], title: str, subtitle: str
) -> Iterator[bytes]:
    kinds = [column.kind for column in columns]
    shown = ([_reading(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in rows)
    with tempfile.TemporaryDirectory(prefix="exportctl-") as folder:
        path = Path(folder) / "export.pdf"
        exports_pdf.write_list(
            path=path,
            titles=[column.title for column in columns],
            right=[kind in ("number", "money") for kind in kinds],
            rows=shown,
            title=title,
            subtitle=subtitle,
        )
        yield from _file(path)


def _reading(value: Any, kind: str) -> str:
    if kind == "money" and isinstance(value, (int, float, Decimal)):
        return f"{value:,.2f}"
    if isinstance(value, datetime):
        return utc(value).strftime("%Y-%m-%d %H:%M UTC")
    return plain(value)


def _file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk

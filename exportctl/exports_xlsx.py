"""One workbook a list, written row by row with constant memory."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

ROWS_A_SHEET = 1_000_000
LONGEST = 32_767  # characters a cell can hold
_CUT = "... [cut; the full text is in CSV and JSON]"
_CREATED = datetime(2000, 1, 1)  # fixed, so that the same rows give the same bytes
_FIRST_DATE = date(1900, 3, 1)  # earlier serial numbers mean different days in different programs
_WIDTHS = {"text": 32, "date": 12, "datetime": 20, "number": 14, "money": 16, "bool": 8, "list": 32}
_PATTERNS = {
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
    "text": {"num_format": "@", "valign": "top"},
    "date": {"num_format": "yyyy-mm-dd", "valign": "top"},
    "datetime": {"num_format": 'yyyy-mm-dd hh:mm:ss" UTC"', "valign": "top"},
    "number": {"valign": "top"},
    "money": {"num_format": "#,##0.00", "valign": "top"},
    "last": {"bold": True},
}


def write_workbook(
    *,
    path: Path,
    columns: Sequence[tuple[str, str]],
    rows: Iterable[Sequence[Any]],
    title: str,
    subtitle: str,
    words: Callable[[Any], str],
) -> int:
    """Write (title, kind) columns and their rows to `path`; returns the number of rows.

    Text is only ever written as text. A number that a cell cannot hold exactly (over 15 digits) and a
    date before March 1900 are written as text. Beyond 1,000,000 rows a further sheet begins; the last
    line of the last sheet says how many rows there are in all. `words` turns other values into text.
    """
    options = {
        "constant_memory": True,
        "tmpdir": str(path.parent),
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"title": title, "subject": subtitle, "created": _CREATED})
    try:
        count = _fill(book, columns, rows, title, words)
        book.close()
    finally:
        for sheet in book.worksheets():  # rows that raise leave a temporary file open in each
            if sheet.row_data_fh is not None:
                sheet.row_data_fh.close()
    return count


def _fill(
    book: Any,
    columns: Sequence[tuple[str, str]],
    rows: Iterable[Sequence[Any]],
    title: str,
    words: Callable[[Any], str],
) -> int:
    looks = {name: book.add_format(look) for name, look in _PATTERNS.items()}
    count = 0
    line = 0
    sheet = None
    for row in rows:
        if sheet is None or line > ROWS_A_SHEET:
            sheet = _sheet(book, columns, looks, title)
            line = 1
        for place, (value, (_, kind)) in enumerate(zip(row, columns, strict=True)):
            _cell(sheet, line, place, value, kind, looks, words)
        line += 1
        count += 1
    if sheet is None:
        sheet = _sheet(book, columns, looks, title)
        line = 1
    sheet.write_string(line + 1, 0, f"Rows: {count:,}", looks["last"])
    return count


def _sheet(book: Any, columns: Sequence[tuple[str, str]], looks: dict[str, Any], title: str) -> Any:
    sheet = book.add_worksheet(f"Rows {len(book.worksheets()) + 1}")
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_header("&L" + title.replace("&", "&&")[:200])
    sheet.set_footer("&RPage &P of &N")
    for place, (name, kind) in enumerate(columns):
        sheet.set_column(place, place, max(_WIDTHS[kind], min(len(name) + 2, 40)))
    for place, (name, _) in enumerate(columns):
        sheet.write_string(0, place, name, looks["head"])
    return sheet


def _cell(
    sheet: Any,
    line: int,
    place: int,
    value: Any,
    kind: str,
    looks: dict[str, Any],
    words: Callable[[Any], str],
) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, place, value)
    elif isinstance(value, (int, float, Decimal)) and _exact(value):
        sheet.write_number(line, place, value, looks["money" if kind == "money" else "number"])
    elif isinstance(value, datetime) and value.date() >= _FIRST_DATE and value.tzinfo is not None:
        moment = value.astimezone(UTC).replace(tzinfo=None)
        sheet.write_datetime(line, place, moment, looks["datetime"])
    elif isinstance(value, date) and not isinstance(value, datetime) and value >= _FIRST_DATE:
        sheet.write_datetime(line, place, value, looks["date"])
    else:
        text = words(value)
        if len(text) > LONGEST:
            text = text[: LONGEST - len(_CUT)] + _CUT
        sheet.write_string(line, place, text, looks["text"])


def _exact(value: int | float | Decimal) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite() and len(value.normalize().as_tuple().digits) <= 15
    if isinstance(value, float):
        return math.isfinite(value)
    return abs(value) < 10**15

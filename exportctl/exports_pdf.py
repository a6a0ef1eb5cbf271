"""A printed list: landscape when wide, column titles on every page, page x of y, any script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

from anyascii import anyascii
from reportlab.lib.pagesizes import TABLOID, landscape, letter  # type: ignore[import-untyped]
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

LATIN, BOLD, CHINESE, KOREAN = "Helvetica", "Helvetica-Bold", "STSong-Light", "HYSMyeongJo-Medium"
SIZE, LEADING, PAD, MARGIN = 8.0, 10.0, 4.0, 36.0
MOST_LINES = 4  # of one value; the rest is cut with an ellipsis
NARROWEST, WIDEST = 30.0, 190.0
SAMPLE = 100  # rows that the column widths are drawn from
GLYPH_NOTE = (
    "<...>: transliterated from a script this document cannot print; the exact text is in CSV, JSON and XLSX."
)

_TOKEN = re.compile(r"\s+|[\u2e80-\uffff]|[^\s\u2e80-\uffff]+")
_BREAKS = re.compile(r"[\r\n\u2028\u2029]+")


def write_list(
    *,
    path: Path,
    titles: Sequence[str],
    right: Sequence[bool],
    rows: Iterable[Sequence[str]],
    title: str,
    subtitle: str = "",
) -> int:
    """Write the rows as a PDF list to `path`; returns the number of rows. Same rows, same bytes.

    `right` tells which columns stand at the right edge. A value takes at most four lines; what does not
    fit ends with an ellipsis. Chinese and Korean use the reader's own fonts; other scripts beyond Latin
    are transliterated inside angle brackets, and the last page says so.
    """
    for name in (CHINESE, KOREAN):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(UnicodeCIDFont(name))
    stream = iter(rows)
    first = list(islice(stream, SAMPLE))
    wanted = _wanted(titles, first)
    size = _paper(wanted)
    sheet = _List(path, size, titles, right, _fit(wanted, size[0] - 2 * MARGIN), title, subtitle)
    count = 0
    for row in chain(first, stream):
        sheet.row(row)
        count += 1
    sheet.finish(count)
    return count


class _List:
    """The page being drawn and how far down it is."""

    def __init__(
        self,
        path: Path,
        size: tuple[float, float],
        titles: Sequence[str],
        right: Sequence[bool],
        widths: Sequence[float],
        title: str,
        subtitle: str,
    ):
        self.canvas: Any = Canvas(str(path), pagesize=size, pageCompression=1, invariant=1)
        self.canvas.setTitle(title)
        self.canvas.setSubject(subtitle)
        self.size, self.widths, self.right = size, widths, right
        self.titles = [
            wrap(name, width - 2 * PAD, font=BOLD) for name, width in zip(titles, widths, strict=True)
        ]
        self.title, self.subtitle = title, subtitle
        self.page = 0
        self.transliterated = False
        self._begin()

    def row(self, cells: Sequence[str]) -> None:
        self.transliterated = self.transliterated or any(map(foreign, cells))
        lines = [wrap(cell, width - 2 * PAD) for cell, width in zip(cells, self.widths, strict=True)]
        height = max(len(cell) for cell in lines) * LEADING + 2 * PAD
        if self.y - height < MARGIN + LEADING:
            self._end()
            self._begin()
        self._cells(lines, LATIN)
        self._rule(0.25, 0.8)

    def finish(self, count: int) -> None:
        notes = [f"Rows: {count:,}"]
        if self.transliterated:
            notes.append(GLYPH_NOTE)
        if self.y - (len(notes) + 1) * LEADING < MARGIN + LEADING:
            self._end()
            self._begin()
        self.y -= LEADING
        for note in notes:
            self.y -= LEADING
            self._text(MARGIN, self.y, note, BOLD, SIZE)
        self._end()
        # Every page shows this form; only now is it known what it says.
        self.canvas.beginForm("pages")
        self.canvas.setFont(LATIN, SIZE)
        self.canvas.drawString(0, 0, str(self.page))
        self.canvas.endForm()
        self.canvas.save()

    def _begin(self) -> None:
        self.page += 1
        self.y = self.size[1] - MARGIN
        width = self.size[0] - 2 * MARGIN
        large = 13.0 if self.page == 1 else 9.0
        self.y -= large
        for line in wrap(self.title, width, font=BOLD, size=large, most=1):
            self._text(MARGIN, self.y, line, BOLD, large)
        if self.page == 1 and self.subtitle:
            for line in wrap(self.subtitle, width, size=9.0, most=3):
                self.y -= 12
                self._text(MARGIN, self.y, line, LATIN, 9.0)
        self.y -= 8
        self._cells(self.titles, BOLD)
        self._rule(0.8, 0.2)

    def _end(self) -> None:
        label = f"Page {self.page} of "
        place = self.size[0] - MARGIN - 22 - pdfmetrics.stringWidth(label, LATIN, SIZE)
        self._text(place, MARGIN - LEADING, label, LATIN, SIZE)
        self.canvas.saveState()
        self.canvas.translate(self.size[0] - MARGIN - 22, MARGIN - LEADING)
        self.canvas.doForm("pages")
        self.canvas.restoreState()
        self.canvas.showPage()

    def _cells(self, cells: Sequence[Sequence[str]], font: str) -> None:
        x = MARGIN
        for lines, width, right in zip(cells, self.widths, self.right, strict=True):
            y = self.y - PAD - SIZE
            for line in lines:
                shift = width - 2 * PAD - text_width(line, font, SIZE) if right else 0
                self._text(x + PAD + shift, y, line, font, SIZE)
                y -= LEADING
            x += width
        self.y -= max(len(lines) for lines in cells) * LEADING + 2 * PAD

    def _rule(self, thickness: float, gray: float) -> None:
        self.canvas.setLineWidth(thickness)
        self.canvas.setStrokeGray(gray)
        self.canvas.line(MARGIN, self.y, self.size[0] - MARGIN, self.y)

    def _text(self, x: float, y: float, text: str, font: str, size: float) -> None:
        for name, run in runs(text, font):
            self.canvas.setFont(name, size)
            self.canvas.drawString(x, y, run)
            x += pdfmetrics.stringWidth(run, name, size)


@lru_cache(maxsize=20_000)
def _char_font(char: str) -> str | None:
    """The font that can draw a character: Latin, Chinese or Korean; None if no font here can."""
    for font, code in ((LATIN, "cp1252"), (CHINESE, "gbk"), (KOREAN, "euc_kr")):
        try:
            char.encode(code)
        except UnicodeEncodeError:
            continue
        return font
    return None


def foreign(text: str) -> bool:
    """Whether the text holds a character that no font here can draw."""
    return not text.isascii() and any(
        _char_font(char) is None and unicodedata.category(char) not in ("Cc", "Cf") for char in text
    )


@lru_cache(maxsize=20_000)
def printable(text: str) -> str:
    """The text as it can be drawn: without control signs, undrawable scripts as <transliteration>."""
    if text.isascii() and text.isprintable():
        return text
    out: list[str] = []
    foreign: list[str] = []

    def flush() -> None:
        if foreign:
            word = "".join(foreign)
            latin = anyascii(word).strip() or " ".join(f"U+{ord(char):04X}" for char in word)
            out.append(f"<{latin}>")
            foreign.clear()

    for char in unicodedata.normalize("NFC", text):
        if unicodedata.category(char) in ("Cc", "Cf"):
            if char == "\t":
                flush()
                out.append(" ")
        elif _char_font(char) is None:
            foreign.append(char)
        else:
            flush()
            out.append(char)
    flush()
    return "".join(out)


def runs(text: str, font: str = LATIN) -> Iterator[tuple[str, str]]:
    """The text cut into (font, piece), each piece drawable by its font; `font` draws the Latin ones."""
    text = printable(text)
    if text.isascii():
        if text:
            yield font, text
        return
    held, current = "", font
    for char in text:
        name = _char_font(char)
        name = font if name in (None, LATIN) else name
        if name != current and held:
            yield current, held
            held = ""
        current = name or font
        held += char
    if held:
        yield current, held


@lru_cache(maxsize=50_000)
def text_width(text: str, font: str = LATIN, size: float = SIZE) -> float:
    """Width in points (1/72 inch) as drawn, over all the fonts it takes."""
    return float(sum(pdfmetrics.stringWidth(run, name, size) for name, run in runs(text, font)))


def wrap(
    text: str, width: float, *, font: str = LATIN, size: float = SIZE, most: int = MOST_LINES
) -> list[str]:
    """The text in lines of at most `width` points; at most `most` lines, the last cut with an ellipsis."""
    lines: list[str] = []
    for paragraph in _BREAKS.split(text.strip()[:4000]):
        lines.extend(_lines(printable(paragraph), width, font, size, most + 1 - len(lines)))
        if len(lines) > most:
            break
    if len(lines) > most:
        last = lines[most - 1]
        while last and text_width(last + "...", font, size) > width:
            last = last[:-1]
        lines = [*lines[: most - 1], last.rstrip() + "..."]
    return lines or [""]


def _lines(text: str, width: float, font: str, size: float, most: int) -> Iterator[str]:
    line, used, given = "", 0.0, 0
    for token in _pieces(text, width, font, size):
        wide = text_width(token, font, size)
        if line and used + wide > width:
            yield line.rstrip()
            given += 1
            if given >= most:
                return
            line, used = "", 0.0
        if not line and token.isspace():
            continue
        line += token
        used += wide
    if line.strip():
        yield line.rstrip()


def _pieces(text: str, width: float, font: str, size: float) -> Iterator[str]:
    """Words, single wide characters and blanks; a word wider than the column is cut to fit."""
    for token in _TOKEN.findall(text):
        if token.isspace():
            yield " "
        elif text_width(token, font, size) <= width:
            yield token
        else:
            piece = ""
            for char in token:
                if piece and text_width(piece + char, font, size) > width:
                    yield piece
                    piece = ""
                piece += char
            yield piece


def _wanted(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> list[float]:
    """The width each column would like: what nine of ten sampled values need on one line."""
    wanted = []
    for place, name in enumerate(titles):
        needs = sorted(text_width(row[place][:120]) for row in rows)
        usual = needs[len(needs) * 9 // 10] if needs else 0.0
        word = max((text_width(part, BOLD) for part in name.split()), default=0.0)
        wanted.append(min(max(usual, word, NARROWEST) + 2 * PAD + 1, WIDEST))
    return wanted


def _paper(wanted: Sequence[float]) -> tuple[float, float]:
    need = sum(wanted) + 2 * MARGIN
    if need <= letter[0] and len(wanted) <= 6:
        return tuple(letter)
    if need <= landscape(letter)[0] * 1.5 and len(wanted) <= 16:
        return tuple(landscape(letter))
    return tuple(landscape(TABLOID))


def _fit(wanted: Sequence[float], width: float) -> list[float]:
    """Widths that fill the page: wide columns give before narrow ones do."""
    total = sum(wanted)
    if total <= width:
        return [want * width / total for want in wanted]
    floor = min(width / len(wanted), NARROWEST + 2 * PAD + 20)
    spare = sum(max(want - floor, 0) for want in wanted)
    base = sum(min(want, floor) for want in wanted)
    share = (width - base) / spare if spare else 0.0
    return [min(want, floor) + max(want - floor, 0) * share for want in wanted]

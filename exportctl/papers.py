"""Papers: text under headings as a PDF, what memos and letters share. Same text, same bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib import colors  # type: ignore[import-untyped]
from reportlab.lib.pagesizes import letter  # type: ignore[import-untyped]
from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped]
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped]
from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle  # type: ignore[import-untyped]

from .exports_pdf import BOLD, CHINESE, KOREAN, LATIN, runs, text_width

TEXT = ParagraphStyle("text", fontName=LATIN, fontSize=9, leading=12, spaceAfter=2)
SMALL = ParagraphStyle("small", parent=TEXT, fontSize=8, leading=10, spaceAfter=0)
SMALL_BOLD = ParagraphStyle("small bold", parent=SMALL, fontName=BOLD)
HEAD = ParagraphStyle("head", fontName=BOLD, fontSize=11, leading=15, spaceBefore=8)
TITLE = ParagraphStyle("title", fontName=BOLD, fontSize=14, leading=18)
MARGIN, PAD = 54.0, 6.0  # of the page, and of the frame inside it
WIDEST = 190.0  # points that one column of a table asks for


@dataclass(frozen=True, slots=True)
class Grid:
    """A table inside a paper: a title a column, then the rows."""

    titles: Sequence[str]
    rows: Sequence[Sequence[str]]


Block = str | Grid


def pdf(
    *,
    title: str,
    sections: Iterable[tuple[str, Iterable[Block]]],
    head: Sequence[str] = (),
    foot: str = "",
    stamp: str = "",
) -> bytes:
    """The paper as a PDF: `head` above the title, each heading with its paragraphs and tables.

    With `foot` it stands on every page beside "Page x of y"; `stamp` (DRAFT) lies across every page. Chinese
    and Korean use the reader's own fonts, other scripts beyond Latin are transliterated in angle brackets.
    """
    for name in (CHINESE, KOREAN):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(UnicodeCIDFont(name))
    story: list[Any] = [Paragraph(marked(line) or "&nbsp;", TEXT) for line in head]
    story += [Spacer(1, 12)] if head else []
    story += [Paragraph(marked(title), TITLE), Spacer(1, 6)]
    for heading, blocks in sections:
        story.append(Paragraph(marked(heading), HEAD))
        story += [_drawn(block) for block in blocks]
    stream = io.BytesIO()
    paper = SimpleDocTemplate(
        stream, pagesize=letter, title=title, author="exportctl", invariant=1, leftMargin=MARGIN,
        rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
    )  # fmt: skip
    if foot or stamp:
        paper.build(story, canvasmaker=lambda *given, **named: _Paged(foot, stamp, *given, **named))
    else:
        paper.build(story)
    return stream.getvalue()


def marked(text: str) -> str:
    """The text as a paragraph takes it: escaped, and each script in a font that draws it."""
    return "<br/>".join(
        "".join(
            escape(piece) if font == LATIN else f'<font name="{font}">{escape(piece)}</font>'
            for font, piece in runs(line)
        )
        for line in text.splitlines()
    )


def _drawn(block: Block) -> Any:
    if isinstance(block, str):
        return Paragraph(marked(block), TEXT)
    rows = [[Paragraph(marked(each), SMALL_BOLD) for each in block.titles]]
    rows += [[Paragraph(marked(each), SMALL) for each in row] for row in block.rows]
    style = TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.HexColor("#333333")),
            ("LINEBELOW", (0, 1), (-1, -1), 0.25, colors.HexColor("#bbbbbb")),
            ("LEFTPADDING", (0, 0), (-1, -1), 2),
            ("RIGHTPADDING", (0, 0), (-1, -1), 6),
        ]
    )
    return Table(rows, colWidths=_widths(block), repeatRows=1, style=style, hAlign="LEFT", spaceAfter=4)


def _widths(grid: Grid) -> list[float]:
    """Column widths that fill the page, wide where the text is long."""
    wanted = [
        min(max(text_width(row[place][:200], BOLD) for row in (grid.titles, *grid.rows)) + 12, WIDEST)
        for place in range(len(grid.titles))
    ]
    whole = letter[0] - 2 * (MARGIN + PAD)
    return [want * whole / sum(wanted) for want in wanted]


class _Paged(Canvas):  # type: ignore[misc]
    """Holds the pages back until their number is known, then draws foot and stamp on each."""

    def __init__(self, foot: str, stamp: str, *given: Any, **named: Any):
        super().__init__(*given, **named)
        self._foot, self._stamp = foot, stamp
        self._held: list[dict[str, Any]] = []

    def showPage(self) -> None:
        self._held.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        held = self._held
        for page, state in enumerate(held, start=1):
            self.__dict__.update(state)
            self._finish(f"Page {page} of {len(held)}")
            super().showPage()
        super().save()

    def _finish(self, pages: str) -> None:
        self.saveState()
        x = MARGIN + PAD
        for font, piece in runs(self._foot):
            self.setFont(font, 8)
            self.drawString(x, MARGIN - 22, piece)
            x += pdfmetrics.stringWidth(piece, font, 8)
        self.setFont(LATIN, 8)
        self.drawRightString(letter[0] - MARGIN - PAD, MARGIN - 22, pages)
        if self._stamp:
            self.setFont(BOLD, 110)
            self.setFillGray(0.5, 0.18)
            self.translate(letter[0] / 2, letter[1] / 2)
            self.rotate(50)
            self.drawCentredString(0, -36, self._stamp)
        self.restoreState()

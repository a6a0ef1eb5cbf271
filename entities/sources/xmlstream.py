"""XML as a stream of whole elements, with no document type and so no entity of the file's own making.

The standard library's expat, driven directly: it gives the line of every element, keeps one element at a time
and lets a document type declaration be refused before any entity in it is read. Nothing is ever fetched.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from .files import MAX_LINE
from .record import CUT, BadSource, NewField, squeeze

MAX_DEPTH = 16
MAX_SIZE = 4 * MAX_LINE  # characters and marks of one element; the largest real one has some 100,000
CHUNK = 65536
CUT_CODES = frozenset({3, 5, 6, 20})  # no element, unclosed token, partial character, unclosed CDATA
HARMFUL = "A list has no such declaration: do not use this file, get it from the publisher."


class _Reader:
    """The handlers of one parse: whole elements gather in `ready`."""

    def __init__(self, roots: Collection[str], inside: Collection[str], wanted: Collection[str]) -> None:
        self.roots, self.inside, self.wanted = roots, inside, wanted
        self.ready: list[tuple[int, Element]] = []
        self.builder: TreeBuilder | None = None
        self.depth = self.start = self.line = self.size = 0
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.opens
        self.parser.EndElementHandler = self.closes
        self.parser.CharacterDataHandler = self.text
        self.parser.StartDoctypeDeclHandler = self.refuses
        self.parser.EntityDeclHandler = self.refuses

    def refuses(self, name: str, *_: object) -> None:
        raise BadSource(
            self.parser.CurrentLineNumber, "DOCTYPE",
            f"the file declares a document type or an entity ({name[:40]}).", HARMFUL,
        )  # fmt: skip

    def opens(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        line = self.parser.CurrentLineNumber
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise BadSource(line, tag, f"elements are nested deeper than {MAX_DEPTH}.")
        if self.builder is not None:
            self.grows(64)
            self.builder.start(tag, attributes)
        elif self.depth == 1:
            if tag not in self.roots:
                raise BadSource(
                    line, tag[:60], f"the file begins with <{tag[:60]}>, not with <{'> or <'.join(self.roots)}>.",
                    "Give the file of this list.",
                )  # fmt: skip
            self.ready.append((line, Element(tag, attributes)))
        elif tag in self.wanted:
            self.builder, self.start, self.line, self.size = TreeBuilder(), self.depth, line, 0
            self.builder.start(tag, attributes)
        elif tag not in self.inside:
            raise unknown(line, tag)

    def closes(self, name: str) -> None:
        if self.builder is not None:
            self.builder.end(name.rpartition(":")[2])
            if self.depth == self.start:
                self.ready.append((self.line, self.builder.close()))
                self.builder = None
        self.depth -= 1

    def text(self, data: str) -> None:
        if self.builder is not None:
            self.grows(len(data))
            self.builder.data(data)
        elif data.strip():
            raise BadSource(
                self.parser.CurrentLineNumber, "", f"text outside of any entry: {squeeze(data)[:40]!r}."
            )

    def grows(self, by: int) -> None:
        self.size += by
        if self.size > MAX_SIZE:
            raise BadSource(self.line, "", f"the entry has more than {MAX_SIZE} characters.")


def unknown(line: int, tag: str) -> NewField:
    """The refusal of an element the format does not have."""
    return NewField(
        line, tag[:60], f"unknown element <{tag[:60]}>.",
        "Check whether the format changed; the importer must learn the element first, it drops nothing.",
    )  # fmt: skip


def elements(
    stream: BinaryIO, *, roots: Collection[str], inside: Collection[str] = (), wanted: Collection[str]
) -> Iterator[tuple[int, Element]]:
    """(line, element): the root with its attributes alone, then each `wanted` element whole, as it ends.

    `inside` are the elements to look into. Namespaces and prefixes are passed over. Raises BadSource for a
    document type, another root, an unknown element, XML that is not well formed and a file that is cut.
    """
    reader = _Reader(roots, inside, wanted)
    fed = 0
    try:
        while chunk := stream.read(CHUNK):
            fed += len(chunk)
            reader.parser.Parse(chunk, False)
            if fed - reader.parser.CurrentByteIndex > MAX_LINE:
                line = reader.parser.CurrentLineNumber
                raise BadSource(line, "", f"one tag has more than {MAX_LINE} bytes.")
            yield from reader.ready
            reader.ready.clear()
        reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise BadSource(
            error.lineno, "", f"not well-formed XML ({expat.ErrorString(error.code)}).",
            CUT if error.code in CUT_CODES else "",
        ) from error  # fmt: skip
    except (UnicodeError, LookupError, ValueError) as error:
        raise BadSource(
            reader.parser.CurrentLineNumber, "", f"the text cannot be decoded ({error})."
        ) from error
    yield from reader.ready


def text(node: Element, tag: str) -> str:
    """The text of a child, cleaned; "" where it is absent or empty."""
    return squeeze(node.findtext(tag) or "")


def texts(node: Element, path: str) -> list[str]:
    """The texts of all children on a path that hold any, cleaned."""
    return [found for child in node.iterfind(path) if (found := squeeze(child.text or ""))]

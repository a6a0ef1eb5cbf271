"""What a file is, told by its content. Only the types of this table are taken; the name is never believed. Pure."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

HEAD = 8192
MACROS = "vbaproject.bin"


@dataclass(frozen=True, slots=True)
class FileType:
    """A type that is taken: its media type, its name endings, and how its content shows it."""

    media_type: str
    words: str
    endings: tuple[str, ...]
    shows: Callable[[bytes, IO[bytes]], bool]


def starts(*marks: bytes) -> Callable[[bytes, IO[bytes]], bool]:
    return lambda head, file: head.startswith(marks)


def office(folder: str) -> Callable[[bytes, IO[bytes]], bool]:
    """An Office document without macros: a zip that holds its folder."""

    def shows(head: bytes, file: IO[bytes]) -> bool:
        if not head.startswith(b"PK\x03\x04"):
            return False
        try:
            with zipfile.ZipFile(file) as archive:
                names = [name.lower() for name in archive.namelist()]
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
            return False
        inside = any(name.startswith(folder) for name in names) and "[content_types].xml" in names
        return inside and not any(name.endswith(MACROS) for name in names)

    return shows


def plain(head: bytes, file: IO[bytes]) -> bool:
    """Text in UTF-8, all of it, without control characters but tab and line ends."""
    file.seek(0)
    rest = b""
    while piece := file.read(1 << 20):
        if any(byte < 32 and byte not in (9, 10, 13) or byte == 127 for byte in piece):
            return False
        try:
            (rest + piece).decode("utf-8")
            rest = b""
        except UnicodeDecodeError as error:
            rest = (rest + piece)[error.start :]
            if len(rest) > 3:
                return False
    return (
        bool(head)
        and not rest
        and not head.lstrip().lower().startswith((b"<html", b"<!doctype", b"<svg", b"<?xml"))
    )


TYPES = (
    FileType("application/pdf", "PDF", (".pdf",), starts(b"%PDF-")),
    FileType("image/png", "PNG", (".png",), starts(b"\x89PNG\r\n\x1a\n")),
    FileType("image/jpeg", "JPEG", (".jpg", ".jpeg"), starts(b"\xff\xd8\xff")),
    FileType("image/tiff", "TIFF", (".tif", ".tiff"), starts(b"II*\x00", b"MM\x00*")),
    FileType("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "Word", (".docx",),
             office("word/")),
    FileType("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel", (".xlsx",), office("xl/")),
    FileType("text/plain", "plain text", (".txt", ".csv"), plain),
)  # fmt: skip
WORDS = ", ".join(each.words for each in TYPES)
ENDINGS = tuple(ending for each in TYPES for ending in each.endings)


def of(file: IO[bytes]) -> FileType | None:
    """The type the content shows, or None for what is not taken. Leaves the file at its beginning."""
    file.seek(0)
    head = file.read(HEAD)
    found = next((each for each in TYPES if each.shows(head, file)), None)
    file.seek(0)
    return found

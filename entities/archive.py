"""The raw file of every version, kept under its SHA-256 in the folder of its source: what a release reads again."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from django.conf import settings

from .formats import Format
from .sources.record import KNOWN, BadSource, ListedRecord, Spare

STEP = 200  # records between two reports of progress

# (records read, bytes of the file read, bytes of the file)
Progress = Callable[[int, int, int], None]


def path_of(source: str, digest: str) -> Path:
    """Where the file of a source with that SHA-256 is kept."""
    return Path(settings.LIST_FILES) / source / digest


def keep(path: Path, *, source: str) -> tuple[Path, str]:
    """Copy a file to its place; returns the place and the SHA-256. Raises BadSource when it cannot be opened."""
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise BadSource(0, "", f"the file cannot be opened ({error.strerror}).", "Check its path.") from error
    kept = path_of(source, digest)
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_name(f"{digest}.{os.getpid()}.part")
        shutil.copyfile(path, part)
        os.replace(part, kept)
    return kept, digest


class _Metered(io.FileIO):
    """A file that tells of every piece that is read of it: bytes so far, bytes in all."""

    def __init__(self, path: Path, told: Callable[[int, int], None]) -> None:
        super().__init__(path)
        self.told, self.size = told, os.fstat(self.fileno()).st_size

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.told(self.tell(), self.size)
        return data


def read(
    path: Path, how: Format, *, progress: Progress | None = None, spare: Spare | None = None
) -> Iterator[ListedRecord]:
    """The records of a kept file, streamed; `progress` hears how much of the file is read.

    A reader that merges rows gives its first record when the whole file is read. Raises BadSource as the
    reader of the source does, and for a list that does not belong to the source; `spare` hears of single rows
    that cannot be read and of new columns.
    """
    count = 0

    def told(done: int, size: int) -> None:
        if progress is not None:
            progress(count, done, size)

    with _Metered(path, told) as file:
        for count, record in enumerate(how.read(file, spare=spare), start=1):
            if record.source_list not in how.lists:
                raise BadSource(
                    record.line, "source", f"the list {record.source_list!r} does not belong to this source.",
                    f"Give a file of {', '.join(sorted(how.lists))}.", KNOWN,
                )  # fmt: skip
            if count % STEP == 0:
                told(file.tell(), file.size)
            yield record
        told(file.size, file.size)

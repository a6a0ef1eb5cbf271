"""Documents kept as they came: type by content, SHA-256, size, the server's time, scan, legal hold."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import IO, Any
from uuid import uuid4

from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.db import transaction
from django.http import HttpRequest

from . import audit, filetypes, virus
from .errors import Invalid, invalid, refuse
from .models import Document, Scan, User

STORED = re.compile(r"\d{4}/\d{2}/[0-9a-f]{16}-[0-9a-f]{32}(_\w+)?")  # what `keep` names bytes
SETTLED = timedelta(days=1)  # by then whoever wrote bytes has committed their row or never will


class Limited(FileUploadHandler):
    """Stops keeping an upload once it passes the limit: the rest of the form still arrives."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.seen = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.seen += len(raw_data)
        if self.seen > settings.DOCUMENT_LIMIT:
            self.request.upload_too_large = True  # type: ignore[union-attr]
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


class Hashed(FileUploadHandler):
    """Takes the SHA-256 of an upload, up to `most` bytes, and keeps nothing of it: `request.upload_digest`."""

    def __init__(self, request: HttpRequest, most: int):
        super().__init__(request)
        self.most = most

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.digest, self.seen = hashlib.sha256(), 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.seen += len(raw_data)
        if self.seen > self.most:
            self.request.upload_too_large = True  # type: ignore[union-attr]
            raise SkipFile
        self.digest.update(raw_data)

    def file_complete(self, file_size: int) -> None:
        self.request.upload_digest = self.digest.hexdigest()  # type: ignore[union-attr]


def limited(request: HttpRequest) -> None:
    """Put the limit before the other handlers of a request; call it before anything reads its body."""
    request.upload_handlers.insert(0, Limited(request))


def too_large(request: HttpRequest) -> Invalid | None:
    """The refusal of a file that was dropped on its way for its size, if one was."""
    return _too_large() if getattr(request, "upload_too_large", False) else None


def _too_large() -> Invalid:
    return invalid(
        "file", f"The file is larger than {settings.DOCUMENT_LIMIT // 1048576} MB and was not kept.",
        "Split it, or lower the resolution of the scans. Everything else you typed is kept.",
    )  # fmt: skip


def keep(*, file: IO[bytes], name: str, by: User, at: datetime) -> Document:
    """Keep a file as it came, under its own SHA-256.

    Raises Invalid for an empty or overlarge file, a content that is none of the types taken, a name whose
    ending says another type, and a file in which the scanner found something; Refused when the scanner is
    set up and does not answer. Nothing is kept then. Event document.kept.
    """
    title = _name(name)
    digest, size = _measured(file)
    if size == 0:
        raise invalid("file", "The file is empty.", "Choose the file again.")
    if size > settings.DOCUMENT_LIMIT:
        raise _too_large()
    kind = filetypes.of(file)
    ending = PurePath(title).suffix.lower()
    if kind is None:
        raise invalid("file", f"The content of “{title}” is none of the types taken here.",
                      f"Upload {filetypes.WORDS}, without macros.")  # fmt: skip
    if ending not in kind.endings:
        raise invalid("file", f"“{title}” is {kind.words} inside, and its name says otherwise.",
                      f"Name it {' or '.join(kind.endings)}, if that is what it is.")  # fmt: skip
    scan = _scanned(file, title)
    with audit.action(by=by, at=at) as log:
        document = Document(
            name=title, media_type=kind.media_type, size=size, sha256=digest, scan=scan, uploaded_by=by,
            uploaded_at=at,
        )  # fmt: skip
        document.file.save(f"{at:%Y/%m}/{digest[:16]}-{uuid4().hex}", File(file), save=False)
        stored = document.file.name
        try:
            with transaction.atomic():
                document.save()
                log("document.kept", document, name=title, sha256=digest, size=size,
                    media_type=kind.media_type, scan=str(scan))  # fmt: skip
        except Exception:
            document.file.storage.delete(stored or "")
            raise
    return document


def unnamed(*, at: datetime) -> list[tuple[str, int]]:
    """Stored bytes that no document names, with their size: left behind where what came after `keep` was rolled
    back. Only what `keep` wrote, and only what lies there for more than a day before `at`."""
    storage = Document._meta.get_field("file").storage  # type: ignore[union-attr]
    named = set(Document.objects.values_list("file", flat=True))
    return [
        (name, storage.size(name))
        for name in _stored(storage, "")
        if name not in named and storage.get_modified_time(name) < at - SETTLED
    ]


def sweep(*, by: User, at: datetime) -> list[tuple[str, int]]:
    """Delete what `unnamed` finds; returns it. The names are logged first: no log, no deletion. Event
    document.swept."""
    found = unnamed(at=at)
    if found:
        with audit.action(by=by, at=at) as log:
            log("document.swept", by, names=[name for name, _ in found], bytes=sum(size for _, size in found))
        storage = Document._meta.get_field("file").storage  # type: ignore[union-attr]
        for name, _ in found:
            storage.delete(name)
    return found


def _stored(storage: Storage, folder: str) -> Iterator[str]:
    """Everything `keep` wrote into a storage, by name."""
    folders, files = storage.listdir(folder)
    paths = (f"{folder}/{each}".lstrip("/") for each in sorted(files))
    yield from (path for path in paths if STORED.fullmatch(path))
    for each in sorted(folders):
        yield from _stored(storage, f"{folder}/{each}".lstrip("/"))


def _name(name: str) -> str:
    """The last part of a path, without control and direction characters, at most 200 characters."""
    last = PurePath(name.replace("\\", "/")).name
    clean = "".join(each for each in last if unicodedata.category(each)[0] != "C").strip(" .")
    stem, suffix = PurePath(clean).stem, PurePath(clean).suffix[:10]
    return f"{stem[: 200 - len(suffix)]}{suffix}" or "document"


def _measured(file: IO[bytes]) -> tuple[str, int]:
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    size = file.seek(0, 2)
    file.seek(0)
    return digest, size


def _scanned(file: IO[bytes], title: str) -> Scan:
    if not settings.CLAMD:
        return Scan.OFF
    try:
        found = virus.found(file, address=settings.CLAMD)
    except virus.NoAnswer as error:
        raise refuse("scan_failed", f"{error} “{title}” was not kept.",
                     remedy="Try again in a minute; if it stays, tell the administrator.") from error  # fmt: skip
    if found:
        raise invalid("file", f"The scanner found {found} in “{title}”. It was not kept.",
                      "Have the computer it came from looked at.")  # fmt: skip
    return Scan.CLEAN


def hold(*, document: Document, reason: str, by: User, at: datetime) -> Document:
    """Put a document under legal hold: it stays until the hold is lifted. Event document.held."""
    why = reason.strip()
    if not why or len(why) > 300:
        raise invalid("reason", "A hold says why, in up to 300 characters.", "Name the matter.")
    with audit.action(by=by, at=at) as log:
        row = Document.objects.select_for_update(no_key=True).get(pk=document.pk)
        if row.held_at is not None:
            raise refuse("held", f"“{row.name}” is under legal hold already: {row.hold_reason}")
        row.held_at, row.held_by, row.hold_reason = at, by, why
        row.save(update_fields=["held_at", "held_by", "hold_reason"])
        log("document.held", row, name=row.name, reason=why)
    return row


def lift(*, document: Document, by: User, at: datetime) -> Document:
    """Lift a legal hold. Event document.lifted with the reason it had."""
    with audit.action(by=by, at=at) as log:
        row = Document.objects.select_for_update(no_key=True).get(pk=document.pk)
        if row.held_at is None:
            raise refuse("not_held", f"“{row.name}” is not under legal hold.")
        log("document.lifted", row, name=row.name, reason=row.hold_reason)
        row.held_at, row.held_by, row.hold_reason = None, None, ""
        row.save(update_fields=["held_at", "held_by", "hold_reason"])
    return row

"""Documents: what is taken by content, what is refused with nothing kept, the scanner, legal hold."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import struct
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.utils import timezone

from exportctl import audit, documents, filetypes
from exportctl.errors import Invalid, Refused
from exportctl.models import Document, Event

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\nA letter.\n%%EOF"


@pytest.fixture(autouse=True)
def storage(tmp_path: Path, documents_in) -> Path:
    """Documents of a test lie in its own folder."""
    folder = tmp_path / "documents"
    folder.mkdir()
    documents_in(folder)
    return folder


def kept(folder: Path) -> int:
    return sum(each.is_file() for each in folder.rglob("*"))


def office(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("[Content_Types].xml", *names):
            archive.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("letter.pdf", PDF, "application/pdf"),
        ("scan.PNG", b"\x89PNG\r\n\x1a\n0", "image/png"),
        ("scan.jpeg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("scan.tif", b"II*\x00", "image/tiff"),
        ("spec.docx", office("word/document.xml"), filetypes.TYPES[4].media_type),
        ("parts.xlsx", office("xl/workbook.xml"), filetypes.TYPES[5].media_type),
        ("notes.txt", "Größe 8 cm".encode(), "text/plain"),
    ],
)
def test_keep_takes_what_the_content_shows(filer, now, storage, name, content, media_type) -> None:
    one = documents.keep(file=io.BytesIO(content), name=name, by=filer, at=now)
    assert (one.media_type, one.size, one.scan) == (media_type, len(content), "off")
    assert one.sha256 == hashlib.sha256(content).hexdigest()
    with one.file.open("rb") as file:
        assert file.read() == content
    assert Event.objects.latest("seq").data["data"]["sha256"] == one.sha256


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("letter.pdf", b"MZ\x90\x00 a program", "none of the types"),
        ("letter.pdf", b"\x7fELF", "none of the types"),
        ("letter.pdf", b"just text", "its name says otherwise"),
        ("letter.exe", PDF, "its name says otherwise"),
        ("page.txt", b"<html><script>alert(1)</script>", "none of the types"),
        ("page.txt", b"  <!DOCTYPE html>", "none of the types"),
        ("pic.png", b"<svg onload=alert(1)>", "none of the types"),
        ("notes.txt", b"a\x00b", "none of the types"),
        ("notes.txt", b"caf\xe9", "none of the types"),
        ("macro.xlsx", office("xl/workbook.xml", "xl/vbaProject.bin"), "none of the types"),
        ("bomb.xlsx", b"PK\x03\x04broken", "none of the types"),
        ("empty.pdf", b"", "empty"),
    ],
)
def test_keep_refuses_the_rest_and_keeps_nothing(filer, now, storage, name, content, words) -> None:
    with pytest.raises(Invalid, match=words):
        documents.keep(file=io.BytesIO(content), name=name, by=filer, at=now)
    assert (kept(storage), Document.objects.count()) == (0, 0)


def test_keep_refuses_more_than_the_limit(filer, now, storage, settings) -> None:
    settings.DOCUMENT_LIMIT = 1024
    with pytest.raises(Invalid, match="larger than"):
        documents.keep(file=io.BytesIO(PDF + b"0" * 1024), name="a.pdf", by=filer, at=now)
    assert kept(storage) == 0


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\x\\letter.pdf", "letter.pdf"),
        ("a\u202efdp.exe.pdf", "afdp.exe.pdf"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("line\nbreak.pdf", "linebreak.pdf"),
    ],
)
def test_keep_believes_no_path_and_no_hidden_character(filer, now, given, name) -> None:
    one = documents.keep(file=io.BytesIO(PDF), name=given, by=filer, at=now)
    assert one.name == name
    assert name[:8] not in str(one.file.name)


def test_keep_leaves_no_file_when_the_log_cannot_be_written(filer, now, storage, monkeypatch) -> None:
    def broken(self, *args, **kwargs):
        raise RuntimeError("no log")

    monkeypatch.setattr("exportctl.audit.Log.__call__", broken)
    with pytest.raises(RuntimeError):
        documents.keep(file=io.BytesIO(PDF), name="a.pdf", by=filer, at=now)
    assert (kept(storage), Document.objects.count()) == (0, 0)


@pytest.fixture
def clamd(settings) -> Iterator[list[bytes]]:
    """A scanner on loopback that speaks INSTREAM and finds the word EICAR."""
    server = socket.create_server(("127.0.0.1", 0))
    settings.CLAMD = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    looked: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            with line, line.makefile("rb") as read:
                assert read.read(10) == b"zINSTREAM\0"
                content = b""
                while size := struct.unpack("!L", read.read(4))[0]:
                    content += read.read(size)
                looked.append(content)
                found = b"Eicar-Test FOUND" if b"EICAR" in content else b"OK"
                line.sendall(b"stream: " + found + b"\0")

    threading.Thread(target=serve, daemon=True).start()
    yield looked
    server.close()


def test_keep_has_each_file_scanned(filer, now, storage, clamd) -> None:
    big = PDF + b"0" * 200_000
    one = documents.keep(file=io.BytesIO(big), name="a.pdf", by=filer, at=now)
    assert (one.scan, clamd) == ("clean", [big])
    with pytest.raises(Invalid, match="Eicar-Test"):
        documents.keep(file=io.BytesIO(PDF + b"EICAR"), name="b.pdf", by=filer, at=now)
    assert kept(storage) == 1


def test_keep_refuses_when_the_scanner_does_not_answer(filer, now, storage, settings, tmp_path) -> None:
    settings.CLAMD = f"unix://{tmp_path}/nobody"
    with pytest.raises(Refused) as refused:
        documents.keep(file=io.BytesIO(PDF), name="a.pdf", by=filer, at=now)
    assert [each.code for each in refused.value.blockers] == ["scan_failed"]
    assert kept(storage) == 0


def test_hold_and_lift(filer, approver, now) -> None:
    one = documents.keep(file=io.BytesIO(PDF), name="a.pdf", by=filer, at=now)
    with pytest.raises(Invalid):
        documents.hold(document=one, reason=" ", by=approver, at=now)
    held = documents.hold(document=one, reason="Matter 12", by=approver, at=now)
    assert (held.hold_reason, held.held_by) == ("Matter 12", approver)
    with pytest.raises(Refused):
        documents.hold(document=one, reason="Again", by=approver, at=now)
    assert documents.lift(document=one, by=approver, at=now).held_at is None
    assert [e.verb for e in Event.objects.order_by("-seq")[:2]] == ["document.lifted", "document.held"]


# Bytes that nothing names


@pytest.fixture
def left_behind(filer, now, storage) -> Path:
    """The bytes of an upload whose action was rolled back, two days ago, beside a document that is named."""
    documents.keep(file=io.BytesIO(PDF), name="kept.pdf", by=filer, at=now)
    stands = set(storage.rglob("*"))
    with pytest.raises(RuntimeError), audit.action(by=filer, at=now):
        documents.keep(file=io.BytesIO(PDF), name="lost.pdf", by=filer, at=now)
        raise RuntimeError("what came after it failed")
    (lost,) = set(storage.rglob("*")) - stands
    aged(storage, days=2)
    return lost


def aged(folder: Path, *, days: float) -> None:
    then = time.time() - days * 86400
    for each in folder.rglob("*"):
        if each.is_file():
            os.utime(each, (then, then))


def test_bytes_that_nothing_names_are_listed_and_deleted_when_told(left_behind, storage) -> None:
    said = io.StringIO()
    call_command("sweep_documents", stdout=said)
    name = left_behind.relative_to(storage).as_posix()
    assert said.getvalue() == (
        f"{name} {len(PDF)} bytes\n1 unnamed ({len(PDF)} bytes) found; --delete deletes them.\n"
    )
    assert kept(storage) == 2
    call_command("sweep_documents", "--delete", stdout=said)
    assert (kept(storage), left_behind.exists()) == (1, False)
    event = Event.objects.latest("seq")
    assert (event.verb, event.data["data"]) == ("document.swept", {"names": [name], "bytes": len(PDF)})
    with Document.objects.get().file.open("rb") as stands:
        assert stands.read() == PDF
    again = io.StringIO()
    call_command("sweep_documents", "--delete", stdout=again)
    assert again.getvalue() == "Every stored file is named.\n"
    assert Event.objects.filter(verb="document.swept").count() == 1


def test_young_bytes_and_other_files_are_left_alone(left_behind, storage, filer) -> None:
    (storage / "README").write_text("Not ours.")
    aged(storage, days=2)
    at = timezone.now()
    assert len(documents.unnamed(at=at)) == 1
    aged(storage, days=0.9)
    assert documents.sweep(by=filer, at=at) == []
    assert kept(storage) == 3


def test_nothing_is_deleted_that_could_not_be_logged(left_behind, storage, filer, broken_log) -> None:
    with broken_log(), pytest.raises(DatabaseError):
        documents.sweep(by=filer, at=timezone.now())
    assert left_behind.exists()

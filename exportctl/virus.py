"""The virus scanner: clamd's INSTREAM over its socket, where one is set up (CLAMD)."""

from __future__ import annotations

import socket
import struct
from typing import IO
from urllib.parse import urlsplit

PIECE = 64 * 1024
PATIENCE = 60  # seconds


class NoAnswer(Exception):
    """The scanner could not look at the file: that is never a clearance."""


def found(file: IO[bytes], *, address: str) -> str:
    """The name of what the scanner found in the file, "" for nothing. Leaves the file at its beginning.

    `address` is unix:///path or tcp://host:port. Raises NoAnswer when it cannot be reached or does not
    understand.
    """
    file.seek(0)
    try:
        with _connect(address) as line:
            line.sendall(b"zINSTREAM\0")
            while piece := file.read(PIECE):
                line.sendall(struct.pack("!L", len(piece)) + piece)
            line.sendall(struct.pack("!L", 0))
            answer = _read(line)
    except OSError as error:
        raise NoAnswer(f"The virus scanner does not answer ({error.strerror or error}).") from error
    finally:
        file.seek(0)
    said = answer.removeprefix("stream: ")
    if said == "OK":
        return ""
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND")
    raise NoAnswer(f"The virus scanner could not look at the file ({said[:80] or 'no answer'}).")


def _connect(address: str) -> socket.socket:
    parts = urlsplit(address)
    if parts.scheme == "unix":
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(PATIENCE)
        try:
            line.connect(parts.path)
        except OSError:
            line.close()
            raise
        return line
    return socket.create_connection((parts.hostname or "", parts.port or 3310), timeout=PATIENCE)


def _read(line: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and (piece := line.recv(4096)):
        answer += piece
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")

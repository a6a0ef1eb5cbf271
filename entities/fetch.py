"""Getting list files: conditional requests, checked length and tail, mirrors, retries. No database.

Through `urllib`, so that HTTP_PROXY, HTTPS_PROXY and NO_PROXY of the environment hold.
"""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

AGENT = "exportctl"
BLOCK = 1 << 18
MOST_BYTES = 512 * 1024 * 1024
TAIL = 64


class NotFetched(Exception):
    """No address gave a whole file; the text says for each why."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address gave: a whole file at `path`, or None where it has nothing new (304)."""

    url: str
    path: Path | None
    etag: str = ""
    last_modified: str = ""


def fetch(
    urls: Sequence[str], *, to: Path, known: Mapping[str, Mapping[str, str]], tries: int = 3,
    timeout: float = 60, wait: Callable[[float], None] = time.sleep,
) -> Fetched:  # fmt: skip
    """The file of the first address that gives it whole, written to `to`.

    `known` holds by address the ETag and Last-Modified of the last good file and makes the request
    conditional. Each address is tried `tries` times with waits of 1, 2, 4 ... seconds; what will not change
    (404, 403) is tried once. Refuses other schemes than http and https. Raises NotFetched.
    """
    said = []
    for url in urls:
        if not url.startswith(("http://", "https://")):
            said.append(f"{url}: only http and https are fetched")
            continue
        for attempt in range(tries):
            if attempt:
                wait(2.0 ** (attempt - 1))
            try:
                return _once(url, to, known.get(url, {}), timeout)
            except urllib.error.HTTPError as error:
                said.append(f"{url}: answered {error.code}")
                error.close()
                if error.code < 500 and error.code not in (408, 429):
                    break
            except (OSError, ValueError, http.client.HTTPException, _Cut) as error:
                said.append(f"{url}: {error or type(error).__name__}")
    raise NotFetched("; ".join(said) or "no address is configured")


class _Cut(Exception):
    """The body is not what its headers promised, or does not end as such a file ends."""


def _once(url: str, to: Path, known: Mapping[str, str], timeout: float) -> Fetched:
    headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
    if known.get("etag"):
        headers["If-None-Match"] = known["etag"]
    if known.get("last_modified"):
        headers["If-Modified-Since"] = known["last_modified"]
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.build_opener().open(request, timeout=timeout) as answer:
            size = _copied(answer, to)
            declared = answer.headers.get("Content-Length")
            if declared is not None and int(declared) != size:
                raise _Cut(f"{size} of {declared} bytes came")
            _ends_well(to, size)
            return Fetched(url, to, answer.headers.get("ETag", ""), answer.headers.get("Last-Modified", ""))
    except urllib.error.HTTPError as error:
        if error.code != 304:
            raise
        error.close()
        return Fetched(url, None, known.get("etag", ""), known.get("last_modified", ""))


def _copied(answer: Any, to: Path) -> int:
    size = 0
    with to.open("wb") as target:
        while block := answer.read(BLOCK):
            size += len(block)
            if size > MOST_BYTES:
                raise _Cut(f"more than {MOST_BYTES >> 20} MB came")
            target.write(block)
    return size


def _ends_well(path: Path, size: int) -> None:
    """A JSON or XML body ends with its closing sign, any other text with a line end; gzip tells itself."""
    if not size:
        raise _Cut("the body is empty")
    with path.open("rb") as stream:
        head = stream.read(TAIL).removeprefix(b"\xef\xbb\xbf").lstrip()
        stream.seek(max(0, size - TAIL))
        tail = stream.read()
    if head.startswith(b"\x1f\x8b") or head.startswith(b"PK"):
        return
    ends = {b"{": b"}", b"[": b"]", b"<": b">"}.get(head[:1])
    last = tail.rstrip(b" \t\r\n\x1a\x00")[-1:]
    if ends and last != ends:
        raise _Cut("the file does not end with its closing sign")
    if not ends and not tail.endswith((b"\n", b"\r", b"\x1a", b'"')):
        raise _Cut("the last line is not ended")
    if head[:14].lower().startswith((b"<!doctype html", b"<html")):
        raise _Cut("a web page came in place of the list")

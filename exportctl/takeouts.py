"""What leaves the product as a file: who took it out is on record before the first byte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from . import audit, exports, roles
from .errors import invalid
from .exports import Column
from .models import User


def take(
    *, name: str, title: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], format: str,
    filters: Mapping[str, Any], by: User, at: datetime, subtitle: str = "",
) -> Iterator[bytes]:  # fmt: skip
    """Stream rows as csv, xlsx, json or pdf.

    Who took what out is logged before the first byte (no log, no export; report.exported) and again with row
    count and SHA-256 when the stream ended (report.finished); a cut stream has no second event. Refuses an
    unknown format and who lacks report.export.
    """
    roles.require(by, "report.export")
    if format not in exports.FORMATS:
        raise invalid(
            "format", f"There is no format '{format}'.", remedy=f"Formats: {', '.join(exports.FORMATS)}."
        )
    with audit.action(by=by, at=at) as log:
        log("report.exported", by, report=name, format=format, filters=dict(filters))
    tally = exports.Tally()
    chunks = exports.render(
        columns=columns, rows=tally.count(rows), format=format, title=title, subtitle=subtitle
    )
    return tally.watch(chunks, done=partial(_finished, name=name, format=format, by=by, at=at))


def _finished(tally: exports.Tally, *, name: str, format: str, by: User, at: datetime) -> None:
    if not tally.complete:
        return
    with audit.action(by=by, at=at) as log:
        log("report.finished", by, report=name, format=format, rows=tally.rows, sha256=tally.sha256)

"""The verbs on restricted-party lists: import, hold, release, publish; and which lists screening rests on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db.models import Max

from exportctl import audit, roles, transitions
from exportctl.errors import Invalid, Refused, invalid, refuse
from exportctl.models import User
from exportctl.transitions import NextAction

from . import archive, gate, hits, staging
from .archive import Progress
from .formats import FORMATS, SOURCES, Format, ensure_sources, packed
from .held import HELD, facts_of
from .matching.score import ENGINE
from .models import Listing, ListSource, ListVersion, VersionState
from .sources.record import PRESENT, BadSource
from .versions import (
    as_of,
    blocking,
    compare,
    contents_of_parties,
    contents_on,
    current_world,
    difference,
    linked,
    stale,
    standing,
    versions_in_force,
    world_of,
)

__all__ = [
    "ENGINE", "FORMATS", "SOURCES", "Format", "as_of", "blocking", "compare", "contents_of_parties",
    "contents_on", "current_world",
    "difference", "ensure_sources", "linked", "may_import", "next_actions", "publish_rows", "receive", "refused",
    "reject", "release", "stage", "stale", "standing", "unchanged", "versions_in_force", "world_of",
]  # fmt: skip


def receive(
    *, source: ListSource, path: str | Path, by: User, at: datetime, effective_on: date, file_name: str = ""
) -> str:
    """Keep a file for a worker, which then imports it as `stage` does and shows how far it is.

    Returns the SHA-256 of what was kept (list.received). Refuses a file that cannot be opened and a day
    before the version in force (Invalid); everything else is found when it is read. Needs list.import.
    """
    may_import(by)
    _format(source)
    _not_older(source, effective_on)
    name = file_name or Path(path).name
    try:
        with packed(Path(path), source.code) as file:
            kept, digest = archive.keep(file, source=source.code)
    except BadSource as bad:
        raise _bad(source, name, bad, by=by, at=at) from bad
    with audit.action(by=by, at=at) as log:
        log("list.received", source, file=name, content_hash=digest, effective_on=effective_on,
            size=kept.stat().st_size)  # fmt: skip
    return digest


def stage(
    *, source: ListSource, path: str | Path, by: User, at: datetime, effective_on: date, file_name: str = "",
    progress: Progress | None = None,
) -> ListVersion:  # fmt: skip
    """Import a file: read it whole, compare it with what is in force, check it, and publish it when good.

    Returns the version: published; held, when a check of the gate failed and two people must release it;
    or the version already in force, when the file says nothing new (only list.unchanged is written).
    Refuses a file that is broken, cut, of an unknown form or lacks a known list (Invalid, with file, line,
    column and remedy; only list.refused is written). `progress` hears how far reading is. Needs list.import.
    """
    may_import(by)
    how = _format(source)
    name, digest = file_name or Path(path).name, ""
    try:
        with packed(Path(path), source.code) as file:
            kept, digest = archive.keep(file, source=source.code)
        with audit.action(by=by, at=at) as log:
            locked = _locked(source)
            held = locked.versions.filter(state=VersionState.HELD, content_hash=digest).first()
            if held is not None:
                return held
            if locked.current is not None and locked.current.content_hash == digest:
                return _unchanged(locked, name, digest, at=at, log=log)
            _not_older(locked, effective_on)
            faults = gate.Faults()
            counts, rows = _staged(how, kept, locked, progress, faults)
            version = _version(
                locked,
                counts,
                rows,
                name=name,
                digest=digest,
                parser=how.parser,
                on=effective_on,
                by=by,
                at=at,
            )
            checks = gate.verdict(counts, how.gate, faults, read=version.rows_read)
            return _decide(locked, version, counts, checks, log=log)
    except BadSource as bad:
        raise _bad(source, name, bad, digest=digest, by=by, at=at) from bad
    except Invalid as late:  # a newer file came in between
        why = BadSource(0, "effective_on", str(late), late.blockers[0].remedy)
        refused(source=source, file=name, why=why, digest=digest, by=by, at=at)
        raise


def refused(
    *, source: ListSource, file: str, why: BadSource, by: User, at: datetime, digest: str = ""
) -> None:
    """Note that a file was refused and why (list.refused); nothing of it was stored."""
    with audit.action(by=by, at=at) as log:
        _tried(source, "refused", at=at, text=str(why))
        log("list.refused", source, file=file, line=why.line, column=why.field, reason=why.reason,
            remedy=why.remedy, check=why.check, content_hash=digest)  # fmt: skip


def publish_rows(
    *, source: ListSource, rows: Iterable[staging.Row], name: str, digest: str, parser: str,
    effective_on: date, by: User, at: datetime, partial: bool = False, ends: Sequence[str] = (),
    permission: str = "list.import",
) -> ListVersion:  # fmt: skip
    """Publish rows of the product's own (its seed, the house list) as a version, without the gate.

    What the rows lack ends at once; of a `partial` set of rows only the keys in `ends` do. Rows that say
    nothing new return the version in force and write list.unchanged. Needs `permission`.
    """
    may_import(by, permission)
    with audit.action(by=by, at=at) as log:
        locked = _locked(source)
        if locked.current is not None and locked.current.content_hash == digest:
            return locked.current
        counts = staging.load(rows, source=locked.code, partial=partial, ends=ends)
        version = _version(
            locked, counts, {}, name=name, digest=digest, parser=parser, on=effective_on, by=by, at=at
        )
        return _decide(
            locked,
            version,
            counts,
            [gate.check("own rows", True, "yes", "yes")],
            log=log,
            at_once=True,
        )


def unchanged(*, source: ListSource, by: User, at: datetime, permission: str = "list.import") -> ListVersion:
    """Note that there is nothing newer than the version in force. Needs `permission`."""
    may_import(by, permission)
    with audit.action(by=by, at=at) as log:
        locked = _locked(source)
        digest = locked.current.content_hash if locked.current else ""
        return _unchanged(locked, "", digest, at=at, log=log)


def release(*, version: ListVersion, reason: str, by: User, at: datetime) -> ListVersion:
    """Put a held version in force: the kept file is read and compared again, then published.

    Refuses the person who imported it, a version overtaken by a newer one, an empty reason and a kept
    file that is gone; needs list.release and a person.
    """
    roles.require(by, "list.release", person=True)
    with audit.action(by=by, at=at) as log:
        source = _locked(version.source)
        held = ListVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
        _demand("release", held, source, by, reason)
        kept = archive.path_of(source.code, held.content_hash)
        if not kept.exists():
            raise refuse(
                "file_gone", "The kept file is gone.", remedy="Reject this version and import the file again."
            )
        counts, held.source_rows = _staged(FORMATS[source.code], kept, source)
        held.released_by, held.released_at, held.release_reason = by, at, reason.strip()
        _publish(source, held, counts, log=log)
    return held


def reject(*, version: ListVersion, reason: str, by: User, at: datetime) -> ListVersion:
    """Refuse a held version for good; the one in force stays. Needs list.release, a person and a reason."""
    roles.require(by, "list.release", person=True)
    with audit.action(by=by, at=at) as log:
        source = _locked(version.source)
        held = ListVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
        _demand("reject", held, source, by, reason)
        held.state, held.release_reason = VersionState.REFUSED, reason.strip()
        held.save(update_fields=["state", "release_reason"])
        log("list.rejected", held, source=source.code, number=held.number, reason=held.release_reason)
    return held


def next_actions(version: ListVersion, by: User) -> list[NextAction]:
    """What `by` may do with a version now, and what blocks it."""
    return transitions.next_actions(HELD, facts_of(version, version.source, by))


def may_import(by: User, permission: str = "list.import") -> None:
    """Persons and services need list.import; the product's own jobs (set-up, syncing) may always."""
    if by.kind != User.Kind.JOB:
        roles.require(by, permission)


def _locked(source: ListSource) -> ListSource:
    return (
        ListSource.objects.select_for_update(no_key=True, of=("self",))
        .select_related("current")
        .get(pk=source.pk)
    )


def _format(source: ListSource) -> Format:
    how = FORMATS.get(source.code)
    if how is None:
        raise invalid(
            "source", f"{source.name} is not imported from files.", f"Use one of: {', '.join(FORMATS)}."
        )
    return how


def _staged(
    how: Format, kept: Path, source: ListSource, progress: Progress | None = None,
    faults: gate.Faults | None = None,
) -> tuple[list[staging.Count], dict[str, dict[str, int]]]:  # fmt: skip
    """The kept file staged and compared: by list, and the rows of the source by part.

    Refuses an unknown list, a file that lacks a known list, and too many rows that cannot be read.
    """
    faults = gate.Faults() if faults is None else faults
    records = archive.read(kept, how, progress=progress, spare=faults)
    counts = staging.load(staging.rows_of(records), source=source.code)
    rows = staging.source_rows()
    faults.refuse(sum(part["rows"] for part in rows.values()), how.gate)
    _whole(counts)
    return counts, rows


def _unchanged(source: ListSource, name: str, digest: str, *, at: datetime, log: audit.Log) -> ListVersion:
    if source.current is None:
        raise BadSource(0, "", "the file holds no rows.")
    source.checked_at = at
    source.save(update_fields=["checked_at"])
    _tried(source, "unchanged", at=at)
    log("list.unchanged", source, version=source.current.number, file=name, content_hash=digest)
    return source.current


def _not_older(source: ListSource, effective_on: date) -> None:
    if source.current is not None and effective_on < source.current.effective_on:
        raise invalid(
            "effective_on",
            f"Version {source.current.number} of {source.current.effective_on} is in force already.",
            "Give the day this file was current, not earlier than that.",
        )  # fmt: skip


def _whole(counts: Iterable[staging.Count]) -> None:
    """Refuse a file without rows, and one that lacks a list which the version in force has."""
    counts = list(counts)
    if not any(one.now for one in counts):
        raise BadSource(0, "", "the file holds no rows.", check=PRESENT)
    if gone := [one.list for one in counts if one.before and not one.now]:
        raise BadSource(
            0, "source", f"a known list is missing: {', '.join(gone)}.",
            "Download the file again; a list ends by its authority's notice, never by silence.", PRESENT,
        )  # fmt: skip


def _version(
    source: ListSource, counts: list[staging.Count], rows: dict[str, dict[str, int]], *,
    name: str, digest: str, parser: str, on: date,
    by: User,
    at: datetime,
) -> ListVersion:  # fmt: skip
    """The version as it would be, not yet saved."""
    last = source.versions.aggregate(last=Max("number"))["last"] or 0
    version = ListVersion(
        source=source, number=last + 1, effective_on=on, fetched_at=at, content_hash=digest,
        file_name=name[:255],
        parser=parser, imported_by=by, imported_at=at, source_rows=rows,
    )  # fmt: skip
    _count(version, counts)
    return version


def _count(version: ListVersion, counts: Iterable[staging.Count]) -> None:
    counts = list(counts)
    version.rows, version.added = sum(c.now for c in counts), sum(c.added for c in counts)
    version.removed, version.changed = sum(c.removed for c in counts), sum(c.changed for c in counts)
    version.ended = sum(c.ended for c in counts)


def _decide(
    source: ListSource, version: ListVersion, counts: list[staging.Count], checks: list[dict[str, Any]], *,
    log: audit.Log, at_once: bool = False,
) -> ListVersion:  # fmt: skip
    moved = version.added + version.removed + version.changed + version.ended
    passed = all(check["passed"] for check in checks)
    if source.current is not None and not moved and passed:
        return _unchanged(source, version.file_name, version.content_hash, at=log.at, log=log)
    version.verdict = checks
    if passed:
        return _publish(source, version, counts, log=log, at_once=at_once)
    version.state = VersionState.HELD
    version.save()
    staging.note_changes(version)
    _tried(source, "held", at=log.at)
    log("list.held", version, source=source.code, number=version.number, file=version.file_name,
        content_hash=version.content_hash,
        failed=[check for check in checks if not check["passed"]])  # fmt: skip
    return version


def _publish(
    source: ListSource, version: ListVersion, counts: list[staging.Count], *, log: audit.Log,
    at_once: bool = False,
) -> ListVersion:  # fmt: skip
    """Put the staged rows in force; the commit shows readers the whole version at once."""
    _count(version, counts)
    version.state = VersionState.PUBLISHED
    version.save()
    if source.current is not None:
        staging.note_changes(version)
    gone = staging.apply(version, at_once=at_once)
    if at_once:
        open_now = Listing.objects.filter(listed_party__source=source, removed_in=None)
        version.rows, version.ended = open_now.count(), len(gone)
        version.save(update_fields=["rows", "ended"])
    source.current = version
    source.checked_at = max(version.fetched_at, source.checked_at or version.fetched_at)
    source.save(update_fields=["current", "checked_at"])
    _tried(source, "published", at=log.at)
    for older in source.versions.filter(state=VersionState.HELD, number__lt=version.number):
        older.state, older.release_reason = VersionState.REFUSED, f"Overtaken by version {version.number}."
        older.save(update_fields=["state", "release_reason"])
        log("list.rejected", older, source=source.code, number=older.number, reason=older.release_reason)
    log("list.published", version, source=source.code, number=version.number,
        effective_on=version.effective_on,
        rows=version.rows, added=version.added, removed=version.removed, changed=version.changed,
        ended=version.ended, file=version.file_name, content_hash=version.content_hash,
        release_reason=version.release_reason)  # fmt: skip
    if gone:
        why = f"the entry left {source.name} (version {version.number}): a removal clears nobody"
        hits.reopen_ended(gone, why=why, log=log)
    return version


def _tried(source: ListSource, result: str, *, at: datetime, text: str = "") -> None:
    source.tried_at, source.result, source.result_text = at, result, text
    source.save(update_fields=["tried_at", "result", "result_text"])


def _bad(
    source: ListSource, name: str, bad: BadSource, *, by: User, at: datetime, digest: str = ""
) -> Invalid:
    """Note a file that cannot be read; the refusal to raise."""
    refused(source=source, file=name, why=bad, digest=digest, by=by, at=at)
    where = [
        name,
        *([f"line {bad.line}"] if bad.line else []),
        *([f"column {bad.field}"] if bad.field else []),
    ]
    return invalid("file", f"{', '.join(where)}: {bad.reason}", bad.remedy)


def _demand(action: str, version: ListVersion, source: ListSource, by: User, reason: str) -> None:
    transition = transitions.find(HELD, action, version.state)
    assert transition is not None
    found = list(transitions.blockers(transition, facts_of(version, source, by)))
    if not reason.strip():
        found.append(invalid("reason", "The reason is missing.", "Say in a sentence why.").blockers[0])
    if found:
        raise Refused(found)

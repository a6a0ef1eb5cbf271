"""Bring every configured source up to date: from its addresses, or from a folder where there is no network."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import sleep

from django.conf import settings

from exportctl import audit
from exportctl.errors import Refused, refuse
from exportctl.models import User

from . import lists
from .fetch import Fetched, NotFetched, fetch
from .models import ListSource, VersionState


@dataclass(frozen=True, slots=True)
class Synced:
    """What became of a source: published, held, unchanged, refused or unreachable, and why."""

    source: str
    result: str
    version: int | None
    text: str = ""


def sync(
    *, by: User, at: datetime, folder: Path | None = None, wait: Callable[[float], None] = sleep
) -> list[Synced]:
    """Fetch and import each source of LIST_MIRRORS; with `folder` the files named after a source there.

    A file is named SOURCE.csv, SOURCE.json, SOURCE.xml, SOURCE.txt, one of these gzipped, or is a folder
    SOURCE. One source that fails stops no other. Needs list.import.
    """
    lists.may_import(by)
    lists.ensure_sources()
    if folder is not None:
        return [_from_folder(code, path, by=by, at=at) for code, path in _files(folder)]
    mirrors: dict[str, list[str]] = dict(settings.LIST_MIRRORS)
    return [
        _from_mirrors(code, urls, by=by, at=at, wait=wait)
        for code, urls in sorted(mirrors.items())
        if code in lists.FORMATS
    ]


def _files(folder: Path) -> list[tuple[str, Path]]:
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    named = [(path.name.split(".")[0], path) for path in found]
    if not [code for code, _ in named if code in lists.FORMATS]:
        raise refuse("no_files", f"{folder} holds no list file.",
                     remedy=f"Name files after their source: {', '.join(lists.FORMATS)}.")  # fmt: skip
    return [(code, path) for code, path in named if code in lists.FORMATS]


def _from_folder(code: str, path: Path, *, by: User, at: datetime) -> Synced:
    source = ListSource.objects.get(pk=code)
    return _staged(source, path, path.name, by=by, at=at)


def _from_mirrors(
    code: str, urls: list[str], *, by: User, at: datetime, wait: Callable[[float], None]
) -> Synced:
    source = ListSource.objects.select_related("current").get(pk=code)
    with tempfile.TemporaryDirectory(prefix="exportctl-sync-") as folder:
        # without a version in force everything is new, whatever an earlier file said
        known = source.fetched if source.current_id else {}
        try:
            got = fetch(urls, to=Path(folder) / "file", known=known, wait=wait)
        except NotFetched as error:
            _note(source, "unreached", str(error), by=by, at=at)
            return Synced(code, "unreached", _number(source), str(error))
        if got.path is None:
            lists.unchanged(source=source, by=by, at=at)
            return Synced(code, "unchanged", _number(source))
        done = _staged(source, got.path, got.url.rsplit("/", 1)[-1] or code, by=by, at=at)
    if done.result in ("published", "unchanged"):
        _remember(source, got)
    return done


def _staged(source: ListSource, path: Path, name: str, *, by: User, at: datetime) -> Synced:
    before = source.current_id
    try:
        version = lists.stage(source=source, path=path, by=by, at=at, effective_on=at.date(), file_name=name)
    except Refused as refused:
        return Synced(source.pk, "refused", _number(source), str(refused))
    if version.state == VersionState.HELD:
        return Synced(source.pk, "held", version.number)
    return Synced(source.pk, "unchanged" if version.pk == before else "published", version.number)


def _number(source: ListSource) -> int | None:
    return source.current.number if source.current else None


def _remember(source: ListSource, got: Fetched) -> None:
    """Only a good file makes the next request conditional; a held or broken one is fetched again."""
    ListSource.objects.filter(pk=source.pk).update(
        fetched={got.url: {"etag": got.etag, "last_modified": got.last_modified}}
    )


def _note(source: ListSource, result: str, text: str, *, by: User, at: datetime) -> None:
    with audit.action(by=by, at=at) as log:
        ListSource.objects.filter(pk=source.pk).update(tried_at=at, result=result, result_text=text[:2000])
        log("list.unreached", source, reason=text[:2000])

"""What the lists said: versions in force, differences between any two, and entries as of any day. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Max, Q, Subquery
from django.db.models.functions import Coalesce

from exportctl.errors import invalid

from . import masking
from .matching.score import ENGINE
from .models import (
    ChangeKind,
    ListChange,
    ListedParty,
    Listing,
    ListSource,
    ListVersion,
    VersionState,
    WhenStale,
    WordProfile,
)

PRIVATE = ("identifiers", "birth_dates", "remarks")
PARTY_FIELDS = (
    "name", "kind", "names", "countries", "addresses", "identifiers", "birth_dates", "remarks",
)  # fmt: skip
LISTING_FIELDS = (
    "effective_on", "published_on", "requirement_code", "requirement_text", "policy_code", "policy_text",
    "footnotes", "citations", "effect", "scope", "items",
)  # fmt: skip
HIDDEN = "Confidential entry"


@dataclass(frozen=True, slots=True)
class Said:
    """An entry in effect on a day, with its content as the version in force on that day told it."""

    listing: Listing
    content: dict[str, Any]


@dataclass(slots=True)
class _Fold:
    """The changes of one key between two versions, in order: first and last kind, fields merged."""

    first: str
    last: str
    code: str
    name: str
    fields: dict[str, list[Any]] = field(default_factory=dict)

    def take(self, change: ListChange) -> None:
        self.last, self.name = change.kind, change.name
        for one in change.fields:
            pair = self.fields.setdefault(one["field"], [one["before"], None])
            pair[1] = one["after"]


def current_world() -> str:
    """Engine and list versions that a screening now rests on: "engine 2.0.0+3; csl 4; seed 7".

    What follows the plus is the number of the word count in use (`weighing`).
    """
    return world_of(versions_in_force())


def world_of(versions: Iterable[ListVersion]) -> str:
    """The same for versions from `versions_in_force`."""
    versions = list(versions)
    words = max((v.words for v in versions), default=0)  # type: ignore[attr-defined]
    return "; ".join([f"engine {ENGINE}+{words}", *(f"{v.source_id} {v.number}" for v in versions)])


def versions_in_force() -> list[ListVersion]:
    """The current version of every source, by source code, each with the number of the word count in use; one
    query."""
    current = ListSource.objects.exclude(current=None).values("current")
    newest = WordProfile.objects.order_by("-number").values("number")[:1]
    return list(
        ListVersion.objects.filter(pk__in=current)
        .annotate(words=Coalesce(Subquery(newest), 0))
        .order_by("source_id")
    )


def stale(*, on: date, sources: Iterable[ListSource] | None = None) -> list[ListSource]:
    """Sources past their largest age on that day; one that never delivered counts only where it blocks.

    Asks the database unless the `sources` are given.
    """
    known = ListSource.objects.select_related("current").order_by("code") if sources is None else sources
    return [s for s in known if s.is_stale(on=on) and (s.current_id or s.when_stale == WhenStale.BLOCK)]


def blocking(*, on: date) -> list[ListSource]:
    """Stale sources without which nothing may be decided."""
    return [source for source in stale(on=on) if source.when_stale == WhenStale.BLOCK]


def standing(*, on: date) -> tuple[str, list[ListSource]]:
    """`current_world` and the `blocking` sources of a day, in one query."""
    newest = WordProfile.objects.order_by("-number").values("number")[:1]
    sources = list(
        ListSource.objects.select_related("current")
        .annotate(words=Coalesce(Subquery(newest), 0))
        .order_by("code")
    )
    versions = []
    for source in sources:
        if source.current is not None:
            source.current.words = source.words  # type: ignore[attr-defined]
            versions.append(source.current)
    late = stale(on=on, sources=sources)
    return world_of(versions), [source for source in late if source.when_stale == WhenStale.BLOCK]


def difference(
    version: ListVersion, *, limit: int = 500, kind: str = "", confidential: bool = False
) -> list[ListChange]:
    """What a version changed, at most `limit` lines by kind and name; of a first version every entry.

    With `kind` only what was added, removed or changed. Without `confidential` the text of confidential
    entries is left out.
    """
    changes = version.changes.filter(kind=kind) if kind else version.changes.all()
    stored = list(changes.order_by("kind", "name", "pk")[:limit])
    if not stored and kind in ("", ChangeKind.ADDED):
        added = version.added_listings.select_related("listed_party")
        stored = [
            ListChange(version=version, kind=ChangeKind.ADDED, list=one.list, key=one.listed_party.key,
                       name=one.listed_party.name, fields=[])
            for one in added.order_by("listed_party__name", "pk")[:limit]
        ]  # fmt: skip
    return _shown(stored, version.source_id, confidential)


def compare(*, older: ListVersion, newer: ListVersion, confidential: bool = False) -> list[ListChange]:
    """The difference between any two versions of a source, sorted by kind and name; not stored.

    Folded from the stored differences between neighbors: an entry that left and came back unchanged is no
    difference. In reverse order the difference is reversed. Refuses versions of two sources and one that
    was rejected (Invalid).
    """
    _comparable(older, newer)
    if older.number > newer.number:
        return [_reversed(one) for one in compare(older=newer, newer=older, confidential=confidential)]
    between = ListChange.objects.filter(
        version__source=older.source_id, version__number__gt=older.number,
        version__number__lte=newer.number,
    ).filter(Q(version__state=VersionState.PUBLISHED) | Q(version=newer))  # fmt: skip
    folds: dict[str, _Fold] = {}
    for change in between.order_by("version__number", "pk").iterator(chunk_size=5000):
        fold = folds.get(change.key)
        if fold is None:
            fold = folds[change.key] = _Fold(change.kind, change.kind, change.list, change.name)
        fold.take(change)
    found = [one for key, fold in folds.items() if (one := _folded(newer, key, fold))]
    found.sort(key=lambda one: (one.kind, one.name, one.key))
    return _shown(found, newer.source_id, confidential)


def as_of(on: date, *, source: str = "") -> list[Said]:
    """Every entry in effect on that day by legal effect, with its content of that day, by source and key.

    Legal effect runs from the effective day (without one: the publication day, then the day of the version
    that brought it) to the end, which it does not include.
    """
    listings = Listing.objects.as_of(on).select_related("listed_party", "added_in", "removed_in")
    if source:
        listings = listings.filter(listed_party__source=source)
    found = list(listings.order_by("listed_party__source", "listed_party__key", "pk"))
    contents = contents_on(found, on)
    return [Said(one, contents[one.pk]) for one in found]


def contents_on(listings: Sequence[Listing], on: date) -> dict[int, dict[str, Any]]:
    """The content of each listing and its party as the version in force on that day told it, by key.

    What later versions changed is taken back; an entry younger in the file than in law speaks with the first
    version that held it. Two queries whatever the number.
    """
    in_force: dict[str, int] = dict(
        ListVersion.objects.filter(state=VersionState.PUBLISHED, effective_on__lte=on)
        .values_list("source")
        .annotate(last=Max("number"))
    )
    changes: dict[tuple[str, str], list[ListChange]] = {}
    later = ListChange.objects.filter(
        version__state=VersionState.PUBLISHED, key__in={one.listed_party.key for one in listings}
    ).exclude(fields=[])
    for change in later.select_related("version").order_by("version__number"):
        changes.setdefault((change.version.source_id, change.key), []).append(change)
    found = {}
    for one in listings:
        party = one.listed_party
        since = max(in_force.get(party.source_id, 0), one.added_in.number)
        until = one.removed_in.number if one.removed_in else None
        content = {name: getattr(party, name) for name in PARTY_FIELDS}
        content |= {name: getattr(one, name) for name in LISTING_FIELDS}
        taken = set()
        for change in changes.get((party.source_id, party.key), ()):
            if change.version.number <= since:
                continue
            for each in change.fields:
                name = each["field"]
                closed = name in LISTING_FIELDS and until is not None and change.version.number > until
                if name in content and name not in taken and not closed:
                    taken.add(name)
                    content[name] = each["before"]
        found[one.pk] = content
    return found


def contents_of_parties(parties: Sequence[ListedParty], on: date) -> dict[int, dict[str, Any]]:
    """`contents_on` for those listings of the entries that are in effect on the day. Three queries."""
    listings = Listing.objects.as_of(on).filter(listed_party__in=[one.pk for one in parties])
    return contents_on(list(listings.select_related("listed_party", "added_in", "removed_in")), on)


def linked(parties: Sequence[ListedParty]) -> dict[int, list[ListedParty]]:
    """For each entry those on other lists that are the same party by a fixed rule; never merged.

    The rule: equal name in any order of its words with a shared country, or an equal identifier. Takes
    entries with their listings loaded; two queries whatever the number.
    """
    wanted = {key for party in parties for key in party.link_keys}
    if not wanted:
        return {party.pk: [] for party in parties}
    others = list(
        ListedParty.objects.current()
        .filter(link_keys__overlap=sorted(wanted))
        .prefetch_related("listings")
        .order_by("source_id", "key")
    )
    by_key: dict[str, list[ListedParty]] = {}
    for other in others:
        for key in other.link_keys:
            by_key.setdefault(key, []).append(other)
    found = {}
    for party in parties:
        same = {one.pk: one for key in party.link_keys for one in by_key.get(key, ())}
        found[party.pk] = [
            one for pk, one in sorted(same.items()) if pk != party.pk and _home(one) != _home(party)
        ]
    return found


def _home(party: ListedParty) -> tuple[str, frozenset[str]]:
    return party.source_id, frozenset(one.list for one in party.listings.all())


def _comparable(older: ListVersion, newer: ListVersion) -> None:
    if older.source_id != newer.source_id:
        raise invalid("to", "The versions are of two sources.", "Compare versions of one source.")
    for version in (older, newer):
        if version.state == VersionState.REFUSED:
            raise invalid("to", f"Version {version.number} was rejected.", "Choose one that was published.")


def _folded(version: ListVersion, key: str, fold: _Fold) -> ListChange | None:
    was, now = fold.first != ChangeKind.ADDED, fold.last != ChangeKind.REMOVED
    fields = [
        {"field": name, "before": before, "after": after}
        for name, (before, after) in sorted(fold.fields.items())
        if before != after
    ]
    if was and now:
        if not fields:
            return None
        kind = ChangeKind.CHANGED
    elif was or now:
        kind, fields = (ChangeKind.ADDED if now else ChangeKind.REMOVED), []
    else:
        return None
    return ListChange(version=version, kind=kind, list=fold.code, key=key, name=fold.name, fields=fields)


def _reversed(change: ListChange) -> ListChange:
    swap: dict[str, str] = {ChangeKind.ADDED: ChangeKind.REMOVED, ChangeKind.REMOVED: ChangeKind.ADDED}
    change.kind = swap.get(change.kind, change.kind)
    change.fields = [
        {"field": one["field"], "before": one["after"], "after": one["before"]} for one in change.fields
    ]
    return change


def _shown(changes: list[ListChange], source: str, confidential: bool) -> list[ListChange]:
    """The lines as they are shown: numbers and birth dates of persons masked, confidential entries left out."""
    telling = {one.key for one in changes if any(each["field"] in PRIVATE for each in one.fields)}
    if telling:
        listed = ListedParty.objects.filter(source=source, key__in=telling)
        known = {
            key: masking.is_person(kind, births)
            for key, kind, births in listed.values_list("key", "kind", "birth_dates")
        }
        for one in changes:
            if one.key in telling and (known.get(one.key, True) or _was_person(one)):
                one.fields = masking.fields(one.fields)
    return changes if confidential else _redacted(changes, source)


def _was_person(change: ListChange) -> bool:
    """Whether an entry is or was a person by what a version changed of it."""
    return any(
        masking.PERSON in (one["before"], one["after"])
        if one["field"] == "kind"
        else one["field"] == "birth_dates"
        for one in change.fields
    )


def _redacted(changes: list[ListChange], source: str) -> list[ListChange]:
    """The same lines, the text of confidential entries left out; only the house list has such."""
    if source != "house":
        return changes
    secret = set(
        ListedParty.objects.filter(
            source=source, confidential=True, key__in=[one.key for one in changes]
        ).values_list("key", flat=True)
    )
    for one in changes:
        if one.key in secret:
            one.name, one.fields = HIDDEN, []
    return changes

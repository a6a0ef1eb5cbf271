"""Decision memory: a judgment stands while the facts it rested on stand, and follows an entry to its successor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from . import fingerprints
from .fingerprints import Facts, Listed, Pair
from .models import Hit, HitOutcome, HitStatus, ListedParty, Listing, Party


def entries(keys: Iterable[int]) -> dict[int, ListedParty]:
    """Listed parties by key with their listings, two queries whatever the number."""
    found = ListedParty.objects.filter(pk__in=set(keys)).prefetch_related("listings")
    return {one.pk: one for one in found}


def facts_of(party: Party, listed: ListedParty) -> Pair:
    """The facts of both sides now, for parties and entries with their parts loaded."""
    addresses = list(party.addresses.all())
    ours = fingerprints.of_party(
        names=[party.name, *(one.text for one in party.names.all())], kind=party.kind,
        countries=[party.country, *(one.country for one in addresses)],
        addresses=[str(one) for one in addresses],
        identifiers=[f"{one} ({one.country})" if one.country else str(one) for one in party.identifiers.all()],
    )  # fmt: skip
    return {"ours": ours, "listed": listed_facts(listed)}


def listed_facts(listed: ListedParty) -> Facts:
    """The facts of an entry with its listings loaded: its open ones, or the last it had before it left."""
    listings = list(listed.listings.all())
    open_ones = [one for one in listings if one.removed_in_id is None] or listings
    return fingerprints.of_entry(
        names=[listed.name, *(one["text"] for one in listed.names)], kind=listed.kind,
        countries=listed.countries, addresses=[one["text"] for one in listed.addresses],
        identifiers=[_identifier(one) for one in listed.identifiers], birth_dates=listed.birth_dates,
        remarks=listed.remarks, listings=[_listing(one) for one in open_ones],
    )  # fmt: skip


def changed_since(hit: Hit, now: Pair) -> list[dict[str, Any]]:
    """What differs between the facts of the last judgment and those of now; empty before any judgment."""
    return fingerprints.differences(hit.facts, now) if hit.facts else []


def successors(
    pairs: Iterable[tuple[int, int]], found: Mapping[int, ListedParty], known: Iterable[Hit]
) -> dict[tuple[int, int], list[Hit]]:
    """For new pairs (party, listed party) the cleared hits whose entry the listed party takes the place of.

    By rule: of the same source, absent from the newest file (missing or ended), and the same party by link:
    an equal identifier, equal name with a shared country, or one entry's names within the other's (merge and
    split). Best first: equal facts, then the oldest.
    """
    cleared: dict[int, list[Hit]] = {}
    for hit in known:
        if hit.status == HitStatus.CLOSED and hit.outcome == HitOutcome.FALSE_POSITIVE:
            cleared.setdefault(hit.party_id, []).append(hit)
    fresh = [pair for pair in pairs if pair[0] in cleared]
    if not fresh:
        return {}
    olds = entries(_gone({hit.listed_party_id for party, _ in fresh for hit in cleared[party]}))
    answer: dict[tuple[int, int], list[Hit]] = {}
    for party, key in fresh:
        new = found[key]
        before = [
            (not _same(old, new), hit.pk, hit)
            for hit in cleared[party]
            if (old := olds.get(hit.listed_party_id))
            and old.source_id == new.source_id
            and _follows(old, new)
        ]
        if before:
            answer[party, key] = [hit for _, _, hit in sorted(before, key=lambda one: one[:2])]
    return answer


def take_over(hit: Hit, before: Sequence[Hit], now: Pair, carried: set[int]) -> bool:
    """Let a new hit follow cleared ones: closed like one whose facts are the same, else open with the difference.

    A judgment is carried on once: its key joins `carried`, which holds those carried already. Returns whether
    one was carried. Nothing is saved.
    """
    for old in before:
        if old.pk not in carried and not fingerprints.differences(old.facts, now):
            hit.take_judgment(old)
            carried.add(old.pk)
            return True
    old = before[0]
    hit.carried_from, hit.facts = old, old.facts
    hit.changes = fingerprints.differences(old.facts, now)
    others = f" and {len(before) - 1} more" if len(before) > 1 else ""
    hit.reopened_why = f"the entry takes the place of one cleared before (hit {old.pk}{others}): " + (
        "its facts differ" if hit.changes else "another entry took over that judgment"
    )
    return False


def carried_on(hits: Iterable[Hit]) -> set[int]:
    """Of these hits those whose judgment a successor holds already."""
    found = Hit.objects.filter(carried_from__in=[hit.pk for hit in hits], proposed_at__isnull=False)
    return {pk for pk in found.values_list("carried_from", flat=True) if pk}


def _gone(keys: set[int]) -> set[int]:
    """Of these entries those that no list carries in its newest file."""
    there = Listing.objects.filter(listed_party__in=keys, removed_in=None, missing_in=None)
    return keys - set(there.values_list("listed_party", flat=True))


def _follows(old: ListedParty, new: ListedParty) -> bool:
    if set(old.link_keys) & set(new.link_keys):
        return True
    ours, theirs = _names(old), _names(new)
    return ours <= theirs or theirs <= ours


def _same(old: ListedParty, new: ListedParty) -> bool:
    return not fingerprints.differences({"listed": listed_facts(old)}, {"listed": listed_facts(new)})


def _names(one: ListedParty) -> set[str]:
    return {" ".join(text.casefold().split()) for text in (one.name, *(each["text"] for each in one.names))}


def _identifier(one: Mapping[str, str]) -> str:
    text = f"{one['kind']} {one['value']}".strip()
    return f"{text} ({one['country']})" if one.get("country") else text


def _listing(one: Listing) -> Listed:
    return Listed(
        list=one.list, effective_on=str(one.effective_on or one.published_on or ""),
        ended_on=str(one.ended_on or ""), requirement=one.requirement_text or one.requirement_code,
        policy=": ".join(part for part in (one.policy_code, one.policy_text) if part),
        footnotes=tuple(one.footnotes), effect=one.effect, scope=one.scope, items=one.items,
    )  # fmt: skip

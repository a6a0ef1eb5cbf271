"""License review policies on a day, and the listings behind them. Reads only; seeds publish (`seed`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from entities.models import Hit, HitOutcome, HitStatus, Listing
from exportctl.models.order import in_order

from .determination import Case, CaseItem, CaseParty, Listed, PolicyRule, Rules
from .models import Application, PartyRole, PolicyVersion

ROLE_ORDER = PartyRole.values


def for_group(group: str, on: date) -> list[PolicyVersion]:
    """The policy versions in force on a day for a group of listed parties, for example Huawei."""
    return _versions({group}, on)


def on(application: Application, on: date, hits: Iterable[Hit] | None = None) -> list[PolicyVersion]:
    """The policy versions in force on a day for the groups the case's parties match, or may match.

    `hits` are those of `hits_of` where they are loaded already.
    """
    return _versions({hit.listed_party.group for hit in (hits_of(application) if hits is None else hits)}, on)


def hits_of(application: Application) -> list[Hit]:
    """The hits of the case's parties that are true matches or not judged yet, with their listings."""
    return list(
        Hit.objects.filter(party__roles__application=application)
        .exclude(status=HitStatus.CLOSED, outcome=HitOutcome.FALSE_POSITIVE)
        .select_related("listed_party__source")
        .prefetch_related(
            *in_order(Hit, "listed_party__listings"),
            "listed_party__listings__added_in",
            "listed_party__listings__removed_in",
        )
        .order_by("party_id", "-score", "pk")
        .distinct()
    )


def listings_of(hits: Iterable[Hit]) -> dict[int, tuple[Listed, ...]]:
    """The list entries met by each party of these hits, by the party's key."""
    found: dict[int, tuple[Listed, ...]] = {}
    for hit in hits:
        certain = hit.status == HitStatus.CLOSED
        entries = tuple(_listed(listing, hit, certain) for listing in hit.listed_party.listings.all())
        found[hit.party_id] = found.get(hit.party_id, ()) + entries
    return found


def case_of(application: Application, hits: Iterable[Hit] | None = None) -> Case:
    """The case as facts for `determination.assess`; the destination is the ultimate consignee's country."""
    entries = listings_of(hits_of(application) if hits is None else hits)
    parties: dict[int, CaseParty] = {}
    destination = ""
    for role in sorted(application.roles.all(), key=lambda each: (ROLE_ORDER.index(each.role), each.pk)):
        if role.role == PartyRole.ULTIMATE_CONSIGNEE and not destination:
            destination = role.party.country
        earlier = parties.get(role.party_id)
        parties[role.party_id] = CaseParty(
            name=role.party.name,
            roles=(*(earlier.roles if earlier else ()), role.role),
            country=role.party.country,
            listed=entries.get(role.party_id, ()),
        )
    items = tuple(
        CaseItem(line.name, line.eccn) for line in sorted(application.lines.all(), key=lambda a: a.number)
    )
    return Case(application.kind, destination, tuple(parties.values()), items)


def rules_of(versions: Iterable[PolicyVersion]) -> Rules:
    """Policy versions as `determination.assess` reads them."""
    return Rules(tuple(_rule(version) for version in versions))


def _versions(groups: Iterable[str], day: date) -> list[PolicyVersion]:
    named = {group for group in groups if group}
    if not named:
        return []
    return list(
        PolicyVersion.objects.on(day)
        .filter(policy__group__in=named)
        .select_related("policy")
        .order_by("policy", "period")
    )


def _rule(version: PolicyVersion) -> PolicyRule:
    return PolicyRule(
        policy=version.policy.name,
        regime=version.regime,
        group=version.policy.group,
        policy_code=version.policy_code,
        summary=version.summary,
        since=version.period.lower,
        until=version.period.upper,
        routes=version.routes,
        citations=tuple(each["text"] for each in version.citations),
    )


def _listed(listing: Listing, hit: Hit, certain: bool) -> Listed:
    version = listing.added_in
    ended = listing.ended_on or (listing.removed_in.effective_on if listing.removed_in else None)
    return Listed(
        name=hit.listed_party.name,
        list=listing.list,
        effective_on=listing.effective_on,
        ended_on=ended,
        policy_code=listing.policy_code,
        requirement_code=listing.requirement_code,
        requirement_text=listing.requirement_text,
        footnotes=tuple(listing.footnotes),
        citations=tuple(listing.citations),
        group=hit.listed_party.group,
        edition=f"{version.source_id} version {version.number} of {version.effective_on}",
        edition_on=version.effective_on,
        certain=certain,
    )

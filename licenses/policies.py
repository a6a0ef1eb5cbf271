"""License review policies on a day, and the listings behind them. Reads only; seeds publish (`seed`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, OuterRef, Prefetch, Value, When
from django.db.models import Case as Case_
from django.db.models.functions import JSONObject

from entities.models import Hit, HitOutcome, HitStatus, Listing
from exportctl.models.order import in_order

from .blocks import FLAGS
from .determination.case import Case, CaseItem, CaseParty, Listed, RedFlags
from .facts import OF_A_LINE, of_line
from .models import Application, Facts, PartyRole, PolicyVersion, RedFlagAnswer, YesNo
from .named import of_listing

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


def hits_of_parties(parties: Iterable[int]) -> dict[int, list[Hit]]:
    """What `hits_of` says of each of many parties, by the party's key. Two queries."""
    entries = Listing.objects.select_related("added_in", "removed_in").order_by("pk")
    rows = (
        Hit.objects.filter(party__in=set(parties))
        .exclude(status=HitStatus.CLOSED, outcome=HitOutcome.FALSE_POSITIVE)
        .select_related("listed_party__source")
        .prefetch_related(Prefetch("listed_party__listings", entries))
        .order_by("party_id", "-score", "pk")
    )
    found: dict[int, list[Hit]] = {}
    for hit in rows:
        found.setdefault(hit.party_id, []).append(hit)
    return found


def listings_of(hits: Iterable[Hit]) -> dict[int, tuple[Listed, ...]]:
    """The list entries met by each party of these hits, by the party's key."""
    found: dict[int, tuple[Listed, ...]] = {}
    for hit in hits:
        certain = hit.status == HitStatus.CLOSED
        entries = tuple(
            replace(of_listing(listing), certain=certain) for listing in hit.listed_party.listings.all()
        )
        found[hit.party_id] = found.get(hit.party_id, ()) + entries
    return found


def case_of(application: Application, hits: Iterable[Hit] | None = None, facts: Facts | None = None) -> Case:
    """The case as `determination.assess` reads it, with the facts that are recorded of it.

    The destination is the ultimate consignee's country. Without recorded facts nothing beyond the application
    is known.
    """
    facts = facts or Facts()
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
            hq=facts.headquarters.get(str(role.party_id), ""),
        )
    common = {name: getattr(facts, name) for name in OF_A_LINE}
    items = tuple(
        CaseItem(name=line.name, eccn=line.eccn, value=line.total_price,
                 **(common | of_line(facts.lines, line.item_id)))
        for line in sorted(application.lines.all(), key=lambda each: each.number)
    )  # fmt: skip
    return Case(
        kind=application.kind, destination=destination, parties=tuple(parties.values()), items=items,
        region=application.region or facts.region, end_use=application.end_use, answers=dict(facts.answers),
        red_flags=red_flags_of(application, facts),
        verified=frozenset(facts.verified),
    )  # fmt: skip


def red_flags_of(application: Application, facts: Facts) -> RedFlags:
    """The red-flag sheet of the case, or what the facts say of one kept elsewhere, which counts where it is named:
    system, identifier, day. An open flag in either stays open.

    Reads `flags_said` where the case was loaded with it (`said_flags`), else one query.
    """
    said = getattr(application, "flags_said", None)
    if said is None and application.pk:
        rows = application.red_flags.order_by("pk")
        said = [{"flag": each.flag, "open": each.open} for each in rows]
    said = said or []
    answered = len({each["flag"] for each in said} & set(FLAGS)) == len(FLAGS)
    elsewhere = tuple(each["flag"] for each in facts.flags if each.get("open"))
    still_open = tuple(FLAGS.get(each["flag"], each["flag"]) for each in said if each["open"])
    named = "" if said else facts.sheet_elsewhere
    return RedFlags(answered or bool(named), (*still_open, *elsewhere), named)


def said_flags(case: str = "pk") -> ArraySubquery:
    """The answers of the red-flag sheet as a column of a case's query: [{"flag", "open"}]; `case` is the path to
    the case's key."""
    is_open = Case_(
        When(answer=YesNo.YES, resolved_at=None, then=Value(True)),
        default=Value(False),
        output_field=BooleanField(),
    )
    rows = RedFlagAnswer.objects.filter(application=OuterRef(case)).order_by("pk")
    return ArraySubquery(rows.values(said=JSONObject(flag="flag", open=is_open)))


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

"""What a true match obliges to: a task each with its day, opened with the judgment, closed with a result."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from exportctl import audit, roles
from exportctl.errors import invalid, refuse
from exportctl.models import User

from . import workdays
from .models import Duty, DutyKind, Hit, HitOutcome, ListedParty, Listing

STANDARD = re.compile(r"\bStandard order: *Y", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a list obliges to: within how many business days, by law or as the office's own target."""

    kind: str
    days: int
    legal: bool
    words: str
    citation: str


RULES: dict[str, Rule] = {
    "UVL": Rule(
        DutyKind.UVL_STATEMENT, 5, False,
        "Get a signed UVL statement before any shipment without a license; file EEI whatever the value.",
        "15 CFR 744.15(b), 758.1(b)(8)",
    ),
    "SDN": Rule(
        DutyKind.OFAC_REPORT, 10, True,
        "Report a blocked or rejected transaction to OFAC, or record that there was none.",
        "31 CFR 501.603, 501.604",
    ),
    "DPL": Rule(
        DutyKind.ORDER_READING, 2, False,
        "Read the denial order and record its terms and end: it is not the standard form.",
        "15 CFR 764.3(a)(2)",
    ),
    "SSI": Rule(
        DutyKind.SSI_DIRECTIVE, 3, False,
        "Record which directive applies and whether this dealing falls under it.", "31 CFR part 589",
    ),
}  # fmt: skip
BY_KIND = {rule.kind: rule for rule in RULES.values()}


def rules_for(listed: ListedParty, listings: Sequence[Listing]) -> list[Rule]:
    """What a true match on an entry obliges to. A denial order in the standard form needs no reading."""
    codes = {one.list for one in listings if one.removed_in_id is None}
    found = [RULES[code] for code in sorted(codes & RULES.keys())]
    standard = bool(STANDARD.search(listed.remarks))
    return [rule for rule in found if not (rule.kind == DutyKind.ORDER_READING and standard)]


def open_for(hit: Hit, *, on: date, log: audit.Log) -> list[Duty]:
    """Open what a hit obliges to now that it is a true match, in the caller's action; once a kind."""
    if hit.outcome != HitOutcome.TRUE_MATCH:
        return []
    listed = ListedParty.objects.prefetch_related("listings").get(pk=hit.listed_party_id)
    opened = []
    for rule in rules_for(listed, list(listed.listings.all())):
        duty, new = Duty.objects.get_or_create(
            hit=hit, kind=rule.kind, dropped_at=None,
            defaults={"due_on": workdays.add(on, rule.days), "opened_at": log.at},
        )  # fmt: skip
        if new:
            log("duty.opened", duty, hit=hit.pk, party=hit.party_id, kind=rule.kind, due_on=duty.due_on,
                citation=rule.citation)  # fmt: skip
            opened.append(duty)
    return opened


def drop_for(hit: Hit, *, log: audit.Log) -> None:
    """Drop the open duties of a hit that is no true match any more, in the caller's action."""
    for duty in (
        hit.duties.select_for_update(no_key=True).filter(done_at=None, dropped_at=None).order_by("pk")
    ):
        duty.dropped_at = log.at
        duty.save(update_fields=["dropped_at"])
        log("duty.dropped", duty, hit=hit.pk, party=hit.party_id, kind=duty.kind)


def complete(*, duty: Duty, result: str, by: User, at: datetime) -> Duty:
    """Close a duty with its result: what was sent, read or found, and where it is kept.

    Refuses an empty result and one that is done or dropped; needs hit.judge and a person.
    """
    roles.require(by, "hit.judge", person=True)
    with audit.action(by=by, at=at) as log:
        locked = Duty.objects.select_for_update(no_key=True).get(pk=duty.pk)
        if locked.done_at or locked.dropped_at:
            raise refuse("wrong_status", "This task is closed already.", remedy="Reload the page.")
        if not result.strip():
            raise invalid(
                "result", "The result is missing.", "Say what was sent, read or found, and where it is kept."
            )
        locked.result, locked.done_by, locked.done_at = result.strip(), by, at
        locked.save()
        log("duty.done", locked, hit=locked.hit_id, kind=locked.kind, due_on=locked.due_on, result=locked.result,
            late=at.date() > locked.due_on)  # fmt: skip
    return locked


def to_do(user: User) -> QuerySet[Duty]:
    """The open duties for who judges hits, by their day."""
    found = Duty.objects.for_user(user).open().select_related("hit__party", "hit__listed_party")
    return found.order_by("due_on", "pk") if roles.may(user, "hit.judge") else found.none()

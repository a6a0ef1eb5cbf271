"""What a true match obliges to: a task each with its day, opened with the judgment, closed with a result."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, QuerySet

from exportctl import audit, roles
from exportctl.errors import Refused, invalid, refuse
from exportctl.models import User
from exportctl.transitions import Blocker

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
ENDED = Rule(
    DutyKind.ORDER_ENDED, 2, False,
    "The denial order has reached its end. Until a list read after that day and the Federal Register confirm that "
    "it was not renewed, nothing is released: import a fresh list, search the Federal Register, record what was found.",
    "15 CFR 764.3(a)(2), 766.24(d)",
)  # fmt: skip
BY_KIND = {rule.kind: rule for rule in (*RULES.values(), ENDED)}
REGISTER = re.compile(r"\bFederal Register\b|\b\d{1,3} FR \d+", re.IGNORECASE)


def rules_for(listed: ListedParty, listings: Sequence[Listing]) -> list[Rule]:
    """What a true match on an entry obliges to. A denial order in the standard form needs no reading."""
    codes = {one.list for one in listings if one.removed_in_id is None}
    found = [RULES[code] for code in sorted(codes & RULES.keys())]
    standard = bool(STANDARD.search(listed.remarks))
    return [rule for rule in found if not (rule.kind == DutyKind.ORDER_READING and standard)]


def open_for(hit: Hit, *, on: date, log: audit.Log) -> list[Duty]:
    """Open what a hit obliges to now that it is a true match, saved, in the caller's action; once a kind."""
    if hit.outcome != HitOutcome.TRUE_MATCH:
        return []
    listed = ListedParty.objects.prefetch_related("listings").get(pk=hit.listed_party_id)
    opened = []
    for rule in rules_for(listed, list(listed.listings.all())):
        duty, new = Duty.objects.get_or_create(
            hit=hit, kind=rule.kind, concerns_on=None, dropped_at=None,
            defaults={"due_on": workdays.add(on, rule.days), "opened_at": log.at},
        )  # fmt: skip
        if new:
            log("duty.opened", duty, hit=hit.pk, party=hit.party_id, kind=rule.kind, due_on=duty.due_on,
                citation=rule.citation)  # fmt: skip
            opened.append(duty)
    return opened + _open_reviews(Hit.objects.filter(pk=hit.pk).past_order_end(on=on), log=log)


def review_ended(*, by: User, at: datetime) -> list[Duty]:
    """Open the review of each denial order past its end that a true match rests on; drop those renewed meanwhile.

    Guards count such a match as unjudged from that day on, whether or not this ran: it only says so in time.
    Needs screening.run. Events: duty.opened, duty.dropped.
    """
    roles.require(by, "screening.run")
    with audit.action(by=by, at=at) as log:
        held = Listing.objects.filter(
            listed_party=OuterRef("hit__listed_party"),
            list="DPL",
            removed_in=None,
            ended_on=OuterRef("concerns_on"),
        )
        _drop(Duty.objects.open().filter(~Exists(held), kind=DutyKind.ORDER_ENDED), log=log)
        return _open_reviews(Hit.objects.past_order_end(on=at.date()), log=log)


def _open_reviews(found: QuerySet[Hit], *, log: audit.Log) -> list[Duty]:
    opened = []
    for hit in found.order_by("pk"):
        assert hit.order_ended_on is not None
        duty, new = Duty.objects.get_or_create(
            hit=hit, kind=ENDED.kind, concerns_on=hit.order_ended_on, dropped_at=None,
            defaults={"due_on": workdays.add(hit.order_ended_on, ENDED.days), "opened_at": log.at},
        )  # fmt: skip
        if new:
            log("duty.opened", duty, hit=hit.pk, party=hit.party_id, kind=ENDED.kind, due_on=duty.due_on,
                ended_on=hit.order_ended_on, citation=ENDED.citation)  # fmt: skip
            opened.append(duty)
    return opened


def drop_for(hit: Hit, *, log: audit.Log) -> None:
    """Drop the open duties of a hit that is no true match any more, in the caller's action."""
    _drop(hit.duties.open(), log=log)


def _drop(found: QuerySet[Duty], *, log: audit.Log) -> None:
    for duty in found.select_for_update(no_key=True, of=("self",)).select_related("hit").order_by("pk"):
        duty.dropped_at = log.at
        duty.save(update_fields=["dropped_at"])
        log("duty.dropped", duty, hit=duty.hit_id, party=duty.hit.party_id, kind=duty.kind)


def complete(*, duty: Duty, result: str, by: User, at: datetime) -> Duty:
    """Close a duty with its result: what was sent, read or found, and where it is kept.

    Refuses an empty result and one that is done or dropped; for a denial order past its end also where no list was
    read since, or the result names no search of the Federal Register. Needs hit.judge and a person.
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
        if locked.kind == DutyKind.ORDER_ENDED and (found := _unconfirmed(locked, result)):
            raise Refused(found)
        locked.result, locked.done_by, locked.done_at = result.strip(), by, at
        locked.save()
        log("duty.done", locked, hit=locked.hit_id, kind=locked.kind, due_on=locked.due_on, result=locked.result,
            late=at.date() > locked.due_on)  # fmt: skip
    return locked


def _unconfirmed(duty: Duty, result: str) -> list[Blocker]:
    """What keeps the end of a denial order from being confirmed."""
    found, source = [], duty.hit.listed_party.source
    assert duty.concerns_on is not None
    if source.checked_at is None or source.checked_at.date() <= duty.concerns_on:
        found.append(Blocker(
            "list_stale", f"{source.name} was not read after the order ended on {duty.concerns_on}.",
            remedy="Import a fresh list first.", citation=ENDED.citation, link="/lists/",
        ))  # fmt: skip
    if not REGISTER.search(result):
        found.append(Blocker(
            "register_missing", "The result does not say what the Federal Register holds.", field="result",
            remedy="Name the notice (91 FR 12345), or how the Federal Register was searched and that none was found.",
            citation=ENDED.citation,
        ))  # fmt: skip
    return found


def to_do(user: User) -> QuerySet[Duty]:
    """The open duties for who judges hits, by their day."""
    found = Duty.objects.for_user(user).open().select_related("hit__party", "hit__listed_party")
    return found.order_by("due_on", "pk") if roles.may(user, "hit.judge") else found.none()

"""The verbs on hits: one person proposes what a pair is, another agrees or sends it back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from exportctl import audit, roles, transitions
from exportctl.errors import Invalid, Refused, invalid
from exportctl.models import User
from exportctl.transitions import Blocker, NextAction, row

from .models import Hit, HitOutcome, HitStatus, ListedParty, Party


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a pair is or is not the same party. `needs_fact`: the differing fact must be written down."""

    code: str
    label: str
    outcome: str
    needs_fact: bool


_DIFFERENT, _SAME = HitOutcome.FALSE_POSITIVE.value, HitOutcome.TRUE_MATCH.value
REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        Reason("different_name", "The names belong to different parties", _DIFFERENT, True),
        Reason("different_registration", "Another registration or tax number", _DIFFERENT, True),
        Reason("different_place", "Another country or address", _DIFFERENT, True),
        Reason("different_business", "Another line of business", _DIFFERENT, True),
        Reason("different_person", "Another person: birth, nationality or passport", _DIFFERENT, True),
        Reason("same_identifier", "The same registration, tax or passport number", _SAME, False),
        Reason("same_address", "The same name at the same address", _SAME, False),
        Reason("same_group", "A named part of the listed party", _SAME, False),
        Reason("confirmed_by_party", "The party itself or its agent confirmed it", _SAME, False),
    )
}


@dataclass(frozen=True, slots=True)
class HitFacts:
    """What the table asks."""

    status: str
    permissions: frozenset[str]
    is_person: bool
    actor_id: int
    proposed_by: int | None


def another_person(facts: HitFacts) -> Iterable[Blocker]:
    """Propose and agree are two people's work."""
    if facts.proposed_by == facts.actor_id:
        yield Blocker("same_person", "You proposed this; another person must judge it.",
                      remedy="Ask another approver.")  # fmt: skip


HITS = (
    row("propose", "Propose an outcome", HitStatus.OPEN, HitStatus.PROPOSED, "hit.judge"),
    row("agree", "Agree", HitStatus.PROPOSED, HitStatus.CLOSED, "hit.agree", another_person),
    row("send_back", "Send back", HitStatus.PROPOSED, HitStatus.OPEN, "hit.agree", another_person),
    row("reopen", "Open again", HitStatus.CLOSED, HitStatus.OPEN, "hit.judge"),
)


def propose(
    *, hit: Hit, outcome: str, reason: str, by: User, at: datetime, note: str = "", differing_fact: str = ""
) -> Hit:
    """Propose what the pair is: true_match or false_positive, with a coded reason.

    A false positive must say which fact differs besides the name. Refuses every gap at once (Invalid), a hit
    that is not open and a machine; needs hit.judge.
    """
    roles.require(by, "hit.judge", person=True)
    with audit.action(by=by, at=at) as log:
        locked = _locked(hit)
        _demand("propose", locked, by)
        _check(outcome, reason, differing_fact)
        locked.status = HitStatus.PROPOSED
        locked.outcome, locked.reason = outcome, reason
        locked.note, locked.differing_fact = note.strip(), differing_fact.strip()
        locked.proposed_by, locked.proposed_at = by, at
        locked.save()
        log("hit.proposed", locked, **_told(locked))
    return locked


def agree(*, hit: Hit, by: User, at: datetime) -> Hit:
    """Agree to what another person proposed: the hit closes with that outcome.

    Refuses the proposer and a hit without a proposal; needs hit.agree and a person.
    """
    roles.require(by, "hit.agree", person=True)
    with audit.action(by=by, at=at) as log:
        locked = _locked(hit)
        _demand("agree", locked, by)
        locked.status, locked.agreed_by, locked.closed_at = HitStatus.CLOSED, by, at
        locked.judged_hash = ListedParty.objects.values_list("row_hash", flat=True).get(
            pk=locked.listed_party_id
        )
        locked.save()
        told = _told(locked)
        log("hit.agreed", locked, proposed_by=locked.proposed_by_id, **told)
        log("hit.closed", locked, **told)
    return locked


def send_back(*, hit: Hit, reason: str, by: User, at: datetime) -> Hit:
    """Refuse a proposal: the hit is open again. Refuses the proposer and an empty reason; needs hit.agree."""
    roles.require(by, "hit.agree", person=True)
    return _back("send_back", "hit.returned", hit, reason, by=by, at=at)


def reopen(*, hit: Hit, reason: str, by: User, at: datetime) -> Hit:
    """Open a closed hit again. Refuses an empty reason and a hit that is not closed; needs hit.judge."""
    roles.require(by, "hit.judge", person=True)
    return _back("reopen", "hit.reopened", hit, reason, by=by, at=at)


def reopen_ended(listed_parties: Iterable[int], *, why: str, log: audit.Log) -> list[Hit]:
    """Open the true matches on entries that left their list for review: a removal clears nobody.

    An entry that another listing still carries is left alone. Writes hit.reopened for each, in the
    caller's action.
    """
    ended = ListedParty.objects.filter(pk__in=list(listed_parties)).exclude(
        pk__in=ListedParty.objects.current()
    )
    true = Hit.objects.filter(listed_party__in=ended, status=HitStatus.CLOSED, outcome=HitOutcome.TRUE_MATCH)
    locked = Party.objects.select_for_update(no_key=True).filter(pk__in=true.values("party"))
    list(locked.order_by("pk"))
    found = list(true.select_for_update(no_key=True, of=("self",)).order_by("pk"))
    for hit in found:
        was = _told(hit)
        hit.clear_judgement()
        hit.save()
        log("hit.reopened", hit, why=why, party=hit.party_id, listed_party=hit.listed_party_id, was=was)
    return found


def next_actions(hit: Hit, by: User) -> list[NextAction]:
    """What `by` may do with the hit now, and what blocks it."""
    return transitions.next_actions(HITS, _facts(hit, by))


def _back(action: str, verb: str, hit: Hit, reason: str, *, by: User, at: datetime) -> Hit:
    with audit.action(by=by, at=at) as log:
        locked = _locked(hit)
        _demand(action, locked, by)
        if not reason.strip():
            raise invalid("reason", "The reason is missing.", "Say in a sentence why.")
        was = _told(locked)
        locked.clear_judgement()
        locked.save()
        log(
            verb,
            locked,
            why=reason.strip(),
            party=locked.party_id,
            listed_party=locked.listed_party_id,
            was=was,
        )
    return locked


def _locked(hit: Hit) -> Hit:
    """The hit under its lock, the party's first: a decision on the party waits for this and this for it."""
    Party.objects.select_for_update(no_key=True).get(pk=hit.party_id)
    return Hit.objects.select_for_update(no_key=True).get(pk=hit.pk)


def _facts(hit: Hit, by: User) -> HitFacts:
    return HitFacts(hit.status, roles.permissions_of(by), by.is_person, by.pk, hit.proposed_by_id)


def _demand(action: str, hit: Hit, by: User) -> None:
    transition = transitions.find(HITS, action, hit.status)
    assert transition is not None
    if found := transitions.blockers(transition, _facts(hit, by)):
        raise Refused(found)


def _check(outcome: str, reason: str, differing_fact: str) -> None:
    found: list[Blocker] = []
    if outcome not in HitOutcome.values:
        found += invalid(
            "outcome", f"'{outcome}' is no outcome.", f"One of: {', '.join(HitOutcome.values)}."
        ).blockers
    known = REASONS.get(reason)
    if known is None or (outcome in HitOutcome.values and known.outcome != outcome):
        fitting = ", ".join(one.code for one in REASONS.values() if outcome in (one.outcome, ""))
        found += invalid(
            "reason",
            f"'{reason}' is no reason for this outcome.",
            f"One of: {fitting or ', '.join(REASONS)}.",
        ).blockers
    if (outcome == _DIFFERENT or (known and known.needs_fact)) and not differing_fact.strip():
        found += invalid(
            "differing_fact", "A false positive needs a fact that differs besides the name.",
            "Write it down: a registration number, a place, a date of birth.",
        ).blockers  # fmt: skip
    if found:
        raise Invalid(found)


def _told(hit: Hit) -> dict[str, object]:
    return {
        "party": hit.party_id, "listed_party": hit.listed_party_id, "outcome": hit.outcome,
        "reason": hit.reason,
        "differing_fact": hit.differing_fact, "note": hit.note, "score": hit.score, "band": hit.band,
    }  # fmt: skip

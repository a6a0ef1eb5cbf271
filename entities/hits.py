"""The verbs on hits: judge, escalate, agree or send back, undo, open again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.conf import settings

from exportctl import audit, roles, transitions
from exportctl.errors import Invalid, Refused, invalid, refuse
from exportctl.models import User
from exportctl.transitions import Blocker, NextAction

from . import duties, fingerprints, judging, memory
from .fingerprints import Pair
from .judging import ESCALATIONS, HITS, REASONS, HitFacts
from .models import Hit, HitOutcome, HitStatus, ListedParty, Listing, Party

__all__ = [
    "ESCALATIONS", "HITS", "REASONS", "agree", "assign", "escalate", "expire", "hand_back", "next_actions",
    "propose", "reopen", "reopen_ended", "send_back", "undo",
]  # fmt: skip


def propose(
    *, hit: Hit, outcome: str, reason: str, by: User, at: datetime, note: str = "", differing_fact: str = ""
) -> Hit:
    """Say what the pair is, true_match or false_positive, with a coded reason, pinned to the facts of now.

    A false positive says which fact differs besides the name; a true match carries a note. It waits for
    another person where `judging.needs_second` says so, else it closes at once. Refuses every gap at once
    (Invalid), a hit that is closed, proposed or lies with somebody else, and a machine; needs hit.judge.
    """
    roles.require(by, "hit.judge", person=True)
    with audit.action(by=by, at=at) as log:
        locked = _locked(hit)
        _demand("propose", locked, by, at)
        _check(outcome, reason, differing_fact, note)
        now = _facts_now(locked)
        locked.clear_escalation()
        locked.status = HitStatus.PROPOSED
        locked.outcome, locked.reason = outcome, reason
        locked.note, locked.differing_fact = note.strip(), differing_fact.strip()
        locked.proposed_by, locked.proposed_at = by, at
        locked.facts, locked.judged_print = now, fingerprints.fingerprint(now)
        log("hit.proposed", locked, **_told(locked))
        if not waits_for_second(locked, outcome):
            _close(locked, at)
            log("hit.closed", locked, **_told(locked))
        locked.save()
    return locked


def escalate(*, hit: Hit, reason: str, note: str, by: User, at: datetime, to: User | None = None) -> Hit:
    """Hand a hit to `to`, or to whoever agrees to hits, with a coded reason and a note.

    Refuses a closed or proposed hit, one that lies with somebody else, an unknown reason, an empty note,
    oneself and somebody who may not agree to hits; needs hit.judge and a person.
    """
    roles.require(by, "hit.judge", person=True)
    with audit.action(by=by, at=at) as log:
        locked = _locked(hit)
        _demand("escalate", locked, by, at)
        found: list[Blocker] = []
        if reason not in ESCALATIONS:
            found += invalid(
                "reason", f"'{reason}' is no reason to escalate.", f"One of: {', '.join(ESCALATIONS)}."
            ).blockers
        if not note.strip():
            found += invalid("note", "The note is missing.", "Say what you could not settle.").blockers
        if to is not None and (to.pk == by.pk or not to.is_person or not roles.may(to, "hit.agree")):
            found += invalid(
                "to", f"{to} cannot take it.", "Name another person who agrees to hits, or nobody."
            ).blockers
        if found:
            raise Invalid(found)
        locked.status, locked.escalated_to, locked.escalated_by, locked.escalated_at = (
            HitStatus.ESCALATED,
            to,
            by,
            at,
        )
        locked.escalation, locked.escalation_note = reason, note.strip()
        locked.save()
        log(
            "hit.escalated",
            locked,
            **_pair(locked),
            to=to.username if to else "",
            reason=reason,
            note=locked.escalation_note,
        )
    return locked


def hand_back(*, hit: Hit, reason: str, by: User, at: datetime) -> Hit:
    """Give an escalated hit back to the queue. Refuses an empty reason and whoever it does not lie with."""
    roles.require(by, "hit.judge", person=True)
    return _back("hand_back", "hit.handed_back", hit, reason, by=by, at=at)


def assign(*, hit: Hit, to: User | None, by: User, at: datetime) -> Hit:
    """Say who judges a hit next; None frees it.

    Refuses a closed hit, somebody who may not judge hits, and one who has as many at hand as the work
    limit (HITS_AT_HAND) allows; needs hit.judge and a person. Without a difference nothing happens.
    """
    roles.require(by, "hit.judge", person=True)
    with audit.action(by=by, at=at) as log:
        locked = _locked(hit)
        _demand("assign", locked, by, at)
        if locked.assigned_to_id == (to.pk if to else None):
            return locked
        if to is not None:
            _may_take(to)
        locked.assigned_to = to
        locked.save(update_fields=["assigned_to"])
        log("hit.assigned", locked, **_pair(locked), to=to.username if to else "")
    return locked


def agree(*, hit: Hit, by: User, at: datetime) -> Hit:
    """Agree to what another person proposed: the hit closes with that outcome.

    Refuses the proposer, a hit without a proposal and one whose facts changed since; needs hit.agree and a
    person.
    """
    roles.require(by, "hit.agree", person=True)
    with audit.action(by=by, at=at) as log:
        locked = _locked(hit)
        _demand("agree", locked, by, at, fresh=True)
        locked.agreed_by = by
        _close(locked, at)
        locked.save()
        told = _told(locked)
        log("hit.agreed", locked, proposed_by=locked.proposed_by_id, **told)
        log("hit.closed", locked, **told)
        duties.open_for(locked, on=at.date(), log=log)
    return locked


def send_back(*, hit: Hit, reason: str, by: User, at: datetime) -> Hit:
    """Refuse a proposal: the hit is open again. Refuses the proposer and an empty reason; needs hit.agree."""
    roles.require(by, "hit.agree", person=True)
    return _back("send_back", "hit.returned", hit, reason, by=by, at=at)


def undo(*, hit: Hit, by: User, at: datetime) -> Hit:
    """Take one's own last step back within ten minutes; the log keeps it and says that it was superseded.

    An agreement becomes a proposal again, a proposal or a judgment made alone an open hit. Refuses others'
    steps and later ones; needs hit.judge and a person.
    """
    roles.require(by, "hit.judge", person=True)
    with audit.action(by=by, at=at) as log:
        locked = _locked(hit)
        _demand("undo", locked, by, at)
        was, agreed = _told(locked), locked.status == HitStatus.CLOSED and locked.agreed_by_id is not None
        if agreed:
            locked.status, locked.agreed_by, locked.closed_at = HitStatus.PROPOSED, None, None
            locked.expires_on = None
        else:
            locked.clear_judgment()
        locked.save()
        log("hit.undone", locked, **_pair(locked), step="agree" if agreed else "propose", was=was)
        duties.drop_for(locked, log=log)
    return locked


def reopen(*, hit: Hit, reason: str, by: User, at: datetime) -> Hit:
    """Open a closed hit again. Refuses an empty reason and a hit that is not closed; needs hit.judge."""
    roles.require(by, "hit.judge", person=True)
    return _back("reopen", "hit.reopened", hit, reason, by=by, at=at)


def reopen_ended(listed_parties: Iterable[int], *, why: str, log: audit.Log) -> list[Hit]:
    """Open the true matches on entries that left their list for review: a removal clears nobody.

    An entry that another listing still carries is left alone. Of a denial order the reviewer is told to search the
    Federal Register for a renewal. Writes hit.reopened for each, in the caller's action.
    """
    ended = ListedParty.objects.filter(pk__in=list(listed_parties)).exclude(
        pk__in=ListedParty.objects.current()
    )
    true = Hit.objects.filter(listed_party__in=ended, status=HitStatus.CLOSED, outcome=HitOutcome.TRUE_MATCH)
    orders = set(
        Listing.objects.filter(listed_party__in=ended, list="DPL").values_list("listed_party", flat=True)
    )
    renewal = "; search the Federal Register for a renewal of the denial order before it is judged"
    return [
        reopened(hit, why=why + renewal * (hit.listed_party_id in orders), log=log)
        for hit in _locked_all(true)
    ]


def expire(*, by: User, at: datetime) -> list[Hit]:
    """Open the false positives whose time is over; until then guards count them as unjudged from that day on."""
    roles.require(by, "screening.run")
    with audit.action(by=by, at=at) as log:
        over = Hit.objects.filter(
            status=HitStatus.CLOSED, outcome=HitOutcome.FALSE_POSITIVE, expires_on__lte=at.date()
        )
        return [
            reopened(hit, why=f"it was recorded until {hit.expires_on}; judge it anew", log=log)
            for hit in _locked_all(over)
        ]


def reopened(hit: Hit, *, why: str, log: audit.Log, changes: list[dict[str, Any]] | None = None) -> Hit:
    """A judged or proposed hit, locked by the caller, opened again with what changed; saved, with its event."""
    was = _told(hit)
    hit.clear_judgment()
    hit.reopened_why, hit.changes = why, changes or []
    hit.save()
    log("hit.reopened", hit, **_pair(hit), why=why, changes=hit.changes, was=was)
    return hit


def next_actions(hit: Hit, by: User, *, at: datetime | None = None) -> list[NextAction]:
    """What `by` may do with the hit at a moment, and what blocks it; without the moment nothing can be undone."""
    return transitions.next_actions(HITS, _facts(hit, by, at))


def waits_for_second(hit: Hit, outcome: str) -> bool:
    """Whether that outcome needs another person to agree."""
    return judging.needs_second(
        outcome=outcome, band=hit.band, lists=codes_of(hit.listed_party_id),
        asking=settings.SECOND_PERSON_LISTS,
    )  # fmt: skip


def codes_of(listed_party: int) -> list[str]:
    """The lists that carry an entry; of one that has left every list those it stood on."""
    found = list(Listing.objects.filter(listed_party=listed_party).values_list("list", "removed_in"))
    return sorted({code for code, gone in found if gone is None} or {code for code, _ in found})


def _close(hit: Hit, at: datetime) -> None:
    hit.status, hit.closed_at = HitStatus.CLOSED, at
    hit.expires_on = judging.expires_on(outcome=hit.outcome, band=hit.band, on=at.date())
    hit.changes, hit.reopened_why, hit.assigned_to = [], "", None


def _back(action: str, verb: str, hit: Hit, reason: str, *, by: User, at: datetime) -> Hit:
    with audit.action(by=by, at=at) as log:
        locked = _locked(hit)
        _demand(action, locked, by, at)
        if not reason.strip():
            raise invalid("reason", "The reason is missing.", "Say in a sentence why.")
        was = _told(locked)
        locked.clear_judgment()
        locked.reopened_why = "" if action == "hand_back" else reason.strip()
        locked.save()
        log(verb, locked, why=reason.strip(), **_pair(locked), was=was)
        duties.drop_for(locked, log=log)
    return locked


def _locked(hit: Hit) -> Hit:
    """The hit under its lock, the party's first: a decision on the party waits for this and this for it."""
    Party.objects.select_for_update(no_key=True).get(pk=hit.party_id)
    return Hit.objects.select_for_update(no_key=True).get(pk=hit.pk)


def _locked_all(hits: Any) -> list[Hit]:
    """The same for a set of hits, in ascending order of keys."""
    locked = Party.objects.select_for_update(no_key=True).filter(pk__in=hits.values("party"))
    list(locked.order_by("pk"))
    return list(hits.select_for_update(no_key=True, of=("self",)).order_by("pk"))


def _facts_now(hit: Hit) -> Pair:
    party = Party.objects.with_facts().get(pk=hit.party_id)
    return memory.facts_of(party, memory.entries([hit.listed_party_id])[hit.listed_party_id])


def _facts(hit: Hit, by: User, at: datetime | None, changed: tuple[str, ...] = ()) -> HitFacts:
    return HitFacts(
        hit.status, roles.permissions_of(by), by.is_person, by.pk, hit.proposed_by_id, at=at,
        proposed_at=hit.proposed_at, agreed_by=hit.agreed_by_id, closed_at=hit.closed_at,
        escalated_to=hit.escalated_to_id, escalated_by=hit.escalated_by_id,
        escalated_name=str(hit.escalated_to) if hit.escalated_to_id else "", changed=changed,
        carried=hit.carried_from_id is not None and hit.status == HitStatus.CLOSED
        and hit.proposed_at is not None and hit.proposed_at < hit.opened_at,
    )  # fmt: skip


def _demand(action: str, hit: Hit, by: User, at: datetime, *, fresh: bool = False) -> None:
    transition = transitions.find(HITS, action, hit.status)
    assert transition is not None
    changed: tuple[str, ...] = ()
    if fresh and hit.status == HitStatus.PROPOSED:
        changed = tuple(one["words"].lower() for one in memory.changed_since(hit, _facts_now(hit)))
    if found := transitions.blockers(transition, _facts(hit, by, at, changed)):
        raise Refused(found)


def _may_take(user: User) -> None:
    if not user.is_person or not roles.may(user, "hit.judge"):
        raise invalid("to", f"{user} does not judge hits.", "Name an officer or an approver.")
    most = settings.HITS_AT_HAND
    if Hit.objects.unresolved().filter(assigned_to=user).count() >= most:
        raise refuse("work_limit", f"{user} has {most} hits at hand, the most one person may have.", field="to",
                     remedy="Let them judge some first, or assign it to somebody else.")  # fmt: skip


def _check(outcome: str, reason: str, differing_fact: str, note: str) -> None:
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
    if (outcome == HitOutcome.FALSE_POSITIVE or (known and known.needs_fact)) and not differing_fact.strip():
        found += invalid(
            "differing_fact", "A false positive needs a fact that differs besides the name.",
            "Write it down: a registration number, a place, a date of birth.",
        ).blockers  # fmt: skip
    if outcome == HitOutcome.TRUE_MATCH and not note.strip():
        found += invalid("note", "A true match needs a note.", "Say what was compared and seen.").blockers
    if found:
        raise Invalid(found)


def _pair(hit: Hit) -> dict[str, Any]:
    return {"party": hit.party_id, "listed_party": hit.listed_party_id}


def _told(hit: Hit) -> dict[str, Any]:
    return {
        **_pair(hit), "outcome": hit.outcome, "reason": hit.reason, "differing_fact": hit.differing_fact,
        "note": hit.note, "score": hit.score, "band": hit.band, "fingerprint": hit.judged_print,
        "expires_on": hit.expires_on.isoformat() if isinstance(hit.expires_on, date) else None,
    }  # fmt: skip

"""How a hit is judged: the reasons, who must agree, and the table of its life. Pure: no database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from exportctl.transitions import Blocker, row

OPEN, ESCALATED, PROPOSED, CLOSED = "open", "escalated", "proposed", "closed"
TRUE_MATCH, FALSE_POSITIVE = "true_match", "false_positive"
STRONG = "strong"
UNDO = timedelta(minutes=10)
TARGET = timedelta(days=3)  # to judge a hit, and again to agree to it: the office's own, not the law's
LASTS = {"review": 365, "strong": 180}  # days a recorded false positive stands before it is asked again


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a pair is or is not the same party. `needs_fact`: the differing fact must be written down."""

    code: str
    label: str
    outcome: str
    needs_fact: bool


REASONS: dict[str, Reason] = {
    reason.code: reason
    for reason in (
        Reason("different_name", "The names belong to different parties", FALSE_POSITIVE, True),
        Reason("different_registration", "Another registration or tax number", FALSE_POSITIVE, True),
        Reason("different_place", "Another country or address", FALSE_POSITIVE, True),
        Reason("different_business", "Another line of business", FALSE_POSITIVE, True),
        Reason("different_person", "Another person: birth, nationality or passport", FALSE_POSITIVE, True),
        Reason("same_identifier", "The same registration, tax or passport number", TRUE_MATCH, False),
        Reason("same_address", "The same name at the same address", TRUE_MATCH, False),
        Reason("same_group", "A named part of the listed party", TRUE_MATCH, False),
        Reason("confirmed_by_party", "The party itself or its agent confirmed it", TRUE_MATCH, False),
    )
}
ESCALATIONS: dict[str, str] = {
    "cannot_tell": "Cannot tell from what is at hand",
    "legal_question": "A question of law: scope, policy or ownership",
    "documents_asked": "Documents were asked for and are awaited",
    "conflict": "I should not judge this one myself",
}


@dataclass(frozen=True, slots=True)
class HitFacts:
    """What the table asks. `at` is the moment of asking; the pairs below say who did the last step and when."""

    status: str
    permissions: frozenset[str]
    is_person: bool
    actor_id: int
    proposed_by: int | None
    at: datetime | None = None
    proposed_at: datetime | None = None
    agreed_by: int | None = None
    closed_at: datetime | None = None
    escalated_to: int | None = None
    escalated_by: int | None = None
    escalated_name: str = ""
    carried: bool = False
    changed: tuple[str, ...] = ()  # what changed on either side since the proposal


def needs_second(*, outcome: str, band: str, lists: Iterable[str], asking: Iterable[str]) -> bool:
    """Whether another person must agree.

    Always for a true match and for the strong band: on EL, DPL, SDN and MEU no setting turns that off. For a
    false positive in the review band where a list is among those that ask (`asking`), or none is known.
    """
    codes = set(lists)
    if outcome == TRUE_MATCH or band == STRONG:
        return True
    return not codes or bool(codes & set(asking))


def expires_on(*, outcome: str, band: str, on: date) -> date | None:
    """The day a recorded false positive ends; a true match has none."""
    return on + timedelta(days=LASTS[band]) if outcome == FALSE_POSITIVE else None


def another_person(facts: HitFacts) -> Iterable[Blocker]:
    """Propose and agree are two people's work."""
    if facts.proposed_by == facts.actor_id:
        yield Blocker("same_person", "You proposed this; another person must judge it.",
                      remedy="Ask another approver.")  # fmt: skip


def still_so(facts: HitFacts) -> Iterable[Blocker]:
    """What was proposed rests on facts that still stand."""
    if facts.changed:
        yield Blocker("facts_changed", f"Changed since it was proposed: {', '.join(facts.changed)}.",
                      remedy="Send it back, so that it is judged on what holds now.")  # fmt: skip


def with_whom_it_lies(facts: HitFacts) -> Iterable[Blocker]:
    """An escalated hit is judged by whom it was escalated to; without a name by anyone who agrees to hits."""
    if facts.status != ESCALATED:
        return
    mine = facts.escalated_to == facts.actor_id
    anyone = facts.escalated_to is None and "hit.agree" in facts.permissions
    if not (mine or anyone):
        yield Blocker("escalated", f"It lies with {facts.escalated_name or 'the approvers'}.",
                      remedy="They judge it or hand it back.")  # fmt: skip


def may_hand_back(facts: HitFacts) -> Iterable[Blocker]:
    """Handed back by whom it lies with, or taken back by who escalated it."""
    return () if facts.escalated_by == facts.actor_id else with_whom_it_lies(facts)


def ones_own_and_fresh(facts: HitFacts) -> Iterable[Blocker]:
    """Only who took the last step may undo it, within ten minutes."""
    agreed = facts.status == CLOSED and facts.agreed_by is not None
    by = facts.agreed_by if agreed else facts.proposed_by
    done = facts.closed_at if facts.status == CLOSED else facts.proposed_at
    if facts.carried or by != facts.actor_id:
        yield Blocker("not_yours", "Only who took the last step may undo it.",
                      remedy="Open it again with a reason." if facts.status == CLOSED else "Send it back.")  # fmt: skip
    elif facts.at is None or done is None or not timedelta(0) <= facts.at - done <= UNDO:
        yield Blocker("too_late", "The ten minutes to undo are over.",
                      remedy="Open it again with a reason." if facts.status == CLOSED else
                      "Another person sends it back.")  # fmt: skip


HITS = (
    row("propose", "Judge", (OPEN, ESCALATED), PROPOSED, "hit.judge", with_whom_it_lies),
    row("escalate", "Escalate", (OPEN, ESCALATED), ESCALATED, "hit.judge", with_whom_it_lies),
    row("hand_back", "Hand back", ESCALATED, OPEN, "hit.judge", may_hand_back),
    row("assign", "Assign", (OPEN, ESCALATED, PROPOSED), None, "hit.judge"),
    row("agree", "Agree", PROPOSED, CLOSED, "hit.agree", another_person, still_so),
    row("send_back", "Send back", PROPOSED, OPEN, "hit.agree", another_person),
    row("undo", "Undo", (PROPOSED, CLOSED), None, "hit.judge", ones_own_and_fresh),
    row("reopen", "Open again", CLOSED, OPEN, "hit.judge"),
)

"""What an action asks of a case: the facts, loaded once, and one guard a rule. Pure.

A guard names everything that stands against an action; the table in `workflow` says which action asks which.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from exportctl.transitions import Blocker

PROPOSE = "A licensing officer proposes one first."
GRANTING = frozenset({"approve", "approve_conditions", "approve_part"})  # outcomes that lead to a license


@dataclass(frozen=True, slots=True)
class PartyFact:
    """What the guards know of one party of the case."""

    name: str
    screening: str  # current | missing | stale | failed
    open_hits: int
    link: str = ""
    ended_orders: int = 0  # denial orders past their end that nobody reviewed


@dataclass(frozen=True, slots=True)
class Positions:
    """The bodies by what they would do. An objection without statutory and regulatory basis is none (750.4(e))."""

    objecting: tuple[str, ...] = ()
    approving: tuple[str, ...] = ()
    indifferent: tuple[str, ...] = ()  # no objection, or silent for the 30 days


@dataclass(frozen=True, slots=True)
class Ruled:
    """A forum of the ladder (750.4(f)): its ruling, if it gave one, and the days in which it may be escalated."""

    forum: str  # in words
    outcome: str = ""  # approve | approve_conditions | deny; "" before the ruling
    on: date | None = None
    until: date | None = None  # the last day to escalate
    open: bool = False  # that day has not passed
    dissenting: frozenset[str] = frozenset()  # bodies that voted otherwise
    secretary: bool = False  # the Secretary may call the next forum too


@dataclass(frozen=True, slots=True)
class Denied:
    """A denial of the case (750.6) and its appeal (756.2)."""

    notice_on: date
    final_on: date
    final: bool
    appeal_until: date
    late: bool  # that day has passed
    appealed: bool = False
    papers_until: date | None = None  # of a pending appeal
    papers_late: bool = False
    withdrawn_on: date | None = None  # of an appeal taken back


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """Everything the table asks, loaded once by `applications.facts`."""

    status: str
    permissions: frozenset[str]
    is_person: bool
    actor_id: int
    route: str = "office"
    gaps: tuple[Blocker, ...] = ()
    parties: tuple[PartyFact, ...] = ()
    stale_lists: tuple[str, ...] = ()
    waiting_bodies: tuple[str, ...] = ()
    seats: frozenset[str] = frozenset()
    open_lanes: frozenset[str] = frozenset()  # of agencies
    own_lanes: frozenset[str] = frozenset()  # of bodies of one's own, those not closed
    own_waiting: tuple[tuple[str, date], ...] = ()  # those that have not answered, each with its target day
    own_objecting: tuple[str, ...] = ()  # those whose objection holds the case
    by_body: bool = False  # the actor sees only what is referred to their bodies
    open_holds: tuple[str, ...] = ()
    checking: bool = False  # a pre-license check is under way, its completion not recorded
    unaccepted_conditions: tuple[int, ...] = ()
    declined_conditions: tuple[int, ...] = ()  # of those not accepted
    applicant: str = ""
    live_conditions: int = 0  # proposed or accepted, not removed
    proposal: str = ""  # outcome of the open proposal, "" without one
    proposed_by: int | None = None
    review_by: int | None = None  # who began the internal review of the company route
    correcting: bool = False  # the open proposal corrects a decision that is made
    overrides: str = ""  # the policy of denial that the open proposal overrides, in words
    policy_holds: tuple[str, ...] = ()  # reasons of the holds that cover the case
    final_since: date | None = None  # the denial became final on that day, 45 days after the notice
    positions: Positions = Positions()  # while they are what counts
    ruled: Ruled | None = None  # on the ladder
    denied: Denied | None = None


def complete(facts: CaseFacts) -> Iterable[Blocker]:
    """The application has no gaps (748.6)."""
    return facts.gaps


def screened(facts: CaseFacts) -> Iterable[Blocker]:
    """Every party is screened against the current lists, and every hit is judged."""
    for party in facts.parties:
        if party.screening == "missing":
            yield Blocker(
                "screening_missing",
                f"{party.name} has not been screened yet.",
                link=party.link,
                remedy="The worker screens it within a minute; if it stays, check the worker on the health page.",
            )
        elif party.screening == "stale":
            yield Blocker(
                "screening_stale",
                f"The screening of {party.name} is older than the lists or its own facts.",
                remedy="The worker screens it again within a minute; then try again.",
                link=party.link,
            )
        elif party.screening == "failed":
            yield Blocker(
                "screening_failed",
                f"The screening of {party.name} could not run. That is not a clearance.",
                remedy="See the party page for the error and screen again.",
                link=party.link,
            )
        if party.open_hits:
            hits = "1 hit is" if party.open_hits == 1 else f"{party.open_hits} hits are"
            yield Blocker(
                "hit_open", f"{hits} not judged for {party.name}.", link=party.link,
                remedy="Two people judge each hit: open it from the party page.",
            )  # fmt: skip
        if party.ended_orders:
            yield Blocker(
                "order_ended", f"A denial order on {party.name} is past its end and not reviewed.", link=party.link,
                remedy="Import a fresh list, search the Federal Register and close the task of the hit.",
                citation="15 CFR 764.3(a)(2), 766.24(d)",
            )  # fmt: skip
    for name in facts.stale_lists:
        yield Blocker(
            "list_stale", f"{name} is past its largest age.",
            remedy="Import a fresh version, then try again.", link="/lists/",
        )  # fmt: skip


def lanes_answered(facts: CaseFacts) -> Iterable[Blocker]:
    """Every body referred to has answered or was silent for 30 days (750.4(e))."""
    for body in facts.waiting_bodies:
        yield Blocker(
            "position_missing", f"{body} has not answered.", citation="15 CFR 750.4(d)(2), (e)",
            remedy="Wait for the position; 30 days of silence count as no objection.",
        )  # fmt: skip


def own_bodies_answered(facts: CaseFacts) -> Iterable[Blocker]:
    """Every body of one's own that was asked has answered, or its lane is closed."""
    for body, due in facts.own_waiting:
        yield Blocker(
            "own_body_waiting", f"{body} has not answered; its target day is {due:%b} {due.day}, {due.year}.",
            remedy="Wait for its view, or close its lane with a reason: no silence counts for it.",
        )  # fmt: skip


def own_bodies_content(facts: CaseFacts) -> Iterable[Blocker]:
    """No body of one's own objects whose objection holds the case."""
    for body in facts.own_objecting:
        yield Blocker(
            "own_body_objects", f"{body} objects, and its objection holds the case.",
            remedy=f"Settle it with {body}: a later view of it replaces the objection.",
        )  # fmt: skip


def own_seat(facts: CaseFacts) -> Iterable[Blocker]:
    """The actor sits for a body of one's own that was asked and whose lane is not closed."""
    if not facts.seats & facts.own_lanes:
        yield Blocker(
            "no_own_lane", "No body of one's own that you sit for was asked here.",
            remedy="Views are given by the members of the bodies that were asked.",
        )  # fmt: skip


def a_silent_own_body(facts: CaseFacts) -> Iterable[Blocker]:
    """A body of one's own that was asked has not answered."""
    if not facts.own_waiting:
        yield Blocker(
            "no_silent_body", "No body of one's own is silent here.", remedy="Nothing is to be closed."
        )


def for_an_agency(facts: CaseFacts) -> Iterable[Blocker]:
    """A reviewer sits for an agency that the case was referred to; a body of one's own only gives its view."""
    if facts.by_body and not facts.seats & facts.open_lanes:
        yield Blocker(
            "not_an_agency", "You sit for no agency that has this case.",
            remedy="A body of one's own gives its view; ask a licensing officer for the rest.",
            citation="15 CFR 750.3(b)",
        )  # fmt: skip


def no_hold(facts: CaseFacts) -> Iterable[Blocker]:
    """No clock stop is open (750.4(b))."""
    for reason in facts.open_holds:
        yield Blocker(
            "clock_stopped", f"The clock is stopped: {reason}.", citation="15 CFR 750.4(b)",
            remedy="End the clock stop first.",
        )  # fmt: skip


def no_policy_hold(facts: CaseFacts) -> Iterable[Blocker]:
    """No policy hold covers the case."""
    for reason in facts.policy_holds:
        yield Blocker(
            "policy_hold", f"A policy hold covers this case: {reason}", link="/policies/holds/",
            remedy="Wait until the hold is lifted, or decide otherwise than to approve.",
        )  # fmt: skip


def senior(facts: CaseFacts) -> Iterable[Blocker]:
    """What overrides a policy of denial is signed by a senior approver."""
    if facts.overrides and "decision.override" not in facts.permissions:
        yield Blocker(
            "senior_needed", f"The proposal overrides a {facts.overrides}; a senior approver signs it.",
            remedy="Ask a senior approver, or send it back.", citation="15 CFR 744.11, 750.3",
        )  # fmt: skip


def conditions_accepted(facts: CaseFacts) -> Iterable[Blocker]:
    """The applicant accepted every condition that stands (750.4(b)(1)); each that waits is named, and for whom."""
    who = f"the filer of {facts.applicant}" if facts.applicant else "the filer"
    for number in facts.unaccepted_conditions:
        if number in facts.declined_conditions:
            yield Blocker(
                "condition_declined", f"Condition {number} was declined; it waits for its proposer or Commerce.",
                remedy="Change it, so that the filer is asked again, or remove it with a reason.",
                citation="15 CFR 750.4(b)(1)",
            )  # fmt: skip
        else:
            yield Blocker(
                "condition_open", f"Condition {number} waits for {who}.",
                remedy="The filer accepts or declines it on the dossier, or it is removed with a reason.",
                citation="15 CFR 750.4(b)(1)",
            )  # fmt: skip


def no_proposal(facts: CaseFacts) -> Iterable[Blocker]:
    """Only one decision is proposed at a time."""
    if facts.proposal:
        yield Blocker(
            "proposal_open", "A decision is already proposed and waits for its countersignature.",
            remedy="Countersign it or send it back first.",
        )  # fmt: skip


def a_proposal(facts: CaseFacts) -> Iterable[Blocker]:
    """There is a proposal to act on."""
    if not facts.proposal:
        yield Blocker("no_proposal", "No decision is proposed.", remedy=PROPOSE)


def a_correction(facts: CaseFacts) -> Iterable[Blocker]:
    """The open proposal corrects a decision that is made."""
    if not facts.correcting:
        yield Blocker("no_correction", "No correction is proposed.", remedy=PROPOSE)


def no_correction(facts: CaseFacts) -> Iterable[Blocker]:
    """The open proposal is a decision, not a correction of one."""
    if facts.correcting:
        yield Blocker(
            "correction_open", "A correction of the letter waits for its countersignature.",
            remedy="Countersign the correction or send it back first.",
        )  # fmt: skip


def another_person(facts: CaseFacts) -> Iterable[Blocker]:
    """Propose and countersign are two people's work."""
    if facts.proposed_by is not None and facts.proposed_by == facts.actor_id:
        yield Blocker(
            "same_person", "You proposed this decision; another person must countersign it.",
            remedy="Ask another approver.",
        )  # fmt: skip


def outcome_fits(facts: CaseFacts) -> Iterable[Blocker]:
    """An approval says "with conditions" exactly when there are conditions."""
    if facts.proposal == "approve" and facts.live_conditions:
        many = "1 condition is" if facts.live_conditions == 1 else f"{facts.live_conditions} conditions are"
        yield Blocker(
            "conditions_live", f"{many} not removed, so the approval carries conditions.", field="outcome",
            remedy="Approve with conditions, or remove them first.", citation="15 CFR 750.7(d)",
        )  # fmt: skip
    if facts.proposal == "approve_conditions" and not facts.live_conditions:
        yield Blocker(
            "no_conditions", "There is no condition to approve with.", field="outcome",
            remedy="Propose a condition and let the applicant accept it, or approve without conditions.",
        )  # fmt: skip


def not_final(facts: CaseFacts) -> Iterable[Blocker]:
    """Day 45 after the notice has not come (750.6(b))."""
    if facts.final_since is not None:
        yield Blocker(
            "denial_final", f"The denial became final on {facts.final_since}, 45 days after the notice.",
            remedy="A new application or an appeal under part 756 is the way on.", citation="15 CFR 750.6(b)",
        )  # fmt: skip


def day_45(facts: CaseFacts) -> Iterable[Blocker]:
    """Day 45 after the notice has come (750.6(b))."""
    if facts.final_since is None:
        yield Blocker(
            "not_due", "The denial is not final before day 45 after the notice.", citation="15 CFR 750.6(b)",
            remedy="Nothing is to be done; it becomes final by its date.",
        )  # fmt: skip


def a_stop(facts: CaseFacts) -> Iterable[Blocker]:
    """A clock stop is open."""
    if not facts.open_holds:
        yield Blocker("no_stop", "The clock is not stopped.", remedy="Nothing is to be ended.")


def a_check(facts: CaseFacts) -> Iterable[Blocker]:
    """A clock stop for a pre-license check is open, and its completion not recorded."""
    if not facts.checking:
        yield Blocker("no_check", "No pre-license check is under way.", citation="15 CFR 750.4(b)",
                      remedy="Stop the clock for one first; a completion is recorded once.")  # fmt: skip


def another_reviewer(facts: CaseFacts) -> Iterable[Blocker]:
    """The internal review of the company route is two people's work."""
    if facts.review_by is not None and facts.review_by == facts.actor_id:
        yield Blocker(
            "same_person", "You began the internal review; another person must close it.",
            remedy="Ask a colleague to confirm the filing.",
        )  # fmt: skip


def proposal_ready(facts: CaseFacts) -> Iterable[Blocker]:
    """What stands against the outcome that is proposed; a return needs no screening or position."""
    if facts.proposal == "return":
        return
    if facts.proposal == "no_license_required":
        yield from screened(facts)
        return
    yield from screened(facts)
    yield from lanes_answered(facts)
    yield from own_bodies_answered(facts)
    yield from no_hold(facts)
    if facts.proposal in GRANTING:
        yield from own_bodies_content(facts)
        yield from no_policy_hold(facts)
        yield from senior(facts)
        yield from conditions_accepted(facts)
        yield from outcome_fits(facts)


def own_lane_open(facts: CaseFacts) -> Iterable[Blocker]:
    """The actor sits for a body whose lane is open."""
    if not facts.seats & facts.open_lanes:
        yield Blocker(
            "no_lane", "No body you sit for has an open referral here.",
            remedy="Positions are given by the members of the bodies the case was referred to.",
        )  # fmt: skip


def on_desk(facts: CaseFacts) -> Iterable[Blocker]:
    """The actor works on this case: for Commerce, in the lane of a body they sit for, or on the company's desk."""
    company = facts.route == "company" and "application.file" in facts.permissions
    mine = facts.seats & (facts.open_lanes | facts.own_lanes)
    if "application.register" in facts.permissions or company or mine:
        return
    if facts.permissions & {"review.recommend", "review.advise"}:
        yield from own_lane_open(facts) if "review.recommend" in facts.permissions else own_seat(facts)
    else:
        yield Blocker(
            "office_route", "Who works on this case is arranged by the office that reviews it.",
            remedy="On the company route the filers of the company share their cases out.",
        )  # fmt: skip


def office_route(facts: CaseFacts) -> Iterable[Blocker]:
    """The case takes the office route."""
    if facts.route != "office":
        yield Blocker(
            "company_route", "This case takes the company route: the agency decides, we record it.",
            remedy="Record the agency's decision instead.",
        )  # fmt: skip


def company_route(facts: CaseFacts) -> Iterable[Blocker]:
    """The case takes the company route."""
    if facts.route != "company":
        yield Blocker("office_route", "This case is decided here.", remedy="Propose a decision instead.")

"""The application's transition table. Pure: buttons, API, enforcement and tests all read it.

States and rules follow 15 CFR parts 748, 750 and 756; the company route (an exporter's own review,
the agency's decision recorded) and the office route (the interagency review run here) share it.
"""

from __future__ import annotations

from enum import StrEnum

from exportctl import transitions
from exportctl.transitions import NextAction, row

from . import guards as ask
from .guards import GRANTING, CaseFacts, PartyFact

__all__ = [
    "CLOSED", "GRANTING", "IN_REVIEW", "OUTCOMES", "PENDING", "TRANSITIONS", "WORDS", "CaseFacts", "PartyFact",
    "Status", "next_actions", "outcomes", "targets",
]  # fmt: skip


class Status(StrEnum):
    """Where an application stands. The words in `WORDS` are what people read."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    REGISTERED = "registered"
    REFERRED = "referred"
    INTERNAL_REVIEW = "internal_review"
    FILED = "filed"
    INTENT_TO_DENY = "intent_to_deny"
    APPROVED = "approved"
    APPROVED_CONDITIONS = "approved_conditions"
    DENIED = "denied"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"


WORDS = {
    Status.DRAFT: "Draft",
    Status.SUBMITTED: "Submitted, not registered",
    Status.REGISTERED: "In review with Commerce",
    Status.REFERRED: "With the agencies",
    Status.INTERNAL_REVIEW: "In internal review",
    Status.FILED: "Filed with the agency",
    Status.INTENT_TO_DENY: "Intent to deny",
    Status.APPROVED: "Approved",
    Status.APPROVED_CONDITIONS: "Approved with conditions",
    Status.DENIED: "Denied",
    Status.RETURNED: "Returned without action",
    Status.WITHDRAWN: "Withdrawn",
}

IN_REVIEW = (Status.REGISTERED, Status.REFERRED)
PENDING = (*IN_REVIEW, Status.SUBMITTED, Status.INTERNAL_REVIEW, Status.FILED, Status.INTENT_TO_DENY)
CLOSED = (
    Status.APPROVED, Status.APPROVED_CONDITIONS, Status.DENIED, Status.RETURNED, Status.WITHDRAWN,
)  # fmt: skip

# outcome of a decision -> status it leads to
OUTCOMES = {
    "approve": Status.APPROVED,
    "approve_conditions": Status.APPROVED_CONDITIONS,
    "intend_to_deny": Status.INTENT_TO_DENY,
    "deny": Status.DENIED,
    "return": Status.RETURNED,
}


OPEN = (Status.REGISTERED, Status.REFERRED, Status.INTENT_TO_DENY)
WITH_CONDITIONS = (*OPEN, Status.FILED)
TRANSITIONS = (
    row("edit", "Edit", Status.DRAFT, None, "application.file"),
    row("submit", "Submit", Status.DRAFT, Status.SUBMITTED, "application.file", ask.complete, citation="15 CFR 748.1"),
    row("withdraw", "Withdraw", [Status.DRAFT, *PENDING], Status.WITHDRAWN, "application.withdraw", ask.not_final,
        clock="ends"),
    row("amend", "Amend", (*IN_REVIEW, Status.SUBMITTED, Status.INTERNAL_REVIEW, Status.FILED), None,
        "application.file", ask.no_proposal, citation="15 CFR 748.6(f)"),
    row("report_change", "Report a change of facts",
        (*PENDING, Status.APPROVED, Status.APPROVED_CONDITIONS), None, "application.file", citation="15 CFR 748.6(f)"),
    row("register", "Register", Status.SUBMITTED, Status.REGISTERED, "application.register",
        ask.complete, ask.office_route, clock="starts", citation="15 CFR 750.4(a)(2)"),
    row("begin_review", "Begin internal review", Status.SUBMITTED, Status.INTERNAL_REVIEW, "application.register",
        ask.complete, ask.company_route),
    row("mark_filed", "Mark as filed with the agency", Status.INTERNAL_REVIEW, Status.FILED, "decision.countersign",
        ask.company_route, ask.another_reviewer, ask.screened),
    row("refer", "Refer to agencies", [Status.REGISTERED, Status.REFERRED], Status.REFERRED, "application.refer",
        ask.office_route, ask.no_proposal, clock="runs", citation="15 CFR 750.4(c)(5)"),
    row("recommend", "Give position", Status.REFERRED, None, "review.recommend",
        ask.own_lane_open, ask.no_proposal, clock="runs", citation="15 CFR 750.4(d)(2)"),
    row("propose_condition", "Propose condition", WITH_CONDITIONS, None, "condition.propose",
        ask.no_proposal, ask.not_final, citation="15 CFR 750.4(b)(1), 750.7(d)"),
    row("withdraw_condition", "Withdraw condition", WITH_CONDITIONS, None, "condition.propose",
        ask.no_proposal, ask.not_final),
    row("accept_condition", "Accept condition", WITH_CONDITIONS, None, "condition.accept", ask.not_final),
    row("stop_clock", "Stop the clock", OPEN, None, "application.hold", ask.not_final,
        clock="stops", citation="15 CFR 750.4(b)"),
    row("resume_clock", "End the clock stop", OPEN, None, "application.hold", ask.a_stop,
        clock="resumes", citation="15 CFR 750.4(b)"),
    row("propose_decision", "Propose a decision", OPEN, None, "decision.propose",
        ask.no_proposal, ask.office_route, ask.not_final, citation="15 CFR 750.6, 750.7"),
    row("countersign", "Countersign", OPEN, None, "decision.countersign",
        ask.a_proposal, ask.another_person, ask.not_final, ask.proposal_ready,
        clock="ends", citation="15 CFR 750.6, 750.7"),
    row("send_back", "Send back", OPEN, None, "decision.countersign", ask.a_proposal, ask.another_person),
    row("record_decision", "Record the agency's decision", Status.FILED, None, "decision.record",
        ask.company_route, ask.screened, clock="ends"),
    row("lapse", "Denial becomes final", Status.INTENT_TO_DENY, Status.DENIED, "decision.lapse", ask.day_45,
        clock="ends", citation="15 CFR 750.6(b)", persons_only=False),
)  # fmt: skip


def next_actions(facts: CaseFacts) -> list[NextAction]:
    """What may happen to the case now and what blocks it, all blockers at once."""
    return transitions.next_actions(TRANSITIONS, facts)


def targets(action: str, status: str) -> frozenset[str]:
    """Where an action may lead from a status: the legal pairs. Empty when the table has no such row."""
    transition = transitions.find(TRANSITIONS, action, status)
    if transition is None or status not in transition.sources:
        return frozenset()
    if action == "countersign":
        return frozenset(OUTCOMES[each] for each in outcomes("office", status))
    if action == "record_decision":
        return frozenset(OUTCOMES[each] for each in outcomes("company", status))
    return frozenset({transition.target or status})


def outcomes(route: str, status: str) -> tuple[str, ...]:
    """The outcomes a decision may have. A denial begins with an intent-to-deny letter (750.6(a)).

    On the company route the agency's final decision is recorded, so the letter is not among them.
    """
    if route == "company":
        return ("approve", "approve_conditions", "deny", "return")
    if status == Status.INTENT_TO_DENY:
        return ("approve", "approve_conditions", "return")
    return ("approve", "approve_conditions", "intend_to_deny", "return")

"""The application's transition table. Pure: buttons, API, enforcement and tests all read it.

States and rules follow 15 CFR parts 748, 750 and 756; the company route (an exporter's own review,
the agency's decision recorded) and the office route (the interagency review run here) share it.
"""

from __future__ import annotations

from enum import StrEnum

from exportctl import transitions
from exportctl.transitions import NextAction, row

from . import disputes
from . import guards as ask
from .guards import GRANTING, CaseFacts, PartyFact

__all__ = [
    "AUTHORITIES", "CLOCKED", "CLOSED", "ESCALATES", "FORUMS", "GRANTING", "IN_REVIEW", "LADDER", "OPEN", "OUTCOMES",
    "PENDING", "RUNNING", "TRANSITIONS", "UNDER_WAY", "WORDS", "CaseFacts", "PartyFact", "Status", "next_actions",
    "outcomes", "targets",
]  # fmt: skip


class Status(StrEnum):
    """Where an application stands. The words in `WORDS` are what people read."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED_UNREGISTERED = "returned_unregistered"
    REGISTERED = "registered"
    REFERRED = "referred"
    COMMITTEE = "committee"
    ACEP = "acep"
    EARB = "earb"
    PRESIDENT = "president"
    INTERNAL_REVIEW = "internal_review"
    FILED = "filed"
    INTENT_TO_DENY = "intent_to_deny"
    APPROVED = "approved"
    APPROVED_CONDITIONS = "approved_conditions"
    APPROVED_PART = "approved_part"
    DENIED = "denied"
    APPEAL = "appeal"
    RETURNED = "returned"
    NO_LICENSE = "no_license_required"
    WITHDRAWN = "withdrawn"


WORDS = {
    Status.DRAFT: "Draft",
    Status.SUBMITTED: "Submitted, not registered",
    Status.RETURNED_UNREGISTERED: "Returned without registration",
    Status.REGISTERED: "In review with Commerce",
    Status.REFERRED: "With the agencies",
    Status.COMMITTEE: "With the Operating Committee",
    Status.ACEP: "With the Advisory Committee",
    Status.EARB: "With the Review Board",
    Status.PRESIDENT: "With the President",
    Status.INTERNAL_REVIEW: "In internal review",
    Status.FILED: "Filed with the agency",
    Status.INTENT_TO_DENY: "Intent to deny",
    Status.APPROVED: "Approved",
    Status.APPROVED_CONDITIONS: "Approved with conditions",
    Status.APPROVED_PART: "Approved in part",
    Status.DENIED: "Denied",
    Status.APPEAL: "Denied, appeal pending",
    Status.RETURNED: "Returned without action",
    Status.NO_LICENSE: "Returned: no license required",
    Status.WITHDRAWN: "Withdrawn",
}

# The ladder of 750.4(f): where a dispute is ruled upon, and where an escalation leads from there.
FORUMS = {
    Status.COMMITTEE: "Operating Committee",
    Status.ACEP: "Advisory Committee on Export Policy",
    Status.EARB: "Export Administration Review Board",
}
ESCALATES = {Status.COMMITTEE: Status.ACEP, Status.ACEP: Status.EARB, Status.EARB: Status.PRESIDENT}
LADDER = (*FORUMS, Status.PRESIDENT)
# who decides a case in this state; elsewhere Commerce
AUTHORITIES = {**FORUMS, Status.PRESIDENT: "President", Status.APPEAL: "Under Secretary"}

IN_REVIEW = (Status.REGISTERED, Status.REFERRED, *LADDER)
PENDING = (*IN_REVIEW, Status.SUBMITTED, Status.INTERNAL_REVIEW, Status.FILED, Status.INTENT_TO_DENY)
UNDER_WAY = (*PENDING, Status.APPEAL)  # filed and not closed: what somebody works on
CLOSED = (
    Status.APPROVED, Status.APPROVED_CONDITIONS, Status.APPROVED_PART, Status.DENIED, Status.RETURNED,
    Status.NO_LICENSE, Status.WITHDRAWN, Status.RETURNED_UNREGISTERED,
)  # fmt: skip

# outcome of a decision -> status it leads to
OUTCOMES = {
    "approve": Status.APPROVED,
    "approve_conditions": Status.APPROVED_CONDITIONS,
    "approve_part": Status.APPROVED_PART,
    "intend_to_deny": Status.INTENT_TO_DENY,
    "deny": Status.DENIED,
    "return": Status.RETURNED,
    "no_license_required": Status.NO_LICENSE,
}


RUNNING = (Status.REGISTERED, Status.REFERRED, *FORUMS)  # where the 90 days count
CLOCKED = (*RUNNING, Status.INTENT_TO_DENY)  # where a clock stop can be
OPEN = (*CLOCKED, Status.PRESIDENT, Status.APPEAL)
LICENSED = (Status.APPROVED, Status.APPROVED_CONDITIONS, Status.APPROVED_PART)
DECIDED = (*LICENSED, Status.DENIED, Status.RETURNED, Status.NO_LICENSE)
CORRECTABLE = (*DECIDED, Status.INTENT_TO_DENY)
WITH_CONDITIONS = (*OPEN, Status.FILED)
ASKED = (Status.SUBMITTED, Status.INTERNAL_REVIEW, Status.FILED, *OPEN)
CONSULTED = (Status.INTERNAL_REVIEW, *OPEN)
TRANSITIONS = (
    row("edit", "Edit", Status.DRAFT, None, "application.file"),
    row("submit", "Submit", Status.DRAFT, Status.SUBMITTED, "application.file", ask.complete, citation="15 CFR 748.1"),
    row("withdraw", "Withdraw", [Status.DRAFT, *PENDING], Status.WITHDRAWN, "application.withdraw", ask.not_final,
        clock="ends"),
    row("amend", "Amend", (*IN_REVIEW, Status.SUBMITTED, Status.INTERNAL_REVIEW, Status.FILED), None,
        "application.file", ask.no_proposal, citation="15 CFR 748.6(f)"),
    row("report_change", "Report a change of facts",
        (*PENDING, Status.APPEAL, *LICENSED), None, "application.file", citation="15 CFR 748.6(f)"),
    row("register", "Register", Status.SUBMITTED, Status.REGISTERED, "application.register",
        ask.complete, ask.office_route, clock="starts", citation="15 CFR 750.4(a)(2)"),
    row("return_unregistered", "Return without registration", Status.SUBMITTED, Status.RETURNED_UNREGISTERED,
        "application.register", ask.office_route, citation="15 CFR 750.4(a)(2)"),
    row("begin_review", "Begin internal review", Status.SUBMITTED, Status.INTERNAL_REVIEW, "application.register",
        ask.complete, ask.company_route),
    row("mark_filed", "Mark as filed with the agency", Status.INTERNAL_REVIEW, Status.FILED, "decision.countersign",
        ask.company_route, ask.another_reviewer, ask.screened, ask.no_policy_hold, ask.own_bodies_answered,
        ask.own_bodies_content),
    row("refer", "Refer to agencies", [Status.REGISTERED, Status.REFERRED], Status.REFERRED, "application.refer",
        ask.office_route, ask.no_proposal, clock="runs", citation="15 CFR 750.4(c)(5)"),
    row("consult", "Ask a body of one's own", CONSULTED, None, "application.refer", ask.not_final),
    row("advise", "Give your body's view", CONSULTED, None, "review.advise", ask.own_seat, ask.not_final),
    row("close_lane", "Close the lane of a silent body", CONSULTED, None, "application.refer",
        ask.a_silent_own_body, ask.not_final),
    row("recommend", "Give position", Status.REFERRED, None, "review.recommend",
        ask.own_lane_open, ask.no_proposal, clock="runs", citation="15 CFR 750.4(d)(2)"),
    row("convene", "Convene the Operating Committee", Status.REFERRED, Status.COMMITTEE, "ladder.rule",
        ask.office_route, ask.no_proposal, ask.lanes_answered, disputes.agencies_differ,
        clock="runs", citation="15 CFR 750.4(f)(1)"),
    row("rule", "Record the ruling", tuple(FORUMS), None, "ladder.rule",
        ask.office_route, ask.no_proposal, disputes.not_binding,
        clock="runs", citation="15 CFR 750.4(f)"),
    row("escalate", "Escalate", tuple(ESCALATES), None, "ladder.escalate",
        ask.office_route, disputes.a_ruling, disputes.dissent, disputes.in_window,
        clock="runs", citation="15 CFR 750.4(f)(1)(ii), (2), (3)"),
    row("propose_condition", "Propose condition", WITH_CONDITIONS, None, "condition.propose", ask.for_an_agency,
        ask.no_proposal, ask.not_final, citation="15 CFR 750.4(b)(1), 750.7(d)"),
    row("change_condition", "Change condition", WITH_CONDITIONS, None, "condition.propose", ask.for_an_agency,
        ask.no_proposal, ask.not_final, citation="15 CFR 750.7(d)"),
    row("agree_condition", "Agree to condition", WITH_CONDITIONS, None, "condition.propose",
        ask.for_an_agency, ask.not_final, citation="15 CFR 750.4(d)(2)"),
    row("accept_condition", "Accept condition", WITH_CONDITIONS, None, "condition.accept", ask.not_final,
        citation="15 CFR 750.4(b)(1)"),
    row("decline_condition", "Decline condition", WITH_CONDITIONS, None, "condition.accept",
        ask.no_proposal, ask.not_final, citation="15 CFR 750.4(b)(1)"),
    row("remove_condition", "Remove condition", WITH_CONDITIONS, None, "condition.propose", ask.for_an_agency,
        ask.no_proposal, ask.not_final),
    row("meet_condition", "Report on condition", LICENSED, None, "condition.meet",
        citation="15 CFR 750.7(d)"),
    row("waive_condition", "Waive condition", LICENSED, None, "condition.waive",
        citation="15 CFR 750.7(d)"),
    row("assign", "Assign", UNDER_WAY, None, "application.assign", ask.on_desk),
    row("ask_question", "Ask a question", ASKED, None, "question.ask", ask.for_an_agency, ask.not_final,
        clock="stops", citation="15 CFR 750.4(b)(1), (d)(1)"),
    row("record_question", "Record a question of the agency", Status.FILED, None, "application.file",
        ask.company_route),
    row("answer_question", "Answer question", ASKED, None, "question.answer", clock="resumes",
        citation="15 CFR 750.4(b)(1), (d)(1)"),
    row("withdraw_question", "Withdraw question", ASKED, None, "question.ask", ask.for_an_agency,
        clock="resumes",
        citation="15 CFR 750.4(b)(1), (d)(1)"),
    row("remind_question", "Remind of question", ASKED, None, "question.ask", ask.for_an_agency),
    row("stop_clock", "Stop the clock", CLOCKED, None, "application.hold", ask.for_an_agency, ask.not_final,
        clock="stops", citation="15 CFR 750.4(b)"),
    row("complete_check", "Record the completed check", CLOCKED, None, "application.hold",
        ask.for_an_agency, ask.a_check, citation="15 CFR 750.4(b)"),
    row("resume_clock", "End the clock stop", CLOCKED, None, "application.hold", ask.for_an_agency, ask.a_stop,
        clock="resumes", citation="15 CFR 750.4(b)"),
    row("propose_decision", "Propose a decision", OPEN, None, "decision.propose",
        ask.no_proposal, ask.office_route, ask.not_final, citation="15 CFR 750.6, 750.7"),
    row("countersign", "Countersign", OPEN, None, "decision.countersign",
        ask.a_proposal, ask.no_correction, ask.another_person, ask.not_final, ask.proposal_ready,
        disputes.agencies_agree, disputes.ruling_followed,
        clock="ends", citation="15 CFR 750.6, 750.7"),
    row("correct", "Propose a correction", CORRECTABLE, None, "decision.propose", ask.no_proposal),
    row("countersign_correction", "Countersign the correction", CORRECTABLE, None, "decision.countersign",
        ask.a_correction, ask.another_person),
    row("send_back", "Send back", (*OPEN, *DECIDED), None, "decision.countersign", ask.a_proposal, ask.another_person),
    row("record_decision", "Record the agency's decision", Status.FILED, None, "decision.record",
        ask.company_route, ask.screened, clock="ends"),
    row("lapse", "Denial becomes final", Status.INTENT_TO_DENY, Status.DENIED, "decision.lapse", ask.day_45,
        clock="ends", citation="15 CFR 750.6(b)", persons_only=False),
    row("respond", "Answer the intent to deny", Status.INTENT_TO_DENY, None, "application.file", ask.not_final,
        citation="15 CFR 750.6(a)"),
    row("appeal", "Appeal the denial", (Status.INTENT_TO_DENY, Status.DENIED), Status.APPEAL, "application.file",
        ask.office_route, disputes.denial_final, disputes.appeal_in_time, disputes.not_appealed,
        citation="15 CFR 750.6(b), 756.2(c)"),
    row("add_appeal_paper", "Add a paper to the appeal", Status.APPEAL, None, "application.file",
        disputes.papers_open, citation="15 CFR 756.2(c)"),
    row("withdraw_appeal", "Withdraw the appeal", Status.APPEAL, Status.DENIED, "application.file",
        citation="15 CFR 756.2"),
)  # fmt: skip


def next_actions(facts: CaseFacts) -> list[NextAction]:
    """What may happen to the case now and what blocks it, all blockers at once."""
    return transitions.next_actions(TRANSITIONS, facts)


def targets(action: str, status: str) -> frozenset[str]:
    """Where an action may lead from a status: the legal pairs. Empty when the table has no such row."""
    transition = transitions.find(TRANSITIONS, action, status)
    if transition is None or status not in transition.sources:
        return frozenset()
    if action == "escalate":
        return frozenset({ESCALATES[Status(status)]})
    if action == "countersign":
        return frozenset(OUTCOMES[each] for each in outcomes("office", status))
    if action == "record_decision":
        return frozenset(OUTCOMES[each] for each in outcomes("company", status))
    return frozenset({transition.target or status})


def outcomes(route: str, status: str) -> tuple[str, ...]:
    """The outcomes a decision may have. A denial begins with an intent-to-deny letter (750.6(a)).

    On the company route the agency's final decision is recorded, so the letter is not among them. An appeal
    ends in an approval or in a denial that is final (756.2(d)).
    """
    granting = ("approve", "approve_conditions", "approve_part")
    if route == "company":
        return (*granting, "deny", "return", "no_license_required")
    if status == Status.APPEAL:
        return (*granting, "deny")
    if status == Status.INTENT_TO_DENY:
        return (*granting, "return")
    return (*granting, "intend_to_deny", "return", "no_license_required")

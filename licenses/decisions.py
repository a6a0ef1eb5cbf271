"""Decisions: proposed by one person, countersigned by another, or recorded from the agency (750.6, 750.7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import IO, Any

from exportctl import audit, people
from exportctl.errors import Refused, invalid, refuse
from exportctl.models import User

from . import (
    applications,
    attachments,
    cases,
    delegations,
    disputes,
    grounds,
    guards,
    holds,
    issued,
    workflow,
)
from .cases import final_on
from .determination.tables import POLICY_WORDS
from .grounds import Grounds
from .models import Application, Attachment, Decision, DecisionState, DocumentKind, Outcome
from .workflow import GRANTING, OUTCOMES, Status

__all__ = [
    "countersign", "final_on", "lapse", "lapse_one", "outcomes", "propose", "record", "send_back", "state",
]  # fmt: skip


def outcomes(application: Application) -> tuple[Outcome, ...]:
    """The outcomes a decision on this case may have now."""
    return tuple(Outcome(each) for each in workflow.outcomes(application.route, application.status))


def propose(*, application: Application, by: User, at: datetime, **given: Any) -> Decision:
    """Propose a decision for another person to countersign.

    Takes what `grounds.checked` takes: `outcome` and `justification`; of an intent to deny also `legal_basis`,
    `denial_reasons`, the `considerations` (or the word "withheld") and the `modifications` that could change it (or
    "none", 750.6(a)); of a return its `reason_code`; of an approval in part its `lines` ({number, quantity, reason}),
    of one against a policy of denial the `override`. A denial cannot be proposed: it begins with the intent-to-deny
    letter and is final on day 45. On the ladder it waits for the ruling and its five days, and follows it
    (750.4(f)); the decision is then the forum's, on an appeal the Under Secretary's. An agency the case was not
    referred to under a delegation of authority is kept with it. Raises Invalid with every wrong field. Events
    decision.proposed and referral.waived.
    """
    what = grounds.checked(**given)
    with audit.action(by=by, at=at) as log:
        case = applications.move(application, "propose_decision", by, at)
        grounds.fit(case, what)
        _follows_ruling(case, what.outcome, by=by, at=at)
        policy = grounds.policy_of(case, cases.day(at))
        grounds.overrides(what, policy)
        authority = workflow.AUTHORITIES.get(Status(case.status), "Commerce")
        decision = Decision.objects.create(
            application=case,
            policy=policy,
            authority=authority,
            proposed_by=by,
            proposed_at=at,
            **what.columns(),
        )
        grounds.keep_lines(decision, what)
        if what.outcome not in (Outcome.RETURN, Outcome.NO_LICENSE) and case.status in workflow.IN_REVIEW:
            delegations.waive(case, by=by, at=at, log=log)
        log("decision.proposed", case, application=case.number, decision=decision.pk, outcome=str(what.outcome),
            reason_code=what.reason_code, denial_reasons=what.denial_reasons, policy=policy, override=what.override,
            justification=decision.justification, lines=_lines_told(what),
            parties=sorted({role.party_id for role in case.roles.all()}))  # fmt: skip
    return decision


def countersign(
    *, application: Application, by: User, at: datetime, expires_on: date | None = None
) -> Decision:
    """Make the proposed decision. An approval issues the license in the same action (750.7).

    Refuses, with all reasons at once: the proposer, a screening that is missing, stale or failed, an
    unjudged hit, a missing position (30 days of silence count as no objection, 750.4(e)), an open clock
    stop, a condition not accepted, an approval whose conditions do not fit its outcome, a policy hold, an
    override that no senior approver signs; then a policy of denial that came since the proposal. A return without
    action needs none of these but the second person. Event decision.made.
    """
    with audit.action(by=by, at=at) as log:
        holds.approving()
        proposal = cases.proposed(applications.locked(application))
        if proposal is not None and at < proposal.proposed_at:
            raise refuse("too_early", f"The proposal was made on {proposal.proposed_at:%Y-%m-%d %H:%M} UTC.",
                         remedy="Give a later time.")  # fmt: skip
        target = OUTCOMES[proposal.outcome] if proposal else None
        case = applications.move(application, "countersign", by, at, target=target)
        assert proposal is not None  # the table refuses without one
        proposal.application = case
        if proposal.outcome in GRANTING:
            proposal.policy = _policy_now(case, proposal, cases.day(at))
            proposal.senior = bool(proposal.override)
        proposal.state = DecisionState.MADE
        proposal.countersigned_by = by
        proposal.made_at = at
        proposal.save(update_fields=["state", "countersigned_by", "made_at", "policy", "senior"])
        log("decision.made", case, **_told(case, proposal))
        if proposal.outcome in GRANTING and case.licensed:
            issued.issue(decision=proposal, by=by, at=at, expires_on=expires_on)
    return proposal


def _policy_now(case: Application, proposal: Decision, on: date) -> str:
    policy = grounds.policy_of(case, on)
    if policy in grounds.DENYING and not proposal.override:
        raise refuse("policy_changed", f"Since the proposal a {POLICY_WORDS[policy]} applies to this case.",
                     remedy="Send it back; it is proposed again with the reason for overriding the policy.",
                     citation="15 CFR 744.11, 750.3")  # fmt: skip
    return policy


def send_back(*, application: Application, reason: str, by: User, at: datetime) -> Decision:
    """Send the proposal back to its proposer with a reason. Refuses the proposer. Event decision.sent_back."""
    if not reason.strip():
        raise invalid("reason", "A reason is missing.", "Say what should change.")
    with audit.action(by=by, at=at) as log:
        case = applications.move(application, "send_back", by, at)
        proposal = cases.proposed(case)
        assert proposal is not None
        applications.drop_proposal(case, reason.strip(), by=by, at=at, log=log)
    return proposal


def record(
    *,
    application: Application,
    authority: str,
    decided_on: date,
    by: User,
    at: datetime,
    license_number: str = "",
    expires_on: date | None = None,
    file: IO[bytes] | None = None,
    name: str = "",
    no_document: str = "",
    **given: Any,
) -> Decision:
    """Record the agency's decision on a case filed outside (company route), with its document.

    `given` are its grounds as `propose` takes them. `file` and `name` are the agency's letter or license, kept in
    the file of the case; without it `no_document` says why it is not at hand. `license_number` and `expires_on` are
    those of the agency's license; without them the product gives a number and four years. Refuses as `countersign`
    does where it applies, an unnamed authority, and a day before the filing or after the recording. Event
    decision.recorded.
    """
    what = grounds.checked(**given)
    outcome = what.outcome
    _documented(file, no_document)
    if not authority.strip() or len(authority) > 60:
        raise invalid("authority", "The deciding agency is missing or its name too long.", "For example BIS.")
    if decided_on > cases.day(at):
        raise invalid("decided_on", "The decision lies after the day it is recorded.", "Check the date.")
    if outcome == Outcome.INTEND_TO_DENY:
        raise invalid(
            "outcome", "Only a final decision is recorded.", "Record it when the agency has made it."
        )
    if what.override:
        raise invalid("override", "The agency overrides its policies, not who records it.", "Leave it empty.")
    with audit.action(by=by, at=at) as log:
        case = applications.locked(application)
        if case.submitted_at is not None and decided_on < cases.day(case.submitted_at):
            raise invalid("decided_on", "The decision lies before the filing.", "Check the date.")
        if outcome == Outcome.APPROVE_PART:
            grounds.fit(case, what)
        case = applications.move(application, "record_decision", by, at, target=OUTCOMES[outcome])
        _conditions_fit(case, outcome, by=by, at=at)
        decision = Decision.objects.create(
            application=case,
            state=DecisionState.MADE,
            authority=authority.strip(),
            recorded=True,
            attachment=_attached(case, file, name, by=by, at=at),
            no_document="" if file else no_document.strip(),
            proposed_by=by,
            proposed_at=at,
            made_at=datetime.combine(decided_on, time(), UTC),
            **what.columns(),
        )
        grounds.keep_lines(decision, what)
        log("decision.recorded", case, **_told(case, decision), decided_on=decided_on,
            sha256=decision.attachment.document.sha256 if decision.attachment else "",
            no_document=decision.no_document)  # fmt: skip
        if outcome in GRANTING and case.licensed:
            issued.issue(decision=decision, by=by, at=at, expires_on=expires_on, number=license_number)
    return decision


def lapse(*, at: datetime) -> int:
    """Note each denial whose day 45 has come: final without further notice (750.6(b)).

    The event decision.final carries that day as its time; the truth does not wait for it (`state`). An
    open proposal is sent back. Safe to run twice and at the same time; returns how many became final.
    """
    count = 0
    due = Application.objects.filter(status=Status.INTENT_TO_DENY).with_dossier().order_by("pk")
    for case in due:
        final = cases.final_since(case, cases.day(at))
        if final is not None:
            try:
                lapse_one(case, on=cases.day(at))
            except Refused:  # someone else was first
                continue
            count += 1
    return count


def lapse_one(application: Application, *, on: date) -> None:
    """Note the denial of one case, final before or on a day, at its own day."""
    final, by = cases.final_since(application, on), people.job_user("clock")
    assert final is not None
    moment = datetime.combine(final, time(), UTC)
    with audit.action(by=by, at=moment) as log:
        notice = cases.intent(application)
        assert notice is not None
        case = applications.move(
            application,
            "lapse",
            by,
            moment,
            decision=notice.pk,
            outcome=str(Outcome.DENY),
            authority=notice.authority,
        )
        notice.final_at = moment
        notice.save(update_fields=["final_at"])
        applications.drop_proposal(case, "The denial became final on day 45.", by=by, at=moment, log=log)


def state(application: Application, on: date) -> Status:
    """Where the case stands on a day: an intent to deny is a denial from day 45 on (750.6(b))."""
    if cases.final_since(application, on) is not None:
        return Status.DENIED
    return Status(application.status)


def _documented(file: IO[bytes] | None, no_document: str) -> None:
    """A recorded decision has the agency's document, or says why it is not at hand."""
    if file is None and not no_document.strip():
        raise invalid("file", "The agency's document is missing.", "Add it, or say why it is not at hand.",
                      "15 CFR 762.2")  # fmt: skip
    if len(no_document) > 300 or "\x00" in no_document:
        raise invalid("no_document", "Longer than 300 characters or no text.", "Shorten it.")


def _attached(
    case: Application, file: IO[bytes] | None, name: str, *, by: User, at: datetime
) -> Attachment | None:
    if file is None:
        return None
    return attachments.attach(
        file=file, name=name, kind=DocumentKind.AGENCY_DECISION, application=case, by=by, at=at
    )


def _follows_ruling(case: Application, outcome: str, *, by: User, at: datetime) -> None:
    """A decision on the ladder follows the ruling that binds."""
    facts = replace(cases.facts(case, by, cases.day(at)), proposal=outcome)
    if found := tuple(disputes.ruling_followed(facts)):
        raise Refused(found)


def _conditions_fit(case: Application, outcome: str, *, by: User, at: datetime) -> None:
    """On the company route too, conditions are accepted and fit the outcome."""
    live = [each for each in case.conditions.all() if each.withdrawn_at is None]
    facts = workflow.CaseFacts(
        status=case.status,
        permissions=frozenset(),
        is_person=by.is_person,
        actor_id=by.pk,
        proposal=outcome,
        live_conditions=len(live),
        unaccepted_conditions=tuple(each.number for each in live if each.accepted_at is None),
        declined_conditions=tuple(each.number for each in live if each.declined_at is not None),
        applicant=case.applicant.name,
    )
    if outcome in GRANTING and (found := (*guards.conditions_accepted(facts), *guards.outcome_fits(facts))):
        raise Refused(found)


def _told(case: Application, decision: Decision) -> dict[str, object]:
    return {
        "application": case.number,
        "decision": decision.pk,
        "outcome": str(decision.outcome),
        "authority": decision.authority,
        "legal_basis": decision.legal_basis,
        "reason_code": decision.reason_code,
        "denial_reasons": decision.denial_reasons,
        "policy": decision.policy,
        "override": decision.override,
        "lines": [
            {"number": line.number, "quantity": f"{line.quantity:f}"}
            for line in decision.lines.order_by("number")
        ],
        "proposed_by": decision.proposed_by.username,
    }


def _lines_told(what: Grounds) -> list[dict[str, Any]]:
    return [
        {"number": part.number, "quantity": f"{part.quantity:f}", "reason": part.reason}
        for part in what.parts
    ]

"""Decisions: proposed by one person, countersigned by another, or recorded from the agency (750.6, 750.7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import IO

from exportctl import audit, people
from exportctl.errors import Invalid, Refused, invalid, refuse
from exportctl.models import User
from exportctl.transitions import Blocker

from . import applications, attachments, cases, disputes, guards, issued, workflow
from .cases import final_on
from .models import Application, Attachment, Decision, DecisionState, DocumentKind, Outcome, ReturnReason
from .workflow import GRANTING, OUTCOMES, Status

__all__ = [
    "countersign", "final_on", "lapse", "lapse_one", "outcomes", "propose", "record", "send_back", "state",
]  # fmt: skip


def outcomes(application: Application) -> tuple[Outcome, ...]:
    """The outcomes a decision on this case may have now."""
    return tuple(Outcome(each) for each in workflow.outcomes(application.route, application.status))


def propose(
    *,
    application: Application,
    outcome: str,
    justification: str,
    legal_basis: str = "",
    reason_code: str = "",
    considerations: str = "",
    modifications: str = "",
    by: User,
    at: datetime,
) -> Decision:
    """Propose a decision for another person to countersign.

    Needs a justification; an intent to deny also its statutory and regulatory basis, the specific
    considerations (or the word "withheld") and the modifications that could change it (or "none", 750.6(a)); a
    return its reason. A denial cannot be proposed: it begins with the intent-to-deny letter and is final on day
    45. On the ladder it waits for the ruling and its five days, and follows it (750.4(f)); the decision is
    then the forum's, on an appeal the Under Secretary's. Raises Invalid with every wrong field. Event
    decision.proposed.
    """
    _checked(outcome, justification, legal_basis, reason_code, told={
        "considerations": considerations, "modifications": modifications,
    })  # fmt: skip
    with audit.action(by=by, at=at) as log:
        case = applications.move(application, "propose_decision", by, at)
        _possible(case, outcome)
        _follows_ruling(case, outcome, by=by, at=at)
        decision = Decision.objects.create(
            application=case,
            outcome=outcome,
            justification=justification.strip(),
            legal_basis=legal_basis.strip(),
            reason_code=reason_code,
            considerations=considerations.strip(),
            modifications=modifications.strip(),
            authority=workflow.AUTHORITIES.get(Status(case.status), "Commerce"),
            proposed_by=by,
            proposed_at=at,
        )
        log("decision.proposed", case, application=case.number, decision=decision.pk, outcome=str(outcome),
            reason_code=reason_code, justification=decision.justification,
            parties=sorted({role.party_id for role in case.roles.all()}))  # fmt: skip
    return decision


def countersign(
    *, application: Application, by: User, at: datetime, expires_on: date | None = None
) -> Decision:
    """Make the proposed decision. An approval issues the license in the same action (750.7).

    Refuses, with all reasons at once: the proposer, a screening that is missing, stale or failed, an
    unjudged hit, a missing position (30 days of silence count as no objection, 750.4(e)), an open clock
    stop, a condition not accepted, an approval whose conditions do not fit its outcome. A return
    without action needs none of these but the second person. Event decision.made.
    """
    with audit.action(by=by, at=at) as log:
        proposal = cases.proposed(applications.locked(application))
        if proposal is not None and at < proposal.proposed_at:
            raise refuse("too_early", f"The proposal was made on {proposal.proposed_at:%Y-%m-%d %H:%M} UTC.",
                         remedy="Give a later time.")  # fmt: skip
        target = OUTCOMES[proposal.outcome] if proposal else None
        case = applications.move(application, "countersign", by, at, target=target)
        assert proposal is not None  # the table refuses without one
        proposal.application = case
        proposal.state = DecisionState.MADE
        proposal.countersigned_by = by
        proposal.made_at = at
        proposal.save(update_fields=["state", "countersigned_by", "made_at"])
        log("decision.made", case, **_told(case, proposal))
        if proposal.outcome in GRANTING and case.licensed:
            issued.issue(decision=proposal, by=by, at=at, expires_on=expires_on)
    return proposal


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
    outcome: str,
    justification: str,
    legal_basis: str = "",
    reason_code: str = "",
    authority: str,
    decided_on: date,
    by: User,
    at: datetime,
    license_number: str = "",
    expires_on: date | None = None,
    file: IO[bytes] | None = None,
    name: str = "",
    no_document: str = "",
) -> Decision:
    """Record the agency's decision on a case filed outside (company route), with its document.

    `file` and `name` are the agency's letter or license, kept in the file of the case; without it
    `no_document` says why it is not at hand. `license_number` and `expires_on` are those of the agency's
    license; without them the product gives a number and four years. Refuses as `countersign` does where it
    applies, an unnamed authority, and a day before the filing or after the recording. Event decision.recorded.
    """
    _checked(outcome, justification, legal_basis, reason_code)
    _documented(file, no_document)
    if not authority.strip() or len(authority) > 60:
        raise invalid("authority", "The deciding agency is missing or its name too long.", "For example BIS.")
    if decided_on > cases.day(at):
        raise invalid("decided_on", "The decision lies after the day it is recorded.", "Check the date.")
    if outcome not in workflow.outcomes("company", application.status):
        raise Invalid(
            _wrong("outcome", "Only a final decision is recorded.", "Record it when the agency has made it.")
        )
    with audit.action(by=by, at=at) as log:
        case = applications.locked(application)
        if case.submitted_at is not None and decided_on < cases.day(case.submitted_at):
            raise invalid("decided_on", "The decision lies before the filing.", "Check the date.")
        case = applications.move(application, "record_decision", by, at, target=OUTCOMES[outcome])
        _conditions_fit(case, outcome, by=by, at=at)
        decision = Decision.objects.create(
            application=case,
            outcome=outcome,
            state=DecisionState.MADE,
            justification=justification.strip(),
            legal_basis=legal_basis.strip(),
            reason_code=reason_code,
            authority=authority.strip(),
            recorded=True,
            attachment=_attached(case, file, name, by=by, at=at),
            no_document="" if file else no_document.strip(),
            proposed_by=by,
            proposed_at=at,
            made_at=datetime.combine(decided_on, time(), UTC),
        )
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


# what an intent-to-deny letter must tell beside its basis (750.6(a)): the field, its name, the word for nothing
PARTICULARS = (
    ("considerations", "specific considerations", "withheld"),
    ("modifications", "modifications that could change the decision", "none"),
)


def _particulars(outcome: str, told: Mapping[str, str]) -> Iterator[Blocker]:
    for field, words, nothing in PARTICULARS:
        text = told.get(field, "").strip()
        if outcome == Outcome.INTEND_TO_DENY and not text:
            yield _wrong(
                field, f"The letter tells the {words}.", f"Write them, or “{nothing}”.", "15 CFR 750.6(a)"
            )
        elif text and outcome != Outcome.INTEND_TO_DENY:
            yield _wrong(field, "Only an intent to deny carries this.", "Leave it empty.")
        elif len(text) > 10_000 or "\x00" in text:
            yield _wrong(field, "Longer than 10,000 characters or no text.", "Shorten it.")


def _checked(
    outcome: str,
    justification: str,
    legal_basis: str,
    reason_code: str,
    told: Mapping[str, str] | None = None,
) -> None:
    found = list(_particulars(outcome, told)) if told is not None else []
    if outcome not in Outcome.values:
        found.append(
            _wrong("outcome", f"'{outcome}' is no outcome.", f"One of: {', '.join(Outcome.values)}.")
        )
    if not justification.strip():
        found.append(_wrong("justification", "A justification is missing.", "Say why this outcome is right."))
    if outcome in (Outcome.DENY, Outcome.INTEND_TO_DENY) and not legal_basis.strip():
        found.append(
            _wrong("legal_basis", "A denial names its statutory and regulatory basis.",
                   "Cite it, for example 15 CFR 744.11.", "15 CFR 750.6(a)")
        )  # fmt: skip
    if len(legal_basis) > 300:
        found.append(_wrong("legal_basis", "Longer than 300 characters.", "Shorten it."))
    if outcome == Outcome.RETURN and reason_code not in ReturnReason.values:
        found.append(
            _wrong("reason_code", "A return without action names its reason.",
                   f"One of: {', '.join(ReturnReason.values)}.", "15 CFR 750.4(a)(2), (c)(3)")
        )  # fmt: skip
    if outcome != Outcome.RETURN and reason_code:
        found.append(_wrong("reason_code", "Only a return without action carries this.", "Leave it empty."))
    if found:
        raise Invalid(found)


def _possible(case: Application, outcome: str) -> None:
    """The outcome is one this case may have."""
    if outcome in outcomes(case):
        return
    if outcome == Outcome.DENY:
        raise Invalid(
            _wrong("outcome", "A denial begins with an intent-to-deny letter and is final 45 days after it.",
                   "Propose the intent to deny.", "15 CFR 750.6")
        )  # fmt: skip
    may = ", ".join(each.label.lower() for each in outcomes(case))
    raise Invalid(_wrong("outcome", f"Not possible here. Possible: {may}.", "Choose one of these."))


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
        "proposed_by": decision.proposed_by.username,
    }


def _wrong(field: str, message: str, remedy: str, citation: str = "") -> Blocker:
    return Blocker("invalid", message, remedy=remedy, field=field, citation=citation)

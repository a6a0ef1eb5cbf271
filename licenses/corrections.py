"""Corrections: a made decision stays as it is; another one supersedes it, with the same outcome and day."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from exportctl import audit
from exportctl.errors import refuse
from exportctl.models import User

from . import applications, cases, grounds
from .models import Application, Decision, DecisionState

NOT_KEPT = "Recorded before documents were kept with decisions."  # of an earlier edition


def propose(*, application: Application, by: User, at: datetime, **given: Any) -> Decision:
    """Propose other words for the decision of a closed case, or for its intent-to-deny letter.

    `justification`, `legal_basis`, `reason_code`, `denial_reasons` and the particulars of a letter are given anew,
    as a whole. The outcome, the lines, the day and with it every period counted from it stay: another outcome is a
    revocation, a new application or an appeal. Raises Invalid with every wrong field. Event
    decision.correction_proposed.
    """
    with audit.action(by=by, at=at) as log:
        case = applications.locked(application)
        applications.demand(case, "correct", by, at)
        before = cases.standing(case)
        if before is None:
            raise refuse("no_decision", "There is no decision to correct.", remedy="Nothing is to be done.")
        lines = [
            {"number": line.number, "quantity": line.quantity, "reason": line.reason}
            for line in before.lines.order_by("number")
        ]
        what = grounds.checked(
            **{**given, "outcome": before.outcome, "override": before.override, "lines": lines}
        )
        decision = Decision.objects.create(
            application=case, supersedes=before, policy=before.policy, authority=before.authority,
            recorded=before.recorded, attachment=before.attachment,
            no_document=before.no_document or (NOT_KEPT if before.recorded and not before.attachment_id else ""),
            proposed_by=by, proposed_at=at, **what.columns(),
        )  # fmt: skip
        grounds.keep_lines(decision, what)
        log("decision.correction_proposed", case, application=case.number, decision=decision.pk,
            supersedes=before.pk, justification=what.justification)  # fmt: skip
    return decision


def countersign(*, application: Application, by: User, at: datetime) -> Decision:
    """Make the proposed correction. It carries the day of the decision it corrects, and its own beside it.

    Refuses the proposer. Event decision.corrected.
    """
    with audit.action(by=by, at=at) as log:
        case = applications.locked(application)
        applications.demand(case, "countersign_correction", by, at)
        proposal = cases.proposed(case)
        assert proposal is not None and proposal.supersedes is not None  # the table refuses without one
        before = proposal.supersedes
        proposal.state, proposal.countersigned_by = DecisionState.MADE, by
        proposal.made_at, proposal.corrected_at = before.made_at, at
        proposal.senior, proposal.final_at = before.senior, before.final_at
        proposal.save(
            update_fields=["state", "countersigned_by", "made_at", "corrected_at", "senior", "final_at"]
        )
        log("decision.corrected", case, application=case.number, decision=proposal.pk, supersedes=before.pk,
            outcome=str(cases.outcome_now(proposal)), authority=proposal.authority,
            legal_basis=proposal.legal_basis, reason_code=proposal.reason_code,
            denial_reasons=proposal.denial_reasons, proposed_by=proposal.proposed_by.username)  # fmt: skip
    return proposal

"""The ladder of a dispute: the Operating Committee, the Advisory Committee, the Review Board, the President.

15 CFR 750.4(f), E.O. 12981 as amended by E.O. 13020.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from exportctl import audit
from exportctl.errors import Invalid, Refused
from exportctl.models import User
from exportctl.transitions import Blocker, wrong

from . import applications, cases, rungs, workflow
from .models import SECRETARY, Application, Body, Escalation, Office, Ruling, RulingOutcome
from .workflow import FORUMS, Status

# what a position counts for when the Operating Committee rules; silence and no objection count for nothing
VOTES = ("approve", "approve_conditions", "deny")


def convene(*, application: Application, by: User, at: datetime) -> Application:
    """Bring a case on which the agencies differ before the Operating Committee (750.4(f)(1)).

    Refuses while a body still has to answer and where nobody objects on a statutory and regulatory basis, or
    everybody does. Event application.convened with the positions.
    """
    positions = {lane.body: lane.position for lane in cases.lanes(application, cases.day(at))}
    with audit.action(by=by, at=at):
        return applications.move(application, "convene", by, at, positions=positions)


def rule(
    *,
    application: Application,
    outcome: str,
    reason: str,
    votes: Mapping[str, str] | None = None,
    by: User,
    at: datetime,
) -> Ruling:
    """Record what the forum that has the case ruled: the Committee's chair, or the majority of the others.

    `votes` are what the bodies voted for; for the Committee, where its chair decides, the bodies' positions are
    taken when none is given. Refuses a ruling of the Advisory Committee or the Review Board that has no majority,
    and a ruling that binds already; until then a new one corrects it, with five days of its own. Event ruling.made.
    """
    found = []
    if outcome not in RulingOutcome.values:
        found.append(
            wrong("outcome", f"'{outcome}' is no ruling.", f"One of: {', '.join(RulingOutcome.values)}.")
        )
    found += _missing("reason", reason, "The reason of the ruling", 10_000)
    given = {str(body): str(vote) for body, vote in (votes or {}).items() if vote}
    if unknown := sorted(set(given) - set(Body.values)):
        found.append(
            wrong("votes", f"'{unknown[0]}' is no review body.", f"Bodies: {', '.join(Body.values)}.")
        )
    if strange := sorted(set(given.values()) - set(VOTES)):
        found.append(wrong("votes", f"'{strange[0]}' is no vote.", f"One of: {', '.join(VOTES)}."))
    if found:
        raise Invalid(found)
    with audit.action(by=by, at=at) as log:
        case = applications.move(application, "rule", by, at)
        if not given and case.status == Status.COMMITTEE:
            lanes = cases.lanes(case, cases.day(at))
            given = {lane.body: lane.position for lane in lanes if lane.position in VOTES}
        if case.status != Status.COMMITTEE:
            _majority(case, outcome, given)
        made = Ruling.objects.create(
            application=case,
            forum=case.status,
            outcome=outcome,
            reason=reason.strip(),
            votes=given,
            by=by,
            at=at,
        )
        log("ruling.made", case, application=case.number, forum=made.forum, outcome=outcome, reason=made.reason,
            votes=given, dissenting=sorted(made.dissenting))  # fmt: skip
    return made


def escalate(
    *,
    application: Application,
    body: str,
    signatory: str,
    office: str,
    statute: str,
    regulation: str,
    reason: str,
    by: User,
    at: datetime,
) -> Escalation:
    """Take a ruling to the next forum within five days, for a body that dissented (750.4(f)(1)(ii), (2), (3)).

    To the Advisory Committee an official appointed by the President signs, to the Review Board and to the
    President the head of the agency; each cites the statute and the regulation. The Secretary may call the Review
    Board too. An open proposal is sent back. Refuses a body without dissent, a person without its seat, a day too
    late. Event application.escalated.
    """
    found = [
        *_missing("signatory", signatory, "Who signed it", 120),
        *_missing("statute", statute, "The statute it rests on", 200),
        *_missing("regulation", regulation, "The regulation it rests on", 200),
        *_missing("reason", reason, "The reason", 10_000),
    ]
    if body not in (*Body.values, SECRETARY):
        found.append(
            wrong("body", f"'{body}' is no review body.", f"One of: {', '.join((*Body.values, SECRETARY))}.")
        )
    if office not in Office.values:
        found.append(wrong("office", f"'{office}' is no office.", f"One of: {', '.join(Office.values)}."))
    if found:
        raise Invalid(found)
    with audit.action(by=by, at=at) as log:
        case = applications.locked(application)
        applications.demand(case, "escalate", by, at)
        given = rungs.ruling(case)
        assert given is not None  # the table refuses without one
        target = workflow.ESCALATES[Status(case.status)]
        _entitled(case, given, body, office, by, at)
        case = applications.move(case, "escalate", by, at, target=target, body=body, signatory=signatory.strip(),
                                 office=office, statute=statute.strip(), regulation=regulation.strip(),
                                 reason=reason.strip())  # fmt: skip
        made = Escalation.objects.create(
            application=case, ruling=given, target=target, body=body, signatory=signatory.strip(), office=office,
            statute=statute.strip(), regulation=regulation.strip(), reason=reason.strip(), by=by, at=at,
        )  # fmt: skip
        applications.drop_proposal(case, f"The ruling was escalated: {workflow.WORDS[target].lower()}.",
                                   by=by, at=at, log=log)  # fmt: skip
    return made


def _majority(case: Application, outcome: str, votes: Mapping[str, str]) -> None:
    """The Advisory Committee and the Review Board rule by majority vote (750.4(f)(2), (3))."""
    agreeing = sum(vote == outcome for vote in votes.values())
    if 2 * agreeing <= len(votes):
        raise Refused(
            [Blocker("no_majority", f"{agreeing} of {len(votes)} votes are for this: no majority.", field="votes",
                     remedy=f"The {FORUMS[Status(case.status)]} rules by majority; record each vote as it was cast.",
                     citation="15 CFR 750.4(f)(2), (3)")]
        )  # fmt: skip


def _entitled(case: Application, given: Ruling, body: str, office: str, by: User, at: datetime) -> None:
    found = []
    if body == SECRETARY:
        if case.status != Status.ACEP:
            found.append(wrong("body", "The Secretary calls the Review Board only.", "Name the agency.",
                                "15 CFR 750.4(f)(2)"))  # fmt: skip
    elif body not in given.dissenting:
        found.append(wrong("body", f"{Body(body).label} did not dissent from the ruling.",
                            "Only a body that voted otherwise escalates.", "15 CFR 750.4(f)"))  # fmt: skip
    elif body not in cases.seats(by, cases.day(at)):
        found.append(wrong("body", f"You do not sit for {Body(body).label}.", "Ask a member of that body."))
    if case.status != Status.COMMITTEE and office != Office.HEAD:
        found.append(wrong("office", "Here the head of the agency signs.", "Get that signature.",
                            "15 CFR 750.4(f)(2), (3)"))  # fmt: skip
    if found:
        raise Invalid(found)


def _missing(field: str, value: str, what: str, most: int) -> list[Blocker]:
    words = value.strip()
    if not words or "\x00" in words:
        return [wrong(field, f"{what} is missing.", "Fill it in.", "15 CFR 750.4(f)")]
    if len(words) > most:
        return [wrong(field, f"Longer than {most} characters.", "Shorten it.")]
    return []

"""What the dossier of a case shows, loaded once: clock, lanes, parties, policy, acts, timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Model
from django.urls import reverse

from exportctl import roles
from exportctl.models import Event, User
from exportctl.models.folded import name_users, user_keys
from exportctl.transitions import Blocker, NextAction

from .. import agency, applications, cases, decisions, disputes, guards, letterbook, workers, workflow
from .. import questions as questions_of
from ..amendments import AGAIN
from ..determination.tables import POLICY_WORDS
from ..forms.case import (
    AdviseForm,
    CheckForm,
    CloseLaneForm,
    ConsultForm,
    CorrectForm,
    CountersignForm,
    MarkFiledForm,
    OptionalReasonForm,
    PlainForm,
    ProposeForm,
    ReasonForm,
    RecommendForm,
    RecordForm,
    ReferForm,
    ReportChangeForm,
    StopForm,
)
from ..forms.conditions import ConditionForm
from ..forms.ladder import AppealForm, EscalateForm, PaperForm, RespondForm, RulingForm, UnregisteredForm
from ..forms.questions import AskForm, RecordQuestionForm
from ..models import (
    Application,
    Body,
    Decision,
    DecisionState,
    DenialReason,
    Outcome,
    ReturnReason,
    Route,
)
from ..workflow import Status
from . import assignments, casefile, conditions, keying, ladder, lanes, panel, people, questions, timeline
from . import letters as letterviews
from .decisions import TONES as OUTCOME_TONES
from .decisions import told

FORMS: dict[str, type[Any]] = {
    "withdraw": OptionalReasonForm,
    "report_change": ReportChangeForm,
    "register": PlainForm,
    "return_unregistered": UnregisteredForm,
    "convene": PlainForm,
    "rule": RulingForm,
    "escalate": EscalateForm,
    "respond": RespondForm,
    "appeal": AppealForm,
    "add_appeal_paper": PaperForm,
    "withdraw_appeal": OptionalReasonForm,
    "begin_review": PlainForm,
    "mark_filed": MarkFiledForm,
    "refer": ReferForm,
    "consult": ConsultForm,
    "advise": AdviseForm,
    "close_lane": CloseLaneForm,
    "recommend": RecommendForm,
    "propose_condition": ConditionForm,
    "ask_question": AskForm,
    "record_question": RecordQuestionForm,
    "stop_clock": StopForm,
    "complete_check": CheckForm,
    "resume_clock": PlainForm,
    "propose_decision": ProposeForm,
    "countersign": CountersignForm,
    "correct": CorrectForm,
    "countersign_correction": PlainForm,
    "send_back": ReasonForm,
    "record_decision": RecordForm,
}
# These have a place of their own on the page; the others are listed under "What may happen now".
PLACED = {
    "edit", "submit", "amend", "propose_decision", "countersign", "send_back", "record_decision", "lapse", "correct",
    "countersign_correction", "convene", "rule", "escalate", "respond", "appeal", "add_appeal_paper", "withdraw_appeal",
    "assign", *conditions.ACTS, *questions.ACTS,
}  # fmt: skip
LADDER_ACTS = ("convene", "rule", "escalate")
DENIAL_ACTS = ("respond", "appeal", "add_appeal_paper", "withdraw_appeal")
NEVER_HERE = {"company_route", "office_route", "no_check", "not_an_agency", "no_own_lane", "no_silent_body"}
CHECKS = (
    (guards.screened, "Screening is current and every hit is judged"),
    (guards.lanes_answered, "No agency still has to answer"),
    (guards.own_bodies_answered, "No body of one’s own still has to answer"),
    (guards.own_bodies_content, "No body of one’s own objects"),
    (guards.no_hold, "No clock stop is open"),
    (disputes.would_follow, "No dispute of the agencies is open"),
    (guards.conditions_accepted, "No condition waits for the applicant"),
)
OWN = (guards.own_bodies_answered, guards.own_bodies_content)
OWN_CHECKS = tuple(each for each in CHECKS if each[0] in OWN)
DELIBERATED = (disputes.would_follow, *OWN)


@dataclass(slots=True)
class Offer:
    """An action of the table as the page offers it: its form, and why it cannot be done now."""

    action: str
    label: str
    url: str
    form: Any
    blockers: tuple[Blocker, ...]
    citation: str
    open: bool = False

    @property
    def why(self) -> str:
        """One line of reasons for a button that cannot act."""
        return " ".join(f"{blocker.message} {blocker.remedy}".strip() for blocker in self.blockers)


def of(
    application: Application, user: User, *, today: date, asked: Mapping[str, str], tried: dict[str, Any]
) -> dict[str, Any]:
    """The context of the page. `asked` is the query string, `tried` the refused form of an action.

    Takes a case of `casefile.found`. Six queries, and one for the duplicates of a case not registered.
    """
    review = cases.shows_review(application, user)
    involved, known = casefile.standing(application, user, today)
    hits = hits_of(involved)
    events = timeline.events(subjects(application), since=application.created_at, hits=hits, review=review)
    users, others = named(application, events, user)
    facts = applications.facts(application, by=user, on=today, loaded=known)
    offers = {each.action: offer(application, each, facts.seats, tried) for each in possible(facts)}
    rows = [each for each in application.decisions.all() if review or each.state == DecisionState.MADE]
    proposal = next((each for each in rows if each.state == DecisionState.PROPOSED), None)
    made = [each for each in rows if each.state == DecisionState.MADE]
    agencies, own = cases.lanes(application, today), cases.own_lanes(application)
    held = conditions.rows(
        application.conditions.all(), case=application, user=user, on=today, review=review, seats=known.seats,
        offers=offers,
    )  # fmt: skip
    return {
        "case": application,
        "words": standing_words(application, made, today),
        "sentence": sentence(
            application, [*agencies, *(own if review else [])], proposal, today, review=review
        ),
        "company": application.route == Route.COMPANY,
        "agency": at_the_agency(application, user, today),
        "clock": ladder.clock_of(application, asked, today, review=review),
        "lanes": [lanes.row(lane) for lane in agencies if review],
        "waived": lanes.waived(application) if review else [],
        "own_lanes": [lanes.row(lane) for lane in own if review],
        "desks": assignments.desks(
            application,
            user=user,
            seats=known.seats,
            people=others,
            offer=offers.get("assign"),
            tried=tried.get("assign"),
        )
        if review and application.status != Status.DRAFT
        else (),
        "ladder": ladder.steps(application, agencies, today) if review else None,
        "ladder_offers": [
            offers[name] for name in LADDER_ACTS if name in offers and to_the_point(offers[name])
        ],
        "denial": ladder.denial(application, today),
        "denial_offers": [offers[name] for name in DENIAL_ACTS if name in offers],
        "unregistered": next(iter(application.unregistered_returns.all()), None),
        "questions": questions.rows(
            application.questions.all(), case=application, user=user, on=today, review=review, offers=offers
        ),
        "conditions": [row for row in held if row["condition"].withdrawn_at is None],
        "dropped": [row for row in held if row["condition"].withdrawn_at is not None],
        "people": involved,
        "total": sum((line.total_price for line in application.lines.all()), 0),
        **checks(facts, review=review),
        "offers": offers,
        "others": sorted(
            (each for each in offers.values() if each.action not in PLACED and not lanes.idle(each.form)),
            key=lambda each: each.action == "withdraw",
        ),
        "proposal": proposal and outcome_of(proposal),
        "yours": proposal is not None and proposal.proposed_by_id == user.pk,
        "made": [
            {**outcome_of(each), "superseded": each.pk in {one.supersedes_id for one in made}}
            for each in made
        ],
        "sent_back": [each for each in rows if each.state == DecisionState.SENT_BACK],
        "license": getattr(application, "license", None),
        "letters": letters_of(application),
        "may_preview": proposal is not None and letterviews.may_preview(proposal, user),
        "answers": keying.answered(application),
        "files": sum(each.taken_off_at is None for each in application.attachments.all()),
        "may_resubmit": application.status in AGAIN and "application.file" in facts.permissions,
        "may_copy": application.status != Status.DRAFT and "application.file" in facts.permissions,
        "policy": panel.policy_of(
            application, [hit for each in involved for hit in each.standing.live], made, asked, today
        ),
        "timeline": timeline.tell(events, users, hits, review=review, bodies=lanes.names(application)),
    }


def named(application: Application, events: Iterable[Event], by: User) -> tuple[dict[int, User], list[User]]:
    """The users of the case's rows and events, and whoever may be given the case: one query. The rows are given
    theirs."""
    rows: list[Model] = application.unfolded  # type: ignore[attr-defined]
    found = workers.people(
        by=by,
        also={event.actor_id for event in events} | user_keys(rows),
        names=timeline.named(events),
        company=application.applicant_id if application.route == Route.COMPANY else None,
    )
    users = {user.pk: user for user in found}
    name_users(rows, users)
    return users, found


def at_the_agency(application: Application, user: User, on: date) -> dict[str, Any] | None:
    """On the company route: the status read last, how long the agency waited for us until a day, and whether the
    reader may note another status."""
    if not agency.possible(application):
        return None
    waited = questions_of.waited(application.questions.all(), on)
    status, may_note = agency.newest(application.agency_notes.all()), roles.may(user, "application.file")
    return {"status": status, "waited": waited, "may_note": may_note}


def letters_of(application: Application) -> list[dict[str, Any]]:
    """The letters written, the newest first, each with whether a later one replaces it."""
    book = list(application.letters.all())
    standing = {each.pk for each in letterbook.standing(book)}
    return [{"letter": each, "replaced": each.pk not in standing} for each in reversed(book)]


def possible(facts: workflow.CaseFacts) -> list[NextAction]:
    """The actions open to this person, without those of the other route or of another kind of body, which never become
    possible, and without the completion of a check that is not under way."""
    return [
        each
        for each in workflow.next_actions(facts)
        if not any(blocker.code in NEVER_HERE for blocker in each.blockers)
    ]


def offer(
    application: Application, action: NextAction, seats: frozenset[str], tried: dict[str, Any]
) -> Offer:
    """An action with its form: the one that was refused, or an empty one."""
    name = action.action
    form = tried.get(name)
    if form is None and name in FORMS:
        form = form_for(name, application, seats)
    return Offer(
        name, action.label, reverse("licenses:application-act", args=[application.number, name]), form,
        action.blockers, action.transition.citation, open=name in tried,
    )  # fmt: skip


def form_for(
    action: str, application: Application, seats: frozenset[str], data: Any = None, files: Any = None
) -> Any:
    """The form of an action; ids carry its name, since several stand on one page."""
    more: dict[str, Any] = {}
    if action == "recommend":
        more["bodies"] = seats & lanes.agencies(application)
    if action == "ask_question":
        more["bodies"] = seats & lanes.agencies(application)
        more |= {"agency": bool(more["bodies"]), "company": application.route == Route.COMPANY}
    if action == "propose_condition":
        more["origins"] = seats & set(Body.values)
    if action == "rule":
        more["chaired"] = application.status == Status.COMMITTEE
    if action == "escalate":
        more |= {"who": ladder.escalators(application, seats), "head": application.status != Status.COMMITTEE}
    if action in lanes.FORMED:
        more |= lanes.FORMED[action](application, seats)
    if action in ("propose_decision", "record_decision"):
        more["outcomes"] = decisions.outcomes(application)
        if not application.all_or_nothing:
            more["lines"] = sorted(application.lines.all(), key=lambda line: line.number)
    if action == "correct" and (stands := cases.standing(application)):
        more["outcome"] = stands.outcome
        more["initial"] = {name: getattr(stands, name) for name in CorrectForm.base_fields}
    proposal = cases.proposed(application)
    if action == "countersign" and proposal is not None and proposal.outcome not in workflow.GRANTING:
        return PlainForm(data)
    return FORMS[action](data, files, auto_id=f"{action}_%s", **more)


def standing_words(application: Application, made: list[Decision], on: date) -> str:
    """The status in words; what an agency decided is told as the agency's."""
    if made and made[0].recorded:
        return told(made[0])
    return workflow.WORDS[decisions.state(application, on)]


def outcome_of(decision: Decision) -> dict[str, Any]:
    words = decision.get_outcome_display() if decision.state == DecisionState.PROPOSED else told(decision)
    reason = ReturnReason(decision.reason_code).label if decision.reason_code else ""
    return {
        "decision": decision,
        "words": words,
        "tone": OUTCOME_TONES[Outcome(decision.outcome)],
        "reason": reason,
        "denied_for": [DenialReason(code).label for code in decision.denial_reasons],
        "lines": sorted(decision.lines.all(), key=lambda line: line.number),
        "policy": POLICY_WORDS.get(decision.policy, ""),
    }


def to_the_point(offer: Offer) -> bool:
    """An act of the ladder is shown where there is a dispute, and to those whom it concerns."""
    return not any(blocker.code in ("no_dispute", "no_dissent", "no_ruling") for blocker in offer.blockers)


def sentence(
    application: Application,
    lanes: Iterable[cases.Lane],
    proposal: Decision | None,
    on: date,
    *,
    review: bool,
) -> str:
    """Whom the case waits for."""
    if proposal is not None:
        return f"{proposal.get_outcome_display()} is proposed and waits for a second person."
    if application.status == Status.INTENT_TO_DENY and (final := cases.final_on(application)):
        if final > on:
            day = f"{final:%b} {final.day}, {final.year}"
            return f"The denial becomes final on {day} unless the decision changes (750.6(b))."
        return f"Final since {final:%b} {final.day}, {final.year}, 45 days after the notice (750.6(b))."
    if told_by_ladder := ladder.sentence(application, on, review=review):
        return told_by_ladder
    waiting = [lane.title for lane in lanes if lane.state == "waiting"]
    asked = application.status in (Status.REFERRED, Status.REGISTERED, Status.INTERNAL_REVIEW)
    return f"Waits for {' and '.join(waiting)}." if waiting and asked else ""


def checks(facts: workflow.CaseFacts, *, review: bool) -> dict[str, Any]:
    """What stands against the next step, and what does not: one line a reason. Without `review` nothing is told of
    what the agencies advise."""
    asked: tuple[tuple[Any, str], ...] = CHECKS
    what = "an approval"
    if facts.status in workflow.CLOSED or facts.final_since is not None:
        return {"checks": []}
    if facts.status in (Status.DRAFT, Status.SUBMITTED):
        asked, what = ((guards.complete, "Every answer is given"),), "the filing"
    elif facts.route == Route.COMPANY:
        asked, what = (CHECKS[0], *OWN_CHECKS, CHECKS[-1]), "the next step"
    elif not review:
        asked = tuple(each for each in CHECKS if each[0] not in DELIBERATED)
    rows: list[dict[str, Any]] = []
    for guard, good in asked:
        found = tuple(guard(facts))
        told = guard not in OWN or facts.own_lanes  # where none was asked, nothing is said of them
        rows += [{"blocker": blocker} for blocker in found] or ([{"good": good}] if told else [])
    rows.sort(key=lambda row: "good" in row)
    return {"checks": rows, "blocking": sum("blocker" in row for row in rows), "blocked_what": what}


def subjects(application: Application) -> list[Any]:
    """The records of the case that events are written about."""
    license = getattr(application, "license", None)
    return [application, license] if license else [application]


def hits_of(involved: Iterable[people.Person]) -> dict[int, str]:
    """The hits of the case's parties by id, with the name of the entry."""
    return {
        hit.pk: hit.listed_party.name
        for person in involved
        for hit in (*person.standing.live, *person.standing.false)
    }

"""The next step of each case, for one person: which action of the table is due, by when, held by whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.urls import reverse

from exportctl import roles
from exportctl.countries import COUNTRIES
from exportctl.models import User
from exportctl.models.folded import folded, unfold

from .. import clocks, rungs
from ..days import day, stops
from ..models import (
    Application,
    ApplicationLine,
    ApplicationParty,
    ClockStop,
    Condition,
    Decision,
    DecisionState,
    Outcome,
    PartyRole,
    Position,
    Recommendation,
    Referral,
    Route,
    Seat,
    body_name,
)
from ..workflow import CLOSED, FORUMS, TRANSITIONS, Status
from .work import CASES, SIGN_TARGET, Row

LADDER = {"rulings": "pk", "escalations": "pk"}  # read in the query of the cases
NEEDS = {row.action: row.permission for row in TRANSITIONS}


def cases(user: User) -> QuerySet[Application]:
    """Cases not closed that the user sees, with all that `case_rows` reads. Four queries."""
    consignee = ApplicationParty.objects.filter(application=OuterRef("pk"), role=PartyRole.ULTIMATE_CONSIGNEE)
    total = ApplicationLine.objects.filter(application=OuterRef("pk")).order_by().values("application")
    waiting = Condition.objects.filter(application=OuterRef("pk"), accepted_at=None, withdrawn_at=None)
    seats = Seat.objects.filter(user=user, body=OuterRef("body"), until=None)
    given = Recommendation.objects.filter(referral=OuterRef("pk")).order_by("-pk").values("position")
    referrals = Referral.objects.annotate(
        mine=Exists(seats), answered=Subquery(given[:1]), title=body_name()
    ).order_by("pk")
    decisions = (
        Decision.objects.filter(
            Q(state=DecisionState.PROPOSED) | Q(state=DecisionState.MADE, outcome=Outcome.INTEND_TO_DENY)
        )
        .select_related("proposed_by")
        .order_by("pk")
    )
    drafts = Q(status=Status.DRAFT)
    if roles.sees(user) != "own":
        drafts &= Q(filed_by=user)
    pending = [status.value for status in Status if status not in (Status.DRAFT, *CLOSED)]
    return (
        Application.objects.for_user(user)
        .filter(drafts | Q(status__in=pending))
        .select_related("applicant")
        .annotate(
            consignee=Subquery(consignee.order_by("pk").values("party__name")[:1]),
            consignee_country=Subquery(consignee.order_by("pk").values("party__country")[:1]),
            value=Subquery(total.annotate(sum=Sum("total_price")).values("sum")),
            **folded(Application, LADDER),
            unaccepted=Subquery(waiting.order_by().values("application").annotate(n=Count("pk")).values("n")),
        )
        .prefetch_related(
            Prefetch("stops", queryset=ClockStop.objects.order_by("pk")),
            Prefetch("referrals", queryset=referrals),
            Prefetch("decisions", queryset=decisions, to_attr="pending_decisions"),
        )
        .order_by("registered_at", "pk")[:CASES]
    )


def case_rows(found: Iterable[Any], *, user: User, on: date) -> Iterator[Row]:
    """One row a case the user can act on, and one for conditions that wait for its applicant."""
    may = roles.permissions_of(user)
    for case in found:
        unfold(case, LADDER)
        step = _next_step(case, user=user, may=may, on=on)
        if step is not None:
            yield step
        if case.unaccepted and NEEDS["accept_condition"] in may:
            few = "1 condition waits" if case.unaccepted == 1 else f"{case.unaccepted} conditions wait"
            yield _case_row(
                case, on=on, kind="condition", why=f"{few} for the applicant’s answer", held="Applicant"
            )


def _next_step(case: Any, *, user: User, may: frozenset[str], on: date) -> Row | None:
    proposal = next((d for d in case.pending_decisions if d.state == DecisionState.PROPOSED), None)
    if proposal is not None:
        return _to_countersign(case, proposal, user=user, may=may, on=on)
    if own := _to_advise(case, may=may, on=on):
        return own
    if case.status == Status.REFERRED:
        return _referred(case, may=may, on=on)
    if case.status in FORUMS:
        return _contested(case, may=may, on=on)
    if case.status == Status.INTENT_TO_DENY and roles.sees(user) == "own":
        return _to_answer(case, may=may, on=on)
    office = case.route == Route.OFFICE
    steps = {
        Status.DRAFT: ("edit", "Not filed yet: finish it and submit", 0, "Applicant"),
        Status.SUBMITTED: ("register", "Filed: register it or return it", SIGN_TARGET, "Commerce")
        if office
        else ("begin_review", "Filed: begin the internal review", SIGN_TARGET, "Compliance"),
        Status.REGISTERED: ("refer", "First action: refer, return or propose a decision", 0, "Commerce"),
        Status.INTERNAL_REVIEW: (
            "mark_filed",
            "File it with the agency, then mark it filed",
            0,
            "Compliance",
        ),
        Status.FILED: (
            "record_decision",
            "With the agency: record its decision when it comes",
            0,
            "The agency",
        ),
        Status.INTENT_TO_DENY: (
            "propose_decision",
            "Intent to deny: final on day 45 unless it is answered",
            0,
            "Commerce",
        ),
        Status.PRESIDENT: (
            "propose_decision",
            "With the President: propose what was decided",
            0,
            "The President",
        ),
        Status.APPEAL: (
            "propose_decision",
            "Appealed: propose the Under Secretary’s decision",
            0,
            "The Under Secretary",
        ),
    }
    action, why, days, held = steps[case.status]
    if case.status == Status.INTERNAL_REVIEW and (waiting := _waiting_own(case)):
        bodies = ", ".join(lane.title for lane, _ in waiting)
        if NEEDS["close_lane"] not in may and NEEDS[action] not in may:
            return None
        return _case_row(case, on=on, why=f"Waits for {bodies}; file it when it has answered",
                         due=min(due for _, due in waiting), target=True, held=bodies)  # fmt: skip
    if NEEDS[action] not in may:
        return None
    kind = "draft" if case.status == Status.DRAFT else "review"
    due = day(case.submitted_at) + timedelta(days=days) if days else _legal_due(case, on=on)
    return _case_row(case, on=on, kind=kind, why=why, due=due, target=bool(days), held=held)


def _to_countersign(
    case: Any, proposal: Decision, *, user: User, may: frozenset[str], on: date
) -> Row | None:
    if NEEDS["countersign"] not in may or proposal.proposed_by_id == user.pk:
        return None
    why = (
        f"{proposal.proposed_by} proposes: {proposal.get_outcome_display().lower()}. Countersign or send back"
    )
    due = day(proposal.proposed_at) + timedelta(days=SIGN_TARGET)
    return _case_row(case, on=on, why=why, due=due, target=True, held="A second person", second=True)


def _waiting_own(case: Any) -> list[tuple[Any, date]]:
    """The bodies of one's own that have not answered, each with its target day."""
    return [
        (lane, day(lane.referred_at) + timedelta(days=lane.days))
        for lane in case.referrals.all()
        if lane.own and lane.closed_at is None and not lane.answered
    ]


def _to_advise(case: Any, *, may: frozenset[str], on: date) -> Row | None:
    """A view of one's own body that its member owes."""
    mine = [(lane, due) for lane, due in _waiting_own(case) if lane.mine]
    if not mine or NEEDS["advise"] not in may:
        return None
    lane, due = min(mine, key=lambda pair: pair[1])
    return _case_row(case, on=on, why=f"{lane.title} has not answered: give its view", due=due, target=True,
                     held=lane.title)  # fmt: skip


def _to_answer(case: Any, *, may: frozenset[str], on: date) -> Row | None:
    """The applicant answers an intent-to-deny letter by day 20; after it an answer is late, until day 45."""
    letter = _letter(case)
    if NEEDS["respond"] not in may or letter is None:
        return None
    due = clocks.response_due(day(letter.made_at))
    return _case_row(case, on=on, why="Intent to deny: answer the letter", due=due, held="Applicant")


def _contested(case: Any, *, may: frozenset[str], on: date) -> Row | None:
    """A dispute waits for its ruling, for the agencies that may escalate it, or for the decision that follows."""
    ruled = rungs.ruled(case, on)
    assert ruled is not None
    steps = rungs.ladder(case, on)
    due = {row.step.code: row.due_on for row in steps}
    if not ruled.outcome:
        if NEEDS["rule"] not in may:
            return None
        return _case_row(case, on=on, why=f"The {ruled.forum} rules: record its ruling", due=due[case.status],
                         held=ruled.forum)  # fmt: skip
    seats = {lane.body for lane in case.referrals.all() if lane.mine}
    if ruled.open and NEEDS["escalate"] in may and seats & ruled.dissenting:
        return _case_row(case, on=on, why=f"The {ruled.forum} ruled against your body: escalate it or let it bind",
                         due=ruled.until, held=ruled.forum)  # fmt: skip
    if NEEDS["propose_decision"] not in may:
        return None
    why = "The ruling binds: propose the decision"
    if ruled.open:
        why = f"Ruled: binds after {ruled.until} unless escalated"
    return _case_row(case, on=on, why=why, due=_legal_due(case, on=on), held="Commerce")


def _referred(case: Any, *, may: frozenset[str], on: date) -> Row | None:
    held = stops(case)
    waiting = [
        (lane, clocks.recommendation_due(day(lane.referred_at), stops=held, on=on))
        for lane in case.referrals.all()
        if not lane.own
        and not lane.answered
        and not clocks.is_silent(day(lane.referred_at), stops=held, on=on)
    ]
    own = [(lane, due) for lane, due in waiting if lane.mine]
    if own and NEEDS["recommend"] in may:
        lane, due = min(own, key=lambda pair: pair[1])
        return _case_row(case, on=on, why=f"{lane.title} has not answered: give its position",
                         due=due, held=lane.title)  # fmt: skip
    if NEEDS["propose_decision"] not in may:
        return None
    if waiting:
        bodies = ", ".join(lane.title for lane, _ in waiting)
        return _case_row(case, on=on, why=f"Waits for {bodies}; silence counts as no objection",
                         due=min(due for _, due in waiting), held=bodies)  # fmt: skip
    if _differ(case):
        return _case_row(case, on=on, why="The agencies differ: convene the Operating Committee",
                         due=rungs.ladder(case, on)[2].due_on, held="Commerce")  # fmt: skip
    if waiting := _waiting_own(case):
        bodies = ", ".join(lane.title for lane, _ in waiting)
        return _case_row(case, on=on, why=f"Waits for {bodies}: no silence counts for a body of one’s own",
                         due=min(due for _, due in waiting), target=True, held=bodies)  # fmt: skip
    return _case_row(case, on=on, why="Every body has answered or was silent: propose a decision",
                     due=_legal_due(case, on=on), held="Commerce")  # fmt: skip


def _differ(case: Any) -> bool:
    """Whether a body objects beside one that does not: silence counts as no objection (750.4(e))."""
    objecting = [lane.answered == Position.DENY for lane in case.referrals.all() if not lane.own]
    return any(objecting) and not all(objecting)


def _letter(case: Any) -> Any:
    """The intent-to-deny letter of the case."""
    letters = (d for d in case.pending_decisions if d.outcome == Outcome.INTEND_TO_DENY and d.made_at)
    return next(letters, None)


def _legal_due(case: Any, *, on: date) -> date | None:
    """Day 9 for the first action (750.4(c)), day 45 of a letter (750.6(b)), else day 90 (750.4(a)(1))."""
    if case.status == Status.INTENT_TO_DENY:
        letter = _letter(case)
        return clocks.final_on(day(letter.made_at)) if letter else None
    if case.registered_at is None or case.status in (Status.PRESIDENT, Status.APPEAL):
        return None
    registered, held = day(case.registered_at), stops(case)
    if case.status == Status.REGISTERED:
        return clocks.day_of(clocks.FIRST_ACTION, start=registered, stops=held, on=on)
    return clocks.read(registered_on=registered, stops=held, on=on).due_on


def _case_row(
    case: Any,
    *,
    on: date,
    why: str,
    kind: str = "review",
    due: date | None = None,
    target: bool = False,
    held: str = "",
    second: bool = False,
) -> Row:
    stopped = [stop for stop in case.stops.all() if stop.ended_at is None]
    where = COUNTRIES.get(case.consignee_country or "", "")
    words = {"draft": "Draft", "condition": "Conditions"}.get(kind, "Review")
    return Row(
        kind=kind,
        title=f"{case.number} {case.applicant.name}",
        url=reverse(
            "licenses:application-edit" if kind == "draft" else "licenses:application", args=[case.number]
        ),
        sub=f"{words} · {case.status_words}",
        why=why,
        due_on=due,
        target=target,
        paused=stopped[0].get_reason_display() if stopped and kind == "review" and not second else "",
        paused_days=(on - day(stopped[0].started_at)).days if stopped else 0,
        parties=", ".join(filter(None, (case.consignee, where))),
        money=case.value,
        figure_note="application" if case.value is not None else "",
        held_by="Applicant" if stopped and stopped[0].reason == "APPLICANT_INFO" else held,
        second=second,
    )

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

from .. import clocks
from ..cases import day
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
    Recommendation,
    Referral,
    Route,
    Seat,
)
from ..workflow import CLOSED, TRANSITIONS, Status
from .work import CASES, SIGN_TARGET, Row

NEEDS = {row.action: row.permission for row in TRANSITIONS}


def cases(user: User) -> QuerySet[Application]:
    """Cases not closed that the user sees, with all that `case_rows` reads. Four queries."""
    consignee = ApplicationParty.objects.filter(application=OuterRef("pk"), role=PartyRole.ULTIMATE_CONSIGNEE)
    total = ApplicationLine.objects.filter(application=OuterRef("pk")).order_by().values("application")
    waiting = Condition.objects.filter(application=OuterRef("pk"), accepted_at=None, withdrawn_at=None)
    seats = Seat.objects.filter(user=user, body=OuterRef("body"), until=None)
    referrals = Referral.objects.annotate(
        mine=Exists(seats), answered=Exists(Recommendation.objects.filter(referral=OuterRef("pk")))
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
            unaccepted=Subquery(waiting.order_by().values("application").annotate(n=Count("pk")).values("n")),
        )
        .prefetch_related(
            Prefetch("stops", queryset=ClockStop.objects.order_by("pk"), to_attr="all_stops"),
            Prefetch("referrals", queryset=referrals, to_attr="lanes"),
            Prefetch("decisions", queryset=decisions, to_attr="pending_decisions"),
        )
        .order_by("registered_at", "pk")[:CASES]
    )


def case_rows(found: Iterable[Any], *, user: User, on: date) -> Iterator[Row]:
    """One row a case the user can act on, and one for conditions that wait for its applicant."""
    may = roles.permissions_of(user)
    for case in found:
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
    if case.status == Status.REFERRED:
        return _referred(case, may=may, on=on)
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
    }
    action, why, days, held = steps[case.status]
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


def _referred(case: Any, *, may: frozenset[str], on: date) -> Row | None:
    stops = _stops(case)
    waiting = [
        (lane, clocks.recommendation_due(day(lane.referred_at), stops=stops, on=on))
        for lane in case.lanes
        if not lane.answered and not clocks.is_silent(day(lane.referred_at), stops=stops, on=on)
    ]
    own = [(lane, due) for lane, due in waiting if lane.mine]
    if own and NEEDS["recommend"] in may:
        lane, due = min(own, key=lambda pair: pair[1])
        return _case_row(case, on=on, why=f"{lane.get_body_display()} has not answered: give its position",
                         due=due, held=lane.get_body_display())  # fmt: skip
    if NEEDS["propose_decision"] not in may:
        return None
    if waiting:
        bodies = ", ".join(lane.get_body_display() for lane, _ in waiting)
        return _case_row(case, on=on, why=f"Waits for {bodies}; silence counts as no objection",
                         due=min(due for _, due in waiting), held=bodies)  # fmt: skip
    return _case_row(case, on=on, why="Every body has answered or was silent: propose a decision",
                     due=_legal_due(case, on=on), held="Commerce")  # fmt: skip


def _stops(case: Any) -> tuple[clocks.Stop, ...]:
    return tuple(
        clocks.Stop(day(stop.started_at), day(stop.ended_at) if stop.ended_at else None, stop.reason)
        for stop in case.all_stops
    )


def _legal_due(case: Any, *, on: date) -> date | None:
    """Day 9 for the first action (750.4(c)), day 45 of a letter (750.6(b)), else day 90 (750.4(a)(1))."""
    if case.status == Status.INTENT_TO_DENY:
        letter = next(
            (d for d in case.pending_decisions if d.outcome == Outcome.INTEND_TO_DENY and d.made_at), None
        )
        return clocks.final_on(day(letter.made_at)) if letter else None
    if case.registered_at is None:
        return None
    registered, stops = day(case.registered_at), _stops(case)
    if case.status == Status.REGISTERED:
        return clocks.day_of(clocks.FIRST_ACTION, start=registered, stops=stops, on=on)
    return clocks.read(registered_on=registered, stops=stops, on=on).due_on


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
    stopped = [stop for stop in case.all_stops if stop.ended_at is None]
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

"""The next step of each case, for one person: which action of the table is due, by when, held by whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, cast

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.urls import reverse

from exportctl import roles
from exportctl.countries import COUNTRIES
from exportctl.models import User

from .. import clocks, queues, rungs, waits
from ..cases import intent, proposed
from ..days import day
from ..models import Application, ApplicationLine, ApplicationParty, Decision, PartyRole, Referral, Route
from ..waits import Figures
from ..workflow import FORUMS, TRANSITIONS, UNDER_WAY, Status
from .work import CASES, SIGN_TARGET, Row

NEEDS = {row.action: row.permission for row in TRANSITIONS}


def cases(user: User) -> QuerySet[Application]:
    """Cases not closed that the user sees, with all that `case_rows` reads but the names of people: one's own first,
    then those nobody has taken, then the colleagues'; of each the longest registered. At most CASES. One query."""
    consignee = ApplicationParty.objects.filter(application=OuterRef("pk"), role=PartyRole.ULTIMATE_CONSIGNEE)
    total = ApplicationLine.objects.filter(application=OuterRef("pk")).order_by().values("application")
    lanes = Referral.objects.filter(application=OuterRef("pk"), assigned_to=user)
    turn = Case(
        When(Q(assigned_to=user) | Exists(lanes), then=0), When(assigned_to=None, then=1), default=2
    )  # fmt: skip
    drafts = Q(status=Status.DRAFT)
    if roles.sees(user) != "own":
        drafts &= Q(filed_by=user)
    return (
        queues.rows(user)
        .filter(drafts | Q(status__in=UNDER_WAY))
        .annotate(
            consignee=Subquery(consignee.order_by("pk").values("party__name")[:1]),
            consignee_country=Subquery(consignee.order_by("pk").values("party__country")[:1]),
            value=Subquery(total.annotate(sum=Sum("total_price")).values("sum")),
        )
        .order_by(turn, "registered_at", "pk")[:CASES]
    )


def case_rows(found: Iterable[Any], *, user: User, on: date) -> Iterator[Row]:
    """One row a case the user can act on, and one for conditions that wait for its applicant. One query, the names."""
    may = roles.permissions_of(user)
    for case in cast("list[Any]", queues.opened(found)):
        case.known = queues.figures(case, user=user, on=on)
        case.reader = user
        step = _next_step(case, user=user, may=may, on=on)
        if step is not None:
            yield step
        if (waiting := case.known.unaccepted) and NEEDS["accept_condition"] in may:
            few = "1 condition waits" if waiting == 1 else f"{waiting} conditions wait"
            yield _case_row(
                case,
                on=on,
                kind="condition",
                why=f"{few} for the applicant’s answer",
                held="Applicant",
                desk=None,
            )


def _next_step(case: Any, *, user: User, may: frozenset[str], on: date) -> Row | None:
    proposal = proposed(case)
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
    if case.status == Status.INTERNAL_REVIEW and (waiting := case.known.own_waiting):
        bodies = ", ".join(lane.title for lane in waiting)
        if NEEDS["close_lane"] not in may and NEEDS[action] not in may:
            return None
        return _case_row(case, on=on, why=f"Waits for {bodies}; file it when it has answered",
                         due=min(lane.due_on for lane in waiting), target=True, held=bodies, desk=None)  # fmt: skip
    if NEEDS[action] not in may:
        return None
    kind = "draft" if case.status == Status.DRAFT else "review"
    desk = None if case.status in (Status.DRAFT, Status.INTERNAL_REVIEW) else ""
    due = day(case.submitted_at) + timedelta(days=days) if days else _legal_due(case, on=on)
    return _case_row(case, on=on, kind=kind, why=why, due=due, target=bool(days), held=held, desk=desk)


def _to_countersign(
    case: Any, proposal: Decision, *, user: User, may: frozenset[str], on: date
) -> Row | None:
    if NEEDS["countersign"] not in may or proposal.proposed_by_id == user.pk:
        return None
    why = (
        f"{proposal.proposed_by} proposes: {proposal.get_outcome_display().lower()}. Countersign or send back"
    )
    due = day(proposal.proposed_at) + timedelta(days=SIGN_TARGET)
    return _case_row(
        case, on=on, why=why, due=due, target=True, held="A second person", second=True, desk=None
    )


def _to_advise(case: Any, *, may: frozenset[str], on: date) -> Row | None:
    """A view of one's own body that its member owes."""
    mine = [lane for lane in case.known.own_waiting if lane.mine]
    if not mine or NEEDS["advise"] not in may:
        return None
    lane = min(mine, key=lambda each: (each.holder_id != case.reader.pk, each.due_on))
    return _case_row(case, on=on, why=f"{lane.title} has not answered: give its view", due=lane.due_on, target=True,
                     held=lane.title, desk=lane.body)  # fmt: skip


def _to_answer(case: Any, *, may: frozenset[str], on: date) -> Row | None:
    """The applicant answers an intent-to-deny letter by day 20; after it an answer is late, until day 45."""
    letter = intent(case)
    if NEEDS["respond"] not in may or letter is None or letter.made_at is None:
        return None
    due = clocks.response_due(day(letter.made_at))
    return _case_row(
        case, on=on, why="Intent to deny: answer the letter", due=due, held="Applicant", desk=None
    )


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
    mine = {each.body for each in case.referrals.all()} & queues.seats_of(case, on) & ruled.dissenting
    if ruled.open and NEEDS["escalate"] in may and mine:
        return _case_row(case, on=on, why=f"The {ruled.forum} ruled against your body: escalate it or let it bind",
                         due=ruled.until, held=ruled.forum, desk=min(mine))  # fmt: skip
    if NEEDS["propose_decision"] not in may:
        return None
    why = "The ruling binds: propose the decision"
    if ruled.open:
        why = f"Ruled: binds after {waits.said(ruled.until, on)} unless escalated"
    return _case_row(case, on=on, why=why, due=_legal_due(case, on=on), held="Commerce")


def _referred(case: Any, *, may: frozenset[str], on: date) -> Row | None:
    known: Figures = case.known
    waiting = known.waiting
    own = [lane for lane in waiting if lane.mine]
    if own and NEEDS["recommend"] in may:
        lane = min(own, key=lambda each: (each.holder_id != case.reader.pk, each.due_on))
        return _case_row(case, on=on, why=f"{lane.title} has not answered: give its position",
                         due=lane.due_on, held=lane.title, desk=lane.body)  # fmt: skip
    if NEEDS["propose_decision"] not in may:
        return None
    if waiting:
        bodies = ", ".join(lane.title for lane in waiting)
        return _case_row(case, on=on, why=f"Waits for {bodies}; silence counts as no objection",
                         due=min(lane.due_on for lane in waiting), held=bodies)  # fmt: skip
    if known.differ:
        return _case_row(case, on=on, why="The agencies differ: convene the Operating Committee",
                         due=rungs.ladder(case, on)[2].due_on, held="Commerce")  # fmt: skip
    if own_waiting := known.own_waiting:
        bodies = ", ".join(lane.title for lane in own_waiting)
        return _case_row(case, on=on, why=f"Waits for {bodies}: no silence counts for a body of one’s own",
                         due=min(lane.due_on for lane in own_waiting), target=True, held=bodies)  # fmt: skip
    return _case_row(case, on=on, why="Every body has answered or was silent: propose a decision",
                     due=_legal_due(case, on=on), held="Commerce")  # fmt: skip


def _legal_due(case: Any, *, on: date) -> date | None:
    """Day 9 for the first action (750.4(c)), day 45 of a letter (750.6(b)), else day 90 (750.4(a)(1))."""
    known: Figures = case.known
    if case.status == Status.INTENT_TO_DENY:
        return known.final_on
    return known.first_due if case.status == Status.REGISTERED else known.ends_on


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
    desk: str | None = "",
) -> Row:
    """`desk` is whose step it is: "" of who works the case, a body of who works its lane, None nobody's own."""
    known: Figures = case.known
    name, holder = _holder(known, desk)
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
        held_by="Applicant"
        if stopped and stopped[0].reason == "APPLICANT_INFO"
        else f"{name} ({'the company' if known.company else held})"
        if name
        else held,
        second=second,
        waits=waits.why(known),
        mine=holder == case.reader.pk,
        colleague=holder is not None and holder != case.reader.pk,
    )


def _holder(known: Figures, desk: str | None) -> tuple[str, int | None]:
    """Who has a step: the case officer's, or the lane's of a body."""
    if desk is None:
        return "", None
    if not desk:
        return known.holder, known.holder_id
    lane = next((each for each in known.lanes + known.own if each.body == desk), None)
    return (lane.holder, lane.holder_id) if lane else ("", None)

"""The cases of a list with why each waits, the queues of a desk and their counts. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import JSONObject, Now

from exportctl import roles
from exportctl.models import User
from exportctl.models.folded import folded, name_users, unfold, user_keys

from . import cases, clocks, rungs, waits
from .days import day, stops
from .lanes import agency_stands, bodies_of, own_stands
from .models import (
    Application,
    Body,
    Condition,
    Outcome,
    Recommendation,
    Referral,
    Route,
    Seat,
    body_name,
    said_bodies,
)
from .models.applications import ApplicationQuerySet
from .waits import Figures
from .workflow import CONSULTED, FORUMS, Status

# what the lines of a queue are made of, read in the query of the cases
FOLDED = {
    "stops": "pk",
    "referrals": "pk",
    "referrals__recommendations": "pk",
    "decisions": "pk",
    "questions": "number",
    "rulings": "pk",
    "escalations": "pk",
}
WITHOUT = {
    "referrals__recommendations": ("reason", "legal_basis"),
    "decisions": ("justification", "considerations", "modifications", "override", "sent_back_reason"),
    "questions": ("text", "answer", "withdrawn_reason"),
    "rulings": ("reason",),
    "escalations": ("statute", "regulation", "reason"),
}


def rows(user: User) -> ApplicationQuerySet:
    """The cases the user sees, with all that `figures` reads but the names of people: one query.

    `unaccepted` conditions wait for the applicant; `seats_said` are the bodies the user ever sat for.
    """
    waiting = Condition.objects.filter(application=OuterRef("pk"), accepted_at=None, withdrawn_at=None)
    seats = Seat.objects.filter(user=user).order_by("pk")
    return (
        Application.objects.for_user(user)
        .select_related("applicant", "assigned_to")
        .annotate(
            unaccepted=Subquery(_number(waiting)),
            bodies_said=said_bodies(),
            seats_said=ArraySubquery(
                seats.values(said=JSONObject(body="body", since="since", until="until"))
            ),
            **folded(Application, FOLDED, WITHOUT),
        )
    )


def _number(found: QuerySet[Any]) -> QuerySet[Any]:
    """How many rows a correlated query finds, as a subquery."""
    counted: QuerySet[Any] = found.order_by().annotate(all=Value(1)).values("all").annotate(n=Count("pk"))
    return counted.values("n")


def opened(found: Iterable[Application], known: Mapping[int, User] | None = None) -> list[Application]:
    """Cases of `rows` with their folded rows as if prefetched, and the people named: one query, or none where
    `known` has them."""
    made, given = list(found), known
    for case in made:
        case.unfolded = unfold(case, FOLDED)  # type: ignore[attr-defined]
    beneath = [row for case in made for row in case.unfolded]  # type: ignore[attr-defined]
    if given is None:
        keys = user_keys(beneath)
        given = User.objects.in_bulk(keys) if keys else {}
    name_users(beneath, dict(given))
    return made


def user_ids(found: Iterable[Application]) -> set[int]:
    """The keys of the people in the lines of cases of `rows`, as they were read."""
    named = ("assigned_to_id", "proposed_by_id")
    return {
        row[name]
        for case in found
        for path in ("referrals", "decisions")
        for row in getattr(case, f"folded_{path}")
        for name in named
        if row.get(name)
    }


def seats_of(case: Application, on: date) -> frozenset[str]:
    """The bodies the reader of `rows` sits for on a day."""
    return frozenset(
        seat["body"]
        for seat in case.seats_said  # type: ignore[attr-defined]
        if seat["since"] <= on.isoformat() and (seat["until"] is None or seat["until"] > on.isoformat())
    )


def figures(case: Application, *, user: User, on: date) -> Figures:
    """What `waits` tells from, of an opened case of `rows`. No query."""
    held, review = stops(case), cases.shows_review(case, user)
    seats = seats_of(case, on) if roles.sees(user) == "body" else frozenset()
    letter = cases.intent(case) if case.status == Status.INTENT_TO_DENY else None
    letter_on = day(letter.made_at) if letter and letter.made_at else None
    registered = day(case.registered_at) if case.registered_at else None
    runs = registered is not None and case.status not in (Status.PRESIDENT, Status.APPEAL)
    stopped = next((stop for stop in case.stops.all() if stop.ended_at is None), None)
    return Figures(
        status=case.status,
        on=on,
        created_on=day(case.created_at),
        company=case.route == Route.COMPANY,
        review=review,
        submitted_on=day(case.submitted_at) if case.submitted_at else None,
        registered_on=registered,
        closed_on=day(case.closed_at) if case.closed_at else None,
        holder=case.assigned_to.name if case.assigned_to else "",
        holder_id=case.assigned_to_id,
        held_on=day(case.assigned_at) if case.assigned_at else None,
        first_due=clocks.day_of(clocks.FIRST_ACTION, start=registered, stops=held, on=on) if registered else None,
        ends_on=clocks.read(registered_on=registered, stops=held, on=on).due_on if registered and runs else None,
        lanes=tuple(_lane(each, case, held, seats, on) for each in case.referrals.all() if not each.own),
        own=tuple(_lane(each, case, held, seats, on) for each in case.referrals.all() if each.own),
        asked=_asked(case),
        proposed=_proposed(case),
        stopped=(stopped.get_reason_display(), day(stopped.started_at)) if stopped else None,
        unaccepted=case.unaccepted or 0,  # type: ignore[attr-defined]
        ruled=rungs.ruled(case, on),
        forum_due=_forum_due(case, on),
        letter_on=letter_on,
        final_on=clocks.final_on(letter_on) if letter_on else None,
    )  # fmt: skip


def _lane(
    referral: Referral, case: Application, held: tuple[clocks.Stop, ...], seats: frozenset[str], on: date
) -> waits.Lane:
    stands = own_stands(referral) if referral.own else agency_stands(referral, held, on)
    return waits.Lane(
        body=referral.body,
        title=bodies_of(case)[referral.body].name if referral.own else str(Body(referral.body).label),
        referred_on=day(referral.referred_at),
        due_on=stands.due_on,
        state=stands.state,
        position=stands.latest.position if stands.latest else "",
        answered_on=day(stands.latest.at) if stands.latest else None,
        holder=referral.assigned_to.name if referral.assigned_to else "",
        holder_id=referral.assigned_to_id,
        mine=referral.body in seats,
    )


def _asked(case: Application) -> tuple[waits.Asked, ...]:
    return tuple(
        waits.Asked(each.number, each.to, each.get_body_display(), each.asked_on, each.due_on, each.stop_id is not None)
        for each in case.questions.all()
        if each.open
    )  # fmt: skip


def _proposed(case: Application) -> waits.Proposed | None:
    one = cases.proposed(case)
    if one is None:
        return None
    by = one.proposed_by
    return waits.Proposed(
        str(Outcome(one.outcome).label), by.name, day(one.proposed_at), by.pk, bool(one.supersedes_id)
    )


def _forum_due(case: Application, on: date) -> date | None:
    if case.status not in FORUMS:
        return None
    return next((each.due_on for each in rungs.ladder(case, on) if each.step.code == case.status), None)


# Queues


def held_by(found: QuerySet[Application], person: User) -> QuerySet[Application]:
    """Cases a person works: as their officer, or a lane of theirs that has not answered."""
    lanes = waiting_lanes().filter(application=OuterRef("pk"), assigned_to=person)
    return found.filter(Q(assigned_to=person) | Exists(lanes))


def waiting_lanes(bodies: Iterable[str] = ()) -> QuerySet[Referral]:
    """Lanes without an answer: of agencies in a case that is with them, of bodies of one's own that are not closed in
    a case under way; of these bodies, or of all."""
    given = Recommendation.objects.filter(referral=OuterRef("pk"))
    found = Referral.objects.filter(_with_agencies() | _with_own(), ~Exists(given))
    return found.filter(body__in=list(bodies)) if bodies else found


def _with_agencies() -> Q:
    return Q(body__in=Body.values, application__status=Status.REFERRED)


def _with_own() -> Q:
    return ~Q(body__in=Body.values) & Q(closed_at=None, application__status__in=CONSULTED)


def every_waiting_lane() -> QuerySet[Referral]:
    """All of `waiting_lanes`, to be counted: each kind of body by itself, so that both begin with the cases under way
    and no lane of a closed case is read."""
    given = Recommendation.objects.filter(referral=OuterRef("pk"))
    kinds = [
        Referral.objects.filter(kind, ~Exists(given)).values("pk") for kind in (_with_agencies(), _with_own())
    ]
    return Referral.objects.filter(pk__in=kinds[0].union(kinds[1], all=True))


def narrowed(
    found: QuerySet[Application], *, assigned_to: str = "", body: str = "", by: User
) -> QuerySet[Application]:
    """The cases of a queue. `assigned_to` is "me", "none" or a user name; with `body` the lanes of that body that
    wait, and their people. An unknown body or name finds nothing."""
    if body:
        lanes = waiting_lanes([body]).filter(application=OuterRef("pk"))
        if assigned_to == "none":
            lanes = lanes.filter(assigned_to=None)
        elif assigned_to:
            lanes = (
                lanes.filter(assigned_to=by)
                if assigned_to == "me"
                else lanes.filter(assigned_to__username=assigned_to)
            )
        return found.filter(Exists(lanes))
    if assigned_to == "none":
        return found.filter(assigned_to=None)
    if assigned_to:
        person = by if assigned_to == "me" else User.objects.filter(username=assigned_to).first()
        return held_by(found, person) if person else found.none()
    return found


@dataclass(frozen=True, slots=True)
class Counts:
    """How much waits in each queue of a reader; a body's lanes by body."""

    open: int
    mine: int
    nobody: int
    lanes: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)  # of those bodies


def counts(user: User) -> Counts:
    """The figures beside the queues, without a look at closed cases. One query.

    For who sits for a body they are of its waiting lanes, for others of the cases under way.
    """
    if roles.sees(user) == "body":
        seats = Seat.objects.filter(Q(until=None) | Q(until__gt=Now()), user=user, since__lte=Now())
        found = (
            every_waiting_lane()
            .filter(body__in=seats.values("body"))
            .values("body", named=body_name())
            .order_by("body")
        )
        told = list(
            found.annotate(
                all=Count("pk"), mine=Count("pk", filter=Q(assigned_to=user)),
                nobody=Count("pk", filter=Q(assigned_to=None)),
            )
        )  # fmt: skip
        every, mine, nobody = (sum(row[name] for row in told) for name in ("all", "mine", "nobody"))
        lanes = {row["body"]: row["all"] for row in told}
        return Counts(every, mine, nobody, lanes, {row["body"]: row["named"] for row in told})
    held = Exists(waiting_lanes().filter(application=OuterRef("pk"), assigned_to=user))
    return Counts(
        **Application.objects.for_user(user)
        .under_way()
        .aggregate(
            open=Count("pk"),
            mine=Count("pk", filter=Q(assigned_to=user) | Q(held)),
            nobody=Count("pk", filter=Q(assigned_to=None)),
        )
    )

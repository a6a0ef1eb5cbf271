"""The people work is shared out among: who may be given what, and how much each has now. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, When
from django.db.models.functions import JSONObject, Now

from exportctl import roles
from exportctl.models import User

from . import queues, waits
from .models import Application, Body, Seat

DESK = "application.refer"  # who works cases for Commerce
GIVES = "review.recommend"  # who works a lane
ADVISES = "review.advise"  # who works the lane of a body of one's own


def people(
    *, by: User, also: Iterable[int] = (), names: Iterable[str] = (), company: int | None = None
) -> list[Any]:
    """Whoever may be given work, by name, and the people of these keys and user names. One query.

    Each with `works` (cases), `gives` (positions), `files` (for the company), `bodies` (they sit for) and `held`:
    how many open cases and waiting lanes they have now. The row of `by` brings the tally of all.
    """
    role = User.groups.through.objects.filter(user=OuterRef("pk"))
    seats = Seat.objects.filter(Q(until=None) | Q(until__gt=Now()), user=OuterRef("pk"), since__lte=Now())
    member = Q(memberships__party=company) if company else Q(pk__in=[])
    here = Q(is_active=True, kind=User.Kind.PERSON)
    offered = Q(works=True) | Q(gives=True) | Q(advises=True) | Q(files=True)
    found = list(
        User.objects.annotate(
            works=Exists(role.filter(group__name__in=_holding(DESK))),
            gives=Exists(role.filter(group__name__in=_holding(GIVES))),
            advises=Exists(role.filter(group__name__in=_holding(ADVISES))),
            files=Exists(User.objects.filter(member, pk=OuterRef("pk"))),
            bodies=ArraySubquery(seats.order_by("pk").values("body")),
            held_cases=Case(When(pk=by.pk, then=_tally(Application.objects.under_way()))),
            held_lanes=Case(When(pk=by.pk, then=_tally(queues.every_waiting_lane()))),
        )
        .filter(here & offered | Q(pk__in={by.pk, *also}) | Q(username__in=set(names)))
        .order_by("first_name", "last_name", "username")
    )
    told: Counter[int] = Counter()
    for each in found:
        for row in (*(each.held_cases or ()), *(each.held_lanes or ())):
            told[row["who"]] += row["many"]
    for each in found:
        each.held = told[each.pk]  # type: ignore[attr-defined]
    return found


def _tally(found: QuerySet[Any]) -> ArraySubquery:
    """How many rows each person has."""
    counted = found.filter(assigned_to__isnull=False).order_by().values("assigned_to").annotate(n=Count("pk"))
    return ArraySubquery(counted.values(said=JSONObject(who="assigned_to", many="n")))


def _holding(permission: str) -> list[str]:
    return [role.code for role in roles.ROLES.values() if permission in role.permissions]


def takers(found: Iterable[Any], *, body: str = "", company: bool = False) -> list[Any]:
    """Those of `people` who may be given a case, or the lane of a body. The verb has the last word."""
    here = [each for each in found if each.is_active and each.is_person]
    if body:
        right = "gives" if body in Body.values else "advises"
        return [each for each in here if getattr(each, right) and body in each.bodies]
    return [each for each in here if each.works or (company and each.files)]


@dataclass(slots=True)
class Load:
    """What one person has: open cases, or waiting lanes, and how many are past their legal day."""

    person: Any
    open: int = 0
    late: int = 0


def loads(user: User, *, on: date) -> list[Load]:
    """The work of each colleague the reader may share it out among, and of nobody (`person` None), by name.

    An officer reads of Commerce's case officers, a reviewer of the lanes of their bodies, a filer of the company
    route's cases of their companies. Three queries.
    """
    found = queues.opened(queues.rows(user).under_way())
    scope = roles.sees(user)
    told: dict[int | None, Load] = {None: Load(None)}
    for case in found:
        known = queues.figures(case, user=user, on=on)
        if scope == "body":
            for lane in known.lanes + known.own:
                if lane.mine and lane.state == "waiting":
                    stands = (
                        lane in known.lanes and known.stopped is not None
                    )  # a stop moves an agency's day alone
                    _add(told, lane.holder_id, lane.due_on < on and not stands)
        elif scope == "all" or known.company:
            _add(told, known.holder_id, waits.late(known))
    company = found[0].applicant_id if scope == "own" and found else None
    mine = {each.body for each in user.seats.all()} if scope == "body" else set()  # type: ignore[attr-defined]
    for each in people(by=user, also=[key for key in told if key], company=company):
        offered = takers([each], company=True)
        if mine:
            offered = [body for body in mine & set(each.bodies) if takers([each], body=body)]
        if each.pk in told or offered:
            told.setdefault(each.pk, Load(each)).person = each
    nobody = told.pop(None)
    ordered = sorted(told.values(), key=lambda one: one.person.name.casefold())
    return [*ordered, nobody]


def _add(told: dict[int | None, Load], key: int | None, late: bool) -> None:
    one = told.setdefault(key, Load(None))
    one.open += 1
    one.late += late

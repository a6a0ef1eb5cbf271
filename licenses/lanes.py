"""Where each body stands in a case: the agencies by the law's rules, one's own bodies by one's own. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from exportctl.models import User

from . import clocks
from .days import day, stops
from .models import Application, Body, Position, Recommendation, Referral, ReviewBody, Stance


@dataclass(frozen=True, slots=True)
class Lane:
    """Where one body stands: waiting, answered, silent for its 30 days (an agency, 750.4(e)), or closed (one's own)."""

    body: str
    title: str
    state: str
    position: str
    reason: str
    by: User | None
    at: datetime | None
    referred_at: datetime
    due_on: date
    silent: bool
    legal_basis: str = ""
    holder: User | None = None
    held_at: datetime | None = None
    own: bool = False
    blocks: bool = False  # its objection holds the case

    @property
    def words(self) -> str:
        """The position in words."""
        if self.own:
            return str(Stance(self.position).label) if self.position else OWN_WORDS[self.state]
        if self.position:
            return str(Position(self.position).label)
        return "No objection (silent for 30 days)" if self.silent else "No position yet"


OWN_WORDS = {"waiting": "No view yet", "closed": "Closed without a view"}


@dataclass(frozen=True, slots=True)
class Known:
    """A review body as it stands, read along with its case."""

    code: str
    name: str
    concern: str
    days: int
    blocks: bool
    since: date | None
    until: date | None
    own: bool = field(default=False)

    def stands(self, on: date) -> bool:
        """Whether a case can be referred to it on a day."""
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)


def bodies_of(application: Application) -> dict[str, Known]:
    """Every review body by its code, ended ones too: as the case's own query read them, else one query."""
    said = getattr(application, "bodies_said", None)
    if said is None:
        said = [
            {
                "code": each.code, "name": each.name, "concern": each.concern, "days": each.days,
                "blocks": each.objection_blocks, "since": each.since, "until": each.until,
            }
            for each in ReviewBody.objects.order_by("pk")
        ]  # fmt: skip
        application.bodies_said = said  # type: ignore[attr-defined]
    return {each["code"]: _known(each) for each in said}


def _known(said: dict[str, Any]) -> Known:
    days = {name: _day(said[name]) for name in ("since", "until")}
    return Known(**{**said, **days}, own=said["code"] not in Body.values)


def _day(said: str | date | None) -> date | None:
    return date.fromisoformat(said) if isinstance(said, str) else said


def lanes(application: Application, on: date) -> list[Lane]:
    """Where each agency referred to stands on a day, in the order of 750.3(b)."""
    held = stops(application)
    order = Body.values.index
    found = (each for each in application.referrals.all() if not each.own)
    return [_agency(referral, held, on) for referral in sorted(found, key=lambda each: order(each.body))]


def own_lanes(application: Application) -> list[Lane]:
    """Where each body of one's own stands that was asked, in the order it was. No law is silent for it."""
    found = sorted((each for each in application.referrals.all() if each.own), key=lambda each: each.pk)
    known = bodies_of(application) if found else {}
    return [_own(referral, known[referral.body]) for referral in found]


@dataclass(frozen=True, slots=True)
class Stand:
    """How far a lane is: waiting, answered, silent or closed, by when it answers, and its latest answer."""

    state: str
    due_on: date
    latest: Recommendation | None


def agency_stands(referral: Referral, held: Iterable[clocks.Stop], on: date) -> Stand:
    """How far an agency is on a day: it has 30 days, which stop with the clock, and is silent after them
    (750.4(d)(2), (e))."""
    held, latest, since = tuple(held), _latest(referral), day(referral.referred_at)
    silent = latest is None and clocks.is_silent(since, stops=held, on=on)
    state = "answered" if latest else "silent" if silent else "waiting"
    return Stand(state, clocks.recommendation_due(since, stops=held, on=on), latest)


def own_stands(referral: Referral) -> Stand:
    """How far a body of one's own is: it has its target, and is waited for until it answers or its lane is closed."""
    latest = _latest(referral)
    state = "closed" if referral.closed_at else "answered" if latest else "waiting"
    return Stand(state, day(referral.referred_at) + timedelta(days=referral.days), latest)


def _latest(referral: Referral) -> Recommendation | None:
    return max(referral.recommendations.all(), key=lambda each: each.pk, default=None)


def _agency(referral: Referral, held: Iterable[clocks.Stop], on: date) -> Lane:
    known = agency_stands(referral, held, on)
    latest = known.latest
    return Lane(
        body=referral.body,
        title=str(Body(referral.body).label),
        state=known.state,
        position=latest.position if latest else "",
        reason=latest.reason if latest else "",
        by=latest.by if latest else None,
        at=latest.at if latest else None,
        referred_at=referral.referred_at,
        due_on=known.due_on,
        silent=known.state == "silent",
        legal_basis=latest.legal_basis if latest else "",
        holder=referral.assigned_to,
        held_at=referral.assigned_at,
    )


def _own(referral: Referral, body: Known) -> Lane:
    known = own_stands(referral)
    latest, closed = known.latest, referral.closed_at
    return Lane(
        body=referral.body,
        title=body.name,
        state=known.state,
        position=latest.position if latest else "",
        reason=referral.closed_reason if closed else latest.reason if latest else "",
        by=referral.closed_by if closed else latest.by if latest else None,
        at=closed or (latest.at if latest else None),
        referred_at=referral.referred_at,
        due_on=known.due_on,
        silent=False,
        holder=referral.assigned_to,
        held_at=referral.assigned_at,
        own=True,
        blocks=body.blocks,
    )

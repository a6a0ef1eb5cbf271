"""Who sits for a review body: given and ended by an administrator."""

from __future__ import annotations

from datetime import date, datetime

from exportctl import audit, roles
from exportctl.errors import invalid
from exportctl.models import User

from .models import Body, Seat


def give(*, user: User, body: str, since: date, by: User, at: datetime) -> Seat:
    """Seat a person on a review body from a day on. Refuses machines, unknown bodies and a second
    open seat on the same body; needs people.manage."""
    roles.require(by, "people.manage")
    if body not in Body.values:
        raise invalid("body", f"There is no body '{body}'.", remedy=f"Bodies: {', '.join(Body.values)}.")
    if not user.is_person:
        raise invalid("user", "Only a person sits for a body.", remedy="Choose a personal account.")
    if user.seats.filter(body=body, until=None).exists():  # type: ignore[attr-defined]
        raise invalid("user", f"{user} sits there already.", remedy="Nothing is to be done.")
    with audit.action(by=by, at=at) as log:
        seat = Seat.objects.create(user=user, body=body, since=since)
        log("seat.given", seat, user=user.username, body=body, since=since)
    return seat


def end(*, seat: Seat, until: date, by: User, at: datetime) -> Seat:
    """End a seat on a day. Refuses a day not after its beginning; needs people.manage."""
    roles.require(by, "people.manage")
    if until <= seat.since:
        raise invalid("until", "A seat ends after it began.", remedy=f"Choose a day after {seat.since}.")
    with audit.action(by=by, at=at) as log:
        seat.until = until
        seat.save(update_fields=["until"])
        log("seat.ended", seat, user=seat.user.username, body=seat.body, until=until)
    return seat

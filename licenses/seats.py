"""Who sits for a review body, from when to when (750.3(b))."""

from __future__ import annotations

from datetime import date, datetime

from exportctl import audit, roles
from exportctl.errors import NotAllowed, invalid, refuse
from exportctl.models import User
from exportctl.transitions import Blocker

from . import cases
from .models import Body, Seat


def give(*, user: User, body: str, since: date, by: User, at: datetime) -> Seat:
    """Seat a person for a review body from a day on. Event seat.given.

    Refuses machines, an unknown body and a second seat of the person for it.
    """
    roles.require(by, "people.manage", person=True)
    if body not in Body.values:
        raise invalid("body", f"'{body}' is no review body.", f"One of: {', '.join(Body.values)}.")
    if not user.is_person:
        raise invalid("user", "Only a person sits for a review body.", "Choose a person.")
    if Seat.objects.filter(user=user, body=body, until=None).exists():
        raise refuse(
            "seated", f"{user.name} already sits for {Body(body).label}.", remedy="Nothing is to be done."
        )
    with audit.action(by=by, at=at) as log:
        given = Seat.objects.create(user=user, body=body, since=since)
        log("seat.given", given, user=user.username, body=str(body), since=since)
    return given


def end(*, seat: Seat, until: date, by: User, at: datetime) -> Seat:
    """End a seat; `until` is the first day without it. Refuses a seat that has ended. Event seat.ended."""
    roles.require(by, "people.manage", person=True)
    with audit.action(by=by, at=at) as log:
        row = Seat.objects.select_for_update(no_key=True).get(pk=seat.pk)
        if row.until is not None:
            raise refuse("ended", f"The seat ended on {row.until}.", remedy="Nothing is to be done.")
        if until <= row.since:
            raise invalid("until", "A seat ends after it began.", f"Choose a day after {row.since}.")
        row.until = until
        row.save(update_fields=["until"])
        log("seat.ended", row, user=row.user.username, body=row.body, until=until)
    return row


def demand(by: User, body: str, on: date) -> None:
    """Refuse with NotAllowed who does not sit for a body on a day."""
    if body not in cases.seats(by, on):
        raise NotAllowed(
            Blocker("no_seat", f"You do not sit for {Body(body).label if body in Body.values else body}.", field="body",
                    remedy="Ask a member of that body, or an administrator for a seat.")
        )  # fmt: skip

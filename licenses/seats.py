"""Who sits for a review body, from when to when (750.3(b))."""

from __future__ import annotations

from datetime import date, datetime

from exportctl import audit, roles
from exportctl.errors import NotAllowed, invalid, refuse
from exportctl.models import User
from exportctl.transitions import Blocker

from . import cases
from .models import ReviewBody, Seat


def give(*, user: User, body: str, since: date, by: User, at: datetime) -> Seat:
    """Seat a person for a review body from a day on. Event seat.given.

    Refuses machines, a body that is unknown or has ended, a second seat of the person for it, and for a body of one's
    own a person whose roles give no view.
    """
    roles.require(by, "people.manage", person=True)
    standing = {each.code: each for each in ReviewBody.objects.filter(until=None).order_by("pk")}
    if body not in standing:
        raise invalid("body", f"'{body[:20]}' is no review body.", f"One of: {', '.join(standing)}.")
    if not user.is_person:
        raise invalid("user", "Only a person sits for a review body.", "Choose a person.")
    if standing[body].own and not roles.may(user, "review.advise"):
        raise invalid("user", f"{user.name} has no role that gives the view of a body of one's own.",
                      "Give the person the role Adviser first.")  # fmt: skip
    if Seat.objects.filter(user=user, body=body, until=None).exists():
        raise refuse(
            "seated", f"{user.name} already sits for {standing[body].name}.", remedy="Nothing is to be done."
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
        name = ReviewBody.objects.filter(code=body).values_list("name", flat=True).first() or body[:20]
        raise NotAllowed(
            Blocker("no_seat", f"You do not sit for {name}.", field="body",
                    remedy="Ask a member of that body, or an administrator for a seat.")
        )  # fmt: skip

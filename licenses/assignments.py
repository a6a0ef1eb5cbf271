"""Who works on a case: its case officer and, in the lane of each body, a person of that body."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from exportctl import audit, roles
from exportctl.errors import Invalid, NotAllowed, Refused, invalid, refuse
from exportctl.models import User
from exportctl.transitions import Blocker, wrong

from . import applications, cases, seats
from .lanes import bodies_of
from .models import Application, Body, Referral, Route

# who works a case on each route; on the company route a filer of its company does, too
WORKS = {Route.OFFICE: "application.refer", Route.COMPANY: "application.register"}
GIVES = ("review.recommend", "review.advise")  # who works the lane of an agency, and of a body of one's own
LONGEST = 2000  # characters of a reason
MOST = 200  # cases shared out at once


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one case of many: assigned, or why not."""

    application: Application
    blockers: tuple[Blocker, ...] = ()

    @property
    def done(self) -> bool:
        return not self.blockers


def assign(
    *, application: Application, to: User | None, body: str = "", reason: str = "", by: User, at: datetime
) -> Application:
    """Say who works a case, or with `body` that body's lane of it; None gives it back to nobody.

    A case or lane that nobody has is taken or given without a reason; what somebody has is given on, taken over
    or given back with one. By who works cases of that route (Commerce's desk; on the company route the company's
    too), a lane by a member of its body. Refuses, all at once, a receiver who cannot work it: not active, no
    person, without the role, without a seat for the body, of another company, or who does not see the case; also
    who has it already, a missing reason, a body without a lane, a case that is closed or a draft. Event
    application.assigned or application.released with from, to, body and reason.
    """
    why = reason.strip()
    if len(why) > LONGEST or "\x00" in why:
        raise invalid("reason", f"Longer than {LONGEST} characters.", "Shorten it.")
    with audit.action(by=by, at=at) as log:
        case = applications.move(application, "assign", by, at)
        if body and body not in (known := bodies_of(case)):
            raise invalid("body", f"'{body[:20]}' is no review body.", f"One of: {', '.join(known)}.")
        row = _row(case, body, by, at)
        before: User | None = row.assigned_to
        if found := [*_unmoved(before, to, why), *(_cannot(case, to, body, cases.day(at)) if to else ())]:
            raise Invalid(found)
        row.assigned_to, row.assigned_at = to, at if to else None
        row.save(update_fields=["assigned_to", "assigned_at"])
        log("application.assigned" if to else "application.released", case,
            **{"application": case.number, "body": body, "from": before.username if before else "",
               "to": to.username if to else "", "reason": why})  # fmt: skip
    return case


def assign_all(
    *, applications: Iterable[Application], to: User | None, body: str = "", reason: str = "", by: User, at: datetime
) -> list[Result]:  # fmt: skip
    """Share out many cases to one person with one reason, each by itself: one result a case, in their order.

    What is refused is not written at all and names its reasons. Refuses more than 200 at once.
    """
    chosen = list(applications)
    if len(chosen) > MOST:
        raise invalid("applications", f"{len(chosen)} cases at once are too many.", f"At most {MOST}.")
    return [_tried(each, to, body, reason, by, at) for each in chosen]


def _tried(case: Application, to: User | None, body: str, reason: str, by: User, at: datetime) -> Result:
    try:
        return Result(assign(application=case, to=to, body=body, reason=reason, by=by, at=at))
    except Refused as no:
        return Result(case, no.blockers)


def _row(case: Application, body: str, by: User, at: datetime) -> Application | Referral:
    """What is assigned: the case, or the lane of a body. Refuses an actor of another desk."""
    if not body:
        own = case.route == Route.COMPANY and roles.may(by, "application.file")
        if not own and not roles.may(by, WORKS[Route(case.route)]):
            raise NotAllowed(Blocker("not_your_desk", "The case officer is chosen by who works cases there.",
                                     field="body", remedy="Name the body you sit for to assign its lane."))  # fmt: skip
        row: Application | Referral = case
        since = case.assigned_at
    else:
        seats.demand(by, body, cases.day(at))
        lane = next((each for each in case.referrals.all() if each.body == body), None)
        if lane is None:
            raise refuse("no_lane", f"The case is not referred to {bodies_of(case)[body].name}.", field="body",
                         remedy="Choose a body that has it.")  # fmt: skip
        row, since = lane, lane.assigned_at or lane.referred_at
    if since is not None and at < since:
        raise refuse("too_early", f"Its last hand-over was on {since:%Y-%m-%d %H:%M} UTC, after the time given.",
                     remedy="Give a time that is not earlier.")  # fmt: skip
    return row


def _unmoved(before: User | None, to: User | None, why: str) -> Iterator[Blocker]:
    if before is None and to is None:
        yield wrong("to", "Nobody has it.", "Nothing is to be given back.")
    elif before == to and to is not None:
        yield wrong("to", f"{to.name} has it already.", "Choose somebody else.")
    elif before is not None and not why:
        yield wrong("reason", f"{before.name} has it: the reason of the change is missing.",
                    "Say why it goes on or back.")  # fmt: skip


def _cannot(case: Application, to: User, body: str, on: date) -> Iterator[Blocker]:
    """Everything that keeps a person from working a case, or its lane."""
    if not to.is_person or not to.is_active:
        yield wrong("to", f"{to.name} is {'not active any more' if to.is_person else 'no person'}.",
                    "Choose a colleague who is here.")  # fmt: skip
        return
    may, company = roles.permissions_of(to), case.route == Route.COMPANY
    if body:
        title, own = bodies_of(case)[body].name, body not in Body.values
        if GIVES[own] not in may:
            what, whom = ("views", "an adviser") if own else ("positions", "an agency reviewer")
            yield wrong("to", f"The roles of {to.name} give no {what}.", f"Choose {whom}.")
        if body not in cases.seats(to, on):
            yield wrong("to", f"{to.name} does not sit for {title}.",
                        f"Choose a member of {title}, or ask an administrator for a seat.")  # fmt: skip
    elif roles.sees(to) == "own":
        member = case.applicant.members.filter(user=to).exists()
        if not company:
            yield wrong("to", f"{to.name} files applications and does not review them.", "Choose an officer.")
        elif not member or "application.file" not in may:
            yield wrong("to", f"{to.name} does not file for {case.applicant.name}.",
                        "Make them a member of the company first.")  # fmt: skip
    elif WORKS[Route(case.route)] not in may:
        yield wrong("to", f"The roles of {to.name} do not include '{WORKS[Route(case.route)]}'.",
                    "Choose a licensing officer.")  # fmt: skip
    elif not Application.objects.for_user(to).filter(pk=case.pk).exists():
        yield wrong("to", f"{to.name} does not see this case.", "Choose somebody who does.")

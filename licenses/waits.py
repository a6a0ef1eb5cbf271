"""Why a case stands in a queue: whom it waits for, since when and until when, in one line. Pure.

Made from figures that a list has loaded already; days are calendar days as in `clocks` (15 CFR 750.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from .clocks import FINAL_DENIAL, FIRST_ACTION, RECOMMENDATION, RESPONSE
from .guards import Ruled
from .workflow import CLOSED, FORUMS, WORDS, Status

NOBODY = "nobody has taken it"


@dataclass(frozen=True, slots=True)
class Lane:
    """The lane of one body: since when it has the case, until when its position is due, and who works it."""

    body: str
    title: str
    referred_on: date
    due_on: date
    state: str  # waiting | answered | silent | closed
    position: str = ""
    answered_on: date | None = None
    holder: str = ""
    holder_id: int | None = None
    mine: bool = False  # the reader sits for the body

    @property
    def objects(self) -> bool:
        return self.position == "deny"


@dataclass(frozen=True, slots=True)
class Asked:
    """An open question: `to` is who answers, `by` the body that asks."""

    number: int
    to: str
    by: str
    on: date
    due_on: date
    stops: bool = False


@dataclass(frozen=True, slots=True)
class Proposed:
    """A decision, or the correction of one, that waits for its second signature."""

    outcome: str
    by: str
    on: date
    by_id: int | None = None
    correcting: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of a case on the day `on`. `review`: the reader sees what the bodies tell each other."""

    status: str
    on: date
    created_on: date
    company: bool = False
    review: bool = True
    submitted_on: date | None = None
    registered_on: date | None = None
    closed_on: date | None = None
    holder: str = ""
    holder_id: int | None = None
    held_on: date | None = None
    first_due: date | None = None  # day 9
    ends_on: date | None = None  # day 90
    lanes: tuple[Lane, ...] = ()  # of agencies
    own: tuple[Lane, ...] = ()  # of bodies of one's own
    asked: tuple[Asked, ...] = ()
    proposed: Proposed | None = None
    stopped: tuple[str, date] | None = None  # cause, since
    unaccepted: int = 0
    ruled: Ruled | None = None
    forum_due: date | None = None
    letter_on: date | None = None
    final_on: date | None = None

    @property
    def waiting(self) -> tuple[Lane, ...]:
        """The lanes without an answer, the reader's own alone where there are some."""
        found = tuple(lane for lane in self.lanes if lane.state == "waiting")
        return tuple(lane for lane in found if lane.mine) or found

    @property
    def own_waiting(self) -> tuple[Lane, ...]:
        """The bodies of one's own without an answer, the reader's own alone where there are some."""
        found = tuple(lane for lane in self.own if lane.state == "waiting")
        return tuple(lane for lane in found if lane.mine) or found

    @property
    def differ(self) -> bool:
        """Whether a body objects beside one that does not: silence counts as no objection (750.4(e))."""
        return any(lane.objects for lane in self.lanes) and not all(lane.objects for lane in self.lanes)


def why(known: Figures) -> str:
    """Why the case is here, since when and for whom it waits: one line.

    What stops everything else comes first: a proposal, an open question, a stopped clock; then the step its
    status asks for. Without `review` nothing is said of positions, proposals and who works it.
    """
    if known.status in CLOSED:
        since = f" on {said(known.closed_on, known.on)}" if known.closed_on else ""
        return f"{WORDS[Status(known.status)]}{since}"
    return (
        (_proposed(known) if known.review else "")
        or _asked(known)
        or _stopped(known)
        or _conditions(known)
        or _step(known)
    )


def due(known: Figures) -> date | None:
    """The legal day of the present step: day 9, day 30 of a lane, the forum's day, day 45, else day 90."""
    if known.status == Status.REGISTERED:
        return known.first_due
    if known.status == Status.REFERRED and known.review and known.waiting:
        return min(lane.due_on for lane in known.waiting)
    if known.status in FORUMS and known.ruled and not known.ruled.outcome:
        return known.forum_due
    if known.status == Status.INTENT_TO_DENY:
        return known.final_on
    return known.ends_on


def late(known: Figures) -> bool:
    """Whether that day has passed while the clock ran."""
    day = due(known)
    return day is not None and day < known.on and known.stopped is None


def _proposed(known: Figures) -> str:
    one = known.proposed
    if one is None:
        return ""
    what = "A correction is proposed" if one.correcting else f"Proposed ({one.outcome.lower()})"
    return f"{what} by {one.by} {ago(one.on, known.on)}, waits for a second person"


def _asked(known: Figures) -> str:
    seen = [each for each in known.asked if known.review or each.to == "filer"]
    if not seen:
        return ""
    first = min(seen, key=lambda each: (each.due_on, each.number))
    whom = "to the filer" if first.to == "filer" else f"from {first.by} to Commerce"
    rest = f" and {len(seen) - 1} more" if len(seen) > 1 else ""
    stops = any(each.stops for each in seen) and known.stopped
    stood = f"; clock stopped since {said(known.stopped[1], known.on)}" if stops and known.stopped else ""
    until = f"answer due {said(first.due_on, known.on)}"
    return f"Question {first.number} {whom}{rest} is open since {said(first.on, known.on)}, {until}{stood}"


def _stopped(known: Figures) -> str:
    if known.stopped is None:
        return ""
    cause, since = known.stopped
    return f"Clock stopped since {said(since, known.on)}: {cause}"


def _conditions(known: Figures) -> str:
    if not known.unaccepted or (known.review and known.waiting and known.status == Status.REFERRED):
        return ""
    many = "1 condition waits" if known.unaccepted == 1 else f"{known.unaccepted} conditions wait"
    return f"{many} for the applicant’s answer{_held(known)}"


def _step(known: Figures) -> str:
    """The line of a status when nothing stands in its way."""
    on, status = known.on, Status(known.status)
    own = known.review and known.own_waiting
    if own and (status != Status.REFERRED or not known.waiting or any(lane.mine for lane in own)):
        return _consulted(known)
    if status == Status.REFERRED and known.review:
        return _referred(known)
    if status in FORUMS and known.review:
        return _contested(known)
    if status == Status.INTENT_TO_DENY and known.letter_on:
        respond = said(known.letter_on.fromordinal(known.letter_on.toordinal() + RESPONSE), on)
        final = said(known.final_on, on)
        return (
            f"Intent to deny sent {ago(known.letter_on, on)}, answer due {respond} (day {RESPONSE}), "
            f"final on {final} (day {FINAL_DENIAL}){_held(known)}"
        )
    filed = ago(known.submitted_on or known.created_on, on)
    first = f", first action due {said(known.first_due, on)} (day {FIRST_ACTION})" if known.first_due else ""
    ends = f", day 90 on {said(known.ends_on, on)}" if known.ends_on else ""
    lines = {
        Status.DRAFT: f"Draft started {ago(known.created_on, on)}, not filed",
        Status.SUBMITTED: f"Filed {filed}, not registered",
        Status.REGISTERED: f"Registered {ago(known.registered_on or known.created_on, on)}{first}",
        Status.INTERNAL_REVIEW: f"Filed {filed}, in internal review, not yet with the agency",
        Status.FILED: f"With the agency, filed here {filed}; its decision has not come",
        Status.PRESIDENT: "With the President; the 90 days are met",
        Status.APPEAL: "Denial appealed; waits for the Under Secretary’s decision",
    }
    return lines.get(status, f"{WORDS[status]}{ends}") + _held(known)


def _referred(known: Figures) -> str:
    on, waiting = known.on, known.waiting
    if waiting:
        first = min(waiting, key=lambda lane: lane.due_on)
        bodies = _listed([lane.title for lane in waiting])
        many = "position" if len(waiting) == 1 else "positions"
        return (
            f"Referred to {bodies} {ago(first.referred_on, on)}, {many} due {said(first.due_on, on)} "
            f"(day {RECOMMENDATION}); {_takers(waiting)}"
        )
    if known.differ:
        return f"The agencies differ: the Operating Committee is to be convened{_held(known)}"
    silent = [lane for lane in known.lanes if lane.state == "silent"]
    ends = f"; day 90 on {said(known.ends_on, on)}" if known.ends_on else ""
    if silent:
        bodies = _listed([lane.title for lane in silent])
        silence = f"No position of {bodies} in {RECOMMENDATION} days counts as no objection"
        return f"{silence}; waits for a proposal{ends}{_held(known)}"
    last = max((lane.answered_on for lane in known.lanes if lane.answered_on), default=on)
    return f"Every body answered, the last {ago(last, on)}; waits for a proposal{ends}{_held(known)}"


def _consulted(known: Figures) -> str:
    """A body of one's own that is waited for; no silence counts for it."""
    waiting = known.own_waiting
    first = min(waiting, key=lambda lane: lane.due_on)
    bodies = _listed([lane.title for lane in waiting])
    asked = f"{bodies} asked {ago(first.referred_on, known.on)}"
    return f"{asked}, target {said(first.due_on, known.on)}; {_takers(waiting)}"


def _takers(waiting: Sequence[Lane]) -> str:
    """Who has the lanes: one name, or each body with its own."""
    if len(waiting) == 1:
        return f"held by {waiting[0].holder}" if waiting[0].holder else NOBODY
    if not any(lane.holder for lane in waiting):
        return "nobody has taken them"
    return ", ".join(f"{lane.title}: {lane.holder or 'nobody'}" for lane in waiting)


def _contested(known: Figures) -> str:
    ruled = known.ruled
    forum = FORUMS[Status(known.status)]
    if ruled is None or not ruled.outcome or ruled.on is None:
        until = f", its ruling is due {said(known.forum_due, known.on)}" if known.forum_due else ""
        return f"Before the {forum}{until}{_held(known)}"
    if ruled.open:
        binds = f"binds after {said(ruled.until, known.on)} unless escalated"
        return f"The {forum} ruled {ago(ruled.on, known.on)}, {binds}"
    return f"The ruling of the {forum} binds since {said(ruled.until, known.on)}; waits for a proposal{_held(known)}"


def _held(known: Figures) -> str:
    """Who has it on Commerce's desk, or the company's."""
    if not known.review or known.status == Status.DRAFT:
        return ""
    if not known.holder:
        return f"; {NOBODY}"
    since = f" since {said(known.held_on, known.on)}" if known.held_on else ""
    return f"; held by {known.holder}{since}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def ago(day: date, on: date) -> str:
    """How long ago a day was: "today", "1 day ago", "12 days ago"."""
    days = (on - day).days
    return "today" if days <= 0 else f"{days:,} day{'' if days == 1 else 's'} ago"


def said(day: date | None, on: date) -> str:
    """A day as "Dec 4", with its year where that is not the year of `on`."""
    if day is None:
        return ""
    return f"{day:%b} {day.day}" + (f", {day.year}" if day.year != on.year else "")

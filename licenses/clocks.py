"""Legal clocks in calendar days (750.4(a)(1)), computed from dated intervals. Pure.

A stop is half-open, [start, end). A day counts when no stop covers it; overlapping stops count once.
The net day number on a day d is the count of days in [start, d) that no stop covers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from entities import workdays

TOTAL = 90  # days from registration, 750.4(a)(1)
FIRST_ACTION = 9  # 750.4(c)
RECOMMENDATION = 30  # 750.4(d)(2)
COMMITTEE = 14  # the Operating Committee's chair decides, 750.4(f)(1)(i)
ESCALATION = 5  # to the next body, 750.4(f)
VOTE = 11  # of the Advisory Committee and of the Review Board, 750.4(f)(2), (3)
FINAL_DENIAL = 45  # 750.6(b)
RESPONSE = 20  # 750.6(a), days to answer an intent-to-deny letter
APPEAL = 45  # after the notice and after the final denial, whichever ends later: 756.2(c)(1), 750.6(b)
APPEAL_PAPERS = 30  # after the appeal, 756.2(c)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the interagency process: its legal days, and the house's own target in business days (0: none)."""

    code: str
    title: str
    days: int
    citation: str
    target: int = 0


# The steps in order; used to its last day each, they end on day 90.
STEPS = (
    Step("first_action", "Commerce acts first", FIRST_ACTION, "15 CFR 750.4(c)", 4),
    Step("recommendation", "The agencies give their positions", RECOMMENDATION, "15 CFR 750.4(d)(2)", 15),
    Step("committee", "The Operating Committee’s chair rules", COMMITTEE, "15 CFR 750.4(f)(1)(i)", 7),
    Step("to_acep", "An agency may escalate to the Advisory Committee", ESCALATION, "15 CFR 750.4(f)(1)(ii)"),
    Step("acep", "The Advisory Committee votes", VOTE, "15 CFR 750.4(f)(2)", 6),
    Step(
        "to_earb", "An agency or the Secretary may go to the Review Board", ESCALATION, "15 CFR 750.4(f)(2)"
    ),
    Step("earb", "The Review Board votes", VOTE, "15 CFR 750.4(f)(3)", 6),
    Step("to_president", "An agency may go to the President", ESCALATION, "15 CFR 750.4(f)(3)"),
)


@dataclass(frozen=True, slots=True)
class Stop:
    """A clock stop: half-open [start, end); end None while it lasts. `completed` is the day of a completed check."""

    start: date
    end: date | None
    reason: str = ""
    completed: date | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The legal clock on a day: gross and stopped days since registration, and the day it runs out.

    While a stop is open `due_on` is the earliest day possible: it moves with every day of the stop.
    """

    gross: int
    stopped: int
    due_on: date
    running: bool

    @property
    def net(self) -> int:
        return self.gross - self.stopped

    @property
    def left(self) -> int:
        """Days of the 90 that are left; negative when overdue."""
        return TOTAL - self.net


@dataclass(frozen=True, slots=True)
class Due:
    """A step of one case: the day it is due, the net day of the 90 that is, and the day it was done."""

    step: Step
    start: date
    due_on: date
    day: int
    done_on: date | None = None
    target_on: date | None = None

    @property
    def late(self) -> bool:
        """Whether it was done after its day."""
        return self.done_on is not None and self.done_on > self.due_on


def as_of(stops: Iterable[Stop], on: date) -> tuple[Stop, ...]:
    """The stops as they stood on an earlier day: later ones unknown, those ended or completed later still open."""
    return tuple(
        replace(
            stop,
            end=stop.end if stop.end is None or stop.end <= on else None,
            completed=stop.completed if stop.completed is None or stop.completed <= on else None,
        )
        for stop in stops
        if stop.start <= on
    )


def stopped_days(stops: Iterable[Stop], *, start: date, on: date) -> int:
    """Days in [start, on) on which at least one stop was open; overlaps count once."""
    days = 0
    reached = start
    for stop in sorted(stops, key=lambda each: each.start):
        begin = max(stop.start, reached)
        end = min(stop.end or on, on)
        if end > begin:
            days += (end - begin).days
            reached = end
    return days


def day_of(days: int, *, start: date, stops: Iterable[Stop] = (), on: date) -> date:
    """The first day whose net day number is `days`, as it stands on the day `on`.

    A stop that is open on `on` is read as if it ended there, so the answer is the earliest possible.
    """
    day = start
    left = days
    for stop in sorted(stops, key=lambda each: each.start):
        end = stop.end or max(on, stop.start)
        if end <= day:
            continue
        run = (stop.start - day).days
        if run >= left:
            break
        left -= max(run, 0)
        day = end
    return day + timedelta(days=left)


def read(*, registered_on: date, stops: Iterable[Stop] = (), on: date) -> Reading:
    """Read the 90-day clock on a day; `on` before registration reads as zero days."""
    stops = tuple(stops)
    on = max(on, registered_on)
    return Reading(
        gross=(on - registered_on).days,
        stopped=stopped_days(stops, start=registered_on, on=on),
        due_on=day_of(TOTAL, start=registered_on, stops=stops, on=on),
        running=not any(stop.start <= on and (stop.end is None or stop.end > on) for stop in stops),
    )


def recommendation_due(referred_on: date, *, stops: Iterable[Stop] = (), on: date) -> date:
    """Day 30 after the referral, the last one for a body's position (750.4(d)(2))."""
    return day_of(RECOMMENDATION, start=referred_on, stops=stops, on=on)


def silent_on(referred_on: date, *, stops: Iterable[Stop] = (), on: date) -> date:
    """The first day on which a body's silence counts as no objection: the one after day 30 (750.4(e))."""
    return day_of(RECOMMENDATION + 1, start=referred_on, stops=stops, on=on)


def is_silent(referred_on: date, *, stops: Iterable[Stop] = (), on: date) -> bool:
    """Whether a body that gave no position has let its 30 days pass on the day `on` (750.4(e))."""
    return on >= silent_on(referred_on, stops=tuple(stops), on=on)


def final_on(notice_on: date) -> date:
    """The day a denial becomes final without further notice: day 45 after the notice (750.6(b))."""
    return notice_on + timedelta(days=FINAL_DENIAL)


def response_due(notice_on: date) -> date:
    """The last day to answer an intent-to-deny letter (750.6(a))."""
    return notice_on + timedelta(days=RESPONSE)


def appeal_days(notice_on: date, final: date) -> tuple[date, date]:
    """45 days after the notice (756.2(c)(1)) and 45 after the final denial (750.6(b))."""
    return notice_on + timedelta(days=APPEAL), final + timedelta(days=APPEAL)


def appeal_until(notice_on: date, final: date) -> date:
    """The last day on which an appeal is received: the later of both readings."""
    return max(appeal_days(notice_on, final))


def papers_until(filed_on: date) -> date:
    """The last day for later papers of an appeal (756.2(c))."""
    return filed_on + timedelta(days=APPEAL_PAPERS)


def escalation_until(ruled_on: date, *, stops: Iterable[Stop] = (), on: date) -> date:
    """The last day to escalate a ruling; it binds on the day after (750.4(f))."""
    return day_of(ESCALATION, start=ruled_on, stops=stops, on=on)


def ladder(
    *, registered_on: date, done: Mapping[str, date] | None = None, stops: Iterable[Stop] = (), on: date
) -> tuple[Due, ...]:
    """Every step with its due day, from the days on which earlier ones were done, as it stands on the day `on`.

    `done` maps codes of `STEPS` to days. A step that is not done is read as used to its last day, so without
    `done` the days are 9, 39, 53, 58, 69, 74, 85 and 90. The Operating Committee's days begin with the deadline
    for the positions, not with the last of them (750.4(f)(1)(i)).
    """
    stops, done = tuple(stops), done or {}
    start, rows = registered_on, []
    for step in STEPS:
        due_on = day_of(step.days, start=start, stops=stops, on=on)
        net = (due_on - registered_on).days - stopped_days(stops, start=registered_on, on=due_on)
        target = _target(step, start, stops, on)
        rows.append(Due(step, start, due_on, net, done.get(step.code), target and min(target, due_on)))
        start = due_on if step.code == "recommendation" else done.get(step.code, due_on)
    return tuple(rows)


def _target(step: Step, start: date, stops: tuple[Stop, ...], on: date) -> date | None:
    """The house's own target: business days of the federal government on which no stop is open."""
    if not step.target:
        return None
    day, left = start, step.target
    while left:
        day += timedelta(days=1)
        held = any(stop.start < day <= (stop.end or max(on, stop.start)) for stop in stops)
        left -= workdays.is_business_day(day) and not held
    return day


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A clock exclusion of 750.4(b) or (d)(1) with its own deadlines: what, and how many days after the stop began."""

    words: str
    own: tuple[tuple[str, int], ...] = ()
    note: str = ""
    after_referral: int = 0  # days from the referral in which it is to be asked
    after_completion: tuple[str, int] | None = (
        None  # what is due so many days after the check; then not the note
    )


EXCLUSIONS = {
    "APPLICANT_INFO": Exclusion(
        "the applicant answers questions or considers conditions", note="Until it is answered."
    ),
    "ITD_NEGOTIATION": Exclusion("modifications are negotiated after an intent-to-deny letter"),
    "PLC": Exclusion(
        "pre-license check", (("the request goes out", 5),),
        "The analysis is reported within 5 days of the completed check.",
        after_completion=("the analysis of the completed check is reported", 5),
    ),
    "GOV_ASSURANCE": Exclusion(
        "government-to-government end-use assurance",
        (("the request goes to State", 5), ("State asks the other government", 15)),
        "The license follows within 5 days of the assurance.",
    ),
    "GOV_CONSULT": Exclusion("consultation under a bilateral arrangement or regime"),
    "MULTILATERAL": Exclusion("multilateral regime review"),
    "CONGRESS_6J": Exclusion(
        "Congress is told before a license for a country that supports terrorism",
        (("a license can be issued", 30),), "Congress is told 30 days before the issue.",
    ),
    "CONGRESS_743_5": Exclusion("notification and prior consultations under 743.5"),
    "TTCP": Exclusion("Defense technology-transfer control plan, NSA plan or launch monitoring"),
    "AGENCY_INFO": Exclusion(
        "an agency asked for missing referral data", note="Until the agency has it.", after_referral=10,
    ),
}  # fmt: skip


def own_deadlines(stop: Stop, *, referred_on: date | None = None) -> tuple[tuple[str, date], ...]:
    """The deadlines a clock stop has of its own (750.4(b), (d)(1)), in order of their days."""
    known = EXCLUSIONS.get(stop.reason)
    if known is None:
        return ()
    days = [(words, stop.start + timedelta(days=after)) for words, after in known.own]
    if known.after_referral and referred_on is not None:
        days.append(("the agency asks at the latest", referred_on + timedelta(days=known.after_referral)))
    if known.after_completion and stop.completed is not None:
        words, after = known.after_completion
        days.append((words, stop.completed + timedelta(days=after)))
    return tuple(sorted(days, key=lambda pair: pair[1]))

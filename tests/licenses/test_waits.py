"""Why a case waits, in one line: the figures alone, no database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from licenses import waits
from licenses.guards import Ruled
from licenses.waits import Asked, Figures, Lane, Proposed
from licenses.workflow import CLOSED, Status

ON = date(2026, 11, 20)
DEFENSE = Lane("defense", "Defense", date(2026, 11, 8), date(2026, 12, 8), "waiting")
STATE = Lane("state", "State", date(2026, 11, 8), date(2026, 12, 8), "waiting", holder="Stan State")
OC = Status.COMMITTEE
PLC = ("pre-license check", date(2026, 11, 10))
INQUIRY = Asked(1, "commerce", "Defense", date(2026, 11, 9), date(2026, 11, 23))
APPROVES = replace(DEFENSE, state="answered", position="approve", answered_on=date(2026, 11, 19))
DENIES = replace(DEFENSE, state="answered", position="deny")
CASE = Figures(
    status=Status.REGISTERED, on=ON, created_on=date(2026, 11, 1), submitted_on=date(2026, 11, 2),
    registered_on=date(2026, 11, 4), first_due=date(2026, 11, 13), ends_on=date(2027, 2, 2),
)  # fmt: skip
REFERRED = replace(CASE, status=Status.REFERRED, lanes=(DEFENSE,))
HELD = {"holder": "Olive Officer", "holder_id": 1, "held_on": date(2026, 11, 19)}


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (CASE, "Registered 16 days ago, first action due Nov 13 (day 9); nobody has taken it"),
        (replace(CASE, **HELD),
         "Registered 16 days ago, first action due Nov 13 (day 9); held by Olive Officer since Nov 19"),
        (REFERRED, "Referred to Defense 12 days ago, position due Dec 8 (day 30); nobody has taken it"),
        (replace(REFERRED, lanes=(replace(DEFENSE, holder="Dora Defense"),)),
         "Referred to Defense 12 days ago, position due Dec 8 (day 30); held by Dora Defense"),
        (replace(REFERRED, lanes=(DEFENSE, STATE)),
         "Referred to Defense and State 12 days ago, positions due Dec 8 (day 30); Defense: nobody, State: Stan State"),
        (replace(REFERRED, lanes=(replace(DEFENSE, mine=True), STATE)),
         "Referred to Defense 12 days ago, position due Dec 8 (day 30); nobody has taken it"),
        (replace(REFERRED, review=False), "With the agencies, day 90 on Feb 2, 2027"),
        (replace(REFERRED, lanes=(replace(DEFENSE, state="silent"),)),
         "No position of Defense in 30 days counts as no objection; waits for a proposal; day 90 on Feb 2, 2027; "
         "nobody has taken it"),
        (replace(REFERRED, lanes=(APPROVES,)),
         "Every body answered, the last 1 day ago; waits for a proposal; day 90 on Feb 2, 2027; nobody has taken it"),
        (replace(REFERRED, lanes=(DENIES, replace(STATE, state="silent"))),
         "The agencies differ: the Operating Committee is to be convened; nobody has taken it"),
        (replace(REFERRED, proposed=Proposed("Approve", "Olive Officer", ON)),
         "Proposed (approve) by Olive Officer today, waits for a second person"),
        (replace(REFERRED, review=False, proposed=Proposed("Approve", "Olive Officer", ON)),
         "With the agencies, day 90 on Feb 2, 2027"),
        (replace(CASE, asked=(Asked(2, "filer", "Commerce", date(2026, 11, 9), date(2026, 11, 23), stops=True),),
                 stopped=("applicant answers", date(2026, 11, 9))),
         "Question 2 to the filer is open since Nov 9, answer due Nov 23; clock stopped since Nov 9"),
        (replace(CASE, asked=(INQUIRY,)),
         "Question 1 from Defense to Commerce is open since Nov 9, answer due Nov 23"),
        (replace(CASE, review=False, asked=(INQUIRY,)),
         "Registered 16 days ago, first action due Nov 13 (day 9)"),
        (replace(CASE, stopped=PLC), "Clock stopped since Nov 10: pre-license check"),
        (replace(CASE, unaccepted=2), "2 conditions wait for the applicant’s answer; nobody has taken it"),
        (replace(CASE, status=OC, ruled=Ruled("x"), forum_due=date(2026, 12, 22)),
         "Before the Operating Committee, its ruling is due Dec 22; nobody has taken it"),
        (replace(CASE, status=OC, ruled=Ruled("x", "approve", date(2026, 11, 18), date(2026, 11, 23), open=True)),
         "The Operating Committee ruled 2 days ago, binds after Nov 23 unless escalated"),
        (replace(CASE, status=OC, ruled=Ruled("x", "approve", date(2026, 11, 10), date(2026, 11, 15))),
         "The ruling of the Operating Committee binds since Nov 15; waits for a proposal; nobody has taken it"),
        (replace(CASE, status=Status.INTENT_TO_DENY, letter_on=date(2026, 11, 10), final_on=date(2026, 12, 25)),
         "Intent to deny sent 10 days ago, answer due Nov 30 (day 20), final on Dec 25 (day 45); nobody has taken it"),
        (replace(CASE, status=Status.SUBMITTED), "Filed 18 days ago, not registered; nobody has taken it"),
        (replace(CASE, status=Status.DRAFT), "Draft started 19 days ago, not filed"),
        (replace(CASE, status=Status.APPROVED, closed_on=date(2025, 3, 1)), "Approved on Mar 1, 2025"),
    ],
)  # fmt: skip
def test_why(known: Figures, words: str) -> None:
    assert waits.why(known) == words


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("review", [True, False])
def test_every_status_has_a_line_and_an_applicant_reads_no_name(status: Status, review: bool) -> None:
    """One line without a break; who works it and what is proposed is for those who see the review."""
    known = replace(
        CASE, status=status, review=review, lanes=(STATE,), proposed=Proposed("Deny", "Secret Person", ON),
        closed_on=ON if status in CLOSED else None, **HELD,
    )  # fmt: skip
    told = waits.why(known)
    assert told and "\n" not in told and len(told) < 240
    if not review:
        assert not any(name in told for name in ("Secret Person", "Olive", "Stan S", "roposed"))


@pytest.mark.parametrize(
    ("known", "day", "late"),
    [
        (CASE, date(2026, 11, 13), True),
        (replace(CASE, stopped=("x", ON)), date(2026, 11, 13), False),
        (REFERRED, date(2026, 12, 8), False),
        (replace(REFERRED, review=False), date(2027, 2, 2), False),
        (replace(REFERRED, lanes=(replace(DEFENSE, state="answered"),)), date(2027, 2, 2), False),
        (replace(CASE, status=Status.INTENT_TO_DENY, final_on=ON), ON, False),
        (replace(CASE, status=OC, ruled=Ruled("x"), forum_due=date(2026, 11, 19)),
         date(2026, 11, 19), True),
        (replace(CASE, status=Status.FILED, ends_on=None), None, False),
    ],
)  # fmt: skip
def test_the_day_of_the_present_step(known: Figures, day: date | None, late: bool) -> None:
    assert (waits.due(known), waits.late(known)) == (day, late)

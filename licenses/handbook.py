"""docs/workflow.md and the page of the same: the transition table in words, told from the table itself.

`manage.py describe_workflow` writes the file; a test holds it against the table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from exportctl.roles import JOB_PERMISSIONS, ROLES
from exportctl.transitions import Transition

from . import clocks, diagram, workflow
from .workflow import CLOSED, TRANSITIONS, WORDS, Status

NO_CLOCK = "none"


def decides(status: Status) -> str:
    """Who decides a case of the office route in this state; "" where nothing is decided."""
    return workflow.AUTHORITIES.get(status, "Commerce") if status in workflow.OPEN else ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table in words."""

    action: str
    label: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    who: tuple[str, ...]
    waits: tuple[str, ...]
    clock: str
    citation: str


def lines() -> list[Line]:
    """Every row of the table."""
    return [_line(row) for row in TRANSITIONS]


def _line(row: Transition) -> Line:
    led = {target for source in row.sources for target in workflow.targets(row.action, source) - {source}}
    who = [role.title for role in ROLES.values() if row.permission in role.permissions]
    if row.permission in JOB_PERMISSIONS:
        who.append("The product’s clock")
    waits = (first_sentence(guard.__doc__) for guard in row.guards)
    return Line(
        row.action, row.label, _words(row.sources), _words(led), tuple(who), tuple(filter(None, waits)),
        row.clock or NO_CLOCK, row.citation.replace("15 CFR ", ""),
    )  # fmt: skip


def _words(states: Iterable[str]) -> tuple[str, ...]:
    wanted = set(states)
    return tuple(WORDS[status] for status in Status if status in wanted)


def first_sentence(text: str | None) -> str:
    """What a guard asks, as its docstring says it."""
    return " ".join((text or "").split("\n\n")[0].split()).rstrip(".")


def markdown() -> str:
    """The whole of docs/workflow.md."""
    return "\n".join([*_head(), *_states(), *_table(), *_steps(), *_exclusions(), ""])


def _head() -> list[str]:
    return [
        "# How an application moves",
        "",
        "Made from the transition table by `manage.py describe_workflow`: change `licenses/workflow.py`, not this.",
        "The same is shown in the product at `/help/workflow/`.",
        "",
        "```mermaid",
        diagram.mermaid(),
        "```",
        "",
    ]


def _states() -> list[str]:
    rows = [
        f"| `{status}` | {WORDS[status]} | {'yes' if status in CLOSED else 'no'} | "
        f"{'runs' if status in workflow.RUNNING else 'none'} | {decides(status) or 'nobody'} |"
        for status in Status
    ]
    return [
        "## States", "", "| Code | Words | Closed | Legal clock | Who decides on the office route |",
        "|---|---|---|---|---|", *rows, "",
        "A clock stop is no state: any number may be open over a running one. After an intent-to-deny letter the 90 "
        "days are over; a stop says then what is negotiated.", "",
    ]  # fmt: skip


def _table() -> list[str]:
    rows = [
        f"| {one.label} (`{one.action}`) | {'; '.join(one.sources)} | {'; '.join(one.targets) or 'stays'} | "
        f"{', '.join(one.who)} | {'; '.join(one.waits) or 'nothing'} | {one.clock} | {one.citation} |"
        for one in lines()
    ]
    return [
        "## Actions", "", "| Action | From | To | Who may | Waits for | Clock | 15 CFR |",
        "|---|---|---|---|---|---|---|", *rows, "",
    ]  # fmt: skip


def _steps() -> list[str]:
    reached = 0
    rows = []
    for step in clocks.STEPS:
        reached += step.days
        target = f"{step.target} business days" if step.target else "none"
        rows.append(f"| {step.title} | {step.days} | {reached} | {target} | {step.citation} |")
    return [
        "## Days of the interagency review", "", "| Step | Days | Used to the last day: day | House target | Source |",
        "|---|---|---|---|---|", *rows, "",
    ]  # fmt: skip


def _exclusions() -> list[str]:
    rows = []
    for code, known in clocks.EXCLUSIONS.items():
        own = [f"{words}: {days} days after the stop began" for words, days in known.own]
        if known.after_referral:
            own.append(f"asked within {known.after_referral} days of the referral")
        own += [known.note] if known.note else []
        rows.append(f"| `{code}` | {known.words} | {'; '.join(own) or 'none'} |")
    return [
        "## Clock stops (750.4(b), (d)(1))",
        "",
        "| Code | Cause | Own deadlines |",
        "|---|---|---|",
        *rows,
    ]

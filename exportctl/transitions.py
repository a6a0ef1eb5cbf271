"""The engine every transition table of the product shares. Pure: no Django, no database.

A table is a tuple of `Transition`. `next_actions(table, facts)` answers what may happen now and
what blocks it; buttons, `allowed_actions` in the API, enforcement and the property tests read the
same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason why an action may not happen: what, why by which rule, and what to do."""

    code: str
    message: str
    remedy: str = ""
    field: str = ""
    citation: str = ""
    link: str = ""

    def as_dict(self) -> dict[str, str]:
        """The blocker as JSON-ready data without empty values."""
        pairs = {
            "code": self.code,
            "message": self.message,
            "remedy": self.remedy,
            "field": self.field,
            "citation": self.citation,
            "link": self.link,
        }
        return {name: value for name, value in pairs.items() if value}


def wrong(field: str, message: str, remedy: str = "", citation: str = "") -> Blocker:
    """One wrong input field, with its rule and remedy."""
    return Blocker("invalid", message, remedy=remedy, field=field, citation=citation)


class Facts(Protocol):
    """What every table needs to know; each table's own facts carry more."""

    @property
    def status(self) -> str: ...

    @property
    def permissions(self) -> frozenset[str]: ...

    @property
    def is_person(self) -> bool: ...


Guard = Callable[[Any], Iterable[Blocker]]


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of a table. `target` None means the action leaves the status as it is."""

    action: str
    label: str
    sources: frozenset[str]
    target: str | None
    permission: str
    guards: tuple[Guard, ...] = ()
    citation: str = ""
    persons_only: bool = True
    clock: str = ""  # what it does to a legal clock: starts, runs, stops, resumes, ends


@dataclass(frozen=True, slots=True)
class NextAction:
    """A transition that is legal from here, with everything that blocks it now."""

    transition: Transition
    blockers: tuple[Blocker, ...]

    @property
    def action(self) -> str:
        return self.transition.action

    @property
    def label(self) -> str:
        return self.transition.label

    @property
    def allowed(self) -> bool:
        return not self.blockers


def row(
    action: str,
    label: str,
    sources: Sequence[str] | str,
    target: str | None,
    permission: str,
    *guards: Guard,
    citation: str = "",
    persons_only: bool = True,
    clock: str = "",
) -> Transition:
    """Write one table row in one line."""
    names = [sources] if isinstance(sources, str) else sources
    return Transition(
        action, label, frozenset(names), target, permission, guards, citation, persons_only, clock
    )


def blockers(transition: Transition, facts: Facts) -> tuple[Blocker, ...]:
    """All blockers of a transition at once; a missing permission hides the facts behind it."""
    if facts.status not in transition.sources:
        return (
            Blocker(
                "wrong_status",
                f"'{transition.label}' is not possible from status '{facts.status}'.",
                remedy="Reload the page to see what is possible now.",
            ),
        )
    if transition.persons_only and not facts.is_person:
        return (
            Blocker(
                "person_required",
                f"Only a person may do this: {transition.label.lower()}.",
                remedy="Sign in with a personal account; API keys of integrations cannot decide.",
            ),
        )
    if transition.permission not in facts.permissions:
        return (
            Blocker(
                "not_permitted",
                f"Your roles do not include '{transition.permission}'.",
                remedy="Ask an administrator, or hand the case to someone who may.",
            ),
        )
    return tuple(found for guard in transition.guards for found in guard(facts))


def next_actions(table: Iterable[Transition], facts: Facts) -> list[NextAction]:
    """What may happen now, and what blocks it, in table order.

    Only actions legal from the present status and open to the actor's roles are listed.
    """
    return [
        NextAction(transition, blockers(transition, facts))
        for transition in table
        if facts.status in transition.sources
        and transition.permission in facts.permissions
        and (facts.is_person or not transition.persons_only)
    ]


def find(table: Iterable[Transition], action: str, status: str) -> Transition | None:
    """The row for an action from a status, or None where the pair is not in the table."""
    fallback = None
    for transition in table:
        if transition.action == action:
            if status in transition.sources:
                return transition
            fallback = fallback or transition
    return fallback

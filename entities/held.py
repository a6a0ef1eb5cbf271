"""The table of held imports: who releases or rejects one, and what stands against it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from exportctl import roles
from exportctl.models import User
from exportctl.transitions import Blocker, row

from .models import ListSource, ListVersion, VersionState


@dataclass(frozen=True, slots=True)
class HeldFacts:
    """What the table asks."""

    status: str
    permissions: frozenset[str]
    is_person: bool
    actor_id: int
    imported_by: int
    newer: bool


def facts_of(version: ListVersion, source: ListSource, by: User) -> HeldFacts:
    """The facts of a version for somebody who would act on it."""
    return HeldFacts(
        status=version.state, permissions=roles.permissions_of(by), is_person=by.is_person, actor_id=by.pk,
        imported_by=version.imported_by_id,
        newer=source.current is not None and source.current.number > version.number,
    )  # fmt: skip


def another_person(facts: HeldFacts) -> Iterable[Blocker]:
    """Who imported a held file does not release it."""
    if facts.actor_id == facts.imported_by:
        yield Blocker("same_person", "You imported this file; another person must release it.",
                      remedy="Ask another list manager or an approver.")  # fmt: skip


def nothing_newer(facts: HeldFacts) -> Iterable[Blocker]:
    """A held file is not released over a newer version."""
    if facts.newer:
        yield Blocker("newer_version", "A newer version is already in force.", remedy="Reject this one.")


HELD = (
    row(
        "release", "Release", VersionState.HELD, VersionState.PUBLISHED, "list.release", another_person,
        nothing_newer,
    ),
    row("reject", "Reject", VersionState.HELD, VersionState.REFUSED, "list.release"),
)  # fmt: skip

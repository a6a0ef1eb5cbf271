"""What the steps of a determination find: reasons by weight, questions, policies, exceptions that remain."""

from __future__ import annotations

from .case import Reason, Result
from .tables import POLICY_ORDER, Day

HARD = (Result.PROHIBITED, Result.LICENSE_REQUIRED)


class Findings:
    """Collects what the steps find about one item of a case, and about its parties and end uses."""

    __slots__ = ("asked", "barred", "codes", "day", "named_exceptions", "needs", "reasons")

    def __init__(self, day: Day) -> None:
        self.day = day
        self.reasons: list[tuple[Result, Reason]] = []
        self.asked: list[str] = []
        self.codes: list[str] = []
        # requirements that a license exception of the entry may overcome, by column or section
        self.needs: list[tuple[str, str]] = []
        # True once a requirement stands that no exception of the entry overcomes
        self.barred = False
        # exceptions that the barring rules themselves leave open: those that every one of them names
        self.named_exceptions: set[str] | None = None

    def note(self, result: Result, reason: Reason, policy: str = "") -> None:
        """A reason of some weight, with the license review policy it brings."""
        self.reasons.append((result, reason))
        if policy in POLICY_ORDER:
            self.codes.append(policy)

    def ask(self, question: str) -> None:
        """A question that must be answered before the case can be free."""
        self.asked.append(question)

    def bar(self, exceptions: tuple[str, ...] = ()) -> None:
        """No exception of the entry remains; those that the rule itself names may."""
        self.barred = True
        left = set(exceptions)
        self.named_exceptions = left if self.named_exceptions is None else self.named_exceptions & left


def most_restrictive(codes: list[str] | tuple[str, ...]) -> str:
    """The most restrictive of several policy codes; "" without one."""
    return min(codes, key=POLICY_ORDER.index, default="")

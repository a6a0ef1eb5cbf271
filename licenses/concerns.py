"""The review bodies of 750.3(b) and what each is concerned with. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

CITATION = "15 CFR 750.3(b)(2)"
# the reasons for control of 738.2(d)(2)
REASONS = ("AT", "CB", "CC", "CW", "EI", "FC", "MT", "NP", "NS", "RS", "SI", "SL", "SS", "UN")
DAYS = 30  # an agency's, by law (750.4(d)(2))


@dataclass(frozen=True, slots=True)
class Agency:
    """A body of the regulation: its name, its concern in words, and the reasons for control that meet it."""

    code: str
    name: str
    words: str
    reasons: frozenset[str] = frozenset()


# EI: encryption items, of Defense's concern too
AGENCIES = {
    each.code: each
    for each in (
        Agency("commerce", "Commerce", "The licensing agency: every application (750.3(a))"),
        Agency(
            "defense", "Defense",
            "National security (NS), regional stability (RS), encryption (EI)", frozenset({"NS", "RS", "EI"}),
        ),
        Agency("energy", "Energy", "Nuclear nonproliferation (NP)", frozenset({"NP"})),
        Agency(
            "state", "State",
            "National security (NS), nuclear nonproliferation (NP), missile technology (MT), regional stability (RS), "
            "anti-terrorism (AT), crime control (CC), sanctions",
            frozenset({"NS", "NP", "MT", "RS", "AT", "CC"}),
        ),
    )
}  # fmt: skip


def met(code: str, lines: Collection[tuple[int, frozenset[str] | None]]) -> str:
    """Which lines of a case meet the concern of an agency, in words; "" where none does.

    `lines` are (number, reasons for control), the reasons None where they are not known.
    """
    agency = AGENCIES.get(code)
    if agency is None or not agency.reasons:
        return ""
    found = [
        f"line {number} ({', '.join(sorted(reasons & agency.reasons))})"
        for number, reasons in lines
        if reasons and reasons & agency.reasons
    ]
    return "; ".join(found)


def unknown(lines: Collection[tuple[int, frozenset[str] | None]]) -> tuple[int, ...]:
    """The lines whose reasons for control are not known."""
    return tuple(number for number, reasons in lines if reasons is None)

"""What the letters of the office say: the facts of one, and the words of each section. Pure.

What an intent to deny must contain is 15 CFR 750.6(a), the appeal part 756, passing conditions on 750.7(d).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from exportctl.papers import Block, Grid

from . import clocks, riders

WITHHELD, NONE = "withheld", "none"
# why a case is returned -> where the rule stands; a reason without one names the decision's own basis
RETURN_CITATIONS = {
    "DEFICIENT": "15 CFR 750.4(a)(2)",
    "NLR": "15 CFR 750.4(c)(3)",
    "DUPLICATE": "15 CFR 748.4(f)",
}


@dataclass(frozen=True, slots=True)
class Line:
    """An item: what was applied for, and what of it the decision grants."""

    number: int
    name: str
    eccn: str
    unit: str
    applied: Decimal
    granted: Decimal
    value: Decimal
    why: str = ""  # why not all of it is granted


@dataclass(frozen=True, slots=True)
class Rider:
    """A condition of the license: whom it binds and when something is due under it."""

    number: int
    words: str
    text: str
    addressee: str
    due: str
    passed_on: bool = False  # binds somebody besides the licensee, so it is told in writing
    acknowledged: bool = False  # a written acknowledgment is asked for


@dataclass(frozen=True, slots=True)
class Earlier:
    """A letter written before: what this one replaces or rests on."""

    number: int
    title: str
    on: date
    code: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a letter is made of."""

    application: str
    on: date
    to: tuple[str, ...]
    office: str
    contact: tuple[str, ...]
    signed: tuple[str, ...]
    transaction: str
    outcome: str
    justification: str = ""
    legal_basis: str = ""
    reason_code: str = ""
    reason: str = ""
    considerations: str = ""
    modifications: str = ""
    authority: str = ""
    license: str = ""
    issued_on: date | None = None
    expires_on: date | None = None
    lines: tuple[Line, ...] = ()
    riders: tuple[Rider, ...] = ()
    notice: Earlier | None = None  # the intent-to-deny letter, or where that is not kept its decision
    notice_on: date | None = None
    final_on: date | None = None  # when the denial of the notice became final
    denied_for: tuple[str, ...] = ()
    replaces: tuple[Earlier, ...] = ()


Section = tuple[str, list[Block]]


def granted(facts: Facts) -> Iterable[Section]:
    number = facts.license or "(given when the decision is signed)"
    whole = "" if all(line.granted == line.applied for line in facts.lines) else " in part"
    told: list[Block] = [f"The application is approved{whole}. License number: {number}."]
    if facts.issued_on and facts.expires_on:
        told.append(
            f"The license is valid from {day_of(facts.issued_on)} through {day_of(facts.expires_on)} (15 CFR 750.7(g))."
        )
    if facts.legal_basis:
        told.append(f"Basis: {facts.legal_basis}.")
    yield "Decision", told


def licensed_lines(facts: Facts) -> Iterable[Section]:
    rows = [
        [
            str(line.number),
            line.name,
            line.eccn,
            f"{_amount(line.granted)} {line.unit}",
            f"USD {line.value:,.2f}",
        ]
        for line in facts.lines
        if line.granted
    ]
    yield "What is licensed", [Grid(("Line", "Item", "ECCN", "Quantity", "Value"), rows)]


def refused_lines(facts: Facts) -> Iterable[Section]:
    rows = [
        [
            str(line.number),
            line.name,
            line.eccn,
            f"{_amount(line.applied - line.granted)} {line.unit}",
            line.why,
        ]
        for line in facts.lines
        if line.granted < line.applied
    ]
    told: list[Block] = [Grid(("Line", "Item", "ECCN", "Not granted", "Why"), rows), facts.justification]
    yield "What is not granted", told


def conditions(facts: Facts) -> Iterable[Section]:
    if not facts.riders:
        yield "Conditions", ["The license carries no conditions beyond the regulations."]
        return
    rows = [
        [str(each.number), f"{each.words}: {each.text}", each.addressee, each.due] for each in facts.riders
    ]
    yield "Conditions", [Grid(("No.", "Condition", "Binds", "Due"), rows)]


def passing_on(facts: Facts) -> Iterable[Section]:
    told: list[Block] = [
        "The licensee tells the parties to the transaction the license's scope and the conditions that bind them, "
        "in writing, and keeps what it wrote (15 CFR 750.7(d))."
    ]
    bound = [str(each.number) for each in facts.riders if each.passed_on]
    if bound:
        told.append(f"To be passed on word for word: condition {_listed(bound)}.")
    asked = [str(each.number) for each in facts.riders if each.acknowledged]
    if asked:
        told.append(f"Condition {_listed(asked)} asks for a written acknowledgment; get it and keep it.")
    yield "What you pass on in writing", told


def scope(facts: Facts) -> Iterable[Section]:
    yield (
        "Scope",
        [
            "The license covers the items, end uses and parties described in the application and in its letters, and "
            "nothing else (15 CFR 750.7(a)). A license obtained by a false statement or by concealing a material fact "
            "is void from its issue (15 CFR 750.7(a)(2)); a license may be suspended or revoked without notice "
            "(15 CFR 750.8)."
        ],
    )


def returned(facts: Facts) -> Iterable[Section]:
    source = RETURN_CITATIONS.get(facts.reason_code) or facts.legal_basis
    reason = f"Reason: {facts.reason_code}, {facts.reason}" + (f" ({source})." if source else ".")
    yield (
        "Decision",
        ["The application is returned without action. This is neither an approval nor a denial.", reason],
    )
    yield "What we found", [facts.justification]
    yield "What you can do", ["You may file again. That is a new case; it names this control number."]


def not_required(facts: Facts) -> Iterable[Section]:
    told = "No license is required for the transaction as the application describes it (15 CFR 750.4(c)(3))."
    basis = [f"Basis: {facts.legal_basis}."] if facts.legal_basis else []
    yield "Decision", [told, *basis]
    yield "Why", [facts.justification]
    yield (
        "What this rests on",
        [
            "This holds on the facts of the application and on the rules of the date of this letter. Where an item, a "
            "party, the destination, the end use or a rule changes, it has to be found out anew."
        ],
    )


def intended(facts: Facts) -> Iterable[Section]:
    yield "Decision", ["We intend to deny this application (15 CFR 750.6(a))."]


def basis(facts: Facts) -> Iterable[Section]:
    yield "Statutory and regulatory basis", [facts.legal_basis, *(f"{each}." for each in facts.denied_for)]


def considerations(facts: Facts) -> Iterable[Section]:
    if facts.considerations.strip().lower().rstrip(".") == WITHHELD:
        yield (
            "Specific considerations",
            [
                "Withheld: they cannot be told consistent with national security and foreign policy (15 CFR 750.6(a))."
            ],
        )
    elif facts.considerations:
        yield "Specific considerations", [facts.considerations]


def modifications(facts: Facts) -> Iterable[Section]:
    given = facts.modifications.strip()
    none = given.lower().rstrip(".") in ("", NONE)
    said = "We know of no modification that would change this decision." if none else given
    yield "Modifications that could change the decision", [said]


def answering(facts: Facts) -> Iterable[Section]:
    start = facts.notice_on or facts.on
    yield (
        "How to answer",
        [
            "You may answer why the application should not be denied, and offer modifications, until "
            f"{day_of(clocks.response_due(start))}, {clocks.RESPONSE} days from {day_of(start)}, the date of the "
            "notice (15 CFR 750.6(a)).",
            "Contact:\n" + "\n".join(facts.contact),
        ],
    )


def finality(facts: Facts) -> Iterable[Section]:
    final = clocks.final_on(facts.notice_on or facts.on)
    yield (
        "When the denial becomes final",
        [
            f"On {day_of(final)}, {clocks.FINAL_DENIAL} days after the date of the notice, without further notice, "
            "unless we tell you otherwise before (15 CFR 750.6(b))."
        ],
    )


def appealing(facts: Facts) -> Iterable[Section]:
    """How a denial is appealed; one that was decided on an appeal is final (756.2(d))."""
    if facts.outcome == "deny":
        return
    start = facts.notice_on or facts.on
    until = clocks.appeal_until(start, clocks.final_on(start))
    yield (
        "Appeal",
        [
            "A denial may be appealed to the Under Secretary under 15 CFR part 756. The appeal is a full written "
            f"statement and is received within {clocks.APPEAL} days of the final denial: until {day_of(until)} "
            "(15 CFR 750.6(b), 756.2(c)(1)).",
            "A hearing may be asked for when the appeal is filed; it is granted at discretion. Later papers are taken "
            f"until day {clocks.APPEAL_PAPERS} after the filing. An appeal does not of itself stay the denial "
            "(15 CFR 756.2).",
        ],
    )


def denied(facts: Facts) -> Iterable[Section]:
    if facts.notice_on is None or facts.outcome == "deny":
        yield (
            "Decision",
            [
                f"The application stays denied: so the {facts.authority} decided on the appeal. That decision is final "
                "(15 CFR 756.2(d))."
            ],
        )
        return
    letter = f" (letter {facts.notice.number})" if facts.notice else ""
    final = day_of(facts.final_on or facts.on)
    yield (
        "Decision",
        [
            f"The application is denied. We told you of our intent on {day_of(facts.notice_on)}{letter}; the denial is "
            f"final since {final}, {clocks.FINAL_DENIAL} days after that date (15 CFR 750.6(b))."
        ],
    )


def replaced(facts: Facts) -> Iterable[Section]:
    told = [
        f"Letter {each.number}, {each.title}, of {day_of(each.on)}, code {spelled(each.code)}."
        for each in facts.replaces
    ]
    yield "What this letter replaces", ["From its date on this letter takes the place of:", *told]


def day_of(day: date | str) -> str:
    """A day as a letter prints it."""
    return riders.day_words(date.fromisoformat(day) if isinstance(day, str) else day)


def _amount(quantity: Decimal) -> str:
    text = f"{quantity:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _listed(numbers: list[str]) -> str:
    return numbers[0] if len(numbers) == 1 else f"{', '.join(numbers[:-1])} and {numbers[-1]}"


def spelled(code: str) -> str:
    """A code in groups of four, as it is printed."""
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))

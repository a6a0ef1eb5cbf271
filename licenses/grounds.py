"""What a decision rests on: its outcome, reasons and lines, and the license review policy of the day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from exportctl.errors import Invalid
from exportctl.transitions import Blocker, wrong

from . import determinations, workflow
from .determination.tables import POLICY_WORDS
from .models import Application, DecidedLine, Decision, DenialReason, Outcome, ReturnReason, Route
from .workflow import GRANTING

DENYING = frozenset({"POD", "PD"})  # policies that require or presume denial
DENIALS = frozenset({Outcome.DENY, Outcome.INTEND_TO_DENY})


@dataclass(frozen=True, slots=True)
class Part:
    """What is granted of one line applied for; 0 refuses it."""

    number: int
    quantity: Decimal
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Grounds:
    """Checked words and codes of a decision."""

    outcome: str
    justification: str
    legal_basis: str = ""
    reason_code: str = ""
    denial_reasons: tuple[str, ...] = ()
    considerations: str = ""
    modifications: str = ""
    override: str = ""
    parts: tuple[Part, ...] = ()

    def columns(self) -> dict[str, Any]:
        """What a `Decision` keeps of them."""
        return {
            "outcome": self.outcome, "justification": self.justification, "legal_basis": self.legal_basis,
            "reason_code": self.reason_code, "denial_reasons": list(self.denial_reasons),
            "considerations": self.considerations, "modifications": self.modifications, "override": self.override,
        }  # fmt: skip


def checked(
    *, outcome: str, justification: str, legal_basis: str = "", reason_code: str = "",
    denial_reasons: Iterable[str] = (), considerations: str = "", modifications: str = "", override: str = "",
    lines: Iterable[Mapping[str, Any]] = (),
) -> Grounds:  # fmt: skip
    """The grounds, or Invalid with every wrong field: a denial names its basis and codes (750.6(a)), a return
    its reason (750.4), an approval in part its lines, and nothing carries what belongs to another outcome."""
    found: list[Blocker] = []
    reasons = tuple(dict.fromkeys(denial_reasons))
    if outcome not in Outcome.values:
        found.append(wrong("outcome", f"'{outcome}' is no outcome.", f"One of: {', '.join(Outcome.values)}."))
    if not justification.strip():
        found.append(wrong("justification", "A justification is missing.", "Say why this outcome is right."))
    found += _of_a_denial(outcome, legal_basis, reasons)
    told = {"considerations": considerations.strip(), "modifications": modifications.strip()}
    found += _particulars(outcome, told)
    if outcome == Outcome.RETURN and reason_code not in ReturnReason.values:
        found.append(
            wrong("reason_code", "A return without action names its reason.",
                  f"One of: {', '.join(ReturnReason.values)}.", "15 CFR 750.4(a)(2), (c)(3)")
        )  # fmt: skip
    if outcome != Outcome.RETURN and reason_code:
        found.append(wrong("reason_code", "Only a return without action carries this.", "Leave it empty."))
    if override.strip() and outcome not in GRANTING:
        found.append(wrong("override", "Only an approval overrides a policy of denial.", "Leave it empty."))
    parts, problems = _parts(outcome, lines)
    if found := found + problems:
        raise Invalid(found)
    return Grounds(
        outcome=outcome, justification=justification.strip(), legal_basis=legal_basis.strip(), reason_code=reason_code,
        denial_reasons=reasons, override=override.strip(), parts=parts, **told,
    )  # fmt: skip


# what an intent-to-deny letter must tell beside its basis (750.6(a)): the field, its name, the word for nothing
PARTICULARS = (
    ("considerations", "specific considerations", "withheld"),
    ("modifications", "modifications that could change the decision", "none"),
)


def _particulars(outcome: str, told: Mapping[str, str]) -> Iterable[Blocker]:
    for field, words, nothing in PARTICULARS:
        if outcome == Outcome.INTEND_TO_DENY and not told[field]:
            yield wrong(
                field, f"The letter tells the {words}.", f"Write them, or “{nothing}”.", "15 CFR 750.6(a)"
            )
        elif told[field] and outcome != Outcome.INTEND_TO_DENY:
            yield wrong(field, "Only an intent to deny carries this.", "Leave it empty.")
        elif len(told[field]) > 10_000 or "\x00" in told[field]:
            yield wrong(field, "Longer than 10,000 characters or no text.", "Shorten it.")


def _of_a_denial(outcome: str, legal_basis: str, reasons: tuple[str, ...]) -> Iterable[Blocker]:
    denial = outcome in DENIALS
    if denial and not legal_basis.strip():
        yield wrong("legal_basis", "A denial names its statutory and regulatory basis.",
                    "Cite it, for example 15 CFR 744.11.", "15 CFR 750.6(a)")  # fmt: skip
    if len(legal_basis) > 300:
        yield wrong("legal_basis", "Longer than 300 characters.", "Shorten it.")
    unknown = [each for each in reasons if each not in DenialReason.values]
    if unknown:
        yield wrong("denial_reasons", f"'{unknown[0][:40]}' is no reason of a denial.",
                    f"Some of: {', '.join(DenialReason.values)}.")  # fmt: skip
    if denial and not reasons:
        yield wrong("denial_reasons", "A denial names each reason it rests on.",
                    f"Some of: {', '.join(DenialReason.values)}.", "15 CFR 750.6(a)")  # fmt: skip
    if reasons and not denial:
        yield wrong("denial_reasons", "Only a denial carries these.", "Leave them empty.")


def _parts(outcome: str, lines: Iterable[Mapping[str, Any]]) -> tuple[tuple[Part, ...], list[Blocker]]:
    given, found = list(lines), []
    if given and outcome != Outcome.APPROVE_PART:
        return (), [wrong("lines", "Only an approval in part names lines.", "Leave them out.")]
    if outcome == Outcome.APPROVE_PART and not given:
        return (), [wrong("lines", "An approval in part says what is granted of each line.",
                          "Give each line its quantity; 0 refuses it.")]  # fmt: skip
    parts = []
    for row in given:
        try:
            part = Part(int(row["number"]), Decimal(str(row["quantity"])), str(row.get("reason", "")).strip())
        except (KeyError, ValueError, TypeError, InvalidOperation):
            found.append(
                wrong("lines", "A line lacks its number or quantity.", "Give both; 0 refuses the line.")
            )
            continue
        if not part.quantity.is_finite() or part.quantity < 0:
            found.append(
                wrong("lines", f"Line {part.number}: a quantity is 0 or more.", "0 refuses the line.")
            )
        parts.append(part)
    if len({part.number for part in parts}) < len(parts):
        found.append(wrong("lines", "A line is named twice.", "Name each line once."))
    return tuple(parts), found


def fit(case: Application, grounds: Grounds) -> None:
    """Refuse grounds that this case cannot have: an outcome not open to it, lines that are not its own."""
    open_to = workflow.outcomes(case.route, case.status)
    if grounds.outcome not in open_to:
        if grounds.outcome == Outcome.DENY:
            raise Invalid(
                wrong("outcome", "A denial begins with an intent-to-deny letter and is final 45 days after it.",
                      "Propose the intent to deny.", "15 CFR 750.6")
            )  # fmt: skip
        may = ", ".join(Outcome(each).label.lower() for each in open_to)
        raise Invalid(wrong("outcome", f"Not possible here. Possible: {may}.", "Choose one of these."))
    if grounds.reason_code == ReturnReason.NLR and case.route == Route.OFFICE:
        raise Invalid(
            wrong("reason_code", "That no license is required is an outcome of its own.",
                  "Choose the outcome “Return: no license required”.", "15 CFR 750.4(c)(3)")
        )  # fmt: skip
    if grounds.outcome == Outcome.APPROVE_PART and (found := list(_lines_fit(case, grounds.parts))):
        raise Invalid(found)


def _lines_fit(case: Application, parts: tuple[Part, ...]) -> Iterable[Blocker]:
    if case.all_or_nothing:
        yield wrong("outcome", "The applicant asked to decide on all items together or not at all.",
                    "Approve or deny the whole.", "15 CFR 748.6(c)")  # fmt: skip
    applied = {line.number: line for line in case.lines.all()}
    by_number = {part.number: part for part in parts}
    for number in sorted(set(applied) - set(by_number)):
        yield wrong("lines", f"Line {number} is not decided.", "Give its quantity; 0 refuses it.")
    for number in sorted(set(by_number) - set(applied)):
        yield wrong("lines", f"There is no line {number}.", "Name the lines of the application.")
    both = [(applied[number], by_number[number]) for number in sorted(set(applied) & set(by_number))]
    for line, part in both:
        if part.quantity > line.quantity:
            yield wrong("lines", f"Line {line.number}: more than the {line.quantity.normalize():f} applied for.",
                        "Grant at most that.")  # fmt: skip
        if part.quantity < line.quantity and not part.reason:
            yield wrong(
                "lines", f"Line {line.number}: a cut has no reason.", "Say why it is not granted whole."
            )
    if both and all(part.quantity == 0 for _, part in both):
        yield wrong("outcome", "Nothing would be granted.", "Propose the intent to deny.", "15 CFR 750.6(a)")
    if both and all(part.quantity == line.quantity for line, part in both):
        yield wrong("outcome", "Everything would be granted.", "Approve the whole.")


def keep_lines(decision: Decision, grounds: Grounds) -> None:
    """Keep what an approval in part says of each line with its decision."""
    DecidedLine.objects.bulk_create(
        DecidedLine(decision=decision, number=part.number, quantity=part.quantity, reason=part.reason)
        for part in grounds.parts
    )


def policy_of(case: Application, on: date) -> str:
    """The license review policy of a case on a day, the most restrictive that applies; "" where none does."""
    return determinations.of(case, on).policy


def overrides(grounds: Grounds, policy: str) -> None:
    """Refuse an approval against a policy of denial without its written justification.

    One may be given before the policy is certain, while a hit is not judged; it is signed by a senior then too.
    """
    if grounds.outcome not in GRANTING:
        return
    if policy in DENYING and not grounds.override:
        raise Invalid(
            wrong("override", f"A {POLICY_WORDS[policy]} applies to this case on this day.",
                  "Say in writing why the approval overrides it; a senior approver signs it.", "15 CFR 744.11, 750.3")
        )  # fmt: skip

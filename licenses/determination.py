"""Is a license needed? Pure: the steps on restricted-party lists and on license review policy.

The country chart, end-use and ownership steps are not built, so the answer is never "no license
required": without a listed party it is NEEDS_REVIEW with the questions that stay open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Result(StrEnum):
    """Most serious first."""

    PROHIBITED = "PROHIBITED"
    LICENSE_REQUIRED = "LICENSE_REQUIRED"
    NEEDS_REVIEW = "NEEDS_REVIEW"


@dataclass(frozen=True, slots=True)
class Listed:
    """One list's entry of a listed party, as the case met it. `ended_on` is the first day without effect."""

    name: str
    list: str
    effective_on: date | None
    ended_on: date | None = None
    policy_code: str = ""
    requirement_code: str = ""
    requirement_text: str = ""
    footnotes: tuple[int, ...] = ()
    citations: tuple[str, ...] = ()
    group: str = ""
    edition: str = ""
    edition_on: date | None = None
    certain: bool = True  # False while the hit is not judged

    def in_effect(self, on: date) -> bool:
        """An entry without a date counts as in effect: the safe reading."""
        started = self.effective_on is None or self.effective_on <= on
        return started and (self.ended_on is None or on < self.ended_on)


@dataclass(frozen=True, slots=True)
class CaseParty:
    name: str
    roles: tuple[str, ...]
    country: str
    listed: tuple[Listed, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseItem:
    name: str
    eccn: str


@dataclass(frozen=True, slots=True)
class Case:
    """The facts of a transaction. `destination` is the ultimate consignee's country, "" if unknown."""

    kind: str
    destination: str
    parties: tuple[CaseParty, ...]
    items: tuple[CaseItem, ...]


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """A dated license review policy [since, until) on a group of listed parties."""

    policy: str
    regime: str
    group: str
    policy_code: str
    summary: str
    since: date | None
    until: date | None
    routes: str = ""
    citations: tuple[str, ...] = ()

    def in_force(self, on: date) -> bool:
        return (self.since is None or self.since <= on) and (self.until is None or on < self.until)


@dataclass(frozen=True, slots=True)
class Rules:
    policies: tuple[PolicyRule, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: what, of whom, by which rule and which edition of the data."""

    code: str
    text: str
    citation: str = ""
    edition: str = ""
    party: str = ""


@dataclass(frozen=True, slots=True)
class Assessment:
    """The answer with its reasons; `policy` is the most restrictive review policy met, "" if none."""

    result: Result
    reasons: tuple[Reason, ...]
    policy: str
    questions: tuple[str, ...]
    on: date


# roles in which a listed party triggers the requirement: 744.16(a), 748.5(c)-(f)
TRIGGERING = frozenset({"purchaser", "intermediate_consignee", "ultimate_consignee", "end_user"})
# most restrictive first
POLICY_ORDER = ("POD", "PD", "SEC", "MIXED", "CBC", "PA")
POLICY_WORDS = {
    "POD": "policy of denial",
    "PD": "presumption of denial",
    "SEC": "the policy of the section named",
    "MIXED": "different policies for different items",
    "CBC": "case by case",
    "PA": "presumption of approval",
}
MEU_ANY_ITEM = frozenset({"RU", "BY"})  # 744.21
EMBARGO = {
    "CU": "15 CFR part 746",
    "IR": "15 CFR 746.7",
    "KP": "15 CFR part 746",
    "SY": "15 CFR part 746",
    "RU": "15 CFR 746.8",
    "BY": "15 CFR 746.8",
    "UA": "15 CFR 746.6",
}
OPEN_QUESTIONS = (
    "Are the items subject to the EAR, and classified to the paragraph? (15 CFR 734.3, 774.1(a))",
    "Does the Commerce Country Chart require a license for the reasons of control? (15 CFR 738.4)",
    "Is there an end use or end user of part 744, such as military, nuclear, missile, or advanced-node chips?",
    "Does a listed party own any of the parties? Ownership is not checked.",
    "Is any red flag open? (Supp. 3 to 15 CFR part 732)",
)


def assess(case: Case, rules: Rules, on: date) -> Assessment:
    """Assess a case on a day under dated rules.

    PROHIBITED: a denied person or a blocked person among the parties (without the agency's own
    authorization). LICENSE_REQUIRED: an Entity List party in a role of 748.5(c)-(f) when the entry covers
    all items, or a military end user in Russia or Belarus. NEEDS_REVIEW: everything else; never "no
    license required". Every reason carries its citation and the edition of the list it rests on.
    """
    found: list[tuple[Result, Reason]] = []
    codes: list[str] = []
    groups: set[str] = set()
    for party in case.parties:
        for entry in party.listed:
            if entry.group:
                groups.add(entry.group)
            found += _entry(party, entry, on)
            if entry.in_effect(on) and entry.certain and entry.policy_code in POLICY_ORDER:
                codes.append(entry.policy_code)
    for policy in rules.policies:
        if policy.group in groups and policy.in_force(on):
            found.append((Result.NEEDS_REVIEW, _policy_reason(policy)))
            if policy.policy_code in POLICY_ORDER:
                codes.append(policy.policy_code)
    if case.destination in EMBARGO:
        text = f"The destination {case.destination} is one for which part 746 is read first."
        found.append((Result.NEEDS_REVIEW, Reason("EMBARGO", text, EMBARGO[case.destination])))
    result = min((each for each, _ in found), key=list(Result).index, default=Result.NEEDS_REVIEW)
    ordered = sorted(found, key=lambda each: list(Result).index(each[0]))
    return Assessment(
        result=result,
        reasons=tuple(reason for _, reason in ordered),
        policy=most_restrictive(codes),
        questions=() if result is Result.PROHIBITED else tuple(_questions(case)),
        on=on,
    )


def most_restrictive(codes: Iterable[str]) -> str:
    """The most restrictive of several policy codes; "" without one."""
    return min(codes, key=POLICY_ORDER.index, default="")


def _questions(case: Case) -> Iterator[str]:
    if not case.destination:
        yield "Where do the items go? There is no ultimate consignee."
    if not case.items:
        yield "Which items? There is no line."
    yield from OPEN_QUESTIONS


def _entry(party: CaseParty, entry: Listed, on: date) -> Iterator[tuple[Result, Reason]]:
    """What one list entry means for one party on the day."""
    edition = _edition(entry, on)
    who = f"{party.name} as {', '.join(role.replace('_', ' ') for role in party.roles)}"

    def reason(code: str, text: str, citation: str = "") -> Reason:
        cited = "; ".join(filter(None, (citation, *entry.citations)))
        return Reason(code, text, cited, edition, party.name)

    if not entry.certain:
        yield (
            Result.NEEDS_REVIEW,
            reason("POSSIBLE_MATCH", f"{who} may be {entry.name} ({entry.list}): not judged yet."),
        )
        return
    if not entry.in_effect(on):
        if entry.effective_on is not None and entry.effective_on > on:
            text = (
                f"{who}: {entry.name} is listed ({entry.list}) from {entry.effective_on}; on {on} it was not."
            )
            group = f" Others of the {entry.group} group were or may have been listed." if entry.group else ""
            yield Result.NEEDS_REVIEW, reason("RED_FLAG", text + group)
        return
    if entry.list in ("DPL", "SDN"):
        text = f"{who} is {entry.name}, {'a denied person' if entry.list == 'DPL' else 'a blocked person'}: "
        yield (
            Result.PROHIBITED,
            reason(entry.list, text + "no dealing without the agency's own authorization.",
                   "General Prohibition 4, 15 CFR 764.2(k)" if entry.list == "DPL" else "31 CFR chapter V"),
        )  # fmt: skip
    elif entry.list == "EL":
        yield from _entity_list(party, entry, who, reason)
    elif entry.list == "MEU":
        any_item = party.country in MEU_ANY_ITEM
        result = Result.LICENSE_REQUIRED if any_item else Result.NEEDS_REVIEW
        scope = "any item" if any_item else "items of Supplement No. 2 to part 744; check the item against it"
        yield result, reason("MEU", f"{who} is {entry.name}, a military end user: {scope}.", "15 CFR 744.21")
    elif entry.list == "UVL":
        yield (
            Result.NEEDS_REVIEW,
            reason("NO_EXCEPTIONS", f"{who} is {entry.name}, unverified: no license exception, and a statement "
                   "before any shipment without a license.", "15 CFR 744.15"),
        )  # fmt: skip
    elif entry.requirement_code == "IS_INFORMED":
        text = f"{who} is {entry.name} on list {entry.list}: a letter or notice requires a license."
        yield Result.LICENSE_REQUIRED, reason("IS_INFORMED", text)
    else:
        yield (
            Result.NEEDS_REVIEW,
            reason("RED_FLAG", f"{who} is {entry.name} on list {entry.list}: read what the entry forbids."),
        )


def _entity_list(
    party: CaseParty, entry: Listed, who: str, reason: Callable[..., Reason]
) -> Iterator[tuple[Result, Reason]]:
    if not TRIGGERING & set(party.roles):
        yield (
            Result.NEEDS_REVIEW,
            reason("RED_FLAG", f"{who} is {entry.name} on the Entity List, in a role outside 748.5(c)-(f).",
                   "15 CFR 744.16(a), 748.5"),
        )  # fmt: skip
        return
    policy = POLICY_WORDS.get(entry.policy_code, "not stated")
    notes = f"; footnote {', '.join(str(each) for each in entry.footnotes)}" if entry.footnotes else ""
    if entry.requirement_code == "ALL_EAR":
        text = f"{who} is {entry.name}: all items subject to the EAR; license review policy: {policy}{notes}."
        yield Result.LICENSE_REQUIRED, reason("ENTITY_LIST", text, "15 CFR 744.11, 744.16(a), 748.5(c)-(f)")
    else:
        stated = entry.requirement_text or entry.requirement_code or "none stated"
        text = f"{who} is {entry.name}: requirement as listed ({stated}); check the item against it; policy: {policy}."
        yield Result.NEEDS_REVIEW, reason("ENTITY_LIST_SCOPE", text, "15 CFR 744.16(a)")
    yield (
        Result.NEEDS_REVIEW,
        reason(
            "NO_EXCEPTIONS",
            f"No license exception for {entry.name}, but what its entry allows.",
            "15 CFR 744.16(b)",
        ),
    )


def _policy_reason(policy: PolicyRule) -> Reason:
    words = POLICY_WORDS.get(policy.policy_code, "ordinary rules")
    routes = f" Routes to verify: {policy.routes}" if policy.routes else ""
    return Reason(
        "POLICY",
        f"{policy.policy} {policy.regime}, {words}: {policy.summary}{routes}",
        "; ".join(policy.citations),
    )


def _edition(entry: Listed, on: date) -> str:
    """The edition the entry was read from, marked where it is later than the day asked for."""
    if entry.edition_on is not None and entry.edition_on > on:
        return f"{entry.edition}, not the edition of that day"
    return entry.edition

"""The facts of a transaction and the answer to them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Result(StrEnum):
    """Most serious first."""

    PROHIBITED = "PROHIBITED"
    LICENSE_REQUIRED = "LICENSE_REQUIRED"
    NEEDS_REVIEW = "NEEDS_REVIEW"
    OTHER_AGENCY = "OTHER_AGENCY"
    EXCEPTION = "EXCEPTION"
    NLR = "NLR"
    NOT_SUBJECT = "NOT_SUBJECT"


# the questions of part 744 that an NLR needs answered with no
ANSWERS = {
    "nuclear": "Is any nuclear end use of 744.2 known or suspected?",
    "missile": "Is any rocket or unmanned aerial vehicle end use of 744.3 known or suspected?",
    "chem_bio": "Is any chemical or biological weapons end use of 744.4 known or suspected?",
    "military": "Is there a military end use or end user (744.17, 744.21)?",
    "military_intelligence": "Is there a military-intelligence end use or end user (744.22)?",
    "advanced_node": "Do the items go to a facility that makes advanced-node integrated circuits (744.23(a)(2))?",
    "semiconductor_equipment": "Are the items for making semiconductor manufacturing equipment (744.23(a)(4))?",
    "us_person": "Does a US person support an activity of 744.6?",
}


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
class Owner:
    """Who owns a share of a party, in percent; None where it is not known."""

    name: str
    share: Decimal | None = None
    listed: tuple[Listed, ...] = ()
    owners: tuple[Owner, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseParty:
    """A party in its roles; `hq` is the country of the headquarters of its ultimate parent, "" if unknown."""

    name: str
    roles: tuple[str, ...]
    country: str
    listed: tuple[Listed, ...] = ()
    hq: str = ""
    owners: tuple[Owner, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseItem:
    """What is sent. `us_content` is in percent of the value, `value` in US dollars; None and "" are unknown.

    `direct_product`: whether one of the foreign-direct-product rules of 734.9 reaches a foreign-made item.
    """

    name: str
    eccn: str
    jurisdiction: str = ""
    origin: str = ""
    us_content: Decimal | None = None
    hts: str = ""
    value: Decimal | None = None
    direct_product: bool | None = None


@dataclass(frozen=True, slots=True)
class RedFlags:
    """The red-flag sheet: whether every flag was answered, the flags still open, and where it is kept if not here."""

    answered: bool = False
    open: tuple[str, ...] = ()
    elsewhere: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """The facts of a transaction. `destination` is the ultimate consignee's country, "" if unknown.

    `verified` names the license exceptions whose every condition a person has recorded as met.
    """

    kind: str
    destination: str
    parties: tuple[CaseParty, ...]
    items: tuple[CaseItem, ...]
    region: str = ""
    end_use: str = ""
    answers: Mapping[str, bool | None] = field(default_factory=dict)
    red_flags: RedFlags = RedFlags()
    verified: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: what, of whom, by which rule and which edition of the data, on which facts."""

    code: str
    text: str
    citation: str = ""
    edition: str = ""
    party: str = ""
    column: str = ""
    item: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A license exception that may overcome the requirements named: never better than its status says."""

    symbol: str
    citation: str
    edition: str
    overcomes: tuple[str, ...]
    status: str = "requires verification"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Assessment:
    """The answer with its reasons; `policy` is the most restrictive review policy met, "" if none."""

    result: Result
    reasons: tuple[Reason, ...]
    policy: str
    questions: tuple[str, ...]
    on: date
    exceptions: tuple[Offer, ...] = ()
    agency: str = ""

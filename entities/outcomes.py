"""What the hits of a party mean: one of five outcomes with its reasons, never a bare "clear". Pure.

Effects by list: 15 CFR part 744 (Entity List 744.16, Unverified List 744.15, Military End Users 744.21, SDN
744.8), 764.3(a)(2) for denial orders, 31 CFR chapter V for OFAC's lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from .ownership import AFFILIATES, BLOCKED, HALF, Owner, held, rule_on

PROHIBITED, LICENSE_REQUIRED, NO_EXCEPTIONS, RED_FLAG, NO_MATCH_NAME_ONLY = (
    "PROHIBITED", "LICENSE_REQUIRED", "NO_EXCEPTIONS", "RED_FLAG", "NO_MATCH_NAME_ONLY",
)  # fmt: skip
WORDS = {
    PROHIBITED: "Prohibited without the agency's authorization",
    LICENSE_REQUIRED: "License required",
    NO_EXCEPTIONS: "No license exceptions",
    RED_FLAG: "Red flag",
    NO_MATCH_NAME_ONLY: "No match by name; ownership not checked",
}
NAMED = "named"
GRAVITY = {code: 4 - place for place, code in enumerate(WORDS)}


@dataclass(frozen=True, slots=True)
class Effect:
    """What a true match on a list leads to."""

    outcome: str
    words: str
    citation: str = ""


EFFECTS: dict[str, Effect] = {
    "DPL": Effect(
        PROHIBITED,
        "Denied person: no dealing in items subject to the EAR without written authorization",
        "15 CFR 764.3(a)(2)",
    ),
    "SDN": Effect(
        PROHIBITED,
        "Property blocked; US persons may not deal without an OFAC license",
        "31 CFR ch. V; 15 CFR 744.8",
    ),
    "EL": Effect(
        LICENSE_REQUIRED, "License required as the entry says; no license exceptions", "15 CFR 744.16"
    ),
    "MEU": Effect(
        LICENSE_REQUIRED, "License required for the items of supplement 2 to part 744", "15 CFR 744.21"
    ),
    "UVL": Effect(
        NO_EXCEPTIONS, "License exceptions suspended; UVL statement before any shipment", "15 CFR 744.15"
    ),
    "SSI": Effect(RED_FLAG, "Sectoral sanctions: only what the directive says", "31 CFR part 589"),
    "CMIC": Effect(RED_FLAG, "Securities trades only", "EO 13959 as amended"),
    "MBS": Effect(RED_FLAG, "Menu-based sanctions: read the entry"),
    "CAP": Effect(RED_FLAG, "Correspondent accounts: a red flag for who pays"),
    "FSE": Effect(RED_FLAG, "Foreign sanctions evader: read the entry"),
    "PLC": Effect(RED_FLAG, "Transactions limited: read the entry"),
    "ISA": Effect(RED_FLAG, "Iran Sanctions Act: read the entry"),
    "E13599": Effect(RED_FLAG, "Executive Order 13599: read the entry", "EO 13599"),
    "DTC": Effect(RED_FLAG, "Debarred under the ITAR", "22 CFR 127.7"),
    "ISN": Effect(RED_FLAG, "Nonproliferation sanctions: read the notice"),
    "UN": Effect(RED_FLAG, "UN Security Council list: check OFAC and part 746"),
}
HOUSE = {
    "IS_INFORMED": Effect(
        LICENSE_REQUIRED, "License required by an agency letter or notice (is-informed)", "15 CFR 744"
    ),
    "RED_FLAG": Effect(RED_FLAG, "House list: red flag to resolve"),
}
# Roles in which an entry of the Entity List or the MEU List requires a license (744.16(a), 748.5(c)-(f)); a freight
# forwarder is an intermediate consignee (748.5(d)). In the others it is a red flag.
TRIGGERING = {
    "purchaser": "Purchaser", "intermediate_consignee": "Intermediate consignee",
    "ultimate_consignee": "Ultimate consignee", "end_user": "End user", "freight_forwarder": "Freight forwarder",
}  # fmt: skip
OUTSIDE = {
    "applicant": "Applicant", "other": "Other party", "original_consignee": "Original consignee", "bank": "Bank",
    "carrier": "Carrier", "manufacturer": "Manufacturer", "broker": "Broker",
}  # fmt: skip
ROLES = TRIGGERING | OUTSIDE
OUTCOME_CHOICES, ROLE_CHOICES = list(WORDS.items()), list(ROLES.items())
BY_ROLE = frozenset({"EL", "MEU"})
UNKNOWN = Effect(RED_FLAG, "Listed: read the entry")


@dataclass(frozen=True, slots=True)
class Told:
    """One pair as it stands: the entry's open lists with the house effect, and how it was judged."""

    name: str
    lists: Sequence[tuple[str, str]]  # (list code, house effect or "")
    status: str  # of the hit, or NAMED: alike by name and another fact, judged by nobody
    outcome: str
    order_ended_on: date | None = None  # of a denial order past its end that nobody confirmed yet


@dataclass(frozen=True, slots=True)
class Outcome:
    """The gravest outcome with every reason for it, gravest first."""

    code: str
    reasons: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return WORDS[self.code]


def effect_of(code: str, house: str = "") -> Effect:
    """What a true match on that list leads to; `house` is the effect chosen for an entry of the house list."""
    return HOUSE.get(house, UNKNOWN) if code == "HOUSE" else EFFECTS.get(code, UNKNOWN)


def effect_in(role: str, code: str, house: str = "") -> Effect:
    """The same for a party in a role: outside 748.5(c)-(f) an entry that requires a license is a red flag."""
    effect = effect_of(code, house)
    if role in OUTSIDE and code in BY_ROLE:
        words = (
            f"In the role of {OUTSIDE[role].lower()} it requires no license by itself: a red flag to resolve"
        )
        return Effect(RED_FLAG, words, f"{effect.citation}, 748.5(c)-(f)")
    return effect


def by_ownership(owners: Sequence[Owner], *, role: str, country: str, on: date) -> list[tuple[int, str, str]]:
    """What the known owners lead to: OFAC's 50 percent rule at all times, the Affiliates Rule by its state `on`."""
    found = []
    blocked, names = held(owners, BLOCKED)
    if names and blocked is not None and blocked >= HALF:
        found.append((PROHIBITED, f"Owned {blocked} % by {', '.join(names)}: treated as blocked "
                                  "(31 CFR chapter V, 50 percent rule)"))  # fmt: skip
    share, names = held(owners, AFFILIATES)
    listed, rule = ", ".join(names), rule_on(on)
    if names and share is None:
        found.append((RED_FLAG, f"{listed} owns a share that is not known: resolve it or get a license "
                                "(Red Flag 29, Supp. 3 to part 732)"))  # fmt: skip
    elif names and share is not None and share < HALF:
        found.append((RED_FLAG, f"Owned {share} % by {listed}: below 50 %, caution (Supp. 8 to part 744)"))
    elif names and (rule is None or not rule.in_force):
        state = f"suspended ({rule.citation})" if rule else "not in force"
        found.append((RED_FLAG, f"Owned {share} % by {listed}: a red flag; the Affiliates Rule is {state}"))
    elif names and rule is not None:
        inside = role not in OUTSIDE and country != "US"  # the rule is on foreign entities
        words = "the owner's requirement applies" if inside else "a red flag outside the rule's reach"
        text = f"Owned {share} % by {listed}: {words} (Affiliates Rule, {rule.citation}). {rule.note}".strip()
        found.append((LICENSE_REQUIRED if inside else RED_FLAG, text))
    return [(GRAVITY[code], code, text) for code, text in found]


def risk_of(lists: Iterable[tuple[str, str]]) -> int:
    """How grave the gravest of these lists is: 4 prohibited, 3 license required, 2 no exceptions, 1 red flag."""
    return max((GRAVITY[effect_of(code, house).outcome] for code, house in lists), default=1)


def outcome_of(
    pairs: Iterable[Told], *, role: str = "", owners: Sequence[Owner] = (), country: str = "",
    on: date | None = None,
) -> Outcome:  # fmt: skip
    """The outcome of a finished screening: true matches by their lists, unjudged pairs as red flags.

    `role` is one of ROLES ("": any, read strictly); `owners` are those known, for the 50 percent rules `on` a day.
    A true match on an entry that has left every list is a red flag until it is reviewed. Without any pair
    left: no match by name, which clears nobody.
    """
    found = by_ownership(owners, role=role, country=country, on=on) if owners and on else []
    for pair in pairs:
        if pair.status not in ("closed", NAMED):
            found.append((GRAVITY[RED_FLAG], RED_FLAG, f"Possible match, not judged: {pair.name}"))
        elif pair.outcome == "true_match" or pair.status == NAMED:
            if not pair.lists:
                found.append((GRAVITY[RED_FLAG], RED_FLAG, f"{pair.name}: no longer listed, review it"))
            if pair.order_ended_on:
                found.append((
                    GRAVITY[PROHIBITED], PROHIBITED,
                    f"{pair.name}, DPL: the order ended on {pair.order_ended_on}; nothing is released until a fresh "
                    "list and the Federal Register confirm that it was not renewed",
                ))  # fmt: skip
            for code, house in pair.lists:
                effect = effect_in(role, code, house)
                cited = f" ({effect.citation})" if effect.citation else ""
                said = "; alike by name and another fact, not judged" if pair.status == NAMED else ""
                text = f"{pair.name}, {code}: {effect.words}{cited}{said}"
                found.append((GRAVITY[effect.outcome], effect.outcome, text))
    if not found:
        return Outcome(NO_MATCH_NAME_ONLY)
    found.sort(key=lambda one: (-one[0], one[2]))
    return Outcome(found[0][1], tuple(dict.fromkeys(text for _, _, text in found)))

"""Is the item subject to the EAR, and to no other agency? Steps 0 and 2: 734.3, 734.4, 734.9."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from .case import Case, CaseItem, CaseParty, Reason, Result
from .findings import Findings
from .places import RUSSIA, Place
from .scope import Answer, parse
from .tables import Entry

AGENCIES = {
    "ITAR": "Department of State (ITAR)", "USML": "Department of State (ITAR)",
    "DDTC": "Department of State (ITAR)", "STATE": "Department of State (ITAR)",
    "DOE": "Department of Energy", "NRC": "Nuclear Regulatory Commission",
    "OFAC": "Department of the Treasury (OFAC)", "USPTO": "Patent and Trademark Office",
    "PTO": "Patent and Trademark Office", "FDA": "Food and Drug Administration",
    "DEA": "Drug Enforcement Administration", "MARAD": "Maritime Administration",
    "ATF": "Bureau of Alcohol, Tobacco, Firearms and Explosives",
}  # fmt: skip
ADVANCED = {"3A090", "4A090"}
WITH_Z = {"3A001", "4A003", "4A004", "4A005", "5A002", "5A004", "5A992", "5D002", "5D992"}
SERIES = re.compile(r"[0-9][A-E](6[0-9]{2}|515)")
FOOTNOTE_RULES = {1: "footnote-1", 5: "footnote-5"}


def agency(item: CaseItem, found: Findings) -> str:
    """Step 0: the other agency's name, "" for the EAR; asks where the jurisdiction is missing or not known."""
    given = item.jurisdiction.strip().upper()
    if given in AGENCIES:
        text = f"{item.name or item.eccn} is under the jurisdiction of the {AGENCIES[given]}."
        found.note(Result.OTHER_AGENCY, Reason("OTHER_AGENCY", text, "15 CFR 748.3(b)(3)", found.day.law,
                                               item=item.name))  # fmt: skip
        return AGENCIES[given]
    if not given:
        found.ask("Under whose jurisdiction is the item: the EAR, or another agency? (15 CFR 748.3(b)(3))")
    elif given != "EAR":
        found.ask(f"Jurisdiction '{item.jurisdiction}' is not known: name EAR or the agency.")
    return ""


def advanced(eccn: str, paragraph: str) -> Answer:
    """Whether an item is an advanced chip or a computer with one: 3A090, 4A090 and the .z paragraphs."""
    if eccn in ADVANCED:
        return Answer.YES
    if eccn not in WITH_Z:
        return Answer.NO
    if not paragraph:
        return Answer.ASK
    return Answer.YES if paragraph.split(".")[0] == "z" else Answer.NO


def subject(case: Case, item: CaseItem, entry: Entry | None, place: Place, found: Findings) -> Answer:
    """Step 2: YES, NO (every route is closed by a fact), or ASK. Asks for what is missing."""
    if not item.origin:
        found.ask("Where was the item made? (15 CFR 734.3)")
        return Answer.YES  # presumed: a requirement found on the facts stands, freedom does not
    if item.origin == "US":
        return Answer.YES
    if item.us_content is None:
        found.ask(
            "How much of the foreign-made item's value is controlled US content, in percent? (15 CFR 734.4)"
        )
    if case.kind in ("EXPORT", "DEEMED"):
        return Answer.YES  # it is in the United States
    if item.direct_product:
        return Answer.YES
    return _foreign(case, item, entry, place, found)


def _foreign(case: Case, item: CaseItem, entry: Entry | None, place: Place, found: Findings) -> Answer:
    day, share = found.day, item.us_content
    limit, citation, certain = de_minimis(item.eccn, place)
    if share is not None and share > limit:
        if certain or share > (Decimal(10) if place.groups & {"E:1", "E:2"} else Decimal(25)):
            text = f"{share} % US content is above {limit} %: the foreign-made item is subject to the EAR."
            found.note(Result.NLR, Reason("DE_MINIMIS", text, citation, day.law, item=item.name))
            return Answer.YES
        found.ask(f"May the item hold content for which there is no de minimis level? ({citation})")
        return Answer.ASK
    if not case.kind:
        found.ask("Is it an export from the United States, a reexport or a transfer?")
    if not place.groups and place.row is None:
        return Answer.ASK
    open_rules = (
        list(direct_product(item, entry, place, case.parties, found)) if item.direct_product is None else []
    )
    for rule in open_rules:
        found.ask(f"Is the item a direct product under 734.9{rule}?")
    if share is None or not case.kind or open_rules:
        return Answer.ASK
    text = f"Made in {item.origin}, {share} % US content, not above {limit} %; no rule of 734.9 reaches it."
    found.note(Result.NOT_SUBJECT, Reason("NOT_SUBJECT", text, f"{citation}, 734.9", day.law, item=item.name))
    if day.later:
        found.ask(f"The tables on file are later than {day.on}: read the rules of that day.")
        return Answer.ASK
    return Answer.NO


def de_minimis(code: str, place: Place) -> tuple[Decimal, str, bool]:
    """The level in percent, its citation, and whether a level of 0 holds for certain. 734.4(a), (c), (d)."""
    eccn, paragraph = parse(code)
    if SERIES.fullmatch(eccn):
        y_places = "E:1 E:2 BY CN HK RU"
        if place.within(y_places if paragraph.split(".")[0] == "y" else "D:5"):
            return Decimal(0), "15 CFR 734.4(a)(6)", bool(paragraph)
    if eccn in ("5E002", "9E003") or (eccn == "0A919" and "D:5" in place.groups):
        return Decimal(0), "15 CFR 734.4(a)", True
    if eccn in ("4A003", "3B993") or (eccn[:2] == "3B" and place.macau_or_d5):
        return Decimal(0), "15 CFR 734.4(a)", False
    if place.groups & {"E:1", "E:2"}:
        return Decimal(10), "15 CFR 734.4(c)", True
    return Decimal(25), "15 CFR 734.4(d)", True


def direct_product(
    item: CaseItem, entry: Entry | None, place: Place, parties: Sequence[CaseParty], found: Findings
) -> Iterator[str]:
    """The rules of 734.9 whose destination or end-user scope is met, and whose product scope is not excluded."""
    eccn, paragraph = parse(item.eccn)
    embargoed = bool(place.groups & {"E:1", "E:2"})
    if place.within("D:1 E:1 E:2") and eccn != "EAR99" and (entry is None or "NS" in entry.reasons):
        yield "(b), national security"
    series = SERIES.fullmatch(eccn)
    if series and series[1] == "515" and place.within("D:5 E:1 E:2"):
        yield "(c), 9x515"
    if series and series[1] != "515" and place.within("D:1 D:3 D:4 D:5 E:1 E:2"):
        yield "(d), 600 series"
    yield from _footnotes(parties, found)
    if place.code in RUSSIA or place.occupied:
        yield "(f), Russia, Belarus and the occupied regions"
    if not eccn or advanced(eccn, paragraph) is not Answer.NO:
        yield "(h), advanced computing"
    if place.macau_or_d5:
        yield "(i), supercomputers, or (k), semiconductor manufacturing equipment"
    if place.code == "IR" or (embargoed and not place.row):
        yield "(j), Iran"


def _footnotes(parties: Sequence[CaseParty], found: Findings) -> Iterator[str]:
    for party in parties:
        for entry in party.listed:
            if entry.list != "EL" or not entry.in_effect(found.day.on):
                continue
            if not entry.footnotes and entry.requirement_code:
                continue
            for number in entry.footnotes or (0,):
                rule = FOOTNOTE_RULES.get(number)
                if number == 2 or (rule and rule not in found.day.states):
                    continue
                section = "(g)" if number == 3 else "(e)"
                yield f"{section}, {entry.name}" + (f", footnote {number}" if number else "")

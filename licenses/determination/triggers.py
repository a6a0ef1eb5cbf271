"""End uses of part 744: the answers, the headquarters test, red flags. The end-use half of step 5."""

from __future__ import annotations

from .case import ANSWERS, Case, CaseItem, Reason, Result
from .findings import Findings
from .parties import headquartered
from .places import Place, resolve
from .scope import Answer, parse
from .subject import advanced
from .tables import Trigger

FAB_GROUPS = ("3B", "3C", "3D", "3E")


def ask(case: Case, found: Findings) -> None:
    """The questions whose answers are missing, and the red-flag sheet."""
    for name, question in ANSWERS.items():
        if case.answers.get(name) is None:
            found.ask(f"{question} (15 CFR part 744)")
    if not case.red_flags.answered:
        found.ask("Is every red flag answered, with evidence? (Supp. 3 to 15 CFR part 732)")
    for flag in case.red_flags.open:
        text = f"Red flag open: {flag}. It blocks shipping without a license, an exception and a shipment."
        found.note(Result.NEEDS_REVIEW, Reason("RED_FLAG_OPEN", text, "Supp. 3 to 15 CFR part 732"))


def end_uses(case: Case, item: CaseItem, place: Place, found: Findings) -> None:
    """What each affirmative answer means for this item at this place."""
    eccn, _ = parse(item.eccn)
    for answer, rows in found.day.rules.triggers.items():
        if case.answers.get(answer) is True:
            for row in rows:
                if _meets(row, eccn, place, found):
                    _trigger(row, found)
                    if not row.items.startswith("CAT"):
                        break
    if case.answers.get("advanced_node") is None and place.macau_or_d5 and eccn.startswith(FAB_GROUPS):
        found.ask("Does the item go to a facility that makes integrated circuits? If its node is not known, "
                  "744.23(a)(2)(ii) requires a license.")  # fmt: skip


def _meets(row: Trigger, eccn: str, place: Place, found: Findings) -> bool:
    if row.items == "CCL" and eccn == "EAR99":
        return False
    if row.items == "CAT3" and not eccn.startswith("3"):
        return False
    if row.places == "-SUPP3":
        return place.code not in found.day.rules.nuclear_carve_out
    return place.within(row.places)


def _trigger(row: Trigger, found: Findings) -> None:
    result = Result(row.result)
    code = f"END_USE_{row.answer.upper()}"
    found.note(result, Reason(code, row.text, row.citation, found.day.law), row.policy)
    if row.policy:
        found.bar(row.exceptions)


def headquarters(case: Case, item: CaseItem, place: Place, found: Findings) -> None:
    """744.23(a)(3): advanced chips anywhere, when a party is headquartered in Macau or Country Group D:5."""
    eccn, paragraph = parse(item.eccn)
    is_advanced = advanced(eccn, paragraph)
    if is_advanced is Answer.NO:
        return
    day = found.day
    for party in headquartered(case.parties):
        if not party.hq or not resolve(party.hq, day).macau_or_d5:
            continue
        if is_advanced is Answer.ASK:
            found.ask(f"Is the item in paragraph .z of {eccn}? {party.name} is headquartered in {party.hq}. "
                      "(15 CFR 744.23(a)(3))")  # fmt: skip
            continue
        text = (
            f"{party.name} is headquartered in {party.hq}, which is Macau or in Country Group D:5: "
            f"{eccn} needs a license wherever it goes."
        )
        citation = "15 CFR 744.23(a)(3)"
        found.note(
            Result.LICENSE_REQUIRED, Reason("HEADQUARTERS", text, citation, day.law, party.name), "SEC"
        )
        found.needs.append(("744.23(a)(3)", "RS"))
    if eccn == "3A090" and item.origin in ("CN", "HK", "MO") and "presumed-gp10" in day.states:
        text = "A chip of 3A090 made in China is presumed to be the product of a violation (General Prohibition 10)."
        found.note(Result.NEEDS_REVIEW, Reason("RED_FLAG", text, "15 CFR 736.2(b)(10); "
                                               + day.states["presumed-gp10"].citation, day.law))  # fmt: skip


def whereabouts(case: Case, place: Place, found: Findings) -> None:
    """An ultimate consignee or end user elsewhere than the destination: the facts contradict each other."""
    for party in case.parties if case.kind != "DEEMED" else ():
        if not party.country or party.country == case.destination or not case.destination:
            continue
        if {"ultimate_consignee", "end_user"} & set(party.roles):
            text = f"{party.name} is in {party.country}, the destination is {case.destination}: where do the items end?"
            found.note(Result.NEEDS_REVIEW, Reason("RED_FLAG", text, "15 CFR 748.5(e)-(f)", party=party.name))
        elif resolve(party.country, found.day).embargoed:
            text = f"{party.name} is in {party.country}, an embargoed destination."
            found.note(Result.NEEDS_REVIEW, Reason("RED_FLAG", text, "15 CFR part 746", party=party.name))

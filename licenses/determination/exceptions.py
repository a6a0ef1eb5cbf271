"""Which license exceptions may overcome the requirements found, after 740.2. Step 9.

An exception is never "available": it requires verification until a person has recorded every condition of it
as met, and then only where it overcomes every requirement.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .case import Case, CaseItem, Offer, Reason, Result
from .findings import Findings
from .parties import headquartered
from .places import RUSSIA, Place, resolve
from .scope import Answer, Scope, parse, scope
from .subject import WITH_Z, advanced
from .tables import Allowed, Entry

REQUIRES, VERIFIED = "requires verification", "conditions recorded as met"
COMMODITIES = frozenset("ABC")
FAB_TOOLS = {  # 740.2(a)(9)(i)
    "3B001": scope("a.4 c d f.1 f.5 f.6 k l m n p.2 p.4 r"), "3B002": scope("c"),
    "3D992": scope("*"), "3E992": scope("*"),
}  # fmt: skip
CHIP_EXCEPTIONS = frozenset({"NAC/ACA", "HBM", "AIA", "ACM", "GOV", "RPL", "TSU"})  # 740.2(a)(9)(ii)
CHIPS_ONLY = frozenset({"HBM", "AIA", "ACM", "LPP"})
STA_REASONS = {"A:5": frozenset({"NS", "CB", "NP", "RS", "CC", "SI"}), "A:6": frozenset({"NS"})}
NOT_TSR = frozenset({"SD", "UA"})
INTERCEPTION = {"5A980": scope("*"), "5D980": scope("*"), "5E980": scope("*"), "5A001": scope("f.1")}


def offers(
    case: Case, item: CaseItem, entry: Entry | None, place: Place, found: Findings
) -> tuple[Offer, ...]:
    """The exceptions left for an item, each with what it would overcome; none where a barring rule names none."""
    if found.barred:
        left = found.named_exceptions or set()
        return tuple(_offer(symbol, ("part 744 or 746",), case, found) for symbol in sorted(left))
    if entry is None or not found.needs:
        return ()
    needs = tuple(dict.fromkeys(label for label, _ in found.needs))
    reasons = frozenset(reason for _, reason in found.needs)
    made = [
        _offer(symbol, needs, case, found, note) for symbol, note in _candidates(item, entry, place, reasons)
    ]
    gate = _gate(case, item, entry, place, reasons, found)
    if gate is None:
        return tuple(made)
    allowed, citation = gate
    for offer in made:
        if offer.symbol not in allowed:
            text = f"{offer.symbol} is barred for {item.eccn} to {place.code}."
            found.note(Result.NLR, Reason("EXCEPTION_BARRED", text, citation, found.day.law, item=item.name))
    if "NAC/ACA" in allowed and not any(each.symbol == "NAC/ACA" for each in made):
        made.append(_offer("NAC/ACA", needs, case, found))
    return tuple(each for each in made if each.symbol in allowed)


def _offer(symbol: str, overcomes: tuple[str, ...], case: Case, found: Findings, note: str = "") -> Offer:
    day = found.day
    if symbol == "TGL":
        state = day.states["tgl"]
        return Offer(symbol, state.citation, day.on.isoformat(), overcomes, REQUIRES, state.note)
    row = day.rules.catalogue.get(symbol)
    citation, condition = (row.citation, row.condition) if row else ("15 CFR part 740", "")
    status = VERIFIED if symbol in case.verified else REQUIRES
    return Offer(symbol, citation, day.law, overcomes, status, " ".join(filter(None, (condition, note))))


def _candidates(
    item: CaseItem, entry: Entry, place: Place, reasons: frozenset[str]
) -> Iterator[tuple[str, str]]:
    """The exceptions that the entry names or the destination's group opens, on the conditions that are data."""
    eccn, paragraph = parse(item.eccn)
    chip = advanced(eccn, paragraph) is Answer.YES
    seen: set[str] = set()
    for each in entry.allowed:
        if (
            each.scope.covers(paragraph) is Answer.NO
            or each.symbol in seen
            or not _fits(each, item, place, reasons)
            or (each.symbol in CHIPS_ONLY and eccn in WITH_Z and not chip)
        ):
            continue
        seen.add(each.symbol)
        note = "" if each.scope.covers(paragraph) is Answer.YES else "The entry limits it: read its words."
        yield each.symbol, note
    for group, covered in STA_REASONS.items():
        if group in place.groups and group not in entry.sta_barred and reasons <= covered and not chip:
            yield "STA", "Only for approved entities (Supp. 8 to part 740)." if place.code == "AE" else ""


def _fits(each: Allowed, item: CaseItem, place: Place, reasons: frozenset[str]) -> bool:
    kind = parse(item.eccn)[0][1:2]
    embargoed = bool(place.groups & {"E:1", "E:2"})
    if each.symbol == "LVS":
        dear = each.amount is not None and item.value is not None and item.value > each.amount
        return kind in COMMODITIES and "B" in place.groups and not dear
    if each.symbol == "GBS":
        return kind in COMMODITIES and "B" in place.groups and reasons == {"NS"}
    if each.symbol == "TSR":
        return kind in "DE" and "B" in place.groups and reasons == {"NS"} and place.code not in NOT_TSR
    if each.symbol in ("ENC", "ACE"):
        return not embargoed
    return True


def _gate(
    case: Case, item: CaseItem, entry: Entry, place: Place, reasons: frozenset[str], found: Findings
) -> tuple[frozenset[str], str] | None:
    """The restriction of 740.2 that leaves only some exceptions, with its citation; None where none holds."""
    eccn, paragraph = parse(item.eccn)
    if INTERCEPTION.get(eccn, Scope(only=("none",))).covers(paragraph) is Answer.YES:
        return frozenset({"GOV"}), "15 CFR 740.2(a)(3)"
    if place.code in RUSSIA or place.embargoed or place.occupied:
        return frozenset(), "15 CFR 740.2(a)(6)"
    tool = FAB_TOOLS.get(eccn)
    if tool is not None and place.macau_or_d5 and tool.covers(paragraph) is not Answer.NO:
        return frozenset({"GOV"}), "15 CFR 740.2(a)(9)(i)"
    if advanced(eccn, paragraph) is Answer.YES and _chips_barred(case, place, found):
        left = CHIP_EXCEPTIONS - (
            {"NAC/ACA"} if paragraph.split(".")[0] == "c" and eccn == "3A090" else set()
        )
        return frozenset(left), "15 CFR 740.2(a)(9)(ii)"
    if "CC" in reasons:
        return frozenset({"GOV"}), "15 CFR 740.2(a)(4)"
    if "MT" in reasons:
        return frozenset({"GOV"}), "15 CFR 740.2(a)(5)"
    return None


def _chips_barred(case: Case, place: Place, found: Findings) -> bool:
    concern = bool(place.groups & {"D:1", "D:4", "D:5"}) and not place.groups & {"A:5", "A:6"}
    return concern or any(
        party.hq and resolve(party.hq, found.day).macau_or_d5 for party in headquartered(case.parties)
    )


def barred_by_group(item: CaseItem, entry: Entry | None, place: Place, found: Findings) -> None:
    """Tell why an exception that the entry itself names does not reach a destination outside Country Group B."""
    if entry is None or not found.needs or "B" in place.groups or not place.code:
        return
    paragraph = parse(item.eccn)[1]
    for each in entry.allowed:
        if each.symbol not in ("LVS", "GBS", "TSR"):
            continue
        row = found.day.rules.catalogue.get(each.symbol)
        tool = FAB_TOOLS.get(entry.eccn)
        twice = tool is not None and place.macau_or_d5 and tool.covers(paragraph) is not Answer.NO
        text = f"{each.symbol}: {place.code} is not in Country Group B."
        citation = "; ".join(
            filter(None, (row.citation if row else "", "15 CFR 740.2(a)(9)(i)" if twice else ""))
        )
        found.note(Result.NLR, Reason("EXCEPTION_BARRED", text, citation, found.day.law, item=item.name))


def verified(offer: Offer) -> bool:
    """Whether a person recorded every condition of the exception as met."""
    return offer.status == VERIFIED


def open_again(offer: Offer) -> Offer:
    """The offer as it stands while something else is open: nothing is recorded as met."""
    return replace(offer, status=REQUIRES)

"""The entry against the chart and the places its words name. Steps 3, 6, 7 and 8: 738.3, 738.4, part 742."""

from __future__ import annotations

from .case import CaseItem, Reason, Result
from .findings import Findings
from .places import Place
from .scope import Answer, parse
from .tables import Entry, Requirement

NOT_ENFORCED = frozenset({"15 CFR 742.6(a)(6)(iii)(A)", "15 CFR 742.6(a)(13)"})
UNITED_NATIONS_FOOTNOTE = 1


def classify(item: CaseItem, found: Findings) -> tuple[str, str, Entry | None]:
    """Step 3: entry and paragraph; asks where the code is missing, no ECCN, or in no table on file."""
    eccn, paragraph = parse(item.eccn)
    if not item.eccn.strip():
        found.ask("What is the ECCN, with its paragraph, or is it EAR99? (15 CFR 774.1(a))")
    elif not eccn:
        found.ask(f"'{item.eccn}' is no ECCN: write it with its paragraph, for example 3A991.a.1, or EAR99.")
    entry = found.day.entries.get(eccn)
    if eccn and eccn != "EAR99" and entry is None:
        found.ask(f"{eccn} is in no table on file: import the Commerce Control List, or read the entry.")
    return eccn, paragraph, entry


def read(
    item: CaseItem, eccn: str, paragraph: str, entry: Entry | None, place: Place, found: Findings
) -> None:
    """Steps 6 to 8 for one item."""
    for special in found.day.rules.specials.get(eccn, ()):
        if not place.within(special.places):
            continue
        covers = special.scope.covers(paragraph)
        reason = Reason(special.code, f"{item.eccn} needs a license for {place.code or 'every destination'}, "
                        "whatever the chart marks.", special.citation, found.day.chart_edition, column=special.column,
                        item=item.name)  # fmt: skip
        if covers is Answer.YES:
            found.note(Result.LICENSE_REQUIRED, reason)
            if special.code == "BYPASS":
                found.bar(special.exceptions)
            else:
                found.needs.append((special.column or special.code, special.column[:2]))
        elif covers is Answer.ASK:
            found.ask(f"Is {item.eccn} one of the items of {special.citation}? They need a license.")
    if entry is None or place.embargoed or not place.code:
        return
    for each in entry.requirements:
        _requirement(item, entry, each, paragraph, place, found)


def _requirement(
    item: CaseItem, entry: Entry, each: Requirement, paragraph: str, place: Place, found: Findings
) -> None:
    covers = each.scope.covers(paragraph)
    if covers is Answer.NO:
        return
    applies = _applies(each, place)
    if applies is Answer.NO:
        return
    day = found.day
    label = each.column or f"{each.reason} {each.citation.removeprefix('15 CFR ')}"
    if covers is Answer.ASK or applies is Answer.ASK or not entry.verified:
        if not entry.verified and covers is applies is Answer.YES:
            found.ask(f"{label} of {entry.eccn} was not read in the regulation: check the entry.")
        else:
            found.ask(f"Does {label} cover {item.eccn} to {place.code}? Read the entry ({each.citation}).")
        return
    if each.citation in NOT_ENFORCED and "not-enforced" in day.states:
        ordinary = place.within("ADVANCED") and each.citation != "15 CFR 742.6(a)(13)"
        if not ordinary:
            state = day.states["not-enforced"]
            text = f"{label} covers {item.eccn} to {place.code}. {state.note}"
            found.note(Result.NEEDS_REVIEW, Reason("NOT_ENFORCED", text, f"{each.citation}; {state.citation}", day.ccl,
                                                   column=each.column, item=item.name))  # fmt: skip
            found.needs.append((label, each.reason))
            return
    if each.column:
        text = f"{each.column} has an X for {place.code}, and covers {item.eccn}."
        edition = day.chart_edition
    else:
        text = f"{each.reason} covers {item.eccn} to {place.code}."
        edition = day.ccl
    found.note(Result.LICENSE_REQUIRED, Reason("CHART" if each.column else "ENTRY", text, each.citation, edition,
                                               column=each.column or each.reason, item=item.name))  # fmt: skip
    found.needs.append((label, each.reason))


def _applies(each: Requirement, place: Place) -> Answer:
    """Whether the requirement reaches the place: an X of the row, or the places its words name."""
    if each.column:
        if place.row is None:
            return Answer.NO  # `places.read` has asked which row holds
        return Answer.YES if each.column in place.row.marks else Answer.NO
    if each.where == "TEXT":
        return Answer.ASK
    if each.where == "UN":
        if place.row is not None and UNITED_NATIONS_FOOTNOTE in place.row.footnotes:
            return Answer.YES
        return Answer.ASK if "D:5" in place.groups else Answer.NO
    if each.where == "WORLD-CA?":
        return Answer.ASK if place.code == "CA" else Answer.YES
    return Answer.YES if place.within(each.where) else Answer.NO

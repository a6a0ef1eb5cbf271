"""What the lists say of each party, and of those who own it. Step 1 and the end-user half of step 5."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from .case import Case, CaseItem, CaseParty, Listed, Owner, Reason, Result
from .findings import Findings
from .places import RUSSIA
from .tables import POLICY_WORDS

# roles in which a listed party triggers the requirement: 744.16(a), 748.5(c)-(f)
TRIGGERING = frozenset({"purchaser", "intermediate_consignee", "ultimate_consignee", "end_user"})
OURS = frozenset({"applicant"})
LISTS_OF_OWNERS = frozenset({"EL", "MEU", "SDN"})  # the Affiliates Rule counts these owners
HALF = Decimal(50)
GUARDED = frozenset({"DPL"})  # an entry that ended opens a review: renewals come late


def read(case: Case, found: Findings) -> None:
    """Every party: its own entries, its owners, and what is missing about it."""
    if not any(TRIGGERING & set(party.roles) for party in case.parties):
        found.ask("Who buys, receives and uses the items? (15 CFR 748.5)")
    for party in case.parties:
        for entry in party.listed:
            _entry(party, entry, case.items, found)
        if party.owners:
            _owners(party, found)
        if OURS.issuperset(party.roles):
            continue
        if not party.country:
            found.ask(f"In which country is {party.name or 'the party without a name'}?")
        if not party.hq:
            found.ask(f"Where is the headquarters of {party.name or 'the party without a name'}, and of its "
                      "ultimate parent? (15 CFR 744.23)")  # fmt: skip
        if not party.name:
            found.ask("A party has no name.")
    _policies(case, found)


def headquartered(parties: Iterable[CaseParty]) -> Iterator[CaseParty]:
    """The parties whose headquarters count: those who buy, receive or use."""
    return (party for party in parties if not OURS.issuperset(party.roles))


def _policies(case: Case, found: Findings) -> None:
    groups = {entry.group for party in case.parties for entry in _with_owners(party) if entry.group}
    for group in sorted(groups):
        for policy in found.day.policies.get(group, ()):
            words = POLICY_WORDS.get(policy.policy_code, "ordinary rules")
            routes = f" Routes to verify: {policy.routes}" if policy.routes else ""
            text = f"{policy.policy} {policy.regime}, {words}: {policy.summary}{routes}"
            found.note(
                Result.NEEDS_REVIEW, Reason("POLICY", text, "; ".join(policy.citations)), policy.policy_code
            )


def _with_owners(party: CaseParty) -> Iterator[Listed]:
    yield from party.listed
    waiting = list(party.owners)
    while waiting:
        owner = waiting.pop()
        yield from owner.listed
        waiting += owner.owners


def _entry(party: CaseParty, entry: Listed, items: tuple[CaseItem, ...], found: Findings) -> None:
    """What one list entry means for one party on the day."""
    on = found.day.on
    who = f"{party.name} as {', '.join(role.replace('_', ' ') for role in party.roles)}"
    if not entry.certain:
        _note(found, party, entry, Result.NEEDS_REVIEW, "POSSIBLE_MATCH",
              f"{who} may be {entry.name} ({entry.list}): not judged yet.")  # fmt: skip
    elif not entry.in_effect(on):
        _not_in_effect(party, entry, who, found)
    elif entry.list == "DPL":
        _note(found, party, entry, Result.PROHIBITED, "DPL",
              f"{who} is {entry.name}, a denied person: no dealing without the agency's own authorization.",
              "General Prohibition 4, 15 CFR 764.2(k)")  # fmt: skip
    elif entry.list == "SDN":
        _note(found, party, entry, Result.PROHIBITED, "SDN",
              f"{who} is {entry.name}, a blocked person: no dealing without the agency's own authorization.",
              "31 CFR chapter V; 15 CFR 744.8")  # fmt: skip
    elif entry.list == "EL":
        _entity_list(party, entry, who, items, found)
    elif entry.list == "MEU":
        _military(party, entry, who, items, found)
    elif entry.list == "UVL":
        found.bar()
        found.ask(f"Is there a signed UVL statement of {entry.name} for these items? (15 CFR 744.15(b))")
        _note(found, party, entry, Result.NEEDS_REVIEW, "NO_EXCEPTIONS",
              f"{who} is {entry.name}, unverified: no license exception, and a statement before any shipment "
              "without a license.", "15 CFR 744.15")  # fmt: skip
    elif entry.requirement_code == "IS_INFORMED":
        found.bar()
        _note(found, party, entry, Result.LICENSE_REQUIRED, "IS_INFORMED",
              f"{who} is {entry.name} on list {entry.list}: a letter or notice requires a license.")  # fmt: skip
    else:
        _note(found, party, entry, Result.NEEDS_REVIEW, "RED_FLAG",
              f"{who} is {entry.name} on list {entry.list}: read what the entry forbids.")  # fmt: skip


def _not_in_effect(party: CaseParty, entry: Listed, who: str, found: Findings) -> None:
    on = found.day.on
    if entry.effective_on is not None and entry.effective_on > on:
        text = f"{who}: {entry.name} is listed ({entry.list}) from {entry.effective_on}; on {on} it was not."
        group = f" Others of the {entry.group} group were or may have been listed." if entry.group else ""
        _note(found, party, entry, Result.NEEDS_REVIEW, "RED_FLAG", text + group)
    elif entry.list in GUARDED:
        _note(found, party, entry, Result.NEEDS_REVIEW, "RED_FLAG",
              f"{who}: the order on {entry.name} ended on {entry.ended_on}. Was it renewed?")  # fmt: skip


def _note(
    found: Findings, party: CaseParty, entry: Listed, result: Result, code: str, text: str, citation: str = ""
) -> None:
    """A reason that rests on a list entry: its notices and the edition it was read from, marked if later."""
    cited = "; ".join(filter(None, (citation, *entry.citations)))
    later = entry.edition_on is not None and entry.edition_on > found.day.on
    edition = f"{entry.edition}, not the edition of that day" if later else entry.edition
    policy = entry.policy_code if entry.certain and entry.in_effect(found.day.on) else ""
    found.note(result, Reason(code, text, cited, edition, party.name), policy)


def _entity_list(
    party: CaseParty,
    entry: Listed,
    who: str,
    items: tuple[CaseItem, ...],
    found: Findings,
    citation: str = "",
) -> None:
    if not TRIGGERING & set(party.roles):
        _note(found, party, entry, Result.NEEDS_REVIEW, "RED_FLAG",
              f"{who} is {entry.name} on the Entity List, in a role outside 748.5(c)-(f).",
              "15 CFR 744.16(a), 748.5")  # fmt: skip
        return
    policy = POLICY_WORDS.get(entry.policy_code, "not stated")
    notes = f"; footnote {', '.join(str(each) for each in entry.footnotes)}" if entry.footnotes else ""
    if _all_items(entry, items):
        stated = (
            "all items subject to the EAR"
            if entry.requirement_code
            else ("a license as listed; its words were not read, normally all items subject to the EAR")
        )
        text = f"{who} is {entry.name}: {stated}; license review policy: {policy}{notes}."
        _note(found, party, entry, Result.LICENSE_REQUIRED, "ENTITY_LIST", text,
              citation or "15 CFR 744.11, 744.16(a), 748.5(c)-(f)")  # fmt: skip
    else:
        stated = entry.requirement_text or entry.requirement_code
        text = f"{who} is {entry.name}: requirement as listed ({stated}); check the item against it; policy: {policy}."
        _note(
            found,
            party,
            entry,
            Result.NEEDS_REVIEW,
            "ENTITY_LIST_SCOPE",
            text,
            citation or "15 CFR 744.16(a)",
        )
    found.bar(("TGL",) if entry.group == "Huawei" and "tgl" in found.day.states else ())
    _note(found, party, entry, Result.NEEDS_REVIEW, "NO_EXCEPTIONS",
          f"No license exception for {entry.name}, but what its entry allows.", "15 CFR 744.16(b)")  # fmt: skip


def _all_items(entry: Listed, items: tuple[CaseItem, ...]) -> bool:
    """Whether the entry's requirement covers these items for certain; an unread one normally does."""
    if entry.requirement_code in ("", "ALL_EAR"):
        return not entry.requirement_text or entry.requirement_code == "ALL_EAR"
    if entry.requirement_code == "ALL_EAR_EXCEPT_UAV_TECH":  # leaves out some EAR99 technology only
        return bool(items) and not any(item.eccn.upper() in ("EAR99", "") for item in items)
    return False


def _military(
    party: CaseParty, entry: Listed, who: str, items: tuple[CaseItem, ...], found: Findings
) -> None:
    any_item = party.country in RUSSIA
    result = Result.LICENSE_REQUIRED if any_item else Result.NEEDS_REVIEW
    scope = "any item" if any_item else "items of Supplement No. 2 to part 744; check the item against it"
    if any_item or any(item.eccn.upper() != "EAR99" for item in items) or not items:
        found.bar(("GOV",))
    _note(found, party, entry, result, "MEU", f"{who} is {entry.name}, a military end user: {scope}.",
          "15 CFR 744.21")  # fmt: skip
    found.codes.append("POD" if any_item else "PD")


def stake(owner: Owner, on_lists: frozenset[str], found: Findings) -> tuple[Decimal | None, list[Listed]]:
    """How much of its share in a party counts as held by listed parties, and by which entries.

    A listed owner counts with its share; an owner held 50 % or more by listed parties counts whole. None where
    a listed owner's share is not known.
    """
    own = [
        each
        for each in owner.listed
        if each.list in on_lists and each.certain and each.in_effect(found.day.on)
    ]
    if own:
        return owner.share, own
    above, entries = held(owner.owners, on_lists, found)
    if not entries:
        return Decimal(0), []
    if above is None:
        return None, entries
    return (owner.share if above >= HALF else Decimal(0)), entries


def held(
    owners: Iterable[Owner], on_lists: frozenset[str], found: Findings
) -> tuple[Decimal | None, list[Listed]]:
    """The share of a party that listed parties hold together, through chains; None where part is unknown."""
    total, unknown, entries = Decimal(0), False, []
    for owner in owners:
        share, named = stake(owner, on_lists, found)
        entries += named
        if share is None:
            unknown = True
        else:
            total += share
    return (None if unknown and total < HALF else total), entries


def _owners(party: CaseParty, found: Findings) -> None:
    """The two 50 % rules: the Affiliates Rule by its dated state, OFAC's at all times."""
    blocked, sdn = held(party.owners, frozenset({"SDN"}), found)
    if sdn and blocked is not None and blocked >= HALF:
        _note(found, party, sdn[0], Result.PROHIBITED, "BLOCKED_BY_OWNERSHIP",
              f"{party.name} is owned {blocked} % by {', '.join(each.name for each in sdn)}: treated as blocked.",
              "31 CFR chapter V, 50 percent rule")  # fmt: skip
    share, entries = held(party.owners, LISTS_OF_OWNERS, found)
    if not entries:
        return
    names = ", ".join(dict.fromkeys(each.name for each in entries))
    state = found.day.states.get("affiliates")
    edition = found.day.law
    if share is None:
        text = f"{party.name}: {names} owns a share that is not known. Resolve it or get a license (Red Flag 29)."
        found.note(
            Result.NEEDS_REVIEW,
            Reason("RED_FLAG_29", text, "Supp. 3 to 15 CFR part 732", edition, party.name),
        )
        found.ask(f"Which share of {party.name} does {names} own?")
    elif share < HALF:
        text = f"{party.name} is owned {share} % by {names}: below 50 %, a red flag."
        found.note(
            Result.NEEDS_REVIEW, Reason("RED_FLAG", text, "Supp. 8 to 15 CFR part 744", edition, party.name)
        )
    elif state is None or state.state != "in force":
        word = "suspended" if state else "not in force"
        text = f"{party.name} is owned {share} % by {names}: a red flag; the Affiliates Rule is {word}."
        citation = state.citation if state else "FR doc 2025-19001"
        found.note(Result.NEEDS_REVIEW, Reason("RED_FLAG", text, citation, edition, party.name))
    else:
        _affiliate(party, entries, share, state.citation, state.note, found)


def _affiliate(
    party: CaseParty, entries: list[Listed], share: Decimal, citation: str, note: str, found: Findings
) -> None:
    who = f"{party.name}, owned {share} % by"
    for entry in dict.fromkeys(entries):
        cited = f"15 CFR 744.16, Supp. 8 to part 744; {citation}"
        if not TRIGGERING & set(party.roles) or party.country == "US":  # the rule is on foreign entities
            why = "which is no foreign entity" if party.country == "US" else "in a role outside 748.5(c)-(f)"
            _note(found, party, entry, Result.NEEDS_REVIEW, "RED_FLAG", f"{who} {entry.name}, {why}.", cited)
            continue
        whole = entry.requirement_code != "SUPP2_744" and (entry.list != "MEU" or party.country in RUSSIA)
        text = (
            f"{who} {entry.name}: the owner's requirement and policy apply (Affiliates Rule). {note}".strip()
        )
        _note(
            found,
            party,
            entry,
            Result.LICENSE_REQUIRED if whole else Result.NEEDS_REVIEW,
            "AFFILIATE",
            text,
            cited,
        )
        found.bar()

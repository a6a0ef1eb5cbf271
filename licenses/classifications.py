"""The classification register: proposed by an engineer, signed by another person, re-opened by a new edition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from exportctl import audit, roles
from exportctl.errors import Invalid, refuse
from exportctl.models import User
from exportctl.transitions import Blocker

from . import rulebook
from .items import ECCN, unknown
from .models import Basis, Classification, ClassificationState, Item

RESULTS = ("met", "not_met", "unknown")
NUMBERED = {Basis.CCATS: "15 CFR 748.3", Basis.CJ: "15 CFR 734.3(b)"}
CURRENT = (ClassificationState.SIGNED, ClassificationState.REOPENED)
Parameter = Mapping[str, str]


def propose(
    *,
    item: Item,
    eccn: str,
    basis: str,
    number: str = "",
    reasons: str = "",
    edition_on: date | None = None,
    parameters: Iterable[Parameter] = (),
    note: str = "",
    review_on: date | None = None,
    by: User,
    at: datetime,
) -> Classification:
    """Propose how an item is classified, parameter by parameter against the entry (748.3).

    Refuses an ECCN of the wrong form, a basis without its number, a self-classification without the day of
    the edition read, a parameter without its result, and a second proposal while one waits. Event
    classification.proposed.
    """
    roles.require(by, "item.change", person=True)
    rows = [
        {name: str(each.get(name, "")).strip() for name in ("paragraph", "asks", "item", "source", "result")}
        for each in parameters
    ]
    values: dict[str, Any] = {
        "eccn": eccn.strip(), "basis": basis, "number": number.strip(), "reasons": reasons.strip(),
        "edition_on": edition_on, "parameters": rows, "note": note.strip(), "review_on": review_on,
    }  # fmt: skip
    found = tuple(_wrong(values))
    if found:
        raise Invalid(found)
    with audit.action(by=by, at=at) as log:
        locked = Item.objects.select_for_update(no_key=True).get(pk=item.pk)
        if locked.classifications.filter(state=ClassificationState.PROPOSED).exists():
            raise refuse("proposed", f"A classification of {locked.part_number} waits for its reviewer.",
                         remedy="Sign it or take it back first.")  # fmt: skip
        row = Classification.objects.create(item=locked, engineer=by, proposed_at=at, **values)
        log("classification.proposed", locked, item=locked.part_number, eccn=row.eccn, basis=row.basis,
            unknown=len(row.open_questions))  # fmt: skip
    return row


def _wrong(values: dict[str, Any]) -> Iterable[Blocker]:
    if not ECCN.fullmatch(values["eccn"]) or len(values["eccn"]) > 20:
        yield _blocker("eccn", f"'{values['eccn'][:20]}' is no ECCN.", "For example 3A991.a.1, or EAR99.",
                       "15 CFR 774.1(a)")  # fmt: skip
    elif rulebook.lacks(values["eccn"]):
        yield unknown(values["eccn"])
    if values["basis"] not in Basis.values:
        yield _blocker("basis", "The basis is missing.", f"One of: {', '.join(Basis.values)}.")
    if values["basis"] in NUMBERED and not values["number"]:
        yield _blocker("number", "This basis has a number.", "Copy it from the agency's letter.",
                       NUMBERED[Basis(values["basis"])])  # fmt: skip
    if values["basis"] == Basis.SELF and values["edition_on"] is None:
        yield _blocker("edition_on", "The edition the entry was read in is missing.", "Give its date.")
    for name, most in (("number", 40), ("reasons", 200), ("note", 4000)):
        if len(values[name]) > most or "\x00" in values[name]:
            yield _blocker(name, f"Longer than {most} characters or no text.", "Shorten it.")
    if len(values["parameters"]) > 60:
        yield _blocker("parameters", "More than 60 parameters.", "Keep those the entry names.")
    for place, row in enumerate(values["parameters"]):
        if (
            not row["paragraph"]
            or row["result"] not in RESULTS
            or any(len(text) > 500 or "\x00" in text for text in row.values())
        ):
            yield _blocker(f"parameters[{place}]", "A parameter names its paragraph and its result.",
                           f"Result: {', '.join(RESULTS)}; texts up to 500 characters.")  # fmt: skip


def sign(*, classification: Classification, by: User, at: datetime) -> Classification:
    """Sign a proposed classification: it becomes the item's. By another person than its engineer.

    The earlier one is replaced; the item takes the ECCN (and the CCATS number). Applications that are
    filed keep theirs. Event classification.signed.
    """
    roles.require(by, "item.review", person=True)
    with audit.action(by=by, at=at) as log:
        item = Item.objects.select_for_update(no_key=True).get(pk=classification.item_id)
        row = Classification.objects.select_for_update(no_key=True, of=("self",)).get(pk=classification.pk)
        if row.state != ClassificationState.PROPOSED:
            raise refuse("not_proposed", "This classification is not waiting for a signature.")
        if row.engineer_id == by.pk:
            raise refuse(
                "same_person", "You proposed it; another person signs it.", remedy="Ask a colleague."
            )
        item.classifications.filter(state__in=CURRENT).update(state=ClassificationState.REPLACED)
        row.state, row.reviewer, row.signed_at = ClassificationState.SIGNED, by, at
        row.save(update_fields=["state", "reviewer", "signed_at"])
        before, item.eccn = item.eccn, row.eccn
        if row.basis == Basis.CCATS:
            item.ccats_number = row.number[:20]
        item.changed_at, item.version = at, item.version + 1
        item.save(update_fields=["eccn", "ccats_number", "changed_at", "version"])
        log(
            "classification.signed",
            item,
            item=item.part_number,
            before=before,
            eccn=row.eccn,
            basis=row.basis,
        )
    return row


def take_back(*, classification: Classification, by: User, at: datetime) -> None:
    """Take back a classification that waits for its signature. Event classification.taken_back."""
    roles.require(by, "item.change", person=True)
    with audit.action(by=by, at=at) as log:
        row = Classification.objects.select_for_update(no_key=True, of=("self",)).get(pk=classification.pk)
        if row.state != ClassificationState.PROPOSED:
            raise refuse("not_proposed", "It is signed: propose another one in its place.")
        log("classification.taken_back", row.item, item=row.item.part_number, eccn=row.eccn)
        row.delete()


def reopen(*, eccn: str, reason: str, read_before: date | None = None, by: User, at: datetime) -> list[Item]:
    """Re-open every signed classification under an entry that changed, with all its paragraphs.

    `eccn` is the entry without a paragraph. With `read_before` those read in an edition of that day or later
    stand. Event classification.reopened each; returns the items.
    """
    roles.require(by, "item.reopen")
    entry, why = eccn.strip(), reason.strip()
    if not ECCN.fullmatch(entry) or not why:
        raise Invalid([_blocker("eccn", "Name the entry and what changed in it.", "For example 2B350.")])
    with audit.action(by=by, at=at) as log:
        rows = Classification.objects.filter(state=ClassificationState.SIGNED, eccn__startswith=entry)
        found = []
        for row in rows.select_related("item").select_for_update(no_key=True, of=("self",)).order_by("pk"):
            if row.eccn != entry and not row.eccn.startswith(f"{entry}."):
                continue
            if read_before and row.edition_on and row.edition_on >= read_before:
                continue
            row.state, row.reopened_at, row.reopened_reason = ClassificationState.REOPENED, at, why
            row.save(update_fields=["state", "reopened_at", "reopened_reason"])
            log("classification.reopened", row.item, item=row.item.part_number, eccn=row.eccn, reason=why)
            found.append(row.item)
    return found


def _blocker(field: str, message: str, remedy: str, citation: str = "") -> Blocker:
    return Blocker("invalid", message, remedy=remedy, field=field, citation=citation)

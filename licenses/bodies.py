"""Review bodies of one's own: added, changed, ended. The four of the regulation stand as it names them (750.3(b))."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from exportctl import audit, roles
from exportctl.errors import Invalid, refuse
from exportctl.models import User
from exportctl.transitions import Blocker, wrong

from .concerns import AGENCIES, CITATION, DAYS
from .models import BodyKind, ReviewBody

CODE = re.compile(r"[a-z][a-z0-9-]{1,19}")
RESERVED = "secretary"  # of Commerce, who is no body (750.4(f)(2))
MOST_DAYS, LONGEST = 365, 500


def ensure(*, by: User, at: datetime) -> int:
    """Write the agencies of the regulation that are missing; returns how many. Event body.added each."""
    standing = set(ReviewBody.objects.values_list("code", flat=True))
    missing = [agency for agency in AGENCIES.values() if agency.code not in standing]
    if missing:
        with audit.action(by=by, at=at) as log:
            for each in missing:
                row = ReviewBody.objects.create(code=each.code, name=each.name, kind=BodyKind.AGENCY,
                                                concern=each.words, days=DAYS)  # fmt: skip
                log("body.added", row, code=row.code, name=row.name, kind=row.kind)
    return len(missing)


def add(
    *, code: str, name: str, days: int, since: date, concern: str = "", objection_blocks: bool = False, by: User,
    at: datetime,
) -> ReviewBody:  # fmt: skip
    """Add a body of one's own, such as legal or engineering, from a day on. Event body.added. Needs body.manage.

    `days` is its target in calendar days, `objection_blocks` whether its objection holds the filing or an approval.
    Refuses, all at once: a code or name that is taken or does not fit, and a number of days that is none.
    """
    roles.require(by, "body.manage", person=True)
    code, given = code.strip().lower(), _given(name=name, concern=concern, days=days)
    found = list(_wrong(**given))
    if not CODE.fullmatch(code) or code == RESERVED:
        found.append(wrong("code", "The code is 2 to 20 small letters, digits or hyphens, a letter first.",
                           "For example: legal."))  # fmt: skip
    elif ReviewBody.objects.filter(code=code).exists():
        found.append(
            wrong("code", f"The code '{code}' is taken; codes are never given twice.", "Choose another.")
        )
    found += _taken(given["name"])
    if found:
        raise Invalid(found)
    with audit.action(by=by, at=at) as log:
        row = ReviewBody.objects.create(code=code, kind=BodyKind.INTERNAL, since=since,
                                        objection_blocks=objection_blocks, **given)  # fmt: skip
        log("body.added", row, code=row.code, name=row.name, kind=row.kind, days=row.days,
            objection_blocks=row.objection_blocks, since=since)  # fmt: skip
    return row


def change(
    *, body: ReviewBody, name: str | None = None, concern: str | None = None, days: int | None = None,
    objection_blocks: bool | None = None, by: User, at: datetime,
) -> ReviewBody:  # fmt: skip
    """Rename a body of one's own or change its concern, target or weight; what is left out stays.

    Other days hold for later referrals; the name and whether its objection holds a case, for every case that is open.
    Refuses an agency of the regulation, a body that has ended, and a change that changes nothing. Event body.changed.
    Needs body.manage.
    """
    roles.require(by, "body.manage", person=True)
    with audit.action(by=by, at=at) as log:
        row = _own(body)
        before = {each: getattr(row, each) for each in ("name", "concern", "days", "objection_blocks")}
        asked = {"name": name, "concern": concern, "days": days, "objection_blocks": objection_blocks}
        wanted = before | {each: value for each, value in asked.items() if value is not None}
        wanted |= _given(name=wanted["name"], concern=wanted["concern"], days=wanted["days"])
        found = list(_wrong(wanted["name"], wanted["concern"], wanted["days"]))
        found += _taken(wanted["name"], but=row)
        if found:
            raise Invalid(found)
        differs = [each for each in before if before[each] != wanted[each]]
        if not differs:
            raise refuse("unchanged", f"{row.name} stands like this already.", remedy="Change something.")
        for each in differs:
            setattr(row, each, wanted[each])
        row.save(update_fields=differs)
        log("body.changed", row, code=row.code, before={each: before[each] for each in differs},
            after={each: wanted[each] for each in differs})  # fmt: skip
    return row


def end(*, body: ReviewBody, until: date, by: User, at: datetime) -> ReviewBody:
    """End a body of one's own; `until` is the first day on which no case is referred to it any more.

    Lanes that are open stay: its members answer, or an officer closes them. Refuses an agency of the regulation, a
    body that has ended and a day before it began. Event body.ended. Needs body.manage.
    """
    roles.require(by, "body.manage", person=True)
    with audit.action(by=by, at=at) as log:
        row = _own(body)
        if row.since is not None and until <= row.since:
            raise Invalid(wrong("until", "A body ends after it began.", f"Choose a day after {row.since}."))
        row.until = until
        row.save(update_fields=["until"])
        log("body.ended", row, code=row.code, name=row.name, until=until)
    return row


def _own(body: ReviewBody) -> ReviewBody:
    row = ReviewBody.objects.select_for_update(no_key=True).get(pk=body.pk)
    if not row.own:
        raise refuse("of_the_regulation", f"{row.name} is a body of the regulation: it is not changed or ended here.",
                     remedy="Add, change or end bodies of your own.", citation=CITATION)  # fmt: skip
    if row.until is not None:
        raise refuse(
            "ended", f"{row.name} ended on {row.until}.", remedy="Add a new body under another code."
        )
    return row


def _given(*, name: str, concern: str, days: int) -> dict[str, Any]:
    return {"name": " ".join(name.split()), "concern": concern.strip(), "days": days}


def _wrong(name: str, concern: str, days: int) -> list[Blocker]:
    found = []
    if not name or len(name) > 60 or "\x00" in name:
        found.append(
            wrong("name", "The name is missing, or longer than 60 characters.", "For example: Legal.")
        )
    if len(concern) > LONGEST or "\x00" in concern:
        found.append(wrong("concern", f"Longer than {LONGEST} characters.", "Shorten it."))
    if not 1 <= days <= MOST_DAYS:
        found.append(wrong("days", f"A target is 1 to {MOST_DAYS} calendar days.", "For example: 5."))
    return found


def _taken(name: str, but: ReviewBody | None = None) -> list[Blocker]:
    standing = ReviewBody.objects.filter(name__iexact=name, until=None)
    if (standing.exclude(pk=but.pk) if but else standing).exists():
        return [wrong("name", f"A body is named '{name}' already.", "Choose another name.")]
    return []

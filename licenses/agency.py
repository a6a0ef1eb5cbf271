"""Company route: what the agency's system shows, asks and was told, with the day it was read."""

from __future__ import annotations

from datetime import date, datetime

from exportctl import audit, roles
from exportctl.errors import Invalid, refuse
from exportctl.models import User
from exportctl.transitions import Blocker

from . import cases
from .models import AgencyNote, AgencyNoteKind, Application, Route
from .workflow import Status


def note(
    *, application: Application, kind: str, text: str, read_on: date, by: User, at: datetime
) -> AgencyNote:
    """Note a status as read at the agency, a question of it or our answer.

    Refuses a case of the office route or one not filed with the agency, empty or overlong words, and a day
    that is still to come. Event agency.noted.
    """
    roles.require(by, "application.file", person=True)
    found = []
    if kind not in AgencyNoteKind.values:
        found.append(Blocker("invalid", f"'{kind[:40]}' is no kind of note.", field="kind",
                             remedy=f"One of: {', '.join(AgencyNoteKind.values)}."))  # fmt: skip
    words = text.strip()
    if not words or len(words) > 4000 or "\x00" in words:
        found.append(Blocker("invalid", "This is missing, or longer than 4000 characters.", field="text",
                             remedy="Write it as the agency shows it."))  # fmt: skip
    if read_on > cases.day(at):
        found.append(Blocker("invalid", "That day is still to come.", field="read_on",
                             remedy="Give the day it was read."))  # fmt: skip
    if found:
        raise Invalid(found)
    with audit.action(by=by, at=at) as log:
        case = Application.objects.select_for_update(no_key=True).get(pk=application.pk)
        if case.route != Route.COMPANY or case.status in (
            Status.DRAFT, Status.SUBMITTED, Status.INTERNAL_REVIEW, Status.WITHDRAWN,
        ):  # fmt: skip
            raise refuse("not_filed", f"{case.number} is not filed with the agency.",
                         remedy="File it there, then mark it as filed.")  # fmt: skip
        row = AgencyNote.objects.create(
            application=case, kind=kind, text=words, read_on=read_on, made_by=by, made_at=at
        )
        log("agency.noted", case, application=case.number, kind=kind, read_on=read_on, text=words[:300])
    return row

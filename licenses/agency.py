"""Company route: the status as the agency's system shows it, with the day it was read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from exportctl import audit, roles
from exportctl.errors import Invalid, refuse
from exportctl.models import User
from exportctl.transitions import wrong

from . import cases
from .models import AgencyNote, Application, Route
from .workflow import Status

NOT_FILED = (Status.DRAFT, Status.SUBMITTED, Status.INTERNAL_REVIEW, Status.WITHDRAWN)


def note(*, application: Application, text: str, read_on: date, by: User, at: datetime) -> AgencyNote:
    """Note the status of a case as it was read at the agency; its questions are `questions.record`.

    Refuses a case of the office route or one not filed with the agency, empty or overlong words, and a day
    that is still to come. Event agency.noted.
    """
    roles.require(by, "application.file", person=True)
    found = []
    words = text.strip()
    if not words or len(words) > 4000 or "\x00" in words:
        found.append(wrong("text", "This is missing, or longer than 4000 characters.",
                           "Write it as the agency shows it."))  # fmt: skip
    if read_on > cases.day(at):
        found.append(wrong("read_on", "That day is still to come.", "Give the day it was read."))
    if found:
        raise Invalid(found)
    with audit.action(by=by, at=at) as log:
        case = Application.objects.select_for_update(no_key=True).get(pk=application.pk)
        if not possible(case):
            raise refuse("not_filed", f"{case.number} is not filed with the agency.",
                         remedy="File it there, then mark it as filed.")  # fmt: skip
        row = AgencyNote.objects.create(application=case, text=words, read_on=read_on, made_by=by, made_at=at)
        log("agency.noted", case, application=case.number, kind="status", read_on=read_on, text=words[:300])
    return row


def possible(case: Application) -> bool:
    """Whether a case was filed with the agency, so that it has a status there."""
    return case.route == Route.COMPANY and case.status not in NOT_FILED


def newest(notes: Iterable[AgencyNote]) -> AgencyNote | None:
    """The status read last; of one day the one noted last."""
    return max(notes, key=lambda each: (each.read_on, each.pk), default=None)

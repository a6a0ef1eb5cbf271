"""What happens to an application after its filing: amended, changes told, filed again, a license replaced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from exportctl import audit
from exportctl.errors import Refused, invalid, refuse
from exportctl.models import User

from . import applications, cases, drafts, filing
from .models import Application, FiledVersion, License
from .workflow import Status

AGAIN = (Status.RETURNED, Status.RETURNED_UNREGISTERED, Status.DENIED, Status.WITHDRAWN)


def amend(
    *,
    application: Application,
    reason: str,
    version: int,
    by: User,
    at: datetime,
    blocks: Mapping[str, Any] | None = None,
    roles: Iterable[drafts.Given] | None = None,
    lines: Iterable[Mapping[str, Any]] | None = None,
    if_match: bool = False,
) -> FiledVersion:
    """Change a filed application that is not decided, as a new version with what differs (748.6(f)).

    Takes the parts `applications.save_draft` takes. Refuses without a reason, without a difference, when
    the amended application would have gaps, while a decision is proposed, and a stale version. The parties
    are screened anew. Event application.amended with the fields that changed.
    """
    why = _reasoned(reason)
    parts = drafts.checked(application.applicant, blocks, roles, lines)
    with audit.action(by=by, at=at) as log:
        case = applications.locked(application)
        applications.demand(case, "amend", by, at)
        if version != case.version:
            raise drafts.conflict(case, version, parts, stale=if_match)
        before = drafts.state(case)
        applications.write(case, parts, as_filed=True)
        case = applications.locked(case)
        applications.keep_as_filed(case)
        gaps = filing.gaps(cases.filing_of(case))
        if gaps:
            raise Refused(gaps)
        after = drafts.state(case)
        changes = drafts.compare(before, after)
        if not changes:
            raise refuse(
                "no_change", "Nothing differs from what is filed.", remedy="Change an answer, or leave it."
            )
        row = _version(case, why, after, changes, by=by, at=at)
        log("application.amended", case, application=case.number, version=row.number, reason=why,
            fields=[change["field"] for change in changes],
            parties=sorted({each.party_id for each in case.roles.all()}))  # fmt: skip
    return row


def report_change(
    *, application: Application, reason: str, told_on: date | None = None, by: User, at: datetime
) -> FiledVersion:
    """Record that a fact outside the form changed after filing or issue (748.6(f)).

    `told_on` is the day the agency was told. Refuses without words, and a day after the recording. Event
    application.change_reported.
    """
    why = _reasoned(reason)
    if told_on is not None and told_on > cases.day(at):
        raise invalid("told_on", "That day is still to come.", "Give the day the agency was told.")
    with audit.action(by=by, at=at) as log:
        case = applications.locked(application)
        applications.demand(case, "report_change", by, at)
        row = _version(case, why, drafts.state(case), [], by=by, at=at, told_on=told_on)
        log("application.change_reported", case, application=case.number, version=row.number, reason=why,
            told_on=told_on)  # fmt: skip
    return row


def resubmit(*, application: Application, by: User, at: datetime) -> Application:
    """A new draft in place of a returned, denied or withdrawn case, citing its number (748.4(g)).

    It is new for the clock (750.4(a)(2)). Refuses a case that is still open or was approved. Event
    application.created.
    """
    if application.status not in AGAIN:
        raise refuse("not_ended", f"{application.number} is {application.status_words.lower()}.",
                     remedy="Only a returned, denied or withdrawn application is filed again.",
                     citation="15 CFR 748.4(g)")  # fmt: skip
    number = application.external_number or application.number
    if len(number) != 7:
        number = application.number
    notes = "\n".join(filter(None, (f"Resubmission of {number}.", application.additional_information)))
    return applications.copy(
        application=application, by=by, at=at, resubmission_acn=number, additional_information=notes[:8000]
    )


def replace(*, license: License, by: User, at: datetime) -> Application:
    """A new draft that would replace a license (750.7(c)(1)); both are kept. Event application.created."""
    return applications.copy(
        application=license.application, by=by, at=at, replacement_license=license.number
    )


def _reasoned(reason: str) -> str:
    why = reason.strip()
    if not why or len(why) > 2000 or "\x00" in why:
        raise invalid("reason", "A change after the filing says why, in up to 2000 characters.",
                      "Say what changed and since when.", "15 CFR 748.6(f)")  # fmt: skip
    return why


def _version(
    case: Application,
    reason: str,
    answers: dict[str, Any],
    changes: list[drafts.Change],
    *,
    by: User,
    at: datetime,
    told_on: date | None = None,
) -> FiledVersion:
    last = case.versions.order_by("-number").values_list("number", flat=True).first() or 0
    if last == 0:  # filed before versions were kept
        FiledVersion.objects.create(
            application=case, number=1, answers=answers, made_by=case.filed_by,
            made_at=case.submitted_at or at,
        )  # fmt: skip
        last = 1
    return FiledVersion.objects.create(
        application=case, number=last + 1, reason=reason, answers=answers, changes=changes, made_by=by,
        made_at=at, told_on=told_on,
    )  # fmt: skip

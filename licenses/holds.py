"""Policy holds: placed by one person at once, lifted by another. No approval commits after a hold did.

An approval holds a shared lock from before it reads anything until its commit; placing a hold takes the same lock
alone. So every approval either committed before the hold could be written, or reads it (T19).
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from entities.models import Party
from exportctl import audit, roles
from exportctl.countries import COUNTRIES
from exportctl.errors import Invalid, refuse
from exportctl.models import User
from exportctl.transitions import wrong

from . import policies
from .models import Application, PartyRole, PolicyHold

LOCK = 744_011  # the number of the advisory lock between approvals and holds


def approving() -> None:
    """Take the lock of an approval until the end of the transaction, before anything of the case is read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])


def covering(application: Application) -> list[PolicyHold]:
    """The standing holds that cover a case. One query; three more only where a hold names a group."""
    return [hold for hold in PolicyHold.objects.standing().order_by("pk") if covers(hold, application)]


def covers(hold: PolicyHold, application: Application) -> bool:
    """Whether everything a hold names fits the case; reads the prefetched roles and lines."""
    abroad = [each.party for each in application.roles.all() if each.role != PartyRole.APPLICANT]
    if hold.party_id and hold.party_id not in {each.party_id for each in application.roles.all()}:
        return False
    if hold.country and hold.country not in {party.country for party in abroad}:
        return False
    if hold.eccn and not any(line.eccn.startswith(hold.eccn) for line in application.lines.all()):
        return False
    if hold.group:
        return any(hit.listed_party.group == hold.group for hit in policies.hits_of(application))
    return True


def place(
    *, reason: str, party: Party | None = None, group: str = "", country: str = "", eccn: str = "",
    citation: str = "", by: User, at: datetime,
) -> PolicyHold:  # fmt: skip
    """Place a hold: from its commit on nothing it covers is approved. Event policy.held.

    Refuses a hold that names nothing or gives no reason, and a country that is none. Needs policy.hold.
    """
    roles.require(by, "policy.hold", person=True)
    hold = checked(reason=reason, party=party, group=group, country=country, eccn=eccn, citation=citation)
    with audit.action(by=by, at=at) as log:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        hold.placed_by, hold.placed_at = by, at
        hold.save()
        log("policy.held", hold, party=hold.party_id, group=hold.group, country=hold.country, eccn=hold.eccn,
            reason=hold.reason, citation=hold.citation)  # fmt: skip
    return hold


def checked(
    *, reason: str, party: Party | None = None, group: str = "", country: str = "", eccn: str = "",
    citation: str = "",
) -> PolicyHold:  # fmt: skip
    """A hold as it would be placed, not stored: for its preview. Raises Invalid with every wrong field."""
    hold = PolicyHold(
        party=party, group=group.strip(), country=country.strip().upper(), eccn=eccn.strip().upper(),
        reason=reason.strip(), citation=citation.strip(),
    )  # fmt: skip
    found = []
    if not hold.reason or len(hold.reason) > 2000:
        found.append(
            wrong(
                "reason", "A reason is missing, or longer than 2,000 characters.", "Say why, for the record."
            )
        )
    if not (hold.party_id or hold.group or hold.country or hold.eccn):
        found.append(
            wrong(
                "party", "The hold names nothing it covers.", "Name a party, a group, a country or an ECCN."
            )
        )
    if hold.country and hold.country not in COUNTRIES:
        found.append(
            wrong("country", f"'{hold.country[:10]}' is no country.", "Give its two letters, for example CN.")
        )
    for field, value, most in (
        ("group", hold.group, 60),
        ("eccn", hold.eccn, 20),
        ("citation", hold.citation, 200),
    ):
        if len(value) > most or "\x00" in value:
            found.append(wrong(field, f"Longer than {most} characters.", "Shorten it."))
    if found:
        raise Invalid(found)
    return hold


def lift(*, hold: PolicyHold, reason: str, by: User, at: datetime) -> PolicyHold:
    """Lift a hold; another person than placed it. Event policy.lifted. Needs policy.lift."""
    roles.require(by, "policy.lift", person=True)
    if not reason.strip() or len(reason) > 2000:
        raise Invalid(
            wrong("reason", "A reason is missing, or longer than 2,000 characters.", "Say what changed.")
        )
    with audit.action(by=by, at=at) as log:
        row = PolicyHold.objects.select_for_update(no_key=True).get(pk=hold.pk)
        if row.lifted_at is not None:
            raise refuse("lifted", "The hold is lifted already.", remedy="Nothing is to be done.")
        if row.placed_by_id == by.pk:
            raise refuse("same_person", "You placed this hold; another person must lift it.",
                         remedy="Ask another approver.")  # fmt: skip
        row.lifted_by, row.lifted_at, row.lift_reason = by, at, reason.strip()
        row.save(update_fields=["lifted_by", "lifted_at", "lift_reason"])
        log("policy.lifted", row, reason=row.lift_reason)
    return row


def pending(hold: PolicyHold) -> list[Application]:
    """The open cases that a hold covers, by number. A fixed number of queries, but for a hold on a group."""
    cases = Application.objects.pending().with_dossier().order_by("number")
    if hold.party_id:
        cases = cases.filter(roles__party=hold.party_id).distinct()
    if hold.country:
        cases = cases.filter(roles__party__country=hold.country).distinct()
    if hold.group:
        cases = cases.filter(roles__party__hits__listed_party__group=hold.group).distinct()
    return [case for case in cases if covers(hold, case)]

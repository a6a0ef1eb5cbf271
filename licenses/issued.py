"""The license after its decision: issued, suspended, lifted, revoked (15 CFR 750.7, 750.8)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import connection

from exportctl import audit, roles
from exportctl.errors import NotAllowed, invalid, refuse
from exportctl.models import User
from exportctl.transitions import Blocker

from . import cases
from .models import (
    Act,
    ApplicationLine,
    Condition,
    ConditionCode,
    Decision,
    DecisionState,
    License,
    LicenseLine,
    LicenseState,
)
from .workflow import GRANTING

YEARS = 4  # 750.7(g)


def four_years(issued_on: date) -> date:
    """The last day of validity by default: the same day four years later (750.7(g))."""
    try:
        return issued_on.replace(year=issued_on.year + YEARS)
    except ValueError:  # 29 February
        return issued_on.replace(year=issued_on.year + YEARS, day=28)


def issue(
    *, decision: Decision, by: User, at: datetime, expires_on: date | None = None, number: str = ""
) -> License:
    """Issue the license of an approval, with the lines as far as they are granted. Called by the decision's verbs.

    Valid from the day of the decision through `expires_on`, else the day a condition sets (EXPIRY_OVERRIDE),
    else four years. `number` is the agency's where it issued the license. Refuses a decision that is not a
    made approval, a second license, and dates in the wrong order. Event license.issued.
    """
    roles.require(by, "decision.record" if decision.recorded else "decision.countersign", person=True)
    if decision.state != DecisionState.MADE or decision.outcome not in GRANTING or decision.made_at is None:
        raise refuse("not_approved", "Only an approval that is made carries a license.")
    issued_on = cases.day(decision.made_at)
    expires_on = _ends_on(decision, expires_on) or four_years(issued_on)
    if expires_on <= issued_on:
        raise invalid(
            "expires_on", f"A license of {issued_on} expires later.", "Choose a later day.", "15 CFR 750.7(g)"
        )
    with audit.action(by=by, at=at) as log:
        if License.objects.filter(application=decision.application_id).exists():
            raise refuse("issued", "This case has its license already.")
        if number and License.objects.filter(number=number).exists():
            raise invalid("license_number", f"License {number} is recorded already.", "Check the number.")
        license = License.objects.create(
            number=number or _number(), application_id=decision.application_id, decision=decision,
            issued_on=issued_on, expires_on=expires_on, created_at=at,
        )  # fmt: skip
        granted = {part.number: part.quantity for part in decision.lines.all()}
        lines = ApplicationLine.objects.filter(application=decision.application_id).order_by("number")
        applied = [
            (line, quantity) for line in lines if (quantity := granted.get(line.number, line.quantity))
        ]
        LicenseLine.objects.bulk_create(
            LicenseLine(
                license=license, number=line.number, application_line=line, name=line.name, eccn=line.eccn,
                quantity=quantity, unit=line.unit, value=_share(line, quantity),
            )
            for line, quantity in applied
        )  # fmt: skip
        log("license.issued", license, license=license.number, application=decision.application.number,
            issued_on=issued_on, expires_on=expires_on, lines=len(applied))  # fmt: skip
    return license


def _share(line: ApplicationLine, quantity: Decimal) -> Decimal:
    """The value of what is granted of a line, to the cent."""
    return (line.total_price * quantity / line.quantity).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _ends_on(decision: Decision, given: date | None) -> date | None:
    """The last day that is given, or that a condition of the approval sets; both must be the same."""
    found = Condition.objects.live().filter(
        application=decision.application_id, code=ConditionCode.EXPIRY_OVERRIDE
    )
    ends = {
        date.fromisoformat(each.params["ends_on"]): each.number
        for each in found.order_by("-number")
        if each.params.get("ends_on")
    }
    if not ends:
        return given
    first = min(ends)
    if len(ends) > 1 or given not in (None, first):
        raise invalid("expires_on", f"Condition {ends[first]} sets the end to {first}.",
                      "Leave the day empty, or change the condition.", "15 CFR 750.7(g)")  # fmt: skip
    return first


def suspend(*, license: License, reason: str, by: User, at: datetime, on: date) -> Act:
    """Suspend a license from a day on (750.8). Refuses one that is suspended, expired or revoked."""
    roles.require(by, "license.suspend", person=True)
    return _act(license, Act.Kind.SUSPENDED, reason, on=on, proposed_by=by, by=None, at=at)


def lift(*, license: License, reason: str, by: User, at: datetime, on: date) -> Act:
    """Lift a suspension from a day on. Refuses a license that is not suspended on that day."""
    roles.require(by, "license.suspend", person=True)
    return _act(license, Act.Kind.LIFTED, reason, on=on, proposed_by=by, by=None, at=at)


def revoke(*, license: License, reason: str, proposed_by: User, by: User, at: datetime, on: date) -> Act:
    """Revoke a license from a day on: two persons, `proposed_by` and `by` (750.8). Event license.revoked.

    Refuses the same person twice, a proposer who may not act on licenses, and a license that is revoked.
    """
    roles.require(by, "license.revoke", person=True)
    if proposed_by.pk == by.pk:
        raise refuse("same_person", "You proposed this revocation; another person must confirm it.",
                     remedy="Ask another approver.")  # fmt: skip
    if not proposed_by.is_person or not roles.may(proposed_by, "license.suspend"):
        raise NotAllowed(
            Blocker("not_permitted", f"{proposed_by.name} may not propose a revocation.", field="proposed_by",
                    remedy="Held by those who may suspend licenses.")
        )  # fmt: skip
    return _act(license, Act.Kind.REVOKED, reason, on=on, proposed_by=proposed_by, by=by, at=at)


def locked(license_id: int) -> License:
    """The license as stored, its row locked until the transaction ends."""
    return License.objects.select_for_update(no_key=True).get(pk=license_id)


def _act(
    license: License, kind: str, reason: str, *, on: date, proposed_by: User, by: User | None, at: datetime
) -> Act:
    if not reason.strip():
        raise invalid("reason", "A reason is missing.", "Say why.")
    with audit.action(by=by or proposed_by, at=at) as log:
        row = locked(license.pk)
        acts = list(row.acts.order_by("on", "pk"))
        first = acts[-1].on if acts else row.issued_on
        if on < first:
            raise invalid(
                "on", f"The last step of this license was on {first}.", "Choose that day or a later one."
            )
        _possible(row, kind, on)
        act = Act.objects.create(
            license=row,
            kind=kind,
            on=on,
            reason=reason.strip(),
            proposed_by=proposed_by,
            confirmed_by=by,
            at=at,
        )
        log(
            f"license.{kind}",
            row,
            license=row.number,
            on=on,
            reason=act.reason,
            proposed_by=proposed_by.username,
        )
    return act


def _possible(license: License, kind: str, on: date) -> None:
    state = license.state(on)
    if state == LicenseState.REVOKED:
        raise refuse("revoked", "The license is revoked.", remedy="A revoked license is replaced by a new application.",
                     citation="15 CFR 750.8")  # fmt: skip
    if kind == Act.Kind.LIFTED and state != LicenseState.SUSPENDED:
        raise refuse(
            "not_suspended", "The license is not suspended on that day.", remedy="Nothing is to be lifted."
        )
    if kind == Act.Kind.SUSPENDED and state in (LicenseState.SUSPENDED, LicenseState.EXPIRED):
        raise refuse(
            str(state), f"The license is {state.label.lower()} on that day.", remedy="Nothing is to be done."
        )


def _number() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('licenses_license_number')")
        return f"D{cursor.fetchone()[0]:07d}"

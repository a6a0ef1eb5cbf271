"""The ledger of a license: shipments drawn down and reversed, never changed (15 CFR 750.7(f), 750.11)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import IntegrityError, transaction
from django.db.models import Sum

from exportctl import audit, roles
from exportctl.errors import Conflict, Invalid, Refused, refuse
from exportctl.models import User
from exportctl.transitions import Blocker, wrong

from . import cases, issued
from .models import Act, License, LicenseLine, Movement

TOLERANCE = Decimal("1.10")  # of the value until the full quantity is shipped, 750.11
CENT = Decimal("0.01")


def record(
    *,
    line: LicenseLine,
    quantity: Decimal,
    value: Decimal | None = None,
    shipped_on: date,
    idempotency_key: str,
    by: User,
    at: datetime,
    itn: str = "",
    reference: str = "",
) -> Movement:
    """Record a shipment against a license line. Value in US dollars; None prices it as licensed.

    The same key with the same body answers with the first movement; another body raises Conflict.
    Refuses, with all reasons at once: a license not yet valid, expired, suspended or revoked on the day
    shipped, a quantity above what is left (there is no quantity tolerance) and a total value above the
    licensed one by more than 10 % (750.11). Event usage.recorded.
    """
    roles.require(by, "usage.record")
    _checked(quantity, value, shipped_on, idempotency_key, itn, reference, at=at)
    with audit.action(by=by, at=at) as log:
        license = issued.locked(line.license_id)
        row = LicenseLine.objects.select_for_update(no_key=True).get(pk=line.pk)
        if value is None:
            value = (row.value * quantity / row.quantity).quantize(CENT, ROUND_HALF_UP)
        wanted = Movement(
            line=row, kind=Movement.Kind.SHIPMENT, quantity=quantity, value=value, shipped_on=shipped_on, itn=itn,
            reference=reference, idempotency_key=idempotency_key, by=by, at=at,
        )  # fmt: skip
        if earlier := _replayed(wanted):
            return earlier
        if found := (*against(license, shipped_on), *_room(row, quantity, value)):
            raise Refused(found)
        movement = _stored(wanted)
        if movement is wanted:
            log("usage.recorded", license, license=license.number, line=row.number, movement=wanted.pk,
                quantity=quantity, value=value, shipped_on=shipped_on, itn=itn, reference=reference)  # fmt: skip
    return movement


def reverse(*, movement: Movement, reason: str, idempotency_key: str, by: User, at: datetime) -> Movement:
    """Reverse a shipment as a whole by a negative movement that cites it; once.

    The same key answers with the first reversal. Refuses a reversal of a reversal, a second one and a
    missing reason. Event usage.reversed.
    """
    roles.require(by, "usage.reverse")
    found = []
    if not reason.strip():
        found.append(wrong("reason", "A reason is missing.", "Say what was wrong."))
    found += _key(idempotency_key)
    if found:
        raise Invalid(found)
    with audit.action(by=by, at=at) as log:
        license = issued.locked(movement.line.license_id)
        row = LicenseLine.objects.select_for_update(no_key=True).get(pk=movement.line_id)
        wanted = Movement(
            line=row, kind=Movement.Kind.REVERSAL, quantity=-movement.quantity, value=-movement.value,
            shipped_on=movement.shipped_on, itn=movement.itn, reference=movement.reference, reverses=movement,
            reason=reason.strip(), idempotency_key=idempotency_key, by=by, at=at,
        )  # fmt: skip
        if earlier := _replayed(wanted):
            return earlier
        if movement.kind != Movement.Kind.SHIPMENT:
            raise refuse(
                "not_a_shipment", "Only a shipment is reversed.", remedy="Record the shipment again."
            )
        if Movement.objects.filter(reverses=movement).exists():
            raise refuse("reversed", "This shipment is already reversed.", remedy="Reload the ledger.")
        reversal = _stored(wanted)
        if reversal is wanted:
            log("usage.reversed", license, license=license.number, line=row.number, movement=wanted.pk,
                reverses=movement.pk, quantity=wanted.quantity, value=wanted.value, reason=wanted.reason)  # fmt: skip
    return reversal


def against(license: License, on: date) -> Iterable[Blocker]:
    """What stands against using a license on a day, all at once. Reads `acts`."""
    if on < license.issued_on:
        yield Blocker("not_yet", f"The license is valid from {license.issued_on}.", field="shipped_on",
                      remedy="Check the day shipped.")  # fmt: skip
    if on > license.expires_on:
        yield Blocker("expired", f"The license expired on {license.expires_on}.", field="shipped_on",
                      remedy="A new application is needed.", citation="15 CFR 750.7(g)")  # fmt: skip
    acts = sorted((act for act in license.acts.all() if act.on <= on), key=lambda act: (act.on, act.pk))
    revoked = next((act for act in acts if act.kind == Act.Kind.REVOKED), None)
    if revoked is not None:
        yield Blocker("revoked", f"The license was revoked on {revoked.on}.", citation="15 CFR 750.8",
                      remedy="What is left is frozen; a new application is needed.")  # fmt: skip
    elif acts and acts[-1].kind == Act.Kind.SUSPENDED:
        yield Blocker("suspended", f"The license is suspended since {acts[-1].on}.", citation="15 CFR 750.8",
                      remedy="Wait until the suspension is lifted.")  # fmt: skip


def _room(line: LicenseLine, quantity: Decimal, value: Decimal) -> Iterable[Blocker]:
    sums = line.movements.aggregate(quantity=Sum("quantity"), value=Sum("value"))
    left = line.quantity - (sums["quantity"] or Decimal(0))
    if quantity > left:
        rest = f"{left.normalize():f} {line.unit} are" if left else "Nothing is"
        yield Blocker(
            "over_quantity", f"{rest} left on line {line.number}.", field="quantity",
            remedy="Ship what is left; the rest needs a license of its own.", citation="15 CFR 750.7(f), 750.11",
        )  # fmt: skip
    most = (line.value * TOLERANCE).quantize(CENT, ROUND_HALF_UP)
    if (total := (sums["value"] or Decimal(0)) + value) > most:
        yield Blocker(
            "over_value", f"The total would be USD {total:,}; with 10 % the line bears USD {most:,}.", field="value",
            remedy="Check the value; a higher one needs a license of its own.", citation="15 CFR 750.11",
        )  # fmt: skip


def _replayed(wanted: Movement) -> Movement | None:
    """The movement that already carries this key. Raises Conflict when it is another one."""
    earlier = Movement.objects.filter(idempotency_key=wanted.idempotency_key).first()
    if earlier is None:
        return None
    same = ("line_id", "kind", "quantity", "value", "shipped_on", "itn", "reference", "reverses_id", "reason")
    differs = [name.removesuffix("_id") for name in same if getattr(earlier, name) != getattr(wanted, name)]
    if differs:
        raise Conflict(
            Blocker("key_reused", f"This key was used for another movement; different: {', '.join(differs)}.",
                    field="idempotency_key", remedy="Use a new key for a new movement.")
        )  # fmt: skip
    return earlier


def _stored(wanted: Movement) -> Movement:
    """Write the movement; one written meanwhile under the same key answers or conflicts."""
    try:
        with transaction.atomic():
            wanted.save(force_insert=True)
    except IntegrityError:
        if earlier := _replayed(wanted):
            return earlier
        raise
    return wanted


def _checked(
    quantity: Decimal,
    value: Decimal | None,
    shipped_on: date,
    key: str,
    itn: str,
    reference: str,
    *,
    at: datetime,
) -> None:
    found = []
    if not quantity.is_finite() or not 0 < quantity < Decimal(10) ** 13 or quantity != round(quantity, 3):
        found.append(
            wrong("quantity", "The quantity must be above 0 with at most 3 decimals.", "Type it again.")
        )
    if value is not None and (
        not value.is_finite() or not 0 <= value < Decimal(10) ** 16 or value != round(value, 2)
    ):
        found.append(wrong("value", "The value must be 0 or more, to the cent.", "Type US dollars."))
    if shipped_on > cases.day(at):
        found.append(
            wrong("shipped_on", "The day shipped lies in the future.", "Record it when it is shipped.")
        )
    for name, text, most in (("itn", itn, 20), ("reference", reference, 60)):
        if len(text) > most or "\x00" in text:
            found.append(wrong(name, f"Longer than {most} characters or no text.", "Shorten it."))
    found += _key(key)
    if found:
        raise Invalid(found)


def _key(key: str) -> list[Blocker]:
    if 0 < len(key) <= 100 and "\x00" not in key:
        return []
    return [
        wrong(
            "idempotency_key",
            "A key of 1 to 100 characters is needed.",
            "Send Idempotency-Key, new for each movement.",
        )
    ]

"""The ledger of a license: shipments drawn down and reversed, never changed (15 CFR 750.7(f), 750.11)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_DOWN, Decimal

from django.db import IntegrityError, transaction
from django.db.models import Sum

from exportctl import audit, roles
from exportctl.errors import Conflict, Invalid, Refused, refuse
from exportctl.models import User
from exportctl.transitions import Blocker, wrong

from . import cases, issued, limits
from .limits import Limit
from .models import Act, Condition, License, LicenseLine, Movement


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
    shipped, a quantity above what is left (there is no quantity tolerance), a total value above the
    licensed one by more than 10 %, or by less where a condition says so (750.11), and a quantity above the
    cap of a condition that binds on that day. Event usage.recorded.
    """
    roles.require(by, "usage.record")
    _checked(quantity, value, shipped_on, idempotency_key, itn, reference, at=at)
    with audit.action(by=by, at=at) as log:
        license = issued.locked(line.license_id)
        row = LicenseLine.objects.select_for_update(no_key=True).get(pk=line.pk)
        if value is None:
            value = (row.value * quantity / row.quantity).quantize(limits.CENT, ROUND_DOWN)
        wanted = Movement(
            line=row, kind=Movement.Kind.SHIPMENT, quantity=quantity, value=value, shipped_on=shipped_on, itn=itn,
            reference=reference, idempotency_key=idempotency_key, by=by, at=at,
        )  # fmt: skip
        if earlier := _replayed(wanted):
            return earlier
        if found := (*against(license, shipped_on), *_room(license, row, quantity, value, shipped_on)):
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


# Reads: what conditions allow


@dataclass(frozen=True, slots=True)
class CapUse:
    """How far a cap is used in its window around a day: first and last day, quantity shipped and left."""

    limit: Limit
    first: date | None
    last: date | None
    shipped: Decimal

    @property
    def left(self) -> Decimal:
        return max(self.limit.most - self.shipped, Decimal(0))

    @property
    def bar(self) -> str:
        """The words of its bar."""
        return f"{_plain(self.shipped)} of {_plain(self.limit.most)} under condition {self.limit.condition} shipped"

    @property
    def words(self) -> str:
        """What the cap allows, without its condition's number."""
        where = f" of line {self.limit.line}" if self.limit.line else ""
        when = f" in any calendar {self.limit.period}" if self.limit.period else ""
        return f"no more than {_plain(self.limit.most)} {self.limit.unit}{where}{when}"


def limits_of(found: Iterable[Condition]) -> list[Limit]:
    """The limits that conditions of a license set, by number; removed ones set none. No query."""
    return [
        limit
        for each in sorted(found, key=lambda each: each.number)
        if each.withdrawn_at is None and (limit := _limit(each))
    ]


def caps(lines: Iterable[LicenseLine], found: Iterable[Limit], on: date) -> dict[int, list[CapUse]]:
    """The caps that bind on a day with their use, by the key of each line they cover. One query, none without."""
    lines = list(lines)
    bound = [each for each in found if each.code == limits.CAP and each.binds(on)]
    covered = {cap: [line for line in lines if cap.covers(line.number, line.unit)] for cap in bound}
    keys = {line.pk for of in covered.values() for line in of}
    moved: list[tuple[int, date, Decimal]] = []
    if keys:
        per_day = Movement.objects.filter(line__in=keys).values("line", "shipped_on")
        moved = list(per_day.annotate(sum=Sum("quantity")).values_list("line", "shipped_on", "sum"))
    answer: dict[int, list[CapUse]] = {line.pk: [] for line in lines}
    for cap, of in covered.items():
        use = _use(cap, {line.pk for line in of}, moved, on)
        for line in of:
            answer[line.pk].append(use)
    return answer


def _use(cap: Limit, lines: set[int], moved: Iterable[tuple[int, date, Decimal]], on: date) -> CapUse:
    first, last = cap.window(on)
    counted = (
        quantity for line, day, quantity in moved
        if line in lines and (first is None or first <= day) and (last is None or day <= last)
    )  # fmt: skip
    return CapUse(cap, first, last, sum(counted, Decimal(0)))


def _limit(condition: Condition) -> Limit | None:
    waived = cases.day(condition.waived_at) if condition.waived_at else None
    return limits.read(condition.number, condition.code, condition.params, waived_on=waived)


# Inside the verbs: the rows of the license and the line are locked, so that sums do not move


def _room(
    license: License, line: LicenseLine, quantity: Decimal, value: Decimal, on: date
) -> Iterable[Blocker]:
    sums = line.movements.aggregate(quantity=Sum("quantity"), value=Sum("value"))
    left = line.quantity - (sums["quantity"] or Decimal(0))
    if quantity > left:
        rest = f"{_plain(left)} {line.unit} are" if left else "Nothing is"
        yield Blocker(
            "over_quantity", f"{rest} left on line {line.number}.", field="quantity",
            remedy="Ship what is left; the rest needs a license of its own.", citation="15 CFR 750.7(f), 750.11",
        )  # fmt: skip
    found = limits_of(Condition.objects.filter(application=license.application_id, code__in=limits.COUNTED))
    yield from _over_value(line, (sums["value"] or Decimal(0)), value, limits.tolerance(found, on))
    lines = list(LicenseLine.objects.filter(license=license))
    for use in caps(lines, found, on)[line.pk]:
        if quantity > use.left:
            yield _over_cap(use)


def _over_value(
    line: LicenseLine, before: Decimal, value: Decimal, allowed: tuple[Decimal, Limit | None]
) -> Iterable[Blocker]:
    percent, narrowed = allowed
    most = limits.bearable(line.value, percent)
    if before + value <= most:
        return
    says = f"condition {narrowed.condition} allows {_plain(percent)} %:" if narrowed else "with 10 %"
    remedy = "Check the value; a higher one needs a license of its own"
    yield Blocker(
        "over_value",
        f"The total would be USD {before + value:,}; {says} the line bears USD {most:,}; "
        f"USD {max(most - before, Decimal(0)):,} are left.",
        field="value", citation="15 CFR 750.11",
        remedy=f"{remedy}, or condition {narrowed.condition} waived." if narrowed else f"{remedy}.",
    )  # fmt: skip


def _over_cap(use: CapUse) -> Blocker:
    number = use.limit.condition
    rest = f"{_plain(use.left)} {use.limit.unit} are left" if use.left else "nothing is left"
    if use.limit.period and use.last:
        rest += f" until {use.last}"
        wait = f"Ship what is left, or from {use.last + timedelta(days=1)} on"
    else:
        wait = "Ship what is left"
    return Blocker(
        "over_cap", f"Condition {number} allows {use.words}; {rest}.", field="quantity",
        remedy=f"{wait}; more needs condition {number} waived.", citation="15 CFR 750.7(a), (d)",
    )  # fmt: skip


def _plain(figure: Decimal) -> str:
    return f"{figure.normalize():f}"


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

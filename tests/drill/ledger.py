"""T13: many writers draw down what is left, and no more."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from exportctl.errors import Refused
from licenses import usage
from licenses.models import LicenseLine, Movement
from tests import factories
from tests.threads import at_once

from . import drill, world

ROOM = 37


@drill("T13", "drawdown race: 200 writers, room for 37; exactly 37, ledger sum = balance")
def drawdown(full: bool) -> tuple[str, bool]:
    """200 rounds of 200 writers, 20 of them at a time."""
    rounds, writers, lanes = (200, 200, 20) if full else (2, 60, 12)
    here = world.build()
    at = here.now + timedelta(minutes=1)
    right = 0
    for turn in range(rounds):
        license = factories.make_license(
            by=here.filer, officer=here.officer, approver=here.approvers[0], at=here.now,
            customer=here.customer, quantity=Decimal(ROOM),
        )  # fmt: skip
        line = license.lines.get()

        def ship(first: int, line: LicenseLine = line, turn: int = turn) -> list[bool]:
            return [one(line, f"{turn}-{number}", here, at) for number in range(first, writers, lanes)]

        answers = at_once(lambda first=first: ship(first) for first in range(lanes))
        shipped = sum(sum(answer) for answer in answers)
        total = sum(movement.quantity for movement in Movement.objects.filter(line=line))
        right += (shipped, total, LicenseLine.objects.get(pk=line.pk).left) == (ROOM, ROOM, 0)
    return f"{right} of {rounds} rounds x {writers} writers ended at exactly {ROOM}", right == rounds


def one(line: LicenseLine, key: str, here: world.World, at: object) -> bool:
    """One shipment of one piece; False when it is refused."""
    try:
        usage.record(
            line=line,
            quantity=Decimal(1),
            shipped_on=here.now.date(),
            idempotency_key=key,
            by=here.filer,
            at=at,
        )
    except Refused:
        return False
    return True

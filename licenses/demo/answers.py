"""Whether a license is needed, written down: a memo of a pending case, and a signed NLR that a shipment relies on."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from .. import applications, determinations, flags
from ..blocks import FLAGS
from ..determination.case import ANSWERS
from ..models import Application
from .world import World, at

FILED_2022 = date(2022, 12, 5)


def memos(world: World) -> None:
    """The case that is pending since 2022 has the answer of its day on file."""
    world.say("Determinations: a memo of 2022, and one signed by two people")
    case = Application.objects.get(submitted_at__date=FILED_2022)
    determinations.keep(application=case, on=FILED_2022, by=world["officer"], at=at("2022-12-07", 16))


def signed(world: World, now: datetime) -> None:
    """Cables that need no license: every fact supplied and negative, signed by two, a shipment relies on it.

    Where the clock stands before the edition of the rule tables nothing can be NLR: then the memo alone is kept.
    """
    filer, officer, moment = world["filer"], world["officer"], now - timedelta(minutes=40)
    case = applications.start(applicant=world.parties["bluemesa"], route="company", by=filer, at=moment)
    case = applications.save_draft(
        application=case, version=case.version, by=filer, at=moment,
        blocks={
            "contact_person": filer.name, "telephone": "+1 555 0100", "capacity": "exporter", "no_intermediate": "none",
            "already_exported": "no", "detained": "no",
            "end_use": "Connect the consignee's oscilloscopes to test benches for motor drives in its plant.",
        },
        roles=[("ultimate_consignee", world.parties["nordhafen"]), ("end_user", world.parties["nordhafen"])],
        lines=[{"item": world.items["cable"], "quantity": Decimal(12), "unit_price": Decimal(240)}],
    )  # fmt: skip
    sheet = dict.fromkeys(FLAGS, ("no", "Customer of six years; plant visited in spring."))
    flags.answer(application=case, answers=sheet, by=filer, at=moment)
    facts = {
        "jurisdiction": "EAR", "origin": "US", "answers": dict.fromkeys(ANSWERS, False),
        "headquarters": {str(world.parties["nordhafen"].pk): "DE"},
    }  # fmt: skip
    determinations.record(application=case, facts=facts, version=0, by=filer, at=moment)
    memo = determinations.keep(application=case, on=moment.date(), by=filer, at=moment)
    if memo.result != "NLR":
        world.say(f"  not signed: {memo.result}")
        return
    made = determinations.propose(
        memo=memo, basis="EAR99 by our own classification; the consignee's statement of use is in its file.",
        valid_until=moment.date() + timedelta(days=180), by=officer, at=moment,
    )  # fmt: skip
    determinations.sign(determination=made, by=world["approver"], at=max(moment, now - timedelta(minutes=20)))
    determinations.rely(
        determination=made,
        reference="BM-2026-031",
        shipped_on=now.date(),
        value=Decimal(960),
        by=filer,
        at=now,
    )

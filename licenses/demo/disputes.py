"""Where agencies differ, and a question that waits for the filer: two cases of these weeks."""

from __future__ import annotations

from datetime import timedelta

from .. import applications, ladder, questions, review
from .cases import file, reviewed
from .world import World, at

COMMITTEE_DAY = 48  # referred on day 4, positions by day 34, then 14 days for the chair (750.4(f)(1)(i))


def disputes(world: World) -> None:
    """Defense objects and Energy does not: the Committee ruled two days ago, Defense may still escalate.
    Beside it a case whose clock stands, because Commerce asked the filer something."""
    world.say("A dispute before the Operating Committee, and a question to the filer")
    today, officer = world.today, world["officer"]
    registered = today - timedelta(days=COMMITTEE_DAY + 2)
    roles = {"ultimate_consignee": "lumen", "end_user": "lumen", "intermediate_consignee": "meridian"}
    disputed = file(
        world, "bluemesa", item="scope", quantity=6, price="15250.00", on=registered - timedelta(days=2), roles=roles,
        end_use="Jitter tests of optical receivers in a shared laboratory in Singapore.",
    )  # fmt: skip
    reviewed(
        world, disputed, on=registered,
        positions={
            "defense": ("deny", "The laboratory is open to visitors nobody names; diversion cannot be ruled out."),
            "energy": ("approve_conditions", "Low concern where the instruments stay in the named laboratory."),
        },
    )  # fmt: skip
    ladder.convene(application=disputed, by=officer, at=at(registered + timedelta(days=40)))
    ladder.rule(
        application=disputed, outcome="approve_conditions", by=officer,
        at=at(registered + timedelta(days=COMMITTEE_DAY)),
        reason="A list of visitors and a yearly report on the place of use meet the concern of Defense.",
    )  # fmt: skip
    asked = file(
        world, "bluemesa", item="gauge", quantity=18, price="1875.00", on=today - timedelta(days=13),
        roles={"ultimate_consignee": "lumen", "end_user": "lumen"},
        end_use="Vacuum references of a calibration laboratory.",
    )  # fmt: skip
    applications.register(application=asked, by=officer, at=at(today - timedelta(days=11)))
    review.refer(application=asked, bodies=["energy"], by=officer, at=at(today - timedelta(days=7)))
    questions.ask(
        application=asked, to="filer", stop=True, due_on=today + timedelta(days=6), by=officer,
        at=at(today - timedelta(days=1)),
        text="Block 21 names a laboratory. At which address do the gauges stand, and who else works there?",
    )  # fmt: skip

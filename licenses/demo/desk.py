"""Today's desk: something to do for a newcomer."""

from __future__ import annotations

from datetime import datetime, timedelta

from entities import hits
from entities.models import Hit, HitStatus
from exportctl import outbox

from .. import applications, assignments, conditions, decisions, delegations, review
from ..models import Body
from .cases import decided, file, reviewed, ship
from .story import renewed
from .world import World, at, register


def todays_desk(world: World, now: datetime) -> None:
    """Something to do for a newcomer."""
    world.say("Today's desk")
    today = world.today
    roles = {"ultimate_consignee": "nordhafen", "end_user": "nordhafen"}
    old = file(
        world, "bluemesa", item="scope", quantity=30, price="14200.00", on=today - timedelta(days=1480), roles=roles,
        end_use="Test benches for motor drives at the consignee's plant in Rostock.",
    )  # fmt: skip
    reviewed(
        world, old, on=today - timedelta(days=1478),
        positions={"energy": ("approve_conditions", "Low concern with a delivery report.")},
    )  # fmt: skip
    condition = conditions.propose(
        application=old, code="PERIODIC_REPORT", text="A yearly report on the place of use of each instrument.",
        origin=Body.ENERGY, params={"months": 12}, due_on=today + timedelta(days=5), by=world["energy"],
        at=at(today - timedelta(days=1461)),
    )  # fmt: skip
    conditions.accept(condition=condition, by=world["filer"], at=at(today - timedelta(days=1459)))
    decided(
        world, old, outcome="approve_conditions", on=today - timedelta(days=1448), basis="15 CFR 742.3",
        why="Civil end use at a known site.", expires_on=today + timedelta(days=14),
    )  # fmt: skip
    ship(world, old.license, "filer", 21, str(today - timedelta(days=900)), "BM-2024-008")
    file(
        world, "bluemesa", item="scope", quantity=12, price="14900.00", on=today - timedelta(days=6),
        roles={"ultimate_consignee": "lumen", "end_user": "lumen", "intermediate_consignee": "meridian"},
        end_use="Calibration laboratory for test instruments in Singapore.",
    )  # fmt: skip
    delegations.record(
        body="state", reference="Demo paper 26-04", given_by="L. Hartwell, Office of Export Control (fictional)",
        eccns=["2B230"], places=["A:1"], since=today - timedelta(days=60), by=world["approver2"],
        at=at(today - timedelta(days=30)),
    )  # fmt: skip
    waiting = file(
        world, "bluemesa", item="gauge", quantity=25, price="1900.00", on=today - timedelta(days=24), roles=roles,
        end_use="Spare gauges for the vacuum ovens delivered earlier this year.",
    )  # fmt: skip
    reviewed(
        world, waiting, on=today - timedelta(days=22),
        positions={"energy": ("approve", "Known site; no proliferation concern.")},
    )  # fmt: skip
    assignments.assign(
        application=waiting, to=world["officer"], by=world["officer"], at=at(today - timedelta(days=21))
    )
    decisions.propose(
        application=waiting, outcome="approve", justification="Known end user, civil end use, Energy approves.",
        legal_basis="15 CFR 742.3", by=world["officer"], at=now - timedelta(hours=20),
    )  # fmt: skip
    inside = file(
        world, "bluemesa", item="gauge", quantity=8, price="1950.00", on=today - timedelta(days=4), route="company",
        roles=roles, end_use="Leak tests of hydraulic valves at the consignee's plant in Rostock.",
    )  # fmt: skip
    applications.begin_review(application=inside, by=world["officer"], at=at(today - timedelta(days=3)))
    review.consult(
        application=inside, bodies=["legal"], by=world["officer"], at=at(today - timedelta(days=3), 15)
    )
    renewed(world, on=today - timedelta(days=2))
    register(world, "HiSilica Minerals B.V.", "NL", "Rotterdam", on=now - timedelta(days=1))
    outbox.drain()
    for hit in Hit.objects.filter(party__name="HiSilica Minerals B.V.", status=HitStatus.OPEN).with_pair():
        hits.propose(
            hit=hit, outcome="false_positive", reason="different_business",
            differing_fact="Quarries and mills silica sand in the Netherlands; no link to chips or to China.",
            note="Trade register extract read.", by=world["officer"], at=now - timedelta(hours=18),
        )  # fmt: skip

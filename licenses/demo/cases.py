"""The steps every case of the demo takes, each a verb."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from exportctl import outbox

from .. import applications, attachments, conditions, decisions, review, usage
from ..models import Application, Body, License, Movement
from .world import EXPORTERS, World, at


def file(
    world: World,
    exporter: str,
    *,
    item: str,
    quantity: int,
    price: str,
    roles: dict[str, str],
    end_use: str,
    on: date,
    route: str = "office",
) -> Application:
    """Start, complete and submit one application, then let the worker's screening run."""
    filer = world[EXPORTERS[exporter]]
    moment = at(on, 10)
    draft = applications.start(applicant=world.parties[exporter], route=route, by=filer, at=moment)
    draft = applications.save_draft(
        application=draft,
        version=draft.version,
        blocks={
            "contact_person": filer.name,
            "telephone": "+1 555 0100",
            "end_use": end_use,
            "capacity": "exporter",
            "already_exported": "no",
            "detained": "no",
            "no_intermediate": "" if "intermediate_consignee" in roles else "none",
        },
        roles=[(role, world.parties[key]) for role, key in roles.items()],
        lines=[{"item": world.items[item], "quantity": Decimal(quantity), "unit_price": Decimal(price)}],
        by=filer,
        at=moment,
    )
    applications.submit(application=draft, by=filer, at=at(on, 16))
    outbox.drain()
    draft.refresh_from_db()
    return draft


def reviewed(
    world: World,
    case: Application,
    *,
    on: date,
    positions: dict[str, tuple[str, str]],
    silent: tuple[str, ...] = (),
) -> None:
    """Register, refer to the agencies and give their positions; `silent` ones never answer."""
    officer = world["officer"]
    applications.register(application=case, by=officer, at=at(on))
    bodies = [*positions, *silent]
    review.refer(application=case, bodies=bodies, by=officer, at=at(on + timedelta(days=4)))
    for days, (body, (position, reason)) in enumerate(positions.items(), start=16):
        review.recommend(
            application=case,
            body=body,
            position=position,
            reason=reason,
            legal_basis="15 CFR 744.11" if position == "deny" else "",
            by=world[body],
            at=at(on + timedelta(days=days)),
        )


def decided(
    world: World,
    case: Application,
    *,
    outcome: str,
    why: str,
    on: date,
    basis: str = "",
    expires_on: date | None = None,
    **told: Any,
) -> None:
    """The officer proposes; an approver countersigns the next day, a senior one against a policy of denial."""
    decisions.propose(
        application=case,
        outcome=outcome,
        justification=why,
        legal_basis=basis,
        **told,
        by=world["officer"],
        at=at(on),
    )
    decisions.countersign(
        application=case,
        by=world["senior" if told.get("override") else "approver"],
        at=at(on + timedelta(days=1)),
        expires_on=expires_on,
    )


def with_conditions(world: World, case: Application, *, on: date, filer: str) -> None:
    """Defense proposes two conditions and Commerce agrees; the filer accepts them five days later."""
    asked: dict[str, dict[str, Any]] = {
        "END_USE_ONLY": {"text": "No use in 5G network equipment; only the end use stated in block 21."},
        "PERIODIC_REPORT": {
            "text": "A report of quantities shipped, each calendar quarter.", "params": {"months": 3},
        },
    }  # fmt: skip
    for code, more in asked.items():
        condition = conditions.propose(
            application=case, code=code, origin=Body.DEFENSE, by=world["defense"], at=at(on), **more
        )
        conditions.agree(condition=condition, by=world["officer"], at=at(on + timedelta(days=1)))
        conditions.accept(condition=condition, by=world[filer], at=at(on + timedelta(days=5)))


def reported(world: World, license: License, *, filer: str, until: date) -> None:
    """The licensee's reports up to a day: each sent two days before it was due, one document for all."""
    case, kept = license.application, None
    for condition in (
        case.conditions.live().filter(code="PERIODIC_REPORT").select_related("application__license")
    ):
        for demand in conditions.standings([condition], until)[condition.pk].open:
            if demand.on is None or demand.on > until:
                continue
            moment = at(demand.on - timedelta(days=2))
            kept = kept or attachments.attach(
                file=io.BytesIO(b"Report of quantities shipped, by calendar quarter.\n"), name="reports.txt",
                kind="correspondence", application=case, by=world[filer], at=moment,
            )  # fmt: skip
            conditions.meet(condition=condition, due_on=demand.on, evidence=kept, by=world[filer], at=moment)


def ship(world: World, license: License, filer: str, quantity: int, on: str, reference: str) -> Movement:
    """Record one shipment on the license's first line."""
    line = license.lines.get(number=1)
    return usage.record(
        line=line, quantity=Decimal(quantity), shipped_on=date.fromisoformat(on), reference=reference,
        idempotency_key=f"demo-{reference}", by=world[filer], at=at(on, 18),
    )  # fmt: skip

"""The demo world: one story from 2019 to today, every record made through verbs.

Real names only for listed parties; exporters, customers and people are fictional. Each record
carries the day it happened (`at`) and the moment it was recorded; the difference is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any


from entities import hits, parties, seed
from entities.models import Hit, HitStatus, Party
from exportctl import audit, outbox, people
from exportctl.errors import Refused
from exportctl.models import Event, User

from . import applications, decisions, issued, items, review, seats, usage
from .models import Application, Body, Item, License

PASSWORD = "demo"
PEOPLE = (
    ("admin", "Rosa", "Lindqvist", "administrator", ""),
    ("filer", "Maya", "Torres", "filer", ""),
    ("filer2", "Owen", "Park", "filer", ""),
    ("officer", "Dana", "Whitfield", "officer", ""),
    ("commerce", "Ruth", "Castellan", "reviewer", "commerce"),
    ("defense", "Paul", "Haddad", "reviewer", "defense"),
    ("energy", "Ines", "Moreau", "reviewer", "energy"),
    ("state", "Joan", "Marlowe", "reviewer", "state"),
    ("approver", "Elena", "Vargas", "approver", ""),
    ("approver2", "Marcus", "Oyelaran", "approver", ""),
    ("lists", "Priya", "Raman", "list_manager", ""),
    ("auditor", "Tom", "Becker", "auditor", ""),
)
PARTIES = {
    "cascade": ("Cascade Silicon, Inc.", "US", "Hillsboro", "Oregon"),
    "palomar": ("Palomar Radio Systems, LLC", "US", "San Marcos", "California"),
    "bluemesa": ("Blue Mesa Instruments, Inc.", "US", "Durango", "Colorado"),
    "huawei": ("Huawei Technologies Co., Ltd.", "CN", "Shenzhen", "Guangdong"),
    "device": ("Huawei Device Co Ltd", "CN", "Dongguan", "Guangdong"),
    "hisilicon": ("HiSilicon Technologies Company Limited", "CN", "Shenzhen", "Guangdong"),
    "meridian": ("Meridian Freight Pte. Ltd.", "SG", "Singapore", ""),
    "nordhafen": ("Nordhafen Maschinenbau GmbH", "DE", "Rostock", ""),
    "lumen": ("Lumen Reef Metrology Pte. Ltd.", "SG", "Singapore", ""),
}
EXPORTERS = {"cascade": "filer", "bluemesa": "filer", "palomar": "filer2"}
ITEMS = {
    "cpu": ("CS-U15", "Laptop processor U15", "3A991.a.1", "Mobile processor, 15 W, for notebook computers."),
    "modem4g": ("PR-4M20", "4G handset modem 4M20", "5A991.b.4", "LTE modem chip for handsets; no 5G mode."),
    "chip5g": ("PR-BX5", "5G base-station chip BX5", "5A991.b.4", "Baseband chip for 5G base stations."),
    "scope": ("BM-OS40", "Digital oscilloscope OS40", "3A292.d", "Four channels, 4 GHz bandwidth."),
    "gauge": ("BM-VG20", "Capacitance manometer VG20", "2B230.a", "Pressure transducer, full scale 13 kPa."),
}


@dataclass
class World:
    """The people, parties and items of the demo while it is built."""

    say: Callable[[str], None]
    today: date
    users: dict[str, User] = field(default_factory=dict)
    parties: dict[str, Party] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    token: str = ""

    def __getitem__(self, name: str) -> User:
        return self.users[name]


def at(day: date | str, hour: int = 14) -> datetime:
    """A moment of the story in UTC."""
    return datetime.combine(date.fromisoformat(day) if isinstance(day, str) else day, time(hour), UTC)


def exists() -> bool:
    """Whether the demo was built to its end."""
    return Event.objects.filter(verb="demo.built").exists()


def build(*, now: datetime, say: Callable[[str], None] = lambda words: None) -> World:
    """Build the whole demo and return it with the API token, shown this once.

    Refuses when a demo was begun and not finished. Screening runs in this process by draining the log.
    """
    if User.objects.filter(username="officer").exists():
        raise Refused(())
    world = World(say=say, today=now.date())
    setting(world, now)
    listed_2019(world)
    licenses_2020(world)
    shipping(world)
    pending_2022(world)
    revoked_2024(world)
    company_route(world)
    todays_desk(world, now)
    with audit.action(by=world["admin"], at=now) as log:
        log("demo.built", world["admin"], applications=Application.objects.count())
    outbox.drain()
    return world


def setting(world: World, now: datetime) -> None:
    """People with roles and seats, an integration with its key, parties and items."""
    world.say("People, parties, items")
    start = at("2019-04-15")
    admin: User | None = None
    for username, first, last, role, body in PEOPLE:
        user = people.create(
            username=username, password=PASSWORD, first_name=first, last_name=last, role_codes=(role,), by=admin, at=start
        )
        admin = admin or user
        world.users[username] = user
        if body:
            seats.give(user=user, body=body, since=start.date(), by=admin, at=start)
    service = people.create(
        username="erp", kind=User.Kind.SERVICE, first_name="ERP", role_codes=("integration",), by=admin, at=start
    )
    world.users["erp"] = service
    assert admin is not None
    _, world.token = people.issue_key(
        user=service,
        name="Demo integration",
        scopes=tuple(sorted(INTEGRATION_SCOPES)),
        expires_at=now + timedelta(days=365),
        by=admin,
        at=now,
    )
    for key, (name, country, city, region) in PARTIES.items():
        world.parties[key] = register(world, name, country, city, region, exporter=key in EXPORTERS, on=start)
    for key, username in EXPORTERS.items():
        parties.add_member(party=world.parties[key], user=world[username], by=world["officer"], at=start)
    for key, (part, name, eccn, description) in ITEMS.items():
        world.items[key] = items.add(
            part_number=part, name=name, eccn=eccn, description=description, by=world["officer"], at=start
        )
    outbox.drain()


INTEGRATION_SCOPES = (
    "party.read", "list.read", "application.read", "license.read", "policy.read", "screening.run",
    "usage.record", "party.register", "party.change", "event.read",
)  # fmt: skip


def register(
    world: World, name: str, country: str, city: str, region: str = "", *, exporter: bool = False, on: datetime
) -> Party:
    """Register one party with its address."""
    address = {"line": "", "city": city, "region": region, "postal_code": "", "country": country}
    return parties.register(
        name=name, country=country, addresses=[address], shared=not exporter, by=world["officer"], at=on
    )


def listed_2019(world: World) -> None:
    """The seed's lists, one version an effective date; the first one names Huawei and its group."""
    world.say("Lists: one version an effective date, hits judged by two people")
    for on in seed.versions():
        seed.publish(on, by=world["lists"], at=at(max(on, date(2019, 4, 20)), 9))
        outbox.drain()
        judge_listed(world, on=on + timedelta(days=1))


def judge_listed(world: World, *, on: date) -> None:
    """Two people confirm that our Huawei parties are the listed ones; the officer proposes."""
    moment = at(max(on, date(2019, 5, 17)))
    for hit in Hit.objects.filter(status=HitStatus.OPEN).with_pair():
        same = hit.party.name.split()[0].casefold() == hit.listed_party.name.split()[0].casefold()
        if same and hit.band == "strong":
            verdict: dict[str, Any] = {"outcome": "true_match", "reason": "same_group"}
        else:
            verdict = {
                "outcome": "false_positive",
                "reason": "different_place",
                "differing_fact": f"Ours is in {hit.party.country}, with another registered name; "
                "the entry is a separate company of the group.",
            }
        hits.propose(hit=hit, note="Compared names, place and group.", by=world["officer"], at=moment, **verdict)
        hits.agree(hit=hit, by=world["approver"], at=moment + timedelta(hours=3))


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
        blocks={"contact_person": filer.name, "telephone": "+1 555 0100", "end_use": end_use},
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
    world: World, case: Application, *, outcome: str, why: str, on: date, basis: str = "", expires_on: date | None = None
) -> None:
    """The officer proposes; an approver countersigns the next day."""
    decisions.propose(
        application=case, outcome=outcome, justification=why, legal_basis=basis, by=world["officer"], at=at(on)
    )
    decisions.countersign(
        application=case, by=world["approver"], at=at(on + timedelta(days=1)), expires_on=expires_on
    )


def licenses_2020(world: World) -> None:
    """Laptop processors and 4G chips are licensed with conditions; 5G base-station chips are denied."""
    world.say("2020: two licenses with conditions, one denial")
    cpu = file(
        world, "cascade", item="cpu", quantity=100000, price="78.00", on=date(2020, 6, 10),
        roles={"ultimate_consignee": "device", "end_user": "huawei", "intermediate_consignee": "meridian"},
        end_use="Notebook computers made by the consignee for sale to consumers; no use in network equipment.",
    )  # fmt: skip
    no_objection = ("no_objection", "No nuclear nonproliferation concern on these items.")
    reviewed(
        world, cpu, on=date(2020, 6, 12), silent=("state",),
        positions={
            "energy": no_objection,
            "defense": ("approve_conditions", "Consumer notebooks; low sophistication. No 5G use, with reports."),
        },
    )  # fmt: skip
    conditions(world, cpu, on=date(2020, 7, 6), filer="filer")
    decided(
        world, cpu, outcome="approve_conditions", on=date(2020, 8, 3), basis="15 CFR 744.11, 744.16",
        why="Presumption of denial rebutted: mass-market notebook processors, no 5G use, quarterly reports.",
    )  # fmt: skip
    modem = file(
        world, "palomar", item="modem4g", quantity=60000, price="21.50", on=date(2020, 9, 1),
        roles={"ultimate_consignee": "device", "end_user": "device"},
        end_use="4G handsets for consumers; the chip has no 5G mode.",
    )  # fmt: skip
    reviewed(
        world, modem, on=date(2020, 9, 3), silent=("state",),
        positions={
            "energy": no_objection,
            "defense": ("approve_conditions", "Below 5G; handsets only. Quarterly report asked for."),
        },
    )  # fmt: skip
    conditions(world, modem, on=date(2020, 9, 28), filer="filer2")
    decided(
        world, modem, outcome="approve_conditions", on=date(2020, 11, 11), basis="15 CFR 744.11, 744.16",
        why="Presumption of denial rebutted: below 5G, handsets only, with quarterly reports.",
    )  # fmt: skip
    base = file(
        world, "palomar", item="chip5g", quantity=8000, price="310.00", on=date(2020, 9, 15),
        roles={"ultimate_consignee": "huawei", "end_user": "huawei"},
        end_use="Base stations of a 5G network.",
    )  # fmt: skip
    reviewed(
        world, base, on=date(2020, 9, 17), silent=(),
        positions={
            "energy": no_objection,
            "state": ("deny", "Would advance the entity's 5G infrastructure."),
            "defense": ("deny", "5G base stations; sophistication and capability of the technology."),
        },
    )  # fmt: skip
    decided(
        world, base, outcome="intend_to_deny", on=date(2020, 11, 19), basis="15 CFR 744.11, 750.6",
        why="Two agencies object: 5G capability for a listed entity. Presumption of denial not rebutted.",
    )  # fmt: skip
    decisions.lapse(at=at("2021-01-20"))


def conditions(world: World, case: Application, *, on: date, filer: str) -> None:
    """Defense proposes two conditions; the filer accepts them five days later."""
    texts = {
        "END_USE_ONLY": ("No use in 5G network equipment; only the end use stated in block 21.", None),
        "PERIODIC_REPORT": ("A report of quantities shipped, each calendar quarter.", date(2021, 1, 31)),
    }
    for code, (text, due_on) in texts.items():
        condition = review.propose_condition(
            application=case, code=code, text=text, origin=Body.DEFENSE, due_on=due_on, by=world["defense"], at=at(on)
        )
        review.accept_condition(condition=condition, by=world[filer], at=at(on + timedelta(days=5)))


def shipping(world: World) -> None:
    """Licenses are drawn down; one passes 80 %, one shipment is reversed, one refused."""
    world.say("2020 to 2022: shipments, a reversal, a refusal")
    cpu, modem = (
        License.objects.get(application__applicant=world.parties[key]) for key in ("cascade", "palomar")
    )
    ship(world, cpu, "filer", 40000, "2020-10-02", "CS-2020-114")
    wrong = ship(world, cpu, "filer", 4000, "2021-02-15", "CS-2021-031")
    usage.reverse(
        movement=wrong, reason="Invoice booked on the wrong license.", idempotency_key="demo-reversal-1",
        by=world["officer"], at=at("2021-02-18"),
    )  # fmt: skip
    ship(world, cpu, "filer", 43500, "2021-09-20", "CS-2021-207")
    ship(world, modem, "filer2", 36000, "2021-03-08", "PR-2021-019")
    ship(world, modem, "filer2", 24000, "2022-05-30", "PR-2022-044")
    try:
        ship(world, modem, "filer2", 500, "2022-06-14", "PR-2022-051")
    except Refused as refused:
        world.say(f"  refused, as it should be: {refused}")


def ship(world: World, license: License, filer: str, quantity: int, on: str, reference: str) -> Any:
    """Record one shipment on the license's first line."""
    line = license.lines.get(number=1)
    return usage.record(
        line=line, quantity=Decimal(quantity), shipped_on=date.fromisoformat(on), reference=reference,
        idempotency_key=f"demo-{reference}", by=world[filer], at=at(on, 18),
    )  # fmt: skip


def pending_2022(world: World) -> None:
    """4G chips again: filed under the rule's presumption, pending since, the clock stopped for nine days."""
    world.say("2022: a case that stays pending")
    case = file(
        world, "palomar", item="modem4g", quantity=50000, price="20.75", on=date(2022, 12, 5),
        roles={"ultimate_consignee": "device", "end_user": "huawei"},
        end_use="4G handsets for consumers; the chip has no 5G mode.",
    )  # fmt: skip
    applications.register(application=case, by=world["officer"], at=at("2022-12-07"))
    review.refer(application=case, bodies=["defense", "energy", "state"], by=world["officer"], at=at("2022-12-12"))
    review.stop_clock(
        application=case, reason="APPLICANT_INFO", note="Which handset models?", by=world["officer"], at=at("2022-12-20")
    )
    review.resume_clock(application=case, by=world["officer"], at=at("2022-12-29"))


def revoked_2024(world: World) -> None:
    """The running licenses are revoked by two people; what is left stays frozen."""
    world.say("2024: the running licenses are revoked")
    for license in License.objects.running(date(2024, 5, 7)):
        issued.revoke(
            license=license, reason="Certain licenses for exports to Huawei were revoked on May 7, 2024.",
            on=date(2024, 5, 7), proposed_by=world["approver2"], by=world["approver"], at=at("2024-05-07"),
        )  # fmt: skip


def company_route(world: World) -> None:
    """A manometer to Germany takes the company route: reviewed inside, decided by the agency, recorded."""
    world.say("A case on the company route")
    case = file(
        world, "bluemesa", item="gauge", quantity=40, price="1850.00", on=date(2026, 3, 2), route="company",
        roles={"ultimate_consignee": "nordhafen", "end_user": "nordhafen"},
        end_use="Process control of vacuum ovens for machine parts.",
    )  # fmt: skip
    applications.begin_review(application=case, by=world["officer"], at=at("2026-03-04"))
    applications.mark_filed(
        application=case, external_number="Z482911", by=world["approver2"], at=at("2026-03-06")
    )
    decisions.record(
        application=case, outcome="approve", authority="BIS", decided_on=date(2026, 4, 14),
        justification="License received by letter of April 14, 2026.", legal_basis="15 CFR 742.3",
        by=world["officer"], at=at("2026-04-15"),
    )  # fmt: skip


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
    condition = review.propose_condition(
        application=old, code="PERIODIC_REPORT", text="A yearly report on the place of use of each instrument.",
        origin=Body.ENERGY, due_on=today + timedelta(days=5), by=world["energy"], at=at(today - timedelta(days=1461)),
    )  # fmt: skip
    review.accept_condition(condition=condition, by=world["filer"], at=at(today - timedelta(days=1459)))
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
    waiting = file(
        world, "bluemesa", item="gauge", quantity=25, price="1900.00", on=today - timedelta(days=24), roles=roles,
        end_use="Spare gauges for the vacuum ovens delivered earlier this year.",
    )  # fmt: skip
    reviewed(
        world, waiting, on=today - timedelta(days=22),
        positions={"energy": ("approve", "Known site; no proliferation concern.")},
    )  # fmt: skip
    decisions.propose(
        application=waiting, outcome="approve", justification="Known end user, civil end use, Energy approves.",
        legal_basis="15 CFR 742.3", by=world["officer"], at=now - timedelta(hours=20),
    )  # fmt: skip
    register(world, "HiSilica Minerals B.V.", "NL", "Rotterdam", on=now - timedelta(days=1))
    outbox.drain()
    for hit in Hit.objects.filter(party__name="HiSilica Minerals B.V.", status=HitStatus.OPEN).with_pair():
        hits.propose(
            hit=hit, outcome="false_positive", reason="different_business",
            differing_fact="Quarries and mills silica sand in the Netherlands; no link to chips or to China.",
            note="Trade register extract read.", by=world["officer"], at=now - timedelta(hours=18),
        )  # fmt: skip



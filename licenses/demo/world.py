"""Who and what the demo is about: people, exporters, customers, items. All fictional but the listed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from django.contrib.auth.hashers import make_password

from entities import parties
from entities.models import Party
from exportctl import outbox, people, roles
from exportctl.models import User

from .. import bodies, items, seats
from ..models import Item

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
    ("counsel", "Nina", "Aldous", "adviser", "legal"),
    ("approver", "Elena", "Vargas", "approver", ""),
    ("approver2", "Marcus", "Oyelaran", "approver", ""),
    ("senior", "Grace", "Holloway", "senior_approver", ""),
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
    "cable": (
        "BM-CB05",
        "Calibration cable set CB05",
        "EAR99",
        "Coaxial cables with adapters for test benches.",
    ),
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


def setting(world: World, now: datetime) -> None:
    """People with roles and seats, an integration with its key."""
    world.say("People, parties, items")
    start = at("2019-04-15")
    admin: User | None = None
    hashed = make_password(PASSWORD)
    for username, first, last, role, body in PEOPLE:
        user = people.create(
            username=username,
            hashed=hashed,
            first_name=first,
            last_name=last,
            role_codes=(role,),
            by=admin,
            at=start,
        )
        if admin is None:
            admin = user
            bodies.add(
                code="legal", name="Legal", days=5, objection_blocks=True, since=start.date(), by=admin, at=start,
                concern="End use, parties and the words of the filing, before anything leaves the house",
            )  # fmt: skip
        world.users[username] = user
        if body:
            seats.give(user=user, body=body, since=start.date(), by=admin, at=start)
    service = people.create(
        username="erp",
        kind=User.Kind.SERVICE,
        first_name="ERP",
        role_codes=("integration",),
        by=admin,
        at=start,
    )
    world.users["erp"] = service
    assert admin is not None
    _, world.token = people.issue_key(
        user=service,
        name="Demo integration",
        scopes=tuple(sorted(roles.ROLES["integration"].permissions)),
        expires_at=now + timedelta(days=365),
        by=admin,
        at=now,
    )


def trade(world: World) -> None:
    """Parties and items, once lists stand to screen them against."""
    start = at("2019-04-15")
    for key, (name, country, city, region) in PARTIES.items():
        world.parties[key] = register(world, name, country, city, region, exporter=key in EXPORTERS, on=start)
    for key, username in EXPORTERS.items():
        parties.add_member(party=world.parties[key], user=world[username], by=world["officer"], at=start)
    for key, (part, name, eccn, description) in ITEMS.items():
        world.items[key] = items.add(
            part_number=part, name=name, eccn=eccn, description=description, by=world["officer"], at=start
        )
    outbox.drain()


def register(
    world: World,
    name: str,
    country: str,
    city: str,
    region: str = "",
    *,
    exporter: bool = False,
    on: datetime,
) -> Party:
    """Register one party with its address."""
    address = {"line": "", "city": city, "region": region, "postal_code": "", "country": country}
    return parties.register(
        name=name, country=country, addresses=[address], shared=not exporter, by=world["officer"], at=on
    )

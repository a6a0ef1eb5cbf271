"""What is being filed: three drafts of laptop processors to Huawei, each of its own day; classified items."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from decimal import Decimal

from .. import applications, attachments, classifications, flags
from ..blocks import FLAGS
from ..models import Application
from .world import World, at

# day -> pieces; a day of each regime of the license review policy
LAPTOPS = {"2019-06-01": 20_000, "2022-06-01": 30_000, "2023-02-01": 40_000}


def drafts(world: World) -> None:
    """The same processors for the same end user, drafted under three policies: not filed yet."""
    world.say("Drafts: laptop processors to Huawei, as of 2019, 2022 and 2023")
    filer = world["filer"]
    for day, pieces in LAPTOPS.items():
        case = applications.start(applicant=world.parties["cascade"], by=filer, at=at(day, 10))
        applications.save_draft(
            application=case, version=case.version, by=filer, at=at(day, 11),
            blocks={
                "contact_person": filer.name, "telephone": "+1 555 0100", "capacity": "exporter",
                "no_intermediate": "none", "already_exported": "no", "detained": "no",
                "end_use": "Notebook computers of Huawei Device for sale to consumers; no use in network equipment.",
            },
            roles=[("ultimate_consignee", world.parties["device"]), ("end_user", world.parties["huawei"])],
            lines=[{"item": world.items["cpu"], "quantity": Decimal(pieces), "unit_price": Decimal(78)}],
        )  # fmt: skip


def classified(world: World, now: datetime) -> None:
    """One item signed by two people, one with an open question, one waiting for its reviewer."""
    world.say("Items: classifications with their parameters")
    officer, approver, start = world["officer"], world["approver"], now - timedelta(days=200)
    gauge = classifications.propose(
        item=world.items["gauge"], eccn="2B230.a", basis="self", reasons="NP column 1, AT column 1",
        edition_on=start.date(), review_on=(now + timedelta(days=20)).date(), by=officer, at=start,
        parameters=[
            {"paragraph": "2B230.a.1", "asks": "Sensing element of, or protected by, a material the entry names",
             "item": "Nickel alloy diaphragm", "source": "Drawing VG20-03, rev. B", "result": "met"},
            {"paragraph": "2B230.a.2", "asks": "Full scale and accuracy as the entry states",
             "item": "13 kPa, better than 1 % of full scale", "source": "Data sheet VG20", "result": "met"},
        ],
    )  # fmt: skip
    classifications.sign(classification=gauge, by=approver, at=start + timedelta(days=2))
    scope = classifications.propose(
        item=world.items["scope"], eccn="3A292.d", basis="self",
        edition_on=start.date(), review_on=(now + timedelta(days=165)).date(), by=officer, at=start,
        parameters=[
            {"paragraph": "3A292", "asks": "Bandwidth and sampling as the entry states", "item": "4 GHz; four channels",
             "source": "Data sheet OS40", "result": "met"},
            {"paragraph": "3A292", "asks": "Sampling interval of option 40-X", "item": "not stated by the supplier",
             "source": "Asked of engineering", "result": "unknown"},
        ],
    )  # fmt: skip
    classifications.sign(classification=scope, by=approver, at=start + timedelta(days=3))
    classifications.propose(
        item=world.items["cpu"], eccn="3A991.a.1", basis="manufacturer", reasons="AT column 1",
        by=officer, at=now - timedelta(days=1), note="The maker's letter names the paragraph.",
    )  # fmt: skip


def papers(world: World, now: datetime) -> None:
    """A red-flag sheet with one open flag and a letter in the file of the case on today's desk."""
    case = Application.objects.filter(status="submitted").latest("pk")
    answers = dict.fromkeys(FLAGS, ("no", "Customer of six years; plant visited in spring."))
    answers["vague_delivery"] = (
        "yes",
        "The order names no delivery date and asks for a free-zone warehouse.",
    )
    flags.answer(application=case, answers=answers, by=world["filer"], at=now - timedelta(hours=6))
    flags.inquire(
        flag=case.red_flags.get(flag="vague_delivery"), by=world["filer"], at=now - timedelta(hours=3),
        text="Asked the consignee for the delivery date and why the goods go through the warehouse; no answer yet.",
    )  # fmt: skip
    letter = b"Letter of explanation\n\nThe instruments calibrate others in our laboratory and stay there.\n"
    attachments.attach(
        file=io.BytesIO(letter), name="letter-of-explanation.txt", kind="letter_of_explanation", application=case,
        note="Use and place of use", by=world["filer"], at=now - timedelta(hours=6),
    )  # fmt: skip

"""2019 to 2026: listed, licensed, denied, shipped, pending, revoked; one case on the company route."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from typing import Any

from entities import hits, seed
from entities.matching.names import normalise
from entities.models import Hit, HitStatus, Listing
from exportctl import outbox, papers, people
from exportctl.errors import Refused

from .. import applications, decisions, issued, review, usage
from ..models import License
from .cases import decided, file, reported, reviewed, ship, with_conditions
from .world import World, at

HUAWEI_LISTED = date(2019, 5, 16)
SHORT_FORM = re.compile(r" \(\w+\)$")
NAMED_IN_THE_RULE = 69  # Huawei and 68 affiliates, 84 FR 22961


def words(name: str) -> tuple[str, ...]:
    """The words of a name that tell companies apart, without its legal form and a short form in brackets."""
    return normalise(SHORT_FORM.sub("", name)).tokens


def listed_2019(world: World) -> None:
    """The seed's lists, one version an effective date; the first one names Huawei and its group."""
    world.say("Lists: one version an effective date, hits judged by two people")
    for on in (day for day in seed.versions() if day >= HUAWEI_LISTED):
        seed.publish(on=on, by=world["lists"], at=at(on, 9))
        outbox.drain()
        judge_listed(world, on=on + timedelta(days=1))
        if on == HUAWEI_LISTED:
            here = Listing.objects.filter(effective_on=on, listed_party__group="Huawei").count()
            world.say(f"  {here} of the {NAMED_IN_THE_RULE} named on {on} are delivered with the product")


def listed_before(world: World) -> None:
    """What stood on the lists before the story begins, as one version."""
    on = max(day for day in seed.versions() if day < HUAWEI_LISTED)
    seed.publish(on=on, by=world["lists"], at=at("2019-04-14"))


def renewed(world: World, *, on: date) -> None:
    """False positives whose time is over are judged anew, as the office does before it decides."""
    hits.expire(by=people.job_user("screening"), at=at(on))
    judge_listed(world, on=on)


def judge_listed(world: World, *, on: date) -> None:
    """Two people confirm that our Huawei parties are the listed ones; the officer proposes."""
    moment = at(max(on, date(2019, 5, 17)))
    for hit in Hit.objects.filter(status=HitStatus.OPEN).with_pair():
        verdict: dict[str, Any] = {"outcome": "true_match", "reason": "same_address"}
        if words(hit.party.name) != words(hit.listed_party.name):
            verdict = {
                "outcome": "false_positive",
                "reason": "different_registration",
                "differing_fact": f"Registered as {hit.party.name}; the entry is another company of the group, "
                f"{hit.listed_party.name}.",
            }
        hit = hits.propose(
            hit=hit, note="Compared names, place and group.", by=world["officer"], at=moment, **verdict
        )
        if hit.status == HitStatus.PROPOSED:
            hits.agree(hit=hit, by=world["approver"], at=moment + timedelta(hours=3))


def licenses_2020(world: World) -> None:
    """Laptop processors and 4G chips are licensed with conditions; 5G base-station chips are denied."""
    world.say("2020: two licenses with conditions, one denial")
    renewed(world, on=date(2020, 6, 9))
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
    with_conditions(world, cpu, on=date(2020, 7, 6), filer="filer")
    decided(
        world, cpu, outcome="approve_conditions", on=date(2020, 8, 3), basis="15 CFR 744.11, 744.16",
        why="Mass-market notebook processors, no 5G use, quarterly reports.",
        override="The presumption of denial is rebutted: the items are sold everywhere and serve no network use.",
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
    with_conditions(world, modem, on=date(2020, 9, 28), filer="filer2")
    renewed(world, on=date(2020, 11, 10))
    decided(
        world, modem, outcome="approve_conditions", on=date(2020, 11, 11), basis="15 CFR 744.11, 744.16",
        why="Below 5G, handsets only, with quarterly reports.",
        override="The presumption of denial is rebutted: nothing in the chip or the handset serves 5G.",
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
    renewed(world, on=date(2020, 11, 16))
    decided(
        world, base, outcome="intend_to_deny", on=date(2020, 11, 19), basis="15 CFR 744.11, 750.6",
        why="Two agencies object: 5G capability for a listed entity. Presumption of denial not rebutted.",
        considerations="The chips would serve base stations of a 5G network of a listed entity (744.11).",
        modifications="None for this end use; chips below 5G for handsets would be a new application.",
        denial_reasons=("LISTED_PARTY", "END_USE"),
    )  # fmt: skip
    decisions.lapse(at=at("2021-01-20"))


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
    for license, filer in ((cpu, "filer"), (modem, "filer2")):
        reported(world, license, filer=filer, until=date(2024, 5, 7))


def pending_2022(world: World) -> None:
    """4G chips again: filed under the rule's presumption, pending since, the clock stopped for nine days."""
    world.say("2022: a case that stays pending")
    renewed(world, on=date(2022, 12, 2))
    case = file(
        world, "palomar", item="modem4g", quantity=50000, price="20.75", on=date(2022, 12, 5),
        roles={"ultimate_consignee": "device", "end_user": "huawei"},
        end_use="4G handsets for consumers; the chip has no 5G mode.",
    )  # fmt: skip
    applications.register(application=case, by=world["officer"], at=at("2022-12-07"))
    review.refer(
        application=case, bodies=["defense", "energy", "state"], by=world["officer"], at=at("2022-12-12")
    )
    review.stop_clock(
        application=case,
        reason="APPLICANT_INFO",
        note="Which handset models?",
        by=world["officer"],
        at=at("2022-12-20"),
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
    review.consult(application=case, bodies=["legal"], by=world["officer"], at=at("2026-03-04", 15))
    review.advise(
        application=case, body="legal", stance="agree_conditions", by=world["counsel"], at=at("2026-03-05"),
        reason="The end use is civil. File it with the consignee's statement of end use in hand.",
    )  # fmt: skip
    applications.mark_filed(
        application=case, external_number="Z482911", by=world["approver2"], at=at("2026-03-06")
    )
    told = "Demo document: it stands where the agency's own license and letter would be kept."
    paper = io.BytesIO(
        papers.pdf(title="Letter of the agency, April 14, 2026", sections=[("License", [told])])
    )
    decisions.record(
        application=case, outcome="approve", authority="BIS", decided_on=date(2026, 4, 14),
        justification="License received by letter of April 14, 2026.", legal_basis="15 CFR 742.3",
        file=paper, name="BIS-letter-2026-04-14.pdf",
        by=world["officer"], at=at("2026-04-15"),
    )  # fmt: skip

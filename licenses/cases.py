"""What is known of a case: the facts its guards ask, its lanes, its clock, its listed parties. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast, JSONObject, Now

from entities import lists, screening
from entities.models import Hit, Party, PartyAddress
from exportctl import roles
from exportctl.models import User
from exportctl.transitions import Blocker

from . import clocks, filing, guards, holds, rungs, workflow
from .blocks import BLOCKS
from .days import day as day
from .days import stops as stops
from .determination.tables import POLICY_WORDS
from .lanes import Lane as Lane
from .lanes import lanes as lanes
from .lanes import own_lanes as own_lanes
from .models import (
    Application,
    ApplicationLine,
    ApplicationParty,
    Decision,
    DecisionState,
    DeemedExport,
    Outcome,
    PartyRole,
    Position,
    Route,
    Seat,
    Stance,
    StopReason,
    YesNo,
)
from .workflow import CaseFacts, PartyFact, Status


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a page has read of a case already, so that `facts` need not ask again."""

    parties: tuple[PartyFact, ...]
    stale_lists: tuple[str, ...]
    seats: frozenset[str]


def facts(application: Application, by: User, on: date, loaded: Loaded | None = None) -> CaseFacts:
    """Everything the transition table asks about a case on a day. A draft asks only for its gaps.

    Reads the prefetched relations of `Application.objects.with_dossier()` where they are loaded.
    """
    known = CaseFacts(
        status=application.status,
        permissions=roles.permissions_of(by),
        is_person=by.is_person,
        actor_id=by.pk,
        route=application.route,
        by_body=roles.sees(by) == "body",
    )
    if application.status == Status.DRAFT:
        return replace(known, gaps=gaps(application))
    proposal = proposed(application)
    if application.status in workflow.CLOSED:
        return replace(
            known,
            proposal=proposal.outcome if proposal else "",
            proposed_by=proposal.proposed_by_id if proposal else None,
            correcting=proposal is not None,
            denied=rungs.denied(application, intent(application), on)
            if application.status == Status.DENIED
            else known.denied,
        )
    conditions = [each for each in application.conditions.all() if each.withdrawn_at is None]
    lanes_now, own_now = lanes(application, on), own_lanes(application)
    return replace(
        known,
        gaps=gaps(application) if application.status == Status.SUBMITTED else (),
        parties=loaded.parties if loaded else party_facts(parties_of(application), on=on),
        stale_lists=loaded.stale_lists if loaded else tuple(each.name for each in lists.blocking(on=on)),
        waiting_bodies=tuple(lane.title for lane in lanes_now if lane.state == "waiting"),
        seats=loaded.seats if loaded else seats(by, on),
        open_lanes=frozenset(lane.body for lane in lanes_now),
        own_lanes=frozenset(lane.body for lane in own_now if lane.state != "closed"),
        own_waiting=tuple((lane.title, lane.due_on) for lane in own_now if lane.state == "waiting"),
        own_objecting=tuple(lane.title for lane in own_now if lane.blocks and lane.position == Stance.OBJECT),
        open_holds=tuple(
            StopReason(stop.reason).label for stop in application.stops.all() if stop.ended_at is None
        ),
        checking=any(
            stop.reason == StopReason.PLC and stop.ended_at is None and stop.completed_on is None
            for stop in application.stops.all()
        ),
        unaccepted_conditions=tuple(sorted(each.number for each in conditions if each.accepted_at is None)),
        declined_conditions=tuple(sorted(each.number for each in conditions if each.declined_at is not None)),
        applicant=application.applicant.name,
        live_conditions=len(conditions),
        proposal=proposal.outcome if proposal else "",
        proposed_by=proposal.proposed_by_id if proposal else None,
        review_by=application.review_by_id,
        overrides=POLICY_WORDS.get(proposal.policy, "policy of denial")
        if proposal and proposal.override
        else "",
        correcting=proposal is not None and proposal.supersedes_id is not None,
        policy_holds=_holds(application, proposal),
        final_since=final_since(application, on),
        positions=_positions(application, lanes_now),
        ruled=rungs.ruled(application, on),
        denied=rungs.denied(application, intent(application), on),
    )


def _positions(application: Application, found: Iterable[Lane]) -> guards.Positions:
    """Who objects, approves or has no objection, while the positions are what counts."""
    groups: dict[str, list[str]] = {"objecting": [], "approving": [], "indifferent": []}
    for lane in found if application.status == Status.REFERRED else ():
        if lane.position == Position.DENY and lane.legal_basis:
            groups["objecting"].append(lane.title)
        elif lane.position in (Position.APPROVE, Position.APPROVE_CONDITIONS):
            groups["approving"].append(lane.title)
        elif lane.state != "waiting":
            groups["indifferent"].append(lane.title)
    return guards.Positions(**{name: tuple(titles) for name, titles in groups.items()})


def _holds(application: Application, proposal: Decision | None) -> tuple[str, ...]:
    """The reasons of the policy holds on a case, where its next step asks for them."""
    asks = proposal is not None and proposal.outcome in workflow.GRANTING
    if not asks and application.status != Status.INTERNAL_REVIEW:
        return ()
    return tuple(hold.reason for hold in holds.covering(application))


def parties_of(application: Application) -> list[Party]:
    """Every party of the case once, the applicant first."""
    rows = sorted(application.roles.all(), key=lambda each: (each.role != PartyRole.APPLICANT, each.pk))
    return list({each.party_id: each.party for each in rows}.values())


def party_facts(
    parties: Iterable[Party], *, on: date, states: Mapping[int, str] | None = None
) -> tuple[PartyFact, ...]:
    """What the guards know of each party: screening and unjudged hits. A fixed number of queries; `states` are
    the screening states where they are loaded already."""
    parties = list(parties)
    states = screening.states(parties) if states is None else states
    open_hits = Hit.objects.filter(party__in=parties).unjudged(on=on)
    counted = Counter((hit.party_id, hit.order_ended_on is not None) for hit in open_hits.only("party"))
    return tuple(
        PartyFact(
            each.name,
            states[each.pk],
            counted[each.pk, False],
            f"/parties/{each.pk}/",
            counted[each.pk, True],
        )
        for each in parties
    )


def filing_of(application: Application) -> filing.Filing:
    """The application as the filing rules see it. Reads the prefetched roles, lines and attachments; up to
    four queries more: addresses (unless the roles carry `placed`), a denial order on the applicant (unless the
    case carries `denied_said`), the deemed-export form where it is asked, pending duplicates."""
    roles_now = list(application.roles.all())
    placed = {each.party_id for each in roles_now if getattr(each, "placed", False)}
    if any(not hasattr(each, "placed") for each in roles_now):
        placed = set(
            with_address()
            .filter(party__in={each.party_id for each in roles_now})
            .values_list("party", flat=True)
        )
    return filing.Filing(
        kind=application.kind,
        answers={name: getattr(application, name) for name in BLOCKS},
        applicant_country=application.applicant.country,
        applicant_denied=_denied(application),
        roles=tuple(
            filing.Role(each.role, each.party.name, each.party.country, each.party_id in placed, each.end_use)
            for each in roles_now
        ),
        lines=tuple(
            filing.Line(line.number, line.eccn, line.total_price, bool(line.description.strip()), line.app)
            for line in sorted(application.lines.all(), key=lambda each: each.number)
        ),
        documents=frozenset(
            each.kind for each in application.attachments.all() if each.taken_off_at is None
        ),
        deemed=_deemed(application) if application.deemed_export else None,
        duplicates=duplicates(application),
    )  # fmt: skip


def with_address() -> QuerySet[PartyAddress]:
    """Addresses that say more than the country."""
    return PartyAddress.objects.exclude(line="", city="")


def placed_roles() -> QuerySet[ApplicationParty]:
    """Roles with their parties and whether an address of each is known (`placed`), for a prefetch."""
    address = with_address().filter(party=OuterRef("party"))
    return ApplicationParty.objects.select_related("party").annotate(placed=Exists(address)).order_by("pk")


def _denied(application: Application) -> bool:
    """Whether a denial order on the applicant holds now; asked for unless its page loaded it (`denied_said`)."""
    if (said := getattr(application, "denied_said", None)) is not None:
        return bool(said)
    return Hit.objects.filter(party=application.applicant_id).denied(on=Now()).exists()


def _deemed(application: Application) -> filing.Deemed | None:
    if hasattr(application, "denied_said"):  # its page loaded the case together with the form
        form: DeemedExport | None = getattr(application, "deemed", None)
    else:
        form = DeemedExport.objects.filter(application=application).first()
    if form is None:
        return None
    named = {
        "whether the person is protected": form.protected,
        "the foreign person": form.person,
        "the most recent citizenship or permanent residency": form.country,
        "the ECCN of the technology": form.eccn,
        "the technology control plan": form.control_plan,
        "the first day of access": form.access_from,
    }
    missing = tuple(words for words, value in named.items() if not value)
    if form.protected == YesNo.YES:
        return filing.Deemed(protected=True)
    return filing.Deemed(complete=not missing, protected=False if form.protected else None, missing=missing)


def duplicates(application: Application) -> tuple[str, ...]:
    """Pending applications of the same applicant for the same transaction: the same consignees and end
    users, items and quantities (748.4(f)). One query."""
    abroad = (PartyRole.ULTIMATE_CONSIGNEE, PartyRole.END_USER, PartyRole.PURCHASER)
    held = {(each.role, each.party_id) for each in application.roles.all() if each.role in abroad}
    lines = sorted((line.item_id, line.quantity) for line in application.lines.all())
    if not lines:
        return ()
    here = {"application": OuterRef("pk")}
    roles_there = ApplicationParty.objects.filter(role__in=abroad, **here).order_by("pk")
    lines_there = ApplicationLine.objects.filter(**here).order_by("pk")
    amount = Cast("quantity", CharField())
    others = (
        Application.objects.pending()
        .filter(
            applicant=application.applicant_id, kind=application.kind,
            lines__item=lines[0][0], lines__quantity=lines[0][1],
        )
        .exclude(pk=application.pk)
        .annotate(
            held=ArraySubquery(roles_there.values(said=JSONObject(role="role", party="party_id"))),
            sent=ArraySubquery(lines_there.values(said=JSONObject(item="item_id", amount=amount))),
        )
        .order_by("pk")
        .distinct()
        .values_list("number", "held", "sent")
    )  # fmt: skip
    return tuple(
        number
        for number, they, sent in others[:20]
        if {(each["role"], each["party"]) for each in they} == held
        and sorted((each["item"], Decimal(each["amount"])) for each in sent) == lines
    )


def gaps(application: Application) -> tuple[Blocker, ...]:
    """What an application still lacks before it can be submitted, all at once (Supp. 1 to part 748)."""
    return filing.gaps(filing_of(application))


def seats(user: User, on: date) -> frozenset[str]:
    """The review bodies the user sits for on a day."""
    return frozenset(
        seat.body
        for seat in Seat.objects.filter(user=user, since__lte=on)
        if seat.until is None or seat.until > on
    )


def shows_review(application: Application, user: User) -> bool:
    """Whether the user sees positions and proposals. An applicant whose case is reviewed by the office sees
    what was decided and what is asked of them, not the deliberation."""
    return application.route == Route.COMPANY or roles.sees(user) != "own"


def reading(application: Application, on: date) -> clocks.Reading | None:
    """The 90-day clock on a day; None before registration. It stands still once the case is decided or with
    the President."""
    if application.registered_at is None:
        return None
    notice, president = intent(application), rungs.with_the_president(application)
    ended = [day(moment) for moment in (application.closed_at, notice.made_at if notice else None) if moment]
    until = min([on, *ended, *([president] if president else [])])
    held = clocks.as_of(stops(application), until)
    return clocks.read(registered_on=day(application.registered_at), stops=held, on=until)


def proposed(application: Application) -> Decision | None:
    """The decision that waits for its countersignature."""
    return next((each for each in application.decisions.all() if each.state == DecisionState.PROPOSED), None)


def standing(application: Application) -> Decision | None:
    """The decision that stands: the latest one made, corrections included; None before."""
    made = (each for each in application.decisions.all() if each.state == DecisionState.MADE)
    return max(made, key=lambda each: each.pk, default=None)


def outcome_now(decision: Decision) -> Outcome:
    """The outcome of a decision: an intent to deny that became final is a denial."""
    return Outcome.DENY if decision.final_at else Outcome(decision.outcome)


def intent(application: Application) -> Decision | None:
    """The intent-to-deny letter of the case, if one went out (750.6(a))."""
    made = (
        each
        for each in application.decisions.all()
        if each.state == DecisionState.MADE and each.outcome == Outcome.INTEND_TO_DENY
    )
    return max(made, key=lambda each: each.pk, default=None)


def final_on(application: Application) -> date | None:
    """The day the denial of the open intent-to-deny letter becomes final (750.6(b)); None without one."""
    notice = intent(application) if application.status == Status.INTENT_TO_DENY else None
    return clocks.final_on(day(notice.made_at)) if notice and notice.made_at else None


def final_since(application: Application, on: date) -> date | None:
    """`final_on` once that day has come."""
    final = final_on(application)
    return final if final is not None and on >= final else None

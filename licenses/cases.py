"""What is known of a case: the facts its guards ask, its lanes, its clock, its listed parties. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from entities import lists, screening
from entities.models import Hit, Party
from exportctl import roles
from exportctl.models import User
from exportctl.transitions import Blocker

from . import clocks, workflow
from .models import (
    Application,
    Body,
    Decision,
    DecisionState,
    Outcome,
    PartyRole,
    Position,
    Recommendation,
    Referral,
    Route,
    Seat,
    StopReason,
)
from .workflow import CaseFacts, PartyFact, Status

BLOCKS = {
    "contact_person": ("Contact person", "block 1"),
    "telephone": ("Telephone", "block 2"),
    "end_use": ("Specific end use", "block 21"),
}


@dataclass(frozen=True, slots=True)
class Lane:
    """Where one body stands: waiting, answered, or silent for its 30 days (750.4(e))."""

    body: str
    title: str
    state: str
    position: str
    reason: str
    by: User | None
    at: datetime | None
    referred_at: datetime
    due_on: date
    silent: bool
    legal_basis: str = ""

    @property
    def words(self) -> str:
        """The position in words."""
        if self.position:
            return Position(self.position).label
        return "No objection (silent for 30 days)" if self.silent else "No position yet"


def day(moment: datetime) -> date:
    """The calendar day of a moment; legal days are counted in UTC."""
    return moment.astimezone(UTC).date()


def facts(application: Application, by: User, on: date) -> CaseFacts:
    """Everything the transition table asks about a case on a day. A draft asks only for its gaps.

    Reads the prefetched relations of `Application.objects.with_dossier()` where they are loaded.
    """
    known = CaseFacts(
        status=application.status,
        permissions=roles.permissions_of(by),
        is_person=by.is_person,
        actor_id=by.pk,
        route=application.route,
    )
    if application.status == Status.DRAFT:
        return replace(known, gaps=gaps(application))
    if application.status in workflow.CLOSED:
        return known
    conditions = [each for each in application.conditions.all() if each.withdrawn_at is None]
    proposal = proposed(application)
    lanes_now = lanes(application, on)
    return replace(
        known,
        gaps=gaps(application) if application.status == Status.SUBMITTED else (),
        parties=party_facts(parties_of(application), on=on),
        stale_lists=tuple(source.name for source in lists.blocking(on=on)),
        waiting_bodies=tuple(lane.title for lane in lanes_now if lane.state == "waiting"),
        seats=seats(by, on),
        open_lanes=frozenset(lane.body for lane in lanes_now),
        open_holds=tuple(
            StopReason(stop.reason).label for stop in application.stops.all() if stop.ended_at is None
        ),
        unaccepted_conditions=tuple(sorted(each.number for each in conditions if each.accepted_at is None)),
        live_conditions=len(conditions),
        proposal=proposal.outcome if proposal else "",
        proposed_by=proposal.proposed_by_id if proposal else None,
        review_by=application.review_by_id,
        final_since=final_since(application, on),
    )


def parties_of(application: Application) -> list[Party]:
    """Every party of the case once, the applicant first."""
    rows = sorted(application.roles.all(), key=lambda each: (each.role != PartyRole.APPLICANT, each.pk))
    return list({each.party_id: each.party for each in rows}.values())


def party_facts(parties: Iterable[Party], *, on: date) -> tuple[PartyFact, ...]:
    """What the guards know of each party: screening and unjudged hits. A fixed number of queries."""
    parties = list(parties)
    states = screening.states(parties)
    open_hits = Hit.objects.filter(party__in=parties).unjudged(on=on)
    unjudged = Counter(open_hits.values_list("party_id", flat=True))
    return tuple(
        PartyFact(each.name, states[each.pk], unjudged[each.pk], f"/parties/{each.pk}/") for each in parties
    )


def gaps(application: Application) -> tuple[Blocker, ...]:
    """What an application still lacks before it can be submitted, all at once (Supp. 1 to part 748)."""
    found = []
    for name, (label, block) in BLOCKS.items():
        if not getattr(application, name).strip():
            found.append(
                gap(name, f"{label} is missing.", f"Fill in {block}.", "15 CFR 748.6, Supp. 1 to part 748")
            )
    held = {each.role: each.party for each in application.roles.all()}
    if PartyRole.ULTIMATE_CONSIGNEE not in held:
        found.append(
            gap(PartyRole.ULTIMATE_CONSIGNEE, "There is no ultimate consignee.",
                "Name the party abroad that receives the items.", "15 CFR 748.5(e)")
        )  # fmt: skip
    if application.kind == "EXPORT":
        if application.applicant.country != "US":
            found.append(
                gap("applicant", "The applicant of an export must be in the United States.",
                    "File in the name of the exporter, or as a reexport.", "15 CFR 748.4(a)")
            )  # fmt: skip
        consignee = held.get(PartyRole.ULTIMATE_CONSIGNEE)
        if consignee is not None and consignee.country == "US":
            found.append(
                gap(PartyRole.ULTIMATE_CONSIGNEE, "The ultimate consignee of an export is abroad.",
                    "Name the party abroad that receives the items.", "15 CFR 748.5(e)")
            )  # fmt: skip
    if not application.lines.all():
        found.append(gap("lines", "There is no item.", "Add at least one line.", "15 CFR 748.6, block 22"))
    return tuple(found)


def gap(field: str, message: str, remedy: str, citation: str = "") -> Blocker:
    """One thing that is missing, with the field it belongs to."""
    return Blocker("missing", message, remedy=remedy, field=field, citation=citation)


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


def stops(application: Application) -> tuple[clocks.Stop, ...]:
    """The clock stops as dated intervals."""
    return tuple(
        clocks.Stop(day(stop.started_at), day(stop.ended_at) if stop.ended_at else None, stop.reason)
        for stop in application.stops.all()
    )


def lanes(application: Application, on: date) -> list[Lane]:
    """Where each body referred to stands on a day, in the order of 750.3(b)."""
    held = stops(application)
    order = Body.values.index
    return [
        _lane(referral, held, on)
        for referral in sorted(application.referrals.all(), key=lambda each: order(each.body))
    ]


def _lane(referral: Referral, held: tuple[clocks.Stop, ...], on: date) -> Lane:
    given: list[Recommendation] = sorted(referral.recommendations.all(), key=lambda each: each.pk)
    latest = given[-1] if given else None
    referred_on = day(referral.referred_at)
    silent = latest is None and clocks.is_silent(referred_on, stops=held, on=on)
    return Lane(
        body=referral.body,
        title=referral.get_body_display(),
        state="answered" if latest else "silent" if silent else "waiting",
        position=latest.position if latest else "",
        reason=latest.reason if latest else "",
        by=latest.by if latest else None,
        at=latest.at if latest else None,
        referred_at=referral.referred_at,
        due_on=clocks.recommendation_due(referred_on, stops=held, on=on),
        silent=silent,
        legal_basis=latest.legal_basis if latest else "",
    )


def reading(application: Application, on: date) -> clocks.Reading | None:
    """The 90-day clock on a day; None before registration. It stands still once the case is decided."""
    if application.registered_at is None:
        return None
    notice = intent(application)
    ended = [day(moment) for moment in (application.closed_at, notice.made_at if notice else None) if moment]
    return clocks.read(
        registered_on=day(application.registered_at), stops=stops(application), on=min([on, *ended])
    )


def proposed(application: Application) -> Decision | None:
    """The decision that waits for its countersignature."""
    return next((each for each in application.decisions.all() if each.state == DecisionState.PROPOSED), None)


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

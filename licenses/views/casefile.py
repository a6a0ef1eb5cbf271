"""A case as its pages read it, loaded in a number of queries that no volume raises."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Prefetch, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import JSONObject, Now
from django.shortcuts import get_object_or_404

from entities import lists, screening
from entities.models import Hit
from exportctl.models import User
from exportctl.models.folded import folded, unfold

from .. import cases, policies
from ..cases import Loaded
from ..models import Act, Application, ApplicationLine, Movement, Seat, said_bodies, said_delegations
from ..models.determinations import RULES_MARK
from . import people

# what guards and panels read of a case, in the case's own query: each relation with its order
FOLDED = {
    "stops": "started_at",
    "referrals": "pk",
    "referrals__recommendations": "pk",
    "conditions": "number",
    "conditions__steps": "pk",
    "questions": "number",
    "questions__documents": "pk",
    "decisions": "-pk",
    "decisions__lines": "number",
    "attachments": "pk",
    "rulings": "pk",
    "escalations": "pk",
    "responses": "pk",
    "appeals": "pk",
    "appeals__papers": "pk",
    "appeals__withdrawals": "pk",
    "unregistered_returns": "pk",
    "letters": "number",
    "agency_notes": "pk",
    "waivers": "pk",
}
WITHOUT = {"letters": ("content", "html")}  # long, and on pages of their own


def found(user: User, number: str) -> Application:
    """A case that the user sees, else 404, with what its pages read. Three queries.

    `shipped_said` and `revoked_said` are the days of shipments that count and of a revocation; `unfolded` the rows
    beneath it, whose users are asked for when they are read (`folded.name_users`);
    `seats_said` the bodies the user ever sat for, `denied_said` whether a denial order holds for the applicant.
    """
    seats = Seat.objects.filter(user=user).order_by("pk")
    moved = Movement.objects.filter(
        line__license__application=OuterRef("pk"), kind=Movement.Kind.SHIPMENT, reversed_by=None
    )
    revoked = Act.objects.filter(license__application=OuterRef("pk"), kind=Act.Kind.REVOKED)
    rows = (
        Application.objects.for_user(user)
        .select_related("applicant", "filed_by", "assigned_to", "copied_from", "license", "facts", "deemed")
        .annotate(
            rules_mark=RawSQL(RULES_MARK, ()),
            bodies_said=said_bodies(),
            delegations_said=said_delegations(),
            flags_said=policies.said_flags(),
            denied_said=Exists(Hit.objects.filter(party=OuterRef("applicant")).denied(on=Now())),
            seats_said=ArraySubquery(
                seats.values(said=JSONObject(body="body", since="since", until="until"))
            ),
            shipped_said=ArraySubquery(moved.order_by("shipped_on").values("shipped_on")),
            revoked_said=Subquery(revoked.order_by("pk").values("on")[:1]),
            **folded(Application, FOLDED, WITHOUT),
        )
        .prefetch_related(
            Prefetch("roles", cases.placed_roles()),
            Prefetch("lines", ApplicationLine.objects.order_by("number")),
        )
    )
    case = get_object_or_404(rows, number=number)
    case.unfolded = unfold(case, FOLDED)  # type: ignore[attr-defined]
    return case


def standing(case: Application, user: User, on: date) -> tuple[list[people.Person], Loaded]:
    """The parties of a case as the user may see them, and what the guards ask of them. Five queries."""
    parties = cases.parties_of(case)
    world, blocking = lists.standing(on=on)
    last = screening.latest_of(parties)
    states = {party.pk: screening.state_of(party, last.get(party.pk), world) for party in parties}
    known = Loaded(
        parties=cases.party_facts(parties, on=on, states=states),
        stale_lists=tuple(source.name for source in blocking),
        seats=frozenset(
            seat["body"]
            for seat in case.seats_said  # type: ignore[attr-defined]
            if seat["since"] <= on.isoformat() and (seat["until"] is None or seat["until"] > on.isoformat())
        ),
    )
    return people.of(case, user, states), known

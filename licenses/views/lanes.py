"""The lanes of a case and the forms that open, answer and close them, as the dossier tells them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from .. import cases, concerns, delegated, delegations
from ..lanes import Known, bodies_of
from ..models import Application, Delegation, Position, Stance

Lines = list[tuple[int, frozenset[str] | None]]

TONES = {
    "waiting": ("", ""),
    "silent": ("plain", "hold"),
    "answered": ("good", "good"),
    "closed": ("plain", "return"),
}
AGAINST = (Position.DENY, Stance.OBJECT)


def row(lane: cases.Lane) -> dict[str, Any]:
    """One body's lane: its position in a chip, or its deadline while it is waited for."""
    tone, icon = ("late", "no") if lane.position in AGAINST else TONES[lane.state]
    said = f"{lane.by.name}, {lane.at:%b} {lane.at.day}, {lane.at.year}" if lane.by and lane.at else ""
    basis = f" Legal basis: {lane.legal_basis}." if lane.legal_basis else ""
    holds = " Its objection holds the case." if lane.blocks and lane.position == Stance.OBJECT else ""
    asked = "Asked" if lane.own else "Referred"
    return {
        "title": lane.title,
        "waits": lane.state == "waiting",
        "chip": "" if lane.state == "waiting" else lane.words,
        "tone": tone,
        "icon": icon,
        "due_on": lane.due_on,
        "words": lane.reason or (lane.words if lane.state == "waiting" else ""),
        "note": f"{said}.{basis}{holds}"
        if said
        else f"{asked} {lane.referred_at:%b} {lane.referred_at.day}, {lane.referred_at.year}",
    }


def names(application: Application) -> dict[str, str]:
    """The names of the review bodies by code, as the case's query read them."""
    return {code: body.name for code, body in bodies_of(application).items()}


def agencies(application: Application) -> set[str]:
    """The agencies the case was referred to."""
    return {each.body for each in application.referrals.all() if not each.own}


def idle(form: Any) -> bool:
    """Whether a form asks to choose bodies where none is left to choose."""
    bodies = getattr(form, "fields", {}).get("bodies")
    return bodies is not None and not bodies.choices


def _free(application: Application) -> list[Known]:
    """The bodies of today that do not have the case."""
    held, today = {each.body for each in application.referrals.all()}, timezone.localdate()
    return [body for code, body in bodies_of(application).items() if body.stands(today) and code not in held]


def waived(application: Application) -> list[dict[str, Any]]:
    """The agencies without a lane under a delegation of authority, each with its paper."""
    held = agencies(application)
    return [
        {"title": each.get_body_display(), "waiver": each, "lane": each.body in held}
        for each in application.waivers.all()
    ]


def _refer(application: Application, seats: frozenset[str]) -> dict[str, Any]:
    """The bodies with what is known of each: whose concern meets which line, and what a delegation says. Nothing is
    chosen in advance."""
    free = _free(application)
    case = delegations.of_case(application, timezone.localdate())
    lines = [(line.number, line.reasons) for line in case.lines]
    notes = [f"Concerns by {concerns.CITATION}; nothing is chosen for you."]
    if unknown := concerns.unknown(lines):
        numbers = ", ".join(str(number) for number in unknown)
        notes.append(f"The reasons for control of line {numbers} are not on file: read the entry.")
    return {
        "bodies": [(body.code, body.name) for body in free],
        "why": {body.code: _why(application, body, case, lines) for body in free},
        "note": " ".join(notes),
    }


def _why(application: Application, body: Known, case: delegated.Case, lines: Lines) -> str:
    if body.own:
        return f"of your own, target {body.days} day{'' if body.days == 1 else 's'}"
    met = concerns.met(body.code, lines)
    said = [f"its concern meets {met}"] if met else []
    partly = ""
    for each in _delegations(application, body.code):
        answer = delegated.covers(each.scope, case)
        if answer.yes:
            said.append(f"left out under delegation {each.reference} of {each.since:%b} {each.since.day}, "
                        f"{each.since.year}, which covers every line; choose it to refer all the same")  # fmt: skip
            return "; ".join(said)
        partly = partly or f"delegation {each.reference} does not cover it: {answer.reason}"
    return "; ".join(filter(None, [*said, partly]))


def _delegations(application: Application, body: str) -> list[Standing]:
    """The delegations of an agency in force today, as the case's query read them, else one query."""
    said, today = getattr(application, "delegations_said", None), timezone.localdate()
    if said is None:
        rows = Delegation.objects.standing(today).filter(body=body).order_by("pk")
        return [Standing(each.scope, each.reference, each.since) for each in rows]
    return [
        standing for each in said if each["body"] == body and (standing := Standing.read(each)).since <= today
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """A delegation as its case's query read it."""

    scope: delegated.Scope
    reference: str
    since: date

    @classmethod
    def read(cls, said: dict[str, Any]) -> Standing:
        most = Decimal(said["most_value"]) if said["most_value"] is not None else None
        scope = delegated.Scope(tuple(said["eccns"]), tuple(said["reasons"]), tuple(said["places"]), most)
        return cls(scope, said["reference"], date.fromisoformat(said["since"]))


def _consult(application: Application, seats: frozenset[str]) -> dict[str, Any]:
    return {"bodies": [(body.code, body.name) for body in _free(application) if body.own]}


def _advise(application: Application, seats: frozenset[str]) -> dict[str, Any]:
    lanes = cases.own_lanes(application)
    return {
        "bodies": [(each.body, each.title) for each in lanes if each.body in seats and each.state != "closed"]
    }


def _close(application: Application, seats: frozenset[str]) -> dict[str, Any]:
    return {
        "bodies": [
            (each.body, each.title) for each in cases.own_lanes(application) if each.state == "waiting"
        ]
    }


# action -> what its form is made with
FORMED: dict[str, Callable[[Application, frozenset[str]], dict[str, Any]]] = {
    "refer": _refer,
    "consult": _consult,
    "advise": _advise,
    "close_lane": _close,
}

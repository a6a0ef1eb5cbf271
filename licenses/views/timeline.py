"""The events of a case in words, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Model, Q
from django.urls import reverse

from entities.hits import REASONS
from exportctl.models import Event, User
from exportctl.templatetags.ui import quantity

from ..models import SECRETARY, Body, Outcome, Position, ReturnReason, Stance, StopReason
from ..workflow import FORUMS, WORDS

LIMIT = 200
HANDED = ("application.assigned", "application.released")
UNTOLD = ("referral.opened", "hit.agreed")  # application.referred and hit.closed say it
DELIBERATION = (
    "recommendation.made", "decision.proposed", "decision.sent_back", "ruling.made", "application.convened",
    "application.escalated", "condition.agreed", "inquiry.asked", "inquiry.answered", "inquiry.withdrawn",
    "inquiry.reminded", "application.assigned", "application.released", "application.consulted", "advice.given",
    "referral.closed", "referral.waived",
)  # fmt: skip
# verb -> (title, icon, tone)
SAID = {
    "application.created": ("Draft started", "application", ""),
    "application.submitted": ("Submitted", "next", ""),
    "application.registered": ("Registered, the 90 days begin", "soon", ""),
    "application.begun": ("Internal review begun", "application", ""),
    "application.filed": ("Filed with the agency, outside this product", "next", ""),
    "application.returned_unregistered": ("Returned without registration", "return", "soon"),
    "application.referred": ("Referred", "next", ""),
    "application.convened": ("The agencies differ: before the Operating Committee", "next", "soon"),
    "application.escalated": ("Ruling escalated", "next", "soon"),
    "application.appealed": ("Denial appealed", "application", "soon"),
    "appeal.paper_added": ("Paper added to the appeal", "application", ""),
    "appeal.withdrawn": ("Appeal withdrawn, the denial stands", "return", ""),
    "clock.check_completed": ("Pre-license check completed", "good", ""),
    "denial.answered": ("Intent to deny answered", "application", ""),
    "ruling.made": ("Ruling recorded", "good", ""),
    "application.assigned": ("Assigned", "person", ""),
    "application.released": ("Given back", "return", ""),
    "application.withdrawn": ("Withdrawn", "return", ""),
    "application.amended": ("Amended after the filing", "application", "soon"),
    "application.change_reported": ("Change of facts reported", "info", "soon"),
    "draft.shared": ("Shared with the team", "info", ""),
    "draft.kept_private": ("Kept to its author", "lock", ""),
    "draft.reassigned": ("Handed to a colleague", "next", ""),
    "document.attached": ("Document added", "application", ""),
    "document.taken_off": ("Document taken off", "return", ""),
    "redflag.answered": ("Red-flag sheet answered", "warn", ""),
    "redflag.inquired": ("Red flag inquired about", "info", ""),
    "redflag.resolved": ("Red flag resolved", "good", "good"),
    "deemed.saved": ("Deemed-export form saved", "lock", ""),
    "agency.noted": ("Read at the agency", "info", ""),
    "recommendation.made": ("Position given", "good", ""),
    "application.consulted": ("Asked", "next", ""),
    "advice.given": ("View given", "good", ""),
    "referral.closed": ("Lane closed without a view", "return", "soon"),
    "referral.waived": ("Not referred, under a delegation of authority", "info", ""),
    "question.asked": ("Question asked", "info", "soon"),
    "question.answered": ("Question answered", "good", "good"),
    "question.withdrawn": ("Question withdrawn", "return", ""),
    "question.reminded": ("Reminded of a question", "soon", "soon"),
    "inquiry.asked": ("An agency asked for data", "info", "soon"),
    "inquiry.answered": ("The agency was answered", "good", "good"),
    "inquiry.withdrawn": ("The agency withdrew its question", "return", ""),
    "inquiry.reminded": ("Reminded of an agency’s question", "soon", "soon"),
    "condition.proposed": ("Condition proposed", "application", ""),
    "condition.accepted": ("Condition accepted by the applicant", "good", "good"),
    "condition.declined": ("Condition declined by the applicant", "no", "soon"),
    "condition.changed": ("Condition changed", "application", "soon"),
    "condition.agreed": ("Condition agreed to", "good", ""),
    "condition.withdrawn": ("Condition withdrawn", "return", ""),
    "condition.removed": ("Condition removed", "return", "soon"),
    "condition.met": ("Shown as met", "good", "good"),
    "condition.waived": ("Condition waived", "return", "soon"),
    "clock.stopped": ("Clock stopped", "hold", "hold"),
    "clock.resumed": ("Clock runs again", "hold", "hold"),
    "decision.proposed": ("Decision proposed", "soon", "soon"),
    "decision.sent_back": ("Decision sent back", "return", "soon"),
    "decision.made": ("Decision made", "good", ""),
    "decision.recorded": ("The agency’s decision recorded", "good", ""),
    "decision.final": ("Denial final, 45 days after the notice", "no", "late"),
    "letter.written": ("Letter written", "application", ""),
    "license.issued": ("License issued", "license", "good"),
    "license.suspended": ("License suspended", "hold", "hold"),
    "license.lifted": ("Suspension lifted", "good", "good"),
    "license.revoked": ("License revoked", "no", "late"),
    "usage.recorded": ("Shipment recorded", "order", ""),
    "usage.reversed": ("Shipment reversed", "return", ""),
    "hit.opened": ("Hit opened", "warn", "soon"),
    "hit.proposed": ("Hit judged by one person", "soon", ""),
    "hit.closed": ("Hit closed", "good", ""),
    "hit.returned": ("Hit sent back", "return", ""),
    "hit.reopened": ("Hit re-opened", "warn", "soon"),
}
TONES = {
    "approve": "good",
    "approve_conditions": "good",
    "approve_part": "good",
    "no_objection": "good",
    "deny": "late",
    "object": "late",
    "intend_to_deny": "late",
}
LABELS = {
    "outcome": {
        **dict(Outcome.choices),
        "true_match": "true match",
        "false_positive": "false positive recorded",
    },
    "position": dict(Position.choices),
    "stance": dict(Stance.choices),
    "body": {**dict(Body.choices), SECRETARY: "Secretary of Commerce", "agency": "the agency"},
    "bodies": dict(Body.choices),
    "forum": {code.value: words for code, words in FORUMS.items()},
    "status": {code.value: words for code, words in WORDS.items()},
    "origin": dict(Body.choices),
    "reason": {**dict(StopReason.choices), **{code: reason.label for code, reason in REASONS.items()}},
    "reason_code": dict(ReturnReason.choices),
}
TOLD = (
    "bodies",
    "forum",
    "body",
    "position",
    "stance",
    "outcome",
    "condition",
    "question",
    "copied_from",
    "name",
    "after",
    "line",
    "quantity",
)  # after the title
NOTED = (
    "reason",
    "why",
    "note",
    "text",
    "defects",
    "contact",
    "external_number",
    "itn",
    "reference",
    "differing_fact",
)  # on its own line
REVIEW_NOTED = ("review_reason",)  # what the bodies tell each other


def of(
    objects: Iterable[Model], *, since: datetime, hits: dict[int, str] | None = None, review: bool = True
) -> list[dict[str, Any]]:
    """What happened to these objects, newest first, with who and what is told late. Two queries.

    `hits` are the hits of the parties by key, with the name of the entry; theirs are told from `since` on.
    Without `review` the positions and proposals of the reviewers are left out.
    """
    found = events(objects, since=since, hits=hits, review=review)
    wanted = Q(pk__in={event.actor_id for event in found}) | Q(username__in=named(found))
    return tell(found, {user.pk: user for user in User.objects.filter(wanted)}, hits, review=review)


def named(found: Iterable[Event]) -> set[str]:
    """The user names that hand-overs of a case speak of."""
    handed = (event.data.get("data", {}) for event in found if event.verb in HANDED)
    return {data[end] for data in handed for end in ("from", "to") if data.get(end)}


def events(
    objects: Iterable[Model], *, since: datetime, hits: dict[int, str] | None = None, review: bool = True
) -> list[Event]:
    """The events of these objects that `of` tells. One query."""
    wanted: dict[str, list[str]] = {}
    for each in objects:
        wanted.setdefault(each._meta.label_lower, []).append(str(each.pk))
    found = Q(object_type="entities.hit", object_id__in=[str(pk) for pk in hits or ()], at__gte=since)
    for kind, keys in wanted.items():
        found |= Q(object_type=kind, object_id__in=keys)
    return list(
        Event.objects.filter(found)
        .exclude(verb__in=UNTOLD if review else UNTOLD + DELIBERATION)
        .defer("body", "previous", "hash")
        .order_by("-at", "-seq")[:LIMIT]
    )


def tell(
    found: Iterable[Event],
    people: dict[int, User],
    hits: dict[int, str] | None = None,
    *,
    review: bool = True,
    bodies: dict[str, str] | None = None,
) -> list[dict[str, Any]]:
    """The events in words, with their actors from `people`; `bodies` name the bodies of one's own by code."""
    noted = NOTED + REVIEW_NOTED if review else NOTED
    names = {user.username: user.name for user in people.values()}
    return [_told(event, people, hits or {}, noted, names, bodies or {}) for event in found]


def _told(
    event: Event,
    people: dict[int, User],
    hits: dict[int, str],
    noted: tuple[str, ...],
    names: dict[str, str],
    bodies: dict[str, str],
) -> dict[str, Any]:
    data: dict[str, Any] = event.data.get("data", {})
    title, icon, tone = SAID.get(
        event.verb, (event.verb.replace(".", " ").replace("_", " ").capitalize(), "soon", "")
    )
    who = people.get(event.actor_id)
    verdict = str(data.get("position") or data.get("stance") or data.get("outcome") or "")
    said = [_value(name, data[name], bodies) for name in TOLD if data.get(name)]
    if event.verb in HANDED:
        said.append(_handed(data, names))
    about = hits.get(int(event.object_id), "") if event.object_type == "entities.hit" else ""
    notes = [_value(name, data[name], bodies) for name in noted if data.get(name)]
    if event.is_late:
        notes.append(
            f"Entered late, on {event.recorded_at:%b} {event.recorded_at.day}, {event.recorded_at.year}"
        )
    if verdict in ("deny", "intend_to_deny", "object"):
        icon = "no"
    return {
        "at": event.at,
        "title": f"{title}:" if said else title,
        "words": " ".join(filter(None, (", ".join(said), f"by {who.name}" if who and who.is_person else ""))),
        "tone": tone or TONES.get(verdict, ""),
        "icon": icon,
        "note": " ".join(note if note[-1] in ".?!" else f"{note}." for note in notes),
        "url": reverse("entities:hit", args=[event.object_id]) if about else "",
        "link": about,
        "late": event.is_late,
    }


def _handed(data: dict[str, Any], names: dict[str, str]) -> str:
    """From whom to whom work went."""
    before, after = (names.get(data.get(end, ""), data.get(end, "")) for end in ("from", "to"))
    return " ".join(filter(None, (f"from {before}" if before else "", f"to {after}" if after else "")))


def _value(name: str, value: Any, bodies: dict[str, str]) -> str:
    if isinstance(value, list):
        return ", ".join(_value(name, each, bodies) for each in value)
    if name in ("body", "bodies") and value in bodies:
        return bodies[value]
    if name in ("condition", "question", "line"):
        return f"{name} {value}"
    if name == "quantity":
        return quantity(value)
    return str(LABELS.get(name, {}).get(value, value))

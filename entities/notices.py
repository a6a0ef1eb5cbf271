"""Whom an event of parties, hits and lists is told to, and what is told when its day has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.urls import reverse

from exportctl import notices, roles
from exportctl.models import Event, User
from exportctl.notices import Kind, Telling

from .judging import ESCALATIONS, TARGET
from .models import Duty, Hit, HitStatus, ListVersion, Party

JUDGES = frozenset({"hit.judge", "hit.agree"})
KINDS = (
    Kind("duty", "Tasks of true matches", "A task is opened, or its day is near: reports and blocks the law asks for",
         JUDGES, duty=True),
    Kind("hit", "New hits", "Hits opened by a screening or a list, and judged ones opened again", JUDGES),
    Kind("hit.mine", "Hits of mine", "Assigned or escalated to me, sent back to me, past their target", JUDGES),
    Kind("hit.second", "Hits that wait for a second person", "Somebody proposed a judgment", frozenset({"hit.agree"})),
    Kind("screening", "Screenings that failed", "A party could not be screened; decisions wait", JUDGES),
    Kind("list", "Imports held", "A version of a list waits for its release", frozenset({"list.release"})),
)  # fmt: skip
KIND_OF = {
    "party.screened": "hit", "party.screening_failed": "screening", "screening.finished": "hit",
    "hit.proposed": "hit.second", "hit.escalated": "hit.mine", "hit.assigned": "hit.mine", "hit.returned": "hit.mine",
    "hit.reopened": "hit", "duty.opened": "duty", "list.held": "list",
}  # fmt: skip
DUE_SOON = 2  # days before its day a duty is told


def on_event(event: Event, *, now: datetime) -> int:
    """Tell of an event, once a person; returns how many notices are new."""
    rule = RULES.get(event.verb)
    if rule is None:
        return 0
    told = [replace(one, kind=KIND_OF.get(event.verb, "")) for one in rule(event, event.data.get("data", {}))]
    return notices.tell(told, at=event.at, now=now, event_id=event.seq)


def on_day(*, now: datetime) -> int:
    """Tell what has come due by now and was not told yet: duties near or past their day, hits past their target.

    Each is told once for its day, so an outage delays notices and neither drops nor doubles one.
    """
    judges = _who("hit.judge")
    soon = now.date().toordinal() + DUE_SOON
    told = [
        Telling(f"duty {duty.pk} due {duty.due_on}", f"{duty.get_kind_display()} is due", judges,
                text=str(duty.hit.party), url=reverse("entities:duty", args=[duty.pk]), due_on=duty.due_on, kind="duty")
        for duty in Duty.objects.open().select_related("hit__party").order_by("pk")
        if duty.due_on.toordinal() <= soon
    ]  # fmt: skip
    begun = now - TARGET
    late = Hit.objects.unresolved().select_related("party", "assigned_to", "escalated_to").order_by("pk")
    for hit in late.exclude(assigned_to=None, escalated_to=None):
        since = hit.proposed_at or hit.escalated_at or hit.opened_at
        holder = hit.escalated_to or hit.assigned_to
        if since.date() < begun.date() and holder is not None:
            day = since.date() + TARGET
            told.append(Telling(f"hit {hit.pk} late {day}", f"A hit of yours is past its target: {hit.party}", [holder],
                                url=_hit(hit.pk), due_on=day, kind="hit.mine"))  # fmt: skip
    return notices.tell(told, at=now, now=now)


def _who(permission: str, *, but: int | None = None) -> list[User]:
    return [user for user in roles.persons_who(permission) if user.pk != but]


def _hit(pk: int) -> str:
    return reverse("entities:hit", args=[pk])


def _named(event: Event) -> str:
    found = Hit.objects.select_related("party").filter(pk=event.object_id).first()
    return str(found.party) if found else ""


def _screened(event: Event, data: dict[str, Any]) -> Sequence[Telling]:
    if not data.get("opened"):
        return ()
    party = Party.objects.get(pk=event.object_id)
    many = "A hit was" if data["opened"] == 1 else f"{data['opened']} hits were"
    url = reverse("entities:party", args=[party.pk])
    return [
        Telling(
            f"screened {event.seq}",
            f"{many} opened for {party}",
            _who("hit.judge"),
            text=data["world"],
            url=url,
        )
    ]


def _failed(event: Event, data: dict[str, Any]) -> Sequence[Telling]:
    party = Party.objects.get(pk=event.object_id)
    url = reverse("entities:party", args=[party.pk])
    return [Telling(f"failed {event.seq}", f"{party} could not be screened: decisions wait", _who("hit.judge"),
                    text=str(data.get("error", ""))[:300], url=url)]  # fmt: skip


def _covered(event: Event, data: dict[str, Any]) -> Sequence[Telling]:
    if not data.get("opened") and not data.get("reopened"):
        return ()
    title = f"{data['source']} version {data['number']}: {data['opened']} hits opened, {data['reopened']} opened again"
    return [Telling(f"covered {event.object_id}", title, _who("hit.judge"), url=reverse("entities:hits"))]


def _proposed(event: Event, data: dict[str, Any]) -> Sequence[Telling]:
    hit = Hit.objects.filter(pk=event.object_id, status=HitStatus.PROPOSED).first()
    if hit is None:
        return ()
    title = f"A hit waits for a second person: {_named(event)}"
    return [Telling(f"proposed {event.seq}", title, _who("hit.agree", but=event.actor_id), url=_hit(hit.pk))]


def _escalated(event: Event, data: dict[str, Any]) -> Sequence[Telling]:
    to = _who("hit.agree", but=event.actor_id)
    if data.get("to"):
        to = list(User.objects.filter(username=data["to"]))
    text = f"{ESCALATIONS.get(data.get('reason', ''), '')}: {data.get('note', '')}"
    return [Telling(f"escalated {event.seq}", f"A hit was escalated to you: {_named(event)}", to, text=text,
                    url=_hit(int(event.object_id)))]  # fmt: skip


def _assigned(event: Event, data: dict[str, Any]) -> Sequence[Telling]:
    to = [user for user in User.objects.filter(username=data.get("to", "")) if user.pk != event.actor_id]
    return [Telling(f"assigned {event.seq}", f"A hit was assigned to you: {_named(event)}", to,
                    url=_hit(int(event.object_id)))]  # fmt: skip


def _returned(event: Event, data: dict[str, Any]) -> Sequence[Telling]:
    last = Event.objects.filter(verb="hit.proposed", object_type=event.object_type, object_id=event.object_id,
                                seq__lt=event.seq).order_by("-seq").first()  # fmt: skip
    to = list(User.objects.filter(pk=last.actor_id)) if last else []
    return [Telling(f"returned {event.seq}", f"Your judgment was sent back: {_named(event)}", to,
                    text=str(data.get("why", "")), url=_hit(int(event.object_id)))]  # fmt: skip


def _reopened(event: Event, data: dict[str, Any]) -> Sequence[Telling]:
    day = event.at.date()
    text = f"The first: {_named(event)}, {data.get('why', '')}"
    title = f"Judged hits were opened again on {day}"
    return [Telling(f"reopened {day}", title, _who("hit.judge"), text=text, url=reverse("entities:hits"))]


def _duty(event: Event, data: dict[str, Any]) -> Sequence[Telling]:
    duty = Duty.objects.select_related("hit__party").get(pk=event.object_id)
    return [Telling(f"duty {duty.pk}", f"{duty.get_kind_display()}: {duty.hit.party}", _who("hit.judge"),
                    url=reverse("entities:duty", args=[duty.pk]), due_on=duty.due_on)]  # fmt: skip


def _held(event: Event, data: dict[str, Any]) -> Sequence[Telling]:
    version = ListVersion.objects.select_related("source").get(pk=event.object_id)
    return [Telling(f"held {version.pk}", f"{version.source}: an import is held for release",
                    _who("list.release", but=version.imported_by_id),
                    url=reverse("entities:list-version", args=[version.pk]))]  # fmt: skip


RULES: dict[str, Callable[[Event, dict[str, Any]], Sequence[Telling]]] = {
    "party.screened": _screened,
    "party.screening_failed": _failed,
    "screening.finished": _covered,
    "hit.proposed": _proposed,
    "hit.escalated": _escalated,
    "hit.assigned": _assigned,
    "hit.returned": _returned,
    "hit.reopened": _reopened,
    "duty.opened": _duty,
    "list.held": _held,
}

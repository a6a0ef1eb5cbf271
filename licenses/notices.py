"""Whom an event of a case is told to: those it waits for, and those who wait for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse

from exportctl import notices, roles
from exportctl.models import Event, User
from exportctl.notices import Kind, Telling

from .models import Application, Body, Outcome, ReviewBody

OFFICE = frozenset({"application.refer", "review.recommend", "review.advise"})
BOTH = frozenset({*OFFICE, "condition.accept"})
KINDS = (
    Kind("referral", "Cases referred to my body", "The 30 days of an agency begin (15 CFR 750.4(d)(2))",
         frozenset({"review.recommend", "review.advise"}), duty=True),
    Kind("decision", "Decisions", "A case is decided; an intent to deny is to be answered in 20 days (15 CFR 750.6(a))",
         frozenset({"application.refer", "condition.accept"}), duty=True),
    Kind("assigned", "Work given to me or taken from me", "A case or a lane changes hands", BOTH),
    Kind("decision.second", "Decisions that wait for a second person", "Somebody proposed one",
         frozenset({"decision.countersign"})),
    Kind("position", "Positions and views of the bodies", "One came, or an appeal was taken back",
         frozenset({"application.refer"})),
    Kind("question", "Questions", "Asked of me, answered to me, or still open on their day", BOTH),
    Kind("condition", "Conditions", "One waits for an answer, was declined, removed or waived", BOTH),
)  # fmt: skip
Told = tuple[str, Sequence[User], str]
Rule = Callable[[Application, dict[str, Any], Event], Told]


def on_event(event: Event, *, now: datetime) -> int:
    """Tell of an event, once a person; returns how many notices are new. Who did it is not told."""
    rules, key = RULES.get(event.verb, ()), event.object_id
    case = Application.objects.select_related("applicant").filter(pk=key).first() if rules else None
    if case is None:
        return 0
    told = [_telling(rule, case, event) for rule in rules]
    return notices.tell(told, at=event.at, now=now, event_id=event.seq)


def _telling(rule: Rule, case: Application, event: Event) -> Telling:
    data = event.data.get("data", {})
    title, to, text = rule(case, data, event)
    due = data.get("due_on")
    return Telling(
        f"case {event.seq}", f"{case.number}: {title}", [each for each in to if each.pk != event.actor_id], text=text,
        url=reverse("licenses:application", args=[case.number]), due_on=date.fromisoformat(due) if due else None,
        kind=kind_of(event.verb),
    )  # fmt: skip


def kind_of(verb: str) -> str:
    """The kind of notice that an event leads to."""
    special = {"decision.proposed": "decision.second", "recommendation.made": "position", "advice.given": "position",
               "appeal.withdrawn": "position", "inquiry": "question", "application": "assigned"}  # fmt: skip
    noun = verb.partition(".")[0]
    return special.get(verb) or special.get(noun, noun)


def _officers() -> list[User]:
    return list(roles.persons_who("application.refer"))


def _filers(case: Application) -> list[User]:
    """Who files for the applicant, and who filed this case."""
    members = roles.persons_who("condition.accept").filter(
        Q(memberships__party=case.applicant_id) | Q(pk=case.filed_by_id)
    )
    return list(members)


def _seated(body: str, on: date) -> list[User]:
    seats = Q(seats__body=body, seats__since__lte=on) & (Q(seats__until=None) | Q(seats__until__gt=on))
    right = "review.recommend" if body in Body.values else "review.advise"
    return list(roles.persons_who(right).filter(seats))


def _body(code: str) -> str:
    if code in Body.values:
        return str(Body(code).label)
    return ReviewBody.objects.filter(code=code).values_list("name", flat=True).first() or code


def _referred(case: Application, data: dict[str, Any], event: Event) -> Told:
    own = data["body"] not in Body.values
    return (
        f"{_body(data['body'])} is asked for its view" if own else f"referred to {_body(data['body'])}",
        _seated(data["body"], event.at.date()),
        f"Its target is {data['days']} days." if own else "A position is due in 30 days.",
    )


def _position(case: Application, data: dict[str, Any], event: Event) -> Told:
    return f"{_body(data['body'])} gave its position", _officers(), str(data.get("reason", ""))[:300]


def _advised(case: Application, data: dict[str, Any], event: Event) -> Told:
    return f"{_body(data['body'])} gave its view", _officers(), str(data.get("reason", ""))[:300]


def _asked(case: Application, data: dict[str, Any], event: Event) -> Told:
    return f"question {data['question']} waits for you", _filers(case), str(data.get("text", ""))


def _inquired(case: Application, data: dict[str, Any], event: Event) -> Told:
    return f"{_body(data['body'])} asks Commerce", _officers(), str(data.get("text", ""))


def _reminded(case: Application, data: dict[str, Any], event: Event) -> Told:
    to = _filers(case) if event.verb.startswith("question.") else _officers()
    return f"question {data['question']} still waits for an answer", to, ""


def _answered(case: Application, data: dict[str, Any], event: Event) -> Told:
    asker = case.questions.get(number=data["question"])
    return f"question {data['question']} is answered", [asker.asked_by], str(data.get("text", ""))


def _condition(case: Application, data: dict[str, Any], event: Event) -> Told:
    return (
        f"condition {data['condition']} waits for your answer",
        _filers(case),
        str(data.get("text", ""))[:300],
    )


def _declined(case: Application, data: dict[str, Any], event: Event) -> Told:
    origin = case.conditions.get(number=data["condition"]).origin
    to = {each.pk: each for each in (*_officers(), *_seated(origin, event.at.date()))}
    return f"condition {data['condition']} was declined", list(to.values()), str(data.get("reason", ""))[:300]


def _gone(case: Application, data: dict[str, Any], event: Event) -> Told:
    """A body reads why its condition was removed or waived."""
    origin = case.conditions.get(number=data["condition"]).origin
    what = "removed" if event.verb == "condition.removed" else "waived"
    why = str(data.get("review_reason") or data.get("reason", ""))[:300]
    return (
        f"condition {data['condition']} of {_body(origin)} was {what}",
        _seated(origin, event.at.date()),
        why,
    )


def _proposed(case: Application, data: dict[str, Any], event: Event) -> Told:
    return "a decision waits for a second person", list(roles.persons_who("decision.countersign")), ""


def _appeal_gone(case: Application, data: dict[str, Any], event: Event) -> Told:
    return "the appeal was withdrawn, the denial stands", _officers(), str(data.get("reason", ""))


def _decided(case: Application, data: dict[str, Any], event: Event) -> Told:
    outcome = str(Outcome(data["outcome"]).label).lower()
    to = {each.pk: each for each in (*_filers(case), *_officers())}
    return f"decided: {outcome}", list(to.values()), ""


def _what(data: dict[str, Any]) -> str:
    return f"the lane of {_body(data['body'])}" if data.get("body") else "the case"


def _assigned(case: Application, data: dict[str, Any], event: Event) -> Told:
    to = User.objects.filter(username=data.get("to", ""), is_active=True)
    return f"{_what(data)} is assigned to you", list(to), str(data.get("reason", ""))[:300]


def _taken(case: Application, data: dict[str, Any], event: Event) -> Told:
    """Who had it is told where it went."""
    before = User.objects.filter(username=data.get("from", ""), is_active=True)
    after = User.objects.filter(username=data.get("to", "")).first()
    where = f"goes to {after.name}" if after else "waits for anybody"
    return f"{_what(data)} is taken from you and {where}", list(before), str(data.get("reason", ""))[:300]


RULES: dict[str, tuple[Rule, ...]] = {
    "application.assigned": (_assigned, _taken),
    "application.released": (_taken,),
    "referral.opened": (_referred,),
    "recommendation.made": (_position,),
    "advice.given": (_advised,),
    "question.asked": (_asked,),
    "inquiry.asked": (_inquired,),
    "question.reminded": (_reminded,),
    "inquiry.reminded": (_reminded,),
    "question.answered": (_answered,),
    "inquiry.answered": (_answered,),
    "condition.proposed": (_condition,),
    "condition.changed": (_condition,),
    "condition.declined": (_declined,),
    "condition.removed": (_gone,),
    "condition.waived": (_gone,),
    "appeal.withdrawn": (_appeal_gone,),
    "decision.proposed": (_proposed,),
    "decision.made": (_decided,),
    "decision.recorded": (_decided,),
}

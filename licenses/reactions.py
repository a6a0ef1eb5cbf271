"""What happens on which event: one visible list."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from exportctl import outbox, people
from exportctl.models import Event, Job

from . import classifications, determinations, letterbook, notices, rulebook
from .models import Application, Decision, RuleTable
from .workflow import CLOSED

# what changes the rules, or the facts, that a kept determination rests on
CAUSES = {
    "rules.imported": "The rule tables changed",
    "policy.published": "A license review policy changed",
    "facts.recorded": "The facts changed",
    "redflag.answered": "Red flags were answered",
    "redflag.resolved": "A red flag was resolved",
    "application.amended": "The application was amended",
    "application.change_reported": "A material change was reported",
    "party.changed": "A party changed",
    "hit.closed": "A hit was closed",
}

# what makes a letter due, and how it is written
LETTERS: dict[str, dict[str, bool]] = {
    "decision.made": {},
    "decision.final": {"final": True},
    "decision.corrected": {"corrects": True},
}


def connect() -> None:
    """Register this app's readers of the event log."""
    outbox.register("case.notices", frozenset(notices.RULES), tell)
    outbox.register("determinations.renew", set(CAUSES), renew)
    outbox.register("classifications.reopen", {"rules.imported"}, reopen)
    outbox.register("letters.write", set(LETTERS), write_letter)


def tell(job: Job) -> None:
    """Those whom an event of a case concerns are told."""
    notices.on_event(job.event, now=timezone.now())


def renew(job: Job) -> None:
    """Determinations that an event may change are made again, and kept where they differ."""
    event, by = job.event, people.job_user("determinations")
    cases = list(touched(event))
    for done, case in enumerate(cases):
        outbox.beat(job, now=timezone.now(), done=done, total=len(cases))
        at = event.at if event.is_late else timezone.now()
        determinations.renew(application=case, cause=f"{CAUSES[event.verb]}.", by=by, at=at)


def reopen(job: Job) -> None:
    """Classifications under an entry that a new list changed or dropped are re-opened, once."""
    table = RuleTable.objects.get(pk=int(job.event.object_id))
    by = people.job_user("classifications")
    for eccn, what in rulebook.changes(table).items():
        classifications.reopen(
            eccn=eccn, reason=f"Entry {eccn} {what}.", read_before=table.edition_on, by=by, at=timezone.now()
        )


def write_letter(job: Job) -> None:
    """The letter of a decision is written after it, so that no decision waits for a PDF."""
    event, by = job.event, people.job_user("letters")
    decision = Decision.objects.select_related("application").get(pk=event.data["data"]["decision"])
    at = event.at if event.is_late else timezone.now()
    letterbook.write(decision=decision, **LETTERS[event.verb], by=by, at=at)


def touched(event: Event) -> Iterable[Application]:
    """The open cases with a memo that an event is about."""
    found = (
        Application.objects.exclude(status__in=CLOSED).filter(memos__isnull=False).distinct().order_by("pk")
    )
    key = int(event.object_id) if event.object_id.isdigit() else 0
    if event.verb.startswith(("facts.", "redflag.", "application.")):
        return found.filter(pk=key)
    if event.verb == "party.changed":
        return found.filter(roles__party=key)
    if event.verb == "hit.closed":
        return found.filter(roles__party__hits=key)
    return found

"""Conditions from the proposal to the last report: each step is kept with who, for which body and why.

Proposed and agreed to by the bodies of the review, accepted by the applicant (15 CFR 750.4(b)(1), (d)(2)), and
on a license shown as met or waived (750.7(d)). No condition disappears silently.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import IO, Any, cast

from exportctl import audit, roles
from exportctl.errors import Invalid, invalid, refuse
from exportctl.models import User
from exportctl.models.order import in_order
from exportctl.transitions import wrong

from . import applications, attachments, cases, limits, riders, seats
from .models import (
    Act,
    Application,
    Attachment,
    Body,
    Condition,
    ConditionStep,
    DocumentKind,
    Movement,
    PartyRole,
    StepKind,
)

MOST = 99  # conditions of one case


def propose(
    *,
    application: Application,
    code: str,
    text: str = "",
    origin: str,
    params: Mapping[str, Any] | None = None,
    due_on: date | None = None,
    addressee: str = "",
    by: User,
    at: datetime,
) -> Condition:
    """Propose a condition in a body's name; the applicant accepts it before an approval (750.4(b)(1), 750.7(d)).

    Without `text` the standard wording of the kind is used, with its figures from `params` (`riders.RIDERS`).
    Refuses a reviewer who does not sit for `origin`, and names every wrong field at once: an unknown kind,
    a figure that is missing, out of range or not the kind's, a cap that meets no line of the case. Event
    condition.proposed.
    """
    kept, found = riders.checked(code, text, params or {}, due_on)
    if origin not in Body.values:
        found.append(wrong("origin", f"'{origin}' is no review body.", f"One of: {', '.join(Body.values)}."))
    if addressee and addressee not in PartyRole.values:
        found.append(
            wrong("addressee", f"'{addressee}' is no role.", f"One of: {', '.join(PartyRole.values)}.")
        )
    if found:
        raise Invalid(found)
    with audit.action(by=by, at=at) as log:
        case = applications.move(application, "propose_condition", by, at)
        if roles.sees(by) == "body":
            seats.demand(by, origin, cases.day(at))
        _fits(case, code, kept)
        number = max((each.number for each in case.conditions.all()), default=0) + 1
        if number > MOST:
            raise refuse("too_many", f"The case has {MOST} conditions.", remedy="Change one of them instead.")
        condition = Condition.objects.create(
            application=case, number=number, code=code, text=text.strip() or riders.wording(code, kept),
            params=kept, addressee=addressee or riders.RIDERS[code].addressee, origin=origin, due_on=due_on,
            proposed_by=by, proposed_at=at,
        )  # fmt: skip
        _step(condition, StepKind.PROPOSED, by=by, at=at, body=origin, after=condition.text, params=kept)
        log("condition.proposed", case, **_told(condition), code=str(code), origin=str(origin),
            text=condition.text, due_on=due_on, params=kept)  # fmt: skip
    return condition


def change(
    *,
    condition: Condition,
    text: str = "",
    params: Mapping[str, Any] | None = None,
    due_on: date | None = None,
    reason: str = "",
    by: User,
    at: datetime,
) -> Condition:
    """Give a condition new words or figures; the number and every earlier wording stay, the filer is asked again.

    Without `text` the standard wording is used. A reviewer changes the conditions of their own body; who
    changes another body's condition says why, and that body sees it. Refuses a change that changes nothing.
    Event condition.changed.
    """
    kept, found = riders.checked(condition.code, text, params or {}, due_on)
    if found:
        raise Invalid(found)
    with audit.action(by=by, at=at) as log:
        case = applications.move(condition.application, "change_condition", by, at)
        fresh = _standing(condition, case, at)
        body = _acts_for(fresh, by, at)
        if body != fresh.origin and not reason.strip():
            raise invalid("reason", f"The condition is {fresh.get_origin_display()}'s: a reason is missing.",
                          "Say why; that body reads it.")  # fmt: skip
        _fits(case, fresh.code, kept)
        before, words = fresh.text, text.strip() or riders.wording(fresh.code, kept)
        if (words, kept, due_on) == (before, fresh.params, fresh.due_on):
            raise refuse(
                "unchanged", f"Condition {fresh.number} reads like this already.", remedy="Change it."
            )
        fresh.text, fresh.params, fresh.due_on = words, kept, due_on
        fresh.accepted_by = fresh.accepted_at = fresh.declined_at = None
        fresh.save(update_fields=["text", "params", "due_on", "accepted_by", "accepted_at", "declined_at"])
        _step(fresh, StepKind.CHANGED, by=by, at=at, body=body, before=before, after=words, params=kept,
              reason=reason)  # fmt: skip
        log("condition.changed", case, **_told(fresh), before=before, text=words, params=kept, due_on=due_on,
            for_body=body, review_reason=reason.strip())  # fmt: skip
    return fresh


def agree(*, condition: Condition, by: User, at: datetime, body: str = "") -> Condition:
    """Agree, for a body of the review or for Commerce, to a condition as it stands, or to its removal.

    A reviewer agrees for a body they sit for and the case was referred to; `body` chooses between several.
    Refuses a body that proposed or changed these words itself or agreed to them already; agreeing to a
    removal is for the body whose condition it was. Event condition.agreed.
    """
    with audit.action(by=by, at=at) as log:
        case = applications.move(condition.application, "agree_condition", by, at)
        fresh = _standing(condition, case, at, removed=True)
        wanted = body or (_only_seat(case, by, at) if roles.sees(by) == "body" else Body.COMMERCE)
        if wanted != Body.COMMERCE or roles.sees(by) == "body":
            seats.demand(by, wanted, cases.day(at))
            if wanted not in {each.body for each in case.referrals.all() if not each.own}:
                raise refuse("no_lane", "The case is not referred to that body.", field="body")
        if fresh.withdrawn_at is not None and wanted != fresh.origin:
            raise refuse("removed", f"Condition {fresh.number} is removed.",
                         remedy=f"Only {fresh.get_origin_display()} agrees to that.")  # fmt: skip
        if wanted in agreed(fresh):
            raise refuse("agreed", f"{Body(wanted).label} agrees to condition {fresh.number} already.",
                         remedy="Nothing is to be done.")  # fmt: skip
        _step(fresh, StepKind.AGREED, by=by, at=at, body=wanted)
        log("condition.agreed", case, **_told(fresh), body=str(wanted))
    return fresh


def accept(*, condition: Condition, by: User, at: datetime) -> Condition:
    """Accept a condition for the applicant, also one declined before. Refuses who proposed or changed it.

    Event condition.accepted.
    """
    with audit.action(by=by, at=at) as log:
        case = applications.move(condition.application, "accept_condition", by, at)
        fresh = _standing(condition, case, at)
        _not_the_author(fresh, by)
        if fresh.accepted_at is not None:
            raise refuse(
                "accepted", f"Condition {fresh.number} is already accepted.", remedy="Reload the page."
            )
        fresh.accepted_by, fresh.accepted_at, fresh.declined_at = by, at, None
        fresh.save(update_fields=["accepted_by", "accepted_at", "declined_at"])
        _step(fresh, StepKind.ACCEPTED, by=by, at=at, after=fresh.text)
        log("condition.accepted", case, **_told(fresh))
    return fresh


def decline(*, condition: Condition, reason: str, by: User, at: datetime) -> Condition:
    """Decline a condition for the applicant, with the reason; an acceptance may be taken back until a decision
    is proposed. Refuses who proposed or changed it, and one declined already. Event condition.declined."""
    if not reason.strip():
        raise invalid("reason", "A reason is missing.", "Say what cannot be kept, and what could be.")
    with audit.action(by=by, at=at) as log:
        case = applications.move(condition.application, "decline_condition", by, at)
        fresh = _standing(condition, case, at)
        _not_the_author(fresh, by)
        if fresh.declined_at is not None:
            raise refuse(
                "declined", f"Condition {fresh.number} is already declined.", remedy="Reload the page."
            )
        fresh.accepted_by = fresh.accepted_at = None
        fresh.declined_at = at
        fresh.save(update_fields=["accepted_by", "accepted_at", "declined_at"])
        _step(fresh, StepKind.DECLINED, by=by, at=at, after=fresh.text, reason=reason)
        log("condition.declined", case, **_told(fresh), reason=reason.strip())
    return fresh


def remove(*, condition: Condition, reason: str, by: User, at: datetime) -> Condition:
    """Remove a condition, with a written reason. The condition, its number and its steps stay on the record.

    A reviewer removes the conditions of their own body. Commerce may remove another body's: that body sees
    the reason, and its agreement is shown as outstanding until it agrees (`agree`). Event condition.removed.
    """
    if not reason.strip():
        raise invalid("reason", "A reason is missing.", "Say why; the body that proposed it reads it.")
    with audit.action(by=by, at=at) as log:
        case = applications.move(condition.application, "remove_condition", by, at)
        fresh = _standing(condition, case, at)
        body = _acts_for(fresh, by, at)
        fresh.withdrawn_at = at
        fresh.save(update_fields=["withdrawn_at"])
        _step(fresh, StepKind.REMOVED, by=by, at=at, body=body, before=fresh.text, reason=reason)
        log("condition.removed", case, **_told(fresh), origin=fresh.origin, for_body=body,
            review_reason=reason.strip())  # fmt: skip
    return fresh


def meet(
    *,
    condition: Condition,
    due_on: date | None = None,
    evidence: Attachment | None = None,
    file: IO[bytes] | None = None,
    name: str = "",
    note: str = "",
    by: User,
    at: datetime,
) -> Condition:
    """Show that what is due under a condition of a license was done, with the document that proves it (750.7(d)).

    `due_on` names the demand that is met, else the earliest open one; `evidence` is a document of the case's
    file, or `file` and `name` are kept there. Refuses a condition removed or waived, one under which nothing
    is due, a day nothing was due on, and a missing document where the kind asks for one. Event condition.met.
    """
    with audit.action(by=by, at=at) as log:
        case = applications.move(condition.application, "meet_condition", by, at)
        fresh = _standing(condition, case, at)
        wanted = _demand(fresh, case, due_on, at)
        if file is not None and evidence is None:
            evidence = attachments.attach(file=file, name=name, kind=DocumentKind.OTHER, application=case,
                                          note=f"Condition {fresh.number}", by=by, at=at)  # fmt: skip
        if evidence is None and (shows := riders.RIDERS[fresh.code].evidence):
            raise invalid(
                "evidence", f"The document is missing: {shows}.", "Add the file.", "15 CFR 750.7(d)"
            )
        if evidence is not None and (evidence.application_id != case.pk or evidence.taken_off_at is not None):
            raise invalid("evidence", "That document is not in the file of this case.", "Choose one that is.")
        if len(note) > 2000 or "\x00" in note:
            raise invalid("note", "Longer than 2000 characters or no text.", "Shorten it.")
        fresh.met_at = at
        fresh.save(update_fields=["met_at"])
        body = Body.COMMERCE if roles.sees(by) == "all" else ""
        _step(fresh, StepKind.MET, by=by, at=at, body=body, reason=note, due_on=wanted.on, evidence=evidence)
        log("condition.met", case, **_told(fresh), due_on=wanted.on, note=note.strip(),
            document=evidence.document_id if evidence else None)  # fmt: skip
    return fresh


def waive(*, condition: Condition, reason: str, by: User, at: datetime) -> Condition:
    """Waive a condition of a license from now on, with the reason; the body that proposed it sees it.

    Refuses one removed or waived already. Event condition.waived.
    """
    if not reason.strip():
        raise invalid("reason", "A reason is missing.", "Say why; the body that proposed it reads it.")
    with audit.action(by=by, at=at) as log:
        case = applications.move(condition.application, "waive_condition", by, at)
        fresh = _standing(condition, case, at)
        fresh.waived_at = at
        fresh.save(update_fields=["waived_at"])
        _step(fresh, StepKind.WAIVED, by=by, at=at, body=Body.COMMERCE, before=fresh.text, reason=reason)
        log("condition.waived", case, **_told(fresh), reason=reason.strip())
    return fresh


# Reads


def agreed(condition: Condition) -> frozenset[str]:
    """The bodies that agree to a condition as it stands now: its author, and who agreed since its last change or
    removal. Reads `steps`."""
    bodies: set[str] = set()
    for step in condition.steps.all():
        if step.kind in (StepKind.PROPOSED, StepKind.CHANGED, StepKind.REMOVED):
            bodies = {step.body}
        elif step.kind == StepKind.AGREED:
            bodies.add(step.body)
    return frozenset(bodies)


def standings(found: Iterable[Condition], on: date) -> dict[int, riders.Standing]:
    """How conditions stand on a day, by key. Reads `steps` and the case's license; two queries for shipments and
    revocations where one has a license, none where its case carries them (`shipped_said`, `revoked_said`)."""
    found = list(found)
    held = {each.pk: getattr(each.application, "license", None) for each in found}
    shipped: dict[int, list[date]] = {}
    ended: dict[int, date] = {}
    keys = set()
    for each in found:
        license, case = held[each.pk], cast("Any", each.application)
        if license is not None and hasattr(case, "shipped_said"):
            shipped[license.pk] = case.shipped_said
            ended |= {license.pk: case.revoked_said} if case.revoked_said else {}
        elif license is not None:
            keys.add(license.pk)
    if keys:
        moved = Movement.objects.filter(
            line__license__in=keys, kind=Movement.Kind.SHIPMENT, reversed_by=None
        ).order_by("shipped_on")
        for key, day in moved.values_list("line__license", "shipped_on"):
            shipped.setdefault(key, []).append(day)
        revoked = Act.objects.filter(license__in=keys, kind=Act.Kind.REVOKED)
        ended |= dict(revoked.values_list("license", "on"))
    return {each.pk: _standing_of(each, held[each.pk], shipped, ended, on) for each in found}


def _standing_of(
    condition: Condition, license: Any, shipped: dict[int, list[date]], ended: dict[int, date], on: date
) -> riders.Standing:
    met = {each.due_on: cases.day(each.at) for each in condition.steps.all() if each.kind == StepKind.MET}
    key = license.pk if license else 0
    return riders.standing(
        condition.code,
        condition.params,
        on=on,
        first_due=condition.due_on,
        issued_on=license.issued_on if license else None,
        ended_on=min(license.expires_on, ended.get(key, license.expires_on)) if license else None,
        shipped=shipped.get(key, ()),
        met=met,
        waived_on=cases.day(condition.waived_at) if condition.waived_at else None,
    )


# Inside the verbs: the case's row lock is held


def _standing(condition: Condition, case: Application, at: datetime, *, removed: bool = False) -> Condition:
    """The condition as stored, unless it is waived or (but for `removed`) removed, or `at` lies before its steps."""
    fresh = Condition.objects.prefetch_related(*in_order(Condition, "steps")).get(pk=condition.pk)
    fresh.application = case
    if fresh.withdrawn_at is not None and not removed:
        raise refuse("removed", f"Condition {fresh.number} is removed.", remedy="Reload the page.")
    if fresh.waived_at is not None:
        raise refuse("waived", f"Condition {fresh.number} is waived.", remedy="Nothing is due under it.")
    last = max(step.at for step in fresh.steps.all())
    if at < last:
        raise refuse("too_early", f"Its last step was on {last:%Y-%m-%d %H:%M} UTC.",
                     remedy="Give a later time.")  # fmt: skip
    return fresh


def _fits(case: Application, code: str, params: Mapping[str, str]) -> None:
    """A cap counts a line of the case, in its unit: else nothing would bind."""
    lines = case.lines.values_list("number", "unit") if code == limits.CAP else ()
    if code == limits.CAP and (missed := limits.placed(params, lines)):
        raise invalid(missed[0], missed[1], "Name a line of the case and its unit.")


def _acts_for(condition: Condition, by: User, at: datetime) -> str:
    """The body a person changes or removes a condition for: a reviewer for its own one, else Commerce."""
    if roles.sees(by) == "body":
        seats.demand(by, condition.origin, cases.day(at))
        return condition.origin
    return Body.COMMERCE


def _only_seat(case: Application, by: User, at: datetime) -> str:
    agencies = {each.body for each in case.referrals.all() if not each.own}
    mine = sorted(cases.seats(by, cases.day(at)) & agencies)
    if len(mine) != 1:
        raise invalid("body", "You sit for several bodies of this case." if mine else "You sit for no body of it.",
                      f"One of: {', '.join(mine)}." if mine else "Ask an administrator for a seat.")  # fmt: skip
    return mine[0]


def _not_the_author(condition: Condition, by: User) -> None:
    authors = {step.by_id for step in condition.steps.all() if step.after and step.body}
    if by.pk in authors:
        raise refuse(
            "same_person", "You wrote this condition; the applicant answers it.", remedy="Ask the filer."
        )


def _demand(condition: Condition, case: Application, due_on: date | None, at: datetime) -> riders.Demand:
    """The open demand that is met: the one of `due_on`, else the earliest."""
    held = standings([condition], cases.day(at))[condition.pk]
    rider, waiting = riders.RIDERS[condition.code], sorted(held.open, key=lambda each: each.on or date.max)
    if rider.due == riders.Due.ONCE and not held.demands:
        waiting = [riders.Demand(None, "once")]
    if due_on is not None:
        waiting = [each for each in waiting if each.on == due_on]
    if not waiting:
        what = f"Nothing is open that was due on {due_on}." if due_on else "Nothing is due under it."
        raise refuse("nothing_due", f"Condition {condition.number}: {what}", field="due_on",
                     remedy="See what is due on the license's page.")  # fmt: skip
    return waiting[0]


def _step(condition: Condition, kind: StepKind, *, by: User, at: datetime, **more: Any) -> None:
    more["reason"] = more.get("reason", "").strip()
    ConditionStep.objects.create(condition=condition, kind=kind, by=by, at=at, **more)


def _told(condition: Condition) -> dict[str, Any]:
    return {"application": condition.application.number, "condition": condition.number}

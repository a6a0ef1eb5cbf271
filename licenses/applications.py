"""The application's verbs: draft, submit, register, file, withdraw; and `move`, the one gate of its status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Greatest

from entities.models import Party
from exportctl import audit, roles, transitions
from exportctl.errors import Invalid, NotAllowed, Refused, invalid, refuse
from exportctl.models import User
from exportctl.transitions import NextAction

from . import cases, drafts, workflow
from .blocks import BLOCKS, NOT_COPIED
from .cases import facts, gaps
from .models import (
    Application,
    ApplicationParty,
    DecisionState,
    FiledVersion,
    Kind,
    PartyRole,
    Route,
    UnregisteredReturn,
)
from .workflow import CLOSED, Status

__all__ = [
    "begin_review", "copy", "demand", "drop_proposal", "facts", "gaps", "locked", "mark_filed", "move",
    "next_actions", "register", "return_unregistered", "save_draft", "start", "submit", "withdraw",
]  # fmt: skip

# the event of each action that changes the status by itself; decisions log their own
EVENTS = {
    "submit": "application.submitted",
    "register": "application.registered",
    "begin_review": "application.begun",
    "mark_filed": "application.filed",
    "return_unregistered": "application.returned_unregistered",
    "refer": "application.referred",
    "convene": "application.convened",
    "escalate": "application.escalated",
    "withdraw": "application.withdrawn",
    "lapse": "decision.final",
}


def start(
    *,
    applicant: Party,
    kind: str = Kind.EXPORT,
    route: str = Route.OFFICE,
    by: User,
    at: datetime,
    **blocks: Any,
) -> Application:
    """Start a draft for a company and give it its control number, Z and six digits (748.6(b)).

    `blocks` are answers to the form's blocks, all optional here. Refuses an unknown kind, route or
    block, and a filer who is no member of the company. Event application.created.
    """
    roles.require(by, "application.file", person=True)
    if kind not in Kind.values:
        raise invalid("kind", f"'{kind}' is no type of application.", f"One of: {', '.join(Kind.values)}.")
    if route not in Route.values:
        raise invalid("route", f"'{route}' is no route.", f"One of: {', '.join(Route.values)}.")
    answers = drafts.checked_blocks(blocks)
    _may_file_for(applicant, by)
    with audit.action(by=by, at=at) as log:
        case = Application.objects.create(
            number=_number(),
            applicant=applicant,
            kind=kind,
            route=route,
            filed_by=by,
            created_at=at,
            **answers,
        )
        ApplicationParty.objects.create(application=case, role=PartyRole.APPLICANT, party=applicant)
        log(
            "application.created",
            case,
            application=case.number,
            applicant=applicant.pk,
            kind=str(kind),
            route=str(route),
        )
    return case


def copy(*, application: Application, by: User, at: datetime, **changed: Any) -> Application:
    """Start a new draft with the parties, lines and answers of an earlier case of the same company.

    The lines are picked afresh from the item master; the statements about the goods of that day are asked
    again (`blocks.NOT_COPIED`). `changed` are blocks that differ. Event application.created with the earlier
    number.
    """
    roles.require(by, "application.file", person=True)
    _may_file_for(application.applicant, by)
    kept = {name: getattr(application, name) for name in BLOCKS if name not in NOT_COPIED}
    answers = drafts.checked_blocks({**kept, **changed})
    with audit.action(by=by, at=at) as log:
        case = Application.objects.create(
            number=_number(),
            applicant=application.applicant,
            kind=application.kind,
            route=application.route,
            filed_by=by,
            created_at=at,
            copied_from=application,
            **answers,
        )
        drafts.replace_roles(
            case,
            [(each.role, each.party, each.end_use) for each in application.roles.select_related("party")],
        )
        drafts.replace_lines(
            case,
            [
                {"item": line.item, "quantity": line.quantity, "unit_price": line.unit_price}
                for line in application.lines.select_related("item").order_by("number")
            ],
        )
        log("application.created", case, application=case.number, applicant=case.applicant_id, kind=case.kind,
            route=case.route, copied_from=application.number)  # fmt: skip
    return case


def save_draft(
    *,
    application: Application,
    version: int,
    by: User,
    at: datetime,
    blocks: Mapping[str, Any] | None = None,
    roles: Iterable[drafts.Given] | None = None,
    lines: Iterable[Mapping[str, Any]] | None = None,
    if_match: bool = False,
    page: str = "",
) -> Application:
    """Save a draft as a whole: the blocks given, all roles (748.5) and all lines (block 22).

    `roles` and `lines` replace what stands; None leaves them. A line is item, quantity, unit price and
    perhaps the total in US dollars. Raises Conflict with what changed when `version` is not the stored one
    (Stale when it came by If-Match), Invalid with every wrong field, Refused when the case is no draft.
    `page` names the open page that saves: its own earlier autosave is no conflict. No event: a draft is
    logged when it starts and is submitted.
    """
    parts = drafts.checked(application.applicant, blocks, roles, lines)
    with transaction.atomic():
        case = locked(application)
        demand(case, "edit", by, at)
        if version != case.version and not (page and page == case.saved_page):
            raise drafts.conflict(case, version, parts, stale=if_match)
        case.saved_at, case.saved_by, case.saved_page = at, by, page
        write(case, parts, "saved_at", "saved_by", "saved_page")
    return Application.objects.with_dossier().get(pk=case.pk)


def write(case: Application, parts: drafts.Parts, *also: str, as_filed: bool = False) -> None:
    """Write checked parts into a locked case and raise its version. `also` names other columns set on it;
    `as_filed` leaves the items that stay as they were filed."""
    for name, value in parts.answers.items():
        setattr(case, name, value)
    case.version += 1
    case.save(update_fields=[*parts.answers, *also, "version"])
    if parts.roles is not None:
        drafts.replace_roles(case, parts.roles)
    if parts.lines is not None:
        drafts.replace_lines(case, parts.lines, as_filed=as_filed)


def next_actions(application: Application, by: User, on: date) -> list[NextAction]:
    """What `by` may do with the case on a day, and what blocks each action."""
    return workflow.next_actions(facts(application, by, on))


def locked(application: Application) -> Application:
    """The case as stored, its row locked until the transaction ends (weak enough for foreign keys)."""
    rows = Application.objects.with_dossier().select_for_update(no_key=True, of=("self",))
    return rows.get(pk=application.pk)


def move(
    application: Application, action: str, by: User, at: datetime, *, target: str | None = None, **data: Any
) -> Application:
    """The one gate: lock the row, ask the table, change the status with its paired columns, log.

    `target` names the status an action with several outcomes leads to; it must be a legal pair of the
    table. `data` goes into the event. Raises NotAllowed without the permission, Refused with all
    blockers at once. Returns the locked, fresh case; the caller's object is left as it was.
    """
    with audit.action(by=by, at=at) as log:
        case = locked(application)
        transition = demand(case, action, by, at)
        wanted = target or transition.target or case.status
        if wanted not in workflow.targets(action, case.status):
            raise refuse(
                "illegal_pair", f"'{transition.label}' does not lead from {case.status} to {wanted}."
            )
        before = case.status
        case.status = wanted
        case.version += 1
        if action == "submit":
            case.submitted_at = at
        if action == "register":
            case.registered_at = at
        if wanted not in CLOSED or before not in CLOSED:  # what is done on a closed case leaves its day
            case.closed_at = at if wanted in CLOSED else None  # an appeal opens a denial again
        if wanted in CLOSED or wanted == Status.PRESIDENT:
            case.stops.filter(ended_at=None).update(ended_at=Greatest("started_at", at), ended_by=by)
        case.save(update_fields=["status", "version", "submitted_at", "registered_at", "closed_at"])
        if action in EVENTS:
            log(
                EVENTS[action], case, **{"application": case.number, "from": before, "status": wanted, **data}
            )
    return case


def submit(*, application: Application, by: User, at: datetime) -> Application:
    """Certify and submit a complete draft (748.1, block 25).

    Names, countries and addresses of the parties are kept as filed, the whole application as its version
    1, and the screening of the parties is asked for. Refuses with every gap at once. Event
    application.submitted with the keys of the parties.
    """
    with audit.action(by=by, at=at):
        parties = sorted(set(application.roles.values_list("party_id", flat=True)))
        case = move(application, "submit", by, at, parties=parties)
        case.certified_by = by
        case.save(update_fields=["certified_by"])
        keep_as_filed(case)
        FiledVersion.objects.create(
            application=case, number=1, answers=drafts.state(case), made_by=by, made_at=at
        )
    return case


def keep_as_filed(case: Application) -> None:
    """Keep the name, country and address of each party as they stand on the day of filing."""
    rows = list(case.roles.select_related("party").prefetch_related("party__addresses"))
    for row in rows:
        if not row.name_as_filed:
            row.name_as_filed, row.country_as_filed = row.party.name, row.party.country
            row.address_as_filed = str(next(iter(row.party.addresses.all()), ""))
    ApplicationParty.objects.bulk_update(rows, ["name_as_filed", "country_as_filed", "address_as_filed"])


def register(*, application: Application, by: User, at: datetime) -> Application:
    """Register a submitted case: day 0 of the 90 (750.4(a)). Office route only. Event application.registered."""
    return move(application, "register", by, at)


def return_unregistered(
    *, application: Application, defects: Iterable[str], contact: str, by: User, at: datetime
) -> UnregisteredReturn:
    """Return a filing that cannot be registered, with the defects nobody cured (750.4(a)(2)). Office route only.

    `contact` says how the applicant was asked to cure them. Refuses a notice that lists no defect. Event
    application.returned_unregistered.
    """
    listed = [each.strip() for each in defects if each.strip()]
    how = contact.strip()
    found: list[transitions.Blocker] = []
    if not listed or len(listed) > 50 or any(len(each) > 1000 or "\x00" in each for each in listed):
        found += invalid("defects", "The notice lists the defects: 1 to 50, each of up to 1000 characters.",
                         "Name each defect on a line of its own.", "15 CFR 750.4(a)(2)").blockers  # fmt: skip
    if not how or len(how) > 2000 or "\x00" in how:
        found += invalid("contact", "How the applicant was asked is missing, or longer than 2000 characters.",
                         "Say when and how, and what came of it.", "15 CFR 750.4(a)(2)").blockers  # fmt: skip
    if found:
        raise Invalid(found)
    with audit.action(by=by, at=at):
        case = move(application, "return_unregistered", by, at, defects=listed, contact=how)
        return UnregisteredReturn.objects.create(application=case, defects=listed, contact=how, by=by, at=at)


def begin_review(*, application: Application, by: User, at: datetime) -> Application:
    """Begin the company's internal review; another person closes it. Event application.begun."""
    with audit.action(by=by, at=at):
        case = move(application, "begin_review", by, at)
        case.review_by = by
        case.save(update_fields=["review_by"])
    return case


def mark_filed(*, application: Application, external_number: str, by: User, at: datetime) -> Application:
    """Note that the case was filed with the agency under its number, outside this product.

    Refuses whoever began the internal review, and a missing or overlong number. Event application.filed.
    """
    number = external_number.strip()
    if not number or len(number) > 20:
        raise invalid("external_number", "The agency's number is missing or longer than 20 characters.",
                      "Type the application control number the agency gave.", "15 CFR 748.6(b)")  # fmt: skip
    with audit.action(by=by, at=at):
        case = move(application, "mark_filed", by, at, external_number=number)
        case.external_number = number
        case.save(update_fields=["external_number"])
    return case


def withdraw(*, application: Application, by: User, at: datetime, reason: str = "") -> Application:
    """Withdraw a case that is not decided; an open proposal is sent back. Event application.withdrawn."""
    with audit.action(by=by, at=at) as log:
        case = move(application, "withdraw", by, at, reason=reason)
        drop_proposal(case, "The applicant withdrew the application.", by=by, at=at, log=log)
    return case


def drop_proposal(case: Application, reason: str, *, by: User, at: datetime, log: audit.Log) -> None:
    """Send an open proposal back because the case ended without it. The case's row must be locked."""
    proposal = cases.proposed(case)
    if proposal is not None:
        proposal.state = DecisionState.SENT_BACK
        proposal.sent_back_reason = reason
        proposal.save(update_fields=["state", "sent_back_reason"])
        log("decision.sent_back", case, application=case.number, decision=proposal.pk, outcome=proposal.outcome,
            reason=reason)  # fmt: skip


def demand(case: Application, action: str, by: User, at: datetime) -> transitions.Transition:
    """The table's row for an action, once nothing stands against it."""
    transition = transitions.find(workflow.TRANSITIONS, action, case.status)
    if transition is None:
        raise refuse("unknown_action", f"There is no action '{action}'.")
    roles.require(by, transition.permission, person=transition.persons_only)
    blockers = transitions.blockers(transition, facts(case, by, cases.day(at)))
    if blockers:
        raise Refused(blockers)
    last = max(filter(None, (case.created_at, case.submitted_at, case.registered_at)))
    if at < last:
        raise refuse("too_early", f"The case's last step was on {last:%Y-%m-%d %H:%M} UTC, after the time given.",
                     remedy="Give a time that is not earlier.")  # fmt: skip
    return transition


def _may_file_for(applicant: Party, by: User) -> None:
    if roles.sees(by) == "own" and not applicant.members.filter(user=by).exists():
        raise NotAllowed(
            transitions.Blocker(
                "not_a_member", f"You do not act for {applicant.name}.", field="applicant",
                remedy="Choose a company you are a member of, or ask to be made one.",
            )
        )  # fmt: skip


def _number() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('licenses_application_number')")
        return f"Z{cursor.fetchone()[0]:06d}"

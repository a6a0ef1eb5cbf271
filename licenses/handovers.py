"""Whose draft it is: shared with the team, handed to a colleague, a leaver's drafts reassigned."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, QuerySet

from exportctl import audit, roles
from exportctl.errors import Invalid, NotAllowed, invalid, refuse
from exportctl.models import User
from exportctl.transitions import Blocker

from .models import Application
from .workflow import Status


def share(*, application: Application, shared: bool, by: User, at: datetime) -> Application:
    """Show a draft to everybody who files for the company, or keep it to its author.

    Refuses a case that is no draft, and anybody but the author. Event draft.shared or draft.kept_private.
    """
    roles.require(by, "application.file", person=True)
    with audit.action(by=by, at=at) as log:
        case = _draft(application)
        if case.filed_by_id != by.pk:
            raise NotAllowed(Blocker("not_author", f"The draft is {case.filed_by.name}'s.", field="shared",
                                     remedy="Ask them, or have it reassigned to you."))  # fmt: skip
        case.shared = shared
        case.save(update_fields=["shared"])
        log("draft.shared" if shared else "draft.kept_private", case, application=case.number)
    return case


def reassign(*, application: Application, to: User, by: User, at: datetime) -> Application:
    """Hand a draft to another filer of the same company.

    By its author, or by who may reassign drafts. Refuses a case that is no draft, a receiver who does not
    act for the company, is away for good, or has it already. Event draft.reassigned.
    """
    with audit.action(by=by, at=at) as log:
        case = _draft(application)
        if case.filed_by_id != by.pk:
            roles.require(by, "draft.reassign", person=True)
        _may_receive(case, to)
        before, case.filed_by = case.filed_by, to
        case.save(update_fields=["filed_by"])
        log("draft.reassigned", case, application=case.number, before=before.username, after=to.username)
    return case


def reassign_all(*, leaver: User, to: User, by: User, at: datetime) -> list[Application]:
    """Hand every draft of a leaver to one colleague, all or none. Event draft.reassigned each.

    Refuses with everything that stands against it: each company the colleague does not act for.
    """
    roles.require(by, "draft.reassign", person=True)
    with audit.action(by=by, at=at):
        found: dict[Blocker, None] = {}
        moved = []
        for case in Application.objects.filter(status=Status.DRAFT, filed_by=leaver).order_by("pk"):
            try:
                moved.append(reassign(application=case, to=to, by=by, at=at))
            except Invalid as no:
                found |= dict.fromkeys(no.blockers)
        if found:
            raise Invalid(found)
    return moved


def colleagues(application: Application) -> QuerySet[User]:
    """The persons who may receive a draft: they file, for its company, and do not have it."""
    found = roles.persons_who("application.file").filter(memberships__party=application.applicant_id)
    return found.exclude(pk=application.filed_by_id)


def authors() -> list[User]:
    """Who has drafts, by name, each with their number (`drafts`), also those who are not active any more."""
    drafts = Application.objects.filter(status=Status.DRAFT).order_by().values("filed_by")
    counted = dict(drafts.annotate(count=Count("pk")).values_list("filed_by", "count"))
    found = list(User.objects.filter(pk__in=counted).order_by("first_name", "last_name", "username"))
    for user in found:
        user.drafts = counted[user.pk]  # type: ignore[attr-defined]
    return found


def _draft(application: Application) -> Application:
    case = (
        Application.objects.select_related("filed_by", "applicant")
        .select_for_update(no_key=True, of=("self",))
        .get(pk=application.pk)
    )
    if case.status != Status.DRAFT:
        raise refuse("no_draft", f"{case.number} is filed: its filer stays on record.")
    return case


def _may_receive(case: Application, to: User) -> None:
    if not to.is_active or not to.is_person or not roles.may(to, "application.file"):
        raise invalid("to", f"{to.name} cannot file applications.", "Choose a filer who is with the company.")
    if roles.sees(to) == "own" and not case.applicant.members.filter(user=to).exists():
        raise invalid("to", f"{to.name} does not act for {case.applicant.name}.",
                      "Make them a member of the company first.")  # fmt: skip
    if case.filed_by_id == to.pk:
        raise invalid("to", f"{to.name} has it already.", "Choose somebody else.")

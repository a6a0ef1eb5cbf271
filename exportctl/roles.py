"""Who may do what: one table, a sentence a role and what it sees. The domain says when.

Synced to Django groups by `manage.py seed`; a group's name is its role's code.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from .errors import NotAllowed
from .models import User
from .transitions import Blocker

READ = frozenset(
    {
        "party.read",
        "list.read",
        "application.read",
        "license.read",
        "policy.read",
        "review.read",
        "body.read",
        "delegation.read",
    }
)


@dataclass(frozen=True, slots=True)
class Role:
    """`sees`: own = cases and parties of the companies one is a member of; body = cases referred to
    one's review body; all = everything."""

    code: str
    title: str
    sentence: str
    sees: str
    permissions: frozenset[str]


SEES = {
    "own": "Cases and exporters of the companies they belong to; customers are shared",
    "body": "Cases referred to the review body they sit for; all parties",
    "all": "Everything",
    "none": "No case and no party",
}

ROLES: dict[str, Role] = {
    role.code: role
    for role in (
        Role(
            "filer",
            "Filer",
            "Prepares and files applications for the companies they belong to, answers questions, "
            "accepts conditions and records shipments.",
            "own",
            frozenset(
                {
                    "party.read", "party.register", "party.change", "list.read", "item.change", "item.reopen",
                    "application.read", "application.file", "application.withdraw", "condition.accept",
                    "condition.meet", "question.answer", "application.assign",
                    "license.read", "usage.record", "policy.read", "screening.run", "document.attach",
                    "deemed.read", "redflag.answer", "determination.propose", "personal.read",
                }
            ),
        ),
        Role(
            "officer",
            "Licensing officer",
            "Registers and refers cases, records rulings, judges hits, opens and closes holds, and proposes decisions.",
            "all",
            READ
            | {
                "party.register", "party.change", "item.change", "item.reopen", "hit.judge", "screening.run",
                "application.file", "application.withdraw", "application.register", "application.refer",
                "application.hold", "application.assign", "question.ask", "question.answer", "condition.propose",
                "condition.meet", "decision.propose",
                "decision.record", "usage.record", "usage.reverse", "license.suspend", "report.export", "list.house",
                "confidential.read", "document.attach", "redflag.answer", "deemed.read", "item.review",
                "draft.reassign", "determination.propose", "personal.read", "ladder.rule", "ladder.escalate",
                "policy.hold", "letter.write",
            },
        ),
        Role(
            "reviewer",
            "Agency reviewer",
            "Gives the position of a review body on cases referred to it, proposes conditions, escalates rulings.",
            "body",
            frozenset(
                {
                    "party.read", "list.read", "application.read", "license.read", "policy.read",
                    "review.recommend", "question.ask", "condition.propose", "application.hold",
                    "application.assign", "ladder.escalate", "review.read", "body.read", "delegation.read",
                }
            ),
        ),
        Role(
            "adviser",
            "Adviser",
            "Gives the view of a body of one's own, such as legal or engineering, on cases it was asked about.",
            "body",
            frozenset(
                {
                    "party.read", "list.read", "application.read", "license.read", "policy.read",
                    "application.assign", "review.advise", "review.read", "body.read",
                }
            ),
        ),
        Role(
            "approver",
            "Approver",
            "Countersigns or sends back what another person proposed: decisions, hits, revocations.",
            "all",
            READ
            | {
                "hit.judge", "hit.agree", "decision.countersign", "condition.waive", "license.suspend",
                "license.revoke", "list.release", "report.export", "item.review", "document.hold", "determination.sign",
                "personal.read", "policy.hold", "policy.lift", "delegation.record",
            },
        ),
        Role(
            "senior_approver",
            "Senior approver",
            "Countersigns like an approver, also approvals that override a policy of denial.",
            "all",
            READ
            | {
                "hit.judge", "hit.agree", "decision.countersign", "decision.override", "condition.waive",
                "license.suspend",
                "license.revoke", "list.release", "report.export", "item.review", "document.hold",
                "determination.sign", "personal.read", "policy.hold", "policy.lift", "delegation.record",
            },
        ),
        Role(
            "list_manager",
            "List manager",
            "Imports restricted-party lists, keeps house lists and proposes the release of held imports.",
            "all",
            frozenset(
                {
                    "party.read", "list.read", "list.import", "list.release", "list.house",
                    "confidential.read", "policy.read", "rules.import", "personal.read",
                }
            ),
        ),
        Role(
            "auditor",
            "Auditor",
            "Reads everything, exports reports and verifies the event log; changes nothing.",
            "all",
            READ | {"report.export", "audit.read", "event.read", "confidential.read", "deemed.read"},
        ),
        Role(
            "integration",
            "Integration",
            "A machine that reads decisions and licenses, screens names and records shipments over the API.",
            "all",
            READ | {"event.read", "screening.run", "usage.record", "party.register", "party.change"},
        ),
        Role(
            "administrator",
            "Administrator",
            "Manages people, roles, review bodies and API keys; decides nothing and judges nothing.",
            "none",
            frozenset(
                {"people.manage", "audit.read", "list.read", "draft.reassign", "body.read", "body.manage"}
            ),
        ),
    )
}  # fmt: skip

# Work of the product's own jobs; no person holds it.
JOB_PERMISSIONS = frozenset(
    {
        "screening.run",
        "decision.lapse",
        "report.export",
        "rules.import",
        "determination.propose",
        "item.reopen",
        "letter.write",
    }
)


def roles_of(user: User) -> tuple[Role, ...]:
    """The user's roles, read once a request."""
    if not hasattr(user, "_roles"):
        codes = user.groups.values_list("name", flat=True) if user.pk and user.is_active else ()
        user._roles = tuple(ROLES[code] for code in sorted(codes) if code in ROLES)  # type: ignore[attr-defined]
    return user._roles  # type: ignore[attr-defined, no-any-return]


def forget(user: User) -> None:
    """Read the user's roles afresh next time: they were changed."""
    user.__dict__.pop("_roles", None)


def permissions_of(user: User) -> frozenset[str]:
    """What the user may do: the union of the roles, cut down to the scopes of an API key."""
    if user.kind == User.Kind.JOB:
        return JOB_PERMISSIONS
    granted = frozenset().union(*(role.permissions for role in roles_of(user)))
    return granted if user.key_scopes is None else granted & user.key_scopes


def persons_who(permission: str) -> QuerySet[User]:
    """The active persons one of whose roles includes the permission, by name."""
    codes = [role.code for role in ROLES.values() if permission in role.permissions]
    found = User.objects.filter(kind=User.Kind.PERSON, is_active=True, groups__name__in=codes)
    return found.order_by("first_name", "last_name", "username").distinct()


def sees(user: User) -> str:
    """The widest row scope of the user's roles: all, body, own or none. Jobs see all."""
    if user.kind == User.Kind.JOB:
        return "all"
    scopes = {role.sees for role in roles_of(user)}
    return next((scope for scope in ("all", "body", "own") if scope in scopes), "none")


def may(user: User, permission: str) -> bool:
    """Whether one of the user's roles includes the permission."""
    return permission in permissions_of(user)


def require(user: User, permission: str, *, person: bool = False) -> None:
    """Refuse with NotAllowed unless the user may; `person` also refuses machines."""
    if person and not user.is_person:
        raise NotAllowed(
            Blocker(
                "person_required", "Only a person may do this.", remedy="Sign in with a personal account."
            )
        )
    if not may(user, permission):
        holders = ", ".join(role.title for role in ROLES.values() if permission in role.permissions)
        raise NotAllowed(
            Blocker(
                "not_permitted",
                f"Your roles do not include '{permission}'.",
                remedy=f"Held by: {holders or 'no role'}. Ask an administrator, or hand the case over.",
            )
        )

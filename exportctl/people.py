"""The verbs on people and keys: each is an event."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import Group

from . import audit, roles
from .errors import invalid
from .models import ApiKey, User

LONGEST_KEY = timedelta(days=366)


def create(
    *,
    username: str,
    by: User | None,
    at: datetime,
    password: str | None = None,
    hashed: str = "",
    first_name: str = "",
    last_name: str = "",
    email: str = "",
    kind: str = User.Kind.PERSON,
    role_codes: tuple[str, ...] = (),
) -> User:
    """Create an actor with roles. `by` None is the set-up of an installation, which job:setup stands for.

    Refuses a missing or taken user name and an unknown role; needs people.manage, as a person.
    """
    if by is not None:
        roles.require(by, "people.manage", person=True)
    if not username.strip():
        raise invalid("username", "The user name is missing.", remedy="Choose one.")
    if User.objects.filter(username=username).exists():
        raise invalid("username", f"The user name '{username}' is taken.", remedy="Choose another one.")
    user = User(username=username, first_name=first_name, last_name=last_name, email=email, kind=kind)
    if hashed:
        user.password = hashed
    elif password is None:
        user.set_unusable_password()
    else:
        user.set_password(password)
    user.is_staff = kind == User.Kind.PERSON
    with audit.action(by=by or job_user("setup"), at=at) as log:
        user.save()
        user.groups.add(*_groups(role_codes))
        log("user.created", user, username=username, kind=str(kind), roles=sorted(role_codes))
    return user


def assign_roles(*, user: User, role_codes: tuple[str, ...], by: User, at: datetime) -> User:
    """Replace the user's roles. Nobody changes their own; needs people.manage."""
    roles.require(by, "people.manage", person=True)
    if user.pk == by.pk:
        raise invalid("roles", "Nobody changes their own roles.", remedy="Ask another administrator.")
    with audit.action(by=by, at=at) as log:
        before = sorted(user.groups.values_list("name", flat=True))
        user.groups.set(_groups(role_codes))
        roles.forget(user)
        log("user.roles_assigned", user, before=before, after=sorted(role_codes))
    return user


def deactivate(*, user: User, reason: str, by: User, at: datetime) -> User:
    """End a leaver's access at once: sign-in, sessions and API keys."""
    roles.require(by, "people.manage", person=True)
    if user.pk == by.pk:
        raise invalid("user", "Nobody deactivates themselves.", remedy="Ask another administrator.")
    with audit.action(by=by, at=at) as log:
        user.is_active = False
        user.save(update_fields=["is_active"])
        keys = sorted(user.api_keys.filter(revoked_at=None).values_list("prefix", flat=True))
        user.api_keys.filter(revoked_at=None).update(revoked_at=at)
        log("user.deactivated", user, reason=reason, keys=keys)
    return user


def issue_key(
    *, user: User, name: str, scopes: tuple[str, ...], expires_at: datetime, by: User, at: datetime
) -> tuple[ApiKey, str]:
    """Issue an API key to a service user; returns it with its secret, shown this once.

    Refuses persons and inactive users as holders, unknown scopes and an expiry over 366 days away; needs
    people.manage, as a person.
    """
    roles.require(by, "people.manage", person=True)
    known = frozenset().union(*(role.permissions for role in roles.ROLES.values()))
    if user.kind != User.Kind.SERVICE:
        raise invalid("user", "API keys belong to service users.", remedy="Create a service user first.")
    if not user.is_active:
        raise invalid("user", f"{user} is deactivated.", remedy="Choose another service user.")
    if unknown := sorted(set(scopes) - known):
        raise invalid("scopes", f"Unknown scopes: {', '.join(unknown)}.", remedy="See the roles table.")
    if not at < expires_at <= at + LONGEST_KEY:
        raise invalid("expires_at", "A key lasts at most 366 days.", remedy="Choose an earlier day.")
    prefix, secret = f"exk_{secrets.token_hex(4)}", secrets.token_urlsafe(32)
    full = f"{prefix}.{secret}"
    with audit.action(by=by, at=at) as log:
        key = ApiKey.objects.create(
            user=user,
            name=name,
            prefix=prefix,
            digest=ApiKey.digest_of(full),
            scopes=sorted(scopes),
            created_by=by,
            created_at=at,
            expires_at=expires_at,
        )
        log("key.issued", key, user=user.username, name=name, scopes=sorted(scopes), expires_at=expires_at)
    return key, full


def revoke_key(*, key: ApiKey, reason: str, by: User, at: datetime) -> ApiKey:
    """Revoke an API key at once. Revoking twice changes nothing; needs people.manage, as a person."""
    roles.require(by, "people.manage", person=True)
    if key.revoked_at is None:
        with audit.action(by=by, at=at) as log:
            key.revoked_at = at
            key.save(update_fields=["revoked_at"])
            log("key.revoked", key, reason=reason)
    return key


def job_user(name: str) -> User:
    """The named job as an actor, for example job:screening."""
    user, _ = User.objects.get_or_create(
        username=f"job:{name}", defaults={"kind": User.Kind.JOB, "password": "!"}
    )
    return user


def _groups(role_codes: tuple[str, ...]) -> list[Group]:
    if unknown := sorted(set(role_codes) - set(roles.ROLES)):
        raise invalid("roles", f"Unknown roles: {', '.join(unknown)}.", remedy="See the roles table.")
    standing = {group.name: group for group in Group.objects.filter(name__in=role_codes)}
    return [standing.get(code) or Group.objects.get_or_create(name=code)[0] for code in role_codes]

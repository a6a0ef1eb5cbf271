"""What the frame of every page shows: who is signed in, the menu, the foot and the standing banners.

The apps add to it from their `ready()` and the platform stays ignorant of them:
`shell.foot.append(lines)`, `shell.banners.append(...)`, `shell.counts["licenses:work"] = count`.
Each is called with the request, at most once a page and only when the frame is drawn; one query each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from . import exports
from .roles import permissions_of, roles_of


@dataclass(frozen=True, slots=True)
class Banner:
    """A standing fact and one way to act on it: `fact` in bold, `words` after it."""

    fact: str
    words: str = ""
    tone: str = "soon"
    url: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the menu, shown to whoever holds the permission (empty: to everyone signed in)."""

    name: str
    icon: str
    label: str
    permission: str = ""


PLACES = (
    Place("licenses:work", "work", "My work"),
    Place("entities:hits", "warn", "Hits", "party.read"),
    Place("entities:parties", "party", "Parties", "party.read"),
    Place("entities:names", "search", "Screen names", "screening.run"),
    Place("licenses:items", "item", "Items", "application.read"),
    Place("licenses:applications", "application", "Applications", "application.read"),
    Place("licenses:determinations", "good", "Determinations", "application.read"),
    Place("licenses:licenses", "license", "Licenses", "license.read"),
    Place("entities:lists", "list", "Lists", "list.read"),
    Place("licenses:policies", "policy", "Policy", "policy.read"),
    Place("licenses:bodies", "person", "Review bodies", "body.manage"),
    Place("licenses:reports", "stats", "Reports", "report.export"),
    Place("exportctl:notices", "info", "Notices"),
    Place("exportctl:audit", "audit", "Audit", "audit.read"),
)

foot: list[Callable[[HttpRequest], Iterable[str]]] = []
banners: list[Callable[[HttpRequest], Iterable[Banner]]] = []
counts: dict[str, Callable[[HttpRequest], int | None]] = {}


def address(name: str) -> str:
    """The path of a named page, or "" where the page does not exist."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def context(request: HttpRequest) -> dict[str, Any]:
    """The context processor: nothing is asked of the database before a template shows it."""
    now = timezone.now()
    return {
        "today": timezone.localdate(now),
        "now": now,
        "nav": SimpleLazyObject(lambda: menu(request)),
        "shell": SimpleLazyObject(lambda: frame(request, now)),
    }


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """The entries this user may see, with the one that holds the page marked as current."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    may = permissions_of(user)
    shown: list[dict[str, Any]] = [
        {"name": place.name, "icon": place.icon, "label": place.label, "url": url, "count": None}
        for place in PLACES
        if (not place.permission or place.permission in may) and (url := address(place.name))
    ]
    for entry in shown:
        if entry["name"] in counts:
            entry["count"] = counts[entry["name"]](request)
    inside = [entry for entry in shown if _holds(entry["url"], request.path)]
    current = max(inside, key=lambda entry: len(entry["url"]), default=None)
    for entry in shown:
        entry["current"] = entry is current
    return shown


def _holds(url: str, path: str) -> bool:
    return path == url or (url != "/" and path.startswith(url))


def frame(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """What stands around the page: name, roles, search, foot, banners, the end of the session."""
    user: Any = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    names = address("licenses:search") or address("entities:parties")
    return {
        "signed_in": signed_in,
        "name": str(user) if signed_in else "",
        "roles": role_words(user) if signed_in else "",
        "search": names,
        "home": address("licenses:work") or "/",
        "admin": address("admin:index") if signed_in and user.is_staff else "",
        "docs": address("api-docs"),
        "workflow": address("licenses:workflow"),
        "security": address("mfa_index"),
        "password": address("account_change_password"),
        "sign_in": address("account_login"),
        "sign_out": address("account_logout"),
        "stay": address("exportctl:stay"),
        "session_seconds": session_seconds(request, now) if signed_in else None,
        "foot": [line for lines in foot for line in lines(request)] if signed_in else [],
        "banners": [banner for each in banners for banner in each(request)] if signed_in else [],
    }


def role_words(user: Any) -> str:
    """The user's roles as one reads them: "Licensing officer, Approver"."""
    return ", ".join(role.title for role in roles_of(user)) or "No role yet"


def session_seconds(request: HttpRequest, now: datetime) -> int | None:
    """Seconds until the session ends at the latest known moment; None where there is none."""
    session, signed_in = getattr(request, "session", None), getattr(request.user, "last_login", None)
    if session is None or signed_in is None:
        return None
    ends = signed_in + timedelta(seconds=session.get_expiry_age())
    return max(int((ends - now).total_seconds()), 0)


def file(chunks: Iterable[bytes], *, name: str, format: str) -> StreamingHttpResponse:
    """An export as a streamed attachment of that name and format (csv, xlsx, json or pdf)."""
    kind, suffix = exports.FORMATS[format]
    return StreamingHttpResponse(
        chunks, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}{suffix}"'}
    )


def say(
    request: HttpRequest,
    words: str,
    *,
    level: int = messages.SUCCESS,
    undo: str = "",
    until: datetime | None = None,
) -> None:
    """Tell the user what was done, on the next page; with `undo` (a path that takes POST) as a toast
    that offers it until a moment."""
    tags = f"undo {undo} {until.isoformat() if until else ''}".strip() if undo else ""
    messages.add_message(request, level, words, extra_tags=tags)

"""The errors verbs raise, mapped once to problem JSON (API) and to form errors (browser)."""

from __future__ import annotations

from collections.abc import Iterable

from .transitions import Blocker, wrong


class Refused(Exception):
    """A verb refuses, with all its blockers at once. Nothing was written."""

    status_code = 409

    def __init__(self, blockers: Iterable[Blocker] | Blocker):
        self.blockers = (blockers,) if isinstance(blockers, Blocker) else tuple(blockers)
        super().__init__("; ".join(blocker.message for blocker in self.blockers))


class Invalid(Refused):
    """The input itself is wrong: each blocker names field, rule and remedy."""

    status_code = 400


class Conflict(Refused):
    """Someone else was first: the object changed since it was read."""


class Stale(Conflict):
    """The version named by If-Match is not the stored one."""

    status_code = 412


class VersionMissing(Invalid):
    """A change that must say which version it was made from says none (RFC 6585)."""

    status_code = 428


class NotAllowed(Refused):
    """The actor's roles do not include this."""

    status_code = 403


def refuse(code: str, message: str, **more: str) -> Refused:
    """A refusal with one blocker."""
    return Refused(Blocker(code, message, **more))


def invalid(field: str, message: str, remedy: str = "", citation: str = "") -> Invalid:
    """A refusal of one input field."""
    return Invalid(wrong(field, message, remedy, citation))

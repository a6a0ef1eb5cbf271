"""What every API resource shares: permissions read from the roles table, versions by ETag and If-Match."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import permissions
from rest_framework.request import Request
from rest_framework.views import APIView

from . import roles
from .errors import VersionMissing, invalid
from .transitions import Blocker

IF_MATCH = OpenApiParameter(
    "If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER,
    description="The ETag you read, the version in quotes; 412 with what differs when it is no longer that one.",
)  # fmt: skip


class RolePermission(permissions.BasePermission):
    """Reads `view.permissions`: {action or "*": permission of the roles table}."""

    message = "Your roles do not include this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        table: dict[str, str] = getattr(view, "permissions", {})
        needed = table.get(getattr(view, "action", "") or "", table.get("*", ""))
        return bool(request.user and request.user.is_authenticated) and (
            not needed or roles.may(request.user, needed)  # type: ignore[arg-type]
        )


def if_match(request: Request) -> int | None:
    """The version named by If-Match; None without the header."""
    given = request.headers.get("If-Match", "").strip()
    if not given:
        return None
    text = given.removeprefix("W/").strip('"')
    if not text.isdecimal() or not text.isascii() or len(text) > 9:
        raise invalid(
            "If-Match", f"'{given[:40]}' is no ETag of this resource.", 'Send the one you read: "3".'
        )
    return int(text)


def version_read(request: Request, body: dict[str, object]) -> dict[str, object]:
    """Which version a change was made from, as the verbs take it: `version` and whether it came by If-Match.

    It is taken out of the body. Refused (428) where neither names it: nobody overwrites what they did not read.
    """
    given, matched = body.pop("version", None), if_match(request)
    if matched is None and given is None:
        raise VersionMissing(Blocker("version_missing", "Which version you read is missing.", field="version",
                                     remedy="Send its ETag as If-Match, or `version` in the body."))  # fmt: skip
    return {"version": given if matched is None else matched, "if_match": matched is not None}

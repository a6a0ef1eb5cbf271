"""What every API resource shares: permissions read from the roles table."""

from __future__ import annotations

from rest_framework import permissions
from rest_framework.request import Request
from rest_framework.views import APIView

from . import roles


class RolePermission(permissions.BasePermission):
    """Reads `view.permissions`: {action or "*": permission of the roles table}."""

    message = "Your roles do not include this."

    def has_permission(self, request: Request, view: APIView) -> bool:
        table: dict[str, str] = getattr(view, "permissions", {})
        needed = table.get(getattr(view, "action", "") or "", table.get("*", ""))
        return bool(request.user and request.user.is_authenticated) and (
            not needed or roles.may(request.user, needed)  # type: ignore[arg-type]
        )

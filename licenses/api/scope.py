"""The case an address is about, for the resources beneath it."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404

from ..models import Application


def case_of(view: Any) -> Application:
    """The application of the address, where the caller may see it; else 404."""
    return get_object_or_404(Application.objects.for_user(view.request.user), number=view.kwargs["number"])

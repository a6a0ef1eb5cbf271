"""Loading related rows in an order that is the same each time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Prefetch


def in_order(model: type[models.Model], *paths: str) -> Iterable[Prefetch[Any]]:
    """Prefetches of `paths` ("lines", "referrals__recommendations"), each in the order its rows were written.

    No model has a default ordering, and the database promises none: what is shown or sent is loaded with this
    or names an order of its own. A path that passes further relations needs them loaded first.
    """
    for path in paths:
        related: Any = model
        for part in path.split("__"):
            related = related._meta.get_field(part).related_model
        yield Prefetch(path, related._default_manager.order_by("pk"))

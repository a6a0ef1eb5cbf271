"""What parties, hits and lists add to the frame of every page: one query for both."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Subquery, Value
from django.http import HttpRequest
from django.utils import timezone

from exportctl import roles
from exportctl.models import Notice, User

from ..matching.score import ENGINE
from ..models import ListSource
from .queue import to_judge

KEPT = "_entities_frame"


def hits_to_judge(request: HttpRequest) -> int | None:
    """How many hits the user may judge or agree to; None for who judges none."""
    user: User = request.user  # type: ignore[assignment]
    if not roles.permissions_of(user) & {"hit.judge", "hit.agree"}:
        return None
    found = sources(request)
    return found[0].to_judge if found else None


def unread_notices(request: HttpRequest) -> int | None:
    """How many notices the user has not read."""
    found = sources(request)
    return found[0].unread if found else None


def foot(request: HttpRequest) -> list[str]:
    """How many sources are within their largest age, for who reads lists; the engine screening runs on."""
    user: User = request.user  # type: ignore[assignment]
    if not roles.may(user, "list.read"):
        return []
    found, on = sources(request), timezone.localdate()
    current = sum(1 for source in found if source.current_id and not source.is_stale(on=on))
    return [f"Lists: {current} of {len(found)} current", f"Engine {ENGINE}"]


def sources(request: HttpRequest) -> list[Any]:
    """Every source, each with the number of hits the user may judge. One query a request."""
    kept: list[Any] | None = getattr(request, KEPT, None)
    if kept is None:
        user: User = request.user  # type: ignore[assignment]
        hits = to_judge(user).order_by().annotate(all=Value(1)).values("all").annotate(n=Count("pk"))
        mine = Notice.objects.shown().filter(user=user, read_at=None)
        unread = mine.order_by().annotate(all=Value(1)).values("all").annotate(n=Count("pk"))
        kept = list(
            ListSource.objects.select_related("current").annotate(
                to_judge=Subquery(hits.values("n")), unread=Subquery(unread.values("n"))
            )
        )
        setattr(request, KEPT, kept)
    return kept

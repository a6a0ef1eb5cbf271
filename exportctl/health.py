"""`GET /health/`: what of the product is up, for people, load balancers and container checks.

Anybody may read it: what the apps add to it (`health.facts["lists"] = f`) holds nothing confidential.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import redis
from django.db import Error, connection
from django.db.models import Min
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from . import heartbeat, outbox
from .models import Event, Reader

PARTS = ("database", "redis", "worker", "beat", "outbox")
LATE = timedelta(seconds=60)  # an event that no pump has passed on by then shows that nothing pumps
logger = logging.getLogger(__name__)

# facts by name that are told and not judged: they never make an answer 503; `f(at)`, one query each
facts: dict[str, Callable[[datetime], Any]] = {}


@require_safe
@never_cache
def health(request: HttpRequest) -> JsonResponse:
    """200 with every part "up", else 503 with "down", "unknown" or, for the outbox, "behind".

    Beside the parts stand the facts of the apps, such as the age of every list; without a database they are
    "unknown". `?of=database,redis` asks about these alone; an unknown name is refused with 400.
    """
    known = [*PARTS, *facts]
    asked = [name for name in request.GET.get("of", "").split(",") if name] or known
    unknown = sorted(set(asked) - set(known))
    if unknown:
        text = f"unknown: {', '.join(unknown)}. Parts are {', '.join(known)}."
        return JsonResponse({"status": "refused", "detail": text}, status=400)
    at = timezone.now()
    found = look(at=at)
    shown = {name: found[name] for name in PARTS if name in asked}
    up = all(state == "up" for state in shown.values())
    told = {name: _told(name, found, at) for name in facts if name in asked}
    return JsonResponse({"status": "up" if up else "down", **shown, **told}, status=200 if up else 503)


def _told(name: str, found: dict[str, str], at: datetime) -> Any:
    if found["database"] != "up":
        return "unknown"
    try:
        return facts[name](at)
    except Error as error:
        logger.error("health: %s: %s", name, error)
        return "unknown"


def look(*, at: datetime) -> dict[str, str]:
    """The state of every part at `at`; what rests on a part that is away is "unknown"."""
    found = dict.fromkeys(PARTS, "unknown")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        found["database"] = "up"
        found["outbox"] = "behind" if behind(at=at) else "up"
    except Error as error:
        logger.error("health: database: %s", error)
        found["database" if found["database"] == "unknown" else "outbox"] = "down"
    try:
        heartbeat.client().ping()
        found["redis"] = "up"
        for part in heartbeat.PARTS:
            found[part] = "up" if heartbeat.alive(part) else "down"
    except redis.RedisError as error:
        logger.error("health: redis: %s", error)
        found["redis"] = "down"
    return found


def behind(*, at: datetime) -> bool:
    """Whether an event older than a minute was not passed on to every reader of the log."""
    if not outbox.READERS:
        return False
    known = Reader.objects.filter(name__in=outbox.READERS)
    least = known.aggregate(least=Min("cursor"))["least"] or 0
    if known.count() < len(outbox.READERS):
        least = 0
    return Event.objects.filter(seq__gt=least, recorded_at__lt=at - LATE).exists()

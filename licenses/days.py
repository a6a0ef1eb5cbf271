"""Days of a case: the day of a moment, and its clock stops as dated intervals. Reads only."""

from __future__ import annotations

from datetime import UTC, date, datetime

from . import clocks
from .models import Application


def day(moment: datetime) -> date:
    """The calendar day of a moment; legal days are counted in UTC."""
    return moment.astimezone(UTC).date()


def stops(application: Application) -> tuple[clocks.Stop, ...]:
    """The clock stops as dated intervals."""
    return tuple(
        clocks.Stop(
            day(stop.started_at),
            day(stop.ended_at) if stop.ended_at else None,
            stop.reason,
            stop.completed_on,
        )
        for stop in application.stops.all()
    )

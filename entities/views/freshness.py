"""How fresh the lists are, for `/health/` and `/metrics/`, which anybody may read.

Of the house list only its age in days is told: what it holds is the house's own business.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from exportctl.metrics import Gauge

from .. import house, lists
from ..models import ListSource
from .lists import VERDICTS


def facts(at: datetime) -> list[dict[str, Any]]:
    """Every source with its age in days, rows, and what became of the last file. One query."""
    on, known = timezone.localdate(at), _sources()
    late = {one.pk for one in lists.stale(on=on, sources=known)}
    return [
        {
            "source": one.pk, "age_days": one.age_days(on=on), "max_age_days": one.max_age_days,
            "stale": one.pk in late, "when_stale": one.when_stale, "rows": _rows(one),
            "last_verdict": _verdict(one),
        }
        for one in known
    ]  # fmt: skip


def gauges(at: datetime) -> Iterable[Gauge]:
    """The same as figures; a source that never delivered has no age, and is stale where it blocks. One query."""
    on, known = timezone.localdate(at), _sources()
    late = {one.pk for one in lists.stale(on=on, sources=known)}

    def gauge(name: str, words: str, value: Any) -> Gauge:
        pairs = (({"source": one.pk}, value(one)) for one in known)
        return Gauge(
            name, words, tuple((labels, float(number)) for labels, number in pairs if number is not None)
        )

    yield gauge(
        "exportctl_list_age_days", "Days since a good file was last compared.", lambda s: s.age_days(on=on)
    )
    yield gauge(
        "exportctl_list_max_age_days", "Days after which a source is stale.", lambda s: s.max_age_days
    )
    yield gauge("exportctl_list_stale", "1 for a source past its largest age.", lambda s: s.pk in late)
    yield gauge("exportctl_list_rows", "Rows of the version in use.", _rows)
    yield Gauge(
        "exportctl_list_last_verdict", "1 for what became of the last file of a source.",
        tuple(
            ({"source": one.pk, "verdict": verdict}, float(told == verdict))
            for one in known if (told := _verdict(one)) for verdict in VERDICTS
        ),
    )  # fmt: skip


def _sources() -> list[ListSource]:
    return list(ListSource.objects.select_related("current").order_by("pk"))


def _rows(source: ListSource) -> int | None:
    return source.current.rows if source.current and source.pk != house.SOURCE else None


def _verdict(source: ListSource) -> str | None:
    return source.result or None if source.pk != house.SOURCE else None

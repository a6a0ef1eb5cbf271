"""`GET /metrics/`: figures in the text form that Prometheus reads; no more than `/health/` tells anybody."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from . import health

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure with its samples: (labels, value). The name carries its unit."""

    name: str
    help: str
    samples: tuple[tuple[Mapping[str, str], float], ...]


# what the apps add: `metrics.gauges.append(f)`, called with the moment; one query each
gauges: list[Callable[[datetime], Iterable[Gauge]]] = []


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The parts of `/health/` as 1 or 0, then what the apps add; what cannot be known is left out."""
    at = timezone.now()
    text = "".join(line + "\n" for gauge in found(at=at) for line in lines(gauge))
    return HttpResponse(text, content_type=CONTENT_TYPE)


def found(*, at: datetime) -> Iterator[Gauge]:
    """Every figure at a moment; without a database those of the apps are missing."""
    parts = health.look(at=at)
    states = tuple(
        ({"part": part}, float(state == "up")) for part, state in parts.items() if state != "unknown"
    )
    yield Gauge("exportctl_up", "Whether a part of the product is up.", states)
    if parts["database"] != "up":
        return
    for given in gauges:
        try:
            yield from given(at)
        except Error as error:
            logger.error("metrics: %s", error)


def lines(gauge: Gauge) -> Iterator[str]:
    """A figure in the text form, one line a sample."""
    yield f"# HELP {gauge.name} {gauge.help}"
    yield f"# TYPE {gauge.name} gauge"
    for labels, value in gauge.samples:
        told = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
        yield f"{gauge.name}{{{told}}} {value:.15g}" if told else f"{gauge.name} {value:.15g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

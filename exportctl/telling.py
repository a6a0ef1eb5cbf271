"""Events as they are told on pages and in the feed: personal data masked; the sealed text itself never changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .models import Event

Mask = Callable[[str, dict[str, Any]], dict[str, Any]]
masks: list[Mask] = []  # each app adds its own: (verb, data) -> data as it is told


def data_of(event: Event) -> dict[str, Any]:
    """What an event tells, as everybody may read it who reads events."""
    data: dict[str, Any] = event.data.get("data", {})
    for mask in masks:
        data = mask(event.verb, data)
    return data


def body_of(event: Event) -> str:
    """The sealed text; where something in it is masked, the same text made anew without it."""
    data = data_of(event)
    if data == event.data.get("data", {}):
        return event.body
    return json.dumps({**event.data, "data": data}, ensure_ascii=False)

"""The demo world: one story from 2019 to today, every record made through verbs.

Real names only for listed parties; exporters, customers and people are fictional. Each record
carries the day it happened (`at`) and the moment it was recorded; the difference is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from exportctl import audit, outbox
from exportctl.errors import refuse
from exportctl.models import Event, User

from ..models import Application
from .answers import memos, signed
from .desk import todays_desk
from .disputes import disputes
from .filing import classified, drafts, papers
from .imports import imports
from .story import (
    company_route,
    licenses_2020,
    listed_2019,
    listed_before,
    pending_2022,
    revoked_2024,
    shipping,
)
from .world import PASSWORD, PEOPLE, World, setting, trade

__all__ = ["PASSWORD", "PEOPLE", "World", "build", "exists"]


def exists() -> bool:
    """Whether the demo was built to its end."""
    return Event.objects.filter(verb="demo.built").exists()


def build(*, now: datetime, say: Callable[[str], None] = lambda words: None) -> World:
    """Build the whole demo and return it with the API token, shown this once.

    Refuses when a demo was begun and not finished. Screening runs in this process by draining the log.
    """
    if User.objects.filter(username="officer").exists():
        raise refuse(
            "demo_unfinished",
            "There are demo people already, but no finished demo.",
            remedy="Start again on an empty database (make reset).",
        )
    world = World(say=say, today=now.date())
    setting(world, now)
    listed_before(world)
    trade(world)
    listed_2019(world)
    licenses_2020(world)
    shipping(world)
    pending_2022(world)
    revoked_2024(world)
    company_route(world)
    imports(world, now)
    todays_desk(world, now)
    disputes(world)
    drafts(world)
    classified(world, now)
    papers(world, now)
    memos(world)
    signed(world, now)
    with audit.action(by=world["admin"], at=now) as log:
        log("demo.built", world["admin"], applications=Application.objects.count())
    outbox.drain()
    return world

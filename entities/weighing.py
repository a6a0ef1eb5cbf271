"""What the words of the listed names weigh: counted on purpose, frozen under a number, then asked anew.

A list that grows by a few names must not move every score: the counts stay as they are until the lists have
become other ones, or somebody counts again. Whoever counts owes every party a screening.
"""

from __future__ import annotations

from datetime import datetime

from exportctl import audit, roles
from exportctl.errors import refuse
from exportctl.models import Event, User

from . import worlds
from .matching.compare import Weights
from .matching.entries import forms_of
from .matching.score import ENGINE
from .models import Listing, Screening, WordProfile
from .versions import versions_in_force

FEWEST = 1_000  # listings below which words are not counted: the tables of common words do
GROWN = 1.5  # how many times more or fewer listings than were counted call for a new count


def due() -> bool:
    """Whether the lists in force have become so many more or fewer names that words are to be counted again."""
    listings = Listing.objects.filter(removed_in=None).count()
    counted = WordProfile.objects.order_by("-number").values_list("names", flat=True).first()
    if listings < FEWEST:
        return False
    return counted is None or not counted / GROWN <= listings <= counted * GROWN


def weigh(*, by: User, at: datetime) -> WordProfile:
    """Count the words of all listed names in force; every party is then screened again (screening.due).

    Refuses while no list is in force; needs screening.run. Events: words.weighed, screening.due.
    """
    roles.require(by, "screening.run")
    if not versions_in_force():
        raise refuse("no_list", "No list is in force, so there are no words to count.",
                     remedy="Import a list first: manage.py import_list.")  # fmt: skip
    with audit.action(by=by, at=at) as log:
        entries = worlds.entries_in_force()
        counted = Weights.of_names(form.name.tokens for entry in entries for form in forms_of(entry))
        last = WordProfile.objects.select_for_update(no_key=True).order_by("-number").first()
        profile = WordProfile.objects.create(
            number=last.number + 1 if last else 1, at=at, names=len(entries), counts=dict(counted.counts)
        )
        log("words.weighed", profile, number=profile.number, listings=len(entries), words=len(counted.counts))
        ask_anew(why=f"the words were counted again: {profile}", by=by, at=at)
    return profile


def ask_anew(*, why: str, by: User, at: datetime) -> None:
    """Have every party held against the lists in force again: screening.due on the newest of their versions."""
    newest = max(versions_in_force(), key=lambda version: version.pk, default=None)
    if newest is not None:
        with audit.action(by=by, at=at) as log:
            log("screening.due", newest, why=why, engine=ENGINE)


def note_engine(*, by: User, at: datetime) -> bool:
    """After an upgrade to another engine: ask everything anew, once. True where that was so."""
    last = Screening.objects.order_by("-pk").values_list("holds_for", flat=True).first()
    if last is None or worlds.engine_of(last).startswith(f"engine {ENGINE}+"):
        return False
    if Event.objects.filter(verb="screening.due", data__data__engine=ENGINE).exists():
        return False
    ask_anew(why=f"engine {ENGINE} screens from now on", by=by, at=at)
    return True

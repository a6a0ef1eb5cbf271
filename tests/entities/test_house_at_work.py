"""An entry of the house list through the real queue and a real worker: from its saving to its first hit."""

from __future__ import annotations

import time

import pytest
from django.utils import timezone

from entities import house, worlds
from entities.models import Hit, ListedParty, Party
from exportctl import outbox
from exportctl.models import User
from tests.exportctl.recovery import Stack, stack, until
from tests.factories import make_party

LIMIT = 60.0  # seconds, the product's promise; the bench measures it
NAME = "Zorvan Kestrel Trading"


def seconds_to_a_hit(servers: Stack, *, party: Party, by: User) -> tuple[float, float]:
    """Enter a party's name on the house list; seconds until a name is screened against it, and until the
    worker has opened the hit on the party."""
    began = time.perf_counter()
    entry = house.add(
        name=party.name, effect="RED_FLAG", effective_on=timezone.localdate(), countries=[party.country], by=by,
        at=timezone.now(),
    )  # fmt: skip
    assert any(one.entry.list == "HOUSE" for one in worlds.look_up(name=party.name, country=party.country))
    used = time.perf_counter() - began
    until(
        lambda: Hit.objects.filter(party=party, listed_party=entry).exists(), what="the hit",
        log=servers.log,
    )  # fmt: skip
    return used, time.perf_counter() - began


@pytest.mark.django_db(transaction=True)
def test_an_entry_is_used_at_once_and_by_a_real_worker(published_list, officer):
    party = make_party(by=officer, at=timezone.now(), name=NAME, country="AE")
    outbox.drain()
    assert not party.hits.exists()
    with stack(product=True) as servers:
        servers.start_worker()
        seconds_to_a_hit(servers, party=party, by=officer)
    assert party.hits.get().listed_party == ListedParty.objects.get(source="house")
    run = party.screenings.latest("pk")
    assert (run.trigger, "house 1" in run.world) == ("list", True)

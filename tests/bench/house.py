"""A house-list entry in a world of real size: seconds from its saving to its use, through a real worker."""

from __future__ import annotations

import io
import os
import tempfile
from datetime import date
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from entities import lists, seed
from entities.models import Listing, ListSource, Party
from exportctl import outbox, people
from exportctl.models import User
from tests.entities.test_house_at_work import LIMIT, NAME, seconds_to_a_hit
from tests.exportctl.recovery import stack, until
from tests.factories import make_party

from .imports import FILE

PARTIES = 500


def run() -> list[tuple[str, float | None, float | None, float | None]]:
    """Rows (figure, ours, limit, ratio): against the whole consolidated list where its file is here."""
    with tempfile.TemporaryDirectory(prefix="exportctl-bench-") as folder:
        settings.LIST_FILES = Path(folder)
        officer = world()
        party = make_party(by=officer, at=timezone.now(), name=NAME, country="AE")
        outbox.drain()
        with stack(product=True) as servers:
            servers.start_worker()
            # a worker that has worked before: the first entry only warms it
            warm = make_party(by=officer, at=timezone.now(), name="Turmfalke Handel", country="AT")
            until(lambda: warm.screenings.exists(), seconds=120, what="the worker", log=servers.log)
            used, hit = seconds_to_a_hit(servers, party=party, by=officer)
    return [
        ("saved to used by a screening, s", used, LIMIT, used / LIMIT),
        ("saved to a hit on a party, s", hit, LIMIT, hit / LIMIT),
        ("  parties screened again", Party.objects.count(), None, None),
        ("  listings in force", Listing.objects.filter(removed_in=None).count(), None, None),
    ]


def world() -> User:
    """An officer, some hundred parties, and the lists: the whole consolidated one where it is at hand."""
    call_command("seed", stdout=io.StringIO())
    at, job = timezone.now(), people.job_user("bench")
    administrator = people.create(username="bench-admin", by=None, at=at, role_codes=("administrator",))
    officer = people.create(username="bench-officer", by=administrator, at=at, role_codes=("officer",))
    default = Path(__file__).resolve().parents[3] / "shared" / "data"
    path = Path(os.environ.get("EXPORTCTL_SHARED_DATA") or default) / FILE
    if path.is_file():
        source = ListSource.objects.get(pk="csl")
        lists.stage(source=source, path=path, by=job, at=at, effective_on=date(2026, 7, 31))
    else:
        seed.load(by=job, at=at)
    for number in range(PARTIES):
        make_party(by=officer, at=at, name=f"Bench {number} Maschinenbau GmbH")
    return officer

"""Birth dates and document numbers of persons in full: who looked at whom, and when, is on record."""

from __future__ import annotations

from datetime import datetime

from exportctl import roles
from exportctl.models import User

from .models import FullView, Hit, ListedParty, Party

PERMISSION = "personal.read"


def reveal(
    *, by: User, at: datetime, hit: Hit | None = None, party: Party | None = None,
    listed_party: ListedParty | None = None,
) -> FullView:  # fmt: skip
    """Put on record that somebody is shown a hit, a party or a list entry unmasked; the caller then shows it.

    Exactly one of the three is given (a database constraint). It goes to the access log, not to the event
    log: nothing changed. Needs personal.read.
    """
    roles.require(by, PERMISSION)
    return FullView.objects.create(user=by, hit=hit, party=party, listed_party=listed_party, at=at)

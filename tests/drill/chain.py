"""T23: whatever is done to the log, the verifier finds it against the head kept elsewhere."""

from __future__ import annotations

import random

from exportctl import audit
from tests.exportctl.log import edit, fill, past_the_triggers

from . import drill


@drill("T23", "audit tamper: random edits, deletes, swaps, inserts, tail cuts, past every trigger")
def tamper(full: bool) -> tuple[str, bool]:
    """10,000 edits of a log of 12 events, each undone; all must be found."""
    tries, dice = 10_000 if full else 100, random.Random(23)
    fill(12)
    head = audit.verify().head
    missed: list[str] = []
    for _ in range(tries):
        with past_the_triggers() as cursor:
            done = edit(cursor, dice, 12)
            if audit.verify(head=head).ok:
                missed.append(done)
    whole = audit.verify(head=head).ok
    return f"{tries - len(missed)} of {tries} edits found{': missed ' + missed[0] if missed else ''}", (
        not missed and whole
    )

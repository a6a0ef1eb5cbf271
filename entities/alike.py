"""Many hits of one identical pair judged at once: the same facts on both sides, each row on its own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from exportctl.errors import Refused
from exportctl.models import User

from . import hits
from .models import Hit, HitOutcome


@dataclass(frozen=True, slots=True)
class Row:
    """One hit of the preview or of the result: whether it goes with the others, and why not."""

    hit: Hit
    ok: bool
    why: str = ""


def preview(found: Sequence[Hit], by: User, *, at: datetime) -> list[Row]:
    """Which of the hits could be recorded as false positives together: open ones with the first one's fingerprint.

    The fingerprint covers names, countries, addresses and identifiers of both sides, the listing and its
    policy: "identical" leaves nothing to look at twice. Every other row says why it stays behind.
    """
    lead = next((hit for hit in found if hit.fingerprint), None)
    rows = []
    for hit in found:
        action = next((one for one in hits.next_actions(hit, by, at=at) if one.action == "propose"), None)
        if action is None:
            rows.append(Row(hit, False, f"It is {hit.get_status_display().lower()}, not open for you."))
        elif action.blockers:
            rows.append(Row(hit, False, action.blockers[0].message))
        elif lead is None or hit.fingerprint != lead.fingerprint:
            rows.append(Row(hit, False, "Its facts differ from the first one's: judge it on its own page."))
        else:
            rows.append(Row(hit, True))
    return rows


def record(
    found: Iterable[Hit], *, fingerprint: str, reason: str, differing_fact: str, by: User, at: datetime,
    note: str = "",
) -> list[Row]:  # fmt: skip
    """Record the hits of that fingerprint as false positives, each in its own transaction, through the same verb.

    Returns a row a hit: done, or why it was refused; one refusal stops no other. A hit whose facts changed
    since the preview is refused. A true match is never recorded in bulk.
    """
    rows = []
    for hit in found:
        if not hit.fingerprint or hit.fingerprint != fingerprint:
            rows.append(Row(hit, False, "Its facts are not those of the preview."))
            continue
        try:
            done = hits.propose(
                hit=hit, outcome=HitOutcome.FALSE_POSITIVE, reason=reason, differing_fact=differing_fact,
                note=note, by=by, at=at,
            )  # fmt: skip
        except Refused as refused:
            rows.append(Row(hit, False, "; ".join(blocker.message for blocker in refused.blockers)))
        else:
            rows.append(
                Row(done, True, "Waits for a second person" if done.closed_at is None else "Recorded")
            )
    return rows

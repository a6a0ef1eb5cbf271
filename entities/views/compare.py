"""What the compare page shows of a hit: its words, its evidence, what changed, what was decided before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exportctl.models import Event, User

from .. import hits
from ..masking import masked
from ..matching.score import thresholds
from ..models import Finding, Hit, HitOutcome, Listing

TOLD = (
    "hit.proposed", "hit.agreed", "hit.closed", "hit.returned", "hit.reopened", "hit.escalated", "hit.handed_back",
    "hit.undone", "hit.carried",
)  # fmt: skip
PROPOSED = {HitOutcome.TRUE_MATCH.value: "true match", HitOutcome.FALSE_POSITIVE.value: "false positive"}
TITLES = {
    "hit.proposed": "Proposed",
    "hit.agreed": "Agreed",
    "hit.closed": "Closed",
    "hit.returned": "Sent back",
    "hit.reopened": "Opened again",
    "hit.escalated": "Escalated",
    "hit.handed_back": "Handed back",
    "hit.undone": "Undone",
    "hit.carried": "Taken over from the entry before it",
}


def findings_of(hit: Hit) -> list[Finding]:
    """The latest findings, newest first. One query."""
    return list(hit.findings.select_related("screening").order_by("-pk")[:20])


def tokens(evidence: dict[str, Any]) -> list[dict[str, Any]]:
    """The words side by side, with the manner in which each pair met."""
    rows = []
    for one in evidence.get("tokens", ()):
        same = one["why"].startswith("same") and one["points"] >= 0
        rows.append({**one, "shown": _signed(one["points"]), "manner": "same" if same else "near",
                     "marked": not same and bool(one["ours"] and one["listed"])})  # fmt: skip
    return rows


def rows_of(hit: Hit, evidence: dict[str, Any], *, full: bool = True) -> list[dict[str, Any]]:
    """Everything beside the words that speaks for or against; what a side does not give is said.

    Without `full` the numbers of persons' documents are masked.
    """
    found = {one["name"]: {**one, "shown": _signed(one["points"])} for one in evidence.get("qualifiers", ())}
    listed = hit.listed_party
    given = {
        "Address": (
            [str(one) for one in hit.party.addresses.all()],
            [one["text"] for one in listed.addresses],
        ),
        "Identifier": (
            [f"{one.kind} {_number(one.value, full)}" for one in hit.party.identifiers.all()],
            [f"{one['kind']} {_number(one['value'], full)}".strip() for one in listed.identifiers],
        ),
    }
    for name, (ours, theirs) in given.items():
        if name not in found:
            found[name] = {"name": name, "ours": "; ".join(ours[:2]), "listed": "; ".join(theirs[:2]), "shown": "0",
                           "points": 0, "why": "cannot be compared"}  # fmt: skip
    return list(found.values())


def _number(text: str, full: bool) -> str:
    return text if full else masked(text)


def changes(newest: Finding | None, before: Finding | None) -> list[dict[str, Any]]:
    """What is new since an earlier finding: the score, our facts, the entry, the lists it was compared with."""
    if newest is None or before is None:
        return []
    said: list[dict[str, Any]] = []
    if newest.score != before.score:
        tone = "soon" if newest.score > before.score else ""
        said.append({"words": f"Score {before.score}, now {newest.score}", "tone": tone,
                     "icon": "warn" if tone else "info"})  # fmt: skip
    now, then = newest.explanation, before.explanation
    for side, words in (("ours", "Our name that met"), ("listed", "Their name that met")):
        if now.get(side) != then.get(side):
            said.append(_changed(words, then.get(side, ""), now.get(side, "")))
    was = {one["name"]: one for one in then.get("qualifiers", ())}
    for one in now.get("qualifiers", ()):
        old = was.get(one["name"], {"ours": "", "listed": "", "points": 0})
        for side, words in (("ours", "Our"), ("listed", "Their")):
            if one[side] != old[side]:
                said.append(_changed(f"{words} {one['name'].lower()}", old[side], one[side],
                                     f"{_signed(old['points'])}, now {_signed(one['points'])}"))  # fmt: skip
    if newest.screening.world != before.screening.world:
        said.append({"words": "Newer lists or engine", "icon": "info",
                     "note": f"{before.screening.world}; now {newest.screening.world}"})  # fmt: skip
    return said


def _changed(words: str, before: str, after: str, note: str = "") -> dict[str, Any]:
    return {"words": words, "before": before, "after": after, "note": note, "tone": "soon", "icon": "warn"}


def _signed(points: int) -> str:
    return f"+{points}" if points > 0 else f"−{-points}" if points < 0 else "0"


def story(hit: Hit) -> list[dict[str, Any]]:
    """What was proposed, agreed and sent back so far, newest first. Two queries."""
    found = Event.objects.filter(object_type="entities.hit", object_id=str(hit.pk), verb__in=TOLD)
    events = list(found.order_by("-seq")[:12])
    names = names_of(events)
    return [_told(event, names) for event in events]


def names_of(events: Sequence[Event]) -> dict[int, str]:
    """Who acted in some events, by name as people know them. One query, none without events."""
    if not events:
        return {}
    return {user.pk: str(user) for user in User.objects.filter(pk__in={event.actor_id for event in events})}


def _told(event: Event, names: dict[int, str]) -> dict[str, Any]:
    data = event.data.get("data", {})
    judged = {**data.get("was", {}), **{key: value for key, value in data.items() if key != "was"}}
    code = judged.get("reason", "")
    reason = hits.REASONS[code].label if code in hits.REASONS else hits.ESCALATIONS.get(code, code)
    to = f"To {data['to']}" if event.verb == "hit.escalated" and data.get("to") else ""
    notes = [to, reason, judged.get("differing_fact", ""), judged.get("note", ""), data.get("why", "")]
    tone, icon = {
        "hit.closed": ("good", "good"),
        "hit.returned": ("soon", "return"),
        "hit.reopened": ("soon", "warn"),
        "hit.escalated": ("soon", "person"),
        "hit.undone": ("", "return"),
        "hit.carried": ("good", "good"),
    }.get(event.verb, ("", "soon"))
    return {
        "verb": event.verb,
        "at": event.at,
        "by": names.get(event.actor_id, event.data["by"]["name"]),
        "outcome": PROPOSED.get(judged.get("outcome", ""), ""),
        "title": TITLES[event.verb],
        "words": "; ".join(text.rstrip(". ") for text in notes if text),
        "tone": tone,
        "icon": icon,
    }


def baseline(found: Sequence[Finding], told: Sequence[dict[str, Any]]) -> Finding | None:
    """The finding the last judgment rested on, or else the one before the newest."""
    closed = next((one["at"] for one in told if one["verb"] == "hit.closed"), None)
    if closed is not None:
        return next((one for one in found[1:] if one.screening.at <= closed), None)
    return found[1] if len(found) > 1 else None


def lines(hit: Hit) -> tuple[int, int]:
    """The (review, strong) lines that hold for the entry's list and kind."""
    first = next((one for one in hit.listed_party.listings.all() if one.removed_in_id is None), None)
    return thresholds(first.list if first else "", hit.listed_party.kind)


def entry_facts(listing: Listing) -> list[tuple[str, str]]:
    """What a listing says, as one reads it."""
    known = (
        ("effective", listing.effective_on),
        ("published", listing.published_on),
        ("ended", listing.ended_on),
    )
    dates = [f"{words} {day:%b} {day.day}, {day.year}" for words, day in known if day]
    basis = {"unverified": " (date not verified)", "source": " (as the source gives it)"}.get(
        listing.date_basis, ""
    )
    notes = ", ".join(str(number) for number in listing.footnotes)
    policy = listing.get_policy_code_display() if listing.policy_code else ""
    text = listing.policy_text if listing.policy_text.casefold() != policy.casefold() else ""
    facts = [
        ("Dates", ", ".join(dates)[:1].upper() + ", ".join(dates)[1:] + basis if dates else "None given by the source"),
        ("License requirement", listing.requirement_text or listing.requirement_code),
        ("License review policy", ": ".join(part for part in (policy, text) if part)),
        ("Footnotes", notes),
        ("Citations", ", ".join(listing.citations)),
    ]  # fmt: skip
    return [(name, text) for name, text in facts if text]

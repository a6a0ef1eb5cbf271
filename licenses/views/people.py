"""The parties of a case with what screening says of each, in words that never promise too much."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Prefetch
from django.urls import reverse

from entities import screening
from entities.models import Hit, HitOutcome, HitStatus, Listing, Party
from exportctl import roles
from exportctl.models import User

from ..models import Application, ApplicationParty, PartyRole

CONFIDENTIAL = "a confidential entry of the house list"
ORDER = {role: place for place, role in enumerate(PartyRole.values)}
STATES = {
    "missing": ("soon", "Not screened yet", "The worker screens it within a minute"),
    "stale": ("soon", "Screened before the last change", "The worker screens it again within a minute"),
    "failed": ("late", "Screening could not run", "This is not “no match”: see the party page"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How one party stands: tone, words, the hits not judged yet and the true matches."""

    tone: str
    words: str
    note: str = ""
    hits: tuple[Hit, ...] = ()
    listed: tuple[Hit, ...] = ()
    false: tuple[Hit, ...] = ()

    @property
    def live(self) -> tuple[Hit, ...]:
        """The hits that count for policy: all but the false positives."""
        return self.hits + self.listed


@dataclass(slots=True)
class Person:
    """A party of a case with all its roles."""

    party: Party
    standing: Standing
    roles: list[str] = field(default_factory=list)
    as_filed: str = ""

    @property
    def url(self) -> str:
        return reverse("entities:party", args=[self.party.pk])


def of(application: Application, by: User, known: Mapping[int, str] | None = None) -> list[Person]:
    """The parties of a case, the applicant first, as `by` may see them. Reads `roles` with their parties;
    `known` are the screening states where they are loaded already."""
    rows = sorted(application.roles.all(), key=lambda role: (ORDER[role.role], role.pk))
    parties = {role.party_id: role.party for role in rows} or {
        application.applicant_id: application.applicant
    }
    standing = standings(parties.values(), by, known)
    people = {pk: Person(party, standing[pk]) for pk, party in parties.items()}
    for role in rows:
        person = people[role.party_id]
        person.roles.append(role.get_role_display())
        person.as_filed = _differs(role)
    return list(people.values())


def _differs(role: ApplicationParty) -> str:
    return role.name_as_filed if role.name_as_filed and role.name_as_filed != role.party.name else ""


def standings(
    parties: Iterable[Party], by: User, known: Mapping[int, str] | None = None
) -> dict[int, Standing]:
    """How each party stands, in a fixed number of queries. What a confidential entry says is left out for
    readers without confidential.read; that there is one is not."""
    parties = list(parties)
    trusted = roles.may(by, "confidential.read")
    hits: dict[int, list[Hit]] = {party.pk: [] for party in parties}
    listings = Prefetch(
        "listed_party__listings", Listing.objects.select_related("added_in", "removed_in").order_by("pk")
    )
    found = Hit.objects.filter(party__in=parties).select_related("listed_party__source")
    for hit in found.prefetch_related(listings).order_by("-score", "pk"):
        hits[hit.party_id].append(hit if trusted else veiled(hit))
    states = known or screening.states(parties)
    return {party.pk: standing(states[party.pk], hits[party.pk]) for party in parties}


def veiled(hit: Hit) -> Hit:
    """The hit without the words of a confidential entry; it is for showing, never for saving."""
    entry = hit.listed_party
    if entry.confidential:
        entry.name, entry.group = CONFIDENTIAL, ""
        for listing in entry.listings.all():
            listing.requirement_text, listing.citations = "", []
    return hit


def standing(state: str, hits: list[Hit]) -> Standing:
    """One party's standing from its screening state and its hits; the worst is said first."""
    closed = [hit for hit in hits if hit.status == HitStatus.CLOSED]
    unjudged = tuple(hit for hit in hits if hit.status != HitStatus.CLOSED)
    listed = tuple(hit for hit in closed if hit.outcome == HitOutcome.TRUE_MATCH)
    false = tuple(hit for hit in closed if hit.outcome == HitOutcome.FALSE_POSITIVE)
    tone, words, note = STATES.get(state, ("", "", ""))
    if not words and unjudged:
        count = len(unjudged)
        tone, note = "soon", "Not judged yet"
        words = f"{count} possible match{'es' if count > 1 else ''}, {unjudged[0].score}"
    elif not words and listed:
        tone, words = "late", "Listed: true match"
    elif not words:
        recorded = f"{len(false)} false positive{'s' if len(false) != 1 else ''} recorded; " if false else ""
        tone, words, note = "plain", "No match by name", f"{recorded}ownership not checked"
    return Standing(tone, words, note, unjudged, listed, false)

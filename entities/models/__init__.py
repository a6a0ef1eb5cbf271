"""Who is who: our parties, restricted-party lists, and what screening found between them."""

from .lists import (
    ChangeKind,
    Effect,
    LegalEffect,
    ListChange,
    ListCode,
    ListedParty,
    Listing,
    ListSource,
    ListVersion,
    PolicyCode,
    VersionState,
    WhenStale,
)
from .parties import NameKind, Party, PartyAddress, PartyIdentifier, PartyKind, PartyMember, PartyName
from .screening import Band, Finding, Hit, HitOutcome, HitStatus, Screening, Trigger

__all__ = [
    "Band",
    "ChangeKind",
    "Effect",
    "Finding",
    "Hit",
    "HitOutcome",
    "HitStatus",
    "LegalEffect",
    "ListChange",
    "ListCode",
    "ListSource",
    "ListVersion",
    "ListedParty",
    "Listing",
    "NameKind",
    "Party",
    "PartyAddress",
    "PartyIdentifier",
    "PartyKind",
    "PartyMember",
    "PartyName",
    "PolicyCode",
    "Screening",
    "Trigger",
    "VersionState",
    "WhenStale",
]

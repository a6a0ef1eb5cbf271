"""Who is who: our parties, restricted-party lists, and what screening found between them."""

from .batches import NameBatch, NameChunk
from .duties import Duty, DutyKind, FullView, Recheck
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
from .screening import (
    Band,
    Coverage,
    CoverageChunk,
    Finding,
    Hit,
    HitOutcome,
    HitStatus,
    Screening,
    Trigger,
)
from .words import WordProfile

__all__ = [
    "Band",
    "ChangeKind",
    "Coverage",
    "CoverageChunk",
    "Duty",
    "DutyKind",
    "Effect",
    "Finding",
    "FullView",
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
    "NameBatch",
    "NameChunk",
    "NameKind",
    "Party",
    "PartyAddress",
    "PartyIdentifier",
    "PartyKind",
    "PartyMember",
    "PartyName",
    "PolicyCode",
    "Recheck",
    "Screening",
    "Trigger",
    "VersionState",
    "WhenStale",
    "WordProfile",
]

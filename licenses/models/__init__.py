"""From filing to the last shipment: items, policies, applications, review, licenses."""

from .applications import Application, ApplicationLine, ApplicationParty, Kind, PartyRole, Route
from .determinations import Determination, DeterminationState, Facts, Memo, Reliance, RuleTable, TableKind
from .items import Item
from .licenses import Act, License, LicenseLine, LicenseState, Movement
from .policies import Policy, PolicyKind, PolicyVersion
from .review import (
    Approval,
    Body,
    ClockStop,
    Condition,
    ConditionCode,
    Decision,
    DecisionState,
    Denial,
    Outcome,
    Position,
    Recommendation,
    Referral,
    ReturnReason,
    Seat,
    StopReason,
)

__all__ = [
    "Act",
    "Application",
    "ApplicationLine",
    "ApplicationParty",
    "Approval",
    "Body",
    "ClockStop",
    "Condition",
    "ConditionCode",
    "Decision",
    "DecisionState",
    "Denial",
    "Determination",
    "DeterminationState",
    "Facts",
    "Item",
    "Kind",
    "License",
    "LicenseLine",
    "LicenseState",
    "Memo",
    "Movement",
    "Outcome",
    "PartyRole",
    "Policy",
    "PolicyKind",
    "PolicyVersion",
    "Position",
    "Recommendation",
    "Referral",
    "Reliance",
    "ReturnReason",
    "Route",
    "RuleTable",
    "Seat",
    "StopReason",
    "TableKind",
]

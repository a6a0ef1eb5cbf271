"""From filing to the last shipment: items, policies, applications, review, licenses."""

from .applications import Application, ApplicationLine, ApplicationParty, Kind, PartyRole, Route
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
    "Item",
    "Kind",
    "License",
    "LicenseLine",
    "LicenseState",
    "Movement",
    "Outcome",
    "PartyRole",
    "Policy",
    "PolicyKind",
    "PolicyVersion",
    "Position",
    "Recommendation",
    "Referral",
    "ReturnReason",
    "Route",
    "Seat",
    "StopReason",
]

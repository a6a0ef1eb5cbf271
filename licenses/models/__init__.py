"""From filing to the last shipment: items, policies, applications, review, licenses."""

from .appeals import Appeal, AppealPaper, AppealWithdrawal, DenialResponse, UnregisteredReturn
from .applications import Application, ApplicationLine, ApplicationParty, Kind, PartyRole, Route, YesNo
from .conditions import Condition, ConditionCode, ConditionStep, StepKind
from .decisions import (
    Approval,
    DecidedLine,
    Decision,
    DecisionState,
    Denial,
    DenialReason,
    Outcome,
    ReturnReason,
)
from .determinations import Determination, DeterminationState, Facts, Memo, Reliance, RuleTable, TableKind
from .filings import (
    AgencyNote,
    Attachment,
    DeemedExport,
    DocumentKind,
    FiledVersion,
    Inquiry,
    RedFlagAnswer,
)
from .holds import PolicyHold
from .items import Basis, Classification, ClassificationState, Item
from .ladder import SECRETARY, Escalation, Office, Ruling, RulingOutcome
from .letters import Letter, LetterKind
from .licenses import Act, License, LicenseLine, LicenseState, Movement
from .policies import Policy, PolicyKind, PolicyVersion
from .questions import Asked, Question, QuestionDocument
from .referrals import Body, ClockStop, Position, Recommendation, Referral, Seat, StopReason

__all__ = [
    "Act",
    "AgencyNote",
    "Appeal",
    "AppealPaper",
    "AppealWithdrawal",
    "Application",
    "ApplicationLine",
    "ApplicationParty",
    "Approval",
    "Asked",
    "Attachment",
    "Basis",
    "Body",
    "Classification",
    "ClassificationState",
    "ClockStop",
    "Condition",
    "ConditionCode",
    "ConditionStep",
    "DecidedLine",
    "Decision",
    "DecisionState",
    "DeemedExport",
    "Denial",
    "DenialReason",
    "DenialResponse",
    "Determination",
    "DeterminationState",
    "DocumentKind",
    "Escalation",
    "Facts",
    "FiledVersion",
    "Inquiry",
    "Item",
    "Kind",
    "Letter",
    "LetterKind",
    "License",
    "LicenseLine",
    "LicenseState",
    "Memo",
    "Movement",
    "Office",
    "Outcome",
    "PartyRole",
    "Policy",
    "PolicyHold",
    "PolicyKind",
    "PolicyVersion",
    "Position",
    "Question",
    "QuestionDocument",
    "Recommendation",
    "RedFlagAnswer",
    "Referral",
    "Reliance",
    "ReturnReason",
    "Route",
    "RuleTable",
    "Ruling",
    "RulingOutcome",
    "SECRETARY",
    "Seat",
    "StepKind",
    "StopReason",
    "TableKind",
    "UnregisteredReturn",
    "YesNo",
]

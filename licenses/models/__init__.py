"""From filing to the last shipment: items, policies, applications, review, licenses."""

from .appeals import Appeal, AppealPaper, AppealWithdrawal, DenialResponse, UnregisteredReturn
from .applications import Application, ApplicationLine, ApplicationParty, Kind, PartyRole, Route, YesNo
from .bodies import Body, BodyKind, ReviewBody, body_name, said_bodies
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
from .delegations import Delegation, Waiver, said_delegations
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
from .referrals import ClockStop, Position, Recommendation, Referral, Seat, Stance, StopReason

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
    "BodyKind",
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
    "Delegation",
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
    "ReviewBody",
    "RuleTable",
    "Ruling",
    "RulingOutcome",
    "SECRETARY",
    "Seat",
    "StepKind",
    "Stance",
    "StopReason",
    "TableKind",
    "UnregisteredReturn",
    "Waiver",
    "YesNo",
    "body_name",
    "said_bodies",
    "said_delegations",
]

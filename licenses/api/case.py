"""How an application is shown: in a list, and as a dossier with what may happen next."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from entities.api.shapes import AllowedAction, allowed_actions
from exportctl.errors import Refused
from exportctl.models import User
from exportctl.problems import BlockerSerializer

from .. import (
    advice,
    applications,
    cases,
    clocks,
    conditions,
    decisions,
    determinations,
    filing,
    rungs,
)
from ..blocks import BLOCKS
from ..models import (
    Application,
    ApplicationLine,
    ApplicationParty,
    Attachment,
    ClockStop,
    Decision,
    DecisionState,
    FiledVersion,
    Route,
)
from ..workflow import WORDS, Status
from . import questions
from .conditions import ConditionOut
from .delegations import WaiverOut
from .ladder import (
    AppealOut,
    DenialDays,
    EscalationOut,
    OwnDeadline,
    ResponseOut,
    RulingOut,
    StepOut,
    UnregisteredOut,
)
from .questions import AgencyOut, QuestionOut
from .shapes import CompanyBrief, DecisionOut, HeldOut, LetterOut, PersonOut


def ladder_of(case: Application, user: User, on: date) -> tuple[clocks.Due, ...]:
    """The steps of the office's review as `user` sees them on a day."""
    if case.route != Route.OFFICE or not cases.shows_review(case, user):
        return ()
    return rungs.ladder(case, on)


def denial_days(case: Application, on: date) -> dict[str, Any] | None:
    """The days of a denial; None without a letter."""
    known = rungs.denied(case, cases.intent(case), on)
    if known is None:
        return None
    by_notice, by_final = clocks.appeal_days(known.notice_on, known.final_on)
    return {
        "notice_on": known.notice_on, "respond_by": clocks.response_due(known.notice_on), "final_on": known.final_on,
        "appeal_by_notice": by_notice, "appeal_by_final": by_final, "appeal_until": known.appeal_until,
        "papers_until": known.papers_until,
    }  # fmt: skip


class RoleOut(serializers.ModelSerializer[ApplicationParty]):
    role = serializers.CharField()
    party = CompanyBrief()

    class Meta:
        model = ApplicationParty
        fields = ("role", "party", "name_as_filed", "country_as_filed", "address_as_filed", "end_use")


class LineOut(serializers.ModelSerializer[ApplicationLine]):
    class Meta:
        model = ApplicationLine
        fields = ("number", "item", "name", "part_number", "eccn", "app", "model_number", "ccats_number", "quantity",
                  "unit", "unit_price", "total_price", "manufacturer", "description")  # fmt: skip


class AttachmentOut(serializers.ModelSerializer[Attachment]):
    """A document of the file, proven by its SHA-256; `url` gives the bytes."""

    kind = serializers.CharField()
    name = serializers.CharField(source="document.name")
    media_type = serializers.CharField(source="document.media_type")
    size = serializers.IntegerField(source="document.size")
    sha256 = serializers.CharField(source="document.sha256")
    scan = serializers.CharField(source="document.scan")
    uploaded_at = serializers.DateTimeField(source="document.uploaded_at")
    uploaded_by = serializers.CharField(source="document.uploaded_by.name")
    legal_hold = serializers.CharField(source="document.hold_reason")
    url = serializers.SerializerMethodField()

    class Meta:
        model = Attachment
        fields = ("id", "kind", "note", "name", "media_type", "size", "sha256", "scan", "uploaded_at", "uploaded_by",
                  "legal_hold", "taken_off_at", "url")  # fmt: skip

    def get_url(self, one: Attachment) -> str:
        number = one.application.number if one.application else ""
        return f"/api/v1/applications/{number}/documents/{one.pk}/content/"


class FieldChangeOut(serializers.Serializer[Any]):
    field = serializers.CharField()  # type: ignore[assignment]
    label = serializers.CharField()  # type: ignore[assignment]
    before = serializers.CharField()
    after = serializers.CharField()


class FiledVersionOut(serializers.ModelSerializer[FiledVersion]):
    """The application as filed (1) and each change since, with what differs (748.6(f))."""

    changes = FieldChangeOut(many=True)
    made_by = serializers.CharField(source="made_by.name")

    class Meta:
        model = FiledVersion
        fields = ("number", "reason", "changes", "made_by", "made_at", "told_on")


class PredictionOut(serializers.Serializer[Any]):
    """Why a draft is likely to be returned without action."""

    reason = serializers.CharField()
    title = serializers.CharField()
    why = serializers.CharField()
    field = serializers.CharField()  # type: ignore[assignment]
    citation = serializers.CharField()


class LaneOut(serializers.Serializer[Any]):
    """Where a body stands: waiting, answered, silent (an agency's counts as no objection, 750.4(e)), or closed.

    `own` says that it is a body of one's own; its `position` is a view, and no silence counts for it.
    """

    body = serializers.CharField()
    name = serializers.CharField(source="title")
    own = serializers.BooleanField()
    blocks = serializers.BooleanField(help_text="Its objection holds the filing or an approval")
    state = serializers.CharField()
    position = serializers.CharField()
    reason = serializers.CharField()
    legal_basis = serializers.CharField()
    by = serializers.CharField(source="by.name", default="")
    at = serializers.DateTimeField(allow_null=True)
    referred_at = serializers.DateTimeField()
    due_on = serializers.DateField()
    assigned_to = PersonOut(source="holder", allow_null=True)
    assigned_at = serializers.DateTimeField(source="held_at", allow_null=True)


class StopOut(serializers.ModelSerializer[ClockStop]):
    reason = serializers.CharField()

    class Meta:
        model = ClockStop
        fields = ("reason", "note", "started_at", "completed_on", "ended_at")


class ClockOut(serializers.Serializer[Any]):
    """The 90-day clock of today: calendar days since registration, days it stood, and the day it runs out."""

    gross = serializers.IntegerField()
    stopped = serializers.IntegerField()
    net = serializers.IntegerField()
    left = serializers.IntegerField()
    due_on = serializers.DateField()
    running = serializers.BooleanField()


class ClockOnOut(serializers.Serializer[Any]):
    """The legal clock as it stood on a day, every step's days, and what open clock stops have to keep."""

    on = serializers.DateField()
    clock = ClockOut(allow_null=True)
    ladder = StepOut(many=True)
    own_deadlines = OwnDeadline(many=True)


class ApplicationDetail(HeldOut, serializers.ModelSerializer[Application]):
    """The dossier: blocks, parties, lines, lanes, conditions, clock, decisions and the caller's next actions.

    `status` is the one of today: an intent to deny is a denial from day 45 on (750.6(b)).
    """

    status = serializers.SerializerMethodField()
    status_words = serializers.SerializerMethodField()
    kind = serializers.CharField()
    route = serializers.CharField()
    applicant = CompanyBrief()
    filed_by = serializers.CharField(source="filed_by.name")
    copied_from = serializers.CharField(source="copied_from.number", default="")
    parties = RoleOut(many=True, source="roles")
    lines = serializers.SerializerMethodField()
    total_value = serializers.SerializerMethodField()
    documents = serializers.SerializerMethodField()
    versions = serializers.SerializerMethodField()
    advice = serializers.SerializerMethodField()
    predicted_returns = serializers.SerializerMethodField()
    lanes = serializers.SerializerMethodField()
    waivers = serializers.SerializerMethodField()
    conditions = serializers.SerializerMethodField()
    questions = serializers.SerializerMethodField()
    agency = serializers.SerializerMethodField()
    stops = StopOut(many=True)
    clock = serializers.SerializerMethodField()
    ladder = serializers.SerializerMethodField()
    rulings = serializers.SerializerMethodField()
    escalations = serializers.SerializerMethodField()
    denial = serializers.SerializerMethodField()
    responses = serializers.SerializerMethodField()
    appeal = serializers.SerializerMethodField()
    unregistered_return = serializers.SerializerMethodField()
    decisions = serializers.SerializerMethodField()
    letters = serializers.SerializerMethodField()
    license = serializers.SerializerMethodField()
    final_on = serializers.SerializerMethodField()
    allowed_actions = serializers.SerializerMethodField()

    class Meta:
        model = Application
        fields = ("number", "status", "status_words", "kind", "route", "applicant", "filed_by", "assigned_to",
                  "assigned_at", *BLOCKS, "total_value", "external_number", "copied_from", "shared", "saved_at",
                  "parties", "lines", "documents", "versions", "advice", "predicted_returns",
                  "lanes", "waivers", "conditions", "questions", "agency", "stops", "clock",
                  "ladder", "rulings", "escalations", "denial", "responses",
                  "appeal", "unregistered_return", "decisions", "letters", "license", "final_on", "created_at",
                  "submitted_at", "registered_at", "closed_at", "version", "allowed_actions")  # fmt: skip

    def get_license(self, case: Application) -> str:
        license = getattr(case, "license", None)
        return license.number if license else ""

    def get_status(self, case: Application) -> str:
        return str(decisions.state(case, timezone.localdate()))

    def get_status_words(self, case: Application) -> str:
        return WORDS[decisions.state(case, timezone.localdate())]

    @extend_schema_field(LineOut(many=True))
    def get_lines(self, case: Application) -> Any:
        return LineOut(sorted(case.lines.all(), key=lambda line: line.number), many=True).data

    @extend_schema_field({"type": "string", "format": "decimal", "description": "Block 23, US dollars"})
    def get_total_value(self, case: Application) -> str:
        return str(sum((line.total_price for line in case.lines.all()), Decimal(0)))

    @extend_schema_field(AttachmentOut(many=True))
    def get_documents(self, case: Application) -> Any:
        rows = case.attachments.filter(taken_off_at=None).select_related("document__uploaded_by")
        return AttachmentOut(rows.order_by("pk"), many=True).data

    @extend_schema_field(FiledVersionOut(many=True))
    def get_versions(self, case: Application) -> Any:
        return FiledVersionOut(case.versions.select_related("made_by").order_by("number"), many=True).data

    @extend_schema_field(BlockerSerializer(many=True))
    def get_advice(self, case: Application) -> Any:
        known = self._filing(case)
        return [each.as_dict() for each in advice.advice(known)] if known else []

    @extend_schema_field(PredictionOut(many=True))
    def get_predicted_returns(self, case: Application) -> Any:
        known = self._filing(case)
        if known is None:
            return []
        try:
            found = determinations.of(case, timezone.localdate())
        except Refused:  # a worksheet that does not add up any more; its page says so
            found = None
        return PredictionOut(advice.predicted(known, found), many=True).data

    def _filing(self, case: Application) -> filing.Filing | None:
        """The draft as the filing rules see it, read once; None once it is filed."""
        if case.status != Status.DRAFT:
            return None
        if not hasattr(self, "_known"):
            self._known = cases.filing_of(case)
        return self._known

    @extend_schema_field(LaneOut(many=True))
    def get_lanes(self, case: Application) -> Any:
        if not cases.shows_review(case, self.context["by"]):
            return []
        shown = [*cases.lanes(case, timezone.localdate()), *cases.own_lanes(case)]
        return LaneOut(shown, many=True).data

    @extend_schema_field(WaiverOut(many=True))
    def get_waivers(self, case: Application) -> Any:
        if not cases.shows_review(case, self.context["by"]):
            return []
        return WaiverOut(case.waivers.select_related("by").order_by("pk"), many=True).data

    @extend_schema_field(ConditionOut(many=True))
    def get_conditions(self, case: Application) -> Any:
        found = sorted(case.conditions.all(), key=lambda each: each.number)
        for each in found:
            each.application = case
        told = {
            "standings": conditions.standings(found, timezone.localdate()) if found else {},
            "review": cases.shows_review(case, self.context["by"]),
        }
        return ConditionOut(found, many=True, context=told).data

    @extend_schema_field(QuestionOut(many=True))
    def get_questions(self, case: Application) -> Any:
        return questions.shown(case, self.context["by"])

    @extend_schema_field(AgencyOut(allow_null=True))
    def get_agency(self, case: Application) -> Any:
        return questions.at_the_agency(case)

    @extend_schema_field(ClockOut(allow_null=True))
    def get_clock(self, case: Application) -> Any:
        reading = cases.reading(case, timezone.localdate())
        return ClockOut(reading).data if reading else None

    @extend_schema_field(StepOut(many=True))
    def get_ladder(self, case: Application) -> Any:
        """The steps of 750.4 with their days; empty on the company route and for its applicant."""
        return StepOut(ladder_of(case, self.context["by"], timezone.localdate()), many=True).data

    @extend_schema_field(RulingOut(many=True))
    def get_rulings(self, case: Application) -> Any:
        shown = list(case.rulings.all()) if cases.shows_review(case, self.context["by"]) else []
        return RulingOut(shown, many=True).data

    @extend_schema_field(EscalationOut(many=True))
    def get_escalations(self, case: Application) -> Any:
        shown = list(case.escalations.all()) if cases.shows_review(case, self.context["by"]) else []
        return EscalationOut(shown, many=True).data

    @extend_schema_field(DenialDays(allow_null=True))
    def get_denial(self, case: Application) -> Any:
        days = denial_days(case, timezone.localdate())
        return DenialDays(days).data if days else None

    @extend_schema_field(ResponseOut(many=True))
    def get_responses(self, case: Application) -> Any:
        found = list(case.responses.select_related("by").order_by("pk")) if cases.intent(case) else []
        return ResponseOut(found, many=True).data

    @extend_schema_field(AppealOut(allow_null=True))
    def get_appeal(self, case: Application) -> Any:
        appeal = rungs.appeal_of(case)
        return AppealOut(appeal).data if appeal else None

    @extend_schema_field(UnregisteredOut(allow_null=True))
    def get_unregistered_return(self, case: Application) -> Any:
        if case.status != Status.RETURNED_UNREGISTERED:
            return None
        return UnregisteredOut(case.unregistered_returns.select_related("by").get()).data

    @extend_schema_field(DecisionOut(many=True))
    def get_decisions(self, case: Application) -> Any:
        review = cases.shows_review(case, self.context["by"])
        shown = [each for each in case.decisions.all() if review or each.state == DecisionState.MADE]
        found: list[Decision] = sorted(shown, key=lambda each: each.pk)
        return DecisionOut(found, many=True).data

    @extend_schema_field(LetterOut(many=True))
    def get_letters(self, case: Application) -> Any:
        rows = case.letters.with_standing().select_related("application", "replaces")
        return LetterOut(rows.defer("content", "html").order_by("number"), many=True).data

    @extend_schema_field({"type": "string", "format": "date", "nullable": True})
    def get_final_on(self, case: Application) -> Any:
        return decisions.final_on(case)

    @extend_schema_field(AllowedAction(many=True))
    def get_allowed_actions(self, case: Application) -> list[dict[str, Any]]:
        return allowed_actions(applications.next_actions(case, self.context["by"], timezone.localdate()))

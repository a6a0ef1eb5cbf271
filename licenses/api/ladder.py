"""How the ladder of a dispute and a denial are shown and what their actions take; the verbs hold the rules."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ..ladder import VOTES
from ..models import (
    SECRETARY,
    Appeal,
    AppealPaper,
    AppealWithdrawal,
    Body,
    DenialResponse,
    Escalation,
    Office,
    Ruling,
    RulingOutcome,
    UnregisteredReturn,
)


class StepOut(serializers.Serializer[Any]):
    """A step of 750.4 with its legal day, the house's own target, and the day it was done."""

    code = serializers.CharField(source="step.code")
    title = serializers.CharField(source="step.title")
    days = serializers.IntegerField(source="step.days")
    citation = serializers.CharField(source="step.citation")
    due_on = serializers.DateField()
    day = serializers.IntegerField(help_text="The net day of the 90 that `due_on` is")
    target_on = serializers.DateField(
        allow_null=True, help_text="Internal: business days, never after `due_on`"
    )
    done_on = serializers.DateField(allow_null=True)
    late = serializers.BooleanField()


class RulingOut(serializers.ModelSerializer[Ruling]):
    """What a forum ruled; the latest of a forum stands."""

    forum = serializers.CharField()
    outcome = serializers.CharField()
    votes = serializers.DictField(child=serializers.CharField())
    dissenting = serializers.SerializerMethodField()
    by = serializers.CharField(source="by.name")

    class Meta:
        model = Ruling
        fields = ("forum", "outcome", "reason", "votes", "dissenting", "by", "at")

    def get_dissenting(self, ruling: Ruling) -> list[str]:
        return sorted(ruling.dissenting)


class EscalationOut(serializers.ModelSerializer[Escalation]):
    target = serializers.CharField()
    body = serializers.CharField()
    office = serializers.CharField()
    by = serializers.CharField(source="by.name")

    class Meta:
        model = Escalation
        fields = ("target", "body", "signatory", "office", "statute", "regulation", "reason", "by", "at")


class ResponseOut(serializers.ModelSerializer[DenialResponse]):
    """An answer to an intent-to-deny letter; `late` after day 20."""

    by = serializers.CharField(source="by.name")

    class Meta:
        model = DenialResponse
        fields = ("text", "due_on", "late", "by", "at")


class PaperOut(serializers.ModelSerializer[AppealPaper]):
    by = serializers.CharField(source="by.name")

    class Meta:
        model = AppealPaper
        fields = ("title", "text", "by", "at")


class AppealWithdrawalOut(serializers.ModelSerializer[AppealWithdrawal]):
    by = serializers.CharField(source="by.name")

    class Meta:
        model = AppealWithdrawal
        fields = ("reason", "by", "at")


class AppealOut(serializers.ModelSerializer[Appeal]):
    """An appeal; `withdrawal` once it was taken back."""

    withdrawal = serializers.SerializerMethodField()
    papers = PaperOut(many=True)
    by = serializers.CharField(source="by.name")

    class Meta:
        model = Appeal
        fields = (
            "statement",
            "hearing",
            "notice_on",
            "final_on",
            "last_day",
            "papers_until",
            "papers",
            "withdrawal",
            "by",
            "at",
        )

    @extend_schema_field(AppealWithdrawalOut(allow_null=True))
    def get_withdrawal(self, appeal: Appeal) -> Any:
        taken = next(iter(appeal.withdrawals.all()), None)
        return AppealWithdrawalOut(taken).data if taken else None


class UnregisteredOut(serializers.ModelSerializer[UnregisteredReturn]):
    defects = serializers.ListField(child=serializers.CharField())
    by = serializers.CharField(source="by.name")

    class Meta:
        model = UnregisteredReturn
        fields = ("defects", "contact", "by", "at")


class DenialDays(serializers.Serializer[Any]):
    """The days of a denial (750.6, 756.2): `appeal_until` is the later of 45 days after each."""

    notice_on = serializers.DateField()
    respond_by = serializers.DateField()
    final_on = serializers.DateField()
    appeal_by_notice = serializers.DateField()
    appeal_by_final = serializers.DateField()
    appeal_until = serializers.DateField()
    papers_until = serializers.DateField(allow_null=True)


class OwnDeadline(serializers.Serializer[Any]):
    """A deadline of an open clock stop, or a note without a day."""

    words = serializers.CharField()
    on = serializers.DateField(allow_null=True)


class ClockOnIn(serializers.Serializer[Any]):
    on = serializers.DateField(required=False, help_text="As it stood on that day; today where not given")


class UnregisteredIn(serializers.Serializer[Any]):
    defects = serializers.ListField(
        child=serializers.CharField(max_length=1000), help_text="The notice lists them"
    )
    contact = serializers.CharField(
        max_length=2000, help_text="How the applicant was asked, and what came of it"
    )


class RuleIn(serializers.Serializer[Any]):
    """Votes map a body to what it voted for; the Committee's default is the positions."""

    outcome = serializers.ChoiceField(RulingOutcome.choices)
    reason = serializers.CharField(max_length=10_000)
    votes = serializers.DictField(
        child=serializers.ChoiceField(VOTES), required=False, help_text=f"Bodies: {', '.join(Body.values)}"
    )


class EscalateIn(serializers.Serializer[Any]):
    """To the Advisory Committee an official appointed by the President signs, further up the agency's head."""

    body = serializers.ChoiceField([*Body.choices, (SECRETARY, "Secretary of Commerce")])
    signatory = serializers.CharField(max_length=120)
    office = serializers.ChoiceField(Office.choices)
    statute = serializers.CharField(max_length=200)
    regulation = serializers.CharField(max_length=200)
    reason = serializers.CharField(max_length=10_000)


class RespondIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=50_000)


class AppealIn(serializers.Serializer[Any]):
    statement = serializers.CharField(max_length=50_000)
    hearing = serializers.BooleanField(default=False)


class PaperIn(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=120)
    text = serializers.CharField(max_length=50_000)

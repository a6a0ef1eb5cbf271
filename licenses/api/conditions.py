"""How a condition is shown: its state of today, what is due, and every step."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from .. import conditions
from ..models import Condition, ConditionStep


class ConditionStepOut(serializers.ModelSerializer[ConditionStep]):
    """One step of a condition. `body` is empty for the applicant."""

    kind = serializers.CharField()
    by = serializers.CharField(source="by.name")
    body = serializers.CharField()

    class Meta:
        model = ConditionStep
        fields = ("kind", "by", "body", "at", "before", "after", "params", "reason", "due_on", "evidence")


class DemandOut(serializers.Serializer[Any]):
    on = serializers.DateField(allow_null=True)
    why = serializers.CharField()
    met_on = serializers.DateField(allow_null=True)


class ConditionOut(serializers.ModelSerializer[Condition]):
    """A condition with its steps. `state` is the one of today: open, met, late or waived; `demands` what is due.
    An applicant does not see who agreed, nor the reasons the bodies give each other."""

    code = serializers.CharField()
    origin = serializers.CharField()
    addressee = serializers.CharField()
    proposed_by = serializers.CharField(source="proposed_by.name")
    accepted_by = serializers.CharField(source="accepted_by.name", default="")
    state = serializers.SerializerMethodField()
    demands = serializers.SerializerMethodField()
    agreed = serializers.SerializerMethodField()
    steps = serializers.SerializerMethodField()

    class Meta:
        model = Condition
        fields = ("number", "code", "text", "params", "addressee", "origin", "proposed_by", "proposed_at",
                  "accepted_by", "accepted_at", "declined_at", "withdrawn_at", "due_on", "met_at", "waived_at",
                  "state", "demands", "agreed", "steps")  # fmt: skip

    def get_state(self, condition: Condition) -> str:
        return str(self.context["standings"][condition.pk].state)

    @extend_schema_field(DemandOut(many=True))
    def get_demands(self, condition: Condition) -> Any:
        return DemandOut(self.context["standings"][condition.pk].demands, many=True).data

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_agreed(self, condition: Condition) -> list[str]:
        return sorted(filter(None, conditions.agreed(condition))) if self.context["review"] else []

    @extend_schema_field(ConditionStepOut(many=True))
    def get_steps(self, condition: Condition) -> Any:
        told = ConditionStepOut(condition.steps.all(), many=True).data
        if self.context["review"]:
            return told
        own = ("declined", "met", "waived")
        return [
            {**step, "reason": step["reason"] if step["kind"] in own else ""}
            for step in told
            if step["kind"] != "agreed"
        ]

"""Conditions over the API: how one is shown, its state of today and every step, and the actions on them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from .. import conditions
from ..models import Condition, ConditionStep
from . import bodies

post = action(detail=True, methods=["post"])


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


class ConditionActions:
    """The actions on conditions, for the view set of applications."""

    @extend_schema(request=bodies.ConditionIn)
    @post
    def propose_condition(self: Any, request: Request, number: str) -> Response:
        """Propose a condition for the applicant to accept."""
        shown: Response = self._act(conditions.propose, bodies.ConditionIn)
        return shown

    @extend_schema(request=bodies.ChangeConditionIn)
    @post
    def change_condition(self: Any, request: Request, number: str) -> Response:
        """Give a condition new words or figures; the applicant is asked again."""
        shown: Response = self._on_condition(conditions.change, bodies.ChangeConditionIn)
        return shown

    @extend_schema(request=bodies.AgreeConditionIn)
    @post
    def agree_condition(self: Any, request: Request, number: str) -> Response:
        """Agree to a condition, or to its removal, for a body of the review."""
        shown: Response = self._on_condition(conditions.agree, bodies.AgreeConditionIn)
        return shown

    @extend_schema(request=bodies.ConditionNumberIn)
    @post
    def accept_condition(self: Any, request: Request, number: str) -> Response:
        """Accept a condition for the applicant."""
        shown: Response = self._on_condition(conditions.accept, bodies.ConditionNumberIn)
        return shown

    @extend_schema(request=bodies.ReasonedConditionIn)
    @post
    def decline_condition(self: Any, request: Request, number: str) -> Response:
        """Decline a condition for the applicant, with the reason."""
        shown: Response = self._on_condition(conditions.decline, bodies.ReasonedConditionIn)
        return shown

    @extend_schema(request=bodies.ReasonedConditionIn)
    @post
    def remove_condition(self: Any, request: Request, number: str) -> Response:
        """Remove a condition, with the reason; it stays on the record."""
        shown: Response = self._on_condition(conditions.remove, bodies.ReasonedConditionIn)
        return shown

    @extend_schema(request=bodies.MeetConditionIn)
    @post
    def meet_condition(self: Any, request: Request, number: str) -> Response:
        """Show that what is due under a condition of the license was done."""
        shown: Response = self._on_condition(conditions.meet, bodies.MeetConditionIn)
        return shown

    @extend_schema(request=bodies.ReasonedConditionIn)
    @post
    def waive_condition(self: Any, request: Request, number: str) -> Response:
        """Waive a condition of the license, with the reason."""
        shown: Response = self._on_condition(conditions.waive, bodies.ReasonedConditionIn)
        return shown

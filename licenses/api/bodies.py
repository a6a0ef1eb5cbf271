"""What the application's actions take: shape only, the verbs hold the rules."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from ..models import Body, ConditionCode, Kind, Outcome, PartyRole, Position, Route, StopReason
from .shapes import KnownItem, VisibleParty


class StartIn(serializers.Serializer[Any]):
    """A new draft; the answers may follow by PATCH."""

    applicant = VisibleParty()
    kind = serializers.ChoiceField(Kind.choices, default=Kind.EXPORT)
    route = serializers.ChoiceField(Route.choices, default=Route.OFFICE)
    contact_person = serializers.CharField(required=False, allow_blank=True)
    telephone = serializers.CharField(required=False, allow_blank=True)
    end_use = serializers.CharField(required=False, allow_blank=True)
    additional_information = serializers.CharField(required=False, allow_blank=True)


class RoleIn(serializers.Serializer[Any]):
    role = serializers.ChoiceField(PartyRole.choices)
    party = VisibleParty()


class LineIn(serializers.Serializer[Any]):
    """Quantity and unit price (US dollars) as decimal strings."""

    item = KnownItem()
    quantity = serializers.DecimalField(max_digits=16, decimal_places=3)
    unit_price = serializers.DecimalField(max_digits=16, decimal_places=2)


class DraftIn(serializers.Serializer[Any]):
    """A draft's answers. `version` is the one you read; `roles` and `lines` replace all that stand."""

    version = serializers.IntegerField(min_value=1)
    contact_person = serializers.CharField(required=False, allow_blank=True)
    telephone = serializers.CharField(required=False, allow_blank=True)
    end_use = serializers.CharField(required=False, allow_blank=True)
    additional_information = serializers.CharField(required=False, allow_blank=True)
    roles = RoleIn(many=True, required=False)
    lines = LineIn(many=True, required=False)


class WithdrawIn(serializers.Serializer[Any]):
    reason = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class FiledIn(serializers.Serializer[Any]):
    external_number = serializers.CharField(max_length=20, help_text="The number the agency gave")


class ReferIn(serializers.Serializer[Any]):
    bodies = serializers.ListField(child=serializers.ChoiceField(Body.choices), allow_empty=False)


class RecommendIn(serializers.Serializer[Any]):
    body = serializers.ChoiceField(Body.choices)
    position = serializers.ChoiceField(Position.choices)
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=10_000)
    legal_basis = serializers.CharField(required=False, allow_blank=True, help_text="Needed for an objection")


class ConditionIn(serializers.Serializer[Any]):
    code = serializers.ChoiceField(ConditionCode.choices)
    text = serializers.CharField(max_length=10_000)
    origin = serializers.ChoiceField(Body.choices)
    due_on = serializers.DateField(required=False, allow_null=True)


class ConditionNumberIn(serializers.Serializer[Any]):
    number = serializers.IntegerField(min_value=1, help_text="The condition's number in this case")


class StopIn(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(StopReason.choices)
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class ResumeIn(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(
        StopReason.choices, required=False, help_text="Ends this stop; without it every open one"
    )


class ProposeDecisionIn(serializers.Serializer[Any]):
    """A denial needs its legal basis, a return without action its reason code."""

    outcome = serializers.ChoiceField(Outcome.choices)
    justification = serializers.CharField(max_length=20_000)
    legal_basis = serializers.CharField(required=False, allow_blank=True)
    reason_code = serializers.CharField(required=False, allow_blank=True)


class CountersignIn(serializers.Serializer[Any]):
    expires_on = serializers.DateField(
        required=False, allow_null=True, help_text="Of the license; four years where not given (750.7(g))"
    )


class SendBackIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)


class RecordIn(ProposeDecisionIn):
    """The agency's decision on a case filed outside."""

    authority = serializers.CharField(max_length=60, default="BIS")
    decided_on = serializers.DateField()
    license_number = serializers.CharField(required=False, allow_blank=True, max_length=10)
    expires_on = serializers.DateField(required=False, allow_null=True)

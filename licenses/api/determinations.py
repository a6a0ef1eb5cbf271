"""Determinations over the API: the same question as `manage.py assess`, answered and never stored."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from exportctl.api import RolePermission

from .. import named, rulebook
from ..determination import reading
from ..determination.assess import assess
from ..determination.case import ANSWERS, Result

MOST = 1000


class OwnerIn(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=500)
    country = serializers.CharField(required=False)
    share = serializers.FloatField(required=False, help_text="In percent; left out where it is not known")
    listed_as = serializers.CharField(required=False)


class CasePartyIn(serializers.Serializer[Any]):
    role = serializers.CharField(
        help_text="purchaser, intermediate_consignee, ultimate_consignee, end_user, ..."
    )
    name = serializers.CharField(max_length=500)
    country = serializers.CharField()
    hq_country = serializers.CharField(required=False)
    listed_as = serializers.CharField(required=False, help_text="A list such as EL, or the listed name")
    owners = OwnerIn(many=True, required=False)  # type: ignore[call-arg]


class RedFlagsIn(serializers.Serializer[Any]):
    answered = serializers.BooleanField()
    open = serializers.ListField(child=serializers.CharField(), required=False)


class CaseIn(serializers.Serializer[Any]):
    """One question. What is left out is not known, and what is not known is never free."""

    id = serializers.CharField(required=False)
    date = serializers.DateField()
    eccn = serializers.CharField(required=False)
    destination = serializers.CharField(required=False, help_text="Two-letter country code")
    region = serializers.CharField(required=False)
    type = serializers.ChoiceField(["EXPORT", "REEXPORT", "TRANSFER", "DEEMED"], required=False)
    value = serializers.FloatField(required=False, help_text="US dollars")
    jurisdiction = serializers.CharField(required=False, help_text="EAR, or the other agency")
    origin = serializers.CharField(required=False)
    us_content = serializers.FloatField(required=False, help_text="Percent of the value")
    direct_product = serializers.BooleanField(required=False, help_text="Whether a rule of 734.9 reaches it")
    hts = serializers.CharField(required=False)
    end_use = serializers.CharField(required=False)
    end_use_answers = serializers.DictField(
        child=serializers.BooleanField(), required=False, help_text=f"Any of {', '.join(ANSWERS)}"
    )
    red_flags = RedFlagsIn(required=False)
    parties = CasePartyIn(many=True, required=False)  # type: ignore[call-arg]


class QuestionIn(CaseIn):
    """One question, or up to 1,000 as `cases`."""

    date = serializers.DateField(required=False)
    cases = CaseIn(many=True, required=False)  # type: ignore[call-arg]


class ReasonOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    column = serializers.CharField(required=False)
    citation = serializers.CharField()
    edition = serializers.CharField()
    text = serializers.CharField()
    party = serializers.CharField(required=False)


class OfferOut(serializers.Serializer[Any]):
    symbol = serializers.CharField()
    status = serializers.CharField(
        help_text="requires verification; never better without recorded conditions"
    )
    citation = serializers.CharField()
    edition = serializers.CharField()
    overcomes = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField()


class DeterminationOut(serializers.Serializer[Any]):
    """The answer; NLR reads "no license requirement found on these facts" until a determination is signed."""

    id = serializers.CharField(allow_null=True)
    result = serializers.ChoiceField([each.value for each in Result])
    agency = serializers.CharField(required=False)
    policy = serializers.CharField(required=False)
    reasons = ReasonOut(many=True)
    exceptions = OfferOut(many=True)
    questions = serializers.ListField(child=serializers.CharField())


class DeterminationsOut(serializers.Serializer[Any]):
    results = DeterminationOut(many=True)


class DeterminationViewSet(viewsets.ViewSet):
    """Asks whether a license is needed; nothing is kept."""

    permission_classes = [RolePermission]
    permissions = {"create": "policy.read"}

    @extend_schema(request=QuestionIn, responses={200: DeterminationsOut})
    def create(self, request: Request) -> Response:
        """Answer one question, or many in their order."""
        body = request.data
        if not isinstance(body, dict):
            raise serializers.ValidationError({"cases": ["Send an object: one question, or cases."]})
        cases = body.get("cases", [body])
        if not isinstance(cases, list) or not 1 <= len(cases) <= MOST:
            raise serializers.ValidationError({"cases": [f"Send 1 to {MOST} questions."]})
        errors = {
            f"cases[{number}]": ["This is no object."]
            for number, each in enumerate(cases)
            if not isinstance(each, dict)
        }
        if errors:
            raise serializers.ValidationError(errors)
        known = named.on_file()
        rules = rulebook.current()
        asked = [(each, reading.read(each, known)) for each in cases]
        wrong = {
            f"cases[{number}].{fault.partition(':')[0]}": [fault.partition(":")[2].strip()]
            for number, (_, one) in enumerate(asked)
            for fault in one.wrong
        }
        if wrong:
            if "cases" not in body:
                wrong = {field.partition(".")[2]: faults for field, faults in wrong.items()}
            raise serializers.ValidationError(wrong)
        results = [
            {"id": reading.identity(each), **reading.told(assess(one.case, rules, one.on))}
            for each, one in asked
            if one.on is not None
        ]
        return Response({"results": results})

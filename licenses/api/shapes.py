"""Shapes that more than one resource of this API takes or shows."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema_field
from rest_framework import serializers

from entities.models import Party

from .. import cases
from ..models import Application, DecidedLine, Decision, Item, Letter

KEY = OpenApiParameter(
    "Idempotency-Key", OpenApiTypes.STR, OpenApiParameter.HEADER,
    description="A key of your own, new for each movement; the same key and body answer with the first one.",
)  # fmt: skip


class CompanyBrief(serializers.ModelSerializer[Party]):
    """A party as other resources show it."""

    class Meta:
        model = Party
        fields = ("id", "reference", "name", "country")


@extend_schema_field(OpenApiTypes.INT)
class VisibleParty(serializers.PrimaryKeyRelatedField[Party]):
    """The key of a party the caller may see."""

    def get_queryset(self) -> QuerySet[Party]:
        return Party.objects.for_user(self.context["by"])


@extend_schema_field(OpenApiTypes.INT)
class KnownItem(serializers.PrimaryKeyRelatedField[Item]):
    """The key of an item of the master."""

    def get_queryset(self) -> QuerySet[Item]:
        return Item.objects.all()


class DecidedLineOut(serializers.ModelSerializer[DecidedLine]):
    class Meta:
        model = DecidedLine
        fields = ("number", "quantity", "reason")


class DecisionOut(serializers.ModelSerializer[Decision]):
    """A decision: what, why, on which basis, by whom. Times are those of the decision, not of its entry."""

    application = serializers.CharField(source="application.number")
    outcome = serializers.CharField()
    state = serializers.CharField()
    license = serializers.SerializerMethodField()
    proposed_by = serializers.CharField(source="proposed_by.name")
    countersigned_by = serializers.CharField(source="countersigned_by.name", default="")
    document = serializers.SerializerMethodField()
    lines = DecidedLineOut(many=True, help_text="Of an approval in part: what is granted of each line")

    class Meta:
        model = Decision
        fields = ("id", "application", "outcome", "state", "legal_basis", "reason_code", "denial_reasons",
                  "considerations", "modifications", "justification", "policy", "override", "senior", "lines",
                  "authority", "recorded", "document", "no_document", "proposed_by", "proposed_at",
                  "countersigned_by", "made_at", "final_at", "supersedes", "corrected_at",
                  "sent_back_reason", "license")  # fmt: skip

    def get_license(self, decision: Decision) -> str:
        license = getattr(decision, "license", None)
        return license.number if license else ""

    @extend_schema_field(
        {"type": "string", "description": "Where the agency's document of a recorded decision is"}
    )
    def get_document(self, decision: Decision) -> str:
        if decision.attachment_id is None:
            return ""
        return (
            f"/api/v1/applications/{decision.application.number}/documents/{decision.attachment_id}/content/"
        )


class LetterOut(serializers.ModelSerializer[Letter]):
    """A letter as it was written: `code` verifies it at /verify/, `sha256` is that of the PDF at `url`.

    `replaced` tells whether a later letter takes its place, `replaces` the number of the one it takes the place of.
    """

    kind = serializers.CharField()
    title = serializers.SerializerMethodField()
    code = serializers.CharField(source="spelled")
    replaces = serializers.IntegerField(source="replaces.number", default=None, allow_null=True)
    replaced = serializers.BooleanField()
    url = serializers.SerializerMethodField()

    class Meta:
        model = Letter
        fields = ("number", "kind", "title", "on", "made_at", "sha256", "code", "replaces", "replaced", "url")

    def get_title(self, letter: Letter) -> str:
        return letter.get_kind_display()

    def get_url(self, letter: Letter) -> str:
        return f"/api/v1/applications/{letter.application.number}/letters/{letter.number}/pdf/"


def context(request: Any) -> dict[str, Any]:
    """What the shapes need to know of the caller."""
    return {"by": request.user}


class PersonOut(serializers.Serializer[Any]):
    """Who works something."""

    username = serializers.CharField()
    name = serializers.CharField()


class HeldOut(serializers.Serializer[Any]):
    """The case officer and since when, for who sees the review; null where nobody has the case."""

    assigned_to = serializers.SerializerMethodField()
    assigned_at = serializers.SerializerMethodField()

    @extend_schema_field(PersonOut(allow_null=True))
    def get_assigned_to(self, case: Application) -> Any:
        return PersonOut(case.assigned_to).data if case.assigned_to and self._sees(case) else None

    @extend_schema_field({"type": "string", "format": "date-time", "nullable": True})
    def get_assigned_at(self, case: Application) -> Any:
        return case.assigned_at if self._sees(case) else None

    def _sees(self, case: Application) -> bool:
        return cases.shows_review(case, self.context["by"])

"""Screening of names over the API: an answer at once, or a batch that the workers answer."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from exportctl.api import RolePermission

from .. import batches, verdicts, worlds
from ..matching.score import REVIEW
from ..models import NameBatch, PartyKind
from ..outcomes import OUTCOME_CHOICES, ROLE_CHOICES
from ..parties import LONGEST_NAME

MOST_FACTS = 100
AT_ONCE = 1_000


class IdentifierIn(serializers.Serializer[Any]):
    kind = serializers.CharField(required=False, allow_blank=True, default="", max_length=40)
    value = serializers.CharField(max_length=120)


class StakeIn(serializers.Serializer[Any]):
    """Who owns the party, with the share in percent (leave it out where it is not known), and who owns the owner."""

    name = serializers.CharField(max_length=LONGEST_NAME)
    country = serializers.RegexField("^[A-Za-z]{2}$", required=False)
    share = serializers.DecimalField(
        max_digits=5,
        decimal_places=2,
        min_value=0,
        max_value=100,
        required=False,
        allow_null=True,
        default=None,
    )
    owners = serializers.ListField(child=serializers.DictField(), required=False, max_length=MOST_FACTS)

    def __init__(self, *args: Any, depth: int = 1, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.depth = depth

    def validate_share(self, given: Any) -> str | None:
        return None if given is None else str(given)

    def validate_owners(self, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if given and self.depth >= verdicts.DEEPEST:
            raise serializers.ValidationError(f"At most {verdicts.DEEPEST} owners above each other.")
        above = [StakeIn(data=one, depth=self.depth + 1) for one in given]
        for one in above:
            one.is_valid(raise_exception=True)
        return [one.validated_data for one in above]


class QueryIn(serializers.Serializer[Any]):
    """A party to screen; only the name is needed. `id` comes back with its answer."""

    role = serializers.ChoiceField(
        ROLE_CHOICES, required=False, allow_blank=True,
        help_text="In which role it stands in the deal; without it the strictest reading",
    )  # fmt: skip
    owners = StakeIn(many=True, required=False, max_length=MOST_FACTS)  # type: ignore[call-arg]

    id = serializers.CharField(required=False, max_length=200)
    name = serializers.CharField(max_length=LONGEST_NAME)
    kind = serializers.ChoiceField(PartyKind.choices, required=False, allow_blank=True)
    country = serializers.RegexField("^[A-Za-z]{2}$", required=False)
    countries = serializers.ListField(
        child=serializers.RegexField("^[A-Za-z]{2}$"), required=False, max_length=MOST_FACTS
    )
    names = serializers.ListField(
        child=serializers.CharField(max_length=LONGEST_NAME), required=False, max_length=MOST_FACTS
    )
    addresses = serializers.ListField(
        child=serializers.CharField(max_length=2000), required=False, max_length=MOST_FACTS
    )
    identifiers = IdentifierIn(many=True, required=False, max_length=MOST_FACTS)  # type: ignore[call-arg]
    birth_date = serializers.CharField(required=False, allow_blank=True, max_length=40)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if country := attrs.pop("country", ""):
            attrs["countries"] = [country, *attrs.get("countries", [])]
        return attrs


class AskedIn(serializers.Serializer[Any]):
    limit = serializers.IntegerField(min_value=1, max_value=100, default=10)
    minimum = serializers.IntegerField(min_value=1, max_value=100, default=REVIEW)


class ScreeningIn(AskedIn, QueryIn):
    """One party, or up to 1,000 as `queries`."""

    name = serializers.CharField(max_length=LONGEST_NAME, required=False)
    queries = QueryIn(many=True, required=False, max_length=AT_ONCE, min_length=1)  # type: ignore[call-arg]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("name" in attrs) == ("queries" in attrs):
            raise serializers.ValidationError({"name": ["Give either a name or queries."]})
        return super().validate(attrs)


class BatchIn(AskedIn):
    """Up to 20,000 parties, answered by the workers."""

    queries = QueryIn(many=True, max_length=batches.MOST, min_length=1)  # type: ignore[call-arg]


class FoundOut(serializers.Serializer[Any]):
    """A listed party that meets the query, with the evidence."""

    score = serializers.IntegerField()
    band = serializers.CharField()
    key = serializers.CharField()
    list = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    listed_party = serializers.IntegerField()
    name = serializers.CharField()
    matched_name = serializers.CharField()
    explanation = serializers.DictField()


class ResultOut(serializers.Serializer[Any]):
    """`outcome` is that of a name nobody judged: an entry alike by name and another fact counts as what its lists
    say, any other as a red flag. It rests on every match, not on the `limit` told."""

    id = serializers.CharField()
    name = serializers.CharField()
    outcome = serializers.ChoiceField(OUTCOME_CHOICES)
    words = serializers.CharField()
    reasons = serializers.ListField(child=serializers.CharField())
    hits = FoundOut(many=True)


class ScreeningOut(serializers.Serializer[Any]):
    """The answers, and on which list versions and engine they rest. No hit is not a clearance."""

    engine = serializers.CharField()
    list_versions = serializers.DictField(child=serializers.IntegerField())
    results = ResultOut(many=True)


class BatchOut(serializers.ModelSerializer[NameBatch]):
    """How far a batch is: `answered` of `total` names."""

    answered = serializers.SerializerMethodField()

    class Meta:
        model = NameBatch
        fields = ("id", "at", "total", "limit", "minimum", "answered")

    def get_answered(self, batch: NameBatch) -> int:
        return batches.done(batch)


class ChunkOut(ScreeningOut):
    start = serializers.IntegerField()


class BatchAnswersOut(BatchOut):
    """The same with the answers there are, in order; each part rests on the lists it names."""

    parts = serializers.SerializerMethodField()

    class Meta(BatchOut.Meta):
        fields = (*BatchOut.Meta.fields, "parts")  # type: ignore[assignment]

    @extend_schema(responses=ChunkOut(many=True))
    def get_parts(self, batch: NameBatch) -> list[dict[str, Any]]:
        return [
            {
                "start": chunk.start, "engine": worlds.engine_of(chunk.world).removeprefix("engine "),
                "list_versions": worlds.numbers_of(chunk.world), "results": chunk.answers,
            }
            for chunk in batch.chunks.exclude(answered_at=None).order_by("start")
        ]  # fmt: skip


class ScreeningViewSet(viewsets.ViewSet):
    """Screens names that are asked about; nothing of them is kept."""

    permission_classes = [RolePermission]
    permissions = {"*": "screening.run"}

    @extend_schema(request=ScreeningIn, responses={200: ScreeningOut})
    def create(self, request: Request) -> Response:
        """Screen one name, or up to 1,000."""
        body = ScreeningIn(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        now = worlds.world()
        results = batches.answer(
            asked.get("queries", [asked]), now=now, by=request.user,  # type: ignore[arg-type]
            limit=asked["limit"], minimum=asked["minimum"], on=timezone.localdate(),
        )  # fmt: skip
        return Response({"engine": now.engine, "list_versions": dict(now.versions), "results": results})


class ScreeningBatchViewSet(mixins.RetrieveModelMixin, viewsets.GenericViewSet[NameBatch]):
    """Many names: handed in, answered by all workers, fetched with their progress; kept for a week."""

    permission_classes = [RolePermission]
    permissions = {"*": "screening.run"}
    serializer_class = BatchAnswersOut
    queryset = NameBatch.objects.none()

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return NameBatch.objects.none()
        return NameBatch.objects.filter(by_id=self.request.user.pk)

    @extend_schema(request=BatchIn, responses={202: BatchOut})
    def create(self, request: Request) -> Response:
        """Hand in up to 20,000 names; the answer says where to look for the answers."""
        body = BatchIn(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        batch = batches.receive(
            asked["queries"], limit=asked["limit"], minimum=asked["minimum"], by=request.user,  # type: ignore[arg-type]
            at=timezone.now(),
        )  # fmt: skip
        where = reverse("screening-batch-detail", args=[batch.pk], request=request)
        return Response(BatchOut(batch).data, status=status.HTTP_202_ACCEPTED, headers={"Location": where})

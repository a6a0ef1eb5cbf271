"""What the application's actions take: shape only, the verbs hold the rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from exportctl.models import User

from ..blocks import CHOICES, FLAG, TABLE, YES_NO, Block
from ..models import (
    Asked,
    Body,
    ConditionCode,
    DenialReason,
    DocumentKind,
    Kind,
    Outcome,
    PartyRole,
    Position,
    Route,
    Stance,
    StopReason,
)
from ..riders import RIDERS
from .shapes import KnownItem, VisibleParty


def block_field(block: Block) -> serializers.Field[Any, Any, Any, Any]:
    """How a block is sent. What may be in it is the verb's to say, for all blocks at once."""
    codes = [code for code, _ in block.choices] or (["yes", "no"] if block.kind == YES_NO else [])
    told = ". ".join(
        filter(
            None, (block.where, block.label, f"One of {', '.join(codes)}" if codes else "", block.citation)
        )
    )
    if block.kind == FLAG:
        return serializers.BooleanField(required=False, help_text=told)
    if block.kind == CHOICES:
        return serializers.ListField(child=serializers.CharField(), required=False, help_text=told)
    return serializers.CharField(required=False, allow_blank=True, help_text=told)


class Blocks(serializers.Serializer[Any]):
    """A body that also takes the blocks of the form (Supp. 1 to part 748)."""

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), **{block.name: block_field(block) for block in TABLE}}


class StartIn(Blocks):
    """A new draft; the answers may follow by PATCH."""

    applicant = VisibleParty()
    kind = serializers.ChoiceField(Kind.choices, default=Kind.EXPORT)
    route = serializers.ChoiceField(Route.choices, default=Route.OFFICE)


class RoleIn(serializers.Serializer[Any]):
    role = serializers.ChoiceField(PartyRole.choices)
    party = VisibleParty()
    end_use = serializers.CharField(
        required=False, allow_blank=True, help_text="Of one of several end users (BIS-748P-B)"
    )


class LineIn(serializers.Serializer[Any]):
    """Quantity and unit price (US dollars) as decimal strings; a total is checked to the dollar."""

    item = KnownItem()
    quantity = serializers.DecimalField(
        max_digits=16, decimal_places=3, required=False, allow_null=True,
        help_text="May be left out for software and technology",
    )  # fmt: skip
    unit_price = serializers.DecimalField(max_digits=16, decimal_places=2)
    total_price = serializers.DecimalField(max_digits=18, decimal_places=2, required=False, allow_null=True)


class DraftIn(Blocks):
    """A draft's answers. The version you read comes as `version` or as If-Match; `roles` and `lines` replace
    all that stand."""

    version = serializers.IntegerField(min_value=1, required=False)
    roles = RoleIn(many=True, required=False)
    lines = LineIn(many=True, required=False)


class AmendIn(DraftIn):
    """What changes after the filing, and why (748.6(f))."""

    reason = serializers.CharField(max_length=2000)


class ReportChangeIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000, help_text="What changed, and since when")
    told_on = serializers.DateField(required=False, allow_null=True, help_text="When the agency was told")


class AttachIn(serializers.Serializer[Any]):
    """A file with its kind, as multipart/form-data."""

    file = serializers.FileField(allow_empty_file=True, max_length=1000)
    kind = serializers.CharField(help_text=", ".join(DocumentKind.values))
    note = serializers.CharField(required=False, allow_blank=True)


class AssignIn(serializers.Serializer[Any]):
    """`to`: the user name of who works it; null gives it back. `body` names a body's lane; without it the case."""

    to = serializers.SlugRelatedField(slug_field="username", queryset=User.objects.all(), allow_null=True)
    body = serializers.CharField(max_length=20, required=False, allow_blank=True)
    reason = serializers.CharField(
        required=False, allow_blank=True, max_length=2000,
        help_text="Needed where somebody has it: it goes on, over to you, or back",
    )  # fmt: skip


class WithdrawIn(serializers.Serializer[Any]):
    reason = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class FiledIn(serializers.Serializer[Any]):
    external_number = serializers.CharField(max_length=20, help_text="The number the agency gave")


class ReferIn(serializers.Serializer[Any]):
    """Codes of review bodies (`/review-bodies/`): agencies, and bodies of one's own beside them."""

    bodies = serializers.ListField(child=serializers.CharField(max_length=20), allow_empty=False)


class ConsultIn(serializers.Serializer[Any]):
    """Codes of bodies of one's own (`/review-bodies/?kind=internal`)."""

    bodies = serializers.ListField(child=serializers.CharField(max_length=20), allow_empty=False)


class AdviseIn(serializers.Serializer[Any]):
    body = serializers.CharField(max_length=20, help_text="A body of one's own that was asked, by its code")
    stance = serializers.ChoiceField(Stance.choices)
    reason = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=10_000, help_text="Needed, but for no view"
    )


class CloseLaneIn(serializers.Serializer[Any]):
    body = serializers.CharField(max_length=20, help_text="A body of one's own that has not answered")
    reason = serializers.CharField(max_length=2000)


class RecommendIn(serializers.Serializer[Any]):
    body = serializers.ChoiceField(Body.choices)
    position = serializers.ChoiceField(Position.choices)
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=10_000)
    legal_basis = serializers.CharField(required=False, allow_blank=True, help_text="Needed for an objection")
    condition_code = serializers.ChoiceField(
        ConditionCode.choices,
        required=False,
        allow_blank=True,
        help_text="A condition proposed with the position",
    )
    condition_text = serializers.CharField(required=False, allow_blank=True, max_length=10_000)


class ConditionIn(serializers.Serializer[Any]):
    """A condition; without `text` the standard wording of its kind, with the figures in `params`."""

    code = serializers.ChoiceField(ConditionCode.choices)
    text = serializers.CharField(required=False, allow_blank=True, max_length=10_000)
    origin = serializers.ChoiceField(Body.choices)
    params = serializers.DictField(
        child=serializers.CharField(max_length=300), required=False,
        help_text="Figures of the kind: " + ", ".join(
            f"{code} {' '.join(rider.takes)}" for code, rider in RIDERS.items() if rider.takes
        ),
    )  # fmt: skip
    due_on = serializers.DateField(required=False, allow_null=True)
    addressee = serializers.ChoiceField(
        PartyRole.choices, required=False, help_text="Whom it binds; the kind says where not given"
    )


class ConditionNumberIn(serializers.Serializer[Any]):
    number = serializers.IntegerField(min_value=1, help_text="The condition's number in this case")


class ChangeConditionIn(ConditionNumberIn):
    text = serializers.CharField(required=False, allow_blank=True, max_length=10_000)
    params = serializers.DictField(child=serializers.CharField(max_length=300), required=False)
    due_on = serializers.DateField(required=False, allow_null=True)
    reason = serializers.CharField(
        required=False, allow_blank=True, max_length=2000, help_text="Needed for another body's condition"
    )


class AgreeConditionIn(ConditionNumberIn):
    body = serializers.ChoiceField(
        Body.choices, required=False, help_text="Where the caller sits for several bodies of the case"
    )


class ReasonedConditionIn(ConditionNumberIn):
    reason = serializers.CharField(max_length=2000)


class MeetConditionIn(ConditionNumberIn):
    due_on = serializers.DateField(
        required=False, allow_null=True, help_text="The demand that is met; the earliest where not given"
    )
    evidence = serializers.IntegerField(required=False, help_text="A document of the case, by its id")
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class AskIn(serializers.Serializer[Any]):
    """A question; `stop` stops the legal clock until it is answered."""

    to = serializers.ChoiceField(Asked.choices)
    text = serializers.CharField(max_length=4000)
    due_on = serializers.DateField()
    body = serializers.ChoiceField(Body.choices, required=False, help_text="Of a reviewer with several seats")
    asked_on = serializers.DateField(required=False, help_text="Where it was asked before today")
    stop = serializers.BooleanField(default=False)


class RecordQuestionIn(serializers.Serializer[Any]):
    """A question of the agency on the company route."""

    text = serializers.CharField(max_length=4000)
    due_on = serializers.DateField()
    asked_on = serializers.DateField(required=False, help_text="The day the agency asked")
    read_on = serializers.DateField(required=False, help_text="The day it was read; today where not given")


class AgencyStatusIn(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=4000, help_text="As the agency shows it")
    read_on = serializers.DateField()


class QuestionNumberIn(serializers.Serializer[Any]):
    number = serializers.IntegerField(min_value=1, help_text="The question's number in this case")


class AnswerIn(QuestionNumberIn):
    text = serializers.CharField(max_length=4000)
    given_on = serializers.DateField(
        required=False, help_text="Company route: the day the agency got it; today where not given"
    )
    documents = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text="Documents of the case, by their id"
    )


class WithdrawQuestionIn(QuestionNumberIn):
    reason = serializers.CharField(max_length=2000)


class StopIn(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(StopReason.choices)
    note = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class CheckIn(serializers.Serializer[Any]):
    completed_on = serializers.DateField(required=False, help_text="Today where not given")


class ResumeIn(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(
        StopReason.choices, required=False, help_text="Ends this stop; without it every open one"
    )


class DecidedLineIn(serializers.Serializer[Any]):
    """What is granted of a line; a quantity of 0 refuses it, a cut needs its reason."""

    number = serializers.IntegerField(min_value=1)
    quantity = serializers.DecimalField(max_digits=16, decimal_places=3, min_value=Decimal(0))
    reason = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class GroundsIn(serializers.Serializer[Any]):
    """A denial needs its legal basis and codes, a return without action its reason code, an intent to deny its
    particulars."""

    justification = serializers.CharField(max_length=20_000)
    legal_basis = serializers.CharField(required=False, allow_blank=True)
    reason_code = serializers.CharField(required=False, allow_blank=True)
    considerations = serializers.CharField(
        required=False, allow_blank=True, max_length=10_000,
        help_text="Of an intent to deny: the specific considerations, or `withheld` (750.6(a))",
    )  # fmt: skip
    modifications = serializers.CharField(
        required=False, allow_blank=True, max_length=10_000,
        help_text="Of an intent to deny: what could change the decision, or `none` (750.6(a))",
    )  # fmt: skip
    denial_reasons = serializers.ListField(
        child=serializers.ChoiceField(DenialReason.choices),
        required=False,
        help_text="Of a denial: each reason",
    )


class ProposeDecisionIn(GroundsIn):
    """An approval in part needs its lines, one against a policy of denial its override."""

    outcome = serializers.ChoiceField(Outcome.choices)
    override = serializers.CharField(
        required=False, allow_blank=True, max_length=20_000,
        help_text="Why an approval overrides a policy or presumption of denial; a senior approver signs it",
    )  # fmt: skip
    lines = DecidedLineIn(many=True, required=False)


class CorrectIn(GroundsIn):
    """Other words for the decision that stands; its outcome, lines and day stay."""


class CountersignIn(serializers.Serializer[Any]):
    expires_on = serializers.DateField(
        required=False, allow_null=True, help_text="Of the license; four years where not given (750.7(g))"
    )


class SendBackIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)


class RecordIn(ProposeDecisionIn):
    """The agency's decision on a case filed outside; with its document as multipart/form-data."""

    considerations = None  # type: ignore[assignment]
    modifications = None  # type: ignore[assignment]
    authority = serializers.CharField(max_length=60, default="BIS")
    decided_on = serializers.DateField()
    license_number = serializers.CharField(required=False, allow_blank=True, max_length=10)
    expires_on = serializers.DateField(required=False, allow_null=True)
    file = serializers.FileField(
        required=False, allow_empty_file=True, max_length=1000, help_text="The agency's letter or license"
    )
    no_document = serializers.CharField(
        required=False, allow_blank=True, max_length=300, help_text="Why that document is not at hand"
    )

"""What each action of a case asks for. The names of the fields are the names the verbs use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.html import format_html

from ..models import Body, DenialReason, Outcome, Position, ReturnReason, Stance, StopReason
from ..riders import RIDERS
from .fields import FigureField, choice, day, narrow, offer, words

# outcomes as they are told: made here or by an agency
SAID = {
    Outcome.APPROVE: "Approved",
    Outcome.APPROVE_CONDITIONS: "Approved with conditions",
    Outcome.APPROVE_PART: "Approved in part",
    Outcome.NO_LICENSE: "Returned: no license required",
    Outcome.INTEND_TO_DENY: "Intent to deny",
    Outcome.DENY: "Denied",
    Outcome.RETURN: "Returned without action",
}


class PlainForm(forms.Form):
    """An action that asks nothing."""


class BodiesForm(forms.Form):
    """Bodies to ask; `bodies` are their codes and names as they stand today, `why` what is said beside each."""

    bodies = forms.MultipleChoiceField(label="Bodies", widget=forms.CheckboxSelectMultiple)

    def __init__(
        self,
        *args: Any,
        bodies: Iterable[tuple[str, str]],
        why: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        said = why or {}
        self.fields["bodies"].choices = [  # type: ignore[attr-defined]
            (
                code,
                format_html('<span>{}<br><span class="note">{}</span></span>', name, said[code])
                if said.get(code)
                else name,
            )
            for code, name in bodies
        ]


class ReferForm(BodiesForm):
    """Agencies, and bodies of one's own beside them."""

    def __init__(self, *args: Any, note: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["bodies"].help_text = " ".join(
            filter(
                None,
                (
                    "An agency has 30 days from the referral (750.4(d)(2)), a body of your own its target.",
                    note,
                ),
            )
        )


class ConsultForm(BodiesForm):
    """Bodies of one's own alone."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "bodies"
        ].help_text = "The case stays where it is. No silence counts for a body of your own."


class AdviseForm(forms.Form):
    """The view of a body of one's own; only those the person sits for are offered."""

    body = choice("For", ())
    stance = forms.ChoiceField(label="View", choices=Stance.choices, widget=forms.RadioSelect)
    reason = words("Reason", required=False, help_text="Needed, but for no view; conditions are named here")

    def __init__(self, *args: Any, bodies: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "body", bodies)


class CloseLaneForm(forms.Form):
    """A body of one's own that has not answered, and why the case waits for it no more."""

    body = choice("Body", ())
    reason = words("Reason", limit=2000)

    def __init__(self, *args: Any, bodies: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "body", bodies)


class RecommendForm(forms.Form):
    """A position; only the bodies the person sits for are offered."""

    body = choice("For", Body.choices)
    position = forms.ChoiceField(label="Position", choices=Position.choices, widget=forms.RadioSelect)
    reason = words("Reason", required=False, help_text="Needed, but for no objection")
    legal_basis = forms.CharField(
        label="Legal basis",
        max_length=200,
        required=False,
        help_text="Statute and section; a denial needs one (750.4(e))",
    )
    condition_code = choice(
        "A condition with it", [(code, rider.label) for code, rider in RIDERS.items() if not rider.takes],
        required=False, help_text="Kinds with figures are proposed as an act of their own",
    )  # fmt: skip
    condition_text = words(
        "Its words", required=False, help_text="Empty: the standard wording of the kind, if one is chosen"
    )

    def __init__(self, *args: Any, bodies: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrow(self, "body", bodies)
        for name in ("condition_code", "condition_text"):
            self.fields[name].when = "approve_conditions"  # type: ignore[attr-defined]
        basis = self.fields["legal_basis"]
        basis.when = "deny approve_conditions approve"  # type: ignore[attr-defined]


class StopForm(forms.Form):
    reason = choice("Cause", StopReason.choices, help_text="Clock stops of 750.4(b) and (d)(1)")
    note = words("Note", required=False, help_text="What was asked, of whom")


class CheckForm(forms.Form):
    completed_on = day(
        "Completed on", help_text="The day of the check; its analysis is due 5 days after (750.4(b))"
    )


class ReasonForm(forms.Form):
    reason = words("Reason")


class OptionalReasonForm(forms.Form):
    reason = words("Reason", required=False)


class ReportChangeForm(forms.Form):
    reason = words(
        "What changed, and since when", help_text="Reported at once, pending or issued (748.6(f))", limit=2000
    )
    told_on = day("The agency was told on", required=False)


class MarkFiledForm(forms.Form):
    external_number = forms.CharField(
        label="The agency’s number", max_length=20,
        help_text="The application control number SNAP-R gave you when you filed there.",
    )  # fmt: skip


# field -> the outcomes it belongs to; under others the style sheet folds it away, and the verb refuses it
WHEN = {
    "reason_code": (Outcome.RETURN,),
    "denial_reasons": (Outcome.INTEND_TO_DENY, Outcome.DENY),
    "considerations": (Outcome.INTEND_TO_DENY,),
    "modifications": (Outcome.INTEND_TO_DENY,),
    "override": (Outcome.APPROVE, Outcome.APPROVE_CONDITIONS, Outcome.APPROVE_PART),
    "license_number": (Outcome.APPROVE, Outcome.APPROVE_CONDITIONS, Outcome.APPROVE_PART),
    "expires_on": (Outcome.APPROVE, Outcome.APPROVE_CONDITIONS, Outcome.APPROVE_PART),
}


class GroundsForm(forms.Form):
    """The words and codes of a decision."""

    reason_code = choice("If returned: why", ReturnReason.choices, required=False)
    denial_reasons = forms.MultipleChoiceField(
        label="If denied: every reason it rests on", choices=DenialReason.choices, required=False,
        widget=forms.CheckboxSelectMultiple, help_text="The letter names each (750.6(a)).",
    )  # fmt: skip
    legal_basis = forms.CharField(
        label="Legal basis", max_length=300, required=False,
        help_text="Section of the EAR, for example 744.11(a). A denial needs one (750.6(a)).",
    )  # fmt: skip
    considerations = words(
        "If you intend to deny: specific considerations", required=False, limit=10_000,
        help_text="The letter tells them. Write “withheld” where national security or foreign policy forbids it "
        "(750.6(a)).",
    )  # fmt: skip
    modifications = words(
        "If you intend to deny: what could change the decision", required=False, limit=10_000,
        help_text="Modifications the applicant may offer in their answer, or “none” (750.6(a)).",
    )  # fmt: skip
    justification = words(
        "Justification", help_text="Part of the record. Say why, also against the license review policy."
    )


class ProposeForm(GroundsForm):
    """A proposed decision; no outcome is chosen in advance."""

    outcome = forms.ChoiceField(label="Outcome", choices=Outcome.choices, widget=forms.RadioSelect)
    override = words(
        "If a policy of denial applies: why it is overridden", required=False,
        help_text="Needed for an approval against a presumption or policy of denial; a senior approver signs it.",
    )  # fmt: skip
    field_order = [
        "outcome",
        "lines",
        "reason_code",
        "denial_reasons",
        "legal_basis",
        "justification",
        "override",
    ]

    def __init__(
        self,
        *args: Any,
        outcomes: Iterable[str] = tuple(Outcome.values),
        lines: Iterable[Any] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        narrow(self, "outcome", outcomes)
        self.line_numbers = []
        for line in lines:
            self.line_numbers.append(line.number)
            self.fields[f"granted_{line.number}"] = FigureField(
                label=f"If in part: granted of line {line.number}, {line.name}", required=False, min_value=0,
                max_digits=16, decimal_places=3,
                help_text=f"Applied for: {line.quantity.normalize():f} {line.unit}. 0 refuses the line.",
            )  # fmt: skip
            self.fields[f"cut_{line.number}"] = forms.CharField(
                label=f"Why line {line.number} is cut", required=False, max_length=2000
            )
        for name, field in self.fields.items():
            outcomes_of = (
                (Outcome.APPROVE_PART,) if name.startswith(("granted_", "cut_")) else WHEN.get(name, ())
            )
            field.when = " ".join(outcomes_of)  # type: ignore[attr-defined]
        cut = [name for number in self.line_numbers for name in (f"granted_{number}", f"cut_{number}")]
        self.order_fields(["outcome", *cut, *self.field_order])

    def clean(self) -> dict[str, Any]:
        """The lines as the verb takes them; those of other outcomes are left out."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        lines = []
        for number in self.line_numbers:
            granted, why = cleaned.pop(f"granted_{number}", None), cleaned.pop(f"cut_{number}", "")
            if granted is not None:
                lines.append({"number": number, "quantity": granted, "reason": why})
        if cleaned.get("outcome") == Outcome.APPROVE_PART:
            cleaned["lines"] = lines
        return cleaned


class CorrectForm(GroundsForm):
    """Other words for a decision that is made; its outcome and day stay, so only what fits it is asked."""

    def __init__(self, *args: Any, outcome: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in [name for name in self.fields if outcome not in WHEN.get(name, (outcome,))]:
            del self.fields[name]

    field_order = [
        "justification",
        "legal_basis",
        "denial_reasons",
        "considerations",
        "modifications",
        "reason_code",
    ]


class CountersignForm(forms.Form):
    expires_on = day(
        "Valid until, if not four years",
        required=False,
        help_text="A license runs four years unless it says otherwise (750.7(g)).",
    )


class RecordForm(ProposeForm):
    """The agency's decision, made outside and recorded here."""

    considerations = None  # type: ignore[assignment]
    modifications = None  # type: ignore[assignment]
    outcome = forms.ChoiceField(
        label="What the agency decided", choices=list(SAID.items()), widget=forms.RadioSelect
    )
    justification = words("What the agency wrote", help_text="Its reasons, or the conditions as it gave them")
    authority = forms.CharField(label="Decided by", max_length=60, initial="BIS")
    decided_on = day("Decided on", help_text="The date on the agency’s letter")
    license_number = forms.CharField(label="Number of the agency’s license", max_length=10, required=False)
    expires_on = day(
        "Its last day",
        required=False,
        help_text="Copy it from the license; empty means four years (750.7(g))",
    )
    file = forms.FileField(
        label="The agency’s letter or license", required=False, allow_empty_file=True,
        help_text="Kept as it came, with its SHA-256, in the file of the case",
    )  # fmt: skip
    no_document = words(
        "Why it is not at hand", required=False, limit=300, help_text="Only where you add no document"
    )

    override = None  # type: ignore[assignment]
    field_order = [
        "outcome", "reason_code", "denial_reasons", "authority", "decided_on", "license_number", "expires_on", "file",
        "no_document",
        "legal_basis", "justification",
    ]  # fmt: skip

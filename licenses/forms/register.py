"""Items, shipments and their reversal, and the day to look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from ..models import Basis
from .fields import FigureField, choice, day, words


class ItemForm(forms.Form):
    part_number = forms.CharField(label="Part number", max_length=60)
    name = forms.CharField(label="Name", max_length=200)
    eccn = forms.CharField(
        label="ECCN", max_length=20, help_text="With its paragraph, for example 2B350.g.1, or EAR99"
    )
    unit = forms.CharField(label="Unit", max_length=20, initial="each")
    model_number = forms.CharField(
        label="Model number", max_length=60, required=False, help_text="Block 22c, if not the part number"
    )
    manufacturer = forms.CharField(
        label="Manufacturer", max_length=200, required=False, help_text="Block 22i, if not the applicant"
    )
    ccats_number = forms.CharField(
        label="CCATS number", max_length=20, required=False, help_text="Block 22d, if BIS classified it"
    )
    app = FigureField(
        label="Adjusted peak performance", max_digits=12, decimal_places=4, required=False,
        help_text="Block 22b, of a computer, weighted teraflops",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 10}),
    )  # fmt: skip
    description = words(
        "Technical description",
        required=False,
        help_text="Block 22j: own words and the parameters the entry names",
    )


class ItemEditForm(ItemForm):
    """What may change of an item; part number stays, the ECCN changes by a signed classification."""

    part_number = None  # type: ignore[assignment]
    eccn = None  # type: ignore[assignment]
    version = forms.IntegerField(widget=forms.HiddenInput())


class ClassifyForm(forms.Form):
    """A classification as an engineer proposes it."""

    eccn = forms.CharField(label="ECCN", max_length=20, help_text="With its paragraph, or EAR99")
    basis = choice("Basis", Basis.choices)
    number = forms.CharField(
        label="Number", max_length=40, required=False, help_text="Of the CCATS or the commodity jurisdiction"
    )
    reasons = forms.CharField(
        label="Reasons for control", max_length=200, required=False, help_text="As the entry names them"
    )
    edition_on = day("Entry read in the edition of", required=False)
    review_on = day("Review on", required=False)
    note = words("Note", required=False, rows=2, help_text="What was ruled out, and why")


class ParameterForm(forms.Form):
    """One parameter of the entry against this item; unknown stays an open question."""

    paragraph = forms.CharField(label="Paragraph", max_length=60, required=False)
    asks = forms.CharField(label="The entry asks", max_length=500, required=False)
    item = forms.CharField(label="This item", max_length=500, required=False)
    source = forms.CharField(label="Source", max_length=200, required=False)
    result = choice(
        "Result", (("met", "Met"), ("not_met", "Not met"), ("unknown", "Unknown")), required=False
    )


ParameterSet: Any = forms.formset_factory(ParameterForm, extra=3, max_num=60, absolute_max=80)


class ShipForm(forms.Form):
    """A shipment against a line. The key makes a second click harmless."""

    idempotency_key = forms.CharField(widget=forms.HiddenInput(), max_length=100)
    line = choice("Line", ())
    quantity = FigureField(
        label="Quantity",
        max_digits=16,
        decimal_places=3,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 10}),
    )
    value = FigureField(
        label="Value, USD", max_digits=18, decimal_places=2, required=False,
        help_text="If it differs from the licensed price",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 10}),
    )  # fmt: skip
    shipped_on = day("Left the country on")
    itn = forms.CharField(label="ITN", max_length=20, required=False, help_text="Of the filing in AES")
    reference = forms.CharField(label="Order or invoice", max_length=60, required=False)

    def __init__(self, *args: Any, lines: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(line.pk), f"{line.number}. {line.name}") for line in lines]
        self.fields["line"].choices = named if len(named) == 1 else [("", "Choose one"), *named]  # type: ignore[attr-defined]


class ReverseForm(forms.Form):
    idempotency_key = forms.CharField(widget=forms.HiddenInput(), max_length=100)
    movement = forms.IntegerField(widget=forms.HiddenInput())
    reason = forms.CharField(label="Why it is reversed", max_length=500)


class OnForm(forms.Form):
    """Another day to look at."""

    on = day("Day", required=False)

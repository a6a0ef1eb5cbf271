"""What a delegation of authority is asked for."""

from __future__ import annotations

from typing import Any

from django import forms

from ..concerns import AGENCIES
from ..models.delegations import GIVERS
from .fields import FigureField, choice, day, words


class ListField(forms.CharField):
    """Short codes, set apart by commas or blanks."""

    def clean(self, value: Any) -> list[str]:
        return str(super().clean(value)).replace(",", " ").split()


class DelegationForm(forms.Form):
    """An agency's paper and its scope. Everything named must fit a case; the limits are the verb's to say."""

    body = choice(
        "Agency", [(code, AGENCIES[code].name) for code in GIVERS], help_text="Who delegates (750.3(b)(1))"
    )
    reference = forms.CharField(
        label="Reference", max_length=120, help_text="Of the paper, as the dossier names it"
    )
    given_by = forms.CharField(label="Given by", max_length=200, help_text="Name and office at the agency")
    since = day("In force from")
    until = day("First day without it", required=False, help_text="Empty: until it is ended")
    eccns = ListField(
        label="ECCNs", max_length=1000, required=False,
        help_text="Entries, paragraphs or beginnings, for example 3A991, 5A002.a, 4A. Every line must be one of them.",
    )  # fmt: skip
    reasons = ListField(
        label="Reasons for control", max_length=200, required=False,
        help_text="For example AT. No line may be controlled for another; a line whose reasons are not known never "
        "fits.",
    )  # fmt: skip
    places = ListField(
        label="Destinations", max_length=500, required=False,
        help_text="Country codes and country groups, for example DE or A:1. Every party abroad must be in one.",
    )  # fmt: skip
    most_value = FigureField(
        label="Most value of a case, US dollars", required=False, max_digits=16, decimal_places=2
    )


class EndDelegationForm(forms.Form):
    until = day("First day without it", help_text="Today or later; what was left out before stays.")
    reason = words("Reason", limit=2000)

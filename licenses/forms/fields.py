"""The kinds of fields every form of this app is made of."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms

from exportctl.fields import DayInput, words

__all__ = ["DayInput", "FigureField", "choice", "day", "narrow", "offer", "words"]


def day(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    return forms.DateField(label=label, required=required, help_text=help_text, widget=DayInput())


def choice(
    label: str, choices: Iterable[Any], *, required: bool = True, help_text: str = ""
) -> forms.ChoiceField:
    """A list with no answer given in advance."""
    return forms.ChoiceField(
        label=label, required=required, help_text=help_text, choices=[("", "Choose one"), *choices]
    )


class FigureField(forms.DecimalField):
    """A number as people write it: "8,400.50"."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        return super().to_python(value.replace(",", "").strip() if isinstance(value, str) else value)


def narrow(form: forms.Form, name: str, allowed: Iterable[str]) -> None:
    """Offer only these choices of a field; a single one is filled in."""
    field = form.fields[name]
    left = set(allowed)
    pairs = [pair for pair in field.choices if pair[0] in left]  # type: ignore[attr-defined]
    radio = isinstance(field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    field.choices = pairs if radio or len(pairs) == 1 else [("", "Choose one"), *pairs]  # type: ignore[attr-defined]


def offer(form: forms.Form, name: str, pairs: Iterable[tuple[str, str]]) -> None:
    """Fill a list with what its page read; a single choice is filled in."""
    found = list(pairs)
    form.fields[name].choices = found if len(found) == 1 else [("", "Choose one"), *found]  # type: ignore[attr-defined]

"""Kinds of form fields that every app uses."""

from __future__ import annotations

from django import forms


class DayInput(forms.DateInput):
    """A date with the browser's own picker."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def words(
    label: str, *, required: bool = True, help_text: str = "", limit: int = 4000, rows: int = 3
) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        help_text=help_text,
        max_length=limit,
        widget=forms.Textarea(attrs={"rows": rows}),
    )

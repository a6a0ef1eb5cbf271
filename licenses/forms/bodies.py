"""What a review body of one's own is asked for."""

from __future__ import annotations

from django import forms

from .fields import day, words


class BodyForm(forms.Form):
    """A body's name, concern, target and weight. The limits are the verb's to say."""

    name = forms.CharField(label="Name", max_length=60)
    concern = words("Main concern", required=False, limit=500, help_text="What it looks at, for who asks it")
    days = forms.IntegerField(
        label="Target in calendar days", min_value=1, max_value=365,
        help_text="From the day it is asked. No silence counts: a case waits for it until it answers.",
    )  # fmt: skip
    objection_blocks = forms.BooleanField(
        label="Its objection holds the filing or an approval", required=False,
        help_text="Holds for every open case, also those that it was asked about before.",
    )  # fmt: skip


class NewBodyForm(BodyForm):
    code = forms.CharField(
        label="Code", max_length=20, help_text="2 to 20 small letters, digits or hyphens; it never changes."
    )
    since = day("From")
    field_order = ["name", "code", "concern", "days", "objection_blocks", "since"]


class EndBodyForm(forms.Form):
    until = day(
        "First day without it", help_text="Open lanes stay: its members answer, or an officer closes them."
    )

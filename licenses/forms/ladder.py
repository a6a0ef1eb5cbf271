"""What the acts of the ladder and of a denial ask for. The names of the fields are the names the verbs use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from ..ladder import VOTES
from ..models import SECRETARY, Body, Office, RulingOutcome
from .fields import choice, day, narrow, words

WHO = [*Body.choices, (SECRETARY, "Secretary of Commerce")]


class ClockOnForm(forms.Form):
    """The clock as it stood on another day."""

    clock_on = day("As it stood on", required=False)

    def __init__(self, *args: Any, first: date, last: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first, self.last = first, last
        self.fields["clock_on"].widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}

    def clean_clock_on(self) -> date | None:
        on: date | None = self.cleaned_data["clock_on"]
        if on is not None and not self.first <= on <= self.last:
            raise forms.ValidationError("Choose a day from the registration to today.")
        return on


class UnregisteredForm(forms.Form):
    """The notice of a filing that cannot be registered."""

    defects = words(
        "Defects", rows=4, limit=20_000, help_text="One on each line: the notice lists them (750.4(a)(2))"
    )
    contact = words("How the applicant was asked", limit=2000, help_text="When, by whom, and what came of it")

    def clean_defects(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["defects"].splitlines() if line.strip()]


class RulingForm(forms.Form):
    """What the forum ruled; each body's vote goes with it."""

    outcome = forms.ChoiceField(label="Ruled", choices=RulingOutcome.choices, widget=forms.RadioSelect)
    reason = words("Reason", limit=10_000)

    def __init__(self, *args: Any, chaired: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        note = "Left open: the position it gave" if chaired else "As it was cast; the majority rules"
        kinds = [pair for pair in RulingOutcome.choices if pair[0] in VOTES]
        for body, label in Body.choices:
            self.fields[f"vote_{body}"] = choice(f"{label} voted", kinds, required=False, help_text=note)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        cast = {body: given.pop(f"vote_{body}", "") for body in Body.values}
        return given | {"votes": {body: vote for body, vote in cast.items() if vote}}


class EscalateForm(forms.Form):
    """Who escalates, signed by whom, on which statute and regulation."""

    body = choice("For", WHO)
    signatory = forms.CharField(label="Signed by", max_length=120)
    office = choice("Office of the signatory", Office.choices)
    statute = forms.CharField(label="Statute", max_length=200, help_text="For example 50 U.S.C. 4813")
    regulation = forms.CharField(label="Regulation", max_length=200, help_text="For example 15 CFR 744.21")
    reason = words("Reason", limit=10_000)

    def __init__(self, *args: Any, who: Iterable[str], head: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrow(self, "body", who)
        narrow(self, "office", [Office.HEAD] if head else Office.values)


class RespondForm(forms.Form):
    text = words(
        "Your answer", rows=6, limit=50_000, help_text="What is wrong in the letter, or what you change"
    )


class AppealForm(forms.Form):
    statement = words(
        "Statement",
        rows=8,
        limit=50_000,
        help_text="In full: facts, why the denial is wrong, what you ask (756.2(c))",
    )
    hearing = forms.BooleanField(label="I ask for an informal hearing (discretionary)", required=False)


class PaperForm(forms.Form):
    title = forms.CharField(label="Title", max_length=120)
    text = words("Text", rows=6, limit=50_000)

"""Who works a case or a lane of it: one person, and why where somebody has it already."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from exportctl import roles
from exportctl.models import User

from ..models import ReviewBody
from .fields import words

NOBODY = "-"  # gives it back
REASON = "Needed where somebody has it: why it goes on, over or back"


def offered(people: Iterable[Any], *, nobody: bool = False) -> list[tuple[str, str]]:
    """The persons as choices, each with how many open cases they have."""
    named = [(each.username, f"{each.name}, {each.held} open") for each in people]
    return [("", "Choose one"), *named, *([(NOBODY, "Nobody: give it back")] if nobody else [])]


class AssignForm(forms.Form):
    """A person of those offered, for the case or, with `body`, for its lane."""

    body = forms.CharField(max_length=20, required=False, widget=forms.HiddenInput)
    to = forms.ChoiceField(label="Who works it")
    reason = words("Reason", required=False, help_text=REASON, limit=2000)

    def __init__(self, *args: Any, people: Iterable[Any] = (), nobody: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = offered(people, nobody=nobody)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The person as the verb takes them; None gives it back."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "to" in cleaned:
            name = cleaned["to"]
            cleaned["to"] = None if name == NOBODY else User.objects.filter(username=name).first()
        return cleaned


class RecordAssignForm(forms.Form):
    """The same where nobody's workload is shown."""

    to = forms.ModelChoiceField(
        label="Who works it", queryset=User.objects.none(), required=False, empty_label="Nobody: give it back"
    )
    body = forms.ChoiceField(label="What", required=False)
    reason = words("Reason", required=False, help_text=REASON, limit=2000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = roles.persons_who("application.assign")  # type: ignore[attr-defined]
        named = ReviewBody.objects.order_by("pk").values_list("code", "name")
        self.fields["body"].choices = [("", "The case"), *named]  # type: ignore[attr-defined]

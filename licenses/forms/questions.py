"""What asking and answering ask for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from ..models import Asked, Body
from .fields import choice, day, narrow, words


class AskForm(forms.Form):
    """A question; a reviewer asks for their body, an officer asks the filer."""

    to = choice("Whom", Asked.choices, help_text="The filer; or, from an agency, Commerce for missing data.")
    body = choice("For", Body.choices, required=False)
    text = words("Question", help_text="One question each: every one is answered by itself.")
    due_on = day("Answer due on", help_text="Who was asked is reminded on this day and each day after.")
    stop = forms.BooleanField(
        label="Stop the clock until it is answered", required=False,
        help_text="750.4(b)(1); an agency only within 10 days of the referral, 750.4(d)(1).",
    )  # fmt: skip

    def __init__(self, *args: Any, bodies: Iterable[str], agency: bool, company: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if agency:
            narrow(self, "body", bodies)
        else:
            del self.fields["body"]
        if not agency:
            narrow(self, "to", [Asked.FILER])
        if company:
            del self.fields["stop"]


class RecordQuestionForm(forms.Form):
    """A question of the agency on the company route, as it was read there."""

    text = words("Question", help_text="As the agency wrote it. One question each.")
    asked_on = day("Asked on", help_text="The day the agency asked")
    read_on = day("Read on", required=False, help_text="The day you read it there. Empty: today.")
    due_on = day("Answer due on", help_text="The day the agency wants the answer; we remind on it and after.")


class OneQuestionForm(forms.Form):
    question = forms.IntegerField(widget=forms.HiddenInput())


class AnswerForm(OneQuestionForm):
    text = words("Answer")
    file = forms.FileField(
        label="Document", required=False, help_text="Kept in the case’s documents. More may be added there."
    )


class OutsideAnswerForm(AnswerForm):
    """An answer to the agency of the company route."""

    given_on = day("Given to the agency on", required=False, help_text="Empty: today.")
    field_order = ["question", "text", "given_on", "file"]


class WithdrawQuestionForm(OneQuestionForm):
    reason = words("Reason", limit=2000, rows=2)

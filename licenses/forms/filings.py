"""Forms around an application: red flags, deemed export, the agency's words, documents, handing over."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from exportctl.countries import COUNTRIES

from ..blocks import FLAGS
from ..models import DocumentKind, YesNo
from .fields import choice, day, words


class FlagForm(forms.Form):
    """One question of the sheet; nothing is answered in advance."""

    answer = forms.ChoiceField(
        label="Answer", choices=YesNo.choices, widget=forms.RadioSelect, required=False
    )
    evidence = forms.CharField(label="What it rests on", max_length=2000, required=False)


class SheetForm:
    """All questions of the red-flag sheet."""

    def __init__(self, rows: Any, data: Any = None) -> None:
        self.rows = [
            (code, question, given, FlagForm(data, prefix=code, initial=started(given)))
            for code, question, given in rows
        ]
        self.bound = data is not None

    def changed(self) -> dict[str, tuple[str, str]]:
        """What was answered or changed: code -> (answer, evidence). What was left empty stays as it is."""
        found = {}
        for code, _, given, form in self.rows:
            form.is_valid()
            said = str(form.data.get(f"{code}-answer", ""))
            evidence = str(form.data.get(f"{code}-evidence", "")).strip()
            before = (given.answer, given.evidence) if given else ("", "")
            if (said or evidence) and (said, evidence) != before and code in FLAGS:
                found[code] = (said, evidence)
        return found


def started(given: Any) -> dict[str, str]:
    return {"answer": given.answer, "evidence": given.evidence} if given else {}


class SaidForm(forms.Form):
    """One sentence on a flag: an inquiry or its resolution."""

    text = words("What was asked, and what came back", limit=2000, rows=2)


class DeemedForm(forms.Form):
    """Protection first: nothing personal is asked of a protected person."""

    version = forms.IntegerField(widget=forms.HiddenInput(), required=False)

    protected = forms.ChoiceField(
        label="Is the person a permanent resident, an asylee or a refugee?", choices=YesNo.choices,
        widget=forms.RadioSelect, help_text="If so, no more is asked or kept, and nothing is filed (734.13).",
    )  # fmt: skip
    person = forms.CharField(
        label="Foreign person", max_length=120, required=False, help_text="As in the passport"
    )
    country = forms.ChoiceField(
        label="Most recent citizenship or residency", required=False, help_text="Permanent residency counts too",
        choices=[("", "Choose one"), *sorted(COUNTRIES.items(), key=lambda pair: pair[1])],
    )  # fmt: skip
    eccn = forms.CharField(
        label="ECCN of the technology or source code",
        max_length=20,
        required=False,
        help_text="Groups D and E, for example 3E001",
    )
    control_plan = forms.CharField(
        label="Technology control plan", max_length=200, required=False, help_text="Its number and date"
    )
    access_from = day("Access from", required=False, help_text="The first day")
    access_until = day("Access until", required=False, help_text="The last day, where it is known")

    def close(self) -> None:
        """Show it only: what is filed keeps the form as it is."""
        for field in self.fields.values():
            field.disabled = True


class AgencyNoteForm(forms.Form):
    text = words("Status", rows=2, help_text="As the agency shows it, word for word")
    read_on = forms.DateField(
        label="Read on",
        initial=timezone.localdate,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )


class AttachForm(forms.Form):
    """A document for a file that is filed already, or for an item."""

    kind = choice("Kind of document", DocumentKind.choices)
    note = forms.CharField(label="What it shows", max_length=200, required=False)


class HandOverForm(forms.Form):
    """To whom a draft goes."""

    to = choice("Hand it to", (), help_text="Colleagues who file for the company")

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [("", "Choose one"), *named(people)]  # type: ignore[attr-defined]


class LeaverForm(forms.Form):
    """Whose drafts go, and to whom."""

    leaver = choice("From", (), help_text="Who has drafts")
    to = choice("To", (), help_text="Whoever takes them files for every company concerned")

    def __init__(self, *args: Any, authors: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        having = [
            (str(each.pk), f"{each.name}: {each.drafts} draft{'' if each.drafts == 1 else 's'}"
             + ("" if each.is_active else ", not active any more"))
            for each in authors
        ]  # fmt: skip
        self.fields["leaver"].choices = [("", "Choose one"), *having]  # type: ignore[attr-defined]
        self.fields["to"].choices = [("", "Choose one"), *named(people)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("leaver") and given.get("leaver") == given.get("to"):
            self.add_error("to", "They have them already. Choose somebody else.")
        return given


def named(people: Any) -> list[tuple[str, str]]:
    return [(str(person.pk), person.name) for person in people]

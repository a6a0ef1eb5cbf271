"""Shapes of what people type about parties, hits and lists. Rules live in the verbs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from exportctl import roles
from exportctl.countries import COUNTRIES
from exportctl.errors import Refused
from exportctl.fields import DayInput, words
from exportctl.models import User

from . import hits, masking
from .models import Effect, HitOutcome, ListSource, NameKind, Party, PartyKind

COUNTRY_CHOICES = [("", "Choose one"), *sorted(COUNTRIES.items(), key=lambda pair: pair[1])]
OPTIONAL_COUNTRIES = [("", "Not given"), *COUNTRY_CHOICES[1:]]
NAME_KINDS = [pair for pair in NameKind.choices if pair[0] != NameKind.PRIMARY]
MOST_ROWS = 200

# What of a finding's evidence tells two parties apart, and the reason it speaks for.
DIFFERENCES = {
    "Country": "different_place",
    "Address": "different_place",
    "Identifier": "different_registration",
    "Date of birth": "different_person",
    "Type": "different_person",
    "Original-script name": "different_name",
}

# The reasons in the few words that fit a button; the record keeps the code and shows the whole sentence.
SHORT = {
    "different_name": "Different name",
    "different_registration": "Different number",
    "different_place": "Different place",
    "different_business": "Different business",
    "different_person": "Different person",
    "same_identifier": "Same number",
    "same_address": "Same name and address",
    "same_group": "Named part of it",
    "confirmed_by_party": "Confirmed by the party",
}


# Parties


class PartyForm(forms.Form):
    """Who a party is; its other names, addresses and numbers are rows of their own."""

    version = forms.IntegerField(widget=forms.HiddenInput(), required=False)
    name = forms.CharField(
        label="Name", max_length=10_000, help_text="As it is registered, in Latin script where it has one"
    )
    kind = forms.ChoiceField(label="Kind", choices=PartyKind.choices)
    country = forms.ChoiceField(label="Country", choices=COUNTRY_CHOICES)
    shared = forms.BooleanField(
        label="Shared with every filer (a customer); untick for an exporter that only its members see",
        required=False,
    )
    note = words("Note", required=False, rows=2)


class NameRow(forms.Form):
    text = forms.CharField(label="Other name", required=False, max_length=10_000)
    kind = forms.ChoiceField(label="Kind", choices=NAME_KINDS, required=False)


class AddressRow(forms.Form):
    line = forms.CharField(label="Street and number", required=False, max_length=1000)
    city = forms.CharField(label="City", required=False, max_length=120)
    region = forms.CharField(label="Region", required=False, max_length=120)
    postal_code = forms.CharField(label="Postal code", required=False, max_length=30)
    country = forms.ChoiceField(label="Country", choices=COUNTRY_CHOICES, required=False)


class IdentifierRow(forms.Form):
    kind = forms.CharField(
        label="Type", required=False, max_length=40, help_text="USCC, VAT, LEI, passport …"
    )
    value = forms.CharField(label="Number", required=False, max_length=120)
    country = forms.ChoiceField(label="Country", choices=OPTIONAL_COUNTRIES, required=False)


def _rows(form: type[forms.Form]) -> Any:
    return forms.formset_factory(form, extra=1, max_num=MOST_ROWS, absolute_max=MOST_ROWS)


ROWS = {
    "names": (_rows(NameRow), "text"),
    "addresses": (_rows(AddressRow), ""),
    "identifiers": (_rows(IdentifierRow), "value"),
}


class PartyForms:
    """The party's form and its three sets of rows as one; an emptied row is taken off.

    `add=<set>` among the data asks for one more row and is not a submission.
    """

    def __init__(self, data: QueryDict | None = None, *, party: Party | None = None) -> None:
        self.adds = data.get("add", "") if data is not None else ""
        if data is not None and self.adds in ROWS:
            data = data.copy()
            count = data.get(f"{self.adds}-TOTAL_FORMS", "")
            data[f"{self.adds}-TOTAL_FORMS"] = (
                str(min(int(count), MOST_ROWS - 1) + 1) if count.isdigit() else "1"
            )
        self.party = party
        first = _initial(party)
        self.main = PartyForm(data, initial=first["main"])
        self.sets = {
            name: formset(data, initial=first[name], prefix=name, error_messages=None)
            for name, (formset, _) in ROWS.items()
        }
        self.general: list[str] = []

    def is_valid(self) -> bool:
        return bool(all([self.main.is_valid(), *(one.is_valid() for one in self.sets.values())]))

    def filled(self, name: str) -> list[forms.Form]:
        """The rows of a set that say something; a kind or country alone is nothing said."""
        needed = ROWS[name][1]
        silent = {"kind", "country"}
        return [
            form
            for form in self.sets[name].forms
            if any(value for key, value in form.cleaned_data.items() if key == needed or key not in silent)
            or (needed == "value" and form.cleaned_data.get("kind"))
        ]

    def facts(self) -> dict[str, Any]:
        """What the verbs take; call it only on valid forms."""
        main = {key: value for key, value in self.main.cleaned_data.items() if key != "version"}
        rows = {name: [dict(form.cleaned_data) for form in self.filled(name)] for name in ROWS}
        self._unmask(rows["identifiers"])
        return {**main, **rows, "names": [(row["text"], row["kind"]) for row in rows["names"]]}

    def _unmask(self, rows: list[dict[str, Any]]) -> None:
        """A number that stands as it was shown, masked, is the one on record: of its type before any other."""
        kept = list(self.party.identifiers.all()) if self.party else []
        shown = {one.pk: masking.number(self.party.kind, one.value) for one in kept}  # type: ignore[union-attr]
        for row in rows:
            like = [one for one in kept if shown[one.pk] == row["value"]]
            if like:
                one = next((each for each in like if each.kind == row["kind"]), like[0])
                kept.remove(one)
                row["value"] = one.value

    def refuse(self, refused: Refused) -> None:
        """Put each blocker at the field it names; the rest on top."""
        for blocker in refused.blockers:
            said = f"{blocker.message} {blocker.remedy}".strip()
            first, _, rest = blocker.field.partition(".")
            place, _, name = rest.partition(".")
            if first in ROWS and place.isdigit() and int(place) < len(self.filled(first)):
                form = self.filled(first)[int(place)]
                form.add_error(name if name in form.fields else None, said)
            else:
                self.main.add_error(first if first in self.main.fields and first != "version" else None, said)

    def all_forms(self) -> list[Any]:
        return [self.main, *self.sets.values()]


def _initial(party: Party | None) -> dict[str, Any]:
    if party is None:
        return {
            "main": {"kind": PartyKind.ORGANIZATION, "shared": True},
            "names": [],
            "addresses": [],
            "identifiers": [],
        }
    return {
        "main": {
            "version": party.facts_version, "name": party.name, "kind": party.kind, "country": party.country,
            "shared": party.shared, "note": party.note,
        },
        "names": [{"text": name.text, "kind": name.kind} for name in party.names.all()],
        "addresses": [
            {part: getattr(one, part) for part in ("line", "city", "region", "postal_code", "country")}
            for one in party.addresses.all()
        ],
        "identifiers": [
            {"kind": one.kind, "value": masking.number(party.kind, one.value), "country": one.country}
            for one in party.identifiers.all()
        ],
    }  # fmt: skip


# Hits


class JudgeForm(forms.Form):
    """The judgment of a hit. Nothing is chosen in advance; a fact found by screening may be taken over."""

    outcome = forms.ChoiceField(choices=HitOutcome.choices)
    reason = forms.ChoiceField(label="Reason", choices=[], error_messages={"required": "Give the reason."})
    differing_fact = forms.CharField(label="What differs besides the name", required=False, max_length=2000)
    note = forms.CharField(label="Note", required=False, max_length=4000)

    def __init__(self, *args: Any, evidence: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = differing_facts(evidence)
        self.fields["reason"].choices = [(code, one.label) for code, one in hits.REASONS.items()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("outcome") == HitOutcome.FALSE_POSITIVE and not given.get("differing_fact"):
            given["differing_fact"] = self.offered.get(given.get("reason", ""), "")
        return given

    def reasons(self, outcome: str) -> list[dict[str, Any]]:
        """The reasons for an outcome with their key and the fact each would take over."""
        chosen = self.data.get("reason", "") if self.is_bound else ""
        return [
            {
                "value": code,
                "words": SHORT.get(code, one.label),
                "key": place,
                "fact": self.offered.get(code, ""),
                "checked": code == chosen,
            }
            for place, (code, one) in enumerate(hits.REASONS.items(), start=1)
            if one.outcome == outcome
        ]


def differing_facts(evidence: Mapping[str, Any]) -> dict[str, str]:
    """{reason: fact} for what screening saw to differ on both sides, ready to be taken over."""
    found: dict[str, list[str]] = {}
    for one in evidence.get("qualifiers", ()):
        reason = DIFFERENCES.get(one.get("name", ""))
        differs = one.get("points", 0) < 0 or one.get("why") in ("nothing in common", "none in common")
        if reason in hits.REASONS and differs and one.get("ours") and one.get("listed"):
            found.setdefault(reason, []).append(f"{one['name']}: {one['ours']} against {one['listed']}")
    return {reason: "; ".join(facts) for reason, facts in found.items()}


class EscalateForm(forms.Form):
    """Who takes a hit that one cannot settle, and why."""

    reason = forms.ChoiceField(label="Why", choices=[("", "Choose one"), *hits.ESCALATIONS.items()])
    note = words("What could not be settled", rows=2)
    to = forms.ModelChoiceField(
        label="To", queryset=User.objects.none(), required=False, empty_label="Whoever agrees to hits"
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = roles.persons_who("hit.agree").exclude(pk=by.pk)  # type: ignore[attr-defined]


class AssignForm(forms.Form):
    """Who judges a hit next; empty frees it."""

    to = forms.ModelChoiceField(
        label="Assigned to", queryset=User.objects.none(), required=False, empty_label="Nobody"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = roles.persons_who("hit.judge")  # type: ignore[attr-defined]


class AlikeForm(forms.Form):
    """One reason and one differing fact for identical pairs."""

    reason = forms.ChoiceField(
        label="Reason",
        choices=[
            ("", "Choose one"),
            *((code, one.label) for code, one in hits.REASONS.items() if one.needs_fact),
        ],
    )
    differing_fact = words("What differs besides the name", rows=2)
    note = words("Note", required=False, rows=2)


class ViewForm(forms.Form):
    """The name of a saved view."""

    name = forms.CharField(label="Name of this view", max_length=60)


class ReasonForm(forms.Form):
    reason = words("Reason")


# Lists


class ImportForm(forms.Form):
    """A list file and the day from which it holds."""

    source = forms.ModelChoiceField(
        label="Source", queryset=ListSource.objects.none(), empty_label="Choose one"
    )
    effective_on = forms.DateField(
        label="Holds from", widget=DayInput(), help_text="The day of the list, not of the upload"
    )
    file = forms.FileField(label="File", help_text="As published; gzip is taken too")

    def __init__(self, *args: Any, sources: list[ListSource], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = ListSource.objects.filter(pk__in=[one.pk for one in sources])  # type: ignore[attr-defined]
        self.fields["source"].choices = [("", "Choose one"), *((one.pk, one.name) for one in sources)]  # type: ignore[attr-defined]


class HouseForm(forms.Form):
    """An entry of the house list."""

    name = forms.CharField(label="Name", max_length=500)
    names = words("Other names", required=False, help_text="One a line", rows=2)
    countries = forms.CharField(label="Countries", required=False, help_text="Two letters each: CN, HK")
    address = forms.CharField(label="Address", required=False, max_length=500)
    effect = forms.ChoiceField(label="Effect", choices=[("", "Choose one"), *Effect.choices])
    effective_on = forms.DateField(
        label="Holds from",
        widget=DayInput(),
        help_text="The day of legal effect: of a notice its effective day, not the day it is seen",
    )
    citation = forms.CharField(
        label="Citation",
        required=False,
        max_length=200,
        help_text="Letter, or notice: 91 FR 12345. Needed for a day to come",
    )
    scope = words("Scope", required=False, help_text="Which dealings it covers", rows=2)
    items = words("Items", required=False, help_text="Which items it covers", rows=2)
    note = words("Note", required=False, rows=2)
    confidential = forms.BooleanField(
        label="Confidential: shown to officers, list managers and auditors only", required=False
    )

    def who(self) -> list[forms.BoundField]:
        """The fields on the party."""
        return [self[name] for name in ("name", "names", "countries", "address", "note")]

    def what(self) -> list[forms.BoundField]:
        """The fields on what the entry does."""
        return [
            self[name] for name in ("effect", "effective_on", "citation", "scope", "items", "confidential")
        ]

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> HouseForm:
        """The form filled with the facts of an entry."""
        lines, codes = "\n".join(facts["names"]), ", ".join(facts["countries"])
        return cls(initial={**facts, "names": lines, "countries": codes})

    def facts(self) -> dict[str, Any]:
        """What was typed, as the verbs take it."""
        given = dict(self.cleaned_data)
        given["names"] = [text.strip() for text in given["names"].splitlines() if text.strip()]
        given["countries"] = given["countries"].replace(",", " ").split()
        return given


class HouseFileForm(forms.Form):
    """Entries of the house list in a CSV file."""

    file = forms.FileField(
        label="CSV file", help_text="UTF-8, parted by commas, the names of the columns first"
    )

    prefix = "letters"


def blame(form: forms.Form, refused: Refused) -> None:
    """Put each blocker of a refusal at the field it names, the rest on top of the form."""
    for blocker in refused.blockers:
        said = f"{blocker.message} {blocker.remedy}".strip()
        form.add_error(blocker.field if blocker.field in form.fields else None, said)

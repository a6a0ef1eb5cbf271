"""The form of a draft: whom it is for, its blocks, its parties and its items."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet

from entities.models import Party
from exportctl.models import User

from ..models import Item, Kind, PartyRole, Route
from .fields import FigureField, choice, words

REFERENCE = re.compile(r"\bP0*(\d+)\b\)?\s*$")
SPARE = 2  # empty rows under the parties and the items of a draft


def party_label(party: Party) -> str:
    """How a party is written into a form: name, country and the reference that finds it again."""
    return f"{party.name}, {party.country} ({party.reference})"


def item_label(item: Item) -> str:
    return f"{item.part_number}, {item.name}"


def find_parties(texts: Iterable[str], *, user: User) -> dict[str, list[Party]]:
    """The parties meant by each text, by its reference or else its exact name. One query."""
    wanted = {text.strip() for text in texts if text.strip()}
    keys = {text: int(match[1]) for text in wanted if (match := REFERENCE.search(text))}
    names = {text.casefold() for text in wanted if text not in keys}
    visible = Party.objects.for_user(user)
    by_key = visible.filter(pk__in=[key for key in keys.values() if key < 2**63])
    by_name = (
        visible.filter(name__iregex=rf"^({'|'.join(map(re.escape, names))})$") if names else visible.none()
    )
    found = list({party.pk: party for party in (by_key | by_name).distinct()}.values())
    return {
        text: [
            party
            for party in found
            if (party.pk == keys[text] if text in keys else party.name.casefold() == text.casefold())
        ]
        for text in wanted
    }


def find_items(texts: Iterable[str]) -> dict[str, Item]:
    """The items meant by each text: a part number alone, or followed by ", " and the name. One query."""
    wanted = {text.strip() for text in texts if text.strip()}
    numbers = wanted | {text.partition(", ")[0] for text in wanted}
    found = (
        {item.part_number: item for item in Item.objects.filter(part_number__in=numbers)} if wanted else {}
    )
    pairs = {text: found.get(text) or found.get(text.partition(", ")[0]) for text in wanted}
    return {text: item for text, item in pairs.items() if item is not None}


def one_party(text: str, found: Sequence[Party]) -> Party:
    """The one party a text means; refuses none and several in words."""
    if not found:
        raise forms.ValidationError(
            f"No party is called “{text}”. Pick one from the list, or register it first."
        )
    if len(found) > 1:
        names = "; ".join(party_label(party) for party in found)
        raise forms.ValidationError(f"{len(found)} parties have this name: {names}. Write the one you mean.")
    return found[0]


class StartForm(forms.Form):
    """Whom an application is for, of what kind and by which route."""

    applicant = forms.CharField(
        label="Applicant",
        help_text="The principal party that applies (748.5(a)). Type a name and pick it from the list.",
    )
    kind = choice("Kind", Kind.choices)
    route = choice(
        "Route",
        Route.choices,
        help_text="Company: you review it here, file it with BIS yourself and record the decision.",
    )

    def __init__(self, *args: Any, user: User, companies: QuerySet[Party], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.companies = list(companies)
        if self.companies:
            named = [(party_label(company), company.name) for company in self.companies]
            self.fields["applicant"] = choice(
                "Applicant", named, help_text="A company you belong to (748.5(a))."
            )
        else:
            self.fields["applicant"].widget.attrs["list"] = "parties-known"

    def clean_applicant(self) -> Party:
        text = self.cleaned_data["applicant"].strip()
        return one_party(text, find_parties([text], user=self.user).get(text, []))


class DraftForm(forms.Form):
    """The blocks of an application that are plain text. Nothing is required in a draft."""

    version = forms.IntegerField(widget=forms.HiddenInput())
    contact_person = forms.CharField(
        label="Contact person", max_length=120, required=False, help_text="Block 1"
    )
    telephone = forms.CharField(label="Telephone", max_length=30, required=False, help_text="Block 2")
    end_use = words(
        "What will the end user do with the items?",
        required=False,
        rows=4,
        help_text="Block 21. Full and specific: where, by whom and for what. “Network use” is returned.",
    )
    additional_information = words(
        "Additional information", required=False, limit=8000, help_text="Block 24, if a rule asks for it"
    )
    certify = forms.BooleanField(
        label="I certify that the answers are true and complete to the best of my knowledge.", required=False
    )

    def blocks(self) -> dict[str, Any]:
        """The blocks as `applications.save_draft` takes them."""
        return {
            name: value for name, value in self.cleaned_data.items() if name not in ("version", "certify")
        }


class RoleForm(forms.Form):
    """One party in one role."""

    role = forms.ChoiceField(
        label="Role",
        required=False,
        choices=[
            ("", "Choose a role"),
            *(pair for pair in PartyRole.choices if pair[0] != PartyRole.APPLICANT),
        ],
    )
    party = forms.CharField(
        label="Party",
        required=False,
        widget=forms.TextInput(attrs={"list": "parties-known", "autocomplete": "off", "size": 34}),
    )


class LineForm(forms.Form):
    """One item with quantity and unit price; the server works out the total."""

    item = forms.CharField(
        label="Item",
        required=False,
        widget=forms.TextInput(attrs={"list": "items-known", "autocomplete": "off", "size": 30}),
    )
    quantity = FigureField(
        label="Quantity", required=False, max_digits=16, decimal_places=3,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 10}),
    )  # fmt: skip
    unit_price = FigureField(
        label="Unit price, USD", required=False, max_digits=16, decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 10}),
    )  # fmt: skip


class BaseRoles(forms.BaseFormSet):  # type: ignore[type-arg]
    """The parties of a draft; an emptied row is taken off."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        self.roles: list[tuple[str, Party]] = []
        super().__init__(*args, **kwargs)

    def clean(self) -> None:
        given = [form for form in self.forms if form.cleaned_data.get("party", "").strip()]
        found = find_parties([form.cleaned_data["party"] for form in given], user=self.user)
        for form in given:
            text = form.cleaned_data["party"].strip()
            try:
                if not form.cleaned_data.get("role"):
                    form.add_error("role", "Say which role this party has (748.5).")
                self.roles.append((form.cleaned_data.get("role", ""), one_party(text, found[text])))
            except forms.ValidationError as error:
                form.add_error("party", error)


class BaseLines(forms.BaseFormSet):  # type: ignore[type-arg]
    """The items of a draft; an emptied row is taken off, a half-filled one says what it lacks."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.lines: list[dict[str, Any]] = []
        super().__init__(*args, **kwargs)

    def clean(self) -> None:
        given = [form for form in self.forms if form.has_changed() and any(form.cleaned_data.values())]
        given = [form for form in given if not form.errors]
        found = find_items(form.cleaned_data["item"] for form in given)
        for form in given:
            text = form.cleaned_data["item"].strip()
            quantity, price = form.cleaned_data["quantity"], form.cleaned_data["unit_price"]
            if text not in found:
                form.add_error("item", f"No item is called “{text}”." if text else "Say which item this is.")
            if quantity is None:
                form.add_error("quantity", "Give the quantity (block 22e).")
            elif quantity <= 0:
                form.add_error("quantity", "The quantity must be more than 0.")
            if price is None:
                form.add_error("unit_price", "Give the price of one (block 22g).")
            elif price < 0:
                form.add_error("unit_price", "A price cannot be below 0.")
            if not form.errors:
                self.lines.append({"item": found[text], "quantity": quantity, "unit_price": price})


# the factory's type knows nothing of the arguments of its formset
RoleSet: Any = forms.formset_factory(RoleForm, formset=BaseRoles, extra=SPARE, max_num=40, absolute_max=60)
LineSet: Any = forms.formset_factory(LineForm, formset=BaseLines, extra=SPARE, max_num=100, absolute_max=120)

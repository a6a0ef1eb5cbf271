"""The form of a draft: whom it is for, its blocks, its parties and its items."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet

from entities.forms import OPTIONAL_COUNTRIES
from entities.models import Party
from exportctl import filetypes
from exportctl.models import User

from ..blocks import CHOICE, CHOICES, FLAG, YES_NO, Block, asked
from ..drafts import total_of, wrong_total
from ..models import DocumentKind, Item, Kind, PartyRole, Route, YesNo
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


class HoldForm(forms.Form):
    """What a policy hold covers, all of it together, and why."""

    party = forms.CharField(
        label="Party", required=False, help_text="Type a name and pick it from the list.",
        widget=forms.TextInput(attrs={"list": "parties-known"}),
    )  # fmt: skip
    group = forms.CharField(
        label="Group of listed parties", max_length=60, required=False, help_text="For example Huawei"
    )
    country = forms.ChoiceField(label="Country of a party abroad", choices=OPTIONAL_COUNTRIES, required=False)
    eccn = forms.CharField(
        label="ECCN", max_length=20, required=False, help_text="Whole, or its beginning: 3A001, 3A"
    )
    reason = words("Reason", help_text="Shown to everybody whose approval it blocks", limit=2000)
    citation = forms.CharField(label="Citation", max_length=200, required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_party(self) -> Party | None:
        text = self.cleaned_data["party"].strip()
        return one_party(text, find_parties([text], user=self.user).get(text, [])) if text else None


def field_of(block: Block) -> forms.Field:
    """The field of a block; nothing is required in a draft."""
    place = block.where or block.citation.removeprefix("15 CFR ")
    told = f"{place}. {block.help}".strip(". ") if block.help else place
    if block.kind == FLAG:
        return forms.BooleanField(label=block.label, required=False, help_text=told)
    if block.kind == CHOICE:
        return forms.ChoiceField(
            label=block.label, required=False, help_text=told, choices=[("", "Choose one"), *block.choices]
        )
    if block.kind == CHOICES:
        return forms.MultipleChoiceField(
            label=block.label, required=False, help_text=told, choices=block.choices,
            widget=forms.CheckboxSelectMultiple,
        )  # fmt: skip
    if block.kind == YES_NO:
        return forms.ChoiceField(
            label=block.label, required=False, help_text=told, choices=YesNo.choices, widget=forms.RadioSelect
        )
    if block.limit > 200:
        return words(block.label, required=False, rows=4, limit=block.limit, help_text=told)
    return forms.CharField(label=block.label, max_length=block.limit, required=False, help_text=told)


class DraftForm(forms.Form):
    """The blocks of an application but its parties and items, as its type asks them."""

    version = forms.IntegerField(widget=forms.HiddenInput())
    page = forms.CharField(widget=forms.HiddenInput(), max_length=36, required=False)
    certify = forms.BooleanField(
        label="I certify that the answers are true and complete to the best of my knowledge.",
        required=False, help_text="Block 25",
    )  # fmt: skip
    reason = words("Why it changes after the filing", required=False, limit=2000, rows=2,
                   help_text="Kept with the change (748.6(f))")  # fmt: skip
    document_kind = choice("Kind of document", DocumentKind.choices, required=False)
    document_note = forms.CharField(label="What it shows", max_length=200, required=False)
    file = forms.FileField(
        label="File", required=False, allow_empty_file=True, max_length=1000,
        help_text=f"{filetypes.WORDS}; told by content",
        widget=forms.FileInput(attrs={"accept": ",".join(filetypes.ENDINGS)}),
    )  # fmt: skip

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked(kind)
        for block in self.asked:
            self.fields[block.name] = field_of(block)

    def blocks(self) -> dict[str, Any]:
        """The blocks that were typed well, as `applications.save_draft` takes them."""
        return {
            block.name: self.cleaned_data[block.name]
            for block in self.asked
            if block.name in self.cleaned_data
        }

    def part(self, name: str) -> list[forms.BoundField]:
        """The fields of one section of the page."""
        return [self[block.name] for block in self.asked if block.part == name]


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
    end_use = forms.CharField(label="End use of this end user", required=False, max_length=4000)


class LineForm(forms.Form):
    """One item with quantity and unit price; the server works out the total and checks a typed one."""

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
    total_price = FigureField(
        label="Total price, USD", required=False, max_digits=18, decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 12}),
    )  # fmt: skip


class BaseRoles(forms.BaseFormSet):  # type: ignore[type-arg]
    """The parties of a draft; an emptied row is taken off."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user = user
        self.roles: list[tuple[str, Party, str]] = []
        super().__init__(*args, **kwargs)

    def clean(self) -> None:
        given = [form for form in self.forms if form.cleaned_data.get("party", "").strip()]
        found = find_parties([form.cleaned_data["party"] for form in given], user=self.user)
        for form in given:
            text = form.cleaned_data["party"].strip()
            try:
                if not form.cleaned_data.get("role"):
                    form.add_error("role", "Say which role this party has (748.5).")
                use = form.cleaned_data.get("end_use", "")
                self.roles.append((form.cleaned_data.get("role", ""), one_party(text, found[text]), use))
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
            if text not in found:
                form.add_error("item", f"No item is called “{text}”." if text else "Say which item this is.")
            self._figures(form, intangible=text in found and found[text].eccn[1:2] in ("D", "E"))
            if not form.errors:
                typed = ("quantity", "unit_price", "total_price")
                self.lines.append({"item": found[text]} | {name: form.cleaned_data[name] for name in typed})

    def _figures(self, form: forms.Form, *, intangible: bool) -> None:
        """Name every wrong figure of a row; software and technology may do without a quantity."""
        quantity, price, total = (
            form.cleaned_data[name] for name in ("quantity", "unit_price", "total_price")
        )
        if quantity is None and intangible:
            quantity = form.cleaned_data["quantity"] = Decimal(1)
        if quantity is None:
            form.add_error("quantity", "Give the quantity (block 22e).")
        elif quantity <= 0:
            form.add_error("quantity", "The quantity must be more than 0.")
        if price is None:
            form.add_error("unit_price", "Give the price of one (block 22g).")
        elif price < 0:
            form.add_error("unit_price", "A price cannot be below 0.")
        if total is None or form.errors:
            return
        if abs(total - total_of(quantity, price)) >= Decimal("0.5"):
            form.add_error("total_price", wrong_total(quantity, price, total))


# the factory's type knows nothing of the arguments of its formset
RoleSet: Any = forms.formset_factory(RoleForm, formset=BaseRoles, extra=SPARE, max_num=40, absolute_max=60)
LineSet: Any = forms.formset_factory(LineForm, formset=BaseLines, extra=SPARE, max_num=100, absolute_max=120)

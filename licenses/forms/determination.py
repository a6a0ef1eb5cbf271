"""What the officer knows of a case beyond the application, and the signatures on its determination."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from exportctl.countries import COUNTRIES

from ..determination.case import ANSWERS, CaseParty
from ..facts import OF_A_LINE
from ..models import ApplicationLine, Facts
from .fields import FigureField, choice, day, words

YES_NO = (("yes", "Yes"), ("no", "No"))
SAID = {"yes": True, "no": False, "": None}
TOLD = {True: "yes", False: "no", None: ""}
JURISDICTIONS = (
    ("EAR", "EAR, Department of Commerce"), ("ITAR", "ITAR, Department of State"), ("DOE", "Department of Energy"),
    ("NRC", "Nuclear Regulatory Commission"),
)  # fmt: skip
UNKNOWN = "Not known"
AS_ALL = "As for all"


def country(label: str, help_text: str = "") -> forms.ChoiceField:
    pairs = sorted(COUNTRIES.items(), key=lambda pair: pair[1])
    return forms.ChoiceField(
        label=label, required=False, choices=[("", UNKNOWN), *pairs], help_text=help_text
    )


def yes_no(label: str, help_text: str = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, required=False, choices=[("", "Not answered"), *YES_NO], help_text=help_text
    )


class FactsForm(forms.Form):
    """The inputs of a determination. Nothing has an answer in advance; what is left out is not known."""

    version = forms.IntegerField(widget=forms.HiddenInput())
    jurisdiction = forms.ChoiceField(
        label="Jurisdiction", required=False, choices=[("", UNKNOWN), *JURISDICTIONS],
        help_text="A CCATS is no proof that an item is subject to the EAR. 15 CFR 748.3(b)(3)",
    )  # fmt: skip
    origin = country("Made in", "15 CFR 734.3")
    us_content = FigureField(
        label="Controlled US content, percent", required=False, max_digits=5, decimal_places=2, min_value=0,
        max_value=100, help_text="Of a foreign-made item; the worksheet below works it out. 15 CFR 734.4",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 8}),
    )  # fmt: skip
    direct_product = yes_no(
        "Does a rule of 734.9 reach the foreign-made item?", "Foreign-direct-product rules"
    )
    hts = forms.CharField(
        label="HTS code", required=False, max_length=20, help_text="Russia and Belarus go by it"
    )
    region = forms.CharField(
        label="Region of the destination",
        required=False,
        max_length=60,
        help_text="Ukraine needs one. 15 CFR 746.6",
    )
    flags_answered = yes_no(
        "Is a complete sheet kept elsewhere, with evidence?",
        "Only where the sheet here is not used; then say where it is. Supp. 3 to 15 CFR part 732",
    )
    flags_system = forms.CharField(
        label="System or file that keeps it",
        required=False,
        max_length=120,
        help_text="For example: Orders, ERP",
    )
    flags_reference = forms.CharField(
        label="Its identifier there", required=False, max_length=120, help_text="Number or name of the sheet"
    )
    flags_dated = day("Day of the sheet", required=False)
    flags = words("Red flags open on it, one a line", required=False)
    item_value = FigureField(
        label="Fair market value of the foreign-made item, USD", required=False, max_digits=16, decimal_places=2,
        min_value=0, widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 12}),
    )  # fmt: skip
    worksheet = words(
        "US content, one a line: what; ECCN; value in USD", required=False,
        help_text="For example: Radio module; 5A991.b.4; 120. Kept with the memo, 15 CFR 734.4(g)",
    )  # fmt: skip

    def __init__(
        self,
        *args: Any,
        parties: Mapping[int, CaseParty],
        lines: Iterable[ApplicationLine] = (),
        offered: Iterable[str],
        known: Facts | None,
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = told(known)
        super().__init__(*args, **kwargs)
        self.parties = parties
        self.items = {line.item_id: line for line in lines}
        if len(self.items) < 2:
            self.items = {}
        for key in self.items:
            self.fields |= of_line(key)
        for name, question in ANSWERS.items():
            self.fields[f"answer_{name}"] = yes_no(question)
        for key, party in parties.items():
            self.fields[f"hq_{key}"] = country(party.name)
        symbols = sorted({*offered, *(known.verified if known else ())})
        self.fields["verified"] = forms.MultipleChoiceField(
            label="Every condition of the exception is recorded as met", required=False,
            choices=[(each, each) for each in symbols], widget=forms.CheckboxSelectMultiple,
        )  # fmt: skip

    @property
    def of_items(self) -> list[forms.BoundField]:
        return [
            self[name] for name in ("jurisdiction", "origin", "us_content", "direct_product", "hts", "region")
        ]

    @property
    def of_uses(self) -> list[forms.BoundField]:
        return [self[f"answer_{name}"] for name in ANSWERS]

    @property
    def of_lines(self) -> list[tuple[ApplicationLine, list[forms.BoundField], bool]]:
        """Each item of a case of several with the facts that differ, and whether any does."""
        rows = []
        for key, line in self.items.items():
            fields = [self[f"line_{key}_{name}"] for name in OF_A_LINE]
            rows.append((line, fields, any(each.value() or each.errors for each in fields)))
        return rows

    @property
    def of_sheet(self) -> list[forms.BoundField]:
        return [self[name] for name in ("flags_system", "flags_reference", "flags_dated", "flags")]

    @property
    def of_parties(self) -> list[forms.BoundField]:
        return [self[f"hq_{key}"] for key in self.parties]

    def clean_worksheet(self) -> list[dict[str, str]]:
        lines = []
        for number, line in enumerate(self.cleaned_data["worksheet"].splitlines(), start=1):
            if not line.strip():
                continue
            parts = [part.strip() for part in line.split(";")]
            try:
                what, eccn, value = parts
                lines.append({"what": what, "eccn": eccn, "value": f"{Decimal(value.replace(',', '')):f}"})
            except (ValueError, InvalidOperation):
                raise ValidationError(f"Line {number}: write what; ECCN; value in USD.") from None
        return lines

    def facts(self) -> dict[str, Any]:
        """The recorded facts as the verb takes them."""
        given = self.cleaned_data
        return {
            "jurisdiction": given["jurisdiction"],
            "origin": given["origin"],
            "us_content": given["us_content"],
            "direct_product": SAID[given["direct_product"]],
            "hts": given["hts"].strip(),
            "region": given["region"].strip(),
            "answers": {name: SAID[given[f"answer_{name}"]] for name in ANSWERS},
            "headquarters": {str(key): given[f"hq_{key}"] for key in self.parties if given[f"hq_{key}"]},
            "flags_answered": given["flags_answered"] == "yes",
            "flags_system": given["flags_system"],
            "flags_reference": given["flags_reference"],
            "flags_dated": given["flags_dated"],
            "lines": {str(key): self.of_item(key) for key in self.items},
            "flags": [
                {"flag": line.strip(), "open": True} for line in given["flags"].splitlines() if line.strip()
            ],
            "verified": given["verified"],
            "item_value": given["item_value"],
            "worksheet": given["worksheet"],
        }

    def of_item(self, key: int) -> dict[str, Any]:
        """The facts typed for one item."""
        said = {name: self.cleaned_data[f"line_{key}_{name}"] for name in OF_A_LINE}
        return said | {
            "direct_product": SAID[said["direct_product"]],
            "origin": said["origin"].strip().upper(),
        }


def of_line(key: int) -> dict[str, forms.Field]:
    """The fields of one item; what is left empty is as for all."""
    start = f"line_{key}_"
    return {
        f"{start}jurisdiction": forms.ChoiceField(
            label="Jurisdiction", required=False, choices=[("", AS_ALL), *JURISDICTIONS]
        ),
        f"{start}origin": forms.CharField(
            label="Made in", required=False, max_length=2, help_text="Two letters, for example TW",
            widget=forms.TextInput(attrs={"size": 3}),
        ),
        f"{start}us_content": FigureField(
            label="US content, percent", required=False, max_digits=5, decimal_places=2, min_value=0, max_value=100,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "size": 6}),
        ),
        f"{start}direct_product": forms.ChoiceField(
            label="Reached by 734.9", required=False, choices=[("", AS_ALL), *YES_NO]
        ),
        f"{start}hts": forms.CharField(label="HTS code", required=False, max_length=20),
    }  # fmt: skip


def told(known: Facts | None) -> dict[str, Any]:
    """Recorded facts as the form shows them."""
    if known is None:
        return {"version": 0}
    return {
        "version": known.version, "jurisdiction": known.jurisdiction, "origin": known.origin,
        "us_content": known.us_content, "direct_product": TOLD[known.direct_product], "hts": known.hts,
        "region": known.region, "flags_answered": "yes" if known.flags_answered else "",
        "flags_system": known.flags_system, "flags_reference": known.flags_reference, "flags_dated": known.flags_dated,
        "flags": "\n".join(each["flag"] for each in known.flags if each.get("open")), "verified": known.verified,
        "item_value": known.item_value,
        "worksheet": "\n".join(f"{each['what']}; {each['eccn']}; {each['value']}" for each in known.worksheet),
        **{f"answer_{name}": TOLD[said] for name, said in known.answers.items()},
        **{f"hq_{key}": code for key, code in known.headquarters.items()},
        **{
            f"line_{key}_{name}": TOLD[value] if name == "direct_product" else value
            for key, facts in known.lines.items()
            for name, value in facts.items()
        },
    }  # fmt: skip


class SignForm(forms.Form):
    """The first signature on a memo."""

    symbol = forms.ChoiceField(label="License exception", required=False)
    basis = words("Why the facts are believed", help_text="What they rest on: documents, statements, checks")
    valid_until = day("Valid until")

    def __init__(self, *args: Any, symbols: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if symbols:
            self.fields["symbol"] = choice("License exception", [(each, each) for each in symbols])
        else:
            del self.fields["symbol"]


class RelyForm(forms.Form):
    """A shipment that relied on a determination."""

    reference = forms.CharField(label="Order, invoice or ITN", max_length=60)
    shipped_on = day("Left the country on")
    value = FigureField(label="Value, USD", max_digits=16, decimal_places=2)


class WhyForm(forms.Form):
    reason = words("Why")

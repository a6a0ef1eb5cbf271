"""What the steps of a condition ask for. A kind's figures come from the table `riders.RIDERS`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from .. import riders
from ..models import Body, Condition, ConditionCode
from .fields import FigureField, choice, day, narrow, words


def param_field(name: str) -> forms.Field:
    """The field of one figure; which kinds carry it stands in its help."""
    param = riders.PARAMS[name]
    if param.kind == "day":
        return day(param.label, required=False, help_text=param.help)
    if param.kind == "choice":
        return choice(
            param.label, [(each, each) for each in param.options], required=False, help_text=param.help
        )
    if param.kind == "words":
        return forms.CharField(label=param.label, required=False, help_text=param.help, max_length=param.most)
    return FigureField(label=param.label, required=False, help_text=param.help)


class WithParams(forms.Form):
    """A form whose figures are handed to the verb together as `params`."""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        params = {name: given.pop(name) for name in riders.PARAMS if name in given}
        given["params"] = {name: value for name, value in params.items() if value not in (None, "")}
        return given


class ConditionForm(WithParams):
    """A condition; who sits for a body proposes in its name, an officer in any."""

    code = choice(
        "Kind", ConditionCode.choices, help_text="Decides whom it binds, what is due under it and when."
    )
    text = words(
        "Words of the condition", required=False,
        help_text="Word for word, as the license will carry them. Empty: the standard wording of the kind, below.",
    )  # fmt: skip
    origin = choice("Origin", Body.choices, help_text="The body that asks for it")
    due_on = day(
        "First thing due on", required=False,
        help_text="Periodic report, written acknowledgment, other: the first day something is due.",
    )  # fmt: skip

    field_order = ["code", "origin", *riders.PARAMS, "due_on", "text"]

    def __init__(self, *args: Any, origins: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrow(self, "origin", set(origins) or Body.values)
        for name in riders.PARAMS:
            field = param_field(name)
            kinds = [code for code, rider in riders.RIDERS.items() if name in rider.takes]
            takers = ", ".join(riders.RIDERS[code].label for code in kinds)
            field.help_text = f"{takers}. {field.help_text}"
            field.widget.attrs["data-kinds"] = " ".join(kinds)
            self.fields[name] = field
        first = [
            code for code, rider in riders.RIDERS.items() if rider.due in (riders.Due.ONCE, riders.Due.MONTHS)
        ]
        self.fields["due_on"].widget.attrs["data-kinds"] = " ".join(first)
        self.fields["code"].widget.attrs["data-kind"] = ""
        self.order_fields(self.field_order)

    @property
    def standard(self) -> list[tuple[str, str]]:
        """The standard wording of each kind, with the names of its figures in brackets."""
        return [
            (rider.label, riders.wording(code, {})) for code, rider in riders.RIDERS.items() if rider.wording
        ]


class OneConditionForm(forms.Form):
    """A step that asks nothing more than which condition."""

    condition = forms.IntegerField(widget=forms.HiddenInput())

    def __init__(self, *args: Any, condition: Condition | None = None, **kwargs: Any) -> None:
        if condition is not None:
            kwargs.setdefault("initial", {})["condition"] = condition.pk
        super().__init__(*args, **kwargs)


class AgreeForm(OneConditionForm):
    body = choice("For", Body.choices, required=False)

    def __init__(self, *args: Any, bodies: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        narrow(self, "body", bodies)


class ReasonedForm(OneConditionForm):
    """Decline, remove or waive: the reason stays on the record."""

    reason = words("Reason", help_text="Stays on the record with your name and the day.", limit=2000)


class ChangeConditionForm(OneConditionForm, WithParams):
    """New words or figures of one condition; the kind stays."""

    def __init__(self, *args: Any, condition: Condition, own: bool = True, **kwargs: Any) -> None:
        rider = riders.RIDERS[condition.code]
        standard = condition.text == riders.wording(condition.code, condition.params)
        start: dict[str, Any] = {**condition.params, "text": "" if standard else condition.text}
        super().__init__(*args, condition=condition, initial=start | {"due_on": condition.due_on}, **kwargs)
        for name in rider.takes:
            self.fields[name] = param_field(name)
        if rider.due in (riders.Due.ONCE, riders.Due.MONTHS):
            self.fields["due_on"] = day("First thing due on", required=False)
        self.fields["text"] = words(
            "Words of the condition", required=not rider.wording,
            help_text=f"Empty: the standard wording. {rider.wording and riders.wording(condition.code, {})}".strip(),
        )  # fmt: skip
        title = condition.get_origin_display()
        self.fields["reason"] = words(
            "Reason", required=not own, limit=2000,
            help_text="Why it changes." if own else f"The condition is {title}’s; {title} reads this.",
        )  # fmt: skip


class MeetForm(OneConditionForm):
    """What was done under a condition, and the document that shows it."""

    def __init__(
        self, *args: Any, condition: Condition, standing: riders.Standing, documents: Iterable[Any] = (), **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(*args, condition=condition, **kwargs)
        rider = riders.RIDERS[condition.code]
        due = [(each.on, f"{each.on:%b} {each.on.day}, {each.on.year}: {each.why}")
               for each in standing.open if each.on]  # fmt: skip
        if due:
            self.fields["due_on"] = choice("What was due on", due)
            narrow(self, "due_on", [str(day) for day, _ in due] if len(due) > 1 else [due[0][0]])  # type: ignore[list-item]
        held = [(each.pk, f"{each.document.name} ({each.get_kind_display()})") for each in documents]
        self.fields["file"] = forms.FileField(
            label="File", required=False,
            help_text=f"Needed: {rider.evidence}." if rider.evidence else "Kept in the case’s documents.",
        )  # fmt: skip
        if held:
            self.fields["evidence"] = choice("Or a document of the file", held, required=False)
        self.fields["note"] = words("Note", required=False, limit=2000, rows=2)

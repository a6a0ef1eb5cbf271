"""The deemed-export form: who is given technology here. Seen by named roles, masked everywhere else."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import structlog

from exportctl import audit, roles
from exportctl.countries import COUNTRIES
from exportctl.errors import Conflict, Invalid, Stale, refuse
from exportctl.models import User
from exportctl.transitions import Blocker

from .items import ECCN
from .models import Application, DeemedExport, YesNo
from .workflow import Status

CITATION = "15 CFR 734.13"
MASK = "masked"
PERSONAL = ("person", "country")
access = structlog.get_logger("exportctl.access")


def read(*, application: Application, by: User) -> DeemedExport | None:
    """The form, for who may see it; each look is written to the access log, not to the event log."""
    roles.require(by, "deemed.read", person=True)
    access.warning("deemed.read", application=application.number, user=by.pk)
    return DeemedExport.objects.filter(application=application).first()


def save(
    *,
    application: Application,
    protected: str,
    person: str = "",
    country: str = "",
    eccn: str = "",
    control_plan: str = "",
    access_from: date | None = None,
    access_until: date | None = None,
    version: int | None = None,
    if_match: bool = False,
    by: User,
    at: datetime,
) -> DeemedExport:
    """Save the form of a draft. `protected` (permanent resident, asylee, refugee) is asked first.

    `version` is the one that was read, 0 for none; None does not ask. Refuses name or nationality of a protected
    person or before that question is answered, an unknown country or ECCN, dates out of order, a case that is no
    draft, and a form that somebody saved since (Conflict, Stale when it came by If-Match). Event deemed.saved,
    without what is personal.
    """
    roles.require(by, "application.file", person=True)
    roles.require(by, "deemed.read", person=True)
    values: dict[str, Any] = {
        "protected": protected, "person": person.strip(), "country": country.strip().upper(), "eccn": eccn.strip(),
        "control_plan": control_plan.strip(), "access_from": access_from, "access_until": access_until,
    }  # fmt: skip
    found = tuple(_wrong(values))
    if found:
        raise Invalid(found)
    with audit.action(by=by, at=at) as log:
        case = Application.objects.select_for_update(no_key=True).get(pk=application.pk)
        if case.status != Status.DRAFT or not case.deemed_export:
            raise refuse("no_deemed_draft", f"{case.number} is no draft of a deemed export.", citation=CITATION,
                         remedy="Mark the draft as a deemed export first.")  # fmt: skip
        stands = DeemedExport.objects.filter(application=case).first()
        last = stands.version if stands else 0
        if version is not None and version != last:
            raise _stale(stands, values, version, if_match)
        form, _ = DeemedExport.objects.update_or_create(
            application=case, defaults={**values, "version": last + 1}
        )
        log("deemed.saved", case, application=case.number,
            given=sorted(name for name, value in values.items() if value and name not in PERSONAL))  # fmt: skip
    return form


def _stale(stands: DeemedExport | None, values: dict[str, Any], version: int, if_match: bool) -> Conflict:
    """Somebody saved first: each field that differs, without what it holds."""
    found = [Blocker("stale_version", f"The form changed: you saw version {version}.", field="version",
                     remedy="Load it again and compare.")]  # fmt: skip
    for name, value in values.items():
        if stands is not None and getattr(stands, name) != value:
            found.append(Blocker("changed", "Saved otherwise since.", field=name,
                                 remedy="Compare, then save again."))  # fmt: skip
    return (Stale if if_match else Conflict)(found)


def masked(form: DeemedExport) -> DeemedExport:
    """The form as everybody else may see it: what is personal is masked. Not to be saved."""
    for name in ("protected", *PERSONAL):
        if getattr(form, name):
            setattr(form, name, MASK)
    return form


def _wrong(values: dict[str, Any]) -> Any:
    """Everything wrong with the form at once."""
    if values["protected"] not in ("", *YesNo.values):
        yield _blocker("protected", "Neither yes nor no.", "Answer it first.")
    personal = [name for name in PERSONAL if values[name]]
    if personal and values["protected"] != YesNo.NO:
        why = (
            "is not asked of a protected person" if values["protected"] == YesNo.YES else "is asked too early"
        )
        for name in personal:
            label = "The name" if name == "person" else "Nationality"
            yield _blocker(
                name, f"{label} {why}.", "First say whether the person is protected; if so, leave it out."
            )
    if len(values["person"]) > 120 or len(values["control_plan"]) > 200:
        yield _blocker(
            "person" if len(values["person"]) > 120 else "control_plan", "Too long.", "Shorten it."
        )
    if any("\x00" in str(value) for value in values.values()):
        yield _blocker("person", "Holds a character that is no text.", "Type it again.")
    if values["country"] and values["country"] not in COUNTRIES:
        yield _blocker(
            "country", f"'{values['country'][:10]}' is no country.", "Write the two letters of ISO 3166."
        )
    if values["country"] == "US":
        yield _blocker(
            "country", "A US citizen is no foreign person.", "Nothing is to be filed for this person."
        )
    technology = ECCN.fullmatch(values["eccn"]) and values["eccn"][1:2] in ("D", "E")
    if values["eccn"] and (not technology or len(values["eccn"]) > 20):
        yield _blocker("eccn", f"'{values['eccn'][:20]}' is no ECCN of software or technology.",
                       "Product groups D and E, for example 3E001.")  # fmt: skip
    if values["access_from"] and values["access_until"] and values["access_until"] < values["access_from"]:
        yield _blocker("access_until", "Access ends before it begins.", "Check the two dates.")


def _blocker(field: str, message: str, remedy: str) -> Blocker:
    return Blocker("invalid", message, remedy=remedy, field=field, citation=CITATION)

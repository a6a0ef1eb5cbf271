"""Small builders of test data. Each goes through the verbs: what they make could be made by a user."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.urls import reverse
from django.utils import timezone

from entities import parties
from entities.models import Party
from exportctl import people
from exportctl.models import User
from licenses import items
from licenses.models import Item

NOW = datetime(2026, 8, 6, 14, tzinfo=UTC)
# answers without gaps
BLOCKS = {
    "contact_person": "Fay Filer", "telephone": "+1 555 0100", "end_use": "Civil radio network.",
    "no_intermediate": "none", "capacity": "exporter", "already_exported": "no", "detained": "no",
}  # fmt: skip
# what an intent to deny tells beside its basis
PARTICULARS = {
    "denial_reasons": ["END_USE"], "considerations": "Diversion to another end use.", "modifications": "none",
}  # fmt: skip
_numbers = count(1)


def make_party(*, by: User, at: datetime = NOW, name: str = "", country: str = "DE", **facts: Any) -> Party:
    """A customer: registered, not screened (call `drain()` for that)."""
    facts.setdefault("addresses", [{"line": "Hafenstrasse 1", "city": "Rostock", "country": country}])
    return parties.register(
        name=name or f"Customer {next(_numbers)} GmbH", country=country, by=by, at=at, **facts
    )


def make_company(*, name: str, user: User, by: User, at: datetime = NOW, country: str = "US") -> Party:
    """An exporter that `user` files for. `by` is an administrator, who decides who acts for it."""
    party = parties.register(
        name=name, country=country, by=user, at=at, shared=False,
        addresses=[{"line": "1 Harbor Way", "city": "Portland", "country": country}],
    )  # fmt: skip
    parties.add_member(party=party, user=user, by=by, at=at)
    return party


def make_item(*, by: User, at: datetime = NOW, eccn: str = "5A991.b.4", **facts: Any) -> Item:
    """An item of the master."""
    number = next(_numbers)
    return items.add(
        part_number=facts.pop("part_number", f"PN-{number}"), name=facts.pop("name", f"Radio unit {number}"),
        eccn=eccn, by=by, at=at, description=facts.pop("description", "Radio unit for civil networks."), **facts,
    )  # fmt: skip


def make_key(
    *, user: User, by: User, scopes: tuple[str, ...] | None = None, at: datetime | None = None,
    days: int = 30,
) -> str:  # fmt: skip
    """A working API key of a service user; returns its secret."""
    from exportctl.roles import permissions_of

    at = at or timezone.now()
    granted = tuple(sorted(permissions_of(user))) if scopes is None else scopes
    _, secret = people.issue_key(
        user=user,
        name=f"key {next(_numbers)}",
        scopes=granted,
        expires_at=at + timedelta(days=days),
        by=by,
        at=at,
    )
    return secret


def make_draft(
    *, by: User, applicant: Party | None = None, at: datetime = NOW, customer: Party | None = None,
    item: Item | None = None, quantity: Decimal = Decimal(10), unit_price: Decimal = Decimal("21.50"),
    route: str = "office",
) -> Any:  # fmt: skip
    """A draft without gaps, by a filer: their own company, one customer, one line."""
    from licenses import applications

    applicant = applicant or by.memberships.get().party  # type: ignore[attr-defined]
    customer = customer or make_party(by=by, at=at)
    item = item or make_item(by=by, at=at)
    draft = applications.start(applicant=applicant, by=by, at=at, route=route)
    return applications.save_draft(
        application=draft, version=draft.version, by=by, at=at,
        blocks=BLOCKS,
        roles=[("ultimate_consignee", customer), ("end_user", customer)],
        lines=[{"item": item, "quantity": quantity, "unit_price": unit_price}],
    )  # fmt: skip


def make_submitted(*, by: User, at: datetime = NOW, **facts: Any) -> Any:
    """A submitted application (not yet screened)."""
    from licenses import applications

    return applications.submit(application=make_draft(by=by, at=at, **facts), by=by, at=at)


def make_registered(*, by: User, officer: User, at: datetime = NOW, **facts: Any) -> Any:
    """An application in review with Commerce, its parties screened by the worker's own code."""
    from exportctl import outbox
    from licenses import applications

    case = make_submitted(by=by, at=at, **facts)
    outbox.drain()
    return applications.register(application=case, by=officer, at=at)


def make_license(*, by: User, officer: User, approver: User, at: datetime = NOW, **facts: Any) -> Any:
    """A license issued on a countersigned approval."""
    from licenses import decisions

    case = make_registered(by=by, officer=officer, at=at, **facts)
    decisions.propose(
        application=case, outcome="approve", justification="Civil use, no objection.", by=officer, at=at
    )
    decision = decisions.countersign(application=case, by=approver, at=at)
    return decision.license


def negative_facts(case: Any) -> dict[str, Any]:
    """Every input of a determination of a case, supplied and negative; the red-flag sheet is kept elsewhere."""
    from licenses.determination.case import ANSWERS

    return {
        "jurisdiction": "EAR", "origin": "US", "answers": dict.fromkeys(ANSWERS, False),
        "headquarters": {str(role.party_id): role.party.country for role in case.roles.all()},
        "flags_answered": True, "flags_system": "Orders, ERP", "flags_reference": "RF-12",
        "flags_dated": date(2026, 8, 1),
    }  # fmt: skip


def make_determination(
    *, case: Any, officer: User, approver: User, at: datetime = NOW, days: int = 30
) -> Any:
    """A signed "no license requirement found" on a case of a clean customer with an item that needs none."""
    from licenses import determinations

    determinations.record(application=case, facts=negative_facts(case), version=0, by=officer, at=at)
    memo = determinations.keep(application=case, on=at.date(), by=officer, at=at)
    made = determinations.propose(memo=memo, basis="Statement of the customer.", by=officer, at=at,
                                  valid_until=at.date() + timedelta(days=days))  # fmt: skip
    return determinations.sign(determination=made, by=approver, at=at)


def confirmed(client: Any) -> Any:
    """The client after the second sign-in that signing asks for (step-up)."""
    from tests.conftest import PASSWORD

    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302
    return client

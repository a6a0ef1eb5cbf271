"""Cases at each step of the way, made through the verbs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from entities import seed
from entities.models import Party
from exportctl import outbox
from exportctl.models import User
from licenses import applications, review
from licenses.models import Application, License
from tests import factories


@pytest.fixture
def listed(lists: User, now: datetime) -> None:
    """The seed's lists are in force: screening can run."""
    seed.load(by=lists, at=now - timedelta(days=20))
    outbox.drain()  # settled before anybody is registered


@pytest.fixture
def customer(listed: None, filer: User, now: datetime) -> Party:
    """A clean customer, screened."""
    party = factories.make_party(by=filer, at=now - timedelta(days=10), name="Nordhafen Maschinenbau GmbH")
    outbox.drain()
    return party


@pytest.fixture
def huawei(listed: None, filer: User, now: datetime) -> Party:
    """A customer that is on the Entity List, screened: its hits are open."""
    party = factories.make_party(
        by=filer, at=now - timedelta(days=10), name="Huawei Technologies Co., Ltd.", country="CN"
    )
    outbox.drain()
    return party


@pytest.fixture
def draft(customer: Party, filer: User, now: datetime) -> Application:
    return factories.make_draft(by=filer, customer=customer, at=now - timedelta(days=5))


@pytest.fixture
def submitted(draft: Application, filer: User, now: datetime) -> Application:
    """Submitted five days ago; its parties were screened when they were registered."""
    return applications.submit(application=draft, by=filer, at=now - timedelta(days=5))


@pytest.fixture
def registered(submitted: Application, officer: User, now: datetime) -> Application:
    return applications.register(application=submitted, by=officer, at=now - timedelta(days=4))


@pytest.fixture
def referred(registered: Application, officer: User, now: datetime) -> Application:
    """With Defense and State since three days."""
    return review.refer(
        application=registered, bodies=["defense", "state"], by=officer, at=now - timedelta(days=3)
    )


@pytest.fixture
def filed(customer: Party, filer: User, officer: User, approver: User, now: datetime) -> Application:
    """On the company route, filed with the agency."""
    at = now - timedelta(days=5)
    case = factories.make_draft(by=filer, customer=customer, at=at, route="company")
    applications.submit(application=case, by=filer, at=at)
    applications.begin_review(application=case, by=officer, at=at)
    return applications.mark_filed(application=case, external_number="Z482911", by=approver, at=at)


@pytest.fixture
def reviewed_inside(customer: Party, filer: User, officer: User, now: datetime) -> Application:
    """On the company route, in internal review since five days."""
    at = now - timedelta(days=5)
    case = factories.make_draft(by=filer, customer=customer, at=at, route="company")
    applications.submit(application=case, by=filer, at=at)
    return applications.begin_review(application=case, by=officer, at=at)


@pytest.fixture
def license(registered: Application, officer: User, approver: User, now: datetime) -> License:
    """Approved yesterday: 10 pieces for USD 215.00 on line 1."""
    from licenses import decisions

    at = now - timedelta(days=1)
    decisions.propose(
        application=registered, outcome="approve", justification="Civil use.", by=officer, at=at
    )
    return decisions.countersign(application=registered, by=approver, at=at).license


@pytest.fixture
def more_cases(customer: Party, filer: User, officer: User, now: datetime) -> Callable[..., Application]:
    """`more_cases()`: another registered case with the same, screened parties and an item of its own."""

    def make(at: datetime = now, **facts: Any) -> Application:
        item = factories.make_item(by=filer)
        case = factories.make_submitted(by=filer, customer=customer, item=item, at=at, **facts)
        return applications.register(application=case, by=officer, at=at)

    return make


def codes(refused: Any) -> set[str]:
    """The codes of a refusal's blockers."""
    return {blocker.code for blocker in refused.value.blockers}


def fields(refused: Any) -> set[str]:
    """The fields an input error names."""
    return {blocker.field for blocker in refused.value.blockers}

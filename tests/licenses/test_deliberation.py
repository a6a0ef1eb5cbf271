"""What an applicant sees of an office's review: what is asked and decided, not who advised what."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from exportctl.models import User
from licenses import decisions, review
from licenses.models import Application, Decision
from tests import factories

SECRET = "Not convinced of the end use."


def advised(case: Application, *, officer: User, defense: User, now: datetime) -> None:
    """Defense objects and a decision is proposed."""
    review.refer(application=case, bodies=["defense"], by=officer, at=now - timedelta(days=3))
    review.recommend(
        application=case, body="defense", position="deny", reason=SECRET, legal_basis="744.11", by=defense,
        at=now - timedelta(days=2),
    )  # fmt: skip
    decisions.propose(
        application=case, outcome="intend_to_deny", justification="As Defense advises.", legal_basis="744.11",
        by=officer, at=now - timedelta(days=1), **factories.PARTICULARS,
    )  # fmt: skip


def test_an_applicant_sees_no_position_and_no_proposal(
    registered: Application, filer: User, officer: User, defense: User, api: Any, signed: Any, now: datetime
) -> None:
    advised(registered, officer=officer, defense=defense, now=now)
    path = f"/api/v1/applications/{registered.number}/"

    seen, told = api(officer).get(path).json(), api(filer).get(path).json()
    assert [lane["reason"] for lane in seen["lanes"]] == [SECRET]
    assert [each["state"] for each in seen["decisions"]] == ["proposed"]
    assert (told["lanes"], told["decisions"]) == ([], [])
    proposal = Decision.objects.get()
    assert api(officer).get(f"/api/v1/decisions/{proposal.pk}/").status_code == 200
    assert api(filer).get(f"/api/v1/decisions/{proposal.pk}/").status_code == 404

    assert SECRET in signed(officer).get(f"/applications/{registered.number}/").content.decode()
    page = signed(filer).get(f"/applications/{registered.number}/").content.decode()
    assert SECRET not in page and "Defense advises" not in page and "Decision proposed" not in page


def test_an_applicant_sees_the_decision_once_it_is_made(
    registered: Application,
    filer: User,
    officer: User,
    approver: User,
    defense: User,
    api: Any,
    now: datetime,
) -> None:
    advised(registered, officer=officer, defense=defense, now=now)
    decisions.countersign(application=registered, by=approver, at=now)
    told = api(filer).get(f"/api/v1/applications/{registered.number}/").json()
    assert [each["outcome"] for each in told["decisions"]] == ["intend_to_deny"]

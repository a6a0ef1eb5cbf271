"""The dated policies of the seed, and which of them concern a case."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from entities import hits
from entities.models import HitStatus
from exportctl.models import Event
from licenses import policies, seed
from licenses.models import PolicyVersion
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def regimes(administrator, now) -> None:
    seed.seed(by=administrator, at=now)


@pytest.mark.parametrize(
    ("day", "regime"),
    [
        (date(2019, 5, 15), "H0"), (date(2019, 5, 16), "H1"), (date(2020, 5, 14), "H1"), (date(2020, 5, 15), "H2"),
        (date(2020, 8, 16), "H2"), (date(2020, 8, 17), "H3"), (date(2023, 1, 29), "H3"), (date(2023, 1, 30), "H4"),
        (date(2024, 5, 6), "H4"), (date(2024, 5, 7), "H5"), (date(2026, 8, 6), "H5"),
    ],
)  # fmt: skip
def test_regime_of_the_day(regimes, day, regime) -> None:
    assert [version.regime for version in policies.for_group("Huawei", day)] == [regime]


def test_seed_is_idempotent_and_logged(regimes, administrator, now) -> None:
    assert Event.objects.filter(verb="policy.published").count() == PolicyVersion.objects.count() == 6
    assert seed.seed(by=administrator, at=now) == 0
    PolicyVersion.objects.get(regime="H4").delete()
    assert seed.seed(by=administrator, at=now) == 1


def test_practice_is_never_told_as_rule(regimes) -> None:
    for version in PolicyVersion.objects.all():
        assert "press" not in version.summary.casefold()
        assert not version.practice or "not a rule" in version.practice
        assert version.kind == "RULE"
        if version.practice:
            assert "PRESS" in {each["kind"] for each in version.citations}
        assert version.regime == "H0" or "RULE" in {each["kind"] for each in version.citations}


def test_periods_of_one_policy_never_overlap(regimes) -> None:
    first = PolicyVersion.objects.get(regime="H1")
    with pytest.raises(IntegrityError, match="no_overlap"), transaction.atomic():
        PolicyVersion.objects.create(
            policy=first.policy,
            regime="HX",
            period=DateRange(date(2020, 5, 14), date(2020, 5, 15)),
            kind="RULE",
            summary="x",
        )


def test_policy_follows_the_hits_of_the_case(
    regimes, filer, officer, approver, huawei, customer, submitted, now
) -> None:
    case = factories.make_submitted(by=filer, customer=huawei, at=now - timedelta(days=5))
    day = date(2020, 9, 1)
    assert [version.regime for version in policies.on(case, day)] == ["H3"]  # the hits are open
    assert policies.on(submitted, day) == []
    for hit in huawei.hits.all():
        judged = hits.propose(
            hit=hit,
            outcome="false_positive",
            reason="different_place",
            differing_fact="Another company.",
            by=officer,
            at=now,
        )
        if judged.status == HitStatus.PROPOSED:
            hits.agree(hit=hit, by=approver, at=now)
    assert policies.on(case, day) == []


def test_listings_carry_their_own_policy(huawei, filer, now) -> None:
    case = factories.make_draft(by=filer, customer=huawei, at=now)
    found = policies.listings_of(policies.hits_of(case))[huawei.pk]
    entry = next(
        each for each in found if each.name == "Huawei Technologies Co., Ltd. (Huawei)" and each.list == "EL"
    )
    assert (entry.policy_code, entry.requirement_code, entry.effective_on) == (
        "PD",
        "ALL_EAR",
        date(2019, 5, 16),
    )
    assert (entry.footnotes, entry.certain, entry.group) == ((1, 2), False, "Huawei")

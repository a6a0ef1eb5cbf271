"""The decision feed: complete and in the order of sealing, whatever was proposed first."""

from __future__ import annotations

from datetime import date

import pytest

from licenses import decisions
from tests import factories

pytestmark = pytest.mark.django_db
URL = "/api/v1/decisions/"


@pytest.fixture
def cases(more_cases):
    return [more_cases() for _ in range(3)]


def decide(case, officer, approver, at, outcome="approve", **more):
    decisions.propose(application=case, outcome=outcome, justification="x", by=officer, at=at, **more)
    return decisions.countersign(application=case, by=approver, at=at)


def test_feed_misses_no_decision_that_was_proposed_earlier(
    api, integration, officer, approver, cases, now
) -> None:
    client = api(integration)
    early, other, _ = cases
    decisions.propose(application=early, outcome="approve", justification="x", by=officer, at=now)
    decide(other, officer, approver, now)
    first = client.get(URL).json()
    assert [each["application"] for each in first["results"]] == [other.number]
    assert (first["next"], client.get(URL, {"after": first["after"]}).json()["results"]) == (None, [])
    decisions.countersign(application=early, by=approver, at=now)
    later = client.get(URL, {"after": first["after"]}).json()
    assert [(each["application"], each["event"]) for each in later["results"]] == [
        (early.number, "decision.made")
    ]
    assert later["results"][0]["id"] < first["results"][0]["id"]


def test_feed_pages_by_key_in_ascending_order(api, auditor, officer, approver, cases, now) -> None:
    for case in cases:
        decide(case, officer, approver, now)
    client = api(auditor)
    first = client.get(URL, {"page_size": 2}).json()
    second = client.get(first["next"]).json()
    found = first["results"] + second["results"]
    assert [each["application"] for each in found] == [case.number for case in cases]
    assert [each["seq"] for each in found] == sorted(each["seq"] for each in found)
    assert (second["next"], second["after"]) == (None, found[-1]["seq"])


def test_feed_by_outcome_tells_a_denial_when_it_is_final(
    api, auditor, officer, approver, cases, filed, now
) -> None:
    letter, granted, returned = cases
    decide(
        letter, officer, approver, now, "intend_to_deny", legal_basis="15 CFR 744.11", **factories.PARTICULARS
    )
    decide(granted, officer, approver, now)
    decide(returned, officer, approver, now, "return", reason_code="DEFICIENT")
    decisions.record(
        application=filed, outcome="deny", justification="x", legal_basis="y", denial_reasons=["END_USE"],
        authority="BIS", decided_on=date(2026, 8, 5), no_document="x", by=officer, at=now,
    )  # fmt: skip
    client = api(auditor)

    def listed(**query):
        return [(each["application"], each["event"]) for each in client.get(URL, query).json()["results"]]

    assert listed(outcome="deny") == [(filed.number, "decision.recorded")]
    decisions.lapse(at=now.replace(year=2027))
    assert listed(outcome="deny") == [(filed.number, "decision.recorded"), (letter.number, "decision.final")]
    told = [
        each["outcome"] for each in client.get(URL).json()["results"] if each["application"] == letter.number
    ]
    assert told == ["intend_to_deny", "deny"]
    assert listed(outcome="approve") == [(granted.number, "decision.made")]
    assert len(listed()) == 5


def test_retrieve_and_scope(api, filer, stranger, officer, approver, cases, now) -> None:
    made = decide(cases[0], officer, approver, now)
    body = api(filer).get(f"{URL}{made.pk}/").json()
    assert (body["application"], body["state"], body["proposed_by"], body["countersigned_by"], body["license"]) == (
        cases[0].number, "made", "Olive Officer", "Anna Approver", made.license.number,
    )  # fmt: skip
    assert api(stranger).get(f"{URL}{made.pk}/").status_code == 404
    assert api(stranger).get(URL).json()["results"] == []
    assert len(api(filer).get(URL).json()["results"]) == 1


@pytest.mark.parametrize(
    "query", [{"after": "x"}, {"after": -1}, {"page_size": 0}, {"page_size": 201}, {"outcome": "maybe"}]
)
def test_feed_refuses_a_wrong_query(api, auditor, query) -> None:
    response = api(auditor).get(URL, query)
    assert response.status_code == 400
    assert [each["field"] for each in response.json()["blockers"]] == [next(iter(query))]


@pytest.mark.parametrize("count", [1, 3])
def test_feed_takes_at_most_eight_queries(
    api, auditor, officer, approver, cases, now, count, django_assert_num_queries
) -> None:
    for case in cases[:count]:
        decide(case, officer, approver, now)
    client = api(auditor)
    with django_assert_num_queries(6):
        assert len(client.get(URL).json()["results"]) == count

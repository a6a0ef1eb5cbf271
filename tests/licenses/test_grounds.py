"""What a decision rests on: parts, codes, overrides of a policy of denial, corrections that supersede."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from entities import hits
from exportctl.errors import Invalid, NotAllowed, Refused
from exportctl.models import Event
from licenses import cases, corrections, decisions, grounds
from licenses.models import Application, Decision, License
from tests import factories

from .conftest import codes, fields

pytestmark = pytest.mark.django_db
WORDS = {"justification": "Civil use at a known site."}


def part(*lines: tuple) -> dict:
    return {
        "outcome": "approve_part", **WORDS,
        "lines": [{"number": n, "quantity": quantity, "reason": why} for n, quantity, why in lines],
    }  # fmt: skip


def test_an_approval_in_part_issues_what_is_granted(registered, officer, approver, now) -> None:
    decisions.propose(application=registered, by=officer, at=now, **part((1, "4.5", "Stock of a year.")))
    made = decisions.countersign(application=registered, by=approver, at=now)
    line = made.license.lines.get()
    assert (line.quantity, line.value) == (Decimal("4.5"), Decimal("96.75"))
    case = Application.objects.get(pk=registered.pk)
    assert (case.status, case.closed_at) == ("approved_part", now)
    told = Event.objects.get(verb="decision.made").data["data"]
    assert [(each["number"], Decimal(each["quantity"])) for each in told["lines"]] == [(1, Decimal("4.5"))]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([(1, 10, "")], "Everything would be granted."),
        ([(1, 0, "No.")], "Nothing would be granted."),
        ([(1, 11, "More.")], "more than the 10 applied for"),
        ([(1, 4, "")], "a cut has no reason"),
        ([(2, 4, "x")], "There is no line 2."),
        ([(1, 4, "x"), (1, 5, "x")], "named twice"),
        ([(1, -1, "x")], "0 or more"),
        ([(1, "NaN", "x")], "0 or more"),
        ([(1, "many", "x")], "lacks its number or quantity"),
        ([], "says what is granted of each line"),
    ],
)
def test_an_approval_in_part_refuses_lines_that_do_not_fit(registered, officer, now, lines, said) -> None:
    with pytest.raises(Invalid) as refused:
        decisions.propose(application=registered, by=officer, at=now, **part(*lines))
    assert any(said in each.message and each.remedy for each in refused.value.blockers)
    assert not Decision.objects.exists()


def test_all_or_nothing_is_not_approved_in_part(registered, officer, now) -> None:
    Application.objects.filter(pk=registered.pk).update(all_or_nothing=True)
    with pytest.raises(Invalid) as refused:
        decisions.propose(application=registered, by=officer, at=now, **part((1, 4, "x")))
    assert [each.citation for each in refused.value.blockers] == ["15 CFR 748.6(c)"]


def test_no_license_required_closes_without_positions(referred, officer, approver, now) -> None:
    decisions.propose(application=referred, outcome="no_license_required", by=officer, at=now, **WORDS)
    decisions.countersign(application=referred, by=approver, at=now)
    assert Application.objects.get(pk=referred.pk).status == "no_license_required"
    assert not License.objects.exists()


@pytest.fixture
def to_huawei(huawei, filer, officer, approver, now) -> Application:
    """In review, to a listed party whose hit two people judged true: a presumption of denial applies."""
    case = factories.make_registered(by=filer, officer=officer, customer=huawei, at=now - timedelta(days=5))
    for hit in huawei.hits.all():
        hits.propose(hit=hit, outcome="true_match", reason="same_group", note="Seen.", by=officer, at=now)
        hits.agree(hit=hit, by=approver, at=now)
    return case


def test_an_approval_against_a_policy_of_denial_needs_its_reason_and_a_senior(
    to_huawei, officer, approver, person, now
) -> None:
    assert grounds.policy_of(to_huawei, now.date()) in grounds.DENYING
    with pytest.raises(Invalid) as refused:
        decisions.propose(application=to_huawei, outcome="approve", by=officer, at=now, **WORDS)
    assert fields(refused) == {"override"}
    decisions.propose(
        application=to_huawei, outcome="approve", override="Below 5G.", by=officer, at=now, **WORDS
    )
    with pytest.raises(Refused) as held:
        decisions.countersign(application=to_huawei, by=approver, at=now)
    assert codes(held) == {"senior_needed"}
    senior = person("senior", "senior_approver")
    made = decisions.countersign(application=to_huawei, by=senior, at=now)
    assert (made.policy, made.override, made.senior) == ("PD", "Below 5G.", True)


def test_an_override_without_a_senior_is_refused_by_the_database(to_huawei, officer, approver, now) -> None:
    made = decisions.propose(
        application=to_huawei, outcome="approve", override="Below 5G.", by=officer, at=now, **WORDS
    )
    with pytest.raises(IntegrityError, match="licenses_override_signed_by_a_senior"), transaction.atomic():
        Decision.objects.filter(pk=made.pk).update(state="made", countersigned_by=approver, made_at=now)


def test_a_policy_that_came_since_the_proposal_stands_against_it(
    huawei, filer, officer, approver, person, now
) -> None:
    """Proposed when every hit was a false positive; then they turn out true."""
    case = factories.make_registered(by=filer, officer=officer, customer=huawei, at=now - timedelta(days=5))
    while hit := huawei.hits.exclude(status="closed").first():
        judged = hits.propose(hit=hit, outcome="false_positive", reason="different_place", note="Seen.",
                              differing_fact="Another city.", by=officer, at=now)  # fmt: skip
        if judged.status != "closed":
            hits.agree(hit=hit, by=approver, at=now)
    decisions.propose(application=case, outcome="approve", by=officer, at=now, **WORDS)
    huawei.hits.update(outcome="true_match")
    with pytest.raises(Refused) as refused:
        decisions.countersign(application=case, by=person("senior", "senior_approver"), at=now)
    assert codes(refused) == {"policy_changed"}
    assert Application.objects.get(pk=case.pk).status == "registered"


@pytest.fixture
def denied(registered, officer, approver, now) -> Application:
    """With an intent-to-deny letter of yesterday."""
    at = now - timedelta(days=1)
    decisions.propose(application=registered, outcome="intend_to_deny", justification="Diversion.",
                      legal_basis="15 CFR 744.1", by=officer, at=at, **factories.PARTICULARS)  # fmt: skip
    decisions.countersign(application=registered, by=approver, at=at)
    return Application.objects.get(pk=registered.pk)


def test_a_correction_supersedes_and_keeps_the_day(denied, officer, approver, now) -> None:
    final = decisions.final_on(denied)
    first = Decision.objects.made().get()
    corrections.propose(
        application=denied, justification="Diversion through Port Halden.", legal_basis="15 CFR 744.11",
        by=officer, at=now,
        **factories.PARTICULARS | {"denial_reasons": ["DIVERSION", "LISTED_PARTY"]},
    )  # fmt: skip
    with pytest.raises(Refused) as refused:
        decisions.countersign(application=denied, by=approver, at=now)
    assert "correction_open" in codes(refused)
    made = corrections.countersign(application=denied, by=approver, at=now)
    assert (made.supersedes, made.made_at, made.corrected_at) == (first, first.made_at, now)
    case = Application.objects.with_dossier().get(pk=denied.pk)
    assert decisions.final_on(case) == final and cases.standing(case) == made
    assert list(Decision.objects.standing()) == [made]
    assert Decision.objects.get(pk=first.pk).justification == "Diversion."
    assert decisions.lapse(at=now + timedelta(days=60)) == 1
    assert Decision.objects.get(pk=made.pk).final_at is not None


def test_a_correction_is_two_peoples_work_and_needs_all_grounds(
    denied, officer, approver, person, now
) -> None:
    given = {"justification": "Better.", "legal_basis": "15 CFR 744.11"}
    with pytest.raises(Invalid) as refused:
        corrections.propose(application=denied, by=officer, at=now, **given)
    assert fields(refused) == {"denial_reasons", "considerations", "modifications"}
    both = person("both", "officer", "approver")
    corrections.propose(application=denied, by=both, at=now, **given, **factories.PARTICULARS)
    with pytest.raises(Refused) as same:
        corrections.countersign(application=denied, by=both, at=now)
    assert codes(same) == {"same_person"}
    with pytest.raises(NotAllowed):
        corrections.countersign(application=denied, by=officer, at=now)
    decisions.send_back(application=denied, reason="No need.", by=approver, at=now)
    assert Decision.objects.standing().get().justification == "Diversion."


def test_a_made_decision_is_never_changed_in_place(denied, now) -> None:
    for change in ({"justification": "Other."}, {"state": "proposed"}, {"made_at": now}):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            Decision.objects.made().update(**change)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Decision.objects.made().delete()

"""Drafts, their gaps, submit, register, the company route, withdraw, and the gate itself."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from exportctl.errors import Conflict, Invalid, NotAllowed, Refused
from exportctl.models import Event
from licenses import applications, decisions, determinations, review
from licenses.models import Application, DecisionState
from tests import factories

from .conftest import codes, fields

pytestmark = pytest.mark.django_db


def verbs(case: Application) -> list[str]:
    found = Event.objects.filter(object_type="licenses.application", object_id=str(case.pk)).order_by("seq")
    return list(found.values_list("verb", flat=True))


def test_start_gives_a_number_and_the_applicant_its_role(filer, company, now) -> None:
    first = applications.start(applicant=company, by=filer, at=now, contact_person=" Maya ")
    second = applications.start(applicant=company, by=filer, at=now)
    assert first.number[0] == "Z"
    assert int(second.number[1:]) == int(first.number[1:]) + 1
    assert [(role.role, role.party_id) for role in first.roles.all()] == [("applicant", company.pk)]
    assert (first.status, first.contact_person, first.version) == ("draft", "Maya", 1)
    assert verbs(first) == ["application.created"]


def test_start_refuses_a_company_of_others(filer, stranger, now) -> None:
    other = stranger.memberships.get().party
    with pytest.raises(NotAllowed) as refused:
        applications.start(applicant=other, by=filer, at=now)
    assert codes(refused) == {"not_a_member"}
    assert not Application.objects.exists()


@pytest.mark.parametrize(
    ("given", "field"), [({"kind": "GIFT"}, "kind"), ({"route": "x"}, "route"), ({"block99": "?"}, "block99")]
)
def test_start_refuses_what_it_does_not_know(filer, company, now, given, field) -> None:
    with pytest.raises(Invalid) as refused:
        applications.start(applicant=company, by=filer, at=now, **given)
    assert fields(refused) == {field}


def test_start_is_not_for_machines_and_auditors(integration, auditor, company, now) -> None:
    for by in (integration, auditor):
        with pytest.raises(NotAllowed):
            applications.start(applicant=company, by=by, at=now)


def test_save_draft_replaces_parties_and_lines(filer, customer, draft, now) -> None:
    item = factories.make_item(by=filer)
    saved = applications.save_draft(
        application=draft, version=draft.version, by=filer, at=now, blocks={"end_use": "Radio."},
        roles=[("purchaser", customer), ("purchaser", customer)],
        lines=[{"item": item, "quantity": Decimal("2.5"), "unit_price": Decimal("10.01")}],
    )  # fmt: skip
    assert sorted(role.role for role in saved.roles.all()) == ["applicant", "purchaser"]
    line = saved.lines.get()
    assert (line.number, line.eccn, line.total_price) == (1, item.eccn, Decimal("25.03"))
    assert (saved.end_use, saved.contact_person) == ("Radio.", "Fay Filer")
    assert saved.version == draft.version + 1
    assert verbs(saved) == ["application.created"]


def test_save_draft_keeps_what_is_not_given(filer, draft, now) -> None:
    saved = applications.save_draft(
        application=draft, version=draft.version, by=filer, at=now, blocks={"telephone": "1"}
    )
    assert (saved.roles.count(), saved.lines.count(), saved.telephone) == (3, 1, "1")


def test_save_draft_over_a_newer_version_says_what_differs(filer, draft, now) -> None:
    applications.save_draft(
        application=draft, version=draft.version, by=filer, at=now, blocks={"end_use": "Radar."}, lines=[]
    )
    with pytest.raises(Conflict) as refused:
        applications.save_draft(
            application=draft, version=draft.version, by=filer, at=now,
            blocks={"end_use": "Radio.", "telephone": "+1 555 0100"},
            lines=[{"item": factories.make_item(by=filer), "quantity": Decimal(1), "unit_price": Decimal(1)}],
        )  # fmt: skip
    assert fields(refused) == {"version", "end_use", "lines"}
    assert "Radar." in str(refused.value)
    assert Application.objects.get().end_use == "Radar."


def test_save_draft_names_every_wrong_field(filer, draft, stranger, now) -> None:
    with pytest.raises(Invalid) as refused:
        applications.save_draft(
            application=draft, version=draft.version, by=filer, at=now,
            blocks={"telephone": "1" * 31, "block99": ""},
        )  # fmt: skip
    assert fields(refused) == {"telephone", "block99"}
    with pytest.raises(Invalid) as refused:
        applications.save_draft(
            application=draft, version=draft.version, by=filer, at=now,
            roles=[("king", draft.applicant), ("applicant", stranger.memberships.get().party)],
        )  # fmt: skip
    assert fields(refused) == {"roles[0].role", "roles[1].party"}
    item = factories.make_item(by=filer)
    wrong = [
        {"item": None, "quantity": Decimal(0), "unit_price": Decimal(-1)},
        {"item": item, "quantity": Decimal("NaN"), "unit_price": Decimal("0.001")},
        {"item": item, "quantity": Decimal("0.0001"), "unit_price": None},
    ]
    with pytest.raises(Invalid) as refused:
        applications.save_draft(application=draft, version=draft.version, by=filer, at=now, lines=wrong)
    assert fields(refused) == {
        "lines[0].item", "lines[0].quantity", "lines[0].unit_price", "lines[1].quantity", "lines[1].unit_price",
        "lines[2].quantity", "lines[2].unit_price",
    }  # fmt: skip


def test_save_draft_refuses_a_submitted_case(filer, submitted, now) -> None:
    with pytest.raises(Refused) as refused:
        applications.save_draft(application=submitted, version=submitted.version, by=filer, at=now)
    assert codes(refused) == {"wrong_status"}


def test_copy_takes_parties_answers_and_the_item_of_today(filer, submitted, now) -> None:
    copied = applications.copy(application=submitted, by=filer, at=now)
    assert (copied.status, copied.copied_from, copied.end_use) == ("draft", submitted, submitted.end_use)
    assert sorted(role.role for role in copied.roles.all()) == ["applicant", "end_user", "ultimate_consignee"]
    assert [line.quantity for line in copied.lines.all()] == [Decimal(10)]
    asked_again = {"already_exported", "detained"}  # about the goods of that day
    assert {each.field for each in applications.gaps(copied)} == asked_again | {"lines"}
    assert {each.code for each in applications.gaps(copied) if each.field == "lines"} == {"duplicate"}
    assert Event.objects.latest("seq").data["data"]["copied_from"] == submitted.number


def test_copy_is_for_members(submitted, stranger, now) -> None:
    with pytest.raises(NotAllowed):
        applications.copy(application=submitted, by=stranger, at=now)


def test_gaps_are_named_all_at_once(filer, company, now) -> None:
    empty = applications.start(applicant=company, by=filer, at=now)
    with pytest.raises(Refused) as refused:
        applications.submit(application=empty, by=filer, at=now)
    assert fields(refused) == {
        "contact_person", "telephone", "end_use", "ultimate_consignee", "lines", "no_intermediate", "capacity",
        "already_exported", "detained",
    }  # fmt: skip
    assert all(each.citation and each.remedy for each in refused.value.blockers)


def test_gaps_of_an_export_from_abroad_or_to_the_united_states(filer, officer, company, now) -> None:
    abroad = factories.make_party(by=officer, country="DE")
    draft = factories.make_draft(by=officer, applicant=abroad, customer=company)
    assert [(each.field, each.citation) for each in applications.gaps(draft)] == [
        ("applicant", "15 CFR 748.4(a)"),
        ("ultimate_consignee", "15 CFR 748.5(e)"),
    ]


def test_submit_keeps_names_as_filed_and_asks_for_screening(filer, draft, customer, company, now) -> None:
    case = applications.submit(application=draft, by=filer, at=now)
    assert (case.status, case.submitted_at, case.version) == ("submitted", now, draft.version + 1)
    assert {
        (role.name_as_filed, role.country_as_filed) for role in Application.objects.get().roles.all()
    } == {
        (company.name, "US"),
        (customer.name, "DE"),
    }
    event = Event.objects.latest("seq")
    assert event.verb == "application.submitted"
    assert event.data["data"]["parties"] == sorted([company.pk, customer.pk])


def test_submit_twice_is_refused(filer, submitted, now) -> None:
    with pytest.raises(Refused) as refused:
        applications.submit(application=submitted, by=filer, at=now)
    assert codes(refused) == {"wrong_status"}


def test_register_starts_the_clock(officer, submitted, now) -> None:
    case = applications.register(application=submitted, by=officer, at=now)
    assert (case.status, case.registered_at) == ("registered", now)
    assert review.reading(case, now.date() + timedelta(days=10)).net == 10


def test_register_before_the_filing_is_refused(officer, submitted, now) -> None:
    with pytest.raises(Refused) as refused:
        applications.register(application=submitted, by=officer, at=now - timedelta(days=6))
    assert codes(refused) == {"too_early"}


def test_register_is_not_for_filers_nor_for_the_company_route(
    filer, officer, customer, submitted, now
) -> None:
    with pytest.raises(NotAllowed):
        applications.register(application=submitted, by=filer, at=now)
    other = factories.make_submitted(by=filer, customer=customer, route="company")
    with pytest.raises(Refused) as refused:
        applications.register(application=other, by=officer, at=now)
    assert codes(refused) == {"company_route"}


def test_company_route_takes_two_people(filed, officer, approver) -> None:
    assert (filed.status, filed.external_number, filed.review_by) == ("filed", "Z482911", officer)
    assert verbs(filed)[-2:] == ["application.begun", "application.filed"]


def test_mark_filed_refuses_who_began_the_review(person, filer, customer, now, drain) -> None:
    both = person("both", "officer", "approver")
    case = factories.make_submitted(by=filer, customer=customer, route="company")
    drain()
    applications.begin_review(application=case, by=both, at=now)
    with pytest.raises(Refused) as refused:
        applications.mark_filed(application=case, external_number="Z1", by=both, at=now)
    assert codes(refused) == {"same_person"}
    with pytest.raises(Invalid) as refused:
        applications.mark_filed(application=case, external_number=" ", by=both, at=now)
    assert fields(refused) == {"external_number"}


def test_begin_review_is_for_the_company_route(officer, submitted, now) -> None:
    with pytest.raises(Refused) as refused:
        applications.begin_review(application=submitted, by=officer, at=now)
    assert codes(refused) == {"office_route"}


def test_withdraw_ends_stops_and_sends_the_proposal_back(filer, officer, registered, now) -> None:
    review.stop_clock(application=registered, reason="PLC", by=officer, at=now)
    decisions.propose(application=registered, outcome="approve", justification="Fine.", by=officer, at=now)
    case = applications.withdraw(
        application=registered, by=filer, at=now + timedelta(hours=1), reason="Order lost"
    )
    assert (case.status, case.closed_at) == ("withdrawn", now + timedelta(hours=1))
    assert case.stops.get().ended_at == now + timedelta(hours=1)
    decision = case.decisions.get()
    assert (decision.state, decision.sent_back_reason) == (
        DecisionState.SENT_BACK,
        "The applicant withdrew the application.",
    )
    assert verbs(case)[-2:] == ["application.withdrawn", "decision.sent_back"]


def test_withdraw_a_draft(filer, draft, now) -> None:
    case = applications.withdraw(application=draft, by=filer, at=now)
    assert (case.status, case.submitted_at) == ("withdrawn", None)


def test_withdraw_after_the_decision_is_refused(filer, license, now) -> None:
    with pytest.raises(Refused) as refused:
        applications.withdraw(application=license.application, by=filer, at=now)
    assert codes(refused) == {"wrong_status"}


def test_move_refuses_a_pair_that_is_not_in_the_table(officer, submitted, now) -> None:
    with pytest.raises(Refused) as refused:
        applications.move(submitted, "register", officer, now, target="approved")
    assert codes(refused) == {"illegal_pair"}
    with pytest.raises(Refused) as refused:
        applications.move(submitted, "crown", officer, now)
    assert codes(refused) == {"unknown_action"}
    assert Application.objects.get().status == "submitted"


def test_next_actions_depend_on_who_asks(filer, officer, auditor, integration, submitted, today) -> None:
    def offered(by):
        return [each.action for each in applications.next_actions(submitted, by, today)]

    assert offered(filer) == ["withdraw", "amend", "report_change", "assign", "answer_question"]
    assert offered(officer) == [
        "withdraw",
        "amend",
        "report_change",
        "register",
        "return_unregistered",
        "begin_review",
        "assign",
        "ask_question",
        "answer_question",
        "withdraw_question",
        "remind_question",
    ]
    assert offered(auditor) == offered(integration) == []


def test_facts_take_a_fixed_number_of_queries(
    officer, filer, registered, huawei, now, django_assert_max_num_queries
) -> None:
    case = Application.objects.with_dossier().get(pk=registered.pk)
    with django_assert_max_num_queries(7):
        facts = applications.facts(case, officer, now.date())
    assert [(party.screening, party.open_hits) for party in facts.parties] == [("current", 0)] * 2


def test_determination_of_a_filed_case(filer, officer, approver, huawei, now, today, drain) -> None:
    from entities import hits

    at = now - timedelta(days=5)
    case = factories.make_submitted(by=filer, customer=huawei, at=at)
    drain()
    before = determinations.of(case, today)
    assert before.result == "NEEDS_REVIEW"
    assert "POSSIBLE_MATCH" in {reason.code for reason in before.reasons}
    assert "ENTITY_LIST" not in {reason.code for reason in before.reasons}
    hit = huawei.hits.get(listed_party__name__startswith="Huawei Technologies Co., Ltd. (")
    hits.propose(hit=hit, outcome="true_match", reason="same_group", note="Seen.", by=officer, at=now)
    hits.agree(hit=hit, by=approver, at=now)
    after = determinations.of(case, today)
    assert (after.result, after.policy) == ("LICENSE_REQUIRED", "PD")
    assert after.reasons[0].edition.startswith("seed version")
    assert determinations.of(case, date(2019, 5, 1)).result == "NEEDS_REVIEW"

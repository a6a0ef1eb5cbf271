"""The pages on applications, decisions, licenses, items and policies."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from entities import hits
from entities.models import Hit, ListVersion, Party
from exportctl.models import Event, User
from licenses import applications, assignments, conditions, decisions, issued, review, rulebook, usage
from licenses.models import Application, Condition, Decision, Item, License, Movement
from licenses.views import clock
from licenses.views import conditions as condition_pages
from licenses.views import questions as question_pages
from licenses.views.review import ACTS
from licenses.workflow import TRANSITIONS, Status
from tests import factories
from tests.conftest import PASSWORD

Signed = Callable[[User], Client]

LIST_QUERIES = 8  # session, user, roles, the frame, and at most four for the rows
LICENSE_QUERIES = 10
DOSSIER_QUERIES = 13

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock_of_the_story(time_machine_now: None) -> None:
    """Every page reads the day of the story."""


@pytest.fixture
def time_machine_now(now: datetime) -> Any:
    import time_machine

    with time_machine.travel(now + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def draft(filer: User, published_list: ListVersion) -> Application:
    return factories.make_draft(by=filer)


@pytest.fixture
def registered(filer: User, officer: User, published_list: ListVersion) -> Application:
    return factories.make_registered(by=filer, officer=officer)


@pytest.fixture
def license(filer: User, officer: User, approver: User, published_list: ListVersion) -> License:
    return factories.make_license(by=filer, officer=officer, approver=approver)


def url(name: str, *args: Any) -> str:
    return reverse(f"licenses:{name}", args=args)


def act(client: Client, case: Application, action: str, **data: Any) -> Any:
    return client.post(url("application-act", case.number, action), data)


def page(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def draft_form(case: Application, **changed: Any) -> dict[str, Any]:
    """The form of a draft as the browser sends it back."""
    roles = list(case.roles.exclude(role="applicant").select_related("party").order_by("-role"))
    lines = list(case.lines.select_related("item"))
    form = {
        "version": case.version,
        "contact_person": case.contact_person,
        "telephone": case.telephone,
        "end_use": case.end_use,
        "additional_information": case.additional_information,
        **{
            name: getattr(case, name)
            for name in ("no_intermediate", "capacity", "already_exported", "detained")
        },
        "parties-TOTAL_FORMS": len(roles) + 1,
        "parties-INITIAL_FORMS": len(roles),
        "lines-TOTAL_FORMS": len(lines) + 1,
        "lines-INITIAL_FORMS": len(lines),
        "act": "save",
    }
    for place, role in enumerate(roles):
        form |= {f"parties-{place}-role": role.role, f"parties-{place}-party": role.party.name}
    for place, line in enumerate(lines):
        form |= {
            f"lines-{place}-item": f"{line.item.part_number}, {line.item.name}",
            f"lines-{place}-quantity": str(line.quantity),
            f"lines-{place}-unit_price": str(line.unit_price),
        }
    return form | {name.replace("__", "-"): value for name, value in changed.items()}


# Lists: a fixed number of queries with one row and with three


@pytest.mark.parametrize("rows", [1, 3])
def test_applications_list_keeps_its_queries(
    rows: int,
    filer: User,
    officer: User,
    signed: Signed,
    published_list: ListVersion,
    django_assert_num_queries: Any,
) -> None:
    cases = [factories.make_registered(by=filer, officer=officer) for _ in range(rows)]
    for case in cases:
        assignments.assign(application=case, to=officer, by=officer, at=factories.NOW)
    client = signed(officer)
    with django_assert_num_queries(8):
        answer = client.get(url("applications"))
    assert [case.number in page(answer) for case in cases] == [True] * rows
    assert "In review with Commerce" in page(answer)
    assert "90 days left" in page(answer)


@pytest.mark.parametrize("rows", [1, 3])
def test_decisions_list_keeps_its_queries(
    rows: int,
    filer: User,
    officer: User,
    approver: User,
    signed: Signed,
    published_list: ListVersion,
    django_assert_num_queries: Any,
) -> None:
    made = [factories.make_license(by=filer, officer=officer, approver=approver) for _ in range(rows)]
    client = signed(officer)
    with django_assert_num_queries(5):
        answer = client.get(url("decisions"))
    assert [license.number in page(answer) for license in made] == [True] * rows


@pytest.mark.parametrize("rows", [1, 3])
def test_licenses_list_keeps_its_queries(
    rows: int,
    filer: User,
    officer: User,
    approver: User,
    signed: Signed,
    published_list: ListVersion,
    django_assert_num_queries: Any,
) -> None:
    made = [factories.make_license(by=filer, officer=officer, approver=approver) for _ in range(rows)]
    client = signed(officer)
    with django_assert_num_queries(LIST_QUERIES):
        answer = client.get(url("licenses"))
    assert [license.number in page(answer) for license in made] == [True] * rows
    assert "0 % used" in page(answer)


@pytest.mark.parametrize("rows", [1, 3])
def test_items_list_keeps_its_queries(
    rows: int, officer: User, signed: Signed, seeded: None, django_assert_num_queries: Any
) -> None:
    made = [factories.make_item(by=officer) for _ in range(rows)]
    client = signed(officer)
    with django_assert_num_queries(6):
        answer = client.get(url("items"))
    assert [item.part_number in page(answer) for item in made] == [True] * rows


@pytest.mark.parametrize("shipments", [1, 3])
def test_license_page_keeps_its_queries(
    shipments: int,
    license: License,
    officer: User,
    signed: Signed,
    now: datetime,
    django_assert_num_queries: Any,
) -> None:
    line = license.lines.get()
    for place in range(shipments):
        usage.record(
            line=line,
            quantity=Decimal(2),
            shipped_on=now.date(),
            idempotency_key=f"key-{place}",
            by=officer,
            at=now,
        )
    client = signed(officer)
    with django_assert_num_queries(LICENSE_QUERIES):
        answer = client.get(url("license", license.number))
    left = 10 - 2 * shipments
    assert f"<b>{left}</b>" in page(answer)


@pytest.mark.parametrize("held", [1, 3])
def test_dossier_keeps_its_queries(
    held: int,
    registered: Application,
    officer: User,
    signed: Signed,
    now: datetime,
    django_assert_num_queries: Any,
) -> None:
    for place in range(held):
        conditions.propose(
            application=registered,
            code="NO_REEXPORT",
            text=f"No reexport {place}.",
            origin="commerce",
            by=officer,
            at=now,
        )
    client = signed(officer)
    rulebook.current()  # read once by a process
    with django_assert_num_queries(DOSSIER_QUERIES):
        answer = client.get(url("application", registered.number))
    assert page(answer).count("Waits for the applicant") == held
    assert f"{held} thing{'s' if held > 1 else ''} block" in page(answer)


def test_policies_show_the_regime_of_a_day_and_practice_as_practice(
    officer: User, signed: Signed, seeded: None, django_assert_num_queries: Any
) -> None:
    client = signed(officer)
    with django_assert_num_queries(6):
        answer = client.get(url("policies"), {"on": "2021-06-01"})
    (row,) = [row for row in page(answer).split("<tr>") if "In force on this day" in row]
    assert "H3" in row
    assert "<b>Practice, not a rule:</b>" in row
    assert "85 FR 51596" in row


# Scope and permission


def test_another_company_does_not_see_a_case(registered: Application, stranger: User, signed: Signed) -> None:
    client = signed(stranger)
    number = registered.number
    assert number not in page(client.get(url("applications")))
    assert client.get(url("application", number)).status_code == 404
    assert client.get(url("application-edit", number)).status_code == 404
    assert client.post(url("application-copy", number)).status_code == 404
    assert act(client, registered, "withdraw").status_code == 404
    assert Application.objects.get().status == Status.REGISTERED


def test_another_company_does_not_see_a_license(license: License, stranger: User, signed: Signed) -> None:
    client = signed(stranger)
    assert license.number not in page(client.get(url("licenses")))
    for name in ("license-ship", "license-reverse"):
        assert client.post(url(name, license.number), {}).status_code == 404
    assert client.get(url("license", license.number)).status_code == 404
    assert client.post(url("license-act", license.number, "suspend"), {"reason": "x"}).status_code == 404


def test_a_body_sees_only_what_was_referred_to_it(
    registered: Application, officer: User, defense: User, state: User, signed: Signed, now: datetime
) -> None:
    review.refer(application=registered, bodies=["defense"], by=officer, at=now)
    assert signed(defense).get(url("application", registered.number)).status_code == 200
    assert signed(state).get(url("application", registered.number)).status_code == 404


@pytest.mark.parametrize(
    "name", ["applications", "licenses", "items", "decisions", "policies", "application-new"]
)
def test_pages_send_strangers_to_sign_in(name: str, db: None, client: Client) -> None:
    answer = client.get(url(name))
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")


def test_an_auditor_files_nothing(auditor: User, signed: Signed, seeded: None) -> None:
    assert signed(auditor).get(url("application-new")).status_code == 403
    assert signed(auditor).get(url("item-new")).status_code == 403


# The table and the pages agree


def test_every_action_of_the_table_has_its_page() -> None:
    own_place = {"edit", "submit", "amend", "lapse"}
    assert {*ACTS, *condition_pages.ACTS, *question_pages.ACTS} == {
        row.action for row in TRANSITIONS
    } - own_place


@pytest.mark.parametrize("action", sorted([*ACTS, *condition_pages.ACTS]))
def test_get_of_an_action_changes_nothing(
    action: str, registered: Application, officer: User, now: datetime, signed: Signed
) -> None:
    condition = conditions.propose(
        application=registered, code="OTHER", text="x", origin="state", by=officer, at=now
    )
    before, version = Event.objects.count(), Application.objects.get().version
    address = url("application-act", registered.number, action)
    answer = signed(officer).get(address, {"condition": condition.pk})
    assert answer.status_code in (200, 409)
    assert (Event.objects.count(), Application.objects.get().version) == (before, version)


@pytest.mark.parametrize("action", sorted(condition_pages.ACTS))
def test_a_step_of_no_condition_leads_back_to_the_case(
    action: str, registered: Application, officer: User, signed: Signed
) -> None:
    answer = signed(officer).get(url("application-act", registered.number, action))
    assert (answer.status_code, answer["Location"]) == (302, url("application", registered.number) + "#conds")


@pytest.mark.parametrize("name", ["license-ship", "license-reverse"])
def test_get_of_a_license_act_is_not_allowed(
    name: str, license: License, officer: User, signed: Signed
) -> None:
    assert signed(officer).get(url(name, license.number)).status_code == 405


# Filing


def test_new_starts_a_draft_for_the_filers_company(
    filer: User, company: Party, signed: Signed, published_list: ListVersion
) -> None:
    client = signed(filer)
    form = client.get(url("application-new"))
    assert company.name in page(form)
    label = form.context["form"].fields["applicant"].choices[1][0]
    answer = client.post(url("application-new"), {"applicant": label, "kind": "EXPORT", "route": "office"})
    case = Application.objects.get()
    assert answer["Location"] == url("application-edit", case.number)
    assert (case.applicant, case.status, case.filed_by) == (company, Status.DRAFT, filer)


def test_new_refuses_a_company_that_is_not_offered(
    filer: User, stranger: User, signed: Signed, published_list: ListVersion
) -> None:
    other = stranger.memberships.get().party
    answer = signed(filer).post(
        url("application-new"), {"applicant": other.name, "kind": "EXPORT", "route": "office"}
    )
    assert answer.status_code == 400
    assert Application.objects.count() == 0


def test_copy_prefills_everything_and_submits_without_retyping(
    draft: Application, filer: User, signed: Signed
) -> None:
    client = signed(filer)
    applications.submit(application=draft, by=filer, at=factories.NOW)
    answer = client.post(url("application-copy", draft.number))
    copy = Application.objects.get(copied_from=draft)
    assert answer["Location"] == url("application-edit", copy.number)
    form = client.get(answer["Location"])
    assert draft.roles.get(role="end_user").party.name in page(form)
    assert f'copied from <a href="{url("application", draft.number)}">' in page(form)
    answers = {"already_exported": "no", "detained": "no", "act": "submit", "certify": "on"}
    again = client.post(answer["Location"], draft_form(copy, **answers))
    assert again.status_code == 409 and "is pending for the same transaction" in page(again)
    copy.refresh_from_db()
    sent = client.post(
        answer["Location"], draft_form(copy, lines__0__unit_price="21.51", lines__0__quantity="12", **answers)
    )
    copy.refresh_from_db()
    assert (sent.status_code, copy.status) == (302, Status.SUBMITTED)
    assert (copy.lines.get().total_price, draft.lines.get().total_price) == (
        Decimal("258.12"),
        Decimal("215.00"),
    )


def test_save_reads_figures_with_commas_and_computes_the_total(
    draft: Application, filer: User, signed: Signed
) -> None:
    answer = signed(filer).post(
        url("application-edit", draft.number),
        draft_form(draft, lines__0__quantity="1,200", lines__0__unit_price="8,400.50"),
    )
    assert answer.status_code == 302
    assert draft.lines.get().total_price == Decimal("10080600.00")


def test_save_takes_an_emptied_row_off(draft: Application, filer: User, signed: Signed) -> None:
    signed(filer).post(url("application-edit", draft.number), draft_form(draft, parties__1__party=""))
    assert sorted(draft.roles.values_list("role", flat=True)) == ["applicant", "ultimate_consignee"]


def test_save_names_every_wrong_answer_and_keeps_what_was_typed(
    draft: Application, filer: User, signed: Signed
) -> None:
    form = draft_form(draft, end_use="A new use", parties__0__party="Nobody Ltd", lines__0__quantity="none")
    answer = signed(filer).post(url("application-edit", draft.number), form)
    assert answer.status_code == 400
    assert "No party is called “Nobody Ltd”" in page(answer)
    assert "Enter a number." in page(answer)
    assert "A new use" in page(answer)
    assert Application.objects.get().end_use == "Civil radio network."


def test_save_of_an_old_version_shows_the_change_and_keeps_what_was_typed(
    draft: Application, filer: User, signed: Signed
) -> None:
    form = draft_form(draft, end_use="Mine")
    applications.save_draft(
        application=draft, version=draft.version, blocks={"end_use": "Theirs"}, by=filer, at=factories.NOW
    )
    client = signed(filer)
    answer = client.post(url("application-edit", draft.number), form)
    assert answer.status_code == 409
    assert "saved “Theirs”, you sent “Mine”" in page(answer)
    assert "Mine" in page(answer)
    fresh = answer.context["form"]["version"].value()
    assert client.post(url("application-edit", draft.number), form | {"version": fresh}).status_code == 302
    assert Application.objects.get().end_use == "Mine"


def test_submit_with_gaps_names_them_all_and_links_each_to_its_field(
    draft: Application, filer: User, signed: Signed
) -> None:
    form = draft_form(
        draft, end_use="", telephone="", lines__0__item="", lines__0__quantity="", lines__0__unit_price=""
    )
    answer = signed(filer).post(
        url("application-edit", draft.number), form | {"act": "submit", "certify": "on"}
    )
    assert answer.status_code == 409
    for link in ("#id_end_use", "#id_telephone", "#items"):
        assert f'<li><a href="{link}">' in page(answer)
    assert Application.objects.get().status == Status.DRAFT


def test_submit_needs_the_certification(draft: Application, filer: User, signed: Signed) -> None:
    answer = signed(filer).post(url("application-edit", draft.number), draft_form(draft, act="submit"))
    assert answer.status_code == 400
    assert "Tick this before you submit." in page(answer)
    assert Application.objects.get().status == Status.DRAFT


def test_a_submitted_case_is_amended_not_edited(registered: Application, filer: User, signed: Signed) -> None:
    client, address = signed(filer), url("application-edit", registered.number)
    assert "What you change is filed as a new version" in page(client.get(address))
    refused = client.post(address, draft_form(registered, end_use="Other"))
    assert refused.status_code == 409 and "is not possible from status" in page(refused)
    assert Application.objects.get().end_use == "Civil radio network."
    applications.withdraw(application=registered, by=filer, at=factories.NOW)
    assert client.get(address)["Location"] == url("application", registered.number)


# Review and decision


def test_dossier_walks_from_registration_to_license(
    filer: User,
    officer: User,
    approver: User,
    defense: User,
    signed: Signed,
    published_list: ListVersion,
    drain: Any,
) -> None:
    case = factories.make_submitted(by=filer)
    drain()
    one, two, body, applicant = signed(officer), signed(approver), signed(defense), signed(filer)
    assert act(one, case, "register").status_code == 302
    assert act(one, case, "refer", bodies=["defense"]).status_code == 302
    given = {"body": "defense", "position": "approve_conditions", "reason": "With a condition."}
    assert act(body, case, "recommend", **given).status_code == 302
    condition = {"code": "NO_REEXPORT", "text": "No reexport.", "origin": "defense"}
    assert act(body, case, "propose_condition", **condition).status_code == 302
    number = Condition.objects.get().pk
    assert "Accept condition 1" in page(applicant.get(url("application", case.number)))
    assert act(applicant, case, "accept_condition", condition=number).status_code == 302
    proposal = {"outcome": "approve_conditions", "justification": "Civil use."}
    assert act(one, case, "propose_decision", **proposal).status_code == 302
    assert "You proposed this" in page(one.get(url("application", case.number)))
    sign_again(two, act(two, case, "countersign"))
    license = License.objects.get()
    dossier = page(two.get(url("application", case.number)))
    assert "Approved with conditions" in dossier
    assert license.number in dossier


def sign_again(client: Client, asked: Any) -> None:
    """Confirm the password where the page asks for it; the action then goes on by itself."""
    assert asked.status_code == 302
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert not Decision.objects.filter(state="made").exists()
    assert client.post(asked["Location"], {"password": PASSWORD}).status_code == 302


def test_countersign_asks_for_the_password_first(
    registered: Application, officer: User, approver: User, signed: Signed, now: datetime
) -> None:
    decisions.propose(
        application=registered, outcome="approve", justification="Civil use.", by=officer, at=now
    )
    client = signed(approver)
    asked = act(client, registered, "countersign")
    wrong = client.post(asked["Location"], {"password": "wrong"})
    assert wrong.status_code == 200
    assert Decision.objects.get().state == "proposed"
    sign_again(client, act(client, registered, "countersign"))
    assert Decision.objects.get().state == "made"


def test_a_refusal_shows_every_blocker_keeps_the_input_and_changes_nothing(
    filer: User, officer: User, signed: Signed, published_list: ListVersion
) -> None:
    case = factories.make_submitted(by=filer)
    applications.register(application=case, by=officer, at=factories.NOW)
    answer = act(
        signed(officer),
        case,
        "propose_decision",
        outcome="intend_to_deny",
        justification="Typed with care.",
        legal_basis="",
    )
    assert answer.status_code == 400
    assert "A denial names its statutory and regulatory basis." in page(answer)
    assert "Typed with care." in page(answer)
    assert Decision.objects.count() == 0


def test_a_blocked_countersignature_says_why_and_its_button_does_nothing(
    filer: User, officer: User, approver: User, signed: Signed, published_list: ListVersion
) -> None:
    case = factories.make_submitted(by=filer)
    case = applications.register(application=case, by=officer, at=factories.NOW)
    decisions.propose(
        application=case, outcome="approve", justification="Civil use.", by=officer, at=factories.NOW
    )
    text = page(signed(approver).get(url("application", case.number)))
    assert 'aria-disabled="true" aria-describedby="countersign-why"' in text
    assert text.count("has not been screened yet.") == 4  # two parties, beside the button and in the list


def test_an_open_hit_is_linked_and_blocks(
    filer: User, officer: User, signed: Signed, published_list: ListVersion, drain: Any
) -> None:
    huawei = factories.make_party(by=filer, name="Huawei Technologies Co., Ltd.", country="CN")
    case = factories.make_registered(by=filer, officer=officer, customer=huawei)
    text = page(signed(officer).get(url("application", case.number)))
    hit = Hit.objects.filter(party=huawei).order_by("-score", "pk").first()
    assert hit is not None
    assert reverse("entities:hit", args=[hit.pk]) in text
    assert "not judged for Huawei Technologies Co., Ltd." in text


def test_policy_of_the_asked_day_is_shown_with_citation_and_never_promises(
    filer: User, officer: User, approver: User, signed: Signed, published_list: ListVersion, now: datetime
) -> None:
    huawei = factories.make_party(by=filer, name="Huawei Technologies Co., Ltd.", country="CN")
    case = factories.make_registered(by=filer, officer=officer, customer=huawei)
    hit = Hit.objects.filter(party=huawei).order_by("-score", "pk").first()
    assert hit is not None
    hits.propose(hit=hit, outcome="true_match", reason="same_group", note="Seen.", by=officer, at=now)
    hits.agree(hit=hit, by=approver, at=now)
    client = signed(officer)
    text = page(client.get(url("application", case.number), {"on": "2020-06-01"}))
    assert "License review policy on Jun 1, 2020" in text
    assert "Huawei, H2" in text
    assert "H5" not in text
    later = page(client.get(url("application", case.number)))
    assert "Huawei, H5" in later
    assert "<b>Practice, not a rule:</b>" in later
    assert "o license requirement found" not in later


def test_only_the_bodies_one_sits_for_are_offered(
    registered: Application, officer: User, defense: User, signed: Signed, now: datetime
) -> None:
    review.refer(application=registered, bodies=["defense", "state"], by=officer, at=now)
    client = signed(defense)
    form = client.get(url("application-act", registered.number, "recommend"))
    assert [value for value, _ in form.context["offer"].form.fields["body"].choices] == ["defense"]
    answer = act(client, registered, "recommend", body="state", position="approve", reason="Fine.")
    assert answer.status_code == 400
    assert registered.referrals.filter(recommendations__isnull=False).count() == 0


def test_a_condition_of_another_case_is_not_reached(
    filer: User, officer: User, signed: Signed, published_list: ListVersion, now: datetime
) -> None:
    mine, other = (factories.make_registered(by=filer, officer=officer) for _ in range(2))
    condition = conditions.propose(
        application=other, code="NO_REEXPORT", text="No reexport.", origin="commerce", by=officer, at=now
    )
    assert act(signed(filer), mine, "accept_condition", condition=condition.pk).status_code == 404
    condition.refresh_from_db()
    assert condition.accepted_at is None


def test_company_route_says_that_submit_does_not_file(
    filer: User, officer: User, signed: Signed, published_list: ListVersion
) -> None:
    case = factories.make_submitted(by=filer, route="company")
    text = page(signed(officer).get(url("application", case.number)))
    assert "SUBMIT here does not file with BIS." in text
    assert ">Register<" not in text


def test_company_route_records_the_agencys_decision_in_its_name(
    filer: User, officer: User, approver: User, signed: Signed, published_list: ListVersion, drain: Any
) -> None:
    case = factories.make_submitted(by=filer, route="company")
    drain()
    assert act(signed(officer), case, "begin_review").status_code == 302
    assert act(signed(approver), case, "mark_filed", external_number="Z900001").status_code == 302
    told = {
        "outcome": "approve", "justification": "As the letter says.", "authority": "BIS", "decided_on": "2026-08-06",
        "license_number": "D1234567", "expires_on": "2028-08-31",
    }  # fmt: skip
    refused = act(signed(officer), case, "record_decision", **told)
    assert refused.status_code == 400
    assert "document is missing" in page(refused)
    assert 'enctype="multipart/form-data"' in page(refused)
    paper = SimpleUploadedFile("license.pdf", b"%PDF-1.7\ntrailer<<>>\n%%EOF\n")
    assert act(signed(officer), case, "record_decision", file=paper, **told).status_code == 302
    kept = case.attachments.get()
    assert url("document", kept.pk) in page(signed(officer).get(url("application", case.number)))
    license = License.objects.get()
    assert (license.number, str(license.expires_on)) == ("D1234567", "2028-08-31")
    assert "BIS: approved" in page(signed(officer).get(url("application", case.number)))
    assert "The agency: approved" in page(signed(officer).get(url("applications")))
    assert "BIS: approved" in page(signed(officer).get(url("decisions")))


def test_timeline_marks_what_was_entered_late(
    filer: User, officer: User, signed: Signed, published_list: ListVersion
) -> None:
    case = factories.make_draft(by=filer, at=factories.NOW - timedelta(days=40))
    text = page(signed(officer).get(url("application", case.number)))
    assert "Draft started" in text
    assert "Entered late, on" in text


def test_an_unknown_action_is_not_found(registered: Application, officer: User, signed: Signed) -> None:
    assert act(signed(officer), registered, "approve").status_code == 404


# Decisions


def test_decisions_by_outcome(
    license: License, filer: User, officer: User, approver: User, signed: Signed, now: datetime
) -> None:
    denied = factories.make_registered(by=filer, officer=officer)
    decisions.propose(
        application=denied,
        outcome="intend_to_deny",
        justification="Diversion.",
        legal_basis="744.11",
        **factories.PARTICULARS,
        by=officer,
        at=now,
    )
    decisions.countersign(application=denied, by=approver, at=now)
    client = signed(officer)

    def numbers(outcome: str) -> list[str]:
        rows = client.get(url("decisions"), {"outcome": outcome}).context["rows"]
        return [row["decision"].application.number for row in rows]

    assert numbers("approved") == [license.application.number]
    assert numbers("denied") == numbers("intend_to_deny") == [denied.number]
    assert numbers("") == [denied.number, license.application.number]
    assert numbers("returned") == numbers("nonsense") == []


# Licenses


def ship_form(license: License, **changed: Any) -> dict[str, Any]:
    return {
        "idempotency_key": "one", "line": license.lines.get().pk, "quantity": "4", "shipped_on": "2026-08-06",
    } | changed  # fmt: skip


def test_ship_twice_with_one_key_records_once(license: License, filer: User, signed: Signed) -> None:
    client = signed(filer)
    for _ in range(2):
        answer = client.post(url("license-ship", license.number), ship_form(license))
        assert answer["Location"] == url("license", license.number)
    assert Movement.objects.get().quantity == 4


def test_ship_over_the_balance_names_every_reason_and_keeps_the_input(
    license: License, officer: User, filer: User, signed: Signed, now: datetime
) -> None:
    issued.suspend(license=license, reason="Inquiry.", by=officer, at=now, on=now.date())
    answer = signed(filer).post(
        url("license-ship", license.number), ship_form(license, quantity="11", reference="INV-77")
    )
    assert answer.status_code == 409
    assert "The license is suspended since 2026-08-06." in page(answer)
    assert "10 each are left on line 1." in page(answer)
    assert "INV-77" in page(answer)
    assert Movement.objects.count() == 0


def test_ship_refuses_a_line_of_another_license(license: License, filer: User, signed: Signed) -> None:
    answer = signed(filer).post(url("license-ship", license.number), ship_form(license, line="999999"))
    assert answer.status_code == 400
    assert Movement.objects.count() == 0


def test_reverse_writes_a_second_entry_and_gives_the_balance_back(
    license: License, officer: User, signed: Signed, now: datetime
) -> None:
    line = license.lines.get()
    shipped = usage.record(
        line=line, quantity=Decimal(4), shipped_on=now.date(), idempotency_key="one", by=officer, at=now
    )
    client = signed(officer)
    form = {"movement": shipped.pk, "idempotency_key": "two", "reason": "Never left the dock."}
    assert client.post(url("license-reverse", license.number), form).status_code == 302
    assert [movement.quantity for movement in Movement.objects.order_by("pk")] == [4, -4]
    text = page(client.get(url("license", license.number)))
    assert "Never left the dock." in text
    assert "<b>10</b> each" in text


def test_suspend_and_lift_from_the_page(license: License, officer: User, signed: Signed) -> None:
    client = signed(officer)
    assert "Suspend the license" in page(client.get(url("license", license.number)))
    assert (
        client.post(url("license-act", license.number, "suspend"), {"reason": "Inquiry."}).status_code == 302
    )
    assert "<b>Suspended.</b>" in page(client.get(url("license", license.number)))
    assert (
        client.post(url("license-act", license.number, "lift"), {"reason": "Cleared up."}).status_code == 302
    )
    text = page(client.get(url("license", license.number)))
    assert "<b>Active.</b>" in text
    assert "Suspension lifted" in text


def test_a_filer_may_not_suspend(license: License, filer: User, signed: Signed) -> None:
    client = signed(filer)
    assert "Suspend the license" not in page(client.get(url("license", license.number)))
    answer = client.post(url("license-act", license.number, "suspend"), {"reason": "No."})
    assert answer.status_code == 403
    assert license.acts.count() == 0


def test_revoke_is_no_act_of_one_page(license: License, approver: User, signed: Signed) -> None:
    answer = signed(approver).post(url("license-act", license.number, "revoke"), {"reason": "No."})
    assert answer.status_code == 404
    assert license.acts.count() == 0


# Items


def test_item_new_adds_it(filer: User, signed: Signed, seeded: None) -> None:
    form = {"part_number": "DV-80", "name": "Valve", "eccn": "2B350.g.1", "unit": "each"}
    assert signed(filer).post(url("item-new"), form)["Location"] == url("items")
    assert Item.objects.get().eccn == "2B350.g.1"


def test_item_new_names_the_wrong_eccn_and_keeps_the_input(filer: User, signed: Signed, seeded: None) -> None:
    form = {"part_number": "DV-80", "name": "Valve", "eccn": "valve", "unit": "each"}
    answer = signed(filer).post(url("item-new"), form)
    assert answer.status_code == 400
    assert "is no ECCN." in page(answer)
    assert 'value="DV-80"' in page(answer)
    assert Item.objects.count() == 0


# The picture of the clock


def test_clock_drawing_stands_still_beyond_its_ends(now: datetime) -> None:
    start = now.date()
    drawn = clock.draw(start=start, due_on=start + timedelta(days=90), on=start + timedelta(days=400))
    assert (drawn.reached, drawn.anchor) == (1000, "end")
    assert [tick.words for tick in drawn.ticks] == ["registered", "day 90"]


def test_clock_drawing_leaves_out_labels_that_would_meet(now: datetime) -> None:
    start = now.date()
    named = [(start + timedelta(days=days), str(days)) for days in (2, 30, 33, 88)]
    drawn = clock.draw(
        start=start, due_on=start + timedelta(days=90), on=start + timedelta(days=45), named=named
    )
    assert [(tick.words, tick.labeled) for tick in drawn.ticks] == [
        ("registered", True), ("2", False), ("30", True), ("33", False), ("88", False), ("day 90", True),
    ]  # fmt: skip
    assert drawn.reached == 500

"""Every admin page of every record: who reads it, whose rows, acts that only a POST makes, queries that stay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from entities import looks
from entities.models import Hit, ListVersion
from exportctl import outbox, roles
from exportctl.models import Event, User
from exportctl.recordadmin import RecordAdmin, Verb
from licenses import (
    appeals,
    classifications,
    conditions,
    decisions,
    delegations,
    holds,
    ladder,
    questions,
    review,
    usage,
)
from licenses.models import Approval, Denial, License, RuleTable
from tests import factories

pytestmark = pytest.mark.django_db

ADMINS = {
    model._meta.label: record
    for model, record in admin.site._registry.items()
    if isinstance(record, RecordAdmin)
}
OTHERS = {"account.EmailAddress", "mfa.Authenticator"}  # of a library; no role opens them
ROLES = ("officer", "approver", "auditor", "filer", "defense", "counsel", "lists", "administrator")


@pytest.fixture
def world(
    published_list: ListVersion,
    filer: User,
    stranger: User,
    officer: User,
    approver: User,
    defense: User,
    state: User,
    integration: User,
    administrator: User,
    now: datetime,
) -> SimpleNamespace:
    """At least three rows of everything a case leaves behind, all of one filer's company."""
    factories.make_key(user=integration, by=administrator)
    factories.make_party(by=filer, at=now, name="Huawei Technologies Co., Ltd.", country="CN")
    customer = factories.make_party(by=filer, at=now, name="Nordhafen Maschinenbau GmbH")
    outbox.drain()
    for _ in range(3):
        looks.reveal(party=customer, by=officer, at=now)
    for edition in range(3):
        RuleTable.objects.create(
            kind="groups", edition_on=date(2020, 1, 1 + edition), rows={}, count=0, file="groups.json", sha256="0" * 64,
            imported_by=officer, imported_at=now,
        )  # fmt: skip
    for eccn in ("3A001", "3A002", "3A003"):
        holds.place(reason="Stop.", eccn=eccn, by=officer, at=now)
    for outcome in ("approve", "intend_to_deny"):
        for number in range(3):
            item = factories.make_item(by=filer, at=now)
            classifications.propose(item=item, eccn=item.eccn, basis="manufacturer", by=filer, at=now)
            case = factories.make_registered(by=filer, officer=officer, customer=customer, item=item, at=now)
            factories.make_determination(case=case, officer=officer, approver=approver, at=now)
            review.refer(application=case, bodies=["defense"], by=officer, at=now)
            review.recommend(
                application=case, body="defense", position="no_objection", reason="None.", by=defense, at=now
            )
            if outcome != "approve":
                questions.ask(
                    application=case, to="filer", text="Where?", due_on=now.date(), by=officer, at=now
                )
                conditions.propose(application=case, code="NO_REEXPORT", origin="defense", by=defense, at=now)
            decisions.propose(
                application=case,
                outcome=outcome,
                justification="Read.",
                legal_basis="15 CFR 744.11",
                **(factories.PARTICULARS if outcome == "intend_to_deny" else {}),
                by=officer,
                at=now,
            )
            decisions.countersign(application=case, by=approver, at=now)
            if outcome == "intend_to_deny":
                appeals.appeal(
                    application=case, statement="It is civil.", by=filer, at=now + timedelta(days=45)
                )
            if outcome == "approve":
                usage.record(
                    line=License.objects.get(application=case).lines.get(), quantity=Decimal(1), shipped_on=now.date(),
                    idempotency_key=f"k{number}", by=filer, at=now,
                )  # fmt: skip
    for number in range(3):
        delegations.record(
            body="energy", reference=f"E-{number}", given_by="B. Roe", eccns=["5A991"], since=now.date(), by=approver,
            at=now,
        )  # fmt: skip
    for _ in range(3):
        disputed(factories.make_registered(by=filer, officer=officer, customer=customer, at=now),
                 officer=officer, defense=defense, state=state, now=now)  # fmt: skip
    return SimpleNamespace(filer=filer, stranger=stranger)


def disputed(case: Any, *, officer: User, defense: User, state: User, now: datetime) -> None:
    """A case on which two agencies differ, ruled upon and escalated."""
    review.refer(application=case, bodies=["defense", "state"], by=officer, at=now)
    for body, by, position in (("defense", defense, "deny"), ("state", state, "approve")):
        review.recommend(
            application=case, body=body, position=position, reason="x", legal_basis="744.21", by=by, at=now
        )
    ladder.convene(application=case, by=officer, at=now)
    ladder.rule(application=case, outcome="approve", reason="Civil.", by=officer, at=now)
    ladder.escalate(
        application=case, body="defense", signatory="Jane Roe", office="appointee", statute="50 U.S.C. 4813",
        regulation="15 CFR 744.21", reason="It is not.", by=defense, at=now,
    )  # fmt: skip


def url(record: RecordAdmin, page: str, *args: Any) -> str:
    return reverse(f"admin:{record.opts.app_label}_{record.opts.model_name}_{page}", args=args)


def first(record: RecordAdmin) -> Any:
    """A row as somebody who sees everything finds it, with the page's own limits (outcomes)."""
    found = record.model._default_manager.all()
    outcomes = getattr(record, "outcomes", ())
    found = found.filter(outcome__in=outcomes, state="made") if outcomes else found
    row = found.order_by("pk").first()
    assert row is not None, f"the world has no {record.opts.label}"
    return row


def test_every_record_of_the_product_is_read_only_and_scoped() -> None:
    assert {model._meta.label for model in admin.site._registry} - set(ADMINS) == OTHERS
    for label, record in ADMINS.items():
        assert record.reads, label
        own = hasattr(record.model._default_manager, "for_user")
        assert own + (record.within is not None) + record.whole == 1, label


@pytest.mark.parametrize("who", ROLES)
def test_pages_open_for_those_who_may_read_and_for_nobody_else(
    world: SimpleNamespace, signed: Any, request: pytest.FixtureRequest, who: str
) -> None:
    user = request.getfixturevalue(who)
    client = signed(user)
    index = client.get("/admin/")
    assert index.status_code == 200
    listed = {model["object_name"] for app in index.context["app_list"] for model in app["models"]}
    assert listed == {
        label.partition(".")[2] for label, record in ADMINS.items() if roles.may(user, record.reads)
    }
    for label, record in ADMINS.items():
        expected = 200 if roles.may(user, record.reads) else 403
        assert client.get(url(record, "changelist")).status_code == expected, label
        row = first(record)
        seen = expected == 200 and record.get_queryset(_request(user)).filter(pk=row.pk).exists()
        page = client.get(url(record, "change", row.pk))
        assert page.status_code == (200 if seen else 404 if expected == 200 else 403), label
        if seen:
            assert "unfold/css/styles.css" in page.content.decode()
            assert 'name="_save"' not in page.content.decode()
        assert client.get(url(record, "add")).status_code == 403, label
        assert client.get(url(record, "delete", row.pk)).status_code == 403, label


def _request(user: User) -> Any:
    request = RequestFactory().get("/admin/")
    request.user = user
    return request


def test_nobody_enters_without_signing_in_at_the_one_door(client: Any, integration: User) -> None:
    answer = client.get("/admin/entities/party/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")
    posted = client.post("/admin/login/", {"username": "officer", "password": "x"})
    assert posted.status_code == 302 and posted["Location"].startswith("/accounts/login/")


def test_rows_of_another_company_are_out_of_sight(world: SimpleNamespace, signed: Any) -> None:
    """And what the reviewers advise and rule is not an applicant's to read at all."""
    client = signed(world.stranger)
    mine = ("Application", "Decision", "Approval", "Denial", "License", "Movement", "Appeal", "Determination")
    for model in (*mine, "Condition", "Question", "Recommendation", "Ruling", "Escalation"):
        record = ADMINS[f"licenses.{model}"]
        assert record.get_queryset(_request(world.filer)).count() >= 3, model
        assert record.get_queryset(_request(world.stranger)).count() == 0, model
        status = 404 if model in mine else 403
        assert client.get(url(record, "change", first(record).pk)).status_code == status, model
    company = world.filer.memberships.get().party
    for model, path in (("Party", "pk"), ("Screening", "party")):
        record = ADMINS[f"entities.{model}"]
        assert record.get_queryset(_request(world.filer)).filter(**{path: company.pk}).exists(), model
        assert not record.get_queryset(_request(world.stranger)).filter(**{path: company.pk}).exists(), model


def test_approvals_and_denials_have_pages_of_their_own(
    world: SimpleNamespace, signed: Any, auditor: User
) -> None:
    client = signed(auditor)
    approved = client.get(url(ADMINS["licenses.Approval"], "changelist")).context["cl"].queryset
    denied = client.get(url(ADMINS["licenses.Denial"], "changelist")).context["cl"].queryset
    assert {row.outcome for row in approved} == {"approve"} and len(approved) == 3
    assert {row.outcome for row in denied} == {"intend_to_deny"} and len(denied) == 3
    assert client.get(url(ADMINS["licenses.Approval"], "change", denied[0].pk)).status_code == 404


# Acts


def every_verb() -> Iterator[tuple[str, RecordAdmin, Verb, bool]]:
    for label, record in ADMINS.items():
        for verb in record.list_verbs:
            yield f"{label}.{verb.name}", record, verb, False
        for verb in record.verbs:
            yield f"{label}.{verb.name}", record, verb, True


def test_a_get_of_any_act_shows_its_page_and_changes_nothing(
    world: SimpleNamespace, signed: Any, officer: User, approver: User, administrator: User, lists: User
) -> None:
    found = list(every_verb())
    assert len(found) >= 15
    head = Event.objects.latest("seq").seq
    people = (officer, approver, administrator, lists)
    clients = [signed(user) for user in people]
    for label, record, verb, on_row in found:
        address = (
            url(record, "do", first(record).pk, verb.name) if on_row else url(record, "do_list", verb.name)
        )
        opened = 0
        for user, client in zip(people, clients, strict=True):
            with CaptureQueriesContext(connection) as queries:
                page = client.get(address)
            writes = [
                query["sql"] for query in queries if query["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")
            ]
            assert writes == [], label
            if roles.may(user, verb.permission) and roles.may(user, record.reads):
                opened += 1
                if verb.step_up:
                    assert page["Location"].startswith("/accounts/reauthenticate/"), label
                    continue
                assert page.status_code == 200, label
                assert "Nothing happens until you confirm" in page.content.decode(), label
                assert 'method="post"' in page.content.decode(), label
            else:
                assert page.status_code == 403, (label, user.username)
        assert opened, f"nobody may {label}"
    assert Event.objects.latest("seq").seq == head


def test_an_act_that_is_none_and_a_row_that_is_none_are_not_found(
    world: SimpleNamespace, signed: Any, officer: User
) -> None:
    client = signed(officer)
    hit = ADMINS["entities.Hit"]
    assert client.get(url(hit, "do", first(hit).pk, "close")).status_code == 404
    assert client.get(url(hit, "do_list", "propose")).status_code == 404
    assert client.get(url(hit, "do", 999999, "propose")).status_code == 404
    assert client.post(url(hit, "do", 999999, "propose")).status_code == 404


def test_an_act_without_its_token_is_refused(world: SimpleNamespace, officer: User) -> None:
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    before = Event.objects.count()
    answer = client.post(url(ADMINS["entities.Party"], "do_list", "register"), {"name": "X", "country": "DE"})
    assert (answer.status_code, Event.objects.count()) == (403, before)


def test_the_page_of_a_record_offers_its_acts_and_the_workbench(
    world: SimpleNamespace, signed: Any, officer: User, auditor: User
) -> None:
    hit = Hit.objects.filter(status="open").first()
    assert hit is not None
    address = url(ADMINS["entities.Hit"], "change", hit.pk)
    words = signed(officer).get(address).content.decode()
    assert url(ADMINS["entities.Hit"], "do", hit.pk, "propose") in words
    assert url(ADMINS["entities.Hit"], "do", hit.pk, "agree") not in words
    assert reverse("entities:hit", args=[hit.pk]) in words
    quiet = signed(auditor).get(address).content.decode()
    assert "/do/" not in quiet and reverse("entities:hit", args=[hit.pk]) in quiet


def test_links_lead_only_where_the_reader_may_go(
    world: SimpleNamespace, signed: Any, officer: User, administrator: User
) -> None:
    row = Approval.objects.filter(outcome="approve").first()
    assert row is not None
    words = signed(officer).get(url(ADMINS["licenses.Approval"], "change", row.pk)).content.decode()
    assert url(ADMINS["licenses.Application"], "change", row.application_id) in words
    assert "Olive Officer" in words and f"/admin/exportctl/user/{officer.pk}/" not in words
    lines = (
        signed(officer)
        .get(url(ADMINS["licenses.Application"], "change", row.application_id))
        .content.decode()
    )
    assert "/admin/exportctl/user/" not in lines
    key = ADMINS["exportctl.ApiKey"]
    assert (
        "/admin/exportctl/user/"
        in signed(administrator).get(url(key, "change", first(key).pk)).content.decode()
    )


def test_history_leads_to_the_events_of_the_record(
    world: SimpleNamespace, signed: Any, auditor: User, officer: User
) -> None:
    denial = Denial.objects.filter(outcome="intend_to_deny").first()
    assert denial is not None
    address = url(ADMINS["licenses.Denial"], "history", denial.pk)
    assert (
        address in signed(auditor).get(url(ADMINS["licenses.Denial"], "change", denial.pk)).content.decode()
    )
    answer = signed(auditor).get(address, follow=True)
    assert {event.object_id for event in answer.context["events"]} == {str(denial.application_id)}
    assert "decision.made" in {event.verb for event in answer.context["events"]}
    assert (
        address
        not in signed(officer).get(url(ADMINS["licenses.Denial"], "change", denial.pk)).content.decode()
    )
    assert signed(auditor).get(url(ADMINS["licenses.Denial"], "history", 999999)).status_code == 404


# Queries


def test_lists_take_the_same_queries_with_1_and_3_rows(
    world: SimpleNamespace, signed: Any, auditor: User, administrator: User
) -> None:
    reader, manager = signed(auditor), signed(administrator)
    for label, record in ADMINS.items():
        client = reader if roles.may(auditor, record.reads) else manager
        keys = [row.pk for row in client.get(url(record, "changelist")).context["cl"].queryset[:3]]
        counts = []
        for chosen in (keys[:1], keys):
            with CaptureQueriesContext(connection) as queries:
                page = client.get(url(record, "changelist"), {"pk__in": ",".join(map(str, chosen))})
            assert len(page.context["cl"].result_list) == len(chosen), label
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 14, (label, counts)
        if label not in ("entities.ListVersion", "exportctl.ApiKey", "licenses.Policy", "licenses.Seat"):
            assert len(keys) == 3, label

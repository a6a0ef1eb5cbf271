"""The application's page asks the same number of queries whatever the case holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from entities.models import Party
from exportctl import outbox
from exportctl.models import User
from exportctl.models.folded import folded, unfold
from licenses import (
    applications,
    attachments,
    bodies,
    conditions,
    decisions,
    delegations,
    flags,
    policies,
    review,
    rulebook,
    seats,
)
from licenses.blocks import FLAGS
from licenses.models import Application, StopReason
from licenses.views import casefile
from tests import factories

Signed = Callable[[User], Client]
DRAFT, FILED, REVIEWED, LICENSED = 15, 15, 14, 13  # the limit is 15
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
BODIES = ("defense", "state", "energy")
STOPS = (StopReason.PLC, StopReason.AGENCY_INFO, StopReason.GOV_CONSULT)


def full_draft(rows: int, *, by: User, at: datetime, huawei: Party) -> Application:
    """A draft with so many parties in a role, lines, documents and red flags."""
    draft = factories.make_draft(by=by, customer=huawei, at=at)
    others = [factories.make_party(by=by, at=at) for _ in range(rows)]
    items = [factories.make_item(by=by, at=at) for _ in range(rows)]
    draft = applications.save_draft(
        application=draft, version=draft.version, by=by, at=at,
        roles=[("ultimate_consignee", huawei), *(("end_user", each, "Radio.") for each in others)],
        lines=[{"item": each, "quantity": Decimal(3), "unit_price": Decimal(2)} for each in items],
    )  # fmt: skip
    for place in range(rows):
        file = SimpleUploadedFile("a.pdf", PDF + str(place).encode()).file
        attachments.attach(file=file, name="a.pdf", kind="order", application=draft, by=by, at=at)
    said = {name: ("yes", "Asked.") for name in list(FLAGS)[:rows]}
    flags.answer(application=draft, answers=said, by=by, at=at)
    outbox.drain()
    return draft


def reviewed(
    case: Application, rows: int, *, officer: User, reviewer: User, approver: User, at: datetime
) -> Application:
    """The case with so many referrals, positions, conditions, stops and decisions sent back."""
    case = applications.register(application=case, by=officer, at=at)
    case = review.refer(application=case, bodies=list(BODIES[:rows]), by=officer, at=at)
    for body, reason in zip(BODIES[:rows], STOPS, strict=False):
        for _ in range(rows):
            review.recommend(
                application=case, body=body, position="approve", reason="Civil.", by=reviewer, at=at
            )
        conditions.propose(application=case, code="OTHER", text=body, origin="commerce", by=officer, at=at)
        review.stop_clock(application=case, reason=reason, by=officer, at=at)
        decisions.propose(
            application=case, outcome="return", reason_code="DEFICIENT", justification=body, by=officer, at=at
        )
        decisions.send_back(application=case, reason=body, by=approver, at=at)
    decisions.propose(
        application=case, outcome="return", reason_code="DEFICIENT", justification="x", by=officer, at=at
    )
    return case


@pytest.mark.parametrize("rows", [1, 3])
def test_dossier_asks_the_same_for_one_row_and_three(
    rows: int, huawei: Party, filer: User, officer: User, approver: User, now: datetime, signed: Signed,
    defense: User, administrator: User, django_assert_num_queries: Any,
) -> None:  # fmt: skip

    at = now - timedelta(days=3)
    for body in BODIES[1:]:
        seats.give(user=defense, body=body, since=at.date(), by=administrator, at=at)
    client, author = signed(officer), signed(filer)
    case = full_draft(rows, by=filer, at=at, huawei=huawei)
    address = reverse("licenses:application", args=[case.number])
    author.get(address)  # the rules are read once by a process
    with django_assert_num_queries(DRAFT):
        assert author.get(address).status_code == 200
    case = applications.submit(application=case, by=filer, at=at)
    with django_assert_num_queries(FILED):
        assert client.get(address).status_code == 200
    reviewed(case, rows, officer=officer, reviewer=defense, approver=approver, at=at)
    with django_assert_num_queries(REVIEWED):
        answer = client.get(address)
    context = answer.context
    assert [len(context["lanes"]), len(context["conditions"]), len(context["sent_back"])] == [rows] * 3
    assert (context["files"], len(context["clock"]["stops"])) == (rows, rows)
    assert len(context["people"]) == rows + 2 and context["proposal"]
    assert {lane["words"] for lane in context["lanes"]} == {"Civil."}


@pytest.mark.parametrize("rows", [1, 3])
def test_dossier_asks_the_same_for_one_own_body_and_delegation_and_three(
    rows: int, registered: Application, officer: User, approver: User, counsel: User, administrator: User,
    now: datetime, signed: Signed, django_assert_num_queries: Any,
) -> None:  # fmt: skip
    own, since = [f"own-{number}" for number in range(rows - 1)], now.date()
    for code in own:
        bodies.add(code=code, name=code.title(), days=3, since=since, by=administrator, at=now)
    for body in BODIES[:rows]:
        delegations.record(
            body=body, reference=body, given_by="A. Roe", eccns=["5A"], since=since, by=approver, at=now
        )
    client, address = signed(officer), reverse("licenses:application", args=[registered.number])
    client.get(address)  # the rules are read once by a process
    with django_assert_num_queries(LICENSED):  # with no hit and no question of duplicates
        assert client.get(address).status_code == 200
    review.refer(application=registered, bodies=["commerce", "legal", *own], by=officer, at=now)
    review.advise(application=registered, body="legal", stance="object", reason="No.", by=counsel, at=now)
    for code in own:
        review.close_lane(application=registered, body=code, reason="Away.", by=officer, at=now)
    with django_assert_num_queries(LICENSED):
        context = client.get(address).context
    assert (len(context["own_lanes"]), len(context["waived"])) == (rows, rows)


def test_dossier_of_a_licensed_case_keeps_its_queries(
    license: Any, officer: User, signed: Signed, django_assert_num_queries: Any
) -> None:
    client, address = signed(officer), reverse("licenses:application", args=[license.application.number])
    client.get(address)
    with django_assert_num_queries(LICENSED):
        assert client.get(address).status_code == 200


def test_folded_rows_are_those_of_the_database(referred: Application, officer: User, now: datetime) -> None:
    conditions.propose(application=referred, code="OTHER", text="x", origin="commerce", by=officer, at=now)
    review.stop_clock(application=referred, reason="PLC", by=officer, at=now)
    decisions.propose(application=referred, outcome="approve", justification="Fine.", by=officer, at=now)
    plain = Application.objects.get(pk=referred.pk)
    case = casefile.found(officer, referred.number)

    def columns(row: Any) -> dict[str, Any]:
        return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}

    for name, order in casefile.FOLDED.items():
        if "__" not in name:
            stored = getattr(plain, name).order_by(order)
            assert [columns(each) for each in getattr(case, name).all()] == [columns(each) for each in stored]
    assert case.referrals.all()[0].application is case
    assert not case.referrals.all()[0].recommendations.all()


def test_folded_amounts_stay_exact(license: Any) -> None:
    from licenses.models import License

    license.lines.update(quantity=Decimal("9999999999999.999"))
    (row,) = License.objects.annotate(**folded(License, {"lines": "pk"}))
    (line,) = unfold(row, ("lines",))
    assert line.quantity == Decimal("9999999999999.999")


def test_folded_rows_are_asked_further_of_their_parent_alone(
    referred: Application, filer: User, now: datetime
) -> None:
    other = factories.make_draft(by=filer, at=now)
    found = Application.objects.annotate(**folded(Application, {"lines": "pk", "stops": "pk"})).in_bulk()
    for case in found.values():
        unfold(case, ("lines", "stops"))
    mine, its = found[referred.pk], found[other.pk]
    assert mine.lines.get(number=1) == referred.lines.get(number=1) != its.lines.get(number=1)
    assert mine.lines.filter(number=1).get().application is mine
    assert (mine.lines.count(), mine.lines.exclude(number=1).count(), mine.stops.exists()) == (1, 0, False)
    its.lines.update(name="Renamed")
    assert [each.name for each in mine.lines.order_by("pk")] != [
        each.name for each in its.lines.order_by("pk")
    ]


def test_seats_of_other_days_are_none(
    referred: Application, defense: User, officer: User, now: datetime
) -> None:
    case = casefile.found(defense, referred.number)
    seat = defense.seats.get()
    _, known = casefile.standing(case, defense, seat.since)
    assert known.seats == {"defense"}
    _, known = casefile.standing(case, defense, seat.since - timedelta(days=1))
    assert known.seats == frozenset()


def test_what_a_page_loaded_says_what_the_verbs_ask(
    huawei: Party, filer: User, officer: User, now: datetime
) -> None:
    case = factories.make_registered(by=filer, officer=officer, customer=huawei, at=now)
    loaded = casefile.found(officer, case.number)
    _, known = casefile.standing(loaded, officer, now.date())
    assert applications.facts(loaded, officer, now.date(), known) == applications.facts(
        Application.objects.with_dossier().get(pk=case.pk), officer, now.date()
    )


def test_policies_of_a_day_are_those_of_the_database(seeded: None, now: datetime) -> None:
    for on in (date(2019, 6, 1), date(2022, 6, 1), date(2023, 2, 1), now.date()):
        assert rulebook.in_force(["Huawei", ""], on) == policies.for_group("Huawei", on) != []
    assert rulebook.in_force([""], now.date()) == []

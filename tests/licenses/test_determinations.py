"""Facts, memos, signatures and reliance: kept, made again with differences, refused where they do not hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from exportctl.errors import Conflict, Invalid, NotAllowed, Refused
from exportctl.models import Event, User
from licenses import amendments, determinations, flags, rulebook
from licenses.blocks import FLAGS
from licenses.determination.case import ANSWERS, Result
from licenses.models import Application, Facts, Memo
from tests import factories

from .conftest import codes, fields

pytestmark = pytest.mark.django_db
ELSEWHERE = {
    "flags_answered": True, "flags_system": "Orders, ERP", "flags_reference": "RF-12",
    "flags_dated": date(2026, 8, 1),
}  # fmt: skip
NOWHERE = {"flags_answered": False, "flags_system": "", "flags_reference": "", "flags_dated": None}


@pytest.fixture
def known(registered: Application, officer: User, now: datetime) -> Callable[..., Application]:
    """`known(...)`: the case with every fact supplied and negative, and what is given."""

    def record(**more: Any) -> Application:
        case = Application.objects.with_dossier().get(pk=registered.pk)
        parties = {str(role.party_id): role.party.country for role in case.roles.all()}
        facts = {
            "jurisdiction": "EAR", "origin": "US", "answers": dict.fromkeys(ANSWERS, False), "headquarters": parties,
            **ELSEWHERE,
        } | more  # fmt: skip
        held = determinations.facts_of(case)
        determinations.record(
            application=case, facts=facts, version=held.version if held else 0, by=officer, at=now
        )
        return Application.objects.with_dossier().get(pk=case.pk)

    return record


def keep(case: Application, by: User, now: datetime) -> Memo:
    return determinations.keep(application=case, on=now.date(), by=by, at=now)


@pytest.fixture
def signed_memo(known: Any, officer: User, approver: User, now: datetime) -> Any:
    memo = keep(known(), officer, now)
    made = determinations.propose(memo=memo, basis="Checked with the consignee.", by=officer, at=now,
                                  valid_until=now.date() + timedelta(days=90))  # fmt: skip
    return determinations.sign(determination=made, by=approver, at=now)


def test_facts_turn_questions_into_an_answer(registered: Application, known: Any, today: date) -> None:
    assert determinations.of(registered, today).result is Result.NEEDS_REVIEW
    assert determinations.of(known(), today).result is Result.NLR
    assert determinations.of(
        known(answers={**dict.fromkeys(ANSWERS, False), "chem_bio": True}), today
    ).result is (Result.LICENSE_REQUIRED)
    assert determinations.of(known(), today - timedelta(days=365)).result is Result.NEEDS_REVIEW
    assert Event.objects.filter(verb="facts.recorded").count() == 3


def test_stale_or_wrong_facts_are_refused(known: Any, officer: User, now: datetime) -> None:
    case = known()
    with pytest.raises(Conflict):
        determinations.record(application=case, facts={"hts": "8471"}, version=0, by=officer, at=now)
    for facts in (
        {"color": "red"},
        {"answers": {"nukes": False}},
        {"origin": "Germany"},
        {"worksheet": [{"what": "x"}]},
    ):
        with pytest.raises(Invalid):
            determinations.record(application=case, facts=facts, version=1, by=officer, at=now)
    assert Facts.objects.get(application=case).hts == ""
    with pytest.raises(Conflict) as late:
        determinations.record(application=case, facts={"hts": "8471"}, version=0, by=officer, at=now)
    assert codes(late) == {"stale_version", "changed"}
    assert fields(late) == {"version", "hts"}


def test_sheet_kept_elsewhere_is_named(known: Any, officer: User, now: datetime, today: date) -> None:
    case = known(**NOWHERE)
    for facts, wrong in (
        ({"flags_answered": True}, {"flags_system", "flags_reference", "flags_dated"}),
        (ELSEWHERE | {"flags_reference": " "}, {"flags_reference"}),
        (ELSEWHERE | {"flags_dated": today + timedelta(days=1)}, {"flags_dated"}),
        (ELSEWHERE | {"flags_answered": False}, {"flags_answered"}),
        (ELSEWHERE | {"flags_system": "x" * 121}, {"flags_system"}),
    ):
        with pytest.raises(Invalid) as refused:
            determinations.record(application=case, facts=facts, version=1, by=officer, at=now)
        assert fields(refused) == wrong, facts
    assert determinations.of(case, today).result is Result.NEEDS_REVIEW
    memo = keep(known(), officer, now)
    assert (memo.result, memo.facts["red_flags"]["elsewhere"]) == ("NLR", "Orders, ERP, RF-12 of 2026-08-01")
    assert "kept elsewhere: Orders, ERP, RF-12 of 2026-08-01" in memo.html


def test_answered_sheet_without_its_place_is_no_sheet(known: Any, today: date) -> None:
    """As rows from before the reference was asked; the database takes no new one."""
    case = known()
    with pytest.raises(IntegrityError), transaction.atomic():
        Facts.objects.filter(application=case).update(flags_reference="")
    case.facts.flags_reference = ""
    assert determinations.of(case, today).result is Result.NEEDS_REVIEW


def test_lines_that_differ_have_facts_of_their_own(
    registered: Application, known: Any, officer: User, filer: User, now: datetime, today: date
) -> None:
    other = factories.make_item(by=filer, name="Gauge")
    lines = [
        {"item": each, "quantity": Decimal(1), "unit_price": Decimal(10)}
        for each in (registered.lines.get().item, other)
    ]
    amendments.amend(application=registered, reason="A gauge too.", lines=lines, version=registered.version,
                     by=filer, at=now)  # fmt: skip
    gauge, nobody = str(other.pk), str(other.pk + 1000)
    case = known(lines={gauge: {"jurisdiction": "ITAR", "hts": ""}, nobody: {"origin": "FR"}})
    assert case.facts.lines == {gauge: {"jurisdiction": "ITAR"}}
    told = keep(case, officer, now)
    assert told.result == "OTHER_AGENCY"
    assert [(each["jurisdiction"], each["origin"]) for each in told.facts["items"]] == [
        ("EAR", "US"), ("ITAR", "US"),
    ]  # fmt: skip
    apart = {gauge: {"origin": "TW", "us_content": "12.50", "direct_product": False}}
    case = known(lines=apart)
    known_case, _ = determinations.case_of(case, rulebook.current(), today)
    assert [(each.origin, each.us_content, each.direct_product) for each in known_case.items] == [
        ("US", None, None), ("TW", Decimal("12.50"), False),
    ]  # fmt: skip
    for lines, wrong in (
        ({gauge: {"origin": "Taiwan"}}, f"lines.{gauge}.origin"),
        ({gauge: {"us_content": "101"}}, f"lines.{gauge}.us_content"),
        ({gauge: {"color": "red"}}, f"lines.{gauge}"),
        ({gauge: {"hts": "1" * 21}}, f"lines.{gauge}.hts"),
    ):
        with pytest.raises(Invalid) as refused:
            determinations.record(application=case, facts={"lines": lines}, version=2, by=officer, at=now)
        assert fields(refused) == {wrong}


def test_memo_keeps_facts_answer_html_and_pdf(known: Any, officer: User, now: datetime) -> None:
    memo = keep(known(), officer, now)
    assert (memo.number, memo.result, memo.differs) == (1, "NLR", [])
    assert "No license requirement found on these facts" in memo.html
    assert "no license required" not in memo.html.lower()
    assert (memo.pdf[:5], memo.editions) == (b"%PDF-", ["2026-07-23"])
    again = determinations._written(
        memo.application, None, memo.on, memo.facts, memo.answer, by=officer, at=now, cause=""
    )
    assert (again.pdf, again.html) == (memo.pdf, memo.html)


def test_changed_facts_make_the_memo_again_with_the_difference(
    known: Any, officer: User, now: datetime, drain: Any
) -> None:
    case = known()
    keep(case, officer, now)
    drain()
    assert case.memos.count() == 1
    known(answers={**dict.fromkeys(ANSWERS, False), "missile": None})
    drain()
    memo = case.memos.get(number=2)
    assert (memo.result, memo.cause) == ("NEEDS_REVIEW", "The facts changed.")
    told = {
        each["what"]: (each["before"], each["after"]) for each in memo.differs if each["what"] != "reason"
    }
    assert told["answers.missile"] == (False, None)
    assert told["result"] == ("NLR", "NEEDS_REVIEW")
    drain()
    assert case.memos.count() == 2


def test_record_is_signed_by_two_people(
    known: Any, officer: User, officer2: User, approver: User, now: datetime
) -> None:
    memo = keep(known(), officer, now)
    until = now.date() + timedelta(days=30)
    with pytest.raises(NotAllowed):
        determinations.propose(memo=memo, basis="x", valid_until=until, by=approver, at=now)
    with pytest.raises(Invalid) as wrong:
        determinations.propose(
            memo=memo, basis=" ", valid_until=now.date() + timedelta(days=400), by=officer, at=now
        )
    assert {each.field for each in wrong.value.blockers} == {"basis", "valid_until"}
    made = determinations.propose(
        memo=memo, basis="Statement of the customer.", valid_until=until, by=officer, at=now
    )
    assert (made.state, bool(re.fullmatch(r"D\d{7}", made.number))) == ("proposed", True)
    with pytest.raises(NotAllowed):
        determinations.sign(determination=made, by=officer2, at=now)
    assert determinations.sign(determination=made, by=approver, at=now).state == "signed"


def test_maker_never_signs_as_the_second_person(known: Any, person: Any, now: datetime) -> None:
    both = person("both", "officer", "approver")
    made = determinations.propose(memo=keep(known(), both, now), basis="x", by=both, at=now,
                                  valid_until=now.date() + timedelta(days=9))  # fmt: skip
    with pytest.raises(Refused) as refused:
        determinations.sign(determination=made, by=both, at=now)
    assert codes(refused) == {"same_person"}


def test_one_signature_where_the_office_says_so(
    known: Any, officer: User, now: datetime, settings: Any
) -> None:
    settings.DETERMINATION_SIGNATURES = 1
    made = determinations.propose(memo=keep(known(), officer, now), basis="x", by=officer, at=now,
                                  valid_until=now.date() + timedelta(days=9))  # fmt: skip
    assert (made.state, made.signed_by) == ("signed", officer)


def test_memo_that_does_not_hold_is_not_signed(known: Any, officer: User, now: datetime) -> None:
    until = now.date() + timedelta(days=9)
    open_ = keep(known(**NOWHERE), officer, now)
    with pytest.raises(Refused) as other:
        determinations.propose(memo=open_, basis="x", valid_until=until, by=officer, at=now)
    fine = keep(known(), officer, now)
    with pytest.raises(Refused) as older:
        determinations.propose(memo=open_, basis="x", valid_until=until, by=officer, at=now)
    known(hts="8471.30")
    with pytest.raises(Refused) as changed:
        determinations.propose(memo=fine, basis="x", valid_until=until, by=officer, at=now)
    assert [codes(each) for each in (other, older, changed)] == [
        {"other_result"},
        {"newer_memo"},
        {"changed"},
    ]


def test_shipments_rely_on_a_signed_determination(
    signed_memo: Any, filer: User, known: Any, now: datetime
) -> None:
    def ship(reference: str, day: date, value: str = "10") -> Any:
        return determinations.rely(determination=signed_memo, reference=reference, shipped_on=day, value=Decimal(value),
                                   by=filer, at=now + timedelta(days=200))  # fmt: skip

    ship("INV-1", now.date())
    for reference, day in (("INV-1", now.date()), ("INV-2", now.date() + timedelta(days=91)),
                           ("INV-3", now.date() - timedelta(days=1))):  # fmt: skip
        with pytest.raises(Refused):
            ship(reference, day)
    for reference, value in (("", "1"), ("INV-4", "-1")):
        with pytest.raises(Invalid):
            ship(reference, now.date(), value)
    known(origin="FR")
    with pytest.raises(Refused) as changed:
        ship("INV-5", now.date())
    assert codes(changed) == {"not_standing"}
    assert [each.reference for each in signed_memo.shipments.all()] == ["INV-1"]


def test_signed_determination_ends_before_its_time(signed_memo: Any, officer: User, now: datetime) -> None:
    with pytest.raises(Invalid):
        determinations.end(determination=signed_memo, reason=" ", by=officer, at=now)
    ended = determinations.end(determination=signed_memo, reason="The end use changed.", by=officer, at=now)
    assert ended.state == "ended"
    assert determinations.standing(ended, now.date()) != ""
    with pytest.raises(Refused):
        determinations.end(determination=signed_memo, reason="Again.", by=officer, at=now)


def test_exception_is_signed_once_every_condition_is_recorded(
    known: Any, registered: Application, officer: User, now: datetime
) -> None:
    registered.lines.update(eccn="3C001", quantity=1, unit_price=100, total_price=100)
    role = registered.roles.get(role="ultimate_consignee")
    type(role.party).objects.filter(pk=role.party_id).update(country="SG")
    before = keep(known(), officer, now)
    assert (before.result, {each["symbol"] for each in before.answer["exceptions"]}) == (
        "LICENSE_REQUIRED",
        {"LVS", "STA"},
    )
    memo = keep(known(verified=["LVS"]), officer, now)
    assert (memo.result, memo.answer["exceptions"][0]["status"]) == (
        "EXCEPTION",
        "conditions recorded as met",
    )
    made = determinations.propose(memo=memo, symbol="LVS", basis="One shipment of USD 100.", by=officer, at=now,
                                  valid_until=now.date() + timedelta(days=9))  # fmt: skip
    assert (made.result, made.symbol) == ("EXCEPTION", "LVS")
    assert keep(known(verified=["LVS"], **NOWHERE), officer, now).result == "LICENSE_REQUIRED"


def test_worksheet_works_out_the_us_content(
    known: Any, registered: Application, officer: User, now: datetime
) -> None:
    Application.objects.filter(pk=registered.pk).update(kind="REEXPORT")
    role = registered.roles.get(role="ultimate_consignee")
    type(role.party).objects.filter(pk=role.party_id).update(country="SG")
    lines = [
        {"what": "Wafer", "eccn": "3C001", "value": "24"},
        {"what": "Modem", "eccn": "5A991.b.4", "value": "60"},
    ]
    case = known(origin="FR", item_value=Decimal(100), worksheet=lines)
    memo = keep(case, officer, now)
    sheet = memo.facts["worksheet"]
    assert (sheet["counted"], sheet["percent"], sheet["limit"], sheet["above"]) == (
        "24",
        "24.00",
        "25",
        False,
    )
    assert memo.result == "NOT_SUBJECT"
    assert "24.00 %" in memo.html
    case = known(origin="FR", item_value=Decimal(50), worksheet=lines)
    with pytest.raises(Invalid):
        keep(case, officer, now)


def test_open_red_flag_makes_the_memo_again(
    known: Any, filer: User, officer: User, now: datetime, drain: Any
) -> None:
    case = known()
    keep(case, officer, now)
    drain()
    flags.answer(
        application=case, answers={"cash": ("yes", "Cash was offered on the phone.")}, by=filer, at=now
    )
    drain()
    memo = case.memos.get(number=2)
    assert (memo.result, memo.cause) == ("NEEDS_REVIEW", "Red flags were answered.")
    assert memo.facts["red_flags"]["open"] == [FLAGS["cash"]]

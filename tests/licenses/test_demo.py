"""The demo world: built once, through verbs only; its facts are those of the story."""

from __future__ import annotations

import io
import json
import os
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from entities import lists, screening
from entities.models import Hit, ListSource, ListVersion, Party
from exportctl import audit, people
from exportctl.errors import Refused
from exportctl.models import Event, Job, User
from licenses import applications, cases, demo, determinations, policies, standings, usage
from licenses.models import (
    Application,
    ClockStop,
    Condition,
    Decision,
    Delegation,
    Determination,
    Letter,
    License,
    Memo,
    Movement,
    Question,
    Ruling,
    Waiver,
)
from licenses.reports import find
from licenses.reports.report import Filters


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    """Where the demo keeps its files; not the folder of an installation."""
    settings.VAR, settings.LIST_FILES, settings.DEMO_ALLOWED = tmp_path, tmp_path / "lists", True
    return tmp_path


def one(table: Any, **where: Any) -> Any:
    return table.objects.get(**where)


@pytest.mark.django_db(transaction=True)
def test_demo_is_the_story_and_is_built_once(folder: Path, signed: Any, api: Any, capsys: Any) -> None:
    call_command("seed", stdout=io.StringIO())
    today = timezone.localdate()
    said = io.StringIO()
    call_command("demo", stdout=said)
    words = said.getvalue()
    assert words.endswith("The demo world stands.\n")
    assert "refused, as it should be" in words
    check_people(folder)
    check_hits()
    check_cases(today)
    check_letters()
    check_ledger(today)
    check_desk(today)
    check_disputes(today)
    check_bodies(today)
    check_determinations(today)
    check_log()
    check_log_ins(folder, signed)
    events = Event.objects.count()
    again = io.StringIO()
    call_command("demo", stdout=again)
    assert again.getvalue() == "The demo world is there already.\n"
    with pytest.raises(Refused) as refused:
        demo.build(now=timezone.now())
    assert refused.value.blockers[0].code == "demo_unfinished"
    assert Event.objects.count() == events


def check_people(folder: Path) -> None:
    kept = json.loads((folder / "demo-logins.json").read_text())
    assert {each["username"] for each in kept} == {username for username, *_ in demo.PEOPLE}
    for name in ("demo-logins.json", "demo-token"):
        assert os.stat(folder / name).st_mode & 0o777 == 0o600, name
    for username, _, _, role, _ in demo.PEOPLE:
        user = one(User, username=username)
        assert user.check_password(demo.PASSWORD)
        assert [group.name for group in user.groups.all()] == [role]
        assert not user.is_superuser


def check_hits() -> None:
    """Listed parties are matched, judgments have the people the rule asks for, one hit waits for its second."""
    (waiting,) = Hit.objects.exclude(status="closed")
    assert (waiting.status, waiting.party.name, waiting.proposed_by.username) == (
        "proposed", "HiSilica Minerals B.V.", "officer",
    )  # fmt: skip
    closed = Hit.objects.filter(status="closed")
    assert {hit.proposed_by.username for hit in closed} == {"officer"}
    alone = closed.filter(agreed_by=None)
    asked = closed.exclude(agreed_by=None)
    assert {hit.agreed_by.username for hit in asked} == {"approver"}
    # the rule lets one person dismiss a weak hit on a list outside its scope, and nothing else
    assert {(hit.outcome, hit.band) for hit in alone} <= {("false_positive", "review")}
    assert not alone.filter(listed_party__listings__list__in=settings.SECOND_PERSON_LISTS).exists()
    matched = set(closed.filter(outcome="true_match").values_list("party__name", flat=True))
    assert matched == {
        "Huawei Technologies Co., Ltd.", "Huawei Device Co Ltd", "HiSilicon Technologies Company Limited",
    }  # fmt: skip
    assert not closed.filter(outcome="false_positive", differing_fact="").exists()
    assert set(screening.states(list(Party.objects.all())).values()) == {"current"}


def check_cases(today: date) -> None:
    assert Counter(Application.objects.values_list("status", flat=True)) == {
        "approved_conditions": 3, "approved": 1, "denied": 1, "referred": 3, "committee": 1, "submitted": 1,
        "draft": 4, "internal_review": 1,
    }  # fmt: skip
    assert Counter(Decision.objects.values_list("outcome", "state")) == {
        ("approve_conditions", "made"): 3, ("approve", "made"): 1, ("intend_to_deny", "made"): 1,
        ("approve", "proposed"): 1,
    }  # fmt: skip
    denial = one(Decision, outcome="intend_to_deny")
    assert denial.final_at.date() - denial.made_at.date() == timedelta(days=45)
    for decision in Decision.objects.filter(state="made", recorded=False):
        assert decision.proposed_by_id != decision.countersigned_by_id
    recorded = one(Decision, recorded=True)
    assert (recorded.authority, recorded.application.route, recorded.application.external_number) == (
        "BIS", "company", "Z482911",
    )  # fmt: skip
    asked = Condition.objects.filter(withdrawn_at=None)
    assert asked.count() == 5 and not asked.filter(accepted_at=None).exists()
    stop = one(ClockStop, ended_at__isnull=False)
    assert (stop.ended_at - stop.started_at).days == 9
    pending = Application.objects.with_dossier().get(pk=stop.application_id)
    assert (pending.status, pending.submitted_at.date()) == ("referred", date(2022, 12, 5))
    silent = {
        lane.body for lane in cases.lanes(Application.objects.with_dossier().first(), today) if lane.silent
    }
    assert silent == {"state"}
    regimes = [
        [each.regime for each in policies.on(pending, on)]
        for on in (date(2022, 12, 5), date(2023, 1, 30), today)
    ]
    assert regimes == [["H3"], ["H4"], ["H5"]]
    assert determinations.of(pending, date(2022, 12, 5)).policy == "PD"


def check_letters() -> None:
    """Each decision of the office has its letter, written by the same reader; the agency's has none of ours."""
    assert Counter(Letter.objects.values_list("kind", flat=True)) == {
        "approval": 3, "intent_to_deny": 1, "final_denial": 1,
    }  # fmt: skip
    notice, denial = Letter.objects.filter(decision__outcome="intend_to_deny").order_by("number")
    assert (denial.on - notice.on, denial.made_at.date()) == (timedelta(days=45), denial.on)
    recorded = one(Decision, recorded=True)
    assert recorded.attachment.document.name == "BIS-letter-2026-04-14.pdf"


def check_ledger(today: date) -> None:
    states = {
        row.application.applicant.name + " " + str(row.issued_on.year): row.state(today) for row in licenses()
    }
    assert {name: str(state) for name, state in states.items() if not name.startswith("Blue Mesa")} == {
        "Cascade Silicon, Inc. 2020": "revoked", "Palomar Radio Systems, LLC 2020": "revoked",
    }  # fmt: skip
    assert sorted(str(state) for name, state in states.items() if name.startswith("Blue Mesa")) == [
        "active",
        "active",
    ]
    cpu, modem = (row for row in licenses() if row.issued_on.year == 2020)
    assert [(line.shipped, line.left) for line in cpu.lines.all()] == [(Decimal(83500), Decimal(16500))]
    assert cpu.lines.all()[0].used_percent > 80
    assert [line.left for line in modem.lines.all()] == [Decimal(0)]
    reversal = one(Movement, kind="reversal")
    assert reversal.quantity == -reversal.reverses.quantity
    with pytest.raises(Refused):
        usage.record(
            line=cpu.lines.all()[0], quantity=Decimal(1), shipped_on=date(2024, 6, 1), idempotency_key="after",
            by=one(User, username="filer"), at=timezone.now(),
        )  # fmt: skip
    acts = [
        (act.kind, str(act.on), act.proposed_by.username, act.confirmed_by.username) for act in cpu.acts.all()
    ]
    assert acts == [("revoked", "2024-05-07", "approver2", "approver")]


def licenses() -> Any:
    return License.objects.with_ledger().order_by("pk")


def check_desk(today: date) -> None:
    """Something for everyone to do today."""
    held = one(ListVersion, state="held")
    assert (held.source_id, held.removed, held.imported_by.username) == ("csl", 25, "lists")
    assert [check["check"] for check in held.verdict if not check["passed"]]
    stale = {source.code for source in lists.stale(on=today)}
    assert "house" in stale and "csl" not in stale
    assert lists.blocking(on=today) == []
    assert ListSource.objects.get(pk="csl").current.number == 1
    (soon,) = [row for row in licenses() if row.expires_on == today + timedelta(days=14)]
    assert [line.left for line in soon.lines.all()] == [Decimal(9)]
    assert soon.application.conditions.get().due_on == today + timedelta(days=5)
    proposal = one(Decision, state="proposed")
    approver = one(User, username="approver")
    offered = {each.action: each for each in applications.next_actions(proposal.application, approver, today)}
    assert offered["countersign"].allowed
    fresh = one(Application, status="submitted")
    officer = one(User, username="officer")
    assert {each.action for each in applications.next_actions(fresh, officer, today)} >= {"register"}


def check_disputes(today: date) -> None:
    """Defense may still escalate what the Committee ruled; a question to the filer keeps a clock standing."""
    disputed = Application.objects.with_dossier().get(status="committee")
    defense, filer = (one(User, username=name) for name in ("defense", "filer"))
    offered = {each.action: each for each in applications.next_actions(disputed, defense, today)}
    assert offered["escalate"].allowed
    given = one(Ruling)
    assert given.dissenting == {"defense"}
    later = {
        each.action: each for each in applications.next_actions(disputed, defense, today + timedelta(days=4))
    }
    assert not later["escalate"].allowed
    question = one(Question)
    assert (question.to, question.stop.reason, question.stop.ended_at) == ("filer", "APPLICANT_INFO", None)
    waiting = Application.objects.with_dossier().get(pk=question.application_id)
    offered = {each.action: each for each in applications.next_actions(waiting, filer, today)}
    assert offered["answer_question"].allowed


def check_bodies(today: date) -> None:
    """Legal agreed to what was filed and is asked about what is not; one agency was left out under its delegation."""
    filed, inside = (
        Application.objects.with_dossier().get(route="company", status=status)
        for status in ("approved", "internal_review")
    )
    (given,), (asked,) = cases.own_lanes(filed), cases.own_lanes(inside)
    assert (given.title, given.position, asked.state) == ("Legal", "agree_conditions", "waiting")
    counsel, approver = (one(User, username=name) for name in ("counsel", "approver"))
    assert set(Application.objects.for_user(counsel)) == {filed, inside}
    offered = {each.action: each for each in applications.next_actions(inside, approver, today)}
    assert [each.code for each in offered["mark_filed"].blockers] == ["own_body_waiting"]
    waiver = one(Waiver)
    assert (waiver.body, waiver.delegation, waiver.application.status) == (
        "state",
        one(Delegation),
        "referred",
    )
    left_out = Application.objects.with_dossier().get(pk=waiver.application_id)
    assert [lane.body for lane in cases.lanes(left_out, today)] == ["energy"]


def check_determinations(today: date) -> None:
    """A memo with its day's policy, and a signed NLR that holds today, with a shipment on it."""
    pending = one(Memo, on=date(2022, 12, 5))
    assert (pending.result, pending.policy, pending.application.status) == (
        "LICENSE_REQUIRED",
        "PD",
        "referred",
    )
    made = one(Determination)
    assert (made.result, made.state, made.proposed_by.username, made.signed_by.username) == (
        "NLR", "signed", "officer", "approver",
    )  # fmt: skip
    assert [each.reference for each in made.shipments.all()] == ["BM-2026-031"]
    rows = standings.listed(one(User, username="auditor"))
    assert {each.code for each in standings.of(rows, today).values()} == {standings.HOLDS}


def check_log() -> None:
    """The chain holds, and each record has the event of the verb that made it."""
    found = audit.verify()
    assert found.ok, found.reason
    assert not Job.objects.exclude(state="done").exists()
    seen = Counter(Event.objects.values_list("verb", flat=True))
    assert seen["demo.built"] == 1
    assert seen["party.registered"] == Party.objects.count()
    assert seen["application.submitted"] == Application.objects.exclude(status="draft").count()
    assert seen["hit.opened"] == Hit.objects.count()
    assert seen["hit.closed"] - seen["hit.reopened"] == Hit.objects.filter(status="closed").count()
    assert seen["license.issued"] == License.objects.count()
    assert seen["license.revoked"] == 2
    assert seen["usage.recorded"] + seen["usage.reversed"] == Movement.objects.count()
    assert seen["decision.made"] + seen["decision.recorded"] == Decision.objects.filter(state="made").count()
    assert seen["decision.final"] == 1
    assert seen["list.published"] == ListVersion.objects.filter(state="published").count()
    late = Event.objects.filter(verb="decision.made", at__year=2020).first()
    assert late is not None and late.recorded_at - late.at > timedelta(days=365)
    (machine,) = User.objects.filter(kind="service")
    assert machine.username == "erp"
    people_events = Event.objects.filter(verb__in=["decision.made", "hit.closed", "license.revoked"])
    assert {event.data["by"]["kind"] for event in people_events} == {"person"}


def check_log_ins(folder: Path, signed: Any) -> None:
    """Each log-in opens its first page; the token opens the API; the report tells the story."""
    from rest_framework.test import APIClient

    for username, *_ in demo.PEOPLE:
        assert signed(one(User, username=username)).get("/").status_code == 200, username
    machine = APIClient()
    machine.credentials(HTTP_AUTHORIZATION=f"Bearer {(folder / 'demo-token').read_text()}")
    decided = machine.get("/api/v1/decisions/").json()["results"]
    assert Counter(each["event"] for each in decided) == {
        "decision.made": 4, "decision.recorded": 1, "decision.final": 1,
    }  # fmt: skip
    rows = list(find("decisions").rows(Filters(user=people.job_user("export"))))
    assert len(rows) == 5


@pytest.mark.django_db
def test_demo_is_refused_where_it_is_not_allowed(settings: Any, folder: Path) -> None:
    settings.DEMO_ALLOWED = False
    with pytest.raises(CommandError, match="EXPORTCTL_DEMO=1"):
        call_command("demo")
    assert (User.objects.count(), Event.objects.count(), list(folder.iterdir())) == (0, 0, [])


@pytest.mark.django_db
def test_demo_that_was_cut_short_is_not_built_upon(seeded: None, officer: User, folder: Path) -> None:
    before = Event.objects.count()
    with pytest.raises(CommandError, match="There are demo people already, but no finished demo."):
        call_command("demo")
    assert Event.objects.count() == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM licenses_application")
        assert cursor.fetchone() == (0,)

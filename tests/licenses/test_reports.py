"""The reports: exact rows of a small world, filters, scope, what is logged, formats, command and pages."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.http import StreamingHttpResponse
from django.test.utils import CaptureQueriesContext

from entities import hits
from entities.models import Hit, Party
from exportctl import outbox, people
from exportctl.errors import Invalid, NotAllowed
from exportctl.models import Event, User
from licenses import conditions, decisions, issued, reports, review, usage
from licenses.models import Application, License, Outcome
from licenses.reports.report import Filters
from tests import factories
from tests.exportctl.test_exports import pdf_strings, sheet_cells

from .conftest import fields

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class World:
    """One license drawn down, one denial that became final, one return."""

    approved: Application
    denied: Application
    returned: Application
    license: License
    now: datetime


def made(case: Application, outcome: str, officer: User, approver: User, at: datetime, **more: str) -> None:
    decisions.propose(application=case, outcome=outcome, by=officer, at=at, **more)
    decisions.countersign(application=case, by=approver, at=at)


@pytest.fixture
def world(customer: Party, filer: User, officer: User, approver: User, defense: User, now: datetime) -> World:
    first = now - timedelta(days=100)
    item = factories.make_item(by=filer, name="Radio unit", part_number="R-1", at=first)
    later = now - timedelta(days=8)
    approved = factories.make_registered(by=filer, officer=officer, customer=customer, item=item, at=later)
    review.refer(application=approved, bodies=["defense"], by=officer, at=later)
    review.recommend(
        application=approved, body="defense", position="approve_conditions", reason="With a report.",
        by=defense, at=later,
    )  # fmt: skip
    condition = conditions.propose(
        application=approved,
        code="PERIODIC_REPORT",
        text="Report each quarter.",
        params={"months": 3},
        origin="defense",
        by=defense,
        at=later,
    )
    conditions.accept(condition=condition, by=filer, at=later)
    dropped = conditions.propose(
        application=approved, code="OTHER", text="Dropped again.", origin="defense", by=defense, at=later
    )
    conditions.remove(condition=dropped, reason="Covered.", by=defense, at=later)
    made(
        approved, "approve_conditions", officer, approver, now - timedelta(days=6),
        justification="Civil use.", legal_basis="15 CFR 742.3",
    )  # fmt: skip
    license = License.objects.get(application=approved)
    line = license.lines.get()
    shipped = usage.record(
        line=line,
        quantity=Decimal(4),
        shipped_on=(now - timedelta(days=2)).date(),
        idempotency_key="k1",
        by=filer,
        at=now,
    )
    usage.record(
        line=line, quantity=Decimal("2.5"), shipped_on=(now - timedelta(days=1)).date(), idempotency_key="k2",
        by=filer, at=now,
    )  # fmt: skip
    usage.reverse(movement=shipped, reason="Wrong license.", idempotency_key="k3", by=officer, at=now)
    issued.suspend(license=license, reason="Asked by the agency.", on=now.date(), by=officer, at=now)

    denied = factories.make_registered(by=filer, officer=officer, customer=customer, item=item, at=later)
    made(
        denied, "intend_to_deny", officer, approver, now - timedelta(days=5),
        justification="No use stated.", legal_basis="15 CFR 744.11", **factories.PARTICULARS,
    )  # fmt: skip
    decisions.lapse(at=now + timedelta(days=60))
    returned = factories.make_registered(by=filer, officer=officer, customer=customer, item=item, at=later)
    made(
        returned, "return", officer, approver, now - timedelta(days=4), justification="The defect stays.",
        reason_code="DEFICIENT",
    )  # fmt: skip
    return World(approved, denied, returned, license, now)


def rows_of(name: str, by: User, **given: str) -> list[dict[str, Any]]:
    report = reports.find(name)
    found = report.rows(replace(Filters.parse(given), user=by))
    return [dict(zip((column.key for column in report.columns), row, strict=True)) for row in found]


def events(verb: str) -> list[dict[str, Any]]:
    return [event.data for event in Event.objects.filter(verb=verb).order_by("seq")]


def body(chunks: Iterator[bytes]) -> bytes:
    return b"".join(chunks)


# Rows


def test_decisions_rows_tell_outcome_parties_basis_signatures_and_license(
    world: World, auditor: User
) -> None:
    approved, denied, returned = rows_of("decisions", auditor)
    assert approved == {
        "number": world.approved.number, "outcome": "approve_conditions", "made_at": world.now - timedelta(days=6),
        "final_at": None, "authority": "Commerce", "recorded": False, "applicant": "Meridian Instruments Inc.",
        "ultimate_consignee": "Nordhafen Maschinenbau GmbH (DE)", "end_user": "Nordhafen Maschinenbau GmbH (DE)",
        "eccns": "5A991.b.4", "value": Decimal("215.00"), "submitted_at": world.now - timedelta(days=8),
        "legal_basis": "15 CFR 742.3", "reason_code": "", "justification": "Civil use.",
        "conditions": "Report each quarter.", "proposed_by": "officer", "countersigned_by": "approver",
        "license": world.license.number, "expires_on": world.license.expires_on,
    }  # fmt: skip
    assert (denied["number"], denied["outcome"], denied["license"]) == (
        world.denied.number,
        "intend_to_deny",
        None,
    )
    assert denied["final_at"].date() == (world.now + timedelta(days=40)).date()
    assert (returned["outcome"], returned["reason_code"], returned["conditions"]) == (
        "return",
        "DEFICIENT",
        None,
    )


def test_decisions_rows_leave_out_a_proposal(
    world: World, auditor: User, filer: User, officer: User, now: datetime
) -> None:
    case = factories.make_registered(by=filer, officer=officer, at=now - timedelta(days=3))
    decisions.propose(application=case, outcome="approve", justification="Fine.", by=officer, at=now)
    assert len(rows_of("decisions", auditor)) == 3


def test_decisions_rows_keep_the_name_as_filed(
    world: World, auditor: User, officer: User, customer: Party, now: datetime
) -> None:
    from entities import parties

    customer.refresh_from_db()
    parties.change(party=customer, by=officer, at=now, version=customer.facts_version, name="Nordhafen SE")
    assert rows_of("decisions", auditor)[0]["end_user"] == "Nordhafen Maschinenbau GmbH (DE)"


def test_register_rows_net_the_ledger_and_tell_the_last_act(world: World, auditor: User) -> None:
    (line,) = rows_of("license-register", auditor)
    assert line == {
        "number": world.license.number, "application": world.approved.number, "licensee": "Meridian Instruments Inc.",
        "ultimate_consignee": "Nordhafen Maschinenbau GmbH (DE)", "end_user": "Nordhafen Maschinenbau GmbH (DE)",
        "intermediate_consignee": None, "issued_on": (world.now - timedelta(days=6)).date(),
        "expires_on": world.license.expires_on, "line": 1, "item": "Radio unit", "eccn": "5A991.b.4", "unit": "each",
        "authorized": Decimal(10), "shipped": Decimal("2.5"), "value": Decimal("215.00"),
        "shipped_value": Decimal("53.75"), "last_act": "suspended", "last_act_on": world.now.date(),
    }  # fmt: skip


def test_screening_rows_tell_entries_score_outcome_and_the_differing_fact(
    huawei: Party, customer: Party, auditor: User, officer: User, approver: User, now: datetime
) -> None:
    best, *others = Hit.objects.filter(party=huawei).order_by("-score", "pk")
    hits.propose(
        hit=best, outcome="false_positive", reason="different_registration", differing_fact="Registered in Bremen.",
        by=officer, at=now,
    )  # fmt: skip
    hits.agree(hit=best, by=approver, at=now)
    found = rows_of("screening-log", auditor)
    assert [row["at"] for row in found] == sorted(row["at"] for row in found)
    clean = next(row for row in found if row["party"] == customer.name)
    assert (clean["country"], clean["trigger"], clean["hits"], clean["open_hits"]) == (
        "DE",
        "registered",
        0,
        0,
    )
    assert (clean["entries"], clean["facts"], clean["error"]) == (None, None, "")
    assert clean["world"].startswith("engine ") and "seed 1" in clean["world"]
    alike = next(row for row in found if row["party"] == huawei.name)
    assert (alike["hits"], alike["open_hits"]) == (len(others) + 1, len(others))
    first, *rest = alike["entries"].split("; ")
    assert first == f"{best.listed_party.name} [{best.score}, closed false_positive]"
    assert rest and all(entry.endswith(", open]") for entry in rest)
    assert alike["facts"] == "Registered in Bremen."


# Filters


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("approve_conditions", ["approve_conditions"]),
        ("deny", ["intend_to_deny"]),
        ("return", ["return"]),
        ("approve", []),
    ],
)
def test_decisions_by_outcome(world: World, auditor: User, outcome: str, expected: list[str]) -> None:
    assert [row["outcome"] for row in rows_of("decisions", auditor, outcome=outcome)] == expected


def test_decisions_since_is_inclusive_and_until_exclusive_in_utc(world: World, auditor: User) -> None:
    second = str((world.now - timedelta(days=5)).date())
    third = str((world.now - timedelta(days=4)).date())
    assert [row["outcome"] for row in rows_of("decisions", auditor, since=second)] == [
        "intend_to_deny",
        "return",
    ]
    assert [row["outcome"] for row in rows_of("decisions", auditor, until=second)] == ["approve_conditions"]
    assert [row["outcome"] for row in rows_of("decisions", auditor, since=second, until=third)] == [
        "intend_to_deny"
    ]


def test_register_and_screenings_by_day(world: World, auditor: User) -> None:
    day = (world.now - timedelta(days=6)).date()
    assert len(rows_of("license-register", auditor, since=str(day), until=str(day + timedelta(days=1)))) == 1
    assert rows_of("license-register", auditor, since=str(day + timedelta(days=1))) == []
    screened = rows_of("screening-log", auditor)
    last = screened[-1]["at"].date()
    assert len(rows_of("screening-log", auditor, since=str(last), until=str(last + timedelta(days=1)))) > 0
    assert rows_of("screening-log", auditor, until=str(screened[0]["at"].date())) == []


@pytest.mark.parametrize(
    ("given", "field", "remedy"),
    [
        ({"since": "6.8.2026"}, "since", "Write it as 2026-08-06."),
        ({"until": "2026-02-30"}, "until", "Write it as 2026-08-06."),
        ({"since": "2026-08-06", "until": "2026-08-06"}, "until", "Choose a later day."),
        ({"outcome": "denied"}, "outcome", "One of: " + ", ".join(Outcome.values) + "."),
    ],
)  # fmt: skip
def test_filters_refuse_naming_field_and_remedy(given: dict[str, str], field: str, remedy: str) -> None:
    with pytest.raises(Invalid) as refused:
        Filters.parse(given)
    assert fields(refused) == {field}
    assert refused.value.blockers[0].remedy == remedy


def test_filters_refuse_every_gap_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        Filters.parse({"since": "x", "until": "y", "outcome": "z"})
    assert fields(refused) == {"since", "until", "outcome"}


def test_filters_in_words_and_in_the_log() -> None:
    filters = Filters.parse({"since": "2026-01-01", "until": "2026-08-06", "outcome": "intend_to_deny"})
    assert filters.words() == "from 2026-01-01, before 2026-08-06, outcome intend to deny"
    assert filters.as_dict() == {"since": "2026-01-01", "until": "2026-08-06", "outcome": "intend_to_deny"}
    assert (Filters().words(), Filters().as_dict()) == ("all days", {})


# Scope and permission


@pytest.mark.parametrize("name", ["decisions", "license-register"])
def test_rows_are_those_the_user_sees(
    world: World, name: str, filer: User, stranger: User, defense: User, state: User
) -> None:
    assert {row["number"] for row in rows_of(name, defense)} == (
        {world.approved.number} if name == "decisions" else {world.license.number}
    )
    assert len(rows_of(name, filer)) == (3 if name == "decisions" else 1)
    assert rows_of(name, stranger) == rows_of(name, state) == []


def test_screening_rows_leave_out_companies_of_others(
    world: World, auditor: User, filer: User, stranger: User
) -> None:
    outbox.drain()
    theirs, mine = "Otherside Optics LLC", "Meridian Instruments Inc."
    assert {theirs, mine} <= {row["party"] for row in rows_of("screening-log", auditor)}
    seen = {row["party"] for row in rows_of("screening-log", filer)}
    assert mine in seen and theirs not in seen


@pytest.mark.parametrize("name", list(reports.REPORTS))
def test_run_refuses_who_may_not_export(name: str, filer: User, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        reports.run(name=name, filters=Filters(), format="csv", by=filer, at=now)
    assert events("report.exported") == []


@pytest.mark.parametrize(
    ("name", "filters", "format", "field", "remedy"),
    [
        ("sales", Filters(), "csv", "report", "Reports: decisions, screening-log, license-register."),
        ("decisions", Filters(), "doc", "format", "Formats: csv, xlsx, json, pdf."),
        ("license-register", Filters(outcome="deny"), "csv", "outcome", "Take the outcome out."),
    ],
)  # fmt: skip
def test_run_refuses_what_there_is_not(
    auditor: User, now: datetime, name: str, filters: Filters, format: str, field: str, remedy: str
) -> None:
    with pytest.raises(Invalid) as refused:
        reports.run(name=name, filters=filters, format=format, by=auditor, at=now)
    assert fields(refused) == {field}
    assert refused.value.blockers[0].remedy == remedy
    assert events("report.exported") == []


# What is logged


def test_run_logs_before_the_first_byte_and_after_the_last(world: World, auditor: User) -> None:
    chunks = reports.run(
        name="decisions", filters=Filters(outcome="return"), format="csv", by=auditor, at=world.now
    )
    (begun,) = events("report.exported")
    assert begun["data"] == {"report": "decisions", "format": "csv", "filters": {"outcome": "return"}}
    assert begun["by"]["name"] == "auditor"
    assert events("report.finished") == []
    content = body(chunks)
    (finished,) = events("report.finished")
    assert finished["data"] == {
        "report": "decisions", "format": "csv", "rows": 1, "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip


def test_run_cut_off_has_no_second_event(
    world: World, auditor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exportctl import exports

    monkeypatch.setattr(exports, "CHUNK", 64)
    chunks = reports.run(name="decisions", filters=Filters(), format="csv", by=auditor, at=world.now)
    next(chunks)
    chunks.close()  # type: ignore[attr-defined]
    assert len(events("report.exported")) == 1
    assert events("report.finished") == []


@pytest.mark.django_db(transaction=True)
def test_run_gives_nothing_when_the_log_cannot_be_written(
    auditor: User, now: datetime, broken_log: Callable[[], Any]
) -> None:
    with broken_log(), pytest.raises(DatabaseError):
        reports.run(name="decisions", filters=Filters(), format="csv", by=auditor, at=now)


# Formats


def content(name: str, format: str, by: User, at: datetime) -> bytes:
    return body(reports.run(name=name, filters=Filters(), format=format, by=by, at=at))


@pytest.mark.parametrize("name", list(reports.REPORTS))
def test_the_four_formats_hold_the_same_rows(world: World, auditor: User, name: str, tmp_path: Path) -> None:
    expected = rows_of(name, auditor)
    titles = [column.title for column in reports.find(name).columns]
    lines = list(csv.reader(io.StringIO(content(name, "csv", auditor, world.now).decode("utf-8-sig"))))
    assert lines[0] == titles
    assert [line[0] for line in lines[1:]] == [
        row["at"].isoformat().replace("+00:00", "Z") if name == "screening-log" else row["number"]
        for row in expected
    ]
    told = json.loads(content(name, "json", auditor, world.now))
    assert told["row_count"] == len(told["rows"]) == len(expected) > 0
    assert [list(row) for row in told["rows"]] == [list(row) for row in expected]
    texts = [text for _, text in sheet_cells(content(name, "xlsx", auditor, world.now)).values()]
    assert all(title in texts for title in titles)
    assert texts.count("Meridian Instruments Inc.") == sum(
        "Meridian Instruments Inc." in row.values() for row in expected
    )
    pages = " ".join(pdf_strings(content(name, "pdf", auditor, world.now)))
    assert reports.find(name).title in pages and "Meridian" in pages


def test_the_same_query_gives_the_same_bytes(world: World, auditor: User) -> None:
    for format in ("csv", "xlsx", "json", "pdf"):
        earlier = content("decisions", format, auditor, world.now)
        assert content("decisions", format, auditor, world.now + timedelta(days=1)) == earlier


def test_money_and_flags_in_csv(world: World, auditor: User) -> None:
    text = content("decisions", "csv", auditor, world.now).decode("utf-8-sig")
    first = next(csv.DictReader(io.StringIO(text)))
    assert (first["Value (USD)"], first["Recorded from the agency"]) == ("215.00", "no")


# The command


def test_command_writes_the_file_and_logs_the_job(world: World, tmp_path: Path) -> None:
    path, out = tmp_path / "decisions.csv", io.StringIO()
    call_command("export_report", "decisions", "--output", str(path), stdout=out)
    assert out.getvalue() == f"Wrote {path} ({path.stat().st_size:,} bytes).\n"
    (finished,) = events("report.finished")
    assert finished["data"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert finished["by"]["name"] == "job:export"
    assert [each.name for each in tmp_path.iterdir()] == ["decisions.csv"]


def test_command_names_the_file_after_report_and_format(
    world: World, auditor: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    call_command(
        "export_report",
        "decisions",
        "--format",
        "json",
        "--as",
        "auditor",
        "--outcome",
        "return",
        stdout=io.StringIO(),
    )
    told = json.loads((tmp_path / "decisions.json").read_text())
    assert [row["outcome"] for row in told["rows"]] == ["return"]
    assert events("report.finished")[0]["by"]["name"] == "auditor"


def test_command_to_standard_output(world: World, capfdbinary: Any) -> None:
    call_command("export_report", "license-register", "--output", "-")
    told = capfdbinary.readouterr().out
    assert told.startswith("\ufeffLicense,Application,".encode())
    assert hashlib.sha256(told).hexdigest() == events("report.finished")[0]["data"]["sha256"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sales"], "There is no report 'sales'. Reports: decisions, screening-log, license-register."),
        (["decisions", "--format", "doc"], "There is no format 'doc'. Formats: csv, xlsx, json, pdf."),
        (["decisions", "--since", "June"], "'June' is not a day. Write it as 2026-08-06."),
        (["decisions", "--as", "nobody"], "There is no active user 'nobody'."),
        (["decisions", "--as", "filer"], "Your roles do not include 'report.export'."),
        (["decisions", "--output", "no/such/folder/x.csv"], "cannot be written"),
    ],
)  # fmt: skip
def test_command_refuses_in_words_and_writes_nothing(
    filer: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CommandError) as refused:
        call_command("export_report", *arguments)
    assert words in str(refused.value)
    assert list(tmp_path.iterdir()) == []
    assert events("report.exported") == []


def test_command_refuses_a_leaver(auditor: User, administrator: User, now: datetime, tmp_path: Path) -> None:
    people.deactivate(user=auditor, reason="Left.", by=administrator, at=now)
    with pytest.raises(CommandError, match="no active user"):
        call_command("export_report", "decisions", "--as", "auditor", "--output", str(tmp_path / "x.csv"))


# The pages


def test_page_index_shows_reports_and_counts_by_outcome(signed: Any, world: World, auditor: User) -> None:
    page = signed(auditor).get("/reports/")
    assert page.status_code == 200
    words = page.content.decode()
    for name in reports.REPORTS:
        assert f"/reports/{name}/?format=xlsx" in words
    chart = page.context["chart"]
    assert [bar.label for bar in chart.bars] == ["2026"]
    assert dict(zip([one.title for one in chart.series], chart.bars[0].values, strict=True)) == {
        "Approved": "0", "With conditions": "1", "In part": "0", "Returned": "1", "No license required": "0",
        "Intent to deny": "0", "Denied": "1",
    }  # fmt: skip


def test_page_index_before_the_first_decision(signed: Any, auditor: User) -> None:
    assert "No decision yet" in signed(auditor).get("/reports/").content.decode()


@pytest.mark.parametrize("name", list(reports.REPORTS))
def test_page_previews_in_words_with_few_queries(signed: Any, world: World, auditor: User, name: str) -> None:
    client = signed(auditor)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = client.get(f"/reports/{name}/")
    assert page.status_code == 200
    assert len(queries) <= 15
    assert "Meridian Instruments Inc." in page.content.decode()
    assert events("report.exported") == []


def test_page_shows_words_not_codes(signed: Any, world: World, auditor: User) -> None:
    page = signed(auditor).get("/reports/decisions/")
    first = {cell.title: cell.text for cell in page.context["rows"][0]}
    assert (first["Outcome"], first["Value (USD)"]) == ("Approve with conditions", "$215")
    assert first["Decided"] == "Jul 31, 2026, 14:00 UTC"
    register = signed(auditor).get("/reports/license-register/").context["rows"][0]
    told = {cell.title: cell.text for cell in register}
    assert (told["Shipped"], told["Last act after issue"]) == ("2.5", "Suspended")


def test_page_filters_and_says_when_nothing_fits(signed: Any, world: World, auditor: User) -> None:
    client = signed(auditor)
    assert len(client.get("/reports/decisions/?outcome=return").context["rows"]) == 1
    assert "No rows" in client.get("/reports/decisions/?since=2030-01-01").content.decode()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("since=nonsense", "&#x27;nonsense&#x27; is not a day."),
        ("outcome=denied", "&#x27;denied&#x27; is no outcome."),
        ("format=doc", "There is no format &#x27;doc&#x27;."),
        ("since=nonsense&format=csv", "Write it as 2026-08-06."),
    ],
)
def test_page_refuses_a_filter_in_words(signed: Any, auditor: User, query: str, words: str) -> None:
    page = signed(auditor).get(f"/reports/decisions/?{query}")
    assert page.status_code == 400
    assert words in page.content.decode()
    assert events("report.exported") == []


def test_download_streams_the_report(signed: Any, world: World, auditor: User) -> None:
    answer = signed(auditor).get("/reports/decisions/?format=csv&outcome=return")
    assert isinstance(answer, StreamingHttpResponse) and answer.streaming
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="decisions.csv"'
    assert events("report.finished") == []
    content = body(answer.streaming_content)
    assert world.returned.number.encode() in content and world.approved.number.encode() not in content
    assert events("report.finished")[0]["data"]["sha256"] == hashlib.sha256(content).hexdigest()


def test_rows_come_through_a_server_side_cursor(world: World, auditor: User) -> None:
    found = reports.find("decisions").rows(Filters(user=auditor))
    next(iter(found))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors WHERE name LIKE '\\_django\\_curs%%'", [])
        assert cursor.fetchone()[0] == 1


def test_pages_are_for_those_who_may_export(signed: Any, client: Any, filer: User, auditor: User) -> None:
    for address in ("/reports/", "/reports/decisions/", "/reports/decisions/?format=csv"):
        assert signed(filer).get(address).status_code == 403
        assert client.get(address).status_code == 302
    assert signed(auditor).get("/reports/sales/").status_code == 404
    assert events("report.exported") == []


def test_a_refusal_no_page_caught_names_blocker_and_remedy(signed: Any, filer: User) -> None:
    page = signed(filer).get("/reports/")
    words = page.content.decode()
    assert "Your roles do not include &#x27;report.export&#x27;." in words
    assert "Licensing officer" in words and "Nothing was changed" in words

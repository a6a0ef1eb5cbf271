"""Rule tables on file: editions read from files, the newest of a day, refusals."""

from __future__ import annotations

import gzip
import io
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from exportctl import people
from exportctl.errors import NotAllowed, Refused
from exportctl.models import Event
from licenses import classifications, rulebook
from licenses.determination.assess import assess
from licenses.determination.case import Result
from licenses.models import RuleTable
from tests import factories

from .determination.cases import KNOWN, question, reading

pytestmark = pytest.mark.django_db


def entry(eccn: str, chart: str = "NS Column 1", **more: Any) -> dict[str, Any]:
    return {
        "eccn": eccn, "heading": "Made for a test", "reasonForControl": "NS, AT",
        "countryChart": [{"control": "NS applies to entire entry", "countryChart": chart},
                         {"control": "AT applies to entire entry", "countryChart": "AT Column 1."}],
        "licenceExceptionFlags": {"LVS": "$5,000", "GBS": "N/A"}, "staSpecialConditions": None,
    } | more  # fmt: skip


def ccl(*entries: dict[str, Any], on: str = "2026-09-01") -> dict[str, Any]:
    return {"ecfr_issue_date": on, "entries": list(entries)}


@pytest.fixture
def load(tmp_path: Path, lists: Any, now: datetime) -> Any:
    def put(data: Any, name: str = "ccl.json", **more: Any) -> RuleTable:
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
        return rulebook.import_file(path=path, by=lists, at=now, **more)

    return put


def result(eccn: str, day: str, destination: str = "SG") -> Result:
    asked = reading.read(question(destination, eccn=eccn, date=day), KNOWN)
    assert asked.on is not None
    return assess(asked.case, rulebook.current(), asked.on).result


def test_import_gives_each_day_its_edition(load: Any) -> None:
    assert result("2A999", "2026-09-01") is Result.NEEDS_REVIEW
    table = load(ccl(entry("2A999"), entry("5A991", "AT Column 1")))
    assert (table.kind, table.edition_on, table.count) == ("ccl", date(2026, 9, 1), 2)
    assert Event.objects.filter(verb="rules.imported", object_id=table.pk).count() == 1
    assert result("2A999", "2026-09-01") is Result.LICENSE_REQUIRED
    assert (
        result("2A999", "2026-08-31") is Result.NEEDS_REVIEW
    )  # the delivered edition of that day has no such entry
    assert result("2A999", "2026-09-01", "CA") is Result.NLR


def test_import_twice_is_once_and_another_content_is_refused(load: Any) -> None:
    first = load(ccl(entry("2A999")))
    assert load(ccl(entry("2A999"))).pk == first.pk
    with pytest.raises(Refused) as refused:
        load(ccl(entry("2A998")))
    assert refused.value.blockers[0].code == "edition_on_file"


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"{}", b'{"entries": []}', b'{"entries": [1], "ecfr_issue_date": "2026-09-01"}',
     json.dumps(ccl(entry("not one"))).encode(),
     json.dumps(ccl(entry("2A999"), on="")).encode(),
     gzip.compress(b"{", mtime=0)[:-4],
     json.dumps({"ecfrIssueDate": "2026-09-01", "countries": {"Atlantis": {}}}).encode()],
)  # fmt: skip
def test_import_refuses_a_file_that_is_no_table(load: Any, data: bytes) -> None:
    with pytest.raises(Refused):
        load(data)
    assert not RuleTable.objects.exists()


def test_import_needs_the_permission(tmp_path: Path, officer: Any, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        rulebook.import_file(path=tmp_path / "x", by=officer, at=now)


def test_imported_chart_never_frees_an_embargoed_destination(load: Any) -> None:
    rows = {
        "Germany": {"marks": [], "footnotes": []},
        "Iran": {"marks": [], "footnotes": []},
        "Cuba": {"marks": ["NS 2"]},
    }
    load({"ecfrIssueDate": "2026-09-01", "countries": rows}, "chart.json")
    assert result("5A991", "2026-09-01", "IR") is Result.LICENSE_REQUIRED
    assert result("5A991", "2026-09-01", "CU") is Result.LICENSE_REQUIRED


def test_import_command_reads_the_real_tables(shared_data: Path, db: None) -> None:
    folder = shared_data / "ear"
    if not folder.is_dir():
        pytest.skip("no rule tables here")
    people.job_user("setup")
    files = ["ccl_2026-07-23.json.gz", "country_chart_2026-07-23.json", "country_groups_2026-07-23.json"]
    out = io.StringIO()
    call_command("import_rules", *[str(folder / name) for name in files], stdout=out)
    assert "Commerce Control List of 2026-07-23, 633 rows" in out.getvalue()
    rules = rulebook.current()
    assert len(rules.entries[-1].rows) == 633
    assert {code for code in rules.chart[0].rows} == set(rules.chart[-1].rows)
    delivered, imported = rules.chart[0].rows, rules.chart[-1].rows
    differ = [code for code, row in delivered.items()
              if (row.marks, row.kind) != (imported[code].marks, imported[code].kind)]  # fmt: skip
    assert differ == []
    groups = rules.groups[-1].rows
    assert {code for code, each in rules.groups[0].rows.items() if each and groups[code] != each} == set()
    assert result("1B101", "2026-08-06", "IR") is Result.LICENSE_REQUIRED
    assert result("0A002", "2026-08-06", "CA") is Result.NEEDS_REVIEW  # its heading points to another agency


def test_import_command_tells_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_rules", str(tmp_path / "none.json"))
    with pytest.raises(CommandError, match="--edition"):
        call_command("import_rules", "x.json", edition="July")


def test_a_changed_entry_reopens_what_was_classified_in_an_earlier_edition(
    load: Any, filer: Any, approver: Any, now: datetime, drain: Any
) -> None:
    def signed(number: str, eccn: str, read: date) -> Any:
        item = factories.make_item(by=filer, part_number=number, eccn="EAR99")
        row = classifications.propose(item=item, eccn=eccn, basis="self", edition_on=read, by=filer, at=now)
        return classifications.sign(classification=row, by=approver, at=now)

    old, new = date(2026, 9, 1), date(2026, 10, 1)
    load(ccl(entry("2A999"), entry("5A991"), entry("3A999")))
    rows = [
        signed("A", "2A999.a", old), signed("B", "2A999", new), signed("C", "5A991", old), signed("D", "3A999", old)
    ]  # fmt: skip
    load(ccl(entry("2A999", "NS Column 2"), entry("5A991"), on="2026-10-01"), "next.json")
    for _ in range(2):
        drain()
        for row in rows:
            row.refresh_from_db()
        assert [row.state for row in rows] == ["reopened", "signed", "signed", "reopened"]
    assert [row.reopened_reason.split(" ", 2)[:2] for row in rows if row.reopened_reason] == [
        ["Entry", "2A999"],
        ["Entry", "3A999"],
    ]
    assert Event.objects.filter(verb="classification.reopened").count() == 2

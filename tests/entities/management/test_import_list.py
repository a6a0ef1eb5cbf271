import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from entities.models import ListSource, ListVersion, Screening
from tests.entities.conftest import el, many
from tests.factories import make_party


def run(*args, **options):
    out, err = StringIO(), StringIO()
    code = 0
    try:
        call_command("import_list", *args, stdout=out, stderr=err, **options)
    except SystemExit as stopped:
        code = stopped.code
    return code, out.getvalue(), err.getvalue()


def test_a_good_file_is_published_and_its_repeat_unchanged(db, write):
    path = write([el("Alpha")])
    code, out, _ = run("csl", str(path), json=True)
    told = json.loads(out)
    assert (code, told["result"], told["version"], told["added"]) == (0, "published", 1, 1)
    code, out, _ = run("csl", str(path), json=True)
    assert (code, json.loads(out)["result"]) == (0, "unchanged")
    assert "Unchanged: csl version 1" in run("csl", str(path))[1]


def test_a_thin_file_is_held_with_exit_3(db, write):
    run("csl", str(write(many(100))))
    code, out, _ = run("csl", str(write(many(50), name="2.json")))
    assert code == 3
    assert "failed: SDN: rows removed: 50 (limit: 20)" in out
    assert "rows of the file (row): 50, +0 -50" in out
    assert "Another person must release it" in out
    assert ListSource.objects.get(pk="csl").current.number == 1


def test_a_broken_file_is_refused_with_exit_4(db, tmp_path):
    path = tmp_path / "broken.csv"
    path.write_text("source,name,shoe_size\n", encoding="utf-8")
    code, out, err = run("csl", str(path))
    assert (code, out.count("\n")) == (4, 1)
    assert out.startswith("  failed: Form of the file: line 1, column")
    assert err.startswith("Refused: broken.csv, line 1, column")
    code, out, _ = run("csl", str(tmp_path / "nowhere.csv"), json=True)
    told = json.loads(out)
    assert (code, told["result"], told["source"], told["file"]) == (4, "refused", "csl", "nowhere.csv")
    assert [(one["check"], one["passed"]) for one in told["verdict"]] == [("Form of the file", False)]
    assert ListVersion.objects.count() == 0


def test_a_person_may_be_named_and_needs_the_role(db, write, lists, officer):
    path = str(write([el("Alpha")]))
    assert run("csl", path, by="officer")[0] == 4
    run("csl", path, by="lists")
    assert ListVersion.objects.get().imported_by == lists
    with pytest.raises(CommandError, match="No active user ghost"):
        run("csl", path, by="ghost")
    with pytest.raises(CommandError, match="Unknown source moon"):
        run("moon", path)


def test_house_entries_come_from_a_csv_file(db, tmp_path, officer, approver):
    path = tmp_path / "letters.csv"
    head = "name,effect,effective_on,citation,confidential\n"
    path.write_text(f"{head}Zorvan Trading,IS_INFORMED,2026-08-01,BIS letter,yes\n", encoding="utf-8")
    code, out, _ = run("house", str(path), json=True, by="officer")
    told = json.loads(out)
    assert (code, told["result"], told["version"], told["rows"], told["added"]) == (0, "published", 1, 1, 1)
    assert ListVersion.objects.get().imported_by == officer
    code, out, _ = run("house", str(path))
    assert (code, out.split(",")[0][:29]) == (0, "Unchanged: house version 1 of")
    path.write_text(f"{head}Zorvan Trading,NO,2026-08-01,BIS letter,yes\n,RED_FLAG,,,\n", encoding="utf-8")
    code, out, err = run("house", str(path))
    assert (code, out.count("failed: invalid: letters.csv, line")) == (4, 3)
    assert err.splitlines() == [
        "Refused: letters.csv, line 2, column effect: say what the entry does. One of: IS_INFORMED, RED_FLAG.",
        "Refused: letters.csv, line 3, column name: the name is missing. Give the name of the party.",
        "Refused: letters.csv, line 3, column effective_on: the effective day is missing. "
        "Give the day it takes effect.",
    ]
    code, out, _ = run("house", str(path), json=True)
    assert (code, json.loads(out)["result"], len(json.loads(out)["reasons"])) == (4, "refused", 3)
    assert run("house", str(tmp_path / "nowhere.csv"))[0] == 4
    assert run("house", str(path), by="approver")[0] == 4
    assert ListVersion.objects.count() == 1


class Terminal(StringIO):
    def isatty(self):
        return True


def test_progress_is_shown_on_a_terminal_and_wiped(db, write):
    path, err = write([el(f"Firm {n}") for n in range(900)]), Terminal()
    call_command("import_list", "csl", str(path), stdout=StringIO(), stderr=err)
    said = err.getvalue()
    assert "csl: 100 % of 0.3 MB read" in said
    assert "csl: 900 rows, comparing" in said
    assert said.endswith("\r\x1b[K")
    _, out, quiet = run("csl", str(path))
    assert quiet == ""
    assert out.startswith("Unchanged")


def test_the_whole_screening_list_imports_and_rescreens(shared_data, officer, now, drain):
    path = shared_data / "csl" / "csl_2026-07-31_projection.json.gz"
    if not path.exists():
        pytest.skip("the whole Consolidated Screening List is not here")
    for number in range(15):
        make_party(by=officer, at=now, name=f"Customer {number} Maschinenbau GmbH")
    code, out, _ = run("csl", str(path), json=True)
    told = json.loads(out)
    drain()
    assert (code, told["result"], told["rows"]) == (0, "published", 25_773)
    assert (
        Screening.objects.filter(error="", world__contains="csl 1").values("party").distinct().count() == 15
    )
    assert run("csl", str(path))[1].startswith("Unchanged: csl version 1 of")

"""Real files of every source through the gate: rows, differences and the order of the two OFAC days."""

from __future__ import annotations

from datetime import date

import pytest

from entities import lists
from entities.formats import FORMATS, packed
from entities.models import ListSource
from exportctl import people
from exportctl.errors import Invalid

from .real_files import two_sdn_days


@pytest.fixture
def bring(db, shared_data, now):
    lists.ensure_sources()

    def run(source, path, on):
        file = shared_data / path
        if not file.exists():
            pytest.skip(f"{path} is not here")
        return lists.stage(
            source=ListSource.objects.get(pk=source), path=file, by=people.job_user("import"), at=now,
            effective_on=date.fromisoformat(on),
        )  # fmt: skip

    return run


@pytest.fixture
def sdn_days(shared_data, tmp_path):
    """Two real days of addresses and aliases; the main file, which is not at hand, with made-up names."""
    source = shared_data / "ofac_sdn"
    if not source.exists():
        pytest.skip("the OFAC files are not here")
    return two_sdn_days(source, tmp_path)


def test_two_real_days_of_the_sdn_list(bring, sdn_days):
    first = bring("ofac_sdn", sdn_days / "2025-01-03", "2025-01-03")
    assert first.state == "published"
    assert bring("ofac_sdn", sdn_days / "2025-01-03", "2025-01-04") == first
    second = bring("ofac_sdn", sdn_days / "2025-01-06", "2025-01-06")
    gained = {"names": 0, "addresses": 0}
    for change in lists.difference(second, limit=1000):
        for one in change.fields:
            if one["field"] in gained:
                gained[one["field"]] += len(one["after"]) - len(one["before"])
    assert (second.state, second.added, second.removed) == ("published", 0, 0)
    assert gained == {"names": 21, "addresses": 35}  # 9 of the 44 new address rows hold no address
    rows = {part: (one["rows"], one["added"], one["removed"]) for part, one in second.source_rows.items()}
    assert (rows["alias"], rows["address"]) == ((19486, 21, 0), (22641, 44, 0))
    assert rows["comment"] == (1, 0, 0) and rows["entry"][1:] == (0, 0)


def test_a_set_without_its_main_file_is_refused(bring, sdn_days):
    (sdn_days / "2025-01-03" / "sdn.csv").unlink()
    with pytest.raises(Invalid, match="holds no sdn"):
        bring("ofac_sdn", sdn_days / "2025-01-03", "2025-01-03")


def test_the_real_un_list_of_two_days_loses_and_gains_eight(bring):
    first = bring("un", "un/UN_consolidated_2018-06-08.xml.gz", "2018-06-08")
    second = bring("un", "un/UN_consolidated_2018-08-27.xml.gz", "2018-08-27")
    assert (second.state, second.added, second.removed, second.rows) == ("published", 8, 8, first.rows)


def test_the_real_denied_persons_of_two_days(bring):
    """The rows of the file, who, where and how long: 75 in, 68 out; 19 persons in, 11 out."""
    first = bring("dpl", "bis_dpl/dpl_2018-08-17.txt", "2018-08-17")
    second = bring("dpl", "bis_dpl/dpl_2019-06-29.txt", "2019-06-29")
    assert first.source_rows["row"] == {"rows": 539, "added": 539, "removed": 0}
    assert second.source_rows["row"] == {"rows": 546, "added": 75, "removed": 68}
    assert (second.state, second.added, second.removed, second.rows) == ("published", 19, 11, 459)


@pytest.mark.parametrize(
    ("source", "path", "rows", "entries"),
    [
        ("ofac_cons", "ofac_cons/2018-05-27/consolidated.xml.gz", 639, 639),
        ("ofac_cons", "ofac_cons/2025-12-19", 442, 448),
        ("dpl", "bis_dpl/dpl_2023-11-30.txt", 665, 581),
        ("un", "un/UN_consolidated_2026-02-27.xml.gz", 1003, 1003),
        ("dtc", "state_dtc/itar_debarred_2014-07-14.csv", 525, 521),
        ("dtc", "state_dtc/itar_debarred_2018-01-24.csv", 515, 511),
        ("isn", "state_isn/isn_2014-10-27.csv", 462, 367),
        ("isn", "state_isn/isn_2016-07-22.csv", 203, 176),
        ("bis", "ita_source_samples/el_el.csv", 18, 5),
        ("bis", "ita_source_samples/uvl_uvl.csv", 19, 13),
    ],
)
def test_real_files_have_the_rows_that_are_told_of_them(bring, source, path, rows, entries):
    version = bring(source, path, "2026-08-01")
    part = "entry" if source == "ofac_cons" else "row"
    assert (version.state, version.source_rows[part]["rows"], version.rows) == ("published", rows, entries)


def test_packed_keeps_equal_files_as_equal_bytes(shared_data, tmp_path):
    folder = shared_data / "ofac_cons" / "2025-12-19"
    if not folder.exists():
        pytest.skip("the OFAC files are not here")
    with packed(folder, "ofac_cons") as one, packed(folder, "ofac_cons") as two:
        assert one.read_bytes() == two.read_bytes()
    assert set(FORMATS) <= {code for code, *_ in lists.SOURCES}

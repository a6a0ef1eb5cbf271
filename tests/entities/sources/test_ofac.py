"""OFAC's lists: where their files are found and which lists an entry stands on."""

from __future__ import annotations

import os
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from entities.sources import ofac, ofac_delimited

from .ofac_files import CONS, NAMES, NULL, prim, refused, write

SHARED = Path(os.environ.get("EXPORTCTL_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data"))
real = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared data folder {SHARED} is absent")


def test_read_codes_hong_kong_however_it_is_written(tmp_path: Path) -> None:
    add = [f'306,{n},"1 Quay Road","{city}","{country}",{NULL}' for n, (city, country) in enumerate(
        [("Kowloon", "Hong Kong"), ("Hong Kong", "China"), ("Beijing", "China"), ("", "undetermined")])]  # fmt: skip
    for rows, codes in ((add[:1], ("HK",)), (add[1:2], ("CN", "HK")), (add[2:3], ("CN",)), (add[3:], ())):
        (found,) = ofac.read(write(tmp_path, [prim()], add=rows))
        assert found.countries == codes


@pytest.mark.parametrize(
    ("program", "remarks", "lists"),
    [
        ("UKRAINE-EO13662", "", ["SSI"]),
        ("UKRAINE-EO13662] [RUSSIA-EO14024", "Effective Date (EO 14024 Directive 2): 26 Mar 2022", ["SSI"]),
        (
            "UKRAINE-EO13662] [RUSSIA-EO14024",
            "Effective Date (EO 14024 Directive 3): 26 Mar 2022",
            ["SSI", "MBS"],
        ),
        ("RUSSIA-EO14024", "", ["MBS"]),
        ("CAATSA - RUSSIA", "", ["MBS"]),
        ("CMIC-EO13959", "", ["CMIC"]),
        ("SDGT] [NS-PLC", "", ["PLC"]),
        ("561-Related", "", ["CAP"]),
        ("561List", "", ["CAP"]),
        ("SYRIA] [FSE-SY", "", ["FSE"]),
    ],
)
def test_read_puts_a_non_sdn_entry_on_its_lists(
    tmp_path: Path, program: str, remarks: str, lists: list[str]
) -> None:
    found = list(ofac.read(write(tmp_path, [prim(program=program, remarks=remarks)], names=CONS)))
    assert [r.source_list for r in found] == lists
    assert [r.key for r in found] == [f"{code}:306" for code in lists]


def test_read_starts_a_listing_on_its_effective_date(tmp_path: Path) -> None:
    text = (
        "Effective Date (CMIC) 02 Aug 2021; Purchase/Sales For Divestment Date (CMIC) 03 Jun 2022; "
        "Listing Date (CMIC) 03 Jun 2021"
    )
    (found,) = ofac.read(write(tmp_path, [prim(program="CMIC-EO13959", remarks=text)], names=CONS))
    assert found.start_on == date(2021, 8, 2)
    assert found.details == (
        ("Effective Date (CMIC)", "02 Aug 2021"), ("Purchase/Sales For Divestment Date (CMIC)", "03 Jun 2022"),
        ("Listing Date (CMIC)", "03 Jun 2021"),
    )  # fmt: skip
    text = "Effective Date (EO 14024 Directive 2): 26 Feb 2022; Effective Date (EO 14024 Directive 3): 26 Mar 2022."
    rows = [prim(program="UKRAINE-EO13662] [RUSSIA-EO14024", remarks=text)]
    assert [r.start_on for r in ofac.read(write(tmp_path, rows, names=CONS))] == [None, date(2022, 3, 26)]


def test_read_refuses_a_program_of_no_known_list(tmp_path: Path) -> None:
    rows = [prim(program="NS-PLC"), prim(307, program="NEW-EO99999")]
    error = refused(write(tmp_path, rows, names=CONS))
    assert (error.line, error.field) == (2, "program")
    assert "NEW-EO99999" in error.reason and "list table" in error.remedy


def test_read_refuses_the_one_list_as_the_other(tmp_path: Path) -> None:
    assert refused(write(tmp_path / "a", [prim()], names=CONS)).field == "program"
    assert "non-SDN" in refused(write(tmp_path / "b", [prim(program="NS-PLC")])).reason


def test_read_takes_a_folder_its_main_file_and_the_set(tmp_path: Path) -> None:
    folder = write(tmp_path, [prim()])
    paths = tuple(folder / name for name in NAMES.values())
    expected = list(ofac.read(folder))
    assert expected == list(ofac.read(folder / "sdn.csv")) == list(ofac.read(list(reversed(paths))))
    assert ofac.files(folder) == paths
    assert ofac.published_on(folder) is None
    upper = tmp_path / "upper"
    write(upper, [prim()], names={part: name.upper() for part, name in NAMES.items()}, mark=b"")
    assert list(ofac.read(upper)) == expected


@pytest.mark.parametrize("part", ["add", "alt", "comments"])
def test_read_refuses_a_set_that_lacks_a_file(tmp_path: Path, part: str) -> None:
    folder = write(tmp_path, [prim()])
    (folder / NAMES[part]).unlink()
    assert f"lacks {NAMES[part]}" in refused(folder).reason
    assert f"lacks {NAMES[part]}" in refused(folder / "sdn.csv").reason


def test_read_refuses_what_it_cannot_tell(tmp_path: Path) -> None:
    assert "holds no" in refused(tmp_path).reason
    folder = write(tmp_path, [prim()])
    assert "not the main file" in refused(folder / "alt.csv").reason
    (folder / "sdn.del").write_bytes((folder / "sdn.csv").read_bytes())
    assert "more than one sdn" in refused(folder).reason
    (folder / "sdn.del").unlink()
    write(folder, [prim(program="NS-PLC")], names=CONS)
    assert "holds both" in refused(folder).reason
    assert [r.source_list for r in ofac.read(folder, which="cons")] == ["PLC"]
    assert "cannot be opened" in refused(tmp_path / "none" / "sdn.csv").reason


@real
def test_read_reads_the_real_sdn_files_whole() -> None:
    folder = SHARED / "ofac_sdn" / "2021-07-07"
    found = list(ofac.read(folder))
    assert Counter(r.kind for r in found) == {
        "individual": 4620, "organization": 3673, "vessel": 406, "aircraft": 277,
    }  # fmt: skip
    assert len({r.key for r in found}) == len(found) == 8976
    assert sum(1 for _ in ofac_delimited.aliases(folder / "alt.csv.gz")) == 11910
    assert sum(1 for _ in ofac_delimited.addresses(folder / "add.csv.gz")) == 13837
    assert sum(1 for _ in ofac_delimited.rows(folder / "sdn_comments.csv.gz", "comments")) == 5
    by_key = {r.key: r for r in found}
    assert ("BNC", "weak") in by_key["SDN:306"].names
    assert ("khaleesi", "weak") in by_key["SDN:28264"].names  # told in the overflow alone


@real
def test_read_puts_the_real_non_sdn_entries_on_the_lists_of_the_consolidated_list() -> None:
    folder = SHARED / "ofac_cons" / "2025-12-19"
    assert sum(1 for _ in ofac.entries(folder)) == 442
    assert Counter(r.source_list for r in ofac.read(folder)) == {
        "SSI": 286, "PLC": 78, "CMIC": 68, "MBS": 15, "CAP": 1,
    }  # fmt: skip
    counts = {part: sum(1 for _ in ofac_delimited.rows(folder / f"cons_{part}.csv", part)) for part in NAMES}
    assert counts == {"prim": 442, "add": 574, "alt": 1073, "comments": 10}

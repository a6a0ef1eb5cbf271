"""The lists of the Department of State in all their layouts, and files that must be refused."""

from __future__ import annotations

import gzip
import io
import os
import random
from datetime import date
from pathlib import Path

import pytest

from entities.sources import state
from entities.sources.record import BadSource, ListedRecord
from entities.sources.wording import issues, names_of

SHARED = Path(os.environ.get("EXPORTCTL_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data"))
real = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared data folder {SHARED} is absent")
DTC_2014 = (
    'Corp,"Debarred Party Full Name","Debarred Party Surname/Corporate Name","Debarred Party Given Names",Alias,'
    'Type,"Date of Birth - PUBLIC RELEASE",Notice Date,Notice,Eff. Date,"Corrected Notice","Corrected Notice Date"'
)
DTC_2017 = (
    "Debarred Party Full Name and Alias,Date of Birth,Notice,Notice Date,"
    '"Corrected Notice","Corrected Notice Date"'
)
DTC_PARTY = (
    "Party Name,Date Of Birth,Federal Register Notice,Notice Date,Corrected Notice,Corrected Notice Date"
)
ISN_7 = "Programs,Name,Address,Country,Federal Register Notice,Effective Date,Date Lifted/Waived/Expired"
ISN_9 = (
    "Source List,Programs,Name,Alternative Names,Country,Federal Register Notice,Effective Date,Remarks/Notes,"
    "Web Link"
)
ISN_31 = (
    "Source List,Entity Number,SDN Type,Programs,Name,Title,Address,City,State/Province,Postal Code,Country,"
    "Federal Register Notice,Effective Date,Date Lifted/Waived/Expired,Standard Order,License Requirement,"
    "License Policy,Call Sign,Vessel Type,Gross Tonnage,Gross Register Tonnage,Vessel Flag,Vessel Owner,"
    "Remarks/Notes,Address Number,Address Remarks,Alternate Number,Alternate Type,Alternate Name,"
    "Alternate Remarks,Web Link"
)


def dtc(text: str | bytes) -> list[ListedRecord]:
    return list(state.read_dtc(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def isn(text: str | bytes) -> list[ListedRecord]:
    return list(state.read_isn(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def refused(text: str | bytes, *, of: str = "dtc") -> BadSource:
    with pytest.raises(BadSource) as caught:
        (dtc if of == "dtc" else isn)(text)
    return caught.value


def test_read_dtc_reads_the_layout_of_2014() -> None:
    person, company = dtc(
        f"{DTC_2014}\n"
        ',"Rondel, Ana",Rondel,Ana,Anna R.; An Ron,Statutory,"October, 1983",7/24/2012,77 FR 43414,6/1/2012,'
        "79 FR 35210,6/19/2014\n"
        'x,"Rondel Air, Inc.","Rondel Air, Inc.",,"(a.k.a. Pasa Aero; Rondel, Ltd.)",Administrative,,'
        "2/24/2004,69 FR 8511,3/21/805,,\n"
    )
    assert (person.kind, person.name, person.key) == ("individual", "Rondel, Ana", "DTC:rondel ana:")
    assert person.names[1:] == (("Anna R.", "alias"), ("An Ron", "alias"))
    assert (person.birth_dates, person.start_on) == (("1983-10",), date(2012, 6, 1))
    assert person.citations == ("77 FR 43414", "79 FR 35210")
    assert dict(person.details)["Notice date"] == "2012-07-24"
    assert (company.kind, company.start_on) == ("organization", date(2004, 2, 24))
    assert company.names[1:] == (("Pasa Aero", "alias"), ("Rondel, Ltd.", "alias"))
    assert dict(company.details)["Effective date as written"] == "3/21/805"
    assert dict(company.details)["Debarment"] == "Administrative"


@pytest.mark.parametrize("header", [DTC_2017, DTC_PARTY])
def test_read_dtc_reads_the_later_layouts(header: str) -> None:
    (found,) = dtc(
        f'{header}\r\n"Rondel, Ana (a.k.a. Anna R.; An Ron)","May, 1970",57 FR 43768,9/22/1992,57 FR 37184,8/18/1992'
        "\r\n"
    )
    assert found.names == (("Rondel, Ana", "primary"), ("Anna R.", "alias"), ("An Ron", "alias"))
    assert (found.kind, found.birth_dates, found.start_on) == ("", ("1970-05",), date(1992, 9, 22))
    assert dict(found.details)["Corrected notice"] == "57 FR 37184 8/18/1992"
    assert dict(found.details)["Name as written"] == "Rondel, Ana (a.k.a. Anna R.; An Ron)"


def test_read_dtc_gives_one_party_the_same_key_in_every_layout() -> None:
    (old,) = dtc(f'{DTC_2014}\n,"Rondel, Ana",Rondel,Ana,An Ron,Statutory,,7/24/2012,77 FR 43414,,,\n')
    (new,) = dtc(f'{DTC_2017}\n"Rondel, Ana (a.k.a. An Ron)",,77 FR 43414,7/24/2012,,\n')
    assert (old.key, old.names) == (new.key, new.names)


def test_read_dtc_merges_two_debarments_of_a_party() -> None:
    (found,) = dtc(
        f"{DTC_2017}\nRondel Corp.,,58 FR 50382,9/27/1993,,\nRondel Corp.,,59 FR 5664,2/7/1994,,\n"
    )
    assert (found.rows, found.citations, found.start_on) == (
        2,
        ("58 FR 50382", "59 FR 5664"),
        date(1993, 9, 27),
    )


@pytest.mark.parametrize(
    ("written", "birth"),
    [
        ("x/x/1942", "1942"),
        ("October, 1983", "1983-10"),
        ("5/6/1970", "1970-05-06"),
        ("about 1950", "about 1950"),
    ],
)
def test_read_dtc_keeps_birth_dates_as_precise_as_they_are(written: str, birth: str) -> None:
    (found,) = dtc(f'{DTC_2017}\nRondel,"{written}",57 FR 1296,1/13/1992,,\n')
    assert found.birth_dates == (birth,)


def test_read_isn_reads_the_layout_of_7_columns() -> None:
    active, lifted, odd = isn(
        f"{ISN_7}\r\n"
        'E.O. 13382,"Rondel Works (China) [also know as: Rondel Ltd.; Old, Co., Ltd.; and Rondel Two]",,,'
        '"Vol. 70, No. 126, 07/01/05",6/28/2005,\r\n'
        'E.O. 12938,Quay Group (AIO),,,"Vol. 72, No. 186, 09/26/07",9/26/2007,9/26/2009\r\n'
        'INKSNA,Hill Bureau,,,"Vol. 68, No. 182, 09/19/03; Vol. 72, No. 55, 03/22/07",N/A,Waived on 9/19/03\r\n'
    )
    assert active.name == "Rondel Works"
    assert [text for text, _ in active.names[1:]] == ["Rondel Ltd.", "Old, Co., Ltd.", "Rondel Two"]
    assert (active.countries, active.end_on) == (("CN",), None)
    assert (lifted.name, lifted.end_on) == ("Quay Group (AIO)", date(2009, 9, 26))
    assert (odd.start_on, odd.end_on) == (None, None)
    assert dict(odd.details)["Lifted, waived or expired"] == "Waived on 9/19/03"
    assert odd.citations == ("Vol. 68, No. 182, 09/19/2003", "Vol. 72, No. 55, 03/22/2007")


def test_read_isn_reads_the_layout_of_9_columns() -> None:
    (found,) = isn(
        f'{ISN_9}\nISN,INKSNA,Rondel Plant,Rondel One; R. P.,Russia,"Vol. 81, No. 128, 07/05/16",6/28/2016,a note,u\n'
        f"{',' * 8}\n"
        f'ISN,E.O. 13382,Rondel Plant,,Russia,"Vol. 74, No. 11, 01/16/09",1/9/2009,,u\n'
    )
    assert (found.countries, found.programs, found.rows) == (("RU",), ("INKSNA", "E.O. 13382"), 2)
    assert found.names[1:] == (("Rondel One", "alias"), ("R. P.", "alias"))
    assert (found.start_on, found.remarks, found.source_url) == (date(2009, 1, 9), "a note", "u")


def test_read_isn_parts_alternative_names_at_commas_or_semicolons() -> None:
    names = '"TCO, Zanvor Trade Co., Ltd., F.K.A. Office of Rondel (OR), Rondels"'
    found = isn(f"{ISN_9}\nISN,INKSNA,Rondel,{names},Iran,x,1/1/2016,,u\n")[0]
    assert found.names[1:] == (
        ("TCO", "alias"), ("Zanvor Trade Co., Ltd.", "alias"), ("Office of Rondel (OR)", "former"),
        ("Rondels", "alias"),
    )  # fmt: skip
    found = isn(f'{ISN_9}\nISN,INKSNA,Rondel,"TCO, Iran; Rondels",Iran,x,1/1/2016,,u\n')[0]
    assert found.names[1:] == (("TCO, Iran", "alias"), ("Rondels", "alias"))


def test_read_isn_reads_the_layout_of_31_columns() -> None:
    (found,) = isn(
        f"{ISN_31}\n"
        'ISN,,,Export-Import Bank Act, Rondel  Plant,,"1 Quay, Pier 2",Aktau,,0300,KZ,"Vol. 64, No. 240 12/15/99",'
        '11/17/1999,,,,,,,,,,," \nProcurement ban ended 02/03",,,,fka,Old Plant,,u\n'
    )
    assert (found.name, found.countries, found.key) == ("Rondel Plant", ("KZ",), "ISN:rondel plant:KZ")
    assert found.names[1:] == (("Old Plant", "former"),)
    assert (found.addresses[0].text, found.addresses[0].city) == ("1 Quay, Pier 2, Aktau, 0300, KZ", "Aktau")
    assert found.remarks == "Procurement ban ended 02/03"
    assert found.citations == ("Vol. 64, No. 240, 12/15/1999",)


def test_read_isn_ends_a_party_only_when_every_act_has_ended() -> None:
    lifted = 'INKSNA,Rondel,,,"Vol. 72, No. 3, 1/5/07",12/28/2006,12/28/2008'
    later = 'ISNA,Rondel,,,"Vol. 72, No. 3, 1/5/07",12/28/2006,1/1/2010'
    active = 'E.O. 13382,Rondel,,,"Vol. 70, No. 126, 07/01/05",6/28/2005,'
    assert isn(f"{ISN_7}\n{lifted}\n{later}\n")[0].end_on == date(2010, 1, 1)
    assert isn(f"{ISN_7}\n{lifted}\n{active}\n{later}\n")[0].end_on is None


@pytest.mark.parametrize(
    ("text", "citations"),
    [
        ("Vol. 83, No. 91, 05/10/2018", ("Vol. 83, No. 91, 05/10/2018",)),
        ("Vol. 72, No. 3, 1/5/07", ("Vol. 72, No. 3, 01/05/2007",)),
        ("Vol.77, No.142, 7/24/2012", ("Vol. 77, No. 142, 07/24/2012",)),
        ("Vol .74, No. 8, 01/13/09", ("Vol. 74, No. 8, 01/13/2009",)),
        ("Vol. 80, No. 170, 09/02/15, Vol. 80; No. 207, 10/27/15",
         ("Vol. 80, No. 170, 09/02/2015", "Vol. 80, No. 207, 10/27/2015")),
        ("Vol. 73, No. 206 10/23/08 and Vol. 75, No. 98 5/21/10",
         ("Vol. 73, No. 206, 10/23/2008", "Vol. 75, No. 98, 05/21/2010")),
        ("Vol. 70, No. 185, 9/26/05; Vol, 71, no. 53, 3-20-06",
         ("Vol. 70, No. 185, 09/26/2005", "Vol. 71, No. 53, 03/20/2006")),
        ("Notice 2061,Vol. 59, No. 165, 8/26/94", ("Notice 2061, Vol. 59, No. 165, 08/26/1994",)),
        ("Vol. 80, No. 170, 09/02/34,; Vol. 81, No. 128, 07/05/2016",
         ("Vol. 80, No. 170, 09/02/34", "Vol. 81, No. 128, 07/05/2016")),
        ("Notice 2143; 11/21/94", ("Notice 2143; 11/21/94",)),
        ("Vol. 79, No. 184 FR Press Release", ("Vol. 79, No. 184 FR Press Release",)),
        ("84 FR 22961; 85 FR 1000", ("84 FR 22961", "85 FR 1000")),
        ("", ()),
    ],
)  # fmt: skip
def test_issues_reads_citations_by_volume_and_number(text: str, citations: tuple[str, ...]) -> None:
    assert issues(text) == citations


@pytest.mark.parametrize(
    ("text", "name", "aliases"),
    [
        ("X Bureau [aka Y]; and any successor, sub-unit, or subsidiary thereof", "X Bureau", ["Y"]),
        ("X Bureau (XB) [a.k.a. Y (YZ), aka Z] and any successor", "X Bureau (XB)", ["Y (YZ)", "Z"]),
        ("X Bureau and any subsidiary thereof", "X Bureau", []),
        ("Korea X Trading AKA: Korea Y Trading", "Korea X Trading", ["Korea Y Trading"]),
        ("X (aka A Co., Ltd., the B Company, and the C Company)", "X",
         ["A Co., Ltd.", "the B Company", "the C Company"]),
        ("X [also known as: A; B", "X", ["A", "B"]),
        ("Li Fangwei (aka Karl Ron)", "Li Fangwei", ["Karl Ron"]),
        ("150th Repair Plant (ARZ) (Quay)", "150th Repair Plant (ARZ) (Quay)", []),
    ],
)  # fmt: skip
def test_names_of_takes_alias_lists_and_successors_off(text: str, name: str, aliases: list[str]) -> None:
    found, also = names_of(text)
    assert (found, [a for a, _ in also]) == (name, aliases)


def test_read_isn_reads_windows_1252_and_the_blank_of_dos() -> None:
    text = f"{ISN_7}\r\nINKSNA,Xi\u2019an 7th".encode("cp1252") + b"\xffof Quay"
    (found,) = isn(text + b',,,"Vol. 72, No. 3, 1/5/07",12/28/2006,\r\n')
    assert found.name == "Xi\u2019an 7th of Quay"


def test_read_takes_bom_gzip_and_a_repeated_header() -> None:
    text = f'\ufeff{DTC_2017}\r\n"Rondel, Ana",,57 FR 1296,1/13/1992,,\r\n{DTC_2017}\r\n'
    text += ",,,,,\r\nTwo,,57 FR 1,1/1/1992,,"
    assert [r.name for r in dtc(gzip.compress(text.encode()))] == ["Rondel, Ana", "Two"]


@pytest.mark.parametrize(
    ("text", "of", "line", "field"),
    [
        (f"{DTC_2017},Mood\nRondel,,57 FR 1296,1/13/1992,,,x\n", "dtc", 1, "Mood"),
        (DTC_2017.replace("Notice Date,", "", 1) + "\nRondel,,57 FR 1296,,\n", "dtc", 1, "notice date"),
        (f"{DTC_2017},Party Name\nRondel,,57 FR 1296,1/13/1992,,,x\n", "dtc", 1, "Party Name"),
        (f"{DTC_2017}\nRondel,,57 FR 1296,1/13/1992,,,x\n", "dtc", 2, "Corrected Notice Date"),
        (f"{DTC_2017}\nRondel,,57 FR 1296\n", "dtc", 2, "Notice Date"),
        (f"{DTC_2017}\n,,57 FR 1296,1/13/1992,,\n", "dtc", 2, "name"),
        (f"{DTC_2017}\nRondel,,57 FR 1296,13/13/1992,,\n", "dtc", 2, "Notice Date"),
        (f"{ISN_7}\nINKSNA,,,,x,12/28/2006,\n", "isn", 2, "Name"),
        (f"{ISN_7}\nINKSNA,Rondel,,,x,soon,\n", "isn", 2, "Effective Date"),
        (f"{ISN_9}\nEL,INKSNA,Rondel,,Russia,x,1/1/2016,,u\n", "isn", 2, "Source List"),
        (f"{ISN_9}\n\nISN,INKSNA,Rondel,,Russia,x,1/1/2016,,u", "isn", 3, "Web Link"),
        (DTC_2017 + "\nRondel,,57 FR 1296,1/13/1992,,\n", "isn", 1, "Debarred Party Full Name and Alias"),
        (ISN_7 + "\nINKSNA,Rondel,,,x,1/1/2016,\n", "dtc", 1, "Programs"),
    ],
)
def test_read_refuses_by_line_and_field(text: str, of: str, line: int, field: str) -> None:
    error = refused(text, of=of)
    assert (error.line, error.field) == (line, field)
    assert error.remedy


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"), (b"\n\n", "no rows"), (DTC_2017.encode() + b"\n", "no rows"),
        (f"{DTC_2017}\nRon\0del,,57 FR 1296,1/13/1992,,\n".encode(), "NUL"),
        (f'{DTC_2017}\n"Rondel,,57 FR 1296'.encode(), "ends too early"),
        (f"{DTC_2017}\n".encode() + b"Ron\x9ddel,,57 FR 1296,1/13/1992,,\n", "0x9d"),
        (b"PK\x03\x04....", "zip"),
    ],
)  # fmt: skip
def test_read_refuses_what_is_no_list(data: bytes, said: str) -> None:
    assert said in str(refused(data))
    assert said in str(refused(data.replace(DTC_2017.encode(), ISN_7.encode()), of="isn"))


def test_read_never_crashes_on_mutants() -> None:
    draw = random.Random(11)
    texts = [
        f'{DTC_2014}\n,"Rondel, Ana",Rondel,Ana,An,Statutory,"May, 1970",7/24/2012,77 FR 4,,,\n'.encode(),
        f'{ISN_7}\nINKSNA,Rondel [aka R; S] and any successor,,,"Vol. 72, No. 3, 1/5/07",12/28/2006,\n'.encode(),
    ]
    for _ in range(400):
        data = bytearray(draw.choice(texts))
        for _ in range(draw.randrange(1, 6)):
            at = draw.randrange(len(data))
            data[at : at + draw.randrange(3)] = draw.choice(
                [b'"', b"\0", b"\n", b",", b"\xff", b"[aka ", b"x" * 50]
            )
        for read in (dtc, isn):
            try:
                read(bytes(data))
            except BadSource as error:
                assert str(error)


@real
@pytest.mark.parametrize(
    ("name", "rows", "parties"),
    [
        ("state_dtc/itar_debarred_2014-07-14.csv", 525, 521),
        ("state_dtc/itar_debarred_2017-04-17.csv", 516, 512),
        ("state_dtc/itar_debarred_2018-01-24.csv", 515, 511),
        ("ita_source_samples/dtc_itar_debarred_parties.csv", 4, 4),
    ],
)
def test_read_dtc_reads_the_real_files(name: str, rows: int, parties: int) -> None:
    merged = list(state.read_dtc(SHARED / name))
    assert len(list(state.read_dtc_rows(SHARED / name))) == rows
    assert (len(merged), sum(r.rows for r in merged)) == (parties, rows)
    assert all(r.start_on and r.citations for r in merged)
    assert not [r.name for r in merged if "a.k.a" in r.name]


@real
def test_read_dtc_gives_the_real_deltas_over_a_change_of_layout() -> None:
    years = ("2014-07-14", "2017-04-17", "2018-01-24")
    old, middle, new = (
        {r.key: r for r in state.read_dtc(SHARED / "state_dtc" / f"itar_debarred_{day}.csv")} for day in years
    )
    gone = {old[key].name for key in old.keys() - middle.keys()}
    came = {middle[key].name for key in middle.keys() - old.keys()}
    assert "Elint, S.A." in gone
    assert len(middle) - len(old) == len(came) - len(gone) == -9
    assert [middle[key].name for key in middle.keys() - new.keys()] == ["Pratt & Whitney Canada Corporation"]
    assert not new.keys() - middle.keys()
    assert all(middle[key].row_hash == new[key].row_hash for key in new)


@real
@pytest.mark.parametrize(
    ("name", "rows", "parties", "ended"),
    [
        ("state_isn/isn_2014-10-27.csv", 462, 367, 83),
        ("state_isn/isn_2015-08-11.csv", 153, 130, 0),
        ("state_isn/isn_2015-09-04.csv", 176, 150, 0),
        ("state_isn/isn_2015-11-30.csv", 180, 152, 0),
        ("state_isn/isn_2016-07-22.csv", 203, 176, 0),
        ("ita_source_samples/isn_isn.csv", 5, 3, 0),  # seven rows, two of them blank
    ],
)
def test_read_isn_reads_the_real_files(name: str, rows: int, parties: int, ended: int) -> None:
    merged = list(state.read_isn(SHARED / name))
    assert len(list(state.read_isn_rows(SHARED / name))) == rows
    assert (len(merged), sum(r.rows for r in merged)) == (parties, rows)
    assert sum(r.end_on is not None for r in merged) == ended
    assert not [r.name for r in merged if "aka" in r.name.lower().split() or "[" in r.name]
    assert "2014" in name or all(r.countries for r in merged)

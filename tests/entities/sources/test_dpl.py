"""The Denied Persons List as BIS publishes it: its quirks, its real files and files that must be refused."""

from __future__ import annotations

import gzip
import io
import os
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from entities.sources import dpl
from entities.sources.record import BadSource, ListedRecord
from entities.sources.wording import notices

SHARED = Path(os.environ.get("EXPORTCTL_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data"))
real = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared data folder {SHARED} is absent")
HEADER = "\t".join(f'"{name}"' for name in dpl.COLUMNS)


def row(**values: str) -> str:
    given = {
        "Name": "JANE RONDEL", "Street_Address": "1 QUAY ROAD", "City": "TUCSON", "State": "AZ", "Country": "US",
        "Postal_Code": "85043", "Effective_Date": "10/16/2017", "Expiration_Date": "10/13/2027",
        "Standard_Order": "Y", "Last_Update": "2017-10-23", "Action": "FR NOTICE ADDED",
        "FR_Citation": "82 F.R. 48792 10/20/2017", **values,
    }  # fmt: skip
    return "\t".join(f'"{given[name]}"' for name in dpl.COLUMNS)


def read(text: str | bytes) -> list[ListedRecord]:
    return list(dpl.read(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def one(**values: str) -> ListedRecord:
    (found,) = read(f"{HEADER}\n{row(**values)}\n")
    return found


def refused(text: str | bytes) -> BadSource:
    with pytest.raises(BadSource) as caught:
        read(text)
    return caught.value


def test_read_gives_every_field() -> None:
    found = one()
    assert (found.source_list, found.key, found.name) == ("DPL", "DPL:jane rondel:US", "JANE RONDEL")
    assert (found.start_on, found.end_on) == (date(2017, 10, 16), date(2027, 10, 13))
    (address,) = found.addresses
    assert dict(address) == {
        "text": "1 QUAY ROAD, TUCSON, AZ, 85043, US", "city": "TUCSON", "state": "AZ", "postal_code": "85043",
        "country": "US",
    }  # fmt: skip
    assert found.citations == ("82 FR 48792",)
    assert dict(found.details) == {
        "Standard order": "Y", "Last update": "2017-10-23", "Action": "FR NOTICE ADDED",
        "Federal Register notices": "82 F.R. 48792 10/20/2017",
    }  # fmt: skip
    assert (found.line, found.rows, len(found.row_hash)) == (2, 1, 64)


def test_read_finds_columns_by_name_in_any_order() -> None:
    header = "\t".join(reversed(dpl.COLUMNS))
    values = "\t".join(reversed(row(Name="ORDER").split("\t")))
    (found,) = read(f"{header}\n{values}\n")
    assert (found.name, found.start_on) == ("ORDER", date(2017, 10, 16))


def test_read_takes_bom_crlf_blank_rows_trailing_tabs_and_a_repeated_header() -> None:
    plain = read(f"{HEADER}\n{row()}\n{row(Name='TWO')}\n")
    blank = "\t".join('""' for _ in dpl.COLUMNS)
    text = f"\ufeff{HEADER}\t\r\n{blank}\r\n{row()}\t\t\t\r\n\r\n{HEADER}\r\n{row(Name='TWO')}\r\n"
    assert [r.row_hash for r in read(text)] == [r.row_hash for r in plain]


def test_read_takes_a_row_without_its_last_two_columns() -> None:
    short = "\t".join(row().split("\t")[:10])
    (found,) = read(f"{HEADER}\r\n{short}\r\n")
    assert found.citations == ()
    assert "Action" not in dict(found.details)


def test_read_takes_dates_without_leading_zeros_and_orders_without_end() -> None:
    found = one(Effective_Date="3/2/1992", Expiration_Date="", Last_Update="5/1/2001")
    assert (found.start_on, found.end_on) == (date(1992, 3, 2), None)
    assert dict(found.details)["Last update"] == "2001-05-01"


@pytest.mark.parametrize(("written", "said"), [("Y", "Y"), ("y", "Y"), ("N", "N"), ("", None)])
def test_read_keeps_whether_the_order_is_standard(written: str, said: str | None) -> None:
    assert dict(one(Standard_Order=written).details).get("Standard order") == said


@pytest.mark.parametrize(
    ("values", "country", "state"),
    [
        ({"Country": ""}, "US", "AZ"),
        ({"Country": "NM", "State": ""}, "US", "NM"),
        ({"Country": "PRC", "State": ""}, "CN", ""),
        ({"Country": "", "State": ""}, "", ""),
        ({"Country": "", "State": "CY"}, "", "CY"),
        ({"Country": "CA", "State": ""}, "CA", ""),
    ],
)
def test_read_brings_countries_to_codes(values: dict[str, str], country: str, state: str) -> None:
    (address,) = one(**values).addresses
    assert (address.country, address.state) == (country, state)


def test_read_lists_hong_kong_written_as_china_under_both() -> None:
    assert one(Country="CN", State="", City="HONG KONG").countries == ("CN", "HK")


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("PEARL (A.K.A. NEI CHU) RON", [("PEARL RON", "primary"), ("NEI CHU", "alias")]),
        ("RONDEL AIR D/B/A R7 AIR", [("RONDEL AIR", "primary"), ("R7 AIR", "alias")]),
        ("RONDEL (F.K.A. OLD ONE; OLD, INC.)", [("RONDEL", "primary"), ("OLD ONE", "former"),
                                                ("OLD, INC.", "former")]),
        ("AFSHIN (SEAN) RONDEL", [("AFSHIN (SEAN) RONDEL", "primary")]),
        (" I. RONDEL", [("I. RONDEL", "primary")]),
        ("TAKAKO AKANA", [("TAKAKO AKANA", "primary")]),
    ],
)  # fmt: skip
def test_read_takes_aliases_out_of_names(written: str, names: list[tuple[str, str]]) -> None:
    found = one(Name=written)
    assert list(found.names) == names
    kept = dict(found.details).get("Name as written", found.name)
    assert kept == written.strip()


@pytest.mark.parametrize(
    ("text", "citations"),
    [
        ("68 F.R. 38290 6/27/03 71 F.R. 38843 7/10/06 72 F.R. 4236 1/30/07",
         ("68 FR 38290", "71 FR 38843", "72 FR 4236")),
        ("80 F.R 57572 9/24/15 ", ("80 FR 57572",)),
        ("81.F.R. 22576 4/18/2016", ("81 FR 22576",)),
        ("86 FR. 66277 11/222/2021", ("86 FR 66277",)),
        ("82 F.R. 28473, 28474 6/22/2017", ("82 FR 28473",)),
        ("82 F.R. 2312 1/9/2017, F.R. 30823 7/3/2017", ("82 FR 2312", "82 FR 30823")),
        ("87 F.R. 68123 11/14/2022, 88 39978 5/10/2023", ("87 FR 68123", "88 FR 39978")),
        ("68 F.R. 38290 6/27/03 72 F.R. 1/30/07", ("68 FR 38290",)),
        ("46 F.R. 46154 9/17/81 and 46 F.R. 19290 3/30/81", ("46 FR 46154", "46 FR 19290")),
        ("66 F.R. 47630 9/13/01, NEW F.R. NOTICE TO BE PUBLISHED SOON", ("66 FR 47630",)),
        ("F.R. 12345", ("F.R. 12345",)),
        ("55 12345 5/10/2023", ("55 12345 5/10/2023",)),
        ("", ()),
    ],
)  # fmt: skip
def test_notices_reads_citations_with_their_typing_errors(text: str, citations: tuple[str, ...]) -> None:
    assert notices(text) == citations


def test_read_merges_rows_of_a_name_and_country() -> None:
    (found, other) = read(
        f"{HEADER}\n{row()}\n{row(Street_Address='2 HILL', FR_Citation='83 F.R. 1000 1/2/2018')}\n"
        f"{row(Country='CA', State='')}\n"
    )
    assert (found.rows, len(found.addresses), found.citations) == (2, 2, ("82 FR 48792", "83 FR 1000"))
    assert (other.key, other.rows) == ("DPL:jane rondel:CA", 1)


def test_read_keeps_the_longest_order_of_a_merged_person() -> None:
    longer = row(Effective_Date="03/04/2002", Expiration_Date="06/29/2056")
    shorter = row(Effective_Date="06/19/2003", Expiration_Date="06/29/2010")
    endless = row(Effective_Date="01/01/1990", Expiration_Date="")
    for rows in ([longer, shorter], [shorter, longer]):
        (found,) = read("\n".join([HEADER, *rows]) + "\n")
        assert (found.start_on, found.end_on) == (date(2002, 3, 4), date(2056, 6, 29))
    (found,) = read("\n".join([HEADER, longer, endless, shorter]) + "\n")
    assert (found.rows, found.end_on) == (3, None)


def test_read_takes_gzip_and_windows_1252() -> None:
    name = "JOS\u00c9 RONDEL \u2013 SON"
    data = f"{HEADER}\n{row(Name=name)}\n".encode("cp1252")
    assert [r.name for r in read(gzip.compress(data))] == [name]


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        (f"{HEADER}\tMood\n{row()}\tx\n", 1, "Mood"),
        (HEADER.replace('"Expiration_Date"\t', "") + f"\n{row()}\n", 1, "expiration_date"),
        (f'{HEADER}\t"Name"\n{row()}\tx\n', 1, "Name"),
        (f"{HEADER}\n{row()}\n{row()}\tx\n", 3, "FR_Citation"),
        (f"{HEADER}\n{row()}\n" + "\t".join(row().split("\t")[:9]) + "\n", 3, "Last_Update"),
        (f"{HEADER}\n{row(Name=' ')}\n", 2, "Name"),
        (f"{HEADER}\n{row(Effective_Date='2/30/2019')}\n", 2, "Effective_Date"),
        (f"{HEADER}\n{row(Expiration_Date='SOON')}\n", 2, "Expiration_Date"),
        (f"{HEADER}\n{row(Standard_Order='X')}\n", 2, "Standard_Order"),
        (f"{HEADER}\n{row(Last_Update='x')}\n", 2, "Last_Update"),
    ],
)
def test_read_refuses_by_line_and_field(text: str, line: int, field: str) -> None:
    error = refused(text)
    assert (error.line, error.field) == (line, field)
    assert error.remedy and str(error)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (gzip.compress(b"", mtime=0), "empty"),
        (HEADER.encode() + b"\n", "no rows"),
        (f"{HEADER}\n{row(Name='A' + chr(0))}\n".encode(), "NUL"),
        (f"{HEADER}\n{row()}\n".encode().replace(b"QUAY", b"QU\x81Y"), "0x81"),
        (f'{HEADER}\n"open'.encode(), "ends too early"),
        (b"<html>maintenance</html>", "unknown column"),
    ],
)
def test_read_refuses_what_is_no_list(data: bytes, said: str) -> None:
    assert said in str(refused(data))


def test_read_refuses_every_cut_inside_a_row() -> None:
    bare = row(Name="TWO").replace('"', "")
    text = f"{HEADER}\n{row()}\n{bare}"
    for cut in range(1, len(bare)):
        error = refused(text[:-cut])
        assert error.line == 3
        assert error.remedy.startswith("The file ends too early")
    assert len(read(text + "\n")) == 2


def test_read_refuses_every_cut_of_a_gzip_file() -> None:
    data = gzip.compress(f"{HEADER}\n{row()}\n{row(Name='TWO')}\n".encode())
    for size in range(2, len(data) - 1, 7):
        refused(data[:size])


def test_read_never_crashes_on_mutants() -> None:
    draw = random.Random(7)
    text = f"{HEADER}\n{row()}\n{row(Name='TWO (A.K.A. THREE)')}\n".encode()
    for _ in range(400):
        data = bytearray(text)
        for _ in range(draw.randrange(1, 6)):
            at = draw.randrange(len(data))
            data[at : at + draw.randrange(3)] = draw.choice(
                [b'"', b"\0", b"\n", b"\t", b"\xff", b"(", b"x" * 50]
            )
        try:
            read(bytes(data))
        except BadSource as error:
            assert str(error)


@real
@pytest.mark.parametrize(
    ("name", "rows", "persons", "uncited"),
    [
        ("bis_dpl/dpl_2018-08-17.txt", 539, 451, ["ALEX BRYUKHOV"]),
        ("bis_dpl/dpl_2019-06-29.txt", 546, 459, []),
        ("bis_dpl/dpl_2023-11-30.txt", 665, 581, []),
        # ten rows, one of them blank
        ("ita_source_samples/dpl_dpl.txt", 9, 9, ["SEMICONDUCTOR SYSTEMS INTL., INC. (SSI)"]),
    ],
)
def test_read_reads_the_real_files(name: str, rows: int, persons: int, uncited: list[str]) -> None:
    unmerged = list(dpl.read_rows(SHARED / name))
    merged = list(dpl.read(SHARED / name))
    assert (len(unmerged), len(merged), sum(r.rows for r in merged)) == (rows, persons, rows)
    assert [r.name for r in unmerged if not r.citations] == uncited
    assert all(r.start_on for r in unmerged)
    assert not [c for r in unmerged for c in r.citations if not c.replace(" FR ", "").isdigit()]


def listed(record: ListedRecord) -> tuple[Any, ...]:
    """What a row says of a person: name, address and terms, not the bookkeeping of its last update."""
    terms = dict(record.details).get("Standard order")
    return record.name, record.addresses, record.start_on, record.end_on, terms


@real
def test_read_gives_the_real_delta_of_2018_and_2019() -> None:
    old, new = (
        list(dpl.read_rows(SHARED / "bis_dpl" / f"dpl_{day}.txt")) for day in ("2018-08-17", "2019-06-29")
    )
    before, after = ({listed(r) for r in rows} for rows in (old, new))
    assert (len(after - before), len(before - after)) == (75, 68)
    # one more row differs in its citations alone
    hashes = [{r.row_hash for r in rows} for rows in (old, new)]
    assert (len(hashes[1] - hashes[0]), len(hashes[0] - hashes[1])) == (76, 69)


@real
def test_read_gives_the_real_delta_of_persons() -> None:
    old, new = (
        {r.key: r.row_hash for r in dpl.read(SHARED / "bis_dpl" / f"dpl_{day}.txt")}
        for day in ("2018-08-17", "2019-06-29")
    )
    assert (len(new.keys() - old.keys()), len(old.keys() - new.keys())) == (19, 11)
    assert sum(old[key] != new[key] for key in old.keys() & new.keys()) == 45

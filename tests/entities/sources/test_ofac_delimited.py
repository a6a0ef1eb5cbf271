"""OFAC's delimited files: their quirks, and sets that must be refused."""

from __future__ import annotations

import gzip
import os
import random
import tracemalloc
from pathlib import Path

import pytest

from entities.sources import ofac, ofac_delimited, ofac_remarks
from entities.sources.record import Address, BadSource

from .ofac_files import NAMES, NULL, one, prim, refused, write

SHARED = Path(os.environ.get("EXPORTCTL_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data"))
real = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared data folder {SHARED} is absent")


def test_read_joins_the_four_files(tmp_path: Path) -> None:
    found = one(tmp_path, remarks="a.k.a. 'BR'.", title="-0-")
    assert (found.source_list, found.key, found.source_id, found.line) == ("SDN", "SDN:306", "306", 1)
    assert found.names == (
        ("BANCO RONDEL", "primary"), ("NATIONAL BANK OF RONDEL", "alias"), ("BR", "weak"),
    )  # fmt: skip
    assert (found.kind, found.programs, found.countries) == ("organization", ("CUBA",), ("CH",))
    assert found.addresses == (
        Address("Quay Road 35, Zurich CH-8022, Switzerland", "Zurich CH-8022", "", "", "CH"),
    )
    assert (found.remarks, found.details, found.start_on) == ("", (), None)


def test_read_tells_former_and_later_names_and_long_ones(tmp_path: Path) -> None:
    alt = [f'306,{n},"{kind}","{name}",{NULL}' for n, (kind, name) in enumerate(
        [("aka", "A" * 400), ("fka", "OLD RONDEL"), ("nka", "NEW RONDEL"), ("aka", "РОНДЕЛЬ")])]  # fmt: skip
    folder = write(tmp_path, [prim(name="B" * 400)], alt=alt[:3])
    (folder / "alt.csv").write_bytes("".join(f"{line}\r\n" for line in alt).encode() + b"\x1a")
    (found,) = ofac.read(folder)
    assert found.names == (
        ("B" * 400, "primary"), ("A" * 400, "alias"), ("OLD RONDEL", "former"), ("NEW RONDEL", "alias"),
        ("РОНДЕЛЬ", "original"),
    )  # fmt: skip


def test_read_splits_programs(tmp_path: Path) -> None:
    assert one(tmp_path, program="SDGT] [IRGC] [IFSR").programs == ("SDGT", "IRGC", "IFSR")


def test_read_takes_cp1252_and_utf8_lines_of_one_file(tmp_path: Path) -> None:
    folder = write(tmp_path, [prim(name="SOCIÉTÉ “RONDEL”")])
    assert next(ofac.read(folder)).name == "SOCIÉTÉ “RONDEL”"
    lines = prim(name="SOCIÉTÉ").encode("cp1252"), prim(307, "SOCIÉTÉ ŁÓDŹ").encode()
    (folder / "sdn.csv").write_bytes(b"\r\n".join(lines) + b"\r\n\x1a")
    assert [r.name for r in ofac.read(folder)] == ["SOCIÉTÉ", "SOCIÉTÉ ŁÓDŹ"]


def test_read_joins_overflowing_remarks_in_the_middle_of_a_word(tmp_path: Path) -> None:
    cut = "DOB 12 Feb 1961; Registration Numbe"
    folder = write(
        tmp_path, [prim(remarks=cut)], comments=["306,\"r 1027700342890 (Russia); a.k.a. 'RUSAG'.\""]
    )
    (found,) = ofac.read(folder)
    assert found.identifiers == (("Registration Number (RU)", "1027700342890"),)
    assert (found.birth_dates, found.names[-1], found.remarks) == (("1961-02-12",), ("RUSAG", "weak"), "")


@pytest.mark.parametrize(
    ("text", "births"),
    [
        ("DOB 05 Jan 1962; alt. DOB 1963", ("1962-01-05", "1963")),
        ("DOB Jan 1962", ("1962-01",)),
        ("DOB circa 1962; alt. DOB 1964 to 1966", ("circa 1962", "1964 to 1966")),
        ("DOB 31 Feb 1962.", ("31 Feb 1962",)),
    ],
)
def test_read_takes_dates_of_birth(tmp_path: Path, text: str, births: tuple[str, ...]) -> None:
    assert one(tmp_path, kind="individual", remarks=text).birth_dates == births


def test_read_takes_identifiers_and_facts_of_a_person(tmp_path: Path) -> None:
    text = (
        "POB Baltic City, Somalia; nationality Somalia; alt. citizen Djibouti; Gender Male; "
        "Passport A0181988 (Somalia) issued 01 Oct 2001 expires 23 Jan 2011; National ID No. 1-2/3; "
        "Folio Mercantil No. 77 (Jalisco) (Mexico); Cedula No. unknown (Colombia); Minister of Boats; "
        "Digital Currency Address - XBT 1Gq; Linked To: RONDEL GROUP."
    )
    found = one(tmp_path, kind="individual", remarks=text)
    assert (found.kind, found.identifiers) == (
        "individual",
        (
            ("Passport (SO)", "A0181988"), ("National ID No.", "1-2/3"), ("Folio Mercantil No. (MX)", "77 (Jalisco)"),
            ("Digital Currency Address - XBT", "1Gq"),
        ),
    )  # fmt: skip
    assert found.details == (
        ("Place of birth", "Baltic City, Somalia"), ("Nationality", "Somalia"), ("Citizenship", "Djibouti"),
        ("Gender", "Male"), ("Linked to", "RONDEL GROUP"),
        ("Passport", "A0181988 (issued 01 Oct 2001 expires 23 Jan 2011)"),
    )  # fmt: skip
    assert found.remarks == "Cedula No. unknown (Colombia); Minister of Boats"


def test_read_takes_vessels_and_aircraft(tmp_path: Path) -> None:
    text = "Vessel Registration Identification IMO 9051648; MMSI 356283000; Former Vessel Flag Malta."
    found = one(
        tmp_path, kind="vessel", call="P3XY", type="Bulk Cargo", tonnage="1000", grt="900", flag="Iran",
        owner="RONDEL LINES", remarks=text,
    )  # fmt: skip
    assert found.kind == "vessel"
    assert found.identifiers == (
        ("Call sign", "P3XY"), ("Vessel Registration Identification", "IMO 9051648"), ("MMSI", "356283000"),
    )  # fmt: skip
    assert found.details == (
        ("Vessel type", "Bulk Cargo"), ("Gross tonnage", "1000"), ("Gross registered tonnage", "900"),
        ("Vessel flag", "Iran"), ("Vessel owner", "RONDEL LINES"), ("Former Vessel Flag", "Malta"),
    )  # fmt: skip
    text = "Aircraft Model IL76-TD; Aircraft Manufacturer's Serial Number (MSN) 1023409321; Linked To: RONDEL AIR."
    found = one(tmp_path, name="EP-XXX", kind="aircraft", remarks=text)
    assert (found.kind, found.identifiers) == (
        "aircraft", (("Aircraft Manufacturer's Serial Number (MSN)", "1023409321"),),
    )  # fmt: skip


@pytest.mark.parametrize("delimiter", [",", "|", "@"])
def test_read_takes_the_three_dialects_and_gzip(tmp_path: Path, delimiter: str) -> None:
    ending = {",": "csv", "|": "pip", "@": "del"}[delimiter]
    for path in list(write(tmp_path, [prim(remarks="DOB 1962")]).iterdir()):
        data = path.read_bytes().replace(b",", delimiter.encode())
        (tmp_path / f"{path.stem}.{ending}.gz").write_bytes(gzip.compress(data))
        path.unlink()
    (found,) = ofac.read(tmp_path)
    assert (found.names[1][0], found.birth_dates) == ("NATIONAL BANK OF RONDEL", ("1962",))


def test_read_does_not_mind_the_order_of_rows(tmp_path: Path) -> None:
    rows = [prim(), prim(307, "SECOND"), prim(308, "THIRD")]
    alt = [f'{n},{n + a},"aka","ALIAS {n + a}",{NULL}' for n in (306, 307) for a in (1, 2)]
    hashes = [
        {r.key: r.row_hash for r in ofac.read(write(tmp_path, rows[::step], alt=alt[::step]))}
        for step in (1, -1)
    ]
    assert hashes[0] == hashes[1]
    assert len(hashes[0]) == 3


def test_read_refuses_side_rows_without_an_entity(tmp_path: Path) -> None:
    for part in ("add", "alt", "comments"):
        rows = {
            "add": f"999,1,{NULL},{NULL},{NULL},{NULL}",
            "alt": f'999,1,"aka","X",{NULL}',
            "comments": '999,"x"',
        }
        error = refused(write(tmp_path, [prim()], **{part: [rows[part]]}))  # type: ignore[arg-type]
        assert (error.line, error.field) == (1, "ent_num")
        assert NAMES[part] in error.reason and "999" in error.reason


def test_read_refuses_every_cut_of_every_file(tmp_path: Path) -> None:
    folder = write(tmp_path, [prim(), prim(307, "SECOND")])
    for part in ("prim", "add", "alt"):
        path = folder / NAMES[part]
        whole = path.read_bytes()
        for size in range(len(whole) - 1):
            path.write_bytes(whole[:size])
            error = refused(folder)
            assert error.line <= whole[:size].count(b"\n") + 1
        path.write_bytes(whole[:-1])
        assert "end mark" in refused(folder).reason
        path.write_bytes(whole)
    assert len(list(ofac.read(folder))) == 2


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (prim(name=""), "SDN_Name"),
        (prim(kind="robot"), "SDN_Type"),
        (prim().replace("306", "30x6", 1), "ent_num"),
        (prim() + ",more", "Remarks"),
        (prim().replace(",-0- ", "", 1), "Vess_owner"),
        (prim(name="x\0y"), ""),
        (prim() + "\r\n" + prim(), "ent_num"),
        (prim() + "\r\n\x1a\r\n" + prim(307), ""),
        (prim(name='open"quote'), ""),
        ("ent_num,SDN_Name", "ent_num"),
        ("<html>maintenance</html>", "ent_num"),
    ],
)
def test_read_refuses_a_row_it_cannot_know(tmp_path: Path, row: str, field: str) -> None:
    error = refused(write(tmp_path, [row]))
    assert (error.field, error.line >= 1) == (field, True)


def test_read_refuses_bytes_of_no_encoding_and_unknown_aliases(tmp_path: Path) -> None:
    folder = write(tmp_path, [prim()])
    (folder / "sdn.csv").write_bytes(prim(name="R#").encode().replace(b"#", b"\x81") + b"\r\n\x1a")
    assert "0x81 is neither UTF-8 nor cp1252" in refused(folder).reason
    error = refused(write(tmp_path, [prim()], alt=[f'306,1,"bka","X",{NULL}']))
    assert (error.field, "bka" in error.reason) == ("alt_type", True)


def test_parse_keeps_what_it_does_not_understand() -> None:
    found = ofac_remarks.parse("Minister of Boats; a.k.a. BARE; Passport; xyz 12")
    assert (found.rest, found.names, found.identifiers) == (
        "Minister of Boats; a.k.a. BARE; Passport; xyz 12", [], [],
    )  # fmt: skip


def test_read_streams_the_main_file(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        rows = [prim(n, remarks=f"{'x' * 18000}") for n in range(306, 306 + count)]
        folder = write(tmp_path, rows)
        del rows
        tracemalloc.start()
        assert sum(1 for _ in ofac.read(folder)) == count
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(400) < peak(40) + 400_000  # the larger file is 6 MB longer


def test_read_never_crashes_on_mutants(tmp_path: Path) -> None:
    draw = random.Random(3)
    folder = write(tmp_path, [prim(remarks="DOB 1962; a.k.a. 'BR'."), prim(307, "SECOND")])
    for _ in range(300):
        path = folder / draw.choice(list(NAMES.values()))
        before = path.read_bytes()
        data = bytearray(before)
        for _ in range(draw.randrange(1, 5)):
            at = draw.randrange(len(data))
            data[at : at + draw.randrange(3)] = draw.choice(
                [b'"', b",", b"\0", b"\n", b"\x81", b"\x1a", b"x" * 50]
            )
        path.write_bytes(bytes(data))
        try:
            list(ofac.read(folder))
        except BadSource as error:
            assert str(error)
        path.write_bytes(before)


@real
def test_rows_reads_the_real_pipe_and_at_sign_dialects() -> None:
    folder = SHARED / "ofac_cons" / "2018-05-27"
    assert sum(1 for _ in ofac_delimited.rows(folder / "cons_prim.pip.gz", "prim")) == 639
    assert sum(1 for _ in ofac_delimited.aliases(folder / "cons_alt.del.gz")) == 1209


@real
def test_aliases_and_addresses_give_the_real_delta_of_2025() -> None:
    days = [SHARED / "ofac_sdn" / day for day in ("2025-01-03", "2025-01-06")]
    before, after = (set(ofac_delimited.aliases(day / "alt.csv.gz")) for day in days)
    assert (len(before), len(after), len(after - before), len(before - after)) == (19465, 19486, 21, 0)
    old, new = (set(ofac_delimited.addresses(day / "add.csv.gz")) for day in days)
    assert (len(old), len(new), len(new - old), len(old - new)) == (22597, 22641, 44, 0)

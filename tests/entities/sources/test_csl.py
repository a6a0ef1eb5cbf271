"""The Consolidated Screening List: both forms, its traps, and files that must be refused."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import resource
import tracemalloc
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from entities.sources import csl
from entities.sources.record import BadSource, ListedRecord, merge, seal

SHARED = Path(os.environ.get("EXPORTCTL_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data")) / "csl"
real = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared data folder {SHARED} is absent")
EL = "Entity List (EL) - Bureau of Industry and Security"
SDN = "Specially Designated Nationals (SDN) - Treasury Department"
HEADER = ",".join(csl.COLUMNS)
OLD_HEADER = HEADER.removeprefix("_id,")


def row(**values: str) -> str:
    """A CSV row of 29 quoted fields."""
    given = {
        "_id": "ab12",
        "source": EL,
        "name": "Rondel Works",
        "addresses": "1 Quay Road, Baltic City, RU",
        **values,
    }
    return ",".join('"' + given.get(column, "").replace('"', '""') + '"' for column in csl.COLUMNS)


def rows(text: str) -> list[ListedRecord]:
    return list(csl.read_csv(io.BytesIO(text.encode())))


def one(**values: str) -> ListedRecord:
    (found,) = rows(f"{HEADER}\n{row(**values)}\n")
    return found


def items(*found: dict[str, Any], **top: Any) -> list[ListedRecord]:
    return list(csl.read_json(io.BytesIO(json.dumps({**top, "results": list(found)}).encode())))


def refused(text: str | bytes) -> BadSource:
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(BadSource) as caught:
        list(csl.read(io.BytesIO(data)))
    return caught.value


def test_read_csv_gives_every_field() -> None:
    found = one(
        addresses="1 Quay Road, Baltic City, RU; Room 5, 7 Hill Street, HK",
        alt_names="Rondel Plant; Завод Рондель",
        federal_register_notice="84 FR 22961, 85 F.R. 29852; 85 FR 29852",
        start_date="2019-05-21",
        license_requirement="For all items subject to the EAR, see §§ 734.9(e)1 and 744.11 of the EAR2",
        license_policy="Presumption of denial.",
        source_list_url="https://example.gov/list",
        remarks="a  remark",
    )
    assert (found.source_list, found.key, found.source_id) == ("EL", "EL:rondel works:HK", "ab12")
    assert found.names == (
        ("Rondel Works", "primary"),
        ("Rondel Plant", "alias"),
        ("Завод Рондель", "original"),
    )
    assert (found.kind, found.countries, found.start_on, found.end_on) == (
        "",
        ("HK", "RU"),
        date(2019, 5, 21),
        None,
    )
    assert dict(found.addresses[0]) == {
        "text": "1 Quay Road, Baltic City, RU", "city": "", "state": "", "postal_code": "", "country": "RU",
    }  # fmt: skip
    assert (found.requirement_code, found.policy_code, found.footnotes) == ("ALL_EAR", "PD", (1, 2))
    assert found.citations == ("84 FR 22961", "85 FR 29852")
    assert (found.remarks, found.source_url, found.line) == ("a remark", "https://example.gov/list", 2)


def test_read_csv_reads_the_older_form_without_ids() -> None:
    old = row().split(",", 1)[1]
    (found,) = rows(f"{OLD_HEADER}\n{old}\n")
    assert (found.source_id, found.name) == ("", "Rondel Works")


def test_read_csv_passes_over_a_repeated_header_and_blank_lines() -> None:
    assert [r.line for r in rows(f"\ufeff{HEADER}\n{HEADER}\n\n{row()}\n{row(name='Two')}\n")] == [4, 5]


def test_read_csv_keeps_a_line_break_inside_a_field() -> None:
    found = rows(f"{HEADER}\n{row(remarks='one' + chr(10) + 'two')}\n{row(name='Two')}\n")
    assert [(r.line, r.remarks) for r in found] == [(2, "one two"), (4, "")]


def test_read_csv_tells_identifiers_from_facts() -> None:
    newer = (
        "Tax ID No., 7722515837, RU; Gender, Male; Secondary sanctions risk:, section 11; Equity Ticker, CHA"
    )
    found = one(source=SDN, entity_number="20298", type="Entity", ids=newer)
    assert found.identifiers == (("Tax ID No. (RU)", "7722515837"),)
    assert ("Gender", "Male") in found.details
    older = one(
        source=SDN,
        entity_number="1",
        type="Entity",
        ids="7722515837, Tax ID No.; RU, 1047796382920, Registration ID",
    )
    assert older.identifiers == (("Tax ID No.", "7722515837"), ("Registration ID (RU)", "1047796382920"))


def test_read_csv_keys_treasury_rows_by_number_and_others_by_name() -> None:
    assert one(source=SDN, entity_number="20298", type="Individual").key == "SDN:20298"
    assert one(name="RONDEL  Works,").key == one(name="Rondel Works").key == "EL:rondel works:RU"


def test_read_csv_trims_a_trailing_comma_and_finds_an_alias_in_the_name() -> None:
    found = one(name="Rondel Works [aka Rondel Export; f.k.a. Old Rondel]; and any successor,")
    assert found.names[1:] == (("Rondel Export", "alias"), ("Old Rondel", "former"))


@pytest.mark.parametrize(
    ("notice", "citations"),
    [
        ("82 F.R. 48792 10/20/2017", ("82 FR 48792",)),
        ("77 FR 61249 No. 195", ("77 FR 61249",)),
        ("Vol. 83, No. 91, 05/10/2018", ("Vol. 83, No. 91, 05/10/2018",)),
        ("84 FR 22961; 84 FR 22961, 85 FR 1", ("84 FR 22961",)),
        ("", ()),
    ],
)
def test_read_csv_normalises_citations(notice: str, citations: tuple[str, ...]) -> None:
    assert one(federal_register_notice=notice).citations == citations


@pytest.mark.parametrize(
    ("text", "footnotes"),
    [
        ("For all items subject to the EAR, see §§ 734.9(e)1, and 744.11 of the EAR2", (1, 2)),
        ("For All Items Subject to the EAR (See §734.9(e)1, and §744.11 of the EAR)2.", (1, 2)),
        ("For all items subject to the EAR, see §§ 734.9(e) 1 and 744.11 of the EAR 2", (1, 2)),
        ("For all items subject to the EAR. (See §§ 734.9(g),3 746.8(a)(3), and 744.21(b) of the EAR)", (3,)),
        ("For all items subject to the EAR (See §§734.9(g)3, 746.8(a)(3), and 744.2l(b) of the EAR", (3,)),
        ("For all items subject to the EAR. (See §§ 734.9(e)(2) and 744.11 of the EAR)4", (4,)),
        ("For all items subject to the EAR (See §§734.4(a)(9), 734.9(e)(3), and 744.11 of the EAR)5", (5,)),
        ("For all items subject to the EAR. (See §§ 734.9(g), 746.8(a)(3), and 744.21(b) of the EAR)", ()),
        ("For all items subject to the EAR. (See §744.11 of the EAR)", ()),
    ],
)
def test_read_csv_finds_glued_footnotes(text: str, footnotes: tuple[int, ...]) -> None:
    assert one(license_requirement=text).footnotes == footnotes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Presumption for denial", "PD"),
        ("Policy of denial. See §§ 746.8(b) and 744.21(e).", "POD"),
        ("Policy of denial apart from food, which will be reviewed on a case-by case basis.", "MIXED"),
        ("Case-by-case basis", "CBC"),
        ("Presumption of approval for EAR99 items", "PA"),
        ("Presumption of approval for EAR99; case-by-case review for all items on the CCL", "MIXED"),
        ("See §744.3(d) of this part", "SEC"),
        ("For all items subject to the EAR. (See § 744.11 of the EAR)", ""),
        ("", ""),
    ],
)
def test_read_csv_codes_the_policy(text: str, code: str) -> None:
    assert one(license_policy=text).policy_code == code


def test_read_json_takes_null_absent_and_empty_alike() -> None:
    base = {"source": SDN, "entity_number": "7", "name": "Rondel", "type": "Entity"}
    (bare,) = items(base)
    (full,) = items(
        {**base, "alt_names": None, "addresses": [], "ids": None, "title": None, "start_date": ""}
    )
    assert replace(bare, line=0) == replace(full, line=0)


def test_read_json_takes_cities_states_and_ids() -> None:
    (found,) = items(
        {
            "id": "x1", "source": SDN, "entity_number": "7", "name": "Rondel", "type": "Vessel",
            "addresses": [{"address": "1 Quay", "city": "Baltic City", "state_or_province": "B",
                           "country": "ru"}],
            "ids": [{"type": "IMO", "number": "9187629", "country": None}], "call_sign": "P3XY",
        }, total=412, sources_used=[{"source": SDN}],
    )  # fmt: skip
    assert (found.kind, found.countries, found.addresses[0].city, found.addresses[0].state) == (
        "vessel",
        ("RU",),
        "Baltic City",
        "B",
    )
    assert found.identifiers == (("IMO", "9187629"), ("Call sign", "P3XY"))
    assert found.source_id == "x1"


def test_read_takes_gzip_by_its_first_bytes() -> None:
    data = gzip.compress(f"{HEADER}\n{row()}\n".encode())
    assert [r.name for r in csl.read(io.BytesIO(data))] == ["Rondel Works"]
    data = gzip.compress(json.dumps({"results": [{"source": EL, "name": "Rondel"}]}).encode())
    assert [r.name for r in csl.read(io.BytesIO(data))] == ["Rondel"]


def test_read_merges_rows_of_one_key_in_any_order() -> None:
    found = [
        replace(r, line=0) for r in rows(
            f"{HEADER}\n{row(federal_register_notice='84 FR 100', start_date='2019-01-01', alt_names='A')}\n"
            f"{row(name='RONDEL WORKS', federal_register_notice='85 FR 22', start_date='2020-01-01')}\n"
            f"{row(federal_register_notice='83 FR 300', start_date='2018-01-01', license_policy='Denial')}\n"
        )
    ]  # fmt: skip
    (merged,) = merge(found)
    assert (merged.name, merged.rows, merged.start_on) == ("RONDEL WORKS", 3, date(2018, 1, 1))
    assert merged.citations == ("83 FR 300", "84 FR 100", "85 FR 22")
    assert {text for text, _ in merged.names} == {"RONDEL WORKS", "Rondel Works", "A"}
    assert Counter(kind for _, kind in merged.names)["primary"] == 1
    for _ in range(5):
        random.shuffle(found)
        assert [m.row_hash for m in merge(found)] == [merged.row_hash]


def test_row_hash_is_of_content_alone() -> None:
    base = one(
        addresses="1 Quay, RU; 2 Quay, RU", alt_names="A; B", federal_register_notice="84 FR 10; 85 FR 20"
    )
    same = one(
        _id="other",
        addresses="2 Quay, RU; 1  Quay, RU",
        alt_names="B; A",
        federal_register_notice="85 FR 20, 84 FR 10",
    )
    assert same.row_hash == base.row_hash
    for change in (
        {"alt_names": "A; C"},
        {"addresses": "1 Quay, RU"},
        {"license_policy": "x"},
        {"start_date": "2020-01-01"},
    ):
        assert one(**change).row_hash != base.row_hash
    assert seal(replace(base, line=99)).row_hash == base.row_hash


def test_read_refuses_an_unknown_source() -> None:
    error = refused(f"{HEADER}\n{row()}\n{row(source='New List (NL) - Nobody')}\n")
    assert (error.line, error.field) == (3, "source")
    assert "New List" in str(error) and "line 3" in str(error)


def test_read_refuses_an_unknown_column() -> None:
    error = refused(f"{HEADER},mood\n{row()},x\n")
    assert (error.line, error.field) == (1, "mood")
    assert "unknown column 'mood'" in str(error)


def test_read_refuses_a_missing_and_a_doubled_column() -> None:
    assert refused(HEADER.replace(",name,", ",") + "\n").field == "name"
    assert "twice" in refused(f"{HEADER},name\n").reason


def test_read_refuses_a_row_of_another_width() -> None:
    error = refused(f"{HEADER}\n{row()}\n{row()},extra\n")
    assert (error.line, "30 fields" in error.reason) == (3, True)


def test_read_refuses_a_cut_file() -> None:
    text = f"{HEADER}\n{row()}\n{row(name='Two')}\n"
    for cut in (1, 2, 20, 60, 200):
        assert refused(text[:-cut] if cut > 2 else text[:-3]).line >= 1
    assert refused(f"{OLD_HEADER}\n{EL},,,,Rondel,,,,,,,,,,,,,,,,,,,,,,,ab")


def test_read_refuses_every_cut_of_a_gzip_file() -> None:
    data = gzip.compress(f"{HEADER}\n{row()}\n{row(name='Two')}\n".encode())
    for size in range(2, len(data) - 1, 7):
        refused(data[:size])


def test_read_refuses_cut_and_invalid_json() -> None:
    text = json.dumps({"results": [{"source": EL, "name": "Rondel"}, {"source": EL, "name": "Two"}]})
    for size in (1, 10, 30, 60, len(text) - 1):
        refused(text[:size])
    refused('{"results": [1]}')
    refused('{"results": {}}')
    refused('{"results": []}')
    refused('{"other": []}')


def test_read_refuses_unknown_keys_and_wrong_types_in_json() -> None:
    base = {"source": EL, "name": "Rondel"}
    for field, value in (
        ("mood", "x"),
        ("alt_names", "text"),
        ("name", ["x"]),
        ("addresses", ["x"]),
        ("start_date", "May 1"),
    ):
        assert refused(json.dumps({"results": [{**base, field: value}]})).field == field


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"), (gzip.compress(b"", mtime=0), "empty"), (b"PK\x03\x04....", "zip"),
        (HEADER.encode() + b"\n", "no rows"),
        (f"{HEADER}\n{row(name='a')}\n".replace("a", "\0").encode(), ""),
        (f"{HEADER}\n".encode() + row().encode().replace(b"Rondel", b"R\x92ndel") + b"\n", "UTF-8"),
        (f'{HEADER}\n"open'.encode(), "CSV"), (b"<html>maintenance</html>", "unknown column"),
    ],
)  # fmt: skip
def test_read_refuses_what_is_no_list(data: bytes, said: str) -> None:
    assert said in str(refused(data))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"type": "Robot"}, "type"),
        ({"start_date": "21/05/2019"}, "start_date"),
        ({"end_date": "2019-13-01"}, "end_date"),
    ],
)
def test_read_refuses_a_row_it_cannot_know(values: dict[str, str], field: str) -> None:
    error = refused(f"{HEADER}\n{row(**values)}\n")
    assert (error.line, error.field) == (2, field)


def test_read_refuses_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadSource, match="cannot be opened"):
        list(csl.read(tmp_path / "none.csv"))


def test_read_never_crashes_on_mutants() -> None:
    draw = random.Random(5)
    texts = [
        f"{HEADER}\n{row()}\n{row(name='Two')}\n".encode(),
        json.dumps({"results": [{"source": EL, "name": "R", "alt_names": ["a"]}]}).encode(),
    ]
    for _ in range(400):
        data = bytearray(draw.choice(texts))
        for _ in range(draw.randrange(1, 6)):
            at = draw.randrange(len(data))
            data[at : at + draw.randrange(3)] = draw.choice(
                [b'"', b"\0", b"\n", b",", b"\xff", b"{", b"]", b"x" * 50]
            )
        try:
            list(csl.read(io.BytesIO(bytes(data))))
        except BadSource as error:
            assert str(error)


@real
def test_read_json_reads_the_whole_real_list_in_little_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    counts: Counter[str] = Counter()
    policies: Counter[str] = Counter()
    for found in csl.read_json(SHARED / "csl_2026-07-31_projection.json.gz"):
        counts[found.source_list] += 1
        policies[found.policy_code] += found.source_list == "EL"
    assert counts == {
        "EL": 3420, "DPL": 1596, "UVL": 222, "MEU": 70, "SDN": 19181, "SSI": 286, "CMIC": 68, "MBS": 51,
        "PLC": 78,
        "CAP": 1, "DTC": 787, "ISN": 161,
    }  # fmt: skip
    assert counts.total() == 25_921
    assert policies == {"PD": 2186, "POD": 365, "MIXED": 684, "CBC": 9, "PA": 1, "SEC": 173, "": 2}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024


@real
def test_read_merges_the_real_list_to_one_record_a_key() -> None:
    found = list(csl.read(SHARED / "csl_2026-07-31_projection.json.gz"))
    assert len({r.key for r in found}) == len(found)
    assert sum(r.rows for r in found) == 25_921
    assert len({r.row_hash for r in found}) == len(found)


@real
def test_read_reads_the_real_csv_of_28_columns() -> None:
    found = list(csl.read_csv(SHARED / "csl_2019-12-03_sample_raw.csv"))
    assert len(found) == 115
    assert all(r.countries or r.source_list != "EL" for r in found)


@real
@pytest.mark.parametrize(
    ("name", "line"), [("csl_2019-12-05_malformed.csv", 2), ("csl_2023-11-30_truncated_raw.csv", 4233)]
)
def test_read_refuses_the_real_broken_files_by_line(name: str, line: int) -> None:
    with pytest.raises(BadSource) as caught:
        list(csl.read(SHARED / name))
    assert caught.value.line == line
    assert f"line {line}" in str(caught.value)


def test_read_json_stands_a_million_brackets_in_little_memory() -> None:
    tracemalloc.start()
    with pytest.raises(BadSource, match="nested deeper"):
        list(csl.read(io.BytesIO(b'{"results": [{"ids":' + b"[" * 1_000_000)))
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert used < 20_000_000

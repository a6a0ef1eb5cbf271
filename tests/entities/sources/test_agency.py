"""Entity, Unverified and Military End User rows in the agencies' CSV layouts."""

from __future__ import annotations

import io
import os
from datetime import date
from pathlib import Path

import pytest

from entities.sources import agency
from entities.sources.record import BadSource, ListedRecord

SHARED = Path(os.environ.get("EXPORTCTL_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data"))
real = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared data folder {SHARED} is absent")
UVL = "COUNTRY,NAME,ADDRESS,,,,,"
EL = (
    "Source List,Name,Address,City,Country,Federal Register Notice,Effective Date,License Requirement,"
    "License Policy,Alternate Type,Alternate Name"
)
ALL = "For all items subject to the EAR. (See §744.11 of the EAR)."


def read(text: str | bytes) -> list[ListedRecord]:
    return list(agency.read(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def test_read_reads_the_unverified_list() -> None:
    first, second = read(
        f"{UVL}\r\n"
        'Hong Kong,"Rondel Co., Limited","Unit 1, Hong Kong",,,,,\r\n'
        'Hong Kong,"Rondel Co., Limited","Unit 2, Kowloon",,,,,\r\n'
        'Russia,"Quay Academy, a.k.a. QA, a.k.a. Academy of Quay","5 Street, Moscow"\r\n'
    )
    assert (first.source_list, first.key, first.rows) == ("UVL", "UVL:rondel co limited:HK", 2)
    assert {a.text for a in first.addresses} == {"Unit 1, Hong Kong", "Unit 2, Kowloon, HK"}
    assert second.names == (("Quay Academy", "primary"), ("QA", "alias"), ("Academy of Quay", "alias"))
    assert second.countries == ("RU",)


def test_read_takes_windows_1252_bytes() -> None:
    (found,) = read(f"{UVL}\r\n".encode() + b'Hong Kong,Rondel,"53\x9659 Wuhu Street, Hong Kong"\r\n')
    assert found.addresses[0].text == "53\u201359 Wuhu Street, Hong Kong"


def test_read_reads_entity_list_rows() -> None:
    (found,) = read(
        f"{EL},,\n"
        f'EL,Rondel,1 Quay,Kabul,Afghanistan,"76 FR 71867; 77 FR 100",11/21/2011,{ALL},Presumption of denial.,,Ron\n'
        f'EL,Rondel,1 Quay,Kabul,Afghanistan,76 FR 71867,11/21/2011,{ALL},Presumption of denial.,fka,"Sa\x92id"\n'
    )
    assert found.names[0] == ("Rondel", "primary")
    assert set(found.names[1:]) == {("Ron", "alias"), ("Sa\u2019id", "former")}
    assert (found.requirement_code, found.policy_code) == ("ALL_EAR", "PD")
    assert (found.citations, found.start_on) == (("76 FR 71867", "77 FR 100"), date(2011, 11, 21))


def test_read_keeps_a_country_it_does_not_know() -> None:
    (found,) = read(f"{UVL}\nAtlantis,Rondel,1 Quay,,,,,\n")
    assert (found.countries, dict(found.details)) == ((), {"Country as written": "Atlantis"})


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        (f"{UVL}\nChina,Rondel,x,y,,,,\n", 2, "ADDRESS"),
        (f"{UVL}\nChina,Rondel\n", 2, "ADDRESS"),
        ("COUNTRY,TITLE,ADDRESS\nChina,x,y\n", 1, "name"),
        (f"{EL}\nSDN,Rondel,,,,,,,,,\n", 2, "Source List"),
    ],
)
def test_read_refuses_by_line_and_field(text: str, line: int, field: str) -> None:
    with pytest.raises(BadSource) as caught:
        read(text)
    assert (caught.value.line, caught.value.field) == (line, field)


@real
@pytest.mark.parametrize(
    ("name", "rows", "parties", "code"),
    [("el_el.csv", 18, 5, "EL"), ("meu_meu.csv", 18, 5, "MEU"), ("uvl_uvl.csv", 19, 13, "UVL")],
)
def test_read_reads_the_real_samples(name: str, rows: int, parties: int, code: str) -> None:
    merged = read((SHARED / "ita_source_samples" / name).read_bytes())
    assert (len(merged), sum(r.rows for r in merged)) == (parties, rows)
    assert {r.source_list for r in merged} == {code}
    assert all(r.countries and r.addresses for r in merged)

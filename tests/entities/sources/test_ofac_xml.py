"""OFAC's XML files: their quirks, and files that must be refused."""

from __future__ import annotations

import gzip
import io
import os
import random
import tracemalloc
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from entities.sources import ofac, ofac_delimited, ofac_xml
from entities.sources.ofac_entry import Which, birth
from entities.sources.record import Address, BadSource, ListedRecord

SHARED = Path(os.environ.get("EXPORTCTL_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data"))
real = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared data folder {SHARED} is absent")
NAMESPACE = 'xmlns="http://tempuri.org/sdnList.xsd"'


def entry(
    inner: str = "", *, uid: str = "306", name: str = "RONDEL", kind: str = "Entity", program: str = "CUBA"
) -> str:
    return (
        f"<sdnEntry><uid>{uid}</uid><lastName>{name}</lastName><sdnType>{kind}</sdnType>"
        f"<programList><program>{program}</program></programList>{inner}</sdnEntry>\n"
    )


def whole(*entries: str, count: int | str | None = None, namespace: str = NAMESPACE) -> bytes:
    counted = len(entries) if count is None else count
    return (
        f'<?xml version="1.0" standalone="yes"?>\n<sdnList {namespace}>\n<publshInformation>'
        f"<Publish_Date>07/16/2014</Publish_Date><Record_Count>{counted}</Record_Count></publshInformation>\n"
        f"{''.join(entries)}</sdnList>"
    ).encode()


def found(data: bytes, which: Which = "sdn") -> list[ListedRecord]:
    return list(ofac.read(io.BytesIO(data), which=which))


def refused(data: bytes) -> BadSource:
    with pytest.raises(BadSource) as caught:
        found(data)
    return caught.value


def aka(name: str, kind: str = "a.k.a.", category: str = "strong", first: str = "") -> str:
    first = f"<firstName>{first}</firstName>" if first else ""
    return (
        f"<akaList><aka><uid>1</uid><type>{kind}</type><category>{category}</category><lastName>{name}</lastName>"
        f"{first}</aka></akaList>"
    )


def test_read_takes_names_and_the_quality_of_aliases() -> None:
    inner = aka("BR", category="weak") + aka("OLD", "f.k.a.") + aka("NEW", "n.k.a.") + aka("RON", first="Del")
    (record,) = found(whole(entry("<firstName>Ahmed</firstName>" + inner, kind="Individual")))
    assert record.names == (
        ("RONDEL, Ahmed", "primary"), ("BR", "weak"), ("OLD", "former"), ("NEW", "alias"), ("RON, Del", "alias"),
    )  # fmt: skip
    assert (record.key, record.kind, record.programs, record.line) == ("SDN:306", "individual", ("CUBA",), 4)


def test_read_takes_addresses_papers_and_births() -> None:
    inner = (
        "<title>Director</title><remarks>Built boats.</remarks><idList>"
        "<id><idType>Passport</idType><idNumber>A0181988</idNumber><idCountry>Somalia</idCountry>"
        "<issueDate>01 Oct 2001</issueDate><expirationDate>23 Jan 2011</expirationDate></id>"
        "<id><idType>Gender</idType><idNumber>Male</idNumber></id>"
        "<id><idType>Additional Sanctions Information -</idType><idNumber>Subject to Section 2</idNumber></id></idList>"
        "<addressList><address><address1>1 Quay</address1><address2>Floor 2</address2><city>Hong Kong</city>"
        "<stateOrProvince>Kowloon</stateOrProvince><postalCode>999</postalCode><country>China</country></address>"
        "</addressList><nationalityList><nationality><country>Somalia</country></nationality></nationalityList>"
        "<citizenshipList><citizenship><country>Djibouti</country></citizenship></citizenshipList>"
        "<dateOfBirthList><dateOfBirthItem><dateOfBirth>20 May 1954</dateOfBirth></dateOfBirthItem>"
        "<dateOfBirthItem><dateOfBirth>circa 1954</dateOfBirth></dateOfBirthItem></dateOfBirthList>"
        "<placeOfBirthList><placeOfBirthItem><placeOfBirth>Eilbur</placeOfBirth></placeOfBirthItem></placeOfBirthList>"
    )
    (record,) = found(whole(entry(inner, kind="Individual")))
    assert record.addresses == (
        Address("1 Quay, Floor 2, Hong Kong, Kowloon, 999, China", "Hong Kong", "Kowloon", "999", "CN"),
    )
    assert (record.countries, record.birth_dates) == (("CN", "HK"), ("1954-05-20", "circa 1954"))
    assert (record.identifiers, record.remarks) == ((("Passport (SO)", "A0181988"),), "Built boats")
    assert record.details == (
        ("Title", "Director"), ("Nationality", "Somalia"), ("Citizenship", "Djibouti"), ("Place of birth", "Eilbur"),
        ("Passport", "A0181988 (issued 01 Oct 2001 expires 23 Jan 2011)"), ("Gender", "Male"),
        ("Additional Sanctions Information", "Subject to Section 2"),
    )  # fmt: skip


def test_read_takes_vessels() -> None:
    inner = (
        "<vesselInfo><callSign>EQKF</callSign><vesselType>General Cargo</vesselType><vesselFlag>Iran</vesselFlag>"
        "<vesselOwner>RONDEL LINES</vesselOwner><tonnage>24065</tonnage>"
        "<grossRegisteredTonnage>16621</grossRegisteredTonnage></vesselInfo>"
    )
    (record,) = found(whole(entry(inner, kind="Vessel")))
    assert (record.kind, record.identifiers) == ("vessel", (("Call sign", "EQKF"),))
    assert ("Gross registered tonnage", "16621") in record.details


def test_read_gives_the_effective_date_of_a_military_company() -> None:
    dates = "".join(
        f"<id><idType>{label} (CMIC):</idType><idNumber>{day}</idNumber></id>"
        for label, day in (("Listing Date", "03 Jun 2021"), ("Effective Date", "02 Aug 2021"))
    )
    (record,) = found(whole(entry(f"<idList>{dates}</idList>", program="CMIC-EO13959")), "cons")
    assert (record.source_list, record.start_on) == ("CMIC", date(2021, 8, 2))


def test_read_puts_an_entry_under_a_directive_on_both_lists() -> None:
    date_of = (
        "<id><idType>Effective Date (EO 14024 Directive 3):</idType><idNumber>26 Mar 2022</idNumber></id>"
    )
    inner = f"<programList><program>RUSSIA-EO14024</program></programList><idList>{date_of}</idList>"
    records = found(whole(entry(inner, program="UKRAINE-EO13662")), "cons")
    assert [(r.key, r.start_on) for r in records] == [("SSI:306", None), ("MBS:306", date(2022, 3, 26))]


@pytest.mark.parametrize("namespace", ["", NAMESPACE, 'xmlns:a="urn:a"'])
def test_read_passes_over_namespaces(namespace: str) -> None:
    assert [r.name for r in found(whole(entry(), namespace=namespace))] == ["RONDEL"]
    prefixed = whole(entry(), namespace='xmlns:o="urn:o"').replace(b"<", b"<o:").replace(b"<o:/", b"</o:")
    assert [r.name for r in found(prefixed.replace(b"<o:?xml", b"<?xml"))] == ["RONDEL"]


def test_read_tells_the_lists_by_the_name_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "sdn.xml.gz"
    path.write_bytes(gzip.compress(whole(entry())))
    assert [r.key for r in ofac.read(path)] == [r.key for r in ofac.read(tmp_path)] == ["SDN:306"]
    assert ofac.files(tmp_path) == (path,)
    assert ofac.published_on(path) == date(2014, 7, 16)
    with path.open("rb") as stream:
        assert [r.key for r in ofac.read(stream)] == ["SDN:306"]
    other = path.rename(tmp_path / "list.xml")
    with pytest.raises(BadSource, match="does not say whether"):
        list(ofac.read(other))
    assert [r.key for r in ofac.read(other, which="sdn")] == ["SDN:306"]


@pytest.mark.parametrize("count", [1, 3])
def test_read_refuses_a_count_that_is_not_the_entries(count: int) -> None:
    error = refused(whole(entry(), entry(uid="307"), count=count))
    assert error.field == "Record_Count"
    assert f"says {count} entries and has 2" in error.reason


def test_read_refuses_every_cut_with_its_line() -> None:
    data = whole(entry(), entry(aka("X"), uid="307"))
    for size in range(1, len(data) - 1, 5):
        assert refused(data[:size]).line == data[:size].count(b"\n") + 1
    packed = gzip.compress(data)
    for size in range(2, len(packed) - 1, 7):
        refused(packed[:size])


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE sdnList [<!ENTITY x "aaaa"><!ENTITY y "&x;&x;&x;">]>',
        '<!DOCTYPE sdnList [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE sdnList [<!ENTITY % x SYSTEM "http://127.0.0.1/x.dtd"> %x;]>',
        '<!DOCTYPE sdnList SYSTEM "http://127.0.0.1/x.dtd">',
    ],
)
def test_read_refuses_document_types_and_entities(head: str) -> None:
    data = whole(entry(name="&x;")).replace(b"<sdnList", head.encode() + b"<sdnList", 1)
    assert (refused(data).line, refused(data).field) == (2, "DOCTYPE")
    assert "undefined entity" in refused(whole(entry(name="&x;"))).reason


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (whole(entry("<mood>x</mood>")), "mood"),
        (whole("<moods></moods>", count=0), "moods"),
        (whole(entry(kind="Robot")), "SDN_Type"),
        (whole(entry(uid="x1")), "uid"),
        (whole(entry(name=" ")), "lastName"),
        (whole(entry(), entry()), "uid"),
        (whole(entry(aka("X", "b.k.a."))), "aka.type"),
        (whole(entry(aka("X", category="fair"))), "aka.category"),
        (whole(entry(aka(""))), "aka.lastName"),
        (whole(entry(), count="many"), "Record_Count"),
        (whole(entry()).replace(b"07/16/2014", b"16/07/2014"), "Publish_Date"),
        (whole(entry()).replace(b"publshInformation", b"sdnEntry"), "Publish_Date"),
        (whole(count=0), ""),
        (whole(entry(program="NS-PLC")), "program"),
        (b"<CONSOLIDATED_LIST/>", "CONSOLIDATED_LIST"),
        (b"{}", ""),
        (whole(entry(name="R\x92")).replace("\x92".encode(), b"\x92"), ""),
    ],
)
def test_read_refuses_what_it_cannot_know(data: bytes, field: str) -> None:
    error = refused(data)
    assert error.field == field
    assert error.remedy


def test_read_never_crashes_on_mutants() -> None:
    draw = random.Random(11)
    text = whole(entry(aka("X")), entry(uid="307"))
    for _ in range(400):
        data = bytearray(text)
        for _ in range(draw.randrange(1, 5)):
            at = draw.randrange(len(data))
            data[at : at + draw.randrange(3)] = draw.choice([b"<", b">", b"&", b"\0", b"\xff", b"</x>", b'"'])
        try:
            found(bytes(data))
        except BadSource as error:
            assert str(error)


def test_read_streams() -> None:
    def peak(count: int) -> int:
        told = f"<remarks>{'x' * 18000}</remarks>"
        data = whole(*(entry(told, uid=str(n)) for n in range(count)))
        tracemalloc.start()
        assert sum(1 for _ in ofac.read(io.BytesIO(data), which="sdn")) == count
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(500) < peak(50) + 400_000  # the larger file is 8 MB longer


@real
def test_entries_reads_the_real_file_of_2018_as_its_delimited_twin() -> None:
    folder = SHARED / "ofac_cons" / "2018-05-27"
    entries = {e.number: e for e in ofac_xml.entries(folder / "consolidated.xml.gz")}
    assert len(entries) == 639
    assert Counter(e.kind for e in entries.values()) == {"Entity": 471, "Individual": 94, "Vessel": 74}
    for _, row in ofac_delimited.rows(folder / "cons_prim.pip.gz", "prim"):
        twin = entries[row["ent_num"]]
        assert (" ".join(row["SDN_Name"].split()), set(row["Program"].split("] ["))) == (
            twin.name,
            set(twin.programs),
        )
        told = ofac_delimited.parse(row["Remarks"])
        if len(row["Remarks"]) < 1000:
            assert {birth(b) for b in told.births} == {birth(b) for b in twin.births}
            assert {name for name, _ in told.names} == {name for name, kind in twin.names if kind == "weak"}
    aliases = Counter(number for number, *_ in ofac_delimited.aliases(folder / "cons_alt.del.gz"))
    assert aliases == Counter(e.number for e in entries.values() for _, kind in e.names if kind != "weak")


@real
def test_read_takes_the_real_list_that_has_ended_beside_the_others() -> None:
    path = SHARED / "ofac_cons" / "2018-05-27" / "consolidated.xml.gz"
    assert Counter(r.source_list for r in ofac.read(path)) == {
        "SSI": 290, "E13599": 264, "PLC": 78, "FSE": 6, "CAP": 1,
    }  # fmt: skip


@real
@pytest.mark.parametrize(
    ("name", "code", "rows", "said"),
    [
        ("sdn_sdn", "SDN", 4, "says 5704 entries and has 4"),
        ("fse_fse", "FSE", 3, "says 13 entries and has 3"),
        ("ssi_ssi", "SSI", 4, ""),
        ("plc_ns_plc", "PLC", 6, ""),
    ],
)
def test_read_reads_the_real_samples_and_refuses_those_cut_out_of_a_list(
    name: str, code: str, rows: int, said: str
) -> None:
    records: list[ListedRecord] = []
    error = ""
    try:
        for record in ofac.read(
            SHARED / "ita_source_samples" / f"{name}.xml", which="sdn" if code == "SDN" else "cons"
        ):
            records.append(record)
    except BadSource as caught:
        error = caught.reason
    assert Counter(r.source_list for r in records) == {code: rows}
    assert said in error and bool(said) == bool(error)


@real
def test_read_refuses_the_real_sample_that_holds_an_entry_twice() -> None:
    path = SHARED / "ita_source_samples" / "treasury_consolidated_consolidated.xml"
    with pytest.raises(BadSource, match="15268 occurs twice") as caught:
        list(ofac.read(path, which="cons"))
    assert caught.value.line == 674

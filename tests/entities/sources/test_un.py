"""The UN consolidated list: its quirks, and files that must be refused."""

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

from entities.sources import un
from entities.sources.record import Address, BadSource, ListedRecord

SHARED = Path(os.environ.get("EXPORTCTL_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data")) / "un"
real = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared data folder {SHARED} is absent")
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def person(inner: str = "", *, number: str = "QDi.901", name: str = "<FIRST_NAME>RONDEL</FIRST_NAME>") -> str:
    return (
        f"<INDIVIDUAL><DATAID>69{number[-3:]}</DATAID><VERSIONNUM>1</VERSIONNUM>{name}"
        f"<UN_LIST_TYPE>Al-Qaida</UN_LIST_TYPE><REFERENCE_NUMBER>{number} </REFERENCE_NUMBER>"
        f"<LISTED_ON>2016-11-30</LISTED_ON>{inner}<SORT_KEY/></INDIVIDUAL>\n"
    )


def whole(
    *people: str, entities: str = "", attributes: str = 'dateGenerated="2018-08-24T19:40:35.9-04:00"'
) -> bytes:
    return (
        f"{HEAD}<CONSOLIDATED_LIST {attributes}>\n<INDIVIDUALS>\n{''.join(people)}</INDIVIDUALS>\n"
        f"<ENTITIES>{entities}</ENTITIES></CONSOLIDATED_LIST>"
    ).encode()


def one(inner: str = "", **more: str) -> ListedRecord:
    (found,) = un.read(io.BytesIO(whole(person(inner, **more))))
    return found


def refused(data: bytes) -> BadSource:
    with pytest.raises(BadSource) as caught:
        list(un.read(io.BytesIO(data)))
    return caught.value


def alias(name: str, quality: str = "Good", note: str = "") -> str:
    note = f"<NOTE>{note}</NOTE>" if note else ""
    return f"<INDIVIDUAL_ALIAS><QUALITY>{quality}</QUALITY><ALIAS_NAME>{name}</ALIAS_NAME>{note}</INDIVIDUAL_ALIAS>"


def test_read_joins_the_parts_of_a_name_and_keys_by_reference_number() -> None:
    found = one(
        name="<FIRST_NAME> RON </FIRST_NAME><SECOND_NAME>DEL\n WORKS</SECOND_NAME><THIRD_NAME/>"
        "<FOURTH_NAME>AL-BALTIKI</FOURTH_NAME>"
    )
    assert (found.name, found.key, found.source_id) == ("RON DEL WORKS AL-BALTIKI", "UN:QDi.901", "69901")
    assert (found.source_list, found.kind, found.programs) == ("UN", "individual", ("Al-Qaida",))
    assert (found.start_on, found.end_on, found.line) == (date(2016, 11, 30), None, 4)


def test_read_tells_weak_former_and_original_names() -> None:
    found = one(
        "<NAME_ORIGINAL_SCRIPT>رندل</NAME_ORIGINAL_SCRIPT>"
        + alias("Rondel the Elder")
        + alias("Abu R", "Low")
        + alias("Old Rondel", note="previously listed as")
        + alias("", "")
    )
    assert found.names == (
        ("RONDEL", "primary"), ("رندل", "original"), ("Rondel the Elder", "alias"), ("Abu R", "weak"),
        ("Old Rondel", "former"),
    )  # fmt: skip
    assert ("Alias", "Old Rondel (previously listed as)") in found.details


def test_read_takes_an_entity_with_two_names_in_one() -> None:
    entity = (
        "<ENTITY><DATAID>1</DATAID><FIRST_NAME>RONDEL AIR (RA) ; GREAT RONDEL</FIRST_NAME>"
        "<REFERENCE_NUMBER>CDe.903</REFERENCE_NUMBER><LISTED_ON>2007-03-29</LISTED_ON>"
        "<ENTITY_ALIAS><QUALITY>f.k.a.</QUALITY><ALIAS_NAME>Old Air</ALIAS_NAME></ENTITY_ALIAS>"
        "<ENTITY_ADDRESS><STREET>1 Quay</STREET><CITY>Kowloon</CITY><STATE_PROVINCE>Hong Kong</STATE_PROVINCE>"
        "<COUNTRY>China</COUNTRY></ENTITY_ADDRESS></ENTITY>"
    )
    (found,) = un.read(io.BytesIO(whole(entities=entity)))
    assert (found.kind, found.countries) == ("organization", ("CN", "HK"))
    assert found.names == (
        ("RONDEL AIR (RA) ; GREAT RONDEL", "primary"), ("RONDEL AIR (RA)", "alias"), ("GREAT RONDEL", "alias"),
        ("Old Air", "former"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("inner", "births"),
    [
        ("<TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>1964-07-17</DATE>", ("1964-07-17",)),
        ("<TYPE_OF_DATE>EXACT</TYPE_OF_DATE><YEAR>1971</YEAR>", ("1971",)),
        ("<TYPE_OF_DATE>APPROXIMATELY</TYPE_OF_DATE><YEAR>1971</YEAR>", ("circa 1971",)),
        ("<TYPE_OF_DATE/><NOTE>Approximately</NOTE><YEAR>1971</YEAR>", ("circa 1971",)),
        (
            "<TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1968</FROM_YEAR><TO_YEAR>1973</TO_YEAR>",
            ("1968 to 1973",),
        ),
        ("<TYPE_OF_DATE/>", ()),
    ],
)
def test_read_takes_exact_and_vague_dates_of_birth(inner: str, births: tuple[str, ...]) -> None:
    assert one(f"<INDIVIDUAL_DATE_OF_BIRTH>{inner}</INDIVIDUAL_DATE_OF_BIRTH>").birth_dates == births


def test_read_takes_documents_addresses_and_facts() -> None:
    found = one(
        "<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER> 381310014</NUMBER>"
        "<ISSUING_COUNTRY>Democratic People's Republic of Korea</ISSUING_COUNTRY>"
        "<DATE_OF_ISSUE>2010-02-18</DATE_OF_ISSUE></INDIVIDUAL_DOCUMENT><INDIVIDUAL_DOCUMENT/>"
        "<INDIVIDUAL_ADDRESS><STATE_PROVINCE>North Kivu</STATE_PROVINCE>"
        "<COUNTRY>Democratic Republic of the Congo</COUNTRY><NOTE>as of 2016</NOTE></INDIVIDUAL_ADDRESS>"
        "<INDIVIDUAL_ADDRESS><COUNTRY/></INDIVIDUAL_ADDRESS>"
        "<NATIONALITY><VALUE>Rwanda</VALUE></NATIONALITY><TITLE><VALUE>Dr</VALUE><VALUE>General</VALUE></TITLE>"
        "<INDIVIDUAL_PLACE_OF_BIRTH><CITY>Goma</CITY><COUNTRY>Rwanda</COUNTRY></INDIVIDUAL_PLACE_OF_BIRTH>"
        "<GENDER>Male</GENDER><COMMENTS1>one\n\n two</COMMENTS1>"
        "<LAST_DAY_UPDATED><VALUE>2016-10-13</VALUE></LAST_DAY_UPDATED>"
    )
    assert found.identifiers == (("Passport (KP)", "381310014"),)
    assert found.addresses == (
        Address("North Kivu, Democratic Republic of the Congo (as of 2016)", "", "North Kivu", "", "CD"),
    )
    assert found.countries == ("CD",)
    assert found.details == (
        ("Gender", "Male"), ("Title", "Dr"), ("Title", "General"), ("Nationality", "Rwanda"),
        ("Place of birth", "Goma, Rwanda"), ("Passport", "381310014 (issued 2010-02-18)"),
    )  # fmt: skip
    assert found.remarks == "one two"


def test_row_hash_ignores_data_ids_and_days_of_update() -> None:
    day = "<LAST_DAY_UPDATED><VALUE>2016-10-13</VALUE></LAST_DAY_UPDATED>"
    changed = person(day).replace("<DATAID>69901<", "<DATAID>7<").replace("<VERSIONNUM>1<", "<VERSIONNUM>2<")
    (found,) = un.read(io.BytesIO(whole(changed)))
    assert (found.row_hash, found.source_id) == (one().row_hash, "7")
    assert one("<COMMENTS1>new</COMMENTS1>").row_hash != found.row_hash


def test_read_passes_over_namespaces_and_takes_gzip() -> None:
    data = whole(person()).replace(b"<CONSOLIDATED_LIST ", b'<CONSOLIDATED_LIST xmlns="urn:x" ')
    assert [r.name for r in un.read(io.BytesIO(gzip.compress(data)))] == ["RONDEL"]


def test_published_on_reads_the_day_the_file_was_made() -> None:
    assert un.published_on(io.BytesIO(whole(person()))) == date(2018, 8, 24)
    assert un.published_on(io.BytesIO(whole(person(), attributes=""))) is None


def test_read_refuses_every_cut_with_its_line() -> None:
    data = whole(person(), person(number="QDi.902"))
    for size in range(1, len(data) - 1, 7):
        error = refused(data[:size])
        assert error.line == data[:size].count(b"\n") + 1 or error.line == 0
    packed = gzip.compress(data)
    for size in range(2, len(packed) - 1, 7):
        refused(packed[:size])


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE CONSOLIDATED_LIST [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE CONSOLIDATED_LIST [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE CONSOLIDATED_LIST SYSTEM "http://127.0.0.1/list.dtd">',
        "<!DOCTYPE CONSOLIDATED_LIST>",
    ],
)
def test_read_refuses_document_types_and_entities(head: str) -> None:
    data = whole(person(name="<FIRST_NAME>&x;</FIRST_NAME>")).replace(
        b"<CONSOLIDATED_LIST ", head.encode() + b"<CONSOLIDATED_LIST ", 1
    )
    error = refused(data)
    assert (error.line, error.field) == (2, "DOCTYPE")


def test_read_refuses_one_endless_tag_and_deep_nesting() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            start = f'{HEAD}<CONSOLIDATED_LIST x="'.encode() if not self.given else b""
            data = start + b"x" * (len(buffer) - len(start))
            buffer[:] = data
            self.given += len(data)
            return len(data)

    stream = Endless()
    with pytest.raises(BadSource, match="one tag has more than"):
        list(un.read(io.BufferedReader(stream)))
    assert stream.given < 8 * 1024 * 1024
    assert "nested deeper" in refused(whole(person("<TITLE>" * 20 + "</TITLE>" * 20))).reason


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (whole(person(alias("x", "Fair"))), "QUALITY"),
        (whole(person("<MOOD>x</MOOD>")), "MOOD"),
        (whole(person(name="<FIRST_NAME/>")), "FIRST_NAME"),
        (whole(person(), person()), "REFERENCE_NUMBER"),
        (whole(person().replace("2016-11-30", "30/11/2016")), "LISTED_ON"),
        (whole(person()).replace(b"<ENTITIES>", b"<VESSELS></VESSELS><ENTITIES>"), "VESSELS"),
        (b"<sdnList></sdnList>", "sdnList"),
        (b"<html><body>maintenance</body></html>", "html"),
        (whole(), ""),
        (b"no list", ""),
        (b"", ""),
        (whole(person()).replace(b"RONDEL", b"R\xd6NDEL"), ""),
    ],
)
def test_read_refuses_what_it_cannot_know(data: bytes, field: str) -> None:
    error = refused(data)
    assert error.field == field
    assert error.remedy


def test_read_never_crashes_on_mutants() -> None:
    draw = random.Random(7)
    text = whole(person(alias("Rondel & Co".replace("&", "&amp;"))), person(number="QDi.902"))
    for _ in range(400):
        data = bytearray(text)
        for _ in range(draw.randrange(1, 5)):
            at = draw.randrange(len(data))
            data[at : at + draw.randrange(3)] = draw.choice([b"<", b">", b"&", b"\0", b"\xff", b"</x>", b'"'])
        try:
            list(un.read(io.BytesIO(bytes(data))))
        except BadSource as error:
            assert str(error)


def test_read_streams() -> None:
    def peak(count: int) -> int:
        told = f"<COMMENTS1>{'x' * 18000}</COMMENTS1>"
        data = whole(*(person(told, number=f"QDi.{n:05}") for n in range(count)))
        tracemalloc.start()
        assert sum(1 for _ in un.read(io.BytesIO(data))) == count
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(500) < peak(50) + 400_000  # the larger file is 8 MB longer


@real
@pytest.mark.parametrize(
    ("day", "individuals", "entities", "made"),
    [
        ("2018-06-08", 693, 405, date(2018, 6, 7)),
        ("2018-08-27", 701, 397, date(2018, 8, 24)),
        ("2026-02-27", 730, 273, date(2026, 2, 27)),
    ],
)
def test_read_reads_the_real_files_whole(day: str, individuals: int, entities: int, made: date) -> None:
    path = SHARED / f"UN_consolidated_{day}.xml.gz"
    found = list(un.read(path))
    assert Counter(r.kind for r in found) == {"individual": individuals, "organization": entities}
    assert len({r.key for r in found}) == individuals + entities
    assert all(r.start_on for r in found)
    assert un.published_on(path) == made


@real
def test_read_gives_the_real_delta_of_2018() -> None:
    before, after = (
        {r.key for r in un.read(SHARED / f"UN_consolidated_{day}.xml.gz")}
        for day in ("2018-06-08", "2018-08-27")
    )
    assert (len(before), len(after)) == (1098, 1098)
    assert (len(after - before), len(before - after)) == (8, 8)

"""The BIS lists in eCFR XML. No real file is at hand: these are written by hand in the format."""

from __future__ import annotations

import gzip
import io
import random
import time
from datetime import date

import pytest

from entities.sources import ecfr
from entities.sources.entries import Entry, entries
from entities.sources.record import BadSource, ListedRecord

EL_HEADER = ("Country", "Entity", "License requirement", "License review policy", "Federal Register citation")
UVL_HEADER = ("Country", "Listed person and address", "Federal Register citation and date of publication")
MEU_HEADER = ("Country", "Entities", "Federal Register citation")
ALL = "For all items subject to the EAR. (See § 744.11 of the EAR)."
PD = "Presumption of denial."
FR = "84 FR 22961, 5/21/19."


def tr(*cells: str, tag: str = "TD") -> str:
    return "<TR>" + "".join(f"<{tag}>{c}</{tag}>" if c else f"<{tag}/>" for c in cells) + "</TR>\n"


def appendix(number: int, header: tuple[str, ...], *rows: str) -> str:
    return (
        f'<DIV9 N="Supplement No. {number} to Part 744" TYPE="APPENDIX">\n'
        f"<HEAD>Supplement No. {number} to Part 744</HEAD>\n<P>This Supplement lists &#x201C;entities&#x201D;.</P>\n"
        f'<DIV class="gpotbl_div"><TABLE class="gpotbl_table">\n{tr(*header, tag="TH")}{"".join(rows)}'
        "</TABLE></DIV>\n</DIV9>\n"
    )


def part(*appendices: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<DIV5 N="744" TYPE="PART">\n<HEAD>PART 744</HEAD>\n'
        '<DIV8 N="744.1" TYPE="SECTION"><HEAD>§ 744.1</HEAD><TABLE><TR><TD>not a list</TD></TR></TABLE></DIV8>\n'
        f"{''.join(appendices)}</DIV5>\n"
    )


def el(*rows: str) -> str:
    return part(appendix(4, EL_HEADER, *rows))


def read(text: str | bytes, *lists: str) -> list[ListedRecord]:
    data = text.encode() if isinstance(text, str) else text
    return list(ecfr.read(io.BytesIO(data), lists=lists or ("EL",)))


def refused(text: str | bytes, *lists: str) -> BadSource:
    with pytest.raises(BadSource) as caught:
        read(text, *lists)
    return caught.value


def one(cell: str, *, requirement: str = ALL, policy: str = PD, citation: str = FR) -> ListedRecord:
    (found,) = read(el(tr("CHINA, PEOPLE'S REPUBLIC OF", cell, requirement, policy, citation)))
    return found


WHOLE = part(
    appendix(4, EL_HEADER, tr("AFGHANISTAN", "Rondel Works, 1 Quay, Kabul, Afghanistan; and", ALL, PD, FR)),
    appendix(5, EL_HEADER, tr("IRAN", "Procedures are no list", ALL, PD, FR)),
    appendix(6, UVL_HEADER, tr("RUSSIA", "Hill Bureau, 2 Hill, Moscow, Russia.", "79 FR 34217, 6/16/14")),
    appendix(7, MEU_HEADER, tr("CHINA", "Lake Aero Co., Ltd.", "85 FR 83799, 12/23/20.")),
)


def test_read_gives_every_field() -> None:
    found = one(
        "Rondel Technology Co., Ltd., a.k.a., the following one alias:<br/>—Rondel Tech.<br/>Floor 10, Beijing, China",
        citation="84 FR 22961, 5/21/19. 85 FR 29852, 5/19/20.",
    )
    assert (found.source_list, found.key) == ("EL", "EL:rondel technology co ltd:CN")
    assert found.names == (("Rondel Technology Co., Ltd.", "primary"), ("Rondel Tech", "alias"))
    assert [dict(a)["text"] for a in found.addresses] == ["Floor 10, Beijing, China"]
    assert (found.countries, found.start_on) == (("CN",), date(2019, 5, 21))
    assert (found.requirement_text, found.requirement_code) == (ALL, "ALL_EAR")
    assert (found.policy_code, found.footnotes) == ("PD", ())
    assert found.citations == ("84 FR 22961", "85 FR 29852")
    assert dict(found.details)["Listed under"] == "CHINA, PEOPLE'S REPUBLIC OF"
    assert found.source_url.endswith("Supplement%20No.%204%20to%20Part%20744")


def test_read_reads_the_three_lists_and_nothing_else() -> None:
    found = read(WHOLE, "EL", "UVL", "MEU")
    assert [(r.source_list, r.name, r.countries) for r in found] == [
        ("EL", "Rondel Works", ("AF",)), ("UVL", "Hill Bureau", ("RU",)), ("MEU", "Lake Aero Co., Ltd.", ("CN",)),
    ]  # fmt: skip
    assert found[1].start_on == date(2014, 6, 16)
    assert [r.source_list for r in read(WHOLE, "UVL")] == ["UVL"]


def test_read_refuses_a_file_without_one_of_the_lists() -> None:
    error = refused(el(tr("IRAN", "Rondel, Tehran, Iran", ALL, PD, FR)), "EL", "UVL", "MEU")
    assert (error.field, "UVL" in error.reason) == ("Supplement No. 6 to Part 744", True)
    assert "no entry" in refused(part(appendix(4, EL_HEADER))).reason


def test_read_takes_columns_by_name() -> None:
    header = (
        "Federal Register Citation",
        "Country",
        "License Review Policy",
        "License Requirement",
        "Entity",
    )
    (found,) = read(
        part(appendix(4, header, tr(FR, "IRAN", "Policy of denial", ALL, "Rondel, Tehran, Iran")))
    )
    assert (found.name, found.policy_code, found.requirement_code) == ("Rondel", "POD", "ALL_EAR")


def test_read_carries_the_country_to_continuation_rows() -> None:
    found = read(
        el(
            tr("AFGHANISTAN", "A Works, Kabul", ALL, PD, FR),
            tr("", "B Works, Herat", ALL, PD, FR),
            tr(*EL_HEADER, tag="TH"),
            tr("", "C Works, Balkh", ALL, PD, FR),
            tr("IRAN", "", "", "", ""),
            tr("", "D Works, Tehran", ALL, PD, FR),
            '<TR><TD COLSPAN="5">RUSSIA</TD></TR>',
            tr("", "E Works, Kirov", ALL, PD, FR),
            '<TR><TD colspan="5"><SU>1</SU> For this entity, see § 734.9.</TD></TR>',
            tr("", "[Reserved]", "", "", ""),
            tr("", "F Works, Omsk", ALL, PD, FR),
        )
    )
    assert [(r.name[0], *r.countries) for r in found] == [
        ("A", "AF"), ("B", "AF"), ("C", "AF"), ("D", "IR"), ("E", "RU"), ("F", "RU"),
    ]  # fmt: skip


def test_read_keeps_the_column_of_an_empty_cell() -> None:
    (found,) = read(el(f"<TR><TD>IRAN</TD><TD>Rondel, Tehran, Iran</TD><TD/><TD/><TD>{FR}</TD></TR>"))
    assert (found.requirement_text, found.policy_text, found.citations) == ("", "", ("84 FR 22961",))


def test_read_fills_cells_that_span_rows() -> None:
    found = read(
        el(
            f'<TR><TD rowspan="2">IRAN</TD><TD>A Works, Tehran</TD><TD rowspan="2">{ALL}</TD><TD>{PD}</TD>'
            f"<TD>{FR}</TD></TR><TR><TD>B Works, Shiraz</TD><TD>Policy of denial</TD><TD>{FR}</TD></TR>",
            tr("", "C Works, Qom", ALL, PD, FR),
        )
    )
    assert [(r.name, r.policy_code, r.requirement_code, r.countries) for r in found] == [
        ("A Works", "PD", "ALL_EAR", ("IR",)), ("B Works", "POD", "ALL_EAR", ("IR",)),
        ("C Works", "PD", "ALL_EAR", ("IR",)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("requirement", "footnotes"),
    [
        ("See §§ 734.9(e),<SU>1</SU> and 744.11 of the EAR<SU>2</SU>", (1, 2)),
        ("For all items subject to the EAR. (See § 734.9(g),<SU>3</SU> 746.8(a)(3) of the EAR).", (3,)),
        ("For all items subject to the EAR (See § 744.11 of the EAR).<sup>4</sup>", (4,)),
        ("For all items subject to the EAR (See §§ 734.9(e)(2) and 744.11 of the EAR)4", (4,)),
        ("For all items subject to the EAR (See § 744.11 of the EAR)", ()),
    ],
)
def test_read_finds_footnotes(requirement: str, footnotes: tuple[int, ...]) -> None:
    assert one("Rondel, Beijing, China", requirement=requirement).footnotes == footnotes


def test_read_leaves_a_footnote_out_of_the_name() -> None:
    assert one("Rondel Works<SU>1</SU>, Beijing, China").name == "Rondel Works"


def test_read_reads_numeric_entities_and_marks_inside_texts() -> None:
    found = one("R&#xF6;ndel &amp; S&#246;hne <I>GmbH</I>, K&#xF6;ln,\nGermany; <I>and</I>")
    assert found.name == "R\u00f6ndel & S\u00f6hne GmbH" and found.countries == ("CN", "DE")


@pytest.mark.parametrize(
    ("country", "code"),
    [
        ("CHINA, PEOPLE&#x2019;S REPUBLIC OF", "CN"), ("UNITED ARAB EMIRATES", "AE"), ("BURMA", "MM"),
        ("CRIMEA REGION OF UKRAINE", "UA"), ("HONG KONG", "HK"), ("TURKEY", "TR"), ("SOUTH KOREA", "KR"),
        ("RUSSIA", "RU"), ("UNITED KINGDOM", "GB"), ("TAIWAN", "TW"), ("Iran:", "IR"),
    ],
)  # fmt: skip
def test_read_brings_headings_to_country_codes(country: str, code: str) -> None:
    (found,) = read(el(tr(country, "Rondel Works", ALL, PD, FR)))
    assert found.countries == (code,)


def test_read_keeps_a_country_it_does_not_know() -> None:
    (found,) = read(el(tr("ATLANTIS", "Rondel Works", ALL, PD, FR)))
    assert (found.countries, dict(found.details)["Listed under"]) == ((), "ATLANTIS")


def test_read_takes_countries_from_addresses() -> None:
    found = one(
        "Rondel Ltd., 1 Quay, Shenzhen, China; <I>and</I> 2 Hill, Kowloon, Hong Kong; and P.O. Box 5, Dubai, U.A.E."
    )
    assert found.countries == ("AE", "CN", "HK")
    assert [a.country for a in found.addresses] == ["CN", "HK", "AE"]


def test_read_lists_hong_kong_written_as_china_under_both() -> None:
    assert one("Rondel Ltd., 2 Hill, Kowloon, Hong Kong, China").countries == ("CN", "HK")


def test_read_reads_addresses_of_high_diversion_risk() -> None:
    found = one("Address 01, Unit 4, 7/F, Quay Tower, 33 Hill Road, Kowloon, Hong Kong.")
    assert (found.name, found.names) == ("Address 01", (("Address 01", "primary"),))
    assert found.addresses[0].text == "Unit 4, 7/F, Quay Tower, 33 Hill Road, Kowloon, Hong Kong"
    assert "high diversion risk" in dict(found.details)["Entry"]


def test_read_splits_families_and_names_the_parent() -> None:
    parent, first, second = read(
        el(
            tr(
                "CHINA",
                "Rondel Technologies Co., Ltd. (Rondel), a.k.a., the following one alias:<br/>—Rondel Tech.<br/>"
                "Addresses for Rondel Technologies Co., Ltd.: Bantian, Shenzhen, China; <I>and</I> Lake Road, "
                "Dongguan, China.<br/>Affiliated entities:<br/>Beijing: Beijing Rondel Longshine Co., Ltd., "
                "a.k.a., the following one alias:<br/>—Longshine.<br/>Q80, 3rd Floor, Beijing, China; <I>and</I><br/>"
                "Hangzhou Rondel Enterprises, 410 River Road, Hangzhou, China.",
                ALL, PD, FR,
            )
        )
    )  # fmt: skip
    assert (parent.name, len(parent.addresses)) == ("Rondel Technologies Co., Ltd. (Rondel)", 2)
    assert first.names == (("Beijing Rondel Longshine Co., Ltd.", "primary"), ("Longshine", "alias"))
    assert (second.name, second.addresses[0].text) == (
        "Hangzhou Rondel Enterprises", "410 River Road, Hangzhou, China",
    )  # fmt: skip
    assert all(dict(r.details)["Parent entity"] == parent.name for r in (first, second))
    assert all(r.policy_code == "PD" and r.citations == ("84 FR 22961",) for r in (first, second))


@pytest.mark.parametrize(
    ("cell", "entry"),
    [
        ("A Works, 5, 2nd Floor, Kabul, Afghanistan; and Flat 4, Kabul, Afghanistan.",
         Entry("A Works", (), ("5, 2nd Floor, Kabul, Afghanistan", "Flat 4, Kabul, Afghanistan"))),
        ("A Works Co., Ltd., 1 Quay", Entry("A Works Co., Ltd.", (), ("1 Quay",))),
        ("A, Inc.", Entry("A, Inc.")),
        ("Ivan Ron, Jr., Moscow, Russia", Entry("Ivan Ron, Jr.", (), ("Moscow, Russia",))),
        ("48th Institute, Academy of Sciences, 5 Road, Kirov",
         Entry("48th Institute, Academy of Sciences", (), ("5 Road, Kirov",))),
        ("A Co., Ltd., a.k.a., the following two aliases: —B AI; and —C Atlas Co., Ltd. Floor 10, No. 1, Beijing.",
         Entry("A Co., Ltd.", (("B AI", "alias"), ("C Atlas Co., Ltd.", "alias")), ("Floor 10, No. 1, Beijing",))),
        ("A Works, a.k.a., the following one alias: —Bee. Kabul, Afghanistan.",
         Entry("A Works", (("Bee", "alias"),), ("Kabul, Afghanistan",))),
        ("A Works, a.k.a., the following three aliases:\n—B;\n—C; and\n—Акме.\n1 Quay, Kirov; and\n2 Hill, Omsk.",
         Entry("A Works", (("B", "alias"), ("C", "alias"), ("Акме", "original")), ("1 Quay, Kirov", "2 Hill, Omsk"))),
        ("A FZE, f.k.a., the following one alias: —Old A L.L.C. P.O. Box 5, Dubai, U.A.E.",
         Entry("A FZE", (("Old A L.L.C.", "former"),), ("P.O. Box 5, Dubai, U.A.E.",))),
        ("A Works (a.k.a., A Plant; A Two), 1 Road, Kabul; and",
         Entry("A Works", (("A Plant", "alias"), ("A Two", "alias")), ("1 Road, Kabul",))),
        ("A Works, a.k.a., A Holding Co., Ltd., 1 Road, Kabul.",
         Entry("A Works", (("A Holding Co., Ltd.", "alias"),), ("1 Road, Kabul",))),
        ("A Works, 1 Road, Kirov, Russia (See also address under China).",
         Entry("A Works", (), ("1 Road, Kirov, Russia",), "See also address under China")),
        ("A" * 5000 + ", Kabul", Entry("A" * 5000, (), ("Kabul",))),
    ],
)  # fmt: skip
def test_entries_takes_a_cell_apart(cell: str, entry: Entry) -> None:
    (found,) = entries(cell)
    assert found == entry


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("A 13th Institute (A 13). Subordinate Institution—Hebei Medicines",
         ["A 13th Institute (A 13)", "Hebei Medicines"]),
        ("A Commission (AC), and the following three subordinate entities: —Laser Institute (LI), Kahuta; —Nuclear "
         "Lab, Islamabad; and —Works Four, Lahore, Pakistan.",
         ["A Commission (AC)", "Laser Institute (LI)", "Nuclear Lab", "Works Four"]),
        ("A Holding. Affiliated Entity: B Works, Omsk", ["A Holding", "B Works"]),
        ("Affiliated Supply Services, Kabul", ["Affiliated Supply Services"]),
    ],
)  # fmt: skip
def test_entries_splits_a_family(cell: str, names: list[str]) -> None:
    found = list(entries(cell))
    assert [e.name for e in found] == names
    assert [e.parent for e in found] == ["", *[names[0]] * (len(names) - 1)]


def test_read_merges_an_entry_told_twice() -> None:
    row = tr("IRAN", "Rondel Works, Tehran, Iran", ALL, PD, FR)
    (found,) = read(
        el(row, row.replace("84 FR 22961, 5/21/19", "85 FR 100, 1/3/20").replace("Works,", "WORKS,"))
    )
    assert (found.rows, found.citations, found.start_on) == (
        2,
        ("84 FR 22961", "85 FR 100"),
        date(2019, 5, 21),
    )


def test_read_takes_gzip_and_one_appendix_alone() -> None:
    alone = appendix(4, EL_HEADER, tr("IRAN", "Rondel, Tehran, Iran", ALL, PD, FR))
    assert [r.name for r in read(gzip.compress(alone.encode()))] == ["Rondel"]


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (tr("IRAN", "Rondel", ALL, PD), "TD"),
        (tr("IRAN", "Rondel", ALL, PD, FR, "x"), "TD"),
        (tr("", "Rondel", ALL, PD, FR), "Country"),
        (tr("IRAN", "", ALL, PD, FR), "Entity"),
        (tr("IRAN", ";", ALL, PD, FR), "Entity"),
        ('<TR><TD colspan="5">ATLANTIS</TD></TR>', "Country"),
        ('<TR><TD colspan="x">IRAN</TD></TR>', "TD"),
        ('<TR><TD rowspan="999999">IRAN</TD></TR>', "TD"),
        ("<TR>loose text</TR>", "TR"),
        ("<TR><TD><TABLE/></TD></TR>", "TABLE"),
        ("<TR><TD>a<TD>b</TD></TD></TR>", "TD"),
    ],
)
def test_read_refuses_a_row_by_line_and_field(row: str, field: str) -> None:
    error = refused(el(row))
    assert (error.line, error.field) == (10, field)
    assert error.remedy


@pytest.mark.parametrize(
    ("header", "field"),
    [
        (("Country", "Entity", "Federal Register citation"), "requirement"),
        ((*EL_HEADER, "Mood"), "Mood"),
        ((*EL_HEADER[:4], "Entity"), "Entity"),
        (("Country", *EL_HEADER[2:]), "entity"),
    ],
)
def test_read_refuses_a_table_by_its_header(header: tuple[str, ...], field: str) -> None:
    error = refused(part(appendix(4, header, tr("IRAN", "Rondel", ALL, PD, FR))))
    assert (error.line, error.field) == (9, field)


def test_read_refuses_rows_before_a_header() -> None:
    text = el(tr("IRAN", "Rondel", ALL, PD, FR)).replace(tr(*EL_HEADER, tag="TH"), "")
    assert "before its header" in refused(text).reason


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE DIV5 [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
        '<!DOCTYPE DIV5 [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE DIV5 SYSTEM "http://example.org/list.dtd">',
        "<!DOCTYPE html>",
    ],
)
def test_read_refuses_a_document_type(declared: str) -> None:
    text = WHOLE.replace("<DIV5", f"{declared}\n<DIV5", 1).replace("Kabul", "&x;")
    error = refused(text, "EL", "UVL", "MEU")
    assert (error.field, error.line) == ("DOCTYPE", 2)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"), (gzip.compress(b"", mtime=0), "empty"), (b"PK\x03\x04....", "zip"),
        (b"<html><body>maintenance</body></html>", "web page"), (b'{"results": []}', "not well-formed"),
        (WHOLE.encode().replace(b"Kabul", b"K\0bul"), "not well-formed"),
        (WHOLE.encode().replace(b"Kabul", b"K\xffbul"), "not well-formed"),
        (WHOLE.encode().replace(b"Kabul", b"&nbsp;"), "not well-formed"),
        (WHOLE.encode().replace(b"UTF-8", b"EBCDIC-9"), "encoding"),
        (b"<a>" * 100, "nested deeper"),
        (el(tr("IRAN", "x" * 200_001, ALL, PD, FR)).encode(), "longer than"),
        (part().encode(), "no entry"),
    ],
)  # fmt: skip
def test_read_refuses_what_is_no_list(data: bytes, said: str) -> None:
    assert said in str(refused(data))


def test_read_refuses_every_cut() -> None:
    data = WHOLE.encode()
    for size in range(0, len(data) - 2, 11):
        assert str(refused(data[:size], "EL", "UVL", "MEU"))
    packed = gzip.compress(data)
    for size in range(2, len(packed) - 1, 29):
        refused(packed[:size], "EL", "UVL", "MEU")


def test_read_never_crashes_on_mutants() -> None:
    draw = random.Random(13)
    texts = [
        WHOLE.encode(),
        el(tr("IRAN", "A, a.k.a., the following two aliases: —B; and —C. D", ALL, PD, FR)).encode(),
    ]
    for _ in range(400):
        data = bytearray(draw.choice(texts))
        for _ in range(draw.randrange(1, 4)):
            at = draw.randrange(len(data))
            data[at : at + draw.randrange(3)] = draw.choice(
                [b"<TD/>", b"</TD>", "—".encode(), b"a.k.a., ", b";", b"(", b"\n", b", ", b"x" * 50]
            )
        try:
            read(bytes(data))
        except BadSource as error:
            assert str(error)


@pytest.mark.parametrize(
    "piece", [",", "a.k.a., ", "(aka ", "Co., ", "—a; ", "A. ", "; and ", "\n", "the following ", "."]
)
def test_entries_takes_hostile_cells_in_linear_time(piece: str) -> None:
    began = time.process_time()
    list(entries("Rondel " + piece * (200_000 // len(piece))))
    assert time.process_time() - began < 5  # seconds; a quadratic reading takes minutes


def test_read_streams_a_long_table() -> None:
    rows = [
        tr("IRAN" if n == 0 else "", f"Works {n} Co., Ltd., {n} Road, Tehran, Iran; and", ALL, PD, FR)
        for n in range(3500)
    ]
    found = list(ecfr.read_rows(io.BytesIO(el(*rows).encode()), lists=("EL",)))
    assert (len(found), len({r.key for r in found})) == (3500, 3500)
    assert [r.line for r in found[:3]] == [10, 11, 12]
    assert {r.countries for r in found} == {("IR",)}


def test_read_takes_one_supplement_where_no_list_is_needed() -> None:
    data = el(tr("CHINA", "Rondel Co., 1 Road, Town.", ALL, PD, FR)).encode()
    assert [r.source_list for r in ecfr.read(io.BytesIO(data), needed=())] == ["EL"]
    with pytest.raises(BadSource, match="no entry of the list UVL"):
        list(ecfr.read(io.BytesIO(data)))
    with pytest.raises(BadSource, match="no entry of the list EL"):
        list(ecfr.read(io.BytesIO(b"<ECFR/>"), needed=()))

"""Small list files of every source, written by hand in its form, for drills that spoil or cut them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

from entities.sources import csl, dpl
from tests.entities.conftest import EL, SDN, el, many

ROWS = 60
LETTERS = "阿尔法 Ül"  # of two and three bytes


def csl_json(rows: int = ROWS) -> bytes:
    """The JSON form: Entity List and SDN rows."""
    entries = [el(f"Zaw{n} {LETTERS} Institute") for n in range(rows // 2)] + many(rows - rows // 2)
    return json.dumps(
        {"search_performed_at": "2026-08-01T05:00:00Z", "results": entries}, ensure_ascii=False, indent=1
    ).encode()


def csl_csv(rows: int = ROWS) -> bytes:
    """The CSV form, with quotes, commas and letters of many bytes."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=csl.COLUMNS, lineterminator="\n")
    writer.writeheader()
    for n in range(rows // 2):
        writer.writerow({
            "_id": f"{n:032x}", "source": EL, "name": f'Zaw{n} "{LETTERS}" Institute', "start_date": "2019-05-21",
            "addresses": "1 Road, Town, CN; 2 Street, Village, RU", "license_requirement": "All items, see §744.11",
        })  # fmt: skip
    for n in range(rows - rows // 2):
        writer.writerow(
            {"_id": str(n), "source": SDN, "entity_number": n, "type": "Entity", "name": f"Vel{n} Co"}
        )
    return out.getvalue().encode()


def dpl_text(rows: int = ROWS) -> bytes:
    """The tab-separated file of the Denied Persons List."""
    lines = ["\t".join(dpl.COLUMNS)]
    lines += [
        f"ZAW{n} VEL{n}\t{n} ROAD\tTOWN\tTX\tUS\t7500{n % 10}\t01/02/2019\t01/02/2029\tY\t2019-01-02\t"
        f"FR NOTICE ADDED\t84 F.R. {1000 + n} 1/10/19"
        for n in range(rows)
    ]
    return ("\n".join(lines) + "\n").encode()


def un_xml(rows: int = ROWS) -> bytes:
    """The consolidated list of the United Nations."""
    people = "".join(
        f"<INDIVIDUAL><DATAID>{n}</DATAID><FIRST_NAME>ZAW{n}</FIRST_NAME><SECOND_NAME>{LETTERS}</SECOND_NAME>"
        f"<UN_LIST_TYPE>DPRK</UN_LIST_TYPE><REFERENCE_NUMBER>KPi.{n:03}</REFERENCE_NUMBER>"
        f"<LISTED_ON>2009-07-16</LISTED_ON></INDIVIDUAL>\n"
        for n in range(rows)
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<CONSOLIDATED_LIST dateGenerated="2026-08-01">\n'
    return f"{head}<INDIVIDUALS>{people}</INDIVIDUALS><ENTITIES/></CONSOLIDATED_LIST>\n".encode()


def sdn_xml(rows: int = ROWS) -> bytes:
    """OFAC's XML file, with its count of entries."""
    entries = "".join(
        f"<sdnEntry><uid>{n + 1}</uid><lastName>Zaw{n} {LETTERS}</lastName><sdnType>Entity</sdnType><programList>"
        f"<program>NPWMD</program></programList></sdnEntry>\n"
        for n in range(rows)
    )
    head = (
        f"<publshInformation><Publish_Date>08/01/2026</Publish_Date><Record_Count>{rows}</Record_Count>"
        "</publshInformation>\n"
    )
    return f'<?xml version="1.0"?>\n<sdnList>{head}{entries}</sdnList>\n'.encode()


def bis_xml(rows: int = ROWS) -> bytes:
    """Supplement No. 4 to part 744 as the eCFR has it."""
    heads = ("Country", "Entity", "License requirement", "License review policy", "Federal Register citation")
    table = "<TR>" + "".join(f"<TH>{head}</TH>" for head in heads) + "</TR>\n"
    table += "".join(
        f"<TR><TD>{'CHINA' if not n else ''}</TD><TD>Zaw{n} {LETTERS} Institute, {n} Road, Town.</TD><TD>For all items"
        f" subject to the EAR</TD><TD>Presumption of denial</TD><TD>84 FR {20000 + n}, 5/21/19</TD></TR>\n"
        for n in range(rows)
    )
    name = "Supplement No. 4 to Part 744"
    return f'<DIV5><DIV9 N="{name}" TYPE="APPENDIX"><TABLE>{table}</TABLE></DIV9></DIV5>\n'.encode()


def dtc_csv(rows: int = ROWS) -> bytes:
    """Debarred parties, the layout of 2017 and later."""
    head = "Party Name,Date Of Birth,Federal Register Notice,Notice Date,Corrected Notice,Corrected Notice Date\n"
    return (
        head
        + "".join(f'"Zaw{n}, Vel","May, 19{n % 90 + 10}",84 FR {1000 + n},1/10/2019,,\n' for n in range(rows))
    ).encode()


def isn_csv(rows: int = ROWS) -> bytes:
    """Nonproliferation sanctions, the layout of 9 columns."""
    head = (
        "Source List,Programs,Name,Alternative Names,Country,Federal Register Notice,Effective Date,"
        "Remarks/Notes,Web Link\n"
    )
    return (
        head
        + "".join(
            f'ISN,INKSNA,Zaw{n} Works,,Iran,"Vol. 81, No. 128, 07/05/16",6/28/2016,,\n' for n in range(rows)
        )
    ).encode()


# form -> source, name of a file, its maker
SAMPLES: dict[str, tuple[str, str, Callable[[int], bytes]]] = {
    "csl csv": ("csl", "csl.csv", csl_csv),
    "csl json": ("csl", "csl.json", csl_json),
    "dpl": ("dpl", "dpl.txt", dpl_text),
    "un": ("un", "un.xml", un_xml),
    "sdn xml": ("ofac_sdn", "sdn.xml", sdn_xml),
    "bis": ("bis", "bis.xml", bis_xml),
    "dtc": ("dtc", "dtc.csv", dtc_csv),
    "isn": ("isn", "isn.csv", isn_csv),
}

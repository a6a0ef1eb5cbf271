"""The Consolidated Screening List parted by tabs, and a page of its API."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from entities.sources import csl
from entities.sources.record import BadSource

SHARED = Path(os.environ.get("EXPORTCTL_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data")) / "csl"
real = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared data folder {SHARED} is absent")
EL = "Entity List (EL) - Bureau of Industry and Security"
VALUES = {
    "_id": "ab12",
    "source": EL,
    "name": "Rondel Works, Ltd.",
    "addresses": "1 Quay Road, Baltic City, RU; 7 Hill Street, HK",
    "alt_names": "Rondel Plant; Rondel \u201cExport\u201d",
    "federal_register_notice": "84 FR 22961",
    "start_date": "2019-05-21",
    "license_requirement": "For all items subject to the EAR, see §§ 734.9(e)1 and 744.11 of the EAR2",
    "remarks": "said\ttwice",
}


def table(delimiter: str, *rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(csl.COLUMNS)
    for row in rows:
        writer.writerow([row.get(column, "") for column in csl.COLUMNS])
    return text.getvalue().encode()


def test_read_tsv_equals_the_same_rows_in_csv() -> None:
    rows = (VALUES, {**VALUES, "name": "Second", "remarks": "one\ntwo"})
    tabbed, plain = (list(csl.read(io.BytesIO(table(mark, *rows)))) for mark in "\t,")
    assert tabbed == plain
    assert [(r.key, r.line, r.remarks) for r in tabbed] == [
        ("EL:rondel works ltd:HK", 2, "said twice"),
        ("EL:second:HK", 3, "one two"),
    ]
    assert (tabbed[0].footnotes, tabbed[0].countries) == ((1, 2), ("HK", "RU"))


def test_read_tsv_takes_gzip() -> None:
    assert [r.name for r in csl.read(io.BytesIO(gzip.compress(table("\t", VALUES))))] == [
        "Rondel Works, Ltd."
    ]


def test_read_tsv_refuses_a_row_of_another_width_and_every_cut() -> None:
    data = table("\t", VALUES, {**VALUES, "name": "Second"})
    with pytest.raises(BadSource, match="30 fields") as caught:
        list(csl.read(io.BytesIO(data.rstrip(b"\n") + b"\tmore\n")))
    assert caught.value.line == 3
    for size in range(1, len(data), 13):
        if data[:size].count(b"\n") < 2 or not data[:size].endswith(b"\n"):
            with pytest.raises(BadSource):
                list(csl.read(io.BytesIO(data[:size])))


def test_read_tsv_refuses_an_unknown_column() -> None:
    with pytest.raises(BadSource) as caught:
        list(csl.read(io.BytesIO(table("\t", VALUES).replace(b"remarks", b"mood", 1))))
    assert (caught.value.line, caught.value.field) == (1, "mood")


def test_read_takes_an_api_page_as_the_bulk_file() -> None:
    item = {
        "id": "ab12",
        "source": EL,
        "name": "Rondel",
        "addresses": [{"city": "Baltic City", "country": "RU"}],
    }
    page = {
        "total": 1,
        "sources_used": [{"source": EL, "source_last_updated": "2026-07-31", "import_rate": "Hourly"}],
        "search_performed_at": "2026-07-31T13:15:00Z",
        "results": [item],
    }
    (bulk,) = csl.read(io.BytesIO(json.dumps({"search_performed_at": "x", "results": [item]}).encode()))
    (paged,) = csl.read(io.BytesIO(json.dumps(page).encode()))
    assert replace(paged, line=0) == replace(bulk, line=0)
    assert paged.addresses[0].city == "Baltic City"


@real
def test_read_tsv_reads_the_real_sample_rewritten_with_tabs() -> None:
    path = SHARED / "csl_2019-12-03_sample_raw.csv"
    text = io.StringIO()
    csv.writer(text, delimiter="\t").writerows(
        csv.reader(io.StringIO(path.read_bytes().decode(), newline=""))
    )
    tabbed = list(csl.read(io.BytesIO(text.getvalue().encode())))
    assert [(r.key, r.row_hash) for r in tabbed] == [(r.key, r.row_hash) for r in csl.read(path)]
    assert sum(r.rows for r in tabbed) == 115

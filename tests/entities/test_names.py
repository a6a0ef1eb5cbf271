"""Screening many names in the browser: pasted, uploaded, answered by the worker, read and taken out."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from entities import batches, namelines
from entities.models import NameBatch
from exportctl.errors import Invalid

from .conftest import data_of, head

NAME = "Kestrel Avionics Research Institute"
PASTED = f"{NAME}; CN\n\nNordhafen Maschinenbau GmbH\n{NAME}\tde\n"


@pytest.fixture
def url(kestrel):
    kestrel()
    return reverse("entities:names")


def test_read_takes_a_name_a_line_and_a_country_behind_it():
    assert namelines.read(PASTED, most=10) == [
        {"name": NAME, "id": "1", "countries": ["CN"]},
        {"name": "Nordhafen Maschinenbau GmbH", "id": "3"},
        {"name": NAME, "id": "4", "countries": ["DE"]},
    ]


def test_read_leaves_a_comma_in_a_name():
    assert (
        namelines.read("Huawei Technologies Co., Ltd.", most=10)[0]["name"] == "Huawei Technologies Co., Ltd."
    )


@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_read_takes_a_table_with_a_column_of_names(sign):
    text = f'\ufeffReference{sign}Name{sign}Country\nA-1{sign}"Kestrel{sign} Ltd"{sign}CN\n\nA-2{sign}Elbe{sign}\n'
    assert namelines.read(text, most=10) == [
        {"name": f"Kestrel{sign} Ltd", "id": "A-1", "countries": ["CN"]},
        {"name": "Elbe", "id": "A-2"},
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "There is no name"),
        ("\n \n", "There is no name"),
        ("name,country\n", "There is no name"),
        ('name\n"' + "x" * 200_000, "The table cannot be read"),
        ("name,country\nElbe,XX", "Line 2: 'XX' is no country code"),
        ("name,country\n,DE", "Line 2: the name is missing"),
        ("a\nb\nc\nd", "These are 4 names; 3 is the most"),
        ("x" * 10_001, "more than 10,000 characters"),
    ],
)
def test_read_says_what_is_wrong_with_which_line(text, words):
    with pytest.raises(Invalid) as refused:
        namelines.read(text, most=3)
    assert any(words in blocker.message for blocker in refused.value.blockers)


def test_names_are_pasted_answered_and_taken_out(url, officer, signed, drain):
    client = signed(officer)
    answer = client.post(url, {"names": PASTED})
    batch = NameBatch.objects.get()
    assert answer.url == reverse("entities:names-batch", args=[batch.pk])
    waiting = client.get(answer.url).content.decode()
    assert "0 of 3" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    part = client.get(answer.url, headers={"HX-Request": "true"})
    assert part.content.decode().startswith('<div class="stack" id="answers"')
    assert "HX-Request" in part["Vary"]
    drain()
    page = client.get(answer.url)
    told = page.content.decode()
    assert "hx-trigger" not in told.partition('id="answers"')[2].partition(">")[0]
    assert [row["outcome"] for row in page.context["rows"]] == [
        "LICENSE_REQUIRED",
        "NO_MATCH_NAME_ONLY",
        "RED_FLAG",
    ]
    assert "License required" in told
    matched = client.get(answer.url, {"show": "matched"}).context
    assert [row["place"] for row in matched["rows"]] == [1, 3]
    assert [(tab["words"], tab["count"]) for tab in matched["tabs"]][:2] == [("All", 3), ("With a match", 2)]
    before = head()
    taken = client.get(answer.url, {"show": "matched", "format": "csv"})
    rows = list(csv.reader(io.StringIO(b"".join(taken.streaming_content).decode("utf-8-sig"))))
    assert [row[:4] for row in rows[1:]] == [
        ["1", "1", NAME, "LICENSE_REQUIRED"],
        ["3", "4", NAME, "RED_FLAG"],
    ]
    assert head() == before + 2
    assert data_of("report.finished")["report"] == "screened-names"


def test_names_are_uploaded(url, officer, signed, drain):
    file = SimpleUploadedFile("names.csv", f"name;country\n{NAME};CN\n".encode("utf-8-sig"))
    answer = signed(officer).post(url, {"file": file})
    drain()
    [row] = batches.answered(NameBatch.objects.get())
    assert (answer.status_code, row["name"], row["hits"][0]["list"]) == (302, NAME, "EL")
    assert "explanation" not in row["hits"][0]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"names": " "}, "There is no name"),
        ({"file": SimpleUploadedFile("n.csv", b"\xff\xfe\x00")}, "no UTF-8 text"),
        ({"names": "name\nElbe\n" * 3 + "x;Q1"}, ""),
    ],
)
def test_what_cannot_be_read_changes_nothing(url, officer, signed, body, words):
    before = head()
    answer = signed(officer).post(url, body)
    if words:
        assert answer.status_code == 400
        assert words in answer.content.decode()
        assert (NameBatch.objects.count(), head()) == (0, before)


def test_batches_are_seen_by_who_asked(url, officer, officer2, auditor, signed, drain):
    signed(officer).post(url, {"names": PASTED})
    address = reverse("entities:names-batch", args=[NameBatch.objects.get().pk])
    assert signed(officer2).get(address).status_code == 404
    assert signed(auditor).get(url).status_code == 403
    assert signed(officer2).get(url).context["mine"] == []


def test_csv_needs_the_right_to_take_things_out(url, filer, signed, drain):
    client = signed(filer)
    address = client.post(url, {"names": PASTED}).url
    drain()
    assert client.get(address).status_code == 200
    assert "format=csv" not in client.get(address).content.decode()
    assert client.get(address, {"format": "csv"}).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_same_for_one_name_and_three(url, officer, signed, drain, count):
    client = signed(officer)
    address = client.post(url, {"names": f"{NAME}; CN\n" * count}).url
    drain()
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert len(client.get(address).context["rows"]) == count
    assert len(asked) == 9

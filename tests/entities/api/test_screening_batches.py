"""Large batches over the API: handed in, answered in chunks by the workers, fetched with progress."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from entities import batches
from entities.matching.score import ENGINE
from entities.models import NameBatch, NameChunk
from exportctl import outbox

URL = "/api/v1/screening-batches/"
NAME = "Kestrel Avionics Research Institute"


@pytest.fixture
def handed_in(api, kestrel, integration, drain, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 3)
    kestrel()
    drain()
    queries = [{"id": str(n), "name": NAME if n % 2 else "Nordhafen Maschinenbau GmbH"} for n in range(8)]
    answer = api(integration).post(URL, {"queries": queries, "limit": 1}, format="json")
    assert answer.status_code == 202, answer.json()
    return answer


def test_a_batch_is_answered_in_chunks_with_progress(api, integration, handed_in):
    client, where = api(integration), handed_in["Location"]
    assert (handed_in.json()["total"], handed_in.json()["answered"]) == (8, 0)
    outbox.pump(now=timezone.now())
    jobs = outbox.unfinished(now=timezone.now())
    assert len(jobs) == 3
    outbox.run(jobs[0])
    half = client.get(where).json()
    assert (half["answered"], [part["start"] for part in half["parts"]]) == (3, [0])
    outbox.drain()
    whole = client.get(where).json()
    assert (whole["answered"], [part["start"] for part in whole["parts"]]) == (8, [0, 3, 6])
    assert {part["engine"] for part in whole["parts"]} == {f"{ENGINE}+0"}
    assert {tuple(part["list_versions"].items()) for part in whole["parts"]} == {(("csl", 1),)}
    told = [one for part in whole["parts"] for one in part["results"]]
    assert [(one["id"], len(one["hits"])) for one in told] == [(str(n), n % 2) for n in range(8)]


def test_a_chunk_is_answered_once_however_often_it_is_worked(handed_in):
    outbox.drain()
    chunk = NameChunk.objects.order_by("start").first()
    before = (chunk.answers, chunk.answered_at)
    batches.work(chunk=chunk, at=timezone.now())
    chunk.refresh_from_db()
    assert (chunk.answers, chunk.answered_at) == before


def test_a_batch_of_somebody_else_is_404(api, officer, handed_in):
    assert api(officer).get(handed_in["Location"]).status_code == 404


def test_a_batch_that_is_too_large_names_the_field(api, kestrel, integration, monkeypatch):
    kestrel()
    answer = api(integration).post(URL, {"queries": []}, format="json")
    assert (answer.status_code, answer.json()["blockers"][0]["field"]) == (400, "queries.non_field_errors")


def test_without_a_list_in_force_nothing_is_taken(api, integration):
    answer = api(integration).post(URL, {"queries": [{"name": NAME}]}, format="json")
    assert (answer.status_code, answer.json()["blockers"][0]["code"]) == (409, "no_list")
    assert not NameBatch.objects.exists()


def test_old_batches_are_dropped(handed_in):
    assert batches.drop_old(at=timezone.now()) == 0
    assert batches.drop_old(at=timezone.now() + timedelta(days=8)) == 1
    assert not NameChunk.objects.exists()

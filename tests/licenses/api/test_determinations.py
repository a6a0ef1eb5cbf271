"""POST /api/v1/determinations/: the batch's question over HTTP; nothing is kept."""

from __future__ import annotations

from typing import Any

import pytest

from ..determination.cases import question

pytestmark = pytest.mark.django_db
URL = "/api/v1/determinations/"


def test_one_question_and_many(api: Any, integration: Any, published_list: Any) -> None:
    client = api(integration)
    one = client.post(URL, question(), format="json")
    assert (one.status_code, one.json()["results"][0]["result"]) == (200, "NLR")
    many = client.post(URL, {"cases": [question("IR", id="a"), question(id="b")]}, format="json").json()[
        "results"
    ]
    assert [(each["id"], each["result"]) for each in many] == [("a", "LICENSE_REQUIRED"), ("b", "NLR")]


def test_wrong_fields_are_all_told(api: Any, officer: Any) -> None:
    asked = question(date="tomorrow", value="dear")
    told = api(officer).post(URL, asked, format="json")
    assert (told.status_code, told["content-type"]) == (400, "application/problem+json")
    assert {each["field"] for each in told.json()["blockers"]} == {"date", "value"}
    many = api(officer).post(URL, {"cases": [question(), asked]}, format="json").json()
    assert {each["field"] for each in many["blockers"]} == {"cases[1].date", "cases[1].value"}


@pytest.mark.parametrize("body", [{"cases": []}, {"cases": [1]}, [1], {"cases": [{}] * 1001}])
def test_body_of_another_shape_is_refused(api: Any, officer: Any, body: Any) -> None:
    assert api(officer).post(URL, body, format="json").status_code == 400


def test_needs_a_role_that_reads_policies(api: Any, administrator: Any) -> None:
    assert api(administrator).post(URL, question(), format="json").status_code == 403
    assert api().post(URL, question(), format="json").status_code in (401, 403)

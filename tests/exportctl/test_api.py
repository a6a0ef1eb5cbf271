"""What every API resource shares: keys, refusals as problem details, the events feed, the schema."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from exportctl import people
from exportctl.api import RolePermission
from exportctl.errors import Conflict, Invalid, NotAllowed, Refused
from exportctl.models import ApiKey, Event
from exportctl.transitions import Blocker

from .log import fill

pytestmark = pytest.mark.django_db
FEED = "/api/v1/events/"
TWO = (
    Blocker("one", "First.", field="name", remedy="Do this."),
    Blocker("two", "Second.", citation="15 CFR 750.4"),
)


class Body(serializers.Serializer):
    quantity = serializers.IntegerField()
    name = serializers.CharField()


class Refusing(APIView):
    """Raises what the address asks for."""

    permission_classes = [RolePermission]

    def get(self, request: Request, kind: str) -> Response:
        if kind == "broken":
            raise RuntimeError("a secret of the house")
        raise {"refused": Refused, "conflict": Conflict, "invalid": Invalid, "not-allowed": NotAllowed}[kind](
            TWO
        )

    def post(self, request: Request, kind: str) -> Response:
        Body(data=request.data).is_valid(raise_exception=True)
        return Response({})


urlpatterns = [path("refusing/<slug:kind>/", Refusing.as_view())]


def problem(answer, status):
    assert answer.status_code == status, answer.content
    assert answer["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["title"] and body["detail"] and body["type"].startswith("urn:exportctl:problem:")
    return body


# Keys


def test_without_key_or_session_the_answer_tells_how_to_sign_in(api):
    answer = api().get(FEED)
    problem(answer, 401)
    assert answer["www-authenticate"] == 'Bearer realm="exportctl"'


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer a b", "Bearer exk_00000000.nothing", "Bearer x", "Bearer é"]
)
def test_unknown_or_malformed_key_is_401(api, header):
    client = api()
    client.credentials(HTTP_AUTHORIZATION=header)
    assert problem(client.get(FEED), 401)["blockers"][0]["code"] in ("unknown_key", "bad_header")


def test_known_prefix_with_another_secret_is_401(api, integration):
    client = api(integration)
    prefix = ApiKey.objects.get().prefix
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {prefix}.AAAA")
    assert problem(client.get(FEED), 401)["blockers"][0]["code"] == "unknown_key"


def test_expired_key_is_named_as_such(api, integration, administrator):
    at = timezone.now() - timedelta(days=9)
    _, secret = people.issue_key(
        user=integration,
        name="old",
        scopes=("event.read",),
        expires_at=at + timedelta(days=2),
        by=administrator,
        at=at,
    )
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert "expired" in problem(client.get(FEED), 401)["detail"]


def test_revoked_key_is_named_as_such(api, integration, administrator, now):
    client = api(integration)
    assert client.get(FEED).status_code == 200
    people.revoke_key(key=ApiKey.objects.get(), reason="lost", by=administrator, at=now)
    assert "revoked" in problem(client.get(FEED), 401)["detail"]


def test_key_without_the_scope_is_403(api, integration):
    assert problem(api(integration, scopes=("party.read",)).get(FEED), 403)["title"] == "Not permitted"


def test_use_of_a_key_is_noted(api, integration):
    api(integration).get(FEED)
    assert timezone.now() - ApiKey.objects.get().last_used_at < timedelta(minutes=1)


# Refusals


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("kind", "status"), [("refused", 409), ("conflict", 409), ("invalid", 400), ("not-allowed", 403)]
)
def test_refusal_of_a_verb_carries_every_blocker(api, officer, kind, status):
    body = problem(api(officer).get(f"/refusing/{kind}/"), status)
    assert body["type"] == "urn:exportctl:problem:one"
    assert body["detail"] == "First.; Second."
    assert body["blockers"] == [
        {"code": "one", "message": "First.", "field": "name", "remedy": "Do this."},
        {"code": "two", "message": "Second.", "citation": "15 CFR 750.4"},
    ]


@pytest.mark.urls(__name__)
def test_body_of_the_wrong_shape_names_every_field(api, officer):
    body = problem(api(officer).post("/refusing/x/", {"quantity": "many"}, format="json"), 400)
    assert {(blocker["field"], blocker["code"]) for blocker in body["blockers"]} == {
        ("quantity", "invalid"), ("name", "required"),
    }  # fmt: skip


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [(b"{", "application/json", 400), (b"[1]", "application/json", 400), (b"a=1", "text/plain", 415)],
)
def test_body_that_is_no_json_object_is_refused(api, officer, content, kind, status):
    problem(api(officer).post("/refusing/x/", content, content_type=kind), status)


@pytest.mark.urls(__name__)
def test_method_that_is_not_there_is_405(api, officer):
    problem(api(officer).delete("/refusing/x/"), 405)


@pytest.mark.urls(__name__)
def test_error_of_ours_is_a_problem_that_tells_nothing_of_the_inside(api, officer):
    client = api(officer)
    client.raise_request_exception = False
    answer = client.get("/refusing/broken/")
    problem(answer, 500)
    assert "secret" not in answer.content.decode()


@pytest.mark.urls(__name__)
def test_address_that_is_not_there_is_404(api, officer):
    assert api(officer).get("/refusing/x/y/").status_code == 404


# Feed


def test_feed_hands_out_every_event_once_in_order(api, integration):
    client = api(integration)
    fill(7)
    seen, after, pages = [], 0, 0
    while True:
        page = client.get(FEED, {"after": after, "limit": 4}).json()
        seen += [event["seq"] for event in page["results"]]
        after, pages = page["next_after"], pages + 1
        if not page["more"]:
            break
    assert seen == list(Event.objects.order_by("seq").values_list("seq", flat=True))
    assert pages > 1
    assert client.get(FEED, {"after": after}).json() == {"results": [], "next_after": after, "more": False}


def test_feed_shows_an_event_whole(api, auditor):
    fill(1)
    stored = Event.objects.latest("seq")
    shown = api(auditor).get(FEED, {"verb": "test.done"}).json()["results"]
    assert len(shown) == 1
    assert shown[0] == {
        "seq": stored.seq, "id": stored.data["id"], "verb": "test.done", "object": stored.data["object"],
        "by": stored.data["by"], "at": "2026-08-06T14:00:00Z",
        "recorded_at": stored.recorded_at.isoformat().replace("+00:00", "Z"),
        "data": {"number": 0, "words": "Zürich, 深圳"}, "hash": bytes(stored.hash).hex(),
    }  # fmt: skip


@pytest.mark.parametrize(
    "query", [{"after": "x"}, {"after": -1}, {"limit": 0}, {"limit": 501}, {"after": 2**70}]
)
def test_feed_refuses_a_wrong_question(api, auditor, query):
    body = problem(api(auditor).get(FEED, query), 400)
    assert [blocker["field"] for blocker in body["blockers"]] == list(query)


@pytest.mark.parametrize("who", ["filer", "reviewer", "lists", "approver"])
def test_feed_is_for_auditors_and_integrations(api, who, request):
    problem(api(request.getfixturevalue(who)).get(FEED), 403)


# Schema


def test_schema_is_valid_without_warnings_and_documents_refusals(tmp_path):
    target = tmp_path / "schema.yml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(target), stdout=StringIO())
    import yaml

    schema = yaml.safe_load(target.read_text())
    assert "/api/v1/events/" in schema["paths"]
    errors = {
        (address, method, status): set(answer.get("content", {}))
        for address, operations in schema["paths"].items()
        for method, operation in operations.items()
        if method in ("get", "post", "put", "patch", "delete")
        for status, answer in operation["responses"].items()
        if status.startswith("4")
    }
    assert errors
    assert {media for kinds in errors.values() for media in kinds} == {"application/problem+json"}


def test_interactive_page_is_served_from_here(client):
    answer = client.get("/api/v1/docs/")
    assert answer.status_code == 200
    assert b"https://cdn" not in answer.content

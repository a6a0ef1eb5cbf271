"""The platform's pages: the event log, the roles, the session."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from exportctl import audit, roles
from exportctl.models import Event

from .log import fill, past_the_triggers

pytestmark = pytest.mark.django_db
AUDIT = "/audit/"


def shown(answer) -> list[int]:
    return [event.seq for event in answer.context["events"]]


@pytest.mark.parametrize("address", [AUDIT, "/roles/"])
def test_pages_ask_for_a_sign_in(client, address):
    answer = client.get(address)
    assert (answer.status_code, answer["location"]) == (302, f"/accounts/login/?next={address}")


@pytest.mark.parametrize("who", ["filer", "officer", "approver", "reviewer", "lists"])
def test_event_log_is_for_auditors_and_administrators(signed, who, request):
    answer = signed(request.getfixturevalue(who)).get(AUDIT)
    assert answer.status_code == 403
    assert "Auditor" in answer.content.decode()


def test_event_log_shows_the_newest_first_and_pages_by_key(signed, auditor):
    fill(120)
    last = Event.objects.latest("seq").seq
    browser, seen, query = signed(auditor), [], {}
    while True:
        page = browser.get(AUDIT, query)
        seen += shown(page)
        if page.context["after"] is None:
            break
        query = {"before": page.context["after"]}
    assert seen == list(range(last, 0, -1))


def test_event_log_takes_the_same_queries_with_1_and_3_rows(signed, auditor):
    browser, counts = signed(auditor), []
    for more in (1, 2):
        fill(more)
        browser.get(AUDIT)
        with CaptureQueriesContext(connection) as queries:
            assert len(shown(browser.get(AUDIT, {"verb": "test.done"}))) in (1, 3)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8


def test_event_log_is_searched_by_object_person_event_and_day(signed, auditor, officer):
    by = fill(2)
    browser = signed(auditor)
    everything = shown(browser.get(AUDIT))
    mine = shown(browser.get(AUDIT, {"object": f"exportctl.user {by.pk}"}))
    assert len(mine) == 2
    assert mine == shown(browser.get(AUDIT, {"person": "JOB:test"}))
    assert mine == shown(browser.get(AUDIT, {"verb": "test.done"}))
    assert mine == shown(browser.get(AUDIT, {"verb": "test"}))
    assert mine == shown(browser.get(AUDIT, {"object": "zürich, 深圳"}))
    assert shown(browser.get(AUDIT, {"person": "nobody"})) == []
    day = Event.objects.latest("seq").recorded_at.date().isoformat()
    assert shown(browser.get(AUDIT, {"since": day, "until": day})) == everything
    assert shown(browser.get(AUDIT, {"since": "2100-01-01"})) == []
    assert shown(browser.get(AUDIT, {"until": "2000-01-01"})) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [({"since": "soon"}, "since"), ({"since": "2026-02-02", "until": "2026-02-01"}, "until")],
)
def test_event_log_names_what_is_wrong_with_a_search(signed, auditor, query, field):
    answer = signed(auditor).get(AUDIT, query)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]


def test_verify_tells_that_the_chain_is_whole_and_gives_its_head(signed, auditor):
    fill(3)
    browser = signed(auditor)
    answer = browser.post(AUDIT)
    assert "The chain is whole." in answer.content.decode()
    head = audit.verify().head
    assert head in answer.content.decode()
    assert "The chain is whole." in browser.post(AUDIT, {"head": head}).content.decode()
    wrong = browser.post(AUDIT, {"head": "nonsense"})
    assert wrong.status_code == 400
    assert "SEQ:HASH" in wrong.content.decode()


def test_verify_tells_where_the_chain_is_broken(signed, auditor):
    fill(3)
    browser = signed(auditor)
    with past_the_triggers() as cursor:
        cursor.execute("UPDATE exportctl_event SET body = body || ' ' WHERE seq = 2")
        text = browser.post(AUDIT).content.decode()
    assert "The chain is broken." in text
    assert "2: text and hash do not agree" in text


def test_verify_needs_the_token_of_the_form(auditor):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(auditor, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.post(AUDIT).status_code == 403


def test_roles_page_shows_the_table_and_marks_ones_own(signed, officer):
    text = signed(officer).get("/roles/").content.decode()
    for role in roles.ROLES.values():
        assert role.title in text
        for permission in role.permissions:
            assert permission in text
    assert text.count("Your role") == 1


def test_session_is_prolonged_by_post_alone(signed, officer):
    browser = signed(officer)
    before = browser.session.get_expiry_date()
    assert browser.get("/stay/").status_code == 405
    answer = browser.post("/stay/")
    assert answer.status_code == 204
    assert answer.cookies["exportctl_session"]["max-age"] == 9 * 3600
    assert browser.session.get_expiry_date() >= before


def test_pages_keep_the_strict_content_policy(signed, auditor):
    fill(1)
    for address in (AUDIT, "/roles/"):
        answer = signed(auditor).get(address)
        policy = answer["content-security-policy"]
        assert "script-src 'self'" in policy and "unsafe" not in policy
        assert "<script>" not in answer.content.decode()
        assert " style=" not in answer.content.decode()

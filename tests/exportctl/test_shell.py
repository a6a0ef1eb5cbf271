"""The frame around every page."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser, Group
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import include, path

from exportctl import shell
from exportctl.models import User
from exportctl.templatetags.ui import notice

NOW = datetime(2026, 8, 6, 10, 42, tzinfo=UTC)


def page(request):
    return HttpResponse()


urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path(
        "",
        include(
            (
                [path("", page, name="work"), path("applications/", page, name="applications")],
                "licenses",
            )
        ),
    ),
    path("", include(([path("parties/", page, name="parties")], "entities"))),
    path("", include(([path("audit/", page, name="audit")], "exportctl"))),
]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


def person(*codes, **more):
    user = User.objects.create(username="dana", first_name="Dana", last_name="Whitfield", **more)
    user.groups.set([Group.objects.get_or_create(name=code)[0] for code in codes])
    return user


def visit(user, address="/"):
    request = RequestFactory().get(address)
    request.user = user
    request._messages = CookieStorage(request)
    return request


@pytest.fixture
def registry(monkeypatch):
    monkeypatch.setattr(shell, "foot", [])
    monkeypatch.setattr(shell, "banners", [])
    monkeypatch.setattr(shell, "counts", {})


def test_menu_shows_what_exists_and_the_roles_may_see():
    assert [entry["name"] for entry in shell.menu(visit(person("officer")))] == [
        "licenses:work",
        "entities:parties",
        "licenses:applications",
    ]


def test_menu_of_an_administrator_has_no_cases():
    assert [entry["name"] for entry in shell.menu(visit(person("administrator")))] == [
        "licenses:work",
        "exportctl:audit",
    ]


def test_menu_of_a_stranger_is_empty():
    assert shell.menu(visit(AnonymousUser())) == []


@pytest.mark.parametrize(
    ("address", "current"),
    [
        ("/", "licenses:work"),
        ("/parties/7/", "entities:parties"),
        ("/applications/", "licenses:applications"),
        ("/elsewhere/", None),
    ],
)
def test_menu_marks_the_place_that_holds_the_page(address, current):
    entries = shell.menu(visit(person("officer"), address))
    assert [entry["name"] for entry in entries if entry["current"]] == ([current] if current else [])


def test_counts_foot_and_banners_come_from_the_apps(registry):
    shell.counts["licenses:work"] = lambda request: 56
    shell.foot.append(lambda request: ["Lists: 6 of 7 current"])
    shell.banners.append(lambda request: [shell.Banner("The UN list is 4 days old.", url="/parties/")])
    request = visit(person("officer"))
    assert shell.menu(request)[0]["count"] == 56
    html = render_to_string("base.html", {}, request=request)
    assert "Lists: 6 of 7 current" in html
    assert "The UN list is 4 days old." in html
    assert 'href="/parties/"' in html


def test_frame_is_not_computed_unless_shown(registry, django_assert_num_queries):
    request = visit(person("officer"))
    with django_assert_num_queries(0):
        context = shell.context(request)
    assert set(context) == {"today", "now", "nav", "shell"}


def test_frame_takes_one_query_for_the_roles(registry, django_assert_num_queries):
    request = visit(person("officer", "approver"))
    with django_assert_num_queries(1):
        html = render_to_string("base.html", {}, request=request)
    assert "Dana Whitfield" in html
    assert "Approver, Licensing officer" in html


def test_page_of_a_stranger_has_no_menu(registry):
    html = render_to_string("base.html", {}, request=visit(AnonymousUser()))
    assert 'id="nav"' not in html
    assert "Dana" not in html


def test_page_has_no_inline_script_or_style(registry):
    html = render_to_string("base.html", {}, request=visit(person("officer", is_staff=True)))
    assert "style=" not in html
    assert "<style" not in html
    assert html.count("<script") == html.count("<script src=")
    assert " onclick" not in html


def test_name_is_escaped(registry):
    user = person("officer")
    user.first_name = "<script>x"
    assert "<script>x" not in render_to_string("base.html", {}, request=visit(user))


def test_say_with_undo_is_a_toast(registry):
    request = visit(person("officer"))
    shell.say(request, "Hit recorded.", undo="/hits/1/undo/", until=NOW)
    shell.say(request, "Saved.")
    shell.say(request, "Not saved.", level=messages.ERROR)
    said = [notice(message) for message in messages.get_messages(request)]
    assert [(one["tone"], one["undo"], one["until"]) for one in said] == [
        ("good", "/hits/1/undo/", NOW.isoformat()),
        ("good", "", ""),
        ("late", "", ""),
    ]
    html = render_to_string("base.html", {}, request=request)
    assert '<form method="post" action="/hits/1/undo/">' in html
    assert html.count("Hit recorded.") == html.count("Saved.") == 1


def test_session_seconds_run_from_the_sign_in(client, settings):
    settings.SESSION_COOKIE_AGE = 3600
    request = visit(person("officer", last_login=NOW - timedelta(minutes=50)))
    request.session = client.session
    assert shell.session_seconds(request, NOW) == 600
    assert shell.session_seconds(visit(request.user), NOW) is None


def test_sign_in_page_names_its_fields(client, registry):
    html = client.get("/accounts/login/").content.decode()
    assert "<h1>Sign in</h1>" in html
    assert '<label for="id_login">' in html
    assert "placeholder" not in html


def test_missing_page_says_so_in_words(client, registry, settings):
    settings.DEBUG = False
    client.force_login(person("officer"))
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "No such page, or not in your scope" in answer.content.decode()


@pytest.mark.parametrize("name", ["400.html", "500.html", "403_csrf.html"])
def test_last_resort_pages_need_no_request(name):
    html = render_to_string(name)
    assert "<title>" in html
    assert "Nothing" in html

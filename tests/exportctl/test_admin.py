"""The admin: people and keys through verbs, events and jobs read-only, nothing changed by a GET."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from exportctl import outbox, people
from exportctl.models import ApiKey, Event, Job, User
from exportctl.recordadmin import RecordAdmin

from .log import fill

pytestmark = pytest.mark.django_db


def address(name: str, *args: object) -> str:
    return reverse(f"admin:exportctl_{name}", args=args)


@pytest.fixture
def desk(signed, administrator):
    return signed(administrator)


def test_user_list_takes_the_same_queries_with_1_and_3_rows(desk, person, django_assert_num_queries):
    desk.get(address("user_changelist"))
    for names in ((), ("b", "c")):
        for name in names:
            person(name, "officer")
        with django_assert_num_queries(8):
            assert desk.get(address("user_changelist")).status_code == 200


def test_new_person_is_made_by_the_verb(desk, administrator):
    form = desk.get(address("user_do_list", "create"))
    assert form.status_code == 200
    answer = desk.post(
        address("user_do_list", "create"),
        {"username": "new", "kind": "person", "password": "a long first password", "role_codes": ["officer"]},
    )
    assert answer.status_code == 302
    user = User.objects.get(username="new")
    assert user.check_password("a long first password")
    event = Event.objects.latest("seq")
    assert (event.verb, event.actor_id, event.data["data"]["roles"]) == (
        "user.created",
        administrator.pk,
        ["officer"],
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"username": "admin", "kind": "person"}, "is taken"),
        ({"username": "x", "kind": "person", "password": "12345"}, "too"),
        ({"username": "", "kind": "person"}, "required"),
        ({"username": "x", "kind": "person", "role_codes": ["king"]}, "king"),
    ],
)
def test_new_person_is_refused_with_a_reason(desk, body, words):
    count = Event.objects.count()
    answer = desk.post(address("user_do_list", "create"), body)
    assert answer.status_code in (200, 400)
    assert words in answer.content.decode()
    assert (Event.objects.count(), User.objects.filter(username="x").exists()) == (count, False)


def test_roles_are_assigned_and_a_leaver_deactivated(desk, officer):
    assert (
        desk.post(address("user_do", officer.pk, "assign-roles"), {"role_codes": ["auditor"]}).status_code
        == 302
    )
    assert desk.post(address("user_do", officer.pk, "deactivate"), {"reason": "left"}).status_code == 302
    officer.refresh_from_db()
    assert (officer.is_active, [group.name for group in officer.groups.all()]) == (False, ["auditor"])
    verbs = list(Event.objects.order_by("-seq").values_list("verb", flat=True)[:2])
    assert verbs == ["user.deactivated", "user.roles_assigned"]


def test_administrator_cannot_change_their_own_roles(desk, administrator):
    answer = desk.post(
        address("user_do", administrator.pk, "assign-roles"), {"role_codes": ["administrator", "approver"]}
    )
    assert answer.status_code == 400
    assert "own roles" in answer.content.decode()


def test_key_is_shown_once(desk, integration):
    answer = desk.post(
        address("apikey_do_list", "issue"),
        {
            "user": integration.pk,
            "name": "erp",
            "scopes": ["party.read"],
            "expires_on": (timezone.localdate() + timedelta(days=30)).isoformat(),
        },
        follow=True,
    )
    secret = re.search(r"exk_[0-9a-f]{8}\.[\w-]+", answer.content.decode())[0]
    assert ApiKey.objects.get().digest == ApiKey.digest_of(secret)
    again = desk.get(address("apikey_changelist")).content.decode()
    assert secret not in again
    assert (
        desk.post(address("apikey_do", ApiKey.objects.get().pk, "revoke"), {"reason": "lost"}).status_code
        == 302
    )
    assert ApiKey.objects.get().revoked_at is not None


@pytest.mark.parametrize("who", ["officer", "approver", "auditor", "filer", "lists"])
def test_people_and_keys_are_closed_to_everyone_else(signed, who, request, administrator):
    desk = signed(request.getfixturevalue(who))
    for name in ("user_changelist", "apikey_changelist"):
        assert desk.get(address(name)).status_code == 403
    assert desk.get(address("user_change", administrator.pk)).status_code == 403
    assert desk.get(address("user_do_list", "create")).status_code == 403
    assert desk.post(address("user_do", administrator.pk, "deactivate"), {"reason": "x"}).status_code in (
        403,
        404,
    )
    administrator.refresh_from_db()
    assert administrator.is_active


def test_events_and_jobs_are_read_only(signed, auditor, administrator):
    fill(1)
    outbox.pump(now=timezone.now())
    event = Event.objects.latest("seq")
    for user in (auditor, administrator):
        desk = signed(user)
        page = desk.get(address("event_change", event.pk))
        assert page.status_code == 200
        assert bytes(event.hash).hex() in page.content.decode()
        assert 'name="_save"' not in page.content.decode()
        assert desk.get(address("event_changelist")).status_code == 200
        assert desk.get(address("job_changelist")).status_code == 200
        assert desk.post(address("event_change", event.pk), {"verb": "x"}).status_code == 403
        assert desk.post(address("event_delete", event.pk), {"post": "yes"}).status_code == 403
        assert desk.get(address("event_add")).status_code == 403
        if job := Job.objects.first():
            assert desk.post(address("job_delete", job.pk), {"post": "yes"}).status_code == 403
    assert Event.objects.filter(pk=event.pk, verb=event.verb).exists()


@pytest.mark.parametrize("who", ["officer", "filer", "approver", "lists"])
def test_events_are_closed_to_those_without_audit_read(signed, who, request):
    assert signed(request.getfixturevalue(who)).get(address("event_changelist")).status_code == 403


def test_groups_are_no_second_way_to_roles():
    assert "auth.group" not in {model._meta.label_lower for model in admin.site._registry}


def test_every_registered_model_of_ours_is_a_read_only_record():
    ours = {
        model: page
        for model, page in admin.site._registry.items()
        if model._meta.app_label in ("exportctl", "entities", "licenses")
    }
    assert ours
    assert [model for model, page in ours.items() if not isinstance(page, RecordAdmin)] == []


def test_get_of_every_act_changes_nothing(desk, person, officer, integration, administrator, now):
    """Buttons of the theme are links: a GET shows a form, only its POST acts."""
    people.issue_key(
        user=integration,
        name="x",
        scopes=("party.read",),
        expires_at=now + timedelta(days=300),
        by=administrator,
        at=now,
    )
    everyone = person("everything", *[role for role in ("officer", "approver", "auditor", "list_manager")])
    before = list(Event.objects.values_list("seq", flat=True))
    from django.test import Client

    tried = 0
    for user in (administrator, everyone):
        browser = Client()
        browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        for model, page in admin.site._registry.items():
            if not isinstance(page, RecordAdmin):
                continue
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_do"
            record = model.objects.first()
            addresses = [reverse(f"{name}_list", args=[verb.name]) for verb in page.list_verbs]
            if record is not None:
                addresses += [reverse(name, args=[record.pk, verb.name]) for verb in page.verbs]
            for one in addresses:
                assert browser.get(one).status_code in (200, 403, 404), one
                tried += 1
    assert tried >= 10
    assert list(Event.objects.values_list("seq", flat=True)) == before

"""The verbs on people and keys, and the table of roles."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from exportctl import audit, people, roles
from exportctl.errors import Invalid, NotAllowed
from exportctl.models import ApiKey, Event, User

pytestmark = pytest.mark.django_db


def last() -> Event:
    return Event.objects.latest("seq")


# Roles


def test_every_role_says_what_it_does_and_what_it_sees():
    assert list(roles.ROLES) == [
        "filer", "officer", "reviewer", "adviser", "approver", "senior_approver", "list_manager", "auditor",
        "integration", "administrator",
    ]  # fmt: skip
    for role in roles.ROLES.values():
        assert role.title and role.sentence.endswith(".") and role.permissions
        assert role.sees in roles.SEES


@pytest.mark.parametrize("pair", [
    {"decision.propose", "decision.countersign"}, {"list.import", "hit.agree"}, {"people.manage", "decision.propose"},
    {"people.manage", "decision.countersign"}, {"people.manage", "hit.judge"}, {"body.manage", "decision.countersign"},
    {"body.manage", "application.refer"}, {"delegation.record", "application.refer"},
])  # fmt: skip
def test_no_single_role_holds_both_halves_of_a_two_person_act(pair):
    assert [role.code for role in roles.ROLES.values() if pair <= role.permissions] == []


def test_auditor_changes_nothing():
    assert {p for p in roles.ROLES["auditor"].permissions if not p.endswith(".read")} == {"report.export"}


def test_integration_and_jobs_hold_nothing_that_persons_decide():
    decided = {
        "decision.propose",
        "decision.countersign",
        "hit.judge",
        "hit.agree",
        "list.release",
        "license.revoke",
    }
    assert not decided & roles.ROLES["integration"].permissions
    assert not decided & roles.JOB_PERMISSIONS


def test_permissions_add_up_over_roles_and_end_with_the_account(person, administrator, now):
    user = person("both", "officer", "auditor")
    assert roles.may(user, "hit.judge") and roles.may(user, "audit.read")
    people.deactivate(user=user, reason="left", by=administrator, at=now)
    assert roles.permissions_of(User.objects.get(pk=user.pk)) == frozenset()


def test_widest_role_decides_what_is_seen(person, filer, auditor, reviewer, administrator):
    assert [roles.sees(user) for user in (filer, reviewer, auditor, administrator)] == [
        "own",
        "body",
        "all",
        "none",
    ]
    assert roles.sees(person("nobody")) == "none"
    assert roles.sees(person("mixed", "filer", "reviewer")) == "body"


def test_require_names_who_holds_the_permission(filer):
    with pytest.raises(NotAllowed) as refused:
        roles.require(filer, "decision.countersign")
    (blocker,) = refused.value.blockers
    assert "Approver" in blocker.remedy
    assert refused.value.status_code == 403


def test_require_person_refuses_a_machine_that_holds_the_permission(integration):
    roles.require(integration, "usage.record")
    with pytest.raises(NotAllowed, match="Only a person"):
        roles.require(integration, "usage.record", person=True)


def test_scopes_of_a_key_only_narrow(integration):
    integration.key_scopes = frozenset({"party.read", "decision.countersign"})
    assert roles.permissions_of(integration) == {"party.read"}


# People


def test_first_administrator_is_made_by_the_setup(administrator):
    event = last()
    assert (event.verb, event.object_id) == ("user.created", str(administrator.pk))
    assert event.data["by"]["name"] == "job:setup"
    assert event.data["data"]["roles"] == ["administrator"]
    assert administrator.check_password("correct horse battery")


@pytest.mark.parametrize("who", ["officer", "auditor", "filer", "integration"])
def test_create_needs_the_right_to_manage_people(who, request, now):
    by = request.getfixturevalue(who)
    with pytest.raises(NotAllowed):
        people.create(username="x", by=by, at=now)
    assert not User.objects.filter(username="x").exists()


@pytest.mark.parametrize(
    ("more", "field"), [({"username": "officer"}, "username"), ({"username": " "}, "username"),
                        ({"username": "x", "role_codes": ("king",)}, "roles")]
)  # fmt: skip
def test_create_refuses_bad_input_and_writes_nothing(administrator, officer, now, more, field):
    before = audit.verify().head
    with pytest.raises(Invalid) as refused:
        people.create(by=administrator, at=now, **more)
    assert [blocker.field for blocker in refused.value.blockers] == [field]
    assert audit.verify().head == before
    assert not User.objects.filter(username="x").exists()


def test_assign_roles_replaces_them_and_notes_both(administrator, officer, now):
    assert roles.may(officer, "decision.propose")
    people.assign_roles(user=officer, role_codes=("auditor",), by=administrator, at=now)
    assert not roles.may(officer, "decision.propose")
    assert last().data["data"] == {"before": ["officer"], "after": ["auditor"]}


def test_nobody_changes_their_own_roles_or_deactivates_themselves(administrator, now):
    with pytest.raises(Invalid, match="own roles"):
        people.assign_roles(user=administrator, role_codes=("approver",), by=administrator, at=now)
    with pytest.raises(Invalid, match="themselves"):
        people.deactivate(user=administrator, reason="x", by=administrator, at=now)


def test_leaver_loses_session_and_keys_at_once(administrator, officer, integration, now, signed, api):
    browser, machine = signed(officer), api(integration)
    assert browser.get("/roles/").status_code == 200
    assert machine.get("/api/v1/events/").status_code == 200
    people.deactivate(user=officer, reason="left", by=administrator, at=now)
    people.deactivate(user=integration, reason="left", by=administrator, at=now)
    assert browser.get("/roles/").status_code == 302
    assert machine.get("/api/v1/events/").status_code == 401
    assert last().data["data"]["keys"] == [ApiKey.objects.get().prefix]


# Keys


def test_key_is_kept_as_a_hash_and_shown_once(administrator, integration, now):
    key, secret = people.issue_key(
        user=integration,
        name="erp",
        scopes=("party.read",),
        expires_at=now + timedelta(days=1),
        by=administrator,
        at=now,
    )
    stored = ApiKey.objects.get()
    assert (stored.prefix, stored.digest) == (secret.split(".")[0], ApiKey.digest_of(secret))
    assert secret.split(".")[1] not in last().body
    assert last().verb == "key.issued"
    assert key.is_valid(at=now)
    assert not key.is_valid(at=now + timedelta(days=1))


@pytest.mark.parametrize(
    ("change", "field"),
    [({"scopes": ("party.read", "moon.read")}, "scopes"), ({"days": 400}, "expires_at"), ({"days": -1}, "expires_at"),
     ({"user": "officer"}, "user"), ({"user": "inactive"}, "user")],
)  # fmt: skip
def test_issue_key_refuses(administrator, integration, officer, now, change, field):
    holder = {"officer": officer}.get(change.get("user"), integration)
    if change.get("user") == "inactive":
        people.deactivate(user=integration, reason="x", by=administrator, at=now)
    with pytest.raises(Invalid) as refused:
        people.issue_key(
            user=holder, name="x", scopes=change.get("scopes", ("party.read",)),
            expires_at=now + timedelta(days=change.get("days", 30)), by=administrator, at=now,
        )  # fmt: skip
    assert [blocker.field for blocker in refused.value.blockers] == [field]
    assert ApiKey.objects.count() == 0


def test_revoke_twice_writes_one_event(administrator, integration, now):
    key, _ = people.issue_key(
        user=integration, name="x", scopes=("party.read",), expires_at=timezone.now() + timedelta(days=1),
        by=administrator, at=timezone.now(),
    )  # fmt: skip
    people.revoke_key(key=key, reason="lost", by=administrator, at=now)
    people.revoke_key(key=key, reason="lost", by=administrator, at=now)
    assert Event.objects.filter(verb="key.revoked").count() == 1
    with pytest.raises(NotAllowed):
        people.revoke_key(key=key, reason="lost", by=integration, at=now)

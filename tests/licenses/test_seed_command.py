"""`manage.py seed`: what every installation starts from."""

import io

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from entities import lists
from entities.models import ListedParty, ListSource, ListVersion
from exportctl import audit, roles
from exportctl.models import Event
from licenses.models import PolicyVersion

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("seed", *arguments, stdout=out)
    return out.getvalue()


def test_seed_writes_roles_sources_and_policies():
    told = run()
    assert set(Group.objects.values_list("name", flat=True)) == set(roles.ROLES)
    assert set(ListSource.objects.values_list("code", flat=True)) == {code for code, *_ in lists.SOURCES}
    assert PolicyVersion.objects.filter(policy="huawei").exists()
    assert ListVersion.objects.count() == 0
    assert f"roles: {len(roles.ROLES)} new" in told


def test_seed_twice_changes_nothing():
    run("--listings")
    before = list(Event.objects.values_list("seq", "verb"))
    told = run("--listings")
    assert list(Event.objects.values_list("seq", "verb")) == before
    assert ListVersion.objects.count() == 1
    assert "roles: 0 new" in told


def test_seed_with_listings_publishes_huawei_and_its_group():
    run("--listings")
    assert ListedParty.objects.filter(group="Huawei").count() >= 42
    actors = set(Event.objects.values_list("data__by__name", flat=True))
    assert actors == {"job:setup"}
    assert audit.verify().ok

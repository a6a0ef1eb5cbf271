"""Planted violations: each must break the build, and the clean tree must not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from exportctl import people
from exportctl.errors import Refused
from exportctl.models import Event
from licenses import applications, decisions
from licenses.models import Application, Decision, License
from tests import factories

from .gates import APPS, event_writers, status_writes, strong_locks


@pytest.fixture
def tree(checkout, tmp_path):
    """A copy of the product's code."""
    for app in APPS:
        skip = shutil.ignore_patterns("__pycache__", "static")
        shutil.copytree(checkout / app, tmp_path / app, ignore=skip)
    for name in ("pyproject.toml", "manage.py"):
        shutil.copy(checkout / name, tmp_path / name)
    return tmp_path


def plant(tree: Path, name: str, text: str) -> None:
    """Add lines to the end of a module, or make it."""
    path = tree / name
    path.write_text((path.read_text() if path.exists() else "") + text)


def gate(tree: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(tree),
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "EXPORTCTL_VAR": str(tree / "var"),
        "PYTHONWARNINGS": "ignore",
    }
    return subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, timeout=600)


def imports(tree: Path) -> subprocess.CompletedProcess[str]:
    return gate(tree, str(Path(sys.executable).with_name("lint-imports")), "--no-cache")


def migrations(tree: Path) -> subprocess.CompletedProcess[str]:
    return gate(tree, sys.executable, "manage.py", "makemigrations", "--check", "--dry-run")


# Gates over the code


def test_clean_tree_passes_the_gates(tree):
    found = imports(tree)
    assert found.returncode == 0, found.stdout
    found = migrations(tree)
    assert found.returncode == 0, found.stdout + found.stderr
    assert status_writes(tree) == strong_locks(tree) == event_writers(tree) == []


@pytest.mark.parametrize(
    ("name", "text", "contract"),
    [
        ("entities/parties.py", "\nfrom licenses import applications\n", "licenses above entities"),
        ("exportctl/roles.py", "\nfrom entities.models import Party\n", "licenses above entities"),
        ("licenses/workflow.py", "\nfrom django.utils import timezone\n", "Pure modules"),
        ("licenses/utils.py", "", "Inside licenses"),
        ("licenses/views/work.py", "\nfrom exportctl import audit\n", "Only verbs write"),
    ],
)
def test_import_against_the_layers_breaks_the_build(tree, name, text, contract):
    plant(tree, name, text)
    found = imports(tree)
    assert found.returncode == 1, found.stdout
    broken = [line for line in " ".join(found.stdout.split()).split("KEPT") if "BROKEN" in line]
    assert any(contract in line for line in broken), found.stdout


def test_missing_migration_breaks_the_build(tree):
    path = tree / "entities/models/parties.py"
    planted = path.read_text().replace(
        "    note = models.TextField(blank=True)\n",
        "    note = models.TextField(blank=True)\n    nickname = models.TextField(blank=True)\n",
        1,
    )
    assert planted != path.read_text()
    path.write_text(planted)
    found = migrations(tree)
    assert found.returncode == 1
    assert "nickname" in found.stdout


def test_status_change_past_the_table_breaks_the_build(tree):
    for line in (
        "    case.status = 'approved'",
        "    Application.objects.filter(pk=case.pk).update(status='approved')",
        "    setattr(case, 'status', 'approved')",
        "    Application.objects.bulk_update([case], ['status'])",
    ):
        plant(tree, "licenses/review.py", f"\n\ndef hurry(case):\n{line}\n")
    found = status_writes(tree)
    assert len(found) == 4
    assert all(one.startswith("licenses/review.py:") and one.endswith("writes status") for one in found)


def test_strong_lock_and_second_writer_of_events_break_the_build(tree):
    plant(tree, "licenses/review.py", "\nApplication.objects.select_for_update().get(pk=1)\n")
    plant(tree, "licenses/usage.py", "\nEvent.objects.create(seq=1)\n")
    assert len(strong_locks(tree)) == 1
    assert event_writers(tree) == ["licenses/usage.py"]


# Gates at run time


@pytest.mark.django_db
def test_status_change_past_the_table_is_refused_by_verb_and_database(filer, officer, now):
    case = factories.make_draft(by=filer)
    with pytest.raises(Refused) as refused:
        applications.register(application=case, by=officer, at=now)
    assert [blocker.code for blocker in refused.value.blockers] == ["wrong_status"]
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=case.pk).update(status="approved")
    assert Application.objects.get(pk=case.pk).status == "draft"


@pytest.mark.django_db
def test_update_on_an_event_is_refused(filer):
    before = list(Event.objects.order_by("seq").values_list("body", flat=True))
    assert before
    for change in (
        lambda: Event.objects.filter(seq=1).update(verb="nothing.happened"),
        lambda: Event.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert list(Event.objects.order_by("seq").values_list("body", flat=True)) == before


@pytest.mark.django_db
def test_decision_by_one_person_is_refused(filer, officer, approver, administrator, published_list, now):
    people.assign_roles(user=officer, role_codes=("officer", "approver"), by=administrator, at=now)
    case = factories.make_registered(by=filer, officer=officer, at=now)
    decisions.propose(application=case, outcome="approve", justification="Mine alone.", by=officer, at=now)
    with pytest.raises(Refused) as refused:
        decisions.countersign(application=case, by=officer, at=now)
    assert "same_person" in [blocker.code for blocker in refused.value.blockers]
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        Decision.objects.update(countersigned_by=officer, made_at=now, state="made")
    assert (Decision.objects.get().state, License.objects.count()) == ("proposed", 0)
    assert decisions.countersign(application=case, by=approver, at=now).state == "made"


@pytest.mark.django_db
def test_decision_with_an_open_hit_is_refused(filer, officer, approver, published_list, now):
    customer = factories.make_party(by=filer, at=now, name="Huawei Technologies Co., Ltd.", country="CN")
    case = factories.make_registered(by=filer, officer=officer, at=now, customer=customer)
    assert customer.hits.filter(status="open").exists()
    decisions.propose(
        application=case,
        outcome="approve",
        justification="In haste.",
        override="In haste.",
        by=officer,
        at=now,
    )
    with pytest.raises(Refused) as refused:
        decisions.countersign(application=case, by=approver, at=now)
    assert "hit_open" in {blocker.code for blocker in refused.value.blockers}
    assert (Decision.objects.get().state, License.objects.count()) == ("proposed", 0)


@pytest.mark.django_db
def test_decision_before_the_worker_has_screened_is_refused(filer, officer, approver, seeded):
    at = timezone.now()
    case = factories.make_submitted(by=filer, at=at)
    case = applications.register(application=case, by=officer, at=at)
    decisions.propose(application=case, outcome="approve", justification="In haste.", by=officer, at=at)
    with pytest.raises(Refused) as refused:
        decisions.countersign(application=case, by=approver, at=at)
    assert "screening_missing" in {blocker.code for blocker in refused.value.blockers}

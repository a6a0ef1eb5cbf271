"""The house rules that hold for every module."""

from __future__ import annotations

import re

from .gates import APPS, event_writers, modules, status_writes, strong_locks

NAMES_WITHOUT_A_NOUN = {"utils", "helpers", "services", "selectors", "managers", "common", "misc"}


def test_row_locks_leave_foreign_keys_alone(checkout):
    assert strong_locks(checkout) == []


def test_status_changes_pass_the_one_gate_of_their_table(checkout):
    assert status_writes(checkout) == []


def test_only_the_log_writes_events(checkout):
    assert event_writers(checkout) == []


def test_modules_stay_within_400_lines(checkout):
    long = {
        name: count for name, path in modules(checkout) if (count := len(path.read_text().splitlines())) > 400
    }
    assert long == {}


def test_modules_are_named_by_nouns_of_the_trade(checkout):
    assert [name for name, path in modules(checkout) if path.stem in NAMES_WITHOUT_A_NOUN] == []


def test_package_roots_are_empty(checkout):
    assert [app for app in APPS if (checkout / app / "__init__.py").read_text().strip()] == []


def test_every_test_folder_is_a_package(checkout):
    folders = {path.parent for path in (checkout / "tests").rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_templates_keep_to_the_content_policy(checkout):
    wrong = [
        path.name
        for path in (checkout / "templates").rglob("*.html")
        if path.parent.name != "admin"
        and re.search(r"<script(?![^>]*\b(src|nonce)=)|\sstyle=|\son[a-z]+=\"|javascript:", path.read_text())
    ]
    assert wrong == []


def test_no_signal_carries_a_rule(checkout):
    words = ("post_save", "pre_save", "post_delete", "m2m_changed")
    assert [name for name, path in modules(checkout) if any(word in path.read_text() for word in words)] == []

"""The batch command to its contract: one answer a line in the same order, whole or not at all."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ..determination.cases import question


def run(tmp_path: Path, *lines: Any, **options: Any) -> list[dict[str, Any]]:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    texts = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    source.write_bytes(b"\n".join(texts) + b"\n")
    call_command("assess", input=source, output=target, stdout=io.StringIO(), **options)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]
    return [json.loads(line) for line in target.read_text().splitlines()]


def test_answers_come_in_order_with_their_fields(tmp_path: Path) -> None:
    clean, iran = question(), question("IR", id="Q2")
    lenses = question("SG", id=3, eccn="3C001", value=100)
    first, second, third = run(tmp_path, clean, iran, lenses, delivered=True)
    assert [each["id"] for each in (first, second, third)] == ["Q1", "Q2", 3]
    assert (first["result"], first["exceptions"], first["questions"], "policy" in first) == (
        "NLR",
        [],
        [],
        False,
    )
    assert second["reasons"][0]["citation"] == "15 CFR 746.7"
    assert (second["reasons"][0]["edition"], second["policy"]) == ("2026-07-23", "SEC")
    assert third["reasons"][0]["column"] == "NS2"
    assert [each["symbol"] for each in third["exceptions"]] == ["LVS", "STA"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{", "no JSON"), (b"\xff\xfe", "no JSON"), (b"[1]", "no object"), (b"{}", "date"),
        (json.dumps(question(date="06/08/2026")).encode(), "date"),
        (json.dumps(question(date="2026-02-30")).encode(), "date"),
        (json.dumps(question(value=-1)).encode(), "value"),
        (json.dumps(question(us_content=120)).encode(), "us_content"),
        (json.dumps(question(destination="Germany")).encode(), "destination"),
        (json.dumps(question(eccn=5)).encode(), "eccn"),
        (json.dumps(question(parties={"role": "end_user"})).encode(), "parties"),
        (json.dumps(question(end_use_answers={"nukes": False})).encode(), "end_use_answers.nukes"),
        (json.dumps(question(red_flags={"answered": "yes"})).encode(), "red_flags.answered"),
        (json.dumps(question(type="GIFT")).encode(), "type"),
        (json.dumps(question(id="\ud800", region="\ud800")).encode(), "region"),
        (json.dumps(question(red_flags={"answered": True, "open": [1]})).encode(), "red_flags.open"),
        (b"[" * 100_000, "no JSON"),
    ],
)  # fmt: skip
def test_line_that_cannot_be_read_whole_needs_review(tmp_path: Path, line: bytes, told: str) -> None:
    bad, good = run(tmp_path, line, question(), delivered=True)
    assert (bad["result"], good["result"]) == ("NEEDS_REVIEW", "NLR")
    assert told in " ".join(bad["questions"])


def test_files_that_cannot_be_used_leave_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("assess", input=tmp_path / "none", output=tmp_path / "out", delivered=True)
    with pytest.raises(CommandError, match="is a folder"):
        call_command("assess", input=tmp_path / "none", output=tmp_path, delivered=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_lists_and_policies_on_file_are_used(tmp_path: Path, published_list: Any) -> None:
    found = run(tmp_path, question("CN", date="2019-06-01", party={"name": "HiSilicon", "hq_country": "CN"}),
                question(party={"name": "Mahan Air"}), question())  # fmt: skip
    assert [each["result"] for each in found] == ["LICENSE_REQUIRED", "PROHIBITED", "NLR"]
    assert "POLICY" in [each["code"] for each in found[0]["reasons"]]

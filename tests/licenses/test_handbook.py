"""docs/workflow.md, the page of the same, and the picture: all told from the table, so none can fall behind it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import call_command

from licenses import diagram, handbook, workflow
from licenses.workflow import CLOSED, TRANSITIONS, WORDS, Status


def test_the_page_in_docs_is_the_one_the_table_gives(checkout: Path) -> None:
    written = (checkout / "docs" / "workflow.md").read_text(encoding="utf-8")
    assert written == handbook.markdown(), "docs/workflow.md is old: run `manage.py describe_workflow`"


def test_describe_workflow_writes_where_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("describe_workflow", to=str(tmp_path / "it.md"))
    call_command("describe_workflow", to="-")
    assert (tmp_path / "it.md").read_text(encoding="utf-8") == handbook.markdown()
    assert capsys.readouterr().out.endswith(handbook.markdown())


def test_every_state_and_action_is_told() -> None:
    text = handbook.markdown()
    assert all(f"`{row.action}`" in text for row in TRANSITIONS)
    assert all(f"| `{status}` | {WORDS[status]} |" in text for status in Status)
    assert {one.action for one in handbook.lines()} == {row.action for row in TRANSITIONS}
    assert all(one.who for one in handbook.lines())
    assert all(guard.__doc__ for row in TRANSITIONS for guard in row.guards)


def test_every_legal_pair_is_drawn_or_told() -> None:
    drawn, told = diagram.split()
    shown = {(source, target, label) for (source, target), labels in drawn.items() for label in labels}
    shown |= {
        (source, target, label)
        for target, found in told.items()
        for label, sources in found
        for source in sources
    }
    assert shown == {
        (source, Status(target), row.label)
        for row in TRANSITIONS
        for source in Status
        for target in workflow.targets(row.action, source) - {source}
    }


def test_boxes_do_not_cover_each_other_and_arrows_join_those_they_name() -> None:
    picture = diagram.picture()
    boxes = {box.status: box for box in picture.boxes}
    assert set(boxes) == set(Status)
    spots = [(box.x, box.y) for box in picture.boxes]
    assert len(spots) == len(set(spots))
    assert {box.status for box in picture.boxes if box.closed} == set(CLOSED)
    for arrow in picture.arrows:
        figures = [int(each) for each in re.findall(r"\d+", arrow.path)]
        ends = ((figures[:2], boxes[arrow.source]), (figures[-2:], boxes[arrow.target]))
        for (x, y), box in ends:
            assert box.x <= x <= box.x + diagram.WIDE and box.y <= y <= box.y + diagram.HIGH
    assert all(box.x + diagram.WIDE <= picture.width for box in picture.boxes)
    assert all(box.y + diagram.HIGH <= picture.height for box in picture.boxes)


@pytest.mark.django_db
def test_the_page_shows_the_picture_the_actions_and_the_days(client, signed, defense) -> None:
    assert client.get("/help/workflow/").status_code == 302
    page = signed(defense).get("/help/workflow/")
    text = page.content.decode()
    assert page.status_code == 200
    assert all(row.label in text.replace("&#x27;", "'") for row in TRANSITIONS)
    assert text.count("marker-end") == len(diagram.picture().arrows)
    assert "The Operating Committee’s chair rules" in text and "GOV_ASSURANCE" in text

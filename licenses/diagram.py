"""The picture of the transition table, laid out from the table itself. Pure: the page and docs/workflow.md draw it.

A state stands one row below the states that lead to it; the closed ones stand in the last row. An action that
leads to the same state from many is told beside that state instead of drawn.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from textwrap import wrap

from . import workflow
from .workflow import CLOSED, TRANSITIONS, WORDS, Status

MANY = 4  # from so many states on an action is told, not drawn
WIDE, HIGH, GAP, STEP = 150, 46, 26, 108  # of a state's box, between boxes, from row to row


@dataclass(frozen=True, slots=True)
class Box:
    """A state: its place, its words in lines, and what leads to it from many states."""

    status: Status
    x: int
    y: int
    lines: tuple[str, ...]
    told: tuple[str, ...]
    closed: bool


@dataclass(frozen=True, slots=True)
class Arrow:
    """An edge with the labels of its actions at its middle."""

    source: Status
    target: Status
    path: str
    x: int
    y: int
    words: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Picture:
    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def edges() -> dict[tuple[Status, Status], list[str]]:
    """Every legal pair that changes the status, with the labels of the actions that do."""
    found: dict[tuple[Status, Status], list[str]] = defaultdict(list)
    for row in TRANSITIONS:
        for source in Status:
            for target in sorted(workflow.targets(row.action, source) - {source}):
                found[source, Status(target)].append(row.label)
    return dict(found)


def split() -> tuple[dict[tuple[Status, Status], list[str]], dict[Status, list[tuple[str, list[Status]]]]]:
    """The edges to draw, and for each state the actions that lead to it from many, with those states."""
    sources: dict[tuple[Status, str], list[Status]] = defaultdict(list)
    for (source, target), labels in edges().items():
        for label in labels:
            sources[target, label].append(source)
    told: dict[Status, list[tuple[str, list[Status]]]] = defaultdict(list)
    for (target, label), found in sources.items():
        if len(found) >= MANY:
            told[target].append((label, found))
    drawn: dict[tuple[Status, Status], list[str]] = {}
    for pair, labels in edges().items():
        left = [label for label in labels if len(sources[pair[1], label]) < MANY]
        if left:
            drawn[pair] = left
    return drawn, dict(told)


def places() -> dict[Status, tuple[int, int]]:
    """Row and column of each state: below the state it is first reached from, else in the next free column."""
    known, (drawn, told) = edges(), split()
    rows: dict[Status, int] = {Status.DRAFT: 0}
    parent: dict[Status, Status] = {}
    frontier = [Status.DRAFT]
    while frontier:
        source = frontier.pop(0)
        for target in Status:
            alone = target not in told and sum(pair[1] == target for pair in drawn) == 1
            if (source, target) in known and target not in rows and (target not in CLOSED or alone):
                rows[target], parent[target] = rows[source] + 1, source
                frontier.append(target)
    taken: set[tuple[int, int]] = set()
    found: dict[Status, tuple[int, int]] = {}
    order = list(Status)
    for status in sorted(rows, key=lambda each: (rows[each], each in CLOSED, order.index(each))):
        column = found[parent[status]][1] if status in parent else 0
        while (rows[status], column) in taken:
            column += 1
        taken.add((rows[status], column))
        found[status] = rows[status], column
    last = max(rows.values()) + 1
    closed = [status for status in Status if status in CLOSED and status not in rows]
    return found | {status: (last, column) for column, status in enumerate(closed, 1)}


def picture() -> Picture:
    """The table as boxes and arrows."""
    grid, (drawn, told) = places(), split()
    columns = 1 + max(column for _, column in grid.values())
    boxes = {
        status: Box(
            status, GAP + column * (WIDE + GAP), GAP + row * STEP, tuple(wrap(WORDS[status], 19)),
            tuple(f"{label}, from {len(sources)} states" for label, sources in told.get(status, ())), status in CLOSED,
        )
        for status, (row, column) in grid.items()
    }  # fmt: skip
    arrows: list[Arrow] = []
    labeled: set[tuple[Status, str]] = set()
    for (source, target), labels in drawn.items():
        words = ", ".join(labels)
        fan = sum(pair[0] == source and found == labels for pair, found in drawn.items()) > 1
        below = any(grid[each] == (grid[source][0] + 1, grid[source][1]) for each in grid)
        arrow = _arrow(boxes[source], boxes[target], "" if (source, words) in labeled else words, fan, below)
        arrows.append(arrow)
        if fan:
            labeled.add((source, words))
    notes = max(len(box.told) for box in boxes.values())
    last = max(box.y for box in boxes.values())
    return Picture(
        GAP + columns * (WIDE + GAP), last + HIGH + GAP + 16 * notes, tuple(boxes.values()), tuple(arrows)
    )


def _arrow(source: Box, target: Box, words: str, fan: bool, below: bool) -> Arrow:
    """The curve from box to box. It leaves by the side where another box stands right below."""
    middle, end = source.x + WIDE // 2, (target.x + WIDE // 2, target.y)
    if target.y < source.y:
        start, end = (source.x + WIDE // 4, source.y), (end[0] + WIDE // 4, target.y + HIGH)
        path = _curve(start, (start[0], start[1] - 60), (end[0], end[1] + 60), end)
        x, y = end[0] + 10, end[1] + 20
        return Arrow(source.status, target.status, path, x, y, words, "start")
    near = target.y - source.y == STEP
    if below and not near:
        start = (source.x + WIDE, source.y + HIGH // 2)
        path = _curve(start, (end[0], start[1]), (end[0], start[1] + STEP), end)
        return Arrow(source.status, target.status, path, start[0] + 10, start[1] - 8, words, "start")
    start = (middle, source.y + HIGH)
    path = _curve(start, (middle, start[1] + 60), (end[0], end[1] - 60), end)
    spot = (end[0], end[1] - 22) if near and not fan else (middle, start[1] + 20)
    return Arrow(source.status, target.status, path, *spot, words, "middle")


def _curve(*points: tuple[int, int]) -> str:
    (start, *others) = (f"{x} {y}" for x, y in points)
    return f"M{start}C{' '.join(others)}"


def mermaid() -> str:
    """The same picture as a Mermaid state diagram."""
    drawn, told = split()
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{WORDS[status]}" as {status}' for status in Status]
    lines += ["    [*] --> draft"]
    lines += [f"    {source} --> {target}: {', '.join(labels)}" for (source, target), labels in drawn.items()]
    lines += [f"    {status} --> [*]" for status in Status if status in CLOSED]
    for target, found in told.items():
        said = "; ".join(f"{label}, from {len(sources)} states" for label, sources in found)
        lines += [f"    note right of {target}: {said}"]
    return "\n".join(lines)

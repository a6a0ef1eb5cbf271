"""Gates that read the code itself: what a linter cannot be told."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

APPS = ("exportctl", "entities", "licenses")

# who may write which column: the one gate of each table (the model resets a hit's judgement for its gate)
GATES = {
    "status": {"licenses/applications.py", "entities/hits.py", "entities/models/screening.py"},
    "state": {
        "entities/lists.py", "exportctl/outbox.py", "licenses/applications.py", "licenses/decisions.py",
        "licenses/classifications.py", "licenses/corrections.py", "licenses/determinations.py",
    },
}  # fmt: skip


def modules(checkout: Path) -> Iterator[tuple[str, Path]]:
    """Every module of the product with its path in the checkout; migrations are left out."""
    for app in APPS:
        for path in sorted((checkout / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(checkout).as_posix(), path


def status_writes(checkout: Path) -> list[str]:
    """Places that change a status or state outside the gates: assignment, setattr, update(), bulk_update()."""
    return [
        f"{name}:{line} writes {column}"
        for name, path in modules(checkout)
        for line, column in _writes(ast.parse(path.read_text()))
        if name not in GATES[column]
    ]


def _writes(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in (inner for outer in targets for inner in ast.walk(outer)):
                if isinstance(target, ast.Attribute) and target.attr in GATES and not _is_plain(target, tree):
                    yield node.lineno, target.attr
        elif isinstance(node, ast.Call):
            yield from _called(node)


def _called(call: ast.Call) -> Iterator[tuple[int, str]]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "update":
        yield from ((call.lineno, word.arg) for word in call.keywords if word.arg in GATES)
    if name in ("setattr", "bulk_update"):
        words = {node.value for node in ast.walk(call) if isinstance(node, ast.Constant)}
        yield from ((call.lineno, column) for column in GATES if column in words)


def _is_plain(target: ast.Attribute, tree: ast.AST) -> bool:
    """`self.state` of a class that is no model."""
    own = isinstance(target.value, ast.Name) and target.value.id == "self"
    return own and not any(isinstance(node, ast.ClassDef) and node.name == "Meta" for node in ast.walk(tree))


def strong_locks(checkout: Path) -> list[str]:
    """Row locks that stand in the way of foreign keys: select_for_update() without no_key=True."""
    return [
        f"{name}:{node.lineno}"
        for name, path in modules(checkout)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "select_for_update"
        and not any(
            word.arg == "no_key" and isinstance(word.value, ast.Constant) and word.value.value is True
            for word in node.keywords
        )
    ]


def event_writers(checkout: Path) -> list[str]:
    """Modules that write Event rows or call the append function themselves."""
    words = ("Event.objects.create", "Event(", "Event.objects.bulk_create", "exportctl_append(")
    allowed = {"exportctl/audit.py", "exportctl/log_sql.py"}
    return [
        name
        for name, path in modules(checkout)
        if name not in allowed and any(word in path.read_text().replace("class Event(", "") for word in words)
    ]

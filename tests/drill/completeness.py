"""T24: every verb leaves an event. Enumerated from the code, less the exemptions below."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.exportctl.gates import modules

from . import drill

CHECKOUT = Path(__file__).resolve().parents[2]
SHELLS = (
    "admin.py",
    "api/",
    "views/",
    "views.py",
    "forms",
    "demo/",
    "management/",
    "reactions.py",
    "tasks.py",
)

# verbs that are no event: settled for autosaves; the others read only
EXEMPT = {
    "licenses/applications.py:save_draft": "an autosave; the draft's start and its filing are events",
    "entities/looks.py:reveal": "a look at masked data goes to the access log, not to the chain",
}


def verbs(checkout: Path = CHECKOUT) -> dict[str, bool]:
    """Each public function with keyword-only `by` and `at`: whether it reaches the event log."""
    found: dict[str, bool] = {}
    for name, path in modules(checkout):
        if name.startswith("exportctl/local") or any(
            f"/{shell}" in f"/{name.partition('/')[2]}" for shell in SHELLS
        ):
            continue
        tree = ast.parse(path.read_text())
        logged = reaching(tree)
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                words = {argument.arg for argument in node.args.kwonlyargs}
                if {"by", "at"} <= words and name != "exportctl/audit.py":
                    found[f"{name}:{node.name}"] = node.name in logged
    return found


def reaching(tree: ast.Module) -> set[str]:
    """Functions of a module that open an action or hand `by` and `at` on to a function that does."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    logged = {name for name, node in functions.items() if opens(node)}
    while True:
        more = {
            name
            for name, node in functions.items()
            if name not in logged and calls(node) & (logged | handed_on(node))
        }
        if not more:
            return logged
        logged |= more


def opens(node: ast.FunctionDef) -> bool:
    """Whether it opens an action, or writes to one that its caller opened (`log`)."""
    if any(argument.arg == "log" for argument in node.args.kwonlyargs + node.args.args):
        return "log" in calls(node)
    return any(
        isinstance(each, ast.Attribute) and each.attr == "action" and getattr(each.value, "id", "") == "audit"
        for each in ast.walk(node)
    )


def calls(node: ast.FunctionDef) -> set[str]:
    """Names of the functions a function calls; of another module's as "module.function"."""
    names = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            if isinstance(each.func, ast.Name):
                names.add(each.func.id)
            elif isinstance(each.func, ast.Attribute) and isinstance(each.func.value, ast.Name):
                names.add(f"{each.func.value.id}.{each.func.attr}")
    return names


def handed_on(node: ast.FunctionDef) -> set[str]:
    """Calls of another module's verb that pass `by` and `at` on, which is then counted there."""
    return {
        f"{each.func.value.id}.{each.func.attr}"
        for each in ast.walk(node)
        if isinstance(each, ast.Call)
        and isinstance(each.func, ast.Attribute)
        and isinstance(each.func.value, ast.Name)
        and {"by", "at"} <= {word.arg for word in each.keywords}
    }


@drill("T24", "audit completeness: every verb, enumerated from the code, leaves an event")
def complete(full: bool) -> tuple[str, bool]:
    """All verbs of the three apps; routes, tasks and admin acts call nothing else."""
    found = {name: logged for name, logged in verbs().items() if name not in EXEMPT}
    silent = sorted(name for name, logged in found.items() if not logged)
    figure = f"{len(found) - len(silent)} of {len(found)} verbs leave an event"
    return figure + (f"; silent: {', '.join(silent)}" if silent else ""), not silent and len(found) > 20

"""The rules of a determination as they are on file: the delivered tables, imported editions, review policies."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import connection

from exportctl import audit, roles
from exportctl.errors import refuse
from exportctl.models import User

from .determination import ccl, delivered
from .determination.tables import Edition, Entry, PolicyRule, Row, Rules
from .models import PolicyVersion, RuleTable, TableKind
from .models.determinations import RULES_MARK

MOST_BYTES = 50_000_000
WHOLE_LIST = 500  # entries from which on a file is the whole Commerce Control List
NAMES = {  # the chart's and the groups' names of countries, where they are not those of the delivered chart
    "China (PRC)": "CN", "China": "CN", "The Bahamas": "BS", "Bahamas, The": "BS", "The Gambia": "GM",
    "Bosnia & Herzegovina": "BA", "Saint Kitts & Nevis": "KN", "Saint Lucia": "LC", "Trinidad & Tobago": "TT",
    "Saint Vincent and the Grenadines": "VC", "Sao Tome & Principe": "ST", "Turkey": "TR", "United States": "US",
    "Micronesia, Federated States of": "FM", "Bahamas": "BS", "Gambia": "GM", "Hong Kong": "HK",
    "Micronesia (Federated State of)": "FM", "Seycheles": "SC", "Seychelles": "SC",
    "Congo (Democratic Republic of)": "CD", "Cote d'lvoire": "CI", "Côte d'Ivoire": "CI", "Myanmar": "MM",
    "Macao": "MO", "Czechia": "CZ", "Viet Nam": "VN", "Cabo Verde": "CV",
}  # fmt: skip


def current(mark: str | None = None) -> Rules:
    """The rules in force in this installation, kept until a table or a policy changes.

    `mark` is what `models.rules_mark` said where it was asked along with other rows; else one query asks it.
    """
    return _rules(_mark() if mark is None else mark)


def lacks(eccn: str) -> bool:
    """Whether a whole Commerce Control List is on file and no edition holds the entry of this ECCN.

    Without a whole list nothing can be said, and it is False.
    """
    whole = RuleTable.objects.filter(kind=TableKind.CCL, count__gte=WHOLE_LIST)
    if eccn == "EAR99" or not whole.exists():
        return False
    return not any(eccn[:5] in edition.rows for edition in current().entries)


def _mark() -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {RULES_MARK}")
        return str(cursor.fetchone()[0])


def in_force(groups: Iterable[str], on: date, mark: str | None = None) -> list[PolicyVersion]:
    """The policy versions of a day for groups of listed parties; `mark` as in `current`."""
    named = {group for group in groups if group}
    known = _policies(_mark() if mark is None else mark) if named else ()
    return [each for each in known if each.policy.group in named and on in each.period]


@lru_cache(maxsize=2)
def _policies(mark: str) -> tuple[PolicyVersion, ...]:
    return tuple(PolicyVersion.objects.select_related("policy").order_by("policy", "period"))


@lru_cache(maxsize=2)
def _rules(mark: str) -> Rules:
    if not mark:
        return delivered.rules()
    found: dict[str, list[Edition[Any]]] = {kind: [] for kind in TableKind.values}
    for table in RuleTable.objects.order_by("edition_on"):
        found[table.kind].append(Edition(table.edition_on, READERS[table.kind](table.rows)))
    return delivered.rules(
        tuple(rule(version) for version in _policies(mark)),
        entries=tuple(found[TableKind.CCL]),
        chart=tuple(found[TableKind.CHART]),
        groups=tuple(found[TableKind.GROUPS]),
    )


def rule(version: PolicyVersion) -> PolicyRule:
    """A policy version as the determination reads it."""
    return PolicyRule(
        policy=version.policy.name,
        regime=version.regime,
        group=version.policy.group,
        policy_code=version.policy_code,
        summary=version.summary,
        since=version.period.lower,
        until=version.period.upper,
        routes=version.routes,
        citations=tuple(each["text"] for each in version.citations),
    )


def import_file(*, path: Path, by: User, at: datetime, edition_on: date | None = None) -> RuleTable:
    """Read one table from a JSON file (or .json.gz) in the eCFR-derived layout. Event rules.imported.

    The kind is told by the file's own keys, the edition by its issue date where none is given. Safe twice: the
    same file again is returned. Refuses a file that is no such table, is damaged, or would replace an edition
    on file with other contents.
    """
    roles.require(by, "rules.import")
    raw = _bytes(path)
    digest = hashlib.sha256(raw).hexdigest()
    try:
        data = json.loads(raw)
        kind, rows = _table(data)
        day = edition_on or date.fromisoformat(
            str(data.get("ecfr_issue_date") or data.get("ecfrIssueDate") or "")
        )
        count = len(READERS[kind](rows))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise refuse("not_a_table", f"{path.name} is no rule table that can be read: {error}", field="file",
                     remedy="Give the Commerce Control List, country chart or country groups as JSON, and "
                            "--edition where the file names no issue date.") from None  # fmt: skip
    with audit.action(by=by, at=at) as log:
        standing = RuleTable.objects.filter(kind=kind, edition_on=day).first()
        if standing is not None:
            if standing.sha256 == digest:
                return standing
            raise refuse("edition_on_file", f"The {standing} is on file with other contents.", field="edition",
                         remedy="An edition is never replaced: name another day.")  # fmt: skip
        table = RuleTable.objects.create(kind=kind, edition_on=day, rows=rows, count=count, file=path.name,
                                         sha256=digest, imported_by=by, imported_at=at)  # fmt: skip
        log("rules.imported", table, kind=kind, edition=day, count=count, file=path.name, sha256=digest)
    return table


def changes(table: RuleTable) -> dict[str, str]:
    """What a Commerce Control List changed since the edition on file before it: entry -> what happened to it.

    Empty for another kind of table and for the first list on file.
    """
    lists = RuleTable.objects.filter(kind=TableKind.CCL, edition_on__lt=table.edition_on)
    before = lists.order_by("-edition_on").first() if table.kind == TableKind.CCL else None
    if before is None:
        return {}
    old, new = _ccl(before.rows), _ccl(table.rows)
    found = {eccn: f"changed in the {table}" for eccn in old if eccn in new and old[eccn] != new[eccn]}
    return found | {eccn: f"not in the {table} any more" for eccn in old if eccn not in new}


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise refuse("too_large", f"{path.name} is larger than 50 MB.", field="file")
        raw = path.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            with gzip.open(path) as stream:
                raw = stream.read(MOST_BYTES + 1)
    except (OSError, EOFError) as error:
        raise refuse("unreadable", f"{path.name} cannot be read: {error}", field="file",
                     remedy="Name a file that exists and is whole.") from None  # fmt: skip
    if len(raw) > MOST_BYTES:
        raise refuse("too_large", f"{path.name} is larger than 50 MB.", field="file")
    return raw


def _table(data: Any) -> tuple[str, Any]:
    if not isinstance(data, Mapping):
        raise ValueError("it holds no object")
    for key, kind in (
        ("entries", TableKind.CCL),
        ("countries", TableKind.CHART),
        ("groups", TableKind.GROUPS),
    ):
        if data.get(key) and kind is TableKind.CHART:
            # destinations whose row refers to part 746 stand apart from the rows with marks
            return kind.value, {**data[key], **{name: {"marks": []} for name in data.get("embargoed") or ()}}
        if data.get(key):
            return kind.value, data[key]
    raise ValueError("it holds neither entries, countries nor groups")


def _ccl(rows: Any) -> dict[str, Entry]:
    found = {each.eccn: each for each in ccl.entries(rows)}
    if not found:
        raise ValueError("it holds no entry")
    return found


def _chart(rows: Any) -> dict[str, Row]:
    base, found = delivered.rules().chart[0].rows, {}
    for name, row in rows.items():
        code = _code(name)
        marks = frozenset(str(mark).replace(" ", "") for mark in row["marks"])
        notes = frozenset(int(note) for note in row.get("footnotes") or ())
        old = base.get(code)
        kind = "graded" if marks else "embargoed"
        found[code] = Row(
            name, kind, marks, notes, old.pointer if old else "15 CFR part 746" if not marks else ""
        )
    if "LI" not in found and "CH" in found:  # footnote 5
        found["LI"] = found["CH"]
    return found


def _groups(rows: Any) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for group, names in rows.items():
        if not re.fullmatch(r"[A-E](:\d)?", group):
            raise ValueError(f"'{group}' is no country group")
        for name in names:
            found.setdefault(_code(name), set()).add(group)
    return {code: frozenset(each) for code, each in found.items()}


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    chart = delivered.rules().chart[0].rows
    return {row.name.casefold(): code for code, row in chart.items()} | {
        name.casefold(): code for name, code in NAMES.items()
    }


def _code(name: str) -> str:
    code = _codes().get(name.strip().casefold())
    if code is None:
        raise ValueError(f"the country '{name}' is not known")
    return code


READERS: dict[str, Callable[[Any], dict[str, Any]]] = {
    TableKind.CCL.value: _ccl,
    TableKind.CHART.value: _chart,
    TableKind.GROUPS.value: _groups,
}

"""One list file as staged rows: copied into a temporary table, compared and applied as whole sets.

Lives inside the transaction of `lists.stage` and `lists.release`; nobody else sees a staged row.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import DatabaseError, connection

from .models import ChangeKind, ListChange, ListVersion, PolicyCode
from .sources.record import ListedRecord, link_keys

IDENTIFIER_COUNTRY = re.compile(r"^(.*) \(([A-Z]{2})\)$")
BLOCK = 200
LONGEST_KEY = 500

_TABLE = """
DROP TABLE IF EXISTS staged_row;
CREATE TEMPORARY TABLE staged_row (
  key text NOT NULL, list text NOT NULL, row_hash text NOT NULL, name text NOT NULL, body jsonb NOT NULL,
  link_keys jsonb NOT NULL, marks varchar[] NOT NULL
) ON COMMIT DROP;
"""
_COPY = "COPY staged_row (key, list, row_hash, name, body, link_keys, marks) FROM STDIN"
# A part of a list (`partial`) is compared with the entries it names and with those that it ends.
_COMPARE = """
CREATE UNIQUE INDEX ON staged_row (key);
ANALYZE staged_row;
DROP TABLE IF EXISTS staged_old;
CREATE TEMPORARY TABLE staged_old ON COMMIT DROP AS
  SELECT p.id, p.key, p.row_hash, p.name, l.id AS listing_id, l.list,
         l.missing_in_id IS NOT NULL AS missing, m.effective_on AS missing_on, l.marks
  FROM entities_listedparty p JOIN entities_listing l ON l.listed_party_id = p.id AND l.removed_in_id IS NULL
  LEFT JOIN entities_listversion m ON m.id = l.missing_in_id
  WHERE p.source_id = %(source)s
    AND (NOT %(partial)s OR p.key = ANY(%(ends)s) OR p.key IN (SELECT key FROM staged_row));
CREATE UNIQUE INDEX ON staged_old (key);
ANALYZE staged_old;
"""
_COUNT = """
SELECT coalesce(o.list, s.list) AS list,
       count(o.key) FILTER (WHERE NOT o.missing), count(s.key),
       count(*) FILTER (WHERE o.key IS NULL OR (s.key IS NOT NULL AND o.missing)),
       count(*) FILTER (WHERE s.key IS NULL AND NOT o.missing),
       count(*) FILTER (WHERE o.row_hash <> s.row_hash AND NOT o.missing),
       count(*) FILTER (WHERE s.key IS NULL AND o.missing)
FROM staged_old o FULL JOIN staged_row s USING (key) GROUP BY 1 ORDER BY 1
"""
# Rows of the source by part, beside those of the file before; equal marks say the same.
_COUNT_MARKS = """
SELECT split_part(mark, ' ', 1), count(*) FILTER (WHERE now), count(*) FILTER (WHERE now AND NOT was),
       count(*) FILTER (WHERE was AND NOT now)
FROM (SELECT mark, bool_or(fresh) AS now, bool_or(NOT fresh) AS was
      FROM (SELECT unnest(marks) AS mark, true AS fresh FROM staged_row
            UNION ALL SELECT unnest(marks), false FROM staged_old WHERE NOT missing) every GROUP BY mark) each
GROUP BY 1 ORDER BY 1
"""
# The stored content of an entry in the shape of a staged body, to name the fields that differ.
_STORED = """
jsonb_build_object(
  'name', p.name, 'kind', p.kind, 'names', p.names, 'countries', to_jsonb(p.countries), 'addresses',
  p.addresses,
  'identifiers', p.identifiers, 'birth_dates', to_jsonb(p.birth_dates), 'remarks', p.remarks,
  'effective_on', l.effective_on, 'published_on', l.published_on, 'ended_on', l.ended_on,
  'requirement_code', l.requirement_code, 'requirement_text', l.requirement_text, 'policy_code',
  l.policy_code,
  'policy_text', l.policy_text, 'footnotes', to_jsonb(l.footnotes), 'citations', to_jsonb(l.citations),
  'effect', l.effect, 'scope', l.scope, 'items', l.items)
"""
# An entry that comes back tells its fields against what it last said; an end that we set ourselves is none.
_CHANGES = f"""
INSERT INTO entities_listchange (version_id, kind, list, key, name, fields)
SELECT %(version)s, '{ChangeKind.REMOVED.value}', o.list, o.key, o.name, '[]'::jsonb
FROM staged_old o LEFT JOIN staged_row s USING (key) WHERE s.key IS NULL AND NOT o.missing
UNION ALL
SELECT %(version)s,
  CASE WHEN o.key IS NULL OR o.missing THEN '{ChangeKind.ADDED.value}' ELSE '{ChangeKind.CHANGED.value}' END,
  s.list, s.key, s.name, (
  SELECT coalesce(jsonb_agg(jsonb_build_object('field', was.key, 'before', was.value, 'after',
  s.body->was.key)
                            ORDER BY was.key), '[]'::jsonb)
  FROM jsonb_each({_STORED}) AS was
  WHERE p.id IS NOT NULL AND was.value IS DISTINCT FROM coalesce(s.body->was.key, '""'::jsonb)
    AND (was.key <> 'ended_on' OR l.removed_in_id IS NULL))
FROM staged_row s LEFT JOIN staged_old o USING (key)
LEFT JOIN entities_listedparty p ON p.source_id = %(source)s AND p.key = s.key
LEFT JOIN LATERAL (
  SELECT * FROM entities_listing one WHERE one.listed_party_id = p.id ORDER BY one.id DESC LIMIT 1
) l ON true
WHERE o.key IS NULL OR o.missing OR o.row_hash <> s.row_hash
"""
_ARRAYS = """
  ARRAY(SELECT jsonb_array_elements_text(s.body->'countries')) AS countries,
  ARRAY(SELECT jsonb_array_elements_text(s.body->'birth_dates')) AS birth_dates,
  ARRAY(SELECT jsonb_array_elements_text(s.link_keys)) AS link_keys,
  coalesce((s.body->>'confidential')::boolean, false) AS confidential
"""
_PARTIES = f"""
INSERT INTO entities_listedparty AS p
  (source_id, key, name, kind, "group", names, countries, addresses, identifiers, birth_dates, remarks,
  row_hash,
   link_keys, confidential, changed_in_id)
SELECT %(source)s, s.key, s.name, s.body->>'kind', s.body->>'group', s.body->'names', a.countries,
       s.body->'addresses', s.body->'identifiers', a.birth_dates, s.body->>'remarks', s.row_hash,
       a.link_keys, a.confidential, %(version)s
FROM staged_row s CROSS JOIN LATERAL (SELECT {_ARRAYS}) a
LEFT JOIN entities_listedparty k ON k.source_id = %(source)s AND k.key = s.key
WHERE k.id IS NULL OR k.row_hash <> s.row_hash
ON CONFLICT (source_id, key) DO UPDATE SET
  name = excluded.name, kind = excluded.kind, "group" = excluded."group", names = excluded.names,
  countries = excluded.countries, addresses = excluded.addresses, identifiers = excluded.identifiers,
  birth_dates = excluded.birth_dates, remarks = excluded.remarks, row_hash = excluded.row_hash,
  link_keys = excluded.link_keys, confidential = excluded.confidential, changed_in_id = excluded.changed_in_id
"""
_LISTING_COLUMNS = """
  (s.body->>'effective_on')::date AS effective_on, (s.body->>'published_on')::date AS published_on,
  s.body->>'date_basis' AS date_basis, (s.body->>'ended_on')::date AS ended_on,
  s.body->>'requirement_code' AS requirement_code, s.body->>'requirement_text' AS requirement_text,
  s.body->>'policy_code' AS policy_code, s.body->>'policy_text' AS policy_text,
  ARRAY(SELECT jsonb_array_elements_text(s.body->'footnotes')::smallint) AS footnotes,
  ARRAY(SELECT jsonb_array_elements_text(s.body->'citations')) AS citations,
  s.body->>'source_url' AS source_url, coalesce(s.body->>'effect', '') AS effect,
  coalesce(s.body->>'scope', '') AS scope, coalesce(s.body->>'items', '') AS items
"""
_NEW_LISTINGS = f"""
INSERT INTO entities_listing
  (listed_party_id, list, effective_on, published_on, date_basis, ended_on, requirement_code,
  requirement_text,
   policy_code, policy_text, footnotes, citations, source_url, effect, scope, items, marks, added_in_id)
SELECT p.id, s.list, {_LISTING_COLUMNS}, s.marks, %(version)s
FROM staged_row s JOIN entities_listedparty p ON p.source_id = %(source)s AND p.key = s.key
LEFT JOIN staged_old o ON o.key = s.key WHERE o.key IS NULL
"""
_CHANGED_LISTINGS = f"""
UPDATE entities_listing l SET
  effective_on = n.effective_on, published_on = n.published_on, date_basis = n.date_basis,
  ended_on = n.ended_on,
  requirement_code = n.requirement_code, requirement_text = n.requirement_text, policy_code = n.policy_code,
  policy_text = n.policy_text, footnotes = n.footnotes, citations = n.citations, source_url = n.source_url,
  effect = n.effect, scope = n.scope, items = n.items
FROM (SELECT o.listing_id, {_LISTING_COLUMNS}
      FROM staged_row s JOIN staged_old o USING (key) WHERE o.row_hash <> s.row_hash) n
WHERE l.id = n.listing_id
"""
_MARKED_LISTINGS = """
UPDATE entities_listing l SET marks = s.marks
FROM staged_old o JOIN staged_row s USING (key) WHERE l.id = o.listing_id AND o.marks <> s.marks
"""
_RETURNED_LISTINGS = """
UPDATE entities_listing l SET missing_in_id = NULL
FROM staged_old o JOIN staged_row s USING (key) WHERE l.id = o.listing_id AND o.missing
"""
_MISSING_LISTINGS = """
UPDATE entities_listing l SET missing_in_id = %(version)s
FROM staged_old o LEFT JOIN staged_row s USING (key)
WHERE l.id = o.listing_id AND s.key IS NULL AND NOT o.missing AND NOT %(at_once)s
"""
# The second good file in a row without the entry ends it, as of the day of the first one.
_ENDED_LISTINGS = """
UPDATE entities_listing l SET
  removed_in_id = %(version)s,
  ended_on = GREATEST(LEAST(coalesce(l.ended_on, o.missing_on, %(on)s), coalesce(o.missing_on, %(on)s)),
                      coalesce(l.effective_on, o.missing_on, %(on)s))
FROM staged_old o LEFT JOIN staged_row s USING (key)
WHERE l.id = o.listing_id AND s.key IS NULL AND (o.missing OR %(at_once)s)
RETURNING l.listed_party_id
"""


@dataclass(frozen=True, slots=True)
class Count:
    """How one list of the file compares with the file before: rows before and now, and what moved.

    `removed`: absent for the first time; `ended`: absent for the second time in a row.
    """

    list: str
    before: int
    now: int
    added: int
    removed: int
    changed: int
    ended: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as it is staged: `body` holds the columns of ListedParty and Listing, JSON-ready."""

    key: str
    list: str
    row_hash: str
    body: dict[str, Any]
    marks: tuple[str, ...] = ()


def load(rows: Iterable[Row], *, source: str, partial: bool = False, ends: Sequence[str] = ()) -> list[Count]:
    """Stage the rows and compare them with the open listings of the source, list by list.

    `partial`: the rows are a part of the source; only entries named in `ends` count as absent.
    Lets BadSource of the reader behind `rows` through. One `COPY`; memory stays at one block of rows.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TABLE)
        lines = _Lines(_copied(rows))
        try:
            with connection.wrap_database_errors:
                cursor.copy_expert(_COPY, lines, size=1 << 18)
        except DatabaseError:
            if lines.error is not None:  # the driver reports any error of a reader as its own
                raise lines.error from None
            raise
        cursor.execute(_COMPARE, {"source": source, "partial": partial, "ends": list(ends)})
        cursor.execute(_COUNT)
        return [Count(*row) for row in cursor.fetchall()]


def note_changes(version: ListVersion) -> None:
    """Write the difference of the staged rows to what is in force as the version's ListChange rows."""
    ListChange.objects.filter(version=version).delete()
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, {"version": version.pk, "source": version.source_id})


def source_rows() -> dict[str, dict[str, int]]:
    """Rows of the staged file before they were merged, by part: {rows, added, removed} against the file before."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_MARKS)
        return {
            part: {"rows": rows, "added": added, "removed": removed}
            for part, rows, added, removed in cursor.fetchall()
        }


def apply(version: ListVersion, *, at_once: bool = False) -> list[int]:
    """Put the staged rows in force under a version: entries, then new, changed, returned and absent listings.

    An absent entry is marked missing the first time and ended the second; `at_once` (the product's own
    rows) ends it the first time. Returns the keys of the listed parties whose listing ended.
    """
    values: dict[str, str | int | date] = {
        "version": version.pk,
        "source": version.source_id,
        "on": version.effective_on,
        "at_once": at_once,
    }
    statements = (
        _PARTIES, _NEW_LISTINGS, _CHANGED_LISTINGS, _MARKED_LISTINGS, _RETURNED_LISTINGS, _MISSING_LISTINGS,
    )  # fmt: skip
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, values)
        # what was just marked is not in staged_old, which holds the marks of before
        cursor.execute(_ENDED_LISTINGS, values)
        return sorted({pk for (pk,) in cursor.fetchall()})


class _Lines(io.RawIOBase):
    """An iterator of bytes as the file that COPY reads; keeps the error that ended it."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._rest = b""
        self.error: Exception | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            while size < 0 or len(self._rest) < size:
                self._rest += next(self._blocks)
        except StopIteration:
            pass
        except Exception as error:
            self.error = error
            raise
        cut = len(self._rest) if size < 0 else size
        data, self._rest = self._rest[:cut], self._rest[cut:]
        return data


def _copied(rows: Iterable[Row]) -> Iterator[bytes]:
    block: list[str] = []
    for row in rows:
        body = json.dumps(row.body, ensure_ascii=False)
        links = link_keys(
            row.body["name"], row.body["countries"], (one["value"] for one in row.body["identifiers"])
        )
        fields = (
            row.key,
            row.list,
            row.row_hash,
            row.body["name"],
            body,
            json.dumps(links),
            _array(row.marks),
        )
        block.append("\t".join(_escaped(field) for field in fields))
        if len(block) == BLOCK:
            yield ("\n".join(block) + "\n").encode("utf-8", "replace")
            block.clear()
    if block:
        yield ("\n".join(block) + "\n").encode("utf-8", "replace")


def _array(marks: Iterable[str]) -> str:
    """Marks hold letters, digits and blanks alone."""
    return "{" + ",".join(f'"{one}"' for one in marks) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _without_nul(value: Any) -> Any:
    """PostgreSQL stores every character but NUL."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, list):
        return [_without_nul(one) for one in value]
    return {key: _without_nul(one) for key, one in value.items()} if isinstance(value, dict) else value


def rows_of(records: Iterable[ListedRecord]) -> Iterator[Row]:
    """Records of a source file as rows to stage."""
    for record in records:
        key = record.key.replace("\x00", "")
        if len(key) > LONGEST_KEY:
            key = (
                f"{key[: LONGEST_KEY - 41]}:{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:40]}"
            )
        yield Row(key, record.source_list, record.row_hash, _without_nul(body_of(record)), record.marks)


def body_of(record: ListedRecord) -> dict[str, Any]:
    """A record in the columns of ListedParty and Listing, JSON-ready.

    The Consolidated Screening List gives the publication day of an Entity List notice, not the day it took
    effect. Footnote 1 of the Entity List marks the Huawei group (supplement 4 to part 744).
    """
    published = record.start_on if record.source_list == "EL" else None
    effective = None if published else record.start_on
    started = effective or published
    remarks = [record.remarks, *(f"{label}: {text}" for label, text in record.details)]
    if record.programs:
        remarks.append(f"Programs: {', '.join(record.programs)}")
    policy = record.policy_code if record.policy_code in PolicyCode.values else PolicyCode.SEC.value
    return {
        "name": record.name,
        "kind": record.kind,
        "group": "Huawei" if record.source_list == "EL" and 1 in record.footnotes else "",
        "names": [{"text": text, "kind": kind} for text, kind in record.names if kind != "primary"],
        "countries": [code for code in record.countries if len(code) == 2],
        "addresses": [{"text": a.text, "city": a.city, "country": a.country} for a in record.addresses],
        "identifiers": [_identifier(kind, value) for kind, value in record.identifiers],
        "birth_dates": [text[:40] for text in record.birth_dates],
        "remarks": "; ".join(text for text in remarks if text),
        "effective_on": effective.isoformat() if effective else None,
        "published_on": published.isoformat() if published else None,
        "date_basis": "source" if started else "",
        # an end before the start is a slip of the source: the entry stays in force
        "ended_on": record.end_on.isoformat()
        if record.end_on and not (started and record.end_on < started)
        else None,
        "requirement_code": record.requirement_code[:30],
        "requirement_text": record.requirement_text,
        "policy_code": policy,
        "policy_text": record.policy_text,
        "footnotes": list(record.footnotes),
        "citations": [text[:200] for text in record.citations],
        "source_url": record.source_url,
    }


def _identifier(kind: str, value: str) -> dict[str, str]:
    found = IDENTIFIER_COUNTRY.match(kind)
    return {"kind": found.group(1), "value": value, "country": found.group(2)} if found else {
        "kind": kind, "value": value, "country": "",
    }  # fmt: skip

"""Names as people paste or upload them: one a line, or a table with a column of names."""

from __future__ import annotations

import csv
import io
from typing import Any

from exportctl.countries import COUNTRIES
from exportctl.errors import Invalid, invalid

LONGEST = 10_000
SHOWN = 20  # lines that are told wrong at most
COLUMNS = {
    "name": "name", "party": "name", "company": "name", "country": "country", "country code": "country",
    "id": "id", "reference": "id", "number": "id", "kind": "kind", "type": "kind",
}  # fmt: skip


def read(text: str, *, most: int) -> list[dict[str, Any]]:
    """The names of a text, ready for `batches.receive`: [{name, id, countries}], `id` its line without another.

    A first line that names a column "name" makes it a table, parted by tabs, semicolons or commas; otherwise each
    line is a name, with a country of two letters after a tab or semicolon where it has one. Refuses (Invalid) every
    line it cannot read, none at all, and more than `most`.
    """
    lines = text.replace("\x00", "").lstrip("\ufeff").splitlines()
    try:
        table = _table(lines)
    except csv.Error as error:
        raise invalid(
            "names", f"The table cannot be read: {error}.", "Look for a quote that never ends."
        ) from error
    rows = table if table is not None else [_line(n, line) for n, line in enumerate(lines, 1) if line.strip()]
    if not rows:
        raise invalid("names", "There is no name.", "Write one a line, or choose a file.")
    if len(rows) > most:
        raise invalid("names", f"These are {len(rows):,} names; {most:,} is the most at once.", "Part them.")
    wrong = [words for row in rows if (words := _wrong(row))]
    if wrong:
        more = [f"and {len(wrong) - SHOWN} more lines"] if len(wrong) > SHOWN else []
        raise Invalid(
            [invalid("names", one, "Correct the line.").blockers[0] for one in wrong[:SHOWN] + more]
        )
    return [_asked(row) for row in rows]


def _table(lines: list[str]) -> list[dict[str, str]] | None:
    """The rows of a table with a column of names, each with its line; None where it is no table."""
    first = next((line for line in lines if line.strip()), "")
    for sign in ("\t", ";", ","):
        titles = [
            COLUMNS.get(title.strip().casefold(), "")
            for title in next(csv.reader([first], delimiter=sign), [])
        ]
        if "name" in titles:
            break
    else:
        return None
    reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=sign)
    found = []
    for values in reader:
        if any(value.strip() for value in values):
            named = {
                title: value.strip()
                for title, value in zip(titles, values, strict=False)
                if title and value.strip()
            }
            found.append({**named, "line": str(reader.line_num)})
    return found[1:]


def _line(number: int, line: str) -> dict[str, str]:
    for sign in ("\t", ";"):
        name, found, country = line.strip().rpartition(sign)
        if found and len(country.strip()) == 2:
            return {"name": name.strip(), "country": country.strip(), "line": str(number)}
    return {"name": line.strip(), "line": str(number)}


def _wrong(row: dict[str, str]) -> str:
    if not row.get("name"):
        return f"Line {row['line']}: the name is missing."
    if len(row["name"]) > LONGEST:
        return f"Line {row['line']}: the name has more than {LONGEST:,} characters."
    country = row.get("country", "").upper()
    if country and country not in COUNTRIES:
        return (
            f"Line {row['line']}: '{row['country'][:20]}' is no country code of ISO 3166-1, for example DE."
        )
    return ""


def _asked(row: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"name": row["name"], "id": row.get("id", row["line"])[:200]}
    if row.get("country"):
        found["countries"] = [row["country"].upper()]
    return found

"""The engines ours is measured beside: pg_trgm in the database and nomenklatura in an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings

from entities.matching.entries import Entry

from .variants import Sample

LIMIT = 10
NOMENKLATURA = ("nomenklatura==4.17.4", "pyicu==2.17")
Answer = list[tuple[float, str]]  # (score, key), the best first


class Trigrams:
    """pg_trgm with a GIN index over the same names, in a temporary table; `spent` holds the seconds a query."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.connection = psycopg2.connect(os.environ["DATABASE_URL"])
        self.cursor = self.connection.cursor()
        self.spent: list[float] = []
        self.cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        self.cursor.execute("CREATE TEMP TABLE listed (key text, name text)")
        rows = [(entry.key, name.text.replace("\0", "")) for entry in entries for name in entry.names]
        for start in range(0, len(rows), 5000):
            part = rows[start : start + 5000]
            values = ",".join(["(%s,%s)"] * len(part))
            self.cursor.execute(f"INSERT INTO listed VALUES {values}", [v for row in part for v in row])
        self.cursor.execute("CREATE INDEX ON listed USING gin (name gin_trgm_ops)")
        self.cursor.execute("ANALYZE listed")

    def __call__(self, text: str) -> Answer:
        start = time.perf_counter()
        self.cursor.execute(
            "SELECT max(similarity(name, %s)), key FROM listed WHERE name %% %s "
            "GROUP BY key ORDER BY 1 DESC, 2 LIMIT %s",
            (text, text, LIMIT),
        )
        rows = [(float(score), key) for score, key in self.cursor.fetchall()]
        self.spent.append(time.perf_counter() - start)
        return rows

    def close(self) -> None:
        """Forget the temporary table."""
        self.connection.rollback()
        self.connection.close()


def nomenklatura(
    entries: Sequence[Entry], queries: Sequence[Sample], pairs: Sequence[tuple[str, str, str]], *, single: int
) -> dict[str, Any] | str:
    """What `nomenklatura_peer` tells; a sentence where it cannot be installed or run here."""
    folder = Path(settings.VAR) / "peers"
    python = folder / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
        installed = subprocess.run(
            [str(python), "-c", "import nomenklatura, icu"], capture_output=True, check=False
        )
        if installed.returncode:
            print(
                "  nomenklatura: installing into an environment of its own (needs the ICU headers)",
                flush=True,
            )
            pip = [
                str(python),
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                *NOMENKLATURA,
            ]
            subprocess.run(pip, check=True, capture_output=True, text=True)
        with tempfile.TemporaryDirectory() as name:
            source, target = Path(name) / "in.json", Path(name) / "out.json"
            given = {
                "entries": [
                    {"key": e.key, "kind": e.kind, "names": [n.text for n in e.names], "countries": list(e.countries)}
                    for e in entries
                ],
                "queries": [{"text": one.text, "kind": one.type} for one in queries],
                "pairs": list(pairs), "single": single,
            }  # fmt: skip
            source.write_text(json.dumps(given), encoding="utf-8")
            script = Path(__file__).with_name("nomenklatura_peer.py")
            subprocess.run(
                [str(python), "-I", str(script), str(source), str(target)], check=True, capture_output=True
            )
            told: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
            return told
    except (OSError, subprocess.CalledProcessError) as error:
        output = getattr(error, "stderr", b"") or b""
        text = output if isinstance(output, str) else output.decode(errors="replace")
        return f"nomenklatura: not run here ({(text.strip().splitlines() or [str(error)])[-1][:120]})"

"""Real list files made complete: what is at hand of a day, with made-up names where a file is missing."""

from __future__ import annotations

import gzip
from pathlib import Path

SDN_DAYS = ("2025-01-03", "2025-01-06")


def two_sdn_days(source: Path, target: Path) -> Path:
    """Two real days of addresses and aliases of the SDN list, below `target`; the main file with made-up names."""
    numbers: set[int] = set()
    for day in SDN_DAYS:
        (target / day).mkdir(parents=True)
        for part in ("add.csv", "alt.csv"):
            text = gzip.decompress((source / day / f"{part}.gz").read_bytes())
            (target / day / part).write_bytes(text)
            lines = text.decode("latin-1").splitlines()
            numbers |= {int(line.split(",")[0]) for line in lines if line[:1].isdigit()}
    null = ",".join(['"-0- "'] * 7)
    rows = "".join(f'{n},"Zaw{n} Vel{n}","-0- ","CUBA",{null},"-0- "\r\n' for n in sorted(numbers))
    for day in SDN_DAYS:
        (target / day / "sdn.csv").write_text(f"{rows}\x1a", newline="")
        (target / day / "sdn_comments.csv").write_text(f'{min(numbers)},"More to say."\r\n\x1a', newline="")
    return target

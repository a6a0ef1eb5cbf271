"""Sets of OFAC's four delimited files, written by hand for the tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from entities.sources import ofac
from entities.sources.ofac_entry import Which
from entities.sources.record import BadSource, ListedRecord

NULL = "-0- "
NAMES = {"prim": "sdn.csv", "add": "add.csv", "alt": "alt.csv", "comments": "sdn_comments.csv"}
CONS = {part: f"cons_{part}.csv" for part in NAMES}


def prim(
    number: int = 306, name: str = "BANCO RONDEL", kind: str = "", program: str = "CUBA", **more: str
) -> str:
    values = [name, kind, program]
    values += [
        more.get(c, "") for c in ("title", "call", "type", "tonnage", "grt", "flag", "owner", "remarks")
    ]
    return ",".join([str(number), *(f'"{v}"' if v else NULL for v in values)])


def write(
    folder: Path,
    rows: Iterable[str],
    add: Iterable[str] = (f'306,199,"Quay Road 35","Zurich CH-8022","Switzerland",{NULL}',),
    alt: Iterable[str] = (f'306,220,"aka","NATIONAL BANK OF RONDEL",{NULL}',),
    comments: Iterable[str] = (),
    *,
    names: dict[str, str] = NAMES,
    mark: bytes = b"\x1a",
) -> Path:
    """A set of four files; a side file without rows of its own gets one of the entity 306."""
    folder.mkdir(exist_ok=True)
    for part, lines in {"prim": rows, "add": add, "alt": alt, "comments": comments or ['306,""']}.items():
        text = "".join(f"{line}\r\n" for line in lines)
        (folder / names[part]).write_bytes(text.encode("cp1252") + mark)
    return folder


def one(folder: Path, **more: str) -> ListedRecord:
    (found,) = ofac.read(write(folder, [prim(**more)]))
    return found


def refused(source: ofac.Source, which: Which | None = None) -> BadSource:
    with pytest.raises(BadSource) as caught:
        list(ofac.read(source, which=which))
    assert caught.value.remedy
    return caught.value
